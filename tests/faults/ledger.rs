//! What was acknowledged and how good the answers were; and whether all of it is in the file afterwards.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use ringback::call::{CallId, Outcome};
use ringback::store::{CallFilter, CallLine, Reader, StoreError, Tx};

use crate::support::process::ringback;

/// What a request was for.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Route {
    Voice,
    Turn,
    Leg,
    Status,
    Recording,
}

impl Route {
    pub const ALL: [Self; 5] = [Self::Voice, Self::Turn, Self::Leg, Self::Status, Self::Recording];

    pub fn word(self) -> &'static str {
        match self {
            Self::Voice => "voice",
            Self::Turn => "turn",
            Self::Leg => "leg",
            Self::Status => "status",
            Self::Recording => "recording",
        }
    }

    /// Whether the answer decides what somebody hears.
    pub fn steers(self) -> bool {
        matches!(self, Self::Voice | Self::Turn | Self::Leg)
    }
}

/// One call as the provider saw it.
#[derive(Clone, Debug)]
pub struct CallKept {
    pub id: String,
    /// Our number, once a document of the flow told it.
    pub number: Option<CallId>,
    pub routes: Vec<Route>,
    /// The flow's own documents by turn.
    pub turns: Vec<(u16, String)>,
    pub accepted: bool,
    pub talked: bool,
    pub message: bool,
    pub over: bool,
    /// What was asked and how it was answered, for whoever has to find out.
    pub trail: Vec<String>,
}

impl CallKept {
    pub fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            number: None,
            routes: Vec::new(),
            turns: Vec::new(),
            accepted: false,
            talked: false,
            message: false,
            over: false,
            trail: Vec::new(),
        }
    }

    pub fn acknowledged(&mut self, route: Route, target: &str, document: &str) {
        if !self.routes.contains(&route) {
            self.routes.push(route);
        }
        let answer = match document {
            "" => "nothing",
            safe if is_safe_reply(safe) => "safe reply",
            _ => "document",
        };
        self.trail.push(format!("{} {answer}", target.trim_start_matches("/twilio/")));
        let turn = match route {
            Route::Voice => Some(0),
            Route::Turn => target.split('/').nth(4).and_then(|turn| turn.parse().ok()),
            Route::Leg | Route::Status | Route::Recording => None,
        };
        if let Some(turn) = turn.filter(|_| is_of_the_flow(document)) {
            self.turns.push((turn, document.to_owned()));
        }
    }
}

fn is_safe_reply(document: &str) -> bool {
    document.contains("/safe/") || document.contains("small problem")
}

fn is_of_the_flow(document: &str) -> bool {
    !is_safe_reply(document) && document.contains("/twilio/call/")
}

/// How one route did.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    pub asked: usize,
    /// The longest that one try took.
    pub worst: Duration,
    /// The longest from the first try to the answer.
    pub waited: Duration,
    /// Reports that were refused; nobody hears that, but nothing is known of them.
    pub refused: usize,
    pub bad: usize,
    pub first_bad: Option<String>,
}

/// How long somebody waited for an answer.
#[derive(Copy, Clone, Debug)]
pub struct Wait {
    /// For the last try.
    pub took: Duration,
    /// Since the first one.
    pub in_all: Duration,
}

#[derive(Default)]
pub struct Ledger {
    tallies: Mutex<HashMap<Route, Tally>>,
    calls: Mutex<HashMap<String, CallKept>>,
    asked: AtomicUsize,
    again: AtomicUsize,
    safe: AtomicUsize,
    greeted: AtomicUsize,
}

impl Ledger {
    pub fn note(&self, route: Route, wait: Wait, judged: Result<(), String>) {
        let mut tallies = self.tallies.lock().unwrap();
        let tally = tallies.entry(route).or_default();
        tally.asked += 1;
        tally.worst = tally.worst.max(wait.took);
        tally.waited = tally.waited.max(wait.in_all);
        if let Err(why) = judged {
            tally.bad += 1;
            tally.first_bad.get_or_insert(why);
        }
        self.asked.fetch_add(1, SeqCst);
    }

    /// What is known of a call so far; more of it replaces less.
    pub fn keep(&self, call: CallKept) {
        self.calls.lock().unwrap().insert(call.id.clone(), call);
    }

    pub fn asked_again(&self) {
        self.again.fetch_add(1, SeqCst);
    }

    pub fn refused(&self, route: Route) {
        self.tallies.lock().unwrap().entry(route).or_default().refused += 1;
    }

    /// What a caller heard.
    pub fn heard(&self, route: Route, document: &str) {
        if document.contains("small problem") {
            self.safe.fetch_add(1, SeqCst);
        }
        if route == Route::Voice && is_of_the_flow(document) {
            self.greeted.fetch_add(1, SeqCst);
        }
    }

    /// Callers whom the flow greeted.
    pub fn greeted(&self) -> usize {
        self.greeted.load(SeqCst)
    }

    /// Callers who heard the safe reply.
    pub fn safe_replies(&self) -> usize {
        self.safe.load(SeqCst)
    }

