//! Whatever the order in which the same requests come, and however often: the same rows, and the same bytes.

use std::collections::HashMap;
use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use ringback::call::{CallId, PersonName, PhoneNumber};
use ringback::phone::{Clock, FinalStatus, Heard, Purpose, Quirks, Request, Script, Unaccepted};
use tokio::runtime::Runtime;

use crate::support::line::{CALLER, FRIDAY, FRONT_DESK, SETTINGS, TWO_AREAS, TestLine, assert_proven, rings};

const CASES: u32 = 5;
const BLOCKED: &str = "+15550166";
/// Two flows, none of which is for the number that is rung: the safe reply.
const AMBIGUOUS: &str = "two flows";

/// Two languages, a question, and a message that is written down.
const TALK: &str = r#"
languages = ["en", "es"]

[start]
open = "hello"

[step.hello]
say     = { en = "Hi.", es = "Hola." }
press.1 = { offer = { en = "tell us the job", es = "decirnos el trabajo" }, go = "job" }
silence = "message"

[step.job]
ask     = { en = "Which job?", es = "¿Qué trabajo?" }
as      = "job"
confirm = true
go      = "message"

[step.message]
message    = { en = "Job {job}, {promise}.", es = "Trabajo {job}, {promise}." }
transcribe = true
"#;

const TWO_TIMES: &str = r#"
[start]
open = "hello"

[step.hello]
say     = "Hi."
press.1 = { offer = "have us call you", go = "call-me" }
silence = "call-me"

[step.call-me]
call-back = true
two-times = true
"#;

/// One call as the provider lived it.
struct Course {
    name: &'static str,
    flow: &'static str,
    /// Turns and the requests of legs, in causal order.
    asked: Vec<Request>,
    /// What may come at any time, or never.
    told: Vec<Request>,
}

/// What all orders must agree on: the rows, and what each request was answered.
#[derive(Debug, PartialEq)]
struct Ending {
    rows: String,
    answers: HashMap<String, Vec<u8>>,
}

struct Scripted {
    name: &'static str,
    flow: &'static str,
    script: Script,
    quirks: Quirks,
}

fn scripts() -> Vec<Scripted> {
    let never = "never answers";
    let one = |name, flow, script| Scripted { name, flow, script, quirks: Quirks::default() };
    let mut list = vec![
        one("accepted", FRONT_DESK, rings(CALLER, "", ("accepts after 4s and talks 30s", never))),
        one("two accept", FRONT_DESK, rings(CALLER, "", ("accepts after 4s", "accepts after 4s"))),
        one("call-back", FRONT_DESK, rings(CALLER, "1", (never, never))),
        one("message", FRONT_DESK, rings(CALLER, "2, message 9s", (never, never))),
        one("empty", FRONT_DESK, rings(CALLER, "2, silence", (never, never))),
        one("declined", FRONT_DESK, rings(CALLER, "9, 1", ("hangs up after 3s", "busy"))),
        one("withheld", FRONT_DESK, rings("anonymous", "1, 5550142#, 1", (never, never))),
        one("gave up", FRONT_DESK, rings(CALLER, "hang up after 9s of ringing", (never, never))),
        one("areas", TWO_AREAS, rings(CALLER, "2, message 9s", (never, "voicemail after 4s"))),
        one("in turn", TWO_AREAS, rings(CALLER, "1", ("voicemail after 4s", "accepts after 3s"))),
    ];
    list.push(one("talk", TALK, rings(CALLER, "9, 1, 4711#, 1, message 9s", (never, never))));
    list.push(one("two times", TWO_TIMES, rings(CALLER, "1, 2", (never, never))));
    list.push(one("blocked", FRONT_DESK, rings(BLOCKED, "", (never, never))));
    let mut race = one(
        "race",
        FRONT_DESK,
        rings(CALLER, "hang up after 5s of ringing", ("accepts as the caller leaves", never)),
    );
    race.quirks.unaccepted = Unaccepted::CompletedBridged;
    list.push(race);
    for (name, caller, ana) in [
        ("safe accepted", "", "accepts after 4s"),
        ("safe message", "message 7s", "voicemail after 4s"),
        ("safe and gone", "hang up after 9s of ringing", never),
    ] {
        let mut safe = one(name, AMBIGUOUS, rings(CALLER, caller, (ana, never)));
        safe.script.to = "+15550199".to_owned();
        list.push(safe);
    }
    let mut silent = one("empty with action", FRONT_DESK, rings(CALLER, "2, silence", (never, never)));
    silent.quirks.empty_recording_has_action = true;
    list.push(silent);
    list
}

/// A line whose clock stands still, whatever the provider's does.
async fn still_line(flow: &str) -> TestLine {
    let mut flows = vec![("front-desk", flow)];
    if flow == AMBIGUOUS {
        flows = vec![("front-desk", FRONT_DESK), ("two-areas", TWO_AREAS)];
    }
    let mut line = TestLine::open_with(SETTINGS, &flows).await;
    line.exchange.clock = Clock::starting(FRIDAY.parse().unwrap());
    let (ana, now) = (PersonName::parse("ana").unwrap(), line.now());
    line.write(|tx| tx.block(&PhoneNumber::parse(BLOCKED).unwrap(), &ana, now));
    line
}

