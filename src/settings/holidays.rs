//! Closed days from a calendar file (`ics`), such as every state and every calendar program hands out.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use calcard::common::PartialDateTime;
use calcard::common::timezone::Tz;
use calcard::icalendar::dates::CalendarErrorType;
use calcard::icalendar::{
    ICalendar, ICalendarComponent, ICalendarComponentType, ICalendarFrequency, ICalendarProperty,
    ICalendarStatus, ICalendarValue,
};
use calcard::{Entry, Parser};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::business::{Calendar, ClosedOn, Event};
use crate::notation::{Placed, Problem, Problems};

/// Where calendar files stand, and how they are read.
pub(super) struct Shelf<'a> {
    pub(super) home: &'a Path,
    /// The zone of times without one.
    pub(super) zone: &'a TimeZone,
    /// Whether a file that cannot be read keeps the settings from going live.
    pub(super) must_be_right: bool,
}

/// Larger files are not a list of holidays.
const LARGEST: u64 = 1024 * 1024;

/// Repeated events are followed so far, all together; a yearly one has 75 days until 2099.
const MOST_REPEATED: usize = 20_000;

/// What repeats without end is followed to the end of this year.
const LAST_YEAR: u16 = 2099;

/// Longer names are cut.
const LONGEST_NAME: usize = 60;

/// Why a calendar file closes nothing.
#[derive(Debug, thiserror::Error)]
enum BadCalendar {
    #[error("`{0}` is not the name of an `.ics` file beside `ringback.toml`")]
    NotBeside(String),
    #[error("there is no `{0}` beside `ringback.toml`")]
    Missing(String),
    #[error("`{file}` cannot be read: {source}")]
    Unreadable { file: String, source: io::Error },
    #[error("`{0}` is larger than a megabyte, so it is no list of holidays")]
    TooLarge(String),
    #[error("`{file}`, line {line}: {why}")]
    Broken { file: String, line: usize, why: String },
}

impl BadCalendar {
    fn hint(&self) -> &'static str {
        match self {
            Self::NotBeside(_) => {
                "put the file beside `ringback.toml`, and write like `ics = \"holidays.ics\"`"
            }
            Self::Missing(_) => "put the file there",
            Self::Unreadable { .. } => "whoever runs ringback must be allowed to read it",
            Self::TooLarge(_) => "export only the calendar of your closed days",
            Self::Broken { .. } => "export the calendar again, in the iCalendar format",
        }
    }
}

/// A line of the file and what was not understood about the event that begins there.
type Remark = (usize, &'static str);

impl Shelf<'_> {
    /// Reads a calendar file. What is wrong with it is told where the settings name it.
    pub(super) fn calendar(&self, file: &Placed<String>, problems: &mut Problems) -> Option<ClosedOn> {
        let (calendar, remarks) = match self.read(&file.value) {
            Ok(read) => read,
            Err(error) => {
                let told = if self.must_be_right { Problem::error } else { Problem::warning };
                problems.push(told(file.span.clone(), error.to_string()).hint(error.hint()));
                return None;
            }
        };
        for (line, what) in remarks {
            let message = format!("`{}`, line {line}: {what}", file.value);
            problems.push(Problem::warning(file.span.clone(), message));
        }
        if calendar.days().is_empty() && calendar.hours().is_empty() {
            let message = format!("`{}` lists no closed days", file.value);
            problems.push(Problem::warning(file.span.clone(), message));
        }
        Some(ClosedOn::Calendar(calendar))
    }

    fn read(&self, file: &str) -> Result<(Calendar, Vec<Remark>), BadCalendar> {
        // Beside the settings, because that is where edits are watched for.
        let beside = Path::new(file).file_name().is_some_and(|name| name == file) && file.ends_with(".ics");
        if !beside {
            return Err(BadCalendar::NotBeside(file.to_owned()));
        }
        let bytes = match read_bounded(&self.home.join(file)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(BadCalendar::Missing(file.to_owned()));
            }
            Err(source) => return Err(BadCalendar::Unreadable { file: file.to_owned(), source }),
        };
        if bytes.len() as u64 > LARGEST {
            return Err(BadCalendar::TooLarge(file.to_owned()));
        }
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim_start_matches('\u{feff}');
        let lines = lines_of_events(text).map_err(|(line, why)| BadCalendar::Broken {
            file: file.to_owned(),
            line,
            why,
        })?;
        Ok(closed_by(text, &lines, self.zone))
    }
}

