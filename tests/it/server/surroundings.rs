//! What surrounds the process: who reads its stderr, how many files it may open, and whoever stops it for a while.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Stdio;

use ringback::phone::{Exchange, Request, Response};
use ringback::store::{CallFilter, Journal};
use tempfile::TempDir;
use tokio::time::{Instant, timeout};

use crate::support::judge::judge;
use crate::support::line::{
    CALLER, FRONT_DESK, LINE, PUBLIC_URL, SETTINGS, TOKEN, home_with, lock, read_home,
};
use crate::support::process::{Served, ringback, wait_for};

const LONG: std::time::Duration = std::time::Duration::from_secs(20);
const FLOW: &str = "you've reached Ridge Plumbing";
const SAFE: &str = "small problem with our phone line";

fn home() -> TempDir {
    home_with(SETTINGS, &[("front-desk", FRONT_DESK)])
}

fn exchange(address: &str) -> Exchange {
    let mut exchange = Exchange::new(&format!("http://{address}"), PUBLIC_URL);
    exchange.secret = Some(TOKEN.to_owned());
    exchange
}

/// A first fetch; answered, or the test is over.
async fn rings(exchange: &Exchange, call: &str) -> Response {
    let request = Request::post("/twilio/voice", exchange.first_params(call, CALLER, LINE));
    let answer = timeout(LONG, exchange.send(&request)).await.expect("the caller waits in vain").unwrap();
    assert_eq!(answer.status, 200);
    judge(&answer.text());
    answer
}

/// A genuine request that is not understood, of which the log has a line.
async fn is_logged(exchange: &Exchange) {
    let strange = Request::post("/twilio/nothing", exchange.first_params("CA0", CALLER, LINE));
    let answer = timeout(LONG, exchange.send(&strange)).await.expect("the caller waits in vain").unwrap();
    assert!(answer.text().contains(SAFE), "{}", answer.text());
}

#[tokio::test]
async fn whoever_stops_reading_the_log_holds_up_neither_callers_nor_the_end() {
    let home = home();
    let (reader, writer) = std::io::pipe().unwrap();
    let mut fill = writer.try_clone().unwrap();
    let served = Served::start_through(home.path(), "exec", |command| {
        command.stderr(writer).env("RINGBACK_LOG", "info");
    });
    let mut reader = BufReader::new(reader);
    let said = reader.by_ref().lines().map(Result::unwrap);
    assert!(said.into_iter().any(|line| line.starts_with("listening on http://")));
    let (told, filled) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        while fill.write_all(&[b'\n'; 4096]).is_ok() {
            let _ = told.send(4096);
        }
    });
    let mut in_it = 0;
    wait_for("the pipe is full", || {
        in_it += filled.try_iter().sum::<usize>();
        (in_it >= 64 * 1024).then_some(())
    });

    let exchange = exchange(&served.address);
    for number in 1..=20 {
        is_logged(&exchange).await;
        assert!(rings(&exchange, &format!("CA{number}")).await.text().contains(FLOW));
    }
    assert_eq!(served.terminate(), Some(0));
    let calls = read_home(home.path(), |tx| tx.calls(&CallFilter::default()).unwrap());
    assert_eq!(calls.len(), 21);
    drop(reader);
}

#[tokio::test]
async fn calls_are_answered_wherever_the_log_goes() {
    for shell in ["exec 1>/dev/full 2>/dev/full; exec", "exec 1>&- 2>&-; exec", "exec 0<&- 1>&- 2>&-; exec"] {
        let home = home();
        let served = Served::start_through(home.path(), shell, |command| {
            command.stdout(Stdio::null()).stderr(Stdio::null()).env("RINGBACK_LOG", "debug");
        });
        let exchange = exchange(&served.address);
        is_logged(&exchange).await;
        assert!(rings(&exchange, "CA1").await.text().contains(FLOW), "{shell}");
        assert_eq!(served.terminate(), Some(0), "{shell}");
    }
    let home = home();
    let (reader, writer) = std::io::pipe().unwrap();
    let served = Served::start_through(home.path(), "exec", |command| {
        command.stderr(writer).env("RINGBACK_LOG", "debug");
    });
    drop(reader);
    let exchange = exchange(&served.address);
    is_logged(&exchange).await;
    assert!(rings(&exchange, "CA1").await.text().contains(FLOW), "nobody is at the other end");
    assert_eq!(served.terminate(), Some(0));
}

#[tokio::test]
async fn a_crowd_leaves_the_descriptors_that_database_and_journal_need() {
    let home = home();
    let served = Served::start_through(home.path(), "ulimit -n 56; exec", |command| {
        command.stderr(Stdio::null());
    });
    let mut crowd = Vec::new();
    for _ in 0..150 {
        let mut stranger = TcpStream::connect(&served.address).unwrap();
        stranger.write_all(b"POST /twilio/voice HTTP/1.1\r\nHost: ").unwrap();
        crowd.push(stranger);
    }
    let exchange = exchange(&served.address);
    assert!(rings(&exchange, "CA1").await.text().contains(FLOW));
    let open = fs::read_dir(format!("/proc/{}/fd", served.pid())).unwrap().count();
    assert!(open <= 56 - 8, "{open} descriptors are open");

    // The journal is opened with its first record.
    let other = lock(home.path());
    assert!(rings(&exchange, "CA2").await.text().contains(SAFE));
    assert_eq!(Journal::pending(&home.path().join("ringback.journal")).unwrap(), 1);
    drop(other);
    assert!(rings(&exchange, "CA3").await.text().contains(FLOW));
    assert_eq!(served.terminate(), Some(0));
    let calls = read_home(home.path(), |tx| tx.calls(&CallFilter::default()).unwrap());
    assert_eq!(calls.len(), 3);
}

#[tokio::test]
async fn a_server_that_was_stopped_for_a_while_keeps_its_home_and_answers_when_it_wakes() {
    let home = home();
    let served = Served::start_through(home.path(), "exec", |command| {
        command.stderr(Stdio::null());
    });
    let exchange = exchange(&served.address);
    assert!(rings(&exchange, "CA1").await.text().contains(FLOW));
    served.signal("STOP");
    let stat = format!("/proc/{}/stat", served.pid());
    wait_for("it stands still", || fs::read_to_string(&stat).unwrap().contains(") T ").then_some(()));
    let second = ringback(home.path(), &["serve", "--insecure", "--listen", "127.0.0.1:0"]);
    assert!(second.talked.contains("another ringback serves"), "{}", second.talked);

    let waiting = tokio::spawn(async move {
        let answer = rings(&exchange, "CA2").await;
        (exchange, answer)
    });
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished());
    served.signal("CONT");
    let woken = Instant::now();
    let (exchange, answer) = waiting.await.unwrap();
    assert!(answer.text().contains(FLOW) || answer.text().contains(SAFE), "{}", answer.text());
    assert!(woken.elapsed() < LONG);
    assert!(rings(&exchange, "CA3").await.text().contains(FLOW));
    let second = ringback(home.path(), &["serve", "--insecure", "--listen", "127.0.0.1:0"]);
    assert!(second.talked.contains("another ringback serves"), "{}", second.talked);
    assert_eq!(served.terminate(), Some(0));
}
