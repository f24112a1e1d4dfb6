//! kill -9 at any moment: a call goes on where it was, and whatever was acknowledged is in the file.
//!
//! `scripts/kill-test` runs the last test with as many kills as it is asked for.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};

use ringback::call::CallId;
use ringback::phone::{Exchange, FinalStatus, Purpose, Request, Script, Sent};
use ringback::store::CallFilter;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use crate::support::line::{
    CALLER, FRONT_DESK, LINE, PUBLIC_URL, SETTINGS, TOKEN, TWO_AREAS, TestLine, assert_proven, home_with,
    judge_answer, outcome_of, path_in, read_home, rings,
};
use crate::support::process::{Served, ringback};

fn exchange(address: &str) -> Exchange {
    let mut exchange = Exchange::new(&format!("http://{address}"), PUBLIC_URL);
    exchange.secret = Some(TOKEN.to_owned());
    exchange
}

/// Kills the server after every single webhook of the call, and starts it again.
async fn killed_throughout(flow: &str, script: Script) -> String {
    let mut recorded = TestLine::open_with(SETTINGS, &[("front-desk", flow)]).await;
    recorded.exchange.quirks.final_status = FinalStatus::Doubled;
    let heard = recorded.call(script).await;

    let home = home_with(SETTINGS, &[("front-desk", flow)]);
    let mut served = Served::start(home.path());
    let mut before: Option<(Request, Vec<u8>)> = None;
    for Sent { request, purpose, .. } in &heard.sent {
        let exchange = exchange(&served.address);
        if let Some((again, bytes)) = &before {
            assert_eq!(exchange.send(again).await.unwrap().body, bytes.as_slice(), "{again:?}");
        }
        let answer = exchange.send(request).await.unwrap();
        judge_answer(&answer);
        assert!(!answer.text().contains("small problem"), "{}: {}", request.target, answer.text());
        before = (*purpose != Purpose::Report).then(|| (request.clone(), answer.body.to_vec()));
        served.kill();
        served = Served::start(home.path());
    }
    served.kill();
    told(home.path())
}

/// What is in the file: outcome, way, open entries.
fn told(home: &Path) -> String {
    let (calls, open) = read_home(home, |tx| {
        (tx.calls(&CallFilter::default()).unwrap(), tx.call_backs(false).unwrap().len())
    });
    assert_eq!(calls.len(), 1, "{calls:#?}");
    assert_proven(home, ringback::clock::now());
    format!("{}, {}, {open} open", outcome_of(&calls[0]), path_in(home, calls[0].id))
}

#[tokio::test]
async fn a_call_outlives_a_kill_between_any_two_webhooks() {
    let never = "never answers";
    for (flow, caller, staff, wanted) in [
        (FRONT_DESK, "", ("accepts after 4s", never), "answered by ana, hello, 0 open"),
        (FRONT_DESK, "9, 1", (never, never), "missed: rang_out, hello busy:9 busy:1 call-me, 1 open"),
        (FRONT_DESK, "2, message 8s", (never, never), "missed: voicemail_left, hello busy:2 message, 1 open"),
        (FRONT_DESK, "1", ("hangs up after 2s", never), "missed: declined, hello busy:1 call-me, 1 open"),
        (
            TWO_AREAS,
            "1",
            ("voicemail after 4s", "accepts after 3s"),
            "answered by ben, hello:1 repairs, 0 open",
        ),
        (TWO_AREAS, "2, silence", (never, never), "missed: voicemail_empty, hello:2 billing message, 1 open"),
    ] {
        assert_eq!(killed_throughout(flow, rings(CALLER, caller, staff)).await, wanted);
    }
    let script = rings("anonymous", "1, 5550142#, 1", (never, never));
    assert_eq!(
        killed_throughout(FRONT_DESK, script).await,
        "missed: rang_out, hello busy:1 call-me:1, 1 open"
    );
}

/// Everything that the server acknowledged: the call's id, the turn and the bytes.
#[derive(Default)]
struct Acknowledged {
    /// With our number, unless the caller heard the safe reply, which knows none.
    calls: Vec<(String, Option<CallId>)>,
    turns: Vec<(CallId, u16, Vec<u8>)>,
    requests: usize,
    repeated: usize,
    safe: usize,
}

/// What callers and killer share.
struct Load {
    /// The way to the server that runs now; none while it is down.
    up: watch::Receiver<Option<Arc<Exchange>>>,
    acknowledged: AtomicUsize,
    heard: Notify,
    enough: AtomicBool,
}

impl Load {
    /// The way to the server, as soon as there is one.
    async fn exchange(&self) -> Arc<Exchange> {
        let mut up = self.up.clone();
        up.wait_for(Option::is_some).await.unwrap().clone().unwrap()
    }

    /// Sends it until it is acknowledged, as a provider does.
    async fn send(&self, request: &Request, mine: &mut Acknowledged) -> Vec<u8> {
        loop {
            let Ok(answer) = self.exchange().await.send(request).await else {
                mine.repeated += 1;
                // The word that the server is gone may come after the broken connection.
                tokio::task::yield_now().await;
                continue;
            };
            judge_answer(&answer);
            mine.requests += 1;
            // A disk that takes its time under so many starts; what was answered so must be kept all the same.
            mine.safe += usize::from(is_safe(&answer.body));
            self.acknowledged.fetch_add(1, SeqCst);
            self.heard.notify_one();
            return answer.body.to_vec();
        }
    }

