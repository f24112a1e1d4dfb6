//! One real server on loopback, a switchboard that does what the test says, and raw bytes.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use ringback::call::PhoneNumber;
use ringback::dialect::{Form, Malformed, News, Route, Webhook, twilio};
use ringback::server::{
    Answer, Answers, Audio, CutOff, Fault, Limits, Live, MalformedRequest, SafeReplies, Unanswered, run,
};
use ringback::settings::{OnBadSignature, Secret};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;

const PUBLIC_URL: &str = "https://phone.example.com";
const KEY: &str = "a key for tests";
const CALL: &str = "CallSid=CA0&AccountSid=AC0&From=%2B15550142&To=%2B15550100&CallStatus=ringing";
const FLOWS_REPLY: &str = "<Response><Say>Hi, you've reached Ridge Plumbing.</Say></Response>";
const APOLOGY: &str = "small problem with our phone line";

#[tokio::test]
async fn a_genuine_webhook_gets_the_switchboards_answer() {
    let server = Server::start(live(), Mood::Answers).await;
    for request in [post("/twilio/voice", CALL), get(&format!("/twilio/voice?{CALL}"))] {
        let response = server.ask(&request).await;
        assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
        assert!(response.contains("content-type: text/xml; charset=utf-8\r\n"), "{response}");
        assert!(response.ends_with(FLOWS_REPLY), "{response}");
    }
    assert_eq!(server.heard(), ["arrived CA0", "arrived CA0"]);
}

#[tokio::test]
async fn a_forged_webhook_gets_403_and_nobody_hears_of_it() {
    let server = Server::start(live(), Mood::Answers).await;
    let right = post("/twilio/voice", CALL);
    let signature = signature_in(&right);
    let forged = [
        right.replace("%2B15550142", "%2B15550143"),
        right.replace("/twilio/voice", "/twilio/status"),
        right.replace("/twilio/voice", "/twilio/voice?a=1"),
        right.replace(&signature, &signature.to_lowercase()),
        right.replace(&signature, ""),
        right.replace(&signature, "not base64 \u{e4}"),
        right.replace(&format!("X-Twilio-Signature: {signature}\r\n"), ""),
        right.replace(&signature, &format!("{signature}\r\nX-Twilio-Signature: {signature}")),
        right.replace(
            &signature,
            &twilio::sign("another key", &format!("{PUBLIC_URL}/twilio/voice"), &form(CALL)),
        ),
        right.replace(&signature, &twilio::sign(KEY, "http://phone.example.com/twilio/voice", &form(CALL))),
    ];
    for request in forged {
        let response = server.ask(&request).await;
        assert!(response.starts_with("HTTP/1.1 403 "), "{request}\n{response}");
    }
    assert_eq!(server.heard(), [""; 0]);
}

