//! Telling somebody of a missed call: after it is durable, one at a time, never in a caller's way.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use serde::Serialize;

use crate::call::{CallId, Outcome};
use crate::fail_point::fail_point;
use crate::provider;
use crate::store::{CallBackShape, CallShape, NOBODY_TOLD, Notice, StoreError, Tx, WriteError};

use super::{Switchboard, beat};

/// How often to look for something to tell.
const EVERY: Duration = Duration::from_secs(2);
/// Tries before a notice is given up; the entry stays on the list whatever happens.
const TRIES: u32 = 6;

/// What a `[notify]` command reads: the call and the entry that waits for it.
#[derive(Serialize)]
struct MissedCall {
    call: CallShape,
    call_back: Option<CallBackShape>,
}

/// Tells of missed calls until the task is dropped.
pub async fn tell_of_missed_calls(switchboard: Arc<Switchboard>) {
    let mut every = beat(EVERY);
    loop {
        every.tick().await;
        let troubles = &switchboard.troubles;
        while let Some(Some(_)) = troubles.note(&troubles.telling, switchboard.tell_next().await) {}
    }
}

impl Switchboard {
    /// Tells of the next missed call, if one is due; the call's number says which. One try, never in a caller's way.
    pub async fn tell_next(&self) -> Result<Option<CallId>, WriteError> {
        fail_point!("notices");
        let live = self.live();
        let Some(notify) = &live.settings.notify else { return Ok(None) };
        let (now, zone) = (self.now(), live.settings.business.time_zone.clone());
        let due = self.writer().write(move |tx| {
            let Some(notice) = tx.due_notice(now)? else { return Ok(None) };
            let told = missed_call(tx, &notice, (now, &zone))?;
            Ok(Some((notice, told)))
        });
        let Some((notice, told)) = due.await? else { return Ok(None) };
        let outcome = match told.and_then(|told| serde_json::to_string(&told).ok()) {
            Some(json) => provider::tell(notify, &json).await.map_err(|error| error.to_string()),
            None => Ok(()),
        };
        let now = self.now();
        match outcome {
            Ok(()) => self.writer().write(move |tx| tx.notice_sent(notice.id, now)).await?,
            Err(error) => {
                tracing::warn!(call.id = notice.call.0, error, "nobody could be told of a missed call");
                self.writer().write(move |tx| put_off(tx, &notice, (now, &error))).await?;
            }
        }
        Ok(Some(notice.call))
    }
}

/// What to tell; `None` for a call that turned out to be answered, or blocked, since the notice was written.
fn missed_call(
    tx: &Tx<'_>,
    notice: &Notice,
    (now, zone): (jiff::Timestamp, &jiff::tz::TimeZone),
) -> Result<Option<MissedCall>, StoreError> {
    let Some(line) = tx.call_line(notice.call)? else { return Ok(None) };
    if !matches!(line.outcome, Outcome::Missed(_)) {
        return Ok(None);
    }
    let call_back = match line.call_back {
        Some(id) => {
            tx.call_back_seen(id)?;
            tx.call_back_line(id)?
        }
        None => None,
    };
    let path = tx.path_of(notice.call)?;
    Ok(Some(MissedCall {
        call: CallShape::of(line, path, zone),
        call_back: call_back.map(|line| CallBackShape::of(&line, now, zone)),
    }))
}

/// Back-off doubles from half a minute; after the last try an incident is kept instead.
fn put_off(tx: &Tx<'_>, notice: &Notice, (now, error): (jiff::Timestamp, &str)) -> Result<(), StoreError> {
    if notice.tries + 1 >= TRIES {
        tx.add_incident(now, Some(notice.call), (NOBODY_TOLD, error))?;
        return tx.notice_sent(notice.id, now);
    }
    let wait = SignedDuration::from_secs(30 << notice.tries.min(10));
    tx.notice_failed(notice.id, now + wait)
}
