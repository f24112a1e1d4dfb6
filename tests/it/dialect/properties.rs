//! What holds of every text, every form and every request.

use std::time::Duration;

use jiff::Timestamp;
use proptest::collection::vec;
use proptest::prelude::*;
use ringback::dialect::{Address, Form, Request, Route, twilio, write, write_leg};
use ringback::engine::{AcceptPrompt, LegReply, Reply, RungLeg, Speech, Then};
use ringback::language::Language;
use roxmltree::Document;

use super::documents::{address, number, person, say};
use crate::support::judge::judge;

const PATHS: [&str; 10] = [
    "voice",
    "status",
    "fallback",
    "call/1/1/key",
    "call/1/1/rang",
    "call/1/1/recorded",
    "call/1/leg/1/ana/accept",
    "call/1/recording/1",
    "call/1/transcript/1",
    "safe/accept",
];

/// What arrives of a text: XML 1.0's own definition of a character, blanks for breaks, no braces in a row.
fn arriving(text: &str) -> String {
    let mut arriving = String::new();
    for c in text.chars() {
        let c = if matches!(c, '\t' | '\n' | '\r') { ' ' } else { c };
        let code = u32::from(c);
        let carried = (0x20..0xD800).contains(&code)
            || (0xE000..0xFFFE).contains(&code)
            || (0x1_0000..0x11_0000).contains(&code);
        let doubled = (c == '{' || c == '}') && arriving.ends_with(c);
        if carried && !doubled {
            arriving.push(c);
        }
    }
    arriving
}

/// The names of all elements in order, and the text of each Say.
fn outline(document: &str) -> (Vec<String>, Vec<String>) {
    let tree = Document::parse(document).expect("a document");
    let elements = || tree.descendants().filter(|node| node.is_element());
    let names = elements().map(|node| node.tag_name().name().to_owned()).collect();
    let said = elements().filter(|node| node.has_tag_name("Say"));
    (names, said.map(|node| node.text().unwrap_or_default().to_owned()).collect())
}

