//! `ring` and `ring-in-turn`: whose phones ring, and for how long.

use super::super::vocabulary::{Kind, MOST_TARGETS, RING};
use super::step::Step;
use super::{RawThen, Reading};

impl Reading {
    pub(super) fn read_ring(&mut self, step: &mut Step, kind: Kind) -> Option<RawThen> {
        let word = kind.word();
        let entry = step.table.take(word)?;
        let place = entry.value.span.clone();
        let targets = entry.texts(&mut self.problems);
        if targets.as_ref().is_some_and(Vec::is_empty) {
            let message = format!("`{word}` names nobody");
            self.error(place.clone(), message, "write a person, an area, or `\"on-duty\"`");
        }
        if targets.as_ref().is_some_and(|targets| targets.len() > MOST_TARGETS) {
            let message = format!("at most {MOST_TARGETS} phones can be rung by one step");
            self.error(place, message, "ring some here, and the others in the step that `go` leads to");
        }
        let for_ = self.duration("for", RING, &mut step.table);
        if !step.table.has("go") {
            let message =
                format!("the step `{}` does not say what happens when nobody answers", step.name.value);
            self.missing(step.name.span.clone(), message, "add `go = \"…\"`, with the step that follows");
        }
        let go = self.name("go", &mut step.table);
        Some(RawThen::Ring { targets: targets?, in_turn: kind == Kind::RingInTurn, for_, go: go? })
    }
}
