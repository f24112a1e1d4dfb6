//! The place of one connection, and who has to leave when there are too many.
//!
//! hyper has one time-out for a header that does not come and for a connection that rests between two requests. They
//! must differ: a proxy rests for minutes, and whoever began a header has seconds.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering::Relaxed};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::Instant;

/// No byte of a next request has come.
const RESTING: u8 = 0;
/// A header is coming in; a connection begins with that.
const READING: u8 = 1;
/// The request is being answered; that has limits of its own.
const ANSWERING: u8 = 2;
/// The answer is on its way out.
const WRITING: u8 = 3;

/// A header that takes longer may have to make room.
const SLOW: Duration = Duration::from_secs(1);

/// What one connection is doing.
#[derive(Debug)]
pub(super) struct Seat {
    doing: AtomicU8,
    since_ms: AtomicU32,
    opened_at: Instant,
    leave: Notify,
}

impl Seat {
    pub(super) fn new() -> Self {
        Self {
            doing: AtomicU8::new(READING),
            since_ms: AtomicU32::new(0),
            opened_at: Instant::now(),
            leave: Notify::new(),
        }
    }

    pub(super) fn heard(&self) {
        if self.doing.load(Relaxed) == RESTING {
            self.turn_to(READING);
        }
    }

    pub(super) fn begin(&self) {
        self.doing.store(ANSWERING, Relaxed);
    }

    pub(super) fn answered(&self) {
        self.turn_to(WRITING);
    }

    pub(super) fn flushed(&self) {
        if self.doing.load(Relaxed) == WRITING {
            self.doing.store(RESTING, Relaxed);
        }
    }

    fn turn_to(&self, doing: u8) {
        self.since_ms.store(self.age_ms(), Relaxed);
        self.doing.store(doing, Relaxed);
    }

    fn age_ms(&self) -> u32 {
        u32::try_from(self.opened_at.elapsed().as_millis()).unwrap_or(u32::MAX)
    }

    /// Whether nothing of a request would be lost by closing.
    pub(super) fn is_quiet(&self) -> bool {
        matches!(self.doing.load(Relaxed), RESTING | READING)
    }

    /// Waits until this connection is asked to go.
    pub(super) async fn dismissed(&self) {
        self.leave.notified().await;
    }

    fn is_overdue(&self, doing: u8, limit: Duration) -> bool {
        let since =
            Duration::from_millis(u64::from(self.age_ms().saturating_sub(self.since_ms.load(Relaxed))));
        self.doing.load(Relaxed) == doing && since >= limit
    }
}

/// All connections, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Seats(Vec<(Arc<Seat>, AbortHandle)>);

impl Seats {
    pub(super) fn take(&mut self, seat: Arc<Seat>, connection: AbortHandle) {
        self.0.push((seat, connection));
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Forgets the connections that are gone.
    pub(super) fn tidy(&mut self) {
        self.0.retain(|(_, connection)| !connection.is_finished());
    }

    /// Asks the oldest connection to go that has nothing to say: whoever is slow with a header before whoever rests, as
    /// a proxy does that may be sending a caller's request this very moment.
    pub(super) fn make_room(&self) {
        let oldest = |has_to_go: fn(&Seat) -> bool| self.0.iter().find(|(seat, _)| has_to_go(seat));
        let seat = oldest(|seat| seat.is_overdue(READING, SLOW))
            .or_else(|| oldest(|seat| seat.doing.load(Relaxed) == RESTING))
            .or_else(|| oldest(Seat::is_quiet));
        if let Some((seat, _)) = seat {
            seat.leave.notify_one();
        }
    }

    /// Asks those to go whose header does not come, and cuts off those who do not take their answer.
    pub(super) fn dismiss_slow(&self, limit: Duration) {
        for (seat, connection) in &self.0 {
            if seat.is_overdue(READING, limit) {
                seat.leave.notify_one();
            } else if seat.is_overdue(WRITING, limit) {
                connection.abort();
            }
        }
    }

    /// Asks everybody to go who is not in the middle of a header, and those too after `patience`.
    pub(super) fn dismiss_all(&self, patience: Duration) {
        for (seat, _) in &self.0 {
            if seat.doing.load(Relaxed) != READING || seat.is_overdue(READING, patience) {
                seat.leave.notify_one();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    const NEVER: Duration = Duration::MAX;

    #[tokio::test]
    async fn a_connection_rests_only_between_a_whole_answer_and_the_next_byte() {
        let seat = Seat::new();
        assert!(
            seat.is_quiet() && seat.is_overdue(READING, Duration::ZERO),
            "a connection begins with a header"
        );
        seat.begin();
        seat.heard();
        seat.flushed();
        assert!(
            !seat.is_quiet(),
            "a body that comes in, or a `100 Continue` that goes out, ends no answering"
        );
        seat.answered();
        assert!(!seat.is_quiet() && seat.is_overdue(WRITING, Duration::ZERO));
        seat.flushed();
        assert!(seat.is_quiet() && !seat.is_overdue(READING, Duration::ZERO));
        seat.heard();
        assert!(seat.is_overdue(READING, Duration::ZERO) && !seat.is_overdue(READING, NEVER));
    }

    #[tokio::test]
    async fn the_oldest_that_is_quiet_makes_room() {
        let (seats, [answering, resting, reading]) = three();
        seats.make_room();
        assert!(has_to_go(&resting).await);
        assert!(!has_to_go(&answering).await && !has_to_go(&reading).await);
    }

    #[tokio::test]
    async fn who_does_not_finish_a_header_has_to_go() {
        let (seats, [answering, resting, reading]) = three();
        seats.dismiss_slow(NEVER);
        assert!(!has_to_go(&reading).await);
        seats.dismiss_slow(Duration::ZERO);
        assert!(has_to_go(&reading).await);
        assert!(!has_to_go(&answering).await && !has_to_go(&resting).await);
    }

    #[tokio::test]
    async fn who_does_not_take_the_answer_is_cut_off() {
        let (mut seats, [answering, ..]) = three();
        answering.answered();
        seats.dismiss_slow(NEVER);
        tokio::task::yield_now().await;
        seats.tidy();
        assert_eq!(seats.len(), 3);
        seats.dismiss_slow(Duration::ZERO);
        tokio::task::yield_now().await;
        seats.tidy();
        assert_eq!(seats.len(), 2);
    }

    #[tokio::test]
    async fn at_the_end_everybody_has_to_go_and_a_header_gets_a_moment() {
        let (seats, [answering, resting, reading]) = three();
        seats.dismiss_all(NEVER);
        assert!(has_to_go(&answering).await && has_to_go(&resting).await && !has_to_go(&reading).await);
        seats.dismiss_all(Duration::ZERO);
        assert!(has_to_go(&reading).await);
    }

    fn three() -> (Seats, [Arc<Seat>; 3]) {
        let all = [(); 3].map(|()| Arc::new(Seat::new()));
        let [answering, resting, _] = &all;
        answering.begin();
        resting.begin();
        resting.answered();
        resting.flushed();
        let mut seats = Seats::default();
        for seat in &all {
            seats.take(seat.clone(), tokio::spawn(pending::<()>()).abort_handle());
        }
        (seats, all)
    }

    async fn has_to_go(seat: &Seat) -> bool {
        tokio::select! {
            biased;
            () = seat.dismissed() => true,
            () = tokio::task::yield_now() => false,
        }
    }
}
