//! Edits while the line is open.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ringback::phone::{Heard, Request};
use ringback::settings::{Environment, Home};
use ringback::switchboard::{Draft, Live};
use tokio::time::{sleep, timeout};

use crate::support::line::{CALLER, FRONT_DESK, LINE, SETTINGS, TestLine};

const NOBODY: (&str, &str) = ("never answers", "never answers");
const FLOW: &str = "ivr-flows/front-desk.toml";
const LONG: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_broken_edit_changes_nothing_for_callers() {
    let line = TestLine::open().await;
    let before = line.calls_voice("CA1").await;
    line.edit(FLOW, &FRONT_DESK.replace("go   = \"busy\"", "go = \"bussy\""));
    assert!(!line.take_up().await);
    line.edit("ringback.toml", "this is [not");
    assert!(!line.take_up().await);
    let after = line.calls_voice("CA2").await;
    assert_eq!(before.replace("/call/1/", "/call/2/"), after);
    let heard = line.rings("1", NOBODY).await;
    assert!(heard.has("We'll call you back by"), "{heard}");
}

#[tokio::test]
async fn an_edit_that_would_shut_the_provider_out_is_not_taken_up() {
    let line = TestLine::open().await;
    line.edit("ringback.toml", &SETTINGS.replace("public_url", "#public_url"));
    assert!(!line.take_up().await);
    line.edit("ringback.toml", SETTINGS);
    let home = Home::new(line.home.path());
    let without_key = line.switchboard.take_up(&home, &Environment::default()).await;
    assert!(!without_key.unwrap());
    assert!(line.calls_voice("CA1").await.contains("Hi, you've reached"));
}

/// Where the log goes.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_refused_edit_is_logged_without_a_number() {
    let log = Log::default();
    let writes = log.clone();
    let logging = tracing_subscriber::fmt().with_writer(move || writes.clone()).finish();
    let _until_the_end = tracing::subscriber::set_default(logging);
    let line = TestLine::open().await;
    line.edit("ringback.toml", &SETTINGS.replace("+15550102", "+1 555 0102"));
    assert!(!line.take_up().await);
    line.edit("ringback.toml", &SETTINGS.replace("\"front-desk\"", "\"back-desk\""));
    assert!(!line.take_up().await);
    let told = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    // The server's own worker may have looked as well.
    assert!(told.matches("`ringback check` says what is wrong").count() >= 2, "{told}");
    assert!(!told.contains("555"), "{told}");
}

#[tokio::test]
async fn settings_and_flows_are_taken_up_together_or_not_at_all() {
    let line = TestLine::open().await;
    line.edit(FLOW, &FRONT_DESK.replace("Hi, you've reached", "Welcome to"));
    line.edit("ringback.toml", &SETTINGS.replace("+15550102", "nonsense"));
    assert!(!line.take_up().await);
    assert!(line.calls_voice("CA1").await.contains("Hi, you've reached"));
    line.edit("ringback.toml", &SETTINGS.replace("+15550102", "+15550109"));
    assert!(line.take_up().await);
    let document = line.calls_voice("CA2").await;
    assert!(document.contains("Welcome to") && document.contains("+15550109"), "{document}");
}

#[tokio::test]
async fn a_call_finishes_on_the_version_it_began_with_across_a_restart_too() {
    for restarts in [false, true] {
        let line = TestLine::open().await;
        let heard = line.rings("1", NOBODY).await;
        let (rang, key) = (turn_of(&heard, "/1/rang"), turn_of(&heard, "/2/key"));

        let mut line = TestLine::open().await;
        line.send(&heard.sent[0].request).await;
        let edited = FRONT_DESK
            .replace("Hi, you've reached", "Welcome to")
            .replace("Sorry, we're all on a job.", "We are busy.")
            .replace(
                "press.1 = { offer = \"have us call you back",
                "press.3 = { offer = \"have us call you back",
            );
        line.edit(FLOW, &edited);
        if restarts {
            line = line.restart().await;
        } else {
            assert!(line.take_up().await);
        }
        assert!(line.send(&rang).await.text().contains("Sorry, we're all on a job."));
        assert!(line.send(&key).await.text().contains("We'll call you back by"));
        assert_eq!(line.path(), "hello busy:1 call-me");

        let next = line.rings("3", NOBODY).await;
        assert!(next.has("Welcome to Ridge Plumbing.") && next.has("We are busy."), "{next}");
        assert_eq!(line.path(), "hello busy:3 call-me");
        let versions: Vec<_> = line.calls().into_iter().map(|call| call.flow.unwrap().1).collect();
        assert_ne!(versions[0], versions[1]);
    }
}

