//! Golden documents: one for each kind of reply. In the files every tag has its own line; the documents have none.

use std::fs;
use std::path::Path;
use std::time::Duration;

use ringback::call::{CallId, PersonName, PhoneNumber};
use ringback::dialect::{Address, SafeReply, write, write_leg, write_safe};
use ringback::engine::{AcceptPrompt, LegReply, Reply, RungLeg, Speech, Then};
use serde_json::Value;

use crate::support::judge::judge;

const BASE: &str = "https://phone.example.com/twilio/s3cret";

pub(super) fn address(language: &str) -> Address<'_> {
    Address { base: BASE, call: CallId(17), turn: 3, language }
}

pub(super) fn person(name: &str) -> PersonName {
    PersonName::parse(name).expect("a name")
}

pub(super) fn number(text: &str) -> PhoneNumber {
    PhoneNumber::parse(text).expect("a number")
}

pub(super) fn say(words: &str) -> Vec<Speech> {
    vec![Speech::Say(words.to_owned())]
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[track_caller]
fn golden(name: &str, document: &str) {
    judge(document);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/webhooks/twilio").join(name);
    let file = fs::read_to_string(&path).unwrap_or_default();
    let expected: String = file.lines().map(str::trim_start).collect();
    assert_eq!(document, expected, "{name}");
}

fn reply(say: Vec<Speech>, then: Then) -> String {
    write(&Reply { language: None, say, then }, &address("en-US"))
}

#[test]
fn a_menu_waits_for_keys_and_leads_on_in_silence() {
    let words = say("To have us call you back by three, press 1. To leave a message, press 2.");
    let menu = reply(words, Then::Menu { keys: Some(1), wait: seconds(5), hear: None });
    golden("menu.xml", &menu);
    let question = say("Please type your number, then press the pound key.");
    golden(
        "menu-number.xml",
        &reply(question, Then::Menu { keys: None, wait: Duration::from_millis(7500), hear: None }),
    );
}

#[test]
fn a_ring_screens_each_person_and_ends_at_its_action() {
    let leg = |name: &str, to: &str, screened| RungLeg { person: person(name), number: number(to), screened };
    let legs = vec![leg("ana", "+15550101", true), leg("ben", "+15550102", false)];
    let ring = Then::Ring { legs: legs.clone(), for_: seconds(20), caller_id: None };
    golden("ring.xml", &reply(say("Hi, you've reached Ridge Plumbing."), ring));
    let short =
        Then::Ring { legs: legs[..1].to_vec(), for_: seconds(6), caller_id: Some(number("+15550100")) };
    golden("ring-withheld.xml", &reply(Vec::new(), short));
}

#[test]
fn a_message_is_recorded_and_an_empty_one_leads_on() {
    let record = Then::Record { at_most: seconds(180), silence: seconds(5), transcribe: false };
    golden("record.xml", &reply(say("Sorry we missed you. Leave a message and we'll call back."), record));
}

#[test]
fn the_end_is_a_goodbye_or_a_refusal() {
    golden("hang-up.xml", &reply(say("Thank you. Goodbye."), Then::HangUp));
    golden("refuse.xml", &reply(say("This is never heard."), Then::Refuse));
}

#[test]
fn speech_is_spoken_played_and_paused() {
    let speech = vec![
        Speech::Say("Müller & Söhne <24 h>: \"Wir sind's\"".to_owned()),
        Speech::Say(" ".to_owned()),
        Speech::Pause(2),
        Speech::Play("hello.wav".to_owned()),
    ];
    let document = write(&Reply { language: None, say: speech, then: Then::HangUp }, &address("de-DE"));
    golden("spoken.xml", &document);
}

#[test]
fn every_language_of_the_providers_voices_is_spoken() {
    let schema: Value =
        serde_json::from_str(include_str!("../../webhooks/twilio/twiml_schema.json")).expect("JSON");
    let languages = &schema["elements"]["Say"]["attributes"]["language"]["values"];
    for language in languages.as_array().expect("a list").iter().filter_map(Value::as_str) {
        let document =
            write(&Reply { language: None, say: say("Hello."), then: Then::HangUp }, &address(language));
        judge(&document);
        let spoken = document.contains(&format!("<Say language=\"{language}\">"));
        assert_eq!(spoken, language != "en-US", "{document}");
    }
}

#[test]
fn an_unknown_language_is_left_to_the_providers_voice() {
    let document =
        write(&Reply { language: None, say: say("Hello."), then: Then::HangUp }, &address("tlh-\"><"));
    judge(&document);
    assert!(document.contains("<Say>Hello.</Say>"), "{document}");
}

#[test]
fn a_person_who_picks_up_is_asked_for_a_key() {
    let prompt = AcceptPrompt { say: "Repairs: new caller. Press any key.".to_owned(), wait: seconds(8) };
    let leg = |reply: LegReply| write_leg(&reply, &address("en-US"), &person("ana"));
    golden("accept-prompt.xml", &leg(LegReply::Prompt(prompt)));
    golden("connect.xml", &leg(LegReply::Connect));
    golden("too-late.xml", &leg(LegReply::TooLate("Somebody else has this call. Thank you.".to_owned())));
}

#[test]
fn the_safe_reply_rings_the_owner_then_takes_a_message() {
    let owner = [number("+15550101")];
    for (name, step) in [
        ("safe-apology.xml", SafeReply::Apology(&owner)),
        ("safe-apology-nobody.xml", SafeReply::Apology(&[])),
        ("safe-message.xml", SafeReply::TakeMessage),
        ("safe-prompt.xml", SafeReply::Prompt),
        ("connect.xml", SafeReply::Connect),
        ("safe-goodbye.xml", SafeReply::Goodbye),
        ("safe-hang-up.xml", SafeReply::HangUp),
    ] {
        golden(name, &write_safe(step, BASE, "en-US"));
    }
}

#[test]
fn the_safe_reply_is_read_by_a_voice_that_knows_english() {
    let british = write_safe(SafeReply::Goodbye, BASE, "en-GB");
    judge(&british);
    assert!(british.contains("<Say language=\"en-GB\">"), "{british}");
    let german = write_safe(SafeReply::Goodbye, BASE, "de-DE");
    assert_eq!(german, write_safe(SafeReply::Goodbye, BASE, "en-US"));
}
