//! What the lists show, read and nothing else.

use std::cmp::Reverse;

use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Row, params, params_from_iter};

use crate::call::{
    AnswerName, AreaName, CallId, Caller, FlowName, Outcome, PersonName, PhoneNumber, Provider, Recording,
    StepName,
};
use crate::call_back::CallBackId;
use crate::language::Language;

use super::calls::{
    read_answers, read_area, read_language, read_number, read_outcome, read_provider, read_recording,
};
use super::{StoreError, Tx, millis, opt_time, time};

/// A call as the lists show it.
#[derive(Clone, Debug, PartialEq)]
pub struct CallLine {
    /// Our number.
    pub id: CallId,
    /// Who carried it.
    pub provider: Provider,
    /// The provider's id.
    pub call_id: String,
    /// The line that was rung.
    pub line: Option<PhoneNumber>,
    /// Who rang.
    pub caller: Caller,
    /// The number that a caller who withheld theirs typed.
    pub typed_number: Option<PhoneNumber>,
    /// The name in the owner's address book.
    pub name: Option<String>,
    /// Whether the caller is first on every list.
    pub vip: bool,
    /// The name that the provider found.
    pub caller_name: Option<String>,
    /// Whether the caller's network vouches for the number.
    pub attested: bool,
    /// When it came.
    pub at: Timestamp,
    /// When it ended, as the provider said.
    pub ended_at: Option<Timestamp>,
    /// What came of it.
    pub outcome: Outcome,
    /// The flow, and the hash of its version.
    pub flow: Option<(FlowName, String)>,
    /// What it was about.
    pub area: Option<AreaName>,
    /// What the caller answered, in the order of the questions.
    pub answers: Vec<(AnswerName, String)>,
    /// The language that the caller chose.
    pub language: Option<Language>,
    /// What was said in the message, as the provider wrote it down.
    pub transcript: Option<String>,
    /// The message.
    pub recording: Option<Recording>,
    /// The entry that it opened or joined.
    pub call_back: Option<CallBackId>,
    /// The provider's error code, where it had to use the fallback.
    pub error: Option<String>,
}

/// A step that a call passed, and the key that the caller pressed there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathStep {
    /// The step.
    pub step: StepName,
    /// When it was entered.
    pub at: Timestamp,
    /// What was pressed there.
    pub key: Option<String>,
}

/// Something that should not have happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    /// When.
    pub at: Timestamp,
    /// To which call; `None` when to none.
    pub call: Option<CallId>,
    /// What it was.
    pub what: String,
    /// More about it; empty when there is nothing more to say.
    pub detail: String,
}

/// Which calls to list. What was forgotten is on no list.
#[derive(Clone, Debug, Default)]
pub struct CallFilter {
    /// Only missed ones.
    pub missed_only: bool,
    /// Only since this time.
    pub since: Option<Timestamp>,
    /// Only before this time.
    pub until: Option<Timestamp>,
    /// Only for this reason, by its word.
    pub reason: Option<&'static str>,
    /// Only from these callers.
    pub from: Option<WhoRang>,
    /// Only those that this person answered, or whose entry is theirs.
    pub person: Option<PersonName>,
    /// Only on this line.
    pub line: Option<PhoneNumber>,
    /// At most so many; `None` for all.
    pub limit: Option<u32>,
}

/// Callers as people name them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WhoRang {
    /// This one, also where they withheld their number and typed it; all withheld ones are one here.
    Is(Caller),
    /// Numbers that end in these digits.
    EndsIn(String),
    /// Those in whose name this stands.
    Named(String),
}

/// Numbers of a stretch of time.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Today {
    /// All calls.
    pub calls: u32,
    /// Those that a person took.
    pub answered: u32,
    /// Those that nobody took.
    pub missed: u32,
    /// Those refused.
    pub blocked: u32,
    /// Those going on.
    pub in_progress: u32,
}

const COLUMNS: &str = "calls.id, accounts.provider, call_id, line, calls.caller, caller_name, at, ended_at, outcome,
    reason, calls.answered_by, accepted_at, flow_versions.name, flow_versions.hash, area, recording_seconds,
    recording_url, recording_at, call_back, error, callers.name, coalesce(callers.vip, 0), attested,
    answers, calls.language, transcript,
    (select typed_number from call_backs where call_backs.id = call_back and calls.caller is null)
    from calls join accounts on accounts.id = calls.account left join flow_versions on flow_versions.id = calls.flow
    left join callers on callers.caller = calls.caller";

