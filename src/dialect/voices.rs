//! The languages in which a provider speaks and listens.

use crate::language::Language;

/// What a voice speaks, and an ear expects, unasked.
const UNASKED: &str = "en-US";

/// The tag of `language` for a business whose own tag is `business`, which is meant where no language is.
pub(super) fn tag(language: Option<Language>, business: &str) -> &str {
    language.map_or(business, |language| language.voice_tag(business))
}

/// What `Say` is to be told for a tag; nothing where it need not be told. In a language without a voice the provider's
/// usual one speaks, which is better than a document that draws a warning.
pub(super) fn spoken(tag: &str) -> Option<&'static str> {
    let known = VOICES.iter().find(|known| known.eq_ignore_ascii_case(tag));
    known.copied().filter(|known| *known != UNASKED)
}

/// What `Gather` is to be told for a tag. Ears know fewer regions than voices; another region's are better than ears
/// for English.
pub(super) fn heard(tag: &str) -> Option<&'static str> {
    let code = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
    // Where a language has several regions, its home stands for the others.
    let home = format!("{0}-{0}", code(tag));
    let begins =
        |known: &&&str| tag.get(..known.len()).is_some_and(|start| start.eq_ignore_ascii_case(known));
    let known = EARS.iter().find(|known| known.eq_ignore_ascii_case(tag));
    let known = known.or_else(|| EARS.iter().find(begins));
    let known = known.or_else(|| EARS.iter().find(|known| known.eq_ignore_ascii_case(&home)));
    let known = known.or_else(|| EARS.iter().find(|known| code(known) == code(tag)));
    known.copied().filter(|known| *known != UNASKED)
}

/// The languages of Twilio's voices.
#[rustfmt::skip]
const VOICES: [&str; 69] = [
    "af-ZA", "am-ET", "ar-AE", "ar-XA", "arb", "bg-BG", "bn-IN", "ca-ES", "cmn-CN", "cmn-TW", "cs-CZ", "cy-GB",
    "da-DK", "de-AT", "de-DE", "el-GR", "en-AU", "en-CA", "en-GB", "en-GB-WLS", "en-IE", "en-IN", "en-NZ", "en-US",
    "en-ZA", "es-ES", "es-MX", "es-US", "fi-FI", "fil-PH", "fr-CA", "fr-FR", "fr-BE", "gu-IN", "he-IL", "hi-IN",
    "hu-HU", "id-ID", "is-IS", "it-IT", "ja-JP", "kn-IN", "ko-KR", "lv-LV", "ml-IN", "mr-IN", "ms-MY", "nb-NO",
    "nl-BE", "nl-NL", "pa-IN", "pl-PL", "pt-BR", "pt-PT", "ro-RO", "ru-RU", "sk-SK", "sr-RS", "sv-SE", "ta-IN",
    "te-IN", "th-TH", "tr-TR", "uk-UA", "vi-VN", "yue-HK", "zh-CN", "zh-HK", "zh-TW",
];

/// The languages that Twilio understands.
#[rustfmt::skip]
const EARS: [&str; 130] = [
    "af-ZA", "am-ET", "ar-AE", "ar-BH", "ar-DZ", "ar-EG", "ar-IL", "ar-IQ", "ar-JO", "ar-KW", "ar-LB", "ar-MA",
    "ar-OM", "ar-PS", "ar-QA", "ar-SA", "ar-TN", "az-AZ", "bg-BG", "bn-BD", "bn-IN", "ca-ES", "cs-CZ", "da-DK",
    "de-DE", "el-GR", "en-AU", "en-CA", "en-GB", "en-GH", "en-IE", "en-IN", "en-KE", "en-NG", "en-NZ", "en-PH",
    "en-SG", "en-TZ", "en-US", "en-ZA", "es-AR", "es-BO", "es-CL", "es-CO", "es-CR", "es-DO", "es-EC", "es-ES",
    "es-GT", "es-HN", "es-MX", "es-NI", "es-PA", "es-PE", "es-PR", "es-PY", "es-SV", "es-US", "es-UY", "es-VE",
    "et-EE", "eu-ES", "fa-IR", "fi-FI", "fil-PH", "fr-CA", "fr-FR", "gl-ES", "gu-IN", "he-IL", "hi-IN", "hr-HR",
    "hu-HU", "hy-AM", "id-ID", "is-IS", "it-IT", "ja-JP", "jv-ID", "ka-GE", "km-KH", "kn-IN", "ko-KR", "lo-LA",
    "lt-LT", "lv-LV", "mk-MK", "ml-IN", "mn-MN", "mr-IN", "ms-MY", "my-MM", "nar-IQ", "nb-NO", "ne-NP", "nl-BE",
    "nl-NL", "pa-guru-IN", "pl-PL", "pt-BR", "pt-PT", "ro-RO", "ru-RU", "si-LK", "sk-SK", "sl-SI", "sq-AL", "sr-RS",
    "su-ID", "sv-SE", "sw-KE", "sw-TZ", "ta-IN", "ta-LK", "ta-MY", "ta-SG", "te-IN", "th-TH", "tr-TR", "uk-UA",
    "ur-IN", "ur-PK", "uz-UZ", "vi-VN", "yue-Hant-HK", "zh", "cmn-Hans-CN", "zh-TW", "cmn-Hant-TW", "zu-ZA",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ringbacks_languages_are_spoken_and_understood_for_every_business() {
        for business in VOICES.into_iter().chain(["", "tlh"]) {
            for language in Language::ALL {
                let tag = tag(Some(language), business);
                let code = |told: Option<&'static str>| Language::of_tag(told.unwrap_or(UNASKED));
                assert_eq!((code(spoken(tag)), code(heard(tag))), (Some(language), Some(language)), "{tag}");
            }
        }
    }

    #[test]
    fn ears_stand_in_for_those_of_another_region() {
        for (tag, wanted) in [
            ("en-US", None),
            ("de-AT", Some("de-DE")),
            ("fr-BE", Some("fr-FR")),
            ("es-us", Some("es-US")),
            ("en-GB-WLS", Some("en-GB")),
            ("tlh", None),
            ("", None),
        ] {
            assert_eq!(heard(tag), wanted, "{tag}");
        }
    }
}
