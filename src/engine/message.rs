//! Messages: a short invitation, the beep, and a kind word afterwards whether or not anything was said.

use std::time::Duration;

use crate::call::{LastReply, Recording, StepName};
use crate::flow::{self, LONGEST_MESSAGE, Prompt, StepId};

use super::scene::Scene;
use super::{Place, Then, patience};

/// A `message` step.
#[derive(Copy, Clone)]
struct Message<'a> {
    invitation: Option<&'a Prompt>,
    longest: Duration,
    transcribe: bool,
    go: Option<StepId>,
}

impl<'a> Scene<'a> {
    /// Invites the caller to speak after the beep.
    pub(super) fn invite(&mut self, name: &StepName) -> Then {
        let step = self.step(name);
        match self.message(name).and_then(|message| message.invitation) {
            Some(invitation) => self.speak_binding(invitation),
            None if step.say.is_none() => self.say(self.phrases().leave_message),
            None => {}
        }
        self.record(name)
    }

    /// Records, after words of its own.
    pub(super) fn record(&mut self, name: &StepName) -> Then {
        if self.said.is_empty() {
            self.say(self.phrases().leave_message);
        }
        let course = &mut self.state.course;
        course.message_offered = true;
        course.last = LastReply::Message;
        self.state.place = Place::Message { step: name.clone() };
        let message = self.message(name);
        Then::Record {
            at_most: message.map_or(LONGEST_MESSAGE, |message| message.longest),
            silence: patience::MESSAGE_SILENCE,
            transcribe: message.is_some_and(|message| message.transcribe),
        }
    }

    /// The invitation again, after something that does not belong at the beep.
    pub(super) fn invite_again(&mut self, name: &StepName) -> Then {
        if self.message(name).is_none() {
            return self.last_words();
        }
        let step = self.step(name);
        if let (Some(say), None) = (&step.say, self.message(name).and_then(|message| message.invitation)) {
            self.speak_binding(say);
        }
        self.invite(name)
    }

    pub(super) fn recorded(&mut self, name: &StepName, recording: Option<&Recording>) -> Then {
        let left = recording.is_some_and(Recording::holds_message);
        let go = self.message(name).and_then(|message| message.go);
        match (left, go) {
            (true, Some(go)) => {
                self.say(self.phrases().thank_you);
                self.enter(go)
            }
            (false, Some(go)) => self.enter(go),
            (true, None) if self.callable().is_some() => {
                self.say(self.phrases().thank_you);
                self.promise_call();
                self.farewell()
            }
            (true, None) => {
                self.say(self.phrases().got_message);
                self.farewell()
            }
            (false, None) => {
                self.say(self.phrases().no_message);
                self.farewell()
            }
        }
    }

    fn message(&self, name: &StepName) -> Option<Message<'a>> {
        match &self.step(name).then {
            flow::Then::Message { invitation, longest, transcribe, go } => Some(Message {
                invitation: invitation.as_ref(),
                longest: *longest,
                transcribe: *transcribe,
                go: *go,
            }),
            flow::Then::Go(_)
            | flow::Then::Press(_)
            | flow::Then::Ring(_)
            | flow::Then::CallBack { .. }
            | flow::Then::Ask(_)
            | flow::Then::Goodbye(_)
            | flow::Then::Refuse => None,
        }
    }
}
