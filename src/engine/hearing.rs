//! What a caller said, as the key that it stands for.

use std::ops::Range;

use crate::call::{Key, StepName};
use crate::flow::{self, Menu};
use crate::language::{Language, plain};

use super::scene::Scene;
use super::{Heard, Place, patience};

impl Scene<'_> {
    /// The key that the words stand for at this place; `None` where they may mean anything.
    pub(super) fn key_of(&self, heard: &Heard) -> Option<Key> {
        if !is_sure(heard) {
            return None;
        }
        let (language, said) = (self.language(), heard.words.as_str());
        let asks_for_person = || language.wants_person(said).then_some(Key::ZERO);
        match &self.state.place {
            Place::Menu { step, .. } => {
                let chosen = self.menu(step).and_then(|menu| self.choice_meant(menu, said));
                chosen.or_else(asks_for_person).or_else(|| spoken_key(language, said))
            }
            Place::ConfirmingNumber { .. } | Place::ConfirmingAnswer { .. } => {
                let (yes, no) = (language.means_yes(said), language.means_no(said));
                let answer = match (yes, no) {
                    (true, false) => Key::new('1'),
                    (false, true) => Key::new('2'),
                    (true, true) | (false, false) => None,
                };
                answer.or_else(asks_for_person).or_else(|| spoken_key(language, said))
            }
            Place::ChoosingTime { .. } => asks_for_person().or_else(|| spoken_key(language, said)),
            Place::AskingNumber { .. } => asks_for_person(),
            Place::Asking { step, .. } => asks_for_person().filter(|_| !self.is_likely_answer(step, said)),
            // The test is for a key: machines speak.
            Place::HumanTest { .. }
            | Place::Lobby
            | Place::Ringing { .. }
            | Place::Message { .. }
            | Place::Over => None,
        }
    }

    fn choice_meant(&self, menu: &Menu, said: &str) -> Option<Key> {
        let phrases: Vec<&[String]> =
            menu.choices.iter().map(|choice| choice.words.of(self.state.language).as_slice()).collect();
        meant(self.language(), said, &phrases).map(|index| menu.choices[index].key)
    }

    /// Whether the owner expects just these words as an answer.
    fn is_likely_answer(&self, step: &StepName, said: &str) -> bool {
        let Some(likely) = self.asked(step).and_then(|ask| ask.hear.as_ref()) else { return false };
        let language = self.language();
        let said = language.without_small_talk(said);
        let mut likely = likely.of(self.state.language).iter();
        likely.any(|phrase| language.without_small_talk(phrase) == said)
    }

    /// What is likely to be said at a choice; `None` where its choices have no words.
    pub(super) fn words_of(&self, menu: &Menu) -> Option<Vec<String>> {
        let words = menu.choices.iter().flat_map(|choice| choice.words.of(self.state.language));
        let mut words: Vec<String> = words.cloned().collect();
        if words.is_empty() {
            return None;
        }
        words.extend(self.language().ears().person.iter().map(|word| (*word).to_owned()));
        Some(words)
    }

    /// What is likely to be said to a yes or no, in flows where speaking is allowed at all.
    pub(super) fn yes_and_no(&self) -> Option<Vec<String>> {
        let speaks = |step: &flow::Step| match &step.then {
            flow::Then::Press(menu) => {
                menu.choices.iter().any(|choice| choice.words.all().any(|all| !all.is_empty()))
            }
            flow::Then::Ask(ask) => ask.hear.is_some(),
            flow::Then::Go(_)
            | flow::Then::Ring(_)
            | flow::Then::Message { .. }
            | flow::Then::CallBack { .. }
            | flow::Then::Goodbye(_)
            | flow::Then::Refuse => false,
        };
        let ears = self.language().ears();
        let words = || ears.yes.iter().chain(ears.no).map(|word| (*word).to_owned()).collect();
        self.flow.steps.iter().any(speaks).then(words)
    }
}

/// Whether the provider is sure enough of what it heard, as far as it says.
pub(super) fn is_sure(heard: &Heard) -> bool {
    heard.confidence.is_none_or(|percent| percent >= patience::SURE_ENOUGH)
}

