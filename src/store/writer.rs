//! The one thread that writes: it takes every waiting job, runs them in one transaction, commits once, and only
//! then answers them all.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout_at};

use crate::causes::with_causes;
use crate::fail_point::fail_point;

use super::StoreError;
use super::clerk::{Clerk, Job, Work, WriteError, is_busy, is_corrupt, is_of_the_disk};
use super::folder::Folder;
use super::open::{self, FileIdentity, OpenError};
use super::soundness::{self, Examination};
use super::standing::{Retry, Standing};
use super::tx::Tx;

/// Jobs that wait at the most; beyond that the caller hears the safe reply at once.
const QUEUE: usize = 1024;
/// Jobs in one commit at the most.
const GROUP: usize = 256;
/// How often an idle writer looks whether the file is still there, and tidies the WAL.
const IDLE: Duration = Duration::from_millis(500);
/// When the WAL is longer than this, in pages, an idle moment is used to fold it into the file.
const WAL_PAGES: i64 = 1000;
/// When it is longer than this, callers wait for what the folder has not folded yet.
const WAL_PAGES_AT_MOST: i64 = 12_000;
/// After so many jobs the folder is nudged: seldom enough to fold a page once for many of its changes.
const JOBS_UNFOLDED: usize = 2000;

/// How often the thread goes on after panics between which no group was done.
const RESTARTS: u32 = 5;
/// How long it pauses before that; the pause doubles, so that all of them take some seconds.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// The way to the writing thread.
#[derive(Clone)]
pub struct Writer {
    jobs: SyncSender<Box<dyn Job>>,
    standing: Standing,
}

impl Writer {
    /// Opens the file, makes it if there is none, and starts the thread. A file that cannot be used is tried again and
    /// again; until then every job fails. Only somebody's wrong choice is an error. The handle ends when every
    /// [`Writer`] is dropped and the last job is done. Must be called on a runtime, which hands out the answers.
    pub fn start(path: &Path) -> Result<(Self, JoinHandle<()>), OpenError> {
        let (standing, mut retry) = (Standing::default(), Retry::default());
        let clerk = match open::for_writing(path) {
            Ok(connection) => Some(Clerk::new(connection)),
            Err(error) if error.is_a_wrong_choice() => return Err(error),
            Err(error) => {
                retry.failed(path, (&error.into(), &standing));
                None
            }
        };
        let is_long = clerk.as_ref().is_some_and(|clerk| soundness::is_long(&clerk.connection));
        clerk.iter().for_each(|clerk| standing.is_in_use(clerk.opening()));
        let (jobs, waiting) = sync_channel(QUEUE);
        let file = open::identity(path);
        let (done, to_tell) = mpsc::unbounded_channel();
        tokio::spawn(tell(to_tell));
        let failed = |source| OpenError::File { path: path.to_owned(), source };
        let folder = Folder::start(path).map_err(failed)?;
        let desk = WritingDesk {
            path: path.to_owned(),
            clerk,
            file,
            folder,
            unfolded: 0,
            done,
            panics: 0,
            standing: standing.clone(),
            retry,
            examination: if is_long { Examination::start(path.to_owned()).ok() } else { None },
            is_condemned: false,
        };
        let spawned =
            std::thread::Builder::new().name("store".into()).spawn(move || desk.keep_working(&waiting));
        let thread = spawned.map_err(failed)?;
        Ok((Self { jobs, standing }, thread))
    }

    /// Why the file is not in use; `None` while it is.
    pub fn fault(&self) -> Option<String> {
        self.standing.fault()
    }

    /// The number of the connection that writes, which tells it from every other of this process; 0 while none does.
    pub fn opening(&self) -> u64 {
        self.standing.opening()
    }

