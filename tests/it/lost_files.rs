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
    assert!(ringback(home, &["init", "--put-back"]).said.contains("Nothing to put back"));
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
