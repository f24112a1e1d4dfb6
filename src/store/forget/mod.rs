//! Forgetting a number: its calls become tombstones, and what else was kept of it is gone.
//!
//! A tombstone holds the day, so that no row can vanish unseen, and a hash of the provider's name for the call, for ever:
//! a signed request that somebody kept is genuine as long, and must not bring the call back. The hash tells nothing of a
//! person. Every step leaves a file that adds up, and whoever was stopped in between finishes by doing it again.

mod mentions;

pub use mentions::{Mention, Spellings};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rusqlite::{OptionalExtension, Row, params};
use sha2::{Digest, Sha256};

use crate::call::{CallId, PhoneNumber, ProviderCall};
use crate::call_back::CallBackId;

use super::{StoreError, Tx, millis, time};

/// What the file holds of a number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traces {
    /// Its calls, oldest first.
    pub calls: Vec<CallId>,
    /// The provider's names of these calls, in the same order: messages are at the provider.
    pub provider_ids: Vec<String>,
    /// Those that are going on.
    pub in_progress: Vec<CallId>,
    /// Entries that wait.
    pub open: Vec<CallBackId>,
    /// Entries that are over.
    pub closed: Vec<CallBackId>,
    /// Notes about the caller.
    pub notes: u32,
    /// As whom the number itself is known: a name, a tag, a list.
    pub known: Vec<String>,
    /// Where else it stands.
    pub mentions: Vec<Mention>,
}

impl Traces {
    /// Whether there is nothing to forget.
    pub fn is_empty(&self) -> bool {
        let kept = self.calls.len() + self.open.len() + self.closed.len() + self.mentions.len();
        kept == 0 && self.notes == 0 && self.known.is_empty()
    }
}

/// What a step took away.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Calls that became tombstones.
    pub calls: u64,
    /// Entries that held no other call.
    pub call_backs: u64,
}

