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
    CallBackLine, CallBackShape, CallLine, CallShape, CallerLine, CallerNote, CallerNoteShape, CallerShape,
    CallerStoryShape, StoreError, Tx,
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
    let calls = tx.calls_from(caller)?;
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
        standing(&story.line, look).iter().map(|told| wrap(told, look.width, 2)).collect();
    let is_open = |line: &&CallBackLine| line.stored.entry.closed_at().is_none();
    for line in story.entries.iter().filter(is_open) {
        let id = line.stored.entry.id;
        let told = format!("Waits for a call: `ringback call-backs history {id}`.");
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
fn standing(line: &CallerLine, look: &Look) -> Vec<String> {
    let number = who::caller(&line.caller, None);
    let mut told =
        vec![line.name.as_ref().map_or_else(|| number.clone(), |name| format!("{name}, {number}"))];
    told.extend(line.name_from.as_ref().map(|file| format!("The name is from {file}.")));
    told.extend(line.vip.then(|| "A VIP: first on every list.".to_owned()));
    told.extend((!line.tags.is_empty()).then(|| format!("Tags: {}.", line.tags.join(", "))));
    told.extend(line.language.map(|language| format!("Spoken to in `{language}`.")));
    let since = |(at, by): &(jiff::Timestamp, String)| format!("{} by {by}", full_stop(&look.ago(*at)));
    told.extend(
        line.allowed.as_ref().map(|allowed| format!("Always let through, since {}.", since(allowed))),
    );
    told.extend(line.blocked.as_ref().map(|blocked| {
        let but = if line.allowed.is_some() { ", which does not count while it is allowed" } else { "" };
        format!("Blocked {}{but}.", since(blocked))
    }));
    told.extend(
        line.answered
            .as_ref()
            .map(|accept| format!("{} talked with them {}.", accept.by, full_stop(&look.ago(accept.at)))),
    );
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
