//! Opening hours and people's hours as the owner writes them, in the file and as an argument of `init`.

use jiff::civil::Time;

use crate::business::{DayRange, Hours};
use crate::notation::{Entry, Placed, Problem, Problems, Table, Value};

/// The days as the file names them, Monday first.
pub const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// Text that is no stretch of a day.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRange {
    /// Not two times.
    #[error("`{0}` is not a range such as `08:00-17:00`")]
    NotARange(String),
    /// Not a time of day.
    #[error("`{0}` is not a time such as `08:00`")]
    NotATime(String),
    /// Nothing, or a whole day.
    #[error("`{0}` begins and ends at the same time; a whole day is `00:00-24:00`")]
    Empty(String),
    /// Bare hours that would run over midnight: nobody means `9-5` at night.
    #[error("`{text}` ends before it begins")]
    Backwards {
        /// What was written.
        text: String,
        /// The hour at which it begins.
        from: u16,
        /// The hour at which it ends.
        to: u16,
    },
}

impl BadRange {
    /// What to write instead.
    fn hint(&self) -> String {
        match self {
            Self::Backwards { from, to, .. } if *from < 12 => format!(
                "write `\"{from:02}:00-{:02}:00\"`; over midnight: `\"{:02}:00-{to:02}:00\"`",
                to + 12,
                from + 12
            ),
            Self::Backwards { from, to, .. } => {
                format!("write `\"{from:02}:00-{to:02}:00\"` if it runs over midnight")
            }
            Self::NotARange(_) | Self::NotATime(_) | Self::Empty(_) => {
                "write hours like `\"08:00-12:00\"`, from 00:00 to 24:00; \"22:00-02:00\" runs over midnight"
                    .to_owned()
            }
        }
    }
}

/// An argument such as `mon-fri 09:00-17:00` that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadHours {
    /// No day of the week.
    #[error("`{0}` is not a day such as `mon`, or days such as `mon-fri`")]
    NotADay(String),
    /// Days without times, or times without days.
    #[error("`{0}` needs days and times, such as `mon-fri 09:00-17:00`")]
    Half(String),
    /// A range that is none.
    #[error(transparent)]
    Range(#[from] BadRange),
}

impl BadHours {
    /// What to write instead.
    pub fn hint(&self) -> String {
        match self {
            Self::Range(error @ BadRange::Backwards { .. }) => error.hint().replace('"', ""),
            Self::Range(_) | Self::NotADay(_) | Self::Half(_) => {
                "write `always`, or like `mon-thu 08:00-17:00, fri 08:00-12:00`".to_owned()
            }
        }
    }
}

/// Longer than this nobody works through a night.
const LONGEST_NIGHT: u16 = 12 * 60;

/// Reads one range: `08:00-17:00`, `8-17`, `22:00-02:00` over midnight, `00:00-24:00`.
pub(super) fn parse_range(text: &str) -> Result<DayRange, BadRange> {
    let not_a_range = || BadRange::NotARange(text.to_owned());
    let (from, to) = text.split_once(['-', '–']).ok_or_else(not_a_range)?;
    let has_minutes = from.contains(':') && to.contains(':');
    let from = time(from).filter(|minutes| *minutes < 1440).ok_or_else(|| bad_time(from))?;
    let to = time(to).ok_or_else(|| bad_time(to))?;
    if from == to {
        return Err(BadRange::Empty(text.to_owned()));
    }
    if to < from && !has_minutes {
        return Err(BadRange::Backwards { text: text.to_owned(), from: from / 60, to: to / 60 });
    }
    Ok(DayRange { from: of_day(from), to: of_day(to) })
}

fn bad_time(text: &str) -> BadRange {
    BadRange::NotATime(text.trim().to_owned())
}

/// Minutes since midnight; `24:00` is the end of the day.
fn time(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':').unwrap_or((text.trim(), "00"));
    let number = |text: &str, most: u16| -> Option<u16> {
        let plain = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        text.parse().ok().filter(|number| plain && *number <= most)
    };
    let minutes = number(hour, 24)? * 60 + number(minute, 59).filter(|_| minute.len() == 2)?;
    (minutes <= 1440).then_some(minutes)
}

fn of_day(minutes: u16) -> Time {
    let [hour, minute] = [minutes / 60 % 24, minutes % 60].map(|n| i8::try_from(n).unwrap_or_default());
    Time::constant(hour, minute, 0, 0)
}

