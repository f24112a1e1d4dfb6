//! Promising a call, and asking a caller without a number where to.

use crate::call::{Key, PhoneNumber, StepName};
use crate::flow;
use crate::language::Language;

use super::scene::{Scene, is_zero};
use super::{Place, Then, patience, words};

/// A number being typed: the step that promises the call, and how often it did not work out.
#[derive(Copy, Clone, Debug)]
pub(super) struct Asking<'n> {
    pub(super) step: &'n StepName,
    pub(super) slips: u8,
}

impl Scene<'_> {
    /// Speaks the promise, which binds from here on.
    pub(super) fn promise_call(&mut self) {
        if self.said.is_empty() {
            self.say(words::ALL_RIGHT);
        }
        let at = self.promise();
        let promise = self.facts.business.spoken_promise(at, self.facts.now, Language::English);
        self.say(&words::we_call_back(&promise));
        self.bind_promise();
    }

    pub(super) fn ask_number(&mut self, name: &StepName, slips: u8) -> Then {
        self.say(words::ask_number(!at_home_in_nanp(self.facts.line)));
        self.wait(Place::AskingNumber { step: name.clone(), slips }, None, patience::DIGIT_WAIT)
    }

    pub(super) fn typed(&mut self, asking: Asking<'_>, keys: &[Key]) -> Then {
        let digits: String = keys.iter().map(|key| key.as_char()).collect();
        let digits = digits.trim_end_matches('#');
        if digits == "0" && !self.state.zero_used {
            return self.zero(asking.step);
        }
        match typed_number(digits, self.facts.line) {
            Some(number) => {
                // Kept before it is confirmed: whoever hangs up now has still told us where to call.
                self.state.course.typed_number = Some(number.clone());
                self.read_back(asking, number)
            }
            None => self.ask_again(asking, Some(words::NOT_UNDERSTOOD)),
        }
    }

    /// Asks once more, or lets the caller say it in a message instead.
    pub(super) fn ask_again(&mut self, asking: Asking<'_>, sorry: Option<&str>) -> Then {
        let Some(slips) = patience::once_more(asking.slips) else { return self.without_number() };
        if let Some(sorry) = sorry {
            self.say(sorry);
        }
        self.ask_number(asking.step, slips)
    }

    pub(super) fn read_back(&mut self, asking: Asking<'_>, number: PhoneNumber) -> Then {
        self.say(&words::confirm_number(&number));
        let place = Place::ConfirmingNumber { step: asking.step.clone(), number, slips: asking.slips };
        self.wait(place, Some(1), patience::DIGIT_WAIT)
    }

    /// 1 is yes, 2 is no (L27), 0 is a person.
    pub(super) fn confirmed(&mut self, asking: Asking<'_>, number: PhoneNumber, keys: &[Key]) -> Then {
        if is_zero(keys) && !self.state.zero_used {
            return self.zero(asking.step);
        }
        match keys.first().map(|key| key.as_char()) {
            Some('1') => self.keep_number(asking.step),
            Some('2') => {
                self.state.course.typed_number = None;
                self.ask_again(asking, None)
            }
            Some(_) | None => self.confirm_again(asking, number, Some(words::NOT_UNDERSTOOD)),
        }
    }

    pub(super) fn confirm_again(
        &mut self,
        asking: Asking<'_>,
        number: PhoneNumber,
        sorry: Option<&str>,
    ) -> Then {
        let Some(slips) = patience::once_more(asking.slips) else { return self.without_number() };
        if let Some(sorry) = sorry {
            self.say(sorry);
        }
        self.read_back(Asking { slips, ..asking }, number)
    }

    fn keep_number(&mut self, name: &StepName) -> Then {
        self.say(words::THANK_YOU);
        self.promise_call();
        match &self.step(name).then {
            flow::Then::CallBack { go: Some(go), .. } => self.enter(*go),
            flow::Then::CallBack { go: None, .. }
            | flow::Then::Go(_)
            | flow::Then::Press(_)
            | flow::Then::Ring(_)
            | flow::Then::Message { .. }
            | flow::Then::Ask(_)
            | flow::Then::Goodbye(_)
            | flow::Then::Refuse => self.farewell(),
        }
    }

    /// A promise without a number cannot be kept, so the caller may say one.
    fn without_number(&mut self) -> Then {
        let last = &self.flow.step(self.flow.last_message).name;
        self.passed.push(last.clone());
        self.say(words::NUMBER_IN_MESSAGE);
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
