//! The clock, the provider, the network, the flows and what callers do.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use jiff::civil::time;
use jiff::tz::TimeZone;
use ringback::call::{MissedReason, Outcome};
use ringback::store::CallFilter;
use tokio::runtime::Handle;

use super::Tried;
use crate::Stopwatch;
use crate::ledger::{CallKept, Route};
use crate::matrix::Case;
use crate::place::Place;
use crate::provider::{link, with};
use crate::run;
use crate::support::line::{CALLER, FRONT_DESK, LINE, SETTINGS, lock, read_home};
use crate::support::process::ringback;
use crate::trial::{A_WHILE, Skip, Trial};

/// Flows are looked at every second or so; longer than that.
const LOOKED_AT: Duration = Duration::from_millis(2500);
/// What only an open line says, and what only a closed one.
const OPEN: &str = "<Dial";
const CLOSED: &str = "open again";
/// How long before the change the server is started.
const BEFORE_THE_CHANGE: Duration = Duration::from_secs(15);
/// By when the provider is asked for its calls; the first time is 20 s after the start.
const RECONCILED: Duration = Duration::from_secs(60);
/// By when calls of which nothing more was heard are labelled.
const SWEPT: Duration = Duration::from_secs(80);

pub const CASES: [Case; 23] = [
    Case::new("F9", "clock an hour forward and back", "P13", |r| clock(r, &["+1h", "+0"])),
    Case::new("F9", "clock an hour back", "P13", |r| clock(r, &["-1h"])),
    Case::new("F9", "clock three days back", "P13", |r| clock(r, &["-3d"])),
    Case::new("F9", "clock in 1970", "P13", |r| clock(r, &["@1970-01-01 00:00:10"])),
    Case::new("F10", "summer time ends in New York", "P13", |r| {
        change_of_time(r, ("America/New_York", "2026-11-01 05:59"), [OPEN, OPEN])
    }),
    Case::new("F10", "summer time begins in Berlin", "P13", |r| {
        change_of_time(r, ("Europe/Berlin", "2027-03-28 00:59"), [OPEN, CLOSED])
    }),
    Case::new("F10", "half an hour in Lord Howe", "P13", |r| {
        change_of_time(r, ("Australia/Lord_Howe", "2026-10-03 15:29"), [OPEN, CLOSED])
    }),
    Case::new("F10", "29 February", "P13", |r| {
        change_of_time(r, ("America/New_York", "2028-02-29 04:59"), [CLOSED, OPEN])
    }),
    Case::new("F15", "fallback before, after and without a first fetch", "P1", fallback),
    Case::new("F16", "statuses twice, late and out of order", "P5", statuses),
    Case::new("F17", "status before the first fetch", "P5", status_first),
    Case::new("F18", "caller gone during the greeting", "P6", gone_at_once),
    Case::new("F18", "no status ever", "P6", never_ended),
    Case::new("F19", "busy, no answer, failed, canceled, nothing", "P7", unanswered_rings),
    Case::new("F20", "flows spoiled in eight ways under load, and a restart", "P8", spoiled_flows),
    Case::new("F21", "a step removed and a flow renamed in mid-call", "P8", other_flow),
    Case::new("F26", "REST refuses connections", "P1", |r| provider_down(r, Rest::Refuses)),
    Case::new("F26", "REST accepts and says nothing", "P1", |r| provider_down(r, Rest::Silent)),
    Case::new("F27", "no DNS", "P1", |r| provider_down(r, Rest::NoName)),
    Case::new("F45", "journal torn and garbled", "P3", torn_journal),
    Case::new("F46", "settings and clock wrong at first start", "P19", all_wrong),
    Case::new("F49", "network gone for a second in mid-answer", "P4", network_gone),
    Case::new("F50", "the person's phone is off all day", "P7", phones_off),
];

/// One caller, request by request.
struct Phone {
    trial: Trial,
    call: CallKept,
    params: Vec<(String, String)>,
}

impl Phone {
    fn at(runtime: &Handle) -> Self {
        Self::on(Trial::at(Place::plain(), runtime))
    }

