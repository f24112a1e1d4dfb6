//! Phones that ring, and what happens at them.

use std::time::Duration;

use proptest::prelude::*;
use ringback::phone::{Ended, Fault, Heard, Quirks, Script, Unaccepted, Who};

use super::canned::Canned;
use super::{ANA, BEN, BYE, PROMPT, clean, script};

pub(super) const RING: &str = r#"<Dial action="/rang" method="POST" timeout="15" timeLimit="14400">
    <Number url="/prompt/ana" method="POST" statusCallback="/leg/ana" statusCallbackEvent="answered">+15550101</Number>
    <Number url="/prompt/ben" method="POST" statusCallback="/leg/ben" statusCallbackEvent="answered">+15550102</Number>
    </Dial>"#;
async fn ringing() -> Canned {
    let documents = [
        ("/twilio/voice", RING),
        ("/prompt/ana", PROMPT),
        ("/prompt/ben", PROMPT),
        ("/accept", ""),
        ("/rang", BYE),
    ];
    Canned::documents(&documents).await
}

#[tokio::test]
async fn an_accepted_call_is_joined_and_its_end_reported_with_a_duration() {
    let server = ringing().await;
    let script = script("").person(ANA, "accepts after 5s and talks 30s").expect("a script");
    let heard = clean(server.exchange().call(script).await);
    assert!(heard.has("the caller is put through to Ana"), "{heard}");
    let prompt = server.only("/prompt/ana");
    assert_eq!(prompt.params("Direction To From ParentCallSid"), {
        format!("outbound-dial +15550101 +15550142 {}", heard.call)
    });
    assert_ne!(prompt.param("CallSid"), Some(heard.call));
    assert_eq!(server.only("/leg/ana").params("CallStatus SequenceNumber"), "in-progress 2");
    assert_eq!(server.only("/accept").params("Digits CallStatus"), "1 in-progress");
    let rang = server.only("/rang");
    assert_eq!(
        rang.params("CallStatus DialCallStatus DialCallDuration DialBridged"),
        "in-progress completed 30 true"
    );
    assert_eq!(rang.param("DialCallSid"), prompt.param("CallSid"));
    assert!(server.to("/leg/ben").is_empty(), "nobody asked for more than `answered`");
}

#[tokio::test]
async fn phones_that_nobody_answers_ring_five_seconds_longer_than_asked() {
    let server = ringing().await;
    let heard = clean(server.exchange().call(script("")).await);
    let nobody = heard.lines.iter().find(|line| line.what == "nobody takes it").expect("a line");
    assert_eq!(nobody.at, Duration::from_secs(20));
    assert_eq!(
        server.only("/rang").params("CallStatus DialCallStatus DialCallDuration"),
        "in-progress no-answer -"
    );

    let busy = script("").person(ANA, "busy").and_then(|script| script.person(BEN, "declines after 4s"));
    server.exchange().call(busy.expect("a script")).await;
    assert_eq!(server.to("/rang")[1].param("DialCallStatus").as_deref(), Some("busy"));
}

#[tokio::test]
async fn a_voicemail_that_picks_up_never_accepts_whatever_the_provider_calls_that() {
    for (unaccepted, reported) in [
        (Unaccepted::Completed, "completed 10 false"),
        (Unaccepted::CompletedBridged, "completed 10 true"),
        (Unaccepted::NoAnswer, "no-answer - false"),
    ] {
        let server = ringing().await;
        let mut exchange = server.exchange();
        exchange.quirks.unaccepted = unaccepted;
        clean(exchange.call(script("").person(ANA, "voicemail after 10s").expect("a script")).await);
        assert!(server.to("/accept").is_empty());
        assert_eq!(server.only("/rang").params("DialCallStatus DialCallDuration DialBridged"), reported);
    }
}

#[tokio::test]
async fn another_phone_can_still_answer_only_where_pick_up_does_not_end_the_ringing() {
    for (hung_up, takes) in [(true, 0), (false, 1)] {
        let server = ringing().await;
        let mut exchange = server.exchange();
        exchange.quirks.others_hung_up_at_pick_up = hung_up;
        let script =
            script("").person(ANA, "voicemail after 4s").and_then(|s| s.person(BEN, "accepts after 8s"));
        let heard = clean(exchange.call(script.expect("a script")).await);
        assert_eq!(server.to("/accept").len(), takes, "{heard}");
        assert_eq!(heard.has("put through to Ben"), takes == 1, "{heard}");
    }
}

