//! The Nth system call fails, or is the last one: for every N that one call reaches.
//!
//! Counted from the call's first request, for each thread by itself, so that every write, sync and answer of the call has
//! its turn. Afterwards the server is started without any of it.

use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use tokio::runtime::Handle;

use crate::ledger::Route;
use crate::place::Place;
use crate::provider::Plan;
use crate::tracer::Tracer;
use crate::trial::Trial;

/// Under a tracer everything is slow; this only finds what hangs.
const LIMIT: Duration = Duration::from_secs(5);
const CALLS: [&str; 7] =
    ["pwrite64", "pread64", "fdatasync", "fsync", "ftruncate", "write", "sendto,writev"];
const FAILURES: [&str; 3] = ["error=EIO", "error=ENOSPC", "signal=KILL"];

/// Tries every N, or with `few` the first and then ever fewer of them; whether nothing was lost and everybody answered.
pub fn run(filters: &[&str], few: bool, runtime: &Handle) -> bool {
    println!("system call | failure | places tried | kept or NOT | worst answer ms | lost calls");
    let mut is_kept = true;
    for calls in CALLS {
        for failure in FAILURES {
            let name = format!("{calls} {failure}");
            if !filters.is_empty() && !filters.iter().any(|filter| name.contains(filter)) {
                continue;
            }
            is_kept &= every(calls, failure, (few, runtime));
        }
    }
    is_kept
}

fn every(calls: &str, failure: &str, (few, runtime): (bool, &Handle)) -> bool {
    let (mut places, mut worst, mut lost, mut wrong) = (0, Duration::ZERO, 0, Vec::new());
    let mut n = 1;
    loop {
        let tried = match nth(calls, failure, (n, runtime)) {
            Ok(tried) => tried,
            Err(why) => {
                println!("{calls} | {failure} | {places} | SKIPPED: {why} | - | -");
                return true;
            }
        };
        let Some(mut trial) = tried else { break };
        places += 1;
        let missing = trial.settle();
        lost += missing.lost.values().sum::<usize>();
        for route in Route::ALL {
            let tally = trial.load.ledger.tally(route);
            worst = worst.max(tally.worst);
            // An answer that cannot be sent is the network's fault; the provider asks again.
            wrong.extend(tally.first_bad.map(|why| format!("N = {n}, {}: {why}", route.word())));
        }
        let rest = trial.broken.iter().chain(&missing.file).chain(&missing.first);
        wrong.extend(rest.map(|why| format!("N = {n}: {why}")));
        n += if few { n } else { 1 };
    }
    let verdict = if wrong.is_empty() && lost == 0 { "kept" } else { "NOT" };
    println!("{calls} | {failure} | {places} | {verdict} | {} | {lost}", worst.as_millis());
    for why in wrong.iter().take(10) {
        println!("    {why}");
    }
    verdict == "kept"
}

/// One call with the Nth of them failing; `None` when it does not come to so many.
fn nth(calls: &str, failure: &str, (n, runtime): (u32, &Handle)) -> Result<Option<Trial>, String> {
    let mut trial = Trial::limited(Place::plain(), runtime, LIMIT);
    trial.last_words_count = true;
    // An answer that breaks off is asked for again, by every provider.
    trial.with_retries();
    if !trial.serve() {
        return Ok(Some(trial));
    }
    let pid = trial.server().pid;
    let tracer = Tracer::attach(pid, calls, &format!("{failure}:when={n}"))?;
    let load = trial.load.clone();
    let talking = runtime.spawn(async move {
        let exchange = load.exchange();
        load.call(&exchange, Plan::Answered).await;
        load.call(&exchange, Plan::Message).await;
    });
    while !talking.is_finished() {
        let is_gone = trial.server().wait(Duration::from_millis(20));
        if is_gone {
            trial.kill();
            if !trial.serve() {
                talking.abort();
                break;
            }
        }
    }
    let is_reached = tracer.has_struck();
    drop(tracer);
    trial.load.retries.store(false, SeqCst);
    Ok(is_reached.then_some(trial))
}
