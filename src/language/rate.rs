//! How long a voice takes to say something.

use std::borrow::Cow;
use std::time::Duration;

/// How fast a voice speaks. The usual rate was fitted to 563 prompts of a professional voice, all English; voices
/// differ and no provider publishes the rate of its own, so an owner may set another.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Rate {
    /// What anything said takes, besides its words.
    pub base: Duration,
    /// Each word.
    pub per_word: Duration,
    /// As `base`, where characters are counted.
    pub base_by_characters: Duration,
    /// Each character, blanks and stops included.
    pub per_character: Duration,
}

/// From so many digits in one run a voice reads them one by one; shorter ones are a year, a price, a street.
const LONG_RUN: usize = 5;
/// From so many digits, with nothing but blanks, dots, hyphens and brackets between, a text is a phone number.
const PHONE_NUMBER: usize = 7;

impl Default for Rate {
    fn default() -> Self {
        Self {
            base: Duration::from_millis(370),
            per_word: Duration::from_millis(395),
            base_by_characters: Duration::from_millis(300),
            per_character: Duration::from_millis(72),
        }
    }
}

impl Rate {
    /// How long it takes to say this, by its words: right for English, and what all limits are measured in.
    pub fn time_to_say(&self, text: &str) -> Duration {
        match count_words(text) {
            0 => Duration::ZERO,
            words => self.base + self.per_word * u32::try_from(words).unwrap_or(u32::MAX),
        }
    }

    /// How long it takes by its characters: the cross-check for languages with longer words.
    pub fn time_by_characters(&self, text: &str) -> Duration {
        match digits_apart(text.trim()).chars().count() {
            0 => Duration::ZERO,
            characters => {
                self.base_by_characters + self.per_character * u32::try_from(characters).unwrap_or(u32::MAX)
            }
        }
    }
}

/// How many words are heard: runs of letters, digits and apostrophes, and every digit of a phone number.
pub fn count_words(text: &str) -> usize {
    digits_apart(text).split(|c| !is_of_a_word(c)).filter(|word| !word.is_empty()).count()
}

fn is_of_a_word(c: char) -> bool {
    // An accent may be a character of its own.
    c.is_alphanumeric() || matches!(c, '\'' | '’' | '\u{300}'..='\u{36f}')
}

/// The text with blanks between the digits that a voice reads one by one.
fn digits_apart(text: &str) -> Cow<'_, str> {
    if text.bytes().filter(u8::is_ascii_digit).count() < LONG_RUN {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() * 2);
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        out.push_str(&rest[..start]);
        let number = &rest[start..start + number_length(&rest[start..])];
        let digits = number.bytes().filter(u8::is_ascii_digit).count();
        let one_run = digits == number.len();
        if digits >= PHONE_NUMBER || (one_run && digits >= LONG_RUN) {
            number.chars().filter(char::is_ascii_digit).for_each(|digit| out.extend([' ', digit]));
        } else {
            out.push_str(number);
        }
        rest = &rest[start + number.len()..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// How far the digits at the start reach, with what stands between them; the last character is a digit.
fn number_length(text: &str) -> usize {
    let of_number = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '-' | '.' | '(' | ')' | '/');
    let reach = text.find(|c| !of_number(c)).unwrap_or(text.len());
    text[..reach].rfind(|c: char| c.is_ascii_digit()).map_or(0, |last| last + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The prompts of the friendliness limits with the seconds printed there, by words and by characters.
    const PROMPTS: [(&str, &str, Option<&str>); 10] = [
        (
            "Hi, you've reached Acme Plumbing. For a repair, press 1. For billing, press 2. \
             Or stay on the line and we'll pick up.",
            "9.5",
            Some("8.7"),
        ),
        (
            "Acme Plumbing. For repairs, press 1. For new installations, press 2. For billing, press 3. \
             For parts, press 4. For jobs with us, press 5. For everything else, press 6. For a person, press 0.",
            "14.2",
            Some("14.0"),
        ),
        (
            "Thank you for calling Acme Plumbing, your trusted partner for quality service. Please listen \
             carefully, as our options have changed. For repairs, press 1. For billing, press 2.",
            "11.4",
            Some("13.0"),
        ),
        ("Acme Plumbing. Press 1 for repairs, press 2 for billing, press 4 for opening hours.", "6.3", None),
        ("Press 1 to hear this menu in English, or press 2.", "4.7", Some("3.8")),
        ("Invalid entry. Please try again.", "2.3", None),
        ("Our office is closed. Please call again during business hours. Goodbye.", "4.7", Some("5.4")),
        ("Sorry we missed you. Leave a message and we'll call back by nine.", "5.5", Some("5.0")),
        ("Acme call. Press any key to take it.", "3.5", Some("2.9")),
        (
            "You have an incoming call for Acme Plumbing from a customer. To accept this call, press any key. \
             To decline, hang up.",
            "9.1",
            Some("8.7"),
        ),
    ];

    fn seconds(time: Duration) -> String {
        format!("{:.1}", time.as_secs_f64())
    }

    #[test]
    fn the_known_prompts_take_the_known_time() {
        let rate = Rate::default();
        for (prompt, by_words, by_characters) in PROMPTS {
            assert_eq!(seconds(rate.time_to_say(prompt)), by_words, "{prompt}");
            if let Some(by_characters) = by_characters {
                assert_eq!(seconds(rate.time_by_characters(prompt)), by_characters, "{prompt}");
            }
        }
    }

    #[test]
    fn words_are_counted_as_they_are_heard() {
        for (text, heard) in [
            ("", 0),
            ("…", 0),
            ("Press 1.", 2),
            ("you've", 1),
            ("l’été", 1),
            ("l'e\u{301}te\u{301}", 1),
            ("Für Deutsch drücken Sie die 9.", 6),
            ("3:30 p.m.", 4),
            ("in 2026", 2),
            ("12500", 5),
            ("555-0142", 7),
            ("+1 (201) 555-0142", 11),
            ("Call 5550142 now", 9),
            ("5 5 5, 0 1 4 2", 7),
            ("06 12 34 56 78.", 10),
            ("8 to 12, 13 to 17, 2026", 7),
            ("rooms 12 and 14, floor 3 at 10", 8),
        ] {
            assert_eq!(count_words(text), heard, "{text}");
        }
    }

    proptest! {
        #[test]
        fn more_words_never_take_less_time(text in "\\PC{0,40}", more in "[a-z]{1,8}") {
            let rate = Rate::default();
            let longer = format!("{text}, {more}");
            prop_assert!(rate.time_to_say(&longer) > rate.time_to_say(&text));
            prop_assert!(rate.time_by_characters(&longer) > rate.time_by_characters(&text));
        }

        #[test]
        fn a_phone_number_takes_a_word_a_digit_however_it_is_written(
            digits in "[0-9]{7,15}",
            gap in prop::sample::select(vec!["", " ", "-", "."]),
        ) {
            let written: Vec<_> = digits.chars().map(String::from).collect();
            prop_assert_eq!(count_words(&written.join(gap)), digits.len());
        }
    }
}
