//! The provider's fallback: the caller is helped, and what it saw is kept with the call, whenever it comes.

use ringback::phone::Request;
use rusqlite::Connection;

use crate::support::line::{CALLER, LINE, TestLine, outcome_of};

const CALL: &str = "CA77";
/// What the provider asked for in vain.
const URL: &str = "https://phone.example.com/twilio/voice";

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
                    [("ErrorCode", "11200"), ("ErrorUrl", URL)]
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
        let file = Connection::open(line.home.path().join("ringback.db")).unwrap();
        let told = file.query_row(
            "select count(*) from incidents where call = ?1 and what = ?2 and detail = ?3",
            (calls[0].id.0, "the provider used the fallback: 11200", URL),
            |row| row.get::<_, i64>(0),
        );
        assert_eq!(told.unwrap(), 1, "{order:?}");
    }
}
