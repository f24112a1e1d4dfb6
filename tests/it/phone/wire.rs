//! Requests, links, and answers that are no good.

use std::sync::{Arc, Mutex};

use ringback::phone::{Ended, Exchange, Fault, Purpose, Request};
use tokio::net::TcpListener;

use super::canned::{Canned, response};
use super::{BYE, MENU, PUBLIC, clean, script};

#[tokio::test]
async fn a_failing_document_sends_the_caller_to_the_fallback_once() {
    let server = Canned::serve(|seen| match seen.target.as_str() {
        "/twilio/voice" => (200, "text/xml", response("<Say loud=\"true\">Hi.</Say>")),
        "/twilio/fallback" => (200, "text/xml", response("<Redirect>/again</Redirect>")),
        "/again" => (500, "text/plain", "oops".to_owned()),
        _ => (204, "text/plain", String::new()),
    })
    .await;
    let heard = server.exchange().call(script("")).await;
    assert_eq!(server.only("/twilio/fallback").params("ErrorCode ErrorUrl CallStatus"), {
        "12200 https://phone.example.com/twilio/voice ringing"
    });
    let codes: Vec<_> = heard.troubles.iter().map(|trouble| trouble.fault.code()).collect();
    assert_eq!((codes, heard.ended), (vec![12200, 11200], Ended::Broken));
    assert!(heard.has("An application error has occurred"), "{heard}");
    assert!(heard.sent.iter().any(|sent| sent.purpose == Purpose::Fallback));
    assert!(heard.clean().is_err());
}

#[tokio::test]
async fn answers_that_are_not_documents_are_refused() {
    for (answer, code) in [
        ((404, "text/xml", response("")), 11200),
        ((302, "text/xml", response("")), 11200),
        ((200, "text/plain", response("")), 12300),
        ((200, "application/xml; charset=utf-8", String::new()), 12100),
        ((200, "text/xml", response(&format!("<Say>{}</Say>", "a".repeat(64 * 1024)))), 11750),
    ] {
        let server = Canned::serve(move |_| answer.clone()).await;
        let mut exchange = server.exchange();
        exchange.quirks = ringback::phone::Quirks { fallback: false, ..exchange.quirks };
        let heard = exchange.call(script("")).await;
        assert_eq!(heard.troubles[0].fault.code(), code, "{:?}", heard.troubles);
        assert!(server.to("/twilio/fallback").is_empty());
    }
}

#[tokio::test]
async fn a_report_must_be_answered_with_nothing() {
    let server = Canned::serve(|_| (200, "text/xml", response(BYE))).await;
    let heard = server.exchange().call(script("")).await;
    assert_eq!(heard.troubles.iter().map(|t| t.fault.clone()).collect::<Vec<_>>(), [Fault::ReportAnswered]);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_a_trouble_and_no_panic() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let heard = Exchange::new(&format!("http://{address}"), PUBLIC).call(script("")).await;
    assert_eq!(heard.ended, Ended::Broken);
    assert!(matches!(heard.troubles[0].fault, Fault::NoAnswer(_)), "{:?}", heard.troubles);
}

#[tokio::test]
async fn documents_that_go_round_in_circles_are_stopped() {
    let server = Canned::documents(&[("/twilio/voice", "<Redirect>/twilio/voice</Redirect>")]).await;
    let heard = server.exchange().call(script("")).await;
    assert_eq!(heard.troubles.last().expect("a trouble").fault, Fault::Circles(60));
    assert_eq!(server.to("/twilio/voice").len(), 60);
}

