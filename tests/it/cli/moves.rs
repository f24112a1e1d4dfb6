//! What people do to the list, to an absence and to the block list.

use std::fs;
use std::process::Stdio;

use ringback::call::{MissedReason, Outcome};
use ringback::clock;
use serde_json::Value;

use super::{SETTINGS, Shop, assert_tame, call, command, minutes, run_of, wait};

#[test]
fn an_entry_is_worked_from_waiting_to_closed() {
    let shop = Shop::with_calls();
    let run = shop.run(&["call-backs", "take", "1", "--as", "ben"]);
    assert_eq!(run.code, 0, "{}", run.talked);
    assert!(run.said.starts_with("1 is yours now: +1 555-0142 "), "{}", run.said);
    assert_eq!(
        shop.run(&["call-backs", "--as", "Ben", "take", "1"]).code,
        0,
        "taking it twice is no mistake"
    );

    let run = shop.run(&["call-backs", "take", "1", "--as", "ana"]);
    assert_eq!(run.code, 1);
    let lost = "error: Ben took call-back 1 already, just now\nhint: `ringback call-backs history 1` tells the rest\n";
    assert_eq!(run.talked, lost);

    let run = shop.run(&["call-backs", "tried", "1", "no-answer", "--as", "ben"]);
    assert!(run.said.contains("no answer noted. Try again "), "{}", run.said);
    assert_eq!(shop.run(&["call-backs", "note", "1", "wants", "a quote", "--as", "ben"]).code, 0);

    let entry = &shop.run(&["call-backs", "--json"]).json()[0];
    assert_eq!((&entry["standing"], &entry["owner"]), (&"taken".into(), &"ben".into()));
    assert_eq!(
        (&entry["attempts"][0]["outcome"], &entry["attempts"][0]["by"]),
        (&"no-answer".into(), &"ben".into())
    );
    assert_eq!(entry["notes"][0]["text"], "wants a quote");

    let run = shop.run(&["call-backs", "done", "1", "spam", "--as", "ben"]);
    assert!(run.talked.contains("closes with a note only"), "the one before does not say how it ended");
    let run = shop.run(&["call-backs", "done", "1", "spam", "--note", "a machine", "--as", "ben"]);
    assert!(run.said.ends_with("closed, spam.\n"), "{}", run.said);
    assert_eq!(run.talked, "hint: `ringback callers block +15550142` keeps them from ringing again\n");

    let run = shop.run(&["call-backs", "done", "1", "reached", "--as", "ana"]);
    assert_eq!(run.code, 1);
    assert!(
        run.talked.starts_with("error: call-back 1 was closed by Ben: spam, just now\n"),
        "{}",
        run.talked
    );

    assert_eq!(shop.run(&["call-backs", "--json"]).json().as_array().unwrap().len(), 1);
    let all = shop.run(&["call-backs", "--json", "--all"]).json();
    assert_eq!((&all[1]["standing"], &all[1]["outcome"]), (&"closed".into(), &"spam".into()));

    let history = shop.run(&["call-backs", "history", "1"]);
    assert_tame(&history);
    let told = [
        "call 2: missed, rang out",
        "Ben took it from Ana",
        "Ben tried: no answer",
        "Ben noted: wants a quote",
        "Ben closed it: spam",
    ];
    let places: Vec<_> = told.iter().map(|line| history.said.find(line)).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{}", history.said);
    let story = shop.run(&["call-backs", "history", "1", "--json"]).json();
    assert_eq!(story["events"].as_array().unwrap().len(), 5);
    assert_eq!((&story["calls"][0]["call_id"], &story["call_back"]["id"]), (&"CA2".into(), &1.into()));
}

