//! Messages: a short invitation, the beep, and a kind word afterwards whether or not anything was said.

use crate::call::{EMPTY_BELOW_SECONDS, LastReply, Recording, StepName};
use crate::flow::{self, Prompt, StepId};

use super::scene::Scene;
use super::{Place, Then, patience, words};

impl<'a> Scene<'a> {
    pub(super) fn invite(&mut self, name: &StepName, invitation: &Prompt) -> Then {
        self.speak_binding(invitation);
        let course = &mut self.state.course;
        course.message_offered = true;
        course.last = LastReply::Message;
        self.state.place = Place::Message { step: name.clone() };
        Then::Record { at_most: patience::LONGEST_MESSAGE, silence: patience::MESSAGE_SILENCE }
    }

    /// The invitation again, after something that does not belong at the beep.
    pub(super) fn invite_again(&mut self, name: &StepName) -> Then {
        match self.message(name) {
            Some((invitation, _)) => self.invite(name, invitation),
            None => self.last_words(),
        }
    }

    pub(super) fn recorded(&mut self, name: &StepName, recording: Option<&Recording>) -> Then {
        let left = recording.is_some_and(|recording| recording.seconds >= EMPTY_BELOW_SECONDS);
        let go = self.message(name).and_then(|(_, go)| go);
        match (left, go) {
            (true, Some(go)) => {
                self.say(words::THANK_YOU);
                self.enter(go)
            }
            (false, Some(go)) => self.enter(go),
            (true, None) if self.callable().is_some() => {
                self.say(words::THANK_YOU);
                self.promise_call();
                self.farewell()
            }
            (true, None) => {
                self.say(words::GOT_MESSAGE);
                self.farewell()
            }
            (false, None) => {
                self.say(words::NO_MESSAGE);
                self.farewell()
            }
        }
    }

    fn message(&self, name: &StepName) -> Option<(&'a Prompt, Option<StepId>)> {
        match &self.step(name).then {
            flow::Then::Message { invitation, go } => Some((invitation, *go)),
            flow::Then::Go(_)
            | flow::Then::Press(_)
            | flow::Then::Ring(_)
            | flow::Then::CallBack { .. }
            | flow::Then::Goodbye(_)
            | flow::Then::Refuse => None,
        }
    }
}
