//! The languages of a conversation: known before the first word, offered by a short hint, changed by one key.

use crate::call::Key;
use crate::flow::language_keys;
use crate::language::{Language, Phrases};

use super::scene::Scene;
use super::{Speech, patience};

impl Scene<'_> {
    /// The language that is spoken. Where the flow names none it is the business's; English stands in for one that
    /// ringback does not speak.
    pub(super) fn language(&self) -> Language {
        let Some(main) = self.flow.languages.first() else {
            return self.facts.business.own_language();
        };
        self.state.language.filter(|chosen| self.flow.languages.contains(chosen)).unwrap_or(*main)
    }

    /// The language of a reply; `None` where the flow names none.
    pub(super) fn reply_language(&self) -> Option<Language> {
        (!self.flow.languages.is_empty()).then(|| self.language())
    }

    /// Our own sentences in the language that is spoken.
    pub(super) fn phrases(&self) -> &'static Phrases {
        self.language().phrases()
    }

    /// Begins in the language that the caller chose before or is known to speak, else in that of the caller's number.
    pub(super) fn find_language(&mut self) {
        let facts = self.facts;
        let of_number = facts.caller.number().and_then(|number| Language::of_number(number.as_str()));
        let likely = [facts.about.language, of_number].into_iter().flatten();
        let spoken = likely.into_iter().find(|language| self.flow.languages.contains(language));
        self.state.language = spoken.filter(|language| self.flow.languages.first() != Some(language));
    }

    /// Offers the other languages, each in its own words, once per call and never as the first thing.
    pub(super) fn hint(&mut self) {
        if self.flow.languages.len() < 2 || std::mem::replace(&mut self.state.hinted, true) {
            return;
        }
        let hints: Vec<_> = self.others().collect();
        let spoken = |(key, language): (Key, Language)| {
            Speech::SayIn(language, language.phrases().language_hint(key.as_char()))
        };
        self.said.extend(hints.into_iter().map(spoken));
    }

    /// Whether the key changes the language, which it then has done. Bounded, because it costs no patience.
    pub(super) fn changes_language(&mut self, key: Key) -> bool {
        let Some((_, language)) = self.others().find(|(offered, _)| *offered == key) else { return false };
        if self.state.language_changes >= patience::MOST_LANGUAGE_CHANGES {
            return false;
        }
        self.state.language_changes += 1;
        self.state.language = Some(language).filter(|chosen| self.flow.languages.first() != Some(chosen));
        self.state.course.language = Some(language);
        true
    }

    /// The other languages with their keys. A key means one language throughout the call; that of the language which is
    /// spoken leads back to the main one.
    fn others(&self) -> impl Iterator<Item = (Key, Language)> + use<'_> {
        let (spoken, main) = (self.language(), self.flow.languages.first().copied());
        language_keys(&self.flow.languages).filter_map(move |(key, language)| {
            let to = if language == spoken { main } else { Some(language) };
            Some((key, to?))
        })
    }
}
