//! The conversation itself: one match over where the caller stands and what happened.

use jiff::SignedDuration;

use crate::call::{Key, LastReply, Recording, StepName};
use crate::flow::Flow;

use super::ask::Question;
use super::call_back::Asking;
use super::menu::Slip;
use super::patience::{LAST_TURN, LONGEST_CALL};
use super::ring::Round;
use super::scene::Scene;
use super::{Event, Facts, Place, Reply, State, Then};

/// What one event leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// Where the call stands from here on.
    pub state: State,
    /// What the caller hears next.
    pub reply: Reply,
    /// The steps entered in this turn, in order.
    pub passed: Vec<StepName>,
    /// The key that was pressed at the step where the call stood. Digits of a number are not kept here.
    pub key: Option<Key>,
}

/// Answers `event`. Total: whatever the place and the event, the caller is helped on.
pub fn turn(flow: &Flow, state: &State, event: &Event, facts: &Facts<'_>) -> Turn {
    let mut scene = Scene { flow, facts, state: state.clone(), said: Vec::new(), passed: Vec::new() };
    let key = scene.take_in(event);
    let talked = scene.state.course.answered.is_some();
    let then = if facts.caller_left {
        scene.leave(event)
    } else if talked {
        scene.hang_up()
    } else if scene.is_too_long() && scene.state.place != Place::Over {
        scene.last_words()
    } else {
        scene.answer(event, key)
    };
    let reply = Reply { language: scene.reply_language(), say: scene.said, then };
    Turn { state: scene.state, reply, passed: scene.passed, key }
}

