//! The URLs that we give to a provider, and what each of them means.
//!
//! All lie under `/twilio` or, with a path secret, `/twilio/<secret>`. Only letters, digits and `-` stand
//! in them, so that no proxy and no signature can spell them differently.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::call::{CallId, PersonName, TurnNumber};

/// What a URL of ours asks for, after the provider's word and the secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// `voice`: the first fetch.
    Voice,
    /// `status`: how the call stands, mostly its end.
    Status,
    /// `fallback`: something went wrong at `voice`.
    Fallback,
    /// `call/17/3/key`: an event that claims turn 3 of call 17.
    Turn {
        /// The call.
        call: CallId,
        /// The turn that this request claims.
        turn: TurnNumber,
        /// What happened.
        kind: TurnRoute,
    },
    /// `call/17/leg/2/ana/prompt`: a request of a leg that turn 2 rang.
    Leg {
        /// The call.
        call: CallId,
        /// The turn whose reply rang the phone.
        turn: TurnNumber,
        /// Whose phone.
        person: PersonName,
        /// What happened.
        kind: LegRoute,
    },
    /// `call/17/recording/3`: how the recording that turn 3 asked for turned out.
    Recording {
        /// The call.
        call: CallId,
        /// The turn whose reply recorded.
        turn: TurnNumber,
    },
    /// `call/17/transcript/3`: what was said in the recording that turn 3 asked for.
    Transcript {
        /// The call.
        call: CallId,
        /// The turn whose reply recorded.
        turn: TurnNumber,
    },
    /// `safe/…`: the steps of the safe reply, which knows nothing of calls and turns.
    Safe(SafeRoute),
}

/// What happened to claim a turn. Those of one reply share one number.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum TurnRoute {
    /// `key`: the caller pressed something.
    Key,
    /// `silence`: the caller did not.
    Silence,
    /// `rang`: the ringing or the talk is over.
    Rang,
    /// `recorded`: the recording ended.
    Recorded,
    /// `no-message`: nothing was recorded.
    NoMessage,
}

/// What happened on a leg.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum LegRoute {
    /// `prompt`: it was picked up, and wants the accept prompt.
    Prompt,
    /// `accept`: a key was pressed.
    Accept,
    /// `progress`: the leg's own status.
    Progress,
}

/// The steps of the safe reply.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SafeRoute {
    /// `prompt`: the owner's phone was picked up.
    Prompt,
    /// `accept`: the owner pressed a key.
    Accept,
    /// `rang`: the ringing or the talk is over.
    Rang,
    /// `recorded`: the recording ended.
    Recorded,
    /// `recording`: how the recording turned out.
    Recording,
    /// `no-message`: nothing was recorded.
    NoMessage,
}

impl Route {
    /// Reads a path, with or without the slash at its beginning; `None` for whatever we never gave out.
    pub fn parse(path: &str) -> Option<Self> {
        let mut words = path.strip_prefix('/').unwrap_or(path).split('/');
        let route = match words.next()? {
            "voice" => Self::Voice,
            "status" => Self::Status,
            "fallback" => Self::Fallback,
            "safe" => Self::Safe(SafeRoute::parse(words.next()?)?),
            "call" => Self::of_call(number(words.next()?).map(CallId)?, &mut words)?,
            _ => return None,
        };
        words.next().is_none().then_some(route)
    }

    fn of_call<'a>(call: CallId, words: &mut impl Iterator<Item = &'a str>) -> Option<Self> {
        let route = match words.next()? {
            "leg" => Self::Leg {
                call,
                turn: number(words.next()?)?,
                person: words
                    .next()
                    .and_then(|name| PersonName::parse(name).ok().filter(|read| read.as_str() == name))?,
                kind: LegRoute::parse(words.next()?)?,
            },
            "recording" => Self::Recording { call, turn: number(words.next()?)? },
            "transcript" => Self::Transcript { call, turn: number(words.next()?)? },
            turn => Self::Turn { call, turn: number(turn)?, kind: TurnRoute::parse(words.next()?)? },
        };
        Some(route)
    }
}

