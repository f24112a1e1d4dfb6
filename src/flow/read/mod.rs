//! From the text of a file to a [`RawFlow`]: every word read, no name looked up.

mod answer;
mod language;
mod press;
mod ring;
mod start;
mod step;
mod text;
mod then;

use std::time::Duration;

use crate::call::{AnswerName, Key, StepName};
use crate::language::Language;
use crate::notation::{Entry, Placed, Problem, Problems, Spelling, Table, Value};

use super::text::{Slot, Text};
use super::vocabulary::{self, Bounds, Place};
use super::{ByLanguage, ChoicePlaces, Places, Prompt, Span, StepPlaces};

/// A flow with more steps is not read.
pub(super) const MOST_STEPS: usize = 500;

/// What stands before the first heading.
const SPELLING: Spelling = Spelling { underscores: false, top: &["languages"] };

/// A name as the file has it: nobody has looked yet whether it exists.
pub(super) type Reference = Placed<String>;

/// A flow as it was written.
pub(super) struct RawFlow {
    pub(super) languages: Vec<Language>,
    pub(super) start: RawStart,
    pub(super) steps: Vec<RawStep>,
    /// Whether every step of the file is here. Otherwise a name that is not found may stand in what could not be read.
    pub(super) complete: bool,
}

impl RawFlow {
    /// Where everything stands.
    pub(super) fn places(&self) -> Places {
        Places {
            start: self.start.places.clone(),
            steps: self.steps.iter().map(|step| step.places.clone()).collect(),
        }
    }
}

/// `[start]` as it was written.
#[derive(Default)]
pub(super) struct RawStart {
    pub(super) blocked: Option<Reference>,
    pub(super) away: Option<Reference>,
    pub(super) closed: Option<Reference>,
    pub(super) again: Option<Reference>,
    pub(super) known: Option<Reference>,
    pub(super) open: Option<Reference>,
    pub(super) human_test: bool,
    places: Vec<(&'static str, Span)>,
}

/// A step as it was written.
pub(super) struct RawStep {
    pub(super) name: Placed<StepName>,
    pub(super) area: Option<Reference>,
    pub(super) say: Option<Placed<Prompt>>,
    /// `None` when the file does not say it rightly, which has been reported.
    pub(super) then: Option<RawThen>,
    places: StepPlaces,
}

/// What happens in a step, as it was written.
pub(super) enum RawThen {
    Go(Reference),
    Press { choices: Vec<RawChoice>, silence: Reference, wait: Duration },
    Ring { targets: Vec<Reference>, in_turn: bool, for_: Duration, go: Reference },
    Message { invitation: Option<Placed<Prompt>>, longest: Duration, transcribe: bool, go: Option<Reference> },
    CallBack { two_times: bool, go: Option<Reference> },
    Ask(RawAsk),
    Goodbye(ByLanguage<Text>),
    Refuse,
}

/// A question as it was written.
pub(super) struct RawAsk {
    pub(super) question: Placed<Prompt>,
    pub(super) answer: AnswerName,
    pub(super) digits: (u8, u8),
    pub(super) hear: Option<ByLanguage<Vec<String>>>,
    pub(super) confirm: bool,
    pub(super) go: Reference,
    /// `None` where it is `go`.
    pub(super) silence: Option<Reference>,
}

/// A choice as it was written.
pub(super) struct RawChoice {
    pub(super) key: Key,
    pub(super) offer: Option<ByLanguage<Text>>,
    pub(super) words: ByLanguage<Vec<String>>,
    pub(super) area: Option<Reference>,
    pub(super) go: Reference,
    places: ChoicePlaces,
}

/// Reads a file. What is wrong with it is in the problems; what could be read is in the flow.
pub(super) fn read(file: &str, source: &str) -> (RawFlow, Problems) {
    let (mut table, problems) = Table::parse(file, source);
    let mut reading = Reading {
        problems: problems.spelled_as(&SPELLING),
        languages: Vec::new(),
        languages_are_sure: true,
        answers: Vec::new(),
    };
    reading.read_languages(&mut table);
    let start = reading.read_start(&mut table);
    let written = table.take_table("step", &mut reading.problems);
    let written = written.map(|mut steps| steps.take_rest()).unwrap_or_default();
    let mut complete = table.is_empty() && !reading.problems.has_torn_heading();
    reading.refuse_rest(Place::Top, table);
    if written.len() > MOST_STEPS {
        let message = format!("a flow has at most {MOST_STEPS} steps; this one has {}", written.len());
        reading.problems.push(Problem::error(written[MOST_STEPS].key.span.clone(), message));
    }
    reading.answers = written.iter().filter_map(asked).collect();
    let mut steps = Vec::new();
    for entry in written.into_iter().take(MOST_STEPS) {
        match reading.read_step(entry) {
            Some(step) => steps.push(step),
            None => complete = false,
        }
    }
    (RawFlow { languages: reading.languages, start, steps, complete }, reading.problems)
}

/// What the step's answer is called, if it asks for one. Texts may speak it before the step comes in the file.
fn asked(step: &Entry) -> Option<AnswerName> {
    let Value::Table(words) = &step.value.value else { return None };
    let entry = words.entries().iter().find(|entry| entry.key.value == "as")?;
    let Value::Text(name) = &entry.value.value else { return None };
    let name = AnswerName::parse(name).ok()?;
    (!Slot::ALL.iter().any(|slot| slot.word() == name.as_str())).then_some(name)
}

/// A file while it is being read.
struct Reading {
    problems: Problems,
    /// The languages of the flow, the main one first; empty where it names none.
    languages: Vec<Language>,
    /// Whether they could be read; otherwise nothing is said about texts that do not fit them.
    languages_are_sure: bool,
    /// What the answers to the flow's questions are called.
    answers: Vec<AnswerName>,
}

impl Reading {
    fn error(&mut self, span: Span, message: impl Into<String>, hint: impl Into<String>) {
        self.problems.push(Problem::error(span, message).hint(hint));
    }