impl Scene<'_> {
    /// What the event proves, whether or not anybody is left to hear the answer; and the one key that it stands for.
    fn take_in(&mut self, event: &Event) -> Option<Key> {
        let since = *self.state.since.get_or_insert(self.facts.now);
        if self.state.place == Place::Lobby {
            self.note_arrival();
        }
        match event {
            Event::Arrived | Event::Silence => None,
            Event::Pressed(keys) => {
                self.state.course.pressed = true;
                match self.state.place {
                    Place::Menu { .. }
                    | Place::ConfirmingNumber { .. }
                    | Place::ChoosingTime { .. }
                    | Place::ConfirmingAnswer { .. } => keys.first().copied(),
                    Place::Lobby
                    | Place::HumanTest { .. }
                    | Place::Ringing { .. }
                    | Place::Message { .. }
                    | Place::AskingNumber { .. }
                    | Place::Asking { .. }
                    | Place::Over => None,
                }
            }
            Event::Said(heard) => {
                self.state.course.pressed = true;
                self.key_of(heard)
            }
            Event::Rang(end) => {
                if let Place::Ringing { rung, .. } = &self.state.place {
                    let talked = self.talked(rung, end);
                    let talk = self
                        .accepted_at()
                        .map(|at| self.facts.now.duration_since(at).max(SignedDuration::ZERO));
                    self.state.since = talk.and_then(|talk| since.checked_add(talk).ok()).or(Some(since));
                    if let (true, None, LastReply::Ring(turn)) =
                        (end.connected, &talked, self.state.course.last)
                    {
                        self.state.course.unaccepted.push(turn);
                    }
                    self.state.course.rang_out |= talked.is_none();
                    self.state.course.answered = talked;
                }
                None
            }
            Event::Recorded(recording) => {
                let seconds = |kept: &Option<Recording>| kept.as_ref().map(|recording| recording.seconds);
                if seconds(recording) > seconds(&self.state.course.recording) {
                    self.state.course.recording.clone_from(recording);
                }
                None
            }
        }
    }

    /// Whether the conversation has gone on for longer than helps anybody.
    fn is_too_long(&self) -> bool {
        let lasted = self.state.since.map(|since| self.facts.now.duration_since(since));
        self.facts.turn >= LAST_TURN || lasted.is_some_and(|lasted| lasted >= LONGEST_CALL)
    }

    /// The caller is gone; nobody hears an answer. An open ring stays open unless `event` reported on it.
    fn leave(&mut self, event: &Event) -> Then {
        let last = self.state.course.last;
        let then = self.hang_up();
        match event {
            Event::Rang(_) => {}
            Event::Arrived | Event::Pressed(_) | Event::Said(_) | Event::Silence | Event::Recorded(_) => {
                self.state.course.last = last;
            }
        }
        then
    }

    fn answer(&mut self, event: &Event, key: Option<Key>) -> Then {
        match (self.state.place.clone(), event) {
            (
                Place::Lobby,
                Event::Arrived
                | Event::Pressed(_)
                | Event::Said(_)
                | Event::Silence
                | Event::Rang(_)
                | Event::Recorded(_),
            ) => self.arrive(),

            (Place::HumanTest { slips }, Event::Pressed(keys)) => self.tested(slips, keys.first().copied()),
            (Place::HumanTest { slips }, Event::Said(_)) => self.test_again(slips, true),
            (Place::HumanTest { slips }, Event::Silence) => self.test_again(slips, false),
            (Place::HumanTest { slips }, Event::Arrived | Event::Rang(_) | Event::Recorded(_)) => {
                self.test(slips)
            }

            (Place::Menu { step, slips }, Event::Pressed(_) | Event::Said(_)) => {
                self.chosen(&step, slips, key)
            }
            (Place::Menu { step, slips }, Event::Silence) => self.slip(&step, slips, Slip::Silence),
            (Place::Menu { step, slips }, Event::Arrived | Event::Rang(_) | Event::Recorded(_)) => {
                self.repeat(&step, slips)
            }

            (Place::Ringing { step, rung, later, since, by_zero }, Event::Rang(_)) => {
                self.rang(Round { step, rung, later, since, by_zero })
            }
            (
                Place::Ringing { step, rung, later, since, by_zero },
                Event::Arrived | Event::Pressed(_) | Event::Said(_) | Event::Silence | Event::Recorded(_),
            ) => self.ring_on(Round { step, rung, later, since, by_zero }),

            (Place::Message { step }, Event::Recorded(recording)) => self.recorded(&step, recording.as_ref()),
            (
                Place::Message { step },
                Event::Arrived | Event::Pressed(_) | Event::Said(_) | Event::Silence | Event::Rang(_),
            ) => self.invite_again(&step),

            (Place::AskingNumber { step, slips }, Event::Pressed(keys)) => {
                self.typed(Asking { step: &step, slips }, keys)
            }
            (Place::AskingNumber { step, .. }, Event::Said(_)) if key == Some(Key::ZERO) => self.zero(&step),
            (Place::AskingNumber { step, slips }, Event::Said(_)) => {
                self.ask_again(Asking { step: &step, slips }, true)
            }
            (Place::AskingNumber { step, slips }, Event::Silence) => {
                self.ask_again(Asking { step: &step, slips }, false)
            }
            (Place::AskingNumber { step, slips }, Event::Arrived | Event::Rang(_) | Event::Recorded(_)) => {
                self.ask_number(&step, slips)
            }

            (Place::ConfirmingNumber { step, number, slips }, Event::Pressed(_) | Event::Said(_)) => {
                self.confirmed(Asking { step: &step, slips }, number, key)
            }
            (Place::ConfirmingNumber { step, number, slips }, Event::Silence) => {
                self.confirm_again(Asking { step: &step, slips }, number, false)
            }
            (
                Place::ConfirmingNumber { step, number, slips },
                Event::Arrived | Event::Rang(_) | Event::Recorded(_),
            ) => self.read_back(Asking { step: &step, slips }, number),

            (Place::ChoosingTime { step, later, slips }, Event::Pressed(_) | Event::Said(_)) => {
                self.time_chosen(Asking { step: &step, slips }, later, key)
            }
            (Place::ChoosingTime { step, .. }, Event::Silence) => self.time_settled(&step),
            (
                Place::ChoosingTime { step, later, slips },
                Event::Arrived | Event::Rang(_) | Event::Recorded(_),
            ) => self.offer_times(Asking { step: &step, slips }, later),

            (Place::Asking { step, slips }, Event::Pressed(keys)) => {
                self.typed_answer(Question { step: &step, slips }, keys)
            }
            (Place::Asking { step, slips }, Event::Said(heard)) => {
                self.said_answer(Question { step: &step, slips }, heard, key)
            }
            (Place::Asking { step, slips }, Event::Silence) => {
                self.question_again(Question { step: &step, slips }, false)
            }
            (Place::Asking { step, slips }, Event::Arrived | Event::Rang(_) | Event::Recorded(_)) => {
                self.question_as_before(Question { step: &step, slips })
            }

            (Place::ConfirmingAnswer { step, answer, slips }, Event::Pressed(_) | Event::Said(_)) => {
                self.answer_confirmed(Question { step: &step, slips }, answer, key)
            }
            (Place::ConfirmingAnswer { step, answer, slips }, Event::Silence) => {
                self.confirm_answer_again(Question { step: &step, slips }, answer, false)
            }
            (
                Place::ConfirmingAnswer { step, answer, slips },
                Event::Arrived | Event::Rang(_) | Event::Recorded(_),
            ) => self.read_answer(Question { step: &step, slips }, answer),

            (
                Place::Over,
                Event::Arrived
                | Event::Pressed(_)
                | Event::Said(_)
                | Event::Silence
                | Event::Rang(_)
                | Event::Recorded(_),
            ) => {
                self.say(self.phrases().we_know);
                self.farewell()
            }
        }
    }
}
