//! What we know of a caller before the first word.

use crate::language::Language;

use super::PersonName;

/// What we know of a number: by the owner's lists, by an imported address book, by calls before this one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Acquaintance {
    /// The name in the owner's address book. What a network sends as a caller's name is not meant.
    pub name: Option<String>,
    /// On the block list, and not on the allow list.
    pub blocked: bool,
    /// On the allow list: never tested, never blocked.
    pub allowed: bool,
    /// First on every list.
    pub vip: bool,
    /// Somebody of the business talked with this number before.
    pub answered_before: bool,
    /// Whoever talked with it last.
    pub last_spoke_with: Option<PersonName>,
    /// The language that the caller chose, or that the address book says.
    pub language: Option<Language>,
    /// Passed the test that tells people from machines.
    pub human: bool,
}

impl Acquaintance {
    /// Whether this is somebody we know: by name, or because they were answered before.
    pub fn is_known(&self) -> bool {
        self.name.is_some() || self.answered_before
    }
}