    async fn caller(self: Arc<Self>) -> Acknowledged {
        let mut mine = Acknowledged::default();
        while !self.enough.load(SeqCst) {
            let exchange = self.exchange().await;
            let id = exchange.fresh_id("CA");
            let mut params = exchange.first_params(&id, CALLER, LINE);
            let document = self.send(&Request::post("/twilio/voice", params.clone()), &mut mine).await;
            let call = (!is_safe(&document)).then(|| number_in(std::str::from_utf8(&document).unwrap()));
            mine.calls.push((id, call));
            mine.turns.extend(call.map(|call| (call, 0, document)));
            for (turn, kind, key, value) in [
                (1, "rang", "DialCallStatus", "no-answer"),
                (2, "silence", "x", "y"),
                (3, "key", "Digits", "1"),
            ] {
                let Some(call) = call else { break };
                let mut params = params.clone();
                params.push((key.to_owned(), value.to_owned()));
                let request = Request::post(format!("/twilio/call/{call}/{turn}/{kind}"), params);
                let document = self.send(&request, &mut mine).await;
                if is_safe(&document) {
                    break;
                }
                mine.turns.push((call, turn, document));
            }
            params.retain(|(key, _)| key != "CallStatus");
            params.push(("CallStatus".to_owned(), "completed".to_owned()));
            self.send(&Request::post("/twilio/status", params), &mut mine).await;
        }
        mine
    }
}

fn is_safe(document: &[u8]) -> bool {
    String::from_utf8_lossy(document).contains("/twilio/safe/")
}

/// The call's number in the URLs of a document.
fn number_in(document: &str) -> CallId {
    let (_, rest) = document.split_once("/twilio/call/").unwrap();
    CallId(rest.split('/').next().unwrap().parse().unwrap())
}

/// As many as the suite has time for; the script asks for more.
const KILLS: usize = 100;
const CALLERS: usize = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kills_under_load_lose_nothing_that_was_acknowledged() {
    let kills = std::env::var("RINGBACK_KILLS").map_or(KILLS, |kills| kills.parse().unwrap());
    let home = home_with(SETTINGS, &[("front-desk", FRONT_DESK)]);
    let mut served = Served::start(home.path());
    let (tell, up) = watch::channel(Some(Arc::new(exchange(&served.address))));
    let load = Arc::new(Load {
        up,
        acknowledged: AtomicUsize::new(0),
        heard: Notify::new(),
        enough: AtomicBool::new(false),
    });
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        callers.spawn(load.clone().caller());
    }
    let mut seed = std::process::id();
    for _ in 0..kills {
        // Random in how much was done, not in time: a slow machine is killed in the middle of something too.
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let until = load.acknowledged.load(SeqCst) + 5 + (seed >> 16) as usize % 40;
        while load.acknowledged.load(SeqCst) < until {
            load.heard.notified().await;
        }
        served.kill();
        tell.send(None).unwrap();
        served = Served::start(home.path());
        tell.send(Some(Arc::new(exchange(&served.address)))).unwrap();
    }
    load.enough.store(true, SeqCst);
    let mut all = Acknowledged::default();
    while let Some(mine) = callers.join_next().await {
        let mine = mine.unwrap();
        all.calls.extend(mine.calls);
        all.turns.extend(mine.turns);
        all.requests += mine.requests;
        all.repeated += mine.repeated;
        all.safe += mine.safe;
    }
    served.kill();
    // What only the journal kept is imported before anybody is answered.
    Served::start(home.path()).kill();

    let (calls, lost) = read_home(home.path(), |tx| {
        let calls = tx.calls(&CallFilter::default()).unwrap();
        let by_id: HashMap<&str, CallId> =
            calls.iter().map(|call| (call.call_id.as_str(), call.id)).collect();
        let known = |id: &str, number: Option<CallId>| {
            by_id.get(id).is_some_and(|kept| number.is_none_or(|number| number == *kept))
        };
        let lost_calls = all.calls.iter().filter(|(id, number)| !known(id, *number)).count();
        let same = |call, turn, bytes: &[u8]| {
            tx.reply_of(call, turn).unwrap().is_some_and(|kept| kept.as_bytes() == bytes)
        };
        let lost_turns = all.turns.iter().filter(|(call, turn, bytes)| !same(*call, *turn, bytes)).count();
        assert_eq!(tx.complaint().unwrap(), None);
        (calls.len(), (lost_calls, lost_turns))
    });
    println!(
        "{kills} kills under load of {CALLERS} callers: {} requests acknowledged, {} sent again, {} answered \
         with the safe reply, {calls} calls in the file; lost: {} calls, {} turns",
        all.requests, all.repeated, all.safe, lost.0, lost.1
    );
    assert_eq!(lost, (0, 0));
    assert_eq!(calls, all.calls.len(), "and none is there twice");
    // Of what heard the safe reply there is no turn to look for, and a kill that met nobody shows nothing.
    assert!(all.turns.len() * 2 > all.requests, "{} turns of {} answers", all.turns.len(), all.requests);
    assert!(all.repeated >= kills, "{} requests were cut off by {kills} kills", all.repeated);
    let open = read_home(home.path(), |tx| tx.call_backs(false).unwrap());
    assert_eq!(open.len(), 1, "one caller, one entry");
    assert_eq!(open[0].calls as usize, calls);
    let proof = ringback(home.path(), &["proof"]);
    assert_eq!(proof.code, 0, "{}{}", proof.said, proof.talked);
}
