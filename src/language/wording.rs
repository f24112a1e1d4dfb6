//! How people do not talk: what the lint looks for in an owner's texts, and what is better.
//!
//! Data only. All words are as [`plain`](super::plain) writes them: lower case, no accents, one blank between; only
//! what is said instead is written as it is spoken.

use super::{Language, english, french, german, spanish};

/// What not to say in one language.
#[derive(Debug)]
pub struct Wording {
    /// Words about what the caller did wrong, or that something broke (L15).
    pub unkind: &'static [Better],
    /// The word for using a key, as it is spoken; what to say instead of [`Self::not_press`].
    pub press: &'static str,
    /// Words for using a key that are hard on some callers (L15). They count only right before a key: "Dial 911"
    /// and "we were hit by a storm" are fine.
    pub not_press: &'static [&'static str],
    /// Words for using a key that are as good as [`Self::press`], in some countries.
    pub also_press: &'static [&'static str],
    /// Words that may stand between one of those and its key.
    pub before_key: &'static [&'static str],
    /// The keys that are not digits.
    pub star_and_pound: &'static [&'static str],
    /// Words that lead on from a key to its goal: "press 1 *for* billing" is the wrong way round (L6). With no stop
    /// or comma between: "for repairs press 1, for billing press 2" is fine.
    pub toward_goal: &'static [&'static str],
    /// Phrases that every caller pays for (L14). They overlap, so a sentence is at most one finding. Web addresses
    /// are told by their shape.
    pub tiresome: &'static [Better],
    /// Selling words, which do not belong in the opening (L14).
    pub selling: &'static [&'static str],
}

/// Something better left unsaid.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Better {
    /// The word or phrase.
    pub said: &'static str,
    /// What to say instead; empty when nothing is missed without it.
    pub instead: &'static str,
}

/// What languages are called, in any of them: a first question that offers one is a choice of language (L13). The
/// whole offer must be it: "for Italian food" is a meal.
#[rustfmt::skip]
pub const LANGUAGE_NAMES: &[&str] = &[
    "english", "ingles", "anglais", "englisch",
    "spanish", "espanol", "castellano", "espagnol", "spanisch",
    "french", "frances", "francais", "franzosisch",
    "german", "aleman", "allemand", "deutsch",
    "portuguese", "portugues", "portugais", "portugiesisch",
    "italian", "italiano", "italien", "italienisch",
    "chinese", "mandarin", "cantonese", "vietnamese", "korean", "polish", "polski", "turkish", "turkce", "arabic",
];

impl Language {
    /// What the lint looks for in texts of this language.
    pub fn wording(self) -> &'static Wording {
        match self {
            Self::English => &english::WORDING,
            Self::Spanish => &spanish::WORDING,
            Self::French => &french::WORDING,
            Self::German => &german::WORDING,
        }
    }
}