    /// Does `job` in the next transaction; the result comes when it is durable.
    pub async fn write<T, F>(&self, job: F) -> Result<T, WriteError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        self.hand_over(job, Arc::default())?.await.unwrap_or(Err(WriteError::Closed))
    }

    /// Does `job` in the next transaction, but not after `deadline`: what has not begun by then never happens.
    pub async fn write_until<T, F>(&self, deadline: Instant, job: F) -> Result<T, WriteError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        // Only this time-out withdraws a job, not an asker who went away: their facts are in nobody else's hands.
        let withdrawn = Arc::new(AtomicBool::new(false));
        let answered = self.hand_over(job, withdrawn.clone())?;
        if let Ok(answer) = timeout_at(deadline, answered).await {
            return answer.unwrap_or(Err(WriteError::Closed));
        }
        withdrawn.store(true, Relaxed);
        Err(WriteError::TooSlow)
    }

    fn hand_over<T, F>(&self, job: F, withdrawn: Arc<AtomicBool>) -> Result<Answered<T>, WriteError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let work = Work { job: Some(job), result: None, answer, withdrawn };
        match self.jobs.try_send(Box::new(work)) {
            Ok(()) => Ok(answered),
            Err(TrySendError::Full(_)) => Err(WriteError::Overloaded),
            Err(TrySendError::Disconnected(_)) => Err(WriteError::Closed),
        }
    }
}

type Answered<T> = oneshot::Receiver<Result<T, WriteError>>;

/// A job whose group is durable, or known to have failed.
struct Done {
    job: Box<dyn Job>,
    outcome: Result<(), WriteError>,
}

/// Answers whole groups: one wake of another thread per group costs this one less than one per job.
async fn tell(mut groups: mpsc::UnboundedReceiver<Vec<Done>>) {
    while let Some(group) = groups.recv().await {
        for Done { job, outcome } in group {
            job.answer(outcome);
        }
    }
}

struct WritingDesk {
    path: PathBuf,
    /// `None` after a fault, until the file is known to be sound again.
    clerk: Option<Clerk>,
    file: Option<FileIdentity>,
    folder: Folder,
    /// Jobs since the folder was nudged.
    unfolded: usize,
    done: mpsc::UnboundedSender<Vec<Done>>,
    /// Panics since the last group that was done.
    panics: u32,
    standing: Standing,
    retry: Retry,
    /// A look at the whole file, beside the writing.
    examination: Option<Examination>,
    /// Whether the file was found broken: it is not used again before all of it was looked at.
    is_condemned: bool,
}

impl WritingDesk {
    /// A panic outside of a job takes its group, whose askers turn to the journal; the connection that it went through
    /// is not used again, and the work goes on. A thread that comes to nothing again and again ends, and the server
    /// with it.
    fn keep_working(mut self, waiting: &Receiver<Box<dyn Job>>) {
        let mut pause = FIRST_PAUSE;
        while catch_unwind(AssertUnwindSafe(|| self.work(waiting))).is_err() {
            self.clerk = None;
            self.panics += 1;
            if self.panics > RESTARTS {
                tracing::error!(panics = self.panics, "the store's thread panicked again and gives up");
                break;
            }
            pause = if self.panics == 1 { FIRST_PAUSE } else { pause * 2 };
            tracing::error!(
                panics = self.panics,
                pause_ms = pause.as_millis(),
                "the store's thread panicked"
            );
            std::thread::sleep(pause);
        }
        self.folder.stop();
    }

