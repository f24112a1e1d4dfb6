//! Promising a call, at one of two times if the caller likes, and asking a caller without a number where to.

use std::ops::ControlFlow;

use jiff::Timestamp;

use crate::call::{Key, PhoneNumber, Recording, StepName};
use crate::flow::{self, StepId};

use super::fill::speaks_promise;
use super::scene::{Scene, Wait};
use super::{Place, Then, patience};

/// Something asked in a `call-back` step: the step, and how often it did not work out.
#[derive(Copy, Clone, Debug)]
pub(super) struct Asking<'n> {
    pub(super) step: &'n StepName,
    pub(super) slips: u8,
}

impl Scene<'_> {
    /// A `call-back` step, whose own words were spoken before. A number is asked for at most once per call.
    pub(super) fn call_back(&mut self, name: &StepName) -> ControlFlow<Then, StepId> {
        self.state.course.asked_call_back = true;
        if self.callable().is_some() {
            let spoken = speaks_promise(self.step(name).say.as_ref());
            return self.choose_time(name, spoken);
        }
        if !std::mem::replace(&mut self.state.number_asked, true) {
            return ControlFlow::Break(self.ask_number(name, 0));
        }
        if self.state.course.recording.as_ref().is_some_and(Recording::holds_message) {
            self.say(self.phrases().got_message);
            return self.after_promise(name);
        }
        ControlFlow::Break(self.without_number())
    }

    /// Promises the call, after a choice between two times where the step offers one and there are two. `spoken` tells
    /// whether the step said the promise itself.
    fn choose_time(&mut self, name: &StepName, spoken: bool) -> ControlFlow<Then, StepId> {
        if matches!(self.step(name).then, flow::Then::CallBack { two_times: true, .. }) {
            let (facts, promise) = (self.facts, self.promise());
            if let Some(later) = facts.business.later_promise(promise, facts.now, facts.away) {
                return ControlFlow::Break(self.offer_times(Asking { step: name, slips: 0 }, later));
            }
        }
        if !spoken {
            self.promise_call();
        }
        self.after_promise(name)
    }

    /// Offers two times. The earlier one binds already: whoever says nothing, or hangs up, has been told it.
    pub(super) fn offer_times(&mut self, asking: Asking<'_>, later: Timestamp) -> Then {
        let facts = self.facts;
        let later_words = facts.business.spoken_promise(later, facts.now, self.language());
        let earlier_words = self.spoken_promise();
        self.bind_promise();
        self.say(&self.phrases().two_slots(&earlier_words, &later_words));
        self.wait(Place::ChoosingTime { step: asking.step.clone(), later, slips: asking.slips }, Wait::key())
    }

    /// 1 is the earlier time, 2 the later one, 0 a person.
    pub(super) fn time_chosen(&mut self, asking: Asking<'_>, later: Timestamp, key: Option<Key>) -> Then {
        match key.map(Key::as_char) {
            Some('0') => self.zero(asking.step),
            Some('1') => self.time_settled(asking.step),
            Some('2') => {
                // The caller gives the earlier promise back; one that was made before this choice stands.
                let earlier = self.promise();
                let course = &mut self.state.course;
                course.promised_at = course.promised_at.filter(|bound| *bound != earlier);
                self.state.promise = Some(later);
                self.time_settled(asking.step)
            }
            Some(_) if key.is_some_and(|key| self.changes_language(key)) => self.offer_times(asking, later),
            Some(_) | None => match patience::once_more(asking.slips) {
                Some(slips) => {
                    self.say(self.phrases().not_understood);
                    self.offer_times(Asking { slips, ..asking }, later)
                }
                None => self.time_settled(asking.step),
            },
        }
    }

    /// The promise as it stands.
    pub(super) fn time_settled(&mut self, name: &StepName) -> Then {
        self.promise_call();
        match self.after_promise(name) {
            ControlFlow::Break(then) => then,
            ControlFlow::Continue(go) => self.enter(go),
        }
    }

    fn after_promise(&mut self, name: &StepName) -> ControlFlow<Then, StepId> {
        match &self.step(name).then {
            flow::Then::CallBack { go: Some(go), .. } => ControlFlow::Continue(*go),
            flow::Then::CallBack { go: None, .. }
            | flow::Then::Go(_)
            | flow::Then::Press(_)
            | flow::Then::Ring(_)
            | flow::Then::Message { .. }
            | flow::Then::Ask(_)
            | flow::Then::Goodbye(_)
            | flow::Then::Refuse => ControlFlow::Break(self.farewell()),
        }
    }

    /// Speaks the promise, which binds from here on.
    pub(super) fn promise_call(&mut self) {
        if self.said.is_empty() {
            self.say(self.phrases().all_right);
        }
        let promise = self.spoken_promise();
        self.say(&self.phrases().we_call_back(&promise));
        self.bind_promise();
    }

    /// The promise as a phrase: `by 3 p.m.`.
    pub(super) fn spoken_promise(&mut self) -> String {
        let at = self.promise();
        self.facts.business.spoken_promise(at, self.facts.now, self.language())
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

    pub(super) fn ask_number(&mut self, name: &StepName, slips: u8) -> Then {
        self.say(self.phrases().ask_number(!at_home_in_nanp(self.facts.line)));
        self.wait(Place::AskingNumber { step: name.clone(), slips }, Wait::number())
    }

    pub(super) fn typed(&mut self, asking: Asking<'_>, keys: &[Key]) -> Then {
        let digits: String = keys.iter().map(|key| key.as_char()).collect();
        let digits = digits.trim_end_matches('#');
        if digits == "0" {
            return self.zero(asking.step);
        }
        match typed_number(digits, self.facts.line) {
            Some(number) => {
                // Kept before it is confirmed: whoever hangs up now has still told us where to call.
                self.state.course.typed_number = Some(number.clone());
                self.read_back(asking, number)
            }
            None => self.ask_again(asking, true),
        }
    }

    /// Asks once more, or lets the caller say it in a message instead.
    pub(super) fn ask_again(&mut self, asking: Asking<'_>, sorry: bool) -> Then {
        let Some(slips) = patience::once_more(asking.slips) else { return self.without_number() };
        if sorry {
            self.say(self.phrases().not_understood);
        }
        self.ask_number(asking.step, slips)
    }

    pub(super) fn read_back(&mut self, asking: Asking<'_>, number: PhoneNumber) -> Then {
        let spoken = number.spoken(self.language());
        self.say(&self.phrases().confirm_number(&spoken));
        let place = Place::ConfirmingNumber { step: asking.step.clone(), number, slips: asking.slips };
        let hear = self.yes_and_no();
        self.wait(place, Wait { hear, ..Wait::key() })
    }

    /// 1 is yes, 2 is no (L27), 0 is a person.
    pub(super) fn confirmed(&mut self, asking: Asking<'_>, number: PhoneNumber, key: Option<Key>) -> Then {
        match key.map(Key::as_char) {
            Some('0') => self.zero(asking.step),
            Some('1') => {
                self.say(self.phrases().thank_you);
                match self.choose_time(asking.step, false) {
                    ControlFlow::Break(then) => then,
                    ControlFlow::Continue(go) => self.enter(go),
                }
            }
            Some('2') => {
                self.state.course.typed_number = None;
                self.ask_again(asking, false)
            }
            Some(_) if key.is_some_and(|key| self.changes_language(key)) => self.read_back(asking, number),
            Some(_) | None => self.confirm_again(asking, number, true),
        }
    }

    pub(super) fn confirm_again(&mut self, asking: Asking<'_>, number: PhoneNumber, sorry: bool) -> Then {
        let Some(slips) = patience::once_more(asking.slips) else { return self.without_number() };
        if sorry {
            self.say(self.phrases().not_understood);
        }
        self.read_back(Asking { slips, ..asking }, number)
    }

    /// A promise without a number cannot be kept, so the caller may say one.
    fn without_number(&mut self) -> Then {
        let last = &self.flow.step(self.flow.last_message).name;
        self.passed.push(last.clone());
        self.say(self.phrases().number_in_message);
        self.record(last)
    }
}

