//! One turn while it is being made: what was said so far, and where it leads.

use std::ops::ControlFlow;
use std::time::Duration;

use crate::call::{LastReply, PhoneNumber, StepName};
use crate::flow::{self, Flow, Step, StepId};

use super::{Facts, Place, Speech, State, Then, patience};

pub(super) struct Scene<'a> {
    pub(super) flow: &'a Flow,
    pub(super) facts: &'a Facts<'a>,
    pub(super) state: State,
    pub(super) said: Vec<Speech>,
    pub(super) passed: Vec<StepName>,
}

/// What is waited for, as in [`Then::Menu`].
pub(super) struct Wait {
    pub(super) keys: Option<u8>,
    pub(super) time: Duration,
    pub(super) hear: Option<Vec<String>>,
}

impl Wait {
    /// For one key.
    pub(super) fn key() -> Self {
        Self { keys: Some(1), time: patience::DIGIT_WAIT, hear: None }
    }

    /// For a number that `#` ends.
    pub(super) fn number() -> Self {
        Self { keys: None, ..Self::key() }
    }
}

impl<'a> Scene<'a> {
    /// Walks from step to step until one waits for the world. Bounded even if a flow were to run in a circle.
    pub(super) fn enter(&mut self, first: StepId) -> Then {
        let flow = self.flow;
        let mut next = first;
        for _ in 0..=flow.steps.len() {
            let step = flow.step(next);
            self.begin(step);
            next = match &step.then {
                flow::Then::Go(go) => *go,
                flow::Then::Press(menu) => return self.offer(&step.name, menu),
                flow::Then::Ring(_) if self.state.no_ringing => flow.last_message,
                flow::Then::Ring(ring) => match self.ring(&step.name, ring) {
                    Some(then) => return then,
                    None => ring.go,
                },
                flow::Then::Message { .. } => return self.invite(&step.name),
                flow::Then::Ask(ask) => return self.question(&step.name, ask, 0),
                flow::Then::CallBack { .. } => match self.call_back(&step.name) {
                    ControlFlow::Break(then) => return then,
                    ControlFlow::Continue(go) => go,
                },
                flow::Then::Goodbye(text) => {
                    let text = text.of(self.state.language);
                    self.speak(text);
                    if text.0.is_empty() || self.said.is_empty() {
                        self.say(self.phrases().goodbye);
                    }
                    return self.hang_up();
                }
                flow::Then::Refuse => return self.refuse(),
            };
        }
        self.last_words()
    }

    fn begin(&mut self, step: &Step) {
        self.passed.push(step.name.clone());
        if let Some(area) = &step.area {
            self.state.course.area = Some(area.clone());
        }
        let Some(prompt) = &step.say else { return };
        match step.then {
            flow::Then::Message { .. } | flow::Then::CallBack { .. } => self.speak_binding(prompt),
            flow::Then::Go(_)
            | flow::Then::Press(_)
            | flow::Then::Ring(_)
            | flow::Then::Ask(_)
            | flow::Then::Goodbye(_)
            | flow::Then::Refuse => self.prompt(prompt),
        }
    }

    /// The step of a call in progress; its flow has it, because a call keeps the version it began with.
    pub(super) fn step(&self, name: &StepName) -> &'a Step {
        self.flow.step(self.flow.step_named(name).unwrap_or(self.flow.last_call_back))
    }

    /// Adds words, as one stretch with those before them.
    pub(super) fn say(&mut self, words: &str) {
        let words = words.trim();
        if words.is_empty() {
            return;
        }
        if let Some(Speech::Say(before)) = self.said.last_mut() {
            before.push(' ');
            before.push_str(words);
            return;
        }
        self.said.push(Speech::Say(words.to_owned()));
    }

    /// The number to ring back: the caller's own, or the one that was typed.
    pub(super) fn callable(&self) -> Option<&PhoneNumber> {
        self.facts.caller.number().or(self.state.course.typed_number.as_ref())
    }

    /// Waits at `place` for the caller.
    pub(super) fn wait(&mut self, place: Place, wait: Wait) -> Then {
        // Texts may be nothing but a placeholder that nothing filled.
        if self.said.is_empty() {
            self.say(self.phrases().press_zero);
        }
        self.state.place = place;
        self.state.course.last = LastReply::Menu;
        Then::Menu { keys: wait.keys, wait: wait.time, hear: wait.hear }
    }

    /// The last resort of the engine itself: what we owe the caller, spoken, and nothing that could go on.
    pub(super) fn last_words(&mut self) -> Then {
        self.passed.push(self.flow.step(self.flow.last_call_back).name.clone());
        if self.callable().is_some() {
            self.promise_call();
        } else {
            self.say(self.phrases().we_know);
        }
        self.farewell()
    }

    pub(super) fn farewell(&mut self) -> Then {
        self.say(self.phrases().goodbye);
        self.hang_up()
    }

    pub(super) fn hang_up(&mut self) -> Then {
        self.state.place = Place::Over;
        self.state.course.finished = true;
        self.state.course.last = LastReply::Goodbye;
        Then::HangUp
    }

    /// Nothing can be heard on a call that is not taken.
    pub(super) fn refuse(&mut self) -> Then {
        self.said.clear();
        self.state.course.refused = true;
        self.hang_up();
        Then::Refuse
    }
}
