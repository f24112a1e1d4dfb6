//! One server per home, and what it tells the commands of itself: that it runs, where, and how many it turned away.
//!
//! Both are in `ringback.lock`: whoever holds the lock runs. It goes with the process, however that ends.

use std::fs::{self, File, Metadata, OpenOptions, TryLockError};
use std::io::{self, Seek, SeekFrom, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::settings::Home;
use crate::store::StoreFault;
use crate::trouble::Trouble;

use super::StartError;

/// A command that looks holds the lock for a moment; a server that starts just then tries again.
const TRIES: u32 = 4;
const PAUSE: Duration = Duration::from_millis(20);

/// A server, as it describes itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Running {
    /// The process.
    pub pid: u32,
    /// Where it listens: `127.0.0.1:8080`.
    pub address: String,
    /// Since when.
    pub since: Timestamp,
    /// Requests without a right signature since then.
    pub turned_away: u64,
    /// When the last of them came.
    pub last_turned_away_at: Option<Timestamp>,
    /// Why the database is not in use, if it is not.
    #[serde(default)]
    pub store_fault: Option<StoreFault>,
}

/// The server of this home; `None` when none runs.
pub fn running(home: &Home) -> Option<Running> {
    let file = File::open(path(home)).ok()?;
    match file.try_lock_shared() {
        Ok(()) => None,
        // While it is written anew, the end of what stood there before may still follow.
        Err(_) => serde_json::Deserializer::from_reader(&file).into_iter().next()?.ok(),
    }
}

/// A home in which no server runs, or starts, as long as this is held.
pub struct Closed {
    _file: File,
}

/// Keeps servers out of a home; `None` when one runs.
pub fn keep_closed(home: &Home) -> io::Result<Option<Closed>> {
    let file = open(&path(home))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(Closed { _file: file })),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// The lock of a running server.
pub(super) struct Presence {
    path: PathBuf,
    file: File,
    told: Option<Running>,
    writing: Trouble,
    taking: Trouble,
}

impl Presence {
    /// Takes the home, or says who has it.
    pub(super) async fn take(home: &Home) -> Result<Self, StartError> {
        let path = path(home);
        let failed = |source| StartError::Lock { path: path.clone(), source };
        let file = open(&path).or_else(|error| lock_without_writing(home, error)).map_err(failed)?;
        for _ in 1..TRIES {
            match file.try_lock() {
                Ok(()) => {
                    // Who was here before is not the holder any more.
                    let _ = file.set_len(0);
                    return Ok(Self::held(path, file));
                }
                Err(TryLockError::WouldBlock) => tokio::time::sleep(PAUSE).await,
                Err(TryLockError::Error(source)) => return Err(failed(source)),
            }
        }
        // The holder says who it is a moment after it came.
        let holder = running(home).map_or_else(String::new, |holder| {
            format!(": process {} on {}, since {}", holder.pid, holder.address, holder.since)
        });
        Err(StartError::Taken { home: home.folder().to_owned(), holder })
    }

    fn held(path: PathBuf, file: File) -> Self {
        let trouble = |begins, ends| Trouble::new(begins, ends, Clock::system());
        let writing = trouble(
            "`ringback.lock` cannot be written, so `ringback doctor` cannot know how the server stands",
            "`ringback.lock` can be written again",
        );
        let taking = trouble(
            "`ringback.lock` was deleted under the running server, and cannot be taken again",
            "`ringback.lock` is in its place again",
        );
        Self { path, file, told: None, writing, taking }
    }

    /// Writes down how the server stands, if that is news.
    pub(super) fn tell(
        &mut self,
        address: &str,
        (since, turned_away, store_fault): (Timestamp, TurnedAway, Option<StoreFault>),
    ) {
        let now = Running {
            pid: process::id(),
            address: address.to_owned(),
            since,
            turned_away: turned_away.requests,
            last_turned_away_at: turned_away.last_at,
            store_fault,
        };
        self.keep_place();
        if self.told.as_ref() == Some(&now) {
            return;
        }
        match self.write(&now) {
            Ok(()) => {
                self.writing.is_over();
                self.told = Some(now);
            }
            Err(error) => self.writing.is_met(error),
        }
    }

    /// Whoever deletes a lock believes that nobody holds it, and so would the next server.
    fn keep_place(&mut self) {
        if self.is_in_place() {
            return;
        }
        // On a disk that takes nothing it is the folder that is locked.
        let Ok(file) = open(&self.path) else { return };
        match file.try_lock() {
            Ok(()) => {
                tracing::error!(path = %self.path.display(), "the lock was deleted under the running server, which takes it again");
                (self.file, self.told) = (file, None);
                self.taking.is_over();
            }
            Err(error) => self.taking.is_met(error),
        }
    }

    /// On a disk that took nothing at the start the lock was opened for reading; it stays with that handle, and another
    /// one writes.
    fn write(&self, now: &Running) -> io::Result<()> {
        let text = serde_json::to_string(now)?;
        put(&self.file, &text).or_else(|error| match self.is_in_place() {
            true => put(&OpenOptions::new().write(true).open(&self.path)?, &text),
            false => Err(error),
        })
    }

    /// Whether the lock that is held is the one that others find.
    fn is_in_place(&self) -> bool {
        let identity = |metadata: Metadata| (metadata.dev(), metadata.ino());
        let (ours, there) = (self.file.metadata().map(identity), fs::metadata(&self.path).map(identity));
        ours.ok() == there.ok()
    }
}

fn put(mut file: &File, text: &str) -> io::Result<()> {
    file.seek(SeekFrom::Start(0))?;
    file.write_all(text.as_bytes())?;
    file.set_len(text.len() as u64)
}

/// Requests that were turned away. Nothing of them is kept but their number.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct TurnedAway {
    pub(super) requests: u64,
    pub(super) last_at: Option<Timestamp>,
}

/// On a disk that takes nothing the folder itself is locked where there is no file to lock.
fn lock_without_writing(home: &Home, error: io::Error) -> io::Result<File> {
    if error.kind() != io::ErrorKind::ReadOnlyFilesystem {
        return Err(error);
    }
    File::open(path(home)).or_else(|_| File::open(home.folder()))
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)
}

fn path(home: &Home) -> PathBuf {
    home.folder().join("ringback.lock")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_that_was_taken_for_reading_tells_how_the_server_stands_all_the_same() {
        let folder = tempfile::tempdir().expect("a folder");
        let home = Home::new(folder.path());
        drop(open(&path(&home)).expect("a lock"));
        let file = File::open(path(&home)).expect("the lock");
        file.try_lock().expect("a free lock");
        let mut presence = Presence::held(path(&home), file);
        let stands = |requests| (Timestamp::UNIX_EPOCH, TurnedAway { requests, last_at: None }, None);
        for requests in [1_000, 7] {
            presence.tell("127.0.0.1:8080", stands(requests));
            assert_eq!(running(&home).map(|running| running.turned_away), Some(requests));
        }
    }
}
