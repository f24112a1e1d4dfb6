//! Somebody moves the machine's clock: no call that goes on is labelled, and none is forgotten.

use std::time::Duration;

use jiff::SignedDuration;
use ringback::phone::FinalStatus;
use ringback::switchboard::IDLE_LIMIT;

use crate::support::line::{TestLine, assert_proven};

const NOBODY: (&str, &str) = ("never answers", "never answers");
const SECOND: SignedDuration = SignedDuration::from_secs(1);

/// A line with one call of which nothing more is heard, and that a sweep has seen.
async fn line_in_mid_call() -> TestLine {
    let mut line = TestLine::open().await;
    line.exchange.quirks.final_status = FinalStatus::Never;
    line.exchange.quirks.ring_end_when_caller_leaves = false;
    line.rings("hang up after 1s", NOBODY).await;
    assert_eq!(pass(&line, SECOND).await, 0);
    line
}

async fn pass(line: &TestLine, time: SignedDuration) -> usize {
    line.clock.advance(Duration::try_from(time).unwrap());
    line.switchboard.sweep().await.unwrap()
}

fn incidents(line: &TestLine) -> Vec<String> {
    line.read(|tx| {
        tx.incidents(jiff::Timestamp::UNIX_EPOCH).unwrap().into_iter().map(|incident| incident.what).collect()
    })
}

#[tokio::test]
async fn a_clock_that_jumps_labels_no_call_that_goes_on_and_keeps_none_for_ever() {
    for moved in
        [SignedDuration::from_hours(1), SignedDuration::from_hours(-1), SignedDuration::from_hours(-72)]
    {
        let line = line_in_mid_call().await;
        line.move_clock(moved);
        assert_eq!(pass(&line, SECOND).await, 0, "{moved:#}");
        assert_eq!(incidents(&line), ["the machine's clock was moved"], "{moved:#}");
        assert_eq!(pass(&line, IDLE_LIMIT - SECOND * 5).await, 0, "{moved:#}");
        assert_eq!(pass(&line, SECOND * 5).await, 1, "{moved:#}: its time was over all the same");
        assert_eq!(line.outcome(), "missed: no_final_status", "{moved:#}");
        assert_eq!(line.call_backs().len(), 1, "{moved:#}");
        assert_eq!(incidents(&line).len(), 1, "{moved:#}");
        assert_proven(line.home.path(), line.now() + SignedDuration::from_hours(2));
    }
}

#[tokio::test]
async fn news_after_a_jump_counts_from_its_own_time() {
    let line = line_in_mid_call().await;
    line.move_clock(SignedDuration::from_hours(1));
    assert_eq!(pass(&line, SECOND).await, 0);
    line.clock.advance(Duration::from_secs(600));
    line.rings("hang up after 1s", NOBODY).await;
    assert_eq!(pass(&line, SignedDuration::from_secs(299)).await, 1, "the call before the jump");
    assert_eq!(pass(&line, SignedDuration::from_secs(600)).await, 1, "the call after it");
}

#[tokio::test]
async fn a_server_that_starts_with_a_clock_behind_its_calls_says_so_and_ends_them_in_their_time() {
    let line = line_in_mid_call().await;
    let line = line.restart().await;
    line.move_clock(SignedDuration::from_hours(-24));
    assert_eq!(pass(&line, SECOND).await, 0);
    assert_eq!(incidents(&line), ["the machine's clock is behind the last call"]);
    assert_eq!(pass(&line, IDLE_LIMIT - SECOND).await, 0);
    assert_eq!(pass(&line, SECOND).await, 1);
}

#[tokio::test]
async fn no_call_ends_before_it_came() {
    let mut line = TestLine::open().await;
    line.exchange.quirks.final_status = FinalStatus::Late;
    let heard = line.rings("hang up after 1s", NOBODY).await;
    line.move_clock(SignedDuration::from_hours(-1));
    line.send_late(&heard).await;
    let calls = line.calls();
    assert_eq!(calls[0].ended_at, Some(calls[0].at));
    assert_eq!((line.outcome().as_str(), line.call_backs().len()), ("missed: hung_up_early", 1));
}
