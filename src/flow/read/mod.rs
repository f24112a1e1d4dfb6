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
use crate::notation::{Entry, Placed, Problem, Problems, Spelling, Table, Value, did_you_mean};

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
            match vocabulary::home_of(&entry.key.value).filter(|_| !is_heading(place, &entry)) {
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
        let name = &entry.key.value;
        if is_heading(place, &entry) && did_you_mean(name, known.iter().copied()).is_none() {
            let message = format!("`[{name}]` is not known here");
            let hint = format!("a step begins with `step.`: `[step.{name}]`");
            return self.error(entry.key.span, message, hint);
        }
        entry.unknown(&known, &mut self.problems);
    }
}

/// Whether it is written as `[message]`, most likely for a step of that name.
fn is_heading(place: Place, entry: &Entry) -> bool {
    place == Place::Top && matches!(entry.value.value, Value::Table(_))
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::call::{AreaName, FlowName, PersonName};

    use super::super::{AudioFile, Flow, Names, StepId, Target, Then, language_keys, load};
    use super::*;

    const DESIGN: &str = include_str!("../../../tests/example-home/ivr-flows/front-desk.toml");

    /// Every word that the design does not have.
    const WHOLE: &str = r#"
languages = ["en", "es"]
[start]
again = "known"
known = "known"
open = "menu"
human_test = true
[step.known]
say = { en = "Hello {name}.", es = "Hola, {name}." }
ring-in-turn = ["last-person", "on-duty"]
for = 15
go = "room"
[step.menu]
say = "{business}."
press.1 = { offer = { en = "for a repair", es = "para una reparación" }, words = { en = ["a repair", "fix it"], es = "reparación" }, area = "repairs", go = "job" }
press.2 = "times"
silence = "job"
wait = 4
[step.job]
ask = { en = "What's the job number?", es = "¿Qué número de pedido?" }
as = "job_number"
digits = "4-8"
confirm = true
go = "times"
silence = "message"
[step.room]
play = { en = "hello.wav", es = "hello.wav" }
ask = true
as = "room"
words = { en = ["kitchen", "bathroom"], es = ["cocina"] }
go = "message"
[step.times]
say = { en = "Job {job-number}, room {room}.", es = "Pedido {job_number}." }
call-back = true
two-times = true
[step.message]
message = true
longest = "2m"
transcribe = true
go = "bye"
[step.bye]
goodbye = true
"#;

    fn names() -> Names {
        Names {
            people: vec![PersonName::parse("ana").unwrap()],
            areas: vec![AreaName::parse("repairs").unwrap()],
            teams: Vec::new(),
            audio: vec![AudioFile { name: "hello.wav".to_owned(), length: Ok(Duration::from_secs(4)) }],
        }
    }

    fn load_named(source: &str, names: Option<&Names>) -> Result<(Flow, Problems), Problems> {
        load(FlowName::parse("test").unwrap(), "t", source, names)
    }

    #[test]
    fn the_whole_language_is_read() {
        let (flow, warnings) = load_named(WHOLE, Some(&names())).unwrap();
        assert_eq!(warnings.to_string(), "");
        assert_eq!(flow.languages, [Language::English, Language::Spanish]);
        assert!(flow.start.human_test && flow.start.again == flow.start.known);
        let step = |name: &str| flow.step(flow.step_named(&StepName::parse(name).unwrap()).unwrap());
        let Then::Ring(ring) = &step("known").then else { panic!("known rings") };
        assert_eq!(ring.targets, [Target::LastPerson, Target::OnDuty]);
        let Then::Press(menu) = &step("menu").then else { panic!("menu offers a choice") };
        assert_eq!(menu.choices[0].words.main, ["a repair", "fix it"]);
        assert_eq!(menu.choices[0].words.of(Some(Language::Spanish)), &["reparación"]);
        let Then::Ask(job) = &step("job").then else { panic!("job asks") };
        assert_eq!((job.answer.as_str(), job.digits, job.confirm), ("job-number", (4, 8), true));
        assert_eq!((flow.step(job.silence).name.as_str(), job.hear.is_none()), ("message", true));
        let Then::Ask(room) = &step("room").then else { panic!("room asks") };
        assert!(matches!(&room.question, Prompt::Play(_)) && step("room").say.is_none());
        assert_eq!(
            (room.digits, room.silence, room.hear.as_ref().unwrap().main.len()),
            ((1, 20), room.go, 2)
        );
        assert!(matches!(step("times").then, Then::CallBack { two_times: true, go: None }));
        let Some(Prompt::Say(times)) = &step("times").say else { panic!("times speaks") };
        assert!(times.main.has(&Slot::Answer(job.answer.clone())));
        let Then::Message { invitation: None, longest, transcribe: true, go: Some(_) } = step("message").then
        else {
            panic!("message takes a message")
        };
        assert_eq!(longest, Duration::from_secs(120));
        assert!(matches!(&step("bye").then, Then::Goodbye(text) if text.main == Text::default()));
        let keys: Vec<_> = language_keys(&flow.languages).collect();
        assert_eq!(keys, [(Key::new('9').unwrap(), Language::Spanish)]);
    }

    #[test]
    fn everything_knows_its_place() {
        let (flow, _) = load_named(WHOLE, Some(&names())).unwrap();
        let start: Vec<(&str, &str)> =
            flow.places.start.iter().map(|(word, span)| (*word, &WHOLE[span.clone()])).collect();
        let expected =
            [("again", "\"known\""), ("known", "\"known\""), ("open", "\"menu\""), ("human-test", "true")];
        assert_eq!(start, expected);
        let menu = &flow.places.steps[1];
        assert_eq!(&WHOLE[menu.name.clone()], "menu");
        assert_eq!((&WHOLE[menu.word("wait")], &WHOLE[menu.word("say")]), ("4", "\"{business}.\""));
        assert_eq!(&WHOLE[menu.word("area")], "menu", "what is not written stands at the name");
        let keys: Vec<&str> = menu.choices.iter().map(|choice| &WHOLE[choice.key.clone()]).collect();
        assert_eq!(keys, ["1", "2"]);
        let offer = menu.choices[0].offer.clone().unwrap();
        assert!(WHOLE[offer].starts_with("{ en = \"for a repair\""));
        assert_eq!(menu.choices[1].offer, None);
        assert_eq!(flow.places.steps.len() + 2, flow.steps.len());
    }

    proptest! {
        #[test]
        fn a_mangled_flow_is_told_or_sound(
            cuts in prop::collection::vec((0_usize..2_000, 0_usize..40, "[a-z\"{}=\\[\\].\n #0“ü-]{0,6}"), 1..6),
            strict in any::<bool>(),
            whole in any::<bool>(),
        ) {
            let mut source = if whole { WHOLE } else { DESIGN }.to_owned();
            for (at, length, instead) in cuts {
                let start = source.floor_char_boundary(at % (source.len() + 1));
                let end = source.floor_char_boundary((start + length).min(source.len())).max(start);
                source.replace_range(start..end, &instead);
            }
            match load_named(&source, strict.then_some(&names())) {
                Err(problems) => prop_assert!(problems.has_errors()),
                Ok((flow, warnings)) => {
                    prop_assert!(!warnings.has_errors());
                    let ids = (0..flow.steps.len() as u16).map(StepId);
                    for id in ids {
                        prop_assert_eq!(flow.step_named(&flow.step(id).name), Some(id));
                    }
                }
            }
        }
    }
}