    fn work(&mut self, waiting: &Receiver<Box<dyn Job>>) {
        let mut group = Vec::with_capacity(GROUP);
        loop {
            match waiting.recv_timeout(IDLE) {
                Ok(job) => group.push(job),
                Err(RecvTimeoutError::Timeout) => {
                    self.look_after_the_file();
                    self.fold_wal(WAL_PAGES, "pragma wal_checkpoint(truncate)");
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
            group.extend(waiting.try_iter().take(GROUP - 1));
            self.write_group(&mut group);
        }
        self.fold_wal(0, "pragma wal_checkpoint(truncate)");
    }

    fn write_group(&mut self, group: &mut Vec<Box<dyn Job>>) {
        self.look_after_the_file();
        let mut ran = Vec::with_capacity(group.len());
        let committed = match &mut self.clerk {
            Some(clerk) => clerk.commit_group(group, &mut ran),
            None => Err(Arc::new(StoreError::GivenUp)),
        };
        fail_point!("store.after-commit");
        if let Err(error) = &committed
            && self.clerk.is_some()
        {
            tracing::error!(error = %with_causes(error.as_ref()), jobs = group.len(), "the store did not commit");
            self.after(error);
        }
        self.unfolded += group.len();
        let mut outcomes = ran.into_iter();
        let finish = |job| {
            let ran = outcomes.next().unwrap_or(Ok(()));
            Done { job, outcome: committed.clone().map_err(WriteError::NotCommitted).and(ran) }
        };
        // Nobody is left to be told when the runtime is gone.
        let _ = self.done.send(group.drain(..).map(finish).collect());
        self.panics = 0;
        if self.unfolded >= JOBS_UNFOLDED {
            self.folder.nudge();
            self.unfolded = 0;
        }
        self.fold_wal(WAL_PAGES_AT_MOST, "pragma wal_checkpoint(restart)");
    }

    /// A lock of somebody else is waited for; after anything else the connection is not used again.
    fn after(&mut self, error: &StoreError) {
        let Some(clerk) = &self.clerk else { return };
        if !is_busy(error) {
            self.is_condemned |= is_corrupt(error);
            self.give_up();
            return;
        }
        // A failed commit leaves the transaction open; without one this does nothing.
        let _ = clerk.connection.execute_batch("rollback");
    }

    /// A deleted or replaced file swallows writes without a word, so its place is watched.
    fn look_after_the_file(&mut self) {
        self.hear_the_examiner();
        let there = open::identity(&self.path);
        if self.clerk.is_some() && self.file.is_some() && self.file == there {
            return;
        }
        if self.file != there && (self.clerk.is_some() || self.file.is_some()) {
            tracing::error!(
                store.path = %self.path.display(),
                "the database file was moved or deleted while in use; opening what is there now"
            );
            (self.file, self.is_condemned) = (None, false);
        }
        self.give_up();
        if !self.retry.is_due(&self.path) || !self.is_examined() {
            return;
        }
        match reopen(&self.path) {
            Ok(connection) => {
                tracing::info!("the database is in use again");
                let clerk = Clerk::new(connection);
                self.standing.is_in_use(clerk.opening());
                self.clerk = Some(clerk);
                self.file = open::identity(&self.path);
                self.retry = Retry::default();
            }
            Err(error) => self.retry.failed(&self.path, (&error, &self.standing)),
        }
    }

    /// The connection is not used again, and leaves the file as it is.
    fn give_up(&mut self) {
        self.standing.is_out_of_use();
        if let Some(clerk) = self.clerk.take() {
            // Where even that fails, closing finds nothing to fold either.
            let _ = open::fold_at_the_end(&clerk.connection, false);
        }
    }

    /// A long file is looked at while it is in use.
    fn hear_the_examiner(&mut self) {
        let Some(outcome) = self.examination.as_ref().and_then(Examination::outcome) else { return };
        self.examination = None;
        match outcome {
            Ok(()) => self.is_condemned = false,
            Err(error) if soundness::was_cut_off(&error) => {
                tracing::warn!("the database was not looked at to its end, because much is being written");
            }
            Err(error) => {
                self.is_condemned = true;
                self.give_up();
                self.retry.failed(&self.path, (&error.into(), &self.standing));
            }
        }
    }

    /// Whether a file that was found broken has been looked at since, all of it.
    fn is_examined(&mut self) -> bool {
        if !self.is_condemned || self.examination.is_some() {
            return !self.is_condemned;
        }
        match Examination::start(self.path.clone()) {
            Ok(examination) => self.examination = Some(examination),
            Err(error) => self.retry.failed(&self.path, (&error.into(), &self.standing)),
        }
        false
    }

    fn fold_wal(&mut self, above: i64, how: &str) {
        let pages = wal_pages(&self.path);
        if pages > WAL_PAGES_AT_MOST {
            self.examination.iter().for_each(Examination::cut_off);
        }
        let Some(clerk) = self.clerk.as_ref().filter(|_| pages > above) else { return };
        let Err(error) = clerk.connection.query_row(how, [], |_| Ok(())) else { return };
        tracing::warn!(%error, wal.pages = pages, "the WAL could not be folded into the file");
        let error = error.into();
        if is_of_the_disk(&error) {
            self.is_condemned |= is_corrupt(&error);
            self.give_up();
        }
    }
}

/// Opens the file again after a fault.
///
/// A write or a sync that failed may have left a commit in the WAL that SQLite reads back from the kernel's cache but
/// that never reached the disk; what is appended behind it would be lost with it at a power cut, though its own sync
/// succeeded. So nothing is written before all of the WAL is copied into the file itself and that copy is synced.
fn reopen(path: &Path) -> Result<Connection, StoreError> {
    let connection = open::for_writing(path)?;
    let blocked: i64 = connection.query_row("pragma wal_checkpoint(truncate)", [], |row| row.get(0))?;
    if blocked != 0 {
        return Err(StoreError::Unfolded);
    }
    Ok(connection)
}

/// The length of the WAL in pages of 4 kB, without asking SQLite.
fn wal_pages(path: &Path) -> i64 {
    let length = std::fs::metadata(open::wal(path)).map_or(0, |metadata| metadata.len());
    i64::try_from(length / 4096).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use rusqlite::ErrorCode;

    use super::*;
    use crate::call::{FlowName, PersonName};
    use crate::store::FlowVersion;
    use crate::store::clerk::code_of;

    const LONG: Duration = Duration::from_secs(20);

    fn start() -> (tempfile::TempDir, Writer) {
        let folder = tempfile::tempdir().unwrap();
        let (writer, _) = Writer::start(&folder.path().join("ringback.db")).unwrap();
        (folder, writer)
    }

    fn version(length: usize) -> FlowVersion {
        let (name, source) = (FlowName::parse("front-desk").unwrap(), "x".repeat(length));
        FlowVersion { name, hash: length.to_string(), source, live_at: crate::clock::now() }
    }

    #[tokio::test]
    async fn a_job_that_has_not_begun_in_time_never_happens() {
        let (_folder, writer) = start();
        let (begun, has_begun) = channel();
        let (end, may_end) = channel::<()>();
        let holding = tokio::spawn({
            let writer = writer.clone();
            async move {
                let hold = move |_: &mut Tx<'_>| {
                    begun.send(()).unwrap();
                    may_end.recv().unwrap();
                    Ok(())
                };
                writer.write(hold).await
            }
        });
        tokio::task::spawn_blocking(move || has_begun.recv().unwrap()).await.unwrap();
        let (late, happened) = channel();
        let deadline = Instant::now() + Duration::from_millis(5);
        let job = move |_: &mut Tx<'_>| {
            late.send(()).unwrap();
            Ok(())
        };
        let result = writer.write_until(deadline, job).await;
        assert!(matches!(result, Err(WriteError::TooSlow)), "{result:?}");
        end.send(()).unwrap();
        holding.await.unwrap().unwrap();
        writer.write(|_| Ok(())).await.unwrap();
        assert!(happened.try_recv().is_err());
    }

