//! Everything that runs while the line is open: the store's thread, the switchboard, the server, and the workers
//! beside them.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::causes::with_causes;
use crate::clock::Clock;
use crate::provider::ApiBase;
use crate::settings::{Environment, Home};
use crate::store::{Journal, OpenError, WriteError, Writer, move_journal};
use crate::switchboard::{self, Draft, Emergency, Live, Switchboard};

use super::presence::Presence;
use super::{Board, CutOff, Limits, run};

/// How often to look for calls of which nothing more is heard.
const SWEEP_EVERY: Duration = Duration::from_secs(30);
/// How often the commands are told how the server stands.
const SEEN_EVERY: Duration = Duration::from_secs(2);

/// The line cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another server has this home.
    #[error("another ringback serves `{}` already{holder}", home.display())]
    Taken {
        /// The home.
        home: PathBuf,
        /// Who, as far as it said so.
        holder: String,
    },
    /// The lock cannot be made.
    #[error("`{}` cannot be locked", path.display())]
    Lock {
        /// The lock's file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The database cannot be used.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// Entries of people who are gone could not be handed over.
    #[error("the flows cannot go live")]
    Flows(#[from] WriteError),
    /// No flow can answer a line.
    #[error(
        "nothing can answer the line `{line}`: its flow has mistakes, and no good version of it was ever live"
    )]
    Unanswered {
        /// The line.
        line: String,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on `{address}`")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
}

/// How to open the line.
pub struct Opening {
    /// Where everything is.
    pub home: Home,
    /// Settings from outside the home.
    pub environment: Environment,
    /// Where to listen; port 0 takes any.
    pub listen: SocketAddr,
    /// Whether signatures are not looked at.
    pub insecure: bool,
    /// The time.
    pub clock: Clock,
}

/// An open line.
pub struct Station {
    /// The switchboard.
    pub switchboard: Arc<Switchboard>,
    /// Where it really listens.
    pub address: SocketAddr,
    listener: TcpListener,
    board: Arc<Board>,
    store: JoinHandle<()>,
    opening: Opening,
    presence: Presence,
}

impl Station {
    /// Opens store and flows and binds the address. Nothing is answered before [`Station::serve`].
    pub async fn open(opening: Opening, draft: &Draft) -> Result<Self, StartError> {
        let presence = Presence::take(&opening.home).await?;
        let (writer, store) = Writer::start(&opening.home.database())?;
        let refused = |source| StartError::Listen { address: opening.listen, source };
        let listener = TcpListener::bind(opening.listen).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let listening = format!("http://{address}");
        let live = match Live::start(draft, &writer, &listening, (opening.clock)()).await {
            Ok(live) => live,
            Err(error) => {
                tracing::error!(error = %with_causes(&error), "no flow is live before the database takes it");
                Live::waiting(draft, &listening, (opening.clock)())
            }
        };
        if let Some(line) = live.unanswered_lines().first().filter(|_| live.is_written()) {
            return Err(StartError::Unanswered { line: line.to_string() });
        }
        let path = draft.settings.journal_of(&opening.home);
        if let Err(error) = move_journal(&opening.home.journal(), &path) {
            tracing::error!(%error, "what stands in the journal's usual place cannot be taken to its new one yet");
        }
        let journal = Journal::start(&path).map_err(|source| OpenError::File { path, source })?;
        let emergency = Emergency::new(journal);
        let switchboard = Arc::new(Switchboard::new(writer, emergency, live, opening.clock.clone()));
        if switchboard.live().is_written()
            && let Err(error) = switchboard.import_journal().await
        {
            tracing::error!(%error, "the emergency journal is not empty and cannot be imported yet");
        }
        // Settings that were live before have been looked at before; a long list is not read again at each start.
        if switchboard.live().are_new {
            switchboard.adopt_orphans().await?;
        }
        let board = Arc::new(Board::new(switchboard.clone(), opening.insecure));
        Ok(Self { switchboard, address, listener, board, store, opening, presence })
    }

    /// Answers until `shutdown`, then finishes what is in progress and closes the store.
    pub async fn serve(self, limits: Limits, shutdown: impl Future<Output = ()>) -> Result<(), CutOff> {
        let mut workers = JoinSet::new();
        let Opening { home, environment, insecure, .. } = self.opening;
        // A home that is tried out has no provider to ask.
        let api = (!insecure).then(ApiBase::twilio);
        workers.spawn(sweep(self.switchboard.clone(), api.clone()));
        if let Some(api) = api {
            workers.spawn(switchboard::keep_asking(self.switchboard.clone(), api));
        }
        let seen_as = (self.address.to_string(), self.switchboard.now());
        workers.spawn(be_seen(self.presence, self.board.clone(), seen_as));
        workers.spawn(switchboard::keep_written(self.switchboard.clone()));
        workers.spawn(switchboard::empty_journal(self.switchboard.clone()));
        workers.spawn(switchboard::tell_of_missed_calls(self.switchboard.clone()));
        workers.spawn(switchboard::purge_daily(self.switchboard.clone()));
        workers.spawn(switchboard::keep_up(self.switchboard.clone(), home, environment));
        let served = run(self.listener, self.board, limits, shutdown).await;
        workers.shutdown().await;
        drop(self.switchboard);
        // The thread ends when the last way to it is gone; its last commit was answered before that.
        let store = self.store;
        if !matches!(tokio::task::spawn_blocking(move || store.join()).await, Ok(Ok(()))) {
            tracing::error!("the store's thread did not end well");
        }
        served
    }
}

async fn be_seen(mut presence: Presence, board: Arc<Board>, (address, since): (String, Timestamp)) {
    let mut every = tokio::time::interval(SEEN_EVERY);
    loop {
        every.tick().await;
        presence.tell(&address, (since, board.turned_away(), board.store_fault()));
    }
}

async fn sweep(switchboard: Arc<Switchboard>, api: Option<ApiBase>) {
    let mut every = tokio::time::interval(SWEEP_EVERY);
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
        match switchboard.sweep().await {
            Ok(0) => {}
            Ok(calls) => tracing::info!(calls, "calls of which nothing more was heard were labelled"),
            Err(error) => tracing::error!(%error, "the sweep failed"),
        }
        if let Err(error) = switchboard.lapse_offers().await {
            tracing::error!(%error, "offers that nobody answered could not be ended");
        }
    }
}
