//! `ask`: a question, and what becomes of the answer.

use crate::call::AnswerName;
use crate::notation::{Entry, Placed, Problem, Value};

use super::super::vocabulary::{MOST_ANSWER_WORDS, MOST_DIGITS};
use super::super::{ByLanguage, Prompt, Slot};
use super::step::Step;
use super::{RawAsk, RawThen, Reading};

impl Reading {
    /// Reads a question. Where it is `true`, what the step says first is the question, and is taken from `say`.
    pub(super) fn read_ask(
        &mut self,
        step: &mut Step,
        say: &mut Option<Placed<Prompt>>,
        speaks: bool,
    ) -> Option<RawThen> {
        let entry = step.table.take("ask")?;
        let place = entry.value.span.clone();
        let question = match self.text_or_true(entry, "a question, or `true` where `say` or `play` asks it") {
            Some(Some(text)) => Some(Placed { value: Prompt::Say(text.value), span: text.span }),
            Some(None) => {
                if !speaks {
                    let message = format!("the step `{}` asks nothing", step.name.value);
                    self.missing(
                        place,
                        message,
                        "write the question instead of `true`, or add `play = \"…\"`",
                    );
                }
                say.take()
            }
            None => None,
        };
        let answer = self.read_answer(step);
        let digits = match step.table.take("digits") {
            Some(entry) => self.read_digits(entry),
            None => Some((1, MOST_DIGITS)),
        };
        let hear = step.table.take("words").and_then(|entry| self.answer_words(entry));
        let confirm = self.switch("confirm", &mut step.table);
        let silence = self.name("silence", &mut step.table);
        if !step.table.has("go") {
            let message = format!("the step `{}` does not say where the answer leads", step.name.value);
            self.missing(step.name.span.clone(), message, "add `go = \"…\"`, with the step that follows");
        }
        let go = self.name("go", &mut step.table);
        let (question, answer, digits, go) = (question?, answer?, digits?, go?);
        let ask = RawAsk { question, answer, digits, hear, confirm, go, silence };
        Some(RawThen::Ask(ask))
    }

    fn read_answer(&mut self, step: &mut Step) -> Option<AnswerName> {
        if !step.table.has("as") {
            let message = format!("the step `{}` does not say what the answer is called", step.name.value);
            let hint = "add as in `as = \"job\"`; then `{job}` speaks it";
            self.missing(step.name.span.clone(), message, hint);
        }
        let written = self.name("as", &mut step.table)?;
        let name = match AnswerName::parse(&written.value) {
            Ok(name) => name,
            Err(error) => {
                self.problems.push(Problem::error(written.span, error.to_string()));
                return None;
            }
        };
        if Slot::ALL.iter().any(|slot| slot.word() == name.as_str()) {
            let taken: Vec<String> = Slot::ALL.iter().map(|slot| format!("`{}`", slot.word())).collect();
            let message = format!("`{{{name}}}` speaks something else already");
            self.error(written.span, message, format!("take a name other than {}", taken.join(", ")));
            return None;
        }
        Some(name)
    }

    fn read_digits(&mut self, entry: Entry) -> Option<(u8, u8)> {
        let range = match &entry.value.value {
            Value::Number(number) => number.replace('_', "").parse().ok().map(|digits| (digits, digits)),
            Value::Text(text) => range(text),
            Value::Switch(_) | Value::Date(_) | Value::List(_) | Value::Table(_) => None,
        };
        let Some((least, most)) = range else {
            return entry
                .refuse("how many digits may be typed, such as `6` or `\"4-8\"`", &mut self.problems);
        };
        if least < 1 || most > MOST_DIGITS || least > most {
            let message = format!("`digits` must be from 1 to {MOST_DIGITS}, the smaller number first");
            self.error(entry.value.span, message, "write as in `6` or `\"4-8\"`");
            return None;
        }
        Some((least, most))
    }

    fn answer_words(&mut self, entry: Entry) -> Option<ByLanguage<Vec<String>>> {
        match &entry.value.value {
            Value::Switch(true) => return Some(ByLanguage::one(Vec::new())),
            Value::Switch(false) => return None,
            Value::Text(_) | Value::List(_) | Value::Table(_) => {}
            Value::Number(_) | Value::Date(_) => {
                return entry.refuse("the likely answers, or `true` for any", &mut self.problems);
            }
        }
        let words = self.words(entry, MOST_ANSWER_WORDS)?;
        Some(words.map(|phrases| phrases.into_iter().map(|phrase| phrase.value.trim().to_owned()).collect()))
    }
}

/// `4-8`, or `6` for exactly six.
fn range(text: &str) -> Option<(u8, u8)> {
    let (least, most) = text.split_once(['-', '–']).unwrap_or((text, text));
    Some((least.trim().parse().ok()?, most.trim().parse().ok()?))
}
