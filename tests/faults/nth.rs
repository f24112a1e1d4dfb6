//! The Nth system call fails, or is the last one: for every N that one call reaches.
//!
//! Counted from the call's first request, for each thread by itself, so that every write, sync and answer of the call has
//! its turn. Afterwards the server is started without any of it.

use std::fmt;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use ringback::store::Journal;
use rusqlite::Connection;
use tokio::runtime::Handle;

use crate::ledger::Route;
use crate::place::Place as Home;
use crate::provider::Plan;
use crate::tracer::Tracer;
use crate::trial::Trial;
use crate::{Stopwatch, Verdict};

/// Under a tracer everything is slow; this only finds what hangs.
const LIMIT: Duration = Duration::from_secs(5);
/// The journal is looked at every two seconds.
const WELL_AGAIN: Duration = Duration::from_secs(20);
/// The database takes everything; the emergency journal is not asked.
const WELL: [&str; 3] = ["pwrite64", "fsync,fdatasync", "sendto,writev"];
/// The database is locked: everything goes to the journal, and from there into the database when the lock is gone.
const LOCKED: [&str; 5] = ["write", "fsync,fdatasync", "ftruncate", "pwrite64", "sendto,writev"];
const FAILURES: [&str; 3] = ["error=EIO", "error=ENOSPC", "signal=KILL"];

/// Tries every N, or with `few` the first and then ever fewer of them; whether nothing was lost and everybody answered.
pub fn run(filters: &[&str], few: bool, runtime: &Handle) -> Verdict {
    let well = WELL.map(|calls| (calls, false));
    let calls = well.into_iter().chain(LOCKED.map(|calls| (calls, true)));
    let all = calls.flat_map(|(calls, locked)| FAILURES.map(|failure| Place { calls, failure, locked }));
    let all: Vec<_> = all.collect();
    let is_called = |place: &Place, name: &str| place.to_string().contains(name);
    if let Some(name) = filters.iter().find(|name| !all.iter().any(|place| is_called(place, name))) {
        return Verdict::NoSuchName((*name).to_owned());
    }
    println!("system call | failure | places tried | kept or NOT | worst answer ms | lost calls");
    let (mut is_kept, mut tried, mut untried) = (true, 0, None);
    let fits = |place: &&Place| filters.is_empty() || filters.iter().any(|name| is_called(place, name));
    for place in all.iter().filter(fits) {
        match every(place, (few, runtime)) {
            Ok((places, is_good)) => {
                tried += places;
                is_kept &= is_good;
            }
            Err(why) => {
                println!("{place} | - | SKIPPED: {why} | - | -");
                untried = Some(why);
            }
        }
    }
    println!("{tried} places tried");
    match untried {
        Some(why) if tried == 0 && is_kept => Verdict::Skipped(why),
        // What can be traced once can be traced again.
        Some(_) => Verdict::Broken,
        None => Verdict::of(is_kept),
    }
}

/// Which calls fail how, and whether the database is locked meanwhile.
struct Place {
    calls: &'static str,
    failure: &'static str,
    locked: bool,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let when = if self.locked { " while the database is locked" } else { "" };
        write!(f, "{}{when} | {}", self.calls, self.failure)
    }
}

/// How many places there are, and whether everything was kept at each. `Err` says why it cannot be tried here.
fn every(place: &Place, (few, runtime): (bool, &Handle)) -> Result<(u32, bool), String> {
    let (mut places, mut worst, mut lost, mut wrong) = (0, Duration::ZERO, 0, Vec::new());
    let (mut waited, mut on_stderr) = (Duration::ZERO, 0);
    let mut n = 1;
    while let Some(mut trial) = nth(place, (n, runtime))? {
        places += 1;
        let missing = trial.settle();
        lost += missing.lost.values().sum::<usize>();
        for route in Route::ALL {
            let tally = trial.load.ledger.tally(route);
            worst = worst.max(tally.worst);
            if tally.refused > 0 && !trial.last_words_count {
                wrong.push(format!("N = {n}, {}: {} were refused", route.word(), tally.refused));
            }
            // An answer that cannot be sent is the network's fault; the provider asks again.
            wrong.extend(tally.first_bad.map(|why| format!("N = {n}, {}: {why}", route.word())));
        }
        let rest = trial.broken.iter().chain(&missing.file).chain(&missing.first);
        wrong.extend(rest.map(|why| format!("N = {n}: {why}")));
        waited = waited.max(trial.load.ledger.waited());
        on_stderr += trial.last_words().len();
        n += if few { n } else { 1 };
    }
    if places == 0 {
        wrong.push("no request of these calls comes to it".to_owned());
    }
    let verdict = if wrong.is_empty() && lost == 0 { "kept" } else { "NOT" };
    println!("{place} | {places} | {verdict} | {} | {lost}", worst.as_millis());
    for why in wrong.iter().take(10) {
        println!("    {why}");
    }
    println!("    (at the longest {} ms from a first try to its answer)", waited.as_millis());
    if on_stderr > 0 {
        println!("    ({on_stderr} requests were kept on stderr only)");
    }
    Ok((places, verdict == "kept"))
}

/// A caller with the Nth of them failing; `None` when it does not come to so many.
fn nth(place: &Place, (n, runtime): (u32, &Handle)) -> Result<Option<Trial>, String> {
    let mut trial = Trial::limited(Home::plain(), runtime, LIMIT);
    // Only where the journal fails as well may a line on stderr be all that is left.
    trial.last_words_count = place.calls.contains("fsync") || place.calls == "write";
    // An answer that breaks off is asked for again, by every provider.
    trial.with_retries();
    if !trial.serve() {
        return Ok(Some(trial));
    }
    let mut lock: Option<Connection> = None;
    if place.locked {
        let other = Connection::open(trial.place.path("ringback.db")).map_err(|error| error.to_string())?;
        other.execute_batch("begin immediate").map_err(|error| error.to_string())?;
        lock = Some(other);
    }
    let pid = trial.server().pid;
    // A server also writes to its log and to itself, to wake a thread; this is about the journal.
    let file = (place.calls == "write").then(|| trial.place.path("ringback.journal"));
    let tracer = Tracer::attach_to(pid, (place.calls, &format!("{}:when={n}", place.failure)), file)?;
    let (load, locked) = (trial.load.clone(), place.locked);
    let talking = runtime.spawn(async move {
        let exchange = load.exchange();
        if !locked {
            load.call(&exchange, Plan::Answered).await;
        }
        load.call(&exchange, Plan::Message).await;
    });
    let (journal, watch) = (trial.place.path("ringback.journal"), Stopwatch::start());
    loop {
        if talking.is_finished() {
            // From here on the journal is imported, under the same tracer.
            drop(lock.take());
            let is_empty = Journal::pending(&journal).is_ok_and(|pending| pending == 0);
            if is_empty || watch.elapsed() > WELL_AGAIN {
                break;
            }
        }
        if trial.server().wait(Duration::from_millis(20)) {
            trial.kill();
            drop(lock.take());
            if !trial.serve() {
                talking.abort();
                break;
            }
        }
    }
    drop(lock);
    let is_reached = tracer.has_struck();
    drop(tracer);
    trial.load.retries.store(false, SeqCst);
    Ok(is_reached.then_some(trial))
}
