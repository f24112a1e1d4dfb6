//! Phone numbers as the wire spells them, and the three kinds of caller.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::language::Language;

/// A phone number in E.164: `+`, then 3 to 15 digits, the first not 0. Debug masks the middle.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PhoneNumber(Box<str>);

/// Text that is not a phone number in E.164.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a phone number like `+15550100`")]
pub struct NotANumber(pub String);

impl PhoneNumber {
    /// Reads E.164 and nothing else: no blanks, no brackets, no national spelling.
    pub fn parse(text: &str) -> Result<Self, NotANumber> {
        let digits = text.strip_prefix('+').unwrap_or_default();
        let right_length = (3..=15).contains(&digits.len());
        if right_length && !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit()) {
            return Ok(Self(text.into()));
        }
        Err(NotANumber(text.to_owned()))
    }

    /// The whole number. For the store, the wire and the owner's eyes; never for a log.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The digits apart, for a voice of this language to read one by one in groups.
    pub fn spoken(&self, language: Language) -> String {
        language.spoken_number(&self.0)
    }
}

impl TryFrom<String> for PhoneNumber {
    type Error = NotANumber;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<PhoneNumber> for String {
    fn from(number: PhoneNumber) -> Self {
        number.0.into()
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (head, tail) = self.0.split_at(2);
        write!(f, "{head}…{}", &tail[tail.len().saturating_sub(2)..])
    }
}

/// Who rang, as far as the provider says.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Caller {
    /// A number that can be rung back.
    Number(PhoneNumber),
    /// The caller hides the number. Never a customer: two such calls are two people.
    Withheld,
    /// Something else that tells callers apart but cannot be rung: `client:ana`, `sip:…`, an odd number.
    Other(String),
}

/// Words that providers send for a hidden number, and the same words spelt on a keypad.
/// From `missed-calls.md` section 7: seen in production code, the first keypad one in Twilio's samples.
const WITHHELD: [&str; 14] = [
    "anonymous",
    "restricted",
    "unavailable",
    "unknown",
    "private",
    "blocked",
    "withheld",
    "none",
    "",
    "+266696687",
    "+7378742833",
    "+86282452253",
    "+8656696",
    "+2562533",
];

impl Caller {
    /// Reads the caller id as the provider sends it; a missing one is withheld.
    pub fn read(raw: &str) -> Self {
        let raw = raw.trim();
        if WITHHELD.iter().any(|word| word.eq_ignore_ascii_case(raw)) {
            return Self::Withheld;
        }
        // The keypad spellings also come without `+` (Twilio before November 2022).
        if WITHHELD.iter().any(|word| word.strip_prefix('+').is_some_and(|digits| digits == raw)) {
            return Self::Withheld;
        }
        match PhoneNumber::parse(raw) {
            Ok(number) => Self::Number(number),
            Err(_) => Self::Other(raw.chars().take(200).collect()),
        }
    }

    /// The number, where there is one to ring.
    pub fn number(&self) -> Option<&PhoneNumber> {
        match self {
            Self::Number(number) => Some(number),
            Self::Withheld | Self::Other(_) => None,
        }
    }

    /// What tells this caller from others: the number or the raw id; nothing for a withheld one.
    pub fn identity(&self) -> Option<&str> {
        match self {
            Self::Number(number) => Some(number.as_str()),
            Self::Other(raw) => Some(raw),
            Self::Withheld => None,
        }
    }

    /// The inverse of [`Caller::identity`].
    pub fn from_identity(identity: Option<String>) -> Self {
        match identity {
            None => Self::Withheld,
            Some(text) => match PhoneNumber::parse(&text) {
                Ok(number) => Self::Number(number),
                Err(_) => Self::Other(text),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_e164_is_a_number() {
        assert!(PhoneNumber::parse("+15550142").is_ok());
        for text in
            ["15550142", "+05550142", "+1 555 0142", "+1(555)0142", "+12", "+1234567890123456", "+１５５"]
        {
            assert!(PhoneNumber::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn debug_masks_the_middle() {
        let number = PhoneNumber::parse("+15550142").expect("a number");
        assert_eq!(format!("{number:?}"), "+1…42");
    }

    #[test]
    fn a_number_is_read_aloud_digit_by_digit_in_groups() {
        let number = PhoneNumber::parse("+15550142").expect("a number");
        assert_eq!(number.spoken(Language::English), "5 5 5, 0 1 4 2");
        let abroad = PhoneNumber::parse("+4915550142").expect("a number");
        assert_eq!(abroad.spoken(Language::German), "4 9, 1 5 5, 5 0 1, 4 2");
    }

    #[test]
    fn every_spelling_of_withheld_is_withheld() {
        for raw in ["anonymous", "Restricted", "UNKNOWN", "", " ", "+266696687", "266696687", "+8656696"] {
            assert_eq!(Caller::read(raw), Caller::Withheld, "{raw}");
        }
    }

    #[test]
    fn other_ids_are_kept_as_they_are() {
        assert_eq!(Caller::read("client:ana"), Caller::Other("client:ana".into()));
        assert_eq!(
            Caller::read("+266696688"),
            Caller::Number(PhoneNumber::parse("+266696688").expect("a number"))
        );
    }
}
