//! What can happen at a place: what callers do, and people whose phones ring.

use std::fmt;

use crate::call::{Key, Leg, PersonName, Recording, StepName};
use crate::engine::{Event, Heard, Place, Reply, RingEnd, Then};
use crate::flow::{self, Flow};
use crate::language::Language;

use super::Situation;
use super::situation::A_TURN;

/// One thing that happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// The caller presses a key that is offered.
    Press(Key),
    /// The caller presses 0.
    Zero,
    /// The caller presses a key that is not offered; one stands for all.
    OtherKey(Key),
    /// The caller presses the key of another language.
    Switch(Language),
    /// The caller does nothing.
    Silence,
    /// The caller says something.
    Say(String),
    /// The caller types a number, or an answer.
    Type(String),
    /// Nobody takes the call.
    Nobody,
    /// Somebody does.
    Talk(PersonName),
    /// The caller leaves a message.
    LeaveMessage,
    /// The caller says nothing at the beep.
    LeaveNothing,
    /// The caller hangs up.
    HangUp,
}

/// An act with the event that tells the conversation, and the legs that it finds.
pub(super) struct Happening {
    pub(super) act: Act,
    pub(super) event: Event,
    pub(super) legs: Vec<Leg>,
    pub(super) leaves: bool,
}

/// Nobody offers that.
const NONSENSE: &str = "purple elephants";
/// Every key but 0.
const KEYS: &str = "123456789*#";
/// A message worth keeping.
const MESSAGE_SECONDS: u32 = 12;

/// What can happen at `place` after `reply`.
pub(super) fn happenings(flow: &Flow, place: &Place, reply: &Reply, at: &Situation) -> Vec<Happening> {
    let mut found = match &reply.then {
        Then::Menu { keys, hear, .. } => {
            let mut found = match (place, keys) {
                (Place::AskingNumber { .. }, _) => numbers(at),
                (Place::Asking { step, .. }, _) => answers(flow, step),
                _ => keys_of(flow, place),
            };
            found.push(simple(Act::Zero, Event::Pressed(vec![Key::ZERO])));
            found.push(simple(Act::Silence, Event::Silence));
            if hear.is_some() {
                found.extend(said(flow, place, reply.language));
            }
            found
        }
        Then::Ring { legs, .. } => {
            let mut found = vec![simple(Act::Nobody, Event::Rang(RingEnd { connected: false, leg: None }))];
            if let Some(leg) = legs.first() {
                let id = "leg".to_owned();
                let answered = Leg {
                    turn: A_TURN,
                    person: leg.person.clone(),
                    provider_id: Some(id.clone()),
                    picked_up_at: Some(at.now),
                    prompted: leg.screened,
                    accepted_at: leg.screened.then_some(at.now),
                };
                found.push(Happening {
                    act: Act::Talk(leg.person.clone()),
                    event: Event::Rang(RingEnd { connected: true, leg: Some(id) }),
                    legs: vec![answered],
                    leaves: false,
                });
            }
            found
        }
        Then::Record { .. } => {
            let message = Recording { seconds: MESSAGE_SECONDS, url: None, at: at.now };
            vec![
                simple(Act::LeaveMessage, Event::Recorded(Some(message))),
                simple(Act::LeaveNothing, Event::Recorded(None)),
            ]
        }
        Then::HangUp | Then::Refuse => return Vec::new(),
    };
    found.push(Happening { leaves: true, ..simple(Act::HangUp, Event::Silence) });
    found
}

fn simple(act: Act, event: Event) -> Happening {
    Happening { act, event, legs: Vec::new(), leaves: false }
}

/// Every key; which of them are the same to the conversation is seen afterwards.
fn keys_of(flow: &Flow, place: &Place) -> Vec<Happening> {
    let offered = offered(flow, place);
    let press = |key: Key| {
        let act = if offered.contains(&key) { Act::Press(key) } else { Act::OtherKey(key) };
        simple(act, Event::Pressed(vec![key]))
    };
    KEYS.chars().filter_map(Key::new).map(press).collect()
}