/// The file's bytes; of one that is too large, a byte more than may be.
fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The lines on which events begin. The reader that follows takes anything for a calendar, so what makes a file none is
/// found here.
fn lines_of_events(text: &str) -> Result<Vec<usize>, (usize, String)> {
    let mut open: Vec<(usize, String)> = Vec::new();
    let mut events = Vec::new();
    let mut has_calendar = false;
    for (line, words) in (1..).zip(text.lines()) {
        // A line that begins with a blank goes on with the one before.
        if words.trim().is_empty() || words.starts_with([' ', '\t']) {
            continue;
        }
        let (word, rest) = words.split_once(':').unwrap_or((words, ""));
        let part = rest.trim().to_ascii_uppercase();
        has_calendar |= word.eq_ignore_ascii_case("begin") && part == "VCALENDAR";
        if !has_calendar {
            return Err((line, "a calendar begins with `BEGIN:VCALENDAR`".to_owned()));
        }
        if !words.contains(':') {
            return Err((line, "this is no `NAME:value`".to_owned()));
        }
        if word.eq_ignore_ascii_case("begin") {
            if part == "VEVENT" {
                events.push(line);
            }
            open.push((line, part));
        } else if word.eq_ignore_ascii_case("end") {
            match open.pop() {
                Some((_, begun)) if begun == part => {}
                Some((at, begun)) => {
                    return Err((line, format!("`END:{part}`, but line {at} began with `BEGIN:{begun}`")));
                }
                None => return Err((line, format!("`END:{part}`, but nothing began"))),
            }
        }
    }
    match open.pop() {
        _ if !has_calendar => Err((1, "the file is empty".to_owned())),
        Some((line, begun)) => Err((line, format!("`BEGIN:{begun}` is never ended; the file is cut off"))),
        None => Ok(events),
    }
}

/// The closed days and hours of a file, and what was not understood. `lines` are those on which its events begin.
fn closed_by(text: &str, lines: &[usize], zone: &TimeZone) -> (Calendar, Vec<Remark>) {
    let (mut days, mut hours, mut remarks) = (Vec::new(), Vec::new(), Vec::new());
    let mut lines = lines.iter().copied();
    let mut parser = Parser::new(text);
    loop {
        let entry = parser.entry();
        if entry == Entry::Eof {
            break;
        }
        let Entry::ICalendar(mut calendar) = entry else { continue };
        let is_event = |part: &ICalendarComponent| part.component_type == ICalendarComponentType::VEvent;
        let line_of: Vec<usize> = calendar
            .components
            .iter()
            .map(|part| if is_event(part) { lines.next().unwrap_or(1) } else { 1 })
            .collect();
        for (part, line) in calendar.components.iter_mut().zip(&line_of) {
            remarks.extend(tame(part).map(|remark| (*line, remark)));
        }
        let found = calendar.expand_dates(Tz::Floating, MOST_REPEATED);
        if found.events.len() >= MOST_REPEATED {
            remarks.push((1, "its events repeat too often to be followed to the end"));
        }
        for error in found.errors {
            remarks.push((line_at(&line_of, error.comp_id), why(&error.error)));
        }
        for event in &found.events {
            let Some(part) = component(&calendar, event.comp_id).filter(|part| is_event(part)) else {
                continue;
            };
            if part.status() == Some(&ICalendarStatus::Cancelled) {
                continue;
            }
            let shown = event.start.naive_local().and_utc().timestamp();
            let floats = event.start.timezone().is_floating();
            match when(part, (shown, floats), event.timestamps(), zone) {
                Some(When::Days(from, to)) => days.push(Event { from, to, name: summary(part) }),
                Some(When::Hours(from, to)) => hours.push(Event { from, to, name: summary(part) }),
                None => remarks.push((line_at(&line_of, event.comp_id), "this event ends before it begins")),
            }
        }
    }
    remarks.sort_unstable();
    remarks.dedup();
    (Calendar::new(days, hours), remarks)
}

fn component(calendar: &ICalendar, id: u32) -> Option<&ICalendarComponent> {
    calendar.components.get(usize::try_from(id).ok()?)
}

