//! The thread beside the writer: it folds the WAL into the file, and carries the file over when its place was
//! taken. No caller waits for it.
//!
//! Its connection is given to it by the writer, which knows the file to be the right one: what one opens by name may
//! be another file by then, and its WAL a third one's.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering::SeqCst};
use std::sync::mpsc::{Receiver, SendError, Sender, SyncSender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Connection;
use tokio::time::Instant;

use crate::causes::with_causes;
use crate::clock::Clock;
use crate::trouble::Trouble;

use super::StoreError;
use super::carry::{Carried, CarryError, carry};
use super::clerk::is_busy;
use super::outlive::outlive;

/// How often the writer looks whether this thread has finished, when it has to wait for it.
const LOOK: Duration = Duration::from_millis(2);
/// Nobody knows how much of the WAL is folded.
const UNKNOWN: i64 = i64::MAX;

/// The way to the thread.
pub(super) struct Folder {
    orders: Sender<Order>,
    thread: JoinHandle<()>,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    folding: AtomicBool,
    /// Whether it began to fold since somebody asked.
    has_folded: AtomicBool,
    failed: AtomicBool,
    /// Whether it has a connection, or will have one.
    holds: AtomicBool,
    left: AtomicI64,
}

enum Order {
    Use(Connection),
    LetGo,
    Fold,
    Carry(Connection, PathBuf, SyncSender<Carried>),
}

impl Folder {
    pub(super) fn start() -> io::Result<Self> {
        let (orders, given) = channel();
        let state = Arc::new(State { left: AtomicI64::new(UNKNOWN), ..State::default() });
        let folding = Trouble::new(
            "the database's log cannot be folded into it, which is tried again",
            "the database's log is folded into it again",
            Clock::system(),
        );
        let work = Work { given, hand: None, state: state.clone(), folding };
        let thread = std::thread::Builder::new().name("folder".into()).spawn(move || work.go_on())?;
        Ok(Self { orders, thread, state })
    }

    /// From here on this is the connection to fold with. It must not fold when it is closed.
    pub(super) fn take(&self, connection: Connection) {
        self.state.holds.store(true, SeqCst);
        self.state.failed.store(false, SeqCst);
        self.give(Order::Use(connection));
    }

    /// Asks for the connection to be closed.
    pub(super) fn let_go(&self) {
        self.give(Order::LetGo);
    }

    /// Whether it has closed its connection.
    pub(super) fn is_free_within(&self, at_most: Duration) -> bool {
        wait_until(at_most, || !self.state.holds.load(SeqCst) || self.thread.is_finished())
    }

    /// Says that there is something to fold. A folder that is still at it goes on.
    pub(super) fn nudge(&self) {
        self.state.left.store(UNKNOWN, SeqCst);
        self.state.has_folded.store(true, SeqCst);
        if !self.state.folding.swap(true, SeqCst) {
            self.give(Order::Fold);
        }
    }

    /// Pages of the WAL that are not folded, if it rests and nothing was written since.
    pub(super) fn left(&self) -> Option<i64> {
        let left = self.state.left.load(SeqCst);
        (left != UNKNOWN && !self.is_folding()).then_some(left)
    }

    /// Something was written since it folded.
    pub(super) fn has_more(&self) {
        self.state.left.store(UNKNOWN, SeqCst);
    }

    pub(super) fn is_folding(&self) -> bool {
        self.state.folding.load(SeqCst) && !self.thread.is_finished()
    }

    /// Whether it was asked to fold since this was asked last.
    pub(super) fn has_folded(&self) -> bool {
        self.state.has_folded.swap(false, SeqCst)
    }

    /// Waits until it has finished folding, but not for long.
    pub(super) fn wait(&self, at_most: Duration) {
        wait_until(at_most, || !self.is_folding());
    }

    /// Whether folding failed by a fault of the disk. Nothing is folded after that before it is given a connection.
    pub(super) fn has_failed(&self) -> bool {
        self.state.failed.load(SeqCst)
    }

    /// Carries over what `connection` reads; the connection comes back when that fails.
    pub(super) fn carry(&self, connection: Connection, path: PathBuf, tell: SyncSender<Carried>) {
        let Err(SendError(order)) = self.orders.send(Order::Carry(connection, path, tell)) else { return };
        if let Order::Carry(connection, _, tell) = order {
            let _ = tell.send(Carried::NotYet(connection, CarryError::Nobody));
        }
    }

    /// As if a fold had failed.
    #[cfg(test)]
    pub(super) fn fail(&self) {
        self.let_go();
        self.state.failed.store(true, SeqCst);
    }

    /// Waits until it has finished.
    pub(super) fn stop(self) {
        drop(self.orders);
        if self.thread.join().is_err() {
            tracing::error!("the thread that folds the WAL did not end well");
        }
    }

    fn give(&self, order: Order) {
        // A thread that was given up folds no more; the writer does it alone.
        let _ = self.orders.send(order);
    }
}

fn wait_until(at_most: Duration, is_so: impl Fn() -> bool) -> bool {
    let began = Instant::now();
    while !is_so() {
        if began.elapsed() >= at_most {
            return false;
        }
        std::thread::sleep(LOOK);
    }
    true
}

struct Work {
    given: Receiver<Order>,
    hand: Option<Connection>,
    state: Arc<State>,
    folding: Trouble,
}

impl Work {
    fn go_on(mut self) {
        outlive("folder", || {
            // What a panic left behind is not used again.
            self.fail_if_holding();
            while let Ok(order) = self.given.recv() {
                self.follow(order);
            }
            self.hand = None;
        });
        self.let_go();
    }

    fn follow(&mut self, order: Order) {
        match order {
            Order::Use(connection) => {
                self.hand = Some(connection);
                // An order to let go of the one before may have come after the promise of this one.
                self.state.holds.store(true, SeqCst);
            }
            Order::LetGo => self.let_go(),
            Order::Fold => {
                self.fold();
                self.state.folding.store(false, SeqCst);
            }
            Order::Carry(connection, path, tell) => {
                // The writer waits for it, or will ask later.
                let _ = tell.send(carry(connection, &path));
            }
        }
    }

    /// In the mode that waits for nobody and keeps nobody waiting; what is written meanwhile stays for the next time.
    fn fold(&mut self) {
        let Some(connection) = &self.hand else { return };
        match folded(connection) {
            Ok(left) => {
                self.folding.is_over();
                self.state.left.store(left, SeqCst);
            }
            Err(error) if is_busy(&error) => {}
            Err(error) => {
                self.folding.is_met(with_causes(&error));
                self.fail_if_holding();
            }
        }
    }

    fn fail_if_holding(&mut self) {
        self.state.folding.store(false, SeqCst);
        if self.hand.is_some() {
            self.state.failed.store(true, SeqCst);
            self.let_go();
        }
    }

    fn let_go(&mut self) {
        self.hand = None;
        self.state.left.store(UNKNOWN, SeqCst);
        self.state.holds.store(false, SeqCst);
    }
}

/// Folds what can be folded without waiting; gives how many pages are left.
pub(super) fn folded(connection: &Connection) -> Result<i64, StoreError> {
    let (busy, pages, folded): (bool, i64, i64) =
        connection.query_row("pragma wal_checkpoint(passive)", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
    Ok(if busy { UNKNOWN } else { pages - folded })
}
