//! The conversation itself: one match over where the caller stands and what happened.

use crate::call::{Key, Recording, StepName};
use crate::flow::{self, Flow};

use super::call_back::Asking;
use super::patience::LAST_TURN;
use super::ring::Round;
use super::scene::Scene;
use super::{Event, Facts, Place, Reply, State, Then, words};

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
    } else if facts.turn >= LAST_TURN && scene.state.place != Place::Over {
        scene.last_words()
    } else {
        scene.answer(event)
    };
    let reply = Reply { language: scene.state.language, say: scene.said, then };
    Turn { state: scene.state, reply, passed: scene.passed, key }
}

impl Scene<'_> {
    /// What the event proves, whether or not anybody is left to hear the answer.
    fn take_in(&mut self, event: &Event) -> Option<Key> {
        if self.state.place == Place::Lobby {
            self.note_arrival();
        }
        match event {
            Event::Arrived | Event::Silence | Event::Said(_) => None,
            Event::Pressed(keys) => {
                self.state.course.pressed = true;
                match self.state.place {
                    Place::Menu { .. } | Place::ConfirmingNumber { .. } => keys.first().copied(),
                    Place::Lobby
                    | Place::Ringing { .. }
                    | Place::HumanTest { .. }
                    | Place::Message { .. }
                    | Place::AskingNumber { .. }
                    | Place::ChoosingTime { .. }
                    | Place::Asking { .. }
                    | Place::ConfirmingAnswer { .. }
                    | Place::Over => None,
                }
            }
            Event::Rang(end) => {
                if let Place::Ringing { rung, .. } = &self.state.place {
                    let talked = self.talked(rung, end);
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

    fn note_arrival(&mut self) {
        let (flow, facts, business) = (self.flow, self.facts, self.facts.business);
        self.state.course.closed = !business.is_open(facts.now);
        let refuses = |step| matches!(flow.step(step).then, flow::Then::Refuse);
        self.state.course.refused = facts.about.blocked && flow.start.blocked.is_none_or(refuses);
        let through_own_phone =
            facts.forwarded_from.is_some_and(|number| business.person_with_number(number).is_some());
        let from_own_line = facts.caller.number().is_some_and(|number| business.line(number).is_some());
        self.state.no_ringing = through_own_phone || from_own_line;
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

    fn answer(&mut self, event: &Event) -> Then {
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

            (Place::Menu { step, slips }, Event::Pressed(keys)) => self.chosen(&step, slips, keys),
            (Place::Menu { step, slips }, Event::Said(_)) => {
                self.slip(&step, slips, Some(words::NOT_UNDERSTOOD))
            }
            (Place::Menu { step, slips }, Event::Silence) => self.slip(&step, slips, None),
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
            (Place::AskingNumber { step, slips }, Event::Silence) => {
                self.ask_again(Asking { step: &step, slips }, None)
            }
            (
                Place::AskingNumber { step, slips },
                Event::Arrived | Event::Said(_) | Event::Rang(_) | Event::Recorded(_),
            ) => self.ask_number(&step, slips),

            (Place::ConfirmingNumber { step, number, slips }, Event::Pressed(keys)) => {
                self.confirmed(Asking { step: &step, slips }, number, keys)
            }
            (Place::ConfirmingNumber { step, number, slips }, Event::Silence) => {
                self.confirm_again(Asking { step: &step, slips }, number, None)
            }
            (
                Place::ConfirmingNumber { step, number, slips },
                Event::Arrived | Event::Said(_) | Event::Rang(_) | Event::Recorded(_),
            ) => self.read_back(Asking { step: &step, slips }, number),

            (
                Place::HumanTest { .. }
                | Place::ChoosingTime { .. }
                | Place::Asking { .. }
                | Place::ConfirmingAnswer { .. },
                Event::Arrived
                | Event::Pressed(_)
                | Event::Said(_)
                | Event::Silence
                | Event::Rang(_)
                | Event::Recorded(_),
            ) => self.last_words(),

            (
                Place::Over,
                Event::Arrived
                | Event::Pressed(_)
                | Event::Said(_)
                | Event::Silence
                | Event::Rang(_)
                | Event::Recorded(_),
            ) => {
                self.say(words::WE_KNOW);
                self.farewell()
            }
        }
    }

    /// Where a call begins: blocked, away, closed, open, in this order.
    fn arrive(&mut self) -> Then {
        let (facts, start) = (self.facts, &self.flow.start);
        if facts.about.blocked {
            return match start.blocked {
                Some(step) => self.enter(step),
                None => self.refuse(),
            };
        }
        let away = start.away.or(start.closed).filter(|_| facts.business.is_away(facts.now, facts.away));
        let closed = start.closed.filter(|_| !facts.business.is_open(facts.now));
        self.enter(away.or(closed).unwrap_or(start.open))
    }
}