    /// Requests that had to be sent again.
    pub fn repeats(&self) -> usize {
        self.again.load(SeqCst)
    }

    /// Requests that were answered, or given up.
    pub fn asked(&self) -> usize {
        self.asked.load(SeqCst)
    }

    pub fn tally(&self, route: Route) -> Tally {
        self.tallies.lock().unwrap().get(&route).cloned().unwrap_or_default()
    }

    /// The longest that anybody waited from the first try to the answer.
    pub fn waited(&self) -> Duration {
        Route::ALL.map(|route| self.tally(route).waited).into_iter().max().unwrap_or_default()
    }

    pub fn calls(&self) -> Vec<CallKept> {
        self.calls.lock().unwrap().values().cloned().collect()
    }
}

/// What is not in the file of what was acknowledged.
#[derive(Debug, Default)]
pub struct Missing {
    /// Calls, by the routes on which they were acknowledged.
    pub lost: HashMap<Route, usize>,
    /// The first of them, in words.
    pub first: Option<String>,
    /// What else is wrong with the file.
    pub file: Vec<String>,
}

impl Missing {
    fn lose(&mut self, call: &CallKept, routes: &[Route], why: &str) {
        for route in routes {
            *self.lost.entry(*route).or_default() += 1;
        }
        self.first.get_or_insert_with(|| format!("call {}: {why} ({})", call.id, call.trail.join(", ")));
    }
}

/// Whether a call must have the number in the file that its URLs tell.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Numbers {
    Stay,
    /// The file may have been made anew, or be another one.
    MayChange,
}

/// Compares what was acknowledged with what the home knows. What is excused was said on stderr.
pub fn compare(
    home: &Path,
    calls: &[CallKept],
    numbers: Numbers,
    is_excused: impl Fn(&str) -> bool,
) -> Missing {
    let mut missing = Missing::default();
    let counted = calls.iter().filter(|call| !call.routes.is_empty() && !is_excused(&call.id));
    let counted: Vec<_> = counted.collect();
    let read =
        Reader::open(&home.join("ringback.db")).map_err(|error| error.to_string()).and_then(|reader| {
            let mut reader = reader.ok_or("there is no database")?;
            let read = reader.read(|tx| look(tx, (&counted, numbers), &mut missing));
            read.map_err(|error| error.to_string())
        });
    if let Err(error) = read {
        missing.file.push(format!("the file cannot be read: {error}"));
        for call in counted {
            missing.lose(call, &call.routes, "the file cannot be read");
        }
    }
    let proof = ringback(home, &["proof"]);
    if proof.code != 0 {
        missing.file.push(format!("proof: {}{}", proof.said, proof.talked));
    }
    missing
}

fn look(
    tx: &Tx<'_>,
    (counted, numbers): (&[&CallKept], Numbers),
    missing: &mut Missing,
) -> Result<(), StoreError> {
    match tx.complaint() {
        Ok(None) => {}
        Ok(Some(complaint)) => missing.file.push(format!("integrity: {complaint}")),
        Err(error) => missing.file.push(format!("integrity: {error}")),
    }
    let mut known: HashMap<String, Vec<CallLine>> = HashMap::new();
    for call in tx.calls(&CallFilter::default())? {
        known.entry(call.call_id.clone()).or_default().push(call);
    }
    for call in counted {
        let rows = known.get(&call.id).map_or(&[][..], Vec::as_slice);
        let [row] = rows else {
            missing.lose(call, &call.routes, &format!("it is there {} times", rows.len()));
            continue;
        };
        if let Some(ended) = row.ended_at.filter(|ended| *ended < row.at) {
            missing.file.push(format!("call {}: it came at {} and ended at {ended}", call.id, row.at));
        }
        if call.over && row.outcome == Outcome::InProgress {
            missing.lose(call, &[Route::Status], "its end is not known");
        }
        if call.accepted && call.talked && !matches!(row.outcome, Outcome::Answered(_)) {
            missing.lose(call, &[Route::Leg], &format!("it was accepted, and is {:?}", row.outcome));
        }
        if call.message && row.recording.is_none() {
            missing.lose(call, &[Route::Recording], "its message is not known");
        }
        let Some(number) = call.number else { continue };
        if number != row.id {
            if numbers == Numbers::Stay {
                missing.lose(call, &[Route::Voice], &format!("it is number {} in the file", row.id.0));
            }
            continue;
        }
        for (turn, document) in &call.turns {
            if tx.reply_of(number, *turn)?.as_deref() != Some(document) {
                let route = if *turn == 0 { Route::Voice } else { Route::Turn };
                missing.lose(call, &[route], &format!("turn {turn} is not the one that was answered"));
            }
        }
    }
    Ok(())
}

/// The call's number in the URLs of a document of the flow.
pub fn number_in(document: &str) -> Option<CallId> {
    let (_, rest) = document.split_once("/twilio/call/")?;
    Some(CallId(rest.split('/').next()?.parse().ok()?))
}
