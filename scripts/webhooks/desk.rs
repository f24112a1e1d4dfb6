//! Whether the commands of people at the desk keep callers waiting: see `scripts/desk-contention`.
//!
//! Phases with and without commands take turns, so that the machine's mood is the same for both.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ringback::settings::Home;
use ringback::store::Reader;

use crate::Failure;
use crate::load::{self, Calls};
use crate::machine::{self, now};
use crate::report::percentile;
use crate::servers::{Kind, Server, furnish};

/// Calls at a time, and the pause of each line between two: far more than a small business ever has.
const CONNECTIONS: usize = 8;
const PAUSE: Duration = Duration::from_millis(150);
/// What is on file before: calls for the commands to go through.
const BEFORE: Duration = Duration::from_secs(2);
/// A caller waits no longer than this for people at the desk.
const AT_MOST_MS: f64 = 5.0;

/// What people type, kind by kind and one after the other; `{id}` is an open entry.
const KINDS: [(&str, &[&str]); 4] = [
    ("lists", &["", "call-backs", "call-backs show {id}", "missed", "calls --limit 200 --json"]),
    (
        "deeds",
        &[
            "call-backs take {id} --as ana",
            "call-backs tried {id} no-answer --as ana",
            "call-backs note {id} asks-for-the-boiler --as ana",
            "call-backs done {id} reached --as ana",
        ],
    ),
    ("sums", &["report", "proof"]),
    ("all of it", &["calls --all --json", "backup {home}/copy"]),
];

/// Entries for one phase: whoever has dealt with all of them begins at the first again, but with deeds, which come once.
const IDS: usize = 60;
/// Somebody types as fast as they can, and no faster.
const BETWEEN_COMMANDS: Duration = Duration::from_millis(50);

/// Whether callers wait no longer while people work at the desk.
pub(crate) async fn measure(ringback: &Path, rounds: usize, phase: Duration) -> Result<bool, Failure> {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let home = folder.path().join("home");
    fs::create_dir(&home)?;
    furnish(&home)?;
    let server = Server::start(Kind::Ringback, &home, 2)?;
    let calls = Arc::new(Calls::new());
    load::drive(server.address, 16, (BEFORE, Duration::ZERO), &calls).await?;
    let open = open_entries(&home)?;
    // The last ones are never dealt with, and can be shown again and again.
    let shown: Vec<i64> = open.iter().rev().take(IDS).copied().cycle().take(IDS * IDS).collect();
    let mut open = open.into_iter();
    println!("{}", machine::name());
    println!("{} entries are open; {CONNECTIONS} lines, a call every {PAUSE:?} on each\n", open.len());

    println!("round  beside       webhooks   p50 ms   p99 ms   max ms   added at p99   commands   p50 ms");
    let mut added: Vec<Vec<f64>> = vec![Vec::new(); KINDS.len()];
    for round in 1..=rounds {
        let mut alone = load::drive(server.address, CONNECTIONS, (phase, PAUSE), &calls).await?.times;
        let alone_p99 = percentile(&mut alone, 0.99);
        println!("{round:>5}  {:<10} {}", "nobody", figures(&mut alone));
        for ((kind, commands), added) in KINDS.into_iter().zip(&mut added) {
            let stop = Arc::new(AtomicBool::new(false));
            let work = Desk {
                ringback: ringback.to_owned(),
                home: home.clone(),
                stop: stop.clone(),
                ids: if kind == "deeds" { open.by_ref().take(IDS).collect() } else { shown.clone() },
                commands,
            };
            let desk = tokio::task::spawn_blocking(move || work.work());
            let mut beside = load::drive(server.address, CONNECTIONS, (phase, PAUSE), &calls).await?.times;
            stop.store(true, Ordering::Relaxed);
            let mut typed = desk.await??;
            if typed.is_empty() {
                return Err(format!("nobody typed any of the {kind}").into());
            }
            let more = percentile(&mut beside, 0.99) - alone_p99;
            added.push(more);
            println!(
                "{:>5}  {kind:<10} {} {more:>14.2} {:>10} {:>8.1}",
                "",
                figures(&mut beside),
                typed.len(),
                percentile(&mut typed, 0.5)
            );
        }
    }
    println!();
    let mut met = true;
    for ((kind, _), mut added) in KINDS.into_iter().zip(added) {
        added.sort_unstable_by(f64::total_cmp);
        // The phases of one round are neighbours in time; a stall of the machine spoils one round and not the middle one.
        let middle = added[added.len() / 2];
        let is_met = middle <= AT_MOST_MS;
        met &= is_met;
        let word = if is_met { "met   " } else { "MISSED" };
        println!("{word}  {kind}: {middle:.2} ms added at p99 in the middle round (at most {AT_MOST_MS})");
    }
    Ok(met)
}

fn figures(times: &mut [Duration]) -> String {
    let [p50, p99, most] = [0.5, 0.99, 1.0].map(|share| percentile(times, share));
    format!("{:>10} {p50:>8.2} {p99:>8.2} {most:>8.1}", times.len())
}

fn open_entries(home: &Path) -> Result<Vec<i64>, Failure> {
    let mut reader = Reader::open(&Home::new(home).database())?.ok_or("there is no database")?;
    let open = reader.read(|tx| tx.call_backs(false))?;
    Ok(open.into_iter().map(|stored| stored.entry.id.0).collect())
}

struct Desk {
    ringback: std::path::PathBuf,
    home: std::path::PathBuf,
    stop: Arc<AtomicBool>,
    ids: Vec<i64>,
    commands: &'static [&'static str],
}

impl Desk {
    /// Types one command after the other; gives how long each took.
    fn work(self) -> Result<Vec<Duration>, Failure> {
        let mut typed = Vec::new();
        for id in self.ids {
            for command in self.commands {
                if self.stop.load(Ordering::Relaxed) {
                    return Ok(typed);
                }
                let home = self.home.to_string_lossy().into_owned();
                let copy = Path::new(&home).join("copy");
                if copy.exists() {
                    fs::remove_dir_all(&copy).or_else(|_| fs::remove_file(&copy))?;
                }
                let words: Vec<String> = command
                    .split_whitespace()
                    .map(|word| word.replace("{id}", &id.to_string()).replace("{home}", &home))
                    .collect();
                let began = now();
                let done = Command::new(&self.ringback)
                    .args(["--home", &home])
                    .args(&words)
                    .stdout(Stdio::null())
                    .stderr(Stdio::piped())
                    .output()?;
                if !done.status.success() {
                    let said = String::from_utf8_lossy(&done.stderr).into_owned();
                    return Err(format!("`ringback {}` failed: {said}", words.join(" ")).into());
                }
                typed.push(began.elapsed());
                std::thread::sleep(BETWEEN_COMMANDS);
            }
        }
        Ok(typed)
    }
}