impl Tx<'_> {
    /// Everything that the file holds of a number. Reads all calls and turns, for want of an index that would cost
    /// every caller.
    pub fn traces_of(&self, number: &PhoneNumber) -> Result<Traces, StoreError> {
        let spellings = Spellings::of(number);
        let mut traces = Traces::default();
        let mut theirs = std::collections::BTreeSet::new();
        // A caller who withheld the number and typed it is the same person.
        let sql = "select id, caller, closed_at is null from call_backs
            where instr(caller, ?1) > 0 or (caller is null and typed_number = ?2) order by id";
        let mut statement = self.connection.prepare(sql)?;
        let mut rows = statement.query(params![spellings.digits(), number.as_str()])?;
        while let Some(row) = rows.next()? {
            let id = row.get(0)?;
            if row
                .get_ref(1)?
                .as_str_or_null()
                .unwrap_or_default()
                .is_none_or(|caller| spellings.are_in(caller))
            {
                theirs.insert(id);
                let list = if row.get(2)? { &mut traces.open } else { &mut traces.closed };
                list.push(CallBackId(id));
            }
        }
        let sql = "select id, caller, call_back, call_id, outcome = 'in_progress' from calls
            where instr(caller, ?1) > 0 or (caller is null and call_back is not null) order by id";
        let mut statement = self.connection.prepare(sql)?;
        let mut rows = statement.query(params![spellings.digits()])?;
        while let Some(row) = rows.next()? {
            let is_theirs = match row.get_ref(1)?.as_str_or_null().unwrap_or_default() {
                Some(caller) => spellings.are_in(caller),
                None => row.get::<_, Option<i64>>(2)?.is_some_and(|entry| theirs.contains(&entry)),
            };
            if is_theirs {
                traces.calls.push(CallId(row.get(0)?));
                traces.provider_ids.push(row.get(3)?);
                if row.get(4)? {
                    traces.in_progress.push(CallId(row.get(0)?));
                }
            }
        }
        let count = "select count(*) from caller_notes where caller = ?1";
        traces.notes = self.connection.query_row(count, [number.as_str()], |row| row.get(0))?;
        let mut statement =
            self.connection.prepare("select caller from callers where instr(caller, ?1) > 0")?;
        let known = statement.query_map([spellings.digits()], |row| row.get::<_, String>(0))?;
        traces.known = known.collect::<Result<_, _>>()?;
        traces.known.retain(|caller| spellings.are_in(caller));
        traces.mentions = self.mentions_of(&spellings, &traces)?;
        Ok(traces)
    }

    /// Makes tombstones of calls that are over, takes them out of their entries, and takes away the entries that hold
    /// no other call. Some hundred calls at a time are a few milliseconds.
    pub fn forget_calls(
        &mut self,
        calls: &[CallId],
        (zone, now): (&TimeZone, Timestamp),
    ) -> Result<Forgotten, StoreError> {
        let mut forgotten = Forgotten::default();
        for id in calls {
            let sql = "select at, call_back, accounts.provider, accounts.name, call_id from calls
                join accounts on accounts.id = calls.account
                where calls.id = ?1 and outcome not in ('in_progress', 'forgotten')";
            let mut statement = self.connection.prepare_cached(sql)?;
            let read = |row: &Row<'_>| {
                let name: [String; 3] = [row.get(2)?, row.get(3)?, row.get(4)?];
                Ok((row.get::<_, i64>(0)?, row.get::<_, Option<i64>>(1)?, name))
            };
            let Some((at, entry, name)) = statement.query_row([id.0], read).optional()? else { continue };
            let at = time(at)?;
            // A call that waits for its last word is remembered, and late news would write all of it again.
            self.memory.take(*id);
            self.bury(*id, at, zone)?;
            forgotten.calls += 1;
            let sql = "insert or ignore into forgotten_calls (id, call, at) values (?1, ?2, ?3)";
            let hash = hash_of([&name[0], &name[1], &name[2]]);
            self.connection.prepare_cached(sql)?.execute(params![hash, id.0, millis(now)])?;
            if let Some(entry) = entry {
                forgotten.call_backs += u64::from(self.leave_entry(entry, *id)?);
            }
        }
        Ok(forgotten)
    }

    /// What was kept of a number beside calls and entries: name, lists, tags and notes; and entries that hold no call.
    pub fn forget_caller(&self, number: &PhoneNumber, traces: &Traces) -> Result<(), StoreError> {
        for entry in traces.open.iter().chain(&traces.closed) {
            self.remove_if_empty(entry.0)?;
        }
        self.connection.execute("delete from caller_notes where caller = ?1", [number.as_str()])?;
        for caller in &traces.known {
            self.connection.execute("delete from callers where caller = ?1", [caller])?;
        }
        Ok(())
    }

    /// Whether a call was forgotten, so that news of it, late or sent once more, is not kept.
    pub fn is_forgotten(&self, of: &ProviderCall) -> Result<bool, StoreError> {
        if self.memory.id_of(of).is_some() {
            return Ok(false);
        }
        Ok(self.tombstone_of(of)?.is_some())
    }

    /// The tombstone of the provider's call.
    pub(super) fn tombstone_of(&self, of: &ProviderCall) -> Result<Option<CallId>, StoreError> {
        let hash = hash_of([of.provider.word(), &of.account, &of.id]);
        let mut statement =
            self.connection.prepare_cached("select call from forgotten_calls where id = ?1")?;
        Ok(statement.query_row([hash], |row| row.get(0)).optional()?.map(CallId))
    }

    fn bury(&self, id: CallId, at: Timestamp, zone: &TimeZone) -> Result<(), StoreError> {
        let day = at.to_zoned(zone.clone()).start_of_day().map_or(at, |start| start.timestamp());
        for sql in ["delete from turns where call = ?1", "delete from legs where call = ?1"] {
            self.connection.prepare_cached(sql)?.execute([id.0])?;
        }
        let sql = "update calls set call_id = 'forgotten-' || id, line = null, caller = null, caller_name = null,
            forwarded_from = null, at = ?2, first_fetch_at = null, flow = null, outcome = 'forgotten', reason = null,
            answered_by = null, accepted_at = null, area = null, ended_at = null, swept_at = null, trouble = 0,
            error = null, safe_ring_talked = null, recording_seconds = null, recording_url = null,
            recording_at = null, told_seconds = null, told_url = null, told_at = null, call_back = null, attested = 0,
            answers = null, language = null, transcript = null, pressed = 0 where id = ?1";
        self.connection.prepare_cached(sql)?.execute(params![id.0, millis(day)])?;
        Ok(())
    }

    /// An entry counts those that are in it, at every moment; `true` if it is gone with the last.
    fn leave_entry(&self, entry: i64, call: CallId) -> Result<bool, StoreError> {
        let sql = "delete from promises where call_back = ?1 and call = ?2";
        self.connection.prepare_cached(sql)?.execute(params![entry, call.0])?;
        let sql = "update call_backs set calls = calls - 1,
            first_call = coalesce((select min(id) from calls where call_back = ?1), first_call),
            last_call = coalesce((select max(id) from calls where call_back = ?1), last_call) where id = ?1";
        self.connection.prepare_cached(sql)?.execute([entry])?;
        self.remove_if_empty(entry)
    }

    /// Takes away an entry that holds no call; `false` where one is left.
    pub(super) fn remove_if_empty(&self, entry: i64) -> Result<bool, StoreError> {
        let sql = "select exists (select 1 from calls where call_back = ?1)";
        if self.connection.prepare_cached(sql)?.query_row([entry], |row| row.get(0))? {
            return Ok(false);
        }
        for sql in [
            "delete from call_back_events where call_back = ?1",
            "delete from promises where call_back = ?1",
            "delete from call_backs where id = ?1",
        ] {
            self.connection.prepare_cached(sql)?.execute([entry])?;
        }
        Ok(true)
    }
}

fn hash_of(name: [&str; 3]) -> String {
    let digest = Sha256::digest(name.join("\n"));
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
