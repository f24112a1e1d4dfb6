//! The provider's side of the load: whole calls that follow our documents, the safe reply's too, and judge every answer.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use ringback::phone::{Exchange, Fault, Request, Response};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::ledger::{CallKept, Ledger, Route, Wait, number_in};
use crate::support::judge::judge;
use crate::support::line::{LINE, PUBLIC_URL, TOKEN};

/// By when a caller must have an answer.
pub const LIMIT: Duration = Duration::from_millis(1000);
/// The provider asks so often again, at once: `rc=2` and `rp=ct,rt,5xx` in the URL that `serve` prints.
const RETRIES: u32 = 2;
/// The proxy before the server holds a request so long while nobody takes its connection (`lb_try_duration 5s`).
pub const HELD: Duration = Duration::from_secs(5);
/// And tries so often (Caddy's `lb_try_interval`).
const PROXY_RETRY: Duration = Duration::from_millis(250);
/// The provider gives up with all its retries (`tt=15000`).
const PATIENCE: Duration = Duration::from_secs(15);
/// Callers of one trial; a hundred numbers, so that some of them ring again.
const NUMBERS: usize = 50;

/// How a call goes on.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Somebody accepts and talks.
    Answered,
    /// Nobody accepts, the caller asks to be called back.
    CallBack,
    /// Nobody accepts, the caller leaves a message.
    Message,
}

pub const PLANS: [Plan; 3] = [Plan::Answered, Plan::CallBack, Plan::Message];

/// What everybody shares who places calls.
pub struct Load {
    pub ledger: Ledger,
    pub address: String,
    /// Whether what is not answered at all is asked again, by the proxy and the provider: where the server is killed, only
    /// they help.
    pub retries: AtomicBool,
    /// What an answer may take; another limit under a tracer.
    pub limit: Duration,
    enough: AtomicBool,
    numbers: AtomicUsize,
}

impl Load {
    pub fn new(address: &str, limit: Duration) -> Arc<Self> {
        Arc::new(Self {
            ledger: Ledger::default(),
            address: address.to_owned(),
            retries: AtomicBool::new(false),
            limit,
            enough: AtomicBool::new(false),
            numbers: AtomicUsize::new(0),
        })
    }

    /// Callers who ring again and again until it is enough.
    pub fn begin(self: &Arc<Self>, callers: usize) -> JoinSet<()> {
        self.enough.store(false, SeqCst);
        let mut all = JoinSet::new();
        for caller in 0..callers {
            let load = self.clone();
            all.spawn(async move {
                let exchange = load.exchange();
                let mut turn = caller;
                while !load.enough.load(SeqCst) {
                    load.call(&exchange, PLANS[turn % PLANS.len()]).await;
                    turn += 1;
                }
            });
        }
        all
    }

    pub fn end(&self) {
        self.enough.store(true, SeqCst);
    }

    pub fn exchange(&self) -> Exchange {
        let mut exchange = Exchange::new(&format!("http://{}", self.address), PUBLIC_URL);
        exchange.secret = Some(TOKEN.to_owned());
        exchange
    }

    /// One call from its first fetch to its last status.
    pub async fn call(&self, exchange: &Exchange, plan: Plan) -> CallKept {
        let number = self.numbers.fetch_add(1, SeqCst);
        let from = format!("+155501{:02}", 50 + number % NUMBERS);
        // Two exchanges of one millisecond would give the same ids.
        let id = format!("{}{number:08x}", &exchange.fresh_id("CA")[..26]);
        let mut call = CallKept::new(&id);
        let params = exchange.first_params(&id, &from, LINE);
        let mut document =
            self.ask(&mut call, exchange, Route::Voice, ("/twilio/voice", params.clone())).await;
        for _ in 0..8 {
            let Some(text) = document else { break };
            call.number = call.number.or_else(|| number_in(&text));
            let next = Next::of(&text);
            document = match next {
                Next::Ring { rang, prompt } => {
                    let talked =
                        self.ring(&mut call, exchange, prompt.filter(|_| plan == Plan::Answered)).await;
                    let end = if talked {
                        [("DialCallStatus", "completed"), ("DialCallDuration", "30"), ("DialBridged", "true")]
                    } else {
                        [("DialCallStatus", "no-answer"), ("DialCallDuration", "0"), ("DialBridged", "false")]
                    };
                    let told = self.ask(&mut call, exchange, Route::Turn, (&rang, with(&params, &end))).await;
                    call.talked |= talked && told.is_some();
                    if talked { None } else { told }
                }
                Next::Record { recorded, recording } => {
                    self.record(&mut call, exchange, ((&recorded, recording), &params)).await
                }
                Next::Menu { key } => {
                    let digit = if plan == Plan::Message { "2" } else { "1" };
                    let pressed = with(&params, &[("Digits", digit)]);
                    self.ask(&mut call, exchange, Route::Turn, (&key, pressed)).await
                }
                Next::End => None,
            };
        }
        let mut params = params;
        params.retain(|(key, _)| key != "CallStatus");
        let over = with(&params, &[("CallStatus", "completed"), ("CallDuration", "31")]);
        call.over = self.ask(&mut call, exchange, Route::Status, ("/twilio/status", over)).await.is_some();
        self.ledger.keep(call.clone());
        call
    }

