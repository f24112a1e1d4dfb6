//! The sweep: calls of which nothing more was heard get a label. It re-labels our record and never ends a call.

use jiff::SignedDuration;

use crate::call::CallId;
use crate::engine::Place;
use crate::store::{CallRecord, StoreError, Tx};

use super::Moment;

/// A call without a talk that has been quiet for so long is over. From a telephony server's practice: 15 minutes.
pub const IDLE_LIMIT: SignedDuration = SignedDuration::from_mins(15);
/// A ring that somebody picked up may be a talk: it is left alone as long as the provider lets it last, and a bit more.
pub const RING_LIMIT: SignedDuration = SignedDuration::from_mins(4 * 60 + 15);

impl Moment {
    /// Labels a call if nothing was heard of it for long; `false` if it was left alone.
    pub fn sweep(&self, tx: &mut Tx<'_>, id: CallId) -> Result<bool, StoreError> {
        let Some(mut call) = tx.take_call(id)? else { return Ok(false) };
        if !self.is_quiet(&call) {
            tx.save_call(call)?;
            return Ok(false);
        }
        call.reports.swept_at = Some(self.now);
        self.settle(tx, call)?;
        Ok(true)
    }

    /// Whether nothing was heard of it for so long that it must be over.
    pub(super) fn is_quiet(&self, call: &CallRecord) -> bool {
        self.quiet_for(call) >= limit(call)
    }
}

fn limit(call: &CallRecord) -> SignedDuration {
    let ringing = call.last.as_ref().is_some_and(|(_, state)| matches!(state.place, Place::Ringing { .. }));
    let picked_up = call.reports.legs.iter().any(|leg| leg.picked_up_at.is_some());
    if picked_up && (ringing || call.reports.trouble) { RING_LIMIT } else { IDLE_LIMIT }
}
