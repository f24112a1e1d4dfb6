//! One connection that writes: groups of jobs, each group one transaction. It knows no thread, no queue and no clock, so
//! that the simulator writes as the server does.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use rusqlite::{Connection, ErrorCode};
use tokio::sync::oneshot;

use crate::causes::with_causes;
use crate::fail_point::fail_point;

use super::StoreError;
use super::open::{self, OpenError};
use super::tx::{Memory, Tx};

/// A job was not done, or is not known to be durable.
#[derive(Clone, Debug, thiserror::Error)]
pub enum WriteError {
    /// It was not done in time. If it had not begun it is never done; if it had, it may still become durable.
    #[error("the store took too long")]
    TooSlow,
    /// Too many jobs wait already.
    #[error("the store is overloaded")]
    Overloaded,
    /// The writing thread is gone: the server is stopping.
    #[error("the store is closed")]
    Closed,
    /// The job itself failed; the others of its group did not.
    #[error("the store could not do it")]
    Failed(#[source] Arc<StoreError>),
    /// The job panicked, which the log has: its words may hold a number. The others of its group did not suffer.
    #[error("a bug stopped it")]
    Panicked,
    /// The group could not be committed.
    #[error("the store could not commit")]
    NotCommitted(#[source] Arc<StoreError>),
}

/// Something to do inside a transaction, and to answer after it.
pub(super) trait Job: Send {
    fn is_withdrawn(&self) -> bool;
    fn run(&mut self, tx: &mut Tx<'_>) -> Result<(), WriteError>;
    fn answer(self: Box<Self>, committed: Result<(), WriteError>);
}

/// A job, what came of it, and whoever waits for that.
pub(super) struct Work<F, T> {
    pub(super) job: Option<F>,
    pub(super) result: Option<T>,
    pub(super) answer: oneshot::Sender<Result<T, WriteError>>,
    pub(super) withdrawn: Arc<AtomicBool>,
}

impl<F, T> Job for Work<F, T>
where
    T: Send,
    F: FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send,
{
    fn is_withdrawn(&self) -> bool {
        self.withdrawn.load(Relaxed)
    }

    fn run(&mut self, tx: &mut Tx<'_>) -> Result<(), WriteError> {
        let Some(job) = self.job.take() else { return Err(WriteError::Closed) };
        match catch_unwind(AssertUnwindSafe(|| job(tx))) {
            Ok(Ok(result)) => {
                self.result = Some(result);
                Ok(())
            }
            Ok(Err(error)) => Err(WriteError::Failed(Arc::new(error))),
            Err(_) => Err(WriteError::Panicked),
        }
    }

    fn answer(self: Box<Self>, committed: Result<(), WriteError>) {
        let Self { result, answer, .. } = *self;
        // The asker may have given up waiting; its facts are in the file all the same.
        let _ = answer.send(committed.and_then(|()| result.ok_or(WriteError::Closed)));
    }
}

/// A connection that writes, and what it remembers of its calls.
pub struct Clerk {
    pub(super) connection: Connection,
    memory: Memory,
    /// SQLite's count of what others wrote, as last seen.
    version: Option<i64>,
}

impl Clerk {
    /// With a connection that is ready to write.
    pub(super) fn new(connection: Connection) -> Self {
        Self { connection, memory: Memory::of_a_new_connection(), version: None }
    }

    /// The number of its connection.
    pub(super) fn opening(&self) -> u64 {
        self.memory.opening
    }

    /// With a database that is nowhere but in memory: for simulations.
    pub fn in_memory() -> Result<Self, OpenError> {
        open::in_memory().map(Self::new)
    }

    /// Does one job in a transaction of its own; the result comes when it is committed.
    pub fn write<T, F>(&mut self, job: F) -> Result<T, WriteError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let (answer, mut answered) = oneshot::channel();
        let work = Work { job: Some(job), result: None, answer, withdrawn: Arc::default() };
        let (mut group, mut ran): ([Box<dyn Job>; 1], _) = ([Box::new(work)], Vec::with_capacity(1));
        let committed = self.commit_group(&mut group, &mut ran).map_err(WriteError::NotCommitted);
        let outcome = committed.and(ran.pop().unwrap_or(Ok(())));
        let [work] = group;
        work.answer(outcome);
        answered.try_recv().unwrap_or(Err(WriteError::Closed))
    }

    /// Forgets what it remembers, as a process does that ends.
    pub fn forget(&mut self) {
        self.memory.forget();
    }

    /// Runs all of `group` and commits once; what each came to is added to `done`.
    pub(super) fn commit_group(
        &mut self,
        group: &mut [Box<dyn Job>],
        done: &mut Vec<Result<(), WriteError>>,
    ) -> Result<(), Arc<StoreError>> {
        let committed = self.run_and_commit(group, done);
        if committed.is_err() {
            self.memory.forget();
        }
        committed
    }

    fn run_and_commit(
        &mut self,
        group: &mut [Box<dyn Job>],
        done: &mut Vec<Result<(), WriteError>>,
    ) -> Result<(), Arc<StoreError>> {
        let connection = &self.connection;
        say(connection, "begin immediate")?;
        let version = data_version(connection)?;
        if self.version.replace(version) != Some(version) {
            // A command wrote meanwhile. What is remembered would bring back what it changed, or forgot.
            self.memory.forget();
        }
        for job in group {
            if job.is_withdrawn() {
                done.push(Err(WriteError::TooSlow));
                continue;
            }
            say(connection, "savepoint job")?;
            let mut tx = Tx { connection, memory: &mut self.memory };
            let ran = job.run(&mut tx);
            if let Err(error) = &ran {
                tracing::error!(error = %with_causes(error), "a job of the store failed");
                self.memory.forget();
                say(connection, "rollback to job")?;
            }
            say(connection, "release job")?;
            if let Err(WriteError::Failed(error)) = &ran
                && is_of_the_disk(error)
            {
                return Err(error.clone());
            }
            done.push(ran);
        }
        fail_point!("store.before-commit");
        say(connection, "commit")
    }
}

fn say(connection: &Connection, sql: &str) -> Result<(), Arc<StoreError>> {
    let said = connection.prepare_cached(sql).and_then(|mut statement| statement.execute([]));
    said.map(|_| ()).map_err(|error| Arc::new(error.into()))
}

/// Changes when another connection has committed, and not by our own commits.
fn data_version(connection: &Connection) -> Result<i64, Arc<StoreError>> {
    let mut statement =
        connection.prepare_cached("pragma data_version").map_err(|error| Arc::new(error.into()))?;
    statement.query_row([], |row| row.get(0)).map_err(|error| Arc::new(error.into()))
}

pub(super) fn code_of(error: &StoreError) -> Option<ErrorCode> {
    let StoreError::Sqlite(error) = error else { return None };
    error.sqlite_error_code()
}

pub(super) fn is_busy(error: &StoreError) -> bool {
    matches!(code_of(error), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

/// Whether what stands in the file is wrong.
pub(super) fn is_corrupt(error: &StoreError) -> bool {
    matches!(code_of(error), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

/// Whether the file or the disk under it is at fault. A full disk shows as either of the first two.
pub(super) fn is_of_the_disk(error: &StoreError) -> bool {
    matches!(
        code_of(error),
        Some(
            ErrorCode::DiskFull
                | ErrorCode::SystemIoFailure
                | ErrorCode::ReadOnly
                | ErrorCode::CannotOpen
                | ErrorCode::DatabaseCorrupt
                | ErrorCode::NotADatabase
        )
    )
}
