//! A report on the terminal: a week on one screen.

use anstyle::{AnsiColor, Style};

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
    table.push(row("in all", total, view));
    table.push(row("before", before, view));
    let trend = |trend| trend_cell(trend, view.letters);
    let wide = view.width >= WIDE;
    let blank = || Cell::of("");
    table.push([
        Cell::of("so it is"),
        blank(),
        blank(),
        blank(),
        blank(),
        trend(Trend::up(total.calls.answer_rate(), before.calls.answer_rate())),
        trend(Trend::down(total.to_a_person.p50, before.to_a_person.p50)),
        if wide { trend(Trend::down(total.to_a_person.p90, before.to_a_person.p90)) } else { blank() },
        trend(Trend::up(total.promises.rate_kept(), before.promises.rate_kept())),
        trend(Trend::down(total.to_call_back.p50, before.to_call_back.p50)),
    ]);
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
        bar_line.push_str(&bar.to_string().repeat(column - 1));
        bar_line.push(' ');
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
            rung.push_str(&format!("; {} not", report.total.not_yet_rung));
            if report.total.still_waiting > 0 {
                rung.push_str(&format!(", of these {} still open", report.total.still_waiting));
            }
        }
        lines.push(("Rung back", rung));
    }
    let people = report.people.iter().map(|(name, did)| {
        let attempts = counted(did.attempts, "attempt");
        format!("{name} {} answered, {attempts}, {} closed", did.answered, did.closed)
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

fn spread(p50: Option<jiff::SignedDuration>, p90: Option<jiff::SignedDuration>) -> String {
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
