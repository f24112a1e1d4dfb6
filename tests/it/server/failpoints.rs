//! A panic in every part of the server: the caller is answered, the next one hears the flow, and nothing is lost.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use ringback::phone::{Exchange, Request};
use ringback::store::{CallFilter, Journal};
use tempfile::TempDir;
use tokio::time::Instant;

use crate::support::judge::judge;
use crate::support::line::{
    CALLER, FRONT_DESK, LINE, PUBLIC_URL, SETTINGS, TOKEN, assert_proven, home_with, lock, read_home,
};
use crate::support::process::Served;

const FLOW: &str = "you've reached Ridge Plumbing";
const SAFE: &str = "small problem with our phone line";
const ALWAYS: Duration = Duration::from_secs(1);
const LONG: Duration = Duration::from_secs(20);

/// A server whose fail points the test arms.
struct Armed {
    home: TempDir,
    served: Served,
    exchange: Exchange,
    log: Receiver<String>,
    calls: usize,
}

impl Armed {
    fn start(points: &str) -> Self {
        let home = home_with(SETTINGS, &[("front-desk", FRONT_DESK)]);
        fs::write(points_of(home.path()), points).unwrap();
        let (log, stderr) = std::io::pipe().unwrap();
        let served = Served::start_through(home.path(), "exec", |command| {
            command.stdout(Stdio::null()).stderr(stderr).env("RINGBACK_LOG", "info");
            command.env("RINGBACK_FAIL_POINTS", points_of(home.path()));
        });
        let mut exchange = Exchange::new(&format!("http://{}", served.address), PUBLIC_URL);
        exchange.secret = Some(TOKEN.to_owned());
        let (tell, said) = channel();
        std::thread::spawn(move || {
            BufReader::new(log).lines().map_while(Result::ok).try_for_each(|line| tell.send(line))
        });
        Self { home, served, exchange, log: said, calls: 0 }
    }

    fn arm(&self, points: &str) {
        fs::write(points_of(self.home.path()), points).unwrap();
    }

    /// Somebody rings; what they hear, within a second.
    async fn rings(&mut self) -> String {
        self.calls += 1;
        let params = self.exchange.first_params(&format!("CA{}", self.calls), CALLER, LINE);
        let begun = Instant::now();
        let answer = self.exchange.send(&Request::post("/twilio/voice", params)).await.unwrap();
        assert!(begun.elapsed() <= ALWAYS, "{:?}", begun.elapsed());
        assert_eq!(answer.status, 200);
        judge(&answer.text());
        answer.text()
    }

    /// Reads the log until a line holds these words, and gives it.
    fn read_until(&mut self, words: &str) -> String {
        let mut said = Vec::new();
        while let Ok(line) = self.log.recv_timeout(LONG) {
            if line.contains(words) {
                return line;
            }
            said.push(line);
        }
        panic!("`{words}` is not in the log: {said:#?}");
    }

    /// Stops it, starts it unarmed, and counts what is in the file.
    fn keeps(self, calls: usize) {
        assert_eq!(self.served.terminate(), Some(0));
        assert_eq!(Served::start(self.home.path()).terminate(), Some(0));
        assert_eq!(Journal::pending(&self.home.path().join("ringback.journal")).unwrap(), 0);
        let kept = read_home(self.home.path(), |tx| tx.calls(&CallFilter::default()).unwrap());
        assert_eq!(kept.len(), calls, "{kept:#?}");
        assert_proven(self.home.path(), ringback::clock::now());
    }
}

fn points_of(home: &Path) -> PathBuf {
    home.join("fail-points")
}

#[tokio::test]
async fn a_panic_while_a_request_is_answered_becomes_a_kind_answer_and_the_next_hears_the_flow() {
    // Of a request that was not yet known to be genuine nothing may be kept; all others are on the list.
    for (point, kept) in [
        ("door.verify", 1),
        ("door.read", 2),
        ("store.job", 2),
        ("store.before-commit", 2),
        ("store.after-commit", 2),
    ] {
        let mut line = Armed::start("");
        line.arm(&format!("{point}=1*panic"));
        let mut heard = line.rings().await;
        let mut more = 0;
        // The store's thread has other work too, which may have met the panic instead.
        while heard.contains(FLOW) && more < 5 && point.ends_with("commit") {
            more += 1;
            line.arm(&format!("{point}=1*panic{}", ";".repeat(more)));
            heard = line.rings().await;
        }
        assert!(!heard.contains(FLOW), "{point}: {heard}");
        assert_eq!(heard.contains(SAFE), point != "door.verify", "{point}: {heard}");
        line.read_until("something panicked");
        // A thread of the store that panicked pauses before it goes on.
        let mut heard = line.rings().await;
        let most = more + 5;
        while !heard.contains(FLOW) && more < most && point.ends_with("commit") {
            heard = line.rings().await;
            more += 1;
        }
        assert!(heard.contains(FLOW), "{point}: {heard}");
        line.keeps(kept + more);
    }
}