/// Texts that an attacker would try, among all others.
fn hostile_text() -> impl Strategy<Value = String> {
    let trick = prop::sample::select(vec![
        "]]>",
        "-->",
        "<?xml?>",
        "</Say><Hangup/>",
        "&amp;",
        "&#0;",
        "{{",
        "}}",
        "\u{0}",
        "\u{85}",
        "\u{fffe}",
        "\u{ffff}",
        "\u{202e}",
        "\r\n",
        "\"'<>&",
        "{\u{1}{",
    ]);
    let piece =
        prop_oneof![trick.prop_map(str::to_owned), vec(any::<char>(), 0..12).prop_map(String::from_iter)];
    vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

fn then() -> impl Strategy<Value = Then> {
    let leg = RungLeg { person: person("ana"), number: number("+15550101"), screened: true };
    let wait = Duration::from_secs(5);
    prop::sample::select(vec![
        Then::Menu { keys: Some(1), wait, hear: None },
        Then::Ring { legs: vec![leg], for_: wait, caller_id: None },
        Then::Menu { keys: None, wait, hear: Some(vec!["a bill".to_owned()]) },
        Then::Record { at_most: wait, silence: wait, transcribe: false },
        Then::Record { at_most: wait, silence: wait, transcribe: true },
        Then::HangUp,
    ])
}

#[test]
fn every_character_passes_or_is_left_out_without_a_trace() {
    let all: Vec<char> = ('\0'..=char::MAX).collect();
    for some in all.chunks(4096) {
        let words = format!("a{}z", String::from_iter(some));
        let document =
            write(&Reply { language: None, say: say(&words), then: Then::HangUp }, &address("en-US"));
        judge(&document);
        let (names, said) = outline(&document);
        assert_eq!(names, ["Response", "Say", "Hangup"]);
        assert_eq!(said, [arriving(&words)]);
    }
}

proptest! {
    #[test]
    fn no_text_changes_the_tree(text in hostile_text(), then in then()) {
        let plain = write(&Reply { language: None, say: say("plain"), then: then.clone() }, &address("en-US"));
        let document = write(&Reply { language: None, say: say(&format!("a{text}z")), then }, &address("en-US"));
        judge(&document);
        let (names, said) = outline(&document);
        prop_assert_eq!(names, outline(&plain).0);
        prop_assert_eq!(said, [arriving(&format!("a{text}z"))]);
    }

    #[test]
    fn no_name_changes_what_a_person_is_asked(text in hostile_text()) {
        let prompt = AcceptPrompt { say: format!("{text}. Press any key."), wait: Duration::from_secs(8) };
        for reply in [LegReply::TooLate(prompt.say.clone()), LegReply::Prompt(prompt)] {
            let document = write_leg(&reply, &address("en-US"), &person("ana"));
            judge(&document);
            prop_assert_eq!(outline(&document).1, [arriving(&format!("{text}. Press any key."))]);
        }
    }

    #[test]
    fn no_document_is_too_long(
        piece in hostile_text(),
        copies in 1..20_000_usize,
        stretches in 1..2000_usize,
        legs in 1..=10_usize,
    ) {
        let long = Speech::Say(piece.repeat(copies));
        let mut speech = vec![long, Speech::Pause(0), Speech::Play("hello.wav".to_owned())];
        speech.extend(vec![Speech::Say(piece); stretches]);
        let leg = RungLeg { person: person("ana"), number: number("+15550101"), screened: true };
        let then = Then::Ring { legs: vec![leg; legs], for_: Duration::ZERO, caller_id: None };
        let base = format!("https://{}.example.com/twilio", "a".repeat(900));
        judge(&write(&Reply { language: None, say: speech, then }, &Address { base: &base, ..address("de-DE") }));
    }

    #[test]
    fn no_hints_and_no_language_leave_the_providers_limits(
        hints in vec(hostile_text(), 0..40),
        copies in 1..60_usize,
        language in prop::sample::select(Language::ALL.to_vec()),
        tag in prop_oneof![
            prop::sample::select(vec!["en-US", "en-GB", "es-MX", "fr-BE", "de-AT", "zu", "", "-"]).prop_map(str::to_owned),
            "\\PC{0,12}",
        ],
        words in hostile_text(),
    ) {
        let hear: Vec<String> = hints.iter().cycle().take(hints.len() * copies).cloned().collect();
        let say = vec![Speech::Say(words.repeat(3000)), Speech::SayIn(language, words), Speech::Play("hello.wav".to_owned())];
        for language in [None, Some(language)] {
            let then = Then::Menu { keys: Some(1), wait: Duration::from_secs(5), hear: Some(hear.clone()) };
            let document = write(&Reply { language, say: say.clone(), then }, &address(&tag));
            judge(&document);
            let tree = Document::parse(&document).expect("a document");
            let gather = tree.descendants().find(|node| node.has_tag_name("Gather")).expect("a menu");
            let told = gather.attribute("hints").unwrap_or_default();
            prop_assert!(told.len() <= 8 * 1024 && told.split(',').count() <= 500);
            prop_assert!(told.split(", ").all(|hint| hint.chars().count() <= 100 && hint.trim() == hint));
        }
    }

    #[test]
    fn no_duration_leaves_the_providers_ranges(seconds in any::<u64>(), keys in any::<Option<u8>>()) {
        let wait = Duration::from_secs(seconds);
        let menu = Then::Menu { keys, wait: wait.min(Duration::from_secs(3600)), hear: None };
        judge(&write(&Reply { language: None, say: Vec::new(), then: menu }, &address("en-US")));
        let leg = RungLeg { person: person("ana"), number: number("+15550101"), screened: true };
        let ring = Then::Ring { legs: vec![leg], for_: wait, caller_id: None };
        judge(&write(&Reply { language: None, say: Vec::new(), then: ring }, &address("en-US")));
        let record = Then::Record { at_most: wait, silence: Duration::from_secs(5), transcribe: false };
        judge(&write(&Reply { language: None, say: Vec::new(), then: record }, &address("en-US")));
    }

    #[test]
    fn the_order_of_parameters_does_not_matter_to_the_signature(
        pairs in vec(("[A-Za-z0-9%+]{0,6}", "[A-Za-z0-9%+=]{0,6}"), 100).prop_shuffle(),
        seed in any::<prop::sample::Index>(),
        forged in any::<bool>(),
    ) {
        let body = |pairs: &[(String, String)]| {
            pairs.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join("&")
        };
        let secret = if forged { "another" } else { "secret" };
        let signature = twilio::sign(secret, "https://a.example/voice", &Form::parse(body(&pairs).as_bytes()));
        let mut rotated = pairs.clone();
        rotated.rotate_left(seed.index(pairs.len()));
        rotated.reverse();
        for pairs in [pairs, rotated] {
            let body = body(&pairs);
            let request = Request {
                is_get: false,
                target: "/voice",
                content_type: Some("application/x-www-form-urlencoded"),
                signature: Some(&signature),
                body: body.as_bytes(),
            };
            prop_assert_eq!(twilio::genuine(&request, "https://a.example", "secret"), !forged);
        }
    }

    #[test]
    fn no_bytes_stop_the_reader(
        noise in vec(any::<u8>(), 0..400),
        pieces in vec(prop::sample::select(vec![
            "CallSid", "SpeechResult", "Confidence", "TranscriptionText", "=", "&", "%", "%0", "%00", "+", "CA1", "From", "Digits", "hangup", "{", "\"", ":", "}",
        ]), 0..60),
        target in "\\PC{0,40}",
        json in any::<bool>(),
    ) {
        let kind = if json { "application/json" } else { "application/x-www-form-urlencoded" };
        for body in [noise.clone(), pieces.concat().into_bytes(), [pieces.concat().as_bytes(), &noise].concat()] {
            for is_get in [false, true] {
                let (content_type, signature) = (Some(kind), Some(target.as_str()));
                let request = Request { is_get, target: &target, content_type, signature, body: &body };
                prop_assert!(!twilio::genuine(&request, "https://a.example", "secret"));
                prop_assert_eq!(twilio::fingerprint(&request).len(), 16);
                let known = twilio::call_in(&request);
                for path in PATHS {
                    let route = Route::parse(path).expect("a route of ours");
                    if let Ok(webhook) = twilio::read(&request, &route, Timestamp::UNIX_EPOCH) {
                        prop_assert!(known.is_some());
                        prop_assert!(!webhook.parties.call.id.is_empty());
                    }
                }
            }
        }
    }

    #[test]
    fn the_form_parser_agrees_with_another_one(body in vec(any::<u8>(), 0..200)) {
        let ours = Form::parse(&body).0.into_iter().map(|(key, value)| (key.into_owned(), value.into_owned()));
        prop_assert_eq!(ours.collect::<Vec<_>>(), by_the_book(&body));
    }
}

/// A form parser written down from the WHATWG's steps, byte by byte, to differ from ours where one of them is wrong.
fn by_the_book(body: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut pairs = Vec::new();
    for piece in body.split(|byte| *byte == b'&') {
        if piece.is_empty() {
            continue;
        }
        let (mut sides, mut side, mut at) = ([Vec::new(), Vec::new()], 0, 0);
        while at < piece.len() {
            let hex = |offset: usize| piece.get(at + offset).and_then(|byte| char::from(*byte).to_digit(16));
            match (piece[at], hex(1), hex(2)) {
                (b'=', ..) if side == 0 => side = 1,
                (b'+', ..) => sides[side].push(b' '),
                (b'%', Some(high), Some(low)) => {
                    sides[side].push(u8::try_from(high * 16 + low).expect("two digits make a byte"));
                    at += 2;
                }
                (byte, ..) => sides[side].push(byte),
            }
            at += 1;
        }
        let [key, value] = sides;
        pairs.push((key, value));
    }
    pairs
}

#[test]
fn ten_thousand_parameters_are_still_checked_and_then_refused() {
    let body = (0..10_000).map(|index| format!("p{index}=1")).collect::<Vec<_>>().join("&") + "&CallSid=CA1";
    let signature = twilio::sign("secret", "https://a.example/voice", &Form::parse(body.as_bytes()));
    let request = Request {
        is_get: false,
        target: "/voice",
        content_type: Some("application/x-www-form-urlencoded"),
        signature: Some(&signature),
        body: body.as_bytes(),
    };
    assert!(twilio::genuine(&request, "https://a.example", "secret"));
    assert!(twilio::read(&request, &Route::Voice, Timestamp::UNIX_EPOCH).is_err());
    assert_eq!(twilio::call_in(&request).map(|parties| parties.call.id).as_deref(), Some("CA1"));
}
