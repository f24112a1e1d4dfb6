//! The list itself.

use anstyle::{AnsiColor, Style};

use crate::business::Business;
use crate::call::{MissedReason, PersonName};
use crate::call_back::{CallBack, Standing};
use crate::cli::failure::Failure;
use crate::cli::output::{remark, show, show_json, wrap};
use crate::cli::shop::Shop;
use crate::cli::table::{Cell, Column, Table};
use crate::cli::when::Look;
use crate::cli::who;
use crate::store::{CallBackShape, LONG, StoredCallBack, WaitingLine};

use super::is_due_for;

/// Closed entries that `--all` shows, those that were closed last.
const CLOSED: u32 = 100;

/// Entries that are marked in one transaction, behind which callers wait.
const AT_ONCE: usize = 200;

/// Which entries, and how.
#[derive(Copy, Clone)]
pub(super) struct Which<'a> {
    pub(super) all: bool,
    pub(super) everybody: bool,
    pub(super) mine: bool,
    pub(super) person: Option<&'a str>,
    pub(super) json: bool,
    pub(super) by: Option<&'a str>,
}

pub(super) fn run(shop: &Shop<'_>, which: &Which<'_>) -> Result<(), Failure> {
    let business = &shop.settings.business;
    let whose = match which.person {
        Some(name) => Some(who::person(business, Some(name))?),
        None if which.mine => Some(who::person(business, which.by)?),
        None => None,
    };
    if which.json {
        return as_json(shop, which.all, whose.as_ref());
    }
    let (look, all) = (&shop.look, which.all);
    let read = shop.read(|tx| {
        // One more than is shown, to know whether there are more.
        let closed = if all { tx.closed_lately(Some(CLOSED + 1))? } else { Vec::new() };
        Ok((tx.waiting(look.now)?, closed))
    })?;
    let (mut lines, mut closed) = read.unwrap_or_default();
    lines.retain(|line| concerns(&line.stored.entry, whose.as_ref(), look));
    let are_older = closed.len() > CLOSED as usize;
    closed.truncate(CLOSED as usize);
    closed.retain(|line| concerns(&line.stored.entry, whose.as_ref(), look));
    if lines.is_empty() && closed.is_empty() {
        return show(&nobody(which, whose.as_ref(), business));
    }
    let shown = if which.everybody || all { lines.len() } else { lines.len().min(LONG) };
    mark_seen(shop, lines[..shown].iter().map(|line| &line.stored));
    let folded = wrap_folded(&lines[shown..], look);
    lines.truncate(shown);
    lines.extend(closed);
    show(&(table(&lines, look).render(look.width) + &folded))?;
    if are_older {
        remark(&format!("Of the closed ones the last {CLOSED}; `--all --json` has all of them."));
    }
    Ok(())
}

fn as_json(shop: &Shop<'_>, all: bool, whose: Option<&PersonName>) -> Result<(), Failure> {
    let look = &shop.look;
    let mut lines = shop.read(|tx| tx.call_back_lines(all, look.now))?.unwrap_or_default();
    lines.retain(|line| concerns(&line.stored.entry, whose, look));
    mark_seen(shop, lines.iter().map(|line| &line.stored));
    let shapes: Vec<_> = lines.iter().map(|line| CallBackShape::of(line, look.now, &look.zone)).collect();
    show_json(&shapes)
}

/// Whether an entry is this person's, or they are asked to have it.
pub(in crate::cli) fn concerns(entry: &CallBack, whose: Option<&PersonName>, look: &Look) -> bool {
    let is_asked = |name: &PersonName| entry.offer_at(look.now).is_some_and(|offer| offer.to == *name);
    whose.is_none_or(|name| entry.owner == *name || is_asked(name))
}

fn nobody(which: &Which<'_>, whose: Option<&PersonName>, business: &Business) -> String {
    match whose {
        Some(_) if which.person.is_none() => "Nobody is waiting for you.\n".to_owned(),
        Some(name) if business.people.len() > 1 => {
            format!("Nobody is waiting for {}.\n", who::spoken(business, name))
        }
        Some(_) | None => "Nobody is waiting.\n".to_owned(),
    }
}

/// What a long list leaves out, why that is what is left out, and how to see it.
fn wrap_folded(folded: &[WaitingLine], look: &Look) -> String {
    if folded.is_empty() {
        return String::new();
    }
    let told = format!("and {}. `--everybody` shows them.", hidden((folded, true), look));
    format!("\n{}", wrap(&told, look.width, 2))
}

