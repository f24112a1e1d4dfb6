//! Before a caller is answered the kernel was asked to put on the disk what the answer says, and said that it had: in the
//! database's log, and where that cannot be written, in the emergency journal. A kill shows neither, because what a
//! process wrote outlives it.

use std::fs;
use std::process::{Command, Stdio};

use ringback::phone::{Exchange, Request};
use rusqlite::Connection;

use crate::support::line::{CALLER, FRONT_DESK, LINE, PUBLIC_URL, SETTINGS, TOKEN, home_with, judge_answer};
use crate::support::process::{Served, wait_for};

const CALLS: &str = "trace=recvfrom,read,pwrite64,write,fsync,fdatasync,sendto,writev";

/// What the kernel was asked on behalf of one first fetch.
async fn trace_of_a_call(is_locked: bool) -> String {
    let home = home_with(SETTINGS, &[("front-desk", FRONT_DESK)]);
    let path = home.path().join("trace");
    // The server keeps its process; the tracer stands beside it.
    let shell = format!("exec strace -D -f -y -s 64 -o {} -e {CALLS}", path.display());
    let served = Served::start_through(home.path(), &shell, |command| {
        command.stderr(Stdio::null());
    });
    let lock = is_locked.then(|| {
        let other = Connection::open(home.path().join("ringback.db")).unwrap();
        other.execute_batch("begin immediate").unwrap();
        other
    });
    let mut exchange = Exchange::new(&format!("http://{}", served.address), PUBLIC_URL);
    exchange.secret = Some(TOKEN.to_owned());
    let params = exchange.first_params("CA1", CALLER, LINE);
    let answer = exchange.send(&Request::post("/twilio/voice", params)).await.unwrap();
    judge_answer(&answer);
    assert_eq!(answer.text().contains("small problem"), is_locked, "{}", answer.text());
    drop(lock);
    let last = format!("{:<5} +++ exited with 0 +++", served.pid());
    assert_eq!(served.terminate(), Some(0));
    wait_for("the trace is whole", || {
        let trace = fs::read_to_string(&path).unwrap_or_default();
        trace.contains(&last).then_some(trace)
    })
}

/// Whether the file was written and then synced before the answer left.
fn is_synced_before_the_answer(trace: &str, file: &str) -> bool {
    let is_about = |line: &str| line.contains(&format!("/{file}>"));
    let is_sync = |line: &str| line.contains("sync(") || line.contains("sync resumed");
    let from = trace.find("\"POST /twilio/voice").expect("the request is in the trace");
    let (mut is_written, mut waits, mut is_synced) = (false, None, false);
    for line in trace[from..].lines() {
        let thread = line.split(' ').next();
        if line.contains("\"HTTP/1.1 200 OK") {
            return is_written && is_synced;
        }
        if is_about(line) && line.contains("write") {
            (is_written, is_synced) = (true, false);
        } else if is_about(line) && is_sync(line) && line.contains("unfinished") {
            waits = thread;
        } else if is_sync(line) && line.ends_with(" = 0") && (is_about(line) || waits == thread) {
            is_synced = is_written;
        }
    }
    panic!("no answer is in the trace");
}

#[tokio::test]
async fn whatever_is_answered_is_on_the_disk_before() {
    if Command::new("strace").arg("-V").output().is_err() {
        eprintln!("SKIPPED, strace is not installed");
        return;
    }
    for (file, is_locked) in [("ringback.db-wal", false), ("ringback.journal", true)] {
        let trace = trace_of_a_call(is_locked).await;
        assert!(is_synced_before_the_answer(&trace, file), "{file}: {trace}");
    }
}
