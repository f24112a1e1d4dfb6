//! What may be wrong for a while, said on the log in words for the owner and not once for each call or each beat.

use crate::causes::with_causes;
use crate::clock::Clock;
use crate::store::WriteError;
use crate::trouble::Trouble;

/// The troubles of one switchboard.
pub(super) struct Troubles {
    /// The database does not take what callers bring.
    pub(super) storing: Trouble,
    /// Nothing takes it.
    pub(super) keeping: Trouble,
    importing: Trouble,
    labelling: Trouble,
    pub(super) lapsing: Trouble,
    pub(super) sweeping: Trouble,
    pub(super) telling: Trouble,
    pub(super) editing: Trouble,
}

impl Troubles {
    pub(super) fn new(clock: &Clock) -> Self {
        let trouble = |begins, ends| Trouble::new(begins, ends, clock.clone());
        Self {
            storing: trouble(
                "the database does not take what is to be kept, and callers hear the safe reply",
                "the database takes calls again",
            ),
            keeping: trouble(
                "neither the database nor the emergency journal can be written: calls are lost, but for their lines \
                 on stderr; make the disk writable, or make room on it",
                "calls are kept again",
            ),
            importing: trouble(
                "calls in the emergency journal cannot be brought into the database yet",
                "the emergency journal can be brought into the database again",
            ),
            labelling: trouble(
                "a call in progress cannot be read, and stays in progress",
                "every call in progress can be read again",
            ),
            lapsing: trouble(
                "call-backs that were offered and not taken could not go back on the list",
                "offered call-backs go back on the list again",
            ),
            sweeping: trouble(
                "calls of which nothing more is heard could not be marked as over",
                "calls of which nothing more is heard are marked as over again",
            ),
            telling: trouble(
                "nobody can be told of missed calls: the database does not say which",
                "missed calls are told again",
            ),
            editing: trouble(
                "the edited flows cannot be written into the database yet; the old ones stay live",
                "edited flows can be written into the database again",
            ),
        }
    }

    /// Takes note of how work beside the callers went; gives what it brought. A database that is out of use is one
    /// trouble, whatever work meets it.
    pub(super) fn note<T>(&self, own: &Trouble, done: Result<T, WriteError>) -> Option<T> {
        match done {
            Ok(brought) => {
                own.is_over();
                return Some(brought);
            }
            Err(error @ (WriteError::Failed(_) | WriteError::Panicked)) => own.is_met(with_causes(&error)),
            Err(
                error @ (WriteError::TooSlow
                | WriteError::Overloaded
                | WriteError::Closed
                | WriteError::NotCommitted(_)),
            ) => self.storing.is_met(with_causes(&error)),
        }
        None
    }

    /// The journal could not be brought in.
    pub(super) fn not_imported(&self, error: &super::ImportError) {
        match error {
            super::ImportError::Store(error) => self.storing.is_met(with_causes(error)),
            super::ImportError::Journal(_) => self.importing.is_met(with_causes(error)),
        }
    }

    /// All of the journal is in the database, which brought `news` records.
    pub(super) fn imported(&self, news: usize) {
        self.importing.is_over();
        // Where nothing was to be brought in nothing was written.
        if news == 0 {
            return;
        }
        let came_in = format!(", {news} records of the emergency journal came in");
        if !self.storing.is_over_with(&came_in) {
            tracing::warn!(records = news, "the emergency journal was imported");
        }
    }

    /// How the calls in progress could be read, of which `unread` could not.
    pub(super) fn labelled(&self, unread: usize) {
        if unread > 0 {
            self.labelling.is_met(format!("{unread} of them"));
        } else {
            self.labelling.is_over();
        }
    }
}