#[tokio::test]
async fn a_forged_webhook_may_be_told_something_kind_but_never_a_number() {
    let server =
        Server::start(Live { on_bad_signature: OnBadSignature::Apologise, ..live() }, Mood::Answers).await;
    let unsigned =
        |path: &str| format!("POST {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    let response = server.ask(&unsigned("/twilio/voice")).await;
    assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
    assert!(response.contains("<Say") && response.contains("<Hangup/>"), "{response}");
    assert!(
        !response.contains("Dial") && !response.contains("555") && !response.contains("http"),
        "{response}"
    );
    assert!(server.ask(&unsigned("/twilio/status")).await.starts_with("HTTP/1.1 403 "));
    assert_eq!(server.heard(), [""; 0]);
}

#[tokio::test]
async fn without_a_key_nothing_is_genuine() {
    let server = Server::start(Live { signing_key: None, ..live() }, Mood::Answers).await;
    assert!(server.ask(&post("/twilio/voice", CALL)).await.starts_with("HTTP/1.1 403 "));
    assert_eq!(server.heard(), [""; 0]);
}

#[tokio::test]
async fn insecure_skips_the_check_even_where_a_signature_is_there() {
    let server = Server::start(Live { insecure: true, signing_key: None, ..live() }, Mood::Answers).await;
    let signed = post("/twilio/voice", CALL);
    assert!(server.ask(&signed.replace(&signature_in(&signed), "nonsense")).await.ends_with(FLOWS_REPLY));
    assert!(
        server
            .ask(&format!("GET /twilio/voice?{CALL} HTTP/1.1\r\nConnection: close\r\n\r\n"))
            .await
            .ends_with(FLOWS_REPLY)
    );
    assert!(
        server.ask("GET /elsewhere HTTP/1.1\r\nConnection: close\r\n\r\n").await.starts_with("HTTP/1.1 404 ")
    );
}

#[tokio::test]
async fn only_the_public_url_decides_what_was_signed() {
    let server = Server::start(live(), Mood::Answers).await;
    let right = post("/twilio/voice", CALL);
    for spelt in [
        right.replace("Host: phone.example.com", "Host: attacker.example\r\nX-Forwarded-Proto: http"),
        right.replace("Host: phone.example.com\r\n", ""),
        right.replace("POST /twilio/voice", "POST http://attacker.example/twilio/voice"),
    ] {
        let response = server.ask(&spelt).await;
        assert!(response.ends_with(FLOWS_REPLY), "{spelt}\n{response}");
    }
}

#[tokio::test]
async fn genuine_but_malformed_requests_get_the_safe_reply_and_a_row() {
    let long = format!("{CALL}&Padding={}", "a".repeat(4 << 20));
    let many = format!("{CALL}{}", "&a=1".repeat(10_000));
    let cases = [
        ("/twilio/voice", "From=%2B15550142", Malformed::NoCall.into()),
        ("/twilio/voice", "", Malformed::NoCall.into()),
        ("/twilio/voice", "CallSid=&AccountSid=AC0&From=%2B15550142", Malformed::NoCall.into()),
        ("/twilio/voice", "CallSid=CA0&CallSid=CA1", Malformed::Doubled("CallSid").into()),
        ("/twilio/voice", &long, Fault::TooLong(long.len())),
        ("/twilio/voice", &many, Malformed::TooManyParameters.into()),
        ("/twilio/nothing", CALL, Malformed::NoSuchUrl.into()),
        ("/elsewhere/voice", CALL, Malformed::NoSuchUrl.into()),
        ("/twilio/call/1/0/typo", CALL, Malformed::NoSuchUrl.into()),
    ];
    let server = Server::start(live(), Mood::Answers).await;
    for (path, body, why) in cases {
        let response = server.ask(&post(path, body)).await;
        assert!(
            response.starts_with("HTTP/1.1 200 OK\r\n") && response.contains(APOLOGY),
            "{path} {why}: {response}"
        );
        let kept = server.malformed();
        assert_eq!(kept.len(), 1, "{path} {why}");
        assert_eq!((kept[0].path.as_str(), &kept[0].why), (path, &why));
        assert!(kept[0].body_start.len() <= 1024);
    }
    assert_eq!(server.heard(), [""; 0]);
}

#[tokio::test]
async fn a_body_of_another_type_is_genuine_and_not_read() {
    let server = Server::start(live(), Mood::Answers).await;
    for kind in ["text/plain", "multipart/form-data; boundary=x"] {
        let request = post("/twilio/voice", CALL).replace("application/x-www-form-urlencoded", kind);
        let response = server.ask(&request).await;
        assert!(response.contains(APOLOGY), "{kind}: {response}");
        assert_eq!(server.malformed()[0].why, Malformed::NotAForm.into(), "{kind}");
    }
}

#[tokio::test]
async fn broken_escapes_and_broken_text_are_still_a_call() {
    let server = Server::start(live(), Mood::Answers).await;
    for body in
        ["CallSid=CA0&From=%zz&To=%", "CallSid=CA0&From=%ff%fe&CallerName=%c3%28", "CallSid=CA0&&=&x&=y"]
    {
        assert!(server.ask(&post("/twilio/voice", body)).await.ends_with(FLOWS_REPLY), "{body}");
    }
    assert_eq!(server.heard().len(), 3);
}

#[tokio::test]
async fn a_malformed_request_that_cannot_be_kept_is_answered_all_the_same() {
    for mood in [Mood::Fails, Mood::Panics, Mood::Hangs] {
        let server = Server::start_with(live(), mood, quick()).await;
        assert!(server.ask(&post("/twilio/voice", "From=anonymous")).await.contains(APOLOGY), "{mood:?}");
    }
}

#[tokio::test]
async fn whatever_fails_inside_a_voice_request_the_caller_hears_the_safe_reply() {
    for mood in [Mood::Fails, Mood::Panics, Mood::Hangs, Mood::Empty, Mood::Safe] {
        let server = Server::start_with(live(), mood, quick()).await;
        for path in ["/twilio/voice", "/twilio/fallback", "/twilio/call/7/1/key", "/twilio/call/7/2/rang"] {
            let response = server.ask(&post(path, CALL)).await;
            assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{mood:?} {path}: {response}");
            assert!(
                response.contains(APOLOGY) && response.contains("+15550101"),
                "{mood:?} {path}: {response}"
            );
        }
    }
}

#[tokio::test]
async fn whatever_fails_inside_a_status_request_there_is_no_error() {
    for mood in [Mood::Fails, Mood::Panics, Mood::Hangs, Mood::Empty, Mood::Safe] {
        let server = Server::start_with(live(), mood, quick()).await;
        for path in ["/twilio/status", "/twilio/call/7/leg/1/ana/progress", "/twilio/call/7/recording/3"] {
            let response = server.ask(&post(path, CALL)).await;
            assert!(response.starts_with("HTTP/1.1 204 No Content\r\n"), "{mood:?} {path}: {response}");
        }
    }
}

#[tokio::test]
async fn when_all_fails_only_a_pressed_key_puts_a_caller_through() {
    let server = Server::start(live(), Mood::Fails).await;
    let leg = "CallSid=CA1&ParentCallSid=CA0&AccountSid=AC0";
    for (path, more, expected) in [
        ("/twilio/call/7/leg/1/ana/prompt", "", "Press any key"),
        ("/twilio/call/7/leg/1/ana/accept", "&Digits=5", "<Response></Response>"),
        ("/twilio/call/7/leg/1/ana/accept", "", "<Response><Hangup/></Response>"),
        ("/twilio/call/7/leg/1/ana/accept", "&Digits=5&Digits=6", "<Response><Hangup/></Response>"),
        ("/twilio/safe/prompt", "", "Press any key"),
        ("/twilio/safe/accept", "&Digits=1", "<Response></Response>"),
        ("/twilio/safe/accept", "", "<Response><Hangup/></Response>"),
        ("/twilio/safe/rang", "&DialCallStatus=no-answer", "<Record"),
        // It may have been a voicemail.
        ("/twilio/safe/rang", "&DialCallStatus=completed&DialCallDuration=9", "<Record"),
        ("/twilio/safe/recorded", "&RecordingDuration=4", "Goodbye"),
        ("/twilio/safe/no-message", "", "Goodbye"),
    ] {
        let response = server.ask(&post(path, &format!("{leg}{more}"))).await;
        assert!(
            response.starts_with("HTTP/1.1 200 OK\r\n") && response.contains(expected),
            "{path} {more}: {response}"
        );
    }
    assert!(server.ask(&post("/twilio/safe/recording", leg)).await.starts_with("HTTP/1.1 204 "));
}

#[tokio::test]
async fn a_path_secret_is_part_of_every_route() {
    let secret = Some("s3cret".to_owned());
    let server =
        Server::start(Live { path_secret: secret.clone(), insecure: true, ..live() }, Mood::Answers).await;
    assert!(server.ask(&post("/twilio/s3cret/voice", CALL)).await.ends_with(FLOWS_REPLY));
    for path in ["/twilio/voice", "/twilio/wrong/voice", "/twilio/s3cretvoice"] {
        assert!(server.ask(&post(path, CALL)).await.starts_with("HTTP/1.1 404 "), "{path}");
    }

    // The provider's signature proves who asks: an installer who forgot the secret still has no caller in the dark.
    let server = Server::start(Live { path_secret: secret, ..live() }, Mood::Answers).await;
    let signed = post("/twilio/voice", CALL);
    assert!(server.ask(&signed).await.contains(APOLOGY));
    assert!(server.ask(&signed.replace(&signature_in(&signed), "")).await.starts_with("HTTP/1.1 404 "));
}

#[tokio::test]
async fn another_account_is_turned_away() {
    let server = Server::start(Live { account_sid: Some("AC0".into()), ..live() }, Mood::Answers).await;
    assert!(server.ask(&post("/twilio/voice", CALL)).await.ends_with(FLOWS_REPLY));
    for body in [CALL.replace("AC0", "AC1"), format!("{}&Digits=1&CallStatus=x", CALL.replace("AC0", "AC1"))]
    {
        assert!(server.ask(&post("/twilio/voice", &body)).await.starts_with("HTTP/1.1 403 "), "{body}");
    }
    assert_eq!(server.heard().len(), 1);
    assert!(server.malformed().is_empty());
}

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
async fn stopping_finishes_what_is_in_progress() {
    let mut server = Server::start(live(), Mood::WaitsForTheTest).await;
    let mut caller = TcpStream::connect(server.address).await.unwrap();
    let mut resting = TcpStream::connect(server.address).await.unwrap();
    let mut buffer = vec![0; 4096];
    resting.write_all(b"GET /healthz HTTP/1.1\r\n\r\n").await.unwrap();
    assert_ne!(resting.read(&mut buffer).await.unwrap(), 0);
    caller
        .write_all(post("/twilio/voice", CALL).replace("Connection: close\r\n", "").as_bytes())
        .await
        .unwrap();
    server.fake.asked.notified().await;

    server.stop.take().unwrap().send(()).unwrap();
    assert_eq!(resting.read(&mut buffer).await.unwrap(), 0, "who rests is let go at once");
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

/// What the fake switchboard does.
#[derive(Copy, Clone, Debug)]
enum Mood {
    Answers,
    Safe,
    Empty,
    Fails,
    Panics,
    Hangs,
    WaitsForTheTest,
}

struct Fake {
    live: Arc<Live>,
    mood: Mood,
    heard: Mutex<Vec<String>>,
    malformed: Mutex<Vec<MalformedRequest>>,
    asked: Notify,
    go_on: Notify,
}

impl Fake {
    async fn feel<T>(&self, answer: T) -> Result<T, Unanswered> {
        self.asked.notify_one();
        match self.mood {
            Mood::Answers | Mood::Safe | Mood::Empty => Ok(answer),
            Mood::Fails => Err(Unanswered("the disk is full".into())),
            Mood::Panics => panic!("as the test wants it"),
            Mood::Hangs => std::future::pending().await,
            Mood::WaitsForTheTest => {
                self.go_on.notified().await;
                Ok(answer)
            }
        }
    }
}

impl Answers for Fake {
    fn live(&self) -> Arc<Live> {
        Arc::clone(&self.live)
    }

    fn now(&self) -> Timestamp {
        "2026-11-02T15:04:05Z".parse().unwrap()
    }

    fn note_turned_away(&self) -> u64 {
        1
    }

    async fn answer(&self, webhook: Webhook) -> Result<Answer, Unanswered> {
        let news = match &webhook.news {
            News::Arrived => "arrived",
            News::Status => "status",
            News::Turn { .. }
            | News::Leg { .. }
            | News::Recording { .. }
            | News::Transcript { .. }
            | News::Fallback { .. }
            | News::Safe { .. } => "else",
        };
        self.heard.lock().unwrap().push(format!("{news} {}", webhook.parties.call.id));
        let answer = match self.mood {
            Mood::Safe => Answer::Safe,
            Mood::Empty => Answer::Nothing,
            Mood::Answers | Mood::Fails | Mood::Panics | Mood::Hangs | Mood::WaitsForTheTest => {
                Answer::Document(FLOWS_REPLY.into())
            }
        };
        self.feel(answer).await
    }

    async fn keep_malformed(&self, request: MalformedRequest) -> Result<(), Unanswered> {
        assert_ne!(request.route, Some(Route::Status));
        self.malformed.lock().unwrap().push(request);
        self.feel(()).await
    }
}

struct Server {
    address: SocketAddr,
    fake: Arc<Fake>,
    stop: Option<oneshot::Sender<()>>,
    running: JoinHandle<Result<(), CutOff>>,
}

impl Server {
    async fn start(live: Live, mood: Mood) -> Self {
        Self::start_with(live, mood, Limits::default()).await
    }

    async fn start_with(live: Live, mood: Mood, limits: Limits) -> Self {
        let fake = Arc::new(Fake {
            live: Arc::new(live),
            mood,
            heard: Mutex::default(),
            malformed: Mutex::default(),
            asked: Notify::new(),
            go_on: Notify::new(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(run(listener, Arc::clone(&fake), limits, async {
            let _ = stopped.await;
        }));
        Self { address, fake, stop: Some(stop), running }
    }

    /// Sends these bytes and reads until the server closes the connection.
    async fn ask(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let (mut read, mut write) = stream.split();
        let mut response = Vec::new();
        // A server that refuses a long body closes before it has read all of it.
        let (_, _) = tokio::join!(write.write_all(request.as_bytes()), read.read_to_end(&mut response));
        String::from_utf8(response).unwrap()
    }

    fn heard(&self) -> Vec<String> {
        self.fake.heard.lock().unwrap().clone()
    }

    /// The malformed requests since it was last asked.
    fn malformed(&self) -> Vec<MalformedRequest> {
        std::mem::take(&mut self.fake.malformed.lock().unwrap())
    }
}

fn live() -> Live {
    let base = format!("{PUBLIC_URL}/twilio");
    Live {
        public_url: PUBLIC_URL.to_owned(),
        signing_key: Some(Secret::new(KEY)),
        account_sid: None,
        path_secret: None,
        on_bad_signature: OnBadSignature::Reject,
        insecure: false,
        safe: SafeReplies::write(&[PhoneNumber::parse("+15550101").unwrap()], &base, "en-US"),
        audio: HashMap::new(),
    }
}

/// Limits for what is meant to take too long.
fn quick() -> Limits {
    let short = Duration::from_millis(40);
    Limits { header: short, body: short, answer: short, ..Limits::default() }
}

fn post(target: &str, body: &str) -> String {
    let signature = twilio::sign(KEY, &format!("{PUBLIC_URL}{target}"), &form(body));
    format!(
        "POST {target} HTTP/1.1\r\nHost: phone.example.com\r\nConnection: close\r\n\
         X-Twilio-Signature: {signature}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn get(target: &str) -> String {
    let signature = twilio::sign(KEY, &format!("{PUBLIC_URL}{target}"), &Form::default());
    format!(
        "GET {target} HTTP/1.1\r\nHost: phone.example.com\r\nConnection: close\r\n\
         X-Twilio-Signature: {signature}\r\n\r\n"
    )
}

fn form(body: &str) -> Form<'_> {
    Form::parse(body.as_bytes())
}

fn signature_in(request: &str) -> String {
    let after = request.split("X-Twilio-Signature: ").nth(1).unwrap();
    after.split("\r\n").next().unwrap().to_owned()
}
