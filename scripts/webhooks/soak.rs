//! A million webhooks at full speed: memory must not grow, and the WAL must stay within its bound.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use tokio::time::{interval, sleep};

use crate::Failure;
use crate::load::{self, Calls};
use crate::machine::{self, now};
use crate::plan::not_in_the_file;
use crate::servers::{Kind, Server, furnish};

/// Growth of resident memory after the warm-up, at the most.
const GROWTH_KIB: u64 = 2 * 1024;
/// The WAL, at the most.
const WAL_BYTES: u64 = 64 * 1024 * 1024;
const CONNECTIONS: usize = 64;
/// Length of one stretch of load; memory is looked at after each.
const STRETCH: Duration = Duration::from_secs(2);
/// What is allocated for the load in flight is given back before memory is looked at.
const REST: Duration = Duration::from_millis(200);
/// How often the WAL is looked at.
const LOOK: Duration = Duration::from_millis(50);

/// Whether memory and WAL stayed within their bounds, and nothing was lost.
pub(crate) async fn soak(webhooks: usize) -> Result<bool, Failure> {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let home = folder.path().join("home");
    fs::create_dir(&home)?;
    furnish(&home)?;
    let server = Server::start(Kind::Ringback, &home, 2)?;
    let longest = Arc::new(AtomicU64::new(0));
    let watch = tokio::spawn(watch_wal(home.join("ringback.db-wal"), longest.clone()));

    println!("{}\n{CONNECTIONS} connections at full speed\n", machine::name());
    println!("  webhooks  requests/s   p99 ms   resident MiB   WAL MiB at most");
    let (calls, began) = (Arc::new(Calls::new()), now());
    let (mut sent, mut answered) = (0, Vec::new());
    // A tenth of it fills what is kept for calls in progress, prepared statements and the allocator's pockets.
    let (mut warm, mut most) = (None, 0);
    while sent < webhooks {
        let mut phase = load::drive(server.address, CONNECTIONS, (STRETCH, Duration::ZERO), &calls).await?;
        sent += phase.times.len();
        answered.append(&mut phase.calls);
        sleep(REST).await;
        let memory = machine::memory_of(server.id())?.resident;
        println!(
            "{sent:>10} {:>11.0} {:>8.1} {:>14.1} {:>17.1}",
            phase.times.len() as f64 / phase.lasted.as_secs_f64(),
            crate::report::percentile(&mut phase.times, 0.99),
            memory as f64 / 1024.0,
            longest.load(Relaxed) as f64 / 1024.0 / 1024.0,
        );
        match warm {
            None if sent * 10 >= webhooks => warm = Some(memory),
            None => {}
            Some(_) => most = most.max(memory),
        }
    }
    watch.abort();
    server.kill()?;
    let lost = not_in_the_file(&home, &answered.iter().cloned().collect())?;

    let warm = warm.filter(|_| most > 0).ok_or("too few webhooks for a warm-up and what comes after it")?;
    let grown = most.saturating_sub(warm);
    let wal = longest.load(Relaxed);
    println!("\n{sent} webhooks in {:.0} s", began.elapsed().as_secs_f64());
    let verdicts = [
        (
            grown < GROWTH_KIB,
            format!("memory grew by {:.1} MiB after the warm-up (under 2)", grown as f64 / 1024.0),
        ),
        (
            wal > 0 && wal <= WAL_BYTES,
            format!("WAL: {:.1} MiB at the most (at most 64)", wal as f64 / 1024.0 / 1024.0),
        ),
        (lost == 0, format!("{lost} of {} answered calls lost by a kill", answered.len())),
    ];
    for (met, what) in &verdicts {
        println!("{}  {what}", if *met { "met   " } else { "MISSED" });
    }
    Ok(verdicts.iter().all(|(met, _)| *met))
}

async fn watch_wal(path: impl AsRef<Path> + Send, longest: Arc<AtomicU64>) {
    let mut every = interval(LOOK);
    loop {
        every.tick().await;
        let length = fs::metadata(path.as_ref()).map_or(0, |metadata| metadata.len());
        longest.fetch_max(length, Relaxed);
    }
}
