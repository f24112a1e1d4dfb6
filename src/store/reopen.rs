//! Opening the file again after a fault of the disk.
//!
//! **What is on the disk after a sync that failed.** Linux reports it once, marks the pages as clean all the same, and
//! may have them in its cache or not. So what is read back proves nothing, and the next sync succeeds without having
//! written them. For us that means:
//!
//! * *A commit whose sync failed* may stand in the WAL with valid checksums, in the cache and not on the disk. SQLite
//!   would append behind it, and that would be lost with it at a power cut, though its own sync succeeded. Nobody was
//!   told that it is safe; its facts are in the journal, whose import finds them there if they are.
//! * *A fold whose sync failed* may have left pages of the file in the cache only. SQLite counts frames as folded
//!   when it has written the file, and syncs it only when it reached the end of the WAL. So a later fold would skip
//!   them, its sync would succeed, and the WAL, the only place that has them, would begin anew. The count is kept in
//!   the index of the WAL, which lives as long as any connection; and closing a connection folds once more.
//!
//! So after a fault every connection of ours is closed without folding, the writer's and the folder's. Then the WAL is
//! read anew by one that has the file alone, which begins its count at nothing: each frame that has its checksum is
//! written into the file again, which makes its pages dirty again, and the file is synced. That is right for whatever
//! the cache may hold: a frame with its checksum is what SQLite wrote, and what was acked was synced before, so it is
//! on the disk or in the cache. Only when that sync succeeded is the WAL emptied. If it fails everything is as before,
//! and is done anew later, from the first frame. A small file is read through before that, a long one afterwards beside
//! the answering path.
//!
//! Another program that has the file open keeps the index alive. After a fault of a commit alone the count can be
//! believed, and after a while the WAL is folded beside that program. After a fault of a fold it cannot, and the file is
//! not used before the other program has closed it.

use std::path::Path;

use super::StoreError;
use super::{open, soundness};

/// Folds all of the WAL into the file, if the file is sound. `alone` asks that nobody else has it open.
pub(super) fn make_sound(path: &Path, alone: bool) -> Result<(), StoreError> {
    let connection = open::connect(path)?;
    if alone {
        connection.pragma_update(None, "locking_mode", "exclusive")?;
    }
    // Takes the file; that others have it is no fault of it.
    connection.query_row("select count(*) from sqlite_schema", [], |_| Ok(()))?;
    open::refuse_strangers(path, &connection)?;
    soundness::look(path, &connection)?;
    let blocked: bool = connection.query_row("pragma wal_checkpoint(truncate)", [], |row| row.get(0))?;
    if blocked { Err(StoreError::Unfolded) } else { Ok(()) }
}
