//! A report on the terminal: a week on one screen.

use anstyle::{AnsiColor, Style};
use jiff::SignedDuration;

use crate::call::MissedReason;
use crate::call_back::CloseOutcome;
use crate::cli::clean::Clean;
use crate::cli::output::wrap;
use crate::cli::table::{Cell, Column, Table};
use crate::cli::who;
use crate::report::words::{self, counted, length, percent};
use crate::report::{Numbers, Report, Share, Trend};

/// With more days than this only their sum is shown.
const MOST_DAYS: usize = 62;

/// From this width on there is room for what matters less.
const WIDE: usize = 110;

/// Letters of a hash that an eye can hold.
const SHORT_HASH: usize = 6;

/// Which letters the terminal can show.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Letters {
    /// Blocks and arrows.
    Unicode,
    /// None of them.
    Ascii,
}

impl Letters {
    /// By the variables that name the locale; the first that is set counts.
    pub(super) fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
            .into_iter()
            .find_map(|name| variable(name).filter(|v| !v.is_empty()));
        let locale = locale.unwrap_or_default().to_ascii_lowercase();
        if locale.contains("utf-8") || locale.contains("utf8") { Self::Unicode } else { Self::Ascii }
    }

    /// Eight heights of a bar.
    fn bars(self) -> [char; 8] {
        match self {
            Self::Unicode => ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
            Self::Ascii => ['.', ':', '-', '=', '+', '*', '%', '#'],
        }
    }
}

/// How it is shown.
pub(super) struct View<'a> {
    pub(super) business: &'a str,
    pub(super) width: usize,
    pub(super) letters: Letters,
}

/// The whole screen.
pub(super) fn screen(report: &Report, view: &View<'_>) -> String {
    let bold = Style::new().bold();
    let days = words::days(&report.period);
    let title = Clean::of(view.business).cut(view.width.saturating_sub(days.len() + 2));
    let mut shown = format!("{bold}{title}{bold:#}  {days}\n");
    shown.push_str(&wrap(&words::headline(&report.total), view.width, 2));
    if report.total == Numbers::default() && report.before == Numbers::default() {
        return shown;
    }
    shown.push('\n');
    shown.push_str(&table(report, view).render(view.width));
    if report.days.len() > MOST_DAYS {
        shown.push_str("Each day by itself: `--json`, `--html report.html`.\n");
    }
    if report.total.calls.all() > 0 {
        shown.push('\n');
        shown.push_str(&hours(report, view));
    }
    shown.push('\n');
    for (what, told) in beside(report) {
        shown.push_str(&wrap(&format!("{what}: {told}"), view.width, 2));
    }
    match view.letters {
        Letters::Unicode => shown,
        Letters::Ascii => shown.replace(words::NONE, "-"),
    }
}

fn table(report: &Report, view: &View<'_>) -> Table<10> {
    let mut table = Table::new([
        Column::giving_way("day", 10),
        Column::number("calls"),
        Column::number("answered"),
        Column::number("missed"),
        Column::number("blocked"),
        Column::number("rate"),
        Column::number("to a person"),
        Column::number("9 in 10"),
        Column::number("kept"),
        Column::number("rung back"),
    ]);
    let Report { total, before, .. } = report;
    if (2..=MOST_DAYS).contains(&report.days.len()) {
        for day in &report.days {
            table.push(row(&day.date.strftime("%a %b %-d").to_string(), &day.numbers, view));
        }
    }
    let (all, earlier) = match report.days.as_slice() {
        [day] => (day.date.strftime("%a %b %-d").to_string(), "day before"),
        _ => ("in all".to_owned(), "before"),
    };
    table.push(row(&all, total, view));
    table.push(row(earlier, before, view));
    let blank = || Cell::of("");
    let rate = |of: fn(&Numbers) -> Option<f64>| {
        let (now, before) = (of(total), of(before));
        let trend = Trend::up(now, before)?;
        Some(trend.as_shown(&percent(now), &percent(before)))
    };
    let wait = |of: fn(&Numbers) -> Option<SignedDuration>| {
        let (now, before) = (of(total), of(before));
        let trend = Trend::down(now, before)?;
        Some(trend.as_shown(&length(now), &length(before)))
    };
    let most = wait(|numbers| numbers.to_a_person.p90).filter(|_| view.width >= WIDE);
    let trends = [
        rate(|numbers| numbers.calls.answer_rate()),
        wait(|numbers| numbers.to_a_person.p50),
        most,
        rate(|numbers| numbers.promises.rate_kept()),
        wait(|numbers| numbers.to_call_back.p50),
    ];
    // Without numbers before there is nothing that could be better.
    if trends.iter().any(Option::is_some) {
        let [rate, person, most, kept, rung] = trends.map(|trend| trend_cell(trend, view.letters));
        table.push([Cell::of("trend"), blank(), blank(), blank(), blank(), rate, person, most, kept, rung]);
    }
    table
}

