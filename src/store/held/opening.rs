//! How the file comes into use: at the start, after a fault, and after it was carried over.

use std::fs;
use std::io::ErrorKind;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use crate::causes::with_causes;

use super::super::StoreError;
use super::super::clerk::{Clerk, is_busy};
use super::super::files::{Files, beside, set_companions_aside};
use super::super::open::{self, OpenError};
use super::super::soundness::{self, Examination};
use super::super::standing::Retry;
use super::super::{carry, pair, reopen};
use super::{Fault, Held, MOMENT, NAPS, State};

/// How long another program may have the file open after a fault, before the WAL is folded beside it.
const ALONE: Duration = Duration::from_secs(5);
const NAP: Duration = Duration::from_micros(250);

impl Held {
    /// Whether there is a file, and a log that nobody emptied when he closed it.
    pub(super) fn has_a_log(&self) -> bool {
        let log = fs::metadata(beside(&self.path, "-wal"));
        self.path.exists() && log.is_ok_and(|log| log.len() > 0)
    }

    /// Tries what stands at the path, where `files` were ours.
    pub(super) fn reopen(&mut self, files: Files) {
        match self.open_what_is_there(files) {
            Ok(true) => tracing::info!("the database is in use again"),
            Ok(false) => {}
            Err(error) => self.fail(&error),
        }
    }

    /// The same; `false` when that takes longer than a caller can wait.
    pub(super) fn open_what_is_there(&mut self, files: Files) -> Result<bool, StoreError> {
        if !self.folder.is_free_within(MOMENT) {
            return Ok(false);
        }
        let path = self.path.clone();
        let failed = |source| OpenError::File { path: path.clone(), source };
        // What is written to another file before that would be set aside for the copy.
        if let Some(aside) = carry::finish(&self.path).map_err(failed)? {
            self.tell_of_carrying(aside.as_deref());
        }
        let there = Files::at(&self.path);
        let is_given_up = matches!(self.fault, Some((_, Fault::Commit | Fault::Fold)));
        if there.database.is_none() && is_given_up && !self.is_condemned {
            // The disk may be away for a moment; an empty file would take the place of what comes back with it.
            return Err(failed(ErrorKind::NotFound.into()).into());
        }
        if there.database != files.database && there.wal.is_some() && there.wal == files.wal {
            // SQLite would mix another file with what belongs to ours.
            set_companions_aside(&self.path).map_err(failed)?;
        }
        self.part_strangers()?;
        if there.database.is_some() {
            self.is_condemned &= there.database == files.database;
            if !self.is_examined()? {
                return Ok(false);
            }
            self.make_sound()?;
        }
        self.use_it()?;
        self.examine_if_long();
        Ok(true)
    }

    /// Puts into the file what stands in its log, where that may not be on the disk.
    fn make_sound(&self) -> Result<(), StoreError> {
        let Some((since, fault)) = self.fault else { return Ok(()) };
        let taken = match reopen::make_sound(&self.path, true) {
            Err(error) if is_busy(&error) => error,
            made => return made,
        };
        match fault {
            Fault::Fold => Err(taken),
            Fault::Commit if since.elapsed() <= ALONE => Err(taken),
            Fault::Commit => reopen::make_sound(&self.path, false),
            Fault::Unknown => match reopen::make_sound(&self.path, false) {
                // No caller waits for somebody who reads.
                Err(error) if is_busy(&error) || matches!(error, StoreError::Unfolded) => {
                    tracing::warn!(
                        error = %with_causes(&error),
                        "the log that was left behind cannot be folded into the database yet: another program reads it"
                    );
                    Ok(())
                }
                made => made,
            },
        }
    }

    fn examine_if_long(&mut self) {
        if self.clerk().is_some_and(|clerk| soundness::is_long(&clerk.connection)) {
            self.examine();
        }
    }

    /// Begins a look at the whole file, beside the answering path.
    pub(super) fn examine(&mut self) {
        self.examination = Examination::start(self.path.clone()).ok();
    }

