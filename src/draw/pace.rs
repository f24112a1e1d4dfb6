//! How long the words of a flow take to hear.

use std::time::Duration;

use crate::business::Business;
use crate::flow::{Menu, Piece, Prompt, Slot, Text};
use crate::language::{Rate, count_words};

/// What three unanswered questions let a caller wait, besides the words.
pub(super) const ASK_WAITS: Duration = Duration::from_secs(21);

/// What pressing a key takes after hearing of it.
const FINDS_A_KEY: Duration = Duration::from_secs(1);

/// The choices of a menu, spoken one after the other.
pub(super) struct Heard {
    /// Until each choice has been spoken.
    pub(super) until: Vec<Duration>,
    /// Until a caller who presses nothing is led on: three times the choices, and the wait after each.
    pub(super) silence: Duration,
}

pub(super) fn menu(menu: &Menu, business: &Business) -> Heard {
    let mut words = 0;
    let mut until = Vec::new();
    for choice in &menu.choices {
        // "To …, press 1."
        words += choice.offer.as_ref().map_or(0, |offer| count(&offer.main, business) + 3);
        until.push(spoken(words) + FINDS_A_KEY);
    }
    Heard { until, silence: (spoken(words) + menu.wait) * 3 }
}

/// A file lasts as long as `audio` says.
pub(super) fn prompt(
    prompt: Option<&Prompt>,
    business: &Business,
    audio: &dyn Fn(&str) -> Option<Duration>,
) -> Duration {
    match prompt {
        Some(Prompt::Say(text)) => spoken(count(&text.main, business)),
        Some(Prompt::Play(file)) => audio(&file.main).unwrap_or_default(),
        None => Duration::ZERO,
    }
}

fn count(text: &Text, business: &Business) -> u32 {
    let words = |text: &str| u32::try_from(count_words(text)).unwrap_or(u32::MAX);
    let piece = |piece: &Piece| match piece {
        Piece::Words(text) => words(text),
        Piece::Slot(Slot::Business) => words(&business.name),
        // "by three thirty p.m.", "tomorrow at eight a.m.", a number digit by digit.
        Piece::Slot(Slot::Promise | Slot::Opens) => 4,
        Piece::Slot(Slot::Caller) => 10,
        Piece::Slot(Slot::Person | Slot::Name | Slot::Answer(_)) => 1,
    };
    text.0.iter().map(piece).sum()
}

fn spoken(words: u32) -> Duration {
    let Rate { base, per_word, .. } = Rate::default();
    if words == 0 { Duration::ZERO } else { base + per_word * words }
}
