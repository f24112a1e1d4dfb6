//! Who is rung: whoever is there at this moment, or stands in.

use std::time::Duration;

use jiff::tz::TimeZone;
use ringback::business::{Away, clock_words};
use ringback::call::PersonName;
use ringback::phone::Clock;
use ringback::settings::{Environment, Home};
use ringback::switchboard::find_settings;

use crate::support::line::{ANA, BEN, FRIDAY, FRONT_DESK, SETTINGS, TestLine, home_with, rings};

const NOBODY: (&str, &str) = ("never answers", "never answers");

/// Ana is rung by name, by area and as half of a team.
const NAMED: &str = r#"
[start]
open = "hello"
[step.hello]
say     = "Hi."
press.1 = { offer = "talk to Ana", go = "ana" }
press.2 = { offer = "for repairs", go = "repairs" }
press.3 = { offer = "talk to the office", go = "office" }
silence = "message"
[step.ana]
ring = "ana"
go = "message"
[step.repairs]
ring = "repairs"
go = "message"
[step.office]
ring-in-turn = "office"
for = "15s"
go = "message"
[step.message]
message = "Leave a message and we'll call back {promise}."
"#;

fn settings() -> String {
    SETTINGS
        .replace("areas = [\"repairs\"]\n", "areas = [\"repairs\"]\nstand_in = \"ben\"\n")
        .replace("areas = [\"billing\", \"repairs\"]", "areas = [\"billing\"]")
        + "[teams]\noffice = [\"ana\", \"ben\"]\n"
}

fn name(text: &str) -> PersonName {
    PersonName::parse(text).unwrap()
}

impl TestLine {
    fn steps_away(&self, person: &str, until: &str) {
        let away = Away { until: until.parse().unwrap(), reason: None };
        let now = self.now();
        self.write(|tx| tx.person_steps_away(&name(person), &away, &name("ana"), now));
    }

    /// The phones that a caller who presses these keys lets ring.
    async fn rung_by(&self, keys: &str) -> Vec<String> {
        let heard = self.rings(keys, NOBODY).await;
        let documents =
            heard.sent.iter().filter_map(|sent| sent.answer.as_ref().ok()).map(|answer| answer.text());
        let numbers = |document: String| -> Vec<String> {
            [ANA, BEN]
                .iter()
                .filter(|phone| document.contains(&format!(">{phone}</Number>")))
                .map(|phone| (*phone).to_owned())
                .collect()
        };
        documents.flat_map(numbers).collect()
    }
}

#[tokio::test]
async fn a_person_who_is_away_is_not_rung_and_the_stand_in_is() {
    let line = TestLine::open_with(&settings(), &[("front-desk", NAMED)]).await;
    assert_eq!(line.rung_by("1").await, [ANA]);
    assert_eq!(line.rung_by("2").await, [ANA]);
    assert_eq!(line.rung_by("3").await, [ANA, BEN]);
    line.steps_away("ana", "2026-11-20T20:00:00Z");
    assert_eq!(line.rung_by("1").await, [BEN]);
    assert_eq!(line.rung_by("2").await, [BEN]);
    assert_eq!(line.rung_by("3").await, [BEN], "each phone once");
    let now = line.now();
    assert!(line.write(|tx| tx.person_comes_back(&name("ana"), now)));
    assert_eq!(line.rung_by("1").await, [ANA]);
}

#[tokio::test]
async fn an_absence_ends_by_itself() {
    let line = TestLine::open_with(&settings(), &[("front-desk", NAMED)]).await;
    line.steps_away("ana", "2026-11-20T18:10:00Z");
    assert_eq!(line.rung_by("1").await, [BEN]);
    line.clock.advance(Duration::from_secs(600));
    assert_eq!(line.rung_by("1").await, [ANA]);
}

#[tokio::test]
async fn when_everybody_is_away_callers_hear_when_the_first_is_back() {
    let line = TestLine::open().await;
    line.steps_away("ana", "2026-11-20T22:00:00Z");
    line.steps_away("ben", "2026-11-20T20:00:00Z");
    let heard = line.rings("1", NOBODY).await;
    assert!(heard.has("open again at 3 p.m."), "{heard}");
    assert!(!heard.to_string().contains("phones ring"), "{heard}");
    let promised = line.entry().stored.entry.promised_at.unwrap();
    assert_eq!(promised, "2026-11-20T21:00:00Z".parse().unwrap());
}

