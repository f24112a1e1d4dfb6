//! Everything that is known of one number, on one screen.

use anstyle::Style;

use crate::business::Business;
use crate::call::{Caller, PersonName, PhoneNumber};
use crate::call_back::Standing;
use crate::cli::failure::Failure;
use crate::cli::output::{remark, show, show_json, wrap};
use crate::cli::shop::Shop;
use crate::cli::table::{Cell, Column, Table};
use crate::cli::when::Look;
use crate::cli::{call_backs, calls, who};
use crate::store::{
    CallBackLine, CallBackShape, CallFilter, CallLine, CallShape, CallerLine, CallerNote, CallerNoteShape,
    CallerShape, CallerStoryShape, StoreError, Tx, WhoRang,
};

/// Calls and closed entries that are shown unless all are asked for, the newest ones.
const SHOWN: usize = 10;

struct Story {
    line: CallerLine,
    notes: Vec<CallerNote>,
    /// Open ones first, then the last closed.
    entries: Vec<CallBackLine>,
    calls: Vec<CallLine>,
}

pub(super) fn run(shop: &Shop<'_>, number: &PhoneNumber, (all, json): (bool, bool)) -> Result<(), Failure> {
    let caller = Caller::Number(number.clone());
    let story = shop.read(|tx| read(tx, &caller))?.flatten().ok_or_else(|| {
        Failure::could_not(format!("nothing is known of {}", who::number(number)))
            .hint("`ringback callers list` shows who is known")
    })?;
    call_backs::mark_seen(shop, story.entries.iter().map(|line| &line.stored));
    let look = &shop.look;
    if json {
        return show_json(&shape(story, look));
    }
    let shown = if all { usize::MAX } else { SHOWN };
    show(&screen(&story, shown, (&shop.settings.business, look)))?;
    let older = story.calls.len().saturating_sub(shown);
    match story.calls.last() {
        Some(first) if older > 0 => remark(&format!(
            "{older} older {}, the first of them {}: `--all` shows them.",
            if older == 1 { "call" } else { "calls" },
            look.ago(first.at)
        )),
        Some(_) | None => {}
    }
    Ok(())
}

/// `None` for a number that neither called nor stands on any list.
fn read(tx: &Tx<'_>, caller: &Caller) -> Result<Option<Story>, StoreError> {
    let from = Some(WhoRang::Is(caller.clone()));
    let calls = tx.calls(&CallFilter { from, ..CallFilter::default() })?;
    let mut entries = tx.call_backs_from(caller)?;
    let known = tx.caller_line(caller)?;
    if known.is_none() && calls.is_empty() && entries.is_empty() {
        return Ok(None);
    }
    entries.sort_by_key(|line| line.stored.entry.closed_at().is_some());
    let line = known.unwrap_or_else(|| CallerLine::stranger(caller.clone()));
    Ok(Some(Story { line, notes: tx.caller_notes(caller)?, entries, calls }))
}

fn shape(story: Story, look: &Look) -> CallerStoryShape {
    let open =
        story.entries.iter().map(|line| &line.stored.entry).filter(|entry| entry.closed_at().is_none());
    CallerStoryShape {
        caller: CallerShape::of(&story.line, &look.zone),
        call_backs: open.map(|entry| entry.id.0).collect(),
        notes: story.notes.into_iter().map(|note| CallerNoteShape::of(note, &look.zone)).collect(),
        entries: story.entries.iter().map(|line| CallBackShape::of(line, look.now, &look.zone)).collect(),
        calls: story.calls.into_iter().map(|call| CallShape::of(call, Vec::new(), &look.zone)).collect(),
    }
}

fn screen(story: &Story, most: usize, (business, look): (&Business, &Look)) -> String {
    let mut shown: String =
        standing(&story.line, business, look).iter().map(|told| wrap(told, look.width, 2)).collect();
    let is_open = |line: &&CallBackLine| line.stored.entry.closed_at().is_none();
    for line in story.entries.iter().filter(is_open) {
        let id = line.stored.entry.id;
        let told = format!("Waits for a call: `ringback call-backs show {id}`.");
        shown.push_str(&wrap(&told, look.width, 2));
    }
    let heading = |words: &str| format!("\n{0}{words}{0:#}\n", Style::new().bold());
    if !story.notes.is_empty() {
        shown.push_str(&heading("Notes"));
    }
    for note in &story.notes {
        let told = format!("{}, {}: {}", look.ago(note.at), spoken(business, &note.by), note.text);
        shown.push_str(&wrap(&told, look.width, 2));
    }
    if !story.entries.is_empty() {
        let count = story.entries.iter().filter(is_open).count() + most.min(story.entries.len());
        shown.push_str(&heading("Call-backs"));
        shown.push_str(&entries(&story.entries[..count.min(story.entries.len())], business, look));
    }
    if !story.calls.is_empty() {
        shown.push_str(&heading("Calls"));
        shown.push_str(&calls::screen(&story.calls[..most.min(story.calls.len())], look));
    }
    shown
}

