//! What was said in a message, as the provider writes it down long afterwards.

use std::process::Command;
use std::time::Duration;

use ringback::call::PersonName;
use ringback::call_back::CloseOutcome;
use ringback::phone::Request;

use crate::support::line::{CALLER, LINE, TestLine};

const NOBODY: (&str, &str) = ("never answers", "never answers");

/// A caller leaves a message, and the provider writes it down.
async fn message(line: &TestLine, words: &str) -> Request {
    let heard = line.rings("2, message 9s", NOBODY).await;
    let mut params = line.exchange.first_params(&heard.call, CALLER, LINE);
    let words = [("TranscriptionStatus", "completed"), ("TranscriptionText", words)];
    params.extend(words.map(|(key, value)| (key.to_owned(), value.to_owned())));
    let id = line.calls()[0].id;
    Request::post(format!("/twilio/call/{id}/transcript/2"), params)
}

fn closes(line: &TestLine) {
    line.clock.advance(Duration::from_secs(60));
    let (mut stored, now) = (line.entry().stored, line.now());
    stored.entry.close(PersonName::parse("ana").unwrap(), now, CloseOutcome::Reached).unwrap();
    line.write(|tx| tx.save_call_back(&stored));
}

#[tokio::test]
async fn the_words_of_a_message_join_its_entry() {
    let line = TestLine::open().await;
    let first = message(&line, "the boiler leaks").await;
    let second = message(&line, "and now the bath, too").await;
    for request in [&second, &first, &first] {
        let answer = line.send(request).await;
        assert_eq!((answer.status, answer.body.len()), (204, 0));
    }
    let said: Vec<_> = line.calls().into_iter().map(|call| call.transcript.unwrap()).collect();
    assert_eq!(said, ["and now the bath, too", "the boiler leaks"]);
    let entry = line.entry();
    assert_eq!((entry.stored.calls, entry.transcript.as_deref()), (2, Some("and now the bath, too")));
    let id = entry.stored.entry.id.to_string();
    let shown = |args: &[&str]| {
        let ringback = Command::new(env!("CARGO_BIN_EXE_ringback"))
            .arg("--home")
            .arg(line.home.path())
            .args(args)
            .output();
        String::from_utf8(ringback.unwrap().stdout).unwrap()
    };
    let history = shown(&["call-backs", "history", &id]);
    for words in ["said: \"the boiler leaks\"", "said: \"and now the bath, too\""] {
        assert!(history.split_whitespace().collect::<Vec<_>>().join(" ").contains(words), "{history}");
    }
    assert!(shown(&["play", "1"]).contains("\n\"the boiler leaks\"\n"));
    for list in
        [&["calls", "--json"][..], &["call-backs", "--json"], &["call-backs", "history", &id, "--json"]]
    {
        let json: serde_json::Value = serde_json::from_str(&shown(list)).unwrap();
        let first = json.get(0).or(json.get("call_back")).unwrap();
        assert_eq!(first["transcript"], "and now the bath, too", "{list:?}");
        assert_eq!((first["answers"].to_string().as_str(), first["language"].is_null()), ("{}", true));
    }
}

#[tokio::test]
async fn a_transcript_alone_does_not_open_an_entry_again() {
    let line = TestLine::open().await;
    let transcript = message(&line, "never mind, it works again").await;
    closes(&line);
    line.send(&transcript).await;
    assert!(line.call_backs().is_empty());
    let closed = line.all_call_backs().remove(0);
    assert_eq!(closed.transcript.as_deref(), Some("never mind, it works again"));
    assert!(closed.events.is_empty(), "{:?}", closed.events);
}

#[tokio::test]
async fn a_transcript_outlives_a_restart_and_a_failed_one_takes_nothing_away() {
    let line = TestLine::open().await;
    let mut transcript = message(&line, "the boiler leaks").await;
    line.send(&transcript).await;
    let line = line.restart().await;
    for (key, value) in &mut transcript.params {
        if key == "TranscriptionStatus" {
            *value = "failed".to_owned();
        }
    }
    line.send(&transcript).await;
    assert_eq!(line.calls()[0].transcript.as_deref(), Some("the boiler leaks"));
    assert_eq!(line.entry().stored.calls, 1);
}