#[tokio::test]
async fn a_broken_file_at_start_leaves_the_last_good_version_in_place() {
    let line = TestLine::open().await;
    line.edit(FLOW, "[start]\nopen = \"nowhere\"\n");
    let line = line.restart().await;
    let heard = line.rings("1", NOBODY).await;
    assert!(heard.has("Hi, you've reached Ridge Plumbing."), "{heard}");
}

/// Settings whose line is Ben's, and others without Ben.
fn with_and_without_ben() -> (String, String) {
    let bens = SETTINGS.replace("flow = \"front-desk\"", "flow = \"front-desk\"\nowner = \"ben\"");
    let from = bens.find("[people.ben]").unwrap();
    let to = bens.find("[lines.").unwrap();
    let without_ben = format!("{}{}", &bens[..from], &bens[to..]).replace("owner = \"ben\"", "");
    (bens, without_ben)
}

#[tokio::test]
async fn entries_of_a_person_who_is_gone_are_handed_to_the_owner() {
    let (bens, without_ben) = with_and_without_ben();
    for restarts in [false, true] {
        let mut line = TestLine::open_with(&bens, &[("front-desk", FRONT_DESK)]).await;
        line.rings("1", NOBODY).await;
        assert_eq!(line.entry().stored.entry.owner.as_str(), "ben");
        line.edit("ringback.toml", &without_ben);
        if restarts {
            line = line.restart().await;
        } else {
            assert!(line.take_up().await);
        }
        let entry = line.entry();
        assert_eq!(entry.stored.entry.owner.as_str(), "ana");
        let [event] = entry.events.as_slice() else { panic!("{:?}", entry.events) };
        assert_eq!((event.what.word(), event.by.as_str()), ("handed-over", "ringback"));
        assert!(event.detail.as_ref().unwrap().contains("ben"));
    }
}

#[tokio::test]
async fn settings_without_a_person_and_the_handing_over_of_their_entries_are_one_step() {
    let (bens, without_ben) = with_and_without_ben();
    let line = TestLine::open_with(&bens, &[("front-desk", FRONT_DESK)]).await;
    line.rings("1", NOBODY).await;
    line.edit("ringback.toml", &without_ben);
    let draft = Draft::read(&Home::new(line.home.path()), &Environment::default(), false).unwrap();
    // As if the process ended right behind this commit: the next start finds settings that are not new.
    Live::start(&draft, line.switchboard.writer(), "http://127.0.0.1:1", line.now()).await.unwrap();
    assert_eq!(line.entry().stored.entry.owner.as_str(), "ana");
}

#[tokio::test]
async fn an_edit_that_cannot_be_read_to_its_end_holds_up_no_other_database() {
    let line = TestLine::open().await;
    let slow = line.home.path().join("ivr-flows/slow.toml");
    assert!(Command::new("mkfifo").arg(&slow).status().unwrap().success());
    // The server's worker reads there; opening it for writing succeeds when it does.
    let opened = tokio::task::spawn_blocking(move || OpenOptions::new().write(true).open(slow));
    let unwritten = opened.await.unwrap().unwrap();
    timeout(LONG, line.switchboard.write_down()).await.expect("nobody waits").unwrap();
    drop(unwritten);
}

#[tokio::test]
async fn an_edit_made_while_the_line_opens_goes_live() {
    let line = TestLine::open().await;
    // Before its worker looks for the first time.
    line.edit(FLOW, &FRONT_DESK.replace("Hi, you've reached", "Welcome to"));
    let heard = async {
        let mut call = 0;
        while !line.calls_voice(&format!("CA{call}")).await.contains("Welcome to") {
            call += 1;
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(LONG, heard).await.expect("the edit is live");
}

impl TestLine {
    async fn calls_voice(&self, id: &str) -> String {
        self.send(&Request::post("/twilio/voice", self.exchange.first_params(id, CALLER, LINE))).await.text()
    }
}

fn turn_of(heard: &Heard, end: &str) -> Request {
    heard.sent.iter().find(|sent| sent.request.target.ends_with(end)).unwrap().request.clone()
}