#[tokio::test]
async fn a_request_whose_call_a_bug_hides_leaves_a_last_word_without_a_number() {
    // Of what may be a stranger's nothing is stored; of the other there is a row, which names no call.
    for (points, kept) in [("door.verify=1*panic", 1), ("door.read=1*panic;door.call-in=1*panic", 2)] {
        let mut line = Armed::start("");
        line.arm(points);
        assert!(!line.rings().await.contains(FLOW), "{points}");
        let words = line.read_until("known to the provider only");
        let words: serde_json::Value = serde_json::from_str(&words).unwrap();
        let mut names: Vec<_> = words.as_object().unwrap().keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["at", "level", "message", "provider", "route"], "{points}");
        assert_eq!((&words["provider"], &words["route"]), (&"twilio".into(), &"voice".into()), "{points}");
        assert!(line.rings().await.contains(FLOW), "{points}");
        line.keeps(kept);
    }
}

#[tokio::test]
async fn when_every_verification_panics_callers_hear_a_kind_sentence_and_nothing_is_stored() {
    let mut line = Armed::start("door.verify=panic");
    for _ in 0..3 {
        assert!(line.rings().await.contains("Please try again later"));
        line.read_until("known to the provider only");
    }
    line.keeps(0);
}

#[tokio::test]
async fn a_panic_of_the_journal_leaves_a_last_word_and_the_next_is_kept() {
    let mut line = Armed::start("");
    let other = lock(line.home.path());
    line.arm("journal.append=1*panic");
    assert!(line.rings().await.contains(SAFE));
    line.read_until("\"call\":\"CA1\"");
    assert!(line.rings().await.contains(SAFE));
    drop(other);
    assert!(line.rings().await.contains(FLOW));
    line.keeps(2);
}

#[tokio::test]
async fn a_panic_while_the_journal_is_imported_costs_the_next_caller_nothing() {
    let mut line = Armed::start("");
    let other = lock(line.home.path());
    assert!(line.rings().await.contains(SAFE));
    line.arm("import=3*panic");
    drop(other);
    assert!(line.rings().await.contains(FLOW));
    line.read_until("task=\"import of the journal\"");
    assert!(line.rings().await.contains(FLOW));
    line.keeps(3);
}

#[tokio::test]
async fn a_task_beside_the_callers_that_panics_is_started_again_and_no_caller_hears_of_it() {
    for (point, task) in [("sweep", "sweep"), ("reload", "edits"), ("notices", "notices")] {
        let mut line = Armed::start(&format!("{point}=3*panic"));
        for _ in 0..3 {
            line.read_until(&format!("task=\"{task}\""));
            assert!(line.rings().await.contains(FLOW), "{point}");
        }
        line.keeps(3);
    }
}

#[tokio::test]
async fn an_edit_whose_reading_panicked_is_taken_up_all_the_same() {
    let mut line = Armed::start("");
    assert!(line.rings().await.contains(FLOW));
    line.arm("reload=2*panic");
    let flow = FRONT_DESK.replace("you've reached", "this is");
    fs::write(line.home.path().join("ivr-flows/front-desk.toml"), flow).unwrap();
    line.read_until("are live");
    assert!(line.rings().await.contains("this is Ridge Plumbing"));
    line.keeps(2);
}

#[tokio::test]
async fn live_files_that_cannot_be_shown_to_the_server_leave_what_it_was_shown_before() {
    let mut line = Armed::start("");
    assert!(line.rings().await.contains(FLOW));
    line.arm("board.show=1*panic");
    let flow = FRONT_DESK.replace("you've reached", "this is");
    fs::write(line.home.path().join("ivr-flows/front-desk.toml"), flow).unwrap();
    line.read_until("are live");
    assert!(line.rings().await.contains("this is Ridge Plumbing"));
    line.read_until("something panicked");
    assert!(line.rings().await.contains("this is Ridge Plumbing"));
    line.keeps(3);
}

#[tokio::test]
async fn a_store_that_panics_again_and_again_ends_the_process_and_loses_nothing() {
    let mut line = Armed::start("");
    line.arm("store.before-commit=panic");
    let mut answered = 0;
    // The sweep and the journal's import knock as well; callers are answered until the end.
    while answered < 4 {
        assert!(line.rings().await.contains(SAFE));
        answered += 1;
    }
    line.read_until("thread has given up");
    let Armed { home, served, .. } = line;
    assert_eq!(served.end_by_itself(), Some(1));
    assert_eq!(Served::start(home.path()).terminate(), Some(0));
    let kept = read_home(home.path(), |tx| tx.calls(&CallFilter::default()).unwrap());
    assert_eq!(kept.len(), answered);
}

#[tokio::test]
async fn a_journal_that_panics_again_and_again_ends_the_process_too() {
    let mut line = Armed::start("");
    let other = lock(line.home.path());
    line.arm("journal.append=panic");
    let mut answered = 0;
    while answered < 6 {
        assert!(line.rings().await.contains(SAFE));
        answered += 1;
    }
    line.read_until("thread has given up");
    drop(other);
    assert_eq!(line.served.end_by_itself(), Some(1));
}