fn row(label: &str, numbers: &Numbers, view: &View<'_>) -> [Cell; 10] {
    let Numbers { calls, promises, .. } = numbers;
    let due = promises.kept + promises.broken;
    let kept = if due == 0 { words::NONE.to_owned() } else { format!("{} of {due}", promises.kept) };
    let alarm = if promises.broken > 0 { AnsiColor::Red.on_default() } else { Style::new() };
    let only_wide = |text: String| Cell::of(if view.width >= WIDE { text } else { String::new() });
    [
        Cell::of(label),
        Cell::of(calls.all().to_string()),
        Cell::of(calls.answered.to_string()),
        Cell::of(calls.missed().to_string()),
        only_wide(calls.blocked.to_string()),
        Cell::of(percent(calls.answer_rate())),
        Cell::of(length(numbers.to_a_person.p50)),
        only_wide(length(numbers.to_a_person.p90)),
        Cell::of(kept).styled(alarm),
        Cell::of(length(numbers.to_call_back.p50)),
    ]
}

fn trend_cell(trend: Option<Trend>, letters: Letters) -> Cell {
    let Some(trend) = trend else { return Cell::of("") };
    let (arrow, word, style) = match trend {
        Trend::Better => ("▲ ", "better", AnsiColor::Green.on_default()),
        Trend::Worse => ("▼ ", "worse", AnsiColor::Yellow.on_default()),
        Trend::Same => ("", "as good", Style::new()),
    };
    let arrow = if letters == Letters::Unicode { arrow } else { "" };
    Cell::of(format!("{arrow}{word}")).styled(style)
}

/// A bar for each hour, with the hours below.
fn hours(report: &Report, view: &View<'_>) -> String {
    let most = report.hours.iter().copied().max().unwrap_or(0).max(1);
    let busiest = report.hours.iter().position(|calls| *calls == most).unwrap_or(0);
    let column = view.width.min(120) / 24;
    let bars = view.letters.bars();
    let mut bar_line = String::new();
    let mut hour_line = String::new();
    for (hour, calls) in report.hours.iter().enumerate() {
        let bar = match calls {
            0 => ' ',
            // Any call at all is seen, and only the most of them is the highest.
            calls => bars[(calls * 8).div_ceil(most).clamp(1, 8) as usize - 1],
        };
        // On a narrow terminal the bars touch each other.
        let bar = bar.to_string().repeat(column.saturating_sub(1).max(1));
        bar_line.push_str(&format!("{bar:column$}"));
        let shown = if hour % 3 == 0 { hour.to_string() } else { String::new() };
        hour_line.push_str(&format!("{shown:column$}"));
    }
    let told = format!(
        "Busiest hour: {} to {}, {}.",
        words::hour(busiest),
        words::hour(busiest + 1),
        counted(most, "call")
    );
    let told = told.replace("..", ".");
    format!("{}{}\n{}\n", wrap(&told, view.width, 2), bar_line.trim_end(), hour_line.trim_end())
}

