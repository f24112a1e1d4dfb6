//! Many simulated calls, as fast as they can be lived through: see `scripts/simulate`.

#![allow(clippy::unwrap_used, reason = "a simulation that cannot go on should say where")]
#![allow(unreachable_pub, dead_code, reason = "it shares its modules with the tests")]

#[path = "../../tests/it/simulator/mod.rs"]
mod simulator;
#[path = "../../tests/it/support"]
mod support {
    pub mod judge;
}

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use simulator::{Plan, Rates, many, run};

/// Calls in one run: enough for callers to meet, few enough to start afresh often.
const CALLS_IN_A_RUN: u32 = 200;

/// Simulate many calls and check the promises after every step
#[derive(Parser)]
#[command(name = "simulate")]
struct Arguments {
    /// How many calls
    #[arg(default_value_t = 1_000_000)]
    calls: u64,
    /// Where the seeds begin
    #[arg(default_value_t = 1)]
    seed: u64,
    /// Live through one run of this seed with so many calls, and tell all of it
    #[arg(long, num_args = 2, value_names = ["SEED", "CALLS"])]
    replay: Option<Vec<u64>>,
    /// Bad days, as the tests have them: this many runs of eight calls
    #[arg(long, value_name = "RUNS")]
    bad_days: Option<u64>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    #[expect(clippy::disallowed_methods, reason = "how fast it was is told at the end")]
    let began = Instant::now();
    if let Some(replay) = &arguments.replay {
        return tell(replay[0], replay[1] as u32);
    }
    let (runs, calls, rates) = match arguments.bad_days {
        Some(runs) => (runs, 8, Rates::BAD),
        None => (arguments.calls.div_ceil(CALLS_IN_A_RUN.into()), CALLS_IN_A_RUN, Rates::USUAL),
    };
    let (first, all) = (arguments.seed, runs * u64::from(calls));
    match many(first..=first + runs - 1, (calls, rates)) {
        Ok(sum) => {
            let seconds = began.elapsed().as_secs_f64();
            println!(
                "simulate: {all} calls, {} webhooks, {} faults of the wire, 0 broken promises, hash {:016x}, {seconds:.0} s, {:.0} calls/s",
                sum.webhooks,
                sum.faults,
                sum.hash,
                all as f64 / seconds
            );
            ExitCode::SUCCESS
        }
        Err(failure) => {
            println!("{failure}");
            ExitCode::FAILURE
        }
    }
}

fn tell(seed: u64, calls: u32) -> ExitCode {
    let rates = if calls == CALLS_IN_A_RUN { Rates::USUAL } else { Rates::BAD };
    let told = run(&Plan::of(seed, calls, rates), true);
    told.lines.iter().for_each(|line| println!("{line}"));
    println!("hash {:016x}", told.hash);
    if told.broken.is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
