//! The JSON that outside programs rely on: `calls --json`, `missed --json`, `call-backs --json`, and what a
//! `[notify]` command reads. Fields are only ever added.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::call::{AnswerName, Caller, Outcome};
use crate::call_back::{Deed, Standing};
use crate::language::Language;

use super::call_backs::CallBackEvent;
use super::lists::{CallLine, PathStep};
use super::waiting::CallBackLine;

/// A call. Times are RFC 3339 with the business's offset.
#[derive(Clone, Debug, Serialize)]
pub struct CallShape {
    id: i64,
    provider: &'static str,
    call_id: String,
    line: Option<String>,
    caller: Option<String>,
    withheld: bool,
    caller_name: Option<String>,
    name: Option<String>,
    vip: bool,
    attested: bool,
    at: String,
    ended_at: Option<String>,
    seconds: Option<i64>,
    outcome: &'static str,
    reason: Option<&'static str>,
    answered_by: Option<String>,
    accepted_at: Option<String>,
    flow: Option<String>,
    flow_version: Option<String>,
    path: Vec<PathShape>,
    recording: Option<RecordingShape>,
    call_back: Option<i64>,
    answers: BTreeMap<String, String>,
    language: Option<&'static str>,
    transcript: Option<String>,
    area: Option<String>,
    typed_number: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
struct PathShape {
    step: String,
    at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
struct RecordingShape {
    seconds: u32,
    at: String,
}

/// An entry of the call-back list.
#[derive(Clone, Debug, Serialize)]
pub struct CallBackShape {
    id: i64,
    caller: Option<String>,
    name: Option<String>,
    vip: bool,
    line: Option<String>,
    owner: String,
    area: Option<String>,
    standing: &'static str,
    opened_at: String,
    due_at: String,
    promised_at: Option<String>,
    broken: bool,
    calls: u32,
    first_call_at: String,
    last_call_at: String,
    reason: Option<String>,
    attempts: Vec<AttemptShape>,
    notes: Vec<NoteShape>,
    typed_number: Option<String>,
    outcome: Option<&'static str>,
    answers: BTreeMap<String, String>,
    language: Option<&'static str>,
    transcript: Option<String>,
    returning: bool,
    taken_by: Option<String>,
    asleep_until: Option<String>,
    offered_to: Option<String>,
    offered_until: Option<String>,
    attempts_since_call: u32,
    closed_by: Option<String>,
    closed_at: Option<String>,
    late: bool,
}

#[derive(Clone, Debug, Serialize)]
struct AttemptShape {
    at: String,
    by: String,
    outcome: String,
}

#[derive(Clone, Debug, Serialize)]
struct NoteShape {
    at: String,
    by: String,
    text: String,
}

impl CallShape {
    /// The shape of a call, with times in `zone`.
    pub fn of(line: CallLine, path: Vec<PathStep>, zone: &TimeZone) -> Self {
        let rfc = |at: Timestamp| rfc3339(at, zone);
        let accept = match &line.outcome {
            Outcome::Answered(accept) => Some(accept),
            Outcome::InProgress | Outcome::Missed(_) | Outcome::Blocked => None,
        };
        let step =
            |step: PathStep| PathShape { step: step.step.to_string(), at: rfc(step.at), key: step.key };
        let (flow, version) = line.flow.as_ref().map(|(name, hash)| (name.to_string(), short(hash))).unzip();
        Self {
            id: line.id.0,
            provider: line.provider.word(),
            withheld: line.caller == Caller::Withheld,
            caller: line.caller.identity().map(str::to_owned),
            line: line.line.as_ref().map(|number| number.to_string()),
            at: rfc(line.at),
            seconds: line.ended_at.map(|ended| ended.duration_since(line.at).as_secs()),
            ended_at: line.ended_at.map(rfc),
            outcome: line.outcome.word(),
            reason: line.outcome.reason_word(),
            answered_by: accept.map(|accept| accept.by.to_string()),
            accepted_at: accept.map(|accept| rfc(accept.at)),
            flow,
            flow_version: version,
            path: path.into_iter().map(step).collect(),
            recording: line
                .recording
                .as_ref()
                .map(|recording| RecordingShape { seconds: recording.seconds, at: rfc(recording.at) }),
            call_back: line.call_back.map(|id| id.0),
            answers: by_name(&line.answers),
            language: line.language.map(Language::code),
            transcript: line.transcript,
            call_id: line.call_id,
            caller_name: line.caller_name,
            name: line.name,
            vip: line.vip,
            attested: line.attested,
            area: line.area.as_ref().map(|area| area.to_string()),
            typed_number: line.typed_number.as_ref().map(|number| number.to_string()),
        }
    }
}

impl CallBackShape {
    /// The shape of an entry at `now`, with times in `zone`.
    pub fn of(line: &CallBackLine, now: Timestamp, zone: &TimeZone) -> Self {
        let rfc = |at: Timestamp| rfc3339(at, zone);
        let entry = &line.stored.entry;
        let closed = match &entry.standing {
            Standing::Closed { by, at, outcome } => Some((by, *at, outcome)),
            Standing::Waiting | Standing::Taken { .. } => None,
        };
        let those =
            |what| line.events.iter().filter(move |event| event.what == what && event.undone_at.is_none());
        let detail = |event: &CallBackEvent| event.detail.clone().unwrap_or_default();
        Self {
            id: entry.id.0,
            caller: entry.caller.identity().map(str::to_owned),
            name: line.name.clone(),
            vip: line.vip,
            line: entry.line.as_ref().map(|number| number.to_string()),
            owner: entry.owner.to_string(),
            area: entry.area.as_ref().map(|area| area.to_string()),
            standing: entry.standing.word(),
            opened_at: rfc(entry.opened_at),
            due_at: rfc(entry.due_at),
            promised_at: entry.promised_at.map(rfc),
            broken: entry.is_broken(now),
            calls: line.stored.calls,
            first_call_at: rfc(line.first_call_at),
            last_call_at: rfc(line.last_call_at),
            reason: line.reason.clone(),
            attempts: those(Deed::Tried)
                .map(|event| AttemptShape { at: rfc(event.at), by: event.by.clone(), outcome: detail(event) })
                .collect(),
            notes: those(Deed::Note)
                .map(|event| NoteShape { at: rfc(event.at), by: event.by.clone(), text: detail(event) })
                .collect(),
            typed_number: entry.typed_number.as_ref().map(|number| number.to_string()),
            outcome: closed.map(|(.., outcome)| outcome.word()),
            answers: by_name(&line.answers),
            language: line.language.map(Language::code),
            transcript: line.transcript.clone(),
            returning: line.returning,
            taken_by: match &entry.standing {
                Standing::Taken { by, .. } => Some(by.to_string()),
                Standing::Waiting | Standing::Closed { .. } => None,
            },
            asleep_until: entry.wakes_at(now).map(rfc),
            offered_to: entry.offer_at(now).map(|offer| offer.to.to_string()),
            offered_until: entry.offer_at(now).map(|offer| rfc(offer.until)),
            attempts_since_call: entry.attempts,
            closed_by: closed.map(|(by, ..)| by.to_string()),
            closed_at: closed.map(|(_, at, _)| rfc(at)),
            late: entry.is_late(now),
        }
    }
}

fn by_name(answers: &[(AnswerName, String)]) -> BTreeMap<String, String> {
    answers.iter().map(|(name, answer)| (name.to_string(), answer.clone())).collect()
}

/// RFC 3339 with an offset, to the second.
pub fn rfc3339(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// A version's hash, short enough to be said.
fn short(hash: &str) -> String {
    hash.chars().take(12).collect()
}
