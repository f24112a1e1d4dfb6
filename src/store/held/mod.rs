//! The file in the writer's hands: watched, given up after a fault, opened again, carried over when its place is taken.

mod at_rest;
mod opening;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use rusqlite::Connection;
use tokio::time::Instant;

use crate::causes::with_causes;
use crate::clock;
use crate::trouble::Trouble;

use super::StoreError;
use super::carry::{self, Carried};
use super::clerk::{Clerk, WriteError, is_busy, is_corrupt};
use super::files::{Files, name_of};
use super::folder::{Folder, folded};
use super::open::{self, OpenError};
use super::soundness::{self, Examination};
use super::standing::{Retry, Standing};

use at_rest::AtRest;

/// How long a group waits for the file to be carried over, before it goes to the emergency journal.
const MOMENT: Duration = Duration::from_millis(150);
/// How long the last of all waits.
const TO_THE_END: Duration = Duration::from_secs(30);
/// How long a write waits for another program's lock, in naps; and as long as that program still has it, since whole
/// queues of callers would wait one behind the other for what is known.
const NAPS: i32 = 700;
const NAPS_WHILE_LOCKED: i32 = 40;

/// The file.
pub(super) struct Held {
    path: PathBuf,
    state: State,
    pub(super) folder: Folder,
    at_rest: AtRest,
    retry: Retry,
    standing: Standing,
    naps: Arc<AtomicI32>,
    /// When the file was given up, and what was at fault.
    fault: Option<(Instant, Fault)>,
    /// A look at the whole file, beside the writing.
    examination: Option<Examination>,
    /// Whether the file was found broken: it is not used again before all of it was looked at.
    is_condemned: bool,
    /// Incidents that could not be written down yet.
    untold: Vec<(&'static str, String)>,
    writing_down: Trouble,
    folding: Trouble,
    carrying: Trouble,
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
    /// Whoever wrote the log did not close it, and may have had either of the others.
    Unknown,
}

impl Held {
    /// Opens the file; makes it if there is none. One that cannot be used is tried again later; only somebody's wrong
    /// choice is an error.
    pub(super) fn open(path: &Path, standing: Standing) -> Result<Self, OpenError> {
        let failed = |source| OpenError::File { path: path.to_owned(), source };
        let trouble = |begins, ends| Trouble::new(begins, ends, clock::Clock::system());
        let mut held = Self {
            path: path.to_owned(),
            state: State::GivenUp(Files::at(path)),
            folder: Folder::start().map_err(failed)?,
            at_rest: AtRest::default(),
            retry: Retry::default(),
            standing,
            naps: Arc::new(AtomicI32::new(NAPS)),
            fault: None,
            examination: None,
            is_condemned: false,
            untold: Vec::new(),
            writing_down: trouble(
                "what happened to the database cannot be written into it yet",
                "what happened to the database is written into it",
            ),
            folding: trouble(
                "the database's log cannot be folded into it",
                "the database's log is folded into it again",
            ),
            carrying: trouble(
                "the database was moved, deleted or replaced, and what is in it cannot be taken back to its place yet",
                "what was in the database is in its place again",
            ),
        };
        if held.has_a_log() {
            held.fault = Some((Instant::now(), Fault::Unknown));
        }
        match held.open_what_is_there(Files::at(path)) {
            Err(StoreError::Open(error)) if error.is_a_wrong_choice() => return Err(error),
            Err(error) => held.fail(&error),
            Ok(_) => {}
        }
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
                self.heed_the_others();
            }
            State::InUse { clerk, files } => {
                tracing::error!(
                    store.path = %self.path.display(),
                    "the database file was deleted, moved or replaced while in use; carrying over what was in it"
                );
                self.leave();
                self.carry(clerk.connection, files, MOMENT);
            }
            State::Orphan(connection, files) if files == there => self.take_back(connection, files),
            State::Orphan(connection, files) if self.retry.is_due(&self.path) => {
                self.carry(connection, files, MOMENT);
            }
            State::Carrying(carried, files) => self.hear(carried, files, Duration::ZERO),
            State::GivenUp(files) => {
                self.state = State::GivenUp(files);
                if self.retry.is_due(&self.path) {
                    self.reopen(files);
                }
            }
            state @ State::Orphan(..) => self.state = state,
        }
        matches!(self.state, State::InUse { .. })
    }

    /// After a fault the connection is not used again.
    pub(super) fn give_up(&mut self) {
        self.give_up_for(Fault::Commit);
    }

    /// The same, knowing the fault.
    pub(super) fn give_up_after(&mut self, error: &StoreError) {
        self.is_condemned |= is_corrupt(error);
        self.give_up();
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
        self.leave();
        self.retry = Retry::default();
        self.fault = Some((Instant::now(), fault));
    }

    /// Nobody of ours has the file open any more.
    fn leave(&mut self) {
        self.standing.is_out_of_use();
        self.folder.let_go();
        if let Some(examination) = self.examination.take() {
            examination.cut_off();
        }
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
            Ok(()) => {
                self.untold.clear();
                self.writing_down.is_over();
            }
            // Somebody else has the file for a moment.
            Err(WriteError::NotCommitted(error)) if is_busy(&error) => {}
            Err(error) => {
                self.writing_down.is_met(with_causes(&error));
                self.give_up();
            }
        }
    }

    /// Folds what is left of the WAL without waiting for anybody; pages that could not be folded.
    pub(super) fn catch_up(&mut self) -> Option<i64> {
        self.at_rest.forget();
        let clerk = self.clerk()?;
        match folded(&clerk.connection) {
            Ok(left) => {
                self.folding.is_over();
                Some(left)
            }
            Err(error) => {
                self.folding.is_met(with_causes(&error));
                if !is_busy(&error) {
                    self.is_condemned |= is_corrupt(&error);
                    self.give_up_for(Fault::Fold);
                }
                None
            }
        }
    }

    /// Empties a WAL that is folded; not while somebody reads it.
    pub(super) fn empty_wal(&mut self) {
        self.at_rest.forget();
        self.naps.store(0, Relaxed);
        let emptied = self.clerk().map(|clerk| {
            let emptied = clerk.connection.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(()));
            emptied.map_err(StoreError::from)
        });
        self.naps.store(NAPS, Relaxed);
        let Some(emptied) = emptied else { return };
        let Err(error) = emptied else {
            self.folding.is_over();
            return;
        };
        self.folding.is_met(with_causes(&error));
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
                    std::thread::sleep(MOMENT);
                    self.state = State::Orphan(connection, files);
                }
                // What was acked is in the file and its WAL.
                State::GivenUp(_) | State::InUse { .. } => break,
            }
        }
        self.tell();
        self.empty_wal();
        let Self { folder, state, path, .. } = self;
        folder.stop();
        if let State::InUse { clerk, files } = state
            && files == Files::at(&path)
        {
            // Nothing is left that could be folded into the wrong file.
            let _ = open::fold_at_the_end(&clerk.connection, true);
        }
    }

    /// The folder and the examiner see the file too.
    fn heed_the_others(&mut self) {
        match self.examination.as_ref().and_then(Examination::outcome) {
            None => {}
            Some(Ok(())) => self.examination = None,
            Some(Err(error)) if soundness::was_cut_off(&error) => {
                tracing::warn!("the database was not looked at to its end, because much is being written");
                self.examination = None;
            }
            Some(Err(error)) => {
                self.is_condemned = true;
                self.give_up();
                self.fail(&error.into());
                return;
            }
        }
        if self.folder.has_failed() {
            self.give_up_for(Fault::Fold);
            let there = Files::at(&self.path);
            self.reopen(there);
        }
        self.heed_its_bytes();
    }

    /// Ends the look at the whole file, if there is one: as long as it reads, the WAL grows.
    pub(super) fn cut_off_the_examiner(&self) {
        self.examination.iter().for_each(Examination::cut_off);
    }

    /// The file is back in its place. A copy of it that is left behind would take that place at the next start.
    fn take_back(&mut self, connection: Connection, files: Files) {
        if let Err(source) = carry::take_away(&self.path) {
            self.state = State::Orphan(connection, files);
            self.fail(&OpenError::File { path: self.path.clone(), source }.into());
            return;
        }
        tracing::info!("the database file is back in its place");
        self.carrying.is_over();
        drop(connection);
        self.state = State::GivenUp(files);
        self.reopen(files);
    }

    fn carry(&mut self, connection: Connection, files: Files, patience: Duration) {
        let (tell, told) = sync_channel(1);
        self.folder.carry(connection, self.path.clone(), tell);
        self.hear(told, files, patience);
    }

    fn hear(&mut self, told: Receiver<Carried>, files: Files, patience: Duration) {
        match told.recv_timeout(patience) {
            Ok(Carried::Over(aside)) => {
                self.carrying.is_over();
                self.tell_of_carrying(aside.as_deref());
                self.retry = Retry::default();
                let there = Files::at(&self.path);
                self.state = State::GivenUp(there);
                self.reopen(there);
            }
            Ok(Carried::NotYet(connection, error)) => {
                self.carrying.is_met(with_causes(&error));
                self.state = State::Orphan(connection, files);
                self.fail(&StoreError::Moved);
            }
            Err(RecvTimeoutError::Timeout) => self.state = State::Carrying(told, files),
            Err(RecvTimeoutError::Disconnected) => {
                tracing::error!(
                    "what was in the database file is lost: the thread that carried it over is gone"
                );
                self.state = State::GivenUp(files);
            }
        }
    }

    fn tell_of_carrying(&mut self, aside: Option<&Path>) {
        let name = name_of(&self.path);
        let detail = match aside {
            None => {
                format!("nothing stood at `{name}`; what was in it was carried over into a new file there")
            }
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

    fn fail(&mut self, error: &StoreError) {
        self.retry.failed(&self.path, (error, &self.standing));
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::files::beside;
    use super::*;

    pub(super) fn held_with_a_row() -> (tempfile::TempDir, Held) {
        let folder = tempfile::tempdir().unwrap();
        let mut held = Held::open(&folder.path().join("ringback.db"), Standing::default()).unwrap();
        let row =
            |tx: &mut super::super::Tx<'_>| tx.add_incident(jiff::Timestamp::UNIX_EPOCH, None, ("a row", ""));
        held.clerk().unwrap().write(row).unwrap();
        assert!(fs::metadata(beside(&held.path, "-wal")).unwrap().len() > 0);
        (folder, held)
    }

    pub(super) fn rows_in(path: &Path) -> i64 {
        let connection = Connection::open(path).unwrap();
        connection.query_row("select count(*) from incidents", [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn a_folder_that_failed_takes_the_file_out_of_use() {
        let (_folder, mut held) = held_with_a_row();
        held.folder.fail();
        assert!(held.look_after(), "and it is sound again at once");
        assert_eq!(fs::metadata(beside(&held.path, "-wal")).unwrap().len(), 0, "all of it was folded anew");
    }

    #[test]
    fn a_file_that_comes_back_does_not_lose_its_place_to_an_older_copy_later() {
        let (folder, mut held) = held_with_a_row();
        let (path, away) = (held.path.clone(), folder.path().join("away.db"));
        fs::copy(&path, beside(&path, ".carried")).unwrap();
        fs::create_dir(beside(&path, ".carrying")).unwrap();
        fs::rename(&path, &away).unwrap();
        assert!(!held.look_after());
        assert!(matches!(held.state, State::Orphan(..)));
        fs::rename(&away, &path).unwrap();
        assert!(held.look_after());
        let row =
            |tx: &mut super::super::Tx<'_>| tx.add_incident(jiff::Timestamp::UNIX_EPOCH, None, ("a row", ""));
        held.clerk().unwrap().write(row).unwrap();
        held.close();
        let mut held = Held::open(&path, Standing::default()).unwrap();
        assert!(held.clerk().is_some());
        assert_eq!(rows_in(&path), 2);
    }
}
