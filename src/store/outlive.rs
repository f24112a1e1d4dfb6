//! Threads that outlive a bug.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use tokio::time::Instant;

/// After so many beginnings anew within [`WHILE`] a thread gives up: a new process does better than a sixth.
const BEGINNINGS: usize = 5;
const WHILE: Duration = Duration::from_secs(60);

/// Does `work` until it ends by itself, and begins anew after a panic. `false` when that does not help.
pub(super) fn outlive(thread: &str, mut work: impl FnMut()) -> bool {
    let mut panics = VecDeque::new();
    loop {
        let Err(_) = catch_unwind(AssertUnwindSafe(&mut work)) else { return true };
        let now = Instant::now();
        panics.retain(|at| now.duration_since(*at) < WHILE);
        panics.push_back(now);
        if panics.len() > BEGINNINGS {
            tracing::error!(thread, "a thread panics again and again, and is given up");
            return false;
        }
        tracing::error!(thread, "a thread panicked, and begins anew");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_begins_anew_after_a_panic_and_ends_when_it_is_done() {
        let mut times = 0;
        let ended = outlive("test", || {
            times += 1;
            assert!(times == 3, "on purpose");
        });
        assert!(ended);
        assert_eq!(times, 3);
    }

    #[test]
    fn a_thread_that_panics_six_times_in_a_minute_is_given_up() {
        let mut times = 0;
        let ended = outlive("test", || {
            times += 1;
            panic!("on purpose");
        });
        assert!(!ended);
        assert_eq!(times, 6);
    }
}
