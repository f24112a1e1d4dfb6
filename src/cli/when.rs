//! Times on a screen: how long ago, how soon, at what o'clock. In the business's zone.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::business::clock_words;

/// With which eyes a screen is looked at.
#[derive(Clone, Debug)]
pub(super) struct Look {
    /// The moment.
    pub(super) now: Timestamp,
    /// The business's zone.
    pub(super) zone: TimeZone,
    /// The terminal's columns.
    pub(super) width: usize,
}

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const HOUR: SignedDuration = SignedDuration::from_hours(1);

impl Look {
    /// When the day began.
    pub(super) fn midnight(&self) -> Timestamp {
        self.day(self.now).to_zoned(self.zone.clone()).map_or(self.now, |midnight| midnight.timestamp())
    }

    /// How long ago something was: `just now`, `35 min ago`, `3 h ago`, `Fri 3:40 p.m.`, `Nov 3`, `Nov 3 2025`.
    pub(super) fn ago(&self, at: Timestamp) -> String {
        let passed = at.duration_until(self.now);
        if passed < -MINUTE {
            // A provider's clock, or ours, runs wrong; a plain time misleads nobody.
            return self.at(at);
        }
        if passed < MINUTE {
            return "just now".to_owned();
        }
        if passed < HOUR {
            return format!("{} min ago", passed.as_mins());
        }
        let is_today = self.day(at) == self.day(self.now);
        if is_today || passed < HOUR * 6 {
            return format!("{} h ago", passed.as_hours());
        }
        self.past_day(at)
    }

    /// How soon something will be: `in 35 min`, `3:40 p.m.`, `tomorrow 9 a.m.`, `Mon 9 a.m.`, `Dec 3 9 a.m.`.
    pub(super) fn until(&self, at: Timestamp) -> String {
        let left = self.now.duration_until(at);
        if SignedDuration::ZERO <= left && left < HOUR {
            // Upwards, so that the last minute is not "in 0 min".
            let minutes = (left + MINUTE - SignedDuration::from_millis(1)).as_mins();
            return format!("in {} min", minutes.clamp(1, 59));
        }
        self.at(at)
    }

    /// The same for narrow columns: `3:40 p.m.`, `Sun 9 a.m.`, `Dec 3 9 a.m.`.
    pub(super) fn soon(&self, at: Timestamp) -> String {
        let weekday = self.zone.to_datetime(self.in_its_day(at)).strftime("%a").to_string();
        self.at(at).replacen("tomorrow", &weekday, 1)
    }

    /// Shorter still: of a day more than a week off the day alone.
    pub(super) fn shortly(&self, at: Timestamp) -> String {
        match self.days_from_today(self.in_its_day(at)) {
            -6..=6 => self.soon(at),
            _ => self.calendar_day(self.in_its_day(at)),
        }
    }

    /// How long something has lasted: `0 min`, `35 min`, `28 h`, `3 days`.
    pub(super) fn lasting(&self, since: Timestamp) -> String {
        let passed = since.duration_until(self.now);
        match (passed.as_mins().max(0), passed.as_hours()) {
            (minutes, ..=0) => format!("{minutes} min"),
            (_, hours @ 1..48) => format!("{hours} h"),
            (_, hours) => format!("{} days", hours / 24),
        }
    }

    /// Since when something is late: `5 min late`, `2 h late`, `3 days late`.
    pub(super) fn late(&self, since: Timestamp) -> String {
        let at_least_a_minute = since.min(self.now.saturating_sub(MINUTE).unwrap_or(since));
        format!("{} late", self.lasting(at_least_a_minute))
    }

    /// A time with as much of its day as it needs: `3:40 p.m.`, `tomorrow 9 a.m.`, `Fri 3:40 p.m.`,
    /// `Dec 3 9 a.m.`, `Dec 3 2025 9 a.m.`.
    pub(super) fn at(&self, at: Timestamp) -> String {
        let clock = clock_words(self.zone.to_datetime(at).time());
        let at = self.in_its_day(at);
        match self.days_from_today(at) {
            0 => clock,
            1 => format!("tomorrow {clock}"),
            -6..=6 => format!("{} {clock}", self.zone.to_datetime(at).strftime("%a")),
            _ => format!("{} {clock}", self.calendar_day(at)),
        }
    }

    /// The same in a sentence: `at 3:40 p.m.`, `tomorrow 9 a.m.`, `Mon 9 a.m.`.
    pub(super) fn at_or_on(&self, at: Timestamp) -> String {
        let told = self.at(at);
        if self.days_from_today(self.in_its_day(at)) != 0 { told } else { format!("at {told}") }
    }

