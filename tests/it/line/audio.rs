//! Files that are played instead of spoken.

use std::fs;
use std::process::Command;
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
}

#[tokio::test]
async fn a_call_on_an_old_flow_whose_file_is_gone_hears_the_rest() {
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
    assert_eq!(played(&document), None, "{document}");
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
