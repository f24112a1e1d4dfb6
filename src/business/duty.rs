//! Who is there: on duty and not away, or whoever stands in; and the time during which anybody is.

use jiff::Timestamp;

use crate::call::{AreaName, PersonName, PhoneNumber};

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

    /// When a person is there next: `now` while they are. `None` if that is not within a year.
    pub fn there_at(&self, person: &Person, now: Timestamp, absences: &Absences) -> Option<Timestamp> {
        let back = absences.back_at(&person.name, now);
        let mut duty = self.stretches(person.hours.as_ref().unwrap_or(&self.hours), back);
        duty.find(|duty| duty.to > back).map(|duty| duty.from.max(back))
    }

    /// Whose a call-back is that came in at `at`: of the people for its area, else of the line's owner, else of the
    /// business's, whoever is there, else whoever stands in, else the first who is not away. Never nobody's.
    pub fn owner_of(
        &self,
        (area, line): (Option<&AreaName>, Option<&PhoneNumber>),
        at: Timestamp,
        absences: &Absences,
    ) -> PersonName {
        let line_owner = || line.and_then(|number| self.line(number)?.owner.as_ref());
        let mut candidates: Vec<&Person> = area.into_iter().flat_map(|area| self.people_for(area)).collect();
        if candidates.is_empty() {
            candidates.extend(self.person(line_owner().unwrap_or(&self.owner)));
        }
        let there = candidates.iter().copied().find(|person| self.is_there(person, at, absences));
        let stands_in = || candidates.iter().find_map(|person| self.in_place_of(person, at, absences));
        let later = || candidates.iter().copied().find(|person| !absences.keep(&person.name, at));
        let chosen = there.or_else(stands_in).or_else(later).or(candidates.first().copied());
        chosen.map_or_else(|| self.owner.clone(), |person| person.name.clone())
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
        self.stretches_to(hours, open.from, self.time_zone.to_datetime(open.to).date())
            .map(move |part| Stretch { from: part.from.max(open.from), to: part.to.min(open.to) })
            .filter(|part| part.from < part.to)
    }
}

