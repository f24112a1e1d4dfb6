//! Asking the provider for calls, over HTTP, of a REST face that the test runs.

use jiff::{SignedDuration, Timestamp};
use ringback::call::{Caller, PhoneNumber};
use ringback::provider::{Account, ApiBase, AskError, CallState, call_state, recent_calls};
use serde_json::{Value, json};

use crate::ridge::number;
use crate::support::books::{ACCOUNT, Books, KEY, Said, going_on, listed, page};

const PARTIES: (&str, &str) = ("+15550142", "+15550100");

fn start() -> Timestamp {
    "2026-11-20T18:05:00Z".parse().unwrap()
}

fn line() -> [PhoneNumber; 1] {
    [number("+15550100")]
}

fn call(id: &str) -> Value {
    listed(id, PARTIES, (start(), start() + SignedDuration::from_secs(12)))
}

fn next(token: &str) -> String {
    format!("/2010-04-01/Accounts/{ACCOUNT}/Calls.json?PageSize=100&Page=1&PageToken={token}")
}

#[tokio::test]
async fn every_page_is_read_with_the_key_and_the_day_and_the_line() {
    let books = Books::saying(|target, _| {
        Said::json(&match target {
            target if target.ends_with("PB") => page(&[call("CA3")], None),
            target if target.ends_with("PA") => page(&[call("CA2")], Some(&next("PB"))),
            _ => page(&[call("CA1")], Some(&next("PA"))),
        })
    })
    .await;
    let calls = recent_calls(&books.account(), start(), &line()).await.unwrap();
    assert_eq!(calls.iter().map(|call| call.id.as_str()).collect::<Vec<_>>(), ["CA1", "CA2", "CA3"]);
    assert_eq!(calls[0].caller, Caller::Number(number("+15550142")));
    assert_eq!(calls[0].started_at, start());
    assert_eq!(calls[0].state, CallState::Over { at: start() + SignedDuration::from_secs(12) });
    let first = format!(
        "/2010-04-01/Accounts/{ACCOUNT}/Calls.json?To=%2B15550100&StartTime%3E=2026-11-20&PageSize=100"
    );
    assert_eq!(books.targets(), [first, next("PA"), next("PB")]);
    for head in books.asked() {
        assert!(head.contains("authorization: Basic "), "{head}");
        assert!(!head.contains(KEY), "{head}");
    }
}

#[tokio::test]
async fn only_callers_own_legs_on_the_line_and_since_then_are_told() {
    let mut leg = call("CA2");
    leg["parent_call_sid"] = json!("CA1");
    let mut outgoing = call("CA3");
    outgoing["direction"] = json!("outbound-dial");
    let elsewhere = listed("CA4", ("+15550142", "+15550109"), (start(), start()));
    let before = start() - SignedDuration::from_secs(1);
    let earlier = listed("CA5", PARTIES, (before, start()));
    let mut nameless = call("CA6");
    nameless["sid"] = json!(null);
    let withheld = listed("CA7", ("+266696687", "+15550100"), (start(), start()));
    let calls = [call("CA1"), leg, outgoing, elsewhere, earlier, nameless, withheld];
    let books = Books::saying(move |_, _| Said::json(&page(&calls, None))).await;
    let told = recent_calls(&books.account(), start(), &line()).await.unwrap();
    assert_eq!(told.iter().map(|call| call.id.as_str()).collect::<Vec<_>>(), ["CA1", "CA7"]);
    assert_eq!(told[1].caller, Caller::Withheld);
}

#[tokio::test]
async fn a_list_without_end_is_left_after_twenty_pages() {
    let books = Books::saying(|_, _| Said::json(&page(&[call("CA1")], Some(&next("PA"))))).await;
    let told = recent_calls(&books.account(), start(), &line()).await.unwrap();
    assert_eq!((told.len(), books.asked().len()), (20, 20));
}

