//! What is bearable. The thresholds that are ours can be set; those that a source names cannot.

use std::time::Duration;

use crate::language::Rate;
use crate::notation::Level;

/// Above `warn` is worth a look, above `error` keeps a flow from going live.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Bounds<T> {
    /// What is still good.
    pub warn: T,
    /// What is still bearable.
    pub error: T,
}

impl<T: PartialOrd + Copy> Bounds<T> {
    /// How bad that is, and the limit that it is over.
    pub fn over(&self, measured: T) -> Option<(Level, T)> {
        if measured > self.error {
            return Some((Level::Error, self.error));
        }
        (measured > self.warn).then_some((Level::Warning, self.warn))
    }
}

/// Every threshold that is ours, and how fast words are spoken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// L1, error: choices in one menu. The warning, at more than four, is from the standard.
    pub choices: usize,
    /// L2, error: menus in a row. The warning, at more than one, is from the studies.
    pub depth: usize,
    /// L3: before the first choice.
    pub first_choice: Bounds<Duration>,
    /// L4: a whole menu.
    pub menu: Bounds<Duration>,
    /// L9, warning: the shortest and the longest wait for a key that are good.
    pub wait: (Duration, Duration),
    /// L11: how often a choice is repeated.
    pub repeats: Bounds<usize>,
    /// L16, error: silence. The warning, at more than three seconds, is from the design guides.
    pub silence: Duration,
    /// L17, error: ringing a phone that needs no key. The warning, at more than 20 s, is from the vendor's guide.
    pub trusted_ring: Duration,
    /// L18: whether a phone that needs no key is worth a warning.
    pub trusted: bool,
    /// L19: ringing in all.
    pub ringing: Bounds<Duration>,
    /// L21: the invitation to leave a message.
    pub invitation: Bounds<Duration>,
    /// L23, warning: a promised call, after the next opening.
    pub promise: Duration,
    /// L26: what a person hears on picking up.
    pub whisper: Bounds<Duration>,
    /// How fast words are spoken.
    pub rate: Rate,
}

impl Default for Limits {
    fn default() -> Self {
        let seconds =
            |warn, error| Bounds { warn: Duration::from_secs(warn), error: Duration::from_secs(error) };
        Self {
            choices: 6,
            depth: 2,
            first_choice: seconds(5, 10),
            menu: seconds(12, 20),
            wait: (Duration::from_secs(4), Duration::from_secs(7)),
            repeats: Bounds { warn: 2, error: 3 },
            silence: Duration::from_secs(5),
            trusted_ring: Duration::from_secs(25),
            trusted: true,
            ringing: seconds(45, 75),
            invitation: seconds(6, 10),
            promise: Duration::from_secs(4 * 3600),
            whisper: seconds(4, 8),
            rate: Rate::default(),
        }
    }
}
