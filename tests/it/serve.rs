//! `ringback serve` as its owner starts it: from `init` to the first call, and when it refuses.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use ringback::phone::Exchange;
use ringback::server::{keep_closed, running};
use ringback::settings::Home;
use tempfile::TempDir;

use crate::support::judge::judge;
use crate::support::line::{CALLER, FRONT_DESK, LINE, PUBLIC_URL, SETTINGS, TOKEN, home_with};
use crate::support::process::{Served, wait_for};

const INIT: [&str; 9] = [
    "init",
    "--business=Ridge Plumbing",
    "--time-zone=America/New_York",
    "--line=+15550100",
    "--person=Ana=+15550101",
    "--person=Ben=+15550102",
    "--hours=always",
    "--yes",
    "--no-color",
];

const KEY: (&str, &str) = ("RINGBACK_TWILIO_AUTH_TOKEN", TOKEN);
const ANY_PORT: [&str; 2] = ["--listen", "127.0.0.1:0"];
const URL: (&str, &str) = ("RINGBACK_PUBLIC_URL", PUBLIC_URL);

fn ringback(home: &Path, words: &[&str], variables: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ringback"))
        .args(words)
        .env_remove(KEY.0)
        .env_remove(URL.0)
        .env_remove("CREDENTIALS_DIRECTORY")
        .env("RINGBACK_HOME", home)
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

fn code(home: &Path, words: &[&str], variables: &[(&str, &str)]) -> Option<i32> {
    ringback(home, words, variables).status.code()
}

/// What `init` makes.
fn fresh() -> TempDir {
    let home = TempDir::new().unwrap();
    let made = ringback(home.path(), &INIT, &[]);
    assert!(made.status.success(), "{made:?}");
    assert_eq!(code(home.path(), &["check"], &[]), Some(0));
    home
}

/// The document of a signed first fetch.
async fn first_fetch(served: &Served, prefix: &str) -> String {
    let mut exchange = Exchange::new(&format!("http://{}", served.address), PUBLIC_URL);
    exchange.secret = Some(TOKEN.to_owned());
    let call = [
        ("AccountSid", exchange.account.as_str()),
        ("CallSid", "CA00000000000000000000000000000001"),
        ("From", CALLER),
        ("To", LINE),
        ("CallStatus", "ringing"),
    ];
    let answer = exchange.request(&format!("{prefix}/voice"), &call).await.unwrap();
    assert_eq!(answer.status, 200);
    judge(&answer.text());
    answer.text()
}

#[tokio::test]
async fn what_init_wrote_answers_the_first_signed_call() {
    let home = fresh();
    let served = Served::start_with(home.path(), &ANY_PORT, &[KEY, URL]);
    let document = first_fetch(&served, "/twilio").await;
    assert!(document.contains("you've reached Ridge Plumbing."), "{document}");
    assert!(document.contains("+15550101") && document.contains("+15550102"), "{document}");
}

#[test]
fn init_fits_the_flows_that_are_there_already() {
    let home = TempDir::new().unwrap();
    fs::create_dir(home.path().join("ivr-flows")).unwrap();
    let flow = home.path().join("ivr-flows/two-areas.toml");
    fs::write(flow, include_str!("../../ivr-flows/two-areas.toml")).unwrap();
    let joe = INIT.into_iter().filter(|word| !word.starts_with("--person")).chain(["--person=Joe=+15550101"]);
    assert_eq!(code(home.path(), &joe.collect::<Vec<_>>(), &[]), Some(0));
    assert_eq!(code(home.path(), &["check"], &[]), Some(0));
}

#[test]
fn init_writes_nothing_when_the_answers_do_not_fit() {
    let home = TempDir::new().unwrap();
    let made = ringback(home.path(), &[&INIT[..], &["--person=Cat=+15550100"]].concat(), &[]);
    assert_eq!(made.status.code(), Some(2));
    let said = String::from_utf8_lossy(&made.stderr);
    assert!(said.contains("`+15550100` is the line that callers ring"), "{said}");
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_path_secret_is_in_every_url_of_the_first_answer() {
    let home = fresh();
    let settings = fs::read_to_string(home.path().join("ringback.toml")).unwrap();
    let secret = settings.replacen("#path_secret = \"\"", "path_secret = \"s3cret\"", 1);
    assert_ne!(secret, settings, "the settings that `init` writes name `path_secret`");
    fs::write(home.path().join("ringback.toml"), secret).unwrap();
    let served = Served::start_with(home.path(), &ANY_PORT, &[KEY, URL]);
    let document = first_fetch(&served, "/twilio/s3cret").await;
    let ours = document.matches(PUBLIC_URL).count();
    assert!(ours > 0 && document.matches("/twilio/s3cret/").count() == ours, "{document}");
}

#[test]
fn without_key_or_address_nothing_is_answered_unless_that_is_said_and_on_this_machine() {
    let home = fresh();
    let serve = |words: &[&str], variables: &[(&str, &str)]| {
        code(home.path(), &[&["serve", "--listen"], words].concat(), variables)
    };
    assert_eq!(serve(&["127.0.0.1:0"], &[]), Some(78));
    assert_eq!(serve(&["127.0.0.1:0"], &[KEY]), Some(78));
    assert_eq!(serve(&["127.0.0.1:0"], &[URL]), Some(78));
    assert_eq!(serve(&["0.0.0.0:0", "--insecure"], &[KEY, URL]), Some(78));
    assert!(!home.path().join("ringback.db").exists(), "whoever is refused leaves nothing");
}

#[tokio::test]
async fn a_server_that_is_told_to_stop_ends_well_and_gives_its_home_free() {
    let home = fresh();
    let served = Served::start_with(home.path(), &ANY_PORT, &[KEY, URL]);
    let second = ringback(home.path(), &["serve", "--listen", "127.0.0.1:0"], &[KEY, URL]);
    assert_eq!(second.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&second.stderr).starts_with("error: another ringback serves "));
    first_fetch(&served, "/twilio").await;
    assert_eq!(served.terminate(), Some(0));
    let again = Served::start_with(home.path(), &ANY_PORT, &[KEY, URL]);
    first_fetch(&again, "/twilio").await;
}

#[tokio::test]
async fn a_broken_flow_stops_a_start_only_where_no_good_one_was_live() {
    let home = fresh();
    let flow = home.path().join("ivr-flows/front-desk.toml");
    let good = fs::read_to_string(&flow).unwrap();
    fs::write(&flow, "[start]\nopen = \"nowhere\"\n").unwrap();
    assert_eq!(code(home.path(), &["serve", "--listen", "127.0.0.1:0"], &[KEY, URL]), Some(78));
    fs::write(&flow, good).unwrap();
    Served::start_with(home.path(), &ANY_PORT, &[KEY, URL]).kill();
    fs::write(&flow, "[start]\nopen = \"nowhere\"\n").unwrap();
    let served = Served::start_with(home.path(), &ANY_PORT, &[KEY, URL]);
    assert!(first_fetch(&served, "/twilio").await.contains("you've reached Ridge Plumbing."));
}

#[tokio::test]
async fn without_settings_the_sample_answers_on_this_machine_and_no_signature_is_looked_at() {
    let home = TempDir::new().unwrap();
    fs::create_dir(home.path().join("ivr-flows")).unwrap();
    let flow = home.path().join("ivr-flows/front-desk.toml");
    fs::write(&flow, include_str!("../../ivr-flows/front-desk.toml")).unwrap();
    assert_eq!(code(home.path(), &["serve"], &[KEY, URL]), Some(78), "the sample is for trying out only");
    let served = Served::start_with(home.path(), &["--insecure", "--listen", "127.0.0.1:0"], &[]);
    let mut exchange = Exchange::new(&format!("http://{}", served.address), PUBLIC_URL);
    exchange.secret = Some("not the key".to_owned());
    let call = [("CallSid", "CA1"), ("From", CALLER), ("To", LINE)];
    let answer = exchange.request("/twilio/voice", &call).await.unwrap();
    assert_eq!(answer.status, 200);
    assert!(answer.text().contains("you've reached Ridge Plumbing."), "{}", answer.text());
    assert!(answer.text().contains(&format!("http://{}/twilio/", served.address)), "{}", answer.text());
}

#[test]
fn a_lock_that_is_deleted_under_the_running_server_is_taken_again() {
    let folder = home_with(SETTINGS, &[("front-desk", FRONT_DESK)]);
    let home = Home::new(folder.path());
    let served = Served::start(folder.path());
    wait_for("the server is seen", || running(&home));
    fs::remove_file(folder.path().join("ringback.lock")).unwrap();
    let seen = wait_for("the server is seen again", || running(&home));
    assert_eq!(seen.pid, served.pid());
    assert!(keep_closed(&home).unwrap().is_none(), "nothing is restored under it");
    assert_eq!(code(folder.path(), &["serve", ANY_PORT[0], ANY_PORT[1]], &[KEY]), Some(1));
    assert_eq!(served.terminate(), Some(0));
}
