//! More than can be done at once: reports give way, callers do not.

use std::sync::Arc;
use std::time::Duration;

use ringback::phone::{Clock, Request, Script};
use ringback::server::Limits;
use ringback::switchboard::IDLE_LIMIT;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::{CALL, FLOWS_REPLY, Mood, Server, live, post};
use crate::support::line::{CALLER, FRIDAY, FRONT_DESK, LINE, SETTINGS, TestLine, home_with, lock};

const STATUS: &str = "/twilio/status";

#[tokio::test]
async fn when_reports_take_all_their_room_the_next_is_refused_and_a_caller_is_not() {
    let limits = Limits { reports: 2, ..Limits::default() };
    let server = Server::start_with(live(), Mood::HoldsReports, limits).await;
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut report = TcpStream::connect(server.address).await.unwrap();
        report.write_all(post(STATUS, CALL).as_bytes()).await.unwrap();
        server.fake.asked.notified().await;
        held.push(report);
    }
    for path in [STATUS, "/twilio/call/7/recording/3", "/twilio/call/7/leg/1/ana/progress"] {
        let refused = server.ask(&post(path, CALL)).await;
        assert!(refused.starts_with("HTTP/1.1 503 "), "{path}: {refused}");
        assert!(
            refused.contains("retry-after: 5\r\n") && refused.contains("connection: close\r\n"),
            "{refused}"
        );
    }
    // A stranger is no report, and is told nothing of how we are.
    let forged = post(STATUS, CALL).replace("X-Twilio-Signature", "X-Other");
    assert!(server.ask(&forged).await.starts_with("HTTP/1.1 403 "));
    for path in
        ["/twilio/voice", "/twilio/call/7/1/key", "/twilio/call/7/leg/1/ana/accept", "/twilio/safe/rang"]
    {
        assert!(server.ask(&post(path, CALL)).await.ends_with(FLOWS_REPLY), "{path}");
    }
    for report in &mut held {
        server.fake.go_on.notify_one();
        let mut answer = String::new();
        tokio::io::AsyncReadExt::read_to_string(report, &mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 204 "), "{answer}");
    }
    server.fake.go_on.notify_one();
    assert!(server.ask(&post(STATUS, CALL)).await.starts_with("HTTP/1.1 204 "), "there is room again");
}

async fn line_for(reports: usize) -> TestLine {
    let home = home_with(SETTINGS, &[("front-desk", FRONT_DESK)]);
    let limits = Limits { reports, ..Limits::default() };
    TestLine::open_limited(home, Clock::starting(FRIDAY.parse().unwrap()), limits).await
}

#[tokio::test]
async fn a_call_whose_end_was_refused_is_swept_onto_the_list() {
    let line = line_for(0).await;
    let script = Script::new(CALLER, LINE).caller("hang up after 1s").unwrap();
    let heard = line.exchange.call(script).await;
    let end = heard.sent.iter().find(|sent| sent.request.target == STATUS).unwrap();
    assert_eq!(end.answer.as_ref().unwrap().status, 503);
    assert_eq!((line.calls().len(), line.outcome().as_str()), (1, "in_progress"));
    line.clock.advance(Duration::try_from(IDLE_LIMIT).unwrap());
    assert_eq!(line.switchboard.sweep().await.unwrap(), 1);
    assert_eq!((line.outcome().as_str(), line.entry().stored.calls), ("missed: no_final_status", 1));
}

#[tokio::test]
async fn a_caller_finds_room_while_the_store_hangs_and_reports_pile_up() {
    let line = Arc::new(line_for(4).await);
    let other = lock(line.home.path());
    let mut reports = JoinSet::new();
    for number in 0..20 {
        let line = line.clone();
        reports.spawn(async move {
            let mut params = line.exchange.first_params(&format!("CA{number}"), CALLER, LINE);
            params.retain(|(key, _)| key != "CallStatus");
            params.push(("CallStatus".to_owned(), "completed".to_owned()));
            line.exchange.send(&Request::post(STATUS, params)).await.unwrap().status
        });
    }
    let params = line.exchange.first_params("CA99", CALLER, LINE);
    let answer = line.send(&Request::post("/twilio/voice", params)).await;
    assert!(answer.text().contains("small problem"), "{}", answer.text());
    let statuses = reports.join_all().await;
    let count = |wanted| statuses.iter().filter(|status| **status == wanted).count();
    assert_eq!(count(204) + count(503), 20, "{statuses:?}");
    assert!(count(204) >= 4 && count(503) >= 1, "{statuses:?}");
    drop(other);
    line.switchboard.import_journal().await.unwrap();
    assert_eq!(line.calls().len(), 1 + count(204), "what was taken is kept, and what was refused is not");
}
