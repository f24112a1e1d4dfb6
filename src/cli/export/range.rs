//! From when until when.

use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, Timestamp};

use crate::cli::failure::Failure;
use crate::cli::shop::Shop;
use crate::cli::when::Look;
use crate::notation::parse_duration;

use super::Times;

/// The times between; everything where none is said. A day that ends it is meant with all its hours.
pub(super) fn times(shop: &Shop<'_>, (since, until): (Option<&str>, Option<&str>)) -> Result<Times, Failure> {
    let start = since.map(|text| moment(shop, text, false)).transpose()?;
    let end = until.map(|text| moment(shop, text, true)).transpose()?;
    let (start, end) = (start.unwrap_or(Timestamp::MIN), end.unwrap_or(Timestamp::MAX));
    if start >= end {
        return Err(Failure::wrong_usage("that ends before it begins"));
    }
    Ok(start..end)
}

fn moment(shop: &Shop<'_>, text: &str, ends: bool) -> Result<Timestamp, Failure> {
    read(text, &shop.look, ends).ok_or_else(|| {
        Failure::wrong_usage(format!("`{text}` is not a time"))
            .hint("write a day, like `2026-11-01`, `today` or `yesterday`; or how long ago, like `30d`")
    })
}

fn read(text: &str, look: &Look, ends: bool) -> Option<Timestamp> {
    let text = text.trim();
    let today = look.zone.to_datetime(look.now).date();
    let day = match text.to_lowercase().as_str() {
        "today" => Some(today),
        "yesterday" => today.yesterday().ok(),
        // `2026-11-01 09:00` would be read as a day, without a word about the rest.
        _ if text.len() == 10 => text.parse::<Date>().ok(),
        _ => None,
    };
    if let Some(day) = day {
        let first = if ends { day.tomorrow().ok()? } else { day };
        return first.to_zoned(look.zone.clone()).ok().map(|midnight| midnight.timestamp());
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    if let Ok(shown) = text.parse::<DateTime>() {
        return look.zone.to_ambiguous_timestamp(shown).compatible().ok();
    }
    // A bare number would be seconds to the reader of lengths, and nobody means those.
    if !text.ends_with(char::is_alphabetic) {
        return None;
    }
    let passed = SignedDuration::try_from(parse_duration(text)?).ok()?;
    look.now.checked_sub(passed).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::testing::look;

    #[test]
    fn a_day_begins_at_its_midnight_and_ends_at_the_next() {
        let cases = [
            ("2026-11-01", false, "2026-11-01T00:00:00-04:00"),
            ("2026-11-01", true, "2026-11-02T00:00:00-05:00"),
            ("today", false, "2026-11-21T00:00:00-05:00"),
            ("Yesterday", true, "2026-11-21T00:00:00-05:00"),
            ("2026-11-20 09:30", true, "2026-11-20T09:30:00-05:00"),
            ("2026-11-20T09:30:00Z", false, "2026-11-20T09:30:00Z"),
            ("2h", false, "2026-11-21T13:00:00-05:00"),
            ("30d", false, "2026-10-22T16:00:00-04:00"),
        ];
        for (text, ends, at) in cases {
            assert_eq!(read(text, &look(), ends), Some(at.parse().unwrap()), "{text}");
        }
        for text in ["", "soon", "2026-13-01", "30", "2026-11", "-2h"] {
            assert_eq!(read(text, &look(), false), None, "{text}");
        }
    }
}
