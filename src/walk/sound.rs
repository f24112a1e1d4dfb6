//! How long it takes to hear something, and to hear of a key in it.

use std::time::Duration;

use crate::engine::Speech;
use crate::language::{Language, Rate};

use super::{Named, keys_named};

/// What tells how long something is heard.
#[derive(Copy, Clone)]
pub(super) struct Ear<'a> {
    pub(super) rate: &'a Rate,
    pub(super) audio: &'a dyn Fn(&str) -> Option<Duration>,
    /// The language of the words that are in no other.
    pub(super) language: Language,
}

impl Ear<'_> {
    /// How long it all lasts. Words with pauses between them are one prompt; a file of unknown length counts as
    /// nothing.
    pub(super) fn lasts(&self, said: &[Speech]) -> Duration {
        let mut all = Duration::ZERO;
        let mut begun = false;
        for speech in said {
            all += match speech {
                Speech::Say(words) => {
                    let lasts = self.rate.time_to_say(words);
                    let goes_on = begun;
                    begun |= !lasts.is_zero();
                    if goes_on { lasts.saturating_sub(self.rate.base) } else { lasts }
                }
                Speech::SayIn(_, words) => self.rate.time_to_say(words),
                Speech::Play(file) => {
                    begun = false;
                    (self.audio)(file).unwrap_or_default()
                }
                Speech::Pause(seconds) => Duration::from_secs(u64::from(*seconds)),
            };
        }
        all
    }

    /// The keys that are named, each with the stretch it is in.
    pub(super) fn named(&self, said: &[Speech]) -> Vec<(usize, Named)> {
        let in_stretch = |(index, speech): (usize, &Speech)| match speech {
            Speech::Say(words) => {
                keys_named(words, self.language).into_iter().map(|named| (index, named)).collect()
            }
            Speech::SayIn(..) | Speech::Play(_) | Speech::Pause(_) => Vec::new(),
        };
        said.iter().enumerate().flat_map(in_stretch).collect()
    }

    /// How long it takes to a place in a stretch.
    pub(super) fn until(&self, said: &[Speech], stretch: usize, place: usize) -> Duration {
        let mut before = said[..stretch].to_vec();
        if let Some(Speech::Say(words)) = said.get(stretch) {
            before.push(Speech::Say(words[..place].to_owned()));
        }
        self.lasts(&before)
    }
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
        let ear = Ear { rate: &rate, audio: &|_| None, language: Language::English };
        assert_eq!(ear.lasts(&said).as_millis(), 370 + 11 * 395 + 1000);
        let named = ear.named(&said);
        let until: Vec<(char, u128, u128)> = named
            .iter()
            .map(|(stretch, one)| {
                let until = |place| ear.until(&said, *stretch, place).as_millis();
                (one.key.as_char(), until(one.sentence), until(one.ends))
            })
            .collect();
        assert_eq!(
            until,
            [('1', 370 + 2 * 395, 370 + 7 * 395), ('2', 370 + 7 * 395 + 1000, 370 + 11 * 395 + 1000)]
        );
    }
}
