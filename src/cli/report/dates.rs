//! Days as owners type them: `yesterday`, `2026-11-03`, `nov 3`, `last week`, `october`, `last 30 days`. Never days to come.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use crate::settings::{DAYS, MONTHS};

/// The days from the first and before the second.
pub(super) type Days = (Date, Date);

/// Text that names no days of the past.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadDays {
    /// Nothing that we know.
    #[error("`{0}` is not a day, a week or a month")]
    NotDays(String),
    /// It has not come.
    #[error("`{0}` lies in the future")]
    Future(String),
}

/// What to write instead.
pub(super) const HINT: &str =
    "write `yesterday`, `monday`, `2026-11-03`, `nov 3`, `last week`, `october` or `last 30 days`";

/// Reads days up to today, which is the last of them.
pub(super) fn read(text: &str, today: Date) -> Result<Days, BadDays> {
    let text = text.trim().to_ascii_lowercase().replace(',', " ");
    let words: Vec<&str> = text.split_whitespace().collect();
    let (from, to) = days(&words, today).ok_or_else(|| BadDays::NotDays(text.clone()))?;
    if from > today {
        return Err(BadDays::Future(text));
    }
    Ok((from, to.min(after(today, 1))))
}

/// The week from Monday to Sunday that holds a day.
pub(super) fn week_of(day: Date) -> Days {
    let monday = after(day, -i32::from(day.weekday().to_monday_zero_offset()));
    (monday, after(monday, 7))
}

/// The month that holds a day.
pub(super) fn month_of(day: Date) -> Days {
    let first = day.first_of_month();
    (first, first.saturating_add(1.month()))
}

fn after(day: Date, days: i32) -> Date {
    day.saturating_add(days.days())
}

fn one(day: Date) -> Days {
    (day, after(day, 1))
}

fn year(year: i16) -> Option<Days> {
    Some((Date::new(year, 1, 1).ok()?, Date::new(year.checked_add(1)?, 1, 1).ok()?))
}

fn days(words: &[&str], today: Date) -> Option<Days> {
    match *words {
        ["today"] => Some(one(today)),
        ["yesterday"] => Some(one(after(today, -1))),
        ["week"] | ["this", "week"] => Some(week_of(today)),
        ["last", "week"] => Some(week_of(after(today, -7))),
        ["month"] | ["this", "month"] => Some(month_of(today)),
        ["last", "month"] => Some(month_of(after(today.first_of_month(), -1))),
        ["year"] | ["this", "year"] => year(today.year()),
        ["last", "year"] => year(today.year() - 1),
        ["last" | "past", count, "day" | "days"] | [count, "day" | "days"] => {
            let count: i32 = count.parse().ok().filter(|count| (1..=4_000).contains(count))?;
            Some((after(today, 1 - count), after(today, 1)))
        }
        ["last", word] => weekday(word).map(|weekday| one(latest(weekday, after(today, -1)))),
        [word] => named(word, today),
        [month, day] if is_month(month).is_some() && day.len() <= 4 => month_and(month, day, today),
        [day, month] => month_and(month, day, today),
        [month, day, year] if is_month(month).is_some() => date(year, is_month(month)?, day),
        [day, month, year] => date(year, is_month(month)?, day),
        _ => None,
    }
}

/// One word: a weekday, a month, a date, `2026-10` or `2026`.
fn named(word: &str, today: Date) -> Option<Days> {
    if let Some(weekday) = weekday(word) {
        return Some(one(latest(weekday, today)));
    }
    if let Some(month) = is_month(word) {
        let this_year = Date::new(today.year(), month, 1).ok()?;
        let first = if this_year > today { this_year.saturating_sub(1.year()) } else { this_year };
        return Some(month_of(first));
    }
    if let Ok(day) = word.parse::<Date>() {
        return Some(one(day));
    }
    match word.split_once('-') {
        Some((year, month)) if year.len() == 4 && month.len() <= 2 => {
            Some(month_of(Date::new(year.parse().ok()?, month.parse().ok()?, 1).ok()?))
        }
        Some(_) => None,
        None => year(word.parse().ok().filter(|_| word.len() == 4)?),
    }
}

