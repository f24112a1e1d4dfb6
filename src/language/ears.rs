//! What callers say: the words that mean the same in every flow.

use super::{Language, english, french, german, spanish};

/// The words of one language, as [`plain`] writes them.
#[derive(Debug)]
pub struct Ears {
    /// Ways to say yes.
    pub yes: &'static [&'static str],
    /// Ways to say no.
    pub no: &'static [&'static str],
    /// Whom to ask for when it does not matter who it is.
    pub person: &'static [&'static str],
    /// Words with which one asks for a person, and which mean nothing without one.
    pub asking: &'static [&'static str],
    /// Words that change nothing: politeness, hesitation, articles.
    pub small_talk: &'static [&'static str],
    /// The keys 1 to 9 as they are said.
    pub keys: [&'static str; 9],
}

impl Language {
    /// What is understood in this language.
    pub fn ears(self) -> &'static Ears {
        match self {
            Self::English => &english::EARS,
            Self::Spanish => &spanish::EARS,
            Self::French => &french::EARS,
            Self::German => &german::EARS,
        }
    }

    /// Whether all of this means yes. "Yes, but the number is another" does not.
    pub fn means_yes(self, said: &str) -> bool {
        let ears = self.ears();
        is_made_of(said, ears.yes, &[ears.small_talk]) && !is_made_of(said, ears.no, &[ears.small_talk])
    }

    /// Whether all of this means no. "No problem" does not.
    pub fn means_no(self, said: &str) -> bool {
        let ears = self.ears();
        is_made_of(said, ears.no, &[ears.small_talk]) && !is_made_of(said, ears.yes, &[ears.small_talk])
    }

    /// Whether the caller asks for a person, whoever it is. "Somebody broke my window" does not.
    pub fn wants_person(self, said: &str) -> bool {
        let ears = self.ears();
        is_made_of(said, ears.person, &[ears.small_talk, ears.asking])
    }

    /// Only the words that carry meaning, in plain letters. To compare what was said with what an owner wrote, put
    /// both through this.
    pub fn without_small_talk(self, said: &str) -> Vec<String> {
        let words = plain(said);
        let mut left = Vec::new();
        let mut rest = words.as_slice();
        while let Some((first, tail)) = rest.split_first() {
            match longest_start(rest, self.ears().small_talk) {
                0 => {
                    left.push(first.clone());
                    rest = tail;
                }
                heard => rest = &rest[heard..],
            }
        }
        left
    }
}

/// Whether the words are nothing but phrases of these lists, with one of `meaning` among them.
fn is_made_of(said: &str, meaning: &[&str], besides: &[&[&str]]) -> bool {
    let words = plain(said);
    let mut rest = words.as_slice();
    let mut meant = false;
    while !rest.is_empty() {
        let carrying = longest_start(rest, meaning);
        let passing = besides.iter().map(|phrases| longest_start(rest, phrases)).max().unwrap_or_default();
        if carrying.max(passing) == 0 {
            return false;
        }
        meant |= carrying >= passing;
        rest = &rest[carrying.max(passing)..];
    }
    meant
}

/// How many words the longest of these phrases has with which the words begin.
fn longest_start(words: &[String], phrases: &[&str]) -> usize {
    let length = |phrase: &&str| {
        let parts: Vec<_> = phrase.split(' ').collect();
        (words.len() >= parts.len() && words.iter().zip(&parts).all(|(word, part)| word == part))
            .then_some(parts.len())
    };
    phrases.iter().filter_map(length).max().unwrap_or_default()
}

/// The words in plain letters: lower case, without punctuation and accents, `I'd` as `id`. A French article that
/// lost its vowel is a word of its own, because the noun after it is what counts: `l'atelier` is `l atelier`.
pub fn plain(words: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut letters = words.chars().flat_map(char::to_lowercase).peekable();
    while let Some(letter) = letters.next() {
        let Some(word) = out.last_mut() else { break };
        if matches!(letter, '\'' | '’' | '‘' | 'ʼ' | '`') {
            let elided = matches!(word.as_str(), "l" | "d" | "j" | "c" | "m" | "t" | "s" | "n" | "qu");
            let before_vowel = |next: &char| folded(*next).is_some_and(|next| "aeiouh".contains(&next[..1]));
            if elided && letters.peek().is_some_and(before_vowel) {
                out.push(String::new());
            }
            continue;
        }
        if ('\u{300}'..='\u{36f}').contains(&letter) {
            continue;
        }
        match folded(letter) {
            Some(folded) => word.push_str(folded),
            None if letter.is_alphanumeric() => word.push(letter),
            None => out.push(String::new()),
        }
    }
    out.retain(|word| !word.is_empty());
    out
}