fn line_at(lines: &[usize], id: u32) -> usize {
    usize::try_from(id).ok().and_then(|id| lines.get(id)).copied().unwrap_or(1)
}

fn why(error: &CalendarErrorType) -> &'static str {
    match error {
        CalendarErrorType::MissingDtStart | CalendarErrorType::InvalidDtStart => {
            "it is not understood when this event begins, so it closes nothing"
        }
        CalendarErrorType::InvalidDtEnd | CalendarErrorType::InvalidDuration => {
            "it is not understood when this event ends, so it closes nothing"
        }
        CalendarErrorType::RRule(_) => "it is not understood how this event repeats, so it closes nothing",
    }
}

/// Gives what repeats without end an end, and takes out of a part what cannot be followed; says what.
fn tame(part: &mut ICalendarComponent) -> Option<&'static str> {
    let out_of_time = |year: u16| !(1900..=LAST_YEAR + 100).contains(&year);
    let starts = |entry: &calcard::icalendar::ICalendarEntry| entry.name == ICalendarProperty::Dtstart;
    let year =
        part.entries.iter().filter(|entry| starts(entry)).find_map(|entry| match entry.values.first() {
            Some(ICalendarValue::PartialDateTime(start)) => start.year,
            Some(_) | None => None,
        });
    if year.is_some_and(out_of_time) {
        part.entries.retain(|entry| !starts(entry));
        return None;
    }
    let mut remark = None;
    part.entries.retain_mut(|entry| {
        if entry.name != ICalendarProperty::Rrule {
            return true;
        }
        let Some(ICalendarValue::RecurrenceRule(rule)) = entry.values.first_mut() else {
            remark = Some("it is not understood how this event repeats, so only its first day counts");
            return false;
        };
        match rule.freq {
            ICalendarFrequency::Yearly
            | ICalendarFrequency::Monthly
            | ICalendarFrequency::Weekly
            | ICalendarFrequency::Daily => {}
            ICalendarFrequency::Hourly | ICalendarFrequency::Minutely | ICalendarFrequency::Secondly => {
                remark = Some("this event repeats within a day, so only its first time counts");
                return false;
            }
        }
        if rule.until.is_none() && rule.count.is_none() {
            rule.until = Some(PartialDateTime {
                year: Some(LAST_YEAR),
                month: Some(12),
                day: Some(31),
                hour: Some(23),
                minute: Some(59),
                second: Some(59),
                ..PartialDateTime::default()
            });
        }
        true
    });
    remark
}

enum When {
    Days(Date, Date),
    Hours(Timestamp, Timestamp),
}

/// The days or the hours of an event: its start as the clock there showed it, its start and end as moments, counted in
/// seconds. A floating one has the zone of the business.
fn when(
    part: &ICalendarComponent,
    (shown, floats): (i64, bool),
    (from, to): (i64, i64),
    zone: &TimeZone,
) -> Option<When> {
    let start = part.property(&ICalendarProperty::Dtstart)?;
    let has_time = start.values.first()?.as_partial_date_time()?.has_time();
    let clock = |seconds: i64| Some(TimeZone::UTC.to_datetime(Timestamp::from_second(seconds).ok()?));
    if !has_time {
        // Rounded, because a day with a change of clocks in it has 23 or 25 hours.
        let days = ((to - from + 43_200) / 86_400).max(1);
        let first = clock(shown)?.date();
        return Some(When::Days(first, first.checked_add(days.days()).ok()?));
    }
    let moment = |seconds: i64| {
        if !floats {
            return Timestamp::from_second(seconds).ok();
        }
        zone.to_ambiguous_timestamp(clock(seconds)?).compatible().ok()
    };
    let (from, to) = (moment(from)?, moment(to)?);
    (from < to).then_some(When::Hours(from, to))
}

/// What the event is called.
fn summary(part: &ICalendarComponent) -> Option<Arc<str>> {
    let text = part.property(&ICalendarProperty::Summary)?.values.first()?.as_text()?;
    Some(plain(text)).filter(|name| !name.is_empty()).map(Arc::from)
}