/// `nov 3`, the latest there was; `october 2025`.
fn month_and(month: &str, word: &str, today: Date) -> Option<Days> {
    let month = is_month(month)?;
    if word.len() == 4 && word.bytes().all(|b| b.is_ascii_digit()) {
        return Some(month_of(Date::new(word.parse().ok()?, month, 1).ok()?));
    }
    let day = day_of_month(word)?;
    let this_year = Date::new(today.year(), month, day).ok();
    // The 29th of February has its own years.
    let latest =
        this_year.filter(|day| *day <= today).or_else(|| Date::new(today.year() - 1, month, day).ok());
    latest.or(this_year).map(one)
}

fn date(year: &str, month: i8, day: &str) -> Option<Days> {
    let year = year.parse().ok().filter(|_| year.len() == 4)?;
    Date::new(year, month, day_of_month(day)?).ok().map(one)
}

/// `3`, `3rd`, `3.`.
fn day_of_month(word: &str) -> Option<i8> {
    let digits = word.trim_end_matches(['s', 't', 'n', 'd', 'r', 'h', '.']);
    digits.parse().ok().filter(|day| (1..=31).contains(day))
}

fn latest(weekday: Weekday, until: Date) -> Date {
    let back = until.weekday().to_monday_zero_offset() - weekday.to_monday_zero_offset();
    after(until, -i32::from(back.rem_euclid(7)))
}

fn weekday(word: &str) -> Option<Weekday> {
    let offset = DAYS.iter().position(|day| is_short_for(word, day))?;
    Weekday::from_monday_zero_offset(i8::try_from(offset).ok()?).ok()
}

fn is_month(word: &str) -> Option<i8> {
    let index = MONTHS.iter().position(|month| is_short_for(word, month))?;
    i8::try_from(index + 1).ok()
}

/// Three letters or more: `mon`, `tues`, `sept`.
fn is_short_for(word: &str, whole: &str) -> bool {
    let word = word.trim_end_matches('.');
    word.len() >= 3 && whole.starts_with(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A Sunday.
    fn today() -> Date {
        "2026-11-22".parse().unwrap()
    }

    fn days_of(text: &str) -> (String, String) {
        let (from, to) = read(text, today()).unwrap_or_else(|error| panic!("{error}"));
        (from.to_string(), after(to, -1).to_string())
    }

    #[test]
    fn days_are_read_as_owners_type_them() {
        let cases = [
            ("today", "2026-11-22", "2026-11-22"),
            ("Yesterday", "2026-11-21", "2026-11-21"),
            ("sunday", "2026-11-22", "2026-11-22"),
            ("last sunday", "2026-11-15", "2026-11-15"),
            ("mon", "2026-11-16", "2026-11-16"),
            ("2026-11-03", "2026-11-03", "2026-11-03"),
            ("nov 3", "2026-11-03", "2026-11-03"),
            ("3 Nov.", "2026-11-03", "2026-11-03"),
            ("December 24th", "2025-12-24", "2025-12-24"),
            ("Feb 29, 2024", "2024-02-29", "2024-02-29"),
            ("this week", "2026-11-16", "2026-11-22"),
            ("last week", "2026-11-09", "2026-11-15"),
            ("last month", "2026-10-01", "2026-10-31"),
            ("october", "2026-10-01", "2026-10-31"),
            ("november", "2026-11-01", "2026-11-22"),
            ("december", "2025-12-01", "2025-12-31"),
            ("march 2025", "2025-03-01", "2025-03-31"),
            ("2026-10", "2026-10-01", "2026-10-31"),
            ("2025", "2025-01-01", "2025-12-31"),
            ("last year", "2025-01-01", "2025-12-31"),
            ("last 30 days", "2026-10-24", "2026-11-22"),
            ("1 day", "2026-11-22", "2026-11-22"),
        ];
        for (text, from, last) in cases {
            assert_eq!(days_of(text), (from.to_owned(), last.to_owned()), "{text}");
        }
    }

    #[test]
    fn what_is_no_day_or_has_not_come_is_refused() {
        for text in ["", "soon", "2026-13-01", "nov 31", "ma", "last decade", "0 days", "99"] {
            assert!(matches!(read(text, today()), Err(BadDays::NotDays(_))), "{text}");
        }
        for text in ["2026-11-23", "2027", "nov 30 2026", "december 2026"] {
            assert_eq!(read(text, today()), Err(BadDays::Future(text.to_owned())), "{text}");
        }
    }
}
