//! `report` and `digest`, as people and cron run them.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use ringback::call::{Caller, MissedReason, Outcome};
use ringback::call_back::{CloseOutcome, Deed, Standing};
use ringback::clock;
use ringback::store::CallBackEvent;
use rusqlite::Connection;

use super::{SETTINGS, Shop, ana, assert_tame, call, line, minutes};

#[test]
fn a_report_says_what_the_last_days_were_like() {
    let shop = Shop::with_calls();
    let run = shop.run(&["report"]);
    assert_eq!(run.code, 0, "{}", run.talked);
    assert!(
        run.said.contains("3 calls, 1 answered (33%), 2 missed; 1 promise broken, 1 still open."),
        "{}",
        run.said
    );
    assert_tame(&run);
    let json = shop.run(&["report", "--json"]).json();
    assert_eq!(json["total"]["calls"], 3);
    assert_eq!(json["total"]["answer_rate"], 0.3333);
    assert_eq!(json["total"]["missed_by"]["rang_out"], 1);
    assert_eq!(json["total"]["missed_by"].as_object().unwrap().len(), 10);
    assert_eq!(json["total"]["seconds_to_a_person"]["p90"], 60);
    assert_eq!(json["total"]["seconds_to_call_back"]["p50"], serde_json::Value::Null);
    assert_eq!(json["total"]["promises"]["broken"], 1);
    assert_eq!(json["total"]["entries"]["opened"], 2);
    assert_eq!(json["days"].as_array().unwrap().len(), 7);
    assert_eq!(json["people"][0]["person"], "ana");
    let hours: u64 = json["hours"].as_array().unwrap().iter().filter_map(serde_json::Value::as_u64).sum();
    assert_eq!(hours, 3);
}

#[test]
fn a_report_without_a_database_makes_none() {
    let shop = Shop::new();
    let run = shop.run(&["report", "last", "month"]);
    assert!(run.said.ends_with("No calls.\n"), "{}", run.said);
    assert!(!shop.home().database().exists());
    let wrong = shop.run(&["report", "--day", "someday"]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.talked.contains("`someday` is not a day, a week or a month"), "{}", wrong.talked);
    let future = shop.run(&["report", "--from", "2999-01-01"]);
    assert!(future.talked.contains("`2999-01-01` lies in the future"), "{}", future.talked);
    let long = shop.run(&["report", "--day", "last", "week"]);
    assert!(long.talked.contains("`last week` is more than a day"), "{}", long.talked);
}

#[test]
fn only_what_counts_is_counted() {
    let shop = Shop::with_calls();
    let now = clock::now();
    shop.write(|tx| {
        // Told of eight days late, after newer ones; and one that is older than every period.
        let missed = || Outcome::Missed(MissedReason::Closed);
        call(tx, ("CA4", now - minutes(7 * 1440)), ("+15550143", None), missed())?;
        call(tx, ("CA5", now - minutes(60 * 1440)), ("+15550143", None), missed())?;
        let of = Caller::read("+15550142");
        let mut stored = tx.open_call_back_of(&of, line().as_ref())?.unwrap();
        let event = |what, detail: &str, ago| CallBackEvent {
            at: now - minutes(ago),
            by: "ana".to_owned(),
            what,
            detail: Some(detail.to_owned()),
            undone_at: None,
        };
        let id = stored.entry.id;
        tx.add_call_back_event(id, &event(Deed::Tried, "busy", 50))?;
        tx.take_back_event(id, Deed::Tried, now)?;
        tx.add_call_back_event(id, &event(Deed::Tried, "no-answer", 40))?;
        tx.add_call_back_event(id, &event(Deed::Closed, "reached", 20))?;
        stored.entry.standing =
            Standing::Closed { by: ana(), at: now - minutes(20), outcome: CloseOutcome::Reached };
        tx.save_call_back(&stored)
    });
    let forget = "update calls set outcome = 'forgotten', caller = null, reason = null where call_id = 'CA3'";
    Connection::open(shop.home().database()).unwrap().execute(forget, []).unwrap();
    // Ten days, so that it is the same whatever the hour.
    let json = shop.run(&["report", "last", "10", "days", "--json"]).json();
    let total = &json["total"];
    assert_eq!((total["calls"].as_u64(), total["missed"].as_u64()), (Some(3), Some(2)));
    assert_eq!(total["attempts"], serde_json::json!({"no-answer": 1, "busy": 0, "left-message": 0}));
    assert_eq!(total["seconds_to_call_back"]["p50"], 50 * 60);
    assert_eq!((total["not_yet_rung"].as_u64(), total["still_waiting"].as_u64()), (Some(1), Some(1)));
    assert_eq!(total["promises"]["kept"], 1);
    assert_eq!(total["entries"]["closed_as"]["reached"], 1);
    assert_eq!(json["people"][0]["closed"], 1);
    assert_eq!(json["before"]["calls"], 0);
}

