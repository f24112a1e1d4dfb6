//! The call-back list as people see it: each entry with its calls, attempts and notes, in the order of the list.

use std::cmp::Reverse;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Params, Row, params};

use crate::call::{AnswerName, CallId};
use crate::call_back::CallBackId;
use crate::language::Language;

use super::call_backs::{COLUMNS, CallBackEvent, StoredCallBack, read_entry};
use super::calls::{read_answers, read_language};
use super::{StoreError, Tx, opt_time, time};

/// A list of more entries than this is long: callers who show that they are people come before those who do not.
pub const LONG: usize = 50;

/// Broken promises to callers who may be machines come first as long as they are so few.
const FEW: usize = 10;

/// An entry as the list shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct WaitingLine {
    /// The entry and how many calls joined it.
    pub stored: StoredCallBack,
    /// When its first call came.
    pub first_call_at: Timestamp,
    /// When its last call came.
    pub last_call_at: Timestamp,
    /// Why its last call was missed.
    pub reason: Option<String>,
    /// Whether somebody here has talked with the caller before.
    pub returning: bool,
    /// The name in the owner's address book.
    pub name: Option<String>,
    /// Whether the caller is first on every list.
    pub vip: bool,
    /// The name that the provider found for the number.
    pub caller_name: Option<String>,
    /// Whether the caller did what machines do not do: is known here, rang again, pressed a key or spoke; or whether
    /// somebody here deals with them already. A message alone is none: machines leave them too.
    pub shows_a_person: bool,
}

/// An entry with everything that is known of it.
#[derive(Clone, Debug, PartialEq)]
pub struct CallBackLine {
    /// The entry and how many calls joined it.
    pub stored: StoredCallBack,
    /// When its first call came.
    pub first_call_at: Timestamp,
    /// When its last call came.
    pub last_call_at: Timestamp,
    /// Why its last call was missed.
    pub reason: Option<String>,
    /// Whether somebody here has talked with the caller before.
    pub returning: bool,
    /// The name in the owner's address book.
    pub name: Option<String>,
    /// Whether the caller is first on every list.
    pub vip: bool,
    /// The name that the provider found for the number.
    pub caller_name: Option<String>,
    /// What its callers answered, by the question's name; the last answer to each question.
    pub answers: Vec<(AnswerName, String)>,
    /// The language that was chosen last.
    pub language: Option<Language>,
    /// What was said in its last message that was written down.
    pub transcript: Option<String>,
    /// Everything that was done to it.
    pub events: Vec<CallBackEvent>,
}

impl CallBackLine {
    /// The same as the list shows it, as that of a person.
    pub fn listed(&self) -> WaitingLine {
        WaitingLine {
            stored: self.stored.clone(),
            first_call_at: self.first_call_at,
            last_call_at: self.last_call_at,
            reason: self.reason.clone(),
            returning: self.returning,
            name: self.name.clone(),
            vip: self.vip,
            caller_name: self.caller_name.clone(),
            shows_a_person: true,
        }
    }
}

const SHOWS_A_PERSON: &str =
    "entry.calls > 1 or entry.typed_number is not null or entry.taken_by is not null or entry.attempts > 0
    or entry.offered_to is not null or coalesce(callers.name is not null or callers.vip
        or callers.answered_at is not null or callers.allowed_at is not null or callers.human_at is not null, 0)
    or exists (select 1 from calls where calls.call_back = entry.id
        and (calls.pressed or calls.answers is not null or calls.reason = 'asked_call_back'))";

