//! How long it takes to hear something, and to hear of a key in it.

use std::time::Duration;

use crate::call::Key;
use crate::engine::Speech;
use crate::language::{Language, Rate};

use super::{Named, keys_named};

/// How long one stretch lasts; a file of unknown length counts as nothing.
pub(super) fn lasts(speech: &Speech, rate: &Rate, audio: &dyn Fn(&str) -> Option<Duration>) -> Duration {
    match speech {
        Speech::Say(words) | Speech::SayIn(_, words) => rate.time_to_say(words),
        Speech::Play(file) => audio(file).unwrap_or_default(),
        Speech::Pause(seconds) => Duration::from_secs(u64::from(*seconds)),
    }
}

/// How long it takes until the first choice is spoken; `None` where no key is named.
pub(super) fn until_choice(
    said: &[Speech],
    language: Language,
    lasts: impl Fn(&Speech) -> Duration,
) -> Option<Duration> {
    until(said, lasts, |words| keys_named(words, language).into_iter().next().map(|named| named.sentence))
}

/// How long it takes until `key` was named, if it is.
pub(super) fn until_key(
    said: &[Speech],
    key: Key,
    language: Language,
    lasts: impl Fn(&Speech) -> Duration,
) -> Option<Duration> {
    let is_it = |named: &Named| named.key == key;
    until(said, lasts, |words| keys_named(words, language).into_iter().find(is_it).map(|named| named.ends))
}

/// How long it takes to the first place that `find` finds in a stretch of words.
fn until(
    said: &[Speech],
    lasts: impl Fn(&Speech) -> Duration,
    find: impl Fn(&str) -> Option<usize>,
) -> Option<Duration> {
    let mut before = Duration::ZERO;
    for speech in said {
        let found = match speech {
            Speech::Say(words) => find(words).map(|place| Speech::Say(words[..place].to_owned())),
            Speech::SayIn(..) | Speech::Play(_) | Speech::Pause(_) => None,
        };
        if let Some(begun) = found {
            return Some(before + lasts(&begun));
        }
        before += lasts(speech);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_until_a_key_counts_what_comes_before_it() {
        let said = [
            Speech::Say("Hi there. For a repair, press 1.".to_owned()),
            Speech::Pause(1),
            Speech::Say("For billing, press 2.".to_owned()),
        ];
        let rate = Rate::default();
        let time = |speech: &Speech| lasts(speech, &rate, &|_| None);
        let until_key =
            |key: char| Some(until_key(&said, Key::new(key)?, Language::English, time)?.as_millis());
        assert_eq!(until_key('1'), Some(370 + 7 * 395));
        assert_eq!(until_key('2'), Some(370 + 7 * 395 + 1000 + 370 + 4 * 395));
        assert_eq!(until_key('3'), None);
        let first = until_choice(&said, Language::English, time);
        assert_eq!(first.map(|first| first.as_millis()), Some(370 + 2 * 395));
        assert_eq!(until_choice(&said[1..2], Language::English, time), None);
    }
}
