//! Files that are played instead of spoken.

use std::fs::{self, OpenOptions};
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::channel;
use std::time::Duration;

use ringback::phone::{Clock, Request, Script};
use tempfile::TempDir;

use crate::support::line::{CALLER, FRIDAY, LINE, SETTINGS, TestLine, home_with};
use crate::support::sound::wav;
use crate::support::wire::{ask, status_of};

const FLOW: &str = r#"
[start]
open = "hello"

[step.hello]
play = "grüß gott.wav"
go   = "message"

[step.message]
message = "Leave a message."
"#;

/// A home whose flow plays a file.
fn home_that_plays(settings: &str) -> TempDir {
    let home = home_with(settings, &[("front-desk", FLOW)]);
    let audio = home.path().join("ivr-flows/audio");
    fs::create_dir(&audio).unwrap();
    fs::write(audio.join("grüß gott.wav"), wav(4)).unwrap();
    home
}

#[test]
fn a_rehearsal_over_http_has_the_files_too() {
    let home = home_that_plays(SETTINGS);
    let beside = home.path().join("ivr-flows/front-desk.toml");
    for flow in ["front-desk", beside.to_str().unwrap()] {
        let mut rehearsal = Command::new(env!("CARGO_BIN_EXE_ringback"));
        let rehearsal =
            rehearsal.arg("--home").arg(home.path()).args(["rehearse", flow, "--keys=-", "--http"]);
        let rehearsed = rehearsal.output().unwrap();
        assert!(rehearsed.status.success(), "{rehearsed:?}");
    }
}

#[tokio::test]
async fn a_file_is_fetched_from_where_the_document_says() {
    for settings in [SETTINGS, &format!("{SETTINGS}\n[provider.twilio]\npath_secret = \"s3cret\"\n")] {
        let mut line =
            TestLine::open_home(home_that_plays(settings), Clock::starting(FRIDAY.parse().unwrap())).await;
        if settings != SETTINGS {
            line.exchange.prefix = "/twilio/s3cret".to_owned();
        }
        // The simulated provider reports a file that it cannot have, and then the call is not clean.
        let heard = line.call(Script::new(CALLER, LINE).caller("message 8s").unwrap()).await;
        let plays = heard.lines.iter().position(|line| line.what.starts_with("plays https://")).unwrap();
        let lasted = heard.lines[plays + 1].at - heard.lines[plays].at;
        assert_eq!(lasted, Duration::from_secs(4), "{heard}");
        assert_eq!(line.outcome(), "missed: voicemail_left");
    }
}

/// The path of the file that a document plays.
fn played(document: &str) -> Option<&str> {
    let url = document.split_once("<Play>")?.1.split_once("</Play>")?.0;
    url.strip_prefix("https://phone.example.com")
}

const LATER: &str = r#"
[start]
open = "hello"

[step.hello]
say     = "Hi."
press.1 = { offer = "hear a song", go = "song" }
silence = "song"

[step.song]
play = "grüß gott.wav"
go   = "message"

[step.message]
message = "Leave a message."
"#;

const NO_SONG: &str = "[start]\nopen = \"message\"\n[step.message]\nmessage = \"Leave a message.\"\n";

#[tokio::test]
async fn an_edited_file_is_served_beside_the_one_that_was_promised_before() {
    let home = home_that_plays(SETTINGS);
    let line = TestLine::open_home(home, Clock::starting(FRIDAY.parse().unwrap())).await;
    let arrive = |call: &str| Request::post("/twilio/voice", line.exchange.first_params(call, CALLER, LINE));
    let before = line.send(&arrive("CA1")).await.text();
    fs::write(line.home.path().join("ivr-flows/audio/grüß gott.wav"), wav(5)).unwrap();
    assert!(line.take_up().await);
    let after = line.send(&arrive("CA2")).await.text();
    let (before, after) = (played(&before).unwrap(), played(&after).unwrap());
    assert_ne!(before, after, "another content is another name");
    for (path, bytes) in [(before, wav(4)), (after, wav(5))] {
        let file = line.exchange.send(&Request::get(path, &[])).await.unwrap();
        assert_eq!((file.status, file.body.to_vec()), (200, bytes), "{path}");
    }
    let name =
        line.exchange.send(&Request::get("/twilio/audio/gr%C3%BC%C3%9F%20gott.wav", &[])).await.unwrap();
    assert_eq!(name.status, 404);

    // An owner saves again and again, and the caller is still on the line.
    let get = async || line.exchange.send(&Request::get(before, &[])).await.unwrap().status;
    line.edit("ivr-flows/front-desk.toml", LATER);
    assert!(line.take_up().await);
    assert_eq!(get().await, 200);
    line.clock.advance(Duration::from_secs(20 * 60));
    assert!(line.take_up().await);
    assert_eq!(get().await, 404);
}

