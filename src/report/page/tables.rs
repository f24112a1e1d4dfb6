//! Who did what, and how calls went by area, flow and line.

use crate::report::numbers::{Report, Share};
use crate::report::words::percent;

use super::figure::table_of;

/// Letters of a hash that an eye can hold.
const SHORT_HASH: usize = 6;

/// The tables that have rows.
pub(super) fn all(report: &Report) -> String {
    let people = report.people.iter().map(|(name, did)| {
        let did = [did.answered, did.attempts, did.closed].map(|count| count.to_string());
        [vec![name.to_string()], did.to_vec()].concat()
    });
    let areas =
        report.areas.iter().map(|(area, share)| row(area.as_ref().map(ToString::to_string), "none", share));
    let flows = report.flows.iter().map(|(flow, share)| {
        let version = |version: &str| version.chars().take(SHORT_HASH).collect::<String>();
        row(flow.as_ref().map(|flow| format!("{} {}", flow.name, version(&flow.version))), "none", share)
    });
    let lines = report
        .lines
        .iter()
        .map(|(line, share)| row(line.as_ref().map(ToString::to_string), "unknown", share));
    let cards = [
        card("People", &["person", "answered", "attempts", "closed"], people.collect()),
        card("What calls were about", &["area", "calls", "answered", "missed", "share"], areas.collect()),
        card("Flows, by version", &["flow", "calls", "answered", "missed", "share"], flows.collect()),
        card("Our lines", &["line", "calls", "answered", "missed", "share"], lines.collect()),
    ];
    format!("<div class=\"cards\">\n{}</div>\n", cards.concat())
}

fn card(title: &str, headings: &[&str], rows: Vec<Vec<String>>) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let headings: Vec<String> = headings.iter().map(ToString::to_string).collect();
    format!("<section class=\"card\">\n<h2>{title}</h2>\n{}</section>\n", table_of(&headings, &rows))
}

fn row(name: Option<String>, none: &str, share: &Share) -> Vec<String> {
    vec![
        name.unwrap_or_else(|| none.to_owned()),
        share.calls.to_string(),
        share.answered.to_string(),
        share.missed.to_string(),
        percent(share.answer_rate()),
    ]
}
