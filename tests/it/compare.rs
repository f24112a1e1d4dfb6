//! Two versions of a flow, set against each other: by every way through them, and by calls that there were.

use ringback::business::{Business, Hours};
use ringback::call::Outcome;
use ringback::compare::{Difference, Doubt, PastCall, Replay, Version, diff, replay};
use ringback::flow::Flow;
use ringback::language::Rate;
use ringback::walk::{Ground, Moments};

use crate::ridge;
use crate::support::line::{FRONT_DESK, TestLine};

const NOBODY: (&str, &str) = ("never answers", "never answers");

fn difference(old: &str, new: &str) -> Difference {
    let business = ridge::business();
    let (old, new) = (ridge::flow_text("front-desk", old), ridge::flow_text("front-desk", new));
    let ground = |flow| Ground { flow, business: &business, rate: Rate::default(), audio: &|_| None };
    let moments = Moments::of(&business, ridge::local(&business, "2026-11-18 10:00"));
    diff(&Version { old: ground(&old), new: ground(&new) }, &moments).expect("flows of a sensible size")
}

/// `open: presses nothing: a message 41 → 46`, one line for each change.
fn lines(difference: &Difference) -> Vec<String> {
    let changes = difference.changes.iter().flat_map(|(situations, changes)| {
        changes.iter().map(move |change| {
            let reach = |reach: &Option<ringback::compare::Reach>| {
                reach.as_ref().map_or("-".to_owned(), |reach| format!("{} {}", reach.end, reach.seconds))
            };
            format!(
                "{}: {}: {} → {}",
                situations[0],
                change.path,
                reach(&change.before),
                reach(&change.after)
            )
        })
    });
    changes.collect()
}

#[test]
fn what_no_caller_notices_is_no_difference() {
    let reworded =
        FRONT_DESK.replace("# nobody came to the phone", "").replace("step.busy", "step.nobody-free");
    let reworded = reworded.replace("go   = \"busy\"", "go   = \"nobody-free\"");
    assert_ne!(reworded, FRONT_DESK);
    assert!(difference(FRONT_DESK, &reworded).is_none());
}

#[test]
fn a_longer_ring_is_told_in_seconds_on_every_way_behind_it() {
    let longer = FRONT_DESK.replace("\"20s\"", "\"25s\"");
    let found = difference(FRONT_DESK, &longer);
    let open: Vec<_> = lines(&found).into_iter().filter(|line| line.starts_with("while open: ")).collect();
    assert!(open.iter().any(|line| line == "while open: : a person 22 → a person 27"), "{open:#?}");
    let five_more = found.changes.iter().flat_map(|(_, changes)| changes).all(|change| {
        change.before.zip(change.after).is_some_and(|(before, after)| after.seconds == before.seconds + 5)
    });
    assert!(five_more, "{open:#?}");
    let (before, after) = (found.before.person.unwrap(), found.after.person.unwrap());
    assert_eq!((after.lasts - before.lasts).as_secs(), 5);
}

#[test]
fn callers_of_a_new_language_are_set_against_those_of_the_same_hours() {
    let text = |en: &str| format!("{{ en = \"{en}\", es = \"{en}\" }}");
    let flow = |head: &str, text: &dyn Fn(&str) -> String| {
        format!(
            "{head}[start]\nopen = \"phones\"\nclosed = \"message\"\n[step.phones]\nring = \"on-duty\"\ngo = \"message\"\n\
             [step.message]\nmessage = {}\n",
            text("We ring you back {promise}.")
        )
    };
    let plain = |en: &str| format!("\"{en}\"");
    let found = difference(&flow("", &plain), &flow("languages = [\"en\", \"es\"]\n", &text));
    let rung: Vec<_> = lines(&found)
        .into_iter()
        .filter(|line| line.starts_with("outside") && line.contains("person"))
        .collect();
    assert_eq!(rung, Vec::<String>::new(), "nobody was rung outside opening hours, and nobody is");
}

#[test]
fn a_choice_that_is_gone_and_one_that_is_new_are_told_by_their_words() {
    let other = FRONT_DESK
        .replace("\"leave a message\"", "\"talk to Ana\"")
        .replace("go = \"message\" }", "go = \"ana\" }");
    let other = format!("{other}\n[step.ana]\nring = \"ana\"\nfor = \"20s\"\ngo = \"message\"\n");
    let found = lines(&difference(FRONT_DESK, &other));
    let is_told = |what: &str| found.iter().any(|line| line.contains(what));
    assert!(is_told("\"talk to Ana\" (2): - → a person"), "{found:#?}");
    let away = difference(&other, FRONT_DESK);
    assert!(lines(&away).iter().any(|line| line.contains("\"talk to Ana\" (2): a person")), "{away:#?}");
}

#[test]
fn an_offer_that_is_only_worded_anew_is_the_same_choice() {
    let reworded = FRONT_DESK.replace("\"leave a message\"", "\"leave word\"");
    let found = lines(&difference(FRONT_DESK, &reworded));
    assert!(
        !found.is_empty() && found.iter().all(|line| !line.contains("- →") && !line.contains("→ -")),
        "{found:#?}"
    );
}

/// Always open, as the settings of a test line say.
fn open_shop() -> Business {
    Business { hours: Hours::Always, ..ridge::business() }
}

