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
use crate::machine::now;
use crate::report::percentile;
use crate::servers::{Kind, Server, furnish};

/// Calls at a time, and the pause of each line between two: far more than a small business ever has.
const CONNECTIONS: usize = 8;
const PAUSE: Duration = Duration::from_millis(150);
/// What is on file before: calls for the commands to go through.
const BEFORE: Duration = Duration::from_secs(2);
/// A caller waits no longer than this for people at the desk.
const AT_MOST_MS: f64 = 5.0;

/// What people type, one after the other; `{id}` is an open entry.
const COMMANDS: [&str; 14] = [
    "",
    "call-backs",
    "call-backs take {id} --as ana",
    "call-backs",
    "call-backs tried {id} no-answer --as ana",
    "call-backs show {id}",
    "call-backs note {id} asks-for-the-boiler --as ana",
    "missed",
    "call-backs done {id} reached --as ana",
    "calls --limit 200 --json",
    "report",
    "proof",
    "calls --all --json",
    "backup {home}/copy",
];

/// Whether callers wait no longer while people work at the desk.
pub(crate) async fn measure(ringback: &Path, rounds: usize, phase: Duration) -> Result<bool, Failure> {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let home = folder.path().join("home");
    fs::create_dir(&home)?;
    furnish(&home)?;
    let server = Server::start(Kind::Ringback, &home, 2)?;
    let calls = Arc::new(Calls::new());
    load::drive(server.address, 32, (BEFORE, Duration::ZERO), &calls).await?;
    let open = open_entries(&home)?;
    println!("{} entries are open; {CONNECTIONS} lines, a call every {PAUSE:?} on each", open.len());

    let (mut quiet, mut busy, mut typed) = (Vec::new(), Vec::new(), Vec::new());
    let mut entries = open.into_iter().cycle();
    println!("round     quiet p50   p99   max      desk p50   p99   max   commands");
    for round in 1..=rounds {
        let alone = load::drive(server.address, CONNECTIONS, (phase, PAUSE), &calls).await?.times;
        let stop = Arc::new(AtomicBool::new(false));
        let work = Desk {
            ringback: ringback.to_owned(),
            home: home.clone(),
            stop: stop.clone(),
            ids: entries.by_ref().take(1000).collect(),
        };
        let desk = tokio::task::spawn_blocking(move || work.work());
        let beside = load::drive(server.address, CONNECTIONS, (phase, PAUSE), &calls).await?.times;
        stop.store(true, Ordering::Relaxed);
        let commands = desk.await??;
        let [mut a, mut b] = [alone.clone(), beside.clone()];
        let of = |times: &mut Vec<Duration>| [0.5, 0.99, 1.0].map(|share| percentile(times, share));
        let ([a50, a99, amax], [b50, b99, bmax]) = (of(&mut a), of(&mut b));
        println!(
            "{round:>5} {a50:>13.2} {a99:>5.2} {amax:>5.1} {b50:>13.2} {b99:>5.2} {bmax:>5.1} {:>10}",
            commands.len()
        );
        quiet.extend(alone);
        busy.extend(beside);
        typed.extend(commands);
    }
    let [alone, beside] = [&mut quiet, &mut busy].map(|times| percentile(times, 0.99));
    println!("\n{:<52} {:>5} {:>8} {:>8}", "command", "times", "p50 ms", "max ms");
    for command in COMMANDS {
        let mut took: Vec<_> =
            typed.iter().filter(|(typed, _)| *typed == command).map(|(_, took)| *took).collect();
        let [p50, most] = [0.5, 1.0].map(|share| percentile(&mut took, share));
        println!("ringback {command:<43} {:>5} {p50:>8.1} {most:>8.1}", took.len());
    }
    let added = beside - alone;
    let met = added <= AT_MOST_MS;
    println!(
        "\n{}  p99 of {} webhooks alone {alone:.2} ms, of {} beside the desk {beside:.2} ms: {added:.2} ms added (at most {AT_MOST_MS})",
        if met { "met   " } else { "MISSED" },
        quiet.len(),
        busy.len()
    );
    Ok(met)
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
}

impl Desk {
    /// Types one command after the other; gives how long each took.
    fn work(self) -> Result<Vec<(&'static str, Duration)>, Failure> {
        let mut typed = Vec::new();
        for id in self.ids {
            for command in COMMANDS {
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
                typed.push((command, began.elapsed()));
            }
        }
        Ok(typed)
    }
}