/// A lower-case letter of the four languages and their neighbours without its accent.
fn folded(letter: char) -> Option<&'static str> {
    const ASCII: &str = "abcdefghijklmnopqrstuvwxyz";
    let plain = match letter {
        'a'..='z' => {
            let place = usize::from(u8::try_from(letter).unwrap_or(b'a') - b'a');
            &ASCII[place..=place]
        }
        'à'..='å' | 'ā' | 'ă' | 'ą' => "a",
        'æ' => "ae",
        'ç' | 'ć' | 'č' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è'..='ë' | 'ē' | 'ę' | 'ě' => "e",
        'ğ' => "g",
        'ì'..='ï' | 'ī' | 'ı' => "i",
        'ł' => "l",
        'ñ' | 'ń' | 'ň' => "n",
        'ò'..='ö' | 'ø' | 'ō' | 'ő' => "o",
        'œ' => "oe",
        'ř' => "r",
        'ś' | 'š' | 'ş' | 'ș' => "s",
        'ß' => "ss",
        'ť' | 'ţ' | 'ț' => "t",
        'ù'..='ü' | 'ū' | 'ů' | 'ű' => "u",
        'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        _ => return None,
    };
    Some(plain)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_plain_however_they_are_spelt() {
        for (said, words) in [
            ("I'd like to TALK, please!", "id like to talk please"),
            ("It’s o’clock", "its oclock"),
            ("Straße für Öl", "strasse fur ol"),
            ("¿Mañana, señor?", "manana senor"),
            ("Ça va, à l'atelier d’Hélène", "ca va a l atelier d helene"),
            ("qu'il cœur", "qu il coeur"),
            ("Cafe\u{301} 24-7", "cafe 24 7"),
            ("don't c'mon d'you", "dont cmon dyou"),
            (" … ", ""),
        ] {
            let expected: Vec<_> = words.split_whitespace().collect();
            assert_eq!(plain(said), expected, "{said}");
        }
    }

    #[test]
    fn yes_and_no_are_understood_with_what_people_say_around_them() {
        for (language, yes, no) in [
            (Language::English, "Uh, yes please.", "No, thank you."),
            (Language::English, "Yeah, that's right", "No, that's not right."),
            (Language::English, "Sure!", "Nope"),
            (Language::Spanish, "Sí, por favor", "No, gracias."),
            (Language::Spanish, "Así es, correcto.", "No es correcto"),
            (Language::Spanish, "Claro que sí", "No, no es"),
            (Language::French, "Euh, oui, s'il vous plaît", "Non merci"),
            (Language::French, "C'est ça, d'accord", "Ce n'est pas ça"),
            (Language::French, "Ouais", "Pas du tout"),
            (Language::German, "Ähm, ja bitte", "Nein, danke"),
            (Language::German, "Genau, das stimmt", "Das stimmt nicht"),
            (Language::German, "Jawohl", "Nee"),
        ] {
            assert!(language.means_yes(yes) && !language.means_no(yes), "{yes}");
            assert!(language.means_no(no) && !language.means_yes(no), "{no}");
        }
    }

    #[test]
    fn what_may_mean_either_means_neither() {
        for (language, said) in [
            (Language::English, "yes but my number is another"),
            (Language::English, "no problem"),
            (Language::English, "yes no"),
            (Language::English, "please"),
            (Language::English, ""),
            (Language::Spanish, "sí, pero mañana"),
            (Language::Spanish, "no hay problema"),
            (Language::French, "oui mais non"),
            (Language::German, "ja, nein"),
            (Language::German, "kein Problem"),
        ] {
            assert!(!language.means_yes(said) && !language.means_no(said), "{said}");
        }
    }

    #[test]
    fn whoever_asks_for_a_person_is_understood() {
        for (language, said) in [
            (Language::English, "Operator!"),
            (Language::English, "I'd like to talk to a real person, please"),
            (Language::English, "Can I speak with somebody"),
            (Language::English, "representative"),
            (Language::English, "Give me a human being"),
            (Language::Spanish, "Quiero hablar con una persona, por favor"),
            (Language::Spanish, "Operadora"),
            (Language::Spanish, "¿Me puede comunicar con alguien?"),
            (Language::French, "Je voudrais parler à quelqu'un, s'il vous plaît"),
            (Language::French, "Un conseiller"),
            (Language::French, "une vraie personne"),
            (Language::German, "Ich möchte bitte mit jemandem sprechen"),
            (Language::German, "Mitarbeiter"),
            (Language::German, "Verbinden Sie mich mit einem Menschen"),
        ] {
            assert!(language.wants_person(said), "{said}");
        }
    }

    #[test]
    fn a_person_in_a_story_is_not_asked_for() {
        for (language, said) in [
            (Language::English, "somebody broke my window"),
            (Language::English, "a table for one person"),
            (Language::English, "talk"),
            (Language::English, ""),
            (Language::Spanish, "una mesa para una persona"),
            (Language::French, "une table pour une personne"),
            (Language::German, "ein Tisch für eine Person"),
            (Language::German, "ich möchte bitte"),
        ] {
            assert!(!language.wants_person(said), "{said}");
        }
    }

    #[test]
    fn what_carries_meaning_is_left() {
        for (language, said, left) in [
            (Language::English, "Um, I'd like to book a table, please", "book table"),
            (Language::English, "a bill", "bill"),
            (Language::Spanish, "Hola, buenos días, quisiera una reparación, por favor", "reparacion"),
            (Language::French, "Bonjour, je voudrais l'atelier, s'il vous plaît", "atelier"),
            (Language::German, "Guten Tag, ich hätte gern eine Reparatur", "reparatur"),
        ] {
            assert_eq!(language.without_small_talk(said).join(" "), left, "{said}");
        }
    }

    #[test]
    fn every_list_is_in_plain_words() {
        for language in Language::ALL {
            let Ears { yes, no, person, asking, small_talk, keys } = language.ears();
            for phrase in [yes, no, person, asking, small_talk].into_iter().copied().flatten().chain(keys) {
                assert_eq!(plain(phrase).join(" "), *phrase, "{language}");
            }
        }
    }

    proptest! {
        #[test]
        fn plain_words_stay_as_they_are(said in "\\PC{0,60}") {
            let once = plain(&said);
            prop_assert_eq!(plain(&once.join(" ")), once);
        }
    }
}
