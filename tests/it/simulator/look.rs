//! What the store holds of one call and its entries, read in the transaction that changed them.

use jiff::Timestamp;
use ringback::call::{CallId, Caller, Outcome, PhoneNumber, ProviderCall};
use ringback::call_back::CallBackId;
use ringback::store::{CallBackEvent, FlowVersionId, Promise, StoreError, StoredCallBack, Tx};

/// One call as the store has it.
#[derive(Clone, Debug, PartialEq)]
pub struct CallLook {
    pub id: CallId,
    /// The provider's name for it.
    pub of: String,
    pub caller: Caller,
    pub outcome: Outcome,
    pub call_back: Option<CallBackId>,
    pub ended_at: Option<Timestamp>,
    pub flow: Option<FlowVersionId>,
    pub message_at: Option<Timestamp>,
    /// By when somebody rings, as the caller was told in it.
    pub promised_at: Option<Timestamp>,
}

/// An entry with its history and what was promised about it.
#[derive(Clone, Debug, PartialEq)]
pub struct EntryLook {
    pub stored: StoredCallBack,
    pub events: Vec<CallBackEvent>,
    pub promises: Vec<Promise>,
}

impl EntryLook {
    pub fn of(tx: &mut Tx<'_>, stored: StoredCallBack) -> Result<Self, StoreError> {
        let id = stored.entry.id;
        Ok(Self { stored, events: tx.call_back_events(id)?, promises: tx.promises_of(id)? })
    }
}

/// Who rings, and what the provider calls it.
pub type Who<'a> = (&'a ProviderCall, &'a Caller, Option<&'a PhoneNumber>);

/// A call, the entry it is in, and the one that its caller would join.
#[derive(Clone, Debug, Default)]
pub struct Look {
    pub call: Option<CallLook>,
    pub entry: Option<StoredCallBack>,
    pub open: Option<StoredCallBack>,
    /// The one that whoever is named joins, where the call was known without its caller before.
    named: Option<StoredCallBack>,
    /// Entries around it that were there before and changed, and those that are not there any more.
    pub beside: Vec<(CallBackId, Option<StoredCallBack>)>,
    /// Those that are there and are not as they were.
    pub changed: Vec<EntryLook>,
    pub changed_nothing: bool,
}

impl Look {
    /// Does something to a call, and looks at what became of it and of the entries around it.
    pub fn around<T>(
        tx: &mut Tx<'_>,
        who: Who<'_>,
        job: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError>,
    ) -> Result<(T, Self), StoreError> {
        let before = Self::at(tx, who)?;
        let done = job(tx)?;
        let mut now = Self::at(tx, who)?;
        let entries = |look: &Self| {
            let around = [look.entry.clone(), look.open.clone(), look.named.clone()];
            let mut all: Vec<_> = around.into_iter().flatten().collect();
            all.sort_by_key(|entry| entry.entry.id);
            all.dedup_by_key(|entry| entry.entry.id);
            all
        };
        let (old, mut new) = (entries(&before), entries(&now));
        for one in &old {
            let id = one.entry.id;
            if !new.iter().any(|other| other.entry.id == id) {
                let found = tx.call_back(id)?;
                new.extend(found.clone());
                now.beside.push((id, found));
            }
        }
        let is_new = |entry: &StoredCallBack| !old.contains(entry);
        now.changed_nothing = before.call == now.call && !new.iter().any(is_new) && now.beside.is_empty();
        let told = |look: &Self| look.call.as_ref().and_then(|call| call.promised_at);
        let is_told = told(&before) != told(&now);
        for entry in new {
            if is_told || is_new(&entry) {
                now.changed.push(EntryLook::of(tx, entry)?);
            }
        }
        Ok((done, now))
    }

    fn at(tx: &mut Tx<'_>, (of, caller, line): Who<'_>) -> Result<Self, StoreError> {
        let known = match tx.find_call(of)? {
            Some(id) => tx.take_call(id)?,
            None => None,
        };
        let Some(record) = known else {
            return Ok(Self { open: tx.open_call_back_of(caller, line)?, ..Self::default() });
        };
        let open = tx.open_call_back_of(&record.caller, record.line.as_ref())?;
        let named = tx.open_call_back_of(caller, line)?;
        let entry = match (record.call_back, &open) {
            (Some(id), Some(open)) if open.entry.id == id => Some(open.clone()),
            (Some(id), _) => tx.call_back(id)?,
            (None, _) => None,
        };
        let call = CallLook {
            id: record.id,
            of: record.of.id.clone(),
            caller: record.caller.clone(),
            outcome: record.outcome.clone(),
            call_back: record.call_back,
            ended_at: record.reports.ended_at,
            flow: record.flow,
            message_at: record.recording().map(|message| message.at),
            promised_at: record.course().and_then(|course| course.promised_at),
        };
        tx.save_call(record)?;
        Ok(Self { call: Some(call), entry, open, named, ..Self::default() })
    }
}
