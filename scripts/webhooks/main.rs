//! Measures the line beside servers that do less: see `scripts/bench`; beside people who type commands: see
//! `scripts/desk-contention`; and for as long as a million webhooks take: see `scripts/soak`.
//!
//! Absolute figures swing with the machine and its disk; the ratios within one run are what counts. Each server is a
//! process of its own, so that its processor time and memory are its own.

mod desk;
mod load;
mod machine;
mod plan;
mod report;
mod servers;
mod soak;
mod unguarded;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::{Parser, Subcommand};

use servers::Kind;

/// Anything that stops the bench; there is nobody to handle it but the reader.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Measure signed webhooks, each durable before its answer
#[derive(Parser)]
#[command(name = "bench")]
struct Arguments {
    #[command(subcommand)]
    part: Option<Part>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Length of one phase in seconds
    #[arg(long, default_value_t = 2.0)]
    seconds: f64,
    /// How often the servers take turns
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Threads that answer in each server; 0 for one that does everything
    #[arg(long, default_value_t = 2)]
    workers: usize,
    /// What `cargo bench` says to every bench
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Subcommand)]
enum Part {
    /// Be one of the servers until stdin ends
    Serve { kind: Kind, folder: PathBuf, workers: usize },
    /// Write the settings and flows of the measured home into a folder
    Furnish { folder: PathBuf },
    /// Send one signed first fetch and print the answer
    Ask { address: SocketAddr },
    /// Measure whether commands at the desk keep callers waiting
    Desk {
        /// The program whose commands are typed
        ringback: PathBuf,
        /// How often phases with and without commands take turns
        #[arg(long, default_value_t = 6)]
        rounds: usize,
        /// Length of one phase in seconds
        #[arg(long, default_value_t = 4.0)]
        seconds: f64,
    },
    /// Send webhooks at full speed, and watch memory and WAL
    Soak {
        /// How many
        #[arg(default_value_t = 1_000_000)]
        webhooks: usize,
    },
    /// Place calls to a server that runs already, for a look at it with other tools
    Load { address: SocketAddr, connections: usize, seconds: f64 },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match arguments.part {
        Some(Part::Serve { kind, folder, workers }) => servers::serve(kind, &folder, workers).map(|()| true),
        Some(Part::Furnish { folder }) => servers::furnish(&folder).map(|()| true),
        Some(Part::Ask { address }) => ask(address).map(|()| true),
        Some(Part::Load { address, connections, seconds }) => {
            place_calls(address, connections, seconds).map(|()| true)
        }
        Some(Part::Desk { ringback, rounds, seconds }) => Duration::try_from_secs_f64(seconds)
            .map_err(Failure::from)
            .and_then(|phase| runtime()?.block_on(desk::measure(&ringback, rounds, phase))),
        Some(Part::Soak { webhooks }) => runtime().and_then(|runtime| runtime.block_on(soak::soak(webhooks))),
        None => measure(&arguments),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether every target was met.
fn measure(arguments: &Arguments) -> Result<bool, Failure> {
    let plan = plan::Plan {
        phase: Duration::try_from_secs_f64(arguments.seconds)?,
        rounds: arguments.rounds.max(1),
        workers: arguments.workers,
    };
    let measured = runtime()?.block_on(plan::measure(&plan))?;
    let report = report::Report::of(&measured);
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{report}");
    }
    Ok(report.is_met())
}

fn ask(address: SocketAddr) -> Result<(), Failure> {
    println!("{}", runtime()?.block_on(load::first_fetch(address))?);
    Ok(())
}

fn place_calls(address: SocketAddr, connections: usize, seconds: f64) -> Result<(), Failure> {
    let (length, calls) = (Duration::try_from_secs_f64(seconds)?, Arc::new(load::Calls::new()));
    let mut phase =
        runtime()?.block_on(load::drive(address, connections, (length, Duration::ZERO), &calls))?;
    let rate = phase.times.len() as f64 / phase.lasted.as_secs_f64();
    let [p50, p99] = [0.5, 0.99].map(|share| report::percentile(&mut phase.times, share));
    println!("{rate:.0} requests/s, p50 {p50:.2} ms, p99 {p99:.2} ms");
    Ok(())
}

/// As many threads as the servers have, so that neither side starves the other.
fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    Ok(tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?)
}
