//! A call as it was heard, in lines that fit the screen.

use std::time::Duration;

use crate::phone::Heard;

use super::output::{terminal_width, wrap};

/// One thing heard or done: when, by whom, what.
pub(super) fn line(at: Duration, (who, width): (&str, usize), what: &str) -> String {
    let seconds = at.as_secs();
    let margin = format!("{:>2}:{:02}  {who:<width$}  ", seconds / 60, seconds % 60);
    let body = wrap(what, terminal_width().saturating_sub(margin.len()), 0);
    let indent = format!("\n{:width$}", "", width = margin.len());
    format!("{margin}{}\n", body.trim_end().replace('\n', &indent))
}

/// A whole call.
pub(super) fn whole(heard: &Heard) -> String {
    let names = heard.lines.iter().map(|line| line.who.to_string().chars().count());
    let width = names.max().unwrap_or(0).max(8);
    heard.lines.iter().map(|heard| line(heard.at, (&heard.who.to_string(), width), &heard.what)).collect()
}