    /// Where the server does not start there is nobody to ring, and that is the worst of faults.
    fn on(mut trial: Trial) -> Self {
        assert!(trial.serve(), "{}", trial.broken.concat());
        Self::new(trial)
    }

    fn new(trial: Trial) -> Self {
        let exchange = trial.load.exchange();
        let id = exchange.fresh_id("CA");
        let mut params = exchange.first_params(&id, CALLER, LINE);
        params.retain(|(key, _)| key != "CallStatus");
        Self { trial, call: CallKept::new(&id), params }
    }

    fn ask(&mut self, route: Route, target: &str, more: &[(&str, &str)]) -> String {
        let (load, exchange) = (self.trial.load.clone(), self.trial.load.exchange());
        let params = with(&self.params, more);
        let asked = load.ask(&mut self.call, &exchange, route, (target, params));
        let answer = self.trial.runtime.block_on(asked);
        self.trial.expect(answer.is_some(), format!("no answer to {target}"));
        answer.unwrap_or_default()
    }

    fn fetch(&mut self) -> String {
        self.ask(Route::Voice, "/twilio/voice", &[("CallStatus", "ringing")])
    }

    fn status(&mut self, status: &str) {
        self.ask(Route::Status, "/twilio/status", &[("CallStatus", status)]);
    }

    /// It is over, and that is to be known in the end.
    fn complete(&mut self) {
        self.status("completed");
        self.call.over = true;
    }

    /// What somebody hears who rings now and hangs up at once.
    fn expect_heard(&mut self, words: &str, when: &str) {
        let heard = self.fetch();
        self.trial.expect(heard.contains(words), format!("{when}: `{words}` is not in {heard}"));
        self.complete();
    }

    fn follow(&mut self, document: &str, end: &str, more: &[(&str, &str)]) -> String {
        let Some(target) = link(document, end) else {
            self.trial.broken.push(format!("no URL ends in `{end}`: {document}"));
            return String::new();
        };
        self.ask(Route::Turn, &target, more)
    }

    /// What came of the call, and how many entries are open.
    fn stands(&self) -> (Vec<Outcome>, usize) {
        read_home(&self.trial.place.home, |tx| {
            let calls = tx.calls(&CallFilter::default()).unwrap();
            let ours = calls.into_iter().filter(|call| call.call_id == self.call.id);
            (ours.map(|call| call.outcome).collect(), tx.call_backs(false).unwrap().len())
        })
    }

    /// Missed, and on the list exactly once.
    fn expect_missed(&mut self, when: &str) {
        let (outcomes, open) = self.stands();
        let is_missed = matches!(outcomes[..], [Outcome::Missed(_)]) && open == 1;
        self.trial.expect(is_missed, format!("{when}: {outcomes:?}, {open} open entries"));
    }

    fn hang_up(self) -> Trial {
        self.trial.load.ledger.keep(self.call);
        self.trial
    }

    /// Another call of the same caller.
    fn again(self) -> Self {
        Self::new(self.hang_up())
    }
}

/// With a clock that a file moves.
pub(super) fn with_clock(trial: &mut Trial, start: &str) -> Result<(), Skip> {
    let library = run("sh", &["-c", "ls /usr/lib/*/faketime/libfaketimeMT.so.1 | head -n 1"])?;
    if library.trim().is_empty() {
        return Err(Skip("libfaketime is not installed".to_owned()));
    }
    let file = trial.place.scratch.path().join("clock").display().to_string();
    fs::write(&file, start).unwrap();
    for (name, value) in [
        ("LD_PRELOAD", library.trim()),
        ("FAKETIME_TIMESTAMP_FILE", &file),
        ("FAKETIME_NO_CACHE", "1"),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ("DONT_FAKE_MONOTONIC", "1"),
        ("TZ", "UTC"),
    ] {
        trial.start.variables.push((name.to_owned(), value.to_owned()));
    }
    Ok(())
}

fn set_clock(trial: &Trial, to: &str) {
    fs::write(trial.place.scratch.path().join("clock"), to).unwrap();
}

