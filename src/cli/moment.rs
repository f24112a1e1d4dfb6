//! Times as people type them: `14:00`, `6pm`, `tomorrow 9`, `monday`, `2026-11-23 09:00`, and the words that follow.

use jiff::civil::{Date, Time, Weekday};
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::business::{Absences, Business};
use crate::notation::parse_duration;

/// Hours that are as likely morning as evening, where no day is named: people live by a clock of twelve hours.
const EITHER_HALF: std::ops::RangeInclusive<i8> = 1..=12;

/// With a day these are as likely afternoon; `tomorrow 9` is the morning.
const EITHER_HALF_OF_A_DAY: std::ops::RangeInclusive<i8> = 1..=6;

/// A time that was typed, and what followed it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Typed {
    pub(super) at: Timestamp,
    /// Whether a day was named.
    pub(super) names_day: bool,
    /// The time as it was typed.
    pub(super) time: String,
    /// The words behind it.
    pub(super) rest: String,
}

/// Text that does not begin with a time.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadMoment {
    /// It does not.
    #[error("`{0}` does not begin with a time")]
    NotATime(String),
    /// Neither a time nor a length of time.
    #[error("`{0}` is no time to come")]
    NotToCome(String),
    /// A slip of the keyboard.
    #[error("there is no {0} o'clock")]
    NoSuchHour(i8),
    /// It says for how long, and that is no length of time.
    #[error("`{0}` is no length of time")]
    NotALength(String),
    /// An hour of a clock that goes round twice a day.
    #[error("`{0}` can be morning or evening")]
    EitherHalf(i8),
}

impl Typed {
    /// Without a time of day, which is still to be filled in.
    fn behind(words: &[&str]) -> Self {
        Self { at: Timestamp::UNIX_EPOCH, names_day: false, time: String::new(), rest: words.join(" ") }
    }
}

impl BadMoment {
    /// What to write instead.
    pub(super) fn hint(&self) -> String {
        match self {
            Self::NotATime(_) => {
                "a time is `14:00`, `6pm`, `tomorrow 9:00`, `monday`, or `2026-11-23 09:00`".to_owned()
            }
            Self::NotToCome(_) => {
                "a time is `in 20m`, `2h`, `14:00`, `6pm`, `tomorrow 9:00`, `monday`, or `2026-11-23 09:00`"
                    .to_owned()
            }
            Self::NoSuchHour(_) => "a day has the hours from `0:00` to `24:00`".to_owned(),
            Self::NotALength(_) => "write `in 20m`, `in 2 hours`, or `in 3 days`".to_owned(),
            Self::EitherHalf(hour) => {
                format!("write `{hour}am` or `{hour}pm`, or `{hour}:00` or `{}:00`", (hour + 12) % 24)
            }
        }
    }
}

/// Reads a time in the business's zone. A day alone is the time at which it opens next from then on.
pub(super) fn read(text: &str, now: Timestamp, business: &Business) -> Result<Typed, BadMoment> {
    let not_a_time = || BadMoment::NotATime(text.to_owned());
    let zone = &business.time_zone;
    let today = zone.to_datetime(now).date();
    // `2026-11-23T09:00` is how programs write it.
    let mut words: Vec<&str> = match text.split_once('T') {
        Some((date, rest)) if date.parse::<Date>().is_ok() => {
            [date].into_iter().chain(rest.split_whitespace()).collect()
        }
        Some(_) | None => text.split_whitespace().collect(),
    };
    let named = words.first().and_then(|word| day(word, today));
    if named.is_some() {
        words.remove(0);
        if words.first() == Some(&"at") && words.get(1).is_some_and(|word| begins_with_digit(word)) {
            words.remove(0);
        }
    }
    let day = named.unwrap_or(today);
    let is_morning =
        named.is_some() && words.first().is_some_and(|word| word.eq_ignore_ascii_case("morning"));
    if is_morning {
        words.remove(0);
        return Ok(Typed { at: begins(day, now, business)?, names_day: true, ..Typed::behind(&words) });
    }
    if let Some(hour) = words.first().and_then(|word| hour_too_late(word)) {
        return Err(BadMoment::NoSuchHour(hour));
    }
    let Some((time, used)) = time(&words) else {
        // `monday 25:00` is a slip, not a reason.
        if named.is_none() || words.first().is_some_and(|word| begins_with_digit(word)) {
            return Err(not_a_time());
        }
        let midnight = day.to_zoned(zone.clone()).map_err(|_| not_a_time())?.timestamp();
        let at = business.opens_at(midnight.max(now), &Absences::default()).unwrap_or(midnight);
        return Ok(Typed { at, names_day: true, time: String::new(), rest: words.join(" ") });
    };
    let shown = match time {
        OfDay::At(time) => day.to_datetime(time),
        OfDay::End => day.tomorrow().map_err(|_| not_a_time())?.to_datetime(Time::midnight()),
        OfDay::Hour(hour) => {
            let unclear = if named.is_some() { EITHER_HALF_OF_A_DAY } else { EITHER_HALF };
            if unclear.contains(&hour) {
                return Err(BadMoment::EitherHalf(hour));
            }
            day.to_datetime(Time::midnight()) + i64::from(hour).hours()
        }
    };
    let at = zone.to_ambiguous_timestamp(shown).compatible().map_err(|_| not_a_time())?;
    let (time, rest) = (words[..used].join(" "), words[used..].join(" "));
    Ok(Typed { at, names_day: named.is_some(), time, rest })
}