    /// Whether a file that was found broken has been looked at since, all of it.
    fn is_examined(&mut self) -> Result<bool, StoreError> {
        if !self.is_condemned {
            return Ok(true);
        }
        let Some(examination) = &self.examination else {
            self.examination = Some(Examination::start(self.path.clone())?);
            return Ok(false);
        };
        let Some(outcome) = examination.outcome() else { return Ok(false) };
        self.examination = None;
        outcome?;
        self.is_condemned = false;
        Ok(true)
    }

    fn part_strangers(&mut self) -> Result<(), OpenError> {
        if let Some(aside) = pair::part_strangers(&self.path)? {
            self.untold.push(pair::incident(&self.path, &aside));
        }
        Ok(())
    }

    /// Opens what stands at the path.
    fn use_it(&mut self) -> Result<(), StoreError> {
        // Told by us, and not by what opens the file: it may be in no state to be told anything.
        self.part_strangers()?;
        let before = open::identity(&self.path);
        let mut connection = open::for_writing(&self.path)?;
        // Closing would find the WAL by its name, which may be another file's by then.
        open::fold_at_the_end(&connection, false)?;
        let to_fold = open::connect(&self.path)?;
        let files = Files::at(&self.path);
        if before.is_some_and(|before| !files.is_database(before)) || !files.are_whole() {
            return Err(StoreError::Moved);
        }
        self.naps.store(NAPS, Relaxed);
        let naps = self.naps.clone();
        connection.busy_handler(Some(move |tried| {
            let goes_on = tried < naps.load(Relaxed);
            if goes_on {
                std::thread::sleep(NAP);
            }
            goes_on
        }))?;
        // The index is looked at when it is needed first, and the WAL found by its name.
        to_fold.query_row("select count(*) from sqlite_schema", [], |_| Ok(()))?;
        self.folder.take(to_fold);
        let clerk = Clerk::new(connection);
        self.standing.is_in_use(clerk.opening());
        self.at_rest.forget();
        self.state = State::InUse { clerk, files };
        self.fault = None;
        self.is_condemned = false;
        self.retry = Retry::default();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use rusqlite::Connection;
    use tokio::time::Instant;

    use super::super::super::standing::Standing;
    use super::super::TO_THE_END;
    use super::super::tests::{held_with_a_row, rows_in};
    use super::*;

    /// What a killed server leaves: a row that is in the log only.
    fn killed_at(path: &Path) {
        let killed = open::for_writing(path).unwrap();
        open::fold_at_the_end(&killed, false).unwrap();
        Clerk::new(killed)
            .write(|tx| tx.add_incident(jiff::Timestamp::UNIX_EPOCH, None, ("a row", "")))
            .unwrap();
        assert!(fs::metadata(beside(path, "-wal")).unwrap().len() > 0);
    }

    #[test]
    fn after_a_fault_all_of_the_log_is_in_the_file_itself_before_that_is_used_again() {
        let (folder, mut held) = held_with_a_row();
        held.give_up_for(Fault::Fold);
        assert!(held.clerk().is_none());
        // The last one to close is the folder.
        assert!(held.folder.is_free_within(Duration::from_secs(10)));
        assert!(fs::metadata(beside(&held.path, "-wal")).unwrap().len() > 0, "closing folds nothing");
        assert!(held.look_after());
        let alone = folder.path().join("alone.db");
        fs::copy(&held.path, &alone).unwrap();
        let rows: i64 = Connection::open(&alone)
            .unwrap()
            .query_row("select count(*) from incidents", [], |row| row.get(0))
            .unwrap();
        assert_eq!(rows, 1);
    }

    #[test]
    fn after_a_fold_that_failed_the_file_is_not_used_while_another_program_keeps_the_index_of_its_log() {
        let (_folder, mut held) = held_with_a_row();
        let other = Connection::open(&held.path).unwrap();
        other.query_row("select count(*) from incidents", [], |_| Ok(())).unwrap();
        held.give_up_for(Fault::Fold);
        held.fault = held.fault.map(|(_, fault)| (Instant::now() - 2 * ALONE, fault));
        assert!(!held.look_after());
        drop(other);
        // The next look is after a pause.
        held.retry = Retry::default();
        assert!(held.look_after());
    }

    #[test]
    fn after_a_commit_that_failed_another_program_is_waited_for_and_not_for_ever() {
        let (_folder, mut held) = held_with_a_row();
        let other = Connection::open(&held.path).unwrap();
        other.query_row("select count(*) from incidents", [], |_| Ok(())).unwrap();
        held.give_up();
        assert!(!held.look_after());
        held.fault = held.fault.map(|(_, fault)| (Instant::now() - 2 * ALONE, fault));
        held.retry = Retry::default();
        assert!(held.look_after());
    }

    #[test]
    fn a_log_that_a_killed_process_left_is_in_the_file_before_anything_is_written_behind_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ringback.db");
        killed_at(&path);
        let mut held = Held::open(&path, Standing::default()).unwrap();
        assert!(held.clerk().is_some());
        assert_eq!(fs::metadata(beside(&path, "-wal")).unwrap().len(), 0);
        let alone = folder.path().join("alone.db");
        fs::copy(&path, &alone).unwrap();
        assert_eq!(rows_in(&alone), 1);
    }

