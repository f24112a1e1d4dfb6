//! Whether the file is in use, for those who ask; and when to try again one that is not.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::clock::Clock;
use crate::trouble::Trouble;

use super::open::{self, Glance};
use super::{StoreError, StoreFault};

/// The longest pause between two tries; a file that looks different is tried at once.
const LONGEST: Duration = Duration::from_secs(4);
/// The pause after the first try that failed.
const SHORTEST: Duration = Duration::from_millis(250);

/// What everybody may know of the writer's file.
#[derive(Clone, Default)]
pub(super) struct Standing(Arc<Shared>);

struct Shared {
    opening: AtomicU64,
    fault: Mutex<Option<StoreFault>>,
    trouble: Trouble,
}

impl Default for Shared {
    fn default() -> Self {
        let trouble = Trouble::new(
            "the database is not in use, and callers hear the safe reply; `ringback doctor` says what to do",
            "the database is in use again",
            Clock::system(),
        );
        Self { opening: AtomicU64::default(), fault: Mutex::default(), trouble }
    }
}

impl Standing {
    /// The number of the connection that writes; 0 while none does.
    pub(super) fn opening(&self) -> u64 {
        self.0.opening.load(Relaxed)
    }

    /// Why none does.
    pub(super) fn fault(&self) -> Option<StoreFault> {
        self.0.fault.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn is_in_use(&self, opening: u64) {
        self.tell(None);
        self.0.trouble.is_over();
        self.0.opening.store(opening, Relaxed);
    }

    pub(super) fn is_out_of_use(&self) {
        self.0.opening.store(0, Relaxed);
    }

    fn tell(&self, fault: Option<StoreFault>) {
        *self.0.fault.lock().unwrap_or_else(PoisonError::into_inner) = fault;
    }
}

/// When to try a file again that cannot be used.
#[derive(Default)]
pub(super) struct Retry {
    tried: Option<(Instant, Glance)>,
    pause: Duration,
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
        let fault = StoreFault::from(error);
        standing.0.trouble.is_met(&fault.words);
        standing.tell(Some(fault));
    }
}
