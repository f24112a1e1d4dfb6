//! Twilio's published signature vectors, and what makes a request forged.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use ringback::dialect::{Form, Request, twilio};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Vectors {
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    id: String,
    auth_token: String,
    url: String,
    form_params: serde_json::Map<String, Value>,
    raw_body: Option<String>,
    signature: Option<String>,
    expect_valid: bool,
    #[serde(default = "yes")]
    required: bool,
}

fn yes() -> bool {
    true
}

impl Vector {
    /// The body as it comes over the wire, and its type.
    fn body(&self) -> (String, &'static str) {
        let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let pairs = self.form_params.iter().flat_map(|(key, value)| {
            let values = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
            let text = |value: Value| value.as_str().expect("values are texts").to_owned();
            values.into_iter().map(move |value| format!("{}={}", encoded(key), encoded(&text(value))))
        });
        match &self.raw_body {
            Some(body) if body.starts_with('{') => (body.clone(), "application/json"),
            Some(body) => (body.clone(), FORM),
            None => (pairs.collect::<Vec<_>>().join("&"), FORM),
        }
    }
}

const FORM: &str = "application/x-www-form-urlencoded";

fn vectors() -> Vec<Vector> {
    let file = include_str!("../../webhooks/twilio/signature_vectors.json");
    serde_json::from_str::<Vectors>(file).expect("the vectors are JSON").vectors
}

/// The public URL and the target of a request for `url`.
fn cut(url: &str) -> (&str, &str) {
    let host_at = url.find("://").expect("an absolute URL") + 3;
    url.split_at(url[host_at..].find('/').map_or(url.len(), |length| host_at + length))
}

#[test]
fn the_published_vectors_agree() {
    let mut agreed = 0;
    for vector in vectors() {
        if !vector.required {
            eprintln!("skipped: vector `{}`, on which the official libraries disagree", vector.id);
            continue;
        }
        let (body, content_type) = vector.body();
        let (public_url, target) = cut(&vector.url);
        let request = Request {
            is_get: false,
            target,
            content_type: Some(content_type),
            signature: vector.signature.as_deref(),
            body: body.as_bytes(),
        };
        let verdict = twilio::genuine(&request, public_url, &vector.auth_token);
        assert_eq!(verdict, vector.expect_valid, "vector `{}`", vector.id);
        agreed += 1;
    }
    assert!(agreed >= 27, "only {agreed} vectors were read");
}

const SECRET: &str = "ridge-plumbing-token";
const PUBLIC_URL: &str = "https://phone.example.com";
const BODY: &[u8] = b"CallSid=CA1&From=%2B15550142&To=%2B15550100&CallerName=Jos%E9+%zz&Digits=";

fn signed<'a>(target: &'a str, body: &'a [u8], signature: &'a str) -> Request<'a> {
    Request { is_get: false, target, content_type: Some(FORM), signature: Some(signature), body }
}

fn sign(url: &str, body: &[u8]) -> String {
    twilio::sign(SECRET, url, &Form::parse(body))
}

#[test]
fn what_we_sign_is_genuine() {
    let signature = sign("https://phone.example.com/twilio/voice", BODY);
    assert!(twilio::genuine(&signed("/twilio/voice", BODY, &signature), PUBLIC_URL, SECRET));
}

#[test]
fn only_the_configured_url_counts() {
    let target = "/twilio/voice?a=%2F&b=1";
    let signature = sign(&format!("{PUBLIC_URL}{target}"), BODY);
    for (target, public_url, genuine) in [
        (target, "https://phone.example.com", true),
        (target, "https://phone.example.com:443", true),
        (target, "https://phone.example.com:8443", true),
        (target, "http://phone.example.com", false),
        (target, "https://phone.example.com/", false),
        (target, "https://other.example.com", false),
        ("//twilio/voice?a=%2F&b=1", PUBLIC_URL, false),
        ("/twilio/voice/?a=%2F&b=1", PUBLIC_URL, false),
        ("/twilio/voice?a=%2f&b=1", PUBLIC_URL, false),
        ("/twilio/voice?a=/&b=1", PUBLIC_URL, false),
        ("/twilio/voice?b=1&a=%2F", PUBLIC_URL, false),
        ("/twilio/voice", PUBLIC_URL, false),
    ] {
        let verdict = twilio::genuine(&signed(target, BODY, &signature), public_url, SECRET);
        assert_eq!(verdict, genuine, "{public_url}{target}");
    }
}

#[test]
fn a_missing_or_strange_signature_is_forged() {
    let signature = sign("https://phone.example.com/twilio/voice", BODY);
    let doubled = format!("{signature},{signature}");
    let blank = format!(" {signature}");
    for odd in ["", "=", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=", "WRONG", "ñ", &doubled, &blank, &signature[..27]] {
        let request = signed("/twilio/voice", BODY, odd);
        assert!(!twilio::genuine(&request, PUBLIC_URL, SECRET), "{odd}");
    }
    let request = Request { signature: None, ..signed("/twilio/voice", BODY, "") };
    assert!(!twilio::genuine(&request, PUBLIC_URL, SECRET));
    let request = signed("/twilio/voice", BODY, &signature);
    assert!(!twilio::genuine(&request, PUBLIC_URL, "another-token"));
}

#[test]
fn of_a_get_the_whole_query_is_signed_and_nothing_else() {
    let target = "/twilio/voice?CallSid=CA1&From=%2B15550142";
    let signature = sign(&format!("{PUBLIC_URL}{target}"), b"");
    let request = Request { is_get: true, content_type: None, ..signed(target, b"", &signature) };
    assert!(twilio::genuine(&request, PUBLIC_URL, SECRET));
    let longer = Request { target: "/twilio/voice?CallSid=CA1&From=%2B15550142&To=x", ..request };
    assert!(!twilio::genuine(&longer, PUBLIC_URL, SECRET));
}

#[test]
fn a_form_under_another_name_is_still_known_to_be_genuine() {
    let signature = sign("https://phone.example.com/twilio/voice", BODY);
    for content_type in [None, Some("text/plain"), Some("multipart/form-data")] {
        let request = Request { content_type, ..signed("/twilio/voice", BODY, &signature) };
        assert!(twilio::genuine(&request, PUBLIC_URL, SECRET), "{content_type:?}");
    }
}

#[test]
fn one_flipped_bit_makes_it_forged() {
    let target = "/twilio/call/17/3/key";
    let url = format!("{PUBLIC_URL}{target}");
    let signature = sign(&url, BODY);
    let mut tried = 0;
    for (part, length) in [(0, target.len()), (1, BODY.len()), (2, signature.len()), (3, PUBLIC_URL.len())] {
        for bit in 0..length * 8 {
            let flipped = |text: &[u8], which: usize| {
                let mut bytes = text.to_vec();
                if which == part {
                    bytes[bit / 8] ^= 1 << (bit % 8);
                }
                bytes
            };
            let texts = [(target, 0), (&signature, 2), (PUBLIC_URL, 3)]
                .map(|(text, which)| String::from_utf8(flipped(text.as_bytes(), which)));
            // The server lets no header and no target through that is not text.
            let [Ok(target), Ok(signature), Ok(public_url)] = texts else { continue };
            let body = flipped(BODY, 1);
            // `%2b` for `%2B` says the same, and the signature is over what is said.
            if part == 1 && Form::parse(&body) == Form::parse(BODY) {
                continue;
            }
            let request = signed(&target, &body, &signature);
            assert!(!twilio::genuine(&request, &public_url, SECRET), "part {part}, bit {bit}");
            tried += 1;
        }
    }
    assert!(tried > 800, "only {tried} bits were flipped");
}
