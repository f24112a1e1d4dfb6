//! Times as people say them.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::{Absences, Business};

/// A time as one says it: the clock, and the day unless it is today.
struct Spoken {
    clock: String,
    day: Option<String>,
}

/// A clock time as one says it at `now`: `3 p.m.`, `8:30 a.m. tomorrow`, `noon on Monday`, `8 a.m. on December 3rd`.
pub fn spoken_time(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    match Spoken::new(at, now, zone) {
        Spoken { clock, day: None } => clock,
        Spoken { clock, day: Some(day) } => format!("{clock} {day}"),
    }
}

impl Business {
    /// A promise as a caller hears it: `by 3 p.m.`, `by 9 a.m. tomorrow`.
    pub fn spoken_promise(&self, at: Timestamp, now: Timestamp) -> String {
        format!("by {}", spoken_time(at, now, &self.time_zone))
    }

    /// The next opening as a caller hears it: `at 1 p.m.`, `tomorrow at 8 a.m.`, `on Monday at 8 a.m.`; `now` when
    /// it is open, `soon` when nobody knows.
    pub fn spoken_opening(&self, now: Timestamp, absences: &Absences) -> String {
        let Some(opens) = self.opens_at(now, absences) else {
            return "soon".to_owned();
        };
        if opens == now {
            return "now".to_owned();
        }
        match Spoken::new(opens, now, &self.time_zone) {
            Spoken { clock, day: None } => format!("at {clock}"),
            Spoken { clock, day: Some(day) } => format!("{day} at {clock}"),
        }
    }
}

impl Spoken {
    fn new(at: Timestamp, now: Timestamp, zone: &TimeZone) -> Self {
        let today = zone.to_datetime(now).date();
        // Up to the full minute, so that nothing is said to happen before it does.
        let second = SignedDuration::from_secs(at.as_second().rem_euclid(60));
        let sharp = second.is_zero() && at.subsec_nanosecond() == 0;
        let at =
            if sharp { at } else { at.saturating_add(SignedDuration::from_mins(1) - second).unwrap_or(at) };
        let shown = zone.to_datetime(at);
        if (shown.hour(), shown.minute()) == (0, 0) && shown.date() != today {
            // "Midnight on Monday" may be either end of Monday, so midnight is named by the evening before.
            let evening = shown.date().yesterday().unwrap_or(shown.date());
            return Self { clock: "midnight".to_owned(), day: Some(night(evening, today)) };
        }
        Self { clock: clock_words(shown.time()), day: day(shown.date(), today) }
    }
}

/// A time of day as people say and read it: `8 a.m.`, `8:30 a.m.`, `noon`, `midnight`.
pub fn clock_words(time: Time) -> String {
    let half = if time.hour() < 12 { "a.m." } else { "p.m." };
    let hour = match time.hour() % 12 {
        0 => 12,
        hour => hour,
    };
    match (time.hour(), time.minute()) {
        (0, 0) => "midnight".to_owned(),
        (12, 0) => "noon".to_owned(),
        (_, 0) => format!("{hour} {half}"),
        (_, minute) => format!("{hour}:{minute:02} {half}"),
    }
}

/// `tomorrow`, `on Monday`, `on December 3rd`; nothing for today.
fn day(day: Date, today: Date) -> Option<String> {
    match days_between(today, day) {
        0 => None,
        1 => Some("tomorrow".to_owned()),
        2..=6 => Some(format!("on {}", weekday(day))),
        _ => Some(format!("on {}", calendar_day(day))),
    }
}

/// `tonight`, `tomorrow night`, `on Monday night`, `on the night of December 3rd`.
fn night(evening: Date, today: Date) -> String {
    match days_between(today, evening) {
        0 => "tonight".to_owned(),
        1 => "tomorrow night".to_owned(),
        2..=6 => format!("on {} night", weekday(evening)),
        _ => format!("on the night of {}", calendar_day(evening)),
    }
}

fn days_between(today: Date, day: Date) -> i32 {
    today.until(day).map_or(i32::MAX, |span| span.get_days())
}

fn weekday(day: Date) -> String {
    day.strftime("%A").to_string()
}

