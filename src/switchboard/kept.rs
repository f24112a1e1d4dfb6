//! Who waits in the emergency journal, for people who want to ring back before the database is well.

use std::collections::HashMap;
use std::io;
use std::path::Path;

use jiff::Timestamp;

use crate::call::{Caller, PhoneNumber};
use crate::dialect::{News, SafeRoute};
use crate::store::read_journal;

use super::journal::{Heard, Record};

/// A caller who heard the safe reply, and of whom only the journal knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptCaller {
    /// When the first word of the call came.
    pub at: Timestamp,
    /// Who rang.
    pub caller: Caller,
    /// The name that the provider found for the number.
    pub caller_name: Option<String>,
    /// The line that was rung.
    pub line: Option<PhoneNumber>,
}

/// What the journal knows of a safe ring. A voicemail is reported like a talk, and accepts nothing.
#[derive(Default)]
struct Talk {
    is_accepted: bool,
    /// What the provider said of the ring: whether it connected anybody.
    connected: Option<bool>,
}

impl Talk {
    /// An accept counts, as it does in the store, until the provider says that the ring connected nobody.
    fn is_one(&self) -> bool {
        self.is_accepted && self.connected.unwrap_or(true)
    }
}

/// The callers in a journal whom nobody talked with or talks with now, those who rang first at the front.
pub fn kept_callers(journal: &Path) -> io::Result<Vec<KeptCaller>> {
    let mut calls: HashMap<_, (KeptCaller, Talk)> = HashMap::new();
    for record in read_journal(journal)?.records {
        let Ok(record) = serde_json::from_str::<Record>(&record.json) else { continue };
        let parties = record.request.parties().clone();
        let news = match &record.request {
            Heard::Webhook(webhook) => Some(&webhook.news),
            Heard::Malformed { .. } => None,
        };
        let is_accepted = matches!(news, Some(News::Safe { step: SafeRoute::Accept, pressed: true, .. }));
        let connected = match news {
            Some(News::Safe { step: SafeRoute::Rang, connected, .. }) => Some(*connected),
            _ => None,
        };
        let kept = KeptCaller {
            at: record.at,
            caller: parties.caller,
            caller_name: parties.caller_name,
            line: parties.line,
        };
        let (first, talk) = calls.entry(parties.call).or_insert_with(|| (kept.clone(), Talk::default()));
        first.at = first.at.min(kept.at);
        if first.caller == Caller::Withheld {
            // What comes beside a call may not say who rings.
            first.caller = kept.caller;
        }
        talk.is_accepted |= is_accepted;
        talk.connected = talk.connected.max(connected);
    }
    let waiting = calls.into_values().filter(|(_, talk)| !talk.is_one());
    let mut waiting: Vec<_> = waiting.map(|(kept, _)| kept).collect();
    waiting.sort_by_key(|kept| kept.at);
    Ok(waiting)
}