/// The part of a stretch from that moment on.
fn after(open: Stretch, moment: Timestamp) -> Option<Stretch> {
    let from = open.from.max(moment);
    (from < open.to).then_some(Stretch { from, to: open.to })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::business::testing::{at, business, closed, hours, name, person};
    use crate::business::{Away, ClosedOn};

    const DAY: &str = "08:00-12:00 13:00-17:00";

    /// Weekdays from 8 to 5. Ana has the hours of the business, Ben mornings, Cleo nights and weekends.
    fn house() -> Business {
        let mut house = business("America/New_York", &[DAY, DAY, DAY, DAY, DAY, "", ""]);
        let morning = "08:00-12:00";
        let night = "17:00-08:00";
        house.people.push(Person {
            hours: Some(hours(&[morning, morning, morning, morning, morning, "", ""])),
            ..person("ben", "+15550102")
        });
        house.people.push(Person {
            hours: Some(hours(&[night, night, night, night, night, "00:00-24:00", "00:00-24:00"])),
            ..person("cleo", "+15550103")
        });
        house
    }

    fn away(who: &[(&str, &str)]) -> Absences {
        let absence = |until| Away { until: at(until), reason: None };
        Absences {
            business: who.iter().find(|(name, _)| name.is_empty()).map(|(_, until)| absence(until)),
            people: who
                .iter()
                .filter(|(name, _)| !name.is_empty())
                .map(|(person, until)| (name(person), absence(until)))
                .collect(),
        }
    }

    fn there(house: &Business, now: &str, absences: &Absences) -> String {
        let people = house.on_duty(at(now), absences);
        people.iter().map(|person| person.name.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn each_is_on_duty_by_their_own_hours_else_by_those_of_the_business() {
        let house = house();
        let rows = [
            ("2026-11-24T07:59:59-05:00", "cleo"),
            ("2026-11-23T08:00:00-05:00", "ana ben"),
            ("2026-11-23T11:59:59-05:00", "ana ben"),
            ("2026-11-23T12:00:00-05:00", ""),
            ("2026-11-23T13:00:00-05:00", "ana"),
            ("2026-11-23T17:00:00-05:00", "cleo"),
            ("2026-11-24T03:00:00-05:00", "cleo"),
            ("2026-11-28T10:00:00-05:00", "cleo"),
            // The server may stand anywhere: the same moment, told in other zones.
            ("2026-11-23T13:00:00Z", "ana ben"),
            ("2026-11-23T22:00:00+09:00", "ana ben"),
        ];
        for (now, who) in rows {
            assert_eq!(there(&house, now, &Absences::default()), who, "{now}");
        }
    }

    #[test]
    fn closed_days_are_for_everybody() {
        let mut house = house();
        house.closed_on = vec![closed(ClosedOn::Yearly(11, 26))];
        for now in ["2026-11-26T00:00:00-05:00", "2026-11-26T09:00:00-05:00", "2026-11-26T23:00:00-05:00"] {
            assert_eq!(there(&house, now, &Absences::default()), "", "{now}");
        }
        assert_eq!(there(&house, "2026-11-25T23:00:00-05:00", &Absences::default()), "cleo");
    }

    #[test]
    fn who_is_away_is_not_there_until_the_moment_they_are_back() {
        let house = house();
        let ana = away(&[("ana", "2026-11-23T10:00:00-05:00")]);
        let rows = [
            ("2026-11-23T09:00:00-05:00", "ben"),
            ("2026-11-23T09:59:59.999-05:00", "ben"),
            ("2026-11-23T10:00:00-05:00", "ana ben"),
        ];
        for (now, who) in rows {
            assert_eq!(there(&house, now, &ana), who, "{now}");
        }
        let everybody = away(&[("", "2026-11-23T10:00:00-05:00")]);
        assert_eq!(there(&house, "2026-11-23T09:00:00-05:00", &everybody), "");
    }

    #[test]
    fn stand_ins_are_followed_as_far_as_somebody_is_there() {
        let mut house = house();
        house.people[0].stand_in = Some(name("ben"));
        house.people[1].stand_in = Some(name("cleo"));
        let rung = |house: &Business, now: &str, absences: &Absences| {
            let found = house.in_place_of(&house.people[0], at(now), absences);
            found.map_or("nobody".to_owned(), |person| person.name.to_string())
        };
        let (morning, afternoon, night) =
            ("2026-11-23T09:00:00-05:00", "2026-11-23T14:00:00-05:00", "2026-11-23T20:00:00-05:00");
        let late = "2026-11-23T23:00:00-05:00";
        assert_eq!(rung(&house, morning, &Absences::default()), "ana");
        assert_eq!(rung(&house, morning, &away(&[("ana", late)])), "ben");
        assert_eq!(rung(&house, afternoon, &away(&[("ana", late)])), "nobody");
        assert_eq!(rung(&house, night, &Absences::default()), "cleo", "off duty is as good as away");
        assert_eq!(rung(&house, night, &away(&[("", late)])), "nobody");
        house.people[2].stand_in = Some(name("ana"));
        assert_eq!(rung(&house, afternoon, &away(&[("ana", late)])), "nobody", "a circle ends");
        house.people[0].stand_in = Some(name("zoe"));
        assert_eq!(
            rung(&house, morning, &away(&[("ana", late)])),
            "nobody",
            "who is gone stands in for nobody"
        );
    }

    #[test]
    fn we_are_away_when_everybody_is_whose_duty_it_is() {
        let house = house();
        let noon = "2026-11-23T12:00:00-05:00";
        let rows = [
            ("2026-11-23T09:00:00-05:00", away(&[("ana", noon)]), false),
            ("2026-11-23T09:00:00-05:00", away(&[("ana", noon), ("ben", noon)]), true),
            ("2026-11-23T13:00:00-05:00", away(&[("ana", "2026-11-23T14:00:00-05:00")]), true),
            ("2026-11-23T14:00:00-05:00", away(&[("ana", "2026-11-23T14:00:00-05:00")]), false),
            ("2026-11-23T20:00:00-05:00", away(&[("cleo", "2026-11-23T23:00:00-05:00")]), false),
            ("2026-11-23T20:00:00-05:00", away(&[("", "2026-11-23T23:00:00-05:00")]), true),
        ];
        for (now, absences, is_away) in rows {
            assert_eq!(house.is_away(at(now), &absences), is_away, "{now} {absences:?}");
        }
    }

    #[test]
    fn it_opens_when_the_first_of_us_is_there_again() {
        let house = house();
        let monday = "2026-11-23T09:00:00-05:00";
        let rows = [
            // Ben is there in the morning, Ana in the afternoon as well.
            (monday, away(&[("ana", "2026-11-23T15:00:00-05:00")]), monday),
            (
                monday,
                away(&[("ana", "2026-11-23T15:00:00-05:00"), ("ben", "2026-11-23T10:00:00-05:00")]),
                "2026-11-23T10:00:00-05:00",
            ),
            (
                monday,
                away(&[("ana", "2026-11-23T15:00:00-05:00"), ("ben", "2026-11-23T12:30:00-05:00")]),
                "2026-11-23T15:00:00-05:00",
            ),
            (
                "2026-11-23T13:30:00-05:00",
                away(&[("ana", "2026-11-24T15:00:00-05:00")]),
                "2026-11-24T08:00:00-05:00",
            ),
            // Cleo has duty at night, but the business is closed then.
            ("2026-11-23T20:00:00-05:00", Absences::default(), "2026-11-24T08:00:00-05:00"),
            (monday, away(&[("", "2026-11-23T11:00:00-05:00")]), "2026-11-23T11:00:00-05:00"),
        ];
        for (now, absences, opens) in rows {
            assert_eq!(house.opens_at(at(now), &absences), Some(at(opens)), "{now} {absences:?}");
        }
    }

    #[test]
    fn people_whose_hours_never_meet_those_of_the_business_do_not_make_it_open_never() {
        let mut house = house();
        house.people.retain(|person| person.name.as_str() == "cleo");
        let now = at("2026-11-23T06:00:00-05:00");
        assert_eq!(house.opens_at(now, &Absences::default()), Some(at("2026-11-23T08:00:00-05:00")));
        let cleo = away(&[("cleo", "2026-11-23T09:30:00-05:00")]);
        assert_eq!(house.opens_at(now, &cleo), Some(at("2026-11-23T09:30:00-05:00")));
    }

    #[test]
    fn a_person_is_there_again_when_their_duty_begins_and_their_absence_is_over() {
        let house = house();
        let there = |who: &str, now: &str, absences: &Absences| {
            house.there_at(house.person(&name(who)).unwrap(), at(now), absences)
        };
        let nobody = Absences::default();
        let monday = "2026-11-23T09:00:00-05:00";
        assert_eq!(there("ana", monday, &nobody), Some(at(monday)));
        assert_eq!(there("ben", "2026-11-23T13:00:00-05:00", &nobody), Some(at("2026-11-24T08:00:00-05:00")));
        let back = away(&[("ana", "2026-11-23T12:30:00-05:00")]);
        assert_eq!(there("ana", monday, &back), Some(at("2026-11-23T13:00:00-05:00")));
        let back = away(&[("ana", "2026-11-23T10:30:00-05:00")]);
        assert_eq!(there("ana", monday, &back), Some(at("2026-11-23T10:30:00-05:00")));
    }
}
