//! Taking, giving up and handing over: one owner always, and nobody owns what they did not say yes to.

use ringback::call_back::{CallBackId, CloseOutcome, Offer, Standing};
use ringback::follow_up::{Came, Done, Refusal, lapse_offers};

use super::{MONDAY, SETTINGS, Shop, at, business, moment, name, refused};

const PAT: &str = "+15550142";

impl Shop {
    fn offer(&self, id: CallBackId, (by, clock): (&str, &str), to: &str) -> Result<Done, Refusal> {
        self.act((by, &at(clock)), |desk, tx| desk.offer(tx, id, &name(to)))
    }

    fn lapse(&self, clock: &str) -> usize {
        let now = moment(&at(clock));
        self.write(|tx| lapse_offers(tx, now))
    }
}

#[test]
fn whoever_takes_it_owns_it_and_the_second_is_told_who_and_when() {
    let shop = Shop::new();
    let id = shop.waits(PAT, (MONDAY, None));
    let done = shop.act(("ben", &at("10:01")), |desk, tx| desk.take(tx, id)).unwrap();
    assert_eq!((done.came, done.entry.owner), (Came::Taken { from: Some(name("ana")) }, name("ben")));
    let again = shop.act(("ben", &at("10:02")), |desk, tx| desk.take(tx, id)).unwrap();
    assert_eq!(again.came, Came::TakenAlready);
    let late = shop.act(("cleo", &at("10:03")), |desk, tx| desk.take(tx, id)).unwrap_err();
    assert_eq!(late.to_string(), "ben took call-back 1 already");
    let done = shop.act(("ana", &at("10:04")), |desk, tx| desk.release(tx, id)).unwrap();
    assert_eq!(done.came, Came::Released { holder: name("ben") });
    assert_eq!((done.entry.owner, done.entry.standing), (name("ben"), Standing::Waiting));
    let twice = shop.act(("ana", &at("10:05")), |desk, tx| desk.release(tx, id));
    assert_eq!(refused(twice), "nobody is on call-back 1");
    assert_eq!(shop.history(id), ["ben taken: from ana", "ana released: from ben"]);
}

#[test]
fn an_offer_waits_for_a_yes() {
    let shop = Shop::new();
    let id = shop.waits(PAT, (MONDAY, None));
    let done = shop.offer(id, ("ana", "10:00"), "ben").unwrap();
    let offer = Offer { to: name("ben"), by: name("ana"), until: moment(&at("10:30")) };
    assert_eq!(done.came, Came::Offered { offer, instead_of: None, back_at: None });
    assert_eq!(done.entry.owner, name("ana"));
    let cleo = shop.act(("cleo", &at("10:05")), |desk, tx| desk.accept(tx, id));
    assert_eq!(refused(cleo), "ben is asked to have call-back 1");
    shop.act(("ben", &at("10:10")), |desk, tx| desk.decline(tx, id)).unwrap();
    assert_eq!(shop.entry(id).owner, name("ana"));
    shop.offer(id, ("ana", "10:11"), "ben").unwrap();
    let done = shop.act(("ben", &at("10:12")), |desk, tx| desk.accept(tx, id)).unwrap();
    assert_eq!(
        (done.came, done.entry.owner),
        (Came::Accepted { from: name("ana"), holder: None }, name("ben"))
    );
    assert_eq!(
        shop.history(id),
        ["ana offered: to ben", "ben declined", "ana offered: to ben", "ben accepted: from ana"]
    );
}

#[test]
fn taking_what_one_is_asked_for_is_a_yes() {
    let shop = Shop::new();
    let id = shop.waits(PAT, (MONDAY, None));
    shop.act(("ana", &at("10:00")), |desk, tx| desk.take(tx, id)).unwrap();
    shop.offer(id, ("ana", "10:01"), "ben").unwrap();
    let cleo = shop.act(("cleo", &at("10:02")), |desk, tx| desk.take(tx, id));
    assert_eq!(refused(cleo), "ana took call-back 1 already");
    let done = shop.act(("ben", &at("10:03")), |desk, tx| desk.take(tx, id)).unwrap();
    assert_eq!(done.entry.holder().unwrap().unwrap().0, name("ben"));
    assert_eq!(shop.history(id).last().unwrap(), "ben accepted: from ana, and is on it");
}

#[test]
fn an_offer_lapses_after_half_an_hour_of_open_time() {
    let shop = Shop::new();
    let id = shop.waits(PAT, (MONDAY, None));
    // Noon to one is lunch.
    shop.offer(id, ("ana", "11:45"), "ben").unwrap();
    assert_eq!(shop.lapse("13:14"), 0);
    assert_eq!(shop.lapse("13:15"), 1);
    assert_eq!(shop.lapse("13:16"), 0);
    assert_eq!((shop.entry(id).owner, shop.entry(id).offer), (name("ana"), None));
    assert_eq!(shop.history(id).last().unwrap(), "ringback lapsed: ben was asked; it stays ana's");
    let late = shop.act(("ben", &at("13:20")), |desk, tx| desk.accept(tx, id));
    assert_eq!(refused(late), "nobody is asked to have call-back 1");
}