    /// Something is not there that must be.
    fn missing(&mut self, span: Span, message: impl Into<String>, hint: impl Into<String>) {
        self.problems.push_missing(Problem::error(span, message).hint(hint));
    }

    fn name(&mut self, word: &'static str, table: &mut Table) -> Option<Reference> {
        table.take_str(word, &mut self.problems)
    }

    /// `true` or `false`; `false` where it is not written.
    fn switch(&mut self, word: &'static str, table: &mut Table) -> bool {
        table.take_bool(word, &mut self.problems).is_some_and(|switch| switch.value)
    }

    fn duration(&mut self, word: &'static str, bounds: Bounds, table: &mut Table) -> Duration {
        let Some(written) = table.take_duration(word, &mut self.problems) else { return bounds.usual() };
        if !(bounds.least..=bounds.most).contains(&written.value.as_secs()) {
            let most = match bounds.most {
                seconds if seconds >= 120 => format!("{} minutes", seconds / 60),
                seconds => format!("{seconds} seconds"),
            };
            let least = match bounds.most {
                120.. => format!("{} seconds", bounds.least),
                _ => bounds.least.to_string(),
            };
            self.error(written.span, format!("`{word}` must be from {least} to {most}"), bounds.advice);
            return bounds.usual();
        }
        written.value
    }

    /// Tells of every word that is left: some belong elsewhere, others are none.
    fn refuse_rest(&mut self, place: Place, mut table: Table) {
        for entry in table.take_rest() {
            match vocabulary::home_of(&entry.key.value) {
                Some(home) => {
                    let message = format!("`{}` belongs {home}", entry.key.value);
                    self.problems.push(Problem::error(entry.key.span, message));
                }
                None => self.unknown(place, entry),
            }
        }
    }

    fn unknown(&mut self, place: Place, entry: Entry) {
        let known: Vec<&str> = vocabulary::words_of(place).map(|word| word.name).collect();
        entry.unknown(&known, &mut self.problems);
    }
}

/// Where the words of a table stand that may stand there.
fn places(place: Place, table: &Table) -> Vec<(&'static str, Span)> {
    let entries = table.entries().iter();
    let known = entries.filter_map(|entry| {
        let word = vocabulary::known(place, &entry.key.value)?;
        Some((word.name, span(entry)))
    });
    known.collect()
}

/// Where the value stands. A value that is spread over lines (`say.en = …`) has no place of its own.
fn span(entry: &Entry) -> Span {
    match entry.value.span.is_empty() {
        true => entry.key.span.clone(),
        false => entry.value.span.clone(),
    }
}