impl Tx<'_> {
    /// Calls, newest first.
    pub fn calls(&self, filter: &CallFilter) -> Result<Vec<CallLine>, StoreError> {
        let (which, mut words) = self.conditions(filter)?;
        let sql = format!("select {COLUMNS} where {which} order by calls.id desc limit ?");
        words.push(Value::from(filter.limit.map_or(-1, i64::from)));
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params_from_iter(words))?;
        let mut calls = Vec::new();
        while let Some(row) = rows.next()? {
            calls.push(read_line(row)?);
        }
        // Ids grow with time, but for calls that the provider told of afterwards.
        calls.sort_by_key(|call| Reverse((call.at, call.id)));
        Ok(calls)
    }

    fn conditions(&self, filter: &CallFilter) -> Result<(String, Vec<Value>), StoreError> {
        let mut which = vec!["outcome <> 'forgotten'"];
        let mut words: Vec<Value> = Vec::new();
        if filter.missed_only {
            which.push("outcome = 'missed'");
        }
        if let Some(since) = filter.since {
            which.push("calls.id >= ? and at >= ?");
            words.extend([self.first_call_since(since)?.0.into(), millis(since).into()]);
        }
        if let Some(until) = filter.until {
            which.push("calls.id < ? and at < ?");
            words.extend([self.first_call_of_all_since(until)?.0.into(), millis(until).into()]);
        }
        if let Some(reason) = filter.reason {
            which.push("reason = ?");
            words.push(reason.to_owned().into());
        }
        match &filter.from {
            None => {}
            Some(WhoRang::Is(Caller::Number(number))) => {
                which.push(
                    "(calls.caller = ? or calls.caller is null and call_back in
                    (select id from call_backs where typed_number = ?))",
                );
                words.extend([number.as_str().to_owned().into(), number.as_str().to_owned().into()]);
            }
            Some(WhoRang::Is(caller)) => {
                which.push("calls.caller is ?");
                words.push(caller.identity().map(str::to_owned).into());
            }
            Some(WhoRang::EndsIn(digits)) => {
                which.push(
                    "(calls.caller like ? or calls.caller is null and call_back in
                    (select id from call_backs where typed_number like ?))",
                );
                let like = format!("%{digits}");
                words.extend([like.clone().into(), like.into()]);
            }
            Some(WhoRang::Named(name)) => {
                which.push("(callers.name like ? escape '\\' or caller_name like ? escape '\\')");
                let like =
                    format!("%{}%", name.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"));
                words.extend([like.clone().into(), like.into()]);
            }
        }
        if let Some(person) = &filter.person {
            which.push(
                "(calls.answered_by = ? or exists (select 1 from call_backs where id = call_back and owner = ?))",
            );
            words.extend([person.as_str().to_owned().into(), person.as_str().to_owned().into()]);
        }
        if let Some(line) = &filter.line {
            which.push("line = ?");
            words.push(line.as_str().to_owned().into());
        }
        Ok((which.join(" and "), words))
    }

    /// One call.
    pub fn call_line(&self, id: CallId) -> Result<Option<CallLine>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached(&format!("select {COLUMNS} where calls.id = ?1 and outcome <> 'forgotten'"))?;
        let mut rows = statement.query(params![id.0])?;
        rows.next()?.map(read_line).transpose()
    }

    /// The way a call took: the steps in order, each with what was pressed there.
    pub fn path_of(&self, call: CallId) -> Result<Vec<PathStep>, StoreError> {
        let sql = "select at, key, passed from turns where call = ?1 order by turn";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params![call.0])?;
        let mut path: Vec<PathStep> = Vec::new();
        while let Some(row) = rows.next()? {
            let at = time(row.get(0)?)?;
            if let Some(key) = row.get::<_, Option<String>>(1)? {
                press(&mut path, key, at);
            }
            let passed: String = row.get(2)?;
            for step in passed.split_whitespace() {
                path.push(PathStep { step: StepName::stored(step), at, key: None });
            }
        }
        Ok(path)
    }

    /// The numbers since `since`.
    pub fn numbers_since(&self, since: Timestamp) -> Result<Today, StoreError> {
        let sql =
            "select count(*), coalesce(sum(outcome = 'answered'), 0), coalesce(sum(outcome = 'missed'), 0),
            coalesce(sum(outcome = 'blocked'), 0), coalesce(sum(outcome = 'in_progress'), 0)
            from calls where id >= ?1 and at >= ?2 and outcome <> 'forgotten'";
        let words = params![self.first_call_since(since)?.0, millis(since)];
        let read = |row: &Row<'_>| {
            let [calls, answered, missed, blocked, in_progress] =
                [row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?];
            Ok(Today { calls, answered, missed, blocked, in_progress })
        };
        Ok(self.connection.prepare_cached(sql)?.query_row(words, read)?)
    }

    /// When the last call came in; `None` if no webhook was ever seen.
    pub fn last_call_at(&self) -> Result<Option<Timestamp>, StoreError> {
        let sql = "select (select at from calls where outcome <> 'forgotten' order by id desc limit 1)";
        opt_time(self.connection.query_row(sql, [], |row| row.get(0))?)
    }

    /// The latest things that should not have happened, the last one first.
    pub fn incidents(&self, since: Timestamp) -> Result<Vec<Incident>, StoreError> {
        let sql = "select at, call, what, coalesce(detail, '') from incidents where at >= ?1
            order by id desc limit 1000";
        let mut statement = self.connection.prepare(sql)?;
        let mut rows = statement.query(params![millis(since)])?;
        let mut list = Vec::new();
        while let Some(row) = rows.next()? {
            let call = row.get::<_, Option<i64>>(1)?.map(CallId);
            list.push(Incident { at: time(row.get(0)?)?, call, what: row.get(2)?, detail: row.get(3)? });
        }
        Ok(list)
    }

    /// When something that should not have happened was last written down, if that is not long ago.
    pub fn last_incident(&self, what: &str) -> Result<Option<Timestamp>, StoreError> {
        let sql =
            "select (select at from incidents where what = ?1 and id > (select max(id) - 1000 from incidents)
            order by id desc limit 1)";
        opt_time(self.connection.query_row(sql, [what], |row| row.get(0))?)
    }

    /// Whether a record of the journal was imported.
    pub fn is_imported(&self, id: &str) -> Result<bool, StoreError> {
        let sql = "select exists (select 1 from journal_imports where id = ?1)";
        Ok(self.connection.prepare_cached(sql)?.query_row([id], |row| row.get(0))?)
    }

    /// Whether the file is sound, in SQLite's own words where it is not.
    pub fn complaint(&self) -> Result<Option<String>, StoreError> {
        let words: String = self.connection.query_row("pragma quick_check(1)", [], |row| row.get(0))?;
        Ok((words != "ok").then_some(words))
    }
}