fn offered(flow: &Flow, place: &Place) -> Vec<Key> {
    let choices = |step| flow.step_named(step).map(|id| &flow.step(id).then);
    match place {
        Place::Menu { step, .. } => match choices(step) {
            Some(flow::Then::Press(menu)) => menu.choices.iter().map(|choice| choice.key).collect(),
            Some(_) | None => Vec::new(),
        },
        Place::ConfirmingNumber { .. } | Place::ConfirmingAnswer { .. } | Place::ChoosingTime { .. } => {
            ['1', '2'].into_iter().filter_map(Key::new).collect()
        }
        Place::Lobby
        | Place::HumanTest { .. }
        | Place::Ringing { .. }
        | Place::Message { .. }
        | Place::AskingNumber { .. }
        | Place::Asking { .. }
        | Place::Over => Vec::new(),
    }
}

/// A number that can be rung, and one that cannot.
fn numbers(at: &Situation) -> Vec<Happening> {
    let at_home = at.line.as_ref().is_some_and(|line| line.as_str().starts_with("+1"));
    let number = if at_home { "2015550142" } else { "12015550142" };
    [number, "12"].into_iter().map(typed).collect()
}

/// An answer of the right length, and one that is too short where that is possible.
fn answers(flow: &Flow, step: &StepName) -> Vec<Happening> {
    let Some(flow::Then::Ask(ask)) = flow.step_named(step).map(|id| &flow.step(id).then) else {
        return Vec::new();
    };
    let digits = |count: u8| -> String { "1234567890".chars().cycle().take(usize::from(count)).collect() };
    let (least, most) = ask.digits;
    let right = most.min(least.max(4)).max(1);
    let short = least.checked_sub(1).filter(|short| *short > 0);
    [Some(right), short].into_iter().flatten().map(|count| typed(&digits(count))).collect()
}

fn typed(digits: &str) -> Happening {
    let keys = digits.chars().filter_map(Key::new).collect();
    simple(Act::Type(digits.to_owned()), Event::Pressed(keys))
}

/// The first word for each choice or answer, a word for a person, and one for nothing.
fn said(flow: &Flow, place: &Place, language: Option<Language>) -> Vec<Happening> {
    let then = match place {
        Place::Menu { step, .. } | Place::Asking { step, .. } => {
            flow.step_named(step).map(|id| &flow.step(id).then)
        }
        Place::Lobby
        | Place::HumanTest { .. }
        | Place::Ringing { .. }
        | Place::Message { .. }
        | Place::AskingNumber { .. }
        | Place::ConfirmingNumber { .. }
        | Place::ChoosingTime { .. }
        | Place::ConfirmingAnswer { .. }
        | Place::Over => None,
    };
    let mut words: Vec<String> = match then {
        Some(flow::Then::Press(menu)) => {
            menu.choices.iter().filter_map(|choice| choice.words.of(language).first().cloned()).collect()
        }
        Some(flow::Then::Ask(ask)) => {
            ask.hear.iter().filter_map(|words| words.of(language).first().cloned()).collect()
        }
        Some(_) | None => Vec::new(),
    };
    let person = language.unwrap_or_default().ears().person.first();
    words.extend(person.map(|word| (*word).to_owned()));
    words.push(NONSENSE.to_owned());
    let say = |words: String| {
        let heard = Heard { words: words.clone(), confidence: Some(90) };
        simple(Act::Say(words), Event::Said(heard))
    };
    words.into_iter().map(say).collect()
}

/// What is done, as in "presses 1".
impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Press(key) | Self::OtherKey(key) => write!(f, "presses {key}"),
            Self::Zero => f.write_str("presses 0"),
            Self::Switch(language) => write!(f, "presses the key for {language}"),
            Self::Silence => f.write_str("does nothing"),
            Self::Say(words) => write!(f, "says \"{words}\""),
            Self::Type(digits) => write!(f, "types {digits}"),
            Self::Nobody => f.write_str("nobody takes the call"),
            Self::Talk(person) => write!(f, "{person} takes the call"),
            Self::LeaveMessage => f.write_str("leaves a message"),
            Self::LeaveNothing => f.write_str("says nothing"),
            Self::HangUp => f.write_str("hangs up"),
        }
    }
}
