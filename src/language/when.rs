//! A moment as people say it: the day, unless it is today, and the clock.

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::Language;

/// A moment, seen from now.
pub(super) struct When {
    pub(super) day: Day,
    pub(super) clock: Clock,
}

/// A day, seen from today.
pub(super) enum Day {
    Today,
    Tomorrow,
    /// Within the week, so that its name is enough.
    Within(Weekday),
    Later(Date),
}

/// A time of that day.
pub(super) enum Clock {
    Time(Time),
    /// The midnight that ends the day. "Midnight on Monday" may be either end of Monday, so a midnight is named by
    /// the evening before.
    Midnight,
}

impl Language {
    /// A time until which something is done, as it stands in a sentence: `by 3 p.m.`, `by 9 a.m. tomorrow`.
    pub fn by(self, at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
        (self.phrases().by)(&When::new(at, now, zone))
    }

    /// A time at which something is done, as it stands in a sentence: `at 1 p.m.`, `on Monday at 8 a.m.`.
    pub fn at(self, at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
        (self.phrases().at)(&When::new(at, now, zone))
    }
}

impl When {
    pub(super) fn new(at: Timestamp, now: Timestamp, zone: &TimeZone) -> Self {
        let today = zone.to_datetime(now).date();
        // Up to the full minute, so that nothing is said to happen before it does.
        let second = SignedDuration::from_secs(at.as_second().rem_euclid(60));
        let sharp = second.is_zero() && at.subsec_nanosecond() == 0;
        let at =
            if sharp { at } else { at.saturating_add(SignedDuration::from_mins(1) - second).unwrap_or(at) };
        let shown = zone.to_datetime(at);
        if shown.time() == Time::midnight() && shown.date() != today {
            let evening = shown.date().yesterday().unwrap_or(shown.date());
            return Self { day: Day::new(evening, today), clock: Clock::Midnight };
        }
        Self { day: Day::new(shown.date(), today), clock: Clock::Time(shown.time()) }
    }
}

impl Day {
    fn new(day: Date, today: Date) -> Self {
        match today.until(day).map_or(i32::MAX, |span| span.get_days()) {
            0 => Self::Today,
            1 => Self::Tomorrow,
            2..=6 => Self::Within(day.weekday()),
            _ => Self::Later(day),
        }
    }
}

/// The name of a weekday, from seven that begin with Monday's.
pub(super) fn weekday(names: [&'static str; 7], day: Weekday) -> &'static str {
    names[usize::from(day.to_monday_zero_offset().unsigned_abs())]
}

/// The name of a day's month, from twelve.
pub(super) fn month(names: [&'static str; 12], day: Date) -> &'static str {
    names[usize::from(day.month().unsigned_abs()) - 1]
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Checks what is said at nine on a Saturday morning, 21 November, in New York: (moment, by, at).
    pub(in super::super) fn assert_said(language: Language, cases: &[(&str, &str, &str)]) {
        let zone = TimeZone::get("America/New_York").expect("a zone");
        let now: Timestamp = "2026-11-21T09:00:00-05:00".parse().expect("a time");
        for (moment, by, at) in cases {
            let then: Timestamp = moment.parse().expect("a time");
            assert_eq!(language.by(then, now, &zone), *by, "{moment}");
            assert_eq!(language.at(then, now, &zone), *at, "{moment}");
        }
    }

    #[test]
    fn the_day_is_that_of_the_zone() {
        let now = "2026-11-22T03:00:00Z".parse().expect("a time");
        let then = "2026-11-22T14:00:00Z".parse().expect("a time");
        let said = |zone| Language::English.by(then, now, &TimeZone::get(zone).expect("a zone"));
        assert_eq!(said("America/New_York"), "by 9 a.m. tomorrow");
        assert_eq!(said("Europe/Berlin"), "by 3 p.m.");
    }

    #[test]
    fn every_minute_of_a_fortnight_is_said_and_no_two_are_said_alike() {
        let zone = TimeZone::get("Europe/Berlin").expect("a zone");
        let now: Timestamp = "2026-11-21T08:00:00Z".parse().expect("a time");
        for language in Language::ALL {
            let mut said = std::collections::HashMap::new();
            for minutes in 0..14 * 24 * 60 {
                let then = now + SignedDuration::from_mins(minutes);
                for words in [language.by(then, now, &zone), language.at(then, now, &zone)] {
                    assert!(!words.contains("  ") && words.trim() == words, "{words}");
                    assert_eq!(said.insert(words.clone(), minutes), None, "{words}");
                }
            }
        }
    }
}