#[tokio::test]
async fn a_caller_who_gives_up_while_phones_ring_is_reported_as_canceled_and_completed() {
    let server = ringing().await;
    let heard = clean(server.exchange().call(script("hang up after 6s of ringing")).await);
    assert_eq!((heard.ended, heard.lasted), (Ended::CallerLeft, Duration::from_secs(6)));
    assert_eq!(server.only("/rang").params("CallStatus DialCallStatus"), "completed canceled");

    let mut exchange = server.exchange();
    exchange.quirks.ring_end_when_caller_leaves = false;
    exchange.call(script("hang up after 6s")).await;
    assert_eq!(server.to("/rang").len(), 1, "the second call reports no end of the ring");
}

#[tokio::test]
async fn an_accept_can_come_as_the_caller_leaves_or_after_that() {
    for (way, order) in
        [("accepts as the caller leaves", ["/accept", "/rang"]), ("accepts too late", ["/rang", "/accept"])]
    {
        let server = ringing().await;
        let script = script("hang up after 6s of ringing").person(ANA, way).expect("a script");
        let heard = clean(server.exchange().call(script).await);
        let all = heard.sent.iter().map(|sent| sent.request.target.clone());
        assert_eq!(
            all.filter(|target| order.contains(&target.as_str())).collect::<Vec<_>>(),
            order,
            "{heard}"
        );
        assert_eq!(server.only("/rang").params("CallStatus DialCallStatus"), "completed canceled");
        assert!(!heard.has("put through"), "{heard}");
    }
}

#[tokio::test]
async fn two_people_who_accept_within_a_second_are_both_sent_and_one_is_joined() {
    let server = ringing().await;
    let mut exchange = server.exchange();
    exchange.quirks.others_hung_up_at_pick_up = false;
    let script =
        script("").person(ANA, "accepts after 5s").and_then(|s| s.person(BEN, "accepts after 5s with 9"));
    let heard = clean(exchange.call(script.expect("a script")).await);
    let keys: Vec<_> = server.to("/accept").iter().filter_map(|seen| seen.param("Digits")).collect();
    assert_eq!(keys, ["1", "9"]);
    assert!(heard.has("put through to Ana") && !heard.has("put through to Ben"), "{heard}");
}

#[tokio::test]
async fn phones_in_sequence_ring_one_after_the_other_and_unscreened_ones_are_joined_at_once() {
    let ring = r#"<Dial action="/rang" method="POST" timeout="10" sequential="true">
        <Number>+15550101</Number><Number>+15550102</Number></Dial>"#;
    let server = Canned::documents(&[("/twilio/voice", ring), ("/rang", BYE)]).await;
    let script = script("").person(BEN, "accepts after 3s and talks 20s").expect("a script");
    let heard = clean(server.exchange().call(script).await);
    let joined = heard.lines.iter().find(|line| line.what.contains("put through to Ben")).expect("a line");
    assert_eq!(joined.at, Duration::from_secs(18));
    assert_eq!(server.only("/rang").params("DialCallStatus DialCallDuration"), "completed 20");
}

#[tokio::test]
async fn a_called_person_must_not_be_sent_elsewhere() {
    let server = Canned::documents(&[
        ("/twilio/voice", RING),
        ("/prompt/ana", "<Redirect>/elsewhere</Redirect>"),
        ("/rang", BYE),
    ])
    .await;
    let heard = server.exchange().call(script("").person(ANA, "accepts after 5s").expect("a script")).await;
    let unclean = heard.clean().expect_err("a trouble");
    assert_eq!(unclean.0.troubles[0].fault, Fault::Misplaced("Redirect".to_owned()));
    assert!(
        unclean.to_string().starts_with("12200 at https://phone.example.com/prompt/ana: `Redirect` cannot")
    );
}

#[tokio::test]
async fn a_caller_who_only_hears_ringing_is_not_answered() {
    let ring = RING.replace("<Dial ", "<Dial answerOnBridge=\"true\" ");
    let server = Canned::documents(&[("/twilio/voice", ring.as_str()), ("/rang", BYE)]).await;
    clean(server.exchange().call(script("hang up after 6s")).await);
    assert_eq!(server.only("/twilio/status").params("CallStatus CallDuration"), "no-answer 0");
}

