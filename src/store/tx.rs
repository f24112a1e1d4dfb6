//! One transaction, and what the writer remembers between them.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use rusqlite::Connection;

use crate::call::{CallId, ProviderCall};

use super::calls::CallRecord;

/// A transaction in progress. What is done through it is durable only when the writer says so.
pub struct Tx<'a> {
    pub(super) connection: &'a Connection,
    pub(super) memory: &'a mut Memory,
}

/// Calls that are likely to be asked for again: a cache of the file and nothing more.
///
/// A call is taken out to be changed and put back when it was saved, so that whatever fails in between leaves the
/// file's version to be read again.
#[derive(Default)]
pub(super) struct Memory {
    /// The number of the connection that it belongs to.
    pub(super) opening: u64,
    calls: HashMap<CallId, CallRecord>,
    by_provider: HashMap<ProviderCall, CallId>,
    pub(super) accounts: HashMap<(crate::call::Provider, String), i64>,
}

/// More calls than this are not remembered; a business of twenty people has a few.
const REMEMBERED: usize = 4096;

/// Connections that were opened to write as long as they live.
static OPENINGS: AtomicU64 = AtomicU64::new(1);

impl Tx<'_> {
    /// The number of the connection, which tells it from every other of this process.
    pub fn opening(&self) -> u64 {
        self.memory.opening
    }
}

impl Memory {
    pub(super) fn of_a_new_connection() -> Self {
        Self { opening: OPENINGS.fetch_add(1, Relaxed), ..Self::default() }
    }

    pub(super) fn take(&mut self, id: CallId) -> Option<CallRecord> {
        let call = self.calls.remove(&id)?;
        self.by_provider.remove(&call.of);
        Some(call)
    }

    pub(super) fn id_of(&self, of: &ProviderCall) -> Option<CallId> {
        self.by_provider.get(of).copied()
    }

    pub(super) fn put(&mut self, call: CallRecord) {
        if call.is_settled() {
            return;
        }
        if self.calls.len() >= REMEMBERED {
            self.forget();
        }
        self.by_provider.insert(call.of.clone(), call.id);
        self.calls.insert(call.id, call);
    }

    /// After a failure nothing remembered can be trusted.
    pub(super) fn forget(&mut self) {
        *self = Self { opening: self.opening, ..Self::default() };
    }
}