/// A key belongs to the step at which it was pressed; a second one there is another visit to it.
fn press(path: &mut Vec<PathStep>, key: String, at: Timestamp) {
    match path.last_mut() {
        Some(last) if last.key.is_none() => last.key = Some(key),
        Some(last) => {
            let step = last.step.clone();
            path.push(PathStep { step, at, key: Some(key) });
        }
        None => {}
    }
}

fn read_line(row: &Row<'_>) -> Result<CallLine, StoreError> {
    let outcome: String = row.get(8)?;
    let flow = match (row.get::<_, Option<String>>(12)?, row.get::<_, Option<String>>(13)?) {
        (Some(name), Some(hash)) => {
            let name = FlowName::parse(&name).map_err(|_| StoreError::unreadable("a flow", name))?;
            Some((name, hash))
        }
        _ => None,
    };
    Ok(CallLine {
        id: CallId(row.get(0)?),
        provider: read_provider(&row.get::<_, String>(1)?)?,
        call_id: row.get(2)?,
        line: read_number(row.get(3)?)?,
        caller: Caller::from_identity(row.get(4)?),
        name: row.get(20)?,
        vip: row.get(21)?,
        caller_name: row.get(5)?,
        attested: row.get(22)?,
        at: time(row.get(6)?)?,
        ended_at: opt_time(row.get(7)?)?,
        outcome: read_outcome(&outcome, row.get(9)?, (row.get(10)?, row.get(11)?))?,
        flow,
        area: read_area(row.get(14)?)?,
        recording: read_recording(row.get(15)?, row.get(16)?, row.get(17)?)?
            .filter(|recording| !recording.is_absent()),
        call_back: row.get::<_, Option<i64>>(18)?.map(CallBackId),
        error: row.get(19)?,
        answers: read_answers(row.get(23)?)?,
        language: read_language(row.get(24)?)?,
        transcript: row.get(25)?,
        typed_number: read_number(row.get(26)?)?,
    })
}
