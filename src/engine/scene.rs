//! One turn while it is being made: what was said so far, and where it leads.

use std::time::Duration;

use jiff::Timestamp;

use crate::call::{Key, LastReply, PhoneNumber, StepName};
use crate::flow::{self, Flow, Piece, Prompt, Slot, Step, StepId, Text};
use crate::language::Language;

use super::{Facts, Place, Speech, State, Then, words};

pub(super) struct Scene<'a> {
    pub(super) flow: &'a Flow,
    pub(super) facts: &'a Facts<'a>,
    pub(super) state: State,
    pub(super) said: Vec<Speech>,
    pub(super) passed: Vec<StepName>,
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
                flow::Then::Ask(ask) => ask.silence,
                flow::Then::CallBack { go, .. } => {
                    self.state.course.asked_call_back = true;
                    if self.callable().is_none() {
                        return self.ask_number(&step.name, 0);
                    }
                    if !speaks_promise(step.say.as_ref()) {
                        self.promise_call();
                    }
                    let Some(go) = go else { return self.farewell() };
                    *go
                }
                flow::Then::Goodbye(text) => {
                    let text = text.of(self.state.language);
                    match text.0.is_empty() {
                        true => self.say(words::GOODBYE),
                        false => self.speak(text),
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

    pub(super) fn prompt(&mut self, prompt: &Prompt) {
        match prompt {
            Prompt::Say(text) => self.speak(text.of(self.state.language)),
            Prompt::Play(file) => self.said.push(Speech::Play(file.of(self.state.language).clone())),
        }
    }

    /// Speaks where a promise binds: in a `message` or `call-back` step.
    pub(super) fn speak_binding(&mut self, prompt: &Prompt) {
        self.prompt(prompt);
        if speaks_promise(Some(prompt)) {
            self.bind_promise();
        }
    }

    fn speak(&mut self, text: &Text) {
        let words = self.filled(text);
        self.say(&words);
    }

    /// The text with its placeholders filled. Where a filling ends in a full stop, the owner's own is left out.
    pub(super) fn filled(&mut self, text: &Text) -> String {
        let mut out = String::new();
        let mut after_slot = false;
        for piece in &text.0 {
            match piece {
                Piece::Words(words) => {
                    let double = after_slot && out.ends_with('.') && words.starts_with('.');
                    out.push_str(if double { &words[1..] } else { words });
                    after_slot = false;
                }
                Piece::Slot(slot) => {
                    out.push_str(&self.filling(slot));
                    after_slot = true;
                }
            }
        }
        out
    }

    fn filling(&mut self, slot: &Slot) -> String {
        let facts = self.facts;
        match slot {
            Slot::Business => facts.business.name.clone(),
            Slot::Caller => facts
                .caller
                .number()
                .map_or_else(|| "your number".to_owned(), |number| number.spoken(Language::English)),
            Slot::Opens => facts.business.spoken_opening(facts.now, facts.away, Language::English),
            Slot::Promise => {
                let at = self.promise();
                facts.business.spoken_promise(at, facts.now, Language::English)
            }
            Slot::Person => {
                let owner = facts.business.owner_of(self.state.course.area.as_ref(), facts.line);
                facts
                    .business
                    .person(&owner)
                    .map_or_else(|| "someone".to_owned(), |person| person.spoken.clone())
            }
            Slot::Name => String::new(),
            Slot::Answer(name) => {
                let answers = &self.state.course.answers;
                let answer = answers.iter().find(|(known, _)| known == name);
                answer.map_or_else(String::new, |(_, answer)| answer.clone())
            }
        }
    }

    /// The time that this caller is told: the same until it would be past.
    pub(super) fn promise(&mut self) -> Timestamp {
        let facts = self.facts;
        let promise = self.state.promise.filter(|promise| *promise > facts.now);
        let promise =
            promise.unwrap_or_else(|| facts.business.promise_at(facts.now, facts.away, facts.waiting));
        self.state.promise = Some(promise);
        promise
    }

    /// Keeps the earliest time that the caller was told.
    pub(super) fn bind_promise(&mut self) {
        let promise = self.promise();
        let bound = self.state.course.promised_at.map_or(promise, |before| before.min(promise));
        self.state.course.promised_at = Some(bound);
    }

    /// The number to ring back: the caller's own, or the one that was typed.
    pub(super) fn callable(&self) -> Option<&PhoneNumber> {
        self.facts.caller.number().or(self.state.course.typed_number.as_ref())
    }

    /// Waits for keys at `place`.
    pub(super) fn wait(&mut self, place: Place, keys: Option<u8>, wait: Duration) -> Then {
        self.state.place = place;
        self.state.course.last = LastReply::Menu;
        Then::Menu { keys, wait, hear: None }
    }

    /// The last resort of the engine itself: what we owe the caller, spoken, and nothing that could go on.
    pub(super) fn last_words(&mut self) -> Then {
        self.passed.push(self.flow.step(self.flow.last_call_back).name.clone());
        if self.callable().is_some() {
            self.promise_call();
        } else {
            self.say(words::WE_KNOW);
        }
        self.farewell()
    }

    pub(super) fn farewell(&mut self) -> Then {
        self.say(words::GOODBYE);
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

fn speaks_promise(prompt: Option<&Prompt>) -> bool {
    match prompt {
        Some(Prompt::Say(text)) => text.all().any(|text| text.has(&Slot::Promise)),
        Some(Prompt::Play(_)) | None => false,
    }
}

/// Whether the caller wants a person.
pub(super) fn is_zero(keys: &[Key]) -> bool {
    keys.first() == Some(&Key::ZERO)
}