#[tokio::test]
async fn what_people_hear_stands_in_order_between_what_the_caller_hears() {
    let server = ringing().await;
    let mut exchange = server.exchange();
    exchange.quirks.others_hung_up_at_pick_up = false;
    let script = script("").person(ANA, "answers after 3s").and_then(|s| s.person(BEN, "accepts after 6s"));
    let heard = clean(exchange.call(script.expect("a script")).await);
    assert_eq!(
        heard.to_string(),
        " 0:00  caller      +15550142 rings +15550100\n \
         0:00              phones ring: Ana, Ben\n \
         0:03  Ana         picks up\n \
         0:03  to Ana      \"A new caller. Press any key.\"\n \
         0:06  Ben         picks up\n \
         0:06  to Ben      \"A new caller. Press any key.\"\n \
         0:09  Ben         presses 1\n \
         0:09              the caller is put through to Ben\n \
         1:09  Ben         hangs up\n \
         1:09  ringback    \"Goodbye.\"\n \
         1:10  ringback    hangs up\n"
    );
}

fn any_person() -> impl Strategy<Value = String> {
    let ways = [
        "accepts after",
        "accepts after",
        "answers after",
        "hangs up after",
        "voicemail after",
        "declines after",
    ];
    let timed =
        (prop::sample::select(ways.to_vec()), 0..30_u32).prop_map(|(way, time)| format!("{way} {time}s"));
    let others = ["busy", "fails", "never answers", "accepts too late", "accepts as the caller leaves"];
    prop_oneof![timed, prop::sample::select(others.to_vec()).prop_map(str::to_owned)]
}

fn any_caller() -> impl Strategy<Value = String> {
    let leaves = (0..40_u32).prop_map(|time| format!("hang up after {time}s"));
    let gives_up = (0..40_u32).prop_map(|time| format!("hang up after {time}s of ringing"));
    prop_oneof![Just(String::new()), leaves, gives_up]
}

fn any_quirks() -> impl Strategy<Value = Quirks> {
    let unaccepted = prop::sample::select(vec![Unaccepted::Completed, Unaccepted::NoAnswer]);
    (any::<bool>(), unaccepted).prop_map(|(others_hung_up_at_pick_up, unaccepted)| Quirks {
        others_hung_up_at_pick_up,
        unaccepted,
        ..Quirks::default()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_people_do_a_ring_ends_once_and_time_runs_forward(
        ana in any_person(),
        ben in any_person(),
        caller in any_caller(),
        quirks in any_quirks(),
    ) {
        let script = script(&caller).person(ANA, &ana).and_then(|script| script.person(BEN, &ben));
        let (heard, server) = run(script.expect("a script"), quirks);
        let rang = server.only("/rang");
        let status = rang.param("DialCallStatus").expect("a status");
        // A caller may also leave later, in the goodbye.
        let left = rang.param("CallStatus").as_deref() == Some("completed");
        prop_assert!(!left || heard.ended == Ended::CallerLeft, "{}", heard);
        prop_assert_eq!(status == "canceled", left && !heard.has("put through to"), "{}", heard);
        prop_assert!(heard.lines.is_sorted_by_key(|line| line.at), "{}", heard);
        prop_assert_eq!(heard.has("put through to"), rang.param("DialBridged").as_deref() == Some("true"));
        if heard.has("put through to") {
            prop_assert!(status == "completed" && !server.to("/accept").is_empty(), "{}", heard);
        }
        if heard.has("nobody takes it") {
            prop_assert!(matches!(status.as_str(), "completed" | "no-answer" | "busy" | "failed"), "{}", heard);
        }
        for (path, name) in [("/leg/ana", "Ana"), ("/leg/ben", "Ben")] {
            let picked_up = heard.lines.iter().filter(|line| {
                line.who == Who::Person(name.to_owned()) && line.what.ends_with("picks up")
            });
            prop_assert_eq!(server.to(path).len(), picked_up.count(), "{}", heard);
        }
    }
}

fn run(script: Script, quirks: Quirks) -> (Heard, Canned) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let server = ringing().await;
        let mut exchange = server.exchange();
        exchange.quirks = quirks;
        (clean(exchange.call(script).await), server)
    })
}
