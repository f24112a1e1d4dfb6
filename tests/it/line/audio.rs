//! Files that are played instead of spoken.

use std::fs;
use std::process::Command;

use ringback::phone::{Clock, Script};
use tempfile::TempDir;

use crate::support::line::{CALLER, FRIDAY, LINE, SETTINGS, TestLine, home_with};

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
    fs::write(audio.join("grüß gott.wav"), "RIFF").unwrap();
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
        let plays = heard.lines.iter().filter(|line| line.what.starts_with("plays https://")).count();
        assert_eq!(plays, 1, "{heard:#?}");
        assert_eq!(line.outcome(), "missed: voicemail_left");
    }
}
