//! The live flows stand in the file that is in use, whatever happened to the one before: no call hears a flow whose text
//! is not written down where the call is.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use crate::store::{StoreError, WriteError};

use super::Switchboard;

/// How often to look; it costs nothing while the file is the same.
const EVERY: Duration = Duration::from_millis(100);

/// Writes the live flows down again whenever another file came into use, until the task is dropped.
pub async fn keep_written(switchboard: Arc<Switchboard>) {
    let mut every = super::beat(EVERY);
    loop {
        every.tick().await;
        if let Err(error) = switchboard.write_down().await {
            tracing::debug!(%error, "the live flows cannot be written down yet; callers hear the safe reply");
        }
    }
}

impl Switchboard {
    /// Writes the live flows down where the file that is in use does not hold them, then brings in what the journal
    /// kept meanwhile.
    pub async fn write_down(&self) -> Result<(), WriteError> {
        let _one_at_a_time = self.going_live.lock().await;
        let (live, opening) = (self.live(), self.writer.opening());
        if opening == 0 || live.is_held_in(opening) {
            return Ok(());
        }
        let asked = live.clone();
        match self.writer.write(move |tx| asked.must_be_held(tx)).await {
            Err(WriteError::Failed(error)) if matches!(*error, StoreError::OtherFile) => {}
            held => return held,
        }
        let written = live.written_again(&self.writer, self.now()).await?;
        let lines = written.unanswered_lines().len();
        if lines > 0 {
            tracing::error!(
                lines,
                "lines without a flow: theirs have mistakes, and no good version is known"
            );
        }
        // Numbers of versions mean others in another file.
        self.versions.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.go_live(written);
        tracing::warn!("the flows are live in the database that is in use now");
        if let Err(error) = self.import_journal().await {
            self.troubles.not_imported(&error);
        }
        Ok(())
    }
}
