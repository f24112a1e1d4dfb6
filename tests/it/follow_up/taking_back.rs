//! `undo`: the last deed, within ten minutes, and never over somebody else's head.

use ringback::call::{Accept, Caller, PhoneNumber};
use ringback::call_back::{AttemptOutcome, CallBack, CallBackId, CloseOutcome};
use ringback::follow_up::{Came, Done, FollowUp, Refusal};
use ringback::store::Tx;

use super::{MONDAY, Shop, at, moment, name, refused};

const PAT: &str = "+15550142";

type Act = fn(&FollowUp<'_>, &mut Tx<'_>, CallBackId) -> Result<Done, Refusal>;

impl Shop {
    fn undo(&self, by: &str, clock: &str) -> Result<Done, Refusal> {
        self.act((by, &at(clock)), |desk, tx| desk.undo(tx, None))
    }
}

/// Every deed of a person, done by Ben to an entry of Ana's that she is not on.
const DEEDS: &[(&str, Act)] = &[
    ("taken: from ana", |desk, tx, id| desk.take(tx, id)),
    ("handed-over: from ana to ben", |desk, tx, id| desk.offer(tx, id, &name("ben"))),
    ("offered: to cleo", |desk, tx, id| desk.offer(tx, id, &name("cleo"))),
    ("tried: busy", |desk, tx, id| desk.tried(tx, id, AttemptOutcome::Busy)),
    ("snoozed: until 2026-11-23 10:40", |desk, tx, id| desk.snooze(tx, id, (moment(&at("10:40")), false))),
    ("agreed: until 2026-11-23 15:00", |desk, tx, id| desk.snooze(tx, id, (moment(&at("15:00")), true))),
    ("note: a boiler", |desk, tx, id| desk.note(tx, id, "a boiler")),
    ("closed: reached", |desk, tx, id| desk.close(tx, id, (CloseOutcome::Reached, None))),
    ("closed: spam", |desk, tx, id| desk.close(tx, id, (CloseOutcome::Spam, None))),
    ("blocked", |desk, tx, id| desk.block(tx, id)),
];

#[test]
fn every_deed_can_be_taken_back_and_leaves_the_entry_as_it_was() {
    for (told, act) in DEEDS {
        let shop = Shop::new();
        let id = shop.waits(PAT, (MONDAY, Some(&at("11:00"))));
        shop.act(("cleo", &at("10:01")), |desk, tx| desk.tried(tx, id, AttemptOutcome::Busy)).unwrap();
        shop.act(("cleo", &at("10:02")), |desk, tx| desk.snooze(tx, id, (moment(&at("10:50")), false)))
            .unwrap();
        let known = |shop: &Shop| shop.write(|tx| tx.caller_line(&Caller::read(PAT)));
        let earlier = Accept { by: name("cleo"), at: moment("2026-11-20T10:00:00-05:00") };
        shop.write(|tx| tx.remember_answered(&Caller::read(PAT), &earlier));
        let (entry, ledger, caller) = (shop.entry(id), shop.ledger(id), known(&shop));
        shop.act(("ben", &at("10:05")), |desk, tx| act(desk, tx, id)).unwrap();
        let undone = shop.undo("ben", "10:15").unwrap();
        assert_eq!(undone.entry, entry, "{told}");
        assert_eq!((shop.entry(id), shop.ledger(id)), (entry, ledger), "{told}");
        let answered = |line: &Option<ringback::store::CallerLine>| {
            line.as_ref().map(|line| (line.answered.clone(), line.blocked.clone()))
        };
        assert_eq!(answered(&known(&shop)), answered(&caller), "{told}");
        let history = shop.history(id);
        let told_back = told.split_once(": ").map_or((*told).to_owned(), |(what, detail)| {
            if what == "note" { what.to_owned() } else { format!("{what}, {detail}") }
        });
        assert_eq!(history[2..], [format!("ben {told} (undone)"), format!("ben undone: {told_back}")]);
    }
}

#[test]
fn the_answer_to_an_offer_can_be_taken_back_too() {
    let answers: [(Act, &str); 3] = [
        (|desk, tx, id| desk.accept(tx, id), "ben"),
        (|desk, tx, id| desk.decline(tx, id), "ben"),
        (|desk, tx, id| desk.release(tx, id), "cleo"),
    ];
    for (act, by) in answers {
        let shop = Shop::new();
        let id = shop.waits(PAT, (MONDAY, None));
        shop.act(("ana", &at("10:00")), |desk, tx| desk.take(tx, id)).unwrap();
        shop.act(("ana", &at("10:01")), |desk, tx| desk.offer(tx, id, &name("ben"))).unwrap();
        let before = shop.entry(id);
        shop.act((by, &at("10:02")), |desk, tx| act(desk, tx, id)).unwrap();
        assert_ne!(shop.entry(id), before);
        shop.undo(by, "10:03").unwrap();
        assert_eq!(shop.entry(id), before);
    }
}

