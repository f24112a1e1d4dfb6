//! What the TOML library complains of, sorted out: one message per line, the one that names the cause, and no
//! complaint about what only follows from a mistake before it.

use std::ops::Range;

use toml::de::Error;

use super::complaint::{Complaint, line_at};
use super::{Problem, Problems};

/// Of a line with more complaints only the first are looked at.
const MOST_PER_LINE: usize = 20;

/// A heading is not longer than this.
const HEADING: usize = 200;

/// Adds the complaints to `problems`.
pub(super) fn translate(source: &str, errors: &[Error], problems: &mut Problems) {
    let mut found: Vec<Complaint<'_>> = errors.iter().map(|error| Complaint::new(source, error)).collect();
    found.sort_by_key(|complaint| complaint.span.start);
    let mut rest = found.as_slice();
    while let Some(first) = rest.first() {
        let line = line_at(source, first.span.start);
        let (here, later) = rest.split_at(rest.partition_point(|complaint| complaint.span.start <= line.end));
        rest = later;
        if let Some((torn, problem)) = cause(source, &line, here) {
            problems.tear(torn, problem);
        }
    }
}

/// A mistake that would hide or falsify what follows it, and the lines that belong to it: the rest of the file can be
/// read as if they were not there.
pub(super) fn first_tear(source: &str, errors: &[Error]) -> Option<(Range<usize>, Problem)> {
    let complaints: Vec<Complaint<'_>> = errors.iter().map(|error| Complaint::new(source, error)).collect();
    if let Some(bracket) = complaints.iter().find(|complaint| complaint.is_unclosed_bracket()) {
        return unclosed_bracket(source, bracket);
    }
    // The library gives up the section at such a line.
    if let Some(first) = complaints.iter().find(|complaint| complaint.is("key with no value")) {
        let line = line_at(source, first.span.start);
        let in_line = |complaint: &&Complaint<'_>| (line.start..=line.end).contains(&complaint.span.start);
        let here: Vec<Complaint<'_>> =
            complaints.iter().filter(in_line).take(MOST_PER_LINE).cloned().collect();
        return cause(source, &line, &here);
    }
    // What stands below a broken heading would be read into the section above, and a second section of the same name
    // into the first.
    let heading = complaints.iter().find(|complaint| {
        let broken = ["duplicate key", "unclosed table", "unclosed array table"];
        broken.iter().any(|start| complaint.is(start)) && is_in_heading(source, complaint.span.start)
    })?;
    let line = line_at(source, heading.span.start);
    let (_, problem) = cause(source, &line, std::slice::from_ref(heading))?;
    let end = source[line.end..].find("\n[").map_or(source.len(), |length| line.end + length);
    Some((line.start..end, problem))
}