/// `9,970 more, 9,960 of them without a sign of a person: …`; of a list that is not long nobody is last for that.
pub(in crate::cli) fn hidden((folded, is_long): (&[WaitingLine], bool), look: &Look) -> String {
    let count = |of: &dyn Fn(&WaitingLine) -> bool| folded.iter().filter(|line| of(line)).count();
    let asleep = count(&|line| line.stored.entry.wakes_at(look.now).is_some());
    let doubtful = count(&|line| !line.shows_a_person && line.stored.entry.wakes_at(look.now).is_none());
    let broken = count(&|line| !line.shows_a_person && line.stored.entry.is_broken(look.now));
    let mut told = format!("{} more", thousands(folded.len()));
    if doubtful > 0 && is_long {
        let of_them =
            if doubtful == folded.len() { String::new() } else { thousands(doubtful) + " of them " };
        let last = "without a sign of a person: nobody known, one call, no key pressed, no word spoken";
        told.push_str(&format!(", {of_them}{last}"));
    }
    if broken > 0 && is_long {
        told.push_str(&format!("; a promise to {} of those is broken", thousands(broken)));
    }
    if asleep > 0 {
        told.push_str(&format!("; {} asleep", thousands(asleep)));
    }
    told
}

/// `9,970`.
pub(in crate::cli) fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut told = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            told.push(',');
        }
        told.push(digit);
    }
    told
}

/// Remembers that people may have heard of these entries, so that none is withdrawn behind their back. Where that
/// cannot be written, the list is worth showing all the same.
pub(in crate::cli) fn mark_seen<'a>(shop: &Shop<'_>, shown: impl IntoIterator<Item = &'a StoredCallBack>) {
    let unseen: Vec<_> =
        shown.into_iter().filter(|stored| !stored.seen).map(|stored| stored.entry.id).collect();
    for some in unseen.chunks(AT_ONCE) {
        let written = shop.write(|tx| Ok(some.iter().try_for_each(|id| tx.call_back_seen(*id))?));
        if written.is_err() {
            return;
        }
    }
}

/// With fewer columns than these the calls have no column of their own.
const ROOM_FOR_CALLS: usize = 100;

/// Entries as a table.
pub(in crate::cli) fn table(lines: &[WaitingLine], look: &Look) -> Table<7> {
    let mut table = Table::new([
        Column::number("id"),
        Column::giving_way("who", 15),
        Column::whole("waits"),
        Column::whole("due"),
        Column::giving_way_last("about", 9),
        Column::giving_way_last("owner", 10),
        Column::number("calls"),
    ]);
    for line in lines {
        let entry = &line.stored.entry;
        let calls = Some(line.stored.calls).filter(|calls| *calls > 1);
        let (column, said) = if look.width < ROOM_FOR_CALLS { (None, calls) } else { (calls, None) };
        table.push([
            Cell::of(entry.id.to_string()),
            who::entry_cell(entry, (line.vip, line.name.as_deref()), line.caller_name.as_deref()),
            Cell::of(look.lasting(line.first_call_at)),
            due(entry, look),
            about(line, said, look),
            owner(entry, look),
            Cell::of(column.map_or_else(String::new, |calls| calls.to_string())),
        ]);
    }
    table
}

/// Whose it is, whether they are on it, and whom they asked to have it, which says enough where there is little room.
fn owner(entry: &CallBack, look: &Look) -> Cell {
    let owner = match &entry.standing {
        Standing::Taken { .. } => format!("on it: {}", entry.owner),
        Standing::Waiting | Standing::Closed { .. } => entry.owner.to_string(),
    };
    match entry.offer_at(look.now) {
        Some(offer) => {
            Cell::of(format!("{owner} → {}?", offer.to)).or(format!("{} → {}?", entry.owner, offer.to))
        }
        None => Cell::of(owner),
    }
}

/// By when, or since when a promise is broken, or how it ended; shorter where there is little room.
pub(in crate::cli) fn due(entry: &CallBack, look: &Look) -> Cell {
    let alarm = AnsiColor::Red.on_default();
    if let Standing::Closed { outcome, .. } = &entry.standing {
        return Cell::of(outcome.word().replace('-', " ")).styled(Style::new().dimmed());
    }
    if let Some(wakes_at) = entry.wakes_at(look.now) {
        let wakes = Cell::of(format!("wakes {}", look.soon(wakes_at)));
        return wakes.or(format!("wakes {}", look.shortly(wakes_at))).styled(Style::new().dimmed());
    }
    match entry.promised_at {
        Some(promised) if entry.is_broken(look.now) => {
            let broken = format!("broken {}", look.lasting(promised));
            Cell::of(format!("{broken} ago")).or(broken).styled(alarm)
        }
        Some(_) | None if entry.is_used_up() && entry.is_late(look.now) => {
            Cell::of("late, decide").styled(alarm)
        }
        Some(_) | None if entry.is_used_up() => {
            Cell::of(format!("{} tries, decide", entry.attempts)).styled(alarm)
        }
        Some(_) | None if entry.is_late(look.now) => Cell::of(look.late(entry.due_at)).styled(alarm),
        // As the caller heard it.
        Some(promised) if is_due_for(promised, entry) => {
            Cell::of(format!("by {}", look.soon(promised))).or(format!("by {}", look.shortly(promised)))
        }
        Some(_) | None => Cell::of(look.until(entry.due_at)),
    }
}

