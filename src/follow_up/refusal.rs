//! Why something cannot be done to an entry.

use jiff::Timestamp;

use crate::call::PersonName;
use crate::call_back::{CallBackId, Deed, IllegalMove};
use crate::store::StoreError;

/// Why something cannot be done; told to the person who tried it.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// There is no such entry.
    #[error("there is no call-back {0}")]
    Unknown(CallBackId),
    /// The entry stands otherwise.
    #[error(transparent)]
    Illegal(#[from] IllegalMove),
    /// Nobody here has that name.
    #[error("nobody here is called `{0}`")]
    Nobody(PersonName),
    /// Whoever is asked is not there, and whose it is stands in for them.
    #[error("{to} is not there, and {owner}, whose call-back {id} is, stands in for them")]
    OwnerStandsIn {
        /// The entry.
        id: CallBackId,
        /// Who was to be asked.
        to: PersonName,
        /// Whose it is.
        owner: PersonName,
    },
    /// A note is neither nothing nor a letter.
    #[error("a note has 1 to {most} letters")]
    NoteLength {
        /// The longest.
        most: usize,
    },
    /// The caller waits on another entry already.
    #[error("the caller of call-back {id} waits on call-back {other} already")]
    WaitsElsewhere {
        /// The entry that is closed.
        id: CallBackId,
        /// The one that is open.
        other: CallBackId,
    },
    /// A message that came late took the call to the entry that was open by then.
    #[error("what call-back {0} was about is in a later one by now")]
    Emptied(CallBackId),
    /// Nobody can have rung a caller without a number.
    #[error("nobody can ring a withheld number, and the caller of call-back {0} left no other")]
    NobodyToRing(CallBackId),
    /// Only a telephone number can be blocked.
    #[error("the caller of call-back {0} has no number that could be blocked")]
    NoNumber(CallBackId),
    /// Our own telephones are never blocked.
    #[error("the caller of call-back {0} rang from a number of yours")]
    OurNumber(CallBackId),
    /// The person did nothing that could be taken back.
    #[error("there is nothing to take back")]
    NothingToUndo,
    /// Taking back is final.
    #[error("only the last thing done to call-back {id} can be taken back, and it was")]
    UndoneAlready {
        /// The entry.
        id: CallBackId,
        /// When it was taken back.
        at: Timestamp,
    },
    /// It was not done by hand.
    #[error("what the telephone did to call-back {0} cannot be taken back")]
    NotByHand(CallBackId),
    /// Others build on it by now.
    #[error("the last deed on call-back {id} is too old to be taken back")]
    TooOld {
        /// The entry.
        id: CallBackId,
        /// When it was done.
        at: Timestamp,
    },
    /// Something else was done to the entry since.
    #[error("call-back {id} is not as you left it")]
    DoneSince {
        /// The entry.
        id: CallBackId,
        /// Who did something.
        by: String,
        /// What.
        what: Deed,
        /// When.
        at: Timestamp,
    },
    /// Taking it back would close the entry of a caller who rang since.
    #[error("the caller of call-back {0} rang again since")]
    RangSince(CallBackId),
    /// The store could not.
    #[error(transparent)]
    Store(#[from] StoreError),
}
