//! `ringback replay`: the calls of the last days, through an edited flow.

use std::collections::HashMap;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};

use crate::call::{FlowName, Outcome};
use crate::clock;
use crate::compare::{Doubt, Ended, PastCall, Replay, Replayed, Tally, replay};
use crate::flow::{self, Flow};
use crate::notation::parse_duration;
use crate::settings::{Environment, Home};
use crate::store::{FlowVersionId, Reader, StoreError, Tx, rfc3339};
use crate::switchboard::Draft;

use super::check::flow_of;
use super::failure::Failure;
use super::output::{remark, show, show_json, terminal_width, wrap};
use super::table::{Cell, Column, Table};
use super::when::Look;
use super::who;

const EXAMPLES: &str = "\
Plays the calls that there were through an edited flow, and lists those that
would have come to something else. Each caller does what they did then: at a
choice, what is about the same thing, else what leads to the same, else the
same key, else nothing. People who are rung accept as they did, after as
long; a caller who hung up does so after the same time. Nothing is written.

Examples:
  ringback replay --flow front-desk
  ringback replay --since 2w --flow ivr-flows/front-desk.toml
  ringback replay --flow front-desk --json | jq .totals";

/// Play the calls of the last days through an edited flow
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The edited flow, by name or file
    #[arg(long, value_name = "FLOW")]
    flow: String,
    /// How far back: `7d`, `24h`, `2w`
    #[arg(long, value_name = "TIME", default_value = "7d", value_parser = stretch)]
    since: Duration,
    /// Print JSON for other programs
    #[arg(long)]
    json: bool,
}

fn stretch(text: &str) -> Result<Duration, String> {
    parse_duration(text)
        .filter(|time| !time.is_zero())
        .ok_or_else(|| "write it like `7d`, `24h` or `2w`".to_owned())
}

/// Plays past calls through a flow.
pub(super) fn run(args: Args, home: &Home) -> Result<(), Failure> {
    let draft = Draft::read(home, &Environment::of_process(), true)?;
    let (name, edited) = flow_of(&args.flow, &draft)?;
    let business = &draft.settings.business;
    let now = clock::now();
    let since = SignedDuration::try_from(args.since).ok().and_then(|time| now.checked_sub(time).ok());
    let past = Past::read(home, since.unwrap_or(Timestamp::MIN))?.of_flow(&name);
    let calls = past.with_flows();
    let replay = replay(&calls, &edited.flow, business);
    if args.json {
        return show_json(&shape(&replay, &past, &business.time_zone));
    }
    let look = Look { now, zone: business.time_zone.clone(), width: terminal_width() };
    show(&screen(&replay, &past, &look))?;
    unknown(&replay).iter().for_each(|line| remark(line));
    Ok(())
}

/// Past calls, and the versions of flows that answered them.
#[derive(Default)]
struct Past {
    calls: Vec<(PastCall, FlowVersionId)>,
    flows: HashMap<FlowVersionId, (FlowName, Flow)>,
    /// Calls whose flow cannot be read any more.
    lost: usize,
}

impl Past {
    fn read(home: &Home, since: Timestamp) -> Result<Self, Failure> {
        let Some(mut reader) = Reader::open(&home.database())? else { return Ok(Self::default()) };
        Ok(reader.read(|tx| Self::of(tx, since))?)
    }

    fn of(tx: &Tx<'_>, since: Timestamp) -> Result<Self, StoreError> {
        let mut past = Self { calls: tx.past_calls(since)?, ..Self::default() };
        for (_, version) in &past.calls {
            if past.flows.contains_key(version) {
                continue;
            }
            let Some(stored) = tx.flow_version(*version)? else { continue };
            if let Ok((flow, _)) = flow::load(stored.name.clone(), stored.name.as_str(), &stored.source, None)
            {
                past.flows.insert(*version, (stored.name, flow));
            }
        }
        let all = past.calls.len();
        past.calls.retain(|(_, version)| past.flows.contains_key(version));
        past.lost = all - past.calls.len();
        Ok(past)
    }

    /// Only the calls that a flow of that name answered; all of them where none was, as for a draft of another name.
    fn of_flow(mut self, name: &FlowName) -> Self {
        let is_it = |version: &FlowVersionId| self.flows.get(version).is_some_and(|(known, _)| known == name);
        if self.calls.iter().any(|(_, version)| is_it(version)) {
            let flows = &self.flows;
            self.calls.retain(|(_, version)| flows.get(version).is_some_and(|(known, _)| known == name));
        }
        self
    }

    fn with_flows(&self) -> Vec<(PastCall, &Flow)> {
        let flow = |version| self.flows.get(version).map(|(_, flow)| flow);
        self.calls.iter().filter_map(|(call, version)| Some((call.clone(), flow(version)?))).collect()
    }
}

fn screen(replay: &Replay, past: &Past, look: &Look) -> String {
    let width = look.width;
    if replay.calls == 0 {
        return "There are no calls to play.\n".to_owned();
    }
    if replay.changed.is_empty() {
        return wrap(&format!("{}: nothing changes for any of them.", calls(replay.calls)), width, 0);
    }
    let mut table = Table::new([
        Column::number("id"),
        Column::whole("when"),
        Column::giving_way("who", 12),
        Column::giving_way_last("then", 12),
        Column::whole(""),
        Column::giving_way_last("with this flow", 14),
    ]);
    for changed in &replay.changed {
        let (call, _) = &past.calls[changed.index];
        table.push([
            Cell::of(changed.call.to_string()),
            Cell::of(look.ago(call.at)),
            Cell::of(who::caller(&call.caller, None)),
            Cell::of(told(&changed.from)),
            Cell::of("→"),
            Cell::of(told(&changed.to)),
        ]);
    }
    format!("{}\n{}", table.render(width), wrap(&summary(replay), width, 0))
}

