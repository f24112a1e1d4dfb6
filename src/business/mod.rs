//! The business: its people, areas, lines and opening hours, and what can honestly be promised at a given time.
//!
//! Pure rules about time and duty; the time comes in as `now`.

mod hours;
mod promise;
mod spoken;
#[cfg(test)]
mod testing;

pub use hours::{ClosedOn, DayRange, Hours};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use crate::call::{AreaName, FlowName, PersonName, PhoneNumber};
pub use crate::language::{clock_words, spoken_time};

/// A business, as its settings describe it.
#[derive(Clone, Debug)]
pub struct Business {
    /// What callers hear.
    pub name: String,
    /// The zone in which its hours are meant.
    pub time_zone: TimeZone,
    /// Who gets what is nobody else's.
    pub owner: PersonName,
    /// When somebody is there.
    pub hours: Hours,
    /// Days on which nobody is.
    pub closed_on: Vec<ClosedOn>,
    /// Everybody, in the order of the settings; never empty.
    pub people: Vec<Person>,
    /// The numbers that callers ring; never empty.
    pub lines: Vec<Line>,
    /// The language that callers hear: `en-US`.
    pub language: String,
    /// Whether a caller whom we know, and for whose number the network vouches, may be greeted by name.
    pub greet_by_name: bool,
    /// How soon a call-back is promised, in open time.
    pub promise_within: SignedDuration,
}

/// Somebody who takes calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The key in the settings.
    pub name: PersonName,
    /// How the name is spoken and shown: `Ana`.
    pub spoken: String,
    /// The phone to ring.
    pub number: PhoneNumber,
    /// What the person is for.
    pub areas: Vec<AreaName>,
    /// Whether picking up is enough, without a key; a mobile's voicemail then counts as answering.
    pub trust_answer: bool,
}

/// A number that callers ring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The number.
    pub number: PhoneNumber,
    /// The flow that answers it.
    pub flow: FlowName,
    /// Whose call-backs from this line are, where it is not the business's owner.
    pub owner: Option<PersonName>,
}

/// The owner stepped away; always ends by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Away {
    /// Until when.
    pub until: Timestamp,
    /// What to tell colleagues; callers do not hear it.
    pub reason: Option<String>,
}

impl Business {
    /// The person of that name, if they are still here.
    pub fn person(&self, name: &PersonName) -> Option<&Person> {
        self.people.iter().find(|person| person.name == *name)
    }

    /// The person whose phone this is.
    pub fn person_with_number(&self, number: &PhoneNumber) -> Option<&Person> {
        self.people.iter().find(|person| person.number == *number)
    }

    /// The line of that number.
    pub fn line(&self, number: &PhoneNumber) -> Option<&Line> {
        self.lines.iter().find(|line| line.number == *number)
    }

    /// Whether the number is one of our own: a person's phone or a line.
    pub fn is_ours(&self, number: &PhoneNumber) -> bool {
        self.person_with_number(number).is_some() || self.line(number).is_some()
    }

    /// Everybody on duty. Until people have hours of their own, that is everybody.
    pub fn on_duty(&self, _now: Timestamp) -> Vec<&Person> {
        self.people.iter().collect()
    }

    /// Everybody for that area.
    pub fn people_for<'a>(&'a self, area: &'a AreaName) -> impl Iterator<Item = &'a Person> {
        self.people.iter().filter(|person| person.areas.contains(area))
    }

    /// Whose a call-back is: the first person for its area, else the line's owner, else the business's. Never nobody's.
    pub fn owner_of(&self, area: Option<&AreaName>, line: Option<&PhoneNumber>) -> PersonName {
        let by_area = area.and_then(|area| self.people_for(area).next()).map(|person| &person.name);
        let by_line = || line.and_then(|number| self.line(number)?.owner.as_ref());
        by_area.or_else(by_line).unwrap_or(&self.owner).clone()
    }
}
