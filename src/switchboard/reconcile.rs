//! Asking the provider what we did not hear: calls that came while the way to us was broken, and calls that ended
//! without a word. Never in a caller's way, and never ending a call.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::sleep;

use crate::call::{CallId, PhoneNumber, Provider, ProviderCall};
use crate::causes::with_causes;
use crate::provider::{self, Account, ApiBase, AskError, CallState, ProviderCallRecord};
use crate::settings::Settings;
use crate::store::{CallRecord, NewCall, StoreError, Tx, WriteError};

use super::{Moment, Switchboard, beat};

/// The first callers after a start come first.
const FIRST_AFTER: Duration = Duration::from_secs(20);
const EVERY: Duration = Duration::from_secs(10 * 60);
/// How far back to look at the start, and after a long silence of the provider: a week of downtime.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How far to look back behind the last good answer: a call is listed by its start and may last hours.
const OVERLAP: SignedDuration = SignedDuration::from_hours(24);
/// The webhooks of a call that just ended may be on their way.
const ON_THE_WAY: SignedDuration = SignedDuration::from_mins(2);
/// No provider lets a call last longer; what says that it still goes on is not believed then.
const LONGEST_CALL: SignedDuration = SignedDuration::from_hours(25);
/// Calls that are asked for one by one in a round.
const MOST_ASKED: usize = 50;
/// Calls of the list that are compared in one transaction, so that callers wait for a moment only.
const GROUP: usize = 50;

/// What the provider told us that we did not know.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// Calls that we had never heard of.
    pub opened: usize,
    /// Calls whose end we had not heard of.
    pub closed: usize,
}

/// The provider could not be asked, or its answer not be kept.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    /// It did not say.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// It could not be kept.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// The account to ask, where the settings name it and its key.
pub fn account_to_ask(settings: &Settings, api: &ApiBase) -> Option<Account> {
    let (sid, key) = (settings.twilio.account_sid.as_ref()?, settings.twilio.auth_token.as_ref()?);
    Some(Account::new(sid, key.reveal(), api.clone()))
}

/// Asks soon after the start and then every ten minutes, until the task is dropped.
pub async fn keep_asking(switchboard: Arc<Switchboard>, api: ApiBase) {
    sleep(FIRST_AFTER).await;
    let mut every = beat(EVERY);
    let mut good_at: Option<Timestamp> = None;
    let mut trouble: Option<String> = None;
    loop {
        every.tick().await;
        let Some(account) = account_to_ask(&switchboard.live().settings, &api) else { continue };
        let now = switchboard.now();
        let furthest = now - LOOK_BACK;
        let since = good_at.map_or(furthest, |good| furthest.max(good - OVERLAP));
        match switchboard.reconcile(&account, since).await {
            Ok(found) => {
                good_at = Some(now);
                if trouble.take().is_some() {
                    tracing::info!("the provider says again which calls came in");
                }
                if found != Reconciled::default() {
                    let Reconciled { opened, closed } = found;
                    tracing::info!(opened, closed, "the provider told of calls that were not heard of");
                }
            }
            Err(error) => {
                let words = with_causes(&error);
                if trouble.as_ref() != Some(&words) {
                    tracing::warn!(error = words, "the provider does not say which calls came in");
                }
                trouble = Some(words);
            }
        }
    }
}

impl Switchboard {
    /// Asks for the calls since `since` and keeps those that we never heard of, and the ends that we missed. Asking
    /// twice changes nothing more.
    pub async fn reconcile(&self, account: &Account, since: Timestamp) -> Result<Reconciled, ReconcileError> {
        let mut found = Reconciled::default();
        let ours: Vec<_> =
            self.live().settings.business.lines.iter().map(|line| line.number.clone()).collect();
        // Before its first call reached us a line may have led elsewhere, and its calls are not ours to ring back.
        let heard = self.writer().write(|tx| tx.lines_heard_of()).await?;
        let heard: Arc<[_]> = heard.into_iter().filter(|(line, _)| ours.contains(line)).collect();
        let lines: Vec<PhoneNumber> = heard.iter().map(|(line, _)| line.clone()).collect();
        let listed = provider::recent_calls(account, since, &lines).await?;
        // What the emergency journal holds is heard of, and is no news.
        if let Err(error) = self.import_journal().await {
            tracing::debug!(%error, "the emergency journal cannot be imported before asking the provider");
        }
        let known: HashSet<String> = listed.iter().map(|call| call.id.clone()).collect();
        for group in listed.chunks(GROUP) {
            let (moment, group) = (self.moment(), group.to_vec());
            let (account, heard) = (account.sid().to_owned(), heard.clone());
            let told = self.writer().write(move |tx| {
                let mut told = Reconciled::default();
                for call in group {
                    moment.compare(tx, (&account, &heard), call, &mut told)?;
                }
                Ok(told)
            });
            let told = told.await?;
            found.opened += told.opened;
            found.closed += told.closed;
        }
        let left = self.calls_to_ask_about(account, move |_, call| !known.contains(&call.of.id)).await?;
        found.closed += self.ask_about(account, left).await?;
        Ok(found)
    }

    /// Asks about the calls that the sweep would label, so that it labels none that goes on; gives how many are over.
    pub async fn ask_about_quiet_calls(&self, account: &Account) -> Result<usize, ReconcileError> {
        let quiet = self.calls_to_ask_about(account, Moment::is_quiet).await?;
        self.ask_about(account, quiet).await
    }

