//! How a call ends for the caller.

use std::fmt;

use crate::call::Recording;
use crate::engine::{Place, State, Then};

use super::Node;

/// How a call ends for the caller.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum End {
    /// A person talks with the caller.
    Person,
    /// A message was left.
    Message,
    /// A call-back is promised.
    CallBack,
    /// Last words, without any of these.
    Goodbye,
    /// The call is not taken.
    Refused,
    /// The line goes dead without a word.
    HungUpOn,
    /// The caller left.
    Left,
}

impl End {
    /// Whether the caller got what a call is for: a person, or somebody who will ring back.
    pub fn helps(self) -> bool {
        match self {
            Self::Person | Self::Message | Self::CallBack => true,
            Self::Goodbye | Self::Refused | Self::HungUpOn | Self::Left => false,
        }
    }

    /// The end that `state` and its reply are; `None` while the call goes on.
    pub(super) fn of(state: &State, silent: bool, then: &Then) -> Option<Self> {
        match then {
            Then::Menu { .. } | Then::Ring { .. } | Then::Record { .. } => None,
            Then::Refuse => Some(Self::Refused),
            Then::HangUp => {
                let course = &state.course;
                let left_message = course.recording.as_ref().is_some_and(Recording::holds_message);
                let promised = course.asked_call_back || !course.message_offered;
                Some(if course.answered.is_some() {
                    Self::Person
                } else if left_message {
                    Self::Message
                } else if promised && course.promised_at.is_some() {
                    Self::CallBack
                } else if silent {
                    Self::HungUpOn
                } else {
                    Self::Goodbye
                })
            }
        }
    }
}

impl Node {
    /// Whether help is under way here without another key: phones ring, the beep sounds, a number to ring back is
    /// asked for, or the call ended well.
    pub fn helps(&self) -> bool {
        match self.state.place {
            Place::Ringing { .. }
            | Place::Message { .. }
            | Place::AskingNumber { .. }
            | Place::ConfirmingNumber { .. }
            | Place::ChoosingTime { .. } => true,
            Place::Lobby
            | Place::HumanTest { .. }
            | Place::Menu { .. }
            | Place::Asking { .. }
            | Place::ConfirmingAnswer { .. } => false,
            Place::Over => self.end.is_some_and(End::helps),
        }
    }
}

/// As in "ends with …".
impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Person => "a person",
            Self::Message => "a message",
            Self::CallBack => "a call-back",
            Self::Goodbye => "a goodbye",
            Self::Refused => "not taken",
            Self::HungUpOn => "the line goes dead",
            Self::Left => "the caller leaves",
        })
    }
}