fn past(line: &TestLine) -> Vec<PastCall> {
    let calls = line.read(|tx| tx.past_calls("2026-11-01T00:00:00Z".parse().unwrap()).unwrap());
    calls.into_iter().map(|(call, _)| call).collect()
}

fn through(calls: &[PastCall], old: &Flow, new: &Flow) -> Replay {
    let calls: Vec<_> = calls.iter().map(|call| (call.clone(), old)).collect();
    replay(&calls, new, &open_shop())
}

fn told(replay: &Replay) -> Vec<String> {
    let word = |outcome: &Outcome| outcome.reason_word().unwrap_or(outcome.word()).to_owned();
    let told = replay.changed.iter().map(|changed| {
        let (from, to) = (word(&changed.from.outcome), word(&changed.to.outcome));
        format!("{}: {from} → {to}", changed.index)
    });
    told.collect()
}

/// Every kind of call that there is.
async fn a_day(line: &TestLine) {
    line.rings("", ("accepts after 5s and talks 90s", "never answers")).await;
    line.rings("1", NOBODY).await;
    line.rings("2, message 12s", NOBODY).await;
    line.rings("2, message 12s #", NOBODY).await;
    line.rings("hang up after 1s", NOBODY).await;
    line.rings("hang up after 12s of ringing", NOBODY).await;
    line.rings("hang up after 30s", NOBODY).await;
    line.rings("silence, silence, silence, message 0s", NOBODY).await;
    line.rings("", ("voicemail after 8s", "never answers")).await;
    line.rings("9, 1", NOBODY).await;
    line.rings("0", NOBODY).await;
}

#[tokio::test]
async fn the_same_flow_changes_nothing_for_anybody() {
    let line = TestLine::open().await;
    a_day(&line).await;
    let calls = past(&line);
    let flow = ridge::flow_text("front-desk", FRONT_DESK);
    let replay = through(&calls, &flow, &flow);
    assert_eq!(told(&replay), Vec::<String>::new());
    let outcomes: Vec<_> = calls.iter().map(|call| (call.id, &call.outcome)).collect();
    assert_eq!(replay.left_out, [], "{outcomes:#?}");
    assert_eq!((replay.calls, replay.before.answered, replay.before.missed), (11, 1, 10));
    assert_eq!(replay.before, replay.after);
}

#[tokio::test]
async fn people_who_were_quick_enough_then_are_not_when_it_rings_for_less() {
    let line = TestLine::open().await;
    line.rings("", ("accepts after 15s and talks 90s", "never answers")).await;
    let flow = ridge::flow_text("front-desk", FRONT_DESK);
    let shorter = ridge::flow_text("front-desk", &FRONT_DESK.replace("\"20s\"", "\"5s\""));
    let replay = through(&past(&line), &flow, &shorter);
    assert_eq!(told(&replay), ["0: answered → voicemail_empty"]);
    assert!(replay.changed[0].to.doubts.contains(&Doubt::Choice));
    assert_eq!((replay.before.answered, replay.after.answered), (1, 0));
    assert!(replay.before.median_to_person.is_some() && replay.after.median_to_person.is_none());
}

#[tokio::test]
async fn a_menu_before_the_phones_costs_an_answered_caller_seconds() {
    let line = TestLine::open().await;
    line.rings("", ("accepts after 5s and talks 90s", "never answers")).await;
    let flow = ridge::flow_text("front-desk", FRONT_DESK);
    let longer = FRONT_DESK.replace(
        "Hi, you've reached {business}.",
        "Hi, you've reached {business}, and we are glad that you rang.",
    );
    let replay = through(&past(&line), &flow, &ridge::flow_text("front-desk", &longer));
    let changed = &replay.changed[0];
    let (from, to) = (changed.from.to_person.unwrap(), changed.to.to_person.unwrap());
    assert_eq!((to - from).as_millis(), 7 * 395, "seven words more");
}

#[tokio::test]
async fn a_caller_chooses_what_is_about_the_same_under_another_key() {
    let line = TestLine::open().await;
    line.rings("2, message 12s", NOBODY).await;
    line.rings("1", NOBODY).await;
    let flow = ridge::flow_text("front-desk", FRONT_DESK);
    let swapped = FRONT_DESK.replace(
        "press.1 = { offer = \"have us call you back",
        "press.3 = { offer = \"have us call you back",
    );
    let replay = through(&past(&line), &flow, &ridge::flow_text("front-desk", &swapped));
    assert_eq!((told(&replay), replay.left_out.len()), (Vec::new(), 0));
}

#[tokio::test]
async fn who_hung_up_hangs_up_after_the_same_time() {
    let line = TestLine::open().await;
    line.rings("hang up after 12s", NOBODY).await;
    let flow = ridge::flow_text("front-desk", FRONT_DESK);
    let at_once = FRONT_DESK.replace("for  = \"20s\"", "for  = \"5s\"");
    let replay = through(&past(&line), &flow, &ridge::flow_text("front-desk", &at_once));
    // Rung out is rung out, a few seconds later in the choice.
    assert_eq!((told(&replay), replay.left_out.len()), (Vec::new(), 0));
    let refused = "[start]\nopen = \"message\"\n[step.message]\nmessage = \"Leave a message.\"\n";
    let replay = through(&past(&line), &flow, &ridge::flow_text("front-desk", refused));
    assert_eq!(told(&replay), ["0: rang_out → voicemail_empty"]);
    assert!(replay.changed[0].to.doubts.contains(&Doubt::Message));
}
