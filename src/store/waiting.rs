//! The call-back list as people see it: each entry with its calls, attempts and notes, in the order of the list.

use std::cmp::Reverse;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use crate::call::{AnswerName, CallId};
use crate::call_back::CallBackId;
use crate::language::Language;

use super::call_backs::{CallBackEvent, StoredCallBack};
use super::calls::{read_answers, read_language};
use super::{StoreError, Tx, time};

/// An entry with everything that the list shows.
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

impl Tx<'_> {
    /// The list: open entries first by broken promise, VIP, returning caller, due time and age; then, with `all`,
    /// closed ones, the last closed first.
    pub fn call_back_lines(&self, all: bool, now: Timestamp) -> Result<Vec<CallBackLine>, StoreError> {
        let stored = self.call_backs(all)?;
        let mut lines = stored.into_iter().map(|one| self.line_of(one)).collect::<Result<Vec<_>, _>>()?;
        lines.sort_by_key(|line| {
            let entry = &line.stored.entry;
            let open = entry.closed_at().is_none();
            let first = [entry.is_broken(now), line.vip, line.returning].map(|is_so| Reverse(open && is_so));
            let due = if open { entry.due_at } else { Timestamp::UNIX_EPOCH };
            (Reverse(open), first, due, Reverse(entry.closed_at()), entry.opened_at, entry.id)
        });
        Ok(lines)
    }

    /// One entry with everything that the list shows.
    pub fn call_back_line(&self, id: CallBackId) -> Result<Option<CallBackLine>, StoreError> {
        self.call_back(id)?.map(|stored| self.line_of(stored)).transpose()
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
