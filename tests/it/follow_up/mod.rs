//! What people do to entries, on a file of its own: each deed with its history, and any deeds in any order.

mod any_order;
mod deeds;
mod hands;
mod taking_back;

use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use ringback::business::{Away, Business};
use ringback::call::{Caller, PersonName, PhoneNumber, Provider, ProviderCall};
use ringback::call_back::{CallBack, CallBackId, Standing};
use ringback::follow_up::{Done, FollowUp, Refusal};
use ringback::settings::{self, Environment};
use ringback::store::{CallBackEvent, Desk, NewCall, StoreError, Tx};
use rusqlite::Connection;
use tempfile::TempDir;

const SETTINGS: &str = r#"
[business]
name = "Ridge Plumbing"
time_zone = "America/New_York"
[hours]
monday = ["08:00-12:00", "13:00-17:00"]
tuesday = ["08:00-12:00", "13:00-17:00"]
wednesday = ["08:00-12:00", "13:00-17:00"]
thursday = ["08:00-12:00", "13:00-17:00"]
friday = ["08:00-12:00", "13:00-17:00"]
[people.ana]
number = "+15550101"
[people.ben]
number = "+15550102"
stand_in = "cleo"
[people.cleo]
number = "+15550103"
[lines."+15550100"]
flow = "front-desk"
"#;

/// A Monday, ten o'clock.
const MONDAY: &str = "2026-11-23T10:00:00-05:00";

/// Ridge Plumbing's list, without telephones.
struct Shop {
    home: TempDir,
    business: Business,
}

impl Shop {
    fn new() -> Self {
        Self { home: TempDir::new().unwrap(), business: business(SETTINGS) }
    }

    fn path(&self) -> PathBuf {
        self.home.path().join("ringback.db")
    }

    fn write<T>(&self, write: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError>) -> T {
        Desk::open(&self.path()).unwrap().write(write).unwrap()
    }

    /// Somebody does something; a refusal leaves no trace.
    fn act<T>(
        &self,
        (by, at): (&str, &str),
        act: impl FnOnce(&FollowUp<'_>, &mut Tx<'_>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let (by, now) = (name(by), moment(at));
        let desk = FollowUp { business: &self.business, by: &by, now };
        Desk::open(&self.path()).unwrap().write(|tx| act(&desk, tx))
    }

    /// An entry of Ana's that was opened at that time, and a promise to the caller.
    fn waits(&self, caller: &str, (opened, promised): (&str, Option<&str>)) -> CallBackId {
        let opened_at = moment(opened);
        self.write(|tx| {
            let line = PhoneNumber::parse("+15550100").ok();
            let id = format!("CA-{caller}-{opened}");
            let call = tx.open_call(NewCall {
                of: ProviderCall { provider: Provider::Twilio, account: "AC1".into(), id },
                caller: Caller::read(caller),
                caller_name: None,
                line: line.clone(),
                forwarded_from: None,
                attested: false,
                at: opened_at,
            })?;
            let entry = CallBack {
                id: CallBackId(0),
                caller: Caller::read(caller),
                line,
                area: None,
                owner: name("ana"),
                standing: Standing::Waiting,
                opened_at,
                due_at: opened_at + SignedDuration::from_hours(1),
                promised_at: promised.map(moment),
                typed_number: None,
                asleep_until: None,
                offer: None,
                attempts: 0,
            };
            let id = tx.add_call_back(&entry, call.id)?;
            tx.save_call(call)?;
            Ok(id)
        })
    }

    fn entry(&self, id: CallBackId) -> CallBack {
        self.write(|tx| tx.call_back(id)).unwrap().entry
    }

    fn events(&self, id: CallBackId) -> Vec<CallBackEvent> {
        self.write(|tx| tx.call_back_events(id))
    }

    /// The history in short: `ana taken`, `ben closed: reached`, `ana note: quote (undone)`.
    fn history(&self, id: CallBackId) -> Vec<String> {
        let told = |event: &CallBackEvent| {
            let detail = event.detail.as_ref().map(|detail| format!(": {detail}")).unwrap_or_default();
            let undone = if event.undone_at.is_some() { " (undone)" } else { "" };
            format!("{} {}{detail}{undone}", event.by, event.what)
        };
        self.events(id).iter().map(told).collect()
    }

    /// The ledger of an entry: what was promised, and when it was met.
    fn ledger(&self, id: CallBackId) -> Vec<(Timestamp, Option<Timestamp>)> {
        ledger(&self.path(), id)
    }

    fn steps_away(&self, person: &str, until: &str) {
        let away = Away { until: moment(until), reason: None };
        self.write(|tx| tx.person_steps_away(&name(person), &away, &name("ana"), moment(MONDAY)));
    }
}

fn ledger(path: &Path, id: CallBackId) -> Vec<(Timestamp, Option<Timestamp>)> {
    let file = Connection::open(path).unwrap();
    let sql = "select promised_at, met_at from promises where call_back = ?1 order by id";
    let at = |millis: i64| Timestamp::from_millisecond(millis).unwrap();
    let mut statement = file.prepare(sql).unwrap();
    let read = |row: &rusqlite::Row<'_>| Ok((at(row.get(0)?), row.get::<_, Option<i64>>(1)?.map(at)));
    statement.query_map([id.0], read).unwrap().map(Result::unwrap).collect()
}

fn business(text: &str) -> Business {
    settings::read("ringback.toml", text, Path::new("."), &Environment::default()).unwrap().business
}

fn name(name: &str) -> PersonName {
    PersonName::parse(name).unwrap()
}

fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// `10:30` on that Monday.
fn at(clock: &str) -> String {
    format!("2026-11-23T{clock}:00-05:00")
}

fn refused(result: Result<Done, Refusal>) -> String {
    result.unwrap_err().to_string()
}
