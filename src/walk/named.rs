//! Keys that are named in spoken words: "to leave a message, press 1".

use crate::call::Key;
use crate::language::{Language, plain};

/// A key that is named in words, after a word for pressing it. Places are in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The key.
    pub key: Key,
    /// Where the sentence around it begins.
    pub sentence: usize,
    /// Where the word for pressing begins.
    pub begins: usize,
    /// Where the name of the key ends.
    pub ends: usize,
    /// The word for pressing, in plain letters.
    pub by: String,
    /// Whether a word follows that leads on to the goal, as in "press 1 for billing".
    pub goal_follows: bool,
}

/// A word with its place.
struct Token {
    at: usize,
    end: usize,
    plain: String,
}

/// The keys that `words` names, in order.
pub fn keys_named(words: &str, language: Language) -> Vec<Named> {
    let wording = language.wording();
    let tokens = tokens(words);
    let presses: Vec<Vec<String>> = std::iter::once(&wording.press)
        .chain(wording.also_press)
        .chain(wording.not_press)
        .map(|word| plain(word))
        .collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let starts = |phrase: &&Vec<String>| starts_with(&tokens[at..], phrase);
        let Some(press) = presses.iter().find(starts) else {
            at += 1;
            continue;
        };
        let mut next = at + press.len();
        while tokens.get(next).is_some_and(|token| wording.before_key.contains(&token.plain.as_str())) {
            next += 1;
        }
        if let Some((key, length)) = key_at(&tokens[next.min(tokens.len())..], language) {
            let ends = tokens[next + length - 1].end;
            let follows = tokens.get(next + length).filter(|token| words[ends..token.at].trim().is_empty());
            found.push(Named {
                key,
                sentence: sentence_around(words, tokens[at].at),
                begins: tokens[at].at,
                ends,
                by: press.join(" "),
                goal_follows: follows
                    .is_some_and(|token| wording.toward_goal.contains(&token.plain.as_str())),
            });
            at = next + length;
        } else {
            at += 1;
        }
    }
    found
}

/// Where the sentence around `at` begins: behind the last stop that a capital letter follows. "8 a.m. tomorrow" has
/// none.
pub fn sentence_around(words: &str, at: usize) -> usize {
    let mut start = 0;
    let mut stopped = false;
    for (index, c) in words.char_indices().take_while(|(index, _)| *index <= at) {
        if matches!(c, '.' | '!' | '?' | ':') {
            stopped = true;
        } else if !c.is_whitespace() {
            if stopped && (c.is_uppercase() || matches!(c, '¿' | '¡')) {
                start = index;
            }
            stopped = false;
        }
    }
    start
}

/// The key that the words begin with, and how many of them name it.
fn key_at(tokens: &[Token], language: Language) -> Option<(Key, usize)> {
    let first = tokens.first()?;
    let mut letters = first.plain.chars();
    if let (Some(digit @ '0'..='9'), None) = (letters.next(), letters.next()) {
        return Some((Key::new(digit)?, 1));
    }
    let digits = numbers(language);
    if let Some(digit) = digits.iter().position(|word| *word == first.plain) {
        return Some((Key::new(char::from_digit(digit as u32, 10)?)?, 1));
    }
    let named = |name: &&&str| starts_with(tokens, &plain(name));
    let name = language.wording().star_and_pound.iter().find(named)?;
    let star = ["star", "ast", "est", "eto"].iter().any(|start| name.starts_with(start)) || *name == "stern";
    let star = star || name.starts_with("sterntaste");
    Some((Key::new(if star { '*' } else { '#' })?, plain(name).len()))
}

/// From nought to nine.
fn numbers(language: Language) -> [&'static str; 10] {
    match language {
        Language::English => ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"],
        Language::Spanish => {
            ["cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"]
        }
        Language::French => ["zero", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf"],
        Language::German => {
            ["null", "eins", "zwei", "drei", "vier", "funf", "sechs", "sieben", "acht", "neun"]
        }
    }
}

fn starts_with(tokens: &[Token], phrase: &[String]) -> bool {
    !phrase.is_empty()
        && tokens.len() >= phrase.len()
        && tokens.iter().zip(phrase).all(|(token, word)| token.plain == *word)
}

fn tokens(words: &str) -> Vec<Token> {
    let of_word = |c: char| c.is_alphanumeric() || matches!(c, '\u{300}'..='\u{36f}');
    let mut found: Vec<Token> = Vec::new();
    let mut begun = None;
    for (index, c) in words.char_indices().chain([(words.len(), ' ')]) {
        match (begun, of_word(c)) {
            (None, true) => begun = Some(index),
            (Some(at), false) => {
                found.push(Token { at, end: index, plain: plain(&words[at..index]).concat() });
                begun = None;
            }
            (None, false) | (Some(_), true) => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(words: &str, language: Language) -> Vec<(&str, char)> {
        let found = keys_named(words, language);
        found.into_iter().map(|one| (&words[one.sentence..one.ends], one.key.as_char())).collect()
    }

    #[test]
    fn a_choice_is_found_with_its_sentence() {
        let words = "Hi, we open at 8 a.m. tomorrow. To have us call by 3 p.m., press 1. For 2 taps, hit the star key.";
        assert_eq!(
            named(words, Language::English),
            [("To have us call by 3 p.m., press 1", '1'), ("For 2 taps, hit the star", '*')]
        );
        assert_eq!(named("We press on at 8. Dial 911.", Language::English), []);
        assert_eq!(named("Press the one key.", Language::English), [("Press the one", '1')]);
        assert_eq!(
            named("Für einen Rückruf drücken Sie bitte die 1.", Language::German),
            [("Für einen Rückruf drücken Sie bitte die 1", '1')]
        );
        assert_eq!(
            named("Para español, oprima la tecla 9.", Language::Spanish),
            [("Para español, oprima la tecla 9", '9')]
        );
        assert_eq!(
            named("Pour l'accueil, appuyez sur la touche étoile.", Language::French),
            [("Pour l'accueil, appuyez sur la touche étoile", '*')]
        );
    }

    #[test]
    fn what_language_composes_is_understood() {
        for language in Language::ALL {
            for key in ['1', '9', '*', '#'] {
                let spoken = language.phrases().choice("for billing", key);
                let keys: Vec<char> =
                    keys_named(&spoken, language).iter().map(|one| one.key.as_char()).collect();
                assert_eq!(keys, [key], "{spoken}");
            }
        }
    }

    #[test]
    fn a_goal_after_its_key_is_seen() {
        let goals = |words| -> Vec<bool> {
            keys_named(words, Language::English).iter().map(|one| one.goal_follows).collect()
        };
        assert_eq!(goals("Press 1 for repairs, press 2, or press 3."), [true, false, false]);
        assert_eq!(goals("For repairs, press 1, for billing, press 2."), [false, false]);
    }
}
