//! What is heard and done in a rehearsal, line by line.

use std::time::Duration;

use serde::Serialize;

use crate::cli::failure::Failure;
use crate::cli::output::show;
use crate::cli::transcript;

/// The lines of a rehearsal; shown as they happen, unless a program reads them at the end.
pub(super) struct Record {
    aloud: bool,
    pub(super) lines: Vec<Line>,
}

/// One thing heard or done.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Line {
    /// Since the call came in.
    seconds: f64,
    /// `ringback`, `caller`, the person called; empty for what happens by itself.
    who: String,
    /// The words in quotes, or what is done.
    what: String,
}

impl Record {
    pub(super) fn aloud() -> Self {
        Self { aloud: true, lines: Vec::new() }
    }

    pub(super) fn silent() -> Self {
        Self { aloud: false, lines: Vec::new() }
    }

    pub(super) fn add(&mut self, at: Duration, who: &str, what: &str) -> Result<(), Failure> {
        let tenths = (at.as_secs_f64() * 10.0).round() / 10.0;
        self.lines.push(Line { seconds: tenths, who: who.to_owned(), what: what.to_owned() });
        if self.aloud { show(&transcript::line(at, (who, 8), what)) } else { Ok(()) }
    }
}