/// What stands below the table, in a line each.
fn beside(report: &Report) -> Vec<(&'static str, String)> {
    let Numbers { calls, to_a_person, to_call_back, promises, entries, .. } = &report.total;
    let mut lines = Vec::new();
    if calls.missed() > 0 {
        let mut missed: Vec<_> =
            MissedReason::ALL.into_iter().map(|reason| (calls.missed_for(reason), reason)).collect();
        missed.retain(|(count, _)| *count > 0);
        missed.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
        lines.push(("Missed", list(missed.iter().map(|(count, reason)| format!("{count} {reason}")))));
    }
    if to_a_person.count > 0 {
        lines.push(("To a person", spread(to_a_person.p50, to_a_person.p90)));
    }
    if promises.made() > 0 {
        let told = [(promises.kept, "kept"), (promises.broken, "broken"), (promises.open, "still open")];
        let rate = promises.rate_kept().map(|rate| format!(" ({} kept)", percent(Some(rate))));
        lines.push((
            "Promises",
            format!("{} made: {}{}", promises.made(), some(&told), rate.unwrap_or_default()),
        ));
    }
    if entries.opened() > 0 {
        let mut told: Vec<_> = CloseOutcome::ALL
            .iter()
            .zip(entries.closed_as)
            .map(|(outcome, count)| (count, outcome.word().replace('-', " ")))
            .collect();
        told.push((entries.open, "still open".to_owned()));
        lines.push(("Call-backs", format!("{} opened: {}", entries.opened(), some(&told))));
        let mut rung = match to_call_back.count {
            0 => "nobody was".to_owned(),
            _ => spread(to_call_back.p50, to_call_back.p90),
        };
        if report.total.not_yet_rung > 0 {
            let entries = if report.total.not_yet_rung == 1 { "entry" } else { "entries" };
            rung.push_str(&format!("; {} {entries} not yet", report.total.not_yet_rung));
            if report.total.still_waiting > 0 {
                rung.push_str(&format!(", {} of them still open", report.total.still_waiting));
            }
        }
        lines.push(("Rung back", rung));
    }
    let people = report.people.iter().map(|(name, did)| {
        let closed = (did.closed, "closed".to_owned());
        let attempts = (did.attempts, if did.attempts == 1 { "attempt" } else { "attempts" }.to_owned());
        format!("{name} {}", some(&[(did.answered, "answered".to_owned()), attempts, closed]))
    });
    lines.push(("People", people.collect::<Vec<_>>().join("; ")));
    let area = |area: &Option<crate::call::AreaName>| match area {
        Some(area) => area.to_string(),
        None => "no area".to_owned(),
    };
    if report.areas.iter().any(|(area, _)| area.is_some()) {
        lines.push(("Areas", shares(report.areas.iter().map(|(name, share)| (area(name), share)))));
    }
    let flow = |(flow, share): &(Option<crate::report::FlowVersionName>, Share)| {
        let name = flow.as_ref().map(|flow| {
            format!("{} {}", flow.name, flow.version.chars().take(SHORT_HASH).collect::<String>())
        });
        (name.unwrap_or_else(|| "no flow".to_owned()), *share)
    };
    let flows: Vec<_> = report.flows.iter().map(flow).collect();
    lines.push(("Flows", shares(flows.iter().map(|(name, share)| (name.clone(), share)))));
    if report.lines.len() > 1 {
        let line = |line: &Option<_>| line.as_ref().map_or_else(|| "no line".to_owned(), who::number);
        lines.push(("Lines", shares(report.lines.iter().map(|(number, share)| (line(number), share)))));
    }
    lines.retain(|(_, told)| !told.is_empty());
    lines
}

fn spread(p50: Option<SignedDuration>, p90: Option<SignedDuration>) -> String {
    format!("half within {}, 9 in 10 within {}", length(p50), length(p90))
}

fn shares<'a>(shares: impl Iterator<Item = (String, &'a Share)>) -> String {
    let told = shares.map(|(name, share)| {
        format!(
            "{name} {}, {} answered ({})",
            counted(share.calls, "call"),
            share.answered,
            percent(share.answer_rate())
        )
    });
    told.collect::<Vec<_>>().join("; ")
}

