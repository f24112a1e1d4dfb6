//! The rows, as they are written.

use std::path::Path;

use rusqlite::{Connection, params};

use crate::Failure;

/// The database while it is filled.
pub(crate) struct Books(Connection);

/// A row of `calls`.
#[derive(Clone, Default)]
pub(crate) struct Call {
    pub(crate) id: i64,
    pub(crate) call_id: String,
    pub(crate) line: Option<&'static str>,
    pub(crate) caller: Option<String>,
    pub(crate) caller_name: Option<String>,
    pub(crate) at: i64,
    pub(crate) flow: Option<i64>,
    pub(crate) outcome: &'static str,
    pub(crate) reason: Option<&'static str>,
    pub(crate) answered_by: Option<&'static str>,
    pub(crate) accepted_at: Option<i64>,
    pub(crate) area: Option<&'static str>,
    pub(crate) ended_at: Option<i64>,
    pub(crate) recording_seconds: Option<i64>,
    pub(crate) call_back: Option<i64>,
    pub(crate) attested: bool,
    pub(crate) answers: Option<String>,
    pub(crate) language: Option<&'static str>,
    pub(crate) transcript: Option<&'static str>,
    pub(crate) pressed: bool,
}

/// A row of `turns`.
pub(crate) struct Turn {
    pub(crate) call: i64,
    pub(crate) turn: i64,
    pub(crate) at: i64,
    pub(crate) key: Option<&'static str>,
    pub(crate) passed: &'static str,
    pub(crate) state: String,
}

/// A row of `call_back_events`.
#[derive(Clone)]
pub(crate) struct Event {
    pub(crate) at: i64,
    pub(crate) by: &'static str,
    pub(crate) what: &'static str,
    pub(crate) detail: Option<String>,
}

/// A row of `call_backs`.
pub(crate) struct Entry {
    pub(crate) id: i64,
    pub(crate) line: &'static str,
    pub(crate) caller: Option<String>,
    pub(crate) area: Option<&'static str>,
    pub(crate) owner: &'static str,
    pub(crate) opened_at: i64,
    pub(crate) due_at: i64,
    pub(crate) promised_at: Option<i64>,
    pub(crate) typed_number: Option<String>,
    pub(crate) taken: Option<(&'static str, i64)>,
    pub(crate) closed: Option<(&'static str, i64, &'static str)>,
    pub(crate) calls: i64,
    pub(crate) first_call: i64,
    pub(crate) last_call: i64,
    pub(crate) asleep_until: Option<i64>,
    pub(crate) offer: Option<(&'static str, &'static str, i64)>,
    pub(crate) attempts: i64,
}

impl Books {
    /// Opens a file that has its tables and nothing in them. Nobody else is there, and a power cut costs a new start.
    pub(crate) fn open(file: &Path) -> Result<Self, Failure> {
        let connection = Connection::open(file)?;
        for (pragma, value) in [("journal_mode", "off"), ("synchronous", "off"), ("foreign_keys", "off")] {
            connection.pragma_update(None, pragma, value)?;
        }
        connection.pragma_update(None, "cache_size", -600_000)?;
        connection.set_prepared_statement_cache_capacity(32);
        connection
            .execute_batch("begin; insert into accounts (id, provider, name) values (1, 'twilio', 'AC1')")?;
        Ok(Self(connection))
    }

    pub(crate) fn close(self) -> Result<(), Failure> {
        self.0.execute_batch("commit")?;
        self.0.pragma_update(None, "journal_mode", "wal")?;
        Ok(())
    }

    pub(crate) fn flow(&self, source: &str, live_at: i64) -> Result<i64, Failure> {
        let sql = "insert into flow_versions (name, hash, source, live_at) values ('front-desk', ?1, ?2, ?3)";
        self.0.execute(sql, params![ringback::switchboard::hash_of(source), source, live_at])?;
        Ok(self.0.last_insert_rowid())
    }

    pub(crate) fn settings(&self, source: &str, live_at: i64) -> Result<(), Failure> {
        let sql = "insert into last_settings (id, source, live_at) values (1, ?1, ?2)";
        self.0.execute(sql, params![source, live_at])?;
        Ok(())
    }

