//! The desk beside the telephones: what a call changes of what people did, and the promises in the ledger.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use ringback::call::PersonName;
use ringback::call_back::{AttemptOutcome, CallBack, CallBackId, CloseOutcome, Deed, Standing};
use ringback::follow_up::{FollowUp, Refusal};
use ringback::phone::Request;
use ringback::store::{Desk, Tx};
use rusqlite::Connection;

use super::traps::recording_of;
use crate::support::line::{FRONT_DESK, SETTINGS, TWO_AREAS, TestLine};

const NOBODY: (&str, &str) = ("never answers", "never answers");

/// The call of a promise, and whether it was met.
type Promised = (Option<i64>, bool);

impl TestLine {
    /// Somebody does something beside the running server.
    fn does<T>(
        &self,
        by: &str,
        act: impl FnOnce(&FollowUp<'_>, &mut Tx<'_>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let (live, by) = (self.switchboard.live(), name(by));
        let desk = FollowUp { business: &live.settings.business, by: &by, now: self.now() };
        Desk::open(&self.home.path().join("ringback.db")).unwrap().write(|tx| act(&desk, tx))
    }

    fn minutes(&self, minutes: u64) {
        self.clock.advance(Duration::from_secs(minutes * 60));
    }

    fn in_minutes(&self, minutes: i64) -> Timestamp {
        self.now() + SignedDuration::from_mins(minutes)
    }

    fn ledger(&self, id: CallBackId) -> Vec<Promised> {
        let file = Connection::open(self.home.path().join("ringback.db")).unwrap();
        let sql = "select call, met_at is not null from promises where call_back = ?1 order by id";
        let mut statement = file.prepare(sql).unwrap();
        let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
        statement.query_map([id.0], read).unwrap().map(Result::unwrap).collect()
    }

    fn only(&self) -> CallBack {
        self.entry().stored.entry
    }

    fn one(&self, id: CallBackId) -> CallBack {
        self.read(|tx| tx.call_back(id).unwrap()).unwrap().entry
    }
}

fn name(name: &str) -> PersonName {
    PersonName::parse(name).unwrap()
}

#[tokio::test]
async fn whoever_rings_again_is_awake_untried_and_due_soon() {
    let line = TestLine::open().await;
    line.rings("hang up after 1s", NOBODY).await;
    let id = line.only().id;
    line.does("ana", |desk, tx| desk.tried(tx, id, AttemptOutcome::LeftMessage)).unwrap();
    let friday = line.in_minutes(7 * 24 * 60);
    line.does("ana", |desk, tx| desk.snooze(tx, id, (friday, false))).unwrap();
    let asleep = line.only();
    assert_eq!((asleep.due_at, asleep.attempts), (friday, 1));
    assert!(asleep.wakes_at(line.now()).is_some());
    line.minutes(120);
    line.rings("hang up after 1s", NOBODY).await;
    let awake = line.only();
    assert_eq!((awake.asleep_until, awake.attempts), (None, 0));
    let an_hour = line.in_minutes(60);
    assert!(awake.due_at <= an_hour && awake.due_at > line.in_minutes(55), "{awake:?}");

    // A try that is due sooner than a fresh call would be stays.
    line.does("ana", |desk, tx| desk.tried(tx, id, AttemptOutcome::Busy)).unwrap();
    let due = line.only().due_at;
    line.rings("hang up after 1s", NOBODY).await;
    assert_eq!(line.only().due_at, due);
}

#[tokio::test]
async fn a_promise_in_a_call_wakes_before_what_was_agreed() {
    let line = TestLine::open().await;
    line.rings("1", NOBODY).await;
    let id = line.only().id;
    let tomorrow = line.in_minutes(24 * 60);
    line.does("ben", |desk, tx| desk.snooze(tx, id, (tomorrow, true))).unwrap();
    assert_eq!(line.only().promised_at, Some(tomorrow));
    assert_eq!(line.ledger(id), [(Some(1), true), (None, false)]);
    line.minutes(30);
    line.rings("1", NOBODY).await;
    let entry = line.only();
    assert!(entry.promised_at.unwrap() < tomorrow && entry.asleep_until.is_none(), "{entry:?}");
    assert_eq!(line.ledger(id), [(Some(1), true), (None, false), (Some(2), false)]);
}

#[tokio::test]
async fn an_answered_redial_ends_offers_and_keeps_the_promise() {
    let line = TestLine::open().await;
    line.rings("1", NOBODY).await;
    let id = line.only().id;
    line.does("ana", |desk, tx| desk.offer(tx, id, &name("ben"))).unwrap();
    line.minutes(10);
    line.rings("", ("accepts after 4s", "never answers")).await;
    assert!(line.call_backs().is_empty());
    let closed = line.one(id);
    assert_eq!((closed.offer, closed.promised_at), (None, None), "kept");
    assert_eq!(line.ledger(id), [(Some(1), true)]);
    assert!(line.does("ben", |desk, tx| desk.accept(tx, id)).is_err());
    let undone = line.does("ana", |desk, tx| desk.undo(tx, Some(id))).unwrap_err();
    assert_eq!(undone.to_string(), "what the telephone did to call-back 1 cannot be taken back");
}

#[tokio::test]
async fn offers_lapse_by_the_servers_sweep() {
    let line = TestLine::open().await;
    line.rings("1", NOBODY).await;
    let id = line.only().id;
    line.does("ana", |desk, tx| desk.offer(tx, id, &name("ben"))).unwrap();
    line.minutes(29);
    assert_eq!(line.switchboard.lapse_offers().await.unwrap(), 0);
    line.minutes(1);
    assert_eq!(line.switchboard.lapse_offers().await.unwrap(), 1);
    let entry = line.entry();
    assert_eq!((entry.stored.entry.owner, entry.stored.entry.offer), (name("ana"), None));
    let lapsed = entry.events.last().unwrap();
    assert_eq!((lapsed.what, lapsed.by.as_str()), (Deed::Lapsed, "ringback"));
}

#[tokio::test]
async fn the_sweep_of_the_server_leaves_an_offer_until_its_time() {
    let line = TestLine::open().await;
    line.rings("1", NOBODY).await;
    let id = line.only().id;
    line.does("ana", |desk, tx| desk.offer(tx, id, &name("ben"))).unwrap();
    line.minutes(29);
    line.does("ben", |desk, tx| desk.accept(tx, id)).unwrap();
    assert_eq!(line.only().owner, name("ben"));
    line.minutes(5);
    assert_eq!(line.switchboard.lapse_offers().await.unwrap(), 0);
}

#[tokio::test]
async fn what_was_taken_back_leaves_the_calls_that_joined_since() {
    let line = TestLine::open().await;
    line.rings("hang up after 1s", NOBODY).await;
    let id = line.only().id;
    line.does("ana", |desk, tx| desk.tried(tx, id, AttemptOutcome::LeftMessage)).unwrap();
    line.minutes(2);
    line.rings("1", NOBODY).await;
    let joined = line.entry();
    line.does("ana", |desk, tx| desk.undo(tx, None)).unwrap();
    let undone = line.entry();
    assert_eq!((undone.stored.calls, undone.last_call_at), (2, joined.last_call_at));
    assert_eq!(undone.stored.entry.attempts, 0);
    assert!(undone.stored.entry.due_at <= joined.stored.entry.due_at);
    assert_eq!(undone.stored.entry.promised_at, joined.stored.entry.promised_at);
}

#[tokio::test]
async fn what_was_taken_back_leaves_the_entry_with_whoever_the_call_since_is_for() {
    let line = TestLine::with_flow(TWO_AREAS).await;
    line.rings("1, silence", NOBODY).await;
    let id = line.only().id;
    assert_eq!(line.only().owner, name("ana"), "repairs");
    line.does("ana", |desk, tx| desk.tried(tx, id, AttemptOutcome::Busy)).unwrap();
    line.minutes(2);
    line.rings("2, silence", NOBODY).await;
    assert_eq!(line.only().owner, name("ben"), "billing");
    line.does("ana", |desk, tx| desk.undo(tx, None)).unwrap();
    assert_eq!(line.only().owner, name("ben"));
}

#[tokio::test]
async fn an_entry_that_lost_its_calls_to_another_is_purged_in_its_time() {
    let mut line = TestLine::open().await;
    let (late, left) = closed_before_the_message(&mut line).await;
    line.rings("hang up after 1s", NOBODY).await;
    let other = line.only();
    line.send(&late).await;
    line.minutes(3 * 366 * 24 * 60);
    assert_eq!(line.switchboard.purge().await.unwrap().call_backs, 1);
    assert_eq!(line.read(|tx| tx.call_back(left.id).unwrap()), None);
    assert_eq!(line.only().id, other.id);
}

#[tokio::test]
async fn opening_again_is_not_taken_back_when_the_caller_rang_since() {
    let line = TestLine::open().await;
    line.rings("hang up after 1s", NOBODY).await;
    let id = line.only().id;
    line.does("ana", |desk, tx| desk.close(tx, id, (CloseOutcome::NotNeeded, None))).unwrap();
    line.does("ana", |desk, tx| desk.reopen(tx, id, None)).unwrap();
    line.rings("hang up after 1s", NOBODY).await;
    let undone = line.does("ana", |desk, tx| desk.undo(tx, None)).unwrap_err();
    assert_eq!(undone.to_string(), "the caller of call-back 1 rang again since");
    assert_eq!(line.entry().stored.calls, 2);
}

/// Somebody left a message that seemed to be empty, and the entry is closed before the news that it is not.
async fn closed_before_the_message(line: &mut TestLine) -> (Request, CallBack) {
    line.exchange.quirks.empty_recording_has_action = false;
    let heard = line.rings("2, message 0s", NOBODY).await;
    let promised = line.only();
    line.minutes(1);
    let id = promised.id;
    line.does("ana", |desk, tx| desk.close(tx, id, (CloseOutcome::NotNeeded, None))).unwrap();
    assert_eq!((line.ledger(id), line.one(id).promised_at), (vec![(Some(1), true)], None), "kept");
    line.minutes(1);
    (recording_of(&heard, "9"), promised)
}

#[tokio::test]
async fn a_message_that_opens_an_entry_again_brings_its_promise() {
    let mut line = TestLine::open().await;
    let (late, promised) = closed_before_the_message(&mut line).await;
    for _ in 0..2 {
        line.send(&late).await;
        let again = line.only();
        assert_eq!((again.id, again.promised_at), (promised.id, promised.promised_at));
        assert_eq!(line.ledger(again.id), [(Some(1), false)], "one row, which waits again");
    }
}

#[tokio::test]
async fn news_of_an_old_call_leaves_the_next_try_where_the_last_one_put_it() {
    let line = TestLine::open().await;
    let heard = line.rings("2, message 9s", NOBODY).await;
    let id = line.only().id;
    line.minutes(24 * 60);
    line.does("ana", |desk, tx| desk.tried(tx, id, AttemptOutcome::NoAnswer)).unwrap();
    let tried = line.only();
    assert!(tried.promised_at.unwrap() < line.now() && tried.due_at > line.now(), "{tried:?}");
    line.send(&recording_of(&heard, "9")).await;
    assert_eq!(line.only(), tried);
}

#[tokio::test]
async fn a_message_that_goes_to_another_entry_takes_its_promise_along() {
    let mut line = TestLine::open().await;
    let (late, promised) = closed_before_the_message(&mut line).await;
    line.rings("hang up after 1s", NOBODY).await;
    let other = line.only();
    assert_ne!(other.id, promised.id);
    line.send(&late).await;
    assert_eq!(line.only().promised_at, promised.promised_at);
    assert_eq!(line.ledger(other.id), [(Some(1), false)]);
    assert_eq!((line.ledger(promised.id), line.one(promised.id).promised_at), (vec![], None));
}

#[tokio::test]
async fn an_entry_whose_owner_is_gone_opens_again_for_the_businesss() {
    let mut line = TestLine::open().await;
    line.exchange.quirks.empty_recording_has_action = false;
    let heard = line.rings("2, message 0s", NOBODY).await;
    let id = line.only().id;
    line.does("ben", |desk, tx| {
        desk.take(tx, id)?;
        desk.close(tx, id, (CloseOutcome::NotNeeded, None))
    })
    .unwrap();
    line.edit("ringback.toml", &without_ben());
    assert!(line.take_up().await);
    line.minutes(1);
    line.send(&recording_of(&heard, "9")).await;
    assert_eq!((line.only().owner, line.only().standing), (name("ana"), Standing::Waiting));
}

#[tokio::test]
async fn what_a_person_who_is_gone_asked_or_was_asked_ends() {
    for (by, to) in [("ana", "ben"), ("ben", "cleo")] {
        let cleo = "[people.cleo]\nnumber = \"+15550103\"\n[people.ben]";
        let three = SETTINGS.replace("[people.ben]", cleo);
        let line = TestLine::open_with(&three, &[("front-desk", FRONT_DESK)]).await;
        line.rings("1", NOBODY).await;
        let id = line.only().id;
        line.does(by, |desk, tx| desk.offer(tx, id, &name(to))).unwrap();
        line.edit("ringback.toml", &(without_ben() + "[people.cleo]\nnumber = \"+15550103\"\n"));
        assert!(line.take_up().await);
        let entry = line.entry();
        assert_eq!((entry.stored.entry.owner, entry.stored.entry.offer), (name("ana"), None));
        let told = entry.events.last().unwrap();
        assert_eq!(told.detail.as_deref(), Some("ben is not in the settings any more; it stays ana's"));
    }
}

fn without_ben() -> String {
    let (from, to) = (SETTINGS.find("[people.ben]").unwrap(), SETTINGS.find("[lines.").unwrap());
    format!("{}{}", &SETTINGS[..from], &SETTINGS[to..])
}
