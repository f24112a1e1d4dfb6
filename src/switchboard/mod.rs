//! One webhook from end to end: what is known is loaded, the conversation decides, what happened is written, and
//! only then is the reply given.
//!
//! Every order of the same events ends in the same rows, and every repeat gets the bytes of the first reply.

mod accepted;
mod audio;
mod beside;
mod journal;
mod kept;
mod last_good;
mod leg;
mod live;
mod notices;
mod purge;
mod quiet;
mod reconcile;
mod reload;
mod settle;
mod sweep;
mod troubles;
mod turn;
mod verdict;
mod written;

pub use audio::{AudioTable, audio_in};
pub use journal::{Emergency, ImportError, LastWord, Patience, empty_journal};
pub use kept::{KeptCaller, kept_callers};
pub use last_good::{CANNOT_BE_READ, Found, find_settings, remembered, remembered_flows};
pub use live::{Draft, DraftFlow, FlowTrouble, Live, LiveFlow, SHIPPED, hash_of};
pub use notices::tell_of_missed_calls;
pub use purge::purge_daily;
pub use reconcile::{ReconcileError, Reconciled, account_to_ask, keep_asking};
pub use reload::{TakenUp, keep_up};
pub use sweep::{IDLE_LIMIT, RING_LIMIT};
pub use verdict::Verdict;
pub use written::keep_written;

pub use crate::business::MOST_COUNTED;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval};

use crate::causes::with_causes;
use crate::clock::Clock;
use crate::dialect::{News, Parties, Webhook};
use crate::fail_point::fail_point;
use crate::flow::{self, Flow};
use crate::follow_up;
use crate::store::{FlowVersionId, StoreError, Tx, WriteError, Writer};

use accepted::Accepted;
use journal::Heard;
use quiet::Watch;
use troubles::Troubles;

/// What a webhook is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A document that steers the call.
    Document(String),
    /// Nothing: the request only told us something.
    Nothing,
    /// The safe reply: the request is genuine, and no flow of ours can answer it.
    Safe,
}

/// Takes genuine webhooks, one at a time per call, and answers them when they are durable.
pub struct Switchboard {
    writer: Writer,
    emergency: Emergency,
    live: RwLock<Arc<Live>>,
    versions: Arc<Versions>,
    watch: Arc<Mutex<Watch>>,
    accepted: Accepted,
    troubles: Troubles,
    /// Held by whoever puts something live, so that no later news is lost.
    going_live: tokio::sync::Mutex<()>,
    clock: Clock,
}

impl Switchboard {
    /// Starts with what is live now.
    pub fn new(writer: Writer, emergency: Emergency, live: Live, clock: Clock) -> Self {
        Self {
            writer,
            emergency,
            live: RwLock::new(Arc::new(live)),
            versions: Arc::default(),
            watch: Arc::default(),
            accepted: Accepted::default(),
            troubles: Troubles::new(&clock),
            going_live: tokio::sync::Mutex::default(),
            clock,
        }
    }

    /// Settings and flows of this moment.
    pub fn live(&self) -> Arc<Live> {
        self.live.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts new settings and flows in place. Calls in progress finish on the version they began with.
    pub fn go_live(&self, live: Live) {
        *self.live.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(live);
    }

    /// The way to the store.
    pub fn writer(&self) -> &Writer {
        &self.writer
    }

    /// The one clock.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Answers a genuine webhook; the answer comes when what it says is durable in the store, or, when that takes too
    /// long, in the emergency journal.
    pub async fn answer(&self, webhook: Webhook) -> Answer {
        self.answer_read_at(Instant::now(), webhook).await
    }

    /// The same for a request that was read a moment ago: its time runs since then.
    pub async fn answer_read_at(&self, read_at: Instant, webhook: Webhook) -> Answer {
        self.accepted.hear(&webhook);
        let moment = self.moment();
        let (then, told) = (moment.clone(), webhook.clone());
        let job = move |tx: &mut Tx<'_>| {
            fail_point!("store.job");
            then.answer(tx, told)
        };
        match self.in_time(read_at, job).await {
            Ok(answer) => answer,
            Err(_) => {
                let end_of_talk = self.end_of_talk(&moment, &webhook);
                let answer = self.keep_in_journal((&moment, read_at), Heard::Webhook(webhook)).await;
                end_of_talk.unwrap_or(answer)
            }
        }
    }

