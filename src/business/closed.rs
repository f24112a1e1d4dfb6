//! When the business is closed although it is a day of work: holidays, by the settings and by a calendar file.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::{Date, Weekday};

use super::Business;

/// Closed time, and what it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closing {
    /// When.
    pub on: ClosedOn,
    /// What the owner calls it, for the owner's screen; a calendar names its events itself.
    pub name: Option<String>,
}

/// Days on which the business is closed, from 00:00 to 24:00: a range that runs over midnight into such a day ends
/// at midnight, and one that would begin on it does not take place at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClosedOn {
    /// From the first to the last day, both included.
    Dates(Date, Date),
    /// Every year on this month and day; 29 February in leap years only.
    Yearly(i8, i8),
    /// Every year on a weekday of a month.
    Weekday {
        /// Which of them: 1 to 4, and -1 for the last.
        nth: i8,
        /// The weekday.
        weekday: Weekday,
        /// The month.
        month: i8,
    },
    /// What a calendar file lists.
    Calendar(Calendar),
}

/// The events of a calendar file: whole days, and hours that are closed from one moment to another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    days: Vec<Event<Date>>,
    hours: Vec<Event<Timestamp>>,
}

/// From its first day or moment to the first that is not in it any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event<T> {
    /// The first.
    pub from: T,
    /// The first that is free again.
    pub to: T,
    /// What it is called.
    pub name: Option<Arc<str>>,
}

impl Calendar {
    /// A calendar of these events, in any order; those that end before they begin are left out.
    pub fn new(days: Vec<Event<Date>>, hours: Vec<Event<Timestamp>>) -> Self {
        Self { days: one_after_the_other(days), hours: one_after_the_other(hours) }
    }

    /// The whole days that it closes.
    pub fn days(&self) -> &[Event<Date>] {
        &self.days
    }

    /// The hours that it closes.
    pub fn hours(&self) -> &[Event<Timestamp>] {
        &self.hours
    }
}

/// In order, and overlapping ones as one, so that a moment is in one of them at most.
fn one_after_the_other<T: Ord + Copy>(mut events: Vec<Event<T>>) -> Vec<Event<T>> {
    events.retain(|event| event.from < event.to);
    events.sort_by_key(|event| (event.from, event.to));
    let mut apart: Vec<Event<T>> = Vec::with_capacity(events.len());
    for event in events {
        match apart.last_mut() {
            Some(last) if event.from < last.to => last.to = last.to.max(event.to),
            Some(_) | None => apart.push(event),
        }
    }
    apart
}

fn event_at<T: Ord + Copy>(events: &[Event<T>], at: T) -> Option<&Event<T>> {
    let after = events.partition_point(|event| event.from <= at);
    events[..after].last().filter(|event| at < event.to)
}

impl ClosedOn {
    /// Whether all of that day is closed.
    pub fn covers(&self, day: Date) -> bool {
        match self {
            Self::Dates(first, last) => (*first..=*last).contains(&day),
            Self::Yearly(month, of_month) => day.month() == *month && day.day() == *of_month,
            Self::Weekday { nth, weekday, month } => {
                day.month() == *month
                    && day.weekday() == *weekday
                    && day.nth_weekday_of_month(*nth, *weekday).is_ok_and(|found| found == day)
            }
            Self::Calendar(calendar) => event_at(&calendar.days, day).is_some(),
        }
    }
}

impl Closing {
    fn name_on(&self, day: Date) -> Option<&str> {
        let ClosedOn::Calendar(calendar) = &self.on else {
            return self.name.as_deref();
        };
        event_at(&calendar.days, day)?.name.as_deref().or(self.name.as_deref())
    }
}

impl Business {
    /// What keeps the business closed at `now` although the week says open, where it has a name: `Christmas`.
    pub fn closed_for(&self, now: Timestamp) -> Option<&str> {
        let today = self.time_zone.to_datetime(now).date();
        let of_day = self.closed_on.iter().find(|closing| closing.on.covers(today));
        if let Some(closing) = of_day {
            return closing.name_on(today);
        }
        self.calendars().find_map(|calendar| event_at(&calendar.hours, now))?.name.as_deref()
    }

    pub(super) fn is_closed_on(&self, day: Date) -> bool {
        self.closed_on.iter().any(|closing| closing.on.covers(day))
    }

    /// Whether a calendar closes this very hour.
    pub(super) fn is_closed_at(&self, now: Timestamp) -> bool {
        self.calendars().any(|calendar| event_at(&calendar.hours, now).is_some())
    }

