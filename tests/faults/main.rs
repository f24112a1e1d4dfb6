//! The fault matrix: breaks things for real around a running server, under load, and counts what callers got and what
//! was lost. `scripts/break` runs it as root, in namespaces of its own.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a trial that cannot go on should say where")]
#![allow(unreachable_pub, reason = "a test binary has no outside")]
#![allow(clippy::print_stdout, reason = "what it prints is the result")]

mod cases;
mod ledger;
mod matrix;
mod nth;
mod place;
mod power;
mod provider;
mod server;
mod tracer;
mod trial;

#[path = "../it/support/mod.rs"]
#[allow(dead_code, reason = "shared with the other tests")]
mod support;

use std::any::Any;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

const USAGE: &str = "usage: faults matrix|nth|nth-few [FILTER]... | faults power-cut N [locked] [control]";

/// How a run ended.
pub enum Verdict {
    /// Every promise was kept.
    Kept,
    /// Some were not.
    Broken,
    /// Nothing has that name, so nothing was shown.
    NoSuchName(String),
    /// Nothing could be tried, for this reason.
    Skipped(String),
}

impl Verdict {
    /// After something was tried.
    pub fn of(is_kept: bool) -> Self {
        if is_kept { Self::Kept } else { Self::Broken }
    }
}

fn main() -> ExitCode {
    // A judge that says no panics; that is counted, and not printed each time.
    std::panic::set_hook(Box::new(|_| {}));
    let words: Vec<_> = std::env::args().skip(1).collect();
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let verdict = match words.as_slice() {
        ["matrix", filters @ ..] => matrix::run(filters, runtime.handle()),
        ["nth", filters @ ..] => nth::run(filters, false, runtime.handle()),
        ["nth-few", filters @ ..] => nth::run(filters, true, runtime.handle()),
        ["power-cut", cuts, how @ ..] => match (cuts.parse(), power::How::of(how)) {
            (Ok(cuts @ 1..), Some(how)) => power::run(cuts, how, runtime.handle()),
            _ => Verdict::NoSuchName(words.join(" ")),
        },
        _ => Verdict::NoSuchName(words.join(" ")),
    };
    match verdict {
        Verdict::Kept => ExitCode::SUCCESS,
        Verdict::Broken => ExitCode::FAILURE,
        Verdict::NoSuchName(name) => {
            eprintln!("faults: nothing is called `{name}`; {USAGE}");
            ExitCode::from(2)
        }
        Verdict::Skipped(why) => {
            eprintln!("faults: SKIPPED, {why}");
            ExitCode::from(77)
        }
    }
}

/// Runs a program and gives what it said; an error when it is not there or fails.
pub fn run(program: &str, words: &[&str]) -> Result<String, String> {
    let done = Command::new(program).args(words).stdin(Stdio::null()).output();
    let done = done.map_err(|error| format!("`{program}` cannot be run: {error}"))?;
    if !done.status.success() {
        let said = String::from_utf8_lossy(&done.stderr).trim().to_owned();
        return Err(format!("`{program} {}` failed: {said}", words.join(" ")));
    }
    Ok(String::from_utf8_lossy(&done.stdout).into_owned())
}

/// The words of a panic.
pub fn words_of(panic: &(dyn Any + Send)) -> String {
    let words = panic.downcast_ref::<&str>().map(|words| (*words).to_owned());
    words.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no words".to_owned())
}

/// How long something takes.
pub struct Stopwatch(Instant);

impl Stopwatch {
    #[expect(clippy::disallowed_methods, reason = "it measures how long something takes")]
    /// Begins now.
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Since the beginning.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}
