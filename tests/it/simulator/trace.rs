//! What happened, as one number that two runs must agree on, and as lines for people.

use std::fmt;

use super::dice::mixed;

/// Every step of a run.
#[derive(Debug, Default)]
pub struct Trace {
    hash: u64,
    /// Kept for the one run that somebody will read.
    lines: Option<Vec<String>>,
}

impl Trace {
    pub fn new(is_kept: bool) -> Self {
        Self { hash: 0, lines: is_kept.then(Vec::new) }
    }

    pub fn mix(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.add(u64::from_le_bytes(*word));
        }
        for byte in rest {
            self.add(u64::from(*byte));
        }
        self.add(bytes.len() as u64);
    }

    pub fn add(&mut self, number: u64) {
        self.hash = mixed(self.hash.rotate_left(7) ^ number);
    }

    /// Writes down who did what; the words are made only where somebody will read them.
    pub fn say(&mut self, at: i64, who: impl fmt::Display, what: impl FnOnce() -> String) {
        if let Some(lines) = &mut self.lines {
            let (minutes, seconds) = (at / 60_000, at % 60_000);
            let clock = format!("{:>3}:{:02}.{:03}", minutes, seconds / 1000, seconds % 1000);
            lines.push(format!("{clock}  {who:<10} {}", what()));
        }
    }

    pub fn hash(&self) -> u64 {
        self.hash
    }

    pub fn into_lines(self) -> Vec<String> {
        self.lines.unwrap_or_default()
    }
}
