//! The emergency journal: a file for what the database cannot take at the moment.
//!
//! One line a record: a version, a checksum, and JSON that means nothing here. Lines are only ever appended, by one
//! thread and in groups, and are on the disk before anybody is answered. What cannot be read is never thrown away.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::sync::oneshot;

use crate::fail_point::fail_point;

use super::files::{beside, sync_folder};
use super::open::{self, FileIdentity};
use super::outlive::outlive;
use super::room::Room;
use super::{StoreError, Tx};

/// The version of a line. A line of another version is kept as one that cannot be read.
const VERSION: &str = "1";
/// Hexadecimal digits of a checksum.
const CHECKSUM: usize = 32;
/// Jobs that wait at the most.
const QUEUE: usize = 1024;
/// How often room on the disk is asked for while there is none to be had.
const ASK_FOR_ROOM: Duration = Duration::from_secs(10);

/// The journal could not do what was asked.
#[derive(Clone, Debug, thiserror::Error)]
pub enum JournalError {
    /// The file cannot be read or written.
    #[error("the journal cannot be read or written")]
    File(#[from] Arc<io::Error>),
    /// Too much waits already, or the thread is gone.
    #[error("the journal takes nothing")]
    Closed,
}

/// One record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalRecord {
    /// Its checksum, by which a repeat is recognised.
    pub id: String,
    /// What was written.
    pub json: String,
}

/// What stands in a journal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JournalText {
    /// The records, in the order in which they were written. Of a torn last line nobody was told that it is safe, so
    /// it is none.
    pub records: Vec<JournalRecord>,
    /// Checksums of the lines that cannot be read, and of records that cannot be imported.
    pub garbled: Vec<String>,
    length: u64,
}

impl JournalText {
    pub(super) fn read(bytes: &[u8]) -> Self {
        let mut text = Self { length: bytes.len() as u64, ..Self::default() };
        let mut lines = bytes.split(|byte| *byte == b'\n').peekable();
        while let Some(line) = lines.next() {
            let is_last = lines.peek().is_none();
            match record_in(line) {
                Some(record) => text.records.push(record),
                None if line.is_empty() || is_last => {}
                None => text.garbled.push(checksum(line)),
            }
        }
        text
    }
}

fn record_in(line: &[u8]) -> Option<JournalRecord> {
    let (id, json) =
        std::str::from_utf8(line).ok()?.strip_prefix(VERSION)?.strip_prefix(' ')?.split_once(' ')?;
    (checksum(json.as_bytes()) == id).then(|| JournalRecord { id: id.to_owned(), json: json.to_owned() })
}

fn checksum(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().take(CHECKSUM / 2).map(|byte| format!("{byte:02x}")).collect()
}

/// The way to the journal's thread, which ends with the last of them.
#[derive(Clone)]
pub struct Journal {
    jobs: SyncSender<Job>,
    pending: Arc<AtomicBool>,
}

enum Job {
    Append(String, oneshot::Sender<Result<(), JournalError>>),
    Look(Box<dyn FnOnce(&mut Book) + Send>),
}

impl Journal {
    /// Starts the thread. A file that cannot be opened is tried again with each record. The handle ends when every
    /// [`Journal`] is dropped; sooner when the thread panics again and again, after which nothing is appended.
    pub fn start(path: &Path) -> io::Result<(Self, JoinHandle<()>)> {
        let (jobs, waiting) = sync_channel(QUEUE);
        let left = fs::metadata(path).is_ok_and(|metadata| metadata.len() > 0);
        let pending = Arc::new(AtomicBool::new(left));
        let mut book = Book {
            path: path.to_owned(),
            open: None,
            gone: Vec::new(),
            pending: pending.clone(),
            has_room: true,
        };
        let thread = std::thread::Builder::new().name("journal".into()).spawn(move || {
            outlive("journal", || {
                // After a panic nobody knows what the file was in the middle of.
                book.open = None;
                book.hold_room();
                book.work(&waiting);
            });
        })?;
        Ok((Self { jobs, pending }, thread))
    }

