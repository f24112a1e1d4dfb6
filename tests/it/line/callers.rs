//! Callers whom the business knows: what people hear of them, and who is refused.

use std::time::Duration;

use ringback::call::{Caller, PersonName, PhoneNumber};
use ringback::phone::{Ended, Heard, Script};

use crate::support::line::{ANA, CALLER, LINE, SETTINGS, TWO_AREAS, TestLine, rings};

const NOBODY: (&str, &str) = ("never answers", "never answers");

fn number(text: &str) -> PhoneNumber {
    PhoneNumber::parse(text).unwrap()
}

fn ana() -> PersonName {
    PersonName::parse("ana").unwrap()
}

fn is_refused(heard: &Heard) -> bool {
    matches!(heard.ended, Ended::Rejected { .. })
}

#[tokio::test]
async fn whoever_picks_up_hears_the_name_of_the_address_book() {
    let line = TestLine::with_flow(TWO_AREAS).await;
    line.write(|tx| tx.set_name(&number(CALLER), Some("Mia Reed"), Some("contacts.csv")));
    let mut script = Script::new(CALLER, LINE).caller("1").unwrap().person(ANA, "accepts after 5s").unwrap();
    script.caller_name = Some("WIRELESS CALLER".to_owned());
    let heard = line.call(script).await;
    assert!(heard.has("Repairs, Mia Reed. Press any key."), "{heard}");
    let call = line.calls().remove(0);
    assert_eq!(
        (call.name.as_deref(), call.caller_name.as_deref()),
        (Some("Mia Reed"), Some("WIRELESS CALLER"))
    );
}

#[tokio::test]
async fn a_broken_promise_is_before_a_vip_and_a_vip_before_a_returning_caller() {
    let line = TestLine::open().await;
    let (returning, vip, promised) = ("+15550144", "+15550145", "+15550146");
    line.write(|tx| tx.set_vip(&number(vip), true));
    line.call(rings(returning, "", ("accepts after 2s", "never answers"))).await;
    line.call(rings(returning, "hang up after 1s", NOBODY)).await;
    line.call(rings(vip, "hang up after 1s", NOBODY)).await;
    line.call(rings(promised, "1", NOBODY)).await;
    let order = || {
        let list = line.call_backs();
        list.iter().map(|one| one.stored.entry.caller.identity().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(order(), [vip, returning, promised]);
    assert!(line.call_backs()[0].vip && line.calls()[1].vip);
    line.clock.advance(Duration::from_secs(3 * 3600));
    assert_eq!(order(), [promised, vip, returning]);
}

#[tokio::test]
async fn whoever_is_allowed_gets_through_though_blocked() {
    let line = TestLine::open().await;
    let now = line.now();
    line.write(|tx| tx.block(&number(CALLER), &ana(), now));
    assert!(is_refused(&line.rings("", NOBODY).await));
    line.write(|tx| tx.allow(&number(CALLER), &ana(), now));
    line.rings("", ("accepts after 1s", "never answers")).await;
    assert_eq!(line.outcome(), "answered by ana");
    line.write(|tx| tx.disallow(&number(CALLER)));
    assert!(is_refused(&line.rings("", NOBODY).await));
}

#[tokio::test]
async fn a_blocked_number_that_became_one_of_our_own_is_not_refused() {
    let line = TestLine::open().await;
    let now = line.now();
    for ours in [ANA, "+15550143"] {
        line.write(|tx| tx.block(&number(ours), &ana(), now));
    }
    let heard = line.call(rings(ANA, "hang up after 1s", NOBODY)).await;
    assert!(!is_refused(&heard), "{heard}");
    assert!(is_refused(&line.call(rings("+15550143", "", NOBODY)).await));
    line.edit("ringback.toml", &format!("{SETTINGS}[people.cleo]\nnumber = \"+15550143\"\n"));
    assert!(line.take_up().await);
    assert!(!is_refused(&line.call(rings("+15550143", "hang up after 1s", NOBODY)).await));
}

#[tokio::test]
async fn what_the_network_says_of_the_number_stays_with_the_call() {
    let line = TestLine::open().await;
    for (verstat, attested) in [
        (Some("TN-Validation-Passed-A"), true),
        (Some("TN-Validation-Passed-A-Diverted"), false),
        (Some("TN-Validation-Passed-B"), false),
        (None, false),
    ] {
        let mut script = rings(CALLER, "1", NOBODY);
        script.verstat = verstat.map(str::to_owned);
        line.call(script).await;
        assert_eq!(line.calls()[0].attested, attested, "{verstat:?}");
        line.clock.advance(Duration::from_secs(3600));
    }
}

#[tokio::test]
async fn who_was_talked_with_is_known_by_the_next_call() {
    let line = TestLine::open().await;
    line.rings("", ("never answers", "accepts after 4s")).await;
    let about = line.read(|tx| tx.acquaintance(&Caller::read(CALLER)).unwrap());
    assert!(about.is_known() && about.answered_before, "{about:?}");
    assert_eq!(about.last_spoke_with, PersonName::parse("ben").ok());
}