/// A name as it can stand on one line of a screen.
pub(super) fn plain(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ").chars().take(LONGEST_NAME).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a calendar of these events closes, as text, and what is remarked, in New York.
    fn read(events: &str) -> (Vec<String>, Vec<String>) {
        let text = format!("BEGIN:VCALENDAR\n{events}END:VCALENDAR\n");
        let lines = lines_of_events(&text).unwrap();
        let zone = TimeZone::get("America/New_York").unwrap();
        let (calendar, remarks) = closed_by(&text, &lines, &zone);
        let name = |name: &Option<Arc<str>>| name.as_deref().unwrap_or("-").to_owned();
        let days = calendar.days().iter().map(|day| format!("{} {} {}", day.from, day.to, name(&day.name)));
        let hours =
            calendar.hours().iter().map(|part| format!("{} {} {}", part.from, part.to, name(&part.name)));
        let remarks = remarks.iter().map(|(line, what)| format!("{line}: {what}")).collect();
        (days.chain(hours).collect(), remarks)
    }

    fn event(lines: &str) -> String {
        format!("BEGIN:VEVENT\n{lines}\nEND:VEVENT\n")
    }

    fn closed(lines: &str) -> Vec<String> {
        let (closed, remarks) = read(&event(lines));
        assert_eq!(remarks, Vec::<String>::new());
        closed
    }

    #[test]
    fn whole_days_end_where_the_next_day_begins() {
        let cases = [
            ("DTSTART;VALUE=DATE:20261225", "2026-12-25 2026-12-26 -"),
            (
                "SUMMARY:Christmas\nDTSTART;VALUE=DATE:20261225\nDTEND;VALUE=DATE:20261226",
                "2026-12-25 2026-12-26 Christmas",
            ),
            ("DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20270102", "2026-12-24 2027-01-02 -"),
            ("DTSTART;VALUE=DATE:20261225\nDTEND;VALUE=DATE:20261225", "2026-12-25 2026-12-26 -"),
            ("DTSTART;VALUE=DATE:20261224\nDURATION:P3D", "2026-12-24 2026-12-27 -"),
            ("DTSTART;VALUE=DATE:20280229", "2028-02-29 2028-03-01 -"),
            (
                "SUMMARY:All\\, really\n  all day\nDTSTART;VALUE=DATE:20261225",
                "2026-12-25 2026-12-26 All, really all day",
            ),
            ("TRANSP:TRANSPARENT\nSTATUS:CONFIRMED\nDTSTART;VALUE=DATE:20261225", "2026-12-25 2026-12-26 -"),
        ];
        for (lines, expected) in cases {
            assert_eq!(closed(lines), [expected], "{lines}");
        }
    }

    #[test]
    fn times_have_their_own_zone_or_that_of_the_business() {
        let cases = [
            // Floating: as the clock on the wall of the business shows.
            ("DTSTART:20261224T120000\nDTEND:20261224T170000", "2026-12-24T17:00:00Z 2026-12-24T22:00:00Z -"),
            ("DTSTART:20260724T120000\nDURATION:PT1H", "2026-07-24T16:00:00Z 2026-07-24T17:00:00Z -"),
            (
                "DTSTART:20261224T120000Z\nDTEND:20261224T170000Z",
                "2026-12-24T12:00:00Z 2026-12-24T17:00:00Z -",
            ),
            (
                "DTSTART;TZID=Europe/Berlin:20261224T120000\nDTEND;TZID=Europe/Berlin:20261224T170000",
                "2026-12-24T11:00:00Z 2026-12-24T16:00:00Z -",
            ),
        ];
        for (lines, expected) in cases {
            assert_eq!(closed(lines), [expected], "{lines}");
        }
    }

    #[test]
    fn events_repeat_by_the_rules_of_holidays() {
        let yearly = closed("DTSTART;VALUE=DATE:20201225\nRRULE:FREQ=YEARLY");
        assert_eq!((yearly.len(), yearly[79].as_str()), (80, "2099-12-25 2099-12-26 -"));
        let thanksgiving =
            closed("DTSTART;VALUE=DATE:20261126\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH;COUNT=3");
        assert_eq!(
            thanksgiving,
            ["2026-11-26 2026-11-27 -", "2027-11-25 2027-11-26 -", "2028-11-23 2028-11-24 -"]
        );
        let weekly = closed(
            "DTSTART;VALUE=DATE:20261106\nRRULE:FREQ=WEEKLY;UNTIL=20261120\nEXDATE;VALUE=DATE:20261113",
        );
        assert_eq!(weekly, ["2026-11-06 2026-11-07 -", "2026-11-20 2026-11-21 -"]);
        let two_days =
            closed("DTSTART;VALUE=DATE:20261225\nDTEND;VALUE=DATE:20261227\nRRULE:FREQ=YEARLY;COUNT=2");
        assert_eq!(two_days, ["2026-12-25 2026-12-27 -", "2027-12-25 2027-12-27 -"]);
    }

    #[test]
    fn a_cancelled_event_closes_nothing_and_a_cancelled_repetition_only_itself() {
        assert_eq!(closed("STATUS:CANCELLED\nDTSTART;VALUE=DATE:20261225"), Vec::<String>::new());
        let master = event("UID:1\nDTSTART;VALUE=DATE:20261225\nRRULE:FREQ=YEARLY;COUNT=3");
        let dropped =
            event("UID:1\nRECURRENCE-ID;VALUE=DATE:20271225\nDTSTART;VALUE=DATE:20271225\nSTATUS:CANCELLED");
        let (days, _) = read(&format!("{master}{dropped}"));
        assert_eq!(days, ["2026-12-25 2026-12-26 -", "2028-12-25 2028-12-26 -"]);
    }

    #[test]
    fn overlapping_events_are_one_and_other_parts_are_left_alone() {
        let task = "BEGIN:VTODO\nDTSTART;VALUE=DATE:20260101\nDUE;VALUE=DATE:20260105\nEND:VTODO\n";
        let events = [
            event("SUMMARY:Feast\nDTSTART;VALUE=DATE:20261225\nDTEND;VALUE=DATE:20261227"),
            event("DTSTART;VALUE=DATE:20261226"),
            event("DTSTART;VALUE=DATE:20261227"),
        ];
        let (days, remarks) = read(&format!("{task}{}", events.concat()));
        assert_eq!(days, ["2026-12-25 2026-12-27 Feast", "2026-12-27 2026-12-28 -"]);
        assert_eq!(remarks, Vec::<String>::new());
    }

    #[test]
    fn what_is_not_understood_is_remarked_with_its_line() {
        let cases = [
            ("SUMMARY:X", "2: it is not understood when this event begins, so it closes nothing"),
            ("DTSTART:soon", "2: it is not understood when this event begins, so it closes nothing"),
            (
                "DTSTART;VALUE=DATE:99991225",
                "2: it is not understood when this event begins, so it closes nothing",
            ),
            ("DTSTART:20261224T170000\nDTEND:20261224T120000", "2: this event ends before it begins"),
            (
                "DTSTART;VALUE=DATE:20261225\nRRULE:FREQ=NEVER",
                "2: it is not understood how this event repeats, so only its first day counts",
            ),
            (
                "DTSTART:20261225T100000\nDTEND:20261225T101000\nRRULE:FREQ=HOURLY",
                "2: this event repeats within a day, so only its first time counts",
            ),
        ];
        for (lines, remark) in cases {
            assert_eq!(read(&event(lines)).1, [remark], "{lines}");
        }
        let two = format!("{}{}", event("DTSTART;VALUE=DATE:20261225"), event("SUMMARY:X"));
        assert!(read(&two).1[0].starts_with("5: "));
    }

    #[test]
    fn a_rule_without_end_is_followed_as_far_as_it_matters() {
        let daily = event("DTSTART;VALUE=DATE:20200101\nRRULE:FREQ=DAILY");
        let (days, remarks) = read(&daily);
        assert_eq!(days.len(), MOST_REPEATED);
        assert_eq!(remarks, ["1: its events repeat too often to be followed to the end"]);
    }

    proptest::proptest! {
        #[test]
        fn no_calendar_makes_us_stumble(
            lines in proptest::collection::vec("(DTSTART|DTEND|RRULE|EXDATE|DURATION|RDATE|UID|RECURRENCE-ID)(;VALUE=DATE|;TZID=X|)?:[0-9TZP=;A-Z,-]{0,24}", 0..6),
        ) {
            read(&event(&lines.join("\n")));
        }
    }
}
