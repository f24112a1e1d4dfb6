//! Documents that are run, and all others.

use std::time::Duration;

use ringback::call::{CallId, PersonName, PhoneNumber};
use ringback::dialect::{self, Address, AudioNames};
use ringback::engine::{AcceptPrompt, LegReply, Reply, RungLeg, Speech, Then};
use ringback::phone::{Document, Fault};

use super::canned::response;
use super::rings::RING;
use super::{ANA, BYE, LINE, MENU, PROMPT};

fn fault(inside: &str) -> Fault {
    Document::read(response(inside).as_bytes()).expect_err("refused")
}

#[test]
fn a_document_may_hold_what_the_schema_allows() {
    for inside in
        [MENU, RING, PROMPT, BYE, "", "<Reject reason=\"busy\"/>", "<!-- quiet --><Pause length=\"2\"/>"]
    {
        Document::read(response(inside).as_bytes()).unwrap_or_else(|fault| panic!("{inside}: {fault}"));
    }
    let say =
        response("<Say language=\"de-DE\" voice=\"alice\">5 &lt; 6 &amp; &#55; &gt; <![CDATA[<6]]></Say>");
    let Document(verbs) = Document::read(say.as_bytes()).expect("a document");
    assert_eq!(format!("{verbs:?}"), r#"[Sound(Say { words: "5 < 6 & 7 > <6", language: "de-DE" })]"#);
}

#[test]
fn what_our_dialect_writes_is_run() {
    let number = |text| PhoneNumber::parse(text).expect("a number");
    let person = PersonName::parse("ana").expect("a name");
    let audio = AudioNames::new();
    let base = "https://phone.example.com/twilio";
    let at = Address { base, call: CallId(17), turn: 2, language: "en-GB", audio: &audio };
    let legs =
        [true, false].map(|screened| RungLeg { person: person.clone(), number: number(ANA), screened });
    let wait = Duration::from_secs(5);
    for then in [
        Then::Menu { keys: Some(1), wait, hear: None },
        Then::Menu { keys: None, wait, hear: None },
        Then::Menu { keys: Some(1), wait, hear: Some(vec!["a bill".to_owned(), "billing".to_owned()]) },
        Then::Ring { legs: legs.to_vec(), for_: Duration::from_secs(20), caller_id: Some(number(LINE)) },
        Then::Record { at_most: Duration::from_secs(180), silence: wait, transcribe: false },
        Then::Record { at_most: Duration::from_secs(180), silence: wait, transcribe: true },
        Then::HangUp,
        Then::Refuse,
    ] {
        let say = vec![Speech::Say("Hi, this is <Ridge> & Co.".to_owned()), Speech::Pause(1)];
        let document = dialect::write(&Reply { language: None, say, then }, &at);
        Document::read(document.as_bytes()).unwrap_or_else(|fault| panic!("{fault}: {document}"));
    }
    for reply in [
        LegReply::Prompt(AcceptPrompt { say: "A new caller. Press any key.".to_owned(), wait }),
        LegReply::Connect,
        LegReply::TooLate("The caller is gone.".to_owned()),
    ] {
        let document = dialect::write_leg(&reply, &at, &person);
        Document::read(document.as_bytes()).unwrap_or_else(|fault| panic!("{fault}: {document}"));
    }
}

#[test]
fn a_document_may_hold_nothing_else() {
    for (inside, message) in [
        ("<Speak>Hi.</Speak>", "`Response` has no child `Speak`"),
        ("<say>Hi.</say>", "`Response` has no child `say`"),
        ("<Sms>Hi.</Sms>", "`Sms` cannot be used here"),
        ("<Say volume=\"11\">Hi.</Say>", "`Say` has no attribute `volume`"),
        ("<Say language=\"en\">Hi.</Say>", "`Say` takes no `language` of `en`"),
        ("<Say loop=\"-1\">Hi.</Say>", "`Say` takes no `loop` of `-1`"),
        ("<Say><Pause/></Say>", "`Say` has no child `Pause`"),
        ("<Say> </Say>", "`Say` cannot hold the text \"\""),
        ("Hi.", "`Response` cannot hold the text \"Hi.\""),
        ("<Gather>Hi.</Gather>", "`Gather` cannot hold the text \"Hi.\""),
        ("<Gather><Dial>+15550101</Dial></Gather>", "`Gather` has no child `Dial`"),
        ("<Gather finishOnKey=\"##\"/>", "`Gather` takes no `finishOnKey` of `##`"),
        ("<Gather timeout=\"0\"/>", "`Gather` takes no `timeout` of `0`"),
        ("<Gather numDigits=\"0\"/>", "`Gather` takes no `numDigits` of `0`"),
        ("<Gather method=\"PUT\"/>", "`Gather` takes no `method` of `PUT`"),
        ("<Gather action=\"\"/>", "`Gather` takes no `action` of ``"),
        ("<Gather input=\"dtmf  speech\"/>", "`Gather` takes no `input` of `dtmf  speech`"),
        ("<Gather hints=\"a,,b\"/>", "`Gather` takes no `hints` of `a,,b`"),
        ("<Gather speechTimeout=\"soon\"/>", "`Gather` takes no `speechTimeout` of `soon`"),
        ("<Gather speechModel=\"clever\"/>", "`Gather` takes no `speechModel` of `clever`"),
        ("<Gather language=\"de-AT\"/>", "`Gather` takes no `language` of `de-AT`"),
        ("<Record transcribe=\"yes\"/>", "`Record` takes no `transcribe` of `yes`"),
        ("<Record transcribeCallback=\"\"/>", "`Record` takes no `transcribeCallback` of ``"),
        ("<Gather actionOnEmptyResult=\"yes\"/>", "`Gather` takes no `actionOnEmptyResult` of `yes`"),
        ("<Dial timeout=\"4\">+15550101</Dial>", "`Dial` takes no `timeout` of `4`"),
        ("<Dial timeLimit=\"20000\">+15550101</Dial>", "`Dial` takes no `timeLimit` of `20000`"),
        ("<Dial/>", "`Dial` cannot hold the text \"0 numbers\""),
        ("<Dial><Number>0101</Number></Dial>", "`Number` cannot hold the text \"0101\""),
        ("<Record maxLength=\"1\"/>", "`Record` takes no `maxLength` of `1`"),
        ("<Redirect/>", "`Redirect` cannot hold the text \"\""),
        ("<Hangup reason=\"x\"/>", "`Hangup` has no attribute `reason`"),
        ("<Reject reason=\"rude\"/>", "`Reject` takes no `reason` of `rude`"),
    ] {
        assert_eq!(fault(inside).to_string(), message, "{inside}");
    }
}

#[test]
fn what_is_not_one_well_formed_document_is_not_run() {
    for body in [
        "",
        " <Response/>",
        "\u{feff}<Response/>",
        "<Response>",
        "<Response></response>",
        "<Response/><Response/>",
        "<Response/>more",
        "<Response/>&#65;",
        "<!DOCTYPE Response><Response/>",
        "<?php?><Response/>",
        "<Response/><?xml version=\"1.0\"?>",
        "<Response><Say>a & b</Say></Response>",
        "<Response><Say>&nbsp;</Say></Response>",
        "<Response><Say>&#7;</Say></Response>",
        "<Response><Say>\u{7}</Say></Response>",
        "<Response><Say loop=\"1\" loop=\"2\">a</Say></Response>",
        "<Response><Say voice=\"<\">a</Say></Response>",
    ] {
        let fault = Document::read(body.as_bytes()).expect_err(body);
        assert_eq!(fault.code(), 12100, "{body}: {fault}");
    }
    assert_eq!(Document::read(b"<Response>\xff</Response>").expect_err("not UTF-8").code(), 12100);
    assert_eq!(Document::read(b"<Reply/>").expect_err("another root"), Fault::Root("Reply".to_owned()));
}

#[test]
fn more_hints_than_the_provider_takes_are_refused() {
    let gather = |hints: String| format!("<Gather input=\"speech\" hints=\"{hints}\"/>");
    for (hints, fits) in [
        (vec!["a"; 500].join(","), true),
        (vec!["a"; 501].join(","), false),
        ("é".repeat(100), true),
        ("é".repeat(101), false),
    ] {
        assert_eq!(Document::read(response(&gather(hints)).as_bytes()).is_ok(), fits);
    }
}
