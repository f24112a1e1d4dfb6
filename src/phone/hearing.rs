//! What a sound is to whoever hears it.

use std::collections::HashMap;
use std::time::Duration;

use super::clock::time_to_say;
use super::document::Sound;

/// What one call has told of its sounds so far.
#[derive(Default)]
pub(super) struct Hearing {
    /// How long each file plays that was fetched, by URL.
    pub(super) files: HashMap<String, Duration>,
    /// The language of the first words.
    first_language: Option<String>,
}

impl Hearing {
    /// What a sound is in words, and how long it takes. The language is said where it is not the first one's.
    pub(super) fn of(&mut self, sound: &Sound) -> (Option<String>, Duration) {
        match sound {
            Sound::Say { words, language } => {
                let first = self.first_language.get_or_insert_with(|| language.clone());
                let other = if first == language { String::new() } else { format!(" in {language}") };
                (Some(format!("\"{words}\"{other}")), time_to_say(words))
            }
            // What could not be fetched is not heard.
            Sound::Play(url) => {
                (Some(format!("plays {url}")), self.files.get(url).copied().unwrap_or_default())
            }
            Sound::Pause(time) => (None, *time),
        }
    }
}
