//! Absences: of the whole business, and of single people. Each ends by itself.

use jiff::Timestamp;

use crate::call::PersonName;

/// Somebody stepped away; always ends by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Away {
    /// Until when.
    pub until: Timestamp,
    /// What to tell colleagues; callers do not hear it.
    pub reason: Option<String>,
}

/// Who is away. An absence that is over counts as none, wherever it still stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Absences {
    /// The absence of the whole business.
    pub business: Option<Away>,
    /// The absences of single people, one each.
    pub people: Vec<(PersonName, Away)>,
}

impl Absences {
    /// The absence of the whole business, while it lasts.
    pub fn of_business(&self, now: Timestamp) -> Option<&Away> {
        self.business.as_ref().filter(|away| away.until > now)
    }

    /// A person's own absence, while it lasts.
    pub fn of_person(&self, person: &PersonName, now: Timestamp) -> Option<&Away> {
        let own = self.people.iter().find(|(name, _)| name == person);
        own.map(|(_, away)| away).filter(|away| away.until > now)
    }

    /// Whether a person is away, alone or with everybody.
    pub fn keep(&self, person: &PersonName, now: Timestamp) -> bool {
        self.of_business(now).is_some() || self.of_person(person, now).is_some()
    }

    /// When a person is back: `now` for who is not away.
    pub(super) fn back_at(&self, person: &PersonName, now: Timestamp) -> Timestamp {
        let own = self.of_person(person, now).map_or(now, |away| away.until);
        self.of_business(now).map_or(own, |away| away.until.max(own))
    }
}
