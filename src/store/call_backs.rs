//! Call-backs: one open entry per caller and line, and everything that was done to it.

use jiff::Timestamp;
use rusqlite::{Row, params};

use crate::call::{AreaName, CallId, Caller, PersonName, PhoneNumber};
use crate::call_back::{CallBack, CallBackId, CloseOutcome, Deed, Offer, Standing};

use super::calls::{CallRecord, read_area, read_number, read_person};
use super::{StoreError, Tx, millis, opt_time, time};

/// An entry of the list, with the calls that joined it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCallBack {
    /// The entry.
    pub entry: CallBack,
    /// How many calls joined it.
    pub calls: u32,
    /// The first of them.
    pub first_call: CallId,
    /// The last of them.
    pub last_call: CallId,
    /// Whether a person may have heard of it; one that nobody heard of can still be withdrawn.
    pub seen: bool,
}

/// Something that was done to an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallBackEvent {
    /// When.
    pub at: Timestamp,
    /// Who; `ringback` for what the program did.
    pub by: String,
    /// What.
    pub what: Deed,
    /// More about it: an outcome, the note's text, whom it went to.
    pub detail: Option<String>,
    /// When the deed was taken back.
    pub undone_at: Option<Timestamp>,
}

pub(super) const COLUMNS: &str =
    "id, line, caller, area, owner, opened_at, due_at, promised_at, typed_number, taken_by, taken_at,
    closed_by, closed_at, outcome, calls, first_call, last_call, seen, asleep_until, offered_to, offered_by,
    offered_until, attempts";