    #[test]
    fn somebody_who_reads_does_not_keep_a_server_from_starting_after_a_kill() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ringback.db");
        killed_at(&path);
        let reader = open::for_reading(&path).unwrap().unwrap();
        reader.execute_batch("begin").unwrap();
        reader.query_row("select count(*) from incidents", [], |_| Ok(())).unwrap();
        let mut held = Held::open(&path, Standing::default()).unwrap();
        assert!(held.clerk().is_some());
    }

    #[test]
    fn what_was_carried_over_and_cannot_be_put_in_its_place_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        // There is no longer name for what stands at the path, but for the copy there is.
        let path = folder.path().join("x".repeat(245));
        let whole = beside(&path, ".carried");
        let made = folder.path().join("made.db");
        for file in [&path, &whole] {
            drop(open::for_writing(&made).unwrap());
            fs::rename(&made, file).unwrap();
        }
        let mut held = Held::open(&path, Standing::default()).unwrap();
        assert!(held.clerk().is_none(), "what is written here would be set aside at the next start");
        assert!(whole.exists());
        fs::remove_file(&path).unwrap();
        held.retry = Retry::default();
        assert!(held.look_after());
        assert!(path.exists() && !whole.exists());
    }

    #[test]
    fn a_file_that_was_found_broken_while_in_use_and_is_moved_away_is_followed_by_a_new_one() {
        let (folder, mut held) = held_with_a_row();
        held.is_condemned = true;
        held.give_up();
        for suffix in ["", "-wal", "-shm"] {
            fs::rename(beside(&held.path, suffix), folder.path().join(format!("broken.db{suffix}"))).unwrap();
        }
        assert!(held.look_after());
        assert_eq!(rows_in(&held.path), 1, "which says that the other one is gone");
    }

    #[test]
    fn a_long_file_is_read_through_after_it_was_carried_over() {
        let (_folder, mut held) = held_with_a_row();
        let fill =
            "insert into incidents (at, what, detail) values (0, 'a long row', hex(zeroblob(1500000)))";
        held.clerk().unwrap().connection.execute_batch(fill).unwrap();
        assert!(held.look_after() && held.examination.is_none());
        fs::remove_file(&held.path).unwrap();
        let until = Instant::now() + TO_THE_END;
        while !held.look_after() {
            assert!(Instant::now() < until);
        }
        assert!(held.examination.is_some());
    }

    #[test]
    fn a_file_that_somebody_emptied_keeps_its_log() {
        let (_folder, mut held) = held_with_a_row();
        let log = beside(&held.path, "-wal");
        let length = fs::metadata(&log).unwrap().len();
        fs::OpenOptions::new().write(true).open(&held.path).unwrap().set_len(0).unwrap();
        held.give_up();
        assert!(!held.look_after());
        assert_eq!(fs::metadata(&log).unwrap().len(), length);
    }
}
