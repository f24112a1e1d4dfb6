//! The list itself.

use anstyle::{AnsiColor, Style};

use crate::call::MissedReason;
use crate::call_back::{CallBack, Standing};
use crate::cli::failure::Failure;
use crate::cli::output::{show, show_json};
use crate::cli::shop::Shop;
use crate::cli::table::{Cell, Column, Table};
use crate::cli::when::Look;
use crate::cli::who;
use crate::store::{CallBackLine, CallBackShape};

/// Which entries, and how.
pub(super) struct Which<'a> {
    pub(super) all: bool,
    pub(super) mine: bool,
    pub(super) json: bool,
    pub(super) by: Option<&'a str>,
}

pub(super) fn run(shop: &Shop<'_>, which: &Which<'_>) -> Result<(), Failure> {
    let me = if which.mine { Some(who::person(&shop.settings.business, which.by)?) } else { None };
    let look = &shop.look;
    let mut lines = shop.read(|tx| tx.call_back_lines(which.all, look.now))?.unwrap_or_default();
    lines.retain(|line| me.as_ref().is_none_or(|me| line.stored.entry.owner == *me));
    mark_seen(shop, &lines);
    if which.json {
        let shapes: Vec<_> = lines.iter().map(|line| CallBackShape::of(line, look.now, &look.zone)).collect();
        return show_json(&shapes);
    }
    if lines.is_empty() {
        let whose = if which.mine { " for you" } else { "" };
        return show(&format!("Nobody is waiting{whose}.\n"));
    }
    show(&table(&lines, look).render(look.width))
}

/// Remembers that people may have heard of these entries, so that none is withdrawn behind their back. Where that
/// cannot be written, the list is worth showing all the same.
pub(in crate::cli) fn mark_seen(shop: &Shop<'_>, lines: &[CallBackLine]) {
    let unseen: Vec<_> =
        lines.iter().filter(|line| !line.stored.seen).map(|line| line.stored.entry.id).collect();
    if unseen.is_empty() {
        return;
    }
    let _ = shop.write(|tx| {
        for id in unseen {
            tx.call_back_seen(id)?;
        }
        Ok(())
    });
}

/// Entries as a table.
pub(in crate::cli) fn table(lines: &[CallBackLine], look: &Look) -> Table<7> {
    let mut table = Table::new([
        Column::number("id"),
        Column::giving_way("who", 16),
        Column::whole("waits"),
        Column::giving_way("due", 17),
        Column::giving_way_last("about", 9),
        Column::giving_way_last("owner", 10),
        Column::number("calls"),
    ]);
    for line in lines {
        let entry = &line.stored.entry;
        let caller = match &entry.typed_number {
            Some(typed) => format!("{} (typed)", who::number(typed)),
            None => who::waits(line),
        };
        let (due, style) = due(entry, look);
        let owner = match &entry.standing {
            Standing::Taken { .. } => format!("on it: {}", entry.owner),
            Standing::Waiting | Standing::Closed { .. } => entry.owner.to_string(),
        };
        table.push([
            Cell::of(entry.id.to_string()),
            Cell::of(caller),
            Cell::of(look.lasting(line.first_call_at)),
            Cell::of(due).styled(style),
            Cell::of(about(line)),
            Cell::of(owner),
            Cell::of(if line.stored.calls > 1 { line.stored.calls.to_string() } else { String::new() }),
        ]);
    }
    table
}

/// By when, or since when a promise is broken, or how it ended.
fn due(entry: &CallBack, look: &Look) -> (String, Style) {
    let alarm = AnsiColor::Red.on_default();
    let plain = Style::new();
    if let Standing::Closed { outcome, .. } = &entry.standing {
        return (outcome.word().replace('-', " "), plain.dimmed());
    }
    match entry.promised_at {
        Some(promised) if entry.is_broken(look.now) => {
            (format!("broken {} ago", look.lasting(promised)), alarm)
        }
        // As the caller heard it.
        Some(promised) => (format!("by {}", look.at(promised)), plain),
        None if entry.is_overdue(look.now) => (look.late(entry.due_at), alarm),
        None => (look.until(entry.due_at), plain),
    }
}

fn about(line: &CallBackLine) -> String {
    let why = line.reason.as_deref().and_then(MissedReason::from_word).map(|reason| reason.to_string());
    let area = line.stored.entry.area.as_ref().map(|area| area.to_string());
    // The reason first, because the owner says much about the area and nothing else says that there is a message.
    why.into_iter().chain(area).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call_back::CloseOutcome;
    use crate::cli::testing::{ago, ana, entry, look, plain};

    #[test]
    fn the_list_says_who_waits_and_by_when() {
        let pat = ("+12125550142", "Pat Doe");
        let mut broken = entry(14, pat, ago(1_700), MissedReason::RangOut);
        broken.stored.entry.promised_at = Some(ago(53));
        broken.stored.calls = 2;
        let mut promised = entry(15, ("anonymous", ""), ago(5), MissedReason::VoicemailLeft);
        promised.stored.entry.promised_at = Some(ago(-60));
        let mut typed = entry(16, ("anonymous", ""), ago(4_400), MissedReason::AskedCallBack);
        typed.stored.entry.typed_number = Some("+12125550143".to_owned().try_into().unwrap());
        let due =
            entry(17, ("client:web", "WIRELESS CALLER WITH A LONG NAME"), ago(25), MissedReason::LeftInMenu);
        let mut taken = entry(18, pat, ago(90), MissedReason::Declined);
        taken.stored.entry.take(ana(), ago(1)).unwrap();
        let mut closed = entry(3, pat, ago(3_000), MissedReason::Closed);
        closed.stored.entry.close(ana(), ago(120), CloseOutcome::WrongNumber).unwrap();
        let lines = [broken, promised, typed, due, taken, closed];
        let expected = "\
id  who               waits   due                about         owner       calls
14  +1 212-555-0142…  28 h    broken 53 min ago  rang out, r…  ana             2
15  number withheld   5 min   by 4 p.m.          left a mess…  ana
16  +1 212-555-0143…  3 days  3 days late        asked for a…  ana
17  client:web WIRE…  25 min  in 35 min          left in men…  ana
18  +1 212-555-0142…  1 h     30 min late        declined, r…  on it: ana
 3  +1 212-555-0142…  2 days  wrong number       closed, rep…  ana
";
        assert_eq!(plain(&table(&lines, &look()).render(80)), expected);
        let expected = "\
id  who                      waits  due                about              owner  calls
14  +1 212-555-0142 Pat Doe  28 h   broken 53 min ago  rang out, repairs  ana        2
";
        assert_eq!(plain(&table(&lines[..1], &look()).render(120)), expected);
    }
}