#[test]
fn an_offer_does_not_outlive_a_promise() {
    let cases =
        [("10:00", "10:30"), ("10:40", "11:00"), ("10:57", "11:02"), ("11:20", "11:25"), ("11:58", "13:03")];
    for (clock, until) in cases {
        let shop = Shop::new();
        let id = shop.waits(PAT, (MONDAY, Some(&at("11:00"))));
        let done = shop.offer(id, ("ana", clock), "ben").unwrap();
        assert_eq!(done.entry.offer.unwrap().until, moment(&at(until)), "{clock}");
    }
}

#[test]
fn a_deed_finds_an_offer_that_lapsed_before_it() {
    let shop = Shop::new();
    let id = shop.waits(PAT, (MONDAY, None));
    shop.offer(id, ("ana", "10:00"), "ben").unwrap();
    shop.act(("ben", &at("10:40")), |desk, tx| desk.take(tx, id)).unwrap();
    let told =
        ["ana offered: to ben", "ringback lapsed: ben was asked; it stays ana's", "ben taken: from ana"];
    assert_eq!(shop.history(id), told);
}

#[test]
fn whoever_stands_in_is_asked_for_who_is_not_there() {
    let shop = Shop::new();
    shop.steps_away("ben", "2026-11-25T10:00:00-05:00");
    let id = shop.waits(PAT, (MONDAY, None));
    let done = shop.offer(id, ("ana", "10:00"), "ben").unwrap();
    let offer = Offer { to: name("cleo"), by: name("ana"), until: moment(&at("10:30")) };
    assert_eq!(done.came, Came::Offered { offer, instead_of: Some(name("ben")), back_at: None });
    assert_eq!(shop.history(id), ["ana offered: to cleo, who stands in for ben"]);

    let done = shop.offer(id, ("cleo", "10:05"), "ben").unwrap();
    assert_eq!(done.came, Came::Owned { from: name("ana"), instead_of: Some(name("ben")) });
    assert_eq!((done.entry.owner, done.entry.offer), (name("cleo"), None));
    let pointless = shop.offer(id, ("ana", "10:06"), "ben");
    assert_eq!(refused(pointless), "ben is not there, and cleo, whose call-back 1 is, stands in for them");
}

#[test]
fn where_nobody_stands_in_the_question_waits_until_they_are_back() {
    let shop = Shop::new();
    shop.steps_away("cleo", "2026-11-24T11:50:00-05:00");
    let id = shop.waits(PAT, (MONDAY, None));
    let done = shop.offer(id, ("ana", "10:00"), "cleo").unwrap();
    let back_at = Some(moment("2026-11-24T11:50:00-05:00"));
    let until = moment("2026-11-24T13:20:00-05:00");
    let offer = Offer { to: name("cleo"), by: name("ana"), until };
    assert_eq!(done.came, Came::Offered { offer, instead_of: None, back_at });
}

#[test]
fn who_asks_themselves_owns_it_at_once_unless_somebody_is_on_it() {
    let shop = Shop::new();
    let id = shop.waits(PAT, (MONDAY, None));
    let own = shop.offer(id, ("ana", "10:00"), "ana");
    assert_eq!(refused(own), "call-back 1 is ana's already");
    let done = shop.offer(id, ("ben", "10:01"), "ben").unwrap();
    assert_eq!(done.came, Came::Owned { from: name("ana"), instead_of: None });
    assert_eq!((done.entry.owner, done.entry.standing), (name("ben"), Standing::Waiting));
    shop.act(("ben", &at("10:02")), |desk, tx| desk.take(tx, id)).unwrap();
    assert_eq!(refused(shop.offer(id, ("cleo", "10:03"), "cleo")), "ben took call-back 1 already");
    assert_eq!(refused(shop.offer(id, ("cleo", "10:03"), "ben")), "call-back 1 is ben's already");
    assert_eq!(refused(shop.offer(id, ("cleo", "10:03"), "dora")), "nobody here is called `dora`");
    assert_eq!(shop.history(id), ["ben handed-over: from ana to ben", "ben taken"]);
}

#[test]
fn closing_ends_an_offer() {
    let shop = Shop::new();
    let id = shop.waits(PAT, (MONDAY, None));
    shop.offer(id, ("ana", "10:00"), "ben").unwrap();
    let by = ("ana", &*at("10:05"));
    shop.act(by, |desk, tx| desk.close(tx, id, (CloseOutcome::NotNeeded, None))).unwrap();
    assert_eq!(shop.entry(id).offer, None);
    assert_eq!(shop.lapse("12:00"), 0);
    let late = shop.act(("ben", &at("10:06")), |desk, tx| desk.accept(tx, id));
    assert_eq!(refused(late), "call-back 1 was closed by ana: not-needed");
}

#[test]
fn who_is_off_duty_is_asked_in_open_time() {
    let mut shop = Shop::new();
    let mornings = "number = \"+15550103\"\nhours = { monday = \"08:00-11:00\", tuesday = \"08:00-11:00\" }";
    shop.business = business(&SETTINGS.replace("number = \"+15550103\"", mornings));
    let id = shop.waits(PAT, (MONDAY, None));
    let done = shop.offer(id, ("ana", "11:30"), "cleo").unwrap();
    let Came::Offered { offer, back_at, .. } = done.came else { panic!("{:?}", done.came) };
    assert_eq!(back_at, Some(moment("2026-11-24T08:00:00-05:00")));
    assert_eq!(offer.until, moment("2026-11-24T08:30:00-05:00"));
}
