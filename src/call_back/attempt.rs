//! How ringing back went, how an entry ends, and what can be done to it.

use std::fmt;

macro_rules! words {
    ($(#[$doc:meta])* $type:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
        pub enum $type { $($(#[$variant_doc])* $variant),+ }

        impl $type {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word that people type and that stands in the store and in `--json`.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// Reads the word back.
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.word() == word)
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.word())
            }
        }
    };
}

words! {
    /// An attempt that did not reach the caller. Never closes an entry.
    AttemptOutcome {
        /// It rang and nobody came.
        NoAnswer = "no-answer",
        /// The line was busy.
        Busy = "busy",
        /// We spoke to the caller's own voicemail.
        LeftMessage = "left-message",
    }
}

words! {
    /// How an entry ended.
    CloseOutcome {
        /// Somebody talked with the caller.
        Reached = "reached",
        /// There was nothing to do.
        NotNeeded = "not-needed",
        /// The caller wanted somebody else.
        WrongNumber = "wrong-number",
        /// Nobody to ring back.
        Spam = "spam",
        /// The caller rang again and a person took the call.
        AnsweredOnRedial = "answered-on-redial",
    }
}

words! {
    /// What was done to an entry, for its history.
    Deed {
        /// Somebody said "I'm on it".
        Taken = "taken",
        /// Whoever was on it is not any more.
        Released = "released",
        /// Somebody is asked to have it, and owns it once they say yes.
        Offered = "offered",
        /// They said yes.
        Accepted = "accepted",
        /// They said no.
        Declined = "declined",
        /// They said nothing in time; it stayed whose it was.
        Lapsed = "lapsed",
        /// It went to somebody else without being asked for.
        HandedOver = "handed-over",
        /// An attempt that did not reach the caller.
        Tried = "tried",
        /// It sleeps until a time.
        Snoozed = "snoozed",
        /// The caller agreed with a person on another time.
        Agreed = "agreed",
        /// Something to remember.
        Note = "note",
        /// How it ended.
        Closed = "closed",
        /// It is open again.
        Reopened = "reopened",
        /// The caller was put on the block list.
        Blocked = "blocked",
        /// A deed was taken back.
        Undone = "undone",
    }
}

impl Deed {
    /// Whether promises stand otherwise afterwards: somebody rang the caller, talked with them or dealt with the entry,
    /// or it turned out that it was not dealt with.
    pub fn weighs_promises(self) -> bool {
        matches!(self, Self::Tried | Self::Agreed | Self::Closed | Self::Reopened)
    }

    /// Whether the entry is somebody's afterwards whose it was not before.
    pub fn gives_an_owner(self) -> bool {
        matches!(self, Self::Taken | Self::Accepted | Self::HandedOver)
    }
}
