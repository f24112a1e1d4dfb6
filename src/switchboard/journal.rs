//! The clock of one webhook: what the store cannot take in time goes to the emergency journal, the caller hears the
//! safe reply, and the facts reach the store when it is well again.
//!
//! **Exactly once.** A record's mark and its facts commit together; a record that has its mark is skipped; the journal
//! is emptied only after all of it is in the store.
//!
//! **When the store commits after all.** A write that had not begun when its time was over never begins. One that
//! hangs in its commit may still succeed, although its facts went to the journal with the safe reply as their answer.
//! Both are then true: the call is one row, since rows are found by the provider's id; the import finds the first
//! fetch, the turn or the leg already there, leaves it as it is, and adds that the caller was in trouble. A repeat of
//! the request hears the reply that the store kept: who asks again did not get the safe one. Where the store kept
//! nothing a repeat of a first fetch hears the safe reply. What the caller does in the safe reply comes by its own
//! routes, which know no turns, so neither can contradict it. The writer takes jobs in their order, so an import never
//! overtakes the write that it repeats.
//!
//! **What came meanwhile.** The next webhook imports what waits before it is taken itself, so that a call that goes on
//! finds what the journal knew of it.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};

use crate::caught::caught;
use crate::dialect::{LegNews, News, Parties, SafeRoute, Webhook};
use crate::engine::Event;
use crate::fail_point::fail_point;
use crate::stderr;
use crate::store::{Journal, JournalError, JournalRecord, StoreError, Tx, WriteError};

use super::leg::LegRequest;
use super::turn::Claim;
use super::{Answer, Moment, Switchboard, beat};

/// How often an idle line looks whether the journal can be emptied.
const EVERY: Duration = Duration::from_secs(2);
/// Records in one transaction: callers wait behind it.
const AT_ONCE: usize = 64;

/// By when a caller's facts are somewhere. All of it counts from one instant, in which the request was read: times
/// that were added up would grow by whatever lies between them.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Patience {
    /// In the store.
    pub store: Duration,
    /// In the journal, where the store did not take them.
    pub journal: Duration,
    /// On stderr, where the journal did not either.
    pub last_word: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        let millis = Duration::from_millis;
        Self { store: millis(300), journal: millis(800), last_word: millis(900) }
    }
}

/// Where a line goes that neither store nor journal took.
pub type LastWord = Arc<dyn Fn(&str) + Send + Sync>;

/// What stands beside the store for the day on which it fails.
pub struct Emergency {
    pub(super) journal: Journal,
    pub(super) patience: Patience,
    last_word: LastWord,
    importing: Mutex<()>,
}

impl Emergency {
    /// With the patience that callers have, and stderr for the last word.
    pub fn new(journal: Journal) -> Self {
        Self {
            journal,
            patience: Patience::default(),
            last_word: Arc::new(say_on_stderr),
            importing: Mutex::default(),
        }
    }

    /// With another patience.
    #[must_use]
    pub fn patience(self, patience: Patience) -> Self {
        Self { patience, ..self }
    }

    /// With another place for the last word.
    #[must_use]
    pub fn last_word(self, last_word: LastWord) -> Self {
        Self { last_word, ..self }
    }
}

/// A reader of stderr that has stopped reading must not hold up a caller.
fn say_on_stderr(line: &str) {
    stderr::lines().say(line, Patience::default().last_word - Patience::default().journal);
}

/// What the journal keeps of a request; the caller heard the safe reply.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) at: Timestamp,
    answered: Answered,
    pub(super) request: Heard,
}

/// What the request was answered when nothing could be stored.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Answered {
    Safe,
    Nothing,
}

/// A request that the store did not take.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Heard {
    Webhook(Webhook),
    Malformed { parties: Parties, why: String },
}

/// The one line that is left when neither store nor journal works. Without the caller's number, because logs go
/// everywhere; the provider knows the rest.
#[derive(Serialize)]
struct LastLine<'a> {
    level: &'static str,
    message: &'static str,
    at: Timestamp,
    provider: &'static str,
    call: &'a str,
    line: Option<&'a str>,
}

