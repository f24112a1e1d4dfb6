//! Where a call stands between two turns. Stored with each turn, so it must stay readable by later versions.

use std::ops::Not;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::call::{Course, PersonName, PhoneNumber, StepName};
use crate::language::Language;

/// Where a call stands, and what it has come to so far.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct State {
    /// What the next event answers.
    pub place: Place,
    /// What the conversation has come to.
    pub course: Course,
    /// Key 0 has rung people once.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub zero_used: bool,
    /// Ringing would be wrong: the call was forwarded by one of our phones, or comes from one of our lines.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub no_ringing: bool,
    /// The time that callers are told; the same words until it would be past.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promise: Option<Timestamp>,
    /// The language of the conversation, where it is not the flow's main one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// The other languages were offered.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub hinted: bool,
    /// A number to ring was asked for; nobody is asked twice.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub number_asked: bool,
    /// When the call came in, as far as the conversation knows. A talk that came to nothing is not counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// The same number called a moment before this call.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub again: bool,
    /// How often the caller changed the language.
    #[serde(default, skip_serializing_if = "is_none_yet")]
    pub language_changes: u8,
}

/// Whether a count says nothing, so that it is left out.
fn is_none_yet(count: &u8) -> bool {
    *count == 0
}

impl State {
    /// Before the first word.
    pub fn lobby() -> Self {
        Self {
            place: Place::Lobby,
            course: Course::default(),
            zero_used: false,
            no_ringing: false,
            promise: None,
            language: None,
            hinted: false,
            number_asked: false,
            since: None,
            again: false,
            language_changes: 0,
        }
    }
}

/// What the next event answers.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Place {
    /// Before the first reply.
    Lobby,
    /// Showing that this is no machine, by a key.
    HumanTest {
        /// How often nothing, or another key, was pressed.
        slips: u8,
    },
    /// At a choice.
    Menu {
        /// The step.
        step: StepName,
        /// How often the caller pressed nothing, or nothing that is offered.
        slips: u8,
    },
    /// Phones are ringing, or people talk.
    Ringing {
        /// The step that rings, or at which 0 was pressed.
        step: StepName,
        /// Who is rung at this moment.
        rung: Vec<PersonName>,
        /// Who comes after them, when in turn.
        later: Vec<PersonName>,
        /// When this step began to ring.
        since: Timestamp,
        /// Key 0 rang them, so that nobody accepting leads to a call-back.
        by_zero: bool,
    },
    /// At the beep.
    Message {
        /// The step.
        step: StepName,
    },
    /// Typing the number to ring.
    AskingNumber {
        /// The step that promises the call.
        step: StepName,
        /// How often nothing usable was typed.
        slips: u8,
    },
    /// Saying whether the number was read back right.
    ConfirmingNumber {
        /// The step that promises the call.
        step: StepName,
        /// The number as typed.
        number: PhoneNumber,
        /// How often it was not confirmed.
        slips: u8,
    },
    /// Choosing between two times to be rung.
    ChoosingTime {
        /// The step that promises the call.
        step: StepName,
        /// The later of the two.
        later: Timestamp,
        /// How often neither was chosen.
        slips: u8,
    },
    /// Answering a question.
    Asking {
        /// The step that asks.
        step: StepName,
        /// How often nothing usable came.
        slips: u8,
    },
    /// Saying whether an answer was understood right.
    ConfirmingAnswer {
        /// The step that asks.
        step: StepName,
        /// The answer.
        answer: String,
        /// How often it was not confirmed.
        slips: u8,
    },
    /// Nothing follows.
    Over,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_that_the_first_version_left_open_are_read() {
        let places = [
            r#""Lobby""#,
            r#"{"Menu":{"step":"busy","slips":1}}"#,
            r#"{"Ringing":{"step":"hello","rung":["ana"],"later":["ben"],"since":"2026-11-20T15:05:00Z","by_zero":false}}"#,
            r#"{"Message":{"step":"message"}}"#,
            r#"{"AskingNumber":{"step":"(call-back)","slips":0}}"#,
            r#"{"ConfirmingNumber":{"step":"call-me","number":"+15550142","slips":2}}"#,
            r#""Over""#,
        ];
        for place in places {
            let stored = format!(
                r#"{{"place":{place},"course":{{"pressed":true,"rang":true,"last":{{"Ring":1}}}},"zero_used":true,
                "promise":"2026-11-20T16:15:00Z"}}"#
            );
            let state: State =
                serde_json::from_str(&stored).unwrap_or_else(|error| panic!("{place}: {error}"));
            let expected = State { promise: state.promise, zero_used: true, ..State::lobby() };
            let read = State { place: Place::Lobby, course: Course::default(), ..state };
            assert_eq!(read, expected, "{place}");
        }
    }
}