/// Which of the choices was meant, given the phrases of each. Whole words only, whatever is said around them. Where
/// the phrases of two choices are heard, only one that contains the other's words in what was said can win.
fn meant(language: Language, said: &str, choices: &[&[String]]) -> Option<usize> {
    let whole = plain(said);
    let words = language.without_small_talk(said);
    let mut heard: Vec<(usize, Range<usize>)> = Vec::new();
    for (choice, phrases) in choices.iter().enumerate() {
        for phrase in *phrases {
            let wanted = language.without_small_talk(phrase);
            if wanted.is_empty() {
                // A phrase of nothing but small talk, such as "hello", is heard only when nothing else is said.
                let exact = !whole.is_empty() && plain(phrase) == whole;
                heard.extend(exact.then_some((choice, 0..words.len())));
                continue;
            }
            let starts =
                words.windows(wanted.len()).enumerate().filter(|(_, part)| *part == wanted.as_slice());
            heard.extend(starts.map(|(start, part)| (choice, start..start + part.len())));
        }
    }
    let contains = |outer: &Range<usize>, inner: &Range<usize>| {
        outer != inner && outer.start <= inner.start && inner.end <= outer.end
    };
    let mut left = heard.iter().filter(|(_, range)| !heard.iter().any(|(_, other)| contains(other, range)));
    let (first, _) = left.next()?;
    left.all(|(choice, _)| choice == first).then_some(*first)
}

/// A key that was said by its digit, or by its name. "Un" is a key when nothing else is said, and else small talk.
fn spoken_key(language: Language, said: &str) -> Option<Key> {
    let (whole, words) = (plain(said), language.without_small_talk(said));
    let word = match (whole.as_slice(), words.as_slice()) {
        ([word], _) | (_, [word]) => word,
        (_, _) => return None,
    };
    if let Some(at) = language.ears().keys.iter().position(|name| name == word) {
        return char::from_digit(at as u32 + 1, 10).and_then(Key::new);
    }
    let mut letters = word.chars();
    let key = letters.next().filter(char::is_ascii_digit).and_then(Key::new);
    key.filter(|_| letters.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_understood_by_its_digit_and_by_its_name() {
        let key = |language, said| spoken_key(language, said).map(Key::as_char);
        assert_eq!(key(Language::English, "One."), Some('1'));
        assert_eq!(key(Language::English, "2, please"), Some('2'));
        assert_eq!(key(Language::Spanish, "tres, por favor"), Some('3'));
        assert_eq!(key(Language::French, "Un"), Some('1'));
        assert_eq!(key(Language::German, "fünf"), Some('5'));
        assert_eq!(key(Language::English, "one or two"), None);
        assert_eq!(key(Language::English, "0."), Some('0'));
        assert_eq!(key(Language::English, "12"), None);
        assert_eq!(key(Language::English, ""), None);
    }

    const CHOICES: [&[&str]; 3] =
        [&["billing", "a bill", "invoice"], &["repair", "water heater repair"], &["water heater", "hello"]];

    fn meant_in(language: Language, said: &str, choices: &[&[&str]]) -> Option<usize> {
        let owned: Vec<Vec<String>> =
            choices.iter().map(|words| words.iter().map(|word| (*word).to_owned()).collect()).collect();
        let phrases: Vec<&[String]> = owned.iter().map(Vec::as_slice).collect();
        meant(language, said, &phrases)
    }

    #[test]
    fn a_choice_is_understood_whatever_is_said_around_it() {
        for (said, choice) in [
            ("Billing.", Some(0)),
            ("um, it's about MY bill, please", Some(0)),
            ("I'd like a repair", Some(1)),
            ("hello", Some(2)),
            ("Hello, a repair please", Some(1)),
            ("bills", None),
            ("rebilling", None),
            ("gardening", None),
            ("", None),
            ("...", None),
        ] {
            assert_eq!(meant_in(Language::English, said, &CHOICES), choice, "{said}");
        }
    }

    #[test]
    fn between_two_choices_nothing_is_guessed() {
        for (said, choice) in [
            ("billing or a repair", None),
            ("a water heater repair", Some(1)),
            ("my water heater", Some(2)),
            ("a water heater repair, or only a water heater", None),
            ("a bill for a bill", Some(0)),
        ] {
            assert_eq!(meant_in(Language::English, said, &CHOICES), choice, "{said}");
        }
        assert_eq!(meant_in(Language::English, "parts", &[&["parts"], &["parts"]]), None);
    }

    #[test]
    fn accents_and_articles_do_not_matter() {
        let cases: [(Language, &str, &[&[&str]]); 3] = [
            (Language::Spanish, "quisiera una reparacion", &[&["factura"], &["reparación"]]),
            (Language::French, "C'est pour l'atelier, s'il vous plaît", &[&["facture"], &["atelier"]]),
            (Language::German, "Ich hätte gern einen Ruckruf", &[&["Rechnung"], &["Rückruf"]]),
        ];
        for (language, said, choices) in cases {
            assert_eq!(meant_in(language, said, choices), Some(1), "{said}");
        }
    }
}