/// Those of which there are any.
fn some(counts: &[(u32, impl std::fmt::Display)]) -> String {
    list(counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")))
}

fn list(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use jiff::{Timestamp, ToSpan};

    use super::*;
    use crate::call::{Accept, AreaName, FlowName, Outcome, PersonName, PhoneNumber};
    use crate::call_back::AttemptOutcome;
    use crate::cli::testing::plain;
    use crate::report::{
        AttemptFact, CallFact, Closing, EntryFact, Facts, FlowVersionName, Period, PromiseFact,
    };

    /// A Monday morning; what happens is told in hours from then.
    fn at(hours: i64) -> Timestamp {
        "2026-11-16T09:00:00-05:00".parse::<Timestamp>().unwrap() + hours.hours()
    }

    fn person(name: &str) -> PersonName {
        PersonName::parse(name).unwrap()
    }

    fn call(hours: i64, outcome: Outcome) -> CallFact {
        CallFact {
            at: at(hours),
            outcome,
            area: AreaName::parse(if hours % 2 == 0 { "repairs" } else { "billing" }).ok(),
            flow: Some(FlowVersionName {
                name: FlowName::parse("front-desk").unwrap(),
                version: "0a1b2c3d4e5f".into(),
            }),
            line: PhoneNumber::parse("+15550100").ok(),
        }
    }

    fn answered(hours: i64, by: &str, seconds: i64) -> CallFact {
        call(hours, Outcome::Answered(Accept { by: person(by), at: at(hours) + seconds.seconds() }))
    }

    fn missed(hours: i64, reason: MissedReason) -> CallFact {
        call(hours, Outcome::Missed(reason))
    }

    fn report() -> Report {
        let entry = |opened: i64, rung: Option<i64>, outcome: Option<CloseOutcome>| EntryFact {
            opened_at: at(opened),
            closed: outcome.map(|outcome| Closing { by: person("ben"), at: at(opened + 30), outcome }),
            first_rung_at: rung.map(at),
            owner: person("ana"),
            area: None,
        };
        let promise = |made: i64, met: Option<i64>| PromiseFact {
            made_at: at(made),
            promised_at: at(made + 2),
            met_at: met.map(at),
        };
        let facts = Facts {
            calls: vec![
                answered(-140, "ana", 31),
                missed(-130, MissedReason::Closed),
                answered(0, "ana", 8),
                answered(0, "ben", 21),
                missed(1, MissedReason::RangOut),
                answered(25, "ana", 9),
                answered(29, "ana", 90),
                missed(50, MissedReason::VoicemailLeft),
                missed(50, MissedReason::VoicemailLeft),
                call(75, Outcome::Blocked),
                answered(100, "cleo", 7),
                call(149, Outcome::InProgress),
            ],
            entries: vec![
                entry(1, Some(2), Some(CloseOutcome::Reached)),
                entry(50, None, Some(CloseOutcome::Spam)),
                entry(51, None, None),
            ],
            promises: vec![
                promise(-130, Some(-120)),
                promise(1, Some(2)),
                promise(50, None),
                promise(148, None),
            ],
            attempts: vec![AttemptFact { at: at(2), by: person("ben"), outcome: AttemptOutcome::Busy }],
        };
        let zone = TimeZone::get("America/New_York").unwrap();
        let period = Period::new("2026-11-16".parse().unwrap(), "2026-11-23".parse().unwrap(), zone);
        Report::of(&facts, period, at(149))
    }

    fn shown(width: usize, letters: Letters) -> String {
        plain(&screen(&report(), &View { business: "Ridge Plumbing", width, letters }))
    }

    #[test]
    fn a_week_is_shown_in_eighty_columns() {
        let shown = shown(80, Letters::Unicode);
        assert_eq!(shown, include_str!("week-80.txt"), "{shown}");
        assert!(shown.lines().all(|line| Clean::of(line).width() <= 80));
    }

    #[test]
    fn a_wide_terminal_shows_more_and_an_old_one_needs_no_blocks() {
        let shown = shown(120, Letters::Ascii);
        assert_eq!(shown, include_str!("week-120.txt"), "{shown}");
        assert!(shown.is_ascii());
    }

    #[test]
    fn the_hours_have_their_bars_on_the_narrowest_terminal() {
        for width in [40, 48, 72] {
            let told = shown(width, Letters::Unicode);
            let bars =
                told.lines().find(|line| line.contains('█')).unwrap_or_else(|| panic!("{width}: {told}"));
            assert!(Clean::of(bars).width() <= width, "{width}: {told}");
        }
    }

    #[test]
    fn no_name_of_a_business_breaks_the_screen() {
        let name = format!("\u{1b}[2J\u{202e}Ridge\n{}", "x".repeat(2_000));
        let shown =
            plain(&screen(&report(), &View { business: &name, width: 80, letters: Letters::Unicode }));
        assert!(shown.starts_with("[2JRidge xxx") && shown.lines().all(|line| Clean::of(line).width() <= 80));
    }

    #[test]
    fn the_locale_says_which_letters_there_are() {
        let of = |set: &[(&str, &str)]| {
            Letters::of(|name| {
                set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            })
        };
        assert_eq!(of(&[("LANG", "de_DE.UTF-8")]), Letters::Unicode);
        assert_eq!(of(&[("LC_ALL", "C"), ("LANG", "de_DE.UTF-8")]), Letters::Ascii);
        assert_eq!(of(&[("LC_ALL", ""), ("LC_CTYPE", "C.utf8")]), Letters::Unicode);
        assert_eq!(of(&[]), Letters::Ascii);
    }
}
