//! What is wrong with a file, where, and what to do about it.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level as Tone, Renderer, Snippet};

use super::did_you_mean;

/// So many problems of one file are kept; a file that earns more is not a flow at all.
const MOST: usize = 50;

/// Source lines longer than this are shown around the caret only.
const WIDTH: usize = 100;

/// Longer messages are cut off.
const LONGEST: usize = 300;

/// How bad a problem is.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Level {
    /// The file does not go live.
    Error,
    /// Worth a look; the file goes live.
    Warning,
}

/// How problems are shown.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without colour, for pipes and tests.
    Plain,
    /// For a terminal.
    Coloured,
}

/// One thing that is wrong in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where, in bytes of the source.
    pub span: Range<usize>,
    /// How bad it is.
    pub level: Level,
    /// What is wrong, in the owner's words.
    pub message: String,
    /// What stands beside the caret.
    pub label: Option<String>,
    /// What to do.
    pub hint: Option<String>,
}

impl Problem {
    /// Keeps the file from going live.
    pub fn error(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { span, level: Level::Error, message: message.into(), label: None, hint: None }
    }

    /// Does not.
    pub fn warning(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { level: Level::Warning, ..Self::error(span, message) }
    }

    /// With these words beside the caret.
    pub fn label(self, label: impl Into<String>) -> Self {
        Self { label: Some(label.into()), ..self }
    }

    /// With this advice.
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// With "did you mean" if there is something near.
    pub fn did_you_mean(self, nearest: Option<&str>) -> Self {
        Self { hint: nearest.map(|word| format!("did you mean `{word}`?")).or(self.hint), ..self }
    }
}

/// Everything that is wrong with one file, in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems {
    file: String,
    source: String,
    list: Vec<Problem>,
    left_out: u32,
    errors: u32,
    /// The lines that could not be read: where each begins and ends.
    torn: BTreeMap<usize, usize>,
    torn_heading: bool,
    spelling: &'static Spelling,
}

/// How a kind of file writes its keys.
#[derive(Debug, PartialEq, Eq)]
pub struct Spelling {
    /// Keys of two words are written `like_this`, not `like-this`.
    pub underscores: bool,
    /// Keys, with `-`, that stand before the first section.
    pub top: &'static [&'static str],
}

const WITH_DASHES: Spelling = Spelling { underscores: false, top: &[] };

impl Problems {
    /// Nothing wrong so far with `file`, whose text is `source`.
    pub fn none(file: &str, source: &str) -> Self {
        Self {
            file: file.to_owned(),
            source: source.to_owned(),
            list: Vec::new(),
            left_out: 0,
            errors: 0,
            torn: BTreeMap::new(),
            torn_heading: false,
            spelling: &WITH_DASHES,
        }
    }

    /// For a file whose keys are written so.
    pub fn spelled_as(self, spelling: &'static Spelling) -> Self {
        Self { spelling, ..self }
    }

    /// A key as this file's other keys are written.
    pub(super) fn spelled(&self, key: &str) -> String {
        if self.spelling.underscores { key.replace('-', "_") } else { key.to_owned() }
    }

    /// Whether a key, with `-`, stands before the first section.
    pub(super) fn is_top(&self, key: &str) -> bool {
        self.spelling.top.contains(&key)
    }

    /// Adds a problem, unless its line could not be read anyway: one mistake, one message.
    pub fn push(&mut self, problem: Problem) {
        let before = self.torn.range(..=problem.span.start).next_back();
        if before.is_none_or(|(_, end)| *end < problem.span.start) {
            self.keep(problem);
        }
    }

    /// Adds a problem about something that is absent. Where lines could not be read it may well stand in one of them,
    /// so nothing is said.
    pub fn push_missing(&mut self, problem: Problem) {
        if !self.is_torn() {
            self.push(problem);
        }
    }

    /// Adds a problem of the notation itself; the lines `torn` are as if they were not there.
    pub(super) fn tear(&mut self, torn: Range<usize>, problem: Problem) {
        self.torn_heading |= self.source[torn.clone()].trim_start().starts_with('[');
        self.torn.insert(torn.start, torn.end);
        self.keep(problem);
    }

    fn keep(&mut self, problem: Problem) {
        self.errors += u32::from(problem.level == Level::Error);
        let at = self.list.partition_point(|other| other.span.start <= problem.span.start);
        let (message, hint) = (tame(problem.message), problem.hint.map(tame));
        self.list.insert(at, Problem { message, hint, ..problem });
        if self.list.len() > MOST {
            self.list.pop();
            self.left_out += 1;
        }
    }

