//! Spoken text with its placeholders.

use std::fmt;

use crate::call::AnswerName;
use crate::notation::{Placed, Problem, Problems, did_you_mean};

use super::vocabulary::MOST_CHARACTERS;

/// What is spoken: words, and places that are filled when it is spoken.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Text(pub Vec<Piece>);

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Spoken as written.
    Words(String),
    /// Filled in when spoken.
    Slot(Slot),
}

/// What can be filled in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Slot {
    /// The business's name.
    Business,
    /// The caller's number, digit by digit; "your number" where there is none.
    Caller,
    /// When the business opens again: "tomorrow at 8 a.m."; "soon" when that is not known.
    Opens,
    /// By when we call back: "by 3 p.m.".
    Promise,
    /// Who will call back.
    Person,
    /// The caller's name, where the owner allows it and the caller id is attested; else nothing.
    Name,
    /// What the caller answered at an `ask` step.
    Answer(AnswerName),
}

impl Slot {
    /// Those that every flow may speak.
    pub const ALL: [Self; 6] =
        [Self::Business, Self::Caller, Self::Opens, Self::Promise, Self::Person, Self::Name];

    /// The word between the braces.
    pub fn word(&self) -> &str {
        match self {
            Self::Business => "business",
            Self::Caller => "caller",
            Self::Opens => "opens",
            Self::Promise => "promise",
            Self::Person => "person",
            Self::Name => "name",
            Self::Answer(name) => name.as_str(),
        }
    }
}

impl Text {
    /// Text without placeholders.
    pub fn words(words: &str) -> Self {
        Self(vec![Piece::Words(words.to_owned())])
    }

    /// Reads text from a file whose questions have these `answers`. What is wrong with it is told, and left out of the
    /// text.
    pub(super) fn read(written: &Placed<String>, answers: &[AnswerName], problems: &mut Problems) -> Self {
        let source = problems.text(written.span.clone());
        // Only where nothing is escaped does a place in the text give a place in the file.
        let exact = source.len() == written.value.len() + 2 && source.contains(&*written.value);
        let place = |from: usize, to: usize| match exact {
            true => written.span.start + 1 + from..written.span.start + 1 + to,
            false => written.span.clone(),
        };
        if written.value.trim().is_empty() {
            problems.push(Problem::error(written.span.clone(), "there are no words in this text"));
        }
        let length = written.value.chars().count();
        if length > MOST_CHARACTERS {
            let message = format!("this text has {length} characters; at most {MOST_CHARACTERS} are spoken");
            problems.push(Problem::error(written.span.clone(), message).hint("nobody listens for so long"));
            return Self::default();
        }
        for (at, c) in written.value.char_indices().filter(|(_, c)| is_unspeakable(*c)) {
            problems.push(Problem::error(place(at, at + c.len_utf8()), "this character cannot be spoken"));
        }
        let text = written.value.replace(['\n', '\r', '\t'], " ");
        let mut pieces = Vec::new();
        let mut at = 0;
        while let Some(words) = text[at..].find(['{', '}']) {
            let brace = at + words;
            if words > 0 {
                pieces.push(Piece::Words(text[at..brace].to_owned()));
            }
            at = brace
                + match placeholder(&text[brace..], answers) {
                    Ok(slot) => {
                        let length = slot.word().len() + 2;
                        pieces.push(Piece::Slot(slot));
                        length
                    }
                    Err((length, problem)) => {
                        problems.push(Problem { span: place(brace, brace + length), ..problem });
                        length
                    }
                };
        }
        if at < text.len() {
            pieces.push(Piece::Words(text[at..].to_owned()));
        }
        Self(pieces)
    }

    /// Whether `slot` is spoken in it.
    pub fn has(&self, slot: &Slot) -> bool {
        self.0.iter().any(|piece| matches!(piece, Piece::Slot(spoken) if spoken == slot))
    }
}

