//! `report --json`: what outside programs rely on. Fields are only ever added; what each number means stands in
//! [`crate::report`]. A rate is a share of one; what there is none of is `null`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::call::MissedReason;
use crate::call_back::{AttemptOutcome, CloseOutcome};
use crate::report::{Numbers, Period, Report, Share, Spread};
use crate::settings::DAYS;
use crate::store::rfc3339;

/// A report: its days (`to` is the last of them), all of them together, and what stands beside.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct ReportShape {
    business: String,
    time_zone: Option<String>,
    as_of: String,
    from: String,
    to: String,
    total: NumbersShape,
    before: BeforeShape,
    days: Vec<DayShape>,
    hours: [u32; 24],
    week: [HoursShape; 7],
    areas: Vec<AreaShape>,
    people: Vec<PersonShape>,
    flows: Vec<FlowShape>,
    lines: Vec<LineShape>,
}

#[derive(Debug, Serialize)]
pub(in crate::cli) struct NumbersShape {
    calls: u32,
    answered: u32,
    missed: u32,
    blocked: u32,
    going_on: u32,
    answer_rate: Option<f64>,
    missed_by: BTreeMap<&'static str, u32>,
    seconds_to_a_person: SpreadShape,
    promises: PromisesShape,
    seconds_to_call_back: SpreadShape,
    not_yet_rung: u32,
    still_waiting: u32,
    entries: EntriesShape,
    attempts: BTreeMap<&'static str, u32>,
}

#[derive(Debug, Serialize)]
struct BeforeShape {
    from: String,
    to: String,
    #[serde(flatten)]
    numbers: NumbersShape,
}

#[derive(Debug, Serialize)]
struct DayShape {
    date: String,
    #[serde(flatten)]
    numbers: NumbersShape,
}

/// The value of half and of nine in ten, in whole seconds, and of how many.
#[derive(Debug, Serialize)]
struct SpreadShape {
    count: u32,
    p50: Option<i64>,
    p90: Option<i64>,
}

#[derive(Debug, Serialize)]
struct PromisesShape {
    made: u32,
    kept: u32,
    broken: u32,
    open: u32,
    rate_kept: Option<f64>,
}

#[derive(Debug, Serialize)]
struct EntriesShape {
    opened: u32,
    closed: u32,
    open: u32,
    closed_as: BTreeMap<&'static str, u32>,
}

/// Calls by the hours of a weekday.
#[derive(Debug, Serialize)]
struct HoursShape {
    weekday: &'static str,
    hours: [u32; 24],
}

#[derive(Debug, Serialize)]
struct ShareShape {
    calls: u32,
    answered: u32,
    missed: u32,
    answer_rate: Option<f64>,
}

#[derive(Debug, Serialize)]
struct AreaShape {
    area: Option<String>,
    #[serde(flatten)]
    share: ShareShape,
}

#[derive(Debug, Serialize)]
struct FlowShape {
    flow: Option<String>,
    flow_version: Option<String>,
    #[serde(flatten)]
    share: ShareShape,
}

#[derive(Debug, Serialize)]
struct LineShape {
    line: Option<String>,
    #[serde(flatten)]
    share: ShareShape,
}

#[derive(Debug, Serialize)]
struct PersonShape {
    person: String,
    answered: u32,
    attempts: u32,
    closed: u32,
}

impl ReportShape {
    /// The shape of a report of a business.
    pub(in crate::cli) fn of(report: &Report, business: &str, now: Timestamp) -> Self {
        let (from, to) = ends(&report.period);
        let before = report.period.before();
        let mut weekdays = DAYS.into_iter();
        let share = |share: &Share| ShareShape {
            calls: share.calls,
            answered: share.answered,
            missed: share.missed,
            answer_rate: rounded(share.answer_rate()),
        };
        let name = |name: &Option<_>| name.as_ref().map(ToString::to_string);
        Self {
            business: business.to_owned(),
            time_zone: report.period.zone.iana_name().map(str::to_owned),
            as_of: rfc3339(now, &report.period.zone),
            from,
            to,
            total: NumbersShape::of(&report.total),
            before: BeforeShape {
                from: ends(&before).0,
                to: ends(&before).1,
                numbers: NumbersShape::of(&report.before),
            },
            days: report
                .days
                .iter()
                .map(|day| DayShape { date: day.date.to_string(), numbers: NumbersShape::of(&day.numbers) })
                .collect(),
            hours: report.hours,
            week: report.week.map(|hours| HoursShape { weekday: weekdays.next().unwrap_or_default(), hours }),
            areas: report
                .areas
                .iter()
                .map(|(area, of)| AreaShape { area: name(area), share: share(of) })
                .collect(),
            people: report
                .people
                .iter()
                .map(|(person, did)| PersonShape {
                    person: person.to_string(),
                    answered: did.answered,
                    attempts: did.attempts,
                    closed: did.closed,
                })
                .collect(),
            flows: report
                .flows
                .iter()
                .map(|(flow, of)| FlowShape {
                    flow: flow.as_ref().map(|flow| flow.name.to_string()),
                    flow_version: flow.as_ref().map(|flow| flow.version.to_string()),
                    share: share(of),
                })
                .collect(),
            lines: report
                .lines
                .iter()
                .map(|(line, of)| LineShape {
                    line: line.as_ref().map(ToString::to_string),
                    share: share(of),
                })
                .collect(),
        }
    }
}

impl NumbersShape {
    /// The shape of numbers, which a digest shows too.
    pub(in crate::cli) fn of(numbers: &Numbers) -> Self {
        let Numbers { calls, promises, entries, .. } = numbers;
        let spread = |spread: Spread| SpreadShape {
            count: spread.count,
            p50: spread.p50.map(|length| length.as_secs()),
            p90: spread.p90.map(|length| length.as_secs()),
        };
        Self {
            calls: calls.all(),
            answered: calls.answered,
            missed: calls.missed(),
            blocked: calls.blocked,
            going_on: calls.going_on,
            answer_rate: rounded(calls.answer_rate()),
            missed_by: MissedReason::ALL.iter().map(|reason| reason.word()).zip(calls.missed_by).collect(),
            seconds_to_a_person: spread(numbers.to_a_person),
            promises: PromisesShape {
                made: promises.made(),
                kept: promises.kept,
                broken: promises.broken,
                open: promises.open,
                rate_kept: rounded(promises.rate_kept()),
            },
            seconds_to_call_back: spread(numbers.to_call_back),
            not_yet_rung: numbers.not_yet_rung,
            still_waiting: numbers.still_waiting,
            entries: EntriesShape {
                opened: entries.opened(),
                closed: entries.closed(),
                open: entries.open,
                closed_as: CloseOutcome::ALL.iter().map(|one| one.word()).zip(entries.closed_as).collect(),
            },
            attempts: AttemptOutcome::ALL.iter().map(|one| one.word()).zip(numbers.attempts).collect(),
        }
    }
}

fn ends(period: &Period) -> (String, String) {
    (period.from.to_string(), period.last().to_string())
}

/// To the hundredth of a percent.
fn rounded(rate: Option<f64>) -> Option<f64> {
    rate.map(|rate| (rate * 10_000.0).round() / 10_000.0)
}
