//! How long it takes to hear something, and where in it a choice is spoken.

use std::time::Duration;

use crate::call::Key;
use crate::engine::Speech;

/// How fast a voice speaks.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Rate {
    /// What anything said takes, besides its words.
    pub base: Duration,
    /// Each word.
    pub per_word: Duration,
}

impl Default for Rate {
    fn default() -> Self {
        Self { base: Duration::from_millis(370), per_word: Duration::from_millis(395) }
    }
}

impl Rate {
    /// How long it takes to say this.
    pub fn time_to_say(&self, text: &str) -> Duration {
        let words = text.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty());
        match words.count() {
            0 => Duration::ZERO,
            words => self.base + self.per_word * u32::try_from(words).unwrap_or(u32::MAX),
        }
    }
}

/// A key as it is named in words, after a word for pressing it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Mention {
    /// Where its sentence begins.
    sentence: usize,
    /// Where the key's name ends.
    ends: usize,
    key: char,
}

/// Where the first choice is spoken.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct FirstChoice {
    /// Which of the stretches of speech it is in.
    pub stretch: usize,
    /// Where its sentence begins, in bytes of that stretch.
    pub at: usize,
}

/// How long one stretch lasts; a file of unknown length counts as nothing.
pub(super) fn lasts(speech: &Speech, rate: &Rate, audio: &dyn Fn(&str) -> Option<Duration>) -> Duration {
    match speech {
        Speech::Say(words) | Speech::SayIn(_, words) => rate.time_to_say(words),
        Speech::Play(file) => audio(file).unwrap_or_default(),
        Speech::Pause(seconds) => Duration::from_secs(u64::from(*seconds)),
    }
}

/// Where the first choice of `said` begins; `None` where no key is named.
pub fn first_choice(said: &[Speech]) -> Option<FirstChoice> {
    said.iter().enumerate().find_map(|(stretch, speech)| {
        let first = mentions(words_of(speech)?).into_iter().next()?;
        Some(FirstChoice { stretch, at: first.sentence })
    })
}

/// How long it takes until `key` was named, if it is.
pub fn until_key(said: &[Speech], key: Key, lasts: impl Fn(&Speech) -> Duration) -> Option<Duration> {
    let mut before = Duration::ZERO;
    for speech in said {
        let named = words_of(speech).and_then(|words| {
            let mention = mentions(words).into_iter().find(|mention| mention.key == key.as_char())?;
            Some(lasts(&Speech::Say(words[..mention.ends].to_owned())))
        });
        if let Some(named) = named {
            return Some(before + named);
        }
        before += lasts(speech);
    }
    None
}

/// How long it takes until `place` is reached.
pub(super) fn until(said: &[Speech], place: FirstChoice, lasts: impl Fn(&Speech) -> Duration) -> Duration {
    let before: Duration = said[..place.stretch].iter().map(&lasts).sum();
    let begun = words_of(&said[place.stretch]).map_or("", |words| &words[..place.at]);
    before + lasts(&Speech::Say(begun.to_owned()))
}

fn words_of(speech: &Speech) -> Option<&str> {
    match speech {
        Speech::Say(words) => Some(words),
        Speech::SayIn(..) | Speech::Play(_) | Speech::Pause(_) => None,
    }
}

/// The keys that are named in `words`, in order.
fn mentions(words: &str) -> Vec<Mention> {
    let mut found = Vec::new();
    let mut pressing = false;
    for (at, word) in tokens(words) {
        let lower = word.to_lowercase();
        let mut letters = word.chars();
        let key = match (letters.next(), letters.next(), lower.as_str()) {
            (Some(digit @ '0'..='9'), None, _) => Some(digit),
            (_, _, "star") => Some('*'),
            (_, _, "pound" | "hash") => Some('#'),
            _ => None,
        };
        match key.filter(|_| pressing) {
            Some(key) => {
                found.push(Mention { sentence: sentence_start(words, at), ends: at + word.len(), key });
                pressing = false;
            }
            None => pressing = lower == "press" || (pressing && ["the", "key"].contains(&lower.as_str())),
        }
    }
    found
}

fn tokens(words: &str) -> impl Iterator<Item = (usize, &str)> {
    let of_word = |c: char| c.is_alphanumeric() || matches!(c, '\'' | '’');
    words.split(move |c| !of_word(c)).filter(|word| !word.is_empty()).map(|word| {
        let at = word.as_ptr() as usize - words.as_ptr() as usize;
        (at, word)
    })
}

/// Where the sentence around `at` begins: behind the last stop that a capital letter follows. "8 a.m. tomorrow" has
/// none.
fn sentence_start(words: &str, at: usize) -> usize {
    let mut start = 0;
    let mut stopped = false;
    for (index, c) in words[..=at].char_indices() {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn named(words: &str) -> Vec<(&str, char)> {
        mentions(words).into_iter().map(|one| (&words[one.sentence..one.ends], one.key)).collect()
    }

    #[test]
    fn a_choice_is_found_with_its_sentence() {
        assert_eq!(
            named(
                "Hi, we open at 8 a.m. tomorrow. To have us call by 3 p.m., press 1. For 2 taps, press star."
            ),
            [("To have us call by 3 p.m., press 1", '1'), ("For 2 taps, press star", '*')]
        );
        assert_eq!(named("We press on at 8."), []);
        assert_eq!(named("Press the 1 key."), [("Press the 1", '1')]);
    }

    #[test]
    fn the_time_until_a_key_counts_what_comes_before_it() {
        let said = [
            Speech::Say("Hi there. For a repair, press 1.".to_owned()),
            Speech::Pause(1),
            Speech::Say("For billing, press 2.".to_owned()),
        ];
        let rate = Rate::default();
        let time = |speech: &Speech| lasts(speech, &rate, &|_| None);
        let until_key = |key: char| Some(super::until_key(&said, Key::new(key)?, time)?.as_millis());
        assert_eq!(until_key('1'), Some(370 + 7 * 395));
        assert_eq!(until_key('2'), Some(370 + 7 * 395 + 1000 + 370 + 4 * 395));
        assert_eq!(until_key('3'), None);
        let first = first_choice(&said).unwrap();
        assert_eq!(until(&said, first, time).as_millis(), 370 + 2 * 395);
    }
}