/// Who it is, and on which lists.
fn standing(line: &CallerLine, business: &Business, look: &Look) -> Vec<String> {
    let number = who::caller(&line.caller, None);
    let mut told =
        vec![line.name.as_ref().map_or_else(|| number.clone(), |name| format!("{name}, {number}"))];
    told.extend(line.name_from.as_ref().map(|file| format!("The name is from {file}.")));
    told.extend(line.vip.then(|| "A VIP: first on every list.".to_owned()));
    told.extend((!line.tags.is_empty()).then(|| format!("Tags: {}.", line.tags.join(", "))));
    told.extend(line.language.map(|language| format!("Spoken to in `{language}`.")));
    let since = |(at, by): &(jiff::Timestamp, String)| format!("{} by {by}", look.ago(*at));
    told.extend(
        line.allowed.as_ref().map(|allowed| format!("Always let through, since {}.", since(allowed))),
    );
    told.extend(line.blocked.as_ref().map(|blocked| {
        let but = if line.allowed.is_some() { ", which does not count while it is allowed" } else { "" };
        format!("Blocked {}{but}.", since(blocked))
    }));
    told.extend(line.answered.as_ref().map(|accept| {
        format!("{} talked with them {}.", spoken(business, &accept.by), full_stop(&look.ago(accept.at)))
    }));
    told.extend(line.human_at.map(|at| format!("Passed the test for people {}.", full_stop(&look.ago(at)))));
    told
}

fn entries(lines: &[CallBackLine], business: &Business, look: &Look) -> String {
    let mut table = Table::new([
        Column::number("id"),
        Column::whole("opened"),
        Column::giving_way("about", 6),
        Column::giving_way("owner", 6),
        Column::number("calls"),
        Column::giving_way_last("came to", 12),
    ]);
    for line in lines {
        let entry = &line.stored.entry;
        let came_to = match &entry.standing {
            Standing::Waiting if entry.is_broken(look.now) => "waits, a promise is broken".to_owned(),
            Standing::Waiting => "waits".to_owned(),
            Standing::Taken { by, .. } => format!("{} is on it", spoken(business, by)),
            Standing::Closed { by, at, outcome } => {
                format!("{} {}, {}", outcome.word().replace('-', " "), look.ago(*at), spoken(business, by))
            }
        };
        table.push([
            Cell::of(entry.id.to_string()),
            Cell::of(look.ago(entry.opened_at)),
            Cell::of(entry.area.as_ref().map_or("", |area| area.as_str())),
            Cell::of(spoken(business, &entry.owner)),
            Cell::of(line.stored.calls.to_string()),
            Cell::of(came_to),
        ]);
    }
    table.render(look.width)
}

fn spoken<'a>(business: &'a Business, name: &'a PersonName) -> &'a str {
    business.person(name).map_or(name.as_str(), |person| person.spoken.as_str())
}

/// `11 a.m.` has its full stop already.
fn full_stop(words: &str) -> &str {
    words.trim_end_matches('.')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{Accept, MissedReason, Outcome};
    use crate::call_back::CloseOutcome;
    use crate::cli::testing::{ago, ana, answered, ben, call, entry, look, plain};
    use crate::settings::sample;

    const PAT: (&str, &str) = ("+12125550142", "PAT DOE");

    fn story() -> Story {
        let mut open = entry(14, PAT, ago(300), MissedReason::RangOut);
        open.stored.entry.promised_at = Some(ago(120));
        open.stored.calls = 2;
        let mut closed = entry(3, PAT, ago(3_000), MissedReason::Closed);
        closed.stored.entry.close(ben(), ago(2_900), CloseOutcome::WrongNumber).unwrap();
        let line = CallerLine {
            name: Some("Mia\u{1b}[2J Reed".to_owned()),
            name_from: Some("contacts.csv".to_owned()),
            vip: true,
            tags: vec!["boiler".to_owned(), "good payer".to_owned()],
            allowed: Some((ago(9_000), "ben".to_owned())),
            answered: Some(Accept { by: ana(), at: ago(4_000) }),
            ..CallerLine::stranger(Caller::read(PAT.0))
        };
        let text =
            "the key is with the neighbour on the left, who is at home in the mornings only, and has a dog";
        let calls = vec![
            call(107, PAT, ago(300), Outcome::Missed(MissedReason::RangOut)),
            call(9, PAT, ago(4_000), answered()),
        ];
        let notes = vec![CallerNote { at: ago(4_000), by: ana(), text: text.to_owned() }];
        Story { line, notes, entries: vec![open, closed], calls }
    }

    fn shown(width: usize) -> String {
        plain(&screen(&story(), SHOWN, (&sample().business, &Look { width, ..look() })))
    }

    #[test]
    fn everything_about_a_number_is_on_one_screen() {
        let expected = "\
Mia[2J Reed, +1 212-555-0142
The name is from contacts.csv.
A VIP: first on every list.
Tags: boiler, good payer.
Always let through, since Sun 9 a.m. by ben.
Ana talked with them Wed 8:20 p.m.
Waits for a call: `ringback call-backs show 14`.

Notes
Wed 8:20 p.m., Ana: the key is with the neighbour on the left, who is at home in
  the mornings only, and has a dog

Call-backs
id  opened      about    owner  calls  came to
14  5 h ago     repairs  Ana        2  waits, a promise is broken
 3  Thu 1 p.m.  repairs  Ana        1  wrong number Thu 2:40 p.m., Ben

Calls
 id  when           who                        outcome   by   length  call-back
107  5 h ago        \"PAT DOE\" +1 212-555-0142  rang out         1:05        107
  9  Wed 8:20 p.m.  \"PAT DOE\" +1 212-555-0142  answered  ana    1:05
";
        assert_eq!(shown(80), expected);
        assert_eq!(shown(120), expected, "prose is not longer on a wide terminal");
    }
}
