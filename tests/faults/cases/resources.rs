//! Memory, descriptors, connections, threads and the log run out; too many ask at once.

use std::fs;
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};

use ringback::phone::Request;
use tokio::runtime::Handle;
use tokio::task::JoinSet;

use super::Tried;
use crate::matrix::Case;
use crate::place::Place;
use crate::run;
use crate::support::line::{CALLER, LINE, lock};
use crate::trial::{A_WHILE, Skip, Trial};

/// What a short soak may grow by, in KiB.
const GROWTH: u64 = 2048;

pub const CASES: [Case; 10] = [
    Case::new("F29", "short soak", "N7", soak),
    Case::new("F30", "log disk full", "P1", |r| logging(r, "2>/dev/full")),
    Case::new("F30", "stdout and stderr closed", "P1", |r| logging(r, "1>&- 2>&-")),
    Case::new("F30", "nobody reads the log", "P1", unread_log),
    Case::new("F31", "out of file descriptors", "P14", descriptors),
    Case::new("F32", "64 MB of memory and no more threads", "P1", starved),
    Case::new("F33", "10,000 idle connections", "P14", idle_connections),
    Case::new("F43", "a flood of forgeries and statuses", "P14", flood),
    Case::new("F43", "a flood of genuine calls", "P1", rush),
    Case::new("F44", "starved of the processor", "P1", slow_processor),
];

fn soak(runtime: &Handle) -> Tried {
    let mut trial = Trial::at(Place::plain(), runtime);
    if trial.under_load() {
        trial.hear(2000);
        let before = trial.server().memory();
        trial.hear(4000);
        let grown = trial.server().memory().saturating_sub(before);
        trial
            .remarks
            .push(format!("{before} KiB after 2,000 requests, {grown} KiB more after 6,000, debug build"));
        trial.expect(grown < GROWTH, format!("it grew by {grown} KiB"));
        let wal = fs::metadata(trial.place.path("ringback.db-wal")).map_or(0, |wal| wal.len());
        trial.expect(wal <= 64 << 20, format!("the WAL has {wal} bytes"));
    }
    Ok(trial)
}

fn logging(runtime: &Handle, redirected: &str) -> Tried {
    let mut trial = Trial::at(Place::plain(), runtime);
    trial.start.redirected = Some(redirected.to_owned());
    trial.start.variables.push(("RINGBACK_LOG".to_owned(), "trace".to_owned()));
    trial.under_load();
    trial.last(A_WHILE);
    Ok(trial)
}

/// A pipe to somebody who has stopped reading.
fn unread_log(runtime: &Handle) -> Tried {
    let mut trial = Trial::at(Place::plain(), runtime);
    let pipe = trial.place.scratch.path().join("pipe").display().to_string();
    run("mkfifo", &[&pipe])?;
    let mut reader = Ending(
        Command::new("sh")
            .args(["-c", "exec sleep 600 <\"$0\"", &pipe])
            .stdout(Stdio::null())
            .spawn()
            .map_err(|error| error.to_string())?,
    );
    trial.start.redirected = Some(format!("2>{pipe}"));
    trial.start.variables.push(("RINGBACK_LOG".to_owned(), "trace".to_owned()));
    // Each time-out of the locked store is a line as well.
    if trial.under_load() {
        let other = lock(&trial.place.home);
        trial.last(A_WHILE);
        drop(other);
        trial.hear(600);
    }
    trial.hang_up();
    trial.kill();
    let _ = reader.0.kill();
    Ok(trial)
}

/// A process that ends with the trial.
struct Ending(Child);

impl Drop for Ending {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn descriptors(runtime: &Handle) -> Tried {
    let mut trial = Trial::at(Place::plain(), runtime);
    trial.start.around = ["prlimit", "--nofile=64:64"].map(str::to_owned).into();
    if trial.under_load() {
        let idle: Vec<_> = (0..300).map_while(|_| TcpStream::connect(&trial.load.address).ok()).collect();
        trial.last(A_WHILE);
        trial.remarks.push(format!("{} connections were open beside the callers", idle.len()));
        drop(idle);
        trial.hear(60);
    }
    Ok(trial)
}

fn idle_connections(runtime: &Handle) -> Tried {
    let mut trial = Trial::at(Place::plain(), runtime);
    if trial.under_load() {
        let idle: Vec<_> = (0..10_000).map_while(|_| TcpStream::connect(&trial.load.address).ok()).collect();
        trial.expect(idle.len() == 10_000, format!("only {} connections were taken", idle.len()));
        trial.last(A_WHILE);
        let memory = trial.server().memory();
        trial.remarks.push(format!("{memory} KiB with 10,000 connections"));
        trial.expect(memory < 128 * 1024, format!("{memory} KiB of memory"));
        drop(idle);
        trial.hear(60);
    }
    Ok(trial)
}

/// A control group that goes with the trial.
struct Group(Vec<String>);

impl Group {
    /// Of either version of control groups.
    fn limited(limits: &[(&str, &str, &str, &str)]) -> Result<Self, Skip> {
        let name = format!("ringback-{}", std::process::id());
        let mut made = Self(Vec::new());
        for (controller, one, two, value) in limits {
            let root = format!("/sys/fs/cgroup/{controller}");
            let is_first_version = fs::metadata(&root).is_ok();
            let folder =
                if is_first_version { format!("{root}/{name}") } else { format!("/sys/fs/cgroup/{name}") };
            if fs::create_dir_all(&folder).is_ok() && !made.0.contains(&folder) {
                made.0.push(folder.clone());
            }
            let file = if is_first_version { one } else { two };
            fs::write(format!("{folder}/{file}"), value)
                .map_err(|error| Skip(format!("no control group for `{controller}`: {error}")))?;
        }
        Ok(made)
    }

