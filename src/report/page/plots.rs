//! The plots: days, hours and reasons.

use std::fmt::Write;

use jiff::SignedDuration;

use crate::call::MissedReason;
use crate::report::numbers::{Day, Report};
use crate::report::words::{self, counted, length, percent};

use super::escaped;
use super::figure::{
    BASE, Figure, HEIGHT, LEFT, PLOT_HEIGHT, PLOT_WIDTH, Sign, TOP, WIDTH, bar, below, diamond, levels,
    round_levels,
};

const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// The broadest bar; a lone day does not fill the picture.
const BROADEST: f64 = 34.0;

/// All that say something of this period, each in its card.
pub(super) fn all(report: &Report) -> String {
    let mut cards = String::from("<div class=\"cards\">\n");
    if report.days.len() > 1 {
        cards.push_str(&calls(report).html());
        cards.push_str(&rate(report).html());
        cards.push_str(&week(report).html());
        cards.push_str(&reasons(report).html());
        cards.push_str(&to_a_person(report).html());
        cards.push_str(&promises(report).html());
    } else {
        cards.push_str(&hours(report).html());
        cards.push_str(&reasons(report).html());
    }
    cards.push_str("</div>\n");
    cards
}

fn calls(report: &Report) -> Figure<'static> {
    let parts = |day: &Day| {
        let calls = &day.numbers.calls;
        vec![calls.answered, calls.missed(), calls.blocked, calls.going_on]
    };
    let busiest = report.days.iter().max_by_key(|day| (day.numbers.calls.all(), std::cmp::Reverse(day.date)));
    let says = match busiest.filter(|day| day.numbers.calls.all() > 0) {
        Some(day) => format!("Most on {}: {}.", day_name(day), counted(day.numbers.calls.all(), "call")),
        None => "No calls.".to_owned(),
    };
    let signs: &[Sign] = &[
        Sign { class: "answered", says: "answered" },
        Sign { class: "missed", says: "missed" },
        Sign { class: "blocked", says: "blocked" },
        Sign { class: "open", says: "going on" },
    ];
    // A call that goes on is seldom seen.
    let signs = if report.total.calls.going_on > 0 { signs } else { &signs[..3] };
    let headings = ["day", "calls", "answered", "missed", "blocked", "going on"];
    let row =
        |day: &Day| numbers_row(day_name(day), &[&[day.numbers.calls.all()], parts(day).as_slice()].concat());
    Figure {
        id: "calls",
        title: "Calls per day",
        says,
        signs,
        height: HEIGHT,
        drawn: stacks(report, ["answered", "missed", "blocked", "open"], parts),
        table: table(&headings, report.days.iter().map(row)),
    }
}

fn promises(report: &Report) -> Figure<'static> {
    let parts = |day: &Day| {
        let promises = &day.numbers.promises;
        vec![promises.kept, promises.broken, promises.open]
    };
    let all = report.total.promises;
    let says = match all.made() {
        0 => "No promises were made.".to_owned(),
        made => format!(
            "{}: {} kept, {} broken, {} still open.",
            counted(made, "promise"),
            all.kept,
            all.broken,
            all.open
        ),
    };
    let row = |day: &Day| numbers_row(day_name(day), &parts(day));
    Figure {
        id: "promises",
        title: "Promises to ring back",
        says,
        signs: &[
            Sign { class: "answered", says: "kept" },
            Sign { class: "missed", says: "broken" },
            Sign { class: "open", says: "still open" },
        ],
        height: HEIGHT,
        drawn: stacks(report, ["answered", "missed", "open", ""], parts),
        table: table(&["day made", "kept", "broken", "still open"], report.days.iter().map(row)),
    }
}

