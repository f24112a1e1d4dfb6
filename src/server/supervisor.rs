//! The tasks beside the callers: one that panics, or ends, is started again, and none of them ends the process.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::caught::caught;

/// The pause before a task is started again; it doubles while the task does not last.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// A task that ran for so long has lasted: the next pause is short again.
const LASTED: Duration = Duration::from_secs(60);

/// Keeps tasks running until it is stopped.
#[derive(Default)]
pub(super) struct Supervisor(JoinSet<()>);

impl Supervisor {
    /// Starts a task that is meant to run for ever, and starts it again whenever it does not.
    pub(super) fn keep<F>(&mut self, name: &'static str, task: impl Fn() -> F + Send + Sync + 'static)
    where
        F: Future<Output = ()> + Send,
    {
        self.0.spawn(async move {
            let mut pause = FIRST_PAUSE;
            loop {
                let begun = Instant::now();
                let panicked = caught(async { task().await }).await.is_err();
                if begun.elapsed() >= LASTED {
                    pause = FIRST_PAUSE;
                }
                let pause_ms = pause.as_millis();
                tracing::error!(task = name, panicked, pause_ms, "a task ended and is started again");
                sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        });
    }

    /// Ends all of them.
    pub(super) async fn stop(mut self) {
        self.0.shutdown().await;
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    use tokio::sync::Notify;
    use tokio::time::timeout;

    use super::*;

    const LONG: Duration = Duration::from_secs(20);

    /// A task that does what the test says at its first starts and then goes on for ever; tells each start.
    async fn lives_on_after(early: fn(usize)) {
        let (starts, news) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
        let mut supervisor = Supervisor::default();
        let (counted, told) = (starts.clone(), news.clone());
        supervisor.keep("a task", move || {
            let (counted, told) = (counted.clone(), told.clone());
            async move {
                let start = counted.fetch_add(1, Relaxed);
                told.notify_one();
                if start < 3 {
                    return early(start);
                }
                pending().await
            }
        });
        while starts.load(Relaxed) < 4 {
            timeout(LONG, news.notified()).await.unwrap();
        }
        supervisor.stop().await;
        assert_eq!(starts.load(Relaxed), 4, "one that goes on is left alone");
        assert_eq!(Arc::strong_count(&starts), 1, "nothing of it is left behind");
    }

    #[tokio::test]
    async fn a_task_that_panics_is_started_again() {
        lives_on_after(|start| panic!("at start {start}, as the test wants it")).await;
    }

    #[tokio::test]
    async fn a_task_that_ends_is_started_again() {
        lives_on_after(drop).await;
    }
}
