//! Numbers, lengths of time and days as people say them; `–` stands for none.

use jiff::SignedDuration;
use jiff::civil::Date;

use super::numbers::{Numbers, Promises};
use super::period::Period;

/// What stands where there is nothing to be told.
pub const NONE: &str = "–";

/// A share of a hundred; never all or nothing where it is not quite that.
pub fn percent(rate: Option<f64>) -> String {
    let Some(rate) = rate else { return NONE.to_owned() };
    let percent = (rate * 100.0).round();
    let percent = if rate < 1.0 { percent.min(99.0) } else { percent };
    let percent = if rate > 0.0 { percent.max(1.0) } else { percent };
    format!("{percent:.0} %")
}

/// A length of time in the unit that it is thought of in: `8 s`, `35 min`, `5 h`, `3 days`.
pub fn length(length: Option<SignedDuration>) -> String {
    let Some(length) = length else { return NONE.to_owned() };
    match (length.as_secs(), length.as_mins(), length.as_hours()) {
        (seconds @ ..120, ..) => format!("{seconds} s"),
        (_, minutes @ ..120, _) => format!("{minutes} min"),
        (.., hours @ ..48) => format!("{hours} h"),
        (.., hours) => format!("{} days", hours / 24),
    }
}

/// `1 call`, `2 calls`.
pub fn counted(count: u32, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}

/// The sentence that says it all.
pub fn headline(numbers: &Numbers) -> String {
    let calls = &numbers.calls;
    if calls.all() == 0 {
        return match promises(&numbers.promises) {
            Some(promises) => format!("No calls; {promises}."),
            None => "No calls.".to_owned(),
        };
    }
    let mut parts = vec![counted(calls.all(), "call")];
    parts.push(match calls.answer_rate() {
        Some(rate) => format!("{} answered ({})", calls.answered, percent(Some(rate))),
        None => "none answered".to_owned(),
    });
    parts.push(format!("{} missed", calls.missed()));
    let rest = [(calls.blocked, "blocked"), (calls.going_on, "going on")];
    parts.extend(rest.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")));
    let promises = promises(&numbers.promises).map(|promises| format!("; {promises}")).unwrap_or_default();
    format!("{}{promises}.", parts.join(", "))
}

fn promises(promises: &Promises) -> Option<String> {
    let Promises { kept, broken, open } = *promises;
    let still_open = |open| if open == 0 { String::new() } else { format!(", {open} still open") };
    match (kept, broken, open) {
        (0, 0, 0) => None,
        (0, 0, open) => Some(format!("{} still open", counted(open, "promise"))),
        (_, 0, open) => Some(format!("all promises kept{}", still_open(open))),
        (_, broken, open) => {
            let of = counted(kept + broken, "promise");
            Some(format!("{broken} of {of} broken{}", still_open(open)))
        }
    }
}

/// The days of a period: `Sun Nov 22, 2026`, `November 2026`, `Nov 16 to 22, 2026`.
pub fn days(period: &Period) -> String {
    let (first, last) = (period.from, period.last());
    let say = |day: Date, how: &str| day.strftime(how).to_string();
    if first == last {
        return say(first, "%a %b %-d, %Y");
    }
    if period.is_month() {
        return say(first, "%B %Y");
    }
    let from = match first.year() == last.year() {
        true => say(first, "%b %-d"),
        false => say(first, "%b %-d, %Y"),
    };
    let same_month = (first.year(), first.month()) == (last.year(), last.month());
    format!("{from} to {}", say(last, if same_month { "%-d, %Y" } else { "%b %-d, %Y" }))
}

/// What a period is compared with: `the day before`, `October 2026`, `the 7 days before`.
pub fn before(period: &Period) -> String {
    match period.length() {
        1 => "the day before".to_owned(),
        _ if period.is_month() => days(&period.before()),
        length => format!("the {length} days before"),
    }
}

/// An hour of the day: `midnight`, `9 a.m.`, `noon`, `5 p.m.`.
pub fn hour(hour: usize) -> String {
    match hour % 24 {
        0 => "midnight".to_owned(),
        12 => "noon".to_owned(),
        morning @ ..12 => format!("{morning} a.m."),
        afternoon => format!("{} p.m.", afternoon - 12),
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::report::Calls;

    #[test]
    fn a_share_is_never_all_or_nothing_where_it_is_not() {
        let cases = [(None, "–"), (Some(0.0), "0 %"), (Some(0.001), "1 %"), (Some(0.816), "82 %")];
        for (rate, told) in cases.into_iter().chain([(Some(0.999), "99 %"), (Some(1.0), "100 %")]) {
            assert_eq!(percent(rate), told);
        }
    }

    #[test]
    fn a_length_is_told_in_its_unit() {
        let seconds = [0, 8, 119, 120, 7_199, 7_200, 172_799, 172_800];
        let told = seconds.map(|seconds| length(Some(SignedDuration::from_secs(seconds))));
        assert_eq!(told, ["0 s", "8 s", "119 s", "2 min", "119 min", "2 h", "47 h", "2 days"]);
        assert_eq!(length(None), "–");
    }

    #[test]
    fn the_headline_says_what_matters_in_one_sentence() {
        let mut missed_by = [0; 10];
        missed_by[6] = 7;
        let calls = Calls { answered: 31, missed_by, blocked: 0, going_on: 0 };
        let numbers = |calls, (kept, broken, open)| Numbers {
            calls,
            promises: Promises { kept, broken, open },
            ..Numbers::default()
        };
        let cases = [
            (numbers(calls, (5, 0, 0)), "38 calls, 31 answered (82 %), 7 missed; all promises kept."),
            (numbers(calls, (0, 0, 0)), "38 calls, 31 answered (82 %), 7 missed."),
            (
                numbers(Calls { blocked: 2, going_on: 1, ..calls }, (4, 1, 2)),
                "41 calls, 31 answered (82 %), 7 missed, 2 blocked, 1 going on; 1 of 5 promises broken, 2 still open.",
            ),
            (
                numbers(Calls { blocked: 1, ..Calls::default() }, (0, 0, 1)),
                "1 call, none answered, 0 missed, 1 blocked; 1 promise still open.",
            ),
            (Numbers::default(), "No calls."),
        ];
        for (numbers, told) in cases {
            assert_eq!(headline(&numbers), told);
        }
    }

    #[test]
    fn days_are_told_as_people_tell_them() {
        let cases = [
            ("2026-11-22", "2026-11-23", "Sun Nov 22, 2026", "the day before"),
            ("2026-11-16", "2026-11-23", "Nov 16 to 22, 2026", "the 7 days before"),
            ("2026-11-28", "2026-12-05", "Nov 28 to Dec 4, 2026", "the 7 days before"),
            ("2025-12-28", "2026-01-04", "Dec 28, 2025 to Jan 3, 2026", "the 7 days before"),
            ("2026-11-01", "2026-12-01", "November 2026", "October 2026"),
        ];
        for (from, to, told, compared) in cases {
            let period = Period::new(from.parse().unwrap(), to.parse().unwrap(), TimeZone::UTC);
            assert_eq!((days(&period).as_str(), before(&period).as_str()), (told, compared));
        }
        assert_eq!([0, 9, 12, 17].map(hour), ["midnight", "9 a.m.", "noon", "5 p.m."]);
    }
}
