//! One complaint of the TOML library, in an owner's words.

use std::ops::Range;

use toml::de::Error;

use super::Problem;

/// What word processors make of quotation marks.
const CURLY: [char; 8] = ['“', '”', '„', '‟', '‘', '’', '«', '»'];

/// Sections whose names the owner chooses.
const NAMED: [&str; 3] = ["step.", "people.", "lines."];

/// Longer words are not quoted back.
const QUOTED: usize = 60;

/// Complaints that mean one thing wherever they come: their beginning, how far they are from the cause, what to say,
/// and what to advise.
const PLAIN: [(&str, u8, &str, &str); 20] = [
    ("invalid basic string", 2, "this character cannot stand in a text", ""),
    ("invalid literal string", 2, "this character cannot stand in a text", ""),
    ("invalid multi-line", 2, "this character cannot stand in a text", ""),
    ("invalid comment character", 2, "this character cannot stand in a remark", ""),
    (
        "missing escaped value",
        2,
        "a backslash has a meaning of its own in a text",
        "leave it out, or write two: `\\\\`",
    ),
    ("unclosed table", 1, "a `]` is missing at the end of this line", ""),
    ("unclosed array table", 1, "a `]` is missing at the end of this line", ""),
    (
        "unexpected leading zero",
        1,
        "a number cannot begin with 0",
        "leave the 0 out, or put it all in quotation marks",
    ),
    (
        "key with no value",
        4,
        "an `=` is missing in this line",
        "a line looks like `say = \"Hello.\"`, and a remark begins with `#`",
    ),
    (
        "missing assignment",
        4,
        "an `=` is missing in this line",
        "a line looks like `say = \"Hello.\"`, and a remark begins with `#`",
    ),
    ("unquoted keys cannot be empty", 3, "a name is missing here", ""),
    ("unexpected key or value", 3, "there is something left over at the end of this line", ""),
    ("missing comma", 3, "a comma is missing here", ""),
    ("extra comma", 3, "there is a comma too many here", ""),
    ("extra `=`", 2, "there is an `=` too many here", ""),
    ("extra assignment", 2, "there is an `=` too many here", ""),
    ("unexpected `=`", 2, "there is an `=` too many here", ""),
    (
        "carriage return",
        2,
        "this line ends as old programs end lines",
        "save the file again with ordinary line ends (LF or CRLF)",
    ),
    ("cannot recurse", 0, "values stand too deep in each other here", ""),
    ("recursion limit", 0, "values stand too deep in each other here", ""),
];

/// What the library says of a place.
#[derive(Clone)]
pub(super) struct Complaint<'a> {
    message: &'a str,
    pub(super) span: Range<usize>,
}

/// A complaint as the owner reads it.
pub(super) struct Explained {
    /// How far from the cause it is; 0 is nearest.
    pub(super) rank: u8,
    /// The lines that cannot be read because of it.
    pub(super) torn: Range<usize>,
    pub(super) problem: Problem,
}

impl<'a> Complaint<'a> {
    pub(super) fn new(source: &str, error: &'a Error) -> Self {
        let span = error.span().unwrap_or(0..0);
        let start = source.floor_char_boundary(span.start);
        Self { message: error.message(), span: start..source.floor_char_boundary(span.end).max(start) }
    }

    pub(super) fn is(&self, start: &str) -> bool {
        self.message.starts_with(start)
    }

    pub(super) fn is_unclosed_bracket(&self) -> bool {
        self.is("unclosed array,") || self.is("unclosed inline table")
    }

    pub(super) fn explain(&self, source: &str, line: &Range<usize>) -> Explained {
        let here = &source[self.span.clone()];
        if self.is("invalid multi-line") && here.is_empty() {
            return self.endless_text(source);
        }
        let before = &source[line.start..self.span.start];
        let after = source[self.span.start..line.end].trim_end();
        let (rank, problem) = self
            .by_quotes(here, before, after)
            .or_else(|| self.by_value(here))
            .or_else(|| self.by_key(here, before, after, line.start))
            .unwrap_or_else(|| self.plain());
        Explained { rank, torn: line.clone(), problem }
    }

    fn error(&self, message: impl Into<String>) -> Problem {
        Problem::error(self.span.clone(), message)
    }

    /// Quotation marks that are curly, missing or too many.
    fn by_quotes(&self, here: &str, before: &str, after: &str) -> Option<(u8, Problem)> {
        if here.contains(CURLY) {
            let problem = self.error("these quotation marks are curly ones, from a word processor");
            return Some((0, problem.hint("use straight ones: `\"`")));
        }
        if (self.is("invalid basic string") || self.is("invalid literal string")) && here.is_empty() {
            return Some((1, self.error("a quotation mark is missing at the end of this line")));
        }
        if self.is("unexpected key or value") && after.starts_with(',') {
            return Some((3, self.error("a line ends without a comma").hint("write one setting per line")));
        }
        if self.is("unexpected key or value") && before.trim_end().ends_with('"') && after.contains('"') {
            let problem = self.error("the text ends here already, at a quotation mark inside it");
            return Some((3, problem.hint("leave the inner quotation marks out, or write them as `'`")));
        }
        None
    }