    #[tokio::test]
    async fn after_a_fault_of_the_disk_the_file_is_opened_again_and_what_was_acked_is_there() {
        let (_folder, writer) = start();
        writer.write(|tx| tx.flow_goes_live(&version(10)).map(drop)).await.unwrap();
        let full = writer
            .write(|tx| {
                // The limit is the connection's own, so a file that takes more again was opened by another one.
                tx.connection.execute_batch("pragma max_page_count = 1")?;
                tx.flow_goes_live(&version(1_000_000)).map(drop)
            })
            .await;
        let Err(WriteError::NotCommitted(error)) = full else { panic!("{full:?}") };
        assert_eq!(code_of(&error), Some(ErrorCode::DiskFull));
        writer.write(|tx| tx.flow_goes_live(&version(1_000_000)).map(drop)).await.unwrap();
        let kept = writer.write(|tx| tx.last_live(&FlowName::parse("front-desk").unwrap())).await.unwrap();
        assert_eq!(kept.unwrap().source.len(), 1_000_000);
    }

    #[tokio::test]
    async fn a_lock_of_another_program_is_waited_for_and_the_connection_stays() {
        let (folder, writer) = start();
        let other = Connection::open(folder.path().join("ringback.db")).unwrap();
        writer
            .write(|tx| Ok(tx.connection.execute_batch("create temp table ours (id integer)")?))
            .await
            .unwrap();
        other.execute_batch("begin immediate").unwrap();
        let locked = writer.write_until(Instant::now() + LONG, |_| Ok(())).await;
        assert!(matches!(locked, Err(WriteError::NotCommitted(_))), "{locked:?}");
        drop(other);
        let by = PersonName::parse("ana").unwrap();
        writer
            .write(move |tx| {
                // A temporary table lives as long as its connection.
                tx.connection.execute_batch("insert into ours values (1)")?;
                let away = crate::business::Away { until: crate::clock::now(), reason: None };
                tx.step_away(&away, &by, crate::clock::now())
            })
            .await
            .unwrap();
    }
}