/// How often they rang where no column says it, what was tried, and why nobody took the call.
fn about(line: &WaitingLine, calls: Option<u32>, look: &Look) -> Cell {
    let entry = &line.stored.entry;
    let tries = match entry.attempts {
        0 => None,
        _ if entry.is_used_up() && !entry.is_broken(look.now) && !entry.is_late(look.now) => None,
        1 => Some("1 try".to_owned()),
        many => Some(format!("{many} tries")),
    };
    let calls = calls.map(|calls| format!("{calls} calls"));
    let why = line.reason.as_deref().and_then(MissedReason::from_word).map(|reason| reason.to_string());
    let parts = calls.into_iter().chain(tries.filter(|_| entry.closed_at().is_none())).chain(why);
    let without_area = parts.collect::<Vec<_>>().join(", ");
    // The reason before the area, because the owner says much about the area and nothing else says that there is a
    // message.
    match &entry.area {
        Some(area) if without_area.is_empty() => Cell::of(area.as_str()),
        Some(area) => Cell::of(format!("{without_area}, {area}")).sooner_than_cut(without_area),
        None => Cell::of(without_area),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call_back::{CloseOutcome, Offer};
    use crate::cli::testing::{ago, ana, ben, look, plain, waits};

    const PAT: (&str, &str) = ("+12125550142", "PAT DOE");

    fn lines() -> Vec<WaitingLine> {
        let mut broken = waits(14, PAT, ago(1_700), MissedReason::RangOut);
        broken.stored.entry.promised_at = Some(ago(53));
        broken.stored.calls = 2;
        let mut known = waits(21, ("+12125550150", "WIRELESS CALLER"), ago(240), MissedReason::VoicemailLeft);
        (known.name, known.vip) = (Some("Noor Vale".to_owned()), true);
        known.stored.entry.attempts = 1;
        let mut promised = waits(15, ("anonymous", ""), ago(5), MissedReason::VoicemailLeft);
        promised.stored.entry.promised_at = Some(ago(-60));
        let mut typed = waits(16, ("anonymous", ""), ago(4_400), MissedReason::AskedCallBack);
        typed.stored.entry.typed_number = Some("+12125550143".to_owned().try_into().unwrap());
        let due =
            waits(17, ("client:web", "WIRELESS CALLER WITH A LONG NAME"), ago(25), MissedReason::LeftInMenu);
        let mut taken = waits(18, PAT, ago(90), MissedReason::Declined);
        taken.stored.entry.take(ana(), ago(1)).unwrap();
        let mut offered = waits(19, ("+12125550144", ""), ago(50), MissedReason::RangOut);
        offered.stored.entry.offer = Some(Offer { to: ben(), by: ana(), until: ago(-20) });
        let mut used_up = waits(20, ("+12125550145", ""), ago(3_000), MissedReason::HungUpEarly);
        used_up.stored.entry.attempts = 5;
        let mut asleep = waits(22, ("+12125550146", ""), ago(600), MissedReason::RangOut);
        asleep.stored.entry.asleep_until = Some(ago(-1_080));
        let mut for_long = waits(1_023, PAT, ago(600), MissedReason::VoicemailLeft);
        for_long.stored.entry.take(ana(), ago(1)).unwrap();
        for_long.stored.entry.offer = Some(Offer { to: ben(), by: ana(), until: ago(-20) });
        for_long.stored.entry.asleep_until = Some(ago(-60 * 24 * 60 - 75));
        for_long.stored.calls = 3;
        let mut closed = waits(3, PAT, ago(3_000), MissedReason::Closed);
        closed.stored.entry.close(ana(), ago(120), CloseOutcome::WrongNumber).unwrap();
        vec![broken, known, promised, typed, due, taken, offered, used_up, asleep, for_long, closed]
    }

    #[test]
    fn the_list_says_who_waits_and_by_when() {
        let expected = "\u{20} id  who              waits   due                about               owner
  14  \"PAT DOE\" …0142  28 h    broken 53 min ago  2 calls, rang out   ana
  21  VIP Noor Vale    4 h     3 h late           1 try, left a mes…  ana
  15  number withheld  5 min   by 4 p.m.          left a message      ana
  16  +1 212-555-0143  3 days  3 days late        asked for a call    ana
  17  \"WIRELESS CALL…  25 min  in 35 min          left in menu        ana
  18  \"PAT DOE\" …0142  1 h     30 min late        declined, repairs   on it: ana
  19  +1 212-555-0144  50 min  in 10 min          rang out, repairs   ana → ben?
  20  +1 212-555-0145  2 days  late, decide       5 tries, hung up…   ana
  22  +1 212-555-0146  10 h    wakes Sun 9 a.m.   rang out, repairs   ana
1023  \"PAT DOE\" …0142  10 h    wakes Jan 20 2027  3 calls, left a m…  ana → ben?
   3  \"PAT DOE\" …0142  2 days  wrong number       closed, repairs     ana
";
        assert_eq!(plain(&table(&lines(), &look()).render(80)), expected);
    }

    #[test]
    fn a_wide_terminal_has_room_for_the_numbers() {
        let expected = "\u{20} id  who                                waits   due                about                            owner       calls
  14  \"PAT DOE\" +1 212-555-0142          28 h    broken 53 min ago  rang out, repairs                ana             2
  21  VIP Noor Vale +1 212-555-0150      4 h     3 h late           1 try, left a message, repairs   ana
  15  number withheld                    5 min   by 4 p.m.          left a message, repairs          ana
  16  +1 212-555-0143 (typed)            3 days  3 days late        asked for a call, repairs        ana
  17  \"WIRELESS CALLER WIT…\" client:web  25 min  in 35 min          left in menu, repairs            ana
  18  \"PAT DOE\" +1 212-555-0142          1 h     30 min late        declined, repairs                on it: ana
  19  +1 212-555-0144                    50 min  in 10 min          rang out, repairs                ana → ben?
  20  +1 212-555-0145                    2 days  late, decide       5 tries, hung up early, repairs  ana
  22  +1 212-555-0146                    10 h    wakes Sun 9 a.m.   rang out, repairs                ana
1023  \"PAT DOE\" +1 212-555-0142          10 h    wakes Jan 20 2027  left a message, repairs          ana → ben?      3
   3  \"PAT DOE\" +1 212-555-0142          2 days  wrong number       closed, repairs                  ana
";
        assert_eq!(plain(&table(&lines(), &Look { width: 120, ..look() }).render(120)), expected);
    }

    #[test]
    fn an_offer_of_what_somebody_is_on_says_both() {
        let mut held = waits(18, PAT, ago(90), MissedReason::Declined);
        held.stored.entry.take(ana(), ago(1)).unwrap();
        held.stored.entry.offer = Some(Offer { to: ben(), by: ana(), until: ago(-20) });
        assert_eq!(owner(&held.stored.entry, &look()).to_string(), "on it: ana → ben?");
    }

    #[test]
    fn whatever_counts_as_late_is_shown_as_late() {
        let mut waiting = waits(23, PAT, ago(70), MissedReason::RangOut).stored.entry;
        waiting.due_at = ago(6);
        let shown = |entry: &CallBack| (entry.is_late(look().now), due(entry, &look()).to_string());
        waiting.promised_at = Some(ago(-9));
        assert_eq!(shown(&waiting), (true, "6 min late".to_owned()), "before the rounded-up promise");
        waiting.promised_at = Some(ago(-10));
        assert_eq!(shown(&waiting), (true, "6 min late".to_owned()));
        waiting.promised_at = Some(ago(2));
        assert_eq!(shown(&waiting), (false, "broken 2 min ago".to_owned()));
        (waiting.promised_at, waiting.attempts) = (None, 5);
        assert_eq!(shown(&waiting), (true, "late, decide".to_owned()));
        waiting.asleep_until = Some(ago(-90));
        assert_eq!(shown(&waiting), (false, "wakes 4:30 p.m.".to_owned()));
    }

    #[test]
    fn what_a_long_list_leaves_out_is_told_with_the_reason() {
        let spam = |id| WaitingLine {
            shows_a_person: false,
            ..waits(id, ("+12125550199", ""), ago(9), MissedReason::HungUpEarly)
        };
        let mut folded: Vec<WaitingLine> = (0..9_970).map(spam).collect();
        let expected = "
and 9,970 more, without a sign of a person: nobody known, one call, no key
  pressed, no word spoken. `--everybody` shows them.
";
        assert_eq!(wrap_folded(&folded, &look()), expected);
        folded[0].shows_a_person = true;
        folded[1].stored.entry.promised_at = Some(ago(1));
        folded[2].stored.entry.asleep_until = Some(ago(-90));
        let expected = "
and 9,970 more, 9,968 of them without a sign of a person: nobody known, one
  call, no key pressed, no word spoken; a promise to 1 of those is broken; 1
  asleep. `--everybody` shows them.
";
        assert_eq!(wrap_folded(&folded, &look()), expected);
    }
}