/// `answered by ana after 18 s`, `left a message`.
fn told(ended: &Ended) -> String {
    match (&ended.outcome, ended.to_person) {
        (Outcome::Answered(accept), Some(time)) => format!("{} after {} s", accept.by, whole_seconds(time)),
        (Outcome::Answered(accept), None) => format!("{} answers", accept.by),
        (Outcome::Missed(reason), _) => reason.to_string(),
        (Outcome::Blocked, _) => "blocked".to_owned(),
        (Outcome::InProgress, _) => "going on".to_owned(),
    }
}

fn summary(replay: &Replay) -> String {
    let (before, after) = (&replay.before, &replay.after);
    let mut parts = Vec::new();
    let mut told = |before: usize, after: usize, what: &str| match before.cmp(&after) {
        std::cmp::Ordering::Less => parts.push(format!("{} more {what}", after - before)),
        std::cmp::Ordering::Greater => parts.push(format!("{} fewer {what}", before - after)),
        std::cmp::Ordering::Equal => {}
    };
    told(before.missed, after.missed, "missed");
    told(before.answered, after.answered, "answered");
    told(before.blocked, after.blocked, "blocked");
    let reason = |tally: &Tally, word| tally.reasons.get(word).copied().unwrap_or(0);
    for (word, what) in [("voicemail_left", "with a message"), ("asked_call_back", "that ask for a call")] {
        told(reason(before, word), reason(after, word), what);
    }
    let changed = replay.changed.len();
    parts.insert(0, format!("{changed} {}", if changed == 1 { "changes" } else { "change" }));
    let median = |tally: &Tally| tally.median_to_person.map(|time| whole_seconds(time).to_string());
    let (old, new) = (median(before), median(after));
    if old != new {
        let none = || "none".to_owned();
        let (old, new) = (old.unwrap_or_else(none), new.unwrap_or_else(none));
        parts.push(format!("median seconds to a person {old} → {new}"));
    }
    format!("{}: {}.", calls(replay.calls), parts.join(", "))
}

fn calls(many: usize) -> String {
    format!("{many} {}", if many == 1 { "call" } else { "calls" })
}

/// What the past calls do not tell.
fn unknown(replay: &Replay) -> Vec<String> {
    let doubt = |doubt: &Doubt| match doubt {
        Doubt::Choice => "the caller met no choice then, and is taken to press nothing",
        Doubt::Person => "somebody is rung who was not then, and is taken not to come",
        Doubt::Message => "the caller was not invited to leave a message then, and is taken to leave none",
        Doubt::Question => "a question is asked that was not then, and is taken not to be answered",
    };
    let mut lines: Vec<String> = replay
        .doubts
        .iter()
        .map(|(what, many)| format!("not known in {}: {}", calls(*many), doubt(what)))
        .collect();
    if !replay.left_out.is_empty() {
        let many = calls(replay.left_out.len());
        lines.push(format!("left out: {many} of which too little is known to play them again"));
    }
    lines
}

fn shape(replay: &Replay, past: &Past, zone: &TimeZone) -> Value {
    let changed = replay.changed.iter().map(|changed| changed_shape(changed, past, zone));
    let doubts = replay.doubts.iter().map(|(doubt, many)| (doubt_word(*doubt).to_owned(), json!(many)));
    json!({
        "calls": replay.calls,
        "changed": changed.collect::<Vec<_>>(),
        "totals": { "before": TallyShape::of(&replay.before), "after": TallyShape::of(&replay.after) },
        "assumed": Value::Object(doubts.collect()),
        "left_out": replay.left_out.iter().map(|id| id.0).collect::<Vec<_>>(),
        "flow_lost": past.lost,
    })
}

fn changed_shape(changed: &Replayed, past: &Past, zone: &TimeZone) -> Value {
    let (call, _) = &past.calls[changed.index];
    json!({
        "call": changed.call.0,
        "at": rfc3339(call.at, zone),
        "caller": call.caller.identity(),
        "from": ended_shape(&changed.from),
        "to": ended_shape(&changed.to),
    })
}

fn ended_shape(ended: &Ended) -> Value {
    let by = match &ended.outcome {
        Outcome::Answered(accept) => Some(accept.by.as_str().to_owned()),
        Outcome::Missed(_) | Outcome::Blocked | Outcome::InProgress => None,
    };
    json!({
        "outcome": ended.outcome.word(),
        "reason": ended.outcome.reason_word(),
        "by": by,
        "seconds_to_person": ended.to_person.map(whole_seconds),
        "assumed": ended.doubts.iter().map(|doubt| doubt_word(*doubt)).collect::<Vec<_>>(),
    })
}

fn doubt_word(doubt: Doubt) -> &'static str {
    match doubt {
        Doubt::Choice => "choice",
        Doubt::Person => "person",
        Doubt::Message => "message",
        Doubt::Question => "question",
    }
}

#[derive(Serialize)]
struct TallyShape {
    answered: usize,
    missed: usize,
    blocked: usize,
    reasons: std::collections::BTreeMap<&'static str, usize>,
    median_seconds_to_person: Option<u64>,
}

impl TallyShape {
    fn of(tally: &Tally) -> Self {
        Self {
            answered: tally.answered,
            missed: tally.missed,
            blocked: tally.blocked,
            reasons: tally.reasons.clone(),
            median_seconds_to_person: tally.median_to_person.map(whole_seconds),
        }
    }
}

fn whole_seconds(time: Duration) -> u64 {
    u64::try_from((time.as_millis() + 500) / 1000).unwrap_or(u64::MAX)
}
