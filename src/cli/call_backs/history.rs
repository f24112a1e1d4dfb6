//! Everything about one entry, in the order of time.

use jiff::Timestamp;
use serde::Serialize;

use crate::business::Business;
use crate::call::{CallId, Outcome};
use crate::call_back::{CallBackId, Deed, Standing};
use crate::cli::failure::Failure;
use crate::cli::output::{show, show_json, wrap};
use crate::cli::shop::Shop;
use crate::cli::when::{Look, length};
use crate::cli::who;
use crate::store::{
    CallBackEvent, CallBackLine, CallBackShape, CallLine, CallShape, PathStep, StoreError, Tx, rfc3339,
};

use super::list::mark_seen;
use super::{by_when, unknown};

/// An entry with its calls, oldest first.
struct Story {
    line: CallBackLine,
    calls: Vec<(CallLine, Vec<PathStep>)>,
}

#[derive(Serialize)]
struct StoryShape {
    call_back: CallBackShape,
    calls: Vec<CallShape>,
    events: Vec<EventShape>,
}

#[derive(Serialize)]
struct EventShape {
    at: String,
    by: String,
    what: &'static str,
    detail: Option<String>,
    undone_at: Option<String>,
}

pub(super) fn run(shop: &Shop<'_>, id: CallBackId, json: bool) -> Result<(), Failure> {
    let story = shop.read(|tx| read(tx, id))?.flatten().ok_or_else(|| unknown(id))?;
    mark_seen(shop, [&story.line.stored]);
    if json {
        return show_json(&shape(story, &shop.look));
    }
    show(&screen(&story, &shop.settings.business, &shop.look))
}

fn read(tx: &Tx<'_>, id: CallBackId) -> Result<Option<Story>, StoreError> {
    let Some(line) = tx.call_back_line(id)? else { return Ok(None) };
    let mut calls = Vec::new();
    for id in tx.calls_of(&line.stored)? {
        if let Some(call) = tx.call_line(id)? {
            calls.push((call, tx.path_of(id)?));
        }
    }
    Ok(Some(Story { line, calls }))
}

fn shape(story: Story, look: &Look) -> StoryShape {
    let event = |event: &CallBackEvent| EventShape {
        at: rfc3339(event.at, &look.zone),
        by: event.by.clone(),
        what: event.what.word(),
        detail: event.detail.clone(),
        undone_at: event.undone_at.map(|at| rfc3339(at, &look.zone)),
    };
    StoryShape {
        call_back: CallBackShape::of(&story.line, look.now, &look.zone),
        events: story.line.events.iter().map(event).collect(),
        calls: story.calls.into_iter().map(|(call, path)| CallShape::of(call, path, &look.zone)).collect(),
    }
}

fn screen(story: &Story, business: &Business, look: &Look) -> String {
    let mut shown = head(&story.line, business, look);
    shown.push('\n');
    let calls = story.calls.iter().map(|(call, path)| (call.at, told_call(call, path, business)));
    let is_open = story.line.stored.entry.closed_at().is_none();
    // What was said then is known only as long as nothing has given the entry another time since.
    let gives_a_time = |event: &CallBackEvent| {
        let moves = matches!(event.what, Deed::Tried | Deed::Snoozed | Deed::Agreed | Deed::Reopened);
        moves && event.undone_at.is_none()
    };
    let rang_since = |event: &CallBackEvent| story.calls.iter().any(|(call, _)| call.at > event.at);
    let events = &story.line.events;
    let last_try = events
        .iter()
        .rposition(gives_a_time)
        .filter(|last| is_open && events[*last].what == Deed::Tried && !rang_since(&events[*last]));
    let events = story.line.events.iter().enumerate().map(|(index, event)| {
        let is_due_later = story.line.stored.entry.due_at > event.at;
        let again = if Some(index) == last_try && is_due_later {
            format!("; try again {}", look.at_or_on(story.line.stored.entry.due_at))
        } else {
            String::new()
        };
        (event.at, told_event(event, business) + &again)
    });
    let mut lines: Vec<(Timestamp, String)> = calls.chain(events).collect();
    lines.sort_by_key(|(at, _)| *at);
    let times: Vec<String> = lines.iter().map(|(at, _)| look.at(*at)).collect();
    let column = times.iter().map(String::len).max().unwrap_or(0);
    for ((_, told), time) in lines.iter().zip(&times) {
        let room = look.width.min(80).saturating_sub(column + 2);
        for (index, line) in wrap(told, room, 0).lines().enumerate() {
            let time = if index == 0 { time } else { "" };
            shown.push_str(&format!("{time:column$}  {line}\n"));
        }
    }
    shown
}

