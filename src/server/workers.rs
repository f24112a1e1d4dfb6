//! What runs beside the callers. None of it is vital: a task that fails is started again, and callers are answered.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use crate::provider::ApiBase;
use crate::settings::{Environment, Home};
use crate::switchboard::{self, Switchboard, TakenUp, beat};

use super::Board;
use super::presence::Presence;
use super::supervisor::Supervisor;

/// How often to look for calls of which nothing more is heard.
const SWEEP_EVERY: Duration = Duration::from_secs(30);
/// How often the commands are told how the server stands.
const SEEN_EVERY: Duration = Duration::from_secs(2);

/// What the workers work with.
pub(super) struct Workers {
    pub(super) switchboard: Arc<Switchboard>,
    pub(super) board: Arc<Board>,
    pub(super) home: Home,
    pub(super) environment: Environment,
    /// How the home looked when it was read.
    pub(super) taken_up: TakenUp,
    /// The provider to ask; none for a home that is tried out.
    pub(super) api: Option<ApiBase>,
    /// Holds the lock of the home, and must outlive a task that fails.
    pub(super) presence: Arc<Mutex<Presence>>,
    /// Where the server listens, and since when.
    pub(super) seen_as: (String, Timestamp),
}

impl Workers {
    pub(super) fn start(self) -> Supervisor {
        let Self { switchboard, board, home, environment, taken_up, api, presence, seen_as } = self;
        let mut supervisor = Supervisor::default();
        let (of, asked) = (switchboard.clone(), api.clone());
        supervisor.keep("sweep", move || sweep(of.clone(), asked.clone()));
        if let Some(api) = api {
            let of = switchboard.clone();
            supervisor.keep("reconciliation", move || switchboard::keep_asking(of.clone(), api.clone()));
        }
        supervisor.keep("presence", move || be_seen(presence.clone(), board.clone(), seen_as.clone()));
        let of = switchboard.clone();
        supervisor.keep("flows that are not written down", move || switchboard::keep_written(of.clone()));
        let of = switchboard.clone();
        supervisor.keep("import of the journal", move || switchboard::empty_journal(of.clone()));
        let of = switchboard.clone();
        supervisor.keep("notices", move || switchboard::tell_of_missed_calls(of.clone()));
        let of = switchboard.clone();
        supervisor.keep("purge", move || switchboard::purge_daily(of.clone()));
        supervisor.keep("edits", move || {
            switchboard::keep_up(switchboard.clone(), (home.clone(), taken_up.clone()), environment.clone())
        });
        supervisor
    }
}

async fn be_seen(presence: Arc<Mutex<Presence>>, board: Arc<Board>, (address, since): (String, Timestamp)) {
    let mut every = beat(SEEN_EVERY);
    loop {
        every.tick().await;
        let (presence, address) = (presence.clone(), address.clone());
        let stands = (since, board.turned_away(), board.store_fault());
        // A disk that hangs must not hold up those who answer callers.
        let told = tokio::task::spawn_blocking(move || {
            let mut presence = presence.lock().unwrap_or_else(PoisonError::into_inner);
            presence.tell(&address, stands);
        });
        if told.await.is_err() {
            return;
        }
    }
}

async fn sweep(switchboard: Arc<Switchboard>, api: Option<ApiBase>) {
    let mut every = beat(SWEEP_EVERY);
    loop {
        every.tick().await;
        let account =
            api.as_ref().and_then(|api| switchboard::account_to_ask(&switchboard.live().settings, api));
        if let Some(account) = account
            && let Err(error) = switchboard.ask_about_quiet_calls(&account).await
        {
            // Asking for the list complains loudly enough.
            tracing::debug!(%error, "the provider does not say how quiet calls stand");
        }
        switchboard.tidy_up().await;
    }
}