/// Bars of parts that lie on each other, one for each day.
fn stacks(report: &Report, classes: [&str; 4], parts: impl Fn(&Day) -> Vec<u32>) -> String {
    let most = report.days.iter().map(|day| parts(day).iter().sum::<u32>()).max().unwrap_or(0);
    let (steps, top) = round_levels(f64::from(most));
    let mut drawn = levels(&steps.iter().map(|step| (step / top, step.to_string())).collect::<Vec<_>>());
    let slot = PLOT_WIDTH / report.days.len() as f64;
    let width = (slot * 0.78).min(BROADEST);
    for (index, day) in report.days.iter().enumerate() {
        let x = LEFT + slot * (index as f64 + 0.5) - width / 2.0;
        let mut y = BASE;
        let _ = write!(drawn, "<g><title>{}: {}</title>", day_name(day), parts(day).iter().sum::<u32>());
        for (count, class) in parts(day).into_iter().zip(classes).filter(|(count, _)| *count > 0) {
            let height = f64::from(count) / top * PLOT_HEIGHT;
            y -= height;
            drawn.push_str(&bar(class, (x, y), (width, height)));
        }
        drawn.push_str("</g>\n");
    }
    drawn + &day_names_below(report)
}

fn rate(report: &Report) -> Figure<'static> {
    let hundreds = [0.0, 0.25, 0.5, 0.75, 1.0];
    let mut drawn = levels(&hundreds.map(|share| (share, percent(Some(share)))));
    let slot = PLOT_WIDTH / report.days.len() as f64;
    let points: Vec<Option<(f64, f64)>> = report
        .days
        .iter()
        .enumerate()
        .map(|(index, day)| {
            let rate = day.numbers.calls.answer_rate()?;
            Some((LEFT + slot * (index as f64 + 0.5), BASE - rate * PLOT_HEIGHT))
        })
        .collect();
    if let Some(all) = report.total.calls.answer_rate() {
        let y = BASE - all * PLOT_HEIGHT;
        let _ = writeln!(drawn, "<path class=\"all\" d=\"M{LEFT} {y:.2}h{PLOT_WIDTH}\"/>");
    }
    let _ = writeln!(drawn, "<path class=\"line\" d=\"{}\"/>", line(&points));
    let radius = if points.len() > 62 { 1.2 } else { 3.2 };
    for (point, day) in points.iter().zip(&report.days) {
        let Some((x, y)) = point else { continue };
        let _ = writeln!(
            drawn,
            "<circle class=\"half\" cx=\"{x:.2}\" cy=\"{y:.2}\" r=\"{radius}\"><title>{}: {}</title></circle>",
            day_name(day),
            percent(day.numbers.calls.answer_rate())
        );
    }
    drawn.push_str(&day_names_below(report));
    let says = match report.total.calls.answer_rate() {
        None => "No call was answered or missed.".to_owned(),
        all => format!("{} in all (dashed); a day without calls has no point.", percent(all)),
    };
    let row = |day: &Day| {
        let calls = &day.numbers.calls;
        vec![
            day_name(day),
            percent(calls.answer_rate()),
            calls.answered.to_string(),
            calls.missed().to_string(),
        ]
    };
    Figure {
        id: "rate",
        title: "Share of calls answered",
        says,
        signs: &[],
        height: HEIGHT,
        drawn,
        table: table(&["day", "answered", "calls answered", "missed"], report.days.iter().map(row)),
    }
}

/// A line through the points; it is broken where there is none.
fn line(points: &[Option<(f64, f64)>]) -> String {
    let mut path = String::new();
    let mut goes_on = false;
    for point in points {
        if let Some((x, y)) = point {
            let _ = write!(path, "{}{x:.2} {y:.2}", if goes_on { 'L' } else { 'M' });
        }
        goes_on = point.is_some();
    }
    path
}