#[tokio::test]
async fn a_next_page_elsewhere_does_not_get_the_key() {
    for elsewhere in
        ["http://192.0.2.1/x", "//192.0.2.1/x", "@192.0.2.1/x", "/2010-04-01/Accounts/AC9/Calls.json?x"]
    {
        let books = Books::saying(move |_, _| Said::json(&page(&[], Some(elsewhere)))).await;
        let told = recent_calls(&books.account(), start(), &line()).await;
        assert!(matches!(told, Err(AskError::Unreadable(_))), "{elsewhere}: {told:?}");
        assert_eq!(books.asked().len(), 1, "{elsewhere}");
    }
}

#[tokio::test]
async fn a_provider_that_is_too_busy_is_asked_again_and_not_for_ever() {
    let books = Books::saying(|_, before| match before {
        0 => Said::status(429),
        _ => Said::json(&page(&[call("CA1")], None)),
    })
    .await;
    assert_eq!(recent_calls(&books.account(), start(), &line()).await.unwrap().len(), 1);
    assert_eq!(books.asked().len(), 2);

    let books = Books::saying(|_, _| Said::status(429)).await;
    let told = recent_calls(&books.account(), start(), &line()).await;
    assert!(matches!(told, Err(AskError::Busy)), "{told:?}");
    assert_eq!(books.asked().len(), 4);
}

#[tokio::test]
async fn a_wrong_key_a_failure_and_a_way_elsewhere_are_errors_after_one_request() {
    for status in [401, 403, 404, 500, 302, 307] {
        let books = Books::saying(move |_, _| Said {
            status,
            location: Some("http://192.0.2.1/".to_owned()),
            body: "+15550142".to_owned(),
        })
        .await;
        let error = recent_calls(&books.account(), start(), &line()).await.unwrap_err();
        assert_eq!(error.to_string(), format!("the provider answered {status}"));
        assert_eq!(books.asked().len(), 1);
    }
}

#[tokio::test]
async fn an_answer_that_makes_no_sense_is_an_error_that_repeats_nothing_of_it() {
    let bodies = [
        "",
        "<html>",
        "[]",
        r#"{"calls": "+15550142"}"#,
        r#"{"calls": [{"sid": 15550142}]}"#,
        r#"{"calls": ["#,
    ];
    for body in bodies {
        let books =
            Books::saying(move |_, _| Said { status: 200, location: None, body: body.to_owned() }).await;
        let error = recent_calls(&books.account(), start(), &line()).await.unwrap_err();
        assert!(matches!(error, AskError::Unreadable(_)), "{body}: {error:?}");
        assert!(!format!("{error} {error:?}").contains("5550142"), "{error:?}");
    }
}

#[tokio::test]
async fn a_page_that_is_too_long_is_not_read_to_its_end() {
    let books =
        Books::saying(|_, _| Said { status: 200, location: None, body: " ".repeat(1024 * 1024 + 1) }).await;
    let error = recent_calls(&books.account(), start(), &line()).await.unwrap_err();
    assert!(matches!(error, AskError::Unreached(_)), "{error:?}");
    assert!(error.to_string().ends_with("is longer than 1048576 bytes"), "{error}");
}

#[tokio::test]
async fn nobody_there_is_an_error_without_the_account() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let account = Account::new(ACCOUNT, KEY, ApiBase::parse(&base).unwrap());
    let error = recent_calls(&account, start(), &line()).await.unwrap_err();
    assert_eq!(error.to_string(), "could not reach `127.0.0.1`");
    assert!(!format!("{error:?}").contains(ACCOUNT), "{error:?}");
}

#[tokio::test]
async fn one_call_is_over_or_goes_on_or_is_not_known() {
    let books = Books::open().await;
    books.enter(call("CA1"));
    books.enter(going_on("CA2", PARTIES, start()));
    let state = async |id| call_state(&books.account(), id).await.unwrap();
    assert_eq!(state("CA1").await, Some(CallState::Over { at: start() + SignedDuration::from_secs(12) }));
    assert_eq!(state("CA2").await, Some(CallState::InProgress));
    assert_eq!(state("CA3").await, None);
    assert_eq!(state("../../AC9/Calls/CA1").await, None);
    assert!(books.targets()[3].ends_with("/Calls/%2E%2E%2F%2E%2E%2FAC9%2FCalls%2FCA1.json"));
}