#[tokio::test]
async fn the_longer_the_list_the_later_the_promise() {
    let line = TestLine::open_with(
        &format!("{SETTINGS}[promise]\nwithin = \"15m\"\neach = \"10m\"\n"),
        &[("front-desk", FRONT_DESK)],
    )
    .await;
    for waiting in 0..6 {
        line.call(rings(&format!("+155501{}", 42 + waiting), "1", NOBODY)).await;
        let all = line.call_backs();
        let newest = &all.iter().max_by_key(|line| line.stored.entry.id).unwrap().stored.entry;
        let told = newest.opened_at.duration_until(newest.promised_at.unwrap()).as_mins();
        // Ten minutes for each who waits and this one, up to the next quarter; the call itself took a minute.
        let needs = (10 * (waiting + 1)).max(15);
        assert!((needs - 1..needs + 15).contains(&told), "{told} min with {waiting} waiting");
    }
}

#[tokio::test]
async fn whoever_calls_again_does_not_wait_behind_the_own_call() {
    let line = TestLine::open_with(
        &format!("{SETTINGS}[promise]\nwithin = \"15m\"\neach = \"1h\"\n"),
        &[("front-desk", FRONT_DESK)],
    )
    .await;
    line.rings("1", NOBODY).await;
    let first = line.entry().stored.entry.promised_at.unwrap();
    let heard = line.rings("1", NOBODY).await;
    let entry = line.entry().stored;
    assert_eq!((entry.calls, entry.entry.promised_at), (2, Some(first)));
    let words = clock_words(first.to_zoned(TimeZone::get("America/New_York").unwrap()).time());
    assert_eq!(heard.to_string().matches(&words).count(), 2, "offered and promised, {words}: {heard}");
}

/// Two times to choose from for whoever presses 1.
const TWO_TIMES: &str = r#"
[start]
open = "hello"
[step.hello]
say     = "Hi."
press.1 = { offer = "have us call you", go = "call-me" }
silence = "message"
[step.call-me]
call-back = true
two-times = true
[step.message]
message = "Leave a message."
"#;

#[tokio::test]
async fn the_list_holds_the_time_that_the_caller_chose() {
    for (caller, promised) in [
        ("1, 2", "2026-11-21T17:00:00Z"),
        ("1, 1", "2026-11-20T19:15:00Z"),
        ("1, hang up after 3s", "2026-11-20T19:15:00Z"),
    ] {
        let line = TestLine::with_flow(TWO_TIMES).await;
        let heard = line.rings(caller, NOBODY).await;
        let entry = line.entry().stored.entry;
        assert_eq!(entry.promised_at, Some(promised.parse().unwrap()), "{caller}: {heard}");
        // A call that is promised nothing takes nothing away.
        line.rings("hang up", NOBODY).await;
        assert_eq!(line.entry().stored.entry.promised_at, entry.promised_at);
        let again = TestLine::with_flow(TWO_TIMES).await;
        again.rings("hang up", NOBODY).await;
        again.rings(caller, NOBODY).await;
        assert_eq!(again.entry().stored.entry.promised_at, entry.promised_at, "after a call without");
    }
}

#[tokio::test]
async fn nobody_waits_for_themselves() {
    let line = TestLine::open().await;
    line.call(rings("anonymous", "2, message 9s", NOBODY)).await;
    line.call(rings("anonymous", "2, message 9s", NOBODY)).await;
    line.rings("1", NOBODY).await;
    line.rings("1", NOBODY).await;
    assert_eq!(line.call_backs().len(), 3);
    for call in line.calls() {
        let others = line.write(|tx| {
            let call = tx.take_call(call.id)?.unwrap();
            tx.others_waiting(&call, 200)
        });
        assert_eq!(others, 2, "{:?}", call.caller);
    }
}

#[tokio::test]
async fn a_calendar_that_is_edited_goes_live_and_a_broken_one_does_not() {
    let settings = format!("{SETTINGS}[[closed_on]]\nics = \"holidays.ics\"\n");
    let home = home_with(&settings, &[("front-desk", FRONT_DESK)]);
    let calendar = |date: &str| {
        format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:{date}\nEND:VEVENT\nEND:VCALENDAR\n")
    };
    std::fs::write(home.path().join("holidays.ics"), calendar("20261225")).unwrap();
    let clock = Clock::starting(FRIDAY.parse().unwrap());
    let line = TestLine::open_home(home, clock).await;
    assert!(line.rings("hang up after 1s", NOBODY).await.has("Hi, you've reached"));
    line.edit("holidays.ics", &calendar("20261120"));
    assert!(line.take_up().await);
    assert!(line.rings("hang up after 1s", NOBODY).await.has("open again tonight at midnight"));
    line.edit("holidays.ics", "BEGIN:VCALENDAR\n");
    assert!(!line.take_up().await);
    let found = find_settings(&Home::new(line.home.path()), &Environment::default()).unwrap();
    assert!(found.instead.is_some(), "the settings that were live stand in, so the lists can still be read");
}