/// The journal could not be brought into the store.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The store does not take it yet.
    #[error("the store does not take the journal")]
    Store(#[from] WriteError),
    /// The journal cannot be read or emptied.
    #[error("the journal cannot be imported")]
    Journal(#[from] JournalError),
}

/// Empties the journal whenever the store is well, until the task is dropped.
pub async fn empty_journal(switchboard: Arc<Switchboard>) {
    let mut every = beat(EVERY);
    loop {
        every.tick().await;
        let is_out_of_use = switchboard.writer.opening() == 0 || !switchboard.live().is_written();
        if is_out_of_use || !switchboard.emergency.journal.is_pending() {
            continue;
        }
        if let Err(error) = switchboard.import_journal().await {
            switchboard.troubles.not_imported(&error);
        }
    }
}

impl Switchboard {
    /// Brings what the journal holds into the store, and empties it; gives how many records were news.
    pub async fn import_journal(&self) -> Result<usize, ImportError> {
        let _only_one = self.emergency.importing.lock().await;
        self.import().await
    }

    /// Before the next webhook is taken, so that it finds what the journal knows; not when somebody does it already.
    pub(super) async fn import_if_pending(&self, read_at: Instant) {
        let Emergency { journal, importing, patience, .. } = &self.emergency;
        if !journal.is_pending() {
            return;
        }
        let Ok(_only_one) = importing.try_lock() else { return };
        // A long journal must not cost this caller the flow: the rest is imported by whoever comes next.
        // Nor must a bug in it cost the facts of this one.
        if let Ok(Ok(Err(error))) = timeout_at(read_at + patience.store / 2, caught(self.import())).await {
            tracing::debug!(%error, "the emergency journal cannot be imported yet");
        }
    }

    async fn import(&self) -> Result<usize, ImportError> {
        fail_point!("import");
        if !self.live().is_written() {
            return Err(WriteError::Failed(Arc::new(StoreError::OtherFile)).into());
        }
        let journal = &self.emergency.journal;
        let mut text = journal.read().await?;
        let mut news = 0;
        for records in text.records.chunks(AT_ONCE) {
            match self.import_some(records).await {
                Err(error) if is_of_another_file(&error) => return Err(error.into()),
                Err(WriteError::Failed(_) | WriteError::Panicked) => {
                    // One of them cannot be imported; the others must not suffer.
                    for record in records {
                        match self.import_some(std::slice::from_ref(record)).await {
                            Err(error) if is_of_another_file(&error) => return Err(error.into()),
                            Err(WriteError::Failed(_) | WriteError::Panicked) => {
                                text.garbled.push(record.id.clone());
                            }
                            imported => news += imported?,
                        }
                    }
                }
                imported => news += imported?,
            }
        }
        if !text.garbled.is_empty() {
            let (moment, garbled) = (self.moment(), text.garbled.clone());
            self.writer().write(move |tx| moment.report_garbled(tx, &garbled)).await?;
        }
        journal.clear(&text).await?;
        self.troubles.imported(news);
        Ok(news)
    }

    async fn import_some(&self, records: &[JournalRecord]) -> Result<usize, WriteError> {
        let (moment, records) = (self.moment(), records.to_vec());
        let import = move |tx: &mut Tx<'_>| {
            let mut news = 0;
            for record in &records {
                news += usize::from(moment.import(tx, record)?);
            }
            Ok(news)
        };
        self.writer().write(import).await
    }

    /// Keeps what the store did not take, and gives the answer that needs no store.
    pub(super) async fn keep_in_journal(
        &self,
        (moment, read_at): (&Moment, Instant),
        request: Heard,
    ) -> Answer {
        let (answer, record) = moment.record_of(request);
        let Emergency { journal, patience, .. } = &self.emergency;
        let by = read_at + patience.journal;
        let kept = match serde_json::to_string(&record) {
            Ok(json) => timeout_at(by, journal.append(&json)).await.is_ok_and(|kept| kept.is_ok()),
            Err(_) => false,
        };
        if kept {
            self.troubles.keeping.is_over();
        } else {
            self.troubles.keeping.is_met("the journal did not take it in time");
            self.say_last_word(&record, read_at + patience.last_word).await;
        }
        answer
    }

    async fn say_last_word(&self, record: &Record, by: Instant) {
        let parties = record.request.parties();
        let line = LastLine {
            level: "ERROR",
            message: "neither the store nor the journal could keep a webhook; the call is known to the provider only",
            at: record.at,
            provider: parties.call.provider.word(),
            call: &parties.call.id,
            line: parties.line.as_ref().map(|line| line.as_str()),
        };
        let Ok(line) = serde_json::to_string(&line) else { return };
        let say = self.emergency.last_word.clone();
        // It is said even when nobody can wait for it any more.
        let said = tokio::task::spawn_blocking(move || say(&line));
        let _ = timeout_at(by, said).await;
    }
}

/// No record is at fault where the live flows are not written down yet.
fn is_of_another_file(error: &WriteError) -> bool {
    matches!(error, WriteError::Failed(error) if matches!(**error, StoreError::OtherFile))
}

impl Heard {
    pub(super) fn parties(&self) -> &Parties {
        match self {
            Self::Webhook(webhook) => &webhook.parties,
            Self::Malformed { parties, .. } => parties,
        }
    }
}

impl Moment {
    /// What a webhook is answered when nothing can be stored, and the record of it as JSON: for simulations.
    pub fn answer_unstored(&self, webhook: Webhook) -> (Answer, Option<String>) {
        let (answer, record) = self.record_of(Heard::Webhook(webhook));
        (answer, serde_json::to_string(&record).ok())
    }

