//! `press`: a choice of keys, and of the words that may be said instead.

use crate::call::Key;
use crate::language::{Language, plain};
use crate::notation::{Entry, Placed, Problem, Value};

use super::super::vocabulary::{MOST_CHOICE_WORDS, Place, WAIT};
use super::super::{ByLanguage, ChoicePlaces};
use super::step::Step;
use super::{RawChoice, RawThen, Reading};

/// A phrase of a menu: in which language, as it is compared, and to which key it belongs.
type Heard = (Option<Language>, Vec<String>, Key);

impl Reading {
    pub(super) fn read_press(&mut self, step: &mut Step, speaks: bool) -> Option<RawThen> {
        let wait = self.duration("wait", WAIT, &mut step.table);
        if !step.table.has("silence") {
            let message = format!(
                "the step `{}` does not say what happens when the caller presses nothing",
                step.name.value
            );
            let hint = "add `silence = \"…\"`, with a step that takes a message or a call-back";
            self.missing(step.name.span.clone(), message, hint);
        }
        let silence = self.name("silence", &mut step.table);
        let entry = step.table.take("press")?;
        let Value::Table(_) = &entry.value.value else {
            return entry.refuse("a key, as in `press.1 = \"…\"`", &mut self.problems);
        };
        let place = entry.key.span.clone();
        let keys = entry.table(&mut self.problems)?.take_rest();
        if keys.is_empty() {
            self.error(place, "no key is offered here", "write as in `press.1 = \"…\"`");
        }
        let mut all = !keys.is_empty();
        let mut heard = Vec::new();
        let mut choices = Vec::with_capacity(keys.len());
        for entry in keys {
            match self.read_choice(entry, &mut heard) {
                Some(choice) => choices.push(choice),
                None => all = false,
            }
        }
        if all && !speaks && choices.iter().all(|choice| choice.offer.is_none()) {
            let message = format!("the caller hears nothing at the step `{}`", step.name.value);
            let hint =
                "add `say = \"…\"`, or an `offer` to each key: `press.1 = { offer = \"…\", go = \"…\" }`";
            self.missing(step.name.span.clone(), message, hint);
        }
        step.places.choices = choices.iter().map(|choice| choice.places.clone()).collect();
        silence.filter(|_| all).map(|silence| RawThen::Press { choices, silence, wait })
    }

    fn read_choice(&mut self, entry: Entry, heard: &mut Vec<Heard>) -> Option<RawChoice> {
        let key = self.read_key(&entry.key)?;
        let place = entry.key.span.clone();
        let mut places = ChoicePlaces { key: place.clone(), offer: None };
        match &entry.value.value {
            Value::Text(_) => {
                let go = entry.text(&mut self.problems)?;
                let words = ByLanguage::one(Vec::new());
                return Some(RawChoice { key, offer: None, words, area: None, go, places });
            }
            Value::Table(_) => {}
            Value::Number(_) | Value::Switch(_) | Value::Date(_) | Value::List(_) => {
                let wanted = "the name of a step, or `{ offer = \"…\", go = \"…\" }`";
                return entry.refuse(wanted, &mut self.problems);
            }
        }
        let mut table = entry.table(&mut self.problems)?;
        let offer = table.take("offer").and_then(|offer| self.text(offer));
        places.offer = offer.as_ref().map(|offer| offer.span.clone());
        let words = table.take("words").and_then(|words| self.choice_words(words, key, heard));
        let area = self.name("area", &mut table);
        let has_go = table.has("go");
        let go = self.name("go", &mut table);
        // A word that is left may be a mistyped `go`.
        if !has_go && table.is_empty() {
            let message = format!("key {key} does not say where it leads");
            self.missing(place, message, "add `go = \"…\"` between the braces");
        }
        self.refuse_rest(Place::Choice, table);
        let words = words.unwrap_or_else(|| ByLanguage::one(Vec::new()));
        let offer = offer.map(|offer| offer.value);
        Some(RawChoice { key, offer, words, area, go: go?, places })
    }

    fn read_key(&mut self, written: &Placed<String>) -> Option<Key> {
        let mut characters = written.value.chars();
        let (first, second) = (characters.next(), characters.next());
        let key = match (first, second) {
            (Some('0'), None) => {
                let message = "0 always reaches a person; ringback sees to it";
                self.error(written.span.clone(), message, "take this line out, or use another key");
                return None;
            }
            (Some(c @ ('1'..='9' | '*' | '#')), None) => Key::new(c)?,
            (Some(_) | None, _) => {
                let message = format!("`{}` is not a key of a telephone", written.value);
                self.error(written.span.clone(), message, "there are 1 to 9, `\"*\"` and `\"#\"`");
                return None;
            }
        };
        if let Some(language) = self.language_key(key) {
            let message = format!("key {key} changes the language here, to `{language}`");
            let hint = "use another key; ringback offers the other languages at every choice by itself";
            self.error(written.span.clone(), message, hint);
        }
        Some(key)
    }

    fn choice_words(
        &mut self,
        entry: Entry,
        key: Key,
        heard: &mut Vec<Heard>,
    ) -> Option<ByLanguage<Vec<String>>> {
        let words = self.words(entry, MOST_CHOICE_WORDS)?;
        let main = self.languages.first().copied();
        for phrase in &words.main {
            self.hear(phrase, main, key, heard);
        }
        for (language, phrases) in &words.others {
            phrases.iter().for_each(|phrase| self.hear(phrase, Some(*language), key, heard));
        }
        Some(words.map(|phrases| phrases.into_iter().map(|phrase| phrase.value.trim().to_owned()).collect()))
    }

    fn hear(
        &mut self,
        phrase: &Placed<String>,
        language: Option<Language>,
        key: Key,
        heard: &mut Vec<Heard>,
    ) {
        // As the conversation will compare them: "a bill" and "bill" are the same.
        let meaning = language.unwrap_or_default().without_small_talk(&phrase.value);
        let words = if meaning.is_empty() { plain(&phrase.value) } else { meaning };
        let other =
            heard.iter().find(|(of, known, other)| *of == language && *known == words && *other != key);
        if let Some((_, _, other)) = other {
            let message =
                format!("`{}` means key {other} already, so key {key} would be a guess", phrase.value);
            self.problems.push(Problem::error(phrase.span.clone(), message).hint("keep it at one of them"));
        }
        heard.push((language, words, key));
    }
}