async fn lived(scripted: Scripted) -> Course {
    let mut line = still_line(scripted.flow).await;
    line.exchange.quirks = Quirks { final_status: FinalStatus::Doubled, ..scripted.quirks };
    let heard: Heard = line.call(scripted.script).await;
    let (told, asked): (Vec<_>, Vec<_>) =
        heard.sent.into_iter().partition(|sent| sent.purpose == Purpose::Report);
    let requests =
        |sent: Vec<ringback::phone::Sent>| sent.into_iter().map(|sent| sent.request).collect::<Vec<_>>();
    let (asked, mut told) = (requests(asked), requests(told));
    told.dedup();
    if asked.iter().any(|request| request.target.ends_with("/recorded")) {
        told.extend(transcripts(&asked[0]));
    }
    Course { name: scripted.name, flow: scripted.flow, asked, told }
}

/// What was said in a message: by one who names the caller and by one who does not, and by one who heard nothing.
fn transcripts(first: &Request) -> Vec<Request> {
    let of_call = |pair: &&(String, String)| ["AccountSid", "CallSid"].contains(&pair.0.as_str());
    let partial: Vec<_> = first.params.iter().filter(of_call).cloned().collect();
    let tell = |params: &[(String, String)], status: &str, words: &str| {
        let told = [("TranscriptionStatus", status), ("TranscriptionText", words)];
        let told = told.map(|(key, value)| (key.to_owned(), value.to_owned())).to_vec();
        Request::post("/twilio/call/1/transcript/2", [params, &told].concat())
    };
    vec![
        tell(&first.params, "completed", "the boiler leaks"),
        tell(&partial, "completed", "the boiler is leaking again"),
        tell(&partial, "failed", ""),
    ]
}

/// The fallback as the provider would ask for it, although a reply came in time after all.
fn fallback(course: &Course) -> Request {
    let mut params = course.asked[0].params.clone();
    params
        .extend([("ErrorCode".to_owned(), "11200".to_owned()), ("ErrorUrl".to_owned(), "voice".to_owned())]);
    Request::post("/twilio/fallback", params)
}

/// Sends the requests to a fresh database, one after the other.
async fn ending(flow: &str, requests: &[&Request]) -> Ending {
    let line = still_line(flow).await;
    let mut answers: HashMap<String, Vec<u8>> = HashMap::new();
    for request in requests {
        let body = line.send(request).await.body.to_vec();
        let first = answers.entry(format!("{request:?}")).or_insert_with(|| body.clone());
        assert_eq!(*first, body, "a repeat was answered otherwise: {request:?}");
    }
    assert_proven(line.home.path(), line.now());
    Ending { rows: rows(&line), answers }
}

/// Calls, legs, turns and entries as text. Ids of entries are left out: one that was taken back leaves a gap.
fn rows(line: &TestLine) -> String {
    let calls = line.calls();
    let mut text = String::new();
    for call in &calls {
        let full = line.write(|tx| {
            let record = tx.take_call(call.id)?;
            let replies = (0..40).map(|turn| tx.reply_of(call.id, turn)).collect::<Result<Vec<_>, _>>()?;
            Ok((record, replies))
        });
        let known = line.write(|tx| tx.caller_line(&call.caller));
        text += &format!("{call:#?}\n{}\n{full:#?}\n{known:#?}\n", line.path_of(call.id));
    }
    for entry in line.all_call_backs() {
        text += &format!("{entry:#?}\n");
    }
    let mut kept: Vec<&str> = Vec::new();
    for row in text.lines() {
        let of_entry = kept
            .last()
            .is_some_and(|before| before.ends_with("CallBackId(") || before.ends_with("call_back: Some("));
        if !(of_entry && row.trim().trim_end_matches(',').parse::<i64>().is_ok()) {
            kept.push(row);
        }
    }
    kept.join("\n")
}

/// Where each request goes: turns stay in order, their repeats come after them, the rest comes anywhere.
fn shuffled<'a>(course: &'a Course, told: &'a [Request], keys: &[u32]) -> Vec<&'a Request> {
    let mut keys = keys.iter().copied().cycle();
    let mut key = move || keys.next().unwrap_or_default();
    let mut order: Vec<&Request> = course.asked.iter().collect();
    for request in &course.asked {
        for _ in 0..key() % 3 {
            let first = order.iter().position(|other| std::ptr::eq(*other, request)).unwrap_or_default();
            let at = first + 1 + key() as usize % (order.len() - first);
            order.insert(at, request);
        }
    }
    for request in told {
        for _ in 0..=key() % 2 {
            order.insert(key() as usize % (order.len() + 1), request);
        }
    }
    order
}