#[test]
fn a_note_that_was_taken_back_is_still_in_the_history_and_closes_nothing() {
    let shop = Shop::new();
    let id = shop.waits(PAT, (MONDAY, Some(&at("11:00"))));
    shop.act(("ana", &at("11:30")), |desk, tx| desk.note(tx, id, "said sorry")).unwrap();
    shop.undo("ana", "11:31").unwrap();
    assert_eq!(shop.history(id), ["ana note: said sorry (undone)", "ana undone: note"]);
    let by = ("ana", &*at("11:32"));
    let closed = shop.act(by, |desk, tx| desk.close(tx, id, (CloseOutcome::Reached, None)));
    assert_eq!(refused(closed), "call-back 1 broke its promise; it closes with a note only");
}

#[test]
fn closing_as_spam_and_blocking_is_taken_back_as_one() {
    let shop = Shop::new();
    let id = shop.waits(PAT, (MONDAY, None));
    shop.act(("ana", &at("10:05")), |desk, tx| {
        desk.close(tx, id, (CloseOutcome::Spam, None))?;
        desk.block(tx, id)
    })
    .unwrap();
    let blocked = |shop: &Shop| shop.write(|tx| tx.acquaintance(&Caller::read(PAT))).blocked;
    assert!(blocked(&shop));
    let done = shop.undo("ana", "10:06").unwrap();
    assert!(!blocked(&shop) && done.entry.closed_at().is_none());
    assert_eq!(shop.history(id)[..2], ["ana closed: spam (undone)", "ana blocked (undone)"]);
    let again = shop.waits("+15550143", (MONDAY, None));
    let number = PhoneNumber::parse("+15550143").unwrap();
    shop.write(|tx| tx.block(&number, &name("cleo"), moment(MONDAY)));
    shop.act(("ana", &at("10:07")), |desk, tx| {
        desk.close(tx, again, (CloseOutcome::Spam, None))?;
        desk.block(tx, again)
    })
    .unwrap();
    shop.undo("ana", "10:08").unwrap();
    assert!(shop.write(|tx| tx.acquaintance(&Caller::read("+15550143"))).blocked, "Cleo's block stays");
}

#[test]
fn a_note_that_came_with_a_deed_is_taken_back_with_it() {
    let closing: (Act, &str) =
        (|desk, tx, id| desk.close(tx, id, (CloseOutcome::Reached, Some("said sorry"))), "closed, reached");
    let spam: (Act, &str) = (
        |desk, tx, id| {
            desk.close(tx, id, (CloseOutcome::Spam, Some("a machine")))?;
            desk.block(tx, id)
        },
        "closed, spam",
    );
    let asking: (Act, &str) = (
        |desk, tx, id| {
            desk.note(tx, id, "knows the boiler")?;
            desk.offer(tx, id, &name("ben"))
        },
        "offered, to ben",
    );
    for (act, told) in [closing, spam, asking] {
        let shop = Shop::new();
        let id = shop.waits(PAT, (MONDAY, Some(&at("11:00"))));
        shop.act(("ana", &at("11:20")), |desk, tx| desk.note(tx, id, "a boiler")).unwrap();
        let (entry, ledger) = (shop.entry(id), shop.ledger(id));
        shop.act(("ana", &at("11:30")), |desk, tx| act(desk, tx, id)).unwrap();
        let done = shop.undo("ana", "11:31").unwrap();
        assert!(matches!(done.came, Came::Undone { with_note: true, .. }), "{told} {:?}", done.came);
        assert_eq!((shop.entry(id), shop.ledger(id)), (entry, ledger), "{told}");
        let history = shop.history(id);
        assert_eq!(history[0], "ana note: a boiler", "an earlier one stays");
        let [_, deeds @ .., undone] = history.as_slice() else { panic!("{history:?}") };
        assert!(deeds.iter().all(|deed| deed.ends_with("(undone)")), "{history:?}");
        assert_eq!(*undone, format!("ana undone: {told}, with its note"));
    }
}

#[test]
fn a_block_completes_no_other_close_and_none_of_long_ago() {
    for (outcome, blocked_at, undone_at) in
        [(CloseOutcome::WrongNumber, "10:02", "10:03"), (CloseOutcome::Spam, "10:15", "10:16")]
    {
        let shop = Shop::new();
        let id = shop.waits(PAT, (MONDAY, None));
        shop.act(("ana", &at("10:01")), |desk, tx| desk.close(tx, id, (outcome, None))).unwrap();
        let closed = shop.entry(id);
        shop.act(("ana", &at(blocked_at)), |desk, tx| desk.block(tx, id)).unwrap();
        shop.undo("ana", undone_at).unwrap();
        assert_eq!(shop.entry(id), closed, "{outcome}");
        assert!(!shop.write(|tx| tx.acquaintance(&Caller::read(PAT))).blocked);
    }
}