fn to_a_person(report: &Report) -> Figure<'static> {
    let seconds = |length: Option<SignedDuration>| length.map(|length| length.as_secs_f64());
    let highest =
        report.days.iter().filter_map(|day| seconds(day.numbers.to_a_person.p90)).fold(0.0, f64::max);
    let (steps, top) = round_levels(highest);
    let mut drawn = levels(&steps.iter().map(|step| (step / top, format!("{step} s"))).collect::<Vec<_>>());
    let slot = PLOT_WIDTH / report.days.len() as f64;
    let size = (slot * 0.3).clamp(1.0, 4.0);
    for (index, day) in report.days.iter().enumerate() {
        let spread = day.numbers.to_a_person;
        let (Some(half), Some(most)) = (seconds(spread.p50), seconds(spread.p90)) else { continue };
        let x = LEFT + slot * (index as f64 + 0.5);
        let (half, most) = (BASE - half / top * PLOT_HEIGHT, BASE - most / top * PLOT_HEIGHT);
        let _ = writeln!(
            drawn,
            "<g><title>{}: half within {}, 9 in 10 within {}</title><path class=\"reach\" d=\"M{x:.2} {half:.2}V{most:.2}\"/>{}<circle class=\"half\" cx=\"{x:.2}\" cy=\"{half:.2}\" r=\"{size:.1}\"/></g>",
            day_name(day),
            length(spread.p50),
            length(spread.p90),
            diamond((x, most), size + 0.5),
        );
    }
    drawn.push_str(&day_names_below(report));
    let all = report.total.to_a_person;
    let says = match all.count {
        0 => "Nobody was put through.".to_owned(),
        _ => format!("In all: half within {}, 9 in 10 within {}.", length(all.p50), length(all.p90)),
    };
    let row = |day: &Day| {
        let spread = day.numbers.to_a_person;
        vec![day_name(day), length(spread.p50), length(spread.p90), spread.count.to_string()]
    };
    Figure {
        id: "person",
        title: "Seconds to a person",
        says,
        signs: &[Sign { class: "half", says: "half within" }, Sign { class: "most", says: "9 in 10 within" }],
        height: HEIGHT,
        drawn,
        table: table(
            &["day", "half within", "9 in 10 within", "calls answered"],
            report.days.iter().map(row),
        ),
    }
}

/// Squares that grow and darken with the calls of an hour of a weekday.
fn week(report: &Report) -> Figure<'static> {
    const ROW: f64 = 21.0;
    let most = report.week.iter().flatten().copied().max().unwrap_or(0);
    let cell = PLOT_WIDTH / 24.0;
    let mut drawn = String::new();
    for (weekday, hours) in report.week.iter().enumerate() {
        let middle = TOP + ROW * (weekday as f64 + 0.5);
        let _ = writeln!(
            drawn,
            "<text class=\"end\" x=\"{:.2}\" y=\"{:.2}\">{}</text><path class=\"grid\" d=\"M{LEFT} {middle:.2}h{PLOT_WIDTH}\"/>",
            LEFT - 5.0,
            middle + 3.5,
            WEEKDAYS[weekday]
        );
        for (hour, calls) in hours.iter().enumerate().filter(|(_, calls)| **calls > 0) {
            let share = f64::from(*calls) / f64::from(most);
            let size = (cell - 1.0) * share.sqrt().max(0.25);
            let x = LEFT + cell * (hour as f64 + 0.5) - size / 2.0;
            let _ = writeln!(
                drawn,
                "<rect class=\"heat\" x=\"{x:.2}\" y=\"{:.2}\" width=\"{size:.2}\" height=\"{size:.2}\" fill-opacity=\"{:.2}\"><title>{} {}: {}</title></rect>",
                middle - size / 2.0,
                0.45 + 0.55 * share,
                WEEKDAYS[weekday],
                words::hour(hour),
                counted(*calls, "call")
            );
        }
    }
    let under = TOP + ROW * 7.0;
    for hour in [0, 6, 12, 18] {
        let x = LEFT + cell * (f64::from(hour) + 0.5);
        let says = words::hour(usize::try_from(hour).unwrap_or_default());
        let _ =
            writeln!(drawn, "<text class=\"middle\" x=\"{x:.2}\" y=\"{:.2}\">{says}</text>", under + 15.0);
    }
    let headings: Vec<String> =
        std::iter::once("hour".to_owned()).chain(WEEKDAYS.iter().map(ToString::to_string)).collect();
    let rows = (0..24).map(|hour| {
        let calls = report.week.iter().map(|hours| hours[hour].to_string());
        std::iter::once(words::hour(hour)).chain(calls).collect()
    });
    Figure {
        id: "week",
        title: "When the phone rings",
        says: busiest(report),
        signs: &[],
        height: under + 24.0,
        drawn,
        table: (headings, rows.collect()),
    }
}

