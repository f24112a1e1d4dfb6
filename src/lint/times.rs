//! Clock times in spoken words.

use crate::language::{Language, plain};

/// Whether a clock time is said.
pub(super) fn says_time(words: &str, language: Language) -> bool {
    let spoken = plain(words);
    let after = |index: usize| index.checked_sub(1).and_then(|before| spoken.get(before)).map(String::as_str);
    let next = |index: usize| spoken.get(index + 1).map_or("", String::as_str);
    spoken.iter().enumerate().any(|(index, word)| {
        if noon_and_midnight(language).contains(&word.as_str()) {
            return true;
        }
        if hour(word, language).is_none() {
            return false;
        }
        let unit = match language {
            Language::English => match next(index) {
                "am" | "pm" | "oclock" => true,
                "a" | "p" => next(index + 1) == "m",
                "o" => next(index + 1) == "clock",
                _ => false,
            },
            Language::Spanish => matches!(after(index), Some("las" | "la")),
            Language::French => matches!(next(index), "heures" | "heure" | "h"),
            Language::German => next(index) == "uhr",
        };
        // "By one of us" is no time.
        if language == Language::English && next(index) == "of" {
            return false;
        }
        unit || after(index).is_some_and(|before| before_times(language).contains(&before))
    })
}

/// The hours by which something is promised, of 24 where the words say which half of the day.
pub(super) fn promised_hours(words: &str, language: Language) -> Vec<i8> {
    let spoken = plain(words);
    let calls = match language {
        Language::English => ["call", "ring"],
        Language::Spanish => ["llamamos", "llamaremos"],
        Language::French => ["rappelons", "rappellerons"],
        Language::German => ["rufen", "zuruck"],
    };
    if !spoken.iter().any(|word| calls.contains(&word.as_str())) {
        return Vec::new();
    }
    let by: &[&str] = match language {
        Language::English => &["by"],
        Language::Spanish => &["antes", "de", "las"],
        Language::French => &["avant"],
        Language::German => &["bis"],
    };
    let hours = spoken.windows(by.len() + 1).filter(|window| window.iter().zip(by).all(|(a, b)| a == b));
    hours.filter_map(|window| hour(window.last()?, language)).collect()
}

fn hour(word: &str, language: Language) -> Option<i8> {
    let spelled: [&str; 12] = match language {
        Language::English => [
            "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
        ],
        Language::Spanish => [
            "una", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce",
        ],
        Language::French => {
            ["une", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze"]
        }
        Language::German => [
            "eins", "zwei", "drei", "vier", "funf", "sechs", "sieben", "acht", "neun", "zehn", "elf", "zwolf",
        ],
    };
    let by_name =
        spelled.iter().position(|name| *name == word).and_then(|index| i8::try_from(index + 1).ok());
    let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    by_name.or_else(|| digits.parse().ok()).filter(|hour| (0..=24).contains(hour)).map(|hour| hour % 24)
}

fn noon_and_midnight(language: Language) -> &'static [&'static str] {
    match language {
        Language::English => &["noon", "midnight"],
        Language::Spanish => &["mediodia", "medianoche"],
        Language::French => &["midi", "minuit"],
        Language::German => &["mitternacht"],
    }
}

fn before_times(language: Language) -> &'static [&'static str] {
    match language {
        Language::English => &["at", "by", "from", "until", "till", "before", "after"],
        Language::Spanish => &["las"],
        Language::French => &["a", "avant", "des", "jusqu"],
        Language::German => &["um", "bis", "ab"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_time_is_heard_in_every_language() {
        for (words, language) in [
            ("We're closed, and back tomorrow at eight.", Language::English),
            ("We open on Monday at 8:30 a.m.", Language::English),
            ("Back by noon.", Language::English),
            ("Abrimos mañana a las 8 de la mañana.", Language::Spanish),
            ("Nous ouvrons demain à 8 heures.", Language::French),
            ("Wir sind morgen um 8 Uhr wieder da.", Language::German),
        ] {
            assert!(says_time(words, language), "{words}");
        }
        for words in [
            "Please call again during business hours.",
            "We open again soon.",
            "For a message, press 1. A tape runs, listened to by one of us.",
        ] {
            assert!(!says_time(words, Language::English), "{words}");
        }
    }

    #[test]
    fn an_hour_that_is_promised_is_found() {
        assert_eq!(promised_hours("To have us call you by nine, press 1.", Language::English), [9]);
        assert!(promised_hours("We're back by nine.", Language::English).is_empty());
        assert_eq!(promised_hours("Wir rufen bis 17 Uhr zurück.", Language::German), [17]);
    }
}
