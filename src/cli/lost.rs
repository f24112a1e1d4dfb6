//! A database that was in use here and is gone: whoever waited in it is on no list.

use jiff::{SignedDuration, Timestamp};

use crate::server;
use crate::settings::Home;
use crate::store::{self, LOST};

use super::cure::newest_backup;
use super::shop::Shop;

/// In a clause that a sentence can begin with.
pub(super) const SAYS: &str = "the database is gone, and whoever waited in it is on no list";
/// What to do about an empty one that was begun in its place.
pub(super) const ANEW: &str = "`ringback restore` a backup: what came since is put aside and told of. If the file was moved \
     away because it was damaged, there is nothing to do";

/// How long it is told of that an empty one was begun: nobody may look before the week is over.
const TOLD: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Whether it is gone, as far as what is left of it tells. A server that runs brings it back.
pub(super) fn is_lost(home: &Home) -> bool {
    let path = home.database();
    let was_there = store::is_lost(&path) || !path.exists() && newest_backup(home).is_some();
    was_there && server::running(home).is_none()
}

/// What to do about it.
pub(super) fn cure(home: &Home) -> String {
    let back = "put `ringback.db` with its `-wal` back where it was";
    let anew = "without either, `ringback serve` begins an empty one";
    match newest_backup(home) {
        Some(backup) => format!("{back}, or `ringback restore {}`; {anew}", backup.display()),
        None => format!("{back}, or `ringback restore BACKUP` (`backups` here has none); {anew}"),
    }
}

/// When an empty one was begun in its place, if that was in the last days.
pub(super) fn begun_anew(shop: &Shop<'_>) -> Option<Timestamp> {
    let at = shop.read(|tx| tx.last_incident(LOST)).ok()???;
    (shop.look.now.duration_since(at) < TOLD).then_some(at)
}
