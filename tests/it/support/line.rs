//! A real server on a real database, in a folder of its own, with a provider and a clock that the test moves.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::SeqCst};

use jiff::{SignedDuration, Timestamp};
use ringback::call::{CallId, Outcome};
use ringback::phone::{Clock, Exchange, Heard, Purpose, Request, Response, Script};
use ringback::server::{Limits, Opening, Station};
use ringback::settings::{Environment, Home, Secret};
use ringback::store::{CallBackLine, CallFilter, CallLine, Claim, Desk, Reader, StoreError, Tx};
use ringback::switchboard::{Draft, RING_LIMIT, Switchboard};
use rusqlite::Connection;
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::judge::judge;

pub const TOKEN: &str = "0123456789abcdef0123456789abcdef";
pub const PUBLIC_URL: &str = "https://phone.example.com";
pub const LINE: &str = "+15550100";
pub const ANA: &str = "+15550101";
pub const BEN: &str = "+15550102";
pub const CALLER: &str = "+15550142";

/// Ridge Plumbing, always open, with the flow of the test.
pub const SETTINGS: &str = r#"
public_url = "https://phone.example.com"
[business]
name = "Ridge Plumbing"
time_zone = "America/New_York"
[people.ana]
number = "+15550101"
areas = ["repairs"]
[people.ben]
number = "+15550102"
areas = ["billing", "repairs"]
[lines."+15550100"]
flow = "front-desk"
"#;

pub const FRONT_DESK: &str = include_str!("../../../ivr-flows/front-desk.toml");
pub const TWO_AREAS: &str = include_str!("../../../ivr-flows/two-areas.toml");

/// A Friday in New York, five past one.
pub const FRIDAY: &str = "2026-11-20T18:05:00Z";

/// Another program that writes to the database and does not come to an end, until dropped.
pub fn lock(home: &Path) -> Connection {
    let other = Connection::open(home.join("ringback.db")).unwrap();
    other.execute_batch("begin immediate").unwrap();
    other
}

/// A line that is open until the test is over.
pub struct TestLine {
    pub home: TempDir,
    pub exchange: Exchange,
    pub clock: Clock,
    pub switchboard: Arc<Switchboard>,
    /// By how many milliseconds somebody moved the clock on the wall.
    moved: Arc<AtomicI64>,
    stop: oneshot::Sender<()>,
    served: JoinHandle<()>,
}

impl TestLine {
    /// Ridge Plumbing with the front desk, on a Friday in New York at five past one.
    pub async fn open() -> Self {
        Self::open_with(SETTINGS, &[("front-desk", FRONT_DESK)]).await
    }

    pub async fn open_with(settings: &str, flows: &[(&str, &str)]) -> Self {
        Self::open_home(home_with(settings, flows), Clock::starting(FRIDAY.parse().unwrap())).await
    }

    /// The flow of the test answers the one line.
    pub async fn with_flow(flow: &str) -> Self {
        Self::open_with(SETTINGS, &[("front-desk", flow)]).await
    }

    pub async fn open_home(folder: TempDir, clock: Clock) -> Self {
        Self::open_limited(folder, clock, Limits::default()).await
    }

    pub async fn open_limited(folder: TempDir, clock: Clock, limits: Limits) -> Self {
        let home = Home::new(folder.path());
        let environment = environment();
        let draft = Draft::read(&home, &environment, false).unwrap();
        let moved = Arc::new(AtomicI64::new(0));
        let (steady, told, by) = (clock.clone(), clock.clone(), moved.clone());
        let wall = move || told.now() + SignedDuration::from_millis(by.load(SeqCst));
        let opening = Opening {
            home,
            environment,
            listen: "127.0.0.1:0".parse().unwrap(),
            insecure: false,
            clock: ringback::clock::Clock::told(wall).with_steady(move || steady.now().as_duration()),
        };
        let station = Station::open(opening, &draft).await.unwrap();
        let mut exchange = Exchange::new(&format!("http://{}", station.address), PUBLIC_URL);
        exchange.secret = Some(TOKEN.to_owned());
        exchange.clock = clock.clone();
        let switchboard = station.switchboard.clone();
        let (stop, stopped) = oneshot::channel::<()>();
        let served = tokio::spawn(async move {
            let until = async { drop(stopped.await) };
            station.serve(limits, until).await.unwrap();
        });
        Self { home: folder, exchange, clock, switchboard, moved, stop, served }
    }