#[test]
fn of_two_who_take_an_entry_at_once_one_is_told_to_leave_it() {
    let shop = Shop::new();
    let now = clock::now();
    shop.write(|tx| {
        for entry in 0..20 {
            let (id, caller) = (format!("CA{entry}"), format!("+155501{}", 20 + entry));
            let missed = Outcome::Missed(MissedReason::RangOut);
            let call = call(tx, (&id, now - minutes(5)), (&caller, None), missed)?;
            wait(tx, call, (&caller, now + minutes(50)))?;
        }
        Ok(())
    });
    for entry in 1..=20 {
        let id = entry.to_string();
        let start = |name| {
            let mut command = command(shop.folder.path(), &["cb", "take", &id, "--as", name]);
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        };
        let children = [("Ana", start("ana")), ("Ben", start("ben"))];
        let runs = children.map(|(name, child)| (name, run_of(child.wait_with_output().unwrap())));
        let (won, lost): (Vec<_>, Vec<_>) = runs.iter().partition(|(_, run)| run.code == 0);
        let ([(winner, _)], [(_, told)]) = (&*won, &*lost) else { panic!("{entry}: {} won", won.len()) };
        assert_eq!(told.code, 1);
        let why = format!("error: {winner} took call-back {id} already, just now\n");
        assert!(told.talked.starts_with(&why), "{}", told.talked);
    }
    let list = shop.run(&["cb", "--json"]).json();
    let takes = |id: &Value| {
        let story = shop.run(&["cb", "history", &id.to_string(), "--json"]).json();
        story["events"].as_array().unwrap().len()
    };
    assert!(list.as_array().unwrap().iter().all(|entry| takes(&entry["id"]) == 1));
}

#[test]
fn who_is_open_again_and_still_blocked_is_told() {
    let shop = Shop::with_calls();
    let spam = ["cb", "done", "1", "spam", "--note", "a machine", "--block", "--as", "ana"];
    assert_eq!(shop.run(&spam).code, 0);
    let run = shop.run(&["cb", "reopen", "1", "--as", "ana"]);
    assert_eq!(run.code, 0, "{}", run.talked);
    let hint = "hint: still blocked: `ringback callers unblock +15550142` lets them through\n";
    assert_eq!(run.talked.replace("\n  ", " "), hint);
    assert_eq!(shop.run(&["callers", "unblock", "+15550142"]).code, 0);
    assert_eq!(shop.run(&["cb", "done", "1", "spam", "--note", "a machine", "--as", "ana"]).code, 0);
    assert_eq!(shop.run(&["cb", "reopen", "1", "--as", "ana"]).talked, "");
}

#[test]
fn reaching_a_caller_makes_them_a_returning_one() {
    let shop = Shop::with_calls();
    assert_eq!(shop.run(&["call-backs", "done", "1", "reached", "--as", "ana", "--note", "sorry"]).code, 0);
    let now = clock::now();
    shop.write(|tx| {
        let again = call(tx, ("CA9", now), ("+15550142", None), Outcome::Missed(MissedReason::RangOut))?;
        wait(tx, again, ("+15550142", now + minutes(90)))
    });
    let list = shop.run(&["call-backs", "--json"]).json();
    assert_eq!(list[0]["caller"], "+15550142", "before the withheld caller, who is due sooner");
}

#[test]
fn who_is_meant_must_be_clear() {
    let shop = Shop::with_calls();
    let run = shop.run(&["call-backs", "take", "1"]);
    assert_eq!(run.code, 2);
    assert!(run.talked.contains("hint: add `--as NAME` or set RINGBACK_AS; the people are `ana`, `ben`"));
    let run = shop.run(&["call-backs", "take", "1", "--as", "anna"]);
    assert_eq!(
        (run.code, run.talked.as_str()),
        (1, "error: nobody here is called `anna`\nhint: did you mean `ana`?\n")
    );
    let run = shop.run(&["call-backs", "take", "77", "--as", "ana"]);
    assert_eq!(run.code, 1);
    assert!(run.talked.starts_with("error: there is no call-back 77\n"));

    let alone = SETTINGS.replace("[people.ben]\nnumber = \"+15550102\"\n", "");
    fs::write(shop.home().settings(), alone).unwrap();
    assert_eq!(shop.run(&["call-backs", "take", "1"]).code, 0, "the only person needs no name");
}

