//! Whether the file is in use, for those who ask; and when to try again one that is not.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::causes::with_causes;

use super::StoreError;
use super::open::{self, Glance};

/// The longest pause between two tries; a file that looks different is tried at once.
const LONGEST: Duration = Duration::from_secs(4);
/// The pause after the first try that failed.
const SHORTEST: Duration = Duration::from_millis(250);
/// How often it is said on the log that the file is not in use.
const SAID_EVERY: Duration = Duration::from_secs(60);

/// What everybody may know of the writer's file.
#[derive(Clone, Default)]
pub(super) struct Standing(Arc<Shared>);

#[derive(Default)]
struct Shared {
    opening: AtomicU64,
    fault: Mutex<Option<String>>,
}

impl Standing {
    /// The number of the connection that writes; 0 while none does.
    pub(super) fn opening(&self) -> u64 {
        self.0.opening.load(Relaxed)
    }

    /// Why none does.
    pub(super) fn fault(&self) -> Option<String> {
        self.0.fault.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn is_in_use(&self, opening: u64) {
        self.tell(None);
        self.0.opening.store(opening, Relaxed);
    }

    pub(super) fn is_out_of_use(&self) {
        self.0.opening.store(0, Relaxed);
    }

    fn tell(&self, fault: Option<String>) {
        *self.0.fault.lock().unwrap_or_else(PoisonError::into_inner) = fault;
    }
}

/// When to try a file again that cannot be used.
#[derive(Default)]
pub(super) struct Retry {
    tried: Option<(Instant, Glance)>,
    pause: Duration,
    said: Option<(Instant, String)>,
}

impl Retry {
    /// Whether the pause is over, or the file looks different from the one that failed.
    pub(super) fn is_due(&self, path: &Path) -> bool {
        self.tried
            .as_ref()
            .is_none_or(|(at, looked)| at.elapsed() >= self.pause || *looked != open::glance(path))
    }

    /// After a try that failed: each pause is twice as long as the one before.
    pub(super) fn failed(&mut self, path: &Path, (error, standing): (&StoreError, &Standing)) {
        self.pause = (self.pause * 2).clamp(SHORTEST, LONGEST);
        self.tried = Some((Instant::now(), open::glance(path)));
        let words = with_causes(error);
        let is_said =
            self.said.as_ref().is_some_and(|(at, said)| *said == words && at.elapsed() < SAID_EVERY);
        if !is_said {
            tracing::error!(
                error = %words,
                "the database is not in use: callers hear the safe reply, and their calls are kept in the emergency \
                 journal; stop `ringback serve`, then `ringback restore BACKUP`, or move the file away"
            );
            self.said = Some((Instant::now(), words.clone()));
        }
        standing.tell(Some(words));
    }
}