    fn around(&self) -> Vec<String> {
        let join: Vec<_> = self.0.iter().map(|folder| format!("echo $$ >{folder}/cgroup.procs")).collect();
        let script = format!("{} && exec \"$@\"", join.join(" && "));
        ["sh", "-c", &script, "sh"].map(str::to_owned).into()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        for folder in &self.0 {
            let _ = fs::remove_dir(folder);
        }
    }
}

fn starved(runtime: &Handle) -> Tried {
    let group = Group::limited(&[
        ("memory", "memory.limit_in_bytes", "memory.max", "67108864"),
        ("pids", "pids.max", "pids.max", "max"),
    ])?;
    let mut trial = Trial::at(Place::plain(), runtime);
    trial.start.around = group.around();
    if trial.under_load() {
        let pids = group.0.iter().find(|folder| fs::metadata(format!("{folder}/pids.max")).is_ok());
        let pids = pids.ok_or_else(|| Skip("no control group for `pids`".to_owned()))?;
        let threads = fs::read_to_string(format!("{pids}/pids.current")).unwrap();
        fs::write(format!("{pids}/pids.max"), threads.trim()).unwrap();
        trial.last(A_WHILE);
        let other = lock(&trial.place.home);
        trial.last(A_WHILE);
        drop(other);
        trial.hear(60);
        let is_running = trial.server().is_running();
        trial.expect(is_running, "the server ended");
        trial.hang_up();
        trial.kill();
    }
    drop(group);
    Ok(trial)
}

fn slow_processor(runtime: &Handle) -> Tried {
    // A quarter of one processor.
    let group = Group::limited(&[("cpu", "cpu.cfs_quota_us", "cpu.max", "25000")])?;
    let mut trial = Trial::at(Place::plain(), runtime);
    trial.start.around = group.around();
    if trial.under_load() {
        trial.last(A_WHILE);
        trial.hang_up();
        trial.kill();
    }
    drop(group);
    Ok(trial)
}

/// Requests that nobody counts, until dropped.
struct Flood {
    _tasks: JoinSet<()>,
    sent: Arc<AtomicUsize>,
    end: Arc<AtomicBool>,
}

impl Flood {
    fn begin(trial: &Trial, senders: usize, path: &'static str, secret: Option<&str>) -> Self {
        let _inside = trial.runtime.enter();
        let (sent, end) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let mut tasks = JoinSet::new();
        for _ in 0..senders {
            let mut exchange = trial.load.exchange();
            if let Some(secret) = secret {
                exchange.secret = Some(secret.to_owned());
            }
            let (sent, end) = (sent.clone(), end.clone());
            tasks.spawn(async move {
                while !end.load(SeqCst) {
                    let mut params = exchange.first_params(&exchange.fresh_id("CB"), CALLER, LINE);
                    params.retain(|(key, _)| key != "CallStatus");
                    params.push(("CallStatus".to_owned(), "completed".to_owned()));
                    // What becomes of a flood is not its sender's business.
                    let _ = exchange.send(&Request::post(path, params)).await;
                    sent.fetch_add(1, SeqCst);
                }
            });
        }
        Self { _tasks: tasks, sent, end }
    }
}

impl Drop for Flood {
    fn drop(&mut self) {
        self.end.store(true, SeqCst);
    }
}

fn flood(runtime: &Handle) -> Tried {
    let mut trial = Trial::at(Place::plain(), runtime);
    if trial.under_load() {
        let forged = Flood::begin(&trial, 48, "/twilio/voice", Some("not the key"));
        let statuses = Flood::begin(&trial, 48, "/twilio/status", None);
        trial.last(A_WHILE);
        let (forged, statuses) = (forged.sent.load(SeqCst), statuses.sent.load(SeqCst));
        trial.remarks.push(format!("{forged} forgeries and {statuses} statuses beside the callers"));
        trial.hear(60);
    }
    Ok(trial)
}

/// Ten times the callers.
fn rush(runtime: &Handle) -> Tried {
    let mut trial = Trial::at(Place::plain(), runtime);
    if trial.under_load() {
        trial.hang_up();
        let _inside = runtime.enter();
        let mut callers = trial.load.begin(60);
        trial.hear(1500);
        trial.load.end();
        runtime.block_on(async { while callers.join_next().await.is_some() {} });
    }
    Ok(trial)
}
