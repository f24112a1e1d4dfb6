//! The only place that asks what time it is. Everything else is told.

use std::sync::Arc;
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};

/// Two clocks: the one on the wall, which people and time servers move, and one that only runs.
#[derive(Clone)]
pub struct Clock {
    wall: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    steady: Arc<dyn Fn() -> SignedDuration + Send + Sync>,
}

impl Clock {
    /// The machine's clocks. The steady one stands still while the machine sleeps.
    #[expect(clippy::disallowed_methods, reason = "everything else asks here")]
    pub fn system() -> Self {
        let begun = Instant::now();
        let steady = move || SignedDuration::try_from(begun.elapsed()).unwrap_or(SignedDuration::MAX);
        Self { wall: Arc::new(now), steady: Arc::new(steady) }
    }

    /// A test's clock on the wall, which nobody moves but time itself.
    pub fn told(wall: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        let wall = Arc::new(wall);
        let shown = wall.clone();
        Self { wall, steady: Arc::new(move || shown().as_duration()) }
    }

    /// The same, with a steady clock of its own: somebody moves the one on the wall.
    #[must_use]
    pub fn with_steady(self, steady: impl Fn() -> SignedDuration + Send + Sync + 'static) -> Self {
        Self { steady: Arc::new(steady), ..self }
    }

    /// What the clock on the wall shows, to the millisecond.
    pub fn now(&self) -> Timestamp {
        (self.wall)()
    }

    /// What the steady clock shows. Only differences mean something.
    pub fn steady(&self) -> SignedDuration {
        (self.steady)()
    }
}

/// This moment, to the millisecond: what the store keeps and what people can compare.
#[expect(clippy::disallowed_methods, reason = "everything else asks here")]
pub fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}
