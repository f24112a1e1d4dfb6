//! `[start]`: where a call begins.

use crate::notation::Table;

use super::super::vocabulary::Place;
use super::{RawStart, Reading, places};

impl Reading {
    /// Reads `[start]`.
    pub(super) fn read_start(&mut self, file: &mut Table) -> RawStart {
        if !file.has("start") {
            self.missing(
                0..0,
                "the flow does not say where a call begins",
                "add `[start]` and below it `open = \"…\"`, with the name of a step",
            );
        }
        let Some(mut table) = file.take_table("start", &mut self.problems) else {
            return RawStart::default();
        };
        let span = table.span.clone();
        let has_open = table.has("open");
        let start = RawStart {
            places: places(Place::Start, &table),
            blocked: self.name("blocked", &mut table),
            away: self.name("away", &mut table),
            closed: self.name("closed", &mut table),
            again: self.name("again", &mut table),
            known: self.name("known", &mut table),
            open: self.name("open", &mut table),
            human_test: self.switch("human-test", &mut table),
        };
        // A word that is left may be a mistyped `open`.
        if !has_open && table.is_empty() {
            self.missing(
                span,
                "the flow does not say where a call begins while you are open",
                "add `open = \"…\"`, with the name of a step",
            );
        }
        self.refuse_rest(Place::Start, table);
        start
    }
}