    /// How many lines of a journal wait for the database; 0 where there is no journal.
    pub fn pending(path: &Path) -> io::Result<usize> {
        match fs::read(path) {
            Ok(bytes) => {
                let text = JournalText::read(&bytes);
                Ok(text.records.len() + text.garbled.len())
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(0),
            Err(error) => Err(error),
        }
    }

    /// Takes the lines that are meant out of a journal, or of one that was moved aside; gives how many.
    /// Nobody else may write to it meanwhile: it is written anew under another name, which then takes its place.
    pub fn strike(path: &Path, is_meant: impl Fn(&str) -> bool) -> io::Result<usize> {
        let bytes = match fs::read(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(0),
            read => read?,
        };
        let lines = bytes.split_inclusive(|byte| *byte == b'\n');
        let (struck, left): (Vec<_>, Vec<_>) =
            lines.partition(|line| is_meant(&String::from_utf8_lossy(line)));
        if struck.is_empty() {
            return Ok(0);
        }
        let half = beside(path, ".new");
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&half)?;
        file.write_all(&left.concat())?;
        file.sync_all()?;
        fs::rename(&half, path)?;
        sync_folder(path)?;
        Ok(struck.len())
    }

    /// Whether something may wait for the database.
    pub fn is_pending(&self) -> bool {
        self.pending.load(Relaxed)
    }

    /// Appends a record; done when it is on the disk. `json` holds no line break.
    pub async fn append(&self, json: &str) -> Result<(), JournalError> {
        let line = format!("{VERSION} {} {json}\n", checksum(json.as_bytes()));
        let (answer, answered) = oneshot::channel();
        self.hand_over(Job::Append(line, answer))?;
        answered.await.unwrap_or(Err(JournalError::Closed))
    }

    /// Reads all of it.
    pub async fn read(&self) -> Result<JournalText, JournalError> {
        self.look(Book::read).await
    }

    /// Empties the journal after all of `text` is in the database; `false` when more was appended since. One with
    /// garbled lines is moved aside instead.
    pub async fn clear(&self, text: &JournalText) -> Result<bool, JournalError> {
        let text = text.clone();
        self.look(move |book| book.clear(&text)).await
    }

    async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&mut Book) -> io::Result<T> + Send + 'static,
    ) -> Result<T, JournalError> {
        let (answer, answered) = oneshot::channel();
        let job = move |book: &mut Book| {
            // Whoever asked may have gone away.
            let _ = answer.send(look(book).map_err(|error| JournalError::File(Arc::new(error))));
        };
        self.hand_over(Job::Look(Box::new(job)))?;
        answered.await.unwrap_or(Err(JournalError::Closed))
    }

    fn hand_over(&self, job: Job) -> Result<(), JournalError> {
        self.jobs.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) | TrySendError::Disconnected(_) => JournalError::Closed,
        })
    }
}

/// The file, in the hands of its thread.
struct Book {
    path: PathBuf,
    open: Option<Page>,
    /// Files that lost their place, until what stands in them is in the one that has it.
    gone: Vec<File>,
    pending: Arc<AtomicBool>,
    has_room: bool,
}

/// The file while it is open.
struct Page {
    file: File,
    identity: FileIdentity,
    room: Room,
    /// Whether nothing was written through it yet.
    is_new: bool,
}

impl Book {
    fn work(&mut self, waiting: &Receiver<Job>) {
        loop {
            let first = match self.wait(waiting) {
                Ok(first) => first,
                Err(RecvTimeoutError::Timeout) => {
                    self.hold_room();
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => return,
            };
            let (mut lines, mut askers) = (String::new(), Vec::new());
            let mut looks = Vec::new();
            for job in std::iter::once(first).chain(waiting.try_iter().take(QUEUE)) {
                match job {
                    Job::Append(line, answer) => {
                        lines.push_str(&line);
                        askers.push(answer);
                    }
                    Job::Look(look) => looks.push(look),
                }
            }
            if !askers.is_empty() {
                let appended =
                    self.append(lines.as_bytes()).map_err(|error| JournalError::File(Arc::new(error)));
                for asker in askers {
                    // Whoever asked may have given up; the record stands all the same.
                    let _ = asker.send(appended.clone());
                }
                self.hold_room();
            }
            for look in looks {
                look(self);
            }
        }
    }

    fn wait(&self, waiting: &Receiver<Job>) -> Result<Job, RecvTimeoutError> {
        match self.has_room {
            true => waiting.recv().map_err(|_| RecvTimeoutError::Disconnected),
            false => waiting.recv_timeout(ASK_FOR_ROOM),
        }
    }

    fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        self.pending.store(true, Relaxed);
        fail_point!("journal.append");
        let written = self.write(lines);
        if written.is_err() {
            // After a failed sync nobody knows what is on the disk, and asking again would be told that all is well.
            self.open = None;
        }
        written
    }

    fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        let page = self.page()?;
        let before = page.file.metadata()?.len();
        let written = page.write_after(before, lines).and_then(|()| page.file.sync_data());
        if written.is_err() {
            // Nobody was told that these lines are safe. One that is torn must not spoil the next; and after a failed sync
            // they may be in the cache and never on the disk, where the next ones would stand behind a hole.
            let _ = page.file.set_len(before);
        }
        written?;
        // Who deleted it meanwhile is noticed before anybody is told that the lines are safe.
        self.page().map(drop)
    }

    /// The file that stands at the path now. What stands in one that was deleted or moved away comes along, because nobody
    /// else can read it.
    fn page(&mut self) -> io::Result<&mut Page> {
        let there = open::identity(&self.path);
        self.gone.extend(self.open.take_if(|page| Some(page.identity) != there).map(|page| page.file));
        match &mut self.open {
            Some(page) => Ok(page),
            closed => {
                let file =
                    OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(&self.path)?;
                // A name that was just made is not safe before its folder is.
                sync_folder(&self.path)?;
                let identity = FileIdentity::of(&file.metadata()?);
                let mut page = Page { file, identity, room: Room::default(), is_new: true };
                while let Some(gone) = self.gone.last_mut() {
                    page.take_over(gone)?;
                    self.gone.pop();
                }
                Ok(closed.insert(page))
            }
        }
    }

    fn read(&mut self) -> io::Result<JournalText> {
        if let Err(error) = self.page()
            && !self.gone.is_empty()
        {
            return Err(error);
        }
        match fs::read(&self.path) {
            Ok(bytes) => Ok(JournalText::read(&bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(JournalText::default()),
            Err(error) => Err(error),
        }
    }

    fn clear(&mut self, text: &JournalText) -> io::Result<bool> {
        let length = fs::metadata(&self.path).map_or(0, |metadata| metadata.len());
        if length != text.length {
            return Ok(false);
        }
        if length > 0 {
            if let Some(first) = text.garbled.first() {
                fs::rename(&self.path, beside(&self.path, &format!(".garbled-{first}")))?;
                self.open = None;
                sync_folder(&self.path)?;
            } else {
                let page = self.page()?;
                if page.file.metadata()?.len() != length {
                    return Ok(false);
                }
                page.file.set_len(0)?;
                // The room went with what stood there.
                page.room = Room::default();
                page.file.sync_data()?;
            }
        }
        self.pending.store(false, Relaxed);
        self.hold_room();
        Ok(true)
    }

    /// Takes room on the disk for a day on which there is no other.
    fn hold_room(&mut self) {
        let held = self.page().and_then(|page| page.room.hold(&page.file, page.file.metadata()?.len()));
        let has_room = held.is_ok();
        if let Err(error) = held
            && self.has_room
        {
            tracing::warn!(%error, "no more room can be held for the emergency journal");
        }
        self.has_room = has_room;
    }
}

impl Tx<'_> {
    /// Marks a record of the journal as imported, in the transaction of its facts; `false` if it was already.
    pub fn mark_imported(&self, id: &str) -> Result<bool, StoreError> {
        let sql = "insert or ignore into journal_imports (id) values (?1)";
        Ok(self.connection.prepare_cached(sql)?.execute([id])? > 0)
    }
}

impl Page {
    /// Writes `lines` behind what stands in the file, on a line of their own even after a torn one. Of what somebody else
    /// wrote, the end may not be on the disk yet.
    fn write_after(&mut self, length: u64, lines: &[u8]) -> io::Result<()> {
        if length > 0 {
            let mut last = [0];
            self.file.seek(SeekFrom::Start(length - 1))?;
            self.file.read_exact(&mut last)?;
            if self.is_new || last != *b"\n" {
                self.file.write_all(b"\n")?;
            }
        }
        self.is_new = false;
        self.file.write_all(lines)
    }