/// The complaint of a line that is nearest to its cause, in the owner's words, and the lines that are lost with it.
fn cause(source: &str, line: &Range<usize>, here: &[Complaint<'_>]) -> Option<(Range<usize>, Problem)> {
    let told = here.iter().take(MOST_PER_LINE).map(|complaint| complaint.explain(source, line));
    told.min_by_key(|explained| explained.rank).map(|explained| (explained.torn, explained.problem))
}

fn is_in_heading(source: &str, at: usize) -> bool {
    let near = source.floor_char_boundary(at.saturating_sub(HEADING));
    let before = source[near..at].rsplit('\n').next().unwrap_or_default();
    before.trim_start_matches(['\u{feff}', ' ', '\t']).starts_with('[')
}

fn unclosed_bracket(source: &str, complaint: &Complaint<'_>) -> Option<(Range<usize>, Problem)> {
    let (open, close) = if complaint.is("unclosed array") { ('[', ']') } else { ('{', '}') };
    let start = opening(&source[..complaint.span.start], open, close)?;
    let mut torn = line_at(source, start);
    // A list may go on over several lines, each of which but the last ends in a comma.
    while source[..torn.end].trim_end().ends_with([',', open]) && torn.end + 1 < complaint.span.start {
        torn.end = line_at(source, torn.end + 1).end;
    }
    let problem = Problem::error(start..start + 1, format!("this `{open}` is never closed"))
        .hint(format!("put a `{close}` at the end"));
    Some((torn, problem))
}

/// Where the last bracket stands that is still open at the end of `before`.
fn opening(before: &str, open: char, close: char) -> Option<usize> {
    let mut closed = 0_usize;
    for (at, c) in before.char_indices().rev() {
        if c == close {
            closed += 1;
        } else if c == open {
            if closed == 0 {
                return Some(at);
            }
            closed -= 1;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::notation::{Style, Table};

    fn told(source: &str) -> String {
        Table::parse("a", source).1.to_string()
    }

    #[test]
    fn what_owners_mistype_is_told_in_their_words() {
        let cases = [
            ("say = \"hello\nring = \"x\"\n", "a:1:13: a quotation mark is missing at the end of this line"),
            ("say = 'hello\n", "a:1:13: a quotation mark is missing at the end of this line"),
            ("say = “hello”\n", "a:1:7: these quotation marks are curly ones, from a word processor"),
            ("“say” = \"hello\"\n", "a:1:1: these quotation marks are curly ones, from a word processor"),
            ("say = hello there\n", "a:1:7: words must stand in quotation marks"),
            ("on = no\n", "a:1:6: words must stand in quotation marks"),
            ("n = 020\n", "a:1:5: a number cannot begin with 0"),
            ("say = \"a\"\nsay = \"b\"\n", "a:2:1: `say` is there twice"),
            ("[step.a]\n[step.a]\n", "a:2:7: `[step.a]` is there twice"),
            ("[step.a\nsay = \"b\"\n", "a:1:8: a `]` is missing at the end of this line"),
            ("[step.call me]\n", "a:1:11: a name cannot have a space in it"),
            ("say: \"hello\"\n", "a:1:4: write `=` here, not `:`"),
            ("say \"hello\"\n", "a:1:5: an `=` is missing in this line"),
            ("say =\n", "a:1:6: something is missing after the `=`"),
            ("say == \"x\"\n", "a:1:6: there is an `=` too many here"),
            ("press.* = \"a\"\n", "a:1:7: the star key must stand in quotation marks"),
            (
                "press.# = \"a\"\n",
                "a:1:7: the `#` key must stand in quotation marks, else a remark begins here",
            ),
            ("grün = \"a\"\n", "a:1:3: `ü` cannot stand in a name"),
            (
                "say = \"he said \"yes\" to it\"\n",
                "a:1:17: the text ends here already, at a quotation mark inside it",
            ),
            ("press.1 = \"a\", press.2 = \"b\"\n", "a:1:14: a line ends without a comma"),
            ("ring = [\"ana\" \"ben\"]\n", "a:1:15: a comma is missing here"),
            ("monday = 08:00-12:00\n", "a:1:10: this must stand in quotation marks"),
            ("say = \"a \\q\"\n", "a:1:11: a backslash has a meaning of its own in a text"),
            ("say = \"\"\"abc\ndef\n", "a:1:7: the text that begins here never ends"),
            ("say = \"a\u{7}\"\n", "a:1:9: this character cannot stand in a text"),
        ];
        for (source, expected) in cases {
            assert_eq!(told(source), expected, "{source}");
        }
    }

    #[test]
    fn a_section_that_is_there_twice_is_to_be_joined_unless_its_name_is_free() {
        for (heading, expected) in [
            ("provider.twilio", "put what is below into the first one, and take this heading away"),
            ("start", "put what is below into the first one, and take this heading away"),
            ("step.busy", "keep one of them, or give one another name"),
            ("people.ana", "keep one of them, or give one another name"),
        ] {
            let (_, problems) = Table::parse("a", &format!("[{heading}]\na = 1\n[{heading}]\nb = 1\n"));
            assert_eq!(problems.iter().next().unwrap().hint.as_deref(), Some(expected), "{heading}");
        }
    }

    #[test]
    fn an_unclosed_bracket_does_not_hide_what_follows() {
        let source =
            "press.1 = { offer = \"x\", go = \"y\"\nsay = hello\nring = [\"ana\",\n  \"ben\"\nfor = 020\n";
        assert_eq!(
            told(source),
            "a:1:11: this `{` is never closed\na:2:7: words must stand in quotation marks\n\
             a:3:8: this `[` is never closed\na:5:7: a number cannot begin with 0"
        );
    }

    #[test]
    fn a_line_that_could_not_be_read_earns_one_message() {
        let (table, mut problems) = Table::parse("a", "say = “hello”\nx = 1\n");
        table.finish(&mut problems);
        assert_eq!(problems.len(), 2, "{problems}");
    }

    proptest! {
        #[test]
        fn no_text_at_all_makes_it_panic(source in "([a-z\\[\\]{}=\"'#.,:\\\\ü“ 01\n\r\u{feff}-]|\"\"\"|say = |\\[step\\.){0,60}") {
            let (table, mut problems) = Table::parse("a", &source);
            table.finish(&mut problems);
            let _ = (problems.to_string(), problems.render(Style::Plain), problems.render(Style::Coloured));
        }
    }
}