    fn record_of(&self, request: Heard) -> (Answer, Record) {
        let answer = self.answer_without_store(&request);
        let answered = if answer == Answer::Nothing { Answered::Nothing } else { Answered::Safe };
        (answer, Record { at: self.now, answered, request })
    }

    fn answer_without_store(&self, request: &Heard) -> Answer {
        let Heard::Webhook(webhook) = request else { return Answer::Safe };
        match &webhook.news {
            News::Status
            | News::Recording { .. }
            | News::Transcript { .. }
            | News::Safe { step: SafeRoute::Recording, .. } => Answer::Nothing,
            News::Leg { news: LegNews::PickedUp | LegNews::Progress, .. } => Answer::Nothing,
            News::Leg { call, turn, person, leg, news: news @ LegNews::Prompt } => {
                let (person, leg) = (person.clone(), leg.clone());
                let request = LegRequest { call: *call, turn: *turn, person, leg, news: *news };
                Answer::Document(self.plain_prompt(&request))
            }
            News::Leg { news: LegNews::Accept { .. }, .. }
            | News::Arrived
            | News::Turn { .. }
            | News::Fallback { .. }
            | News::Safe { .. } => Answer::Safe,
        }
    }

    /// The facts of a record as if they came at its time; `false` if they are in the store already.
    pub fn import(&self, tx: &mut Tx<'_>, record: &JournalRecord) -> Result<bool, StoreError> {
        self.live.must_be_held(tx)?;
        if !tx.mark_imported(&record.id)? {
            return Ok(false);
        }
        let Ok(record) = serde_json::from_str::<Record>(&record.json) else {
            return Err(StoreError::unreadable("a record of the journal", record.id.as_str()));
        };
        if tx.is_forgotten(&record.request.parties().call)? {
            return Ok(true);
        }
        let then = Self { now: record.at, ..self.clone() };
        match record.request {
            Heard::Webhook(webhook) => then.repeat(tx, webhook)?,
            Heard::Malformed { parties, why } => then.keep_trouble(tx, parties, ("malformed", &why))?,
        }
        Ok(true)
    }

    fn repeat(&self, tx: &mut Tx<'_>, webhook: Webhook) -> Result<(), StoreError> {
        let Webhook { parties, over, news } = webhook;
        match news {
            News::Arrived => self.repeat_arrival(tx, parties, over),
            News::Turn { call, turn, event } => {
                self.repeat_turn(tx, parties, Claim { call, turn, event, over })
            }
            News::Leg { call, turn, person, leg, news: news @ LegNews::Accept { pressed: true } } => {
                self.hear_accept(tx, &parties, &LegRequest { call, turn, person, leg, news })
            }
            News::Leg { .. }
            | News::Recording { .. }
            | News::Transcript { .. }
            | News::Status
            | News::Fallback { .. }
            | News::Safe { .. } => self.answer(tx, Webhook { parties, over, news }).map(drop),
        }
    }

    /// The caller heard the safe reply instead of the flow.
    fn repeat_arrival(&self, tx: &mut Tx<'_>, parties: Parties, over: bool) -> Result<(), StoreError> {
        let mut call = self.call_of(tx, &parties)?;
        self.complete_parties(tx, &mut call, parties)?;
        call.first_fetch_at = Some(call.first_fetch_at.map_or(self.now, |at| at.min(self.now)));
        if over {
            self.hear_of_the_end(&mut call);
        }
        tx.add_incident(self.now, Some(call.id), ("the store did not take the call in time", ""))?;
        self.keep_in_trouble(tx, call)
    }

    /// The caller was taken out of the flow. How a ring or a recording ended is true all the same, so that turn is
    /// taken; a key or a silence led nowhere.
    fn repeat_turn(&self, tx: &mut Tx<'_>, parties: Parties, claim: Claim) -> Result<(), StoreError> {
        let Claim { call, turn, event, over } = claim;
        match event {
            Event::Rang(_) | Event::Recorded(_) => {
                self.take_turn(tx, parties.clone(), Claim { call, turn, event, over })?;
            }
            Event::Arrived | Event::Pressed(_) | Event::Said(_) | Event::Silence => {}
        }
        let mut call = self.call_numbered(tx, call, &parties)?;
        if over {
            self.hear_of_the_end(&mut call);
        }
        let detail = format!("turn {turn}");
        tx.add_incident(self.now, Some(call.id), ("the store did not take a turn in time", &detail))?;
        self.keep_in_trouble(tx, call)
    }

    /// Once for each record that nobody can read or take.
    fn report_garbled(&self, tx: &mut Tx<'_>, garbled: &[String]) -> Result<(), StoreError> {
        for id in garbled {
            // Not the record's own mark: once it can be imported, by a newer program, it may.
            if tx.mark_imported(&format!("garbled-{id}"))? {
                tracing::error!(record.checksum = id, "a record of the emergency journal is kept aside");
                tx.add_incident(
                    self.now,
                    None,
                    ("a record of the emergency journal cannot be imported", id),
                )?;
            }
        }
        Ok(())
    }
}
