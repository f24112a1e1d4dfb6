//! A report as one page: without script, network or font of its own, by day and by night, on a phone and on paper.
//!
//! No caller is on it, neither number nor name, so that it can be shown to anybody. What a colour says, a pattern, a
//! form or a word says too, and below each plot stands the same as a table.

mod figure;
mod plots;
mod style;
mod tables;

use std::fmt::Write;

use jiff::Timestamp;
use unicode_width::UnicodeWidthChar;

use super::numbers::{Numbers, Report, Trend};
use super::words::{self, counted, length, percent};

/// By this a page is known to be a report of ours.
pub const MARK: &str = "<meta name=\"generator\" content=\"ringback report\"/>";

/// The page of a business, as things stand at `now`.
pub fn html(report: &Report, business: &str, now: Timestamp) -> String {
    let days = words::days(&report.period);
    let business = escaped(business);
    let shown = report.period.zone.to_datetime(now);
    let made_at = shown.strftime("%a %b %-d, %Y, %H:%M");
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n{MARK}\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
         <meta name=\"color-scheme\" content=\"light dark\"/>\n<title>{business}: calls, {days}</title>\n\
         <style>\n{}</style>\n</head>\n<body>\n<header>\n<p class=\"kind\">Calls and call-backs</p>\n\
         <h1>{business}</h1>\n<p class=\"days\">{days}</p>\n<p class=\"headline\">{}</p>\n</header>\n<main>\n",
        style::STYLE,
        escaped(&words::headline(&report.total)),
    );
    page.push_str(&tiles(report));
    page.push_str(&plots::all(report));
    page.push_str(&tables::all(report));
    let _ = write!(
        page,
        "</main>\n<footer>\n<p>Made by ringback for {business}, {made_at}, from its own record of calls. \
         No caller’s number or name is on this page.</p>\n{}</footer>\n</body>\n</html>\n",
        style::MEANINGS
    );
    page
}

/// The numbers that matter most, each with what it was before.
fn tiles(report: &Report) -> String {
    let Report { total, before, .. } = report;
    let compared = words::before(&report.period);
    let rates = |of: fn(&Numbers) -> Option<f64>| (of(total), of(before));
    let answered = rates(|numbers| numbers.calls.answer_rate());
    let kept = rates(|numbers| numbers.promises.rate_kept());
    let due = total.promises.kept + total.promises.broken;
    let rung = counted(total.to_call_back.count, "caller");
    let tiles = [
        Tile {
            name: "Calls",
            value: total.calls.all().to_string(),
            more: format!("{} answered, {} missed", total.calls.answered, total.calls.missed()),
            was: before.calls.all().to_string(),
            trend: None,
        },
        Tile {
            name: "Answered",
            value: percent(answered.0),
            more: format!("{} of {}", total.calls.answered, total.calls.answered + total.calls.missed()),
            was: percent(answered.1),
            trend: Trend::up(answered.0, answered.1),
        },
        Tile {
            name: "To a person",
            value: length(total.to_a_person.p50),
            more: match total.calls.answered {
                0 => "nobody was answered".to_owned(),
                _ => format!("half of them; 9 in 10 within {}", length(total.to_a_person.p90)),
            },
            was: length(before.to_a_person.p50),
            trend: Trend::down(total.to_a_person.p50, before.to_a_person.p50),
        },
        Tile {
            name: "Promises kept",
            value: percent(kept.0),
            more: format!("{} of {due}, {} still open", total.promises.kept, total.promises.open),
            was: percent(kept.1),
            trend: Trend::up(kept.0, kept.1),
        },
        Tile {
            name: "Rung back within",
            value: length(total.to_call_back.p50),
            more: match total.to_call_back.count {
                0 => "nobody was rung back".to_owned(),
                _ => format!("half of {rung}; 9 in 10 within {}", length(total.to_call_back.p90)),
            },
            was: length(before.to_call_back.p50),
            trend: Trend::down(total.to_call_back.p50, before.to_call_back.p50),
        },
    ];
    let tiles: String = tiles.iter().map(|tile| tile.html(&compared)).collect();
    format!("<dl class=\"tiles\">\n{tiles}</dl>\n")
}

struct Tile {
    name: &'static str,
    value: String,
    more: String,
    was: String,
    trend: Option<Trend>,
}

impl Tile {
    fn html(&self, compared: &str) -> String {
        let Self { name, value, more, was, trend } = self;
        let before = if was == words::NONE { "nothing" } else { was };
        let trend = match trend.map(|trend| trend.as_shown(value, was)) {
            Some(Trend::Better) => "<span class=\"better\">▲ better</span>, ",
            Some(Trend::Worse) => "<span class=\"worse\">▼ worse</span>, ",
            Some(Trend::Same) => "as good, ",
            None => "",
        };
        format!(
            "<div class=\"tile\"><dt>{name}</dt><dd class=\"value\">{value}</dd><dd>{more}</dd>\
             <dd class=\"was\">{trend}{before} {}</dd></div>\n",
            in_before(compared)
        )
    }
}

/// `the day before`, `in the 7 days before`.
fn in_before(compared: &str) -> String {
    if compared == "the day before" { compared.to_owned() } else { format!("in {compared}") }
}

/// Text for a document: what marks it up is escaped; what steers a screen, turns the direction of writing or cannot be
/// seen is left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push(' '),
            // Controls have no width; marks that belong to a letter have none either, and stay.
            _ if letter.is_control() || letter == '\u{fffe}' || letter == '\u{ffff}' => {}
            _ if letter.width() == Some(0) && !is_mark(letter) => {}
            _ => out.push(letter),
        }
    }
    out
}

