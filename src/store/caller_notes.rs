//! What people here wrote about a caller, whichever entry it was about, or none.

use jiff::Timestamp;
use rusqlite::params;

use crate::call::{Caller, PersonName, PhoneNumber};

use super::{StoreError, Tx, millis, time};

/// A note about a caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallerNote {
    /// When it was written.
    pub at: Timestamp,
    /// Who wrote it.
    pub by: PersonName,
    /// What.
    pub text: String,
}

impl Tx<'_> {
    /// The notes about a caller, oldest first; a withheld one has none.
    pub fn caller_notes(&self, caller: &Caller) -> Result<Vec<CallerNote>, StoreError> {
        let Some(identity) = caller.identity() else { return Ok(Vec::new()) };
        let sql = "select at, by, text from caller_notes where caller = ?1 order by at, id";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params![identity])?;
        let mut notes = Vec::new();
        while let Some(row) = rows.next()? {
            let by: String = row.get(1)?;
            let by = PersonName::parse(&by).map_err(|_| StoreError::unreadable("a person", by))?;
            notes.push(CallerNote { at: time(row.get(0)?)?, by, text: row.get(2)? });
        }
        Ok(notes)
    }

    /// Adds a note about a number.
    pub fn add_caller_note(
        &self,
        number: &PhoneNumber,
        by: &PersonName,
        at: Timestamp,
        text: &str,
    ) -> Result<(), StoreError> {
        // The caller stands among those of whom something is known.
        let known = "insert into callers (caller) values (?1) on conflict (caller) do nothing";
        self.connection.prepare_cached(known)?.execute(params![number.as_str()])?;
        let sql = "insert into caller_notes (caller, at, by, text) values (?1, ?2, ?3, ?4)";
        let words = params![number.as_str(), millis(at), by.as_str(), text];
        self.connection.prepare_cached(sql)?.execute(words)?;
        Ok(())
    }
}
