//! HTTP itself: methods, lengths, pipelines, what needs no signature.

use std::collections::HashMap;

use ringback::server::{Audio, Live};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{CALL, FLOWS_REPLY, Mood, Server, get, live, post, quick};

#[tokio::test]
async fn methods_other_than_get_head_and_post_are_refused() {
    let server = Server::start(live(), Mood::Answers).await;
    for method in ["PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "BREW"] {
        let response = server.ask(&post("/twilio/voice", CALL).replace("POST", method)).await;
        assert!(
            response.starts_with("HTTP/1.1 405 ") && response.contains("allow: GET, HEAD, POST"),
            "{response}"
        );
    }
    let head = server.ask(&get(&format!("/twilio/voice?{CALL}")).replace("GET /", "HEAD /")).await;
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.ends_with("\r\n\r\n"), "{head}");
}

#[tokio::test]
async fn health_and_audio_need_no_signature_and_no_url_becomes_a_path() {
    let wav = Audio { content_type: "audio/wav", bytes: "RIFF".into() };
    let audio = HashMap::from([("9f86d081884c7d65.wav".to_owned(), wav)]);
    let server = Server::start(Live { audio, ..live() }, Mood::Answers).await;
    let plain = |path: &str| format!("GET {path} HTTP/1.1\r\nConnection: close\r\n\r\n");
    assert!(server.ask(&plain("/healthz")).await.ends_with("\r\n\r\nok\n"));
    let audio = server.ask(&plain("/twilio/audio/9f86d081884c7d65.wav")).await;
    assert!(audio.contains("content-type: audio/wav\r\n") && audio.ends_with("RIFF"), "{audio}");
    for path in [
        "/audio/9f86d081884c7d65.wav",
        "/twilio/audio/9f86d081884c7d65",
        "/twilio/audio/",
        "/twilio/audio/other.wav",
        "/twilio/audio/../Cargo.toml",
        "/twilio/audio/%2e%2e%2fCargo.toml",
        "/twilio/audio/..\\Cargo.toml",
        "/twilio/audio//etc/passwd",
        "/twilio/audio/x/../9f86d081884c7d65.wav",
        "/Cargo.toml",
        "/",
    ] {
        assert!(server.ask(&plain(path)).await.starts_with("HTTP/1.1 404 "), "{path}");
    }
}

#[tokio::test]
async fn a_long_body_from_a_stranger_is_not_read() {
    let server = Server::start(live(), Mood::Answers).await;
    let claims = |length: usize, signature: &str| {
        format!("POST /twilio/voice HTTP/1.1\r\n{signature}Content-Length: {length}\r\n\r\nCallSid=CA0")
    };
    assert!(server.ask(&claims(70_000, "")).await.starts_with("HTTP/1.1 413 "));
    assert!(server.ask(&claims(6 << 20, "X-Twilio-Signature: x\r\n")).await.starts_with("HTTP/1.1 413 "));
    let many = post("/twilio/voice", &"&".repeat(1 << 20));
    assert!(server.ask(&many).await.starts_with("HTTP/1.1 413 "));
    let status = post("/twilio/status", &format!("{CALL}&x={}", "a".repeat(70_000)));
    assert!(server.ask(&status).await.starts_with("HTTP/1.1 413 "));
}

#[tokio::test]
async fn half_a_request_is_closed_in_time() {
    let server = Server::start_with(live(), Mood::Answers, quick()).await;
    let whole = post("/twilio/voice", CALL);
    assert_eq!(server.ask("").await, "");
    assert_eq!(server.ask(&whole[..40]).await, "");
    let half_a_body = server.ask(&whole[..whole.len() - 9]).await;
    assert!(half_a_body.starts_with("HTTP/1.1 408 "), "{half_a_body}");
    assert!(half_a_body.contains("connection: close"), "{half_a_body}");

    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(whole.replace("Connection: close\r\n", "").as_bytes()).await.unwrap();
    let mut response = vec![0; 4096];
    let read = stream.read(&mut response).await.unwrap();
    assert!(response[..read].ends_with(FLOWS_REPLY.as_bytes()));
    stream.write_all(&whole.as_bytes()[..40]).await.unwrap();
    assert_eq!(stream.read(&mut response).await.unwrap(), 0, "the second header came half only");
}

#[tokio::test]
async fn requests_in_one_packet_are_answered_in_their_order() {
    let server = Server::start(live(), Mood::Answers).await;
    let stay = |request: String| request.replace("Connection: close\r\n", "");
    let all = [
        stay(post("/twilio/voice", CALL)),
        stay("GET /healthz HTTP/1.1\r\n\r\n".to_owned()),
        post("/twilio/status", CALL),
    ];
    let response = server.ask(&all.concat()).await;
    let statuses: Vec<&str> = response.split("HTTP/1.1 ").skip(1).map(|one| &one[..3]).collect();
    assert_eq!(statuses, ["200", "200", "200"]);
    assert!(response.find(FLOWS_REPLY).unwrap() < response.find("ok\n").unwrap(), "{response}");
    assert_eq!(server.heard(), ["arrived CA0", "status CA0"]);
}

#[tokio::test]
async fn a_chunked_body_is_a_body_and_a_smuggled_one_is_not() {
    let server = Server::start(live(), Mood::Answers).await;
    let right = post("/twilio/voice", CALL);
    let length = format!("Content-Length: {}\r\n", CALL.len());
    let (first, second) = CALL.split_at(10);
    let chunks = format!("a\r\n{first}\r\n{:x}\r\n{second}\r\n0\r\n\r\n", second.len());
    let chunked = right.replace(&length, "Transfer-Encoding: chunked\r\n").replace(CALL, &chunks);
    assert!(server.ask(&chunked).await.ends_with(FLOWS_REPLY));

    let both = chunked
        .replace("Transfer-Encoding", "Content-Length: 5\r\nTransfer-Encoding")
        .replace("Connection: close\r\n", "");
    let response = server.ask(&format!("{both}{}", post("/twilio/status", CALL))).await;
    assert_eq!(response.matches("HTTP/1.1 ").count(), 1, "{response}");
    let two_lengths = right.replace(&length, &format!("{length}Content-Length: 5\r\n"));
    assert!(server.ask(&two_lengths).await.starts_with("HTTP/1.1 400 "));
    assert!(
        server
            .ask(&right.replace("Host:", &format!("X: {}\r\nHost:", "a".repeat(20_000))))
            .await
            .starts_with("HTTP/1.1 431 ")
    );
}
