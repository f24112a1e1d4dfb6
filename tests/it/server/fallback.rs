//! The provider's fallback: the caller is helped, and what it saw is kept with the call, whenever it comes.

use ringback::phone::Request;

use crate::support::line::{CALLER, LINE, TestLine, outcome_of};

const CALL: &str = "CA77";

#[tokio::test]
async fn a_fallback_is_an_incident_of_its_call_before_after_and_without_a_first_fetch() {
    for order in
        [&["fallback", "voice", "status"][..], &["voice", "fallback", "status"], &["fallback", "status"]]
    {
        let line = TestLine::open().await;
        for route in order {
            let mut params = line.exchange.first_params(CALL, CALLER, LINE);
            match *route {
                "fallback" => params.extend(
                    [("ErrorCode", "11200"), ("ErrorUrl", "https://phone.example.com/twilio/voice")]
                        .map(|(key, value)| (key.to_owned(), value.to_owned())),
                ),
                "status" => {
                    params.retain(|(key, _)| key != "CallStatus");
                    params.push(("CallStatus".to_owned(), "completed".to_owned()));
                }
                _ => {}
            }
            let request = Request::post(format!("/twilio/{route}"), params);
            let answer = line.send(&request).await;
            if *route == "fallback" {
                assert!(answer.text().contains("small problem"), "{order:?}: {}", answer.text());
                assert_eq!(line.send(&request).await.body, answer.body, "{order:?}: asked twice");
            }
        }
        let calls = line.calls();
        assert_eq!(calls.len(), 1, "{order:?}");
        assert_eq!(calls[0].error.as_deref(), Some("11200"), "{order:?}");
        assert_eq!(outcome_of(&calls[0]), "missed: system_error", "{order:?}");
        assert_eq!(line.entry().stored.calls, 1, "{order:?}");
        let incidents = line.read(|tx| tx.incidents(jiff::Timestamp::UNIX_EPOCH).unwrap());
        assert!(
            incidents.iter().any(|(_, what, _)| what.contains("11200") || what.contains("fallback")),
            "{incidents:?}"
        );
    }
}