impl Tx<'_> {
    /// The open entry that a call of this caller on this line joins. Withheld callers have none.
    pub fn open_call_back_of(
        &self,
        caller: &Caller,
        line: Option<&PhoneNumber>,
    ) -> Result<Option<StoredCallBack>, StoreError> {
        let Some(identity) = caller.identity() else { return Ok(None) };
        let sql =
            format!("select {COLUMNS} from call_backs where line = ?1 and caller = ?2 and closed_at is null");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params![line_text(line), identity])?;
        rows.next()?.map(read_entry).transpose()
    }

    /// The entry of this caller on this line that was closed by an answered redial since then, if it is a recent one.
    pub fn closed_by_redial(
        &self,
        (caller, line): (&Caller, Option<&PhoneNumber>),
        since: Timestamp,
    ) -> Result<Option<StoredCallBack>, StoreError> {
        let Some(identity) = caller.identity() else { return Ok(None) };
        // No index knows closed entries; whatever was closed a moment ago is among the newest.
        let sql = format!(
            "select {COLUMNS} from call_backs where id > (select max(id) - 1000 from call_backs)
            and line = ?1 and caller = ?2 and outcome = ?3 and closed_at >= ?4 order by id desc limit 1"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let word = CloseOutcome::AnsweredOnRedial.word();
        let mut rows = statement.query(params![line_text(line), identity, word, millis(since)])?;
        rows.next()?.map(read_entry).transpose()
    }

    /// An entry by its number.
    pub fn call_back(&self, id: CallBackId) -> Result<Option<StoredCallBack>, StoreError> {
        let sql = format!("select {COLUMNS} from call_backs where id = ?1");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params![id.0])?;
        rows.next()?.map(read_entry).transpose()
    }

    /// Opens an entry; its id is given by the store and the one in `new` is ignored.
    pub fn add_call_back(&self, new: &CallBack, call: CallId) -> Result<CallBackId, StoreError> {
        let sql = "insert into call_backs
            (line, caller, area, owner, opened_at, due_at, promised_at, typed_number, calls, first_call, last_call, seen)
            values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 1, ?9, ?9, 0)";
        self.connection.prepare_cached(sql)?.execute(params![
            line_text(new.line.as_ref()),
            new.caller.identity(),
            new.area.as_ref().map(AreaName::as_str),
            new.owner.as_str(),
            millis(new.opened_at),
            millis(new.due_at),
            new.promised_at.map(millis),
            new.typed_number.as_ref().map(PhoneNumber::as_str),
            call.0,
        ])?;
        let id = CallBackId(self.connection.last_insert_rowid());
        if new.promised_at.is_some() {
            self.note_promise(id, (call, new.opened_at), new.promised_at)?;
        }
        Ok(id)
    }

    /// Writes an entry as it is.
    pub fn save_call_back(&self, stored: &StoredCallBack) -> Result<(), StoreError> {
        let entry = &stored.entry;
        let (taken, closed) = match &entry.standing {
            Standing::Waiting => (None, None),
            Standing::Taken { by, at } => (Some((by, at)), None),
            Standing::Closed { by, at, outcome } => (None, Some((by, at, outcome))),
        };
        let sql =
            "update call_backs set area = ?2, owner = ?3, due_at = ?4, promised_at = ?5, typed_number = ?6,
            taken_by = ?7, taken_at = ?8, closed_by = ?9, closed_at = ?10, outcome = ?11, calls = ?12,
            first_call = ?13, last_call = ?14, seen = ?15, asleep_until = ?16, offered_to = ?17, offered_by = ?18,
            offered_until = ?19, attempts = ?20 where id = ?1";
        self.connection.prepare_cached(sql)?.execute(params![
            entry.id.0,
            entry.area.as_ref().map(AreaName::as_str),
            entry.owner.as_str(),
            millis(entry.due_at),
            entry.promised_at.map(millis),
            entry.typed_number.as_ref().map(PhoneNumber::as_str),
            taken.map(|(by, _)| by.as_str()),
            taken.map(|(_, at)| millis(*at)),
            closed.map(|(by, ..)| by.as_str()),
            closed.map(|(_, at, _)| millis(*at)),
            closed.map(|(.., outcome)| outcome.word()),
            stored.calls,
            stored.first_call.0,
            stored.last_call.0,
            stored.seen,
            entry.asleep_until.map(millis),
            entry.offer.as_ref().map(|offer| offer.to.as_str()),
            entry.offer.as_ref().map(|offer| offer.by.as_str()),
            entry.offer.as_ref().map(|offer| millis(offer.until)),
            entry.attempts,
        ])?;
        Ok(())
    }

    /// Takes a call out of an entry. One that is left without any still says which call it was about.
    pub fn leave_call_back(&self, stored: &mut StoredCallBack, call: CallId) -> Result<(), StoreError> {
        let others = self.calls_of(stored)?.into_iter().filter(|id| *id != call).collect::<Vec<_>>();
        if let (Some(first), Some(last)) = (others.first(), others.last()) {
            (stored.first_call, stored.last_call) = (*first, *last);
        }
        stored.calls = u32::try_from(others.len()).unwrap_or(u32::MAX);
        stored.entry.promised_at =
            self.note_promise(stored.entry.id, (call, stored.entry.opened_at), None)?;
        Ok(())
    }

    /// Takes back an entry that was opened on incomplete news and that nobody has heard of.
    pub fn withdraw_call_back(&self, id: CallBackId) -> Result<(), StoreError> {
        let unseen = "call_back in (select id from call_backs where id = ?1 and not seen)";
        let promises = format!("delete from promises where {unseen}");
        self.connection.prepare_cached(&promises)?.execute(params![id.0])?;
        let sql = "delete from call_backs where id = ?1 and not seen";
        self.connection.prepare_cached(sql)?.execute(params![id.0])?;
        Ok(())
    }

    /// Says that a person may have heard of an entry; from here on it is never withdrawn.
    pub fn call_back_seen(&self, id: CallBackId) -> Result<(), StoreError> {
        let sql = "update call_backs set seen = 1 where id = ?1 and not seen";
        self.connection.prepare_cached(sql)?.execute(params![id.0])?;
        Ok(())
    }

    /// Calls of an entry, oldest first.
    pub fn calls_of(&self, stored: &StoredCallBack) -> Result<Vec<CallId>, StoreError> {
        let sql = "select id from calls where call_back = ?1 order by id";
        let mut statement = self.connection.prepare_cached(sql)?;
        let ids = statement.query_map(params![stored.entry.id.0], |row| row.get(0).map(CallId))?;
        Ok(ids.collect::<Result<_, _>>()?)
    }

    /// Whether a call of the entry that came after this one says what it is about.
    pub fn has_later_area(&self, stored: &StoredCallBack, call: CallId) -> Result<bool, StoreError> {
        let sql = "select exists (select 1 from calls
            where call_back = ?1 and id > ?2 and area is not null)";
        let words = params![stored.entry.id.0, call.0];
        Ok(self.connection.prepare_cached(sql)?.query_row(words, |row| row.get(0))?)
    }

    /// Adds to an entry's history.
    pub fn add_call_back_event(&self, id: CallBackId, event: &CallBackEvent) -> Result<(), StoreError> {
        let sql =
            "insert into call_back_events (call_back, at, by, what, detail) values (?1, ?2, ?3, ?4, ?5)";
        let words = params![id.0, millis(event.at), event.by, event.what.word(), event.detail];
        self.connection.prepare_cached(sql)?.execute(words)?;
        if event.what.weighs_promises() {
            self.meet_promises(id)?;
        }
        Ok(())
    }

    /// Marks the last deed of that kind as taken back.
    pub fn take_back_event(&self, id: CallBackId, what: Deed, at: Timestamp) -> Result<(), StoreError> {
        let sql =
            "update call_back_events set undone_at = ?3 where id = (select max(id) from call_back_events
            where call_back = ?1 and what = ?2 and undone_at is null)";
        self.connection.prepare_cached(sql)?.execute(params![id.0, what.word(), millis(at)])?;
        self.meet_promises(id)
    }

    /// An entry's history, in order.
    pub fn call_back_events(&self, id: CallBackId) -> Result<Vec<CallBackEvent>, StoreError> {
        let sql =
            "select at, by, what, detail, undone_at from call_back_events where call_back = ?1 order by id";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params![id.0])?;
        let mut events = Vec::new();
        while let Some(row) = rows.next()? {
            let what: String = row.get(2)?;
            events.push(CallBackEvent {
                at: time(row.get(0)?)?,
                by: row.get(1)?,
                what: Deed::from_word(&what).ok_or_else(|| StoreError::unreadable("a deed", what))?,
                detail: row.get(3)?,
                undone_at: opt_time(row.get(4)?)?,
            });
        }
        Ok(events)
    }

    /// All entries, or the open ones; in no particular order.
    pub fn call_backs(&self, all: bool) -> Result<Vec<StoredCallBack>, StoreError> {
        let which = if all { "" } else { "where closed_at is null" };
        let mut statement =
            self.connection.prepare_cached(&format!("select {COLUMNS} from call_backs {which}"))?;
        let mut rows = statement.query([])?;
        let mut entries = Vec::new();
        while let Some(row) = rows.next()? {
            entries.push(read_entry(row)?);
        }
        Ok(entries)
    }

    /// How many entries are open; counts no further than `limit`.
    pub fn open_call_backs_up_to(&self, limit: usize) -> Result<usize, StoreError> {
        let sql = "select count(*) from (select 1 from call_backs where closed_at is null limit ?1)";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let count: i64 = self.connection.prepare_cached(sql)?.query_row(params![limit], |row| row.get(0))?;
        Ok(usize::try_from(count).unwrap_or_default())
    }

    /// How many others than this caller wait on the list; counts no further than `limit`. Whether the call has opened
    /// its own entry by now is a matter of which news came first, and must not change what callers are promised.
    pub fn others_waiting(&self, call: &CallRecord, limit: usize) -> Result<usize, StoreError> {
        let sql = "select count(*) from (select 1 from call_backs where closed_at is null and id is not ?1
            and (caller is null or caller is not ?2 or line <> ?3) limit ?4)";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let (own, line) = (call.call_back.map(|id| id.0), line_text(call.line.as_ref()));
        let words = params![own, call.caller.identity(), line, limit];
        let count: i64 = self.connection.prepare_cached(sql)?.query_row(words, |row| row.get(0))?;
        Ok(usize::try_from(count).unwrap_or_default())
    }

    /// Open entries of people who are not in `people` any more, and those that such people offer or are offered.
    pub fn orphaned_call_backs(&self, people: &[PersonName]) -> Result<Vec<StoredCallBack>, StoreError> {
        let mut entries = self.call_backs(false)?;
        entries.retain(|stored| {
            let (owner, offer) = (&stored.entry.owner, stored.entry.offer.as_ref());
            let asked = offer.into_iter().flat_map(|offer| [&offer.to, &offer.by]);
            std::iter::once(owner).chain(asked).any(|person| !people.contains(person))
        });
        Ok(entries)
    }
}