#[test]
fn the_page_is_written_whole_and_over_nothing_but_a_report() {
    let shop = Shop::with_calls();
    let file = shop.home().settings().with_file_name("report.html");
    let name = file.to_str().unwrap();
    for _ in 0..2 {
        let run = shop.run(&["report", "--html", name]);
        assert_eq!((run.code, run.said.as_str()), (0, ""), "{}", run.talked);
    }
    let page = fs::read_to_string(&file).unwrap();
    assert!(page.contains("<h1>Ridge Plumbing</h1>") && page.ends_with("</html>\n"));
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o644);
    for caller in ["5550141", "5550142", "Pat"] {
        assert!(!page.contains(caller), "{caller}");
    }
    fs::write(&file, "my own page").unwrap();
    let refused = shop.run(&["report", "--html", name]);
    assert_eq!(refused.code, 1);
    assert!(refused.talked.contains("--force"), "{}", refused.talked);
    assert_eq!(fs::read_to_string(&file).unwrap(), "my own page");
    assert_eq!(shop.run(&["report", "--html", name, "--force"]).code, 0);
    assert_eq!(fs::read_to_string(&file).unwrap().len(), page.len());
    let beside = fs::read_dir(file.parent().unwrap()).unwrap();
    assert!(!beside.into_iter().any(|one| one.unwrap().file_name().to_string_lossy().contains(".part")));
}

#[test]
fn the_digest_is_for_mail() {
    let shop = Shop::with_calls();
    let run = shop.run(&["digest"]);
    assert_eq!(run.code, 0);
    assert!(run.said.contains("2 call-backs open, 1 promise is broken."), "{}", run.said);
    assert!(run.said.lines().all(|line| unicode_width::UnicodeWidthStr::width(line) <= 72), "{}", run.said);
    assert!(run.said.contains("\nWhose: Ana 2 (1 broken).\n"), "{}", run.said);
    assert_tame(&run);
    let json = shop.run(&["digest", "--json"]).json();
    assert_eq!((json["open"].as_u64(), json["broken"][0]["id"].as_u64()), (Some(2), Some(1)));
    assert_eq!(json["next"][0]["id"], 2);
    assert_eq!(json["people"], serde_json::json!([{"person": "ana", "open": 2, "broken": 1, "late": 0}]));
    assert_eq!(json["troubles"].as_array().unwrap().len(), 1);
    let own = shop.run(&["digest", "--person", "Ben"]);
    let line = "Nothing is open for Ben. Calls are not answered: `ringback serve` does not run here.\n";
    assert_eq!((own.code, own.said.as_str()), (0, line));
    let nobody = shop.run(&["digest", "--person", "zoe"]);
    assert_eq!(nobody.code, 1);
}

#[test]
fn the_digest_tells_that_the_settings_have_a_mistake() {
    let shop = Shop::with_calls();
    shop.write(|tx| tx.settings_go_live(SETTINGS, clock::now() - minutes(90)).map(|_| ()));
    fs::write(shop.home().settings(), format!("nonsense = 1\n{SETTINGS}")).unwrap();
    let json = shop.run(&["digest", "--json"]).json();
    let troubles = json["troubles"].as_array().unwrap();
    let told = "`ringback.toml` has a mistake on line 1; the settings of ";
    assert!(troubles.iter().any(|trouble| trouble.as_str().unwrap().starts_with(told)), "{troubles:?}");
}
