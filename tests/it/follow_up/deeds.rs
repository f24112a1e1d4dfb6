//! Trying, putting off, noting, closing and opening again.

use ringback::call_back::{AttemptOutcome, CloseOutcome, Standing};
use ringback::follow_up::{Came, LONGEST_NOTE};

use super::{MONDAY, SETTINGS, Shop, at, business, moment, name, refused};

const PAT: &str = "+15550142";

#[test]
fn the_next_try_is_due_after_the_wait_in_opening_hours() {
    let cases = [
        ("10:00", AttemptOutcome::NoAnswer, at("10:15")),
        ("10:00", AttemptOutcome::Busy, at("10:05")),
        // Over lunch, and over night.
        ("11:50", AttemptOutcome::NoAnswer, at("13:00")),
        ("16:58", AttemptOutcome::Busy, "2026-11-24T08:00:00-05:00".to_owned()),
        ("10:00", AttemptOutcome::LeftMessage, "2026-11-24T10:00:00-05:00".to_owned()),
    ];
    for (clock, outcome, due) in cases {
        let shop = Shop::new();
        let id = shop.waits(PAT, (MONDAY, None));
        let done = shop.act(("ben", &at(clock)), |desk, tx| desk.tried(tx, id, outcome)).unwrap();
        assert_eq!(done.came, Came::Tried { outcome, holder: None });
        assert_eq!((done.entry.due_at, done.entry.attempts), (moment(&due), 1), "{clock} {outcome}");
        assert_eq!(shop.entry(id), done.entry);
        assert_eq!(shop.history(id), [format!("ben tried: {outcome}")]);
    }
}

#[test]
fn the_fifth_attempt_uses_the_waits_up_and_leaves_the_entry_open() {
    let shop = Shop::new();
    let id = shop.waits(PAT, (MONDAY, None));
    for hour in 10..15 {
        let by = ("ana", &*at(&format!("{hour}:30")));
        shop.act(by, |desk, tx| desk.tried(tx, id, AttemptOutcome::NoAnswer)).unwrap();
        assert_eq!(shop.entry(id).is_used_up(), hour == 14);
    }
    let entry = shop.entry(id);
    assert_eq!((entry.due_at, entry.standing), (moment(&at("14:30")), Standing::Waiting));
}

#[test]
fn an_attempt_in_time_keeps_the_promise_and_a_late_one_leaves_it_broken() {
    for (clock, is_kept) in [("10:59", true), ("11:00", true), ("11:01", false)] {
        let shop = Shop::new();
        let promised = at("11:00");
        let id = shop.waits(PAT, (MONDAY, Some(&promised)));
        shop.act(("ana", &at("10:30")), |desk, tx| desk.take(tx, id)).unwrap();
        let by = ("ben", &*at(clock));
        let done = shop.act(by, |desk, tx| desk.tried(tx, id, AttemptOutcome::Busy)).unwrap();
        assert_eq!(done.came, Came::Tried { outcome: AttemptOutcome::Busy, holder: Some(name("ana")) });
        assert_eq!(done.entry.promised_at, (!is_kept).then(|| moment(&promised)));
        assert_eq!(shop.ledger(id), [(moment(&promised), Some(moment(&at(clock))))]);
        assert_eq!(done.entry.holder().unwrap().unwrap().0, name("ana"));
    }
}

#[test]
fn a_sleep_never_passes_a_promise_unless_the_caller_agreed() {
    let shop = Shop::new();
    let id = shop.waits(PAT, (MONDAY, Some(&at("11:00"))));
    let (by, friday) = (("ana", &*at("10:30")), moment("2026-11-27T09:00:00-05:00"));
    let past = shop.act(by, |desk, tx| desk.snooze(tx, id, (friday, false)));
    assert_eq!(refused(past), "call-back 1 cannot sleep past its promise");
    let done = shop.act(by, |desk, tx| desk.snooze(tx, id, (moment(&at("10:50")), false))).unwrap();
    assert_eq!((done.came, done.entry.due_at), (Came::Snoozed, moment(&at("10:50"))));

    let done = shop.act(by, |desk, tx| desk.snooze(tx, id, (friday, true))).unwrap();
    assert_eq!((done.came, done.entry.promised_at), (Came::Agreed, Some(friday)));
    assert_eq!((done.entry.due_at, done.entry.asleep_until), (friday, Some(friday)));
    // Kept, because somebody talked with the caller before it was due; and open.
    assert_eq!(shop.ledger(id), [(moment(&at("11:00")), Some(moment(&at("10:30")))), (friday, None)]);
    assert_eq!(
        shop.history(id),
        ["ana snoozed: until 2026-11-23 10:50", "ana agreed: until 2026-11-27 09:00"]
    );
}

