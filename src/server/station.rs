//! Everything that runs while the line is open: the store's thread, the switchboard, the server, and the workers
//! beside them.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::fs::{Access, access};
use tokio::net::TcpListener;
use tokio::time::{interval, timeout};

use crate::causes::with_causes;
use crate::clock::Clock;
use crate::provider::ApiBase;
use crate::settings::{Environment, Home};
use crate::store::{Journal, OpenError, WriteError, Writer, move_journal};
use crate::switchboard::{Draft, Emergency, Live, Switchboard, TakenUp};

use super::presence::Presence;
use super::workers::Workers;
use super::{Board, CutOff, Limits, descriptors, run};

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

/// The line did not close as it should.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Somebody was not answered.
    #[error(transparent)]
    CutOff(#[from] CutOff),
    /// A thread that stores panicked again and again; calls were answered without it until those in progress were over.
    #[error("a storing thread has given up")]
    StoreGone,
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

/// How long the first callers wait at most for flows to be written down, and for what an earlier day left in the
/// journal. Both go on afterwards.
const AT_START: Duration = Duration::from_secs(2);
/// How long the store may take to close: longer than it takes at the most to carry over a file that lost its place, and
/// shorter than a service manager waits before it kills.
const STORE_STOP: Duration = Duration::from_secs(35);
/// How often to look whether a thread has ended.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// An open line.
pub struct Station {
    /// The switchboard.
    pub switchboard: Arc<Switchboard>,
    /// Where it really listens.
    pub address: SocketAddr,
    listener: TcpListener,
    board: Arc<Board>,
    store: JoinHandle<()>,
    journal: JoinHandle<()>,
    opening: Opening,
    taken_up: TakenUp,
    presence: Presence,
}

impl Station {
    /// Opens store and flows and binds the address. Nothing is answered before [`Station::serve`].
    pub async fn open(opening: Opening, draft: &Draft) -> Result<Self, StartError> {
        let taken_up = TakenUp::from_now_on(&opening.home);
        let presence = Presence::take(&opening.home).await?;
        let (writer, store) = Writer::start(&opening.home.database())?;
        let refused = |source| StartError::Listen { address: opening.listen, source };
        let listener = TcpListener::bind(opening.listen).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let listening = format!("http://{address}");
        let now = opening.clock.now();
        let started = timeout(AT_START, Live::start(draft, &writer, &listening, now)).await;
        let live = started.unwrap_or(Err(WriteError::TooSlow)).unwrap_or_else(|error| {
            tracing::error!(error = %with_causes(&error), "callers hear the safe reply until the database can be written");
            Live::waiting(draft, &listening, now)
        });
        if let Some(line) = live.unanswered_lines().first().filter(|_| live.is_written()) {
            return Err(StartError::Unanswered { line: line.to_string() });
        }
        let path = draft.settings.journal_of(&opening.home);
        if let Err(error) = move_journal(&opening.home.journal(), &path) {
            tracing::error!(%error, "what stands in the journal's usual place cannot be taken to its new one yet");
        }
        // No room, or a disk that takes nothing: both the owner can mend while callers ring.
        if let Err(error) = may_be_written(&path) {
            tracing::error!(
                path = %path.display(),
                %error,
                "the emergency journal cannot be written: where the database takes no calls either, callers hear the \
                 safe reply and are not on the list; make the folder writable, and the server goes on by itself"
            );
        }
        let (journal, book) = Journal::start(&path).map_err(|source| OpenError::File { path, source })?;
        let emergency = Emergency::new(journal);
        let switchboard = Arc::new(Switchboard::new(writer, emergency, live, opening.clock.clone()));
        if switchboard.live().is_written() {
            match timeout(AT_START, switchboard.import_journal()).await {
                Ok(Ok(_)) => {}
                // The task that imports it says what is wrong, once.
                Ok(Err(error)) => tracing::debug!(%error, "the emergency journal cannot be imported yet"),
                Err(_) => {
                    tracing::warn!("the emergency journal takes long to import; that goes on beside calls")
                }
            }
        }
        let board = Arc::new(Board::new(switchboard.clone(), opening.insecure));
        Ok(Self { switchboard, address, listener, board, store, journal: book, opening, taken_up, presence })
    }

    /// Answers until `shutdown`, then finishes what is in progress and closes the store.
    ///
    /// The threads of store and journal outlive their own panics; when one gives up all the same, what is in progress is
    /// finished with the other's help, and this ends: whoever watches the process starts a new one, which takes no longer than
    /// opening the store anew in this one would.
    pub async fn serve(self, limits: Limits, shutdown: impl Future<Output = ()>) -> Result<(), ServeError> {
        let limits = Limits { connections: descriptors::room_for(limits.connections), ..limits };
        let Opening { home, environment, insecure, .. } = self.opening;
        let presence = Arc::new(Mutex::new(self.presence));
        let workers = Workers {
            switchboard: self.switchboard.clone(),
            board: self.board.clone(),
            home,
            environment,
            taken_up: self.taken_up,
            // A home that is tried out has no provider to ask.
            api: (!insecure).then(ApiBase::twilio),
            presence: presence.clone(),
            seen_as: (self.address.to_string(), self.switchboard.now()),
        };
        let workers = workers.start();
        let (store, journal) = (self.store, self.journal);
        let mut is_store_gone = false;
        let told_to_stop = async {
            tokio::select! {
                () = shutdown => {}
                () = end_of(&store) => is_store_gone = true,
                () = end_of(&journal) => is_store_gone = true,
            }
        };
        let served = run(self.listener, self.board, limits, told_to_stop).await;
        workers.stop().await;
        drop(self.switchboard);
        if is_store_gone {
            tracing::error!("a storing thread has given up; this server ends, so that a new one can start");
            return Err(ServeError::StoreGone);
        }
        // The thread ends when the last way to it is gone; its last commit was answered before that. A disk that hangs
        // keeps nobody from stopping for ever.
        match timeout(STORE_STOP, end_of(&store)).await.map(|()| store.join()) {
            Ok(Ok(())) => {}
            Ok(Err(_)) => tracing::error!("the store's thread did not end well"),
            Err(_) => tracing::error!("the store's thread did not end in time"),
        }
        drop(presence);
        Ok(served?)
    }
}

/// Whether the file could be written, or made, by what its disk and its folder allow.
fn may_be_written(file: &Path) -> io::Result<()> {
    let place = if file.exists() { file } else { file.parent().unwrap_or(file) };
    Ok(access(place, Access::WRITE_OK)?)
}

/// Waits until a thread has ended. It looks, because waiting in a thread of its own needs one more of them, which there
/// may not be.
async fn end_of(thread: &JoinHandle<()>) {
    let mut every = interval(LOOK_EVERY);
    while !thread.is_finished() {
        every.tick().await;
    }
}