#[tokio::test]
async fn a_link_may_be_absolute_or_relative_and_never_lead_elsewhere() {
    let here = |url: &str| format!("<Redirect>{url}</Redirect>");
    for url in ["https://phone.example.com/twilio/next", "/twilio/next", "next", "next#rc=2"] {
        let redirect = here(url);
        let server = Canned::documents(&[("/twilio/voice", redirect.as_str()), ("/twilio/next", BYE)]).await;
        assert_eq!(clean(server.exchange().call(script("")).await).ended, Ended::HungUp, "{url}");
    }
    for url in
        ["https://phone.example.com.evil.test/next", "https://other.example.com/next", "//other.example.com"]
    {
        let redirect = here(url);
        let server = Canned::documents(&[("/twilio/voice", redirect.as_str())]).await;
        let heard = server.exchange().call(script("")).await;
        assert_eq!(heard.troubles[0].fault, Fault::BadUrl(url.to_owned()));
    }
}

#[tokio::test]
async fn requests_are_signed_over_the_public_url_by_the_published_rules() {
    let server = Canned::serve(|_| (200, "text/xml", response(""))).await;
    let mut exchange = server.exchange();
    exchange.request("/myapp.php?foo=1&bar=2", &[]).await.expect("an answer");
    exchange.public_url = "https://mycompany.com".to_owned();
    exchange.secret = Some("12345".to_owned());
    let params = [
        ("To", "+18005551212"),
        ("Digits", "1234"),
        ("CallSid", "CA1234567890ABCDE"),
        ("From", "+14158675309"),
        ("Caller", "+14158675309"),
    ];
    exchange.request("/myapp.php?foo=1&bar=2", &params).await.expect("an answer");
    let seen = server.to("/myapp.php");
    assert_eq!(seen[0].signature, None);
    assert_eq!(seen[1].signature.as_deref(), Some("RSOYDt4T1cUTdK1PDd93/VVr8B8="));
}

#[tokio::test]
async fn what_a_get_asks_stands_in_the_query() {
    let redirect = r#"<Redirect method="GET">/next?step=2</Redirect>"#;
    let server = Canned::documents(&[("/twilio/voice", redirect), ("/next", BYE)]).await;
    clean(server.exchange().call(script("")).await);
    let next = server.only("/next");
    assert_eq!((next.method.as_str(), next.body.as_str()), ("GET", ""));
    assert_eq!(next.params("step From CallStatus"), "2 +15550142 in-progress");
}

#[tokio::test]
async fn every_request_of_a_call_can_be_sent_again_and_twice_at_once() {
    let server = Canned::documents(&[("/twilio/voice", MENU), ("/key", BYE)]).await;
    let exchange = server.exchange();
    let heard = clean(exchange.call(script("1")).await);
    assert_eq!(heard.sent.len(), 3);
    assert_eq!(heard.documents(), [response(MENU), response(BYE)]);
    let key: &Request = &heard.sent[1].request;
    let (one, other) = tokio::join!(exchange.send(key), exchange.send(key));
    assert_eq!(one, other);
    let bodies: Vec<_> = server.to("/key").into_iter().map(|seen| seen.body).collect();
    assert!(bodies.len() == 3 && bodies.iter().all(|body| *body == bodies[0]));
}

#[tokio::test]
async fn calls_run_side_by_side_and_something_may_happen_before_each_request() {
    let server = Canned::documents(&[("/twilio/voice", MENU), ("/key", BYE)]).await;
    let (mut exchange, order) = (server.exchange(), Arc::new(Mutex::new(Vec::new())));
    let log = Arc::clone(&order);
    exchange.before_each = Some(Box::new(move |nth| {
        log.lock().expect("a log").push(nth);
        Box::pin(async {})
    }));
    let exchange = Arc::new(exchange);
    let calls = [(); 3].map(|()| {
        let exchange = Arc::clone(&exchange);
        tokio::spawn(async move { exchange.call(script("1")).await })
    });
    for call in calls {
        assert_eq!(clean(call.await.expect("no panic")).ended, Ended::HungUp);
    }
    let mut order = order.lock().expect("a log").clone();
    order.sort_unstable();
    assert_eq!(order, [0, 0, 0, 1, 1, 1, 2, 2, 2]);
    assert_eq!(server.to("/key").len(), 3);
}