/// A number in the one way in which we write it.
fn number<T: FromStr>(word: &str) -> Option<T> {
    let canonical = word == "0" || !word.starts_with('0');
    (canonical && word.bytes().all(|byte| byte.is_ascii_digit())).then(|| word.parse().ok()).flatten()
}

/// The path without a slash at its beginning: `call/17/3/key`.
impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Voice => f.write_str("voice"),
            Self::Status => f.write_str("status"),
            Self::Fallback => f.write_str("fallback"),
            Self::Turn { call, turn, kind } => write!(f, "call/{call}/{turn}/{}", kind.word()),
            Self::Leg { call, turn, person, kind } => {
                write!(f, "call/{call}/leg/{turn}/{person}/{}", kind.word())
            }
            Self::Recording { call, turn } => write!(f, "call/{call}/recording/{turn}"),
            Self::Transcript { call, turn } => write!(f, "call/{call}/transcript/{turn}"),
            Self::Safe(step) => write!(f, "safe/{}", step.word()),
        }
    }
}

impl TurnRoute {
    const ALL: [Self; 5] = [Self::Key, Self::Silence, Self::Rang, Self::Recorded, Self::NoMessage];

    fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    fn word(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Silence => "silence",
            Self::Rang => "rang",
            Self::Recorded => "recorded",
            Self::NoMessage => "no-message",
        }
    }
}

impl LegRoute {
    const ALL: [Self; 3] = [Self::Prompt, Self::Accept, Self::Progress];

    fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    fn word(self) -> &'static str {
        match self {
            Self::Prompt => "prompt",
            Self::Accept => "accept",
            Self::Progress => "progress",
        }
    }
}

impl SafeRoute {
    const ALL: [Self; 6] =
        [Self::Prompt, Self::Accept, Self::Rang, Self::Recorded, Self::Recording, Self::NoMessage];

    fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    fn word(self) -> &'static str {
        match self {
            Self::Prompt => "prompt",
            Self::Accept => "accept",
            Self::Rang => "rang",
            Self::Recorded => "recorded",
            Self::Recording => "recording",
            Self::NoMessage => "no-message",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every_route() -> Vec<Route> {
        let (call, turn) = (CallId(17), 3);
        let person = PersonName::parse("ana-2").expect("a name");
        let mut routes = vec![Route::Voice, Route::Status, Route::Fallback];
        routes.extend([Route::Recording { call, turn }, Route::Transcript { call, turn }]);
        routes.extend(TurnRoute::ALL.map(|kind| Route::Turn { call, turn, kind }));
        routes.extend(LegRoute::ALL.map(|kind| Route::Leg { call, turn, person: person.clone(), kind }));
        routes.extend(SafeRoute::ALL.map(Route::Safe));
        routes
    }

    #[test]
    fn every_route_is_read_as_it_was_written() {
        for route in every_route() {
            let path = route.to_string();
            assert_eq!(Route::parse(&path).as_ref(), Some(&route), "{path}");
            assert_eq!(Route::parse(&format!("/{path}")), Some(route), "{path}");
        }
    }

    #[test]
    fn no_proxy_can_spell_a_route_differently() {
        for route in every_route() {
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '/';
            assert!(route.to_string().chars().all(plain), "{route}");
        }
    }

    #[test]
    fn what_we_never_gave_out_is_no_route() {
        for path in [
            "",
            "/",
            "//voice",
            "voice/",
            "Voice",
            "voice/x",
            "safe",
            "safe/x",
            "call",
            "call/17",
            "call/17/3",
            "call/17/3/",
            "call/17/3/keys",
            "call/17/3/key/x",
            "call/017/3/key",
            "call/+17/3/key",
            "call/-1/3/key",
            "call/17/65536/key",
            "call/17/leg/2/ana",
            "call/17/leg/2//prompt",
            "call/17/leg/2/a_b/prompt",
            "call/17/leg/2/ana/key",
            "call/17/recording",
            "call/17/recording/x",
            "call/17/transcript",
            "call/17/transcript/3/x",
            "call/99999999999999999999/1/key",
        ] {
            assert_eq!(Route::parse(path), None, "{path}");
        }
    }
}