    /// Midnight is the end of a day to whoever hears of it: that of Friday comes after Friday evening.
    fn in_its_day(&self, at: Timestamp) -> Timestamp {
        let is_midnight = self.zone.to_datetime(at).time() == Time::midnight();
        if is_midnight { at.saturating_sub(MINUTE).unwrap_or(at) } else { at }
    }

    /// A day in the past, with the time while people still remember it.
    fn past_day(&self, at: Timestamp) -> String {
        match self.days_from_today(at) {
            -6..=0 => self.at(at),
            _ => self.calendar_day(at),
        }
    }

    fn calendar_day(&self, at: Timestamp) -> String {
        let shown = self.zone.to_datetime(at);
        let same_year = shown.year() == self.day(self.now).year();
        shown.strftime(if same_year { "%b %-d" } else { "%b %-d %Y" }).to_string()
    }

    fn days_from_today(&self, at: Timestamp) -> i32 {
        self.day(self.now).until(self.day(at)).map_or(i32::MAX, |span| span.get_days())
    }

    fn day(&self, at: Timestamp) -> Date {
        self.zone.to_datetime(at).date()
    }
}

/// A length of time as telephones show it: `0:07`, `12:30`, `1:02:30`.
pub(super) fn length(seconds: i64) -> String {
    let (minutes, seconds) = (seconds.max(0) / 60, seconds.max(0) % 60);
    match minutes / 60 {
        0 => format!("{minutes}:{seconds:02}"),
        hours => format!("{hours}:{:02}:{seconds:02}", minutes % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(moment: &str) -> Timestamp {
        moment.parse().unwrap()
    }

    fn look() -> Look {
        // A Saturday.
        let zone = TimeZone::get("America/New_York").unwrap();
        Look { now: at("2026-11-21T15:00:00-05:00"), zone, width: 80 }
    }

    #[test]
    fn the_past_is_told_as_people_tell_it() {
        let cases = [
            ("2026-11-21T15:00:30-05:00", "just now"),
            ("2026-11-21T14:59:01-05:00", "just now"),
            ("2026-11-21T14:59:00-05:00", "1 min ago"),
            ("2026-11-21T14:00:01-05:00", "59 min ago"),
            ("2026-11-21T14:00:00-05:00", "1 h ago"),
            ("2026-11-21T01:00:00-05:00", "14 h ago"),
            ("2026-11-20T15:40:00-05:00", "Fri 3:40 p.m."),
            ("2026-11-15T12:00:00-05:00", "Sun noon"),
            ("2026-11-14T12:00:00-05:00", "Nov 14"),
            ("2025-11-03T12:00:00-05:00", "Nov 3 2025"),
            ("2026-11-21T15:40:00-05:00", "3:40 p.m."),
        ];
        for (moment, told) in cases {
            assert_eq!(look().ago(at(moment)), told, "{moment}");
        }
        let past_midnight = Look { now: at("2026-11-22T00:30:00-05:00"), ..look() };
        assert_eq!(past_midnight.ago(at("2026-11-21T22:30:00-05:00")), "2 h ago");
    }

    #[test]
    fn the_future_is_told_as_people_tell_it() {
        let cases = [
            ("2026-11-21T15:00:00-05:00", "in 1 min"),
            ("2026-11-21T15:34:30-05:00", "in 35 min"),
            ("2026-11-21T15:59:59-05:00", "in 59 min"),
            ("2026-11-21T16:00:00-05:00", "4 p.m."),
            ("2026-11-22T09:05:00-05:00", "tomorrow 9:05 a.m."),
            ("2026-11-23T09:00:00-05:00", "Mon 9 a.m."),
            ("2026-12-03T00:00:00-05:00", "Dec 2 midnight"),
            ("2026-11-22T00:00:00-05:00", "midnight"),
            ("2026-11-24T00:00:00-05:00", "Mon midnight"),
            ("2027-01-02T09:00:00-05:00", "Jan 2 2027 9 a.m."),
        ];
        for (moment, told) in cases {
            assert_eq!(look().until(at(moment)), told, "{moment}");
        }
    }

    #[test]
    fn lateness_grows_in_its_unit() {
        let cases = [
            ("2026-11-21T14:59:59-05:00", "1 min late"),
            ("2026-11-21T14:20:00-05:00", "40 min late"),
            ("2026-11-21T12:30:00-05:00", "2 h late"),
            ("2026-11-19T14:00:00-05:00", "2 days late"),
        ];
        for (since, told) in cases {
            assert_eq!(look().late(at(since)), told, "{since}");
        }
        assert_eq!(look().lasting(at("2026-11-21T14:59:30-05:00")), "0 min");
    }

    #[test]
    fn lengths_are_shown_as_telephones_show_them() {
        assert_eq!([0, 7, 750, 3_750, -1].map(length), ["0:00", "0:07", "12:30", "1:02:30", "0:00"]);
    }
}