    /// Keeps a row of a genuine request that could not be understood: the caller hears the safe reply, and somebody
    /// will ring back. `read_at` is when the request was read.
    pub async fn keep_malformed(&self, read_at: Instant, parties: Parties, why: String) {
        let moment = self.moment();
        let (then, told, words) = (moment.clone(), parties.clone(), why.clone());
        let keep = move |tx: &mut Tx<'_>| match tx.is_forgotten(&told.call)? {
            true => Ok(()),
            false => then.keep_trouble(tx, told, ("malformed", &words)),
        };
        let kept = self.in_time(read_at, keep).await;
        if kept.is_err() {
            self.keep_in_journal((&moment, read_at), Heard::Malformed { parties, why }).await;
        }
    }

    /// One look at calls of which nothing was heard for a while, and at offers that nobody answered; what goes wrong is
    /// said on the log.
    pub async fn tidy_up(&self) {
        let swept = self.troubles.note(&self.troubles.sweeping, self.sweep().await);
        if let Some(calls @ 1..) = swept {
            tracing::info!(calls, "calls of which nothing more was heard were labelled");
        }
        let lapsed = self.troubles.note(&self.troubles.lapsing, self.lapse_offers().await);
        if swept.is_some() && lapsed.is_some() && !self.emergency.journal.is_pending() {
            self.troubles.storing.is_over();
        }
    }

    /// Ends the offers of entries that nobody answered in time; gives how many.
    pub async fn lapse_offers(&self) -> Result<usize, WriteError> {
        let now = self.now();
        self.writer.write(move |tx| follow_up::lapse_offers(tx, now)).await
    }

    /// Re-labels calls of which nothing was heard for a while; gives how many. It never ends a live call.
    pub async fn sweep(&self) -> Result<usize, WriteError> {
        fail_point!("sweep");
        let (moment, mut swept, mut unread) = (self.moment(), 0, 0);
        for id in self.writer.write(move |tx| moment.calls_to_sweep(tx)).await? {
            let moment = self.moment();
            // Each in a job of its own, so that callers do not wait behind all of them, and one that cannot be read
            // keeps no other from the list.
            match self.writer.write(move |tx| moment.sweep(tx, id)).await {
                Ok(is_swept) => swept += usize::from(is_swept),
                Err(WriteError::Failed(_) | WriteError::Panicked) => {
                    tracing::debug!(call.id = id.0, "a call in progress cannot be labelled");
                    unread += 1;
                }
                Err(error) => return Err(error),
            }
        }
        self.troubles.labelled(unread);
        Ok(swept)
    }

    /// What the store does while a caller waits; what waits in the journal goes first.
    async fn in_time<T, F>(&self, read_at: Instant, job: F) -> Result<T, WriteError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        if !self.live().is_written() {
            return Err(WriteError::Failed(Arc::new(StoreError::OtherFile)));
        }
        self.import_if_pending(read_at).await;
        let done = self.writer.write_until(read_at + self.emergency.patience.store, job).await;
        match &done {
            Err(error) => self.troubles.storing.is_met(with_causes(error)),
            Ok(_) if self.emergency.journal.is_pending() => {}
            Ok(_) => {
                self.troubles.storing.is_over();
            }
        }
        done
    }

    fn moment(&self) -> Moment {
        Moment {
            live: self.live(),
            versions: self.versions.clone(),
            watch: self.watch.clone(),
            now: self.now(),
            steady: self.clock.steady(),
        }
    }
}

