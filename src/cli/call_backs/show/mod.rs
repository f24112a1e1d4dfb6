//! Everything about somebody who waits, on one screen: enough to ring them.

mod screen;

use serde::Serialize;

use crate::call_back::{CallBackId, Standing};
use crate::cli::failure::Failure;
use crate::cli::output::{show, show_json};
use crate::cli::shop::Shop;
use crate::cli::when::Look;
use crate::cli::who;
use crate::store::{
    CallBackLine, CallBackShape, CallFilter, CallLine, CallShape, CallerLine, CallerNote, Promise,
    StoreError, Tx, WaitingLine, WhoRang, rfc3339,
};

use super::list::mark_seen;
use super::unknown;

/// Earlier calls of the caller that are shown.
const EARLIER: usize = 5;

/// Earlier entries of the caller that are shown.
const ENTRIES: usize = 3;

/// Somebody who waits, and what is known of them.
struct Waiting {
    line: CallBackLine,
    promises: Vec<Promise>,
    about: CallerLine,
    notes: Vec<CallerNote>,
    /// The calls that joined the entry.
    calls: Vec<CallLine>,
    earlier_calls: Vec<CallLine>,
    earlier_entries: Vec<WaitingLine>,
}

#[derive(Serialize)]
struct WaitingShape {
    call_back: CallBackShape,
    tags: Vec<String>,
    last_talk_at: Option<String>,
    last_talk_by: Option<String>,
    promises: Vec<PromiseShape>,
    caller_notes: Vec<CallerNoteShape>,
    calls: Vec<CallShape>,
    earlier_calls: Vec<CallShape>,
    earlier_call_backs: Vec<EarlierShape>,
}

#[derive(Serialize)]
struct PromiseShape {
    made_at: String,
    promised_at: String,
    met_at: Option<String>,
    /// `kept`, `broken` or `open`.
    standing: &'static str,
    call: Option<i64>,
}

#[derive(Serialize)]
struct CallerNoteShape {
    at: String,
    by: String,
    text: String,
}

#[derive(Serialize)]
struct EarlierShape {
    id: i64,
    opened_at: String,
    closed_at: Option<String>,
    outcome: Option<&'static str>,
}

pub(super) fn run(shop: &Shop<'_>, (id, by): (CallBackId, Option<&str>), json: bool) -> Result<(), Failure> {
    let waiting = shop.read(|tx| read(tx, id))?.flatten().ok_or_else(|| unknown(id))?;
    mark_seen(shop, [&waiting.line.stored]);
    if json {
        return show_json(&shape(waiting, &shop.look));
    }
    let business = &shop.settings.business;
    // Whoever does not say who they are looks on.
    let me = who::person(business, by).ok();
    show(&screen::screen(&waiting, (business, me.as_ref()), &shop.look))
}

fn read(tx: &Tx<'_>, id: CallBackId) -> Result<Option<Waiting>, StoreError> {
    let Some(line) = tx.call_back_line(id)? else { return Ok(None) };
    let caller = line.stored.entry.caller.clone();
    let mut calls = Vec::new();
    for id in tx.calls_of(&line.stored)? {
        calls.extend(tx.call_line(id)?);
    }
    let mut earlier_calls = Vec::new();
    if caller.identity().is_some() {
        // Those of the entry are told apart from the earlier ones, and may all be among the newest.
        let limit = u32::try_from(EARLIER + calls.len()).ok();
        let from = Some(WhoRang::Is(caller.clone()));
        earlier_calls = tx.calls(&CallFilter { from, limit, ..CallFilter::default() })?;
        earlier_calls.retain(|call| call.call_back != Some(id));
        earlier_calls.truncate(EARLIER);
    }
    Ok(Some(Waiting {
        promises: tx.promises_of(id)?,
        about: tx.caller_line(&caller)?.unwrap_or_else(|| CallerLine::stranger(caller.clone())),
        notes: tx.caller_notes(&caller)?,
        earlier_entries: tx.other_entries(&line.stored, ENTRIES as u32)?,
        calls,
        earlier_calls,
        line,
    }))
}

fn shape(waiting: Waiting, look: &Look) -> WaitingShape {
    let rfc = |at| rfc3339(at, &look.zone);
    let calls = |calls: Vec<CallLine>| {
        calls.into_iter().map(|call| CallShape::of(call, Vec::new(), &look.zone)).collect()
    };
    let promise = |promise: &Promise| PromiseShape {
        made_at: rfc(promise.made_at),
        promised_at: rfc(promise.promised_at),
        met_at: promise.met_at.map(rfc),
        standing: promise.word(look.now),
        call: promise.call.map(|id| id.0),
    };
    let note =
        |note: CallerNote| CallerNoteShape { at: rfc(note.at), by: note.by.to_string(), text: note.text };
    let earlier = |line: &WaitingLine| EarlierShape {
        id: line.stored.entry.id.0,
        opened_at: rfc(line.stored.entry.opened_at),
        closed_at: line.stored.entry.closed_at().map(rfc),
        outcome: match &line.stored.entry.standing {
            Standing::Closed { outcome, .. } => Some(outcome.word()),
            Standing::Waiting | Standing::Taken { .. } => None,
        },
    };
    let talk = waiting.about.answered.as_ref();
    WaitingShape {
        call_back: CallBackShape::of(&waiting.line, look.now, &look.zone),
        last_talk_at: talk.map(|talk| rfc(talk.at)),
        last_talk_by: talk.map(|talk| talk.by.to_string()),
        tags: waiting.about.tags,
        promises: waiting.promises.iter().map(promise).collect(),
        caller_notes: waiting.notes.into_iter().map(note).collect(),
        calls: calls(waiting.calls),
        earlier_calls: calls(waiting.earlier_calls),
        earlier_call_backs: waiting.earlier_entries.iter().map(earlier).collect(),
    }
}
