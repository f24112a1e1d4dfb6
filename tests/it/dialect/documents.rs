//! Golden documents: one for each kind of reply. In the files every tag has its own line; the documents have none.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

use ringback::call::{CallId, PersonName, PhoneNumber};
use ringback::dialect::{Address, AudioNames, SafeReply, write, write_leg, write_safe};
use ringback::engine::{AcceptPrompt, LegReply, Reply, RungLeg, Speech, Then};
use ringback::language::Language;
use serde_json::Value;

use crate::support::judge::judge;

const BASE: &str = "https://phone.example.com/twilio/s3cret";

pub(super) fn address(language: &str) -> Address<'_> {
    Address { base: BASE, call: CallId(17), turn: 3, language, audio: &AUDIO }
}

static AUDIO: LazyLock<AudioNames> =
    LazyLock::new(|| AudioNames::from([("hello.wav".to_owned(), "9f86d081884c7d65.wav".to_owned())]));

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
fn a_menu_that_listens_takes_words_beside_the_keys() {
    let words = |words: &[&str]| Some(words.iter().map(|word| (*word).to_owned()).collect());
    let hear = words(&["billing", "a bill, please", " my \"invoice\" ", "", "rock & roll", &"x".repeat(101)]);
    let menu = Then::Menu { keys: Some(1), wait: seconds(5), hear };
    golden("menu-speech.xml", &reply(say("For billing, say billing or press 1."), menu));
    let number = Then::Menu { keys: None, wait: seconds(5), hear: Some(Vec::new()) };
    let question =
        Reply { language: Some(Language::Spanish), say: say("¿Qué número tiene?"), then: number };
    golden("menu-speech-number.xml", &write(&question, &address("en-US")));
}

#[test]
fn a_reply_in_another_language_is_spoken_and_heard_in_it() {
    let speech = vec![
        Speech::Say("Bonjour, ici Ridge Plumbing.".to_owned()),
        Speech::SayIn(Language::English, "For English, press 9.".to_owned()),
        Speech::SayIn(Language::Spanish, "Para español, oprima 8.".to_owned()),
    ];
    let menu = Then::Menu { keys: Some(1), wait: seconds(5), hear: Some(vec!["factures".to_owned()]) };
    let french = Reply { language: Some(Language::French), say: speech, then: menu };
    golden("menu-languages.xml", &write(&french, &address("en-CA")));
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
fn a_message_is_written_down_where_the_provider_can() {
    let record = Then::Record { at_most: seconds(180), silence: seconds(5), transcribe: true };
    golden("record-transcribe.xml", &reply(say("Leave a message."), record.clone()));
    // The provider writes down English and nothing else.
    let german = Reply { language: Some(Language::German), say: say("Nach dem Ton."), then: record };
    golden("record-german.xml", &write(&german, &address("en-US")));
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
        Speech::Play("gone since.wav".to_owned()),
    ];
    let document = write(&Reply { language: None, say: speech, then: Then::HangUp }, &address("de-DE"));
    golden("spoken.xml", &document);
}

#[test]
fn nobody_waits_in_silence_for_a_file_that_is_gone() {
    let gone = || vec![Speech::Play("gone since.wav".to_owned())];
    let written = |language, then| write(&Reply { language, say: gone(), then }, &address("en-US"));
    let menu = |language| {
        let document = written(language, Then::Menu { keys: Some(1), wait: seconds(5), hear: None });
        judge(&document);
        document
    };
    assert!(menu(None).contains("<Say>For a person, press 0.</Say></Gather>"), "{}", menu(None));
    let german = menu(Some(Language::German));
    assert!(german.contains("<Say language=\"de-DE\">") && !german.contains("For a person"), "{german}");
    let record = Then::Record { at_most: seconds(180), silence: seconds(5), transcribe: false };
    assert!(written(None, record).contains("<Say>Please leave a message"));
    let nothing = write(&Reply { language: None, say: Vec::new(), then: Then::HangUp }, &address("en-US"));
    assert!(!nothing.contains("<Say"), "whoever has left is told nothing: {nothing}");
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
fn the_safe_reply_is_in_the_language_of_the_business_where_ringback_speaks_it() {
    let goodbye = |language| write_safe(SafeReply::Goodbye, "https://phone.example.com/twilio", language);
    assert!(goodbye("en-GB").contains("language=\"en-GB\">Thank you"));
    assert!(goodbye("de-DE").contains("language=\"de-DE\">Vielen Dank"));
    assert!(goodbye("es-MX").contains("language=\"es-MX\">Gracias"));
    // Nobody is read English words by a Polish voice.
    assert!(goodbye("pl-PL").contains("<Say>Thank you"));
}