#[tokio::test]
async fn a_call_on_an_old_flow_whose_file_is_gone_hears_it_all_the_same() {
    let home = home_that_plays(SETTINGS);
    fs::write(home.path().join("ivr-flows/front-desk.toml"), LATER).unwrap();
    let line = TestLine::open_home(home, Clock::starting(FRIDAY.parse().unwrap())).await;
    let params = line.exchange.first_params("CA1", CALLER, LINE);
    line.send(&Request::post("/twilio/voice", params.clone())).await;
    line.edit("ivr-flows/front-desk.toml", NO_SONG);
    fs::remove_file(line.home.path().join("ivr-flows/audio/grüß gott.wav")).unwrap();
    assert!(line.take_up().await);
    let key = [params, vec![("Digits".to_owned(), "1".to_owned())]].concat();
    let document = line.send(&Request::post("/twilio/call/1/1/key", key)).await.text();
    let song = Request::get(played(&document).unwrap(), &[]);
    assert_eq!(line.exchange.send(&song).await.unwrap().status, 200);
    assert!(document.contains("Leave a message.") && document.contains("<Record"), "{document}");
    assert_eq!(line.path(), "hello:1 song message");
}

#[tokio::test]
async fn a_flow_whose_file_cannot_be_played_does_not_go_live() {
    let home = home_that_plays(SETTINGS);
    let line = TestLine::open_home(home, Clock::starting(FRIDAY.parse().unwrap())).await;
    let song = line.home.path().join("ivr-flows/audio/grüß gott.wav");
    for bytes in [&b""[..], b"RIFF", &wav(181)] {
        fs::write(&song, bytes).unwrap();
        assert!(!line.take_up().await, "{} bytes", bytes.len());
    }
    // Longer ones are files that can be played, but nobody is to hear them without a key that helps (L20).
    fs::write(&song, wav(30)).unwrap();
    assert!(line.take_up().await);
}

#[tokio::test]
async fn what_the_provider_keeps_of_a_file_is_good_for_ever() {
    let home = home_that_plays(SETTINGS);
    let line = TestLine::open_home(home, Clock::starting(FRIDAY.parse().unwrap())).await;
    let params = line.exchange.first_params("CA1", CALLER, LINE);
    let document = line.send(&Request::post("/twilio/voice", params)).await.text();
    let path = played(&document).unwrap();
    let mark = format!("\"{}\"", path.rsplit('/').next().unwrap());
    let head = |known: &str| {
        format!("HEAD {path} HTTP/1.1\r\nHost: a\r\nIf-None-Match: {known}\r\nConnection: close\r\n\r\n")
            .into_bytes()
    };
    let fetched = ask(&line, &head("\"x\"")).await;
    assert_eq!(status_of(&fetched), 200);
    for header in ["content-type: audio/wav", "cache-control: public, max-age=31536000, immutable"] {
        assert!(fetched.contains(header), "{fetched}");
    }
    assert!(fetched.contains(&format!("etag: {mark}\r\n")), "{fetched}");
    let kept = ask(&line, &head(&format!("\"x\", {mark}"))).await;
    assert_eq!(status_of(&kept), 304);
    assert!(kept.contains(&format!("etag: {mark}\r\n")), "{kept}");
}

#[tokio::test]
async fn a_file_that_cannot_be_read_to_its_end_holds_up_no_caller() {
    let home = home_that_plays(SETTINGS);
    let line = TestLine::open_home(home, Clock::starting(FRIDAY.parse().unwrap())).await;
    let audio = line.home.path().join("ivr-flows/audio");
    let (song, next) = (audio.join("song.wav"), audio.join("next"));
    make_pipe(&song);
    make_pipe(&next);
    let (answered, was_answered) = channel();
    let (tell, reads_again) = tokio::sync::oneshot::channel();
    // Not the runtime's thread, which may be what is held up. Opening for writing waits for whoever reads.
    let disk = std::thread::spawn(move || {
        let judged = OpenOptions::new().write(true).open(&song).unwrap();
        fs::rename(&next, &song).unwrap();
        drop(judged);
        let served = OpenOptions::new().write(true).open(&song).unwrap();
        let _ = tell.send(());
        let in_time = was_answered.recv_timeout(Duration::from_secs(10)).is_ok();
        drop(served);
        in_time
    });
    reads_again.await.unwrap();
    let params = line.exchange.first_params("CA1", CALLER, LINE);
    line.send(&Request::post("/twilio/voice", params)).await;
    let _ = answered.send(());
    assert!(tokio::task::spawn_blocking(|| disk.join().unwrap()).await.unwrap());
}

fn make_pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}