fn head(line: &CallBackLine, business: &Business, look: &Look) -> String {
    let entry = &line.stored.entry;
    let owner = business.person(&entry.owner).map_or(entry.owner.as_str(), |person| person.spoken.as_str());
    let stands = match &entry.standing {
        Standing::Waiting => format!("Waits for {owner}, {}", by_when(entry, look)),
        Standing::Taken { .. } => format!("{owner} is on it, {}", by_when(entry, look)),
        Standing::Closed { by, at, outcome } => {
            format!(
                "Closed by {} {}: {}",
                who::spoken(business, by),
                look.ago(*at),
                outcome.word().replace('-', " ")
            )
        }
    };
    let caller = who::waits(line);
    let mut head = wrap(&format!("Call-back {}: {caller}", entry.id), look.width, 2);
    head.push_str(&wrap(&stands, look.width, 2));
    let mut facts = Vec::new();
    facts.extend(entry.typed_number.as_ref().map(|typed| format!("typed {}", who::number(typed))));
    facts.extend(entry.area.as_ref().map(|area| format!("about {area}")));
    facts.extend(line.language.map(|language| format!("speaks {}", who::language(language))));
    facts.extend(line.answers.iter().map(|(question, answer)| format!("{question}: {answer}")));
    facts.extend(entry.line.as_ref().map(|number| format!("rang {}", who::number(number))));
    facts.extend(line.returning.then(|| "somebody here has talked with them before".to_owned()));
    if !facts.is_empty() {
        head.push_str(&wrap(&facts.join(", "), look.width, 2));
    }
    head
}

/// `call 31: missed, left a message of 0:12 (ringback play 31), pressed 1 in busy`.
fn told_call(call: &CallLine, path: &[PathStep], business: &Business) -> String {
    let came_to = match &call.outcome {
        Outcome::InProgress => "going on".to_owned(),
        Outcome::Answered(accept) => format!("answered by {}", who::spoken(business, &accept.by)),
        Outcome::Missed(reason) => format!("missed, {reason}"),
        Outcome::Blocked => "blocked".to_owned(),
    };
    let mut told = vec![format!("call {}: {came_to}", call.id)];
    told.extend(call.recording.as_ref().map(|recording| message(call.id, recording.seconds)));
    told.extend(call.transcript.as_ref().map(|said| format!("said: \"{said}\"")));
    told.extend(call.answers.iter().map(|(question, answer)| format!("{question}: {answer}")));
    let pressed = path.iter().filter_map(|step| Some(format!("{} in {}", step.key.as_ref()?, step.step)));
    let pressed: Vec<String> = pressed.collect();
    if !pressed.is_empty() {
        told.push(format!("pressed {}", pressed.join(", ")));
    }
    told.extend(call.error.as_ref().map(|code| format!("the provider reported error {code}")));
    told.join("; ")
}

fn message(call: CallId, seconds: u32) -> String {
    format!("message of {}, `ringback play {call}`", length(i64::from(seconds)))
}

/// `ana tried: no answer`, `ben noted: wants a quote`, `ringback handed it over, from ana to ben`.
fn told_event(event: &CallBackEvent, business: &Business) -> String {
    let detail = event.detail.as_deref().unwrap_or_default();
    // What people wrote stays as they wrote it; what ringback wrote names people as the settings do.
    let detail = match event.what {
        Deed::Note | Deed::Reopened | Deed::Undone => detail.to_owned(),
        Deed::Taken
        | Deed::Released
        | Deed::Offered
        | Deed::Accepted
        | Deed::Declined
        | Deed::Lapsed
        | Deed::HandedOver
        | Deed::Tried
        | Deed::Snoozed
        | Deed::Agreed
        | Deed::Closed
        | Deed::Blocked => spoken_in(detail, business),
    };
    let told = if event.what == Deed::Lapsed {
        format!("nobody said yes; {detail}")
    } else {
        format!("{} {}", spoken_in(&event.by, business), did(event.what, &detail))
    };
    if event.undone_at.is_some() { format!("{told} (taken back)") } else { told }
}

/// `from Ana to Ben` for `from ana to ben`.
fn spoken_in(text: &str, business: &Business) -> String {
    let person = |word: &str| business.people.iter().find(|person| person.name.as_str() == word);
    let words = text.split(' ').map(|word| {
        let name = word.trim_end_matches([',', ';', '.', '?']);
        person(name).map_or_else(|| word.to_owned(), |person| person.spoken.clone() + &word[name.len()..])
    });
    words.collect::<Vec<_>>().join(" ")
}

