//! The database: the only SQL.
//!
//! One thread writes, in groups; everybody else reads. Times are kept as milliseconds. Nothing outside knows a
//! table, so that another engine can stand behind the same face.

mod away;
mod backup;
mod call_backs;
mod caller_notes;
mod caller_shapes;
mod callers;
mod calls;
mod carry;
mod cause;
mod clerk;
mod contacts;
mod deeds;
mod desk;
mod facts;
mod files;
mod flow_versions;
mod folder;
mod forget;
mod held;
mod journal;
mod journal_files;
mod last_settings;
mod legs;
mod lists;
mod locks;
mod network;
mod notices;
mod open;
mod outlive;
mod pages;
mod pair;
mod past;
mod past_calls;
mod promises;
mod proof;
mod purge;
mod reopen;
mod room;
mod schema;
mod shapes;
mod since;
mod soundness;
mod standing;
mod turns;
mod tx;
mod waiting;
mod wal;
mod writer;

pub use backup::{BackupError, Counts, copy, judge, proof_of_copy};
pub use call_backs::{CallBackEvent, StoredCallBack};
pub use caller_notes::CallerNote;
pub use caller_shapes::{CallerNoteShape, CallerShape, CallerStoryShape, NoteShape, PersonShape};
pub use callers::{CallerFilter, CallerLine, MOST_TAGS};
pub use calls::{CallRecord, NewCall};
pub use cause::{Cause, StoreFault};
pub use clerk::{Clerk, WriteError};
pub use contacts::{Contact, ContactNews, OwnRecord};
pub use deeds::StoredDeed;
pub use desk::{Desk, Reader};
pub use files::folder_of;
pub use flow_versions::{FlowVersion, FlowVersionId};
pub use forget::{Forgotten, Mention, Spellings, Traces};
pub use journal::{Journal, JournalError, JournalRecord, JournalText};
pub use journal_files::{move_journal, read_journal};
pub use legs::LegReplies;
pub use lists::{CallFilter, CallLine, Incident, PathStep, Today, WhoRang};
pub use locks::{FileLock, locks_on};
pub use network::network_file_system;
pub use notices::{NOBODY_TOLD, Notice, Untold};
pub use open::OpenError;
pub use pages::{NoteLine, PAGE, Series};
pub use pair::{LOST, is_lost};
pub use promises::Promise;
pub use proof::{Claim, Fault, Finding, Proof, Tally};
pub use purge::{Purge, PurgeStage, Purged};
pub use shapes::{CallBackShape, CallShape, rfc3339};
pub use turns::TurnRow;
pub use tx::Tx;
pub use waiting::{CallBackLine, LONG, WaitingLine};
pub use writer::Writer;

use jiff::Timestamp;

/// The store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite says no.
    #[error("the database refused")]
    Sqlite(#[from] rusqlite::Error),
    /// A row holds what no version of this program wrote there.
    #[error("the database holds {what} that cannot be read: `{value}`")]
    Unreadable {
        /// What it should have been.
        what: &'static str,
        /// What stands there, or where it stands; never a whole number or a body, because errors are logged.
        value: String,
    },
    /// The file was given up after a fault of the disk, or taken away and nothing could be opened in its place; what
    /// is written then would be lost in silence.
    #[error("the database is not in use after a fault")]
    GivenUp,
    /// The file cannot be opened again after a fault.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It stands at no path any more; what is written then would be lost with the process.
    #[error("the database was deleted, moved or replaced while in use, and is not carried over yet")]
    Moved,
    /// The file took the place of the one in which the live flows were written down.
    #[error("the database does not hold the live flows yet")]
    OtherFile,
    /// What stands in the WAL after a fault is not known to be on the disk.
    #[error("the database is not in use before its WAL is folded into it")]
    Unfolded,
}

impl StoreError {
    /// Whether somebody else held the file for too long.
    pub fn is_busy(&self) -> bool {
        matches!(self, Self::Sqlite(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy))
    }

    pub(crate) fn unreadable(what: &'static str, value: impl Into<String>) -> Self {
        Self::Unreadable { what, value: value.into() }
    }
}

fn millis(at: Timestamp) -> i64 {
    at.as_millisecond()
}

fn time(millis: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_millisecond(millis).map_err(|_| StoreError::unreadable("a time", millis.to_string()))
}

fn opt_time(millis: Option<i64>) -> Result<Option<Timestamp>, StoreError> {
    millis.map(time).transpose()
}
