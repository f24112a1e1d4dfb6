//! The place of one connection, and who has to leave when there are too many.
//!
//! hyper has one time-out for a header that does not come and for a connection that rests between two requests. They
//! must differ: a proxy rests for minutes, and whoever began a header has seconds.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering::Relaxed};
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
/// Strangers leave side by side, one in so many: each takes a moment, and a crowd of them must not fill the queue of
/// those who wait to be let in.
const SIDE_BY_SIDE: usize = 8;

/// Who makes room, the first of these first.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    SlowHeader,
    RestingStranger,
    /// Who has not shown a request yet.
    NewStranger,
    /// A proxy that may be sending a caller's request this very moment.
    RestingProvider,
    /// The provider, in the middle of a header.
    ReadingProvider,
}

/// What one connection is doing.
#[derive(Debug)]
pub(super) struct Seat {
    doing: AtomicU8,
    since_ms: AtomicU32,
    opened_at: Instant,
    is_trusted: AtomicBool,
    is_leaving: AtomicBool,
    leave: Notify,
}

impl Seat {
    pub(super) fn new() -> Self {
        Self {
            doing: AtomicU8::new(READING),
            since_ms: AtomicU32::new(0),
            opened_at: Instant::now(),
            is_trusted: AtomicBool::new(false),
            is_leaving: AtomicBool::new(false),
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

    /// A request whose signature was right came here.
    pub(super) fn trust(&self) {
        self.is_trusted.store(true, Relaxed);
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

    /// Asks this connection to go. What is still answered here says that it is the last.
    fn dismiss(&self) {
        self.is_leaving.store(true, Relaxed);
        self.leave.notify_one();
    }

    pub(super) fn is_leaving(&self) -> bool {
        self.is_leaving.load(Relaxed)
    }

    /// Waits until this connection is asked to go.
    pub(super) async fn dismissed(&self) {
        self.leave.notified().await;
    }

    /// When this connection makes room, and since when it waits; `None` when something of a request would be lost.
    fn rank(&self) -> Option<(Rank, Instant)> {
        let is_trusted = self.is_trusted.load(Relaxed);
        let rank = match self.doing.load(Relaxed) {
            RESTING if is_trusted => Rank::RestingProvider,
            RESTING => Rank::RestingStranger,
            READING if self.is_overdue(READING, SLOW) => Rank::SlowHeader,
            READING if is_trusted => Rank::ReadingProvider,
            READING => Rank::NewStranger,
            _ => return None,
        };
        Some((rank, self.opened_at + Duration::from_millis(u64::from(self.since_ms.load(Relaxed)))))
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

    /// Asks connections to go that have nothing to say: strangers side by side, and the provider's one at a time, when
    /// there is nobody else. Among equals goes who has waited longest: a proxy takes the connection that it used last.
    pub(super) fn make_room(&self) {
        let mut leaving = self.leaving();
        while leaving <= self.len() / SIDE_BY_SIDE {
            let staying = self.0.iter().filter(|(seat, _)| !seat.is_leaving());
            let ranked = staying.filter_map(|(seat, _)| Some((seat.rank()?, seat)));
            let Some(((rank, _), seat)) = ranked.min_by_key(|(rank, _)| *rank) else { return };
            if rank >= Rank::RestingProvider && leaving > 0 {
                return;
            }
            seat.dismiss();
            leaving += 1;
        }
    }

    /// How many are about to be gone. Who is answered once more may take a while.
    fn leaving(&self) -> usize {
        self.0.iter().filter(|(seat, _)| seat.is_leaving() && seat.is_quiet()).count()
    }

    /// Asks those to go whose header does not come, and cuts off those who do not take their answer.
    pub(super) fn dismiss_slow(&self, limit: Duration) {
        for (seat, connection) in &self.0 {
            if seat.is_overdue(READING, limit) {
                seat.dismiss();
            } else if seat.is_overdue(WRITING, limit) {
                connection.abort();
            }
        }
    }

    /// Asks everybody to go who is not in the middle of a header, and those too after `patience`.
    pub(super) fn dismiss_all(&self, patience: Duration) {
        for (seat, _) in &self.0 {
            if seat.doing.load(Relaxed) != READING || seat.is_overdue(READING, patience) {
                seat.dismiss();
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
    async fn strangers_make_room_before_the_provider_and_whoever_has_rested_longest_goes_first() {
        let [used_last, provider, fresh, stranger] = [(); 4].map(|()| Arc::new(Seat::new()));
        for seat in [&used_last, &provider, &stranger] {
            rest(seat);
        }
        used_last.trust();
        used_last.since_ms.store(1_000_000, Relaxed);
        provider.trust();
        let mut seats = Seats::default();
        for seat in [&used_last, &provider, &fresh, &stranger] {
            seats.take(seat.clone(), tokio::spawn(pending::<()>()).abort_handle());
        }
        for next in [&stranger, &fresh, &provider, &used_last] {
            seats.make_room();
            assert!(has_to_go(next).await);
            seats.make_room();
            assert_eq!(seats.leaving(), 1, "the next waits until this one is gone");
            seats.0.retain(|(seat, _)| !Arc::ptr_eq(seat, next));
        }
    }

    #[tokio::test]
    async fn strangers_leave_side_by_side_and_the_provider_one_at_a_time() {
        for (is_provider, together) in [(false, 5), (true, 1)] {
            let mut seats = Seats::default();
            for _ in 0..4 * SIDE_BY_SIDE {
                let seat = Arc::new(Seat::new());
                rest(&seat);
                if is_provider {
                    seat.trust();
                }
                seats.take(seat, tokio::spawn(pending::<()>()).abort_handle());
            }
            seats.make_room();
            seats.make_room();
            assert_eq!(seats.leaving(), together);
        }
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
        rest(resting);
        let mut seats = Seats::default();
        for seat in &all {
            seats.take(seat.clone(), tokio::spawn(pending::<()>()).abort_handle());
        }
        (seats, all)
    }

    fn rest(seat: &Seat) {
        seat.begin();
        seat.answered();
        seat.flushed();
    }

    async fn has_to_go(seat: &Seat) -> bool {
        tokio::select! {
            biased;
            () = seat.dismissed() => true,
            () = tokio::task::yield_now() => false,
        }
    }
}