    /// Takes over what stands in a file that is at no path any more.
    fn take_over(&mut self, gone: &mut File) -> io::Result<()> {
        let mut left = Vec::new();
        gone.seek(SeekFrom::Start(0))?;
        let length = gone.metadata()?.len();
        gone.take(length).read_to_end(&mut left)?;
        if left.is_empty() {
            return Ok(());
        }
        tracing::error!(
            bytes = left.len(),
            "the emergency journal was deleted or moved while calls waited in it; they stand in a new one"
        );
        let length = self.file.metadata()?.len();
        self.write_after(length, &left)?;
        self.file.sync_data()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(json: &str) -> String {
        format!("{VERSION} {} {json}\n", checksum(json.as_bytes()))
    }

    fn start(path: &Path) -> Journal {
        Journal::start(path).unwrap().0
    }

    fn jsons(text: &JournalText) -> Vec<&str> {
        text.records.iter().map(|record| record.json.as_str()).collect()
    }

    #[tokio::test]
    async fn what_is_appended_is_read_in_its_order_and_cleared_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ringback.journal");
        let journal = start(&path);
        assert!(!journal.is_pending());
        assert_eq!(Journal::pending(&path).unwrap(), 0);
        journal.append("{\"a\":1}").await.unwrap();
        journal.append("{\"b\":2}").await.unwrap();
        assert!(journal.is_pending());
        let text = journal.read().await.unwrap();
        assert_eq!(jsons(&text), ["{\"a\":1}", "{\"b\":2}"]);
        journal.append("{\"c\":3}").await.unwrap();
        assert!(!journal.clear(&text).await.unwrap(), "one came since");
        assert_eq!(Journal::pending(&path).unwrap(), 3);
        let text = journal.read().await.unwrap();
        assert!(journal.clear(&text).await.unwrap());
        assert!(!journal.is_pending());
        assert_eq!(Journal::pending(&path).unwrap(), 0);
        journal.append("{\"d\":4}").await.unwrap();
        assert_eq!(jsons(&journal.read().await.unwrap()), ["{\"d\":4}"]);
    }