    /// The hours between two moments that calendars close.
    pub(super) fn closed_between(
        &self,
        from: Timestamp,
        to: Timestamp,
    ) -> impl Iterator<Item = &Event<Timestamp>> {
        self.calendars().flat_map(move |calendar| {
            let first = calendar.hours.partition_point(|event| event.to <= from);
            calendar.hours[first..].iter().take_while(move |event| event.from < to)
        })
    }

    fn calendars(&self) -> impl Iterator<Item = &Calendar> {
        self.closed_on.iter().filter_map(|closing| match &closing.on {
            ClosedOn::Calendar(calendar) => Some(calendar),
            ClosedOn::Dates(..) | ClosedOn::Yearly(..) | ClosedOn::Weekday { .. } => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::business::Absences;
    use crate::business::testing::{at, business, closed};

    fn day(text: &str) -> Date {
        text.parse().expect("a date")
    }

    #[test]
    fn weekdays_of_a_month_are_found_in_every_year() {
        let rows = [
            (4, Weekday::Thursday, 11, "2026-11-26", true),
            (4, Weekday::Thursday, 11, "2027-11-25", true),
            // The last Thursday of November 2028 is the fifth.
            (4, Weekday::Thursday, 11, "2028-11-23", true),
            (4, Weekday::Thursday, 11, "2028-11-30", false),
            (-1, Weekday::Thursday, 11, "2028-11-30", true),
            (4, Weekday::Thursday, 11, "2026-11-19", false),
            (4, Weekday::Thursday, 11, "2026-10-22", false),
            (-1, Weekday::Monday, 5, "2026-05-25", true),
            (-1, Weekday::Monday, 5, "2026-05-18", false),
            (-1, Weekday::Tuesday, 2, "2028-02-29", true),
            (1, Weekday::Monday, 9, "2026-09-07", true),
            (1, Weekday::Monday, 9, "2026-09-08", false),
        ];
        for (nth, weekday, month, date, is_closed) in rows {
            let on = ClosedOn::Weekday { nth, weekday, month };
            assert_eq!(on.covers(day(date)), is_closed, "{nth} {weekday:?} {date}");
        }
    }

    #[test]
    fn a_calendar_closes_days_and_hours_and_says_what_for() {
        let mut shop = business("America/New_York", &["08:00-18:00"; 7]);
        let name = |text: &str| Some(Arc::from(text));
        let days = vec![
            Event { from: day("2026-12-31"), to: day("2027-01-02"), name: name("New Year") },
            Event { from: day("2026-12-25"), to: day("2026-12-26"), name: name("Christmas") },
        ];
        let hours = vec![
            Event { from: at("2026-12-24T12:00:00-05:00"), to: at("2026-12-24T23:00:00-05:00"), name: None },
            Event {
                from: at("2026-12-23T10:00:00-05:00"),
                to: at("2026-12-23T11:00:00-05:00"),
                name: name("Party"),
            },
        ];
        shop.closed_on = vec![closed(ClosedOn::Calendar(Calendar::new(days, hours)))];
        let rows = [
            ("2026-12-23T09:59:59-05:00", true, None),
            ("2026-12-23T10:00:00-05:00", false, Some("Party")),
            ("2026-12-23T11:00:00-05:00", true, None),
            ("2026-12-24T12:00:00-05:00", false, None),
            ("2026-12-25T09:00:00-05:00", false, Some("Christmas")),
            ("2026-12-26T09:00:00-05:00", true, None),
            ("2027-01-01T09:00:00-05:00", false, Some("New Year")),
            ("2027-01-02T09:00:00-05:00", true, None),
        ];
        for (now, open, name) in rows {
            assert_eq!((shop.is_open(at(now)), shop.closed_for(at(now))), (open, name), "{now}");
        }
        let opens = |now: &str| shop.opens_at(at(now), &Absences::default());
        assert_eq!(opens("2026-12-23T10:30:00-05:00"), Some(at("2026-12-23T11:00:00-05:00")));
        assert_eq!(opens("2026-12-24T13:00:00-05:00"), Some(at("2026-12-26T08:00:00-05:00")));
        assert_eq!(
            shop.due_at(at("2026-12-23T09:30:00-05:00"), &Absences::default(), 0),
            at("2026-12-23T11:30:00-05:00"),
            "the closed hour does not count"
        );
    }
}