#[test]
fn a_deed_that_is_taken_back_leaves_what_was_promised_since_in_time() {
    let shop = Shop::new();
    let id = shop.waits(PAT, (MONDAY, None));
    shop.act(("ana", &at("10:05")), |desk, tx| desk.take(tx, id)).unwrap();
    let promised = moment(&at("10:30"));
    shop.write(|tx| {
        let mut stored = tx.call_back(id)?.unwrap();
        stored.entry.promised_at =
            tx.note_promise(id, (stored.first_call, moment(MONDAY)), Some(promised))?;
        stored.entry.due_at = promised;
        tx.save_call_back(&stored)
    });
    assert_eq!(shop.undo("ana", "10:10").unwrap().entry.due_at, promised);
}

#[test]
fn only_ones_own_last_deed_is_taken_back_and_only_for_ten_minutes() {
    let shop = Shop::new();
    let (id, other) = (shop.waits(PAT, (MONDAY, None)), shop.waits("+15550143", (MONDAY, None)));
    assert_eq!(refused(shop.undo("ana", "10:00")), "there is nothing to take back");
    shop.act(("ana", &at("10:00")), |desk, tx| desk.take(tx, id)).unwrap();
    shop.act(("ana", &at("10:01")), |desk, tx| desk.take(tx, other)).unwrap();
    assert_eq!(refused(shop.undo("ben", "10:02")), "there is nothing to take back");
    assert_eq!(
        refused(shop.undo("ana", "10:12")),
        format!("the last deed on call-back {other} is too old to be taken back")
    );
    let first = shop.act(("ana", &at("10:10")), |desk, tx| desk.undo(tx, Some(id))).unwrap();
    assert_eq!(
        first.came,
        Came::Undone {
            what: ringback::call_back::Deed::Taken,
            detail: None,
            with_note: false,
            rang_since: false
        }
    );
    let twice = shop.act(("ana", &at("10:10")), |desk, tx| desk.undo(tx, Some(id)));
    assert_eq!(refused(twice), "only the last thing done to call-back 1 can be taken back, and it was");
    assert!(shop.act(("ana", &at("10:11")), |desk, tx| desk.undo(tx, Some(other))).is_ok());
}

#[test]
fn nothing_is_taken_back_over_somebody_elses_head() {
    let shop = Shop::new();
    let id = shop.waits(PAT, (MONDAY, None));
    shop.act(("ana", &at("10:00")), |desk, tx| desk.take(tx, id)).unwrap();
    shop.act(("ben", &at("10:01")), |desk, tx| desk.note(tx, id, "in the yard")).unwrap();
    let error = shop.undo("ana", "10:02").unwrap_err();
    assert!(matches!(&error, Refusal::DoneSince { by, .. } if by == "ben"), "{error:?}");
    assert_eq!(shop.entry(id).holder().unwrap().unwrap().0, name("ana"));
}

#[test]
fn a_close_is_not_taken_back_when_the_caller_waits_elsewhere_by_then() {
    let shop = Shop::new();
    let id = shop.waits(PAT, (MONDAY, None));
    let by = ("ana", &*at("10:00"));
    shop.act(by, |desk, tx| desk.close(tx, id, (CloseOutcome::NotNeeded, None))).unwrap();
    let other = shop.waits(PAT, (&at("10:01"), None));
    let error = shop.undo("ana", "10:02");
    assert_eq!(refused(error), format!("the caller of call-back 1 waits on call-back {other} already"));
    let still: CallBack = shop.entry(id);
    assert!(still.closed_at().is_some());
}

#[test]
fn an_offer_that_ran_out_meanwhile_is_not_brought_back() {
    let shop = Shop::new();
    let id = shop.waits(PAT, (MONDAY, None));
    shop.act(("ana", &at("10:00")), |desk, tx| desk.offer(tx, id, &name("ben"))).unwrap();
    shop.act(("cleo", &at("10:25")), |desk, tx| desk.take(tx, id)).unwrap();
    let done = shop.undo("cleo", "10:31").unwrap();
    assert_eq!((done.entry.owner, done.entry.offer), (name("ana"), None));
    assert_eq!(shop.history(id).last().unwrap(), "ringback lapsed: ben was asked; it stays ana's");

    let other = shop.waits("+15550143", (MONDAY, None));
    shop.act(("ana", &at("10:00")), |desk, tx| desk.offer(tx, other, &name("ben"))).unwrap();
    shop.act(("cleo", &at("10:25")), |desk, tx| desk.note(tx, other, "a boiler")).unwrap();
    let error = shop.undo("cleo", "10:31").unwrap_err();
    assert!(matches!(&error, Refusal::DoneSince { by, .. } if by == "ringback"), "{error:?}");
}