fn hours(report: &Report) -> Figure<'static> {
    let most = report.hours.iter().copied().max().unwrap_or(0);
    let (steps, top) = round_levels(f64::from(most));
    let mut drawn = levels(&steps.iter().map(|step| (step / top, step.to_string())).collect::<Vec<_>>());
    let slot = PLOT_WIDTH / 24.0;
    for (hour, calls) in report.hours.iter().enumerate().filter(|(_, calls)| **calls > 0) {
        let height = f64::from(*calls) / top * PLOT_HEIGHT;
        let place = (LEFT + slot * (hour as f64 + 0.11), BASE - height);
        let title = format!("<title>{}: {}</title>", words::hour(hour), counted(*calls, "call"));
        let _ = writeln!(drawn, "<g>{title}{}</g>", bar("answered", place, (slot * 0.78, height)));
    }
    drawn.push_str(&below(&(0..24).map(words::hour).collect::<Vec<_>>(), 6));
    let rows = (0..24).map(|hour| numbers_row(words::hour(hour), &[report.hours[hour]]));
    Figure {
        id: "hours",
        title: "Calls by the hour",
        says: busiest(report),
        signs: &[],
        height: HEIGHT,
        drawn,
        table: table(&["hour", "calls"], rows),
    }
}

fn busiest(report: &Report) -> String {
    let most = report.hours.iter().copied().max().unwrap_or(0);
    match report.hours.iter().position(|calls| *calls == most).filter(|_| most > 0) {
        Some(hour) => {
            let until = words::hour(hour + 1);
            format!("Busiest from {} to {until}: {}.", words::hour(hour), counted(most, "call"))
        }
        None => "No calls.".to_owned(),
    }
}

fn reasons(report: &Report) -> Figure<'static> {
    const ROW: f64 = 22.0;
    const NAMES: f64 = 108.0;
    let calls = &report.total.calls;
    let mut reasons: Vec<_> = MissedReason::ALL
        .into_iter()
        .map(|reason| (calls.missed_for(reason), reason.to_string(), "missed"))
        .chain([(calls.blocked, "blocked number".to_owned(), "blocked")])
        .collect();
    reasons.sort_by_key(|(count, ..)| std::cmp::Reverse(*count));
    let rows = reasons.iter().map(|(count, reason, _)| numbers_row(reason.clone(), &[*count])).collect();
    let most = f64::from(reasons.first().map_or(1, |(count, ..)| (*count).max(1)));
    let mut drawn = String::new();
    for (index, (count, reason, class)) in reasons.iter().filter(|(count, ..)| *count > 0).enumerate() {
        let y = 4.0 + ROW * index as f64;
        let width = f64::from(*count) / most * (WIDTH - NAMES - 40.0);
        let _ = writeln!(
            drawn,
            "<text class=\"end\" x=\"{:.2}\" y=\"{:.2}\">{}</text>{}<text class=\"count\" x=\"{:.2}\" y=\"{:.2}\">{count}</text>",
            NAMES - 6.0,
            y + 12.0,
            escaped(reason),
            bar(class, (NAMES, y), (width, 15.0)),
            NAMES + width + 5.0,
            y + 12.0,
        );
    }
    let shown = reasons.iter().filter(|(count, ..)| *count > 0).count();
    let says = match calls.missed() {
        0 => "No call was missed.".to_owned(),
        missed => format!("{} missed.", counted(missed, "call")),
    };
    Figure {
        id: "reasons",
        title: "Why calls were missed",
        says,
        signs: &[],
        height: 8.0 + ROW * shown.max(1) as f64,
        drawn,
        table: (vec!["reason".to_owned(), "calls".to_owned()], rows),
    }
}

fn day_names_below(report: &Report) -> String {
    let few = report.days.len() <= 7;
    let how = if few { "%a %-d" } else { "%b %-d" };
    let names: Vec<String> = report.days.iter().map(|day| day.date.strftime(how).to_string()).collect();
    below(&names, if few { 1 } else { names.len().div_ceil(6) })
}

fn day_name(day: &Day) -> String {
    day.date.strftime("%a %b %-d").to_string()
}

fn numbers_row(name: String, numbers: &[u32]) -> Vec<String> {
    std::iter::once(name).chain(numbers.iter().map(ToString::to_string)).collect()
}

fn table(headings: &[&str], rows: impl Iterator<Item = Vec<String>>) -> (Vec<String>, Vec<Vec<String>>) {
    (headings.iter().map(ToString::to_string).collect(), rows.collect())
}
