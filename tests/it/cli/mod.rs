//! The commands as people and programs run them, on a home whose database was filled through the store.

mod callers;
mod edits;
mod exports;
mod filters;
mod imports;
mod lists;
mod moves;
mod papers;
mod people;
mod rehearse;
mod reports;
mod screens;
mod sentences;
mod usage;
mod waiting;

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use jiff::{SignedDuration, Timestamp};
use ringback::call::{
    Accept, AreaName, Caller, MissedReason, Outcome, PersonName, PhoneNumber, Provider, ProviderCall,
    Recording,
};
use ringback::call_back::{CallBack, CallBackId, Standing};
use ringback::clock;
use ringback::settings::Home;
use ringback::store::{Desk, NewCall, StoreError, Tx};
use serde_json::Value;

const SETTINGS: &str = r#"
public_url = "https://phone.example.com"
[business]
name = "Ridge Plumbing"
time_zone = "America/New_York"
[people.ana]
number = "+15550101"
[people.ben]
number = "+15550102"
[lines."+15550100"]
flow = "front-desk"
"#;

/// Everything that a terminal would act on, and what would tear a table.
const HOSTILE: &str = "\u{1b}]52;c;aGk=\u{7}\u{1b}[2J\u{9b}31m\u{202e}\u{2066}Pat\u{200b}\n🔧";

struct Shop {
    folder: tempfile::TempDir,
}

impl Shop {
    /// Settings and a flow, and no database yet.
    fn new() -> Self {
        let shop = Self::empty();
        fs::write(shop.home().settings(), SETTINGS).unwrap();
        fs::create_dir(shop.home().flows()).unwrap();
        let flow = include_str!("../../../ivr-flows/front-desk.toml");
        fs::write(shop.home().flows().join("front-desk.toml"), flow).unwrap();
        shop
    }

    /// Nothing at all.
    fn empty() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// With an answered call, and two that wait on the list: entry 1 broken, entry 2 withheld.
    fn with_calls() -> Self {
        let shop = Self::new();
        let now = clock::now();
        shop.write(|tx| {
            let answered = Outcome::Answered(Accept { by: ana(), at: now - minutes(299) });
            call(tx, ("CA1", now - minutes(300)), ("+15550141", None), answered)?;
            let pat = ("+15550142", Some(HOSTILE));
            let rang_out = Outcome::Missed(MissedReason::RangOut);
            let first = call(tx, ("CA2", now - minutes(120)), pat, rang_out)?;
            wait(tx, first, ("+15550142", now - minutes(30)))?;
            let left = Outcome::Missed(MissedReason::VoicemailLeft);
            let second = call(tx, ("CA3", now - minutes(10)), ("anonymous", None), left)?;
            wait(tx, second, ("anonymous", now + minutes(50)))
        });
        shop
    }

    fn home(&self) -> Home {
        Home::new(self.folder.path())
    }

    fn write(&self, write: impl FnOnce(&mut Tx<'_>) -> Result<(), StoreError>) {
        Desk::open(&self.home().database()).unwrap().write(write).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Run {
        run(self.folder.path(), arguments)
    }
}

/// What a command did.
struct Run {
    code: i32,
    said: String,
    talked: String,
}

impl Run {
    fn json(&self) -> Value {
        assert_eq!(self.code, 0, "{}", self.talked);
        serde_json::from_str(&self.said).unwrap()
    }
}

fn run(home: &Path, arguments: &[&str]) -> Run {
    run_of(command(home, arguments).output().unwrap())
}

fn command(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringback"));
    let ours = ["RINGBACK_AS", "RINGBACK_HOME", "RINGBACK_PUBLIC_URL", "RINGBACK_TWILIO_AUTH_TOKEN"];
    for variable in ours.into_iter().chain(["CREDENTIALS_DIRECTORY", "COLUMNS", "CLICOLOR_FORCE", "NO_COLOR"])
    {
        command.env_remove(variable);
    }
    command.env("RINGBACK_HOME", home).args(arguments).stdin(Stdio::null());
    command
}

fn run_of(Output { status, stdout, stderr }: Output) -> Run {
    Run {
        code: status.code().unwrap(),
        said: String::from_utf8(stdout).unwrap(),
        talked: String::from_utf8(stderr).unwrap(),
    }
}

fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

fn ana() -> PersonName {
    PersonName::parse("ana").unwrap()
}

fn line() -> Option<PhoneNumber> {
    PhoneNumber::parse("+15550100").ok()
}

fn call(
    tx: &mut Tx<'_>,
    (id, at): (&str, Timestamp),
    (caller, name): (&str, Option<&str>),
    outcome: Outcome,
) -> Result<ringback::call::CallId, StoreError> {
    let of = ProviderCall { provider: Provider::Twilio, account: "AC1".into(), id: id.into() };
    let caller = Caller::read(caller);
    let caller_name = name.map(str::to_owned);
    let new = NewCall { of, caller, caller_name, line: line(), forwarded_from: None, attested: false, at };
    let mut call = tx.open_call(new)?;
    if outcome == Outcome::Missed(MissedReason::VoicemailLeft) {
        let url = "https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE1".to_owned();
        call.reports.recording = Some(Recording { seconds: 12, url: Some(url), at });
    }
    call.reports.ended_at = Some(at + SignedDuration::from_secs(65));
    call.outcome = outcome;
    let id = call.id;
    tx.save_call(call)?;
    Ok(id)
}

/// Puts the call on the list; the caller was promised a call by that time.
fn wait(
    tx: &mut Tx<'_>,
    call: ringback::call::CallId,
    (caller, promised_at): (&str, Timestamp),
) -> Result<(), StoreError> {
    let entry = CallBack {
        id: CallBackId(0),
        caller: Caller::read(caller),
        line: line(),
        area: AreaName::parse("repairs").ok(),
        owner: ana(),
        standing: Standing::Waiting,
        opened_at: promised_at - minutes(60),
        due_at: promised_at,
        promised_at: Some(promised_at),
        typed_number: None,
        asleep_until: None,
        offer: None,
        attempts: 0,
    };
    let id = tx.add_call_back(&entry, call)?;
    let mut call = tx.take_call(call)?.unwrap();
    call.call_back = Some(id);
    tx.save_call(call)
}

/// No line but an address of its own is longer than 80 columns, and nothing acts on a terminal.
fn assert_tame(run: &Run) {
    assert_tame_at(run, 80);
}

/// The same on a terminal of so many columns.
fn assert_tame_at(run: &Run, columns: usize) {
    for text in [&run.said, &run.talked] {
        let acts = |c: char| {
            c != '\n' && c.is_control()
                || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}')
        };
        assert!(!text.contains(acts), "{text:?}");
        for line in text.lines() {
            let is_address = line.trim().starts_with("https://");
            assert!(is_address || unicode_width::UnicodeWidthStr::width(line) <= columns, "{line}");
        }
    }
}

fn set_mode(file: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;

    fs::set_permissions(file, fs::Permissions::from_mode(mode)).unwrap();
}
