//! The file in the writer's hands: watched, given up after a fault, opened again, carried over when its place is taken.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};

use crate::causes::with_causes;
use crate::clock;

use super::StoreError;
use super::carry::{self, Carried};
use super::clerk::{Clerk, is_busy};
use super::files::{Files, name_of, set_companions_aside};
use super::folder::{Folder, folded};
use super::open::{self, OpenError};
use super::reopen::{self, Demands};

/// How long a group waits for the file to be carried over, before it goes to the emergency journal.
const MOMENT: Duration = Duration::from_millis(150);
/// How long the last of all waits.
const TO_THE_END: Duration = Duration::from_secs(30);
/// The first pause after a try that failed, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));
/// A file that was found unsound is not read from end to end again all the time.
const WHILE_SUSPECT: Duration = Duration::from_secs(60);
/// How long another program may have the file open after a fault, before the WAL is folded beside it.
const ALONE: Duration = Duration::from_secs(5);
/// How long a write waits for another program's lock, in naps; and as long as that program still has it, since whole
/// queues of callers would wait one behind the other for what is known.
const NAPS: i32 = 700;
const NAPS_WHILE_LOCKED: i32 = 40;
const NAP: Duration = Duration::from_micros(250);

/// The file.
pub(super) struct Held {
    path: PathBuf,
    state: State,
    pub(super) folder: Folder,
    retry: Retry,
    naps: Arc<AtomicI32>,
    /// When the file was given up, and whether a fold was at fault.
    fault: Option<(Instant, Fault)>,
    /// Whether it was found unsound, and not found sound since.
    is_suspect: bool,
    /// Incidents that could not be written down yet.
    untold: Vec<(&'static str, String)>,
}

enum State {
    InUse {
        clerk: Clerk,
        files: Files,
    },
    /// Nothing is known to be sound; these were the files.
    GivenUp(Files),
    /// No path leads to what the connection reads.
    Orphan(Connection, Files),
    Carrying(Receiver<Carried>, Files),
}

#[derive(Copy, Clone, PartialEq, Eq)]
enum Fault {
    Commit,
    Fold,
}

impl Held {
    /// Opens the file; makes it if there is none.
    pub(super) fn open(path: &Path) -> Result<Self, OpenError> {
        let failed = |source| OpenError::File { path: path.to_owned(), source };
        let finished = carry::finish(path).map_err(failed)?;
        drop(open::for_writing(path)?);
        let mut held = Self {
            // SQLite finds what belongs to a file beside the file itself, not beside a link to it.
            path: path.canonicalize().map_err(failed)?,
            state: State::GivenUp(Files::at(path)),
            folder: Folder::start().map_err(failed)?,
            retry: Retry::default(),
            naps: Arc::new(AtomicI32::new(NAPS)),
            fault: None,
            is_suspect: false,
            untold: Vec::new(),
        };
        if let Some(aside) = finished {
            held.tell_of_carrying(aside.as_deref());
        }
        held.use_it().map_err(|error| match error {
            StoreError::Open(error) => error,
            other => failed(io::Error::other(with_causes(&other))),
        })?;
        Ok(held)
    }

    /// Whoever writes, when the file is in use and in its place.
    pub(super) fn clerk(&mut self) -> Option<&mut Clerk> {
        match &mut self.state {
            State::InUse { clerk, .. } => Some(clerk),
            State::GivenUp(_) | State::Orphan(..) | State::Carrying(..) => None,
        }
    }

