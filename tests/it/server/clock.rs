//! The clock of one webhook: 300 ms for the store, 800 ms for all storing, answered within a second, whatever hangs.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use ringback::phone::{Clock, Request};
use ringback::store::Journal;
use tokio::time::{Instant, timeout};

use crate::support::line::{CALLER, FRIDAY, FRONT_DESK, LINE, SETTINGS, TestLine, home_with, lock};
use crate::support::process::wait_for;

/// What hangs, or fails, while a caller waits.
struct Stage {
    what: &'static str,
    store: Held,
    journal: Held,
    /// Not before, because whatever hangs may yet come to its senses. SQLite gives up on a lock a bit before we do.
    at_least: Duration,
    says: &'static str,
}

#[derive(Copy, Clone, PartialEq, Eq)]
enum Held {
    No,
    Hangs,
    Fails,
}

const FLOW: &str = "you've reached Ridge Plumbing";
const SAFE: &str = "small problem with our phone line";
const ALWAYS: Duration = Duration::from_secs(1);

#[tokio::test]
async fn a_caller_is_answered_within_a_second_whatever_hangs() {
    let millis = Duration::from_millis;
    for Stage { what, store, journal, at_least, says } in [
        Stage { what: "nothing", store: Held::No, journal: Held::No, at_least: millis(0), says: FLOW },
        Stage { what: "the journal", store: Held::No, journal: Held::Hangs, at_least: millis(0), says: FLOW },
        Stage { what: "the store", store: Held::Hangs, journal: Held::No, at_least: millis(200), says: SAFE },
        Stage {
            what: "the store, and no journal",
            store: Held::Hangs,
            journal: Held::Fails,
            at_least: millis(200),
            says: SAFE,
        },
        Stage { what: "both", store: Held::Hangs, journal: Held::Hangs, at_least: millis(800), says: SAFE },
    ] {
        let line = TestLine::open().await;
        let lock = (store == Held::Hangs).then(|| lock(line.home.path()));
        let path = line.home.path().join("ringback.journal");
        if journal != Held::No {
            wait_for("the journal is there", || std::fs::remove_file(&path).ok());
        }
        match journal {
            Held::No => {}
            Held::Hangs => hang(&path),
            Held::Fails => std::fs::create_dir(&path).unwrap(),
        }
        // A machine that is busy with something else may be late once; a sum that is wrong is late always.
        let mut took = Vec::new();
        for number in 1..=3 {
            let params = line.exchange.first_params(&format!("CA{number}"), CALLER, LINE);
            let begun = Instant::now();
            let answer = line.send(&Request::post("/twilio/voice", params)).await;
            took.push(begun.elapsed());
            assert!(answer.text().contains(says), "{what}: {}", answer.text());
        }
        let quickest = took.iter().min().unwrap();
        // Whoever comes after the first does not wait as long for a lock that somebody is known to hold.
        assert!(*quickest <= ALWAYS && took[0] >= at_least, "{what}: {took:?}");
        if (store, journal) == (Held::Hangs, Held::No) {
            assert_eq!(Journal::pending(&line.home.path().join("ringback.journal")).unwrap(), 3);
        }
        drop(lock);
    }
}

#[tokio::test]
async fn a_journal_that_hangs_keeps_no_line_from_opening() {
    let home = home_with(SETTINGS, &[("front-desk", FRONT_DESK)]);
    // Whoever reads it waits for somebody who writes.
    make_pipe(&home.path().join("ringback.journal"));
    let opening = TestLine::open_home(home, Clock::starting(FRIDAY.parse().unwrap()));
    let line = timeout(Duration::from_secs(20), opening).await.expect("the line opens");
    let params = line.exchange.first_params("CA1", CALLER, LINE);
    let answer = line.send(&Request::post("/twilio/voice", params)).await;
    assert!(answer.text().contains(FLOW), "{}", answer.text());
}

/// Puts a pipe there that is full and that nobody reads: whoever writes to it waits for ever.
fn hang(path: &Path) {
    make_pipe(path);
    let mut pipe = OpenOptions::new().read(true).write(true).open(path).unwrap();
    let (told, filled) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        while pipe.write_all(&[b'x'; 4096]).is_ok() {
            let _ = told.send(4096);
        }
    });
    let mut in_it = 0;
    wait_for("the pipe is full", || {
        in_it += filled.try_iter().sum::<usize>();
        (in_it >= 64 * 1024).then_some(())
    });
}

fn make_pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}