#[test]
fn an_absence_begins_is_told_and_ends() {
    let shop = Shop::new();
    let run = shop.run(&["away", "for", "2h", "at the", "dentist\u{1b}[2J"]);
    assert_eq!(run.code, 0, "{}", run.talked);
    assert!(run.said.starts_with("Away until ") && run.said.contains("(at the dentist[2J)"), "{}", run.said);
    assert_tame(&run);
    assert!(shop.run(&["away"]).said.contains("(at the dentist[2J)"));
    assert!(shop.run(&[]).said.contains("Away until "));
    assert_eq!(shop.run(&["away", "until", "tomorrow", "9:00"]).code, 0);
    assert!(shop.run(&["away"]).said.contains("9 a.m. tomorrow"));
    assert_eq!(shop.run(&["away", "off"]).said, "Welcome back: phones ring again.\n");
    assert_eq!(shop.run(&["away", "off"]).said, "Nobody was away.\n");
    assert_eq!(shop.run(&["away", "until", "2026-01-01 09:00"]).code, 2);
    assert_eq!(shop.run(&["away", "until", "lunch"]).code, 2);
    let run = shop.run(&["away", "until", "2h"]);
    assert_eq!((run.code, run.said.as_str()), (2, ""));
    assert!(run.talked.contains("hint: write `ringback away for 2h`"), "{}", run.talked);
    assert_eq!(shop.run(&["away", "for", "a while"]).code, 2);
    assert_eq!(shop.run(&["away", "for", "90000h"]).code, 2);
}

#[test]
fn one_person_steps_away_is_told_and_comes_back() {
    let shop = Shop::new();
    let settings = SETTINGS.replace("+15550102\"\n", "+15550102\"\nstand_in = \"ana\"\n");
    fs::write(shop.home().settings(), settings).unwrap();
    let run = shop.run(&["away", "ben", "until", "tomorrow 9:00", "--reason", "on a course\u{1b}[2J"]);
    assert_eq!(run.code, 0, "{}", run.talked);
    let told = "Ben is away until 9 a.m. tomorrow (on a course[2J). Ana stands in.";
    assert!(run.said.replace("\n", " ").starts_with(told), "{}", run.said);
    assert!(run.said.replace("\n", " ").contains("`ringback away ben off` ends it sooner."), "{}", run.said);
    assert_tame(&run);
    for words in [&["away"][..], &["away", "Ben"], &[]] {
        let said = shop.run(words).said.replace("\n  ", " ");
        assert!(said.contains(told), "{words:?}: {said}");
    }
    assert!(shop.run(&[]).said.contains("\nOpen.\n"));
    assert_eq!(shop.run(&["away", "ana"]).said, "Ana is not away.\n");

    assert_eq!(shop.run(&["away", "ana", "for", "2h", "--as", "ben"]).code, 0);
    let all = shop.run(&["away"]).said;
    assert!(all.starts_with("Ana is away until ") && all.contains("\nBen is away until "), "{all}");
    assert!(!all.contains("stands in"), "Ana is away herself: {all}");
    assert!(shop.run(&[]).said.contains("Open, but nobody is there; somebody is "), "{}", shop.run(&[]).said);
    let off = shop.run(&["away", "off"]).said;
    assert!(off.starts_with("The business was not away. `ringback away NAME off`"), "{off}");

    assert_eq!(shop.run(&["away", "ben", "off"]).said, "Ben is back, and is rung again.\n");
    assert_eq!(shop.run(&["away", "ben", "off"]).said, "Ben was not away.\n");
    assert_eq!(shop.run(&["away", "until", "tomorrow 9:00"]).code, 0);
    let all = shop.run(&["away"]).said;
    assert!(all.starts_with("Away until 9 a.m. tomorrow.\nAna is away until "), "{all}");

    let run = shop.run(&["away", "14:00"]);
    assert_eq!(run.code, 2);
    let hint = "hint: write `ringback away until 14:00`, or `ringback away for 14:00`\n";
    assert_eq!(run.talked, format!("error: `14:00` is nobody's name\n{hint}"));
    let run = shop.run(&["away", "bem", "until", "tomorrow"]);
    assert_eq!(
        (run.code, run.talked.as_str()),
        (1, "error: nobody here is called `bem`\nhint: did you mean `ben`?\n")
    );
    assert_eq!(shop.run(&["away", "ben", "until", "tomorrow 9:00 lunch", "--reason", "lunch"]).code, 2);
}

