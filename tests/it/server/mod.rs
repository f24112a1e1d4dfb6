//! One real server on loopback, a switchboard that does what the test says, and raw bytes.

mod clock;
mod crowd;
mod failing;
#[cfg(feature = "failpoints")]
mod failpoints;
mod fallback;
mod genuine;
mod overload;
mod surroundings;
mod wire;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use ringback::call::PhoneNumber;
use ringback::dialect::{Form, News, Route, Webhook, twilio};
use ringback::server::{
    Answer, Answers, CutOff, Limits, Live, MalformedRequest, SafeReplies, Unanswered, run,
};
use ringback::settings::{OnBadSignature, Secret};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(30);
const PUBLIC_URL: &str = "https://phone.example.com";
const KEY: &str = "a key for tests";
const CALL: &str = "CallSid=CA0&AccountSid=AC0&From=%2B15550142&To=%2B15550100&CallStatus=ringing";
const FLOWS_REPLY: &str = "<Response><Say>Hi, you've reached Ridge Plumbing.</Say></Response>";
const APOLOGY: &str = "small problem with our phone line";

/// What the fake switchboard does.
#[derive(Copy, Clone, Debug)]
enum Mood {
    Answers,
    Safe,
    Empty,
    Fails,
    Panics,
    /// Once, where nothing but the clock of ours is asked.
    PanicsInReading,
    Hangs,
    WaitsForTheTest,
    HoldsReports,
}

struct Fake {
    live: Arc<Live>,
    mood: Mood,
    heard: Mutex<Vec<String>>,
    malformed: Mutex<Vec<MalformedRequest>>,
    asked: Notify,
    go_on: Notify,
    has_panicked: AtomicBool,
}

impl Fake {
    async fn feel<T>(&self, answer: T) -> Result<T, Unanswered> {
        self.asked.notify_one();
        match self.mood {
            Mood::Answers | Mood::Safe | Mood::Empty | Mood::HoldsReports | Mood::PanicsInReading => {
                Ok(answer)
            }
            Mood::Fails => Err(Unanswered("the disk is full".into())),
            Mood::Panics => panic!("as the test wants it"),
            Mood::Hangs => std::future::pending().await,
            Mood::WaitsForTheTest => {
                self.go_on.notified().await;
                Ok(answer)
            }
        }
    }
}

impl Answers for Fake {
    fn live(&self) -> Arc<Live> {
        Arc::clone(&self.live)
    }

    fn now(&self) -> Timestamp {
        let has_panicked = self.has_panicked.swap(true, Relaxed);
        assert!(has_panicked || !matches!(self.mood, Mood::PanicsInReading), "as the test wants it");
        "2026-11-02T15:04:05Z".parse().unwrap()
    }

    fn note_turned_away(&self) -> u64 {
        1
    }

    async fn answer(&self, _: Instant, webhook: Webhook) -> Result<Answer, Unanswered> {
        let news = match &webhook.news {
            News::Arrived => "arrived",
            News::Status => "status",
            News::Turn { .. }
            | News::Leg { .. }
            | News::Recording { .. }
            | News::Transcript { .. }
            | News::Fallback { .. }
            | News::Safe { .. } => "else",
        };
        self.heard.lock().unwrap().push(format!("{news} {}", webhook.parties.call.id));
        let answer = match self.mood {
            Mood::Safe => Answer::Safe,
            Mood::Empty => Answer::Nothing,
            Mood::HoldsReports if webhook.news == News::Status => {
                self.asked.notify_one();
                self.go_on.notified().await;
                Answer::Nothing
            }
            Mood::Answers
            | Mood::Fails
            | Mood::Panics
            | Mood::PanicsInReading
            | Mood::Hangs
            | Mood::WaitsForTheTest
            | Mood::HoldsReports => Answer::Document(FLOWS_REPLY.into()),
        };
        self.feel(answer).await
    }

    async fn keep_malformed(&self, _: Instant, request: MalformedRequest) -> Result<(), Unanswered> {
        assert_ne!(request.route, Some(Route::Status));
        self.malformed.lock().unwrap().push(request);
        self.feel(()).await
    }
}

struct Server {
    address: SocketAddr,
    fake: Arc<Fake>,
    stop: Option<oneshot::Sender<()>>,
    running: JoinHandle<Result<(), CutOff>>,
}

impl Server {
    async fn start(live: Live, mood: Mood) -> Self {
        Self::start_with(live, mood, Limits::default()).await
    }

    async fn start_with(live: Live, mood: Mood, limits: Limits) -> Self {
        let fake = Arc::new(Fake {
            live: Arc::new(live),
            mood,
            heard: Mutex::default(),
            malformed: Mutex::default(),
            asked: Notify::new(),
            go_on: Notify::new(),
            has_panicked: AtomicBool::new(false),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(run(listener, Arc::clone(&fake), limits, async {
            let _ = stopped.await;
        }));
        Self { address, fake, stop: Some(stop), running }
    }

    /// Sends these bytes and reads until the server closes the connection.
    async fn ask(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let (mut read, mut write) = stream.split();
        let mut response = Vec::new();
        // A server that refuses a long body closes before it has read all of it.
        let both =
            async { tokio::join!(write.write_all(request.as_bytes()), read.read_to_end(&mut response)) };
        let (_, _) = timeout(LONG, both).await.expect("it is answered or closed");
        String::from_utf8(response).unwrap()
    }

    fn heard(&self) -> Vec<String> {
        self.fake.heard.lock().unwrap().clone()
    }

    /// The malformed requests since it was last asked.
    fn malformed(&self) -> Vec<MalformedRequest> {
        std::mem::take(&mut self.fake.malformed.lock().unwrap())
    }
}

fn live() -> Live {
    let base = format!("{PUBLIC_URL}/twilio");
    Live {
        public_url: PUBLIC_URL.to_owned(),
        signing_key: Some(Secret::new(KEY)),
        account_sid: None,
        path_secret: None,
        on_bad_signature: OnBadSignature::Reject,
        insecure: false,
        safe: SafeReplies::write(&[PhoneNumber::parse("+15550101").unwrap()], &base, "en-US"),
        audio: HashMap::new(),
    }
}

/// Limits for what is meant to take too long.
fn quick() -> Limits {
    let short = Duration::from_millis(40);
    Limits { header: short, body: short, answer: short, ..Limits::default() }
}

fn post(target: &str, body: &str) -> String {
    let signature = twilio::sign(KEY, &format!("{PUBLIC_URL}{target}"), &form(body));
    format!(
        "POST {target} HTTP/1.1\r\nHost: phone.example.com\r\nConnection: close\r\n\
         X-Twilio-Signature: {signature}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn get(target: &str) -> String {
    let signature = twilio::sign(KEY, &format!("{PUBLIC_URL}{target}"), &Form::default());
    format!(
        "GET {target} HTTP/1.1\r\nHost: phone.example.com\r\nConnection: close\r\n\
         X-Twilio-Signature: {signature}\r\n\r\n"
    )
}

fn form(body: &str) -> Form<'_> {
    Form::parse(body.as_bytes())
}

fn signature_in(request: &str) -> String {
    let after = request.split("X-Twilio-Signature: ").nth(1).unwrap();
    after.split("\r\n").next().unwrap().to_owned()
}