fn is_mark(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5bd}' | '\u{64b}'..='\u{65f}' | '\u{900}'..='\u{dff}')
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::call::{Accept, AreaName, FlowName, MissedReason, Outcome, PersonName, PhoneNumber};
    use crate::call_back::CloseOutcome;
    use crate::report::{CallFact, Closing, EntryFact, Facts, FlowVersionName, Period, PromiseFact};

    fn now() -> Timestamp {
        "2026-11-22T15:00:00-05:00".parse().unwrap()
    }

    fn report(days: i64) -> Report {
        let hours = |hours: i64| now() - jiff::SignedDuration::from_hours(hours);
        let person = PersonName::parse("ana").unwrap();
        let calls = (0..days * 8).map(|index| {
            let at = hours(index * 3);
            let outcome = match index % 5 {
                0 => Outcome::Missed(MissedReason::ALL[usize::try_from(index).unwrap_or(0) % 10]),
                1 => Outcome::Blocked,
                _ => Outcome::Answered(Accept {
                    by: person.clone(),
                    at: at + jiff::SignedDuration::from_secs(8),
                }),
            };
            let version =
                FlowVersionName { name: FlowName::parse("front-desk").unwrap(), version: "0a1b2c".into() };
            CallFact {
                at,
                outcome,
                area: AreaName::parse("repairs").ok(),
                flow: Some(version),
                line: PhoneNumber::parse("+15550100").ok(),
            }
        });
        let entries = (0..days).map(|index| EntryFact {
            opened_at: hours(index * 24),
            closed: (index % 2 == 0).then(|| Closing {
                by: person.clone(),
                at: now(),
                outcome: CloseOutcome::Reached,
            }),
            first_rung_at: (index % 2 == 0).then(now),
            owner: person.clone(),
            area: None,
        });
        let promises = (0..days).map(|index| PromiseFact {
            made_at: hours(index * 24),
            promised_at: hours(index * 24 - 2),
            met_at: (index % 2 == 0).then(|| hours(index * 24 - 1)),
        });
        let facts = Facts {
            calls: calls.collect(),
            entries: entries.collect(),
            promises: promises.collect(),
            attempts: Vec::new(),
        };
        let to = "2026-11-23".parse::<jiff::civil::Date>().unwrap();
        let from = to - jiff::ToSpan::days(days);
        Report::of(&facts, Period::new(from, to, TimeZone::get("America/New_York").unwrap()), now())
    }

    fn read(page: &str) -> roxmltree::Document<'_> {
        let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
        roxmltree::Document::parse_with_options(page, options).unwrap()
    }

    #[test]
    fn the_page_is_well_formed_and_needs_nothing_from_elsewhere() {
        for days in [1, 7, 31, 400] {
            let page = html(&report(days), "Ridge Plumbing", now());
            let document = read(&page);
            for node in document.descendants().filter(roxmltree::Node::is_element) {
                assert!(!["script", "link", "img", "iframe"].contains(&node.tag_name().name()));
                for attribute in node.attributes() {
                    assert!(!attribute.name().starts_with("on"), "{}", attribute.name());
                    assert!(!["src", "href"].contains(&attribute.name()), "{}", attribute.value());
                }
            }
            assert!(!page.contains("<script") && !page.contains("@import") && page.contains(MARK));
            assert!(!page.replace("http://www.w3.org/2000/svg", "").contains("://"));
            assert!(!page.contains("NaN") && !page.contains("inf"), "{days}");
        }
    }

    #[test]
    fn every_plot_says_in_words_what_it_shows_and_has_a_table() {
        let page = html(&report(7), "Ridge Plumbing", now());
        let document = read(&page);
        let named =
            |node: &roxmltree::Node<'_, '_>, name| node.children().any(|child| child.has_tag_name(name));
        let svg = "http://www.w3.org/2000/svg";
        let plots: Vec<_> = document
            .descendants()
            .filter(|node| node.has_tag_name((svg, "svg")) && node.attribute("role") == Some("img"))
            .collect();
        assert_eq!(plots.len(), 6);
        for plot in plots {
            assert!(named(&plot, (svg, "title")) && named(&plot, (svg, "desc")));
            let figure = plot.ancestors().find(|node| node.tag_name().name() == "figure").unwrap();
            assert!(figure.descendants().any(|node| node.tag_name().name() == "table"));
        }
        let ids: Vec<_> = document.descendants().filter_map(|node| node.attribute("id")).collect();
        assert_eq!(ids.len(), ids.iter().collect::<std::collections::HashSet<_>>().len(), "{ids:?}");
    }

    #[test]
    fn a_name_cannot_break_out_of_the_page() {
        let name = "<b>\"Ridge\" & Sons</b>\u{202e}\u{1b}[2J\u{200b}";
        let page = html(&report(7), name, now());
        let document = read(&page);
        let title = document.descendants().find(|node| node.has_tag_name("h1")).unwrap();
        assert_eq!(title.text(), Some("<b>\"Ridge\" & Sons</b>[2J"));
        assert!(!page.contains("<b>"));
    }

    #[test]
    fn a_report_of_nothing_is_a_page_too() {
        let period = report(7).period;
        let page = html(&Report::of(&Facts::default(), period, now()), "Ridge Plumbing", now());
        read(&page);
        assert!(page.contains("No calls."));
        assert!(!page.contains("NaN") && !page.contains("inf"));
    }
}
