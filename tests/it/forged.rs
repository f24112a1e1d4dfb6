//! One flipped bit anywhere: 403, and not a row.

use ringback::dialect::{Form, twilio};

use crate::support::line::{CALLER, LINE, PUBLIC_URL, TOKEN, TestLine};
use crate::support::wire::{ask, post, status_of};

const VOICE: &str = "/twilio/voice?x=1";

async fn rows(line: &TestLine) -> usize {
    line.calls().len() + line.all_call_backs().len()
}

fn body(line: &TestLine) -> Vec<u8> {
    let pairs = line.exchange.first_params("CA1", CALLER, LINE);
    let pairs = pairs.iter().map(|(key, value)| format!("{key}={}", value.replace('+', "%2B")));
    pairs.collect::<Vec<_>>().join("&").into_bytes()
}

fn signed(target: &str, body: &[u8]) -> String {
    twilio::sign(TOKEN, &format!("{PUBLIC_URL}{target}"), &Form::parse(body))
}

#[tokio::test]
async fn one_flipped_bit_in_the_body_is_a_stranger() {
    let line = TestLine::open().await;
    let body = body(&line);
    let signature = signed(VOICE, &body);
    for at in 0..body.len() {
        let mut forged = body.clone();
        forged[at] ^= 1 << (at % 8);
        if Form::parse(&forged) == Form::parse(&body) {
            // An escape in other letters is the same text to every reader: `%2b` and `%2B`.
            continue;
        }
        let answer = ask(&line, &post(VOICE, &signature, &forged)).await;
        assert_eq!(status_of(&answer), 403, "byte {at}: {}", String::from_utf8_lossy(&forged));
    }
    assert_eq!(rows(&line).await, 0);
    assert_eq!(status_of(&ask(&line, &post(VOICE, &signature, &body)).await), 200);
    assert_eq!(line.calls().len(), 1);
}

#[tokio::test]
async fn one_flipped_bit_in_the_url_or_the_signature_is_a_stranger() {
    let line = TestLine::open().await;
    let body = body(&line);
    let signature = signed(VOICE, &body);
    for at in 0..VOICE.len() {
        for bit in 0..7 {
            let mut forged = VOICE.as_bytes().to_vec();
            forged[at] ^= 1 << bit;
            // What no HTTP request line can hold is no request; `#` and what follows are never sent.
            if !forged.iter().all(|byte| byte.is_ascii_graphic() && !b"#\"<>\\^`{|}".contains(byte))
                || forged[0] != b'/'
            {
                continue;
            }
            let forged = String::from_utf8(forged).unwrap();
            let answer = ask(&line, &post(&forged, &signature, &body)).await;
            assert!([403, 404].contains(&status_of(&answer)), "{forged}: {answer}");
        }
    }
    for at in 0..signature.len() {
        for bit in 0..7 {
            let mut forged = signature.clone().into_bytes();
            forged[at] ^= 1 << bit;
            if !forged.iter().all(u8::is_ascii_graphic) {
                continue;
            }
            let forged = String::from_utf8(forged).unwrap();
            let answer = ask(&line, &post(VOICE, &forged, &body)).await;
            assert_eq!(status_of(&answer), 403, "{forged}");
        }
    }
    assert_eq!(rows(&line).await, 0);
}

#[tokio::test]
async fn no_signature_another_key_and_another_route_are_strangers() {
    let line = TestLine::open().await;
    let body = body(&line);
    let right = signed(VOICE, &body);
    let other_key = twilio::sign(
        "00000000000000000000000000000000",
        &format!("{PUBLIC_URL}{VOICE}"),
        &Form::parse(&body),
    );
    for signature in ["", "x", other_key.as_str()] {
        assert_eq!(status_of(&ask(&line, &post(VOICE, signature, &body)).await), 403);
    }
    for route in ["/twilio/status", "/twilio/fallback", "/twilio/call/1/1/key", "/twilio/safe/recorded"] {
        assert_eq!(status_of(&ask(&line, &post(route, &right, &body)).await), 403, "{route}");
    }
    assert_eq!(rows(&line).await, 0);
}
