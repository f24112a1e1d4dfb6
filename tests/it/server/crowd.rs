//! Many connections, and stopping.

use std::time::Duration;

use ringback::server::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::{CALL, FLOWS_REPLY, Mood, Server, live, post};

#[tokio::test]
async fn slow_strangers_do_not_stand_in_a_callers_way() {
    let limits = Limits { connections: 50, header: Duration::from_secs(600), ..Limits::default() };
    let server = Server::start_with(live(), Mood::Answers, limits).await;
    let mut strangers = Vec::new();
    for _ in 0..200 {
        let mut stranger = TcpStream::connect(server.address).await.unwrap();
        stranger.write_all(b"POST /twilio/voice HTTP/1.1\r\nHost: ").await.unwrap();
        strangers.push(stranger);
    }
    assert!(server.ask(&post("/twilio/voice", CALL)).await.ends_with(FLOWS_REPLY));
    let mut end = [0; 1];
    assert!(matches!(strangers[0].read(&mut end).await, Ok(0) | Err(_)), "the oldest had to go");
}

#[tokio::test]
async fn a_crowd_of_strangers_does_not_cost_the_provider_its_connection() {
    let limits = Limits { connections: 10, header: Duration::from_secs(600), ..Limits::default() };
    let server = Server::start_with(live(), Mood::Answers, limits).await;
    let genuine = post("/twilio/voice", CALL).replace("Connection: close\r\n", "");
    let mut provider = TcpStream::connect(server.address).await.unwrap();
    assert!(exchange(&mut provider, &genuine).await.ends_with(FLOWS_REPLY));
    for is_silent in [true, false] {
        let mut strangers = Vec::new();
        for _ in 0..50 {
            let mut stranger = TcpStream::connect(server.address).await.unwrap();
            if !is_silent {
                let answer = exchange(&mut stranger, "GET /healthz HTTP/1.1\r\n\r\n").await;
                assert!(answer.ends_with("ok\n"), "{answer}");
            }
            strangers.push(stranger);
        }
        // Whoever comes in after the crowd comes after all of it.
        assert!(server.ask(&post("/twilio/voice", CALL)).await.ends_with(FLOWS_REPLY));
        assert!(exchange(&mut provider, &genuine).await.ends_with(FLOWS_REPLY));
        let mut end = [0; 1];
        assert!(matches!(strangers[0].read(&mut end).await, Ok(0) | Err(_)), "a stranger had to go");
    }
}

#[tokio::test]
async fn what_comes_while_a_connection_has_to_go_is_answered_and_told_that_it_was_the_last() {
    let limits = Limits { connections: 2, last_look: Duration::from_secs(600), ..Limits::default() };
    let server = Server::start_with(live(), Mood::WaitsForTheTest, limits).await;
    let mut resting = TcpStream::connect(server.address).await.unwrap();
    let health = "GET /healthz HTTP/1.1\r\n\r\n";
    assert!(!exchange(&mut resting, health).await.contains("connection: close"));
    let mut caller = TcpStream::connect(server.address).await.unwrap();
    caller.write_all(post("/twilio/voice", CALL).as_bytes()).await.unwrap();
    server.fake.asked.notified().await;
    // Both places are taken, so the resting one has been asked to go.
    let last = exchange(&mut resting, health).await;
    assert!(last.ends_with("ok\n") && last.contains("connection: close\r\n"), "{last}");
    assert_eq!(resting.read(&mut [0]).await.unwrap(), 0);
    server.fake.go_on.notify_one();
    let mut response = String::new();
    caller.read_to_string(&mut response).await.unwrap();
    assert!(response.ends_with(FLOWS_REPLY), "{response}");
}

/// Sends a request over a connection that stays, and gives the answer, which comes in one piece.
async fn exchange(connection: &mut TcpStream, request: &str) -> String {
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut answer = vec![0; 4096];
    let length = connection.read(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer[..length]).into_owned()
}

#[tokio::test]
async fn stopping_finishes_what_is_in_progress() {
    let mut server = Server::start(live(), Mood::WaitsForTheTest).await;
    let mut caller = TcpStream::connect(server.address).await.unwrap();
    let mut resting = TcpStream::connect(server.address).await.unwrap();
    assert!(exchange(&mut resting, "GET /healthz HTTP/1.1\r\n\r\n").await.ends_with("ok\n"));
    caller
        .write_all(post("/twilio/voice", CALL).replace("Connection: close\r\n", "").as_bytes())
        .await
        .unwrap();
    server.fake.asked.notified().await;

    server.stop.take().unwrap().send(()).unwrap();
    assert_eq!(resting.read(&mut [0]).await.unwrap(), 0, "who rests is let go at once");
    assert!(TcpStream::connect(server.address).await.is_err(), "nobody new is let in");
    server.fake.go_on.notify_one();
    let mut response = String::new();
    caller.read_to_string(&mut response).await.unwrap();
    assert!(response.ends_with(FLOWS_REPLY), "{response}");
    server.running.await.unwrap().unwrap();
}

#[tokio::test]
async fn stopping_does_not_wait_for_ever() {
    let limits =
        Limits { stop: Duration::from_millis(50), answer: Duration::from_secs(600), ..Limits::default() };
    let mut server = Server::start_with(live(), Mood::Hangs, limits).await;
    let mut caller = TcpStream::connect(server.address).await.unwrap();
    caller.write_all(post("/twilio/voice", CALL).as_bytes()).await.unwrap();
    server.fake.asked.notified().await;
    server.stop.take().unwrap().send(()).unwrap();
    assert_eq!(server.running.await.unwrap().unwrap_err().connections, 1);
}

/// So many strangers; the bigger run is `RINGBACK_STRANGERS=10000`, with a limit of open files beyond that.
fn strangers() -> usize {
    std::env::var("RINGBACK_STRANGERS").map_or(600, |number| number.parse().unwrap())
}

#[tokio::test]
async fn neither_slow_headers_nor_idle_connections_keep_callers_waiting() {
    for begins in ["POST /twilio/voice HTTP/1.1\r\nHost: ", ""] {
        let server = Server::start(live(), Mood::Answers).await;
        let mut crowd = Vec::new();
        for _ in 0..strangers() {
            let mut stranger = TcpStream::connect(server.address).await.unwrap();
            // Whoever had to go may be gone already.
            let _ = stranger.write_all(begins.as_bytes()).await;
            crowd.push(stranger);
        }
        let mut took = Vec::new();
        for _ in 0..100 {
            let begun = Instant::now();
            assert!(server.ask(&post("/twilio/voice", CALL)).await.ends_with(FLOWS_REPLY));
            took.push(begun.elapsed());
        }
        took.sort();
        println!("{} strangers: p50 {:?}, p99 {:?}", crowd.len(), took[50], took[98]);
        assert!(took[98] < Duration::from_secs(1), "{took:?}");
    }
}
