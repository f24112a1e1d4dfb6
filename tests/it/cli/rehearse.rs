//! `rehearse`: as any caller, with what such a call would leave behind, and nothing written.

use std::fs;

use super::{Run, SETTINGS, Shop, assert_tame};

const MORNING: [&str; 2] = ["--at", "2026-11-23 10:05"];

/// A rehearsal on a Monday morning.
fn rehearse(shop: &Shop, arguments: &[&str]) -> Run {
    let run = shop.run(&[&["rehearse"], arguments, &MORNING].concat());
    assert_eq!(run.code, 0, "{}", run.talked);
    // JSON is for programs, which have no margin.
    if !arguments.contains(&"--json") {
        assert_tame(&run);
    }
    run
}

#[test]
fn a_table_is_asked_for_by_voice_and_stands_on_the_list() {
    let shop = Shop::empty();
    let run = rehearse(&shop, &["restaurant", "--keys", "say:a table please,4,say:friday at 7,1"]);
    let expected = "\u{20}0:00  ringback  \"Ridge Plumbing, hello! For a table, press 1. For our opening
                 times, press 2. For anything else, press 3. Or just say it.\"
 0:10  caller    says \"a table please\"
 0:12  ringback  \"For how many people?\"
 0:14  caller    presses 4
 0:14  ringback  \"Thank you. On which day, and at what time? Please say it.\"
 0:21  caller    says \"friday at 7\"
 0:22  ringback  \"I have friday at 7. If that's right, press 1. To change it,
                 press 2.\"
 0:29  caller    presses 1
 0:29  ringback  \"Thank you. A table for 4. We'll call you by 11:15 a.m. to
                 confirm it. Goodbye.\"
 0:37  ringback  hangs up
= missed (asked for a call); a call-back would be on the list, promised by 11:15
  a.m.

The call would be written like this:
  who       +1 555-0142
  outcome   missed: asked for a call
  length    0:37
  path      hello: 1, people, when: 1, confirm
  area      tables
  answers   people: 4, when: friday at 7

And the list of call-backs would show:
id  who          waits  due            about                     owner
 1  +1 555-0142  0 min  by 11:15 a.m.  asked for a call, tables  ana
";
    assert_eq!(run.said, expected);
    assert_eq!(fs::read_dir(shop.folder.path()).unwrap().count(), 0, "nothing is written");
}

#[test]
fn somebody_takes_the_call_by_script_and_hears_who_rings() {
    let shop = Shop::empty();
    let known =
        rehearse(&shop, &["two-tradespeople", "--as", "known", "--name", "Mia Reed", "--answers", "ana@8s"]);
    assert!(known.talked.contains("`greet_by_name = true`"), "{}", known.talked);
    assert!(
        known
            .said
            .contains(" 0:01            phones ring: Ana\n 0:09  Ana       hears \"Mia Reed is calling.")
    );
    assert!(known.said.contains("\n= answered by Ana\n"), "{}", known.said);
    assert!(!known.said.contains("list of call-backs"), "{}", known.said);

    let again = rehearse(&shop, &["two-tradespeople", "--as", "again,vip", "--answers", "ben"]);
    assert!(again.said.contains("hears \"Urgent, new caller."), "{}", again.said);
    assert!(again.said.contains("  who       VIP +1 555-0142\n"), "{}", again.said);

    let late = rehearse(&shop, &["front-desk", "--answers", "ben@40s", "--keys", "1"]);
    assert!(late.said.contains("nobody takes it"), "{}", late.said);

    let greeting = Shop::new();
    fs::write(greeting.home().settings(), format!("{SETTINGS}[callers]\ngreet_by_name = true\n")).unwrap();
    let file = greeting.home().flows().join("two-tradespeople.toml");
    fs::write(file, include_str!("../../../ivr-flows/two-tradespeople.toml")).unwrap();
    let greeted = rehearse(&greeting, &["two-tradespeople", "--as", "known", "--name", "Mia Reed"]);
    assert!(greeted.said.contains("\"Hi Mia Reed, it's Ridge Plumbing.\""), "{}", greeted.said);
    assert_eq!(greeted.talked, "");
}

