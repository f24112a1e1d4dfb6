//! Once a day what is older than the business keeps goes, in small steps between those of callers.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::sleep;

use crate::store::{Purge, PurgeStage, Purged, WriteError};

use super::{Switchboard, beat};

/// Not while a server starts and callers come back.
const FIRST_AFTER: Duration = Duration::from_secs(5 * 60);
const EVERY: Duration = Duration::from_secs(24 * 60 * 60);

/// Purges once a day until the task is dropped.
pub async fn purge_daily(switchboard: Arc<Switchboard>) {
    sleep(FIRST_AFTER).await;
    let mut every = beat(EVERY);
    loop {
        every.tick().await;
        match switchboard.purge().await {
            Ok(purged) if purged == Purged::default() => {}
            Ok(Purged { calls, call_backs, notes, callers }) => {
                tracing::info!(calls, call_backs, notes, callers, "what is older than `keep` was purged");
            }
            Err(error) => tracing::error!(%error, "what is older than `keep` could not be purged"),
        }
    }
}

impl Switchboard {
    /// Purges what is older than the settings keep, and gives how much that was.
    pub async fn purge(&self) -> Result<Purged, WriteError> {
        let (now, live) = (self.now(), self.live());
        let Ok(before) = now.checked_sub(live.settings.keep) else { return Ok(Purged::default()) };
        let before = before.max(Timestamp::UNIX_EPOCH);
        let purge = Arc::new(Purge { zone: live.settings.business.time_zone.clone(), now, before });
        let (mut all, mut stage) = (Purged::default(), PurgeStage::first());
        while stage != PurgeStage::Done {
            let purge = purge.clone();
            let (purged, next) = self.writer().write(move |tx| tx.purge_step(&purge, stage)).await?;
            all = all.and(purged);
            stage = next;
        }
        Ok(all)
    }
}