/// Reads the hours that `init` takes as an argument: `always`, or days with their times, as in
/// `mon-thu 08:00-12:00 13:00-17:00, fri 08:00-12:00`. Days that are not named are closed.
pub fn parse_hours(text: &str) -> Result<Hours, BadHours> {
    if text.trim().eq_ignore_ascii_case("always") {
        return Ok(Hours::Always);
    }
    let mut week: [Vec<DayRange>; 7] = std::array::from_fn(|_| Vec::new());
    let mut days: Vec<usize> = Vec::new();
    let mut timed = false;
    for word in text.split([',', ' ']).filter(|word| !word.is_empty()) {
        if word.starts_with(|c: char| c.is_ascii_digit()) {
            let range = parse_range(word)?;
            if days.is_empty() {
                return Err(BadHours::Half(text.trim().to_owned()));
            }
            days.iter().for_each(|day| week[*day].push(range));
            timed = true;
            continue;
        }
        if timed {
            days.clear();
            timed = false;
        }
        days.extend(day_range(word)?);
    }
    if !timed {
        return Err(BadHours::Half(text.trim().to_owned()));
    }
    Ok(Hours::Weekly(week))
}

/// The days of `mon`, `mon-fri` or, over the week's end, `sat-mon`.
fn day_range(word: &str) -> Result<Vec<usize>, BadHours> {
    let day = |name: &str| {
        let name = name.to_ascii_lowercase();
        let known = DAYS.iter().position(|day| name.len() >= 2 && day.starts_with(&name));
        known.ok_or_else(|| BadHours::NotADay(word.to_owned()))
    };
    let Some((first, last)) = word.split_once(['-', '–']) else {
        return day(word).map(|day| vec![day]);
    };
    let (first, last) = (day(first)?, day(last)?);
    Ok((first..=last + if last < first { 7 } else { 0 }).map(|day| day % 7).collect())
}

/// Reads `[hours]`; without it, always open.
pub(super) fn read_hours(root: &mut Table, problems: &mut Problems) -> Hours {
    let Some(entry) = root.take("hours") else {
        return Hours::Always;
    };
    let heading = entry.key.span.clone();
    let hours = read_week(entry, problems);
    if is_never(&hours) {
        problems.push(
            Problem::warning(heading, "with these hours it is always closed")
                .hint("write for example `monday = \"08:00-17:00\"`; without `[hours]` it is always open"),
        );
    }
    hours
}

/// Reads the `hours` of one person, in the same notation.
pub(super) fn read_own_hours(person: &mut Table, problems: &mut Problems) -> Option<Hours> {
    let entry = person.take("hours")?;
    let key = entry.key.span.clone();
    let told = problems.len();
    let hours = read_week(entry, problems);
    if is_never(&hours) && problems.len() == told {
        problems.push(
            Problem::warning(key, "with these hours the person is never on duty")
                .hint("write for example `hours = { monday = \"08:00-17:00\" }`; without `hours`, those of the business hold"),
        );
    }
    Some(hours)
}

/// The ranges of seven days, or `"always"`.
fn read_week(entry: Entry, problems: &mut Problems) -> Hours {
    if let Value::Text(text) = &entry.value.value
        && text == "always"
    {
        return Hours::Always;
    }
    let Some(mut table) = entry.table(problems) else {
        return Hours::Always;
    };
    let week = DAYS.map(|day| table.take(day).map(|entry| read_day(entry, problems)).unwrap_or_default());
    table.finish(problems);
    Hours::Weekly(week)
}

fn is_never(hours: &Hours) -> bool {
    match hours {
        Hours::Always => false,
        Hours::Weekly(week) => week.iter().all(Vec::is_empty),
    }
}

fn read_day(entry: Entry, problems: &mut Problems) -> Vec<DayRange> {
    let mut ranges = Vec::new();
    for text in entry.texts(problems).unwrap_or_default() {
        if text.value == "closed" {
            continue;
        }
        match parse_range(&text.value) {
            Ok(range) => {
                warn_of_a_long_night(&range, &text, problems);
                ranges.push(range);
            }
            Err(error) => {
                problems.push(Problem::error(text.span, error.to_string()).hint(error.hint()));
            }
        }
    }
    ranges.sort_by_key(|range| range.from);
    ranges
}

