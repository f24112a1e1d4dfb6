//! The matrix: every fault that can be made here, and for each that cannot a line that says why.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::runtime::Handle;

use crate::cases;
use crate::ledger::{Missing, Route};
use crate::trial::{Skip, Trial};

/// One fault: its number, what breaks, which promise holds all the same, and how it is done.
pub struct Case {
    pub fault: &'static str,
    pub what: &'static str,
    pub promise: &'static str,
    pub run: fn(&Handle) -> Result<Trial, Skip>,
}

impl Case {
    pub const fn new(
        fault: &'static str,
        what: &'static str,
        promise: &'static str,
        run: fn(&Handle) -> Result<Trial, Skip>,
    ) -> Self {
        Self { fault, what, promise, run }
    }
}

/// Tries what fits the filters and prints a line for each fault and route; whether every promise was kept.
pub fn run(filters: &[&str], runtime: &Handle) -> bool {
    let fits = |case: &Case| {
        filters.is_empty() || filters.iter().any(|filter| case.what.contains(filter) || case.fault == *filter)
    };
    let (mut tried, mut broken, mut skipped) = (0, Vec::new(), Vec::new());
    let (mut answers, mut lost) = (0, 0);
    println!("fault | route | promise | kept or NOT | worst answer ms | lost calls");
    for case in cases::all().iter().filter(|case| fits(case)) {
        let name = format!("{} {}", case.fault, case.what);
        let done = catch_unwind(AssertUnwindSafe(|| {
            (case.run)(runtime).map(|mut trial| {
                let missing = trial.settle();
                (trial, missing)
            })
        }));
        match done {
            Err(panic) => {
                println!("{name} | - | {} | NOT: {} | - | -", case.promise, crate::words_of(&*panic));
                broken.push(name);
            }
            Ok(Err(Skip(why))) => {
                println!("{name} | - | {} | SKIPPED: {why} | - | -", case.promise);
                skipped.push(name);
            }
            Ok(Ok((trial, missing))) => {
                tried += 1;
                answers += trial.load.ledger.asked();
                lost += missing.lost.values().sum::<usize>();
                if !print(&name, case.promise, (&trial, &missing)) {
                    broken.push(name);
                }
            }
        }
    }
    if filters.is_empty() {
        for (fault, why) in cases::CANNOT {
            println!("{fault} | - | - | CANNOT be made here: {why} | - | -");
        }
    }
    println!();
    println!("{tried} faults tried, {answers} answers judged, {lost} losses, {} skipped", skipped.len());
    for name in &skipped {
        println!("SKIPPED {name}");
    }
    for name in &broken {
        println!("NOT kept: {name}");
    }
    broken.is_empty()
}

/// One line for each route; whether all was kept.
fn print(name: &str, promise: &str, (trial, missing): (&Trial, &Missing)) -> bool {
    let mut is_kept = true;
    let sound = trial.broken.is_empty() && missing.file.is_empty();
    for route in Route::ALL {
        let tally = trial.load.ledger.tally(route);
        if tally.asked == 0 {
            continue;
        }
        let lost = missing.lost.get(&route).copied().unwrap_or(0);
        let verdict = if tally.bad == 0 && lost == 0 && sound { "kept" } else { "NOT" };
        is_kept &= verdict == "kept";
        println!("{name} | {} | {promise} | {verdict} | {} | {lost}", route.word(), tally.worst.as_millis());
        if let Some(why) = &tally.first_bad {
            println!("    {} of {} answers were bad, the first: {why}", tally.bad, tally.asked);
        }
    }
    for why in trial.broken.iter().chain(&missing.file).chain(&missing.first) {
        println!("    {why}");
    }
    let (safe, again) = (trial.load.ledger.safe_replies(), trial.load.ledger.repeats());
    if safe + again > 0 {
        println!("    ({safe} heard the safe reply, {again} requests were sent again)");
    }
    for remark in &trial.remarks {
        println!("    ({remark})");
    }
    is_kept && sound
}
