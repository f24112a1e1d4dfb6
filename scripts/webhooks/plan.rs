//! What is measured, in which order.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ringback::settings::Home;
use ringback::store::{CallFilter, Reader};

use crate::Failure;
use crate::load::{self, Calls, MIX};
use crate::machine::{self, Memory, now};
use crate::servers::{Kind, Server, furnish, keep_documents};

/// Connections at a time; with one there is nothing to share a commit with, so it shows the time of an answer.
pub(crate) const CONNECTIONS: [usize; 3] = [1, 32, 128];
/// How long the disk is asked alone in each round.
const SYNCS: Duration = Duration::from_millis(300);
/// Load before anything is counted.
const WARM_UP: Duration = Duration::from_millis(500);
/// Starts on a home that has calls in it.
const STARTS: usize = 5;

pub(crate) struct Plan {
    pub(crate) phase: Duration,
    pub(crate) rounds: usize,
    pub(crate) workers: usize,
}

/// One server under load once.
pub(crate) struct Sample {
    pub(crate) kind: Kind,
    pub(crate) connections: usize,
    pub(crate) times: Vec<Duration>,
    pub(crate) lasted: Duration,
    /// Processor time of the server.
    pub(crate) cpu: Duration,
    /// Processor time of everybody but the bench and the server.
    pub(crate) others: Duration,
}

impl Sample {
    pub(crate) fn rate(&self) -> f64 {
        self.times.len() as f64 / self.lasted.as_secs_f64()
    }
}

pub(crate) struct Measured {
    pub(crate) samples: Vec<Sample>,
    /// The disk's own.
    pub(crate) syncs: Vec<Duration>,
    /// Of the line, after one call.
    pub(crate) idle: Memory,
    /// Of the line, after all of the load.
    pub(crate) loaded: Memory,
    /// From the start of the process to the first answer, in an empty home.
    pub(crate) first_start: Duration,
    /// The same in a home with calls in it, after a kill.
    pub(crate) starts: Vec<Duration>,
    /// Calls whose first fetch was answered.
    pub(crate) answered: usize,
    /// How many of them are not in the file after a kill.
    pub(crate) lost: usize,
    pub(crate) lasted: Duration,
}

pub(crate) async fn measure(plan: &Plan) -> Result<Measured, Failure> {
    let began = now();
    // Beside the build, because what is called temporary may be memory.
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let (home, documents) = (folder.path().join("home"), folder.path().join("documents"));
    fs::create_dir(&home)?;
    let bare_home = folder.path().join("unguarded");
    fs::create_dir(&documents)?;
    fs::create_dir(&bare_home)?;
    furnish(&home)?;
    furnish(&bare_home)?;

    let calls = Arc::new(Calls::new());
    let (ringback, first_start) = start_line(&home, plan.workers).await?;
    keep_documents(&documents, &load::one_call(ringback.address, &calls).await?)?;
    let idle = machine::memory_of(ringback.id())?;
    let servers = [
        Server::start(Kind::Bare, &documents, plan.workers)?,
        Server::start(Kind::Signed, &documents, plan.workers)?,
        Server::start(Kind::Unguarded, &bare_home, plan.workers)?,
        ringback,
    ];

    let (mut samples, mut syncs, mut answered) = (Vec::new(), Vec::new(), HashSet::new());
    for server in &servers {
        answered.extend(warm_up(server, &calls).await?);
    }
    for _ in 0..plan.rounds {
        syncs.append(&mut machine::syncs(folder.path(), SYNCS)?);
        for connections in CONNECTIONS {
            let length = if connections == 1 { plan.phase / 2 } else { plan.phase };
            for server in &servers {
                let (sample, ids) = sample(server, connections, (length, &calls)).await?;
                samples.push(sample);
                answered.extend(ids);
            }
        }
    }

    let [_bare, _signed, _unguarded, ringback] = servers;
    let loaded = machine::memory_of(ringback.id())?;
    ringback.kill()?;
    let lost = not_in_the_file(&home, &answered)?;
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        let (line, start) = start_line(&home, plan.workers).await?;
        line.kill()?;
        starts.push(start);
    }
    let answered = answered.len();
    let lasted = began.elapsed();
    Ok(Measured { samples, syncs, idle, loaded, first_start, starts, answered, lost, lasted })
}

async fn start_line(home: &Path, workers: usize) -> Result<(Server, Duration), Failure> {
    let line = Server::start(Kind::Ringback, home, workers)?;
    load::first_fetch(line.address).await?;
    let start = line.began.elapsed();
    Ok((line, start))
}

async fn warm_up(server: &Server, calls: &Arc<Calls>) -> Result<Vec<String>, Failure> {
    let phase = load::drive(server.address, 32, (WARM_UP, Duration::ZERO), calls).await?;
    Ok(if server.kind == Kind::Ringback { phase.calls } else { Vec::new() })
}

async fn sample(
    server: &Server,
    connections: usize,
    (length, calls): (Duration, &Arc<Calls>),
) -> Result<(Sample, Vec<String>), Failure> {
    let bench = std::process::id();
    let used =
        || Ok::<_, Failure>((machine::cpu_of(server.id())?, machine::cpu_of(bench)?, machine::cpu_of_all()?));
    let before = used()?;
    let phase = load::drive(server.address, connections, (length, Duration::ZERO), calls).await?;
    let after = used()?;
    if phase.times.len() < MIX {
        return Err(format!("{:?} answered no call in {length:?}", server.kind).into());
    }
    let cpu = after.0 - before.0;
    let others = (after.2 - before.2).saturating_sub(cpu + (after.1 - before.1));
    let calls = if server.kind == Kind::Ringback { phase.calls } else { Vec::new() };
    let sample =
        Sample { kind: server.kind, connections, times: phase.times, lasted: phase.lasted, cpu, others };
    Ok((sample, calls))
}

/// How many of the calls that were answered are unknown to the file.
pub(crate) fn not_in_the_file(home: &Path, answered: &HashSet<String>) -> Result<usize, Failure> {
    let mut reader = Reader::open(&Home::new(home).database())?.ok_or("there is no database")?;
    let calls = reader.read(|tx| tx.calls(&CallFilter::default()))?;
    let kept: HashSet<&str> = calls.iter().map(|call| call.call_id.as_str()).collect();
    Ok(answered.iter().filter(|id| !kept.contains(id.as_str())).count())
}
