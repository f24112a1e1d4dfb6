//! The length of the WAL: folded beside the answering path, and never longer than 64 MB while nobody else reads.
//!
//! SQLite begins the WAL anew when all of it is folded and nobody reads it. The folder alone would never get there under
//! load, since something is written while it folds; so the writer folds the rest itself, when little is left.

use std::fs;
use std::path::Path;
use std::time::Duration;

use tokio::time::Instant;

use super::files::beside;
use super::held::Held;

const MB: u64 = 1024 * 1024;
/// An idle moment is used to empty a WAL that is longer than this.
const WORTH_EMPTYING: u64 = 4 * MB;
/// From here on the folder is at it all the time.
const LONG: u64 = 16 * MB;
/// From here on the writer folds the rest, whenever the folder has just finished.
const LONGER: u64 = 32 * MB;
/// From here on the writer waits for the folder, and callers for both.
const TOO_LONG: u64 = 48 * MB;
/// What was promised; beyond it somebody is told, and again with each doubling.
const MOST: u64 = 64 * MB;
/// How long it waits in one group.
const WAIT: Duration = Duration::from_millis(100);
/// How long the writer leaves the rest alone when folding it did not help: somebody reads what it holds.
const PAUSE: Duration = Duration::from_secs(1);

/// What the writer knows of the WAL.
#[derive(Default)]
pub(super) struct Wal {
    /// The next length of which somebody is told; 0 for [`MOST`].
    told_of: u64,
    /// When folding the rest was tried last, and how long the WAL was.
    tried: Option<(Instant, u64)>,
}

impl Wal {
    /// Between two groups. Waits for no reader, and not long for the folder.
    pub(super) fn keep_short(&mut self, held: &mut Held) {
        let length = length(held.path());
        self.warn(length, held);
        if length <= LONG {
            self.tried = None;
            return;
        }
        // When it was folded and did not begin anew, it cannot: a reader holds it.
        let is_held = self.tried.is_some_and(|(at, before)| length >= before && at.elapsed() < PAUSE);
        if is_held {
            return;
        }
        if length > TOO_LONG {
            held.cut_off_the_examiner();
            held.folder.wait(WAIT);
        }
        if length > LONGER && !held.folder.is_folding() {
            held.catch_up();
            self.tried = Some((Instant::now(), length));
        } else {
            held.folder.nudge();
        }
    }

    /// While nobody calls. The folder folds; when nothing is left, emptying takes no time.
    pub(super) fn tidy_while_idle(&mut self, held: &mut Held) {
        let length = length(held.path());
        self.warn(length, held);
        if length <= WORTH_EMPTYING {
            return;
        }
        match held.folder.left() {
            Some(0) => held.empty_wal(),
            Some(_) | None => held.folder.nudge(),
        }
    }

    fn warn(&mut self, length: u64, held: &mut Held) {
        if length < LONGER {
            self.told_of = MOST;
        }
        self.told_of = self.told_of.max(MOST);
        if length < self.told_of {
            return;
        }
        while self.told_of <= length {
            self.told_of *= 2;
        }
        let megabytes = length / MB;
        tracing::warn!(
            wal.megabytes = megabytes,
            "the database's log cannot be folded into it: another program keeps the database open for reading; end it"
        );
        let detail = format!("{megabytes} MB; another program keeps the database open for reading: end it");
        held.add_incident("the database's log cannot be folded into it", detail);
    }
}

/// The length of the WAL, without asking SQLite.
fn length(path: &Path) -> u64 {
    fs::metadata(beside(path, "-wal")).map_or(0, |metadata| metadata.len())
}
