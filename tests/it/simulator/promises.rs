//! What was promised about an entry, reckoned anew from its history alone.

use jiff::Timestamp;
use ringback::call_back::Deed;
use ringback::store::{CallBackEvent, Promise};

use super::ledger::{Broken, broken};
use super::look::{CallLook, EntryLook};

/// Endings after which nobody needs to ring, whatever was thought of the close afterwards.
const DEALT_WITH: [&str; 3] = ["reached", "wrong-number", "answered-on-redial"];

/// Kept or late as the history says, and the entry counts on the earliest one that still waits.
pub fn are_kept_or_late(look: &EntryLook) -> Result<(), Broken> {
    let EntryLook { stored, events, promises } = look;
    let id = stored.entry.id;
    for promise in promises {
        let met_at = met_at(promise, events);
        if promise.met_at != met_at {
            return broken(
                "P7",
                format!("{promise:?} of entry {id} was met at {met_at:?} by its history: {events:?}"),
            );
        }
    }
    let agreed_after = |promise: &Promise| {
        promises.iter().any(|other| other.call.is_none() && other.made_at > promise.made_at)
    };
    let waits = |promise: &&Promise| {
        promise.met_at.is_none_or(|met_at| met_at > promise.promised_at) && !agreed_after(promise)
    };
    let earliest = promises.iter().filter(waits).map(|promise| promise.promised_at).min();
    if stored.entry.promised_at != earliest {
        let counts_on = stored.entry.promised_at;
        return broken("P7", format!("entry {id} counts on {counts_on:?}, and not on {earliest:?}"));
    }
    Ok(())
}

/// What the caller was told in a call stands in the ledger of the entry that waits for it.
pub fn is_written_down(call: &CallLook, look: &EntryLook) -> Result<(), Broken> {
    let stands = |promised_at| {
        look.promises
            .iter()
            .any(|promise| promise.call == Some(call.id) && promise.promised_at == promised_at)
    };
    match call.promised_at {
        Some(promised_at) if !stands(promised_at) => broken(
            "P7",
            format!(
                "in call {} somebody was promised a call by {promised_at}, and it stands nowhere",
                call.id
            ),
        ),
        Some(_) | None => Ok(()),
    }
}

/// When somebody first rang, agreed or dealt with the entry after it was made.
fn met_at(promise: &Promise, events: &[CallBackEvent]) -> Option<Timestamp> {
    let deals_with_it = |nth: usize, close: &CallBackEvent| {
        let opened_again = events[nth + 1..]
            .iter()
            .any(|later| later.what == Deed::Reopened && later.by != "ringback" && later.undone_at.is_none());
        !opened_again || close.detail.as_deref().is_some_and(|how| DEALT_WITH.contains(&how))
    };
    let counts = |nth: usize, event: &CallBackEvent| {
        matches!(event.what, Deed::Tried | Deed::Agreed)
            || event.what == Deed::Closed && deals_with_it(nth, event)
    };
    let met = events.iter().enumerate().filter(|(nth, event)| {
        event.at > promise.made_at && event.undone_at.is_none() && counts(*nth, event)
    });
    met.map(|(_, event)| event.at).min()
}
