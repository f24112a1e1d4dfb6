//! Questions of the owner: answered by keys or by voice, asked again with patience, kept with the call.

use crate::call::{Key, StepName};
use crate::flow::{self, Ask};

use super::hearing::is_sure;
use super::scene::{Scene, Wait};
use super::{Heard, Place, Then, patience};

/// A question being answered: the step that asks, and how often nothing usable came.
#[derive(Copy, Clone)]
pub(super) struct Question<'n> {
    pub(super) step: &'n StepName,
    pub(super) slips: u8,
}

impl<'a> Scene<'a> {
    /// Asks; what the step says first was spoken before. A number of fixed length needs no `#`.
    pub(super) fn question(&mut self, name: &StepName, ask: &Ask, slips: u8) -> Then {
        self.prompt(&ask.question);
        let (least, most) = ask.digits;
        let keys = (least == most).then_some(most).filter(|most| *most > 0);
        let hear = ask.hear.as_ref().map(|words| words.of(self.state.language).clone());
        self.wait(Place::Asking { step: name.clone(), slips }, Wait { keys, hear, ..Wait::number() })
    }

    /// Digits, with or without `#`. A 0 alone is a person at every question, even where it could be an answer: the
    /// one key that always helps is worth more than the answer 0.
    pub(super) fn typed_answer(&mut self, question: Question<'_>, keys: &[Key]) -> Then {
        let Some(ask) = self.asked(question.step) else { return self.last_words() };
        let digits: String = keys.iter().map(|key| key.as_char()).collect();
        let digits = digits.trim_end_matches('#');
        if digits == "0" {
            return self.zero(question.step);
        }
        if !is_number(digits, ask) {
            return self.question_again(question, true);
        }
        self.answer_given(question, digits.to_owned())
    }

    pub(super) fn said_answer(&mut self, question: Question<'_>, heard: &Heard, key: Option<Key>) -> Then {
        let Some(ask) = self.asked(question.step) else { return self.last_words() };
        if key == Some(Key::ZERO) {
            return self.zero(question.step);
        }
        let answer = cleaned(&heard.words);
        let digits: String = answer.chars().filter(|c| !matches!(c, ' ' | '-' | '.')).collect();
        // Numbers are written down with blanks and dashes as the voice fell.
        let answer = if is_number(&digits, ask) { digits } else { answer };
        if ask.hear.is_none() || !is_sure(heard) || answer.is_empty() {
            return self.question_again(question, true);
        }
        self.answer_given(question, answer)
    }

    /// Asks once more, or goes on without an answer.
    pub(super) fn question_again(&mut self, question: Question<'_>, sorry: bool) -> Then {
        let Some(ask) = self.asked(question.step) else { return self.last_words() };
        let Some(slips) = patience::once_more(question.slips) else { return self.enter(ask.silence) };
        if sorry {
            self.say(self.phrases().not_understood);
        }
        self.question(question.step, ask, slips)
    }

    /// The question as if nothing had happened.
    pub(super) fn question_as_before(&mut self, question: Question<'_>) -> Then {
        match self.asked(question.step) {
            Some(ask) => self.question(question.step, ask, question.slips),
            None => self.last_words(),
        }
    }

    /// Kept before it is confirmed: whoever hangs up now has still told us.
    fn answer_given(&mut self, question: Question<'_>, answer: String) -> Then {
        let Some(ask) = self.asked(question.step) else { return self.last_words() };
        let answers = &mut self.state.course.answers;
        answers.retain(|(name, _)| *name != ask.answer);
        answers.push((ask.answer.clone(), answer.clone()));
        match ask.confirm {
            true => self.read_answer(question, answer),
            false => self.answer_kept(ask),
        }
    }

    pub(super) fn read_answer(&mut self, question: Question<'_>, answer: String) -> Then {
        self.say(&self.phrases().confirm_answer(&answer));
        let place = Place::ConfirmingAnswer { step: question.step.clone(), answer, slips: question.slips };
        let hear = self.yes_and_no();
        self.wait(place, Wait { hear, ..Wait::key() })
    }

    /// 1 is yes, 2 is no (L27), 0 is a person.
    pub(super) fn answer_confirmed(
        &mut self,
        question: Question<'_>,
        answer: String,
        key: Option<Key>,
    ) -> Then {
        let Some(ask) = self.asked(question.step) else { return self.last_words() };
        match key.map(Key::as_char) {
            Some('0') => self.zero(question.step),
            Some('1') => self.answer_kept(ask),
            Some('2') => {
                self.state.course.answers.retain(|(name, _)| *name != ask.answer);
                self.question_again(question, false)
            }
            Some(_) if key.is_some_and(|key| self.changes_language(key)) => {
                self.read_answer(question, answer)
            }
            Some(_) | None => self.confirm_answer_again(question, answer, true),
        }
    }

    pub(super) fn confirm_answer_again(
        &mut self,
        question: Question<'_>,
        answer: String,
        sorry: bool,
    ) -> Then {
        let Some(ask) = self.asked(question.step) else { return self.last_words() };
        let Some(slips) = patience::once_more(question.slips) else { return self.enter(ask.silence) };
        if sorry {
            self.say(self.phrases().not_understood);
        }
        self.read_answer(Question { slips, ..question }, answer)
    }

    fn answer_kept(&mut self, ask: &Ask) -> Then {
        self.say(self.phrases().thank_you);
        self.enter(ask.go)
    }

    fn asked(&self, name: &StepName) -> Option<&'a Ask> {
        match &self.step(name).then {
            flow::Then::Ask(ask) => Some(ask),
            flow::Then::Go(_)
            | flow::Then::Press(_)
            | flow::Then::Ring(_)
            | flow::Then::Message { .. }
            | flow::Then::CallBack { .. }
            | flow::Then::Goodbye(_)
            | flow::Then::Refuse => None,
        }
    }
}

/// Whether these are as many digits as the question wants.
fn is_number(digits: &str, ask: &Ask) -> bool {
    let (least, most) = ask.digits;
    let right_length = (usize::from(least.max(1))..=usize::from(most)).contains(&digits.len());
    right_length && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// What was said, fit to be kept and to be spoken: one line, of bounded length, without the full stop of a sentence.
fn cleaned(words: &str) -> String {
    let plain: String = words.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let words = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    let words: String = words.chars().take(patience::LONGEST_ANSWER).collect();
    words.trim_end_matches(['.', ' ']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_is_kept_in_one_short_line() {
        for (said, kept) in [
            ("A leaking tap.", "A leaking tap"),
            ("  twelve\n\u{7}  Main\tStreet . ", "twelve Main Street"),
            ("...", ""),
            ("\u{1b}[31mred", "[31mred"),
        ] {
            assert_eq!(cleaned(said), kept);
        }
        assert_eq!(cleaned(&"é".repeat(1000)).chars().count(), patience::LONGEST_ANSWER);
    }
}