/// The same, and `in 20m` or `20m`: so long from now on. A day alone never begins at midnight.
pub(super) fn read_or_in(text: &str, now: Timestamp, business: &Business) -> Result<Typed, BadMoment> {
    let (first, length) = text.trim().split_once(char::is_whitespace).unwrap_or_default();
    let is_in = first.eq_ignore_ascii_case("in");
    let length = if is_in { length.trim() } else { text.trim() };
    // `in an hour`.
    let length = length.strip_prefix("an ").map_or_else(|| length.to_owned(), |unit| format!("1 {unit}"));
    if !is_in && (parse_duration(&length).is_none() || !length.contains(char::is_alphabetic)) {
        let to_come =
            |error| if let BadMoment::NotATime(text) = error { BadMoment::NotToCome(text) } else { error };
        let typed = read(text, now, business).map_err(to_come)?;
        return a_day_begins_in_the_morning(typed, now, business);
    }
    let lasts = parse_duration(&length).and_then(|lasts| SignedDuration::try_from(lasts).ok());
    let at = lasts.and_then(|lasts| now.checked_add(lasts).ok());
    // A bare number is no length: of what?
    let at = at.filter(|_| length.contains(char::is_alphabetic));
    let at = at.ok_or_else(|| BadMoment::NotALength(text.to_owned()))?;
    Ok(Typed { at, names_day: true, time: String::new(), rest: String::new() })
}

/// Where the business never closes a day alone is its morning.
const MORNING: Time = Time::constant(9, 0, 0, 0);

fn a_day_begins_in_the_morning(
    typed: Typed,
    now: Timestamp,
    business: &Business,
) -> Result<Typed, BadMoment> {
    let shown = business.time_zone.to_datetime(typed.at);
    if !typed.names_day || !typed.time.is_empty() || shown.time() != Time::midnight() {
        return Ok(typed);
    }
    Ok(Typed { at: begins(shown.date(), now, business)?, ..typed })
}

/// When a day's work begins: when the business opens, at nine where it is open at midnight.
fn begins(day: Date, now: Timestamp, business: &Business) -> Result<Timestamp, BadMoment> {
    let at = |time: Time| {
        let zoned = day.to_datetime(time).to_zoned(business.time_zone.clone());
        zoned.map(|zoned| zoned.timestamp()).map_err(|_| BadMoment::NotATime(day.to_string()))
    };
    let midnight = at(Time::midnight())?;
    let opens = business.opens_at(midnight.max(now), &Absences::default()).unwrap_or(midnight);
    if opens > midnight { Ok(opens) } else { at(MORNING) }
}

/// `25` of `25:00`.
fn hour_too_late(word: &str) -> Option<i8> {
    let (hour, minute) = word.split_once([':', '.'])?;
    two_digits(minute)?;
    two_digits(hour).filter(|hour| *hour > 24)
}

fn begins_with_digit(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit())
}

fn day(word: &str, today: Date) -> Option<Date> {
    let word = word.trim_end_matches([',', ';']).to_ascii_lowercase();
    let weekday = |weekday: Weekday| today.nth_weekday(1, weekday).ok();
    match word.as_str() {
        "today" => Some(today),
        "tomorrow" => today.tomorrow().ok(),
        "mon" | "monday" => weekday(Weekday::Monday),
        "tue" | "tuesday" => weekday(Weekday::Tuesday),
        "wed" | "wednesday" => weekday(Weekday::Wednesday),
        "thu" | "thursday" => weekday(Weekday::Thursday),
        "fri" | "friday" => weekday(Weekday::Friday),
        "sat" | "saturday" => weekday(Weekday::Saturday),
        "sun" | "sunday" => weekday(Weekday::Sunday),
        _ => word.parse().ok(),
    }
}

/// A time of day; 24:00 is the end of it.
#[derive(Copy, Clone)]
enum OfDay {
    At(Time),
    End,
    /// A bare number.
    Hour(i8),
}

