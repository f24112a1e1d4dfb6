//! Who is there: on duty and not away, or whoever stands in; and the time during which anybody is.

use jiff::Timestamp;

use super::hours::Stretch;
use super::{Absences, Business, Hours, Person};

/// Stretches of time in their order.
pub(super) type Stretches<'a> = Box<dyn Iterator<Item = Stretch> + 'a>;

impl Business {
    /// Whether a person is on duty: by their own hours, else by the business's. Nobody is on a closed day.
    pub fn is_on_duty(&self, person: &Person, now: Timestamp) -> bool {
        self.is_within(person.hours.as_ref().unwrap_or(&self.hours), now)
    }

    /// Whether a person can be rung: on duty, and not away.
    pub fn is_there(&self, person: &Person, now: Timestamp, absences: &Absences) -> bool {
        !absences.keep(&person.name, now) && self.is_on_duty(person, now)
    }

    /// Everybody who can be rung.
    pub fn on_duty(&self, now: Timestamp, absences: &Absences) -> Vec<&Person> {
        self.people.iter().filter(|person| self.is_there(person, now, absences)).collect()
    }

    /// Whom to ring for a person: the person, else the stand-in, else the stand-in's; `None` when none of them is there.
    pub fn in_place_of<'a>(
        &'a self,
        person: &'a Person,
        now: Timestamp,
        absences: &Absences,
    ) -> Option<&'a Person> {
        let next = |person: &&Person| person.stand_in.as_ref().and_then(|name| self.person(name));
        // As many as there are people: whoever is asked a second time is asked in a circle.
        std::iter::successors(Some(person), next)
            .take(self.people.len())
            .find(|person| self.is_there(person, now, absences))
    }

    /// Whether callers hear that we stepped away: all of the business did, or everybody whose duty it is in open hours.
    pub fn is_away(&self, now: Timestamp, absences: &Absences) -> bool {
        if absences.of_business(now).is_some() {
            return true;
        }
        if absences.people.is_empty() || !self.is_open(now) {
            return false;
        }
        let mut on_duty = self.people.iter().filter(|person| self.is_on_duty(person, now)).peekable();
        on_duty.peek().is_some() && on_duty.all(|person| absences.keep(&person.name, now))
    }

    /// When it opens next with somebody there: `now` itself when that is so. `None` if that is not within a year.
    pub fn opens_at(&self, now: Timestamp, absences: &Absences) -> Option<Timestamp> {
        self.when_open(now, absences, |mut open| {
            open.find(|open| open.to > now).map(|open| open.from.max(now))
        })
    }

    /// What `find` finds in the open time during which somebody is there. Where the people's hours never meet the
    /// business's, that is all open time from when the first of them is back: callers hear a time all the same.
    pub(super) fn when_open<T>(
        &self,
        now: Timestamp,
        absences: &Absences,
        find: impl Fn(Stretches<'_>) -> Option<T>,
    ) -> Option<T> {
        let back = self.somebody_back_at(now, absences);
        let open = || self.stretches(&self.hours, back);
        let mut attended = open().flat_map(|open| self.attended_in(open, now, absences)).peekable();
        if attended.peek().is_some() {
            return find(Box::new(attended));
        }
        find(Box::new(open().filter_map(|open| if back > now { after(open, back) } else { Some(open) })))
    }

    /// When the first who is away is back: `now` while somebody is not away.
    pub(super) fn somebody_back_at(&self, now: Timestamp, absences: &Absences) -> Timestamp {
        self.people.iter().map(|person| absences.back_at(&person.name, now)).min().unwrap_or(now)
    }

    /// The parts of a stretch during which somebody is there, in order.
    fn attended_in(&self, open: Stretch, now: Timestamp, absences: &Absences) -> Vec<Stretch> {
        let mut parts = Vec::new();
        for person in &self.people {
            let back = absences.back_at(&person.name, now);
            let back = if back > now { back } else { Timestamp::MIN };
            match &person.hours {
                None if back <= open.from => return vec![open],
                None => parts.extend(after(open, back)),
                Some(hours) => {
                    parts.extend(self.hours_in(hours, open).filter_map(|part| after(part, back)));
                }
            }
        }
        parts.sort_by_key(|part| part.from);
        let mut joined: Vec<Stretch> = Vec::with_capacity(parts.len());
        for part in parts {
            match joined.last_mut() {
                Some(last) if part.from <= last.to => last.to = last.to.max(part.to),
                Some(_) | None => joined.push(part),
            }
        }
        joined
    }

    /// What these hours have in common with a stretch.
    fn hours_in(&self, hours: &Hours, open: Stretch) -> impl Iterator<Item = Stretch> {
        self.stretches(hours, open.from)
            .take_while(move |part| part.from < open.to)
            .map(move |part| Stretch { from: part.from.max(open.from), to: part.to.min(open.to) })
            .filter(|part| part.from < part.to)
    }
}

/// The part of a stretch from that moment on.
fn after(open: Stretch, moment: Timestamp) -> Option<Stretch> {
    let from = open.from.max(moment);
    (from < open.to).then_some(Stretch { from, to: open.to })
}