/// A beat for work beside the callers'. After a machine was suspended it is done once, not once for each beat missed.
pub(crate) fn beat(every: Duration) -> Interval {
    let mut beat = interval(every);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    beat
}

/// The caller wished to be forgotten, and late news would bring them back: nothing is kept of it.
fn answer_forgotten(news: &News) -> Answer {
    match news {
        News::Status | News::Recording { .. } | News::Transcript { .. } => Answer::Nothing,
        News::Arrived | News::Turn { .. } | News::Leg { .. } | News::Fallback { .. } | News::Safe { .. } => {
            Answer::Safe
        }
    }
}

/// Checked flows of versions that are not live any more but that some call is still on.
type Versions = Mutex<HashMap<FlowVersionId, Arc<Flow>>>;

/// One webhook's view of the world: the settings and flows of this moment, and the one time. Here everything is decided;
/// what is around it only waits, repeats and remembers.
#[derive(Clone)]
pub struct Moment {
    live: Arc<Live>,
    versions: Arc<Versions>,
    now: Timestamp,
    /// By a clock that nobody moves.
    steady: SignedDuration,
    watch: Arc<Mutex<Watch>>,
}

impl Moment {
    /// A moment of its own, beside any server: for simulations.
    pub fn new(live: Arc<Live>, now: Timestamp) -> Self {
        Self { live, versions: Arc::default(), now, steady: now.as_duration(), watch: Arc::default() }
    }

    /// The same memory of flow versions under other settings and flows, as after an edit.
    #[must_use]
    pub fn with(&self, live: Arc<Live>) -> Self {
        Self { live, ..self.clone() }
    }

    /// The same world at another time, by the clock on the wall and by the steady one.
    #[must_use]
    pub fn at(&self, now: Timestamp, steady: SignedDuration) -> Self {
        Self { now, steady, ..self.clone() }
    }

    /// Answers a genuine webhook inside a transaction; the answer may leave when that is committed.
    pub fn answer(&self, tx: &mut Tx<'_>, webhook: Webhook) -> Result<Answer, StoreError> {
        self.live.must_be_held(tx)?;
        let Webhook { parties, over, news } = webhook;
        if tx.is_forgotten(&parties.call)? {
            return Ok(answer_forgotten(&news));
        }
        match news {
            News::Arrived => self.arrive(tx, parties, over),
            News::Turn { call, turn, event } => {
                self.take_turn(tx, parties, turn::Claim { call, turn, event, over })
            }
            News::Leg { call, turn, person, leg, news } => {
                self.answer_leg(tx, parties, leg::LegRequest { call, turn, person, leg, news })
            }
            News::Recording { call, recording } => self.note_recording(tx, parties, (call, recording)),
            News::Transcript { call, text } => self.note_transcript(tx, parties, (call, text)),
            News::Status => self.note_status(tx, parties, over),
            News::Fallback { error, url } => self.answer_fallback(tx, parties, (error, url)),
            News::Safe { step, recording, connected, pressed } => {
                self.answer_safe(tx, parties, beside::SafeStep { step, recording, connected, pressed, over })
            }
        }
    }

    /// The flow version that a call is on; `None` when its text is gone or nobody can read it any more.
    fn flow_of(&self, tx: &Tx<'_>, id: FlowVersionId) -> Result<Option<Arc<Flow>>, StoreError> {
        if let Some(live) = self.live.flows.values().find(|live| live.version == id) {
            return Ok(Some(live.flow.clone()));
        }
        let mut versions = self.versions.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(flow) = versions.get(&id) {
            return Ok(Some(flow.clone()));
        }
        let Some(stored) = tx.flow_version(id)? else { return Ok(None) };
        let Ok((flow, _)) = flow::load(stored.name, "a version kept in the database", &stored.source, None)
        else {
            return Ok(None);
        };
        let flow = Arc::new(flow);
        versions.insert(id, flow.clone());
        Ok(Some(flow))
    }
}