    pub(crate) fn call(&self, call: &Call) -> Result<(), Failure> {
        let sql = "insert into calls (id, account, call_id, line, caller, caller_name, at, first_fetch_at, flow, outcome,
            reason, answered_by, accepted_at, area, ended_at, trouble, recording_seconds, recording_url, recording_at,
            call_back, attested, answers, language, transcript, pressed, told_seconds, told_url, told_at)
            values (?1, 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21,
            ?22, ?23, ?24, ?16, ?17, ?18)";
        let url = call
            .recording_seconds
            .map(|_| format!("https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE{:032x}", call.id));
        self.0.prepare_cached(sql)?.execute(params![
            call.id,
            call.call_id,
            call.line,
            call.caller,
            call.caller_name,
            call.at,
            call.line.map(|_| call.at),
            call.flow,
            call.outcome,
            call.reason,
            call.answered_by,
            call.accepted_at,
            call.area,
            call.ended_at,
            call.reason == Some("system_error"),
            call.recording_seconds,
            url,
            call.recording_seconds.and(call.ended_at),
            call.call_back,
            call.attested,
            call.answers,
            call.language,
            call.transcript,
            call.pressed,
        ])?;
        Ok(())
    }

    pub(crate) fn turn(&self, turn: &Turn) -> Result<(), Failure> {
        let sql = "insert into turns (call, turn, at, key, passed, state, reply) values (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let reply = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response><Hangup/></Response>";
        let words = params![turn.call, turn.turn, turn.at, turn.key, turn.passed, turn.state, reply];
        self.0.prepare_cached(sql)?.execute(words)?;
        Ok(())
    }

    pub(crate) fn leg(
        &self,
        (call, person): (i64, &str),
        picked_up_at: Option<i64>,
        accepted_at: Option<i64>,
    ) -> Result<(), Failure> {
        let sql = "insert into legs (call, turn, person, picked_up_at, prompted, accepted_at) values (?1, 1, ?2, ?3, ?4, ?5)";
        let words = params![call, person, picked_up_at, picked_up_at.is_some(), accepted_at];
        self.0.prepare_cached(sql)?.execute(words)?;
        Ok(())
    }

    /// An entry with its history and its promises: `(call, made_at, promised_at, met_at)`.
    pub(crate) fn entry(
        &self,
        entry: &Entry,
        events: &[Event],
        promises: &[(Option<i64>, i64, i64, Option<i64>)],
    ) -> Result<(), Failure> {
        let sql = "insert into call_backs (id, line, caller, area, owner, opened_at, due_at, promised_at, typed_number,
            taken_by, taken_at, closed_by, closed_at, outcome, calls, first_call, last_call, seen, asleep_until,
            offered_to, offered_by, offered_until, attempts)
            values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, 1, ?18, ?19, ?20, ?21, ?22)";
        self.0.prepare_cached(sql)?.execute(params![
            entry.id,
            entry.line,
            entry.caller,
            entry.area,
            entry.owner,
            entry.opened_at,
            entry.due_at,
            entry.promised_at,
            entry.typed_number,
            entry.taken.map(|(by, _)| by),
            entry.taken.map(|(_, at)| at),
            entry.closed.map(|(by, ..)| by),
            entry.closed.map(|(_, at, _)| at),
            entry.closed.map(|(.., outcome)| outcome),
            entry.calls,
            entry.first_call,
            entry.last_call,
            entry.asleep_until,
            entry.offer.map(|(to, ..)| to),
            entry.offer.map(|(_, by, _)| by),
            entry.offer.map(|(.., until)| until),
            entry.attempts,
        ])?;
        let sql =
            "insert into call_back_events (call_back, at, by, what, detail) values (?1, ?2, ?3, ?4, ?5)";
        for event in events {
            let words = params![entry.id, event.at, event.by, event.what, event.detail];
            self.0.prepare_cached(sql)?.execute(words)?;
        }
        let sql = "insert into promises (call_back, call, made_at, promised_at, met_at) values (?1, ?2, ?3, ?4, ?5)";
        for (call, made_at, promised_at, met_at) in promises {
            self.0.prepare_cached(sql)?.execute(params![entry.id, call, made_at, promised_at, met_at])?;
        }
        Ok(())
    }

    pub(crate) fn caller(
        &self,
        (caller, name): (&str, Option<String>),
        vip: bool,
        answered: Option<(i64, &str)>,
    ) -> Result<(), Failure> {
        let sql =
            "insert into callers (caller, name, vip, answered_at, answered_by) values (?1, ?2, ?3, ?4, ?5)";
        let words = params![caller, name, vip, answered.map(|(at, _)| at), answered.map(|(_, by)| by)];
        self.0.prepare_cached(sql)?.execute(words)?;
        Ok(())
    }

    pub(crate) fn blocked(&self, caller: &str, at: i64) -> Result<(), Failure> {
        let sql = "insert into callers (caller, blocked_at, blocked_by) values (?1, ?2, 'ana')";
        self.0.execute(sql, params![caller, at])?;
        Ok(())
    }
}
