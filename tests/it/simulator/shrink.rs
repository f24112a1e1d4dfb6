//! Many runs on all processors, and the smallest form of the first that fails.

use std::fmt;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;

use super::dice::mixed;
use super::ledger::Broken;
use super::plan::{Plan, Rates};
use super::world::{Run, run};

/// What many runs came to.
#[derive(Debug, Default)]
pub struct Sum {
    /// Of the hashes of all runs.
    pub hash: u64,
    pub webhooks: u64,
    pub faults: u64,
}

/// A run that broke a promise, made as small as it could be.
#[derive(Debug)]
pub struct Failure {
    pub seed: u64,
    pub calls: u32,
    pub broken: Broken,
    pub lines: Vec<String>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {} broke {}: {}", self.seed, self.broken.promise, self.broken.what)?;
        writeln!(f, "what is left of it, made small:\n")?;
        self.lines.iter().try_for_each(|line| writeln!(f, "{line}"))?;
        writeln!(f, "\nagain: scripts/simulate --replay {} {}", self.seed, self.calls)
    }
}

/// Runs all seeds with so many calls each; gives the first failure by seed.
pub fn many(seeds: RangeInclusive<u64>, (calls, rates): (u32, Rates)) -> Result<Sum, Box<Failure>> {
    let (first, last) = (*seeds.start(), *seeds.end());
    let (next, failed) = (AtomicU64::new(first), AtomicU64::new(u64::MAX));
    let (hash, webhooks, faults) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
    let workers = thread::available_parallelism().map_or(2, |count| count.get());
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Relaxed);
                    if seed > last.min(failed.load(Relaxed)) {
                        return;
                    }
                    let done = run(&Plan::of(seed, calls, rates), false);
                    if done.broken.is_some() {
                        failed.fetch_min(seed, Relaxed);
                    }
                    // A sum, so that it does not matter which processor is faster.
                    hash.fetch_add(mixed(done.hash ^ seed), Relaxed);
                    webhooks.fetch_add(done.webhooks, Relaxed);
                    faults.fetch_add(done.faults.len() as u64, Relaxed);
                }
            });
        }
    });
    match failed.into_inner() {
        u64::MAX => {
            Ok(Sum { hash: hash.into_inner(), webhooks: webhooks.into_inner(), faults: faults.into_inner() })
        }
        seed => Err(Box::new(shrunk(Plan::of(seed, calls, rates)))),
    }
}

/// Takes out of a failing plan whatever it fails without: acts, calls, faults of the wire.
pub fn shrunk(mut plan: Plan) -> Failure {
    let (seed, calls) = (plan.seed, plan.calls.len() as u32);
    let whole = run(&plan, false);
    let Some(broken) = whole.broken else {
        unreachable!("only a plan that fails is shrunk");
    };
    let fails = |plan: &Plan| run(plan, false).broken.is_some_and(|other| other.promise == broken.promise);
    for _ in 0..2 {
        plan.calls = smallest(plan.calls.clone(), |calls| fails(&Plan { calls, ..plan.clone() }));
        plan.acts = smallest(plan.acts.clone(), |acts| fails(&Plan { acts, ..plan.clone() }));
        let faults = run(&plan, false).faults;
        let all: Vec<_> = faults.into_iter().filter(|fault| !plan.calm.contains(fault)).collect();
        let kept = smallest(all.clone(), |kept| {
            let calm = all.iter().filter(|fault| !kept.contains(fault)).chain(&plan.calm).copied().collect();
            fails(&Plan { calm, ..plan.clone() })
        });
        plan.calm.extend(all.into_iter().filter(|fault| !kept.contains(fault)));
    }
    let Run { broken, lines, .. } = run(&plan, true);
    let Some(broken) = broken else {
        unreachable!("every step of the shrinking failed too");
    };
    Failure { seed, calls, broken, lines }
}

/// Halves first, then single ones.
fn smallest<T: Clone>(mut all: Vec<T>, fails: impl Fn(Vec<T>) -> bool) -> Vec<T> {
    let mut size = all.len().div_ceil(2);
    while size > 0 {
        let mut from = 0;
        while from < all.len() {
            let mut fewer = all.clone();
            fewer.drain(from..(from + size).min(all.len()));
            if fails(fewer.clone()) {
                all = fewer;
            } else {
                from += size;
            }
        }
        size = if size == 1 { 0 } else { size.div_ceil(2) };
    }
    all
}
