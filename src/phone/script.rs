//! What a caller does, in words: `"1"`, `"says billing"`, `"silence"`, `"message 12s"`, `"hang up after 3s"`.

use std::collections::{HashMap, VecDeque};
use std::str::FromStr;
use std::time::Duration;

use super::staff::Staff;

/// One call: who rings whom, what the caller does, and what the people do whose phones ring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// The caller's number, or the provider's word for a withheld one: `anonymous`.
    pub from: String,
    /// The line that is rung.
    pub to: String,
    /// The phone that forwarded the call.
    pub forwarded_from: Option<String>,
    /// The name that the provider finds for the number.
    pub caller_name: Option<String>,
    /// What the provider says of the number: `TN-Validation-Passed-A`.
    pub verstat: Option<String>,
    /// What the caller does, one after the other. At the end: stays, and says nothing.
    pub acts: VecDeque<Act>,
    /// What happens at each phone, ring by ring; the last one repeats. A phone that is not here is never answered.
    pub staff: HashMap<String, VecDeque<Staff>>,
}

/// One thing that a caller does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// `1`, `0456#`, `1 after 2s`: presses keys at the next menu.
    Press {
        /// The keys.
        keys: String,
        /// How long after the menu began; without it, one second after the words.
        after: Option<Duration>,
    },
    /// `says a bill`, `says a bill after 2s`: speaks at the next menu. Where only keys are taken, nobody listens.
    Say {
        /// The words.
        words: String,
        /// How long after the menu began; without it, one second after the words.
        after: Option<Duration>,
    },
    /// `silence`: does nothing at the next menu or beep.
    Silence,
    /// `message 12s`: speaks after the next beep. `message 0s` leaves at the beep.
    Message {
        /// How long.
        speaks: Duration,
        /// `message 12s saying the boiler leaks`: what is written down where the provider is to write it down.
        words: Option<String>,
        /// What then.
        then: AfterMessage,
    },
    /// `hang up after 3s`: counted from when the act before it was done, whatever the call is at.
    HangUp {
        /// How long after.
        after: Duration,
    },
    /// `hang up after 3s of ringing`: counted from when phones begin to ring.
    HangUpRinging {
        /// How long after.
        after: Duration,
    },
}

/// How a message ends.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum AfterMessage {
    /// `message 12s`: hangs up, as most callers do.
    HangsUp,
    /// `message 12s #`: presses a key.
    Presses(char),
    /// `message 12s and wait`: says nothing more.
    Waits,
}

/// Words that say nothing that a caller or a called person can do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nobody on the phone can `{0}`")]
pub struct BadScript(pub String);

impl Script {
    /// A caller who stays and says nothing, and phones that nobody answers.
    pub fn new(from: &str, to: &str) -> Self {
        Self {
            from: from.to_owned(),
            to: to.to_owned(),
            forwarded_from: None,
            caller_name: None,
            verstat: None,
            acts: VecDeque::new(),
            staff: HashMap::new(),
        }
    }

    /// Adds what the caller does, with commas between: `"1, message 12s"`.
    pub fn caller(mut self, acts: &str) -> Result<Self, BadScript> {
        for act in acts.split(',').map(str::trim).filter(|act| !act.is_empty()) {
            self.acts.push_back(act.parse()?);
        }
        Ok(self)
    }

    /// Adds what happens at a phone, ring by ring, with commas between: `"busy, accepts after 5s"`.
    pub fn person(mut self, number: &str, rings: &str) -> Result<Self, BadScript> {
        let ways = self.staff.entry(number.to_owned()).or_default();
        for way in rings.split(',').map(str::trim).filter(|way| !way.is_empty()) {
            ways.push_back(way.parse()?);
        }
        Ok(self)
    }

    /// The call was forwarded by this phone.
    pub fn forwarded_by(mut self, number: &str) -> Self {
        self.forwarded_from = Some(number.to_owned());
        self
    }

    pub(super) fn next_ring(&mut self, number: &str) -> Staff {
        let Some(ways) = self.staff.get_mut(number) else { return Staff::NeverAnswers };
        match ways.len() {
            0 | 1 => ways.front().cloned().unwrap_or(Staff::NeverAnswers),
            _ => ways.pop_front().unwrap_or(Staff::NeverAnswers),
        }
    }
}

impl FromStr for Act {
    type Err = BadScript;

    fn from_str(text: &str) -> Result<Self, BadScript> {
        let bad = || BadScript(text.to_owned());
        let words: Vec<&str> = text.split_whitespace().collect();
        Ok(match words.as_slice() {
            ["silence"] => Self::Silence,
            ["hang", "up"] => Self::HangUp { after: Duration::ZERO },
            ["hang", "up", "after", time] => Self::HangUp { after: seconds(time).ok_or_else(bad)? },
            ["hang", "up", "after", time, "of", "ringing"] => {
                Self::HangUpRinging { after: seconds(time).ok_or_else(bad)? }
            }
            ["says", words @ .., "after", time] if !words.is_empty() && seconds(time).is_some() => {
                Self::Say { words: words.join(" "), after: seconds(time) }
            }
            ["says", words @ ..] if !words.is_empty() => Self::Say { words: words.join(" "), after: None },
            ["message", time, rest @ ..] => {
                let (rest, said) = match rest.iter().position(|word| *word == "saying") {
                    Some(at) => (&rest[..at], Some(rest[at + 1..].join(" "))),
                    None => (rest, None),
                };
                let then = match rest {
                    [] => AfterMessage::HangsUp,
                    ["and", "wait"] => AfterMessage::Waits,
                    [key] => AfterMessage::Presses(one_key(key).ok_or_else(bad)?),
                    _ => return Err(bad()),
                };
                if said.as_deref() == Some("") {
                    return Err(bad());
                }
                Self::Message { speaks: seconds(time).ok_or_else(bad)?, words: said, then }
            }
            [keys, rest @ ..] if keys.chars().all(is_key) => {
                let after = match rest {
                    [] => None,
                    ["after", time] => Some(seconds(time).ok_or_else(bad)?),
                    _ => return Err(bad()),
                };
                Self::Press { keys: (*keys).to_owned(), after }
            }
            _ => return Err(bad()),
        })
    }
}

/// Reads `12s` or `12`.
pub(super) fn seconds(text: &str) -> Option<Duration> {
    let number: u32 = text.strip_suffix('s').unwrap_or(text).parse().ok()?;
    Some(Duration::from_secs(number.into()))
}

pub(super) fn one_key(text: &str) -> Option<char> {
    let mut chars = text.chars();
    let key = chars.next().filter(|key| is_key(*key))?;
    chars.next().is_none().then_some(key)
}

fn is_key(c: char) -> bool {
    matches!(c, '0'..='9' | '*' | '#')
}