impl Tx<'_> {
    /// The open entries in the order of the list: broken promise, VIP, returning caller, due time, age; in a long list
    /// callers who show no sign of a person come after all who do; those that sleep come last.
    pub fn waiting(&self, now: Timestamp) -> Result<Vec<WaitingLine>, StoreError> {
        let mut lines = self.lines_where("closed_at is null", [])?;
        put_in_order(&mut lines, now);
        Ok(lines)
    }

    /// The entries that were closed last, the last one first; `None` for all.
    pub fn closed_lately(&self, limit: Option<u32>) -> Result<Vec<WaitingLine>, StoreError> {
        let which = "closed_at is not null order by closed_at desc, id desc limit ?1";
        let mut lines = self.lines_where(which, [limit.map_or(-1, i64::from)])?;
        lines.sort_by_key(|line| Reverse((line.stored.entry.closed_at(), line.stored.entry.id)));
        Ok(lines)
    }

    /// Other entries of the caller, on whichever line, the newest first.
    pub fn other_entries(&self, of: &StoredCallBack, limit: u32) -> Result<Vec<WaitingLine>, StoreError> {
        let Some(identity) = of.entry.caller.identity() else { return Ok(Vec::new()) };
        let which = "caller = ?1 and id <> ?2 order by id desc limit ?3";
        let mut lines = self.lines_where(which, params![identity, of.entry.id.0, limit])?;
        lines.sort_by_key(|line| Reverse(line.stored.entry.id));
        Ok(lines)
    }

    /// The whole list with everything that is known of each entry; with `all`, closed ones after the open ones.
    pub fn call_back_lines(&self, all: bool, now: Timestamp) -> Result<Vec<CallBackLine>, StoreError> {
        let mut lines = self.waiting(now)?;
        if all {
            lines.extend(self.closed_lately(None)?);
        }
        lines.into_iter().map(|line| self.line_of(line.stored)).collect()
    }

    /// One entry with everything that is known of it.
    pub fn call_back_line(&self, id: CallBackId) -> Result<Option<CallBackLine>, StoreError> {
        self.call_back(id)?.map(|stored| self.line_of(stored)).transpose()
    }

    fn lines_where(&self, which: &str, words: impl Params) -> Result<Vec<WaitingLine>, StoreError> {
        // What an entry refers to and is not there must not take the entry from the list.
        let sql = format!(
            "with entry as (select {COLUMNS} from call_backs where {which})
            select entry.*, callers.name, coalesce(callers.vip, 0), callers.answered_at is not null,
                first.at, last.at, last.reason, last.caller_name, {SHOWS_A_PERSON}
            from entry left join callers on callers.caller = entry.caller
                left join calls as first on first.id = entry.first_call
                left join calls as last on last.id = entry.last_call"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query(words)?;
        let mut lines = Vec::new();
        while let Some(row) = rows.next()? {
            lines.push(read_line(row)?);
        }
        Ok(lines)
    }

    fn line_of(&self, stored: StoredCallBack) -> Result<CallBackLine, StoreError> {
        let (first, ..) = self.glance(stored.first_call)?;
        let (last, reason, caller_name) = self.glance(stored.last_call)?;
        // A call that the provider told of afterwards is older than its number.
        let (first_call_at, last_call_at) = (first.min(last), first.max(last));
        let about = self.acquaintance(&stored.entry.caller)?;
        let events = self.call_back_events(stored.entry.id)?;
        let mut line = CallBackLine {
            stored,
            first_call_at,
            last_call_at,
            reason,
            returning: about.answered_before,
            name: about.name,
            vip: about.vip,
            caller_name,
            answers: Vec::new(),
            language: None,
            transcript: None,
            events,
        };
        self.add_words(&mut line)?;
        Ok(line)
    }

    /// What callers said in the calls of an entry, the last word on each matter.
    fn add_words(&self, line: &mut CallBackLine) -> Result<(), StoreError> {
        let sql = "select answers, language, transcript from calls where call_back = ?1
            and (answers is not null or language is not null or transcript is not null) order by id";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params![line.stored.entry.id.0])?;
        while let Some(row) = rows.next()? {
            for (name, answer) in read_answers(row.get(0)?)? {
                line.answers.retain(|(known, _)| *known != name);
                line.answers.push((name, answer));
            }
            line.language = read_language(row.get(1)?)?.or(line.language);
            line.transcript = row.get::<_, Option<String>>(2)?.or(line.transcript.take());
        }
        Ok(())
    }

    fn glance(&self, call: CallId) -> Result<(Timestamp, Option<String>, Option<String>), StoreError> {
        let sql = "select at, reason, caller_name from calls where id = ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get(1)?, row.get(2)?));
        let found = statement.query_row(params![call.0], read).optional()?;
        let (at, reason, name) = found.ok_or_else(|| StoreError::unreadable("a call", call.to_string()))?;
        Ok((time(at)?, reason, name))
    }
}

/// The order of the open entries.
fn put_in_order(lines: &mut [WaitingLine], now: Timestamp) {
    let is_long = lines.len() > LONG;
    let doubtful = |line: &WaitingLine| line.stored.entry.is_broken(now) && !line.shows_a_person;
    let many_doubtful = lines.iter().filter(|line| doubtful(line)).count() > FEW;
    lines.sort_by_cached_key(|line| {
        let entry = &line.stored.entry;
        let (wakes_at, is_broken) = (entry.wakes_at(now), entry.is_broken(now));
        let goes_first = line.shows_a_person || is_broken && !many_doubtful;
        let behind = [wakes_at.is_some(), is_long && !goes_first, !is_broken, !line.vip, !line.returning];
        (behind, wakes_at.unwrap_or(entry.due_at), entry.opened_at, entry.id)
    });
}

fn read_line(row: &Row<'_>) -> Result<WaitingLine, StoreError> {
    let stored = read_entry(row)?;
    let at = |index| -> Result<Timestamp, StoreError> {
        Ok(opt_time(row.get(index)?)?.unwrap_or(stored.entry.opened_at))
    };
    // A call that the provider told of afterwards is older than its number.
    let (first, last) = (at(26)?, at(27)?);
    Ok(WaitingLine {
        first_call_at: first.min(last),
        last_call_at: first.max(last),
        name: row.get(23)?,
        vip: row.get(24)?,
        returning: row.get(25)?,
        reason: row.get(28)?,
        caller_name: row.get(29)?,
        shows_a_person: row.get(30)?,
        stored,
    })
}
