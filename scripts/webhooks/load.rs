//! The provider's side: calls over keep-alive connections, each one first fetch, three turns and one status.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{CONTENT_TYPE, HOST, USER_AGENT};
use hyper_util::rt::TokioIo;
use ringback::dialect::{Form, twilio};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::Failure;
use crate::machine::now;

pub(crate) const TOKEN: &str = "0123456789abcdef0123456789abcdef";
pub(crate) const PUBLIC_URL: &str = "https://phone.example.com";

/// What follows the first fetch: the end of the URL to ask, and what is new in the form.
///
/// Nobody accepts, the caller is silent once, then presses 1 and is promised a call.
const TURNS: [(&str, &str); 3] = [
    ("/rang", "CallStatus=in-progress&DialCallStatus=no-answer&DialCallDuration=0"),
    ("/silence", "CallStatus=in-progress"),
    ("/key", "CallStatus=in-progress&Digits=1&FinishedOnKey="),
];
/// Requests of one call.
pub(crate) const MIX: usize = TURNS.len() + 2;

/// What the provider says of every call beside its id and the caller's number; both are filled in.
const FORM: &str = "AccountSid=AC00000000000000000000000000000100&ApiVersion=2010-04-01&CallSid={call}\
    &Called=%2B15550100&CalledCity=SPRINGFIELD&CalledCountry=US&CalledState=NY&CalledZip=10001\
    &Caller=%2B{caller}&CallerCity=SPRINGFIELD&CallerCountry=US&CallerState=NY&CallerZip=10001\
    &Direction=inbound&From=%2B{caller}&FromCity=SPRINGFIELD&FromCountry=US&FromState=NY&FromZip=10001\
    &To=%2B15550100&ToCity=SPRINGFIELD&ToCountry=US&ToState=NY&ToZip=10001";

/// What came of one phase.
#[derive(Default)]
pub(crate) struct Phase {
    /// Calls whose first fetch was answered.
    pub(crate) calls: Vec<String>,
    /// How long each request took.
    pub(crate) times: Vec<Duration>,
    /// From the first request to the last answer.
    pub(crate) lasted: Duration,
}

/// Numbers calls, so that no two against one home have the same id.
pub(crate) struct Calls {
    run: i64,
    next: AtomicU64,
}

impl Calls {
    pub(crate) fn new() -> Self {
        Self { run: ringback::clock::now().as_millisecond(), next: AtomicU64::new(0) }
    }

    /// The form of a call that nobody had before. Callers come back after a hundred thousand calls.
    fn next(&self) -> (String, String) {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let id = format!("CA{:016x}{number:016x}", self.run);
        let caller = format!("155501{:05}", number * 61_803 % 100_000);
        let form = FORM.replace("{call}", &id).replace("{caller}", &caller);
        (id, form)
    }
}

/// Places calls over `connections` connections for as long as `length`, with a pause after each call; a call that began
/// is finished.
pub(crate) async fn drive(
    address: SocketAddr,
    connections: usize,
    (length, pause): (Duration, Duration),
    calls: &Arc<Calls>,
) -> Result<Phase, Failure> {
    let mut lines = Vec::with_capacity(connections);
    for _ in 0..connections {
        lines.push(Line::connect(address).await?);
    }
    let began = now();
    let mut callers = JoinSet::new();
    for line in lines {
        callers.spawn(keep_calling(line, (began + length, pause), calls.clone()));
    }
    let mut phase = Phase::default();
    while let Some(done) = callers.join_next().await {
        let mut part = done??;
        phase.calls.append(&mut part.calls);
        phase.times.append(&mut part.times);
    }
    phase.lasted = began.elapsed();
    Ok(phase)
}

async fn keep_calling(
    mut line: Line,
    (until, pause): (Instant, Duration),
    calls: Arc<Calls>,
) -> Result<Phase, Failure> {
    let mut phase = Phase::default();
    while now() < until {
        let (id, form) = calls.next();
        let documents = line.call(&form, &mut phase.times).await?;
        if documents.len() + 1 == MIX {
            phase.calls.push(id);
        }
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
    }
    Ok(phase)
}

/// The documents of one call, in order.
pub(crate) async fn one_call(address: SocketAddr, calls: &Calls) -> Result<Vec<String>, Failure> {
    Line::connect(address).await?.call(&calls.next().1, &mut Vec::new()).await
}

/// The first document of one call.
pub(crate) async fn first_fetch(address: SocketAddr) -> Result<String, Failure> {
    let (_, form) = Calls::new().next();
    Line::connect(address).await?.ask("/twilio/voice", format!("{form}&CallStatus=ringing")).await
}

/// One keep-alive connection.
struct Line(SendRequest<Full<Bytes>>);

impl Line {
    async fn connect(address: SocketAddr) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self(sender))
    }

    async fn call(&mut self, form: &str, times: &mut Vec<Duration>) -> Result<Vec<String>, Failure> {
        let mut documents: Vec<String> = Vec::with_capacity(TURNS.len() + 1);
        let mut at = now();
        documents.push(self.ask("/twilio/voice", format!("{form}&CallStatus=ringing")).await?);
        times.push(at.elapsed());
        for (end, news) in TURNS {
            let path = documents.last().and_then(|document| link(document, end)).map(str::to_owned);
            let path = path.ok_or_else(|| format!("no URL ends in `{end}`: {documents:?}"))?;
            at = now();
            documents.push(self.ask(&path, format!("{form}&{news}")).await?);
            times.push(at.elapsed());
        }
        at = now();
        self.ask("/twilio/status", format!("{form}&CallStatus=completed&CallDuration=31")).await?;
        times.push(at.elapsed());
        Ok(documents)
    }

    /// Sends a signed form; whatever is not a success stops the bench.
    async fn ask(&mut self, path: &str, form: String) -> Result<String, Failure> {
        let url = format!("{PUBLIC_URL}{path}");
        let signature = twilio::sign(TOKEN, &url, &Form::parse(form.as_bytes()));
        let request = hyper::Request::post(path)
            .header(HOST, "phone.example.com")
            .header(USER_AGENT, "TwilioProxy/1.1")
            .header("X-Twilio-Signature", signature)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded; charset=UTF-8")
            .body(Full::from(form))?;
        self.0.ready().await?;
        let response = self.0.send_request(request).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        if !status.is_success() {
            return Err(format!("{path} was answered {status}").into());
        }
        Ok(String::from_utf8(body.into())?)
    }
}

/// The path of the first URL of this call in `document` that ends so; the safe reply has none.
fn link<'a>(document: &'a str, end: &str) -> Option<&'a str> {
    let mut paths = document.split(PUBLIC_URL).skip(1).filter_map(|rest| rest.split(['"', '<']).next());
    paths.find(|path| path.starts_with("/twilio/call/") && path.ends_with(end))
}