/// The time of day with which the words begin, and how many words it takes.
fn time(words: &[&str]) -> Option<(OfDay, usize)> {
    let first = words.first()?.trim_end_matches([',', ';']).to_ascii_lowercase();
    if let Some(afternoon) = words.get(1).and_then(|word| half(word))
        && let Some(time) = half_day(&first, afternoon)
    {
        return Some((time, 2));
    }
    let time = match first.as_str() {
        "noon" => OfDay::At(Time::midnight() + 12.hours()),
        "midnight" | "24:00" | "24.00" | "24h" | "24" => OfDay::End,
        _ => {
            let digits = first.find(|c: char| !c.is_ascii_digit() && c != ':' && c != '.');
            match digits.map(|at| first.split_at(at)) {
                Some((clock, word)) if half(word).is_some() => half_day(clock, half(word)?)?,
                Some(_) | None => clock(&first)?,
            }
        }
    };
    Some((time, 1))
}

/// Whether `pm` or `am`, in any spelling.
fn half(word: &str) -> Option<bool> {
    match word.trim_end_matches([',', ';']).to_ascii_lowercase().as_str() {
        "am" | "a.m." | "a.m" => Some(false),
        "pm" | "p.m." | "p.m" => Some(true),
        _ => None,
    }
}

fn half_day(clock: &str, afternoon: bool) -> Option<OfDay> {
    let (hour, minute) = clock.split_once([':', '.']).unwrap_or((clock, "00"));
    let hour = two_digits(hour).filter(|hour| (1..=12).contains(hour))?;
    let minute = two_digits(minute).filter(|_| minute.len() == 2)?;
    let of_day = hour % 12 + if afternoon { 12 } else { 0 };
    Time::new(of_day, minute, 0, 0).ok().map(OfDay::At)
}

/// `14:00`, `17.30`, `18h`, `18h30`, and `13`.
fn clock(word: &str) -> Option<OfDay> {
    let Some((hour, minute)) = word.split_once([':', '.', 'h']) else {
        return two_digits(word).filter(|hour| *hour < 24).map(OfDay::Hour);
    };
    let minute = if minute.is_empty() && word.ends_with('h') { "00" } else { minute };
    let minute = two_digits(minute).filter(|_| minute.len() == 2)?;
    Time::new(two_digits(hour)?, minute, 0, 0).ok().map(OfDay::At)
}