fn clock(runtime: &Handle, steps: &[&str]) -> Tried {
    let mut trial = Trial::at(Place::plain(), runtime);
    with_clock(&mut trial, "+0")?;
    if trial.under_load() {
        for step in steps {
            set_clock(&trial, step);
            trial.last(A_WHILE);
        }
        set_clock(&trial, "+0");
        trial.hear(60);
    }
    Ok(trial)
}

/// Callers ring over the change at the end of that minute; the line is open at night and from eight to five there.
fn change_of_time(runtime: &Handle, (zone, minute): (&str, &str), says: [&str; 2]) -> Tried {
    let mut trial = Trial::at(Place::plain(), runtime);
    with_clock(&mut trial, &format!("@{minute}:45"))?;
    let settings = SETTINGS.replace("America/New_York", zone);
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let hours = days.map(|day| format!("{day} = [\"00:00-02:15\", \"08:00-17:00\"]\n")).concat();
    let settings = settings.replacen("[people.ana]", &format!("[hours]\n{hours}[people.ana]"), 1);
    fs::write(trial.place.path("ringback.toml"), settings).unwrap();
    let watch = Stopwatch::start();
    let mut phone = Phone::on(trial);
    phone.expect_heard(says[0], "before the change");
    let is_before = watch.elapsed() < BEFORE_THE_CHANGE;
    phone.trial.expect(is_before, "the machine is too slow to look before the change");
    let mut trial = phone.hang_up();
    trial.callers();
    while watch.elapsed() < BEFORE_THE_CHANGE + A_WHILE && trial.hear(20) {}
    let mut phone = Phone::new(trial);
    phone.expect_heard(says[1], "after the change");
    let mut trial = phone.hang_up();
    trial.hang_up();
    let zone = TimeZone::get(zone).unwrap();
    let entries = read_home(&trial.place.home, |tx| tx.call_backs(false).unwrap());
    trial.expect(!entries.is_empty(), "nobody is to be called back");
    for entry in entries.into_iter().map(|stored| stored.entry) {
        let due = entry.due_at.to_zoned(zone.clone()).time();
        let is_open = [(time(0, 0, 0, 0), time(2, 15, 0, 0)), (time(8, 0, 0, 0), time(17, 0, 0, 0))];
        let is_open = is_open.iter().any(|(from, to)| (*from..=*to).contains(&due));
        trial.expect(is_open && entry.due_at > entry.opened_at, format!("an entry is due at {due}"));
    }
    Ok(trial)
}

fn fallback(runtime: &Handle) -> Tried {
    let error = [("ErrorCode", "11200"), ("ErrorUrl", "https://phone.example.com/twilio/voice")];
    let mut before = Phone::at(runtime);
    before.ask(Route::Voice, "/twilio/fallback", &error);
    before.fetch();
    before.complete();
    before.expect_missed("the fallback was asked before the first fetch");
    let mut after = before.again();
    after.fetch();
    after.ask(Route::Voice, "/twilio/fallback", &error);
    after.complete();
    after.expect_missed("the fallback was asked after the first fetch");
    let mut without = after.again();
    without.ask(Route::Voice, "/twilio/fallback", &error);
    without.complete();
    without.expect_missed("only the fallback was asked");
    let mut trial = without.hang_up();
    let safe = trial.load.ledger.safe_replies();
    trial.expect(safe == 3, format!("{safe} of 3 fallbacks were answered by the safe reply"));
    Ok(trial)
}

fn statuses(runtime: &Handle) -> Tried {
    let mut phone = Phone::at(runtime);
    let hello = phone.fetch();
    let busy = phone.follow(&hello, "rang", &[("DialCallStatus", "no-answer"), ("DialCallDuration", "0")]);
    phone.follow(&busy, "key", &[("Digits", "1")]);
    for status in ["completed", "completed", "in-progress", "ringing", "completed", "queued"] {
        phone.status(status);
        phone.expect_missed(status);
    }
    phone.call.over = true;
    Ok(phone.hang_up())
}

