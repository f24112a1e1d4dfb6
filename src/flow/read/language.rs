//! `languages`, and values that are written once per language.

use crate::call::Key;
use crate::language::Language;
use crate::notation::{Entry, Placed, Problem, Table, Value, did_you_mean};

use super::super::{ByLanguage, language_keys};
use super::{Reading, span};

impl Reading {
    /// Reads `languages` at the top.
    pub(super) fn read_languages(&mut self, table: &mut Table) {
        let Some(entry) = table.take("languages") else {
            // It may stand in a line that could not be read.
            self.languages_are_sure = !self.problems.is_torn();
            return;
        };
        let place = span(&entry);
        let written = entry.texts(&mut self.problems);
        let Some(written) = written else {
            self.languages_are_sure = false;
            return;
        };
        if written.is_empty() {
            let hint = format!("there are {}; or leave this line out", all_codes());
            self.error(place, "`languages` names no language", hint);
            self.languages_are_sure = false;
        }
        for code in written {
            let Some(language) = of_code(&code.value) else {
                let problem = Problem::error(code.span, format!("ringback does not speak `{}`", code.value));
                let near = Language::of_tag(&code.value).map(Language::code);
                let near = near.or_else(|| did_you_mean(&code.value, Language::ALL.map(Language::code)));
                self.problems.push(problem.hint(format!("it speaks {}", all_codes())).did_you_mean(near));
                self.languages_are_sure = false;
                continue;
            };
            if self.languages.contains(&language) {
                let message = format!("`{language}` is in this list twice");
                self.error(code.span, message, "take one of them out");
                continue;
            }
            self.languages.push(language);
        }
    }

    /// A value that may be written once per language, as in `{ en = …, es = … }`. `speaks` says whether a value would
    /// be another in another language.
    pub(super) fn by_language<T>(
        &mut self,
        entry: Entry,
        mut read: impl FnMut(&mut Self, Entry) -> Option<T>,
        speaks: impl Fn(&T) -> bool,
    ) -> Option<Placed<ByLanguage<T>>> {
        let place = span(&entry);
        let word = entry.key.value.clone();
        let Value::Table(_) = &entry.value.value else {
            let value = read(self, entry)?;
            if self.languages.len() > 1 && self.languages_are_sure && speaks(&value) {
                let each: Vec<String> =
                    self.languages.iter().map(|language| format!("{language} = …")).collect();
                self.error(
                    place.clone(),
                    format!("`{word}` must be written in each language of the flow"),
                    format!("write `{word} = {{ {} }}`", each.join(", ")),
                );
            }
            return Some(Placed { value: ByLanguage::one(value), span: place });
        };
        let entries = entry.table(&mut self.problems)?.take_rest();
        let mut found: Vec<(Language, T)> = Vec::new();
        let mut written: Vec<Language> = Vec::new();
        for entry in entries {
            let Some(language) = self.language_of(&word, &entry) else { continue };
            written.push(language);
            if let Some(value) = read(self, entry) {
                found.push((language, value));
            }
        }
        if self.languages.is_empty() && self.languages_are_sure {
            let codes: Vec<String> = written.iter().map(|language| format!("\"{language}\"")).collect();
            let hint = match codes.is_empty() {
                true => "add as in `languages = [\"en\", \"es\"]` at the top of the file".to_owned(),
                false => format!("add `languages = [{}]` at the top of the file", codes.join(", ")),
            };
            self.error(place.clone(), "the flow does not say which languages it speaks", hint);
            // Told once; each text of the flow would earn it again.
            self.languages_are_sure = false;
        }
        for language in self.languages.clone() {
            if !written.contains(&language) && self.languages_are_sure {
                let message = format!("`{word}` is missing in `{language}`");
                self.missing(place.clone(), message, format!("add `{language} = …` between the braces"));
            }
        }
        let main = self.languages.first().or(written.first())?;
        let main = found.iter().position(|(language, _)| language == main)?;
        let (_, main) = found.remove(main);
        Some(Placed { value: ByLanguage { main, others: found }, span: place })
    }

    /// The language that a key of such a table names; one that the flow does not speak is told.
    fn language_of(&mut self, word: &str, entry: &Entry) -> Option<Language> {
        let language = of_code(&entry.key.value);
        if language.is_some_and(|language| self.languages.contains(&language) || self.languages.is_empty()) {
            return language;
        }
        if language.is_some() && !self.languages_are_sure {
            return language;
        }
        let spoken = match self.languages.is_empty() {
            true => Language::ALL.to_vec(),
            false => self.languages.clone(),
        };
        let codes: Vec<String> = spoken.iter().map(|language| format!("`{language}`")).collect();
        let (message, hint) = match language {
            Some(language) => (
                format!("`{language}` is not among the languages of this flow"),
                format!("add `\"{language}\"` to `languages` at the top, or take this out"),
            ),
            None => (
                format!("`{}` is not a language", entry.key.value),
                format!("`{word}` may be written in {}", codes.join(", ")),
            ),
        };
        self.error(entry.key.span.clone(), message, hint);
        None
    }

    /// The language that this key changes to at every choice.
    pub(super) fn language_key(&self, key: Key) -> Option<Language> {
        language_keys(&self.languages).find(|(taken, _)| *taken == key).map(|(_, language)| language)
    }
}

fn of_code(code: &str) -> Option<Language> {
    Language::ALL.into_iter().find(|language| language.code() == code)
}

fn all_codes() -> String {
    Language::ALL.map(|language| format!("`{language}`")).join(", ")
}