fn two_digits(text: &str) -> Option<i8> {
    let plain = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::business::Hours;
    use crate::settings::{parse_hours, sample};

    /// A Saturday, 1 p.m.
    const NOW: &str = "2026-11-21T13:00:00-05:00";

    fn typed(text: &str, hours: Hours) -> Result<Typed, BadMoment> {
        let mut business = sample().business;
        business.hours = hours;
        read(text, NOW.parse().unwrap(), &business)
    }

    #[test]
    fn times_are_read_as_people_say_them() {
        let cases = [
            ("14:00", "2026-11-21T14:00:00-05:00", ""),
            ("14:00 at the dentist", "2026-11-21T14:00:00-05:00", "at the dentist"),
            ("13", "2026-11-21T13:00:00-05:00", ""),
            ("18 lunch", "2026-11-21T18:00:00-05:00", "lunch"),
            ("6pm", "2026-11-21T18:00:00-05:00", ""),
            ("6 PM, lunch", "2026-11-21T18:00:00-05:00", "lunch"),
            ("18h", "2026-11-21T18:00:00-05:00", ""),
            ("18h30", "2026-11-21T18:30:00-05:00", ""),
            ("17.30", "2026-11-21T17:30:00-05:00", ""),
            ("2pm lunch", "2026-11-21T14:00:00-05:00", "lunch"),
            ("2.30pm", "2026-11-21T14:30:00-05:00", ""),
            ("2:30 p.m. lunch", "2026-11-21T14:30:00-05:00", "lunch"),
            ("today 14:00", "2026-11-21T14:00:00-05:00", ""),
            ("tomorrow 9:00", "2026-11-22T09:00:00-05:00", ""),
            ("tomorrow 9", "2026-11-22T09:00:00-05:00", ""),
            ("tomorrow at 9 on a job", "2026-11-22T09:00:00-05:00", "on a job"),
            ("Monday 9am at a fair", "2026-11-23T09:00:00-05:00", "at a fair"),
            ("monday 9:30", "2026-11-23T09:30:00-05:00", ""),
            ("saturday noon", "2026-11-28T12:00:00-05:00", ""),
            ("midnight", "2026-11-22T00:00:00-05:00", ""),
            ("24", "2026-11-22T00:00:00-05:00", ""),
            ("2026-11-23 09:00", "2026-11-23T09:00:00-05:00", ""),
            ("2026-11-23T09:00 at a fair", "2026-11-23T09:00:00-05:00", "at a fair"),
            ("14:00 12 Tea Street", "2026-11-21T14:00:00-05:00", "12 Tea Street"),
            ("9:00", "2026-11-21T09:00:00-05:00", ""),
            // Summer time by then.
            ("2027-04-01 09:00", "2027-04-01T09:00:00-04:00", ""),
        ];
        for (text, at, rest) in cases {
            let typed = typed(text, Hours::Always).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!((typed.at, typed.rest.as_str()), (at.parse().unwrap(), rest), "{text}");
        }
    }

    #[test]
    fn a_day_alone_is_when_the_business_opens_next() {
        let weekdays = || parse_hours("mon-fri 08:30-17:00").unwrap();
        let cases = [
            ("tomorrow", Hours::Always, "2026-11-22T00:00:00-05:00", ""),
            ("tomorrow", weekdays(), "2026-11-23T08:30:00-05:00", ""),
            ("tuesday at the sea", weekdays(), "2026-11-24T08:30:00-05:00", "at the sea"),
            ("2026-11-25", weekdays(), "2026-11-25T08:30:00-05:00", ""),
        ];
        for (text, hours, at, rest) in cases {
            let typed = typed(text, hours).unwrap();
            assert_eq!((typed.at, typed.rest.as_str()), (at.parse().unwrap(), rest), "{text}");
        }
    }

    #[test]
    fn in_a_while_counts_from_now() {
        let business = sample().business;
        let now: Timestamp = NOW.parse().unwrap();
        for (text, minutes) in
            [("in 20m", 20), ("In 2 hours", 120), ("in 1h 30m", 90), ("in 3 days", 72 * 60)]
        {
            let typed = read_or_in(text, now, &business).unwrap();
            assert_eq!(typed.at, now + SignedDuration::from_mins(minutes), "{text}");
        }
        for text in ["in 20", "in a while", "in"] {
            assert!(read_or_in(text, now, &business).is_err(), "{text}");
        }
        assert_eq!(read_or_in("14:00", now, &business), read("14:00", now, &business));
        for (text, minutes) in [("2h", 120), ("45m", 45), ("1h30m", 90), ("3d", 72 * 60), ("in an hour", 60)]
        {
            let typed = read_or_in(text, now, &business).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(typed.at, now + SignedDuration::from_mins(minutes), "{text}");
        }
        let refused = read_or_in("lunch", now, &business).unwrap_err();
        assert!(refused.hint().contains("`in 20m`"), "{}", refused.hint());
    }

    #[test]
    fn who_never_closes_begins_a_day_at_nine() {
        let now: Timestamp = NOW.parse().unwrap();
        let mut business = sample().business;
        let cases = [
            (Hours::Always, "friday", "2026-11-27T09:00:00-05:00"),
            (Hours::Always, "tomorrow morning", "2026-11-22T09:00:00-05:00"),
            (parse_hours("mon-fri 08:30-17:00").unwrap(), "friday", "2026-11-27T08:30:00-05:00"),
            (parse_hours("mon-fri 08:30-17:00").unwrap(), "tuesday morning", "2026-11-24T08:30:00-05:00"),
            (Hours::Always, "friday 24:00", "2026-11-28T00:00:00-05:00"),
        ];
        for (hours, text, at) in cases {
            business.hours = hours;
            assert_eq!(read_or_in(text, now, &business).unwrap().at, at.parse().unwrap(), "{text}");
        }
    }

    #[test]
    fn an_hour_that_no_clock_shows_is_told() {
        for text in ["25:00", "monday 99.15"] {
            let error = typed(text, Hours::Always).unwrap_err();
            assert!(matches!(error, BadMoment::NoSuchHour(25 | 99)), "{text}: {error}");
        }
        assert_eq!(BadMoment::NoSuchHour(25).to_string(), "there is no 25 o'clock");
    }

    #[test]
    fn what_is_no_time_is_refused() {
        let wrong = ["", "lunch", "24:30", "14:7", "13pm", "2026-13-01 09:00", "monday 24:30", "100"];
        for text in wrong {
            assert_eq!(typed(text, Hours::Always), Err(BadMoment::NotATime(text.to_owned())), "{text}");
        }
    }

    #[test]
    fn an_hour_of_both_halves_of_the_day_is_not_guessed_at() {
        for (text, hour) in [("6", 6), ("9 lunch", 9), ("tomorrow 2", 2)] {
            assert_eq!(typed(text, Hours::Always), Err(BadMoment::EitherHalf(hour)), "{text}");
        }
        let hint = BadMoment::EitherHalf(6).hint();
        assert_eq!(hint, "write `6am` or `6pm`, or `6:00` or `18:00`");
    }
}