/// The placeholder that `text` begins with, or how much of it is wrong and why; the problem has no place yet.
fn placeholder(text: &str, answers: &[AnswerName]) -> Result<Slot, (usize, Problem)> {
    let problem = |message: &str| Problem::error(0..0, message);
    let as_in = "write a placeholder as in `{business}`";
    if text.starts_with("{{") || text.starts_with("}}") {
        let problem = problem("two braces in a row have no meaning here");
        return Err((2, problem.hint("write one, as in `{business}`; braces cannot be spoken")));
    }
    if text.starts_with('}') {
        return Err((1, problem("this `}` has no `{` before it").hint(as_in)));
    }
    let Some((word, _)) = text[1..].split_once('}').filter(|(word, _)| !word.contains('{')) else {
        return Err((1, problem("this `{` has no `}` after it").hint(as_in)));
    };
    if let Some(slot) = Slot::ALL.into_iter().find(|slot| slot.word() == word) {
        return Ok(slot);
    }
    let answer = AnswerName::parse(word).ok();
    if let Some(answer) = answer.filter(|answer| answers.contains(answer)) {
        return Ok(Slot::Answer(answer));
    }
    let mut known: Vec<&str> = Slot::ALL.iter().map(Slot::word).collect();
    for answer in answers {
        if !known.contains(&answer.as_str()) {
            known.push(answer.as_str());
        }
    }
    let nearest = did_you_mean(word, known.iter().copied()).map(|near| format!("{{{near}}}"));
    let listed: Vec<String> = known.iter().map(|word| format!("`{{{word}}}`")).collect();
    let problem = problem(&format!("`{{{word}}}` is not a placeholder"))
        .hint(format!("there are {}, and what a step with `ask` calls its answer", listed.join(", ")))
        .did_you_mean(nearest.as_deref());
    Err((word.len() + 2, problem))
}

/// Line ends and tabs are spoken as a space; other control characters, and those that no document may hold, are not.
fn is_unspeakable(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\r' | '\t')) || matches!(c, '\u{fffe}' | '\u{ffff}')
}

/// As it stands in the file.
impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for piece in &self.0 {
            match piece {
                Piece::Words(words) => f.write_str(words)?,
                Piece::Slot(slot) => write!(f, "{{{}}}", slot.word())?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Text, String) {
        let source = format!("{text:?}");
        let mut problems = Problems::none("a", &source);
        let job = AnswerName::parse("job").unwrap();
        let written = Placed { value: text.to_owned(), span: 0..source.len() };
        let text = Text::read(&written, &[job], &mut problems);
        (text, problems.to_string())
    }

    #[test]
    fn words_and_placeholders_are_told_apart() {
        let (text, problems) = read("Hi, you've reached {business}. {promise}");
        assert_eq!(problems, "");
        assert_eq!(text.to_string(), "Hi, you've reached {business}. {promise}");
        assert!(text.has(&Slot::Business) && text.has(&Slot::Promise) && !text.has(&Slot::Person));
    }

    #[test]
    fn an_answer_is_spoken_by_its_name() {
        let (text, problems) = read("Job {job}, right?");
        assert_eq!(problems, "");
        assert!(text.has(&Slot::Answer(AnswerName::parse("job").unwrap())));
        assert_eq!(read("Job {jobs}.").1, "a:1:6: `{jobs}` is not a placeholder");
    }

    #[test]
    fn what_cannot_be_spoken_is_told_with_its_place() {
        let cases = [
            ("Hi {busines}.", "a:1:5: `{busines}` is not a placeholder"),
            ("Hi {}.", "a:1:5: `{}` is not a placeholder"),
            (
                "Hi {{business}}.",
                "a:1:5: two braces in a row have no meaning here\na:1:15: two braces in a row have no meaning here",
            ),
            ("Hi {business.", "a:1:5: this `{` has no `}` after it"),
            ("Hi {a {business}", "a:1:5: this `{` has no `}` after it"),
            ("Hi business}.", "a:1:13: this `}` has no `{` before it"),
            ("Hi \u{7}", "a:1:1: this character cannot be spoken"),
            ("  ", "a:1:1: there are no words in this text"),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text).1, expected, "{text}");
        }
        assert!(
            read(&"ha ".repeat(400)).1.contains("this text has 1200 characters; at most 1000 are spoken")
        );
    }
}
