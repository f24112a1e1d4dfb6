//! Who is let in: genuine, forged, another account, another secret.

use ringback::dialect::twilio;
use ringback::server::Live;
use ringback::settings::OnBadSignature;

use super::{APOLOGY, CALL, FLOWS_REPLY, KEY, Mood, PUBLIC_URL, Server, form, get, live, post, signature_in};

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