/// Whether numbers at `line` are spelt as in North America: there a national number can be told by its length.
fn at_home_in_nanp(line: Option<&PhoneNumber>) -> bool {
    line.is_some_and(|line| line.as_str().starts_with("+1"))
}

/// What the typed digits mean, 7 to 15 of them. On a +1 line, ten digits, or as many as the line's own number has
/// after its 1, are a national number; everything else must begin with a country code. `None` for what cannot be rung.
fn typed_number(digits: &str, line: Option<&PhoneNumber>) -> Option<PhoneNumber> {
    if !(7..=15).contains(&digits.len()) || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let line = line.filter(|line| at_home_in_nanp(Some(line)));
    let national = line.is_some_and(|line| digits.len() == 10 || digits.len() + 2 == line.as_str().len());
    let country = if national { "+1" } else { "+" };
    PhoneNumber::parse(&format!("{country}{digits}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> PhoneNumber {
        PhoneNumber::parse(text).expect("a number")
    }

    #[test]
    fn typed_digits_become_a_number_that_can_be_rung() {
        let (short, full, abroad) = (number("+15550100"), number("+12015550100"), number("+4915550100"));
        for (digits, line, meant) in [
            ("2015550142", Some(&full), Some("+12015550142")),
            ("12015550142", Some(&full), Some("+12015550142")),
            ("2015550142", Some(&short), Some("+12015550142")),
            ("5550142", Some(&short), Some("+15550142")),
            ("15550142", Some(&short), Some("+15550142")),
            ("4915550142", Some(&abroad), Some("+4915550142")),
            ("4915550142", None, Some("+4915550142")),
            ("015550142", Some(&abroad), None),
            ("555014", Some(&short), None),
            ("1234567890123456", Some(&full), None),
            ("555*142", Some(&short), None),
            ("", Some(&short), None),
        ] {
            assert_eq!(typed_number(digits, line), meant.map(number), "{digits}");
        }
    }
}