fn status_first(runtime: &Handle) -> Tried {
    let mut phone = Phone::at(runtime);
    phone.status("completed");
    phone.expect_missed("only its end is known");
    let hello = phone.fetch();
    let is_flow = hello.contains("<Dial");
    phone.trial.expect(is_flow, format!("the late first fetch did not get the flow: {hello}"));
    phone.expect_missed("the first fetch came late");
    phone.call.over = true;
    Ok(phone.hang_up())
}

fn gone_at_once(runtime: &Handle) -> Tried {
    let mut phone = Phone::at(runtime);
    phone.fetch();
    phone.status("completed");
    phone.expect_missed("gone during the greeting");
    phone.call.over = true;
    Ok(phone.hang_up())
}

/// Nothing more is heard, and hours pass: the sweep ends it in our record.
fn never_ended(runtime: &Handle) -> Tried {
    let mut trial = Trial::at(Place::plain(), runtime);
    with_clock(&mut trial, "+0")?;
    let mut phone = Phone::on(trial);
    phone.fetch();
    six_hours_later(&mut phone.trial);
    phone.expect_missed("nothing was heard of it for six hours");
    Ok(phone.hang_up())
}

/// No call is in progress any more. A clock that steps under a running server is not believed; over a restart it may well
/// be six hours later.
pub(super) fn six_hours_later(trial: &mut Trial) {
    trial.kill();
    set_clock(trial, "+6h");
    if !trial.serve() {
        return;
    }
    let (home, watch) = (trial.place.home.clone(), Stopwatch::start());
    let in_progress = || {
        let calls = read_home(&home, |tx| tx.calls(&CallFilter::default()).unwrap());
        calls.iter().filter(|call| call.outcome == Outcome::InProgress).count()
    };
    while in_progress() > 0 && watch.elapsed() < SWEPT {
        sleep(Duration::from_millis(200));
    }
    let (left, waited) = (in_progress(), watch.elapsed().as_secs());
    trial.expect(left == 0, format!("{left} calls are in progress six hours later"));
    trial.remarks.push(format!("labelled {waited} s after a start six hours later"));
}

fn unanswered_rings(runtime: &Handle) -> Tried {
    let mut phone = Phone::at(runtime);
    for end in ["busy", "no-answer", "failed", "canceled", ""] {
        let hello = phone.fetch();
        if !end.is_empty() {
            phone.follow(&hello, "rang", &[("DialCallStatus", end), ("DialCallDuration", "0")]);
        }
        phone.status("completed");
        phone.expect_missed(&format!("the ring ended `{end}`"));
        phone.call.over = true;
        phone = phone.again();
    }
    Ok(phone.trial)
}

fn spoiled_flows(runtime: &Handle) -> Tried {
    let mut trial = Trial::at(Place::plain(), runtime);
    let flow = trial.place.path("ivr-flows/front-desk.toml");
    if !trial.under_load() {
        return Ok(trial);
    }
    let half = FRONT_DESK.len() / 2;
    let with_mark = format!("\u{feff}{}", FRONT_DESK.replace('\n', "\r\n"));
    let versions: [(&str, Vec<u8>); 7] = [
        ("half written", FRONT_DESK.as_bytes()[..half].to_vec()),
        ("empty", Vec::new()),
        ("not UTF-8", [b"\xff\xfe", FRONT_DESK.as_bytes()].concat()),
        ("BOM and CRLF", with_mark.into_bytes()),
        ("a step that is not there", FRONT_DESK.replace("go   = \"busy\"", "go = \"bussy\"").into_bytes()),
        ("10 MB", vec![b'#'; 10 << 20]),
        ("deep", format!("a = {}{}", "[".repeat(20_000), "]".repeat(20_000)).into_bytes()),
    ];
    for (name, bytes) in versions {
        fs::write(&flow, bytes).unwrap();
        let heard = trial.last(LOOKED_AT);
        trial.expect(heard, format!("nobody was answered while the flow was spoiled: {name}"));
    }
    fs::remove_file(&flow).unwrap();
    trial.last(LOOKED_AT);
    fs::write(&flow, "[start]\nopen = \"nowhere\"\n").unwrap();
    trial.with_retries();
    trial.kill();
    if trial.serve() {
        trial.hear(60);
    }
    let safe = trial.load.ledger.safe_replies();
    let why = trial.why_not_stored();
    trial.expect(safe == 0, format!("{safe} heard the safe reply instead of the last good flow: {why}"));
    fs::write(&flow, FRONT_DESK).unwrap();
    Ok(trial)
}

