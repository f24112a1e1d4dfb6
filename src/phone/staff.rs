//! What happens at a phone that we ring: `"accepts after 5s"`, `"voicemail after 20s"`, `"busy"`.

use std::str::FromStr;
use std::time::Duration;

use super::script::{BadScript, one_key, seconds};

/// What happens at a phone when it rings. Times count from its first ring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Staff {
    /// `accepts after 5s`, `accepts after 5s with 9`, `accepts after 5s and talks 30s`: picks up, and presses a key
    /// one second after the words.
    Accepts {
        /// When it is picked up.
        after: Duration,
        /// The key.
        key: char,
        /// How long the talk lasts if the caller stays; then this person hangs up.
        talks: Duration,
    },
    /// `accepts as the caller leaves`: picks up after two seconds, and presses in the second in which the caller goes.
    AcceptsAsCallerLeaves,
    /// `accepts too late`: picks up after two seconds, and presses when the caller is gone.
    AcceptsTooLate,
    /// `answers after 5s`: picks up and presses nothing.
    PressesNothing {
        /// When it is picked up.
        after: Duration,
    },
    /// `hangs up after 5s`: picks up and hangs up at once.
    HangsUp {
        /// When it is picked up.
        after: Duration,
    },
    /// `voicemail after 20s`: a machine picks up, and talks.
    Voicemail {
        /// When it is picked up.
        after: Duration,
    },
    /// `declines after 3s`: presses the red button while it rings.
    Declines {
        /// When.
        after: Duration,
    },
    /// `busy`: is in a talk.
    Busy,
    /// `fails`: no such number, or no way to it.
    Fails,
    /// `never answers`.
    NeverAnswers,
}

/// When phones whose time does not matter are picked up.
const SOON: Duration = Duration::from_secs(2);
/// How long a voicemail records before it hangs up, when the caller was put through to it.
const VOICEMAIL_LASTS: Duration = Duration::from_secs(90);

impl Staff {
    /// When somebody or something picks up, however long it may ring.
    pub(super) fn picks_up_after(&self) -> Option<Duration> {
        match self {
            Self::Accepts { after, .. }
            | Self::PressesNothing { after }
            | Self::HangsUp { after }
            | Self::Voicemail { after } => Some(*after),
            Self::AcceptsAsCallerLeaves | Self::AcceptsTooLate => Some(SOON),
            Self::Declines { .. } | Self::Busy | Self::Fails | Self::NeverAnswers => None,
        }
    }

    /// When and with which status the leg ends without being picked up.
    pub(super) fn refuses_after(&self) -> Option<(Duration, &'static str)> {
        match self {
            Self::Declines { after } => Some((*after, "busy")),
            Self::Busy => Some((Duration::from_secs(1), "busy")),
            Self::Fails => Some((Duration::from_secs(1), "failed")),
            Self::Accepts { .. }
            | Self::AcceptsAsCallerLeaves
            | Self::AcceptsTooLate
            | Self::PressesNothing { .. }
            | Self::HangsUp { .. }
            | Self::Voicemail { .. }
            | Self::NeverAnswers => None,
        }
    }

    /// How long this person or machine stays once the caller was put through.
    pub(super) fn talks(&self) -> Duration {
        match self {
            Self::Accepts { talks, .. } => *talks,
            Self::Voicemail { .. } => VOICEMAIL_LASTS,
            Self::HangsUp { .. } => Duration::ZERO,
            Self::AcceptsAsCallerLeaves
            | Self::AcceptsTooLate
            | Self::PressesNothing { .. }
            | Self::Declines { .. }
            | Self::Busy
            | Self::Fails
            | Self::NeverAnswers => Duration::from_secs(60),
        }
    }
}

impl FromStr for Staff {
    type Err = BadScript;

    fn from_str(text: &str) -> Result<Self, BadScript> {
        let bad = || BadScript(text.to_owned());
        let time = |word: &str| seconds(word).ok_or_else(bad);
        let words: Vec<&str> = text.split_whitespace().collect();
        Ok(match words.as_slice() {
            ["busy"] => Self::Busy,
            ["fails"] => Self::Fails,
            ["never", "answers"] => Self::NeverAnswers,
            ["declines", "after", after] => Self::Declines { after: time(after)? },
            ["voicemail", "after", after] => Self::Voicemail { after: time(after)? },
            ["answers", "after", after] => Self::PressesNothing { after: time(after)? },
            ["hangs", "up", "after", after] => Self::HangsUp { after: time(after)? },
            ["accepts", "too", "late"] => Self::AcceptsTooLate,
            ["accepts", "as", "the", "caller", "leaves"] => Self::AcceptsAsCallerLeaves,
            ["accepts", "after", after, rest @ ..] => {
                let (key, rest) = match rest {
                    ["with", key, rest @ ..] => (one_key(key).ok_or_else(bad)?, rest),
                    rest => ('1', rest),
                };
                let talks = match rest {
                    [] => Duration::from_secs(60),
                    ["and", "talks", talks] => time(talks)?,
                    _ => return Err(bad()),
                };
                Self::Accepts { after: time(after)?, key, talks }
            }
            _ => return Err(bad()),
        })
    }
}
