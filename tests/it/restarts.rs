//! The server is restarted again and again under a hundred callers, on every flow that is shipped: no caller hears an
//! error, or anything else but the flow.
//!
//! Between provider and server stands a proxy that asks again for some seconds where nobody answers, as Caddy does with
//! `lb_try_duration`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use ringback::call::Outcome;
use ringback::phone::{Exchange, Script};
use ringback::store::CallFilter;
use ringback::switchboard::SHIPPED;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::support::judge::judge;
use crate::support::line::{ANA, BEN, LINE, PUBLIC_URL, TOKEN, home_with, read_home};
use crate::support::process::{Served, ringback};

const CALLS: usize = 100;
const AT_ONCE: usize = 10;
const RESTARTS: usize = 3;
/// How long the proxy goes on asking.
const PROXY: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(5);

/// People for every area of every flow.
const PEOPLE: &str = r#"
public_url = "https://phone.example.com"
[business]
name = "Ridge Plumbing"
time_zone = "America/New_York"
[people.ana]
number = "+15550101"
areas = ["repairs", "orders", "appointments", "family-law", "tables", "emergencies"]
[people.ben]
number = "+15550102"
areas = ["repairs", "billing", "pain", "property"]
[lines."+15550100"]
"#;

const CALLERS: [&str; 10] = [
    "",
    "1",
    "2, message 9s",
    "3",
    "0",
    "1, 4711#, 1",
    "silence, silence, message 4s",
    "hang up after 3s",
    "1, 2, 1",
    "hang up after 6s of ringing",
];
const STAFF: [(&str, &str); 5] = [
    ("never answers", "never answers"),
    ("accepts after 4s and talks 30s", "never answers"),
    ("busy", "accepts after 6s"),
    ("voicemail after 4s", "hangs up after 3s"),
    ("hangs up after 2s", "busy"),
];

/// Hands each request to the server that runs now, again and again until that answers; how often it had to.
async fn stand_between(listener: TcpListener, up: watch::Receiver<String>, again: Arc<AtomicUsize>) {
    let mut all = JoinSet::new();
    while let Ok((caller, _)) = listener.accept().await {
        all.spawn(pass_on(caller, up.clone(), again.clone()));
    }
}

async fn pass_on(mut caller: TcpStream, up: watch::Receiver<String>, again: Arc<AtomicUsize>) {
    while let Some(request) = whole(&mut caller).await {
        let begun = Instant::now();
        let answer = loop {
            let address = up.borrow().clone();
            if let Some(answer) = asked(&address, &request).await {
                break answer;
            }
            again.fetch_add(1, SeqCst);
            if begun.elapsed() > PROXY {
                break b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n".to_vec();
            }
            sleep(PAUSE).await;
        };
        if caller.write_all(&answer).await.is_err() {
            return;
        }
    }
}

async fn asked(address: &str, request: &[u8]) -> Option<Vec<u8>> {
    let mut server = TcpStream::connect(address).await.ok()?;
    server.write_all(request).await.ok()?;
    whole(&mut server).await
}

/// One request or response with its body.
async fn whole(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).to_ascii_lowercase();
        if let Some(head) = text.find("\r\n\r\n") {
            let length = text[..head].split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
            let length: usize = length.map_or(0, |length| length.trim().parse().unwrap());
            if bytes.len() >= head + 4 + length {
                return Some(bytes);
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

/// What callers and whoever restarts share.
struct Load {
    exchange: Exchange,
    next: AtomicUsize,
    over: AtomicUsize,
    ended: Notify,
}

impl Load {
    async fn callers(self: Arc<Self>) {
        loop {
            let number = self.next.fetch_add(1, SeqCst);
            if number >= CALLS {
                return;
            }
            let (ana, ben) = STAFF[number / CALLERS.len() % STAFF.len()];
            let script = Script::new(&format!("+155501{:02}", 50 + number % 50), LINE);
            let script = script.caller(CALLERS[number % CALLERS.len()]).unwrap();
            let script = script.person(ANA, ana).unwrap().person(BEN, ben).unwrap();
            let heard =
                self.exchange.call(script).await.clean().unwrap_or_else(|unclean| panic!("{unclean}"));
            for document in heard.documents() {
                judge(&document);
                assert!(!document.contains("small problem"), "{heard}");
            }
            self.over.fetch_add(1, SeqCst);
            self.ended.notify_one();
        }
    }
}

async fn restarted_under(name: &str, flow: &str) {
    let home = home_with(&format!("{PEOPLE}flow = \"{name}\"\n"), &[(name, flow)]);
    let mut served = Served::start(home.path());
    let (tell, up) = watch::channel(served.address.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = format!("http://{}", listener.local_addr().unwrap());
    let again = Arc::new(AtomicUsize::new(0));
    let standing = tokio::spawn(stand_between(listener, up, again.clone()));
    let mut exchange = Exchange::new(&proxy, PUBLIC_URL);
    exchange.secret = Some(TOKEN.to_owned());
    let load = Arc::new(Load {
        exchange,
        next: AtomicUsize::new(0),
        over: AtomicUsize::new(0),
        ended: Notify::new(),
    });
    let mut callers = JoinSet::new();
    for _ in 0..AT_ONCE {
        callers.spawn(load.clone().callers());
    }
    for restart in 1..=RESTARTS {
        // In the middle of calls, however fast they are.
        while load.over.load(SeqCst) < CALLS * restart / (RESTARTS + 1) {
            tokio::select! {
                () = load.ended.notified() => {}
                Some(caller) = callers.join_next() => caller.unwrap(),
            }
        }
        assert_eq!(served.terminate(), Some(0), "{name}");
        served = Served::start(home.path());
        tell.send(served.address.clone()).unwrap();
    }
    while let Some(caller) = callers.join_next().await {
        caller.unwrap();
    }
    assert!(again.load(SeqCst) >= RESTARTS, "{name}: nobody called while the server was away");
    assert_eq!(served.terminate(), Some(0), "{name}");
    standing.abort();
    let calls = read_home(home.path(), |tx| tx.calls(&CallFilter::default()).unwrap());
    assert_eq!(calls.len(), CALLS, "{name}");
    assert!(calls.iter().all(|call| call.outcome != Outcome::InProgress), "{name}");
    let proof = ringback(home.path(), &["proof"]);
    assert_eq!(proof.code, 0, "{name}: {}{}", proof.said, proof.talked);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn restarts_under_a_hundred_callers_of_any_flow_are_heard_by_none() {
    for (name, flow) in SHIPPED {
        restarted_under(name, flow).await;
    }
}
