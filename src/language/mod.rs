//! The languages that ringback itself speaks. An owner's texts may be in any of them; our own sentences are in all.
//!
//! It knows words and nothing of calls: numbers come as text in E.164, times as moments.
//!
//! | file | what |
//! |---|---|
//! | `phrases` | every sentence of ours, and how sentences are put together |
//! | `when`, `digits` | clock times and days, phone numbers |
//! | `ears` | what callers say, understood |
//! | `wording` | what owners had better not say |
//! | `rate` | how long saying it takes |
//! | `english`, `spanish`, `french`, `german` | the words themselves, one file per language |

mod digits;
mod ears;
mod english;
mod french;
mod german;
mod phrases;
mod rate;
mod spanish;
mod when;
mod wording;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use digits::spoken_digits;
pub use ears::{Ears, plain};
pub use english::{clock_words, spoken_time};
pub use phrases::{Mark, Phrases, capitalised, sentence};
pub use rate::{Rate, count_words};
pub use wording::{Better, LANGUAGE_NAMES, Wording};

/// A language of a conversation.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Language {
    /// English.
    #[default]
    #[serde(rename = "en")]
    English,
    /// Spanish.
    #[serde(rename = "es")]
    Spanish,
    /// French.
    #[serde(rename = "fr")]
    French,
    /// German.
    #[serde(rename = "de")]
    German,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::English, Self::Spanish, Self::French, Self::German];

    /// The code that stands in flows and files: `en`.
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Spanish => "es",
            Self::French => "fr",
            Self::German => "de",
        }
    }

    /// The language of a code (`es`) or of a tag (`es-MX`); `None` for one that ringback does not speak.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let code = tag.split(['-', '_']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|language| language.code().eq_ignore_ascii_case(code))
    }

    /// What its speakers call it: `Español`.
    pub fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Spanish => "Español",
            Self::French => "Français",
            Self::German => "Deutsch",
        }
    }

    /// The language of a phone number, where its country leaves little doubt. Not North America, which speaks three
    /// of ours, nor countries with several of their own.
    pub fn of_number(e164: &str) -> Option<Self> {
        let digits = e164.strip_prefix('+')?;
        let of_country =
            |(_, countries): &&(Self, &[&str])| countries.iter().any(|code| digits.starts_with(code));
        COUNTRIES.iter().find(of_country).map(|(language, _)| *language)
    }

    /// The tag of the voice that speaks this language for a business whose own tag is `business`: that tag if it is
    /// of this language, else the voice of the business's region, else the usual one.
    pub fn voice_tag(self, business: &str) -> &str {
        if Self::of_tag(business) == Some(self) {
            return business;
        }
        let region = business.rsplit(['-', '_']).next().unwrap_or_default();
        let regional = VOICES.iter().find(|voice| {
            let (language, country) = voice.split_once('-').unwrap_or((voice, ""));
            language == self.code() && country.eq_ignore_ascii_case(region)
        });
        regional.copied().unwrap_or(match self {
            Self::English => "en-US",
            Self::Spanish => "es-ES",
            Self::French => "fr-FR",
            Self::German => "de-DE",
        })
    }
}

/// The regional voices that providers have.
const VOICES: [&str; 16] = [
    "en-US", "en-GB", "en-AU", "en-CA", "en-IE", "en-IN", "en-NZ", "en-ZA", "es-ES", "es-MX", "es-US",
    "fr-FR", "fr-CA", "fr-BE", "de-DE", "de-AT",
];

/// The calling codes of the countries where nearly everybody is at home in one language. No code is the start of
/// another.
const COUNTRIES: [(Language, &[&str]); 4] = [
    (Language::English, &["44", "61", "64", "353"]),
    (
        Language::Spanish,
        &[
            "34", "51", "52", "53", "54", "56", "57", "58", "502", "503", "504", "505", "506", "507", "591",
            "593", "595", "598",
        ],
    ),
    (Language::French, &["33", "262", "377", "590", "594", "596", "687", "689"]),
    (Language::German, &["49", "43", "423"]),
];

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_tells_its_language_where_that_is_no_guess() {
        for (number, language) in [
            ("+345550142", Some(Language::Spanish)),
            ("+525550142", Some(Language::Spanish)),
            ("+5035550142", Some(Language::Spanish)),
            ("+335550142", Some(Language::French)),
            ("+495550142", Some(Language::German)),
            ("+435550142", Some(Language::German)),
            ("+4235550142", Some(Language::German)),
            ("+445550142", Some(Language::English)),
            ("+3535550142", Some(Language::English)),
            ("+15550142", None),
            ("+415550142", None),
            ("+4205550142", None),
            ("+325550142", None),
            ("+3525550142", None),
            ("+555550142", None),
            ("345550142", None),
            ("", None),
        ] {
            assert_eq!(Language::of_number(number), language, "{number}");
        }
    }

    #[test]
    fn a_voice_is_of_the_business_s_region_where_there_is_one() {
        for (language, business, tag) in [
            (Language::English, "en-GB", "en-GB"),
            (Language::English, "en", "en"),
            (Language::English, "de-DE", "en-US"),
            (Language::English, "fr-CA", "en-CA"),
            (Language::Spanish, "en-US", "es-US"),
            (Language::Spanish, "en_us", "es-US"),
            (Language::Spanish, "es-MX", "es-MX"),
            (Language::Spanish, "en-GB", "es-ES"),
            (Language::French, "en-CA", "fr-CA"),
            (Language::French, "nl-BE", "fr-BE"),
            (Language::French, "de-DE", "fr-FR"),
            (Language::German, "en-US", "de-DE"),
            (Language::German, "sl-AT", "de-AT"),
            (Language::German, "", "de-DE"),
        ] {
            assert_eq!(language.voice_tag(business), tag, "{language} {business}");
        }
    }

    #[test]
    fn codes_and_tags_are_read() {
        for language in Language::ALL {
            assert_eq!(Language::of_tag(language.code()), Some(language));
        }
        assert_eq!(Language::of_tag("es-MX"), Some(Language::Spanish));
        assert_eq!(Language::of_tag("IT-it"), None);
    }
}
