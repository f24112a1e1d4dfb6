//! What callers say: at a menu, at a question, after the beep, and in which language.

use ringback::call::{Caller, PhoneNumber};
use ringback::language::Language;

use crate::support::line::{CALLER, TestLine};

const NOBODY: (&str, &str) = ("never answers", "never answers");

const WORKSHOP: &str = r#"
[start]
open = "hello"

[step.hello]
say     = "Hi, you've reached {business}."
press.1 = { offer = "ask about a bill", words = ["billing", "a bill"], go = "which" }
press.2 = { offer = "leave a message", words = ["a message"], go = "message" }
silence = "message"

[step.which]
ask    = "What's the number of the bill?"
as     = "bill"
digits = "2-6"
words  = true
go     = "message"

[step.message]
message    = "Leave a message and we'll call back {promise}."
transcribe = true
"#;

const TWO_TONGUES: &str = r#"
languages = ["en", "es"]

[start]
open = "hello"

[step.hello]
say.en     = "Hi, you've reached {business}."
say.es     = "Hola, ha llamado a {business}."
press.1    = { offer.en = "leave a message", offer.es = "dejar un mensaje", go = "message" }
silence    = "message"

[step.message]
message.en = "Leave a message."
message.es = "Deje un mensaje."
transcribe = true
"#;

#[tokio::test]
async fn what_a_caller_says_leads_where_the_key_does_and_joins_the_entry() {
    let line = TestLine::with_flow(WORKSHOP).await;
    let acts = "says it's about a bill, says 4 7 1 1, message 9s saying the sum is wrong";
    let heard = line.rings(acts, NOBODY).await;
    assert!(line.path().starts_with("hello") && line.path().contains("which"), "{} {heard}", line.path());
    let entry = line.entry();
    assert_eq!(entry.transcript.as_deref(), Some("the sum is wrong"), "{heard}");
    let answers: Vec<_> =
        entry.answers.iter().map(|(name, answer)| (name.as_str(), answer.as_str())).collect();
    assert_eq!(
        answers,
        line.calls()[0]
            .answers
            .iter()
            .map(|(name, answer)| (name.as_str(), answer.as_str()))
            .collect::<Vec<_>>()
    );
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert_eq!(answers[0].0, "bill");
    assert_eq!(answers[0].1.replace(' ', ""), "4711");
}

#[tokio::test]
async fn keys_work_beside_words() {
    let line = TestLine::with_flow(WORKSHOP).await;
    let heard = line.rings("1, 4711#, message 9s", NOBODY).await;
    let entry = line.entry();
    let answers: Vec<_> =
        entry.answers.iter().map(|(name, answer)| (name.as_str(), answer.as_str())).collect();
    assert_eq!(answers, [("bill", "4711")], "{heard}");
    assert_eq!(entry.transcript, None, "the provider made nothing out of it");
}

#[tokio::test]
async fn a_language_that_was_chosen_is_kept_with_the_call_and_the_caller() {
    let line = TestLine::with_flow(TWO_TONGUES).await;
    let heard = line.rings("9, 1, message 9s saying hola", NOBODY).await;
    assert!(heard.has("Deje un mensaje.\" in es-US"), "{heard}");
    assert_eq!(line.entry().language, Some(Language::Spanish));
    assert_eq!(line.entry().transcript, None, "the provider writes down English only");
    let caller = Caller::Number(PhoneNumber::parse(CALLER).unwrap());
    let about = line.read(|tx| tx.acquaintance(&caller).unwrap());
    assert_eq!(about.language, Some(Language::Spanish));
    // The next time the first word is Spanish.
    let heard = line.rings("silence, silence, silence", NOBODY).await;
    assert!(heard.lines[1].what.starts_with("\"Hola"), "{heard}");
}
