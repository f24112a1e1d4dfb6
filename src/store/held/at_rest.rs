//! Whether somebody else wrote into the database file, into which only the folding of its log writes.
//!
//! The connection does not see it: it goes on reading its cache and the log, and what is committed to that log can be
//! read by nobody once the file below it is another one.

use std::time::{Duration, SystemTime};

use rusqlite::Connection;
use tokio::time::Instant;

use super::super::folder::Folder;
use super::super::open::{self, FileIdentity};
use super::Held;

/// How often it is looked at.
const EVERY: Duration = Duration::from_millis(100);
/// What the incident says.
const WHAT: &str = "another program wrote into the database file while it was in use";

/// How the file looked when nobody folded.
#[derive(Default)]
pub(super) struct AtRest {
    look: Option<(FileIdentity, u64, Option<SystemTime>)>,
    looked: Option<Instant>,
}

enum Change {
    /// Nobody wrote into it but us.
    None,
    /// Somebody did, as a command that folds does, or by chance as one does.
    Unclear,
    /// Nobody who knows the log leaves a file of this length.
    Ruinous { length: u64 },
}

impl AtRest {
    /// What comes now is our own doing.
    pub(super) fn forget(&mut self) {
        self.look = None;
    }

    fn change(&mut self, held: (&Folder, &Connection), now: open::Glance) -> Change {
        let (folder, connection) = held;
        let (is_folding, has_folded) = (folder.is_folding(), folder.has_folded());
        let before = std::mem::replace(&mut self.look, now.filter(|_| !is_folding));
        let (Some(before), Some(now), false) = (before, now, is_folding || has_folded) else {
            return Change::None;
        };
        if before == now {
            return Change::None;
        }
        let asked = |what: &str| connection.pragma_query_value(None, what, |row| row.get::<_, i64>(0));
        let (before, length) = (before.1, now.1);
        let (Ok(pages), Ok(size)) = (asked("page_count"), asked("page_size")) else {
            return Change::Ruinous { length };
        };
        let (whole, size) = ((pages * size).unsigned_abs(), size.unsigned_abs());
        let fits = before.min(whole) <= length && length <= before.max(whole) && length.is_multiple_of(size);
        if fits { Change::Unclear } else { Change::Ruinous { length } }
    }
}

impl Held {
    /// Takes a file that was written over out of use: all of it is looked at before it is used again.
    pub(super) fn heed_its_bytes(&mut self) {
        let super::State::InUse { clerk, .. } = &self.state else { return };
        if self.at_rest.looked.is_some_and(|looked| looked.elapsed() < EVERY) {
            return;
        }
        self.at_rest.looked = Some(Instant::now());
        let now = open::glance(&self.path);
        match self.at_rest.change((&self.folder, &clerk.connection), now) {
            Change::None => {}
            Change::Unclear => self.examine(),
            Change::Ruinous { length } => {
                let detail = format!(
                    "it is {length} bytes long, which it cannot be by ringback's doing; calls are kept beside it until \
                     all of it was looked at. To put a backup in its place: stop the server, `ringback restore BACKUP`"
                );
                tracing::error!(store.path = %self.path.display(), detail, "{WHAT}");
                self.is_condemned = true;
                self.give_up();
                self.untold.push((WHAT, detail));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, OpenOptions};

    use super::super::tests::held_with_a_row;
    use super::*;

    fn later(held: &mut Held) -> bool {
        held.at_rest.looked = None;
        held.look_after()
    }

    #[test]
    fn a_file_that_is_written_over_in_its_place_is_not_used_and_not_written() {
        for bytes in [vec![], b"not a database".to_vec(), vec![7; 200_000]] {
            let (_folder, mut held) = held_with_a_row();
            assert!(later(&mut held) && later(&mut held));
            fs::write(&held.path, &bytes).unwrap();
            assert!(!later(&mut held), "{} bytes", bytes.len());
            let path = held.path.clone();
            held.close();
            assert!(fs::read(path).unwrap() == bytes, "not a byte is changed");
        }
    }

    #[test]
    fn a_file_of_a_fitting_length_that_is_written_over_is_read_through_and_found_broken() {
        let (_folder, mut held) = held_with_a_row();
        assert!(held.catch_up() == Some(0) && later(&mut held) && later(&mut held));
        let length = fs::metadata(&held.path).unwrap().len();
        fs::write(&held.path, vec![7; usize::try_from(length).unwrap()]).unwrap();
        let until = Instant::now() + super::super::TO_THE_END;
        while later(&mut held) {
            assert!(Instant::now() < until, "nobody saw it");
        }
    }

    #[test]
    fn what_ringback_folds_and_who_touches_the_file_take_nothing_out_of_use() {
        let (_folder, mut held) = held_with_a_row();
        assert!(later(&mut held));
        assert_eq!(held.catch_up(), Some(0));
        assert!(later(&mut held));
        held.clerk()
            .unwrap()
            .write(|tx| tx.add_incident(jiff::Timestamp::UNIX_EPOCH, None, ("b", "")))
            .unwrap();
        held.folder.nudge();
        while held.folder.is_folding() {
            assert!(later(&mut held));
        }
        assert!(later(&mut held) && later(&mut held));
        OpenOptions::new()
            .write(true)
            .open(&held.path)
            .unwrap()
            .set_modified(SystemTime::UNIX_EPOCH)
            .unwrap();
        for _ in 0..3 {
            assert!(later(&mut held));
        }
    }

    #[test]
    fn a_command_that_folds_or_rewrites_the_file_takes_it_out_of_nobodys_use() {
        let (_folder, mut held) = held_with_a_row();
        assert!(later(&mut held) && later(&mut held));
        let mut desk = super::super::super::Desk::open(&held.path).unwrap();
        assert!(desk.rewrite().unwrap());
        assert!(desk.fold().unwrap());
        assert!(later(&mut held) && later(&mut held));
    }
}
