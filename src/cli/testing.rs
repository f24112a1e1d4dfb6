//! Calls and entries for the tests of the screens, on a Saturday at 3 p.m.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::call::{
    Accept, AreaName, CallId, Caller, MissedReason, Outcome, PersonName, PhoneNumber, Provider,
};
use crate::call_back::{CallBack, CallBackId, Standing};
use crate::store::{CallBackLine, CallLine, StoredCallBack, WaitingLine};

use super::when::Look;

/// A terminal of 80 columns.
pub(super) fn look() -> Look {
    let now = "2026-11-21T15:00:00-05:00".parse().unwrap();
    Look { now, zone: TimeZone::get("America/New_York").unwrap(), width: 80 }
}

/// So many minutes before 3 p.m., or after it when negative.
pub(super) fn ago(minutes: i64) -> Timestamp {
    look().now - SignedDuration::from_mins(minutes)
}

pub(super) fn ana() -> PersonName {
    PersonName::parse("ana").unwrap()
}

pub(super) fn ben() -> PersonName {
    PersonName::parse("ben").unwrap()
}

pub(super) fn answered() -> Outcome {
    Outcome::Answered(Accept { by: ana(), at: ago(0) })
}

/// A call of a minute and five seconds.
pub(super) fn call(id: i64, (caller, name): (&str, &str), at: Timestamp, outcome: Outcome) -> CallLine {
    CallLine {
        id: CallId(id),
        provider: Provider::Twilio,
        call_id: format!("CA{id}"),
        line: PhoneNumber::parse("+15550100").ok(),
        caller: Caller::read(caller),
        name: None,
        vip: false,
        attested: false,
        typed_number: None,
        caller_name: Some(name).filter(|name| !name.is_empty()).map(str::to_owned),
        at,
        ended_at: Some(at + SignedDuration::from_secs(65)).filter(|_| outcome != Outcome::InProgress),
        call_back: matches!(outcome, Outcome::Missed(_)).then_some(CallBackId(id)),
        outcome,
        flow: None,
        area: None,
        answers: Vec::new(),
        language: None,
        transcript: None,
        recording: None,
        error: None,
    }
}

/// An entry that one call opened, about repairs, and due in an hour from then.
pub(super) fn entry(
    id: i64,
    (caller, name): (&str, &str),
    at: Timestamp,
    reason: MissedReason,
) -> CallBackLine {
    let entry = CallBack {
        id: CallBackId(id),
        caller: Caller::read(caller),
        line: PhoneNumber::parse("+15550100").ok(),
        area: AreaName::parse("repairs").ok(),
        owner: ana(),
        standing: Standing::Waiting,
        opened_at: at,
        due_at: at + SignedDuration::from_mins(60),
        promised_at: None,
        typed_number: None,
        asleep_until: None,
        offer: None,
        attempts: 0,
    };
    let call = CallId(id);
    CallBackLine {
        stored: StoredCallBack { entry, calls: 1, first_call: call, last_call: call, seen: true },
        first_call_at: at,
        last_call_at: at,
        reason: Some(reason.word().to_owned()),
        returning: false,
        name: None,
        vip: false,
        caller_name: Some(name).filter(|name| !name.is_empty()).map(str::to_owned),
        answers: Vec::new(),
        language: None,
        transcript: None,
        events: Vec::new(),
    }
}

/// The same as a line of the list; a person by every sign.
pub(super) fn waits(id: i64, caller: (&str, &str), at: Timestamp, reason: MissedReason) -> WaitingLine {
    entry(id, caller, at, reason).listed()
}

/// A screen without its colours.
pub(super) fn plain(screen: &str) -> String {
    anstream::adapter::strip_str(screen).to_string()
}
