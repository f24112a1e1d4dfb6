//! The only place that asks what time it is. Everything else is told.

use std::sync::Arc;

use jiff::Timestamp;

/// Where the time comes from: the machine, or a test.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The machine's clock.
pub fn system() -> Clock {
    Arc::new(now)
}

/// This moment, to the millisecond: what the store keeps and what people can compare.
#[expect(clippy::disallowed_methods, reason = "everything else asks here")]
pub fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}