#[test]
fn numbers_are_blocked_in_any_spelling() {
    let shop = Shop::new();
    let run = shop.run(&["callers", "block", "+1 (555) 0142"]);
    assert_eq!((run.code, run.said.as_str()), (0, "+1 555-0142 is blocked.\n"), "{}", run.talked);
    assert_eq!(shop.run(&["callers", "block", "+15550142"]).said, "+1 555-0142 was blocked already.\n");
    let list = shop.run(&["callers", "list", "--json"]).json();
    assert_eq!((&list[0]["caller"], &list[0]["blocked_by"]), (&"+15550142".into(), &"ana".into()));
    assert!(shop.run(&["callers", "list"]).said.contains("+1 555-0142"));
    assert_eq!(shop.run(&["callers", "unblock", "+15550142"]).said, "+1 555-0142 gets through again.\n");
    assert_eq!(shop.run(&["callers", "list", "--json"]).json(), Value::Array(vec![]));
    assert_eq!(shop.run(&["callers", "block", "nobody"]).code, 1);
    for ours in ["+15550101", "+15550100"] {
        assert_eq!(shop.run(&["callers", "block", ours]).code, 1, "our own phones are not blocked");
    }
}

#[test]
fn a_move_tells_programs_how_the_entry_is_then() {
    let shop = Shop::with_calls();
    let entry = shop.run(&["call-backs", "take", "1", "--as", "ben", "--json"]).json();
    assert_eq!((&entry["id"], &entry["standing"]), (&1.into(), &"taken".into()));
    let tried = ["call-backs", "tried", "1", "busy", "--as", "ben", "--json"];
    assert_eq!(shop.run(&tried).json()["attempts"][0]["outcome"], "busy");
    let note = ["call-backs", "note", "1", "wants a quote", "--as", "ben", "--json"];
    assert_eq!(shop.run(&note).json()["notes"][0]["text"], "wants a quote");
    let done = ["call-backs", "done", "1", "reached", "--note", "sorry", "--as", "ben", "--json"];
    let entry = shop.run(&done).json();
    assert_eq!((&entry["standing"], &entry["outcome"]), (&"closed".into(), &"reached".into()));
}

#[test]
fn who_works_on_what_somebody_else_has_taken_is_told() {
    let shop = Shop::with_calls();
    assert_eq!(shop.run(&["call-backs", "take", "1", "--as", "ben"]).code, 0);
    let tried = shop.run(&["call-backs", "tried", "1", "no-answer", "--as", "ana"]);
    assert!(tried.said.replace('\n', " ").contains("no answer noted. Ben was on it."), "{}", tried.said);
    let own = shop.run(&["call-backs", "tried", "1", "no-answer", "--as", "ben"]);
    assert!(!own.said.contains("was on it"), "{}", own.said);
    let done = shop.run(&["call-backs", "done", "1", "reached", "--as", "ana", "--note", "sorry"]);
    assert!(done.said.replace('\n', " ").contains("closed, reached. Ben was on it."), "{}", done.said);
}

#[test]
fn the_baton_goes_from_hand_to_hand_and_each_says_what_is_next() {
    let shop = Shop::with_calls();
    let said = |arguments: &[&str]| {
        let run = shop.run(arguments);
        assert_eq!(run.code, 0, "{arguments:?} {}", run.talked);
        assert_tame(&run);
        run.said.replace("\n  ", " ")
    };
    let asked = said(&["cb", "assign", "2", "ben", "--as", "ana", "--note", "knows the boiler"]);
    assert!(asked.contains("asked Ben; it stays yours unless Ben says yes by "), "{asked}");
    let other = shop.run(&["cb", "accept", "2", "--as", "ana"]);
    assert_eq!(other.code, 1);
    assert!(other.talked.starts_with("error: Ben is asked to have call-back 2, until "), "{}", other.talked);
    assert!(said(&["cb", "decline", "2", "--as", "ben"]).contains("declined; it stays Ana's, promised "));
    said(&["cb", "assign", "2", "Ben", "--as", "ana"]);
    assert!(said(&["cb", "accept", "2", "--as", "ben"]).starts_with("2 is yours now: number withheld"));
    said(&["cb", "take", "2", "--as", "ben"]);
    said(&["cb", "assign", "2", "ana", "--as", "ben"]);
    let accepted = said(&["cb", "accept", "2", "--as", "ana"]);
    assert!(accepted.ends_with("; it was Ben's. Ben was on it.\n"), "{accepted}");
    said(&["cb", "undo", "--as", "ana"]);
    let released = said(&["cb", "release", "2", "--as", "ana"]);
    assert!(released.contains("Ben is not on it any more; it stays Ben's"), "{released}");
    let own = said(&["cb", "assign", "2", "ana", "--as", "ana"]);
    assert!(own.starts_with("2 is yours now: ") && own.ends_with("; it was Ben's.\n"), "{own}");
    let undone = said(&["cb", "undo", "--as", "ana"]);
    assert!(undone.contains("took back \"handed it over from ben to ana\"; it is Ben's"), "{undone}");
    let again = shop.run(&["cb", "undo", "--as", "ana"]);
    assert_eq!((again.code, again.said.as_str()), (1, ""));
    let told = again.talked.split_whitespace().collect::<Vec<_>>().join(" ");
    let only_the_last =
        "error: only the last thing done to call-back 2 can be taken back, and it was, just now";
    assert!(told.starts_with(only_the_last), "{told}");
    let nobody = shop.run(&["cb", "assign", "2", "bem", "--as", "ana"]);
    assert_eq!(nobody.talked, "error: nobody here is called `bem`\nhint: did you mean `ben`?\n");
}