fn calendar_day(day: Date) -> String {
    let ending = match day.day() {
        11..=13 => "th",
        n if n % 10 == 1 => "st",
        n if n % 10 == 2 => "nd",
        n if n % 10 == 3 => "rd",
        _ => "th",
    };
    format!("{} {}{ending}", day.strftime("%B"), day.day())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::business::Away;
    use crate::business::testing::{at, business};

    #[test]
    fn times_are_said_as_people_say_them() {
        let zone = TimeZone::get("America/New_York").expect("a zone");
        // A Saturday.
        let now = at("2026-11-21T09:00:00-05:00");
        let cases = [
            ("2026-11-21T15:00:00-05:00", "3 p.m."),
            ("2026-11-21T15:30:00-05:00", "3:30 p.m."),
            ("2026-11-21T10:05:00-05:00", "10:05 a.m."),
            ("2026-11-21T12:00:00-05:00", "noon"),
            ("2026-11-21T12:15:00-05:00", "12:15 p.m."),
            ("2026-11-22T00:00:00-05:00", "midnight tonight"),
            ("2026-11-22T00:15:00-05:00", "12:15 a.m. tomorrow"),
            ("2026-11-22T08:00:00-05:00", "8 a.m. tomorrow"),
            ("2026-11-23T00:00:00-05:00", "midnight tomorrow night"),
            ("2026-11-23T08:00:00-05:00", "8 a.m. on Monday"),
            ("2026-11-27T12:00:00-05:00", "noon on Friday"),
            ("2026-11-28T00:00:00-05:00", "midnight on Friday night"),
            ("2026-11-28T08:00:00-05:00", "8 a.m. on November 28th"),
            ("2026-12-01T08:00:00-05:00", "8 a.m. on December 1st"),
            ("2026-12-02T08:00:00-05:00", "8 a.m. on December 2nd"),
            ("2026-12-03T08:00:00-05:00", "8 a.m. on December 3rd"),
            ("2026-12-11T08:00:00-05:00", "8 a.m. on December 11th"),
            ("2026-12-22T08:00:00-05:00", "8 a.m. on December 22nd"),
            ("2026-12-31T08:00:00-05:00", "8 a.m. on December 31st"),
            // Never earlier than it is, and summer time by then.
            ("2026-11-21T14:59:00.001-05:00", "3 p.m."),
            ("2027-04-01T08:00:00-04:00", "8 a.m. on April 1st"),
        ];
        for (moment, said) in cases {
            assert_eq!(spoken_time(at(moment), now, &zone), said, "{moment}");
        }
    }

    #[test]
    fn the_day_is_that_of_the_business() {
        let now = at("2026-11-22T03:00:00Z");
        let then = at("2026-11-22T14:00:00Z");
        let said = |zone| spoken_time(then, now, &TimeZone::get(zone).expect("a zone"));
        assert_eq!(said("America/New_York"), "9 a.m. tomorrow");
        assert_eq!(said("Europe/Berlin"), "3 p.m.");
    }

    #[test]
    fn promises_and_openings_are_phrases_that_fit_a_sentence() {
        let day = "08:00-12:00 13:00-17:00";
        let closed = "";
        let shop = business("America/New_York", &[day, day, day, day, day, closed, closed]);
        let promise =
            |now: &str| shop.spoken_promise(shop.promise_at(at(now), &Absences::default(), 0), at(now));
        assert_eq!(promise("2026-11-23T13:50:00-05:00"), "by 3 p.m.");
        assert_eq!(promise("2026-11-23T19:00:00-05:00"), "by 9 a.m. tomorrow");

        let opening = |now: &str| shop.spoken_opening(at(now), &Absences::default());
        assert_eq!(opening("2026-11-23T12:30:00-05:00"), "at 1 p.m.");
        assert_eq!(opening("2026-11-23T19:00:00-05:00"), "tomorrow at 8 a.m.");
        assert_eq!(opening("2026-11-21T19:00:00-05:00"), "on Monday at 8 a.m.");
        assert_eq!(opening("2026-11-23T09:00:00-05:00"), "now");

        let away = Away { until: at("2026-11-23T14:00:00-05:00"), reason: None };
        let away = Absences { business: Some(away), ..Absences::default() };
        assert_eq!(shop.spoken_opening(at("2026-11-23T09:00:00-05:00"), &away), "at 2 p.m.");

        let never = business("America/New_York", &[closed; 7]);
        assert_eq!(never.spoken_opening(at("2026-11-23T09:00:00-05:00"), &Absences::default()), "soon");
    }
}