#[test]
fn a_caller_is_whoever_as_says() {
    let shop = Shop::empty();
    let stranger = rehearse(&shop, &["law-office", "--keys", "t,1,4711#,1"]);
    assert!(stranger.said.contains("To be put through, press "), "{}", stranger.said);
    assert!(stranger.said.contains("  answers   case: 4711\n"), "{}", stranger.said);
    let known = rehearse(&shop, &["law-office", "--as", "known", "--keys", "h"]);
    assert!(!known.said.contains("put through"), "{}", known.said);

    let blocked = rehearse(&shop, &["front-desk", "--as", "blocked"]);
    assert!(blocked.said.contains("does not take the call\n= blocked; only logged\n"), "{}", blocked.said);

    let withheld = rehearse(&shop, &["front-desk", "--as", "withheld", "--keys", "1,5550142#,1"]);
    assert!(withheld.said.contains("  who       number withheld, typed +1 555-0142\n"), "{}", withheld.said);
    assert!(withheld.said.contains("+1 555-0142 (typed)"), "{}", withheld.said);

    let spanish = rehearse(&shop, &["bilingual-shop", "--language", "es", "--keys", "9,1"]);
    assert!(spanish.said.contains("[es] \"Hola, habla Ridge Plumbing."), "{}", spanish.said);
    assert!(spanish.said.contains("[en] \"For English, press 9.\""), "{}", spanish.said);
    assert!(spanish.said.contains("ringback  \"Hi, this is Ridge Plumbing."), "{}", spanish.said);
    assert!(spanish.said.contains("  language  English\n"), "{}", spanish.said);

    let two = shop.run(&["rehearse", "front-desk", "--as", "withheld", "--from", "+15550143"]);
    assert_eq!(two.code, 2, "{}", two.talked);
    assert!(two.talked.contains("error: `+15550143` is no withheld number\nhint: "), "{}", two.talked);
}

#[test]
fn words_are_heard_only_where_a_flow_listens() {
    let run = rehearse(&Shop::empty(), &["front-desk", "--keys", "say:call me back,2"]);
    assert!(run.said.contains("says \"call me back\", and nobody listens here\n"), "{}", run.said);
    assert!(run.said.contains("leaves a message of 10 s"), "{}", run.said);
}

#[test]
fn programs_get_what_was_heard_and_the_rows() {
    let json = rehearse(&Shop::empty(), &["dental-practice", "--keys", "1", "--json"]).json();
    assert_eq!(json["heard"][0]["who"], "ringback");
    assert_eq!(json["heard"][0]["seconds"], 0.0);
    assert_eq!(json["call"]["outcome"], "missed");
    assert_eq!(json["call"]["reason"], "rang_out");
    assert_eq!(json["call"]["path"][0]["key"], "1");
    assert_eq!(json["call_back"]["owner"], "ben");
    assert_eq!(json["call_back"]["area"], "pain");
    assert_eq!(json["call_back"]["promised_at"], "2026-11-23T11:15:00-05:00");
    assert_eq!(json["joins"], serde_json::Value::Null);
    let answered =
        rehearse(&Shop::empty(), &["dental-practice", "--keys", "1", "--answers", "ben", "--json"]).json();
    assert_eq!(answered["call"]["answered_by"], "ben");
    assert_eq!(answered["call_back"], serde_json::Value::Null);
}

#[test]
fn a_caller_who_waits_already_joins_the_open_entry() {
    let shop = Shop::with_calls();
    let run = shop.run(&["rehearse", "front-desk", "--keys", "h", "--as", "known"]);
    assert!(run.said.contains("\nIt would join call-back 1, which is open.\n"), "{}", run.said);
    let run = shop.run(&["rehearse", "front-desk", "--answers", "ben", "--json"]);
    assert_eq!(run.json()["joins"], 1);
}

#[test]
fn the_same_callers_can_be_played_over_http() {
    let shop = Shop::empty();
    let http = |arguments: &[&str]| rehearse(&shop, &[arguments, &["--http"]].concat()).said;
    let again = http(&["two-tradespeople", "--as", "again,vip", "--answers", "ben@3s", "--keys=-"]);
    assert!(again.contains("We're ringing everybody."), "{again}");
    assert!(again.contains("0:05  Ben       picks up\n"), "{again}");
    let spoken = http(&["restaurant", "--keys", "say:when are you open"]);
    assert!(spoken.contains("Dinner is from 5 to 10 p.m."), "{spoken}");
    let tested = shop.run(&["rehearse", "law-office", "--keys", "t,1", "--http"]);
    assert_eq!(tested.code, 2);
    assert!(tested.talked.contains("hint: call as somebody who is not tested"), "{}", tested.talked);
}

#[test]
fn a_business_begins_with_any_shipped_flow() {
    let shop = Shop::empty();
    let answers = ["--business", "The Copper Pan", "--time-zone", "America/New_York", "--line", "+15550100"];
    let flow = ["--person", "Ana=+15550101", "--flow", "restaurant", "--yes"];
    let run = shop.run(&[&["init"], &answers[..], &flow].concat());
    assert_eq!(run.code, 0, "{}", run.talked);
    assert!(run.said.contains("ivr-flows/restaurant.toml is fine"), "{}", run.said);
    let settings = fs::read_to_string(shop.home().settings()).unwrap();
    assert!(settings.contains("areas = [\"tables\"]"), "{settings}");
    assert!(!shop.home().flows().join("front-desk.toml").exists());
    let wrong = Shop::empty().run(&["init", "--flow", "restorant", "--yes"]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.talked.contains("did you mean `restaurant`?"), "{}", wrong.talked);
}
