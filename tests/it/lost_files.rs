//! Settings and flows whose files are lost: the line goes on with what was live last, and that can be put back.

use std::fs;
use std::path::Path;

use ringback::phone::{Exchange, Request};
use ringback::store::CallFilter;

use crate::support::line::{CALLER, FRONT_DESK, LINE, PUBLIC_URL, SETTINGS, TOKEN, home_with, read_home};
use crate::support::process::{Ran, Served, ringback};

const FLOW: &str = "you've reached Ridge Plumbing";

fn flat(screen: &str) -> String {
    screen.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Starts the server; what somebody hears who rings.
async fn heard(home: &Path, call: &str) -> String {
    let served = Served::start(home);
    let mut exchange = Exchange::new(&format!("http://{}", served.address), PUBLIC_URL);
    exchange.secret = Some(TOKEN.to_owned());
    let params = exchange.first_params(call, CALLER, LINE);
    let answer = exchange.send(&Request::post("/twilio/voice", params)).await.unwrap();
    assert_eq!(served.terminate(), Some(0));
    answer.text()
}

fn lose_settings(home: &Path) {
    fs::remove_file(home.join("ringback.toml")).unwrap();
}

fn lose_flows(home: &Path) {
    fs::remove_dir_all(home.join("ivr-flows")).unwrap();
}

fn lose_both(home: &Path) {
    lose_settings(home);
    lose_flows(home);
}

/// A folder can be read as little as a file of somebody else's.
fn make_settings_unreadable(home: &Path) {
    lose_settings(home);
    fs::create_dir(home.join("ringback.toml")).unwrap();
}

#[tokio::test]
async fn a_server_whose_files_are_lost_starts_again_with_what_was_live_last() {
    for (case, lose) in
        [lose_settings, lose_flows, lose_both, make_settings_unreadable].into_iter().enumerate()
    {
        let folder = home_with(SETTINGS, &[("front-desk", FRONT_DESK)]);
        let home = folder.path();
        assert!(heard(home, "CA1").await.contains(FLOW));
        lose(home);
        for call in ["CA2", "CA3"] {
            assert!(heard(home, call).await.contains(FLOW), "case {case}");
        }
        let kept = read_home(home, |tx| tx.calls(&CallFilter::default()).unwrap());
        assert_eq!(kept.len(), 3, "case {case}");
    }
}

#[tokio::test]
async fn the_owner_still_sees_the_list_and_reads_what_is_wrong() {
    for (lose, told) in [
        (lose_settings as fn(&Path), "`ringback.toml` is gone; the settings of "),
        (make_settings_unreadable, "`ringback.toml` cannot be read (Is a directory"),
    ] {
        let folder = home_with(SETTINGS, &[("front-desk", FRONT_DESK)]);
        let home = folder.path();
        heard(home, "CA1").await;
        lose(home);
        let Ran { code, said, talked } = ringback(home, &["missed"]);
        assert_eq!(code, 0, "{said}{talked}");
        assert!(flat(&talked).contains(told), "{talked}");
        assert!(flat(&ringback(home, &[]).said).contains(told));
        let doctor = ringback(home, &["doctor"]);
        assert!(doctor.code == 1 && flat(&doctor.said).contains(told), "{}", doctor.said);
        let check = ringback(home, &["check"]);
        assert_eq!(check.code, 78, "{}", check.talked);
    }
}

#[tokio::test]
async fn what_is_lost_is_put_back_as_it_was_and_what_is_there_is_left_alone() {
    let folder = home_with(SETTINGS, &[("front-desk", FRONT_DESK)]);
    let home = folder.path();
    heard(home, "CA1").await;
    lose_both(home);
    let check = ringback(home, &["check"]);
    assert!(flat(&check.talked).contains("`ringback init --put-back` writes them again"), "{}", check.talked);
    let put_back = ringback(home, &["init", "--put-back"]);
    assert_eq!(put_back.code, 0, "{}{}", put_back.said, put_back.talked);
    assert_eq!(put_back.said.matches("wrote ").count(), 2, "{}", put_back.said);
    assert_eq!(fs::read_to_string(home.join("ringback.toml")).unwrap(), SETTINGS);
    assert_eq!(fs::read_to_string(home.join("ivr-flows/front-desk.toml")).unwrap(), FRONT_DESK);

    let edited = SETTINGS.replace("Ridge Plumbing", "Ridge Plumbing and Heating");
    fs::write(home.join("ringback.toml"), &edited).unwrap();
    lose_flows(home);
    let put_back = ringback(home, &["init", "--put-back"]);
    assert_eq!(put_back.said.matches("wrote ").count(), 1, "{}", put_back.said);
    assert_eq!(fs::read_to_string(home.join("ringback.toml")).unwrap(), edited);
    assert_eq!(fs::read_to_string(home.join("ivr-flows/front-desk.toml")).unwrap(), FRONT_DESK);
    assert!(ringback(home, &["init", "--put-back"]).said.contains("Nothing was put back"));
    assert_eq!(ringback(home, &["init", "--put-back", "--yes"]).code, 2);
}

#[test]
fn a_home_in_which_nothing_was_live_yet_has_nothing_to_put_back() {
    let folder = tempfile::TempDir::new().unwrap();
    let run = ringback(folder.path(), &["init", "--put-back"]);
    assert!(run.code == 1 && run.talked.contains("no settings were live in this home yet"), "{}", run.talked);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_flow_is_put_back_even_if_a_file_that_the_settings_name_is_lost_too() {
    let settings = SETTINGS.replace("[people.ana]", "[[closed_on]]\nics = \"holidays.ics\"\n[people.ana]");
    let folder = home_with(&settings, &[("front-desk", FRONT_DESK)]);
    let home = folder.path();
    fs::write(home.join("holidays.ics"), "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:20261225\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n").unwrap();
    heard(home, "CA1").await;
    lose_both(home);
    fs::remove_file(home.join("holidays.ics")).unwrap();
    let run = ringback(home, &["init", "--put-back"]);
    assert_eq!(run.said.matches("wrote ").count(), 2, "{}{}", run.said, run.talked);
    assert!(run.code == 78 && run.talked.contains("holidays.ics"), "{}", run.talked);
    assert_eq!(fs::read_to_string(home.join("ivr-flows/front-desk.toml")).unwrap(), FRONT_DESK);
}

#[tokio::test]
async fn a_link_that_leads_nowhere_is_a_lost_file() {
    let folder = home_with(SETTINGS, &[("front-desk", FRONT_DESK)]);
    let home = folder.path();
    heard(home, "CA1").await;
    lose_settings(home);
    std::os::unix::fs::symlink(home.join("nowhere"), home.join("ringback.toml")).unwrap();
    let run = ringback(home, &["init", "--put-back"]);
    assert_eq!(run.code, 0, "{}{}", run.said, run.talked);
    assert_eq!(fs::read_to_string(home.join("ringback.toml")).unwrap(), SETTINGS);
}

#[tokio::test]
async fn a_file_that_is_of_no_use_is_moved_away_first() {
    let folder = home_with(SETTINGS, &[("front-desk", FRONT_DESK)]);
    let home = folder.path();
    heard(home, "CA1").await;
    fs::write(home.join("ringback.toml"), "").unwrap();
    let run = ringback(home, &["init", "--put-back"]);
    assert!(
        run.code == 78 && flat(&run.talked).contains("or move it away and `ringback init --put-back`"),
        "{}",
        run.talked
    );
    assert_eq!(fs::read_to_string(home.join("ringback.toml")).unwrap(), "");
    fs::rename(home.join("ringback.toml"), home.join("ringback.toml.old")).unwrap();
    assert_eq!(ringback(home, &["init", "--put-back"]).code, 0);
    assert_eq!(fs::read_to_string(home.join("ringback.toml")).unwrap(), SETTINGS);
}

#[tokio::test]
async fn a_flow_that_is_lost_is_told_of_with_its_cure() {
    let folder = home_with(SETTINGS, &[("front-desk", FRONT_DESK)]);
    let home = folder.path();
    heard(home, "CA1").await;
    lose_flows(home);
    for command in [&[][..], &["check"], &["doctor"], &["digest"]] {
        let Ran { said, talked, .. } = ringback(home, command);
        assert!(flat(&format!("{said}{talked}")).contains("init --put-back"), "{command:?}: {said}{talked}");
    }
    fs::create_dir_all(home.join("ivr-flows/front-desk.toml")).unwrap();
    let said = flat(&ringback(home, &[]).said);
    assert!(said.contains("cannot be read: Is a directory") && !said.contains("never been live"), "{said}");
}

#[tokio::test]
async fn a_backup_holds_what_was_live_last_in_the_place_of_what_is_lost() {
    for lose in [lose_both, make_settings_unreadable] {
        let folder = home_with(SETTINGS, &[("front-desk", FRONT_DESK)]);
        let home = folder.path();
        heard(home, "CA1").await;
        lose(home);
        let run = ringback(home, &["backup"]);
        assert_eq!(run.code, 0, "{}{}", run.said, run.talked);
        assert!(
            flat(&run.talked).contains("the backup holds the settings that were live last"),
            "{}",
            run.talked
        );
        let backup = fs::read_dir(home.join("backups")).unwrap().next().unwrap().unwrap().path();
        let other = tempfile::TempDir::new().unwrap();
        let restored = ringback(other.path(), &["restore", backup.to_str().unwrap()]);
        assert_eq!(restored.code, 0, "{}", restored.talked);
        let in_it = |file: &str| fs::read_to_string(other.path().join(file)).unwrap();
        assert_eq!(
            (in_it("ringback.toml").as_str(), in_it("ivr-flows/front-desk.toml").as_str()),
            (SETTINGS, FRONT_DESK)
        );
    }
}

#[tokio::test]
async fn a_flow_that_leads_nowhere_keeps_nothing_else_out_of_a_backup() {
    let folder = home_with(SETTINGS, &[("front-desk", FRONT_DESK), ("zebra", FRONT_DESK)]);
    let home = folder.path();
    heard(home, "CA1").await;
    let flow = home.join("ivr-flows/front-desk.toml");
    fs::remove_file(&flow).unwrap();
    std::os::unix::fs::symlink(home.join("nowhere"), &flow).unwrap();
    let run = ringback(home, &["backup"]);
    assert_eq!(run.code, 0, "{}{}", run.said, run.talked);
    assert!(run.talked.contains("holds the flow `front-desk` as it was live last"), "{}", run.talked);
    let backup = fs::read_dir(home.join("backups")).unwrap().next().unwrap().unwrap().path();
    for name in ["front-desk", "zebra"] {
        let file = backup.join(format!("ivr-flows/{name}.toml"));
        assert_eq!(fs::read_to_string(file).unwrap(), FRONT_DESK, "{name}");
    }
}

#[tokio::test]
async fn a_database_that_is_lost_while_nothing_runs_is_missed_by_every_screen_and_told_of_after_a_start() {
    let folder = home_with(SETTINGS, &[("front-desk", FRONT_DESK)]);
    let home = folder.path();
    assert!(!flat(&ringback(home, &["doctor"]).said).contains("it is gone"));
    heard(home, "CA1").await;
    assert_eq!(ringback(home, &["backup"]).code, 0);
    for file in ["ringback.db", "ringback.db-wal", "ringback.db-shm"] {
        let _ = fs::remove_file(home.join(file));
    }
    for command in [&[][..], &["missed"], &["calls"], &["call-backs"], &["digest"]] {
        let talked = flat(&ringback(home, command).talked);
        assert!(
            talked.contains("The database is gone") && talked.contains("ringback restore"),
            "{command:?}: {talked}"
        );
    }
    for command in ["proof", "doctor"] {
        let Ran { code, said, talked } = ringback(home, &[command]);
        assert!(code == 1 && flat(&format!("{said}{talked}")).contains("gone"), "{command}: {said}{talked}");
    }
    assert!(heard(home, "CA2").await.contains(FLOW));
    for (command, code) in [("doctor", 1), ("proof", 1), ("digest", 0)] {
        let Ran { code: found, said, .. } = ringback(home, &[command]);
        assert_eq!(found, code, "{command}: {said}");
        assert!(flat(&said).contains("n empty") && flat(&said).contains("was begun"), "{command}: {said}");
    }
    assert!(flat(&ringback(home, &[]).said).contains("an empty one was begun"));
    let backup = fs::read_dir(home.join("backups")).unwrap().next().unwrap().unwrap().path();
    assert_eq!(ringback(home, &["restore", backup.to_str().unwrap()]).code, 0);
    assert!(!flat(&ringback(home, &["doctor"]).said).contains("was begun"));
}

#[tokio::test]
async fn nobody_begins_an_empty_database_where_one_is_lost_but_the_server() {
    let folder = home_with(SETTINGS, &[("front-desk", FRONT_DESK)]);
    let home = folder.path();
    heard(home, "CA1").await;
    assert_eq!(ringback(home, &["backup"]).code, 0);
    for file in ["ringback.db", "ringback.db.files"] {
        fs::remove_file(home.join(file)).unwrap();
        let run = ringback(home, &["callers", "block", "+15550199", "--as", "ana"]);
        assert!(run.code == 1 && run.talked.contains("the database is gone"), "{file}: {}", run.talked);
        assert!(!home.join("ringback.db").exists(), "{file}");
    }
}

#[tokio::test]
async fn of_a_home_that_lost_both_settings_and_database_the_backup_is_named() {
    let folder = home_with(SETTINGS, &[("front-desk", FRONT_DESK)]);
    let home = folder.path();
    heard(home, "CA1").await;
    assert_eq!(ringback(home, &["backup"]).code, 0);
    lose_settings(home);
    fs::remove_file(home.join("ringback.db")).unwrap();
    let run = ringback(home, &["missed"]);
    assert!(run.code == 78 && flat(&run.talked).contains("ringback restore"), "{}", run.talked);
}