    /// Why there is no clerk.
    pub(super) fn trouble(&self) -> StoreError {
        match self.state {
            State::InUse { .. } | State::GivenUp(_) => StoreError::GivenUp,
            State::Orphan(..) | State::Carrying(..) => StoreError::Moved,
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// A deleted or replaced file swallows writes without a word, so its place is watched, before a group and after its
    /// commit. What is missing is put right as far as that takes no longer than a moment; whether all is well.
    pub(super) fn look_after(&mut self) -> bool {
        let there = Files::at(&self.path);
        match std::mem::replace(&mut self.state, State::GivenUp(there)) {
            State::InUse { clerk, files } if files == there => {
                self.state = State::InUse { clerk, files };
                self.heed_the_folder();
            }
            State::InUse { clerk, files } => {
                tracing::error!(
                    store.path = %self.path.display(),
                    "the database file was deleted, moved or replaced while in use; carrying over what was in it"
                );
                self.folder.let_go();
                self.carry(clerk.connection, files, MOMENT);
            }
            State::Orphan(connection, files) if files == there => {
                tracing::info!("the database file is back in its place");
                drop(connection);
                self.reopen(there, there);
            }
            State::Orphan(connection, files) if self.retry.is_due() => self.carry(connection, files, MOMENT),
            State::Carrying(carried, files) => self.hear(carried, files, Duration::ZERO),
            State::GivenUp(files) => {
                self.state = State::GivenUp(files);
                if self.retry.is_due() {
                    self.reopen(files, there);
                }
            }
            state @ State::Orphan(..) => self.state = state,
        }
        matches!(self.state, State::InUse { .. })
    }

    /// After a fault of the disk: the connection is not used again.
    pub(super) fn give_up(&mut self) {
        self.give_up_for(Fault::Commit);
    }

    fn give_up_for(&mut self, fault: Fault) {
        if !matches!(self.state, State::InUse { .. }) {
            return;
        }
        let files = Files::at(&self.path);
        match std::mem::replace(&mut self.state, State::GivenUp(files)) {
            // On files that are at no path it is the only way to them, whatever else is wrong with it.
            State::InUse { clerk, files: ours } if files != ours => {
                let _ = clerk.connection.execute_batch("rollback");
                self.state = State::Orphan(clerk.connection, ours);
            }
            State::InUse { .. } | State::GivenUp(_) | State::Orphan(..) | State::Carrying(..) => {}
        }
        self.folder.let_go();
        self.retry = Retry::default();
        self.fault = Some((Instant::now(), fault));
    }

    /// Somebody else has the lock, or had it until now.
    pub(super) fn lock_is_taken(&self, is_taken: bool) {
        self.naps.store(if is_taken { NAPS_WHILE_LOCKED } else { NAPS }, Relaxed);
    }

    /// Something that should not have happened, to be written down as soon as that is possible.
    pub(super) fn add_incident(&mut self, what: &'static str, detail: String) {
        self.untold.push((what, detail));
    }

    /// Writes down what happened.
    pub(super) fn tell(&mut self) {
        if self.untold.is_empty() {
            return;
        }
        let untold = self.untold.clone();
        let Some(clerk) = self.clerk() else { return };
        let told = clerk.write(move |tx| {
            untold.iter().try_for_each(|(what, detail)| tx.add_incident(clock::now(), None, (what, detail)))
        });
        match told {
            Ok(()) => self.untold.clear(),
            Err(error) => {
                tracing::warn!(error = %with_causes(&error), "an incident cannot be written down yet");
                self.give_up();
            }
        }
    }

    /// Folds what is left of the WAL without waiting for anybody; pages that could not be folded.
    pub(super) fn catch_up(&mut self) -> Option<i64> {
        let clerk = self.clerk()?;
        match folded(&clerk.connection) {
            Ok(left) => Some(left),
            Err(error) => {
                tracing::error!(error = %with_causes(&error), "the WAL could not be folded into the file");
                if !is_busy(&error) {
                    self.give_up_for(Fault::Fold);
                }
                None
            }
        }
    }

    /// Empties a WAL that is folded; not while somebody reads it.
    pub(super) fn empty_wal(&mut self) {
        self.naps.store(0, Relaxed);
        let emptied = self.clerk().map(|clerk| {
            let emptied = clerk.connection.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(()));
            emptied.map_err(StoreError::from)
        });
        self.naps.store(NAPS, Relaxed);
        let Some(Err(error)) = emptied else { return };
        tracing::warn!(error = %with_causes(&error), "the WAL could not be emptied");
        if !is_busy(&error) {
            self.give_up_for(Fault::Fold);
        }
    }

    /// Closes the file; what is at no path is carried over first.
    pub(super) fn close(mut self) {
        let until = Instant::now() + TO_THE_END;
        while !self.look_after() && Instant::now() < until {
            match std::mem::replace(&mut self.state, State::GivenUp(Files::at(&self.path))) {
                State::Carrying(carried, files) => self.hear(carried, files, TO_THE_END),
                State::Orphan(connection, files) => {
                    std::thread::sleep(self.retry.pause);
                    self.state = State::Orphan(connection, files);
                }
                // What was acked is in the file and its WAL.
                State::GivenUp(_) | State::InUse { .. } => break,
            }
        }
        self.tell();
        self.empty_wal();
        let Self { folder, state, .. } = self;
        folder.stop();
        if let State::InUse { clerk, files } = state
            && files == Files::at(&self.path)
        {
            // Nothing is left that could be folded into the wrong file.
            let _ = reopen::fold_no_more_when_closed(&clerk.connection, false);
        }
    }

    fn heed_the_folder(&mut self) {
        if let Some(words) = self.folder.complaint() {
            tracing::error!(
                complaint = words,
                "the database is damaged; calls go to the emergency journal. Stop the server and `ringback restore` a backup"
            );
            self.is_suspect = true;
            self.give_up_for(Fault::Commit);
        } else if self.folder.has_failed() {
            self.give_up_for(Fault::Fold);
        } else {
            return;
        }
        let there = Files::at(&self.path);
        self.reopen(there, there);
    }

    fn carry(&mut self, connection: Connection, files: Files, patience: Duration) {
        let (tell, told) = sync_channel(1);
        self.folder.carry(connection, self.path.clone(), tell);
        self.hear(told, files, patience);
    }

    fn hear(&mut self, told: Receiver<Carried>, files: Files, patience: Duration) {
        match told.recv_timeout(patience) {
            Ok(Carried::Over(aside)) => {
                self.tell_of_carrying(aside.as_deref());
                self.retry = Retry::default();
                let there = Files::at(&self.path);
                self.state = State::GivenUp(there);
                self.reopen(there, there);
            }
            Ok(Carried::NotYet(connection, error)) => {
                tracing::error!(error = %with_causes(&error), "the database could not be carried over yet");
                self.state = State::Orphan(connection, files);
                self.retry.failed();
            }
            Err(RecvTimeoutError::Timeout) => self.state = State::Carrying(told, files),
            Err(RecvTimeoutError::Disconnected) => {
                tracing::error!("what was in the database file is lost: the thread that carried it over is gone");
                self.state = State::GivenUp(files);
            }
        }
    }

    fn tell_of_carrying(&mut self, aside: Option<&Path>) {
        let name = name_of(&self.path);
        let detail = match aside {
            None => format!("nothing stood at `{name}`; what was in it was carried over into a new file there"),
            Some(aside) => format!(
                "what was in it was carried over into a new file at `{name}`; what stood there is `{0}`. To use that \
                 instead: stop the server, put `{0}` (and `{0}-wal`, if there is one) in the place of `{name}`; a \
                 folder of `ringback backup` goes by `ringback restore`",
                name_of(aside)
            ),
        };
        tracing::error!(store.path = %self.path.display(), detail, "the database file was deleted, moved or replaced while in use");
        self.untold.push(("the database file was deleted, moved or replaced while in use", detail));
    }

    fn reopen(&mut self, files: Files, there: Files) {
        match self.opened_again(files, there) {
            Ok(()) => tracing::info!("the database is in use again"),
            Err(error) => {
                tracing::error!(error = %with_causes(&error), "the database cannot be opened again");
                self.is_suspect |= matches!(error, StoreError::Damaged(_));
                self.retry.failed();
                if self.is_suspect {
                    self.retry.put_off(WHILE_SUSPECT);
                }
            }
        }
    }

    fn opened_again(&mut self, files: Files, there: Files) -> Result<(), StoreError> {
        if !self.folder.is_free() {
            return Err(StoreError::Unfolded);
        }
        if there.database.is_none() {
            let source = ErrorKind::NotFound.into();
            return Err(OpenError::File { path: self.path.clone(), source }.into());
        }
        if there.database != files.database && there.wal.is_some() && there.wal == files.wal {
            // SQLite would mix another file with what belongs to ours.
            set_companions_aside(&self.path)
                .map_err(|source| OpenError::File { path: self.path.clone(), source })?;
        }
        let was_judged = match self.fault {
            None => false,
            Some((since, fault)) => {
                let demands = Demands { alone: true, judged: self.is_suspect };
                match reopen::make_sound(&self.path, demands) {
                    Err(error) if is_busy(&error) && fault == Fault::Commit && since.elapsed() > ALONE => {
                        reopen::make_sound(&self.path, Demands { alone: false, ..demands })?
                    }
                    made => made?,
                }
            }
        };
        self.is_suspect &= !was_judged;
        let after_a_fault = self.fault.is_some();
        self.use_it()?;
        if after_a_fault && !was_judged {
            self.folder.judge();
        }
        Ok(())
    }

    /// Opens what stands at the path.
    fn use_it(&mut self) -> Result<(), StoreError> {
        let before = open::identity(&self.path);
        let mut connection = open::for_writing(&self.path)?;
        // Not as the first one: closing any handle on a file of which this process has locks would let go of them.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let to_fold = Connection::open_with_flags(&self.path, flags)?;
        let files = Files::at(&self.path);
        if files.database != before || !files.are_whole() {
            return Err(StoreError::Moved);
        }
        reopen::fold_no_more_when_closed(&connection, true)?;
        reopen::fold_no_more_when_closed(&to_fold, true)?;
        self.naps.store(NAPS, Relaxed);
        let naps = self.naps.clone();
        connection.busy_handler(Some(move |tried| {
            let goes_on = tried < naps.load(Relaxed);
            if goes_on {
                std::thread::sleep(NAP);
            }
            goes_on
        }))?;
        self.folder.take(to_fold);
        self.state = State::InUse { clerk: Clerk::new(connection), files };
        self.fault = None;
        self.retry = Retry::default();
        Ok(())
    }
}

/// When to try again.
#[derive(Default)]
struct Retry {
    after: Option<Instant>,
    pause: Duration,
}

impl Retry {
    fn is_due(&self) -> bool {
        self.after.is_none_or(|after| Instant::now() >= after)
    }

    fn put_off(&mut self, pause: Duration) {
        self.after = Some(Instant::now() + pause);
    }

    fn failed(&mut self) {
        self.pause = (self.pause * 2).clamp(PAUSES.0, PAUSES.1);
        self.put_off(self.pause);
    }
}
