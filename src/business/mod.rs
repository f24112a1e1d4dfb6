//! The business: its people, areas, lines and opening hours, and what can honestly be promised at a given time.
//!
//! Pure rules about time and duty; the time comes in as `now`.

mod away;
mod closed;
mod duty;
mod hours;
mod promise;
mod spoken;
#[cfg(test)]
mod testing;

pub use away::{Absences, Away};
pub use closed::{Calendar, ClosedOn, Closing, Event};
pub use hours::{DayRange, Hours};
pub use promise::MOST_COUNTED;

use jiff::{SignedDuration, tz::TimeZone};

use crate::call::{AreaName, FlowName, PersonName, PhoneNumber, TeamName};
use crate::language::Language;
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
    /// When it is open.
    pub hours: Hours,
    /// When it is closed all the same, and nobody is on duty.
    pub closed_on: Vec<Closing>,
    /// Everybody, in the order of the settings; never empty.
    pub people: Vec<Person>,
    /// People who are rung together.
    pub teams: Vec<Team>,
    /// The numbers that callers ring; never empty.
    pub lines: Vec<Line>,
    /// The language that callers hear: `en-US`.
    pub language: String,
    /// Whether a caller whom we know, and for whose number the network vouches, may be greeted by name.
    pub greet_by_name: bool,
    /// How soon a call-back is promised, in open time.
    pub promise_within: SignedDuration,
    /// How much open time each call-back on the list takes.
    pub promise_each: SignedDuration,
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
    /// When the person is on duty; the business's hours if not given. May lie outside of them, for who is on call.
    pub hours: Option<Hours>,
    /// Who is rung instead while the person is away or off duty.
    pub stand_in: Option<PersonName>,
}

/// People who are rung by one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    /// The key in the settings.
    pub name: TeamName,
    /// Who is in it; never empty.
    pub people: Vec<PersonName>,
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

impl Business {
    /// The language of our own sentences: the business's where ringback speaks it, else English.
    pub fn own_language(&self) -> Language {
        Language::of_tag(&self.language).unwrap_or_default()
    }

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

    /// Everybody for that area.
    pub fn people_for<'a>(&'a self, area: &'a AreaName) -> impl Iterator<Item = &'a Person> {
        self.people.iter().filter(|person| person.areas.contains(area))
    }

    /// Everybody of that team who is still here, in the order of the team.
    pub fn people_of<'a>(&'a self, team: &TeamName) -> impl Iterator<Item = &'a Person> {
        let named = self.teams.iter().find(|known| known.name == *team);
        named.into_iter().flat_map(|team| &team.people).filter_map(|name| self.person(name))
    }

    /// Everybody whom a name means: a person, everybody for an area, or a team. No two of these have the same name.
    pub fn people_called<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Person> {
        let team = self.teams.iter().find(|team| team.name.as_str() == name);
        self.people.iter().filter(move |person| {
            person.name.as_str() == name
                || person.areas.iter().any(|area| area.as_str() == name)
                || team.is_some_and(|team| team.people.contains(&person.name))
        })
    }
}
