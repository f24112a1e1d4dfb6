//! The matrix: every fault that can be made here, and for each that cannot a line that says why.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::runtime::Handle;

use crate::ledger::{Missing, Route};
use crate::trial::{Skip, Trial};
use crate::{Verdict, cases};

/// Faults that leave the store alone: hardly anybody may hear the safe reply.
const STORE_IS_WELL: [&str; 24] = [
    "F9",
    "F10",
    "F12",
    "F13",
    "F16",
    "F17",
    "F18",
    "F19",
    "F20",
    "F21",
    "F22",
    "F24",
    "F26",
    "F27",
    "F29",
    "log disk full",
    "stdout and stderr closed",
    "F33",
    "a flood of forgeries",
    "F44",
    "F46",
    "F48",
    "F49",
    "F50",
];
/// One in so many: a machine that is busy with something else makes the store wait, too.
const HARDLY: usize = 25;
/// Faults in which reports may be refused, so that callers come first.
const TOO_MUCH: [&str; 5] = ["F31", "F32", "F42", "F43", "F44"];

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

    /// By its number, or by words of its name.
    fn is_called(&self, name: &str) -> bool {
        self.fault == name || self.what.contains(name)
    }

    /// What is wrong with how callers and the provider were served, beside bad answers and losses.
    fn complaints(&self, trial: &Trial) -> Vec<String> {
        let (ledger, mut complaints) = (&trial.load.ledger, Vec::new());
        let (asked, safe) = (ledger.asked(), ledger.safe_replies());
        if asked == 0 {
            complaints.push("nobody asked anything".to_owned());
        }
        if STORE_IS_WELL.iter().any(|name| self.is_called(name)) && safe * HARDLY > asked {
            let why = trial.why_not_stored();
            complaints.push(format!("{safe} callers heard the safe reply, and the store was well: {why}"));
        }
        let may_refuse = trial.last_words_count || TOO_MUCH.contains(&self.fault);
        let refused: usize = Route::ALL.map(|route| ledger.tally(route).refused).iter().sum();
        if refused > 0 && !may_refuse {
            complaints.push(format!("{refused} reports were refused"));
        }
        complaints
    }
}

/// Tries what fits the filters and prints a line for each fault and route; whether every promise was kept.
pub fn run(filters: &[&str], runtime: &Handle) -> Verdict {
    let all = cases::all();
    if let Some(name) = filters.iter().find(|name| !all.iter().any(|case| case.is_called(name))) {
        return Verdict::NoSuchName((*name).to_owned());
    }
    let fits = |case: &&Case| filters.is_empty() || filters.iter().any(|name| case.is_called(name));
    let (mut tried, mut broken, mut skipped) = (0, Vec::new(), Vec::new());
    let (mut answers, mut lost) = (0, 0);
    println!("fault | route | promise | kept or NOT | worst answer ms | lost calls");
    for case in all.iter().filter(fits) {
        let name = format!("{} {}", case.fault, case.what);
        let done = catch_unwind(AssertUnwindSafe(|| {
            (case.run)(runtime).map(|mut trial| {
                let missing = trial.settle();
                trial.broken.extend(case.complaints(&trial));
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
    if tried == 0 && broken.is_empty() {
        return Verdict::Skipped("none of these faults can be tried here".to_owned());
    }
    Verdict::of(broken.is_empty())
}

/// One line for each route; whether all was kept.
fn print(name: &str, promise: &str, (trial, missing): (&Trial, &Missing)) -> bool {
    let mut is_kept = true;
    let ledger = &trial.load.ledger;
    let sound = trial.broken.is_empty() && missing.file.is_empty();
    for route in Route::ALL {
        let tally = ledger.tally(route);
        if tally.asked == 0 {
            continue;
        }
        let lost = missing.lost.get(&route).copied().unwrap_or(0);
        let verdict = if tally.bad == 0 && lost == 0 && sound { "kept" } else { "NOT" };
        is_kept &= verdict == "kept";
        println!("{name} | {} | {promise} | {verdict} | {} | {lost}", route.word(), tally.worst.as_millis());
        if tally.refused > 0 {
            println!("    ({} of {} were refused)", tally.refused, tally.asked);
        }
        if let Some(why) = &tally.first_bad {
            println!("    {} of {} answers were bad, the first: {why}", tally.bad, tally.asked);
        }
    }
    for why in trial.broken.iter().chain(&missing.file).chain(&missing.first) {
        println!("    {why}");
    }
    let (greeted, safe, again) = (ledger.greeted(), ledger.safe_replies(), ledger.repeats());
    if safe > 0 {
        println!("    (the flow greeted {greeted}, {safe} heard the safe reply)");
    }
    if again > 0 {
        let waited = ledger.waited().as_millis();
        println!("    (sent again {again} times; at the longest {waited} ms from a first try to its answer)");
    }
    for remark in &trial.remarks {
        println!("    ({remark})");
    }
    is_kept && sound && missing.lost.is_empty()
}
