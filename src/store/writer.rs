//! The one thread that writes: it takes every waiting job, runs them in one transaction, commits once, and only
//! then answers them all.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout_at};

use crate::causes::with_causes;
use crate::clock::Clock;
use crate::fail_point::fail_point;
use crate::trouble::Trouble;

use super::clerk::{Job, Work, WriteError, is_busy};
use super::held::Held;
use super::open::OpenError;
use super::outlive::outlive;
use super::standing::Standing;
use super::tx::Tx;
use super::wal::Wal;
use super::{StoreError, StoreFault};

/// Jobs that wait at the most; beyond that the caller hears the safe reply at once.
const QUEUE: usize = 1024;
/// Jobs in one commit at the most.
const GROUP: usize = 256;
/// How often an idle writer looks whether the file is still there, and tidies the WAL.
const IDLE: Duration = Duration::from_millis(500);
/// After so many jobs the folder is nudged: seldom enough to fold a page once for many of its changes.
const JOBS_UNFOLDED: usize = 2000;

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
        let standing = Standing::default();
        let held = Held::open(path, standing.clone())?;
        let (jobs, waiting) = sync_channel(QUEUE);
        let (done, to_tell) = mpsc::unbounded_channel();
        tokio::spawn(tell(to_tell));
        let committing = Trouble::new(
            "the database did not take what was to be written",
            "the database took writes again",
            Clock::system(),
        );
        let desk = WritingDesk { held, wal: Wal::default(), committing, unfolded: 0, done };
        let work = move || desk.outlive(&waiting);
        let spawned = std::thread::Builder::new().name("store".into()).spawn(work);
        let thread = spawned.map_err(|source| OpenError::File { path: path.to_owned(), source })?;
        Ok((Self { jobs, standing }, thread))
    }

    /// Why the file is not in use; `None` while it is.
    pub fn fault(&self) -> Option<StoreFault> {
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
        answer(group);
    }
}

fn answer(group: Vec<Done>) {
    for Done { job, outcome } in group {
        job.answer(outcome);
    }
}

struct WritingDesk {
    held: Held,
    wal: Wal,
    committing: Trouble,
    /// Jobs since the folder was nudged.
    unfolded: usize,
    done: mpsc::UnboundedSender<Vec<Done>>,
}

impl WritingDesk {
    fn outlive(mut self, waiting: &Receiver<Box<dyn Job>>) {
        let mut has_panicked = false;
        let has_ended = outlive("store", || {
            // After a panic nobody knows what the connection was in the middle of.
            if std::mem::replace(&mut has_panicked, true) {
                self.held.give_up();
            }
            self.work(waiting);
        });
        if has_ended {
            self.held.close();
        }
    }

    fn work(&mut self, waiting: &Receiver<Box<dyn Job>>) {
        let mut group = Vec::with_capacity(GROUP);
        loop {
            match waiting.recv_timeout(IDLE) {
                Ok(job) => group.push(job),
                Err(RecvTimeoutError::Timeout) => {
                    self.held.look_after();
                    self.held.tell();
                    self.wal.tidy_while_idle(&mut self.held);
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => return,
            }
            group.extend(waiting.try_iter().take(GROUP - 1));
            self.write_group(&mut group);
        }
    }

    fn write_group(&mut self, group: &mut Vec<Box<dyn Job>>) {
        // Whoever asked for these has gone to the journal; a lock is not waited for on their behalf.
        group.retain(|job| !job.is_withdrawn());
        if group.is_empty() {
            return;
        }
        self.held.look_after();
        let mut ran = Vec::with_capacity(group.len());
        let committed = match self.held.clerk() {
            Some(clerk) => clerk.commit_group(group, &mut ran),
            None => Err(Arc::new(self.held.trouble())),
        };
        fail_point!("store.after-commit");
        let committed = self.confirm(committed);
        self.unfolded += group.len();
        let mut outcomes = ran.into_iter();
        let finish = |job| {
            let ran = outcomes.next().unwrap_or(Ok(()));
            Done { job, outcome: committed.clone().map_err(WriteError::NotCommitted).and(ran) }
        };
        if let Err(untold) = self.done.send(group.drain(..).map(finish).collect()) {
            answer(untold.0);
        }
        self.held.tell();
        self.held.folder.has_more();
        if self.unfolded >= JOBS_UNFOLDED {
            self.held.folder.nudge();
            self.unfolded = 0;
        }
        self.wal.keep_short(&mut self.held);
    }

    /// What was committed to files that are in their place no more is lost with this process, unless it is carried over.
    fn confirm(&mut self, committed: Result<(), Arc<StoreError>>) -> Result<(), Arc<StoreError>> {
        if let Err(error) = &committed
            && self.held.clerk().is_some()
        {
            self.committing.is_met(with_causes(error.as_ref()));
            self.after(error);
        }
        committed?;
        self.committing.is_over();
        self.held.lock_is_taken(false);
        if self.held.look_after() { Ok(()) } else { Err(Arc::new(self.held.trouble())) }
    }

    /// A lock of somebody else is waited for; after anything else the connection is not used again.
    fn after(&mut self, error: &StoreError) {
        if !is_busy(error) {
            self.held.give_up_after(error);
            return;
        }
        self.held.lock_is_taken(true);
        let Some(clerk) = self.held.clerk() else { return };
        // A failed commit leaves the transaction open; without one this does nothing.
        let _ = clerk.connection.execute_batch("rollback");
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use rusqlite::{Connection, ErrorCode};

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

    /// A bug of the thread itself, outside what a job does.
    struct Bug;

    impl Job for Bug {
        fn is_withdrawn(&self) -> bool {
            panic!("on purpose")
        }

        fn run(&mut self, _: &mut Tx<'_>) -> Result<(), WriteError> {
            Ok(())
        }

        fn answer(self: Box<Self>, _: Result<(), WriteError>) {}
    }

    #[tokio::test]
    async fn the_thread_outlives_a_bug_of_its_own() {
        let (_folder, writer) = start();
        writer.write(|tx| tx.flow_goes_live(&version(10)).map(drop)).await.unwrap();
        writer.jobs.send(Box::new(Bug)).unwrap();
        // This one may be of the group that the bug took with it; its asker is told so.
        let beside = writer.write(|tx| tx.flow_goes_live(&version(20)).map(drop)).await;
        assert!(matches!(beside, Ok(()) | Err(WriteError::Closed)), "{beside:?}");
        writer.write(|tx| tx.flow_goes_live(&version(30)).map(drop)).await.unwrap();
        let kept = writer.write(|tx| tx.last_live(&FlowName::parse("front-desk").unwrap())).await.unwrap();
        assert_eq!(kept.unwrap().source.len(), 30);
    }

    #[tokio::test]
    async fn a_thread_that_bugs_end_again_and_again_is_given_up() {
        let folder = tempfile::tempdir().unwrap();
        let (writer, thread) = Writer::start(&folder.path().join("ringback.db")).unwrap();
        for _ in 0..6 {
            writer.jobs.send(Box::new(Bug)).unwrap();
            // Each of them in a group of its own.
            let _ = writer.write(|_| Ok(())).await;
        }
        tokio::task::spawn_blocking(|| thread.join()).await.unwrap().unwrap();
        let refused = writer.write(|_| Ok(())).await;
        assert!(matches!(refused, Err(WriteError::Closed)), "{refused:?}");
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
