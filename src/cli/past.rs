//! Times that are over, as people type them: `yesterday`, `monday`, `2h`, `9:30`, `2026-11-01 14:00`.

use jiff::civil::{Date, Weekday};
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::business::Business;
use crate::notation::parse_duration;

use super::moment::{self, BadMoment};

/// A stretch of time by its name: a whole day, or one moment.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct Past {
    /// Its begin.
    pub(super) begins: Timestamp,
    /// Its end: of the day, where a day alone was named.
    pub(super) ends: Timestamp,
}

/// What was typed is no time that is over.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no time that is over")]
pub(super) struct NotPast(String);

impl NotPast {
    /// What to write instead.
    pub(super) const HINT: &str =
        "a time is `yesterday`, `monday`, `monday 14:00`, `2h`, `9:30` or `2026-11-01`";
}

/// Reads a time in the business's zone. A weekday is the last one that has begun.
pub(super) fn read(text: &str, now: Timestamp, business: &Business) -> Result<Past, NotPast> {
    let not_past = || NotPast(text.to_owned());
    let at = |at: Timestamp| Past { begins: at, ends: at };
    let typed = text.trim().trim_end_matches(" ago");
    if typed.contains(char::is_alphabetic)
        && let Some(length) = parse_duration(typed)
    {
        let length = SignedDuration::try_from(length).map_err(|_| not_past())?;
        return now.checked_sub(length).map(at).map_err(|_| not_past());
    }
    let today = business.time_zone.to_datetime(now).date();
    let (first, rest) = typed.split_once([' ', 'T']).unwrap_or((typed, ""));
    let Some(day) = day(first, today).filter(|day| *day <= today) else {
        let time =
            moment::read(typed, now, business).ok().filter(|time| time.at <= now && time.rest.is_empty());
        return time.map(|time| at(time.at)).ok_or_else(not_past);
    };
    if rest.trim().is_empty() {
        let midnight = |day: Date| Some(day.to_zoned(business.time_zone.clone()).ok()?.timestamp());
        let ends = day.tomorrow().ok().and_then(midnight);
        let (begins, ends) = midnight(day).zip(ends).ok_or_else(not_past)?;
        return Ok(Past { begins, ends });
    }
    let time = moment::read(&format!("{day} {}", rest.trim()), now, business);
    let time = time.map_err(|_: BadMoment| not_past())?;
    if time.at > now || !time.rest.is_empty() { Err(not_past()) } else { Ok(at(time.at)) }
}

fn day(word: &str, today: Date) -> Option<Date> {
    let word = word.trim_end_matches(',').to_ascii_lowercase();
    let last = |weekday: Weekday| {
        let days = today.weekday().since(weekday);
        today.checked_sub(days.days()).ok()
    };
    match word.as_str() {
        "today" => Some(today),
        "yesterday" => today.yesterday().ok(),
        "mon" | "monday" => last(Weekday::Monday),
        "tue" | "tuesday" => last(Weekday::Tuesday),
        "wed" | "wednesday" => last(Weekday::Wednesday),
        "thu" | "thursday" => last(Weekday::Thursday),
        "fri" | "friday" => last(Weekday::Friday),
        "sat" | "saturday" => last(Weekday::Saturday),
        "sun" | "sunday" => last(Weekday::Sunday),
        _ => word.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::sample;

    fn begins_and_ends(text: &str) -> Option<(String, String)> {
        // A Saturday.
        let now: Timestamp = "2026-11-21T15:00:00-05:00".parse().unwrap();
        let business = sample().business;
        let past = read(text, now, &business).ok()?;
        let shown = |at: Timestamp| business.time_zone.to_datetime(at).strftime("%a %d %H:%M").to_string();
        Some((shown(past.begins), shown(past.ends)))
    }

    #[test]
    fn the_past_is_read_as_people_type_it() {
        let cases = [
            ("today", "Sat 21 00:00", "Sun 22 00:00"),
            ("yesterday", "Fri 20 00:00", "Sat 21 00:00"),
            ("Monday", "Mon 16 00:00", "Tue 17 00:00"),
            ("sat", "Sat 21 00:00", "Sun 22 00:00"),
            ("monday 14:00", "Mon 16 14:00", "Mon 16 14:00"),
            ("yesterday 9am", "Fri 20 09:00", "Fri 20 09:00"),
            ("2026-11-01", "Sun 01 00:00", "Mon 02 00:00"),
            ("2026-11-01 14:00", "Sun 01 14:00", "Sun 01 14:00"),
            ("2026-11-01T14:00", "Sun 01 14:00", "Sun 01 14:00"),
            ("2h", "Sat 21 13:00", "Sat 21 13:00"),
            ("20 min ago", "Sat 21 14:40", "Sat 21 14:40"),
            ("9:30", "Sat 21 09:30", "Sat 21 09:30"),
        ];
        for (text, begins, ends) in cases {
            assert_eq!(begins_and_ends(text), Some((begins.to_owned(), ends.to_owned())), "{text}");
        }
    }

    #[test]
    fn what_is_to_come_or_no_time_is_not_the_past() {
        for text in
            ["tomorrow", "2026-12-01", "18:00", "today 18:00", "lunch", "", "7", "monday lunch", "-2h"]
        {
            assert_eq!(begins_and_ends(text), None, "{text}");
        }
    }
}