fn warn_of_a_long_night(range: &DayRange, text: &Placed<String>, problems: &mut Problems) {
    let minutes =
        |time: Time| u16::try_from(time.hour()).unwrap_or(0) * 60 + u16::try_from(time.minute()).unwrap_or(0);
    let (from, to) = (minutes(range.from), minutes(range.to));
    if to == 0 || to > from || 1440 - from + to <= LONGEST_NIGHT {
        return;
    }
    let hours = (1440 - from + to) / 60;
    let message = format!("`{}` runs over midnight, for {hours} hours", text.value);
    problems.push(
        Problem::warning(text.span.clone(), message)
            .hint("hours of the afternoon are 13:00 to 23:00: from nine to five is `\"09:00-17:00\"`"),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str) -> DayRange {
        parse_range(text).expect("a range")
    }

    #[test]
    fn ranges_are_read_as_people_write_them() {
        let time = |hour, minute| Time::constant(hour, minute, 0, 0);
        let cases = [
            ("08:00-17:30", time(8, 0), time(17, 30)),
            ("8:00 - 17:30", time(8, 0), time(17, 30)),
            ("8-17", time(8, 0), time(17, 0)),
            ("22:00-02:00", time(22, 0), time(2, 0)),
            ("00:00-24:00", time(0, 0), time(0, 0)),
            ("08:00–24:00", time(8, 0), time(0, 0)),
        ];
        for (text, from, to) in cases {
            assert_eq!(parse_range(text), Ok(DayRange { from, to }), "{text}");
        }
    }

    #[test]
    fn what_is_no_range_says_why() {
        let cases = [
            ("8", "`8` is not a range such as `08:00-17:00`"),
            ("8am-5pm", "`8am` is not a time such as `08:00`"),
            ("08:00-25:00", "`25:00` is not a time such as `08:00`"),
            ("08:00-24:01", "`24:01` is not a time such as `08:00`"),
            ("24:00-08:00", "`24:00` is not a time such as `08:00`"),
            ("08:60-09:00", "`08:60` is not a time such as `08:00`"),
            ("08:0-09:00", "`08:0` is not a time such as `08:00`"),
            ("-08:00", "`` is not a time such as `08:00`"),
            ("09:00-09:00", "`09:00-09:00` begins and ends at the same time; a whole day is `00:00-24:00`"),
            ("9-5", "`9-5` ends before it begins"),
            ("9:00-5", "`9:00-5` ends before it begins"),
            ("22-2", "`22-2` ends before it begins"),
        ];
        for (text, message) in cases {
            assert_eq!(parse_range(text).map_err(|error| error.to_string()), Err(message.to_owned()));
        }
    }

    #[test]
    fn nine_to_five_is_not_a_night_and_the_hint_says_how_to_write_both() {
        let hint = |text: &str| parse_hours(text).unwrap_err().hint();
        assert_eq!(hint("mon-fri 9-5"), "write `09:00-17:00`; over midnight: `21:00-05:00`");
        assert_eq!(hint("sat 22-2"), "write `22:00-02:00` if it runs over midnight");
        assert_eq!(hint("sat"), "write `always`, or like `mon-thu 08:00-17:00, fri 08:00-12:00`");
    }

    #[test]
    fn a_night_that_is_longer_than_half_a_day_is_worth_a_look() {
        let source = "[hours]\nmonday = \"09:00-05:00\"\nfriday = [\"08:00-24:00\", \"21:00-09:00\"]\n";
        let (mut table, mut problems) = Table::parse("a.toml", source);
        read_hours(&mut table, &mut problems);
        let told = "a.toml:2:10: warning: `09:00-05:00` runs over midnight, for 20 hours";
        assert_eq!(problems.to_string(), told);
    }

    #[test]
    fn the_argument_of_init_names_days_and_times() {
        let (day, morning, afternoon) = (range("09:00-17:00"), range("08:00-12:00"), range("13:00-17:00"));
        let none = Vec::new;
        let cases = [
            ("mon-fri 09:00-17:00", [vec![day], vec![day], vec![day], vec![day], vec![day], none(), none()]),
            (
                "mon-tue 08:00-12:00 13:00-17:00, Friday 08:00-12:00",
                [
                    vec![morning, afternoon],
                    vec![morning, afternoon],
                    none(),
                    none(),
                    vec![morning],
                    none(),
                    none(),
                ],
            ),
            (
                "mon,wed 08:00-12:00,13:00-17:00",
                [vec![morning, afternoon], none(), vec![morning, afternoon], none(), none(), none(), none()],
            ),
            ("sat-mon 9-17", [vec![day], none(), none(), none(), none(), vec![day], vec![day]]),
        ];
        for (text, week) in cases {
            assert_eq!(parse_hours(text), Ok(Hours::Weekly(week)), "{text}");
        }
        assert_eq!(parse_hours(" Always "), Ok(Hours::Always));
    }

    #[test]
    fn an_argument_that_says_half_is_not_guessed_at() {
        let cases = [
            ("", "`` needs days and times, such as `mon-fri 09:00-17:00`"),
            ("mon-fri", "`mon-fri` needs days and times, such as `mon-fri 09:00-17:00`"),
            ("09:00-17:00", "`09:00-17:00` needs days and times, such as `mon-fri 09:00-17:00`"),
            ("mon 9-17 fri", "`mon 9-17 fri` needs days and times, such as `mon-fri 09:00-17:00`"),
            ("mo-xx 9-17", "`mo-xx` is not a day such as `mon`, or days such as `mon-fri`"),
            ("m 9-17", "`m` is not a day such as `mon`, or days such as `mon-fri`"),
            ("mon 9am-5pm", "`9am` is not a time such as `08:00`"),
        ];
        for (text, message) in cases {
            assert_eq!(
                parse_hours(text).map_err(|error| error.to_string()),
                Err(message.to_owned()),
                "{text}"
            );
        }
    }
}
