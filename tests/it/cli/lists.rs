//! What is listed, as JSON and as text.

use ringback::call_back::CallBackId;
use serde_json::Value;

use super::{HOSTILE, Shop};

#[test]
fn without_a_database_lists_are_empty_and_none_is_made() {
    let shop = Shop::new();
    let cases: [(&[&str], &str); 8] = [
        (&["calls"], "No calls yet.\n"),
        (&["missed"], "No missed calls.\n"),
        (&["call-backs"], "Nobody is waiting.\n"),
        (&["call-backs", "--mine", "--as", "ana"], "Nobody is waiting for you.\n"),
        (&["callers", "list", "--blocked"], "Nobody is blocked.\n"),
        (&["away"], "Nobody is away.\n"),
        (&["away", "off"], "Nobody was away.\n"),
        (&["calls", "--json"], "[]\n"),
    ];
    for (arguments, said) in cases {
        let run = shop.run(arguments);
        assert_eq!((run.code, run.said.as_str()), (0, said), "{arguments:?} {}", run.talked);
    }
    for arguments in [["missed", "--json"], ["call-backs", "--json"]] {
        assert_eq!(shop.run(&arguments).said, "[]\n");
    }
    let run = shop.run(&[]);
    assert!(run.code == 0 && run.said.contains("No call has ever come in."), "{}", run.said);
    assert_eq!(shop.run(&["call-backs", "take", "1", "--as", "ana"]).code, 1);
    assert_eq!(shop.run(&["callers", "unblock", "+15550142"]).code, 1);
    assert!(!shop.home().database().exists());
}

#[test]
fn calls_as_json_have_the_shape_that_programs_rely_on() {
    let calls = Shop::with_calls().run(&["calls", "--json"]).json();
    let ids: Vec<&str> =
        calls.as_array().unwrap().iter().map(|call| call["call_id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["CA3", "CA2", "CA1"], "newest first");

    let answered = &calls[2];
    assert_eq!((&answered["outcome"], &answered["reason"]), (&"answered".into(), &Value::Null));
    assert_eq!((&answered["answered_by"], &answered["seconds"]), (&"ana".into(), &65.into()));
    assert_eq!((&answered["recording"], &answered["call_back"]), (&Value::Null, &Value::Null));

    let missed = &calls[1];
    assert_eq!((&missed["outcome"], &missed["reason"]), (&"missed".into(), &"rang_out".into()));
    assert_eq!((&missed["caller"], &missed["withheld"]), (&"+15550142".into(), &false.into()));
    assert_eq!((&missed["line"], &missed["provider"]), (&"+15550100".into(), &"twilio".into()));
    assert_eq!((&missed["caller_name"], &missed["call_back"]), (&HOSTILE.into(), &1.into()));
    assert_eq!(missed["path"], Value::Array(vec![]));

    let message = &calls[0];
    assert_eq!((&message["caller"], &message["withheld"]), (&Value::Null, &true.into()));
    assert_eq!(message["recording"]["seconds"], 12);
    let at = message["at"].as_str().unwrap();
    assert!(at.ends_with("-05:00") || at.ends_with("-04:00"), "{at} is not in the business's zone");
    for key in ["id", "ended_at", "accepted_at", "flow", "flow_version"] {
        assert!(message.get(key).is_some(), "{key}");
    }
}

#[test]
fn json_loses_nothing_and_acts_on_no_terminal() {
    let run = Shop::with_calls().run(&["calls", "--json"]);
    assert_eq!(run.json()[1]["caller_name"], HOSTILE);
    let acts = |c: char| c != '\n' && c.is_control() || c == '\u{202e}' || c == '\u{200b}';
    assert!(!run.said.contains(acts), "{:?}", run.said);
}

#[test]
fn missed_lists_missed_calls_only_and_as_many_as_asked_for() {
    let shop = Shop::with_calls();
    assert_eq!(shop.run(&["missed", "--json"]).json().as_array().unwrap().len(), 2);
    assert_eq!(shop.run(&["missed", "--json", "--limit", "1"]).json()[0]["call_id"], "CA3");
    assert_eq!(shop.run(&["calls", "--json", "--all"]).json().as_array().unwrap().len(), 3);
    let run = shop.run(&["calls", "--limit", "2"]);
    assert_eq!(run.said.lines().count(), 3, "{}", run.said);
    assert_eq!(run.talked, "There are older ones; `--all` shows them.\n");
    assert_eq!(shop.run(&["calls", "--limit", "2", "--all"]).code, 2);
}

#[test]
fn the_list_as_json_is_in_its_order_and_shape() {
    let list = Shop::with_calls().run(&["call-backs", "--json"]).json();
    let broken = &list[0];
    assert_eq!((&broken["id"], &broken["broken"]), (&1.into(), &true.into()));
    assert_eq!((&broken["caller"], &broken["line"]), (&"+15550142".into(), &"+15550100".into()));
    assert_eq!((&broken["owner"], &broken["area"]), (&"ana".into(), &"repairs".into()));
    assert_eq!((&broken["standing"], &broken["reason"]), (&"waiting".into(), &"rang_out".into()));
    assert_eq!((&broken["calls"], &broken["outcome"]), (&1.into(), &Value::Null));
    assert_eq!((&broken["attempts"], &broken["notes"]), (&Value::Array(vec![]), &Value::Array(vec![])));
    assert_eq!((&list[1]["caller"], &list[1]["broken"]), (&Value::Null, &false.into()));
    for key in ["opened_at", "due_at", "promised_at", "first_call_at", "last_call_at", "typed_number"] {
        assert!(broken.get(key).is_some(), "{key}");
    }
}

#[test]
fn what_people_have_seen_is_remembered() {
    let shop = Shop::with_calls();
    let seen = || {
        let mut reader = ringback::store::Reader::open(&shop.home().database()).unwrap().unwrap();
        reader.read(|tx| Ok(tx.call_back(CallBackId(2))?.unwrap().seen)).unwrap()
    };
    assert!(!seen());
    shop.run(&["call-backs"]);
    assert!(seen());
}

#[test]
fn a_message_is_shown_with_its_link() {
    let shop = Shop::with_calls();
    let run = shop.run(&["play", "3"]);
    assert_eq!(run.code, 0, "{}", run.talked);
    let link = "https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE1";
    assert_eq!(run.said, format!("Message of 0:12 from number withheld, 10 min ago\n{link}\n"));
    let run = shop.run(&["play", "2"]);
    assert_eq!(run.code, 1);
    assert!(run.talked.starts_with("error: call 2 has no message: "), "{}", run.talked);
    assert_eq!(shop.run(&["play", "77"]).code, 1);
    let run = shop.run(&["play", "3", "--save", "message.mp3"]);
    assert_eq!(run.code, 1);
    assert!(run.talked.contains("hint: set RINGBACK_TWILIO_AUTH_TOKEN"), "{}", run.talked);
}