    /// Values that are words, times or nothing at all.
    fn by_value(&self, here: &str) -> Option<(u8, Problem)> {
        let quoted = |problem: Problem| match here.contains('"') || here.len() > QUOTED {
            true => problem,
            false => problem.hint(format!("write `\"{here}\"`")),
        };
        if self.is("string values must be quoted") && here.is_empty() {
            return Some((4, self.error("something is missing after the `=`")));
        }
        if ["string values must be quoted", "invalid float", "invalid boolean"]
            .iter()
            .any(|start| self.is(start))
        {
            let problem = self.error("words must stand in quotation marks");
            return Some(match here.to_ascii_lowercase().as_str() {
                "yes" | "no" | "on" | "off" | "true" | "false" => (
                    3,
                    problem.hint(format!("write `true` or `false`, or `\"{here}\"` where words are wanted")),
                ),
                _ => (3, quoted(problem)),
            });
        }
        if self.is("invalid datetime") || self.is("invalid integer") {
            return Some((3, quoted(self.error("this must stand in quotation marks"))));
        }
        None
    }

    /// Names that are there twice, cannot be names, or are not followed by `=`.
    fn by_key(&self, here: &str, before: &str, after: &str, line_start: usize) -> Option<(u8, Problem)> {
        if self.is("duplicate key") || self.is("cannot extend value") {
            let heading = before.trim_start_matches(['\u{feff}', ' ', '\t', '[']);
            if heading.len() == before.len() || !before.contains('[') {
                let is_key = before.trim_end().ends_with("press.");
                let here = if is_key { format!("press.{here}") } else { here.to_owned() };
                let problem = self.error(format!("`{here}` is there twice")).label("the second one");
                return Some((
                    1,
                    problem.hint(match is_key {
                        true => "keep one of them, or give one another key",
                        false => "keep one of them, or give one another name",
                    }),
                ));
            }
            let name = after.split(']').next().unwrap_or(here);
            let problem = self.error(format!("`[{heading}{name}]` is there twice"));
            // Under these the owner chooses the names.
            let is_named = NAMED.iter().any(|section| heading.starts_with(section));
            return Some((
                1,
                problem.hint(match is_named {
                    true => "keep one of them, or give one another name",
                    false => "put what is below into the first one, and take this heading away",
                }),
            ));
        }
        if (self.is("unclosed table") || self.is("unclosed array table")) && after.contains(']') {
            let problem = self.error("a name cannot have a space in it");
            return Some((1, problem.hint("write `-` instead, as in `[step.call-me]`")));
        }
        let no_key = self.is("unquoted keys cannot be empty") || self.is("key with no value");
        if no_key && before.trim_end().ends_with('.') && after.starts_with('#') {
            let problem = self.error("the `#` key must stand in quotation marks, else a remark begins here");
            return Some((0, problem.hint("write `press.\"#\"`")));
        }
        if let (true, Some(colon)) = (self.is("key with no value"), before.find(':')) {
            let colon = line_start + colon;
            return Some((0, Problem::error(colon..colon + 1, "write `=` here, not `:`")));
        }
        if self.is("invalid unquoted key") && here == "*" {
            let problem = self.error("the star key must stand in quotation marks");
            return Some((1, problem.hint("write `press.\"*\"`")));
        }
        if self.is("invalid unquoted key") && here == "+" {
            let problem = self.error("a number must stand in quotation marks");
            return Some((1, problem.hint("write it as in `[lines.\"+15550100\"]`")));
        }
        if self.is("invalid unquoted key") {
            let problem = self.error(format!("`{here}` cannot stand in a name"));
            return Some((3, problem.hint("names are made of letters, digits and `-`")));
        }
        None
    }

    fn plain(&self) -> (u8, Problem) {
        let Some((_, rank, message, hint)) = PLAIN.into_iter().find(|(start, ..)| self.is(start)) else {
            let problem = self.error("this line cannot be read");
            return (9, problem.hint("a line looks like `say = \"Hello.\"` or `[step.hello]`"));
        };
        let problem = self.error(message);
        (rank, if hint.is_empty() { problem } else { problem.hint(hint) })
    }

    /// Text in three quotation marks runs to the end of the file when they are not closed.
    fn endless_text(&self, source: &str) -> Explained {
        let quotes = if self.message.contains("literal") { "'''" } else { "\"\"\"" };
        let start = source[..self.span.start].rfind(quotes).unwrap_or(self.span.start);
        let problem = Problem::error(start..start + 3, "the text that begins here never ends")
            .hint("put the same three quotation marks at its end, or write it on one line with `\"`");
        Explained { rank: 1, torn: line_at(source, start).start..source.len(), problem }
    }
}

/// The line around `at`, without its end.
pub(super) fn line_at(source: &str, at: usize) -> Range<usize> {
    let start = source[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let end = source[at..].find('\n').map_or(source.len(), |length| at + length);
    start..end
}
