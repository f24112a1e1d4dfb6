//! Everything that is known of one number.

use serde::Serialize;

use crate::call::{Caller, PhoneNumber};
use crate::cli::calls;
use crate::cli::failure::Failure;
use crate::cli::output::{show, show_json, wrap};
use crate::cli::shop::Shop;
use crate::cli::when::Look;
use crate::cli::who;
use crate::store::{CallLine, CallShape, CallerLine, StoreError, Tx};

use super::CallerShape;

/// Calls that are shown, the newest ones.
const CALLS: u32 = 10;

struct Story {
    line: CallerLine,
    call_backs: Vec<i64>,
    calls: Vec<CallLine>,
}

#[derive(Serialize)]
struct StoryShape {
    #[serde(flatten)]
    caller: CallerShape,
    call_backs: Vec<i64>,
    calls: Vec<CallShape>,
}

pub(super) fn run(shop: &Shop<'_>, number: &PhoneNumber, json: bool) -> Result<(), Failure> {
    let caller = Caller::Number(number.clone());
    let story = shop.read(|tx| read(tx, &caller))?.flatten().ok_or_else(|| {
        Failure::could_not(format!("nothing is known of {}", who::number(number)))
            .hint("`ringback callers list` shows who is known")
    })?;
    let look = &shop.look;
    if json {
        let calls = story.calls.into_iter().map(|call| CallShape::of(call, Vec::new(), &look.zone));
        return show_json(&StoryShape {
            caller: CallerShape::of(&story.line, look),
            call_backs: story.call_backs,
            calls: calls.collect(),
        });
    }
    show(&screen(&story, look))
}

/// `None` for a number that neither called nor stands on any list.
fn read(tx: &Tx<'_>, caller: &Caller) -> Result<Option<Story>, StoreError> {
    let calls = tx.calls_from(caller, CALLS)?;
    let known = tx.caller_line(caller)?;
    if known.is_none() && calls.is_empty() {
        return Ok(None);
    }
    let waiting = tx.call_backs(false)?.into_iter().filter(|stored| stored.entry.caller == *caller);
    let line = known.unwrap_or_else(|| CallerLine::stranger(caller.clone()));
    Ok(Some(Story { line, call_backs: waiting.map(|stored| stored.entry.id.0).collect(), calls }))
}

fn screen(story: &Story, look: &Look) -> String {
    let line = &story.line;
    let mut told = vec![who::caller(&line.caller, line.name.as_deref())];
    told.extend(line.name_from.as_ref().map(|file| format!("The name is from {file}.")));
    told.extend(line.vip.then(|| "A VIP: first on every list.".to_owned()));
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
    told.extend(
        story.call_backs.iter().map(|id| format!("Waits for a call: `ringback call-backs history {id}`.")),
    );
    let mut shown: String = told.iter().map(|told| wrap(told, look.width, 2)).collect();
    if !story.calls.is_empty() {
        shown.push('\n');
        shown.push_str(&calls::screen(&story.calls, look));
    }
    shown
}

/// `11 a.m.` has its full stop already.
fn full_stop(words: &str) -> &str {
    words.trim_end_matches('.')
}