    /// Whether somebody accepted.
    async fn ring(&self, call: &mut CallKept, exchange: &Exchange, prompt: Option<String>) -> bool {
        let Some(prompt) = prompt else { return false };
        let leg = vec![
            ("AccountSid".to_owned(), exchange.account.clone()),
            ("CallSid".to_owned(), exchange.fresh_id("CA")),
            ("ParentCallSid".to_owned(), call.id.clone()),
            ("CallStatus".to_owned(), "in-progress".to_owned()),
        ];
        let Some(text) = self.ask(call, exchange, Route::Leg, (&prompt, leg.clone())).await else {
            return false;
        };
        let Some(accept) = link(&text, "accept") else { return false };
        let pressed = with(&leg, &[("Digits", "1")]);
        let Some(text) = self.ask(call, exchange, Route::Leg, (&accept, pressed)).await else { return false };
        // The empty document puts the caller through; of the safe reply's accept no flow knows.
        let through = !text.contains("<Hangup") && !text.contains("<Say");
        call.accepted |= through && accept.contains("/call/");
        through
    }

    async fn record(
        &self,
        call: &mut CallKept,
        exchange: &Exchange,
        ((recorded, recording), params): (Links<'_>, &[(String, String)]),
    ) -> Option<String> {
        let sid = exchange.fresh_id("RE");
        let url = format!("https://api.example.com/Recordings/{sid}");
        let of = [("RecordingSid", sid.as_str()), ("RecordingUrl", &url), ("RecordingDuration", "8")];
        let next = self.ask(call, exchange, Route::Turn, (recorded, with(params, &of))).await;
        if let Some(recording) = recording {
            let mut report = with(params, &of);
            report.push(("RecordingStatus".to_owned(), "completed".to_owned()));
            call.message = self.ask(call, exchange, Route::Recording, (&recording, report)).await.is_some();
        }
        next
    }

    /// Asks once, or until answered; what is acknowledged is noted, and how good the answer was.
    pub async fn ask(
        &self,
        call: &mut CallKept,
        exchange: &Exchange,
        route: Route,
        (target, params): (&str, Vec<(String, String)>),
    ) -> Option<String> {
        let request = Request::post(target, params);
        let began = Instant::now();
        let (mut held, mut retries) = (began, 0);
        loop {
            let asked = Instant::now();
            let answer = exchange.send(&request).await;
            let wait = Wait { took: asked.elapsed(), in_all: began.elapsed() };
            let is_patient = self.retries.load(SeqCst) && wait.in_all < PATIENCE;
            match answer {
                // A proxy may send it elsewhere or later only as long as nobody has seen it.
                Err(Fault::NoAnswer(why))
                    if is_patient && why.contains("(Connect)") && held.elapsed() < HELD =>
                {
                    self.ledger.asked_again();
                    sleep(PROXY_RETRY).await;
                }
                Err(_) if is_patient && retries < RETRIES => {
                    self.ledger.asked_again();
                    retries += 1;
                    held = Instant::now();
                }
                Err(fault) => {
                    let after = wait.in_all.as_millis();
                    self.ledger.note(route, wait, Err(format!("no answer in {after} ms: {fault}")));
                    return None;
                }
                Ok(answer) => {
                    let text = answer.text();
                    let judged = self.judge(route, &answer, wait);
                    self.ledger.note(route, wait, judged);
                    if !matches!(answer.status, 200 | 204) {
                        self.ledger.refused(route);
                        return None;
                    }
                    self.ledger.heard(route, &text);
                    call.acknowledged(route, target, &text);
                    self.ledger.keep(call.clone());
                    return Some(text);
                }
            }
        }
    }

    fn judge(&self, route: Route, answer: &Response, wait: Wait) -> Result<(), String> {
        let text = answer.text();
        match (route.steers(), answer.status) {
            (_, 200) => {
                let judged = catch_unwind(AssertUnwindSafe(|| judge(&text)));
                judged.map_err(|panic| format!("not well-formed: {}", crate::words_of(&*panic)))?;
            }
            (false, 204) => {}
            // Nobody hears it, and it is not acknowledged; whether that may be, the case knows.
            (false, 500..=599) => {}
            (_, status) => return Err(format!("{status} instead of a document")),
        }
        if wait.took > self.limit {
            return Err(format!("{} ms", wait.took.as_millis()));
        }
        if wait.in_all > HELD + self.limit {
            return Err(format!("{} ms since the first try", wait.in_all.as_millis()));
        }
        Ok(())
    }
}

/// Where a recording's action leads, and its report.
type Links<'a> = (&'a str, Option<String>);

/// What a document asks the provider to do next.
enum Next {
    Ring { rang: String, prompt: Option<String> },
    Record { recorded: String, recording: Option<String> },
    Menu { key: String },
    End,
}

impl Next {
    fn of(document: &str) -> Self {
        if let Some(rang) = link(document, "rang") {
            return Self::Ring { rang, prompt: link(document, "prompt") };
        }
        if let Some(recorded) = link(document, "recorded") {
            let report = document.split_once("recordingStatusCallback=\"").map(|(_, rest)| rest);
            let recording = report.and_then(|rest| paths_in(rest).next()).map(str::to_owned);
            return Self::Record { recorded, recording };
        }
        link(document, "key").map_or(Self::End, |key| Self::Menu { key })
    }
}

/// The path of the first URL of ours in `document` that ends so.
pub fn link(document: &str, end: &str) -> Option<String> {
    let mut paths = paths_in(document);
    let fits = |path: &&str| path.strip_suffix(end).is_some_and(|before| before.ends_with('/'));
    paths.find(fits).map(str::to_owned)
}

fn paths_in(document: &str) -> impl Iterator<Item = &str> {
    document.split(PUBLIC_URL).skip(1).filter_map(|rest| rest.split(['"', '<', '#', '?']).next())
}

/// These parameters, and more; what stands there already is replaced.
pub fn with(params: &[(String, String)], more: &[(&str, &str)]) -> Vec<(String, String)> {
    let is_new = |key: &str| more.iter().all(|(name, _)| *name != key);
    let kept = params.iter().filter(|(key, _)| is_new(key)).cloned();
    kept.chain(more.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))).collect()
}
