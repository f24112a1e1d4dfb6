//! Settings, homes, help and exit codes.

use std::fs;

use super::{SETTINGS, Shop, assert_tame, command, run_of};

#[test]
fn without_settings_every_command_that_needs_them_points_to_init() {
    let shop = Shop::empty();
    let commands: [&[&str]; 9] = [
        &[],
        &["calls"],
        &["missed", "--json"],
        &["call-backs"],
        &["call-backs", "take", "1"],
        &["away"],
        &["callers", "list"],
        &["play", "1"],
        &["doctor"],
    ];
    for arguments in commands {
        let run = shop.run(arguments);
        assert_eq!(run.code, 78, "{arguments:?} {}", run.talked);
        assert!(run.talked.starts_with("error: there is no `"), "{}", run.talked);
        assert!(
            run.talked.contains("\nhint: ringback init, or say where yours is: `--home"),
            "{}",
            run.talked
        );
        assert_eq!(run.said, "");
    }
    assert_eq!(fs::read_dir(shop.folder.path()).unwrap().count(), 0, "nothing is made");
}

#[test]
fn settings_with_mistakes_are_shown_and_exit_with_78() {
    let shop = Shop::new();
    fs::write(shop.home().settings(), format!("{SETTINGS}\n[promis]\nwithin = \"1h\"\n")).unwrap();
    let run = shop.run(&["calls"]);
    assert_eq!(run.code, 78);
    assert!(run.talked.contains("hint: did you mean `promise`?"), "{}", run.talked);
    assert!(run.talked.ends_with("ringback.toml` has a mistake\n"), "{}", run.talked);
}

#[test]
fn every_command_explains_itself() {
    let commands: [&[&str]; 32] = [
        &[],
        &["init"],
        &["serve"],
        &["calls"],
        &["missed"],
        &["call-backs"],
        &["call-backs", "take"],
        &["call-backs", "release"],
        &["call-backs", "assign"],
        &["call-backs", "accept"],
        &["call-backs", "decline"],
        &["call-backs", "tried"],
        &["call-backs", "snooze"],
        &["call-backs", "done"],
        &["call-backs", "reopen"],
        &["call-backs", "undo"],
        &["call-backs", "note"],
        &["call-backs", "history"],
        &["away"],
        &["away", "until"],
        &["away", "for"],
        &["callers"],
        &["callers", "block"],
        &["callers", "not-vip"],
        &["callers", "name"],
        &["callers", "show"],
        &["callers", "import"],
        &["play"],
        &["doctor"],
        &["check"],
        &["rehearse"],
        &["demo"],
    ];
    let nowhere = Shop::empty();
    for command in commands {
        let run = nowhere.run(&[command, &["--help"]].concat());
        assert_eq!(run.code, 0, "{command:?}");
        let first = run.said.lines().next().unwrap();
        assert!(!first.is_empty() && !first.ends_with('.'), "{command:?}: {first}");
        let usage = format!("Usage: {}", [&["ringback"], command].concat().join(" "));
        assert!(run.said.contains(&usage), "{command:?}: {}", run.said);
        let widest = run.said.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(80), "{command:?}: {}", run.said);
    }
}

#[test]
fn wrong_usage_exits_with_2() {
    let shop = Shop::with_calls();
    let wrong: [&[&str]; 14] = [
        &["cals"],
        &["calls", "--limit", "many"],
        &["call-backs", "take"],
        &["call-backs", "take", "first", "--as", "ana"],
        &["call-backs", "tried", "1", "reached", "--as", "ana"],
        &["call-backs", "done", "1", "answered-on-redial", "--as", "ana"],
        &["call-backs", "note", "1", " ", "--as", "ana"],
        &["call-backs", "--json", "history", "1"],
        &["call-backs", "done", "1", "not-needed", "--block", "--as", "ana"],
        &["call-backs", "snooze", "1", "--as", "ana"],
        &["call-backs", "snooze", "1", "in", "20", "--as", "ana"],
        &["call-backs", "snooze", "1", "tomorrow", "25:00", "--as", "ana"],
        &["call-backs", "snooze", "1", "friday", "9:00", "at", "home", "--as", "ana"],
        &["call-backs", "snooze", "1", "2026-01-01", "09:00", "--as", "ana"],
    ];
    for arguments in wrong {
        let run = shop.run(arguments);
        assert_eq!((run.code, run.said.as_str()), (2, ""), "{arguments:?} {}", run.talked);
    }
}

#[test]
fn the_home_is_named_by_flag_or_variable() {
    let shop = Shop::with_calls();
    let elsewhere = Shop::empty();
    let home = shop.folder.path().to_str().unwrap();
    assert_eq!(elsewhere.run(&["--home", home, "calls", "--json"]).json().as_array().unwrap().len(), 3);
    assert_eq!(elsewhere.run(&["calls", "--home", home, "--json"]).json().as_array().unwrap().len(), 3);
    assert_eq!(elsewhere.run(&["calls", "--json"]).code, 78);
}

#[test]
fn a_missing_outcome_is_told_with_what_can_be_written() {
    let shop = Shop::with_calls();
    let run = shop.run(&["call-backs", "done", "1", "--as", "ana"]);
    assert_eq!(run.code, 2);
    assert!(run.talked.contains("<reached|not-needed|wrong-number|spam>"), "{}", run.talked);
    let run = shop.run(&["call-backs", "tried", "1", "bussy", "--as", "ana"]);
    assert_eq!(run.code, 2);
    assert!(run.talked.contains("a similar value exists: 'busy'"), "{}", run.talked);
}

