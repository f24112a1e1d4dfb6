//! Ridge Plumbing in several editions of its files. Each flow has a word of its own in everything it says, so that a
//! call which slips from one version to another can be heard.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use ringback::call::FlowName;
use ringback::settings::{self, Environment};
use ringback::switchboard::{Draft, FlowTrouble};
use ringback::walk::Moments;

pub const LINE: &str = "+15550100";
pub const PUBLIC_URL: &str = "https://phone.example.com";
pub const PEOPLE: [(&str, &str); 3] = [("ana", "+15550101"), ("ben", "+15550102"), ("cleo", "+15550103")];
pub const EDITIONS: usize = 5;
/// The edition whose flow has a mistake: the last good one goes on.
pub const BROKEN: usize = 3;
/// The word of each edition's flow.
pub const WORDS: [&str; EDITIONS] = ["apples", "birches", "cedars", "", "damsons"];

const BUSINESS: &str = r#"
public_url = "https://phone.example.com"
[business]
name = "Ridge Plumbing"
time_zone = "America/New_York"
[people.ana]
number = "+15550101"
areas = ["repairs"]
[people.ben]
number = "+15550102"
areas = ["repairs"]
[lines."+15550100"]
flow = "front-desk"
"#;

/// Who is gone in one edition.
const CLEO: &str = r#"
[people.cleo]
number = "+15550103"
areas = ["billing"]
"#;

const OFFICE_HOURS: &str = r#"
[hours]
monday = ["08:00-12:00", "13:00-17:00"]
tuesday = ["08:00-17:00"]
wednesday = ["08:00-17:00"]
thursday = ["08:00-17:00"]
friday = ["08:00-17:00"]
[promise]
within = "2h"
"#;

const NIGHTS: &str = r#"
[hours]
saturday = ["22:00-04:00"]
sunday = ["00:30-23:00"]
friday = ["06:00-23:30"]
thursday = ["01:00-23:00"]
"#;

const APPLES: &str = r#"
[start]
blocked = "no-thanks"
open = "hello"
[step.hello]
say  = "Hi, apples."
ring = "on-duty"
for  = "20s"
go   = "busy"
[step.busy]
say     = "Sorry, apples are all on a job."
press.1 = { offer = "have apples call you back {promise}", go = "call-me" }
press.2 = { offer = "leave apples a message", go = "message" }
silence = "message"
[step.call-me]
call-back = true
[step.message]
message = "Leave apples a message and we'll call back {promise}."
"#;

const BIRCHES: &str = r#"
[start]
blocked = "no-thanks"
closed  = "closed"
open    = "hello"
[step.hello]
say     = "Hi, birches."
press.1 = { offer = "for a repair by birches", area = "repairs", go = "repairs" }
press.2 = { offer = "for billing by birches", area = "billing", go = "billing" }
silence = "anyone"
[step.repairs]
ring-in-turn = "repairs"
for          = "15s"
go           = "message"
[step.billing]
ring = "billing"
for  = "20s"
go   = "message"
[step.anyone]
ring = "on-duty"
for  = "20s"
go   = "message"
[step.message]
message = "Sorry! Leave birches a message and we'll call {promise}."
[step.closed]
say     = "The birches. We're open again {opens}."
press.1 = { offer = "for a call by birches about a repair", area = "repairs", go = "call-me" }
silence = "message"
[step.call-me]
call-back = true
"#;

const CEDARS: &str = r#"
[start]
blocked = "no-thanks"
open    = "hello"
[step.hello]
say     = "Hi, cedars."
press.1 = { offer = "tell cedars the job", go = "job" }
press.2 = { offer = "talk to cedars", go = "people" }
silence = "message"
[step.job]
ask     = "Which job, cedars?"
as      = "job"
confirm = true
go      = "message"
[step.people]
ring-in-turn = "on-duty"
for          = "15s"
go           = "message"
[step.message]
message    = "Tell cedars, and we'll call {promise}."
transcribe = true
"#;

const DAMSONS: &str = r#"
[start]
blocked = "no-thanks"
closed  = "call-me"
open    = "hello"
[step.hello]
say  = "Hi, damsons."
ring = "on-duty"
for  = "30s"
go   = "menu"
[step.menu]
say     = "Damsons are out."
press.1 = { offer = "have damsons call you", go = "call-me" }
press.3 = { offer = "ring damsons again", go = "again" }
silence = "call-me"
[step.again]
ring = "ana"
for  = "15s"
go   = "call-me"
[step.call-me]
call-back = true
two-times = true
"#;

/// All editions, read and judged once.
static TOWN: LazyLock<Vec<Draft>> = LazyLock::new(|| {
    let all = format!("{BUSINESS}{CLEO}");
    let (nights, office) = (format!("{all}{NIGHTS}"), format!("{all}{OFFICE_HOURS}"));
    let broken = DAMSONS.replace("go   = \"menu\"", "go   = \"nowhere\"");
    [(&*all, APPLES), (&office, BIRCHES), (BUSINESS, CEDARS), (&all, &broken), (&nights, DAMSONS)]
        .map(|(settings, flow)| draft(settings, flow))
        .into()
});

pub fn edition(number: usize) -> &'static Draft {
    &TOWN[number]
}

/// Whether the words of a document are of this edition and no other.
pub fn speaks_only(document: &str, edition: usize) -> bool {
    let heard = document.to_lowercase();
    let mut others = WORDS.iter().enumerate().filter(|(number, word)| *number != edition && !word.is_empty());
    !others.any(|(_, word)| heard.contains(word))
}

/// What every flow ends with.
const REFUSES: &str = "[step.no-thanks]\nrefuse = true\n";

fn draft(source: &str, flow: &str) -> Draft {
    let flow = format!("{flow}{REFUSES}");
    let home = Path::new("nowhere");
    let settings = settings::read("ringback.toml", source, home, &Environment::default()).unwrap();
    let now = "2026-11-20T18:05:00Z".parse().unwrap();
    let mut draft = Draft {
        moments: Moments::of(&settings.business, now),
        settings,
        settings_source: Some(source.to_owned()),
        settings_wrong: None,
        is_sample: false,
        audio: PathBuf::from("nowhere"),
        flows: BTreeMap::new(),
        wrong: Vec::new(),
    };
    let name = FlowName::parse("front-desk").unwrap();
    match draft.check(name.clone(), ("front-desk.toml", &flow), &[]) {
        Ok(sound) => drop(draft.flows.insert(name, sound)),
        Err(problems) => draft.wrong.push(FlowTrouble::Wrong { name, problems }),
    }
    draft
}