#[test]
fn every_order_of_the_same_requests_ends_in_the_same_rows_and_bytes() {
    let runtime = Arc::new(Runtime::new().unwrap());
    for scripted in scripts() {
        let course = runtime.block_on(lived(scripted));
        for falls_back in [false, true] {
            let mut told = course.told.clone();
            if falls_back {
                told.push(fallback(&course));
            }
            let plain: Vec<&Request> = course.asked.iter().chain(&told).collect();
            let wanted = runtime.block_on(ending(course.flow, &plain));
            let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
            let keys = proptest::collection::vec(any::<u32>(), 24..64);
            let outcome = TestRunner::new(config).run(&keys, |keys| {
                let order = shuffled(&course, &told, &keys);
                let found = runtime.block_on(ending(course.flow, &order));
                let targets = || order.iter().map(|request| request.target.as_str()).collect::<Vec<_>>();
                let rows =
                    found.rows.lines().zip(wanted.rows.lines()).find(|(found, wanted)| found != wanted);
                prop_assert!(found.rows == wanted.rows, "{rows:?} {:#?}", targets());
                prop_assert_eq!(&found.answers, &wanted.answers, "{:#?}", targets());
                Ok(())
            });
            if let Err(error) = outcome {
                panic!("{}: {error}", course.name);
            }
        }
    }
}

/// Two calls of one caller, one after the other by the provider's clock, with their requests mixed freely.
#[test]
fn two_calls_of_one_caller_end_in_the_same_entry_however_they_are_mixed() {
    let runtime = Arc::new(Runtime::new().unwrap());
    let never = ("never answers", "never answers");
    for (first, second) in
        [("1, message 9s", "2, message 5s"), ("1, message 9s", "silence, silence, silence, silence")]
    {
        let (one, two) = runtime.block_on(async {
            let line = still_line(TWO_AREAS).await;
            let one = line.call(rings(CALLER, first, never)).await;
            (one, line.call(rings(CALLER, second, never)).await)
        });
        let asks = |heard: &Heard, report: bool| {
            let of_kind = heard.sent.iter().filter(|sent| (sent.purpose == Purpose::Report) == report);
            of_kind.map(|sent| sent.request.clone()).collect::<Vec<_>>()
        };
        let (one, two) = ((asks(&one, false), asks(&one, true)), (asks(&two, false), asks(&two, true)));
        let plain: Vec<&Request> = one.0.iter().chain(&one.1).chain(&two.0).chain(&two.1).collect();
        let wanted = runtime.block_on(ending(TWO_AREAS, &plain));
        let config = Config { cases: CASES * 3, failure_persistence: None, ..Config::default() };
        let keys = proptest::collection::vec(any::<u32>(), 24..64);
        let outcome = TestRunner::new(config).run(&keys, |keys| {
            let mut keys = keys.iter().copied().cycle();
            let mut key = move || keys.next().unwrap_or_default() as usize;
            // The first fetches give the calls their numbers, which stand in all other URLs.
            let (mut left, mut right) = (one.0[1..].iter().peekable(), two.0[1..].iter().peekable());
            let mut order = vec![&one.0[0], &two.0[0]];
            while left.peek().is_some() || right.peek().is_some() {
                order.extend(if key() % 2 == 0 { left.next() } else { right.next() });
            }
            for request in one.1.iter().chain(&two.1) {
                order.insert(2 + key() % (order.len() - 1), request);
            }
            let found = runtime.block_on(ending(TWO_AREAS, &order));
            let rows = found.rows.lines().zip(wanted.rows.lines()).find(|(found, wanted)| found != wanted);
            let targets = || order.iter().map(|request| request.target.as_str()).collect::<Vec<_>>();
            prop_assert!(found == wanted, "{rows:?} {:#?}", targets());
            Ok(())
        });
        if let Err(error) = outcome {
            panic!("{first} and {second}: {error}");
        }
    }
}

#[tokio::test]
async fn two_equal_requests_in_flight_together_are_one_row_and_equal_bytes() {
    let course = lived(scripts().remove(3)).await;
    for _ in 0..8 {
        let line = still_line(course.flow).await;
        for request in course.asked.iter().chain(&course.told) {
            let answers =
                tokio::join!(line.send(request), line.send(request), line.send(request), line.send(request));
            assert!(
                [&answers.1, &answers.2, &answers.3].iter().all(|answer| **answer == answers.0),
                "{answers:#?}"
            );
        }
        assert_eq!((line.calls().len(), line.outcome().as_str()), (1, "missed: voicemail_left"));
        assert_eq!((line.path().as_str(), line.entry().stored.calls), ("hello busy:2 message", 1));
        let turns =
            line.read(|tx| (0..40).filter(|turn| tx.reply_of(CallId(1), *turn).unwrap().is_some()).count());
        assert_eq!(turns, 4, "the last one says goodbye to whoever is still there");
    }
}
