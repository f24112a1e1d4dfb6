//! What the store holds of one call and its entries, read in the transaction that changed them.

use jiff::Timestamp;
use ringback::call::{CallId, Caller, Outcome, ProviderCall};
use ringback::call_back::CallBackId;
use ringback::store::{FlowVersionId, StoreError, StoredCallBack, Tx};

/// One call as the store has it.
#[derive(Clone, Debug)]
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
}

/// A call, the entry it is in, and the one that its caller would join.
#[derive(Clone, Debug, Default)]
pub struct Look {
    pub call: Option<CallLook>,
    pub entry: Option<StoredCallBack>,
    pub open: Option<StoredCallBack>,
}

impl Look {
    pub fn at(tx: &mut Tx<'_>, of: &ProviderCall) -> Result<Self, StoreError> {
        match tx.find_call(of)? {
            Some(id) => Self::of(tx, id),
            None => Ok(Self::default()),
        }
    }

    pub fn of(tx: &mut Tx<'_>, id: CallId) -> Result<Self, StoreError> {
        let Some(record) = tx.take_call(id)? else { return Ok(Self::default()) };
        let entry = match record.call_back {
            Some(entry) => tx.call_back(entry)?,
            None => None,
        };
        let open = tx.open_call_back_of(&record.caller, record.line.as_ref())?;
        let call = CallLook {
            id: record.id,
            of: record.of.id.clone(),
            caller: record.caller.clone(),
            outcome: record.outcome.clone(),
            call_back: record.call_back,
            ended_at: record.reports.ended_at,
            flow: record.flow,
            message_at: record.recording().map(|message| message.at),
        };
        tx.save_call(record)?;
        Ok(Self { call: Some(call), entry, open })
    }
}
