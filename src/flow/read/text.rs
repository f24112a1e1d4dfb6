//! Texts, files and spoken words, each perhaps in several languages.

use crate::notation::{Entry, Placed, Table, Value};

use super::super::text::{Piece, Text};
use super::super::vocabulary::MOST_WORDS_OF_A_PHRASE;
use super::super::{ByLanguage, Prompt};
use super::Reading;

impl Reading {
    /// `say` or `play`, whichever is there.
    pub(super) fn read_prompt(&mut self, table: &mut Table) -> Option<Placed<Prompt>> {
        let (say, play) = (table.take("say"), table.take("play"));
        if let (Some(_), Some(play)) = (&say, &play) {
            let hint = "make two steps of it, and lead from the first to the second by `go`";
            self.error(play.value.span.clone(), "a step has `say` or `play`, not both", hint);
        }
        if let Some(say) = say {
            return self.text(say).map(|text| Placed { value: Prompt::Say(text.value), span: text.span });
        }
        let file = self.by_language(play?, Self::file, |_| true)?;
        Some(Placed { value: Prompt::Play(file.value), span: file.span })
    }

    fn file(&mut self, entry: Entry) -> Option<String> {
        let file = entry.text(&mut self.problems)?;
        if file.value.is_empty() || file.value.starts_with('.') || file.value.contains(['/', '\\']) {
            let hint = "put the file into `ivr-flows/audio/`, and write as in `\"hello.wav\"`";
            self.error(file.span, "`play` wants the name of a file, without a folder", hint);
            return None;
        }
        if !file.value.ends_with(".wav") && !file.value.ends_with(".mp3") {
            let message = format!("`{}` is neither a `.wav` nor an `.mp3` file", file.value);
            self.error(file.span, message, "save it as one of them; telephone providers play no others");
            return None;
        }
        Some(file.value)
    }

    /// Spoken text.
    pub(super) fn text(&mut self, entry: Entry) -> Option<Placed<ByLanguage<Text>>> {
        self.by_language(entry, Self::one_text, |text| {
            let words = |piece: &Piece| match piece {
                Piece::Words(words) => words.chars().any(char::is_alphanumeric),
                Piece::Slot(_) => false,
            };
            text.0.iter().any(words)
        })
    }

    fn one_text(&mut self, entry: Entry) -> Option<Text> {
        let text = entry.text(&mut self.problems)?;
        Some(Text::read(&text, &self.answers, &mut self.problems))
    }

    /// Text, or `true` for what is said elsewhere: `Some(None)`.
    pub(super) fn text_or_true(
        &mut self,
        entry: Entry,
        wanted: &str,
    ) -> Option<Option<Placed<ByLanguage<Text>>>> {
        match &entry.value.value {
            Value::Switch(true) => Some(None),
            Value::Text(_) | Value::Table(_) => self.text(entry).map(Some),
            Value::Switch(false) | Value::Number(_) | Value::Date(_) | Value::List(_) => {
                entry.refuse(wanted, &mut self.problems)
            }
        }
    }

    /// What callers may say, at most `most` phrases in each language.
    pub(super) fn words(&mut self, entry: Entry, most: usize) -> Option<ByLanguage<Vec<Placed<String>>>> {
        let list = |this: &mut Self, entry: Entry| {
            let place = super::span(&entry);
            let phrases = entry.texts(&mut this.problems)?;
            if phrases.is_empty() {
                this.error(place, "no words stand here", "write some, or take this out");
            } else if phrases.len() > most {
                let message = format!("these are {} words; at most {most} are listened for", phrases.len());
                this.error(place, message, "keep those that callers say most");
            }
            phrases.iter().for_each(|phrase| this.phrase(phrase));
            Some(phrases)
        };
        self.by_language(entry, list, |phrases| !phrases.is_empty()).map(|words| words.value)
    }

    fn phrase(&mut self, phrase: &Placed<String>) {
        let words = phrase.value.split_whitespace().count();
        if !phrase.value.chars().any(char::is_alphabetic) {
            let message = format!("`{}` has no letters, so nobody can say it", phrase.value);
            self.error(phrase.span.clone(), message, "write it as it is spoken");
        } else if words > MOST_WORDS_OF_A_PHRASE {
            let message = format!("`{}` has {words} words; nobody says just these", phrase.value);
            let hint = format!("write what a caller says, in at most {MOST_WORDS_OF_A_PHRASE} words");
            self.error(phrase.span.clone(), message, hint);
        }
    }
}