/// No line reads as an empty text, because the unique index would let two nulls stand side by side.
fn line_text(line: Option<&PhoneNumber>) -> &str {
    line.map_or("", PhoneNumber::as_str)
}

pub(super) fn read_entry(row: &Row<'_>) -> Result<StoredCallBack, StoreError> {
    let line: String = row.get(1)?;
    let owner: String = row.get(4)?;
    let taken = read_person(row.get(9)?)?.zip(opt_time(row.get(10)?)?);
    let closed = read_person(row.get(11)?)?.zip(opt_time(row.get(12)?)?);
    let standing = match (closed, taken) {
        (Some((by, at)), _) => {
            let word: String = row.get::<_, Option<String>>(13)?.unwrap_or_default();
            let outcome =
                CloseOutcome::from_word(&word).ok_or_else(|| StoreError::unreadable("an outcome", word))?;
            Standing::Closed { by, at, outcome }
        }
        (None, Some((by, at))) => Standing::Taken { by, at },
        (None, None) => Standing::Waiting,
    };
    let entry = CallBack {
        id: CallBackId(row.get(0)?),
        caller: Caller::from_identity(row.get(2)?),
        line: read_number((!line.is_empty()).then_some(line))?,
        area: read_area(row.get(3)?)?,
        owner: PersonName::parse(&owner).map_err(|_| StoreError::unreadable("a person", owner))?,
        standing,
        opened_at: time(row.get(5)?)?,
        due_at: time(row.get(6)?)?,
        promised_at: opt_time(row.get(7)?)?,
        typed_number: read_number(row.get(8)?)?,
        asleep_until: opt_time(row.get(18)?)?,
        offer: match (read_person(row.get(19)?)?, read_person(row.get(20)?)?, opt_time(row.get(21)?)?) {
            (Some(to), Some(by), Some(until)) => Some(Offer { to, by, until }),
            _ => None,
        },
        attempts: row.get(22)?,
    };
    Ok(StoredCallBack {
        entry,
        calls: row.get(14)?,
        first_call: CallId(row.get(15)?),
        last_call: CallId(row.get(16)?),
        seen: row.get(17)?,
    })
}