#[test]
fn an_entry_sleeps_until_a_time_that_people_say() {
    let shop = Shop::with_calls();
    let run = shop.run(&["cb", "snooze", "1", "in", "20m", "--as", "ana"]);
    assert_eq!(run.code, 1);
    assert!(run.talked.contains("call-back 1 cannot sleep past its promise: the caller was told "));
    assert!(run.talked.contains("`--agreed`"), "{}", run.talked);
    let agreed = shop.run(&["cb", "snooze", "1", "tomorrow", "9", "--agreed", "--as", "ana"]);
    assert!(agreed.said.replace("\n  ", " ").contains("promised for tomorrow 9 a.m., and sleeps until then"));
    let list = shop.run(&["cb", "--json"]).json();
    let entry = list.as_array().unwrap().iter().find(|entry| entry["id"] == 1).unwrap();
    assert_eq!(entry["broken"], false);
    let slept = shop.run(&["cb", "snooze", "2", "in", "20m", "--as", "ben"]);
    assert!(
        slept.said.replace("\n  ", " ").contains(", or until they ring; it stays Ana's."),
        "{}",
        slept.said
    );
    // Whatever the time is, this is one to come.
    for clock in ["00:00", "23:59"] {
        let run = shop.run(&["cb", "snooze", "1", clock, "--agreed", "--as", "ana"]);
        assert_eq!(run.code, 0, "{}", run.talked);
    }
}

#[test]
fn a_broken_promise_closes_with_a_note_and_spam_can_be_blocked() {
    let shop = Shop::with_calls();
    let run = shop.run(&["cb", "done", "1", "reached", "--as", "ana"]);
    assert_eq!(run.code, 1);
    assert!(run.talked.replace("\n  ", " ").contains("closes with a note only: the caller was told "));
    assert!(run.talked.contains("--note"), "{}", run.talked);
    let run = shop.run(&["cb", "done", "1", "spam", "--note", "a machine", "--block", "--as", "ana"]);
    assert!(run.said.ends_with("closed, spam.\n+1 555-0142 is blocked.\n"), "{}", run.said);
    assert_eq!(shop.run(&["callers", "list", "--blocked", "--json"]).json().as_array().unwrap().len(), 1);
    let undone = shop.run(&["cb", "undo", "--as", "ana"]);
    assert!(
        undone.said.replace("\n  ", " ").contains("took back \"closed it: spam\", and its note; it is yours"),
        "{}",
        undone.said
    );
    assert_eq!(shop.run(&["callers", "list", "--blocked", "--json"]).json(), Value::Array(vec![]));
    let withheld = shop.run(&["cb", "done", "2", "spam", "--block", "--as", "ana"]);
    assert_eq!((withheld.code, withheld.said.as_str()), (1, ""));
    let still = shop.run(&["cb", "--json"]).json();
    assert_eq!(still.as_array().unwrap().len(), 2, "what cannot be done as a whole is not done");

    assert_eq!(shop.run(&["cb", "done", "2", "not-needed", "--as", "ana"]).code, 0);
    let run = shop.run(&["cb", "reopen", "2", "rang", "on", "my", "mobile", "--as", "ben"]);
    assert!(run.said.replace("\n  ", " ").contains("open again; it is Ana's, promised "), "{}", run.said);
    let history = shop.run(&["cb", "history", "2"]).said;
    assert!(history.contains("Ben opened it again: rang on my mobile"), "{history}");
}