#[test]
fn numbers_names_and_limits_that_cannot_be_are_told_alike() {
    let shop = Shop::with_calls();
    let cases: [(&[&str], &str); 4] = [
        (&["play", "x"], "write the number from the list, like `14`"),
        (&["call-backs", "take", "x"], "write the number from the list, like `14`"),
        (&["play", "3", "--save", "message"], "a message is saved as `.mp3` or `.wav`"),
        (&["calls", "--limit", "0"], "say how many, at least 1; `--all` shows all of them"),
    ];
    for (arguments, told) in cases {
        let run = shop.run(arguments);
        assert_eq!(run.code, 2, "{arguments:?}");
        assert_tame(&run);
        let flat = run.talked.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(told), "{arguments:?} {}", run.talked);
    }
}

#[test]
fn a_variable_that_is_set_to_nothing_is_not_set() {
    let shop = Shop::with_calls();
    let run = |arguments: &[&str]| {
        let mut command = command(shop.folder.path(), arguments);
        let emptied = command.env("RINGBACK_HOME", "").env("RINGBACK_AS", "");
        run_of(emptied.current_dir(shop.folder.path()).output().unwrap())
    };
    assert_eq!(run(&["calls", "--json"]).json().as_array().unwrap().len(), 3);
    assert_eq!(run(&["callers", "block", "+15550199"]).code, 0);
    let who = run(&["call-backs", "take", "1"]);
    assert!(who.talked.starts_with("error: who are you?\n"), "{}", who.talked);
}

#[test]
fn only_who_blocks_is_asked_for_a_name() {
    let shop = Shop::new();
    for (verb, asks) in [("block", true), ("unblock", false), ("list", false)] {
        let help = shop.run(&["callers", verb, "--help"]).said;
        assert_eq!(help.contains("Who blocks it"), asks, "{help}");
    }
}

#[test]
fn an_empty_token_file_is_named_when_serve_refuses_to_start() {
    let shop = Shop::new();
    let provider = "\n[provider.twilio]\nauth_token_file = \"twilio-token\"\n";
    fs::write(shop.home().settings(), format!("{SETTINGS}{provider}")).unwrap();
    fs::write(shop.folder.path().join("twilio-token"), "\n").unwrap();
    let run = shop.run(&["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(run.code, 78);
    assert!(run.talked.contains("`twilio-token` is empty"), "{}", run.talked);
    assert!(run.talked.contains("error: there is no key to check"), "{}", run.talked);
}

#[test]
fn a_rehearsal_is_played_as_things_are_unless_another_time_is_named() {
    let shop = Shop::new();
    let rehearsed = |arguments: &[&str]| shop.run(&[&["rehearse", "front-desk"], arguments].concat());
    let usual = rehearsed(&["--keys", "1", "--at", "2026-12-22 10:00"]);
    assert_eq!(usual.code, 0, "{}", usual.talked);
    assert!(usual.said.contains("phones ring: Ana, Ben\n"), "{}", usual.said);
    assert!(usual.said.contains("= missed (rang out); a call-back would be on the list"), "{}", usual.said);
    assert_eq!(usual.talked, "");

    assert_eq!(shop.run(&["away", "for", "2 hours", "at", "lunch"]).code, 0);
    assert_eq!(shop.run(&["callers", "block", "+15550142"]).code, 0);
    for http in [&[][..], &["--http"]] {
        let now = rehearsed(&[&["--keys", "1"], http].concat());
        assert!(
            now.talked.replace('\n', " ").contains("(at lunch). +1 555-0142 is blocked."),
            "{}",
            now.talked
        );
        assert!(!now.said.contains("phones ring"), "{}", now.said);
        assert_tame(&now);
    }
    assert!(rehearsed(&["--keys", "1", "--at", "monday 10:00"]).said.contains("phones ring"));
    assert!(!rehearsed(&["--keys", "1", "--from", "+15550143"]).said.contains("phones ring"), "away");
}

#[test]
fn a_rehearsal_refuses_what_it_cannot_play() {
    let shop = Shop::new();
    let wrong: [&[&str]; 4] = [
        &["--keys", "abc"],
        &["--keys", "1", "--at", "6"],
        &["--keys", "1", "--at", "monday 10:00 lunch"],
        &["--keys", "1555#", "--http"],
    ];
    for arguments in wrong {
        let run = shop.run(&[&["rehearse", "front-desk"], arguments].concat());
        assert_eq!((run.code, run.said.as_str()), (2, ""), "{arguments:?} {}", run.talked);
        assert!(run.talked.contains("\nhint: "), "{}", run.talked);
    }
}

#[test]
fn the_demo_fits_the_screen() {
    let run = Shop::empty().run(&["demo"]);
    assert_eq!(run.code, 0, "{}", run.talked);
    assert_tame(&run);
}

#[test]
fn the_demo_leaves_a_home_in_which_ten_people_wait() {
    let shop = Shop::empty();
    let folder = shop.folder.path().join("try");
    let kept = folder.to_str().unwrap();
    let run = shop.run(&["demo", "--keep", kept]);
    assert_eq!(run.code, 0, "{}", run.talked);
    let list = shop.run(&["--home", kept, "call-backs", "--json"]);
    let entries: Vec<serde_json::Value> = serde_json::from_str(&list.said).unwrap();
    assert_eq!(entries.len(), 10, "{}", list.said);
    let again = shop.run(&["demo", "--keep", kept]);
    assert_eq!((again.code, again.talked.contains("is not empty")), (1, true), "{}", again.talked);
}
