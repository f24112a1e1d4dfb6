//! The days that a report is about.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// Whole days of the business's zone, `from` and before `to`.
#[derive(Clone, Debug, PartialEq)]
pub struct Period {
    /// The first day.
    pub from: Date,
    /// The day after the last one.
    pub to: Date,
    /// The zone whose midnights count.
    pub zone: TimeZone,
}

impl Period {
    /// At least one day from `from` on.
    pub fn new(from: Date, to: Date, zone: TimeZone) -> Self {
        let to = to.max(from.saturating_add(1.day()));
        Self { from, to, zone }
    }

    /// Its days in order.
    pub fn days(&self) -> impl Iterator<Item = Date> + use<> {
        let to = self.to;
        self.from.series(1.day()).take_while(move |day| *day < to)
    }

    /// How many days it has.
    pub fn length(&self) -> i32 {
        self.from.until(self.to).map_or(1, |span| span.get_days())
    }

    /// The last of its days.
    pub fn last(&self) -> Date {
        self.to.saturating_sub(1.day())
    }

    /// Its first moment.
    pub fn begins_at(&self) -> Timestamp {
        self.midnight(self.from)
    }

    /// The moment after its last.
    pub fn ends_at(&self) -> Timestamp {
        self.midnight(self.to)
    }

    /// What it is compared with: the month before a whole month, else as many days directly before.
    pub fn before(&self) -> Self {
        let from = match self.is_month() {
            true => self.from.saturating_sub(1.month()),
            false => self.from.saturating_sub(self.length().days()),
        };
        Self { from, to: self.from, zone: self.zone.clone() }
    }

    /// Whether it is a month of the calendar.
    pub fn is_month(&self) -> bool {
        self.from.day() == 1 && self.from.saturating_add(1.month()) == self.to
    }

    /// The first moment of a day. Where the clock skips midnight, the day begins later.
    pub(super) fn midnight(&self, day: Date) -> Timestamp {
        // Only where the calendar itself ends is there no such moment.
        day.to_zoned(self.zone.clone()).map_or(Timestamp::MAX, |zoned| zoned.timestamp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period(from: &str, to: &str, zone: &str) -> Period {
        Period::new(from.parse().unwrap(), to.parse().unwrap(), TimeZone::get(zone).unwrap())
    }

    #[test]
    fn a_day_lasts_as_long_as_the_clock_says() {
        let hours = |day: &str, next: &str, zone| {
            let period = period(day, next, zone);
            period.begins_at().duration_until(period.ends_at()).as_hours()
        };
        assert_eq!(hours("2026-03-08", "2026-03-09", "America/New_York"), 23);
        assert_eq!(hours("2026-11-01", "2026-11-02", "America/New_York"), 25);
        assert_eq!(hours("2026-10-25", "2026-10-26", "Europe/Berlin"), 25);
        assert_eq!(hours("2026-11-01", "2026-11-02", "Asia/Tokyo"), 24);
        // The clock jumps from midnight to one.
        assert_eq!(hours("2026-04-24", "2026-04-25", "Africa/Cairo"), 23);
    }

    #[test]
    fn a_period_is_compared_with_what_came_before_it() {
        let before = |from, to| {
            let before = period(from, to, "Europe/Berlin").before();
            (before.from.to_string(), before.to.to_string())
        };
        let days = |from: &str, to: &str| (from.to_owned(), to.to_owned());
        assert_eq!(before("2026-11-16", "2026-11-23"), days("2026-11-09", "2026-11-16"));
        assert_eq!(before("2026-11-22", "2026-11-23"), days("2026-11-21", "2026-11-22"));
        assert_eq!(before("2026-03-01", "2026-04-01"), days("2026-02-01", "2026-03-01"));
        assert_eq!(before("2026-11-01", "2026-11-23"), days("2026-10-10", "2026-11-01"));
    }

    #[test]
    fn a_period_has_at_least_a_day() {
        let backwards = period("2026-11-22", "2026-11-20", "Europe/Berlin");
        assert_eq!(backwards.days().map(|day| day.to_string()).collect::<Vec<_>>(), ["2026-11-22"]);
        assert_eq!((backwards.length(), backwards.last()), (1, backwards.from));
    }
}