    #[tokio::test]
    async fn nobody_else_may_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ringback.journal");
        start(&path).append("{}").await.unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[tokio::test]
    async fn a_record_after_a_torn_line_is_whole_and_the_torn_one_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ringback.journal");
        fs::write(&path, &line("{\"a\":1}")[..20]).unwrap();
        let journal = start(&path);
        assert!(journal.is_pending());
        assert_eq!(journal.read().await.unwrap().garbled, [""; 0]);
        journal.append("{\"b\":2}").await.unwrap();
        let text = journal.read().await.unwrap();
        assert_eq!((jsons(&text), text.garbled.len()), (vec!["{\"b\":2}"], 1));
    }

    #[tokio::test]
    async fn a_journal_with_a_garbled_line_is_moved_aside_and_not_thrown_away() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ringback.journal");
        let whole = format!("{}x{}{}", line("{\"a\":1}"), line("{\"b\":2}"), line("{\"c\":3}"));
        fs::write(&path, &whole).unwrap();
        let journal = start(&path);
        let text = journal.read().await.unwrap();
        assert_eq!((jsons(&text), text.garbled.len()), (vec!["{\"a\":1}", "{\"c\":3}"], 1));
        assert!(journal.clear(&text).await.unwrap());
        assert_eq!(Journal::pending(&path).unwrap(), 0);
        let aside = format!("ringback.journal.garbled-{}", text.garbled[0]);
        assert_eq!(fs::read_to_string(folder.path().join(aside)).unwrap(), whole);
        journal.append("{\"d\":4}").await.unwrap();
        assert_eq!(jsons(&journal.read().await.unwrap()), ["{\"d\":4}"]);
    }

    #[tokio::test]
    async fn a_deleted_journal_takes_no_record_with_it_and_a_missing_folder_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ringback.journal");
        let journal = start(&path);
        journal.append("{\"a\":1}").await.unwrap();
        fs::remove_file(&path).unwrap();
        journal.append("{\"b\":2}").await.unwrap();
        fs::rename(&path, folder.path().join("away")).unwrap();
        assert_eq!(jsons(&journal.read().await.unwrap()), ["{\"a\":1}", "{\"b\":2}"]);
        drop(folder);
        assert!(matches!(journal.append("{\"c\":3}").await, Err(JournalError::File(_))));
    }

    #[tokio::test]
    async fn room_is_held_from_the_start_and_again_once_it_was_emptied() {
        use std::os::unix::fs::MetadataExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ringback.journal");
        let journal = start(&path);
        let room = || fs::metadata(&path).unwrap().blocks() * 512;
        let nothing = journal.read().await.unwrap();
        assert!(journal.clear(&nothing).await.unwrap());
        let held = room();
        assert!(held >= 1 << 20, "{held}");
        journal.append("{}").await.unwrap();
        assert_eq!(room(), held, "the record stands in the room");
        let text = journal.read().await.unwrap();
        assert!(journal.clear(&text).await.unwrap());
        assert_eq!((fs::metadata(&path).unwrap().len(), room()), (0, held));
    }

    #[tokio::test]
    async fn on_a_full_disk_nothing_is_said_to_be_kept_and_it_is_as_soon_as_there_is_room() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ringback.journal");
        std::os::unix::fs::symlink("/dev/full", &path).unwrap();
        let journal = start(&path);
        for _ in 0..2 {
            let Err(JournalError::File(error)) = journal.append("{}").await else { panic!("it is full") };
            assert_eq!(error.kind(), ErrorKind::StorageFull);
        }
        fs::remove_file(&path).unwrap();
        journal.append("{}").await.unwrap();
        assert_eq!(Journal::pending(&path).unwrap(), 1);
    }

    #[tokio::test]
    async fn what_comes_while_an_empty_journal_is_cleared_still_waits() {
        let folder = tempfile::tempdir().unwrap();
        let journal = start(&folder.path().join("ringback.journal"));
        let nothing = journal.read().await.unwrap();
        journal.append("{}").await.unwrap();
        assert!(!journal.clear(&nothing).await.unwrap());
        assert!(journal.is_pending());
    }

    #[tokio::test]
    async fn the_thread_outlives_a_bug() {
        let folder = tempfile::tempdir().unwrap();
        let journal = start(&folder.path().join("ringback.journal"));
        journal.append("{\"a\":1}").await.unwrap();
        let bug = journal.look(|_| -> io::Result<()> { panic!("on purpose") }).await;
        assert!(matches!(bug, Err(JournalError::Closed)), "{bug:?}");
        journal.append("{\"b\":2}").await.unwrap();
        assert_eq!(jsons(&journal.read().await.unwrap()), ["{\"a\":1}", "{\"b\":2}"]);
    }

    #[tokio::test]
    async fn a_thread_that_bugs_end_again_and_again_is_given_up() {
        let folder = tempfile::tempdir().unwrap();
        let (journal, thread) = Journal::start(&folder.path().join("ringback.journal")).unwrap();
        for _ in 0..6 {
            let bug = journal.look(|_| -> io::Result<()> { panic!("on purpose") }).await;
            assert!(matches!(bug, Err(JournalError::Closed)), "{bug:?}");
        }
        tokio::task::spawn_blocking(|| thread.join()).await.unwrap().unwrap();
        assert!(matches!(journal.append("{}").await, Err(JournalError::Closed)));
    }

    #[test]
    fn one_flipped_bit_anywhere_garbles_its_line_and_no_other() {
        let (first, second) = (line("{\"a\":1}"), line("{\"b\":2}"));
        for index in 0..first.len() - 1 {
            for bit in 0..8 {
                let mut bytes = first.clone().into_bytes();
                bytes[index] ^= 1 << bit;
                bytes.extend_from_slice(second.as_bytes());
                let text = JournalText::read(&bytes);
                assert_eq!(jsons(&text), ["{\"b\":2}"], "byte {index} bit {bit}");
                assert!(!text.garbled.is_empty(), "byte {index} bit {bit}");
            }
        }
    }
}