    /// What was probably meant. A file that has its fill of problems gets no more suggestions.
    pub fn nearest<'a>(&self, word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
        if self.list.len() < MOST { did_you_mean(word, known) } else { None }
    }

    /// Whether some lines could not be read at all.
    pub fn is_torn(&self) -> bool {
        !self.torn.is_empty()
    }

    /// Whether one of those lines is a heading such as `[step.hello]`.
    pub fn has_torn_heading(&self) -> bool {
        self.torn_heading
    }

    /// Whether the file must not go live.
    pub fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// Whether there is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The problems in the order of the file; at most fifty.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.list.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len() + self.left_out as usize
    }

    /// The file's name as it was given.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// What stands at a place.
    pub fn text(&self, span: Range<usize>) -> String {
        let start = self.source.floor_char_boundary(span.start);
        let end = self.source.floor_char_boundary(span.end).max(start);
        self.source[start..end].to_owned()
    }

    /// Line and column of a place, both from 1; columns count characters.
    pub fn place(&self, at: usize) -> (usize, usize) {
        let before = &self.source[..self.source.floor_char_boundary(at)];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        (line, before[line_start..].chars().filter(|c| *c != '\u{feff}').count() + 1)
    }

    /// Every problem with its line, a caret and a hint, as a compiler shows them.
    pub fn render(&self, style: Style) -> String {
        let renderer = match style {
            Style::Plain => Renderer::plain(),
            Style::Coloured => Renderer::styled(),
        };
        let renderer = renderer.term_width(WIDTH).decor_style(DecorStyle::Ascii);
        let mut shown: Vec<String> =
            self.list.iter().map(|problem| renderer.render(&[self.group(problem)])).collect();
        if self.left_out > 0 {
            shown.push(format!("and {} more", self.left_out));
        }
        shown.join("\n\n")
    }

    fn group<'a>(&'a self, problem: &'a Problem) -> Group<'a> {
        let tone = match problem.level {
            Level::Error => Tone::ERROR,
            Level::Warning => Tone::WARNING,
        };
        let start = self.source.floor_char_boundary(problem.span.start);
        // A caret under one line reads better than a frame around many.
        let line_end =
            self.source[start..].find(['\n', '\r']).map_or(self.source.len(), |length| start + length);
        let end = self.source.floor_char_boundary(problem.span.end).clamp(start, line_end);
        let caret = AnnotationKind::Primary.span(start..end).label(problem.label.as_deref());
        let snippet = Snippet::source(&self.source).path(&self.file).annotation(caret);
        let group = tone.primary_title(&problem.message).element(snippet);
        match &problem.hint {
            Some(hint) => group.element(Tone::HELP.with_name("hint").message(hint)),
            None => group,
        }
    }
}

/// A file may hold words that are long, or that a terminal would obey.
fn tame(text: String) -> String {
    let plain = text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c });
    plain.take(LONGEST).collect()
}

/// One line per problem: `file:line:column: what is wrong`.
impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.list.iter().enumerate() {
            let (line, column) = self.place(problem.span.start);
            let newline = if index == 0 { "" } else { "\n" };
            let warning = match problem.level {
                Level::Error => "",
                Level::Warning => "warning: ",
            };
            write!(f, "{newline}{}:{line}:{column}: {warning}{}", self.file, problem.message)?;
        }
        if self.left_out > 0 {
            write!(f, "\n{}: and {} more", self.file, self.left_out)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_stand_in_the_order_of_the_file_with_line_and_column() {
        let mut problems = Problems::none("a.toml", "x = 1\n  ü = 2\n");
        problems.push(Problem::warning(12..13, "second"));
        problems.push(Problem::error(0..1, "first"));
        assert_eq!(problems.to_string(), "a.toml:1:1: first\na.toml:2:6: warning: second");
        assert!(problems.has_errors());
    }

    #[test]
    fn a_problem_is_shown_with_its_line_a_caret_and_a_hint() {
        let mut problems = Problems::none("a.toml", "x = 1\nsya = \"hi\"\n");
        problems.push(Problem::error(6..9, "`sya` is not known here").did_you_mean(Some("say")));
        let expected = "error: `sya` is not known here
 --> a.toml:2:1
  |
2 | sya = \"hi\"
  | ^^^
  |
  = hint: did you mean `say`?";
        assert_eq!(problems.render(Style::Plain), expected);
    }

    #[test]
    fn a_place_beyond_the_end_or_inside_a_character_is_shown_all_the_same() {
        for source in ["", "ü", "a\n", "ü\r\nü"] {
            for start in 0..8 {
                let mut problems = Problems::none("a.toml", source);
                problems.push(Problem::error(start..start + 3, "wrong"));
                assert!(problems.render(Style::Plain).contains("wrong"));
                assert!(problems.render(Style::Coloured).contains("wrong"));
                assert!(problems.to_string().contains("wrong"));
            }
        }
    }

    #[test]
    fn a_hopeless_file_is_not_listed_without_end() {
        let mut problems = Problems::none("a.toml", "x");
        for _ in 0..1_000 {
            problems.push(Problem::error(0..1, "wrong"));
        }
        assert_eq!(problems.iter().count(), 50);
        assert!(problems.render(Style::Plain).ends_with("and 950 more"));
        assert_eq!(problems.len(), 1_000);
    }
}
