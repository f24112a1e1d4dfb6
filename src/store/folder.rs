//! The WAL, folded into the file beside the answering path: no caller waits for it.
//!
//! It never holds up the writer; what is written meanwhile stays for the next time.

use std::io;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use crate::causes::with_causes;

use super::open::{self, OpenError};

/// The thread that folds.
pub(super) struct Folder {
    nudge: SyncSender<()>,
    thread: JoinHandle<()>,
}

impl Folder {
    pub(super) fn start(path: &Path) -> io::Result<Self> {
        let (nudge, nudged) = sync_channel(1);
        let path = path.to_owned();
        let builder = std::thread::Builder::new().name("folder".into());
        let thread = builder.spawn(move || work(&path, &nudged))?;
        Ok(Self { nudge, thread })
    }

    /// Says that there is something to fold. A folder that is still at it hears of it afterwards.
    pub(super) fn nudge(&self) {
        let _ = self.nudge.try_send(());
    }

    /// Waits until it has finished.
    pub(super) fn stop(self) {
        drop(self.nudge);
        if self.thread.join().is_err() {
            tracing::error!("the thread that folds the WAL did not end well");
        }
    }
}

fn work(path: &Path, nudged: &Receiver<()>) {
    while nudged.recv().is_ok() {
        if let Err(error) = fold(path) {
            tracing::warn!(error = %with_causes(&error), "the WAL could not be folded into the file");
        }
    }
}

/// Opened for each time, because the file may have been replaced.
fn fold(path: &Path) -> Result<(), OpenError> {
    let Some(connection) = open::for_reading(path)? else { return Ok(()) };
    let folded = connection.query_row("pragma wal_checkpoint(passive)", [], |_| Ok(()));
    folded.map_err(|source| OpenError::Broken { path: path.to_owned(), source })
}