    /// Places a call; every document in it is judged.
    pub async fn call(&self, script: Script) -> Heard {
        let heard = self.exchange.call(script).await;
        judge_all(&heard);
        heard.clean().unwrap()
    }

    /// Somebody rings the line; what the caller does, and what happens at Ana's and Ben's phones.
    pub async fn rings(&self, caller: &str, (ana, ben): (&str, &str)) -> Heard {
        self.call(rings(CALLER, caller, (ana, ben))).await
    }

    /// Sends one signed request; whatever is answered is judged.
    pub async fn send(&self, request: &Request) -> Response {
        let answer = self.exchange.send(request).await.unwrap();
        judge_answer(&answer);
        answer
    }

    /// Sends what the provider held back.
    pub async fn send_late(&self, heard: &Heard) {
        for request in &heard.late {
            assert_eq!(self.send(request).await.status, 204);
        }
    }

    /// Reads what is in the file.
    pub fn read<T>(&self, read: impl FnOnce(&Tx<'_>) -> T) -> T {
        read_home(self.home.path(), read)
    }

    /// All calls, newest first.
    pub fn calls(&self) -> Vec<CallLine> {
        self.read(|tx| tx.calls(&CallFilter::default()).unwrap())
    }

    /// The open entries in the order of the list.
    pub fn call_backs(&self) -> Vec<CallBackLine> {
        let now = self.now();
        self.read(|tx| tx.call_back_lines(false, now).unwrap())
    }

    /// All entries, closed ones too.
    pub fn all_call_backs(&self) -> Vec<CallBackLine> {
        let now = self.now();
        self.read(|tx| tx.call_back_lines(true, now).unwrap())
    }

    /// The one open entry.
    pub fn entry(&self) -> CallBackLine {
        let mut open = self.call_backs();
        assert_eq!(open.len(), 1, "{open:#?}");
        open.remove(0)
    }

    /// What came of the newest call: `answered by ana`, `missed: rang_out`, `blocked`.
    pub fn outcome(&self) -> String {
        outcome_of(&self.calls()[0])
    }

    /// The way of the newest call: `hello busy:1 call-me`.
    pub fn path(&self) -> String {
        self.path_of(self.calls()[0].id)
    }

    pub fn path_of(&self, call: CallId) -> String {
        path_in(self.home.path(), call)
    }

    /// Does what a person does with a command, beside the running server.
    pub fn write<T>(&self, write: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError>) -> T {
        Desk::open(&self.home.path().join("ringback.db")).unwrap().write(write).unwrap()
    }

    /// Reads the home again, as the server does a second after an edit; whether it is live.
    pub async fn take_up(&self) -> bool {
        self.switchboard.take_up(&Home::new(self.home.path()), &environment()).await.unwrap()
    }

    /// Edits a file of the home.
    pub fn edit(&self, file: &str, text: &str) {
        fs::write(self.home.path().join(file), text).unwrap();
    }

    /// Stops the server between two requests, and opens the line again.
    pub async fn restart(self) -> Self {
        let (clock, quirks) = (self.clock.clone(), self.exchange.quirks);
        let mut line = Self::open_home(self.close().await, clock).await;
        line.exchange.quirks = quirks;
        line
    }

    /// Somebody moves the clock on the wall.
    pub fn move_clock(&self, by: SignedDuration) {
        self.moved.fetch_add(by.as_millis() as i64, SeqCst);
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Stops the server as a deploy would, and leaves the folder.
    pub async fn close(self) -> TempDir {
        let Self { home, switchboard, stop, served, .. } = self;
        drop(switchboard);
        let _ = stop.send(());
        served.await.unwrap();
        home
    }
}

/// A home of its own.
pub fn home_with(settings: &str, flows: &[(&str, &str)]) -> TempDir {
    let home = TempDir::new().unwrap();
    fs::create_dir(home.path().join("ivr-flows")).unwrap();
    fs::write(home.path().join("ringback.toml"), settings).unwrap();
    for (name, source) in flows {
        fs::write(home.path().join(format!("ivr-flows/{name}.toml")), source).unwrap();
    }
    home
}

/// Reads the file of a home.
pub fn read_home<T>(home: &Path, read: impl FnOnce(&Tx<'_>) -> T) -> T {
    let mut reader = Reader::open(&home.join("ringback.db")).unwrap().unwrap();
    reader.read(|tx| Ok(read(tx))).unwrap()
}

/// Nothing slipped in that file; what did is named.
pub fn assert_proven(home: &Path, now: Timestamp) {
    let zone = jiff::tz::TimeZone::get("America/New_York").unwrap();
    let proof = read_home(home, |tx| tx.proof(&Claim::of_all(&zone, now, RING_LIMIT)).unwrap());
    assert!(proof.holds(), "{proof:#?}");
}

/// The way of a call: `hello busy:1 call-me`.
pub fn path_in(home: &Path, call: CallId) -> String {
    let steps = read_home(home, |tx| tx.path_of(call).unwrap());
    let words = steps.iter().map(|step| match &step.key {
        Some(key) => format!("{}:{key}", step.step),
        None => step.step.to_string(),
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Who rings, what the caller does, and what happens at Ana's and Ben's phones.
pub fn rings(from: &str, caller: &str, (ana, ben): (&str, &str)) -> Script {
    Script::new(from, LINE).caller(caller).unwrap().person(ANA, ana).unwrap().person(BEN, ben).unwrap()
}

pub fn outcome_of(call: &CallLine) -> String {
    match (&call.outcome, call.outcome.reason_word()) {
        (Outcome::Answered(accept), _) => format!("answered by {}", accept.by),
        (Outcome::Missed(_), Some(reason)) => format!("missed: {reason}"),
        (outcome, _) => outcome.word().to_owned(),
    }
}

fn environment() -> Environment {
    Environment { twilio_auth_token: Some(Secret::new(TOKEN)), ..Environment::default() }
}

/// Judges every answer of a call: documents, and reports, which are answered by nothing.
pub fn judge_all(heard: &Heard) {
    for sent in &heard.sent {
        let Ok(answer) = &sent.answer else { continue };
        match sent.purpose {
            Purpose::Turn | Purpose::Leg | Purpose::Fallback => judge(&answer.text()),
            Purpose::Report => judge_answer(answer),
        }
    }
}

/// A genuine request is answered by a document, or by nothing where it only told something.
pub fn judge_answer(answer: &Response) {
    match answer.status {
        204 => assert!(answer.body.is_empty()),
        200 => judge(&answer.text()),
        status => panic!("{status}: {}", answer.text()),
    }
}

/// First fetches of so many calls, each answered well; their ids.
pub async fn calls(address: &str, times: usize) -> Vec<String> {
    let mut exchange = Exchange::new(&format!("http://{address}"), PUBLIC_URL);
    exchange.secret = Some(TOKEN.to_owned());
    let mut ids = Vec::new();
    for _ in 0..times {
        let id = exchange.fresh_id("CA");
        let params = exchange.first_params(&id, CALLER, LINE);
        judge_answer(&exchange.send(&Request::post("/twilio/voice", params)).await.unwrap());
        ids.push(id);
    }
    ids
}
