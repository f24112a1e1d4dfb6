//! What goes to stdout, and what is said beside it.

use std::io::{self, Write};

use serde::Serialize;

use super::clean::{Clean, escape_json};
use super::failure::Failure;

/// Lines of prose are never longer than this, however wide the terminal is.
const PROSE: usize = 80;

/// A terminal that says it has fewer columns does not know.
const NARROWEST: usize = 20;

/// Shows an answer. Who closes the pipe early has read enough.
pub(super) fn show(text: &str) -> Result<(), Failure> {
    written(anstream::stdout().lock().write_all(text.as_bytes()))
}

/// Shows an answer to a program.
pub(super) fn show_json(value: &impl Serialize) -> Result<(), Failure> {
    let json = serde_json::to_string_pretty(value)
        .map_err(|error| Failure::could_not("the answer has no JSON").because(&error))?;
    written(writeln!(io::stdout().lock(), "{}", escape_json(&json)))
}

/// Says something beside the answer, in lines that fit.
pub(super) fn remark(text: &str) {
    anstream::eprint!("{}", fold(text, terminal_width(), 0));
}

/// Asks on a terminal; whatever is not yes is no.
pub(super) fn agrees(question: &str) -> bool {
    anstream::eprint!("{question}");
    let _ = io::stderr().flush();
    let mut answer = String::new();
    let read = io::stdin().read_line(&mut answer);
    read.is_ok() && matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

fn written(result: io::Result<()>) -> Result<(), Failure> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::could_not("the answer could not be written").because(&error))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// The terminal's columns; 80 where there is none.
pub(super) fn terminal_width() -> usize {
    let told = || std::env::var("COLUMNS").ok()?.parse().ok();
    let seen = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    seen.or_else(told).filter(|width| *width >= NARROWEST).unwrap_or(80)
}

/// A sentence in lines of at most `width` columns, each after the first indented; what is longer than a line is cut.
pub(super) fn wrap(text: &str, width: usize, indent: usize) -> String {
    let room = width.min(PROSE);
    fit(text, room, indent, |word, line| word.cut(room.saturating_sub(line)))
}

/// The same, but an address or a path that is longer than a line stays whole, on a line of its own.
pub(super) fn fold(text: &str, width: usize, indent: usize) -> String {
    fit(text, width.min(PROSE), indent, |word, _| word)
}

fn fit(text: &str, width: usize, indent: usize, too_long: impl Fn(Clean, usize) -> Clean) -> String {
    let text = Clean::of(text);
    let mut wrapped = String::new();
    let mut line = 0;
    for word in text.as_str().split_whitespace() {
        let mut word = Clean::of(word);
        if line > 0 && line + 1 + word.width() > width {
            wrapped.push('\n');
            line = 0;
        }
        if line > 0 {
            wrapped.push(' ');
            line += 1;
        } else if !wrapped.is_empty() {
            wrapped.push_str(&" ".repeat(indent));
            line = indent;
        }
        if line + word.width() > width {
            word = too_long(word, line);
        }
        line += word.width();
        wrapped.push_str(word.as_str());
    }
    wrapped.push('\n');
    wrapped
}

/// The mistakes of a file as they are shown, with messages and hints in lines that fit; the file's own lines stay as
/// they are.
pub(super) fn fold_report(report: &str, width: usize) -> String {
    let width = width.min(PROSE);
    let folded = report.lines().map(|line| {
        let plain = anstream::adapter::strip_str(line).to_string();
        let indent = match plain.trim_start() {
            told if told.starts_with("= hint: ") => plain.len() - told.len() + "= hint: ".len(),
            told if told.starts_with("error: ") || told.starts_with("warning: ") => 2,
            _ => return line.to_owned(),
        };
        fold_coloured(line, width, indent)
    });
    folded.collect::<Vec<_>>().join("\n")
}

/// A line that holds colours, which take no room.
fn fold_coloured(line: &str, width: usize, indent: usize) -> String {
    let columns = |word: &str| Clean::of(&anstream::adapter::strip_str(word).to_string()).width();
    let mut folded = String::new();
    let mut used = 0;
    for (index, word) in line.split(' ').enumerate() {
        if used > indent && used + 1 + columns(word) > width {
            folded.push_str(&format!("\n{:indent$}", ""));
            used = indent;
        } else if index > 0 {
            folded.push(' ');
            used += 1;
        }
        folded.push_str(word);
        used += columns(word);
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_is_wrapped_between_words() {
        assert_eq!(wrap("one two three", 8, 2), "one two\n  three\n");
        assert_eq!(wrap("one\ntwo", 80, 2), "one two\n");
        assert_eq!(wrap("", 80, 2), "\n");
    }

    #[test]
    fn a_word_without_end_is_cut() {
        let wrapped = wrap(&format!("noted: {}", "x".repeat(2_000)), 20, 4);
        assert_eq!(wrapped, "noted:\n    xxxxxxxxxxxxxxx…\n");
    }

    #[test]
    fn an_address_that_is_longer_than_a_line_stays_whole() {
        let address = format!("https://phone.example.com/{}", "x".repeat(90));
        assert_eq!(fold(&format!("go to {address} now"), 40, 2), format!("go to\n  {address}\n  now\n"));
    }

    #[test]
    fn mistakes_are_folded_where_they_are_told_and_not_where_the_file_is_shown() {
        let report = "\u{1b}[1merror\u{1b}[0m: one two three four\n  |\n1 | one two three four five six\n  = \u{1b}[1mhint\u{1b}[0m: one two three";
        let folded = fold_report(report, 20);
        let plain = anstream::adapter::strip_str(&folded).to_string();
        let expected = "error: one two three\n  four\n  |\n1 | one two three four five six\n  = hint: one two\n          three";
        assert_eq!(plain, expected);
    }
}