#[test]
fn an_agreement_heals_the_entry_and_not_the_ledger() {
    let shop = Shop::new();
    let (broken, agreed) = (moment(&at("11:00")), moment("2026-11-24T09:00:00-05:00"));
    let id = shop.waits(PAT, (MONDAY, Some(&at("11:00"))));
    let by = ("ana", &*at("14:00"));
    let short = shop.act(by, |desk, tx| desk.snooze(tx, id, (moment(&at("14:10")), false)));
    assert_eq!(refused(short), "call-back 1 cannot sleep past its promise");
    let done = shop.act(by, |desk, tx| desk.snooze(tx, id, (agreed, true))).unwrap();
    assert!(!done.entry.is_broken(moment(&at("14:00"))));
    assert_eq!(shop.ledger(id), [(broken, Some(moment(&at("14:00")))), (agreed, None)]);
    assert!(done.entry.is_broken(moment("2026-11-24T09:01:00-05:00")), "what was agreed can be broken too");
    // An attempt in between keeps what was agreed, and does not bring back what was broken before.
    let tried = shop
        .act(("ben", "2026-11-24T08:30:00-05:00"), |desk, tx| desk.tried(tx, id, AttemptOutcome::NoAnswer));
    assert_eq!(tried.unwrap().entry.promised_at, None);
}

#[test]
fn a_note_has_something_to_read_and_is_no_letter() {
    let shop = Shop::new();
    let id = shop.waits(PAT, (MONDAY, None));
    let note = |text: &str| shop.act(("ana", MONDAY), |desk, tx| desk.note(tx, id, text));
    let longest = "é".repeat(LONGEST_NOTE);
    assert!(note(&longest).is_ok());
    for wrong in ["", " \n", &*(longest + "!")] {
        assert_eq!(refused(note(wrong)), "a note has 1 to 2000 letters");
    }
    assert_eq!(shop.events(id).len(), 1);
}

#[test]
fn a_broken_promise_closes_with_a_note_that_comes_with_the_close() {
    let shop = Shop::new();
    let id = shop.waits(PAT, (MONDAY, Some(&at("11:00"))));
    shop.act(("ana", &at("10:30")), |desk, tx| desk.note(tx, id, "a boiler")).unwrap();
    let close = |note: Option<&str>| {
        shop.act(("ben", &at("12:00")), |desk, tx| desk.close(tx, id, (CloseOutcome::Reached, note)))
    };
    assert_eq!(refused(close(None)), "call-back 1 broke its promise; it closes with a note only");
    assert_eq!(refused(close(Some(" "))), "a note has 1 to 2000 letters");
    let done = close(Some("said sorry")).unwrap();
    assert_eq!(done.came, Came::Closed { outcome: CloseOutcome::Reached, holder: None });
    assert_eq!(shop.history(id), ["ana note: a boiler", "ben note: said sorry", "ben closed: reached"]);
    assert!(shop.entry(id).is_broken(moment(&at("12:00"))), "it stays so");

    let other = shop.waits("+15550143", (MONDAY, Some(&at("11:00"))));
    shop.act(("cleo", &at("11:30")), |desk, tx| desk.note(tx, other, "rang, said sorry")).unwrap();
    let by = ("ben", &*at("12:00"));
    let earlier = shop.act(by, |desk, tx| desk.close(tx, other, (CloseOutcome::NotNeeded, None)));
    assert_eq!(refused(earlier), "call-back 2 broke its promise; it closes with a note only");
}

#[test]
fn closing_as_reached_makes_a_returning_caller() {
    for (outcome, is_known) in [(CloseOutcome::Reached, true), (CloseOutcome::WrongNumber, false)] {
        let shop = Shop::new();
        let id = shop.waits(PAT, (MONDAY, None));
        shop.act(("ben", &at("10:30")), |desk, tx| desk.close(tx, id, (outcome, None))).unwrap();
        assert_eq!(shop.write(|tx| tx.call_back_line(id)).unwrap().returning, is_known);
    }
    let shop = Shop::new();
    let id = shop.waits(PAT, (MONDAY, None));
    let redial =
        shop.act(("ben", MONDAY), |desk, tx| desk.close(tx, id, (CloseOutcome::AnsweredOnRedial, None)));
    assert_eq!(refused(redial), "`answered-on-redial` is not for people to say");
}