fn other_flow(runtime: &Handle) -> Tried {
    let trial = Trial::at(Place::plain(), runtime);
    let flow = trial.place.path("ivr-flows/front-desk.toml");
    let mut phone = Phone::on(trial);
    let hello = phone.fetch();
    let busy = phone.follow(&hello, "rang", &[("DialCallStatus", "no-answer"), ("DialCallDuration", "0")]);
    let other = "[start]\nopen = \"hi\"\n\n[step.hi]\nmessage = \"Leave a message, please.\"\n";
    fs::write(phone.trial.place.path("ivr-flows/other.toml"), other).unwrap();
    fs::remove_file(&flow).unwrap();
    fs::write(phone.trial.place.path("ringback.toml"), SETTINGS.replace("front-desk", "other")).unwrap();
    let (mut heard, params, id) = (String::new(), phone.params.clone(), phone.call.id.clone());
    for _ in 0..100 {
        phone = phone.again();
        heard = phone.fetch();
        phone.status("completed");
        phone.call.over = true;
        if heard.contains("Leave a message, please.") {
            break;
        }
        sleep(Duration::from_millis(100));
    }
    phone.trial.expect(heard.contains("Leave a message, please."), "the other flow never went live");
    phone = phone.again();
    (phone.params, phone.call) = (params, CallKept::new(&id));
    let message = phone.follow(&busy, "key", &[("Digits", "2")]);
    let goes_on = message.contains("<Record");
    phone.trial.expect(goes_on, format!("the call did not go on in its own version: {message}"));
    Ok(phone.hang_up())
}

#[derive(Copy, Clone, PartialEq, Eq)]
enum Rest {
    Refuses,
    Silent,
    NoName,
}

/// The network is the trial's own: what the provider's name means there is in `/etc/hosts`.
fn provider_down(runtime: &Handle, rest: Rest) -> Tried {
    let mut trial = Trial::at(Place::plain(), runtime);
    let account = trial.load.exchange().account;
    let settings = format!("{SETTINGS}[provider.twilio]\naccount_sid = \"{account}\"\n");
    fs::write(trial.place.path("ringback.toml"), settings).unwrap();
    let mut listener: Option<TcpListener> = None;
    let hosts = trial.place.scratch.path().join("hosts").display().to_string();
    if rest != Rest::NoName {
        fs::write(&hosts, "127.0.0.1 localhost api.twilio.com\n").unwrap();
        run("mount", &["--bind", &hosts, "/etc/hosts"])?;
    }
    if rest == Rest::Silent {
        let silent = TcpListener::bind("127.0.0.1:443").map_err(|error| error.to_string())?;
        silent.set_nonblocking(true).map_err(|error| error.to_string())?;
        listener = Some(silent);
    }
    if trial.under_load() {
        let (watch, mut asked) = (Stopwatch::start(), None);
        let mut is_asked = || match &listener {
            // Taken, and then not a word.
            Some(silent) => {
                asked = asked.take().or_else(|| silent.accept().ok());
                asked.is_some()
            }
            None => trial.was_said("the provider does not say which calls came in"),
        };
        let mut is_over = is_asked();
        while !is_over && watch.elapsed() < RECONCILED {
            sleep(Duration::from_millis(100));
            is_over = is_asked();
        }
        trial.expect(is_over, "the provider was never asked for its calls");
        trial.last(A_WHILE);
    }
    drop(listener);
    if rest != Rest::NoName {
        run("umount", &["/etc/hosts"])?;
    }
    Ok(trial)
}

