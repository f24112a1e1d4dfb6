//! Closed days as the owner writes them: dates, days of every year, weekdays of a month, and calendar files.

use jiff::civil::{Date, Weekday};

use super::holidays::{Shelf, plain};
use super::hours::DAYS;
use crate::business::{ClosedOn, Closing};
use crate::notation::{Placed, Problem, Problems, Table};

/// The months as an owner writes them.
pub const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Reads the `[[closed_on]]` sections.
pub(super) fn read_closed_on(root: &mut Table, shelf: &Shelf<'_>, problems: &mut Problems) -> Vec<Closing> {
    let tables = root.take_tables("closed-on", problems).unwrap_or_default();
    tables.into_iter().filter_map(|table| read_closing(table, shelf, problems)).collect()
}

fn read_closing(mut table: Table, shelf: &Shelf<'_>, problems: &mut Problems) -> Option<Closing> {
    let name = table.take_str("name", problems).map(|name| plain(&name.value));
    let on = read_closed_days(table, shelf, problems)?;
    Some(Closing { on, name: name.filter(|name| !name.is_empty()) })
}

fn read_closed_days(mut table: Table, shelf: &Shelf<'_>, problems: &mut Problems) -> Option<ClosedOn> {
    let heading = table.span.clone();
    let mut found = Vec::new();
    let mut kinds = 0;
    if let Some(text) = table.take("date") {
        kinds += 1;
        let day = text.date(problems).and_then(|text| date(&text, problems));
        found.extend(day.map(|day| ClosedOn::Dates(day, day)));
    }
    if table.has("from") || table.has("to") {
        kinds += 1;
        found.extend(from_to(&mut table, problems));
    }
    if let Some(text) = table.take("yearly") {
        kinds += 1;
        found.extend(text.text(problems).and_then(|text| yearly(&text, problems)));
    }
    if let Some(text) = table.take("on") {
        kinds += 1;
        found.extend(text.text(problems).and_then(|text| of_month(&text, problems)));
    }
    if let Some(text) = table.take("ics") {
        kinds += 1;
        found.extend(text.text(problems).and_then(|text| shelf.calendar(&text, problems)));
    }
    // So that the list of known words has both, whichever is there.
    let _ = (table.take("from"), table.take("to"));
    table.finish(problems);
    match kinds {
        0 => problems.push(Problem::error(heading, "`[[closed_on]]` does not say which days").hint(
            "write `date = \"2026-12-25\"`, `from` and `to`, `yearly = \"12-25\"`, \
                 `on = \"last monday of may\"`, or `ics = \"holidays.ics\"`",
        )),
        1 => {}
        _ => problems.push(
            Problem::error(heading, "`[[closed_on]]` names its days in more than one way")
                .hint("write one `[[closed_on]]` for each"),
        ),
    }
    found.pop()
}

fn from_to(table: &mut Table, problems: &mut Problems) -> Option<ClosedOn> {
    let (Some(from), Some(to)) = (table.take("from"), table.take("to")) else {
        problems.push(
            Problem::error(table.span.clone(), "`[[closed_on]]` needs both `from` and `to`")
                .hint("one day alone is `date = \"2026-12-25\"`"),
        );
        return None;
    };
    let (from, to) = (from.date(problems), to.date(problems)?);
    let (first, last) = (date(&from?, problems), date(&to, problems)?);
    let first = first?;
    if first > last {
        problems.push(Problem::error(to.span, format!("`to` is before `from`, which is {first}")));
        return None;
    }
    Some(ClosedOn::Dates(first, last))
}

fn date(text: &Placed<String>, problems: &mut Problems) -> Option<Date> {
    let date = (text.value.len() == 10).then(|| text.value.parse().ok()).flatten();
    if date.is_none() {
        problems.push(
            Problem::error(text.span.clone(), format!("there is no date `{}`", text.value))
                .hint("write year, month and day, like `\"2026-12-25\"`"),
        );
    }
    date
}

fn yearly(text: &Placed<String>, problems: &mut Problems) -> Option<ClosedOn> {
    // A leap year has every day that any year has.
    let day: Option<Date> =
        (text.value.len() == 5).then(|| format!("2028-{}", text.value).parse().ok()).flatten();
    if day.is_none() {
        problems.push(
            Problem::error(text.span.clone(), format!("there is no day `{}` in a year", text.value))
                .hint("write month and day, like `\"12-25\"`"),
        );
    }
    day.map(|day| ClosedOn::Yearly(day.month(), day.day()))
}

/// `fourth thursday of november`, `last monday of may`.
fn of_month(text: &Placed<String>, problems: &mut Problems) -> Option<ClosedOn> {
    let found = nth_weekday(&text.value.to_lowercase());
    if found.is_none() {
        problems.push(
            Problem::error(text.span.clone(), format!("`{}` is not a day of a month", text.value))
                .hint("write like `\"fourth thursday of november\"`, from `first` to `fourth`, or `last`"),
        );
    }
    found
}

fn nth_weekday(text: &str) -> Option<ClosedOn> {
    let words: Vec<&str> = text.split_whitespace().filter(|word| *word != "the").collect();
    let [nth, weekday, "of" | "in", month] = words[..] else { return None };
    let nth = match nth {
        "first" | "1st" => 1,
        "second" | "2nd" => 2,
        "third" | "3rd" => 3,
        "fourth" | "4th" => 4,
        "last" => -1,
        _ => return None,
    };
    let weekday = i8::try_from(place(&DAYS, weekday)?).ok()?;
    let month = i8::try_from(place(&MONTHS, month)?).ok()? + 1;
    Some(ClosedOn::Weekday { nth, weekday: Weekday::from_monday_zero_offset(weekday).ok()?, month })
}

/// Where a name stands in the list; its first three letters are enough.
fn place(names: &[&str], name: &str) -> Option<usize> {
    names.iter().position(|known| name.len() >= 3 && known.starts_with(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weekdays_of_a_month_are_read_as_people_write_them() {
        let on = |nth, weekday, month| Some(ClosedOn::Weekday { nth, weekday, month });
        let cases = [
            ("fourth thursday of november", on(4, Weekday::Thursday, 11)),
            ("the last monday in may", on(-1, Weekday::Monday, 5)),
            ("1st mon of sep", on(1, Weekday::Monday, 9)),
            ("second  sunday of march", on(2, Weekday::Sunday, 3)),
            ("fifth monday of march", None),
            ("monday of march", None),
            ("last monday of", None),
            ("last m of may", None),
            ("last monday of ma", None),
            ("", None),
        ];
        for (text, read) in cases {
            assert_eq!(nth_weekday(text), read, "{text}");
        }
    }
}