#[test]
fn a_closed_entry_opens_again_for_its_owner() {
    let mut shop = Shop::new();
    let id = shop.waits(PAT, (MONDAY, None));
    let reopen = |shop: &Shop, clock: &str| {
        shop.act(("cleo", &at(clock)), |desk, tx| desk.reopen(tx, id, Some("rang once more")))
    };
    assert_eq!(refused(reopen(&shop, "10:01")), "call-back 1 is open");
    shop.act(("ben", &at("10:05")), |desk, tx| desk.take(tx, id)).unwrap();
    let close = |shop: &Shop, clock: &str| {
        shop.act(("ben", &at(clock)), |desk, tx| desk.close(tx, id, (CloseOutcome::NotNeeded, None))).unwrap()
    };
    close(&shop, "10:06");
    let done = reopen(&shop, "14:00").unwrap();
    assert_eq!((done.entry.owner.as_str(), &done.entry.standing), ("ben", &Standing::Waiting));
    assert_eq!(done.entry.due_at, moment(&at("15:00")), "as if it came in then");
    assert_eq!(shop.history(id).last().unwrap(), "cleo reopened: rang once more");

    close(&shop, "14:10");
    let without_ben = SETTINGS.replace("[people.ben]\nnumber = \"+15550102\"\nstand_in = \"cleo\"\n", "");
    shop.business = business(&without_ben);
    assert_eq!(reopen(&shop, "14:20").unwrap().entry.owner, name("ana"), "Ben is gone");

    close(&shop, "14:30");
    let other = shop.waits(PAT, (&at("14:40"), None));
    assert_eq!(
        refused(reopen(&shop, "14:50")),
        format!("the caller of call-back 1 waits on call-back {other} already")
    );
}

#[test]
fn a_promise_that_only_a_close_met_waits_again_once_the_entry_is_open_again() {
    let cases = [
        (CloseOutcome::NotNeeded, "10:30", false),
        (CloseOutcome::Spam, "14:00", false),
        (CloseOutcome::Reached, "10:30", true),
        (CloseOutcome::WrongNumber, "14:00", true),
    ];
    for (outcome, clock, is_kept) in cases {
        let shop = Shop::new();
        let promised = moment(&at("11:00"));
        let id = shop.waits(PAT, (MONDAY, Some(&at("11:00"))));
        shop.act(("ana", &at("10:10")), |desk, tx| desk.close(tx, id, (outcome, None))).unwrap();
        assert_eq!(shop.ledger(id), [(promised, Some(moment(&at("10:10"))))]);
        let done = shop.act(("ben", &at(clock)), |desk, tx| desk.reopen(tx, id, None)).unwrap();
        let (pending, met_at) =
            if is_kept { (None, Some(moment(&at("10:10")))) } else { (Some(promised), None) };
        assert_eq!((done.entry.promised_at, shop.entry(id).promised_at), (pending, pending), "{outcome}");
        assert_eq!(shop.ledger(id), [(promised, met_at)], "{outcome}");
        assert_eq!(done.entry.due_at == promised, !is_kept, "{outcome}");
        assert_eq!(done.entry.is_broken(moment(&at(clock))), !is_kept && clock == "14:00");
        // Opening it was the slip: the close counts again.
        shop.act(("ben", &at(clock)), |desk, tx| desk.undo(tx, Some(id))).unwrap();
        assert_eq!(shop.ledger(id), [(promised, Some(moment(&at("10:10"))))], "{outcome}");
    }
}

#[test]
fn nobody_has_rung_a_caller_without_a_number() {
    let shop = Shop::new();
    let id = shop.waits("anonymous", (MONDAY, Some(&at("11:00"))));
    let tried = || shop.act(("ana", MONDAY), |desk, tx| desk.tried(tx, id, AttemptOutcome::NoAnswer));
    assert_eq!(
        refused(tried()),
        "nobody can ring a withheld number, and the caller of call-back 1 left no other"
    );
    assert_eq!(shop.ledger(id), [(moment(&at("11:00")), None)], "it keeps no promise");
    shop.write(|tx| {
        let mut stored = tx.call_back(id)?.unwrap();
        stored.entry.typed_number = ringback::call::PhoneNumber::parse("+15550143").ok();
        tx.save_call_back(&stored)
    });
    assert!(tried().is_ok(), "they typed one");
}

#[test]
fn what_is_not_there_is_said_so() {
    let shop = Shop::new();
    shop.waits(PAT, (MONDAY, None));
    let nowhere = ringback::call_back::CallBackId(77);
    let by = ("ana", MONDAY);
    for result in [
        shop.act(by, |desk, tx| desk.take(tx, nowhere)),
        shop.act(by, |desk, tx| desk.note(tx, nowhere, "x")),
        shop.act(by, |desk, tx| desk.undo(tx, Some(nowhere))),
    ] {
        assert_eq!(refused(result), "there is no call-back 77");
    }
}