    /// The oldest of them, as many as are asked for in a round.
    async fn calls_to_ask_about(
        &self,
        account: &Account,
        wanted: impl Fn(&Moment, &CallRecord) -> bool + Send + Sync + 'static,
    ) -> Result<Vec<(CallId, String)>, WriteError> {
        let (moment, account) = (self.moment(), account.sid().to_owned());
        let is_wanted = Arc::new(move |call: &CallRecord| {
            let may_last = moment.now.duration_since(call.at) < LONGEST_CALL;
            may_last && call.of.account == account && wanted(&moment, call)
        });
        let mut found = Vec::new();
        for group in self.writer().write(|tx| tx.calls_in_progress()).await?.chunks(GROUP) {
            let (group, is_wanted) = (group.to_vec(), is_wanted.clone());
            found.extend(self.writer().write(move |tx| wanted_among(tx, &group, &*is_wanted)).await?);
            if found.len() >= MOST_ASKED {
                break;
            }
        }
        Ok(found)
    }

    async fn ask_about(
        &self,
        account: &Account,
        calls: Vec<(CallId, String)>,
    ) -> Result<usize, ReconcileError> {
        let mut over = 0;
        for (id, of) in calls.into_iter().take(MOST_ASKED) {
            let Some(state) = provider::call_state(account, &of).await? else { continue };
            let moment = self.moment();
            let ended = self.writer().write(move |tx| moment.hear_how_it_stands(tx, id, state)).await?;
            over += usize::from(ended);
        }
        Ok(over)
    }
}

/// Our number and the provider's of each that is wanted.
fn wanted_among(
    tx: &mut Tx<'_>,
    calls: &[CallId],
    is_wanted: impl Fn(&CallRecord) -> bool,
) -> Result<Vec<(CallId, String)>, StoreError> {
    let mut found = Vec::new();
    for id in calls {
        // One that cannot be read keeps no other from being asked about.
        let Ok(Some(call)) = tx.take_call(*id) else { continue };
        if is_wanted(&call) {
            found.push((call.id, call.of.id.clone()));
        }
        tx.save_call(call)?;
    }
    Ok(found)
}

impl Moment {
    fn compare(
        &self,
        tx: &mut Tx<'_>,
        (account, heard): (&str, &[(PhoneNumber, Timestamp)]),
        listed: ProviderCallRecord,
        told: &mut Reconciled,
    ) -> Result<(), StoreError> {
        let of =
            ProviderCall { provider: Provider::Twilio, account: account.to_owned(), id: listed.id.clone() };
        if let Some(id) = tx.find_call(&of)? {
            told.closed += usize::from(self.hear_how_it_stands(tx, id, listed.state)?);
            return Ok(());
        }
        let CallState::Over { at: ended_at } = listed.state else { return Ok(()) };
        let was_ours = heard.iter().any(|(line, since)| *line == listed.line && *since <= listed.started_at);
        let may_come = self.now.duration_since(ended_at) < ON_THE_WAY;
        // A blocked caller would have been refused, and nobody is to ring back.
        if !was_ours || may_come || self.acquaintance(tx, &listed.caller)?.blocked {
            return Ok(());
        }
        told.opened += 1;
        self.open_unheard(tx, of, (listed, ended_at))
    }

    /// What the provider says of a call that we know. One whose end is known is left as it is, unread.
    fn hear_how_it_stands(&self, tx: &mut Tx<'_>, id: CallId, state: CallState) -> Result<bool, StoreError> {
        if tx.has_ended(id)? {
            return Ok(false);
        }
        let Some(mut call) = tx.take_call(id)? else { return Ok(false) };
        match state {
            CallState::InProgress => {
                call.last_event_at = call.last_event_at.max(self.now);
                tx.save_call(call)?;
                Ok(false)
            }
            CallState::Over { at } => {
                let at = at.max(call.at).min(self.now);
                self.hear_that_it_ended(&mut call, at);
                self.settle(tx, call)?;
                Ok(true)
            }
        }
    }

    /// A call that came and went while the way to us was broken.
    fn open_unheard(
        &self,
        tx: &mut Tx<'_>,
        of: ProviderCall,
        (listed, ended_at): (ProviderCallRecord, Timestamp),
    ) -> Result<(), StoreError> {
        let (caller, line) = (listed.caller.clone(), listed.line.clone());
        let mut call = tx.open_call(NewCall {
            of,
            caller: listed.caller,
            caller_name: listed.caller_name,
            line: Some(listed.line),
            forwarded_from: listed.forwarded_from,
            attested: false,
            at: listed.started_at.min(self.now),
        })?;
        let id = call.id;
        call.reports.trouble = true;
        let ended_at = ended_at.max(call.at).min(self.now);
        self.hear_that_it_ended(&mut call, ended_at);
        tx.add_incident(self.now, Some(id), ("a call came in while we were not reachable", ""))?;
        self.settle(tx, call)?;
        let Some(accept) = tx.answered_since(&caller, (&line, ended_at))? else { return Ok(()) };
        // The caller rang again and was talked to before we knew of this call: its own entry is done already.
        let Some(stored) = tx.open_call_back_of(&caller, Some(&line))? else { return Ok(()) };
        if stored.calls > 1 || stored.first_call != id {
            return Ok(());
        }
        self.close(tx, stored, &accept)
    }
}