/// What somebody did: `handed it over from ana to ben`, `closed it: wrong number`, `took it`.
pub(super) fn did(what: Deed, detail: &str) -> String {
    let told = match what {
        Deed::Taken => format!("took it {detail}"),
        Deed::Released => format!("released it {detail}"),
        Deed::Offered => format!("offered it {detail}"),
        Deed::Accepted => format!("accepted it {detail}"),
        Deed::Declined => "declined it".to_owned(),
        Deed::Lapsed => format!("asked in vain: {detail}"),
        Deed::HandedOver => format!("handed it over {detail}"),
        Deed::Tried => format!("tried: {}", detail.replace('-', " ")),
        Deed::Snoozed => format!("let it sleep {detail}"),
        Deed::Agreed => format!("agreed with the caller {detail}"),
        Deed::Note => format!("noted: {detail}"),
        Deed::Closed => format!("closed it: {}", detail.replace('-', " ")),
        Deed::Reopened => format!("opened it again: {detail}"),
        Deed::Blocked => "blocked the caller".to_owned(),
        Deed::Undone => {
            let (word, rest) = detail.split_once(", ").unwrap_or((detail, ""));
            let undone = Deed::from_word(word).map(|what| did(what, rest));
            format!("took back: {}", undone.as_deref().unwrap_or(detail))
        }
    };
    told.trim_end_matches([' ', ':']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{AnswerName, MissedReason, Recording, StepName};
    use crate::cli::testing::{ago, ana, call, entry, look, plain};
    use crate::language::Language;
    use crate::settings::sample;

    #[test]
    fn the_history_tells_everything_in_the_order_of_time() {
        let pat = ("+12125550142", "Pat Doe");
        let event = |minutes, by: &str, what: &str, detail: Option<&str>| CallBackEvent {
            at: ago(minutes),
            by: by.to_owned(),
            what: Deed::from_word(what).unwrap(),
            detail: detail.map(str::to_owned),
            undone_at: None,
        };
        let mut line = entry(14, pat, ago(1_700), MissedReason::RangOut);
        line.stored.entry.promised_at = Some(ago(53));
        line.stored.entry.take(ana(), ago(40)).unwrap();
        line.returning = true;
        line.language = Some(Language::Spanish);
        line.answers = vec![(AnswerName::parse("job").unwrap(), "4711".to_owned())];
        let long = "wants a quote for a boiler, and asks whether we could come on Monday before ten; the\u{1b}[2J dog is friendly";
        line.events = vec![
            event(90, "ben", "tried", Some("left-message")),
            event(
                60,
                "ringback",
                "handed-over",
                Some("from Ben, who is not in the settings any more, to Ana"),
            ),
            event(40, "ana", "taken", None),
            event(20, "ana", "note", Some(long)),
        ];
        let mut message = call(107, pat, ago(95), Outcome::Missed(MissedReason::VoicemailLeft));
        message.recording = Some(Recording { seconds: 12, url: None, at: ago(94) });
        message.transcript = Some("the boiler leaks\u{7}".to_owned());
        message.answers.clone_from(&line.answers);
        let step =
            PathStep { step: StepName::parse("busy").unwrap(), at: ago(95), key: Some("2".to_owned()) };
        let first = call(101, pat, ago(1_700), Outcome::Missed(MissedReason::RangOut));
        let story = Story { line, calls: vec![(first, vec![]), (message, vec![step])] };
        let expected = "\
Call-back 14: +1 212-555-0142 Pat Doe
Ana is on it, promised 2:07 p.m., broken
about repairs, speaks Spanish, job: 4711, rang +1 555-0100, somebody here has
  talked with them before

Fri 10:40 a.m.  call 101: missed, rang out
1:25 p.m.       call 107: missed, left a message; message of 0:12, `ringback
                play 107`; said: \"the boiler leaks\"; job: 4711; pressed 2 in
                busy
1:30 p.m.       Ben tried: left message
2 p.m.          ringback handed it over from Ben, who is not in the settings any
                more, to Ana
2:20 p.m.       Ana took it
2:40 p.m.       Ana noted: wants a quote for a boiler, and asks whether we could
                come on Monday before ten; the[2J dog is friendly
";
        for width in [80, 120] {
            let look = Look { width, ..look() };
            assert_eq!(plain(&screen(&story, &sample().business, &look)), expected, "prose keeps to 80");
        }
    }

    #[test]
    fn the_last_attempt_says_when_to_try_again_while_the_entry_is_open() {
        let event = |minutes, outcome: &str| CallBackEvent {
            at: ago(minutes),
            by: "ben".to_owned(),
            what: Deed::Tried,
            detail: Some(outcome.to_owned()),
            undone_at: None,
        };
        let mut line = entry(14, ("+12125550142", ""), ago(90), MissedReason::RangOut);
        line.events = vec![event(30, "busy"), event(2, "no-answer")];
        line.stored.entry.due_at = ago(-58);
        let mut story = Story { line, calls: vec![] };
        let shown = |story: &Story| plain(&screen(story, &sample().business, &look()));
        let told = "2:30 p.m.  Ben tried: busy\n2:58 p.m.  Ben tried: no answer; try again at 3:58 p.m.\n";
        assert!(shown(&story).ends_with(told), "{}", shown(&story));
        let snoozed = CallBackEvent {
            what: Deed::Snoozed,
            detail: Some("until 2026-11-21 16:30".to_owned()),
            ..event(1, "")
        };
        story.line.events.push(snoozed);
        assert!(!shown(&story).contains("try again"), "it sleeps until another time than was said then");
        story.line.events.last_mut().unwrap().undone_at = Some(ago(0));
        assert!(shown(&story).contains("Ben tried: no answer; try again at 3:58 p.m."));
        story.line.stored.entry.due_at = ago(-1_200);
        assert!(
            shown(&story).contains("Ben tried: no answer; try again tomorrow 11 a.m."),
            "{}",
            shown(&story)
        );
        story.line.stored.entry.close(ana(), ago(1), crate::call_back::CloseOutcome::Reached).unwrap();
        assert!(!shown(&story).contains("try again"));
    }
}
