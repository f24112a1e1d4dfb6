//! A step: what kind it is, and which words do not belong to it.

use crate::call::StepName;
use crate::notation::{Entry, Placed, Problem, Table};

use super::super::StepPlaces;
use super::super::vocabulary::{self, Kind, Place};
use super::{RawStep, RawThen, Reading, places};

/// A step while its words are taken.
pub(super) struct Step {
    pub(super) name: Placed<StepName>,
    pub(super) table: Table,
    pub(super) places: StepPlaces,
}

impl Reading {
    /// The step, or nothing when it has no name that others could use.
    pub(super) fn read_step(&mut self, entry: Entry) -> Option<RawStep> {
        let name = match StepName::parse(&entry.key.value) {
            Ok(name) => Placed { value: name, span: entry.key.span.clone() },
            Err(error) => {
                self.problems.push(Problem::error(entry.key.span, error.to_string()));
                return None;
            }
        };
        let table = entry.table(&mut self.problems)?;
        let places =
            StepPlaces { name: name.span.clone(), words: places(Place::Step, &table), choices: Vec::new() };
        let mut step = Step { name, table, places };
        let found: Vec<Kind> =
            Kind::ALL.into_iter().filter(|kind| *kind != Kind::Go && step.table.has(kind.word())).collect();
        if let [first, second, ..] = found[..] {
            let message = format!(
                "the step `{}` has both `{}` and `{}`; a step does one thing",
                step.name.value,
                first.word(),
                second.word()
            );
            let hint = "make two steps of it, and lead from the first to the second by `go`";
            self.error(step.name.span.clone(), message, hint);
            return Some(RawStep { name: step.name, area: None, say: None, then: None, places: step.places });
        }
        let kind = found.first().copied().unwrap_or(Kind::Go);
        let speaks = step.table.has("say") || step.table.has("play");
        let (mut say, area) = match kind {
            Kind::Refuse => (None, None),
            Kind::Press
            | Kind::Ring
            | Kind::RingInTurn
            | Kind::Message
            | Kind::CallBack
            | Kind::Ask
            | Kind::Goodbye
            | Kind::Go => (self.read_prompt(&mut step.table), self.name("area", &mut step.table)),
        };
        let then = match kind {
            Kind::Press => self.read_press(&mut step, speaks),
            Kind::Ring | Kind::RingInTurn => self.read_ring(&mut step, kind),
            Kind::Message => self.read_message(&mut step),
            Kind::CallBack => self.read_call_back(&mut step),
            Kind::Ask => self.read_ask(&mut step, &mut say, speaks),
            Kind::Goodbye => self.read_goodbye(&mut step),
            Kind::Refuse => self.read_true("refuse", &mut step).map(|()| RawThen::Refuse),
            Kind::Go => self.read_go(&mut step),
        };
        self.refuse_rest_of_step(kind, step.table);
        Some(RawStep { name: step.name, area, say, then, places: step.places })
    }

    fn read_go(&mut self, step: &mut Step) -> Option<RawThen> {
        // A word that is left may be a mistyped one that says what happens.
        if step.table.is_empty() {
            let message = format!("the step `{}` does not say what comes next", step.name.value);
            let hint = "add `go = \"…\"` with the next step, or `goodbye = true` to end the call";
            self.missing(step.name.span.clone(), message, hint);
        }
        self.name("go", &mut step.table).map(RawThen::Go)
    }

    /// Tells what is left in a step: words of another kind of step, and words that are none.
    fn refuse_rest_of_step(&mut self, kind: Kind, mut table: Table) {
        let (misplaced, unknown): (Vec<Entry>, Vec<Entry>) =
            table.take_rest().into_iter().partition(|entry| vocabulary::home_of(&entry.key.value).is_some());
        // Where the word that makes the kind is mistyped, the others are in their place.
        let kind_is_known = kind != Kind::Go || unknown.is_empty();
        for entry in unknown {
            self.unknown(Place::Step, entry);
        }
        if !kind_is_known {
            return;
        }
        for entry in misplaced {
            let word = entry.key.value.as_str();
            let home = vocabulary::home_of(word).unwrap_or_default();
            let message = match (word, kind) {
                (_, Kind::Refuse) => {
                    format!("`{word}` cannot stand beside `refuse`: a refused caller hears nothing")
                }
                ("go", Kind::Goodbye) => "nothing follows a `goodbye`".to_owned(),
                ("go", Kind::Press) => {
                    "`go` cannot stand beside `press`: each key says where it leads, and `silence` for all else"
                        .to_owned()
                }
                (_, _) => format!("`{word}` belongs {home}"),
            };
            self.problems.push(Problem::error(entry.key.span, message));
        }
    }
}