/// A lock fills the journal; then half a line and a garbled one stand in it, and the process is killed.
fn torn_journal(runtime: &Handle) -> Tried {
    let mut trial = Trial::at(Place::plain(), runtime);
    if trial.under_load() {
        let other = lock(&trial.place.home);
        trial.hear(60);
        trial.hang_up();
        trial.kill();
        drop(other);
        let journal = trial.place.path("ringback.journal");
        let text = fs::read_to_string(&journal).unwrap();
        trial.expect(text.lines().count() > 10, "the journal was not needed");
        let first = text.find('\n').unwrap_or(0) + 1;
        let garbled =
            format!("{}1 0123 {{\"garbled\":true}}\n{}1 89ab {{\"torn", &text[..first], &text[first..]);
        fs::write(&journal, garbled).unwrap();
        if trial.serve() {
            trial.callers();
            trial.hear(60);
            // `proof` names it as long as it is there, and so it must.
            let aside = (0..200).find_map(|_| {
                sleep(Duration::from_millis(50));
                garbled_in(&trial.place.home)
            });
            trial.expect(aside.is_some(), "what cannot be read was not put aside");
            aside.iter().for_each(|aside| fs::remove_file(aside).unwrap());
        }
    }
    Ok(trial)
}

fn garbled_in(home: &Path) -> Option<PathBuf> {
    let mut files = fs::read_dir(home).unwrap().map(|file| file.unwrap().path());
    files.find(|file| file.to_string_lossy().contains("ringback.journal.garbled-"))
}

fn all_wrong(runtime: &Handle) -> Tried {
    let mut trial = Trial::at(Place::plain(), runtime);
    with_clock(&mut trial, "@1970-01-01 00:00:10")?;
    let settings = trial.place.path("ringback.toml");
    fs::write(&settings, SETTINGS.replace("America/New_York", "America/Nowhere")).unwrap();
    let told = std::process::Command::new(env!("CARGO_BIN_EXE_ringback"))
        .args(["--home", &trial.place.home.display().to_string(), "doctor"])
        .envs(trial.start.variables.iter().cloned())
        .output()
        .unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&told.stdout), String::from_utf8_lossy(&told.stderr));
    trial.expect(told.status.code() != Some(0), "doctor is content");
    trial.expect(said.contains("America/Nowhere"), format!("doctor does not name the wrong setting: {said}"));
    fs::write(&settings, SETTINGS).unwrap();
    trial.start.variables.clear();
    trial.under_load();
    Ok(trial)
}

/// Nothing goes over the wire; whoever waits for an answer asks again.
fn network_gone(runtime: &Handle) -> Tried {
    let mut trial = Trial::limited(Place::plain(), runtime, Duration::from_secs(10));
    if trial.under_load() {
        trial.with_retries();
        for _ in 0..3 {
            run("ip", &["link", "set", "lo", "down"])?;
            sleep(Duration::from_secs(1));
            run("ip", &["link", "set", "lo", "up"])?;
            trial.hear(40);
        }
        trial.remarks.push("waiting for the network is not counted: the limit is 10 s here".to_owned());
    }
    Ok(trial)
}

fn phones_off(runtime: &Handle) -> Tried {
    let mut phone = Phone::at(runtime);
    for _ in 0..10 {
        let hello = phone.fetch();
        let busy =
            phone.follow(&hello, "rang", &[("DialCallStatus", "no-answer"), ("DialCallDuration", "0")]);
        let promised = phone.follow(&busy, "key", &[("Digits", "1")]);
        let says = promised.contains("call you");
        phone.trial.expect(says, format!("no promise was spoken: {promised}"));
        phone.status("completed");
        phone.expect_missed("nobody picked up");
        let is_right = matches!(phone.stands().0[..], [Outcome::Missed(MissedReason::RangOut)]);
        phone.trial.expect(is_right, "the reason is not that it rang out");
        phone.call.over = true;
        phone = phone.again();
    }
    let listed = ringback(&phone.trial.place.home, &["call-backs"]);
    phone.trial.expect(listed.said.contains("15550142") || listed.said.contains("555-0142"), listed.said);
    Ok(phone.trial)
}
