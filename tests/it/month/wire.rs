//! What went over the wire of one call, and what came of it by the rules as they are written down for people: answered,
//! blocked, or missed for the first reason that applies. Knows nothing of the program but its documents.

use jiff::{SignedDuration, Timestamp};
use ringback::phone::{Purpose, Request};

use super::plan;
use super::words;

/// One request with its answer, and when it was sent.
pub(super) struct News<'a> {
    pub(super) at: Timestamp,
    pub(super) purpose: Purpose,
    pub(super) request: &'a Request,
    pub(super) answer: &'a str,
}

/// What came of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Came {
    InProgress,
    Blocked,
    Answered { by: &'static str, at: Timestamp },
    Missed(&'static str),
}

/// What the caller heard last.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Last {
    Nothing,
    Menu,
    Ring,
    Message,
    Goodbye,
}

/// Everything that is known of a call by the wire alone.
pub(super) struct Wire {
    pub(super) at: Timestamp,
    pub(super) promised: Option<Timestamp>,
    pub(super) area: Option<&'static str>,
    /// The caller was asked for a number, or promised a call.
    pub(super) asked: bool,
    /// A failure of ours, or of the way to us.
    pub(super) trouble: bool,
    pub(super) last_news: Timestamp,
    fetched: bool,
    closed: bool,
    refused: bool,
    pressed: bool,
    rang: bool,
    rang_out: bool,
    picked_up: bool,
    accepted: bool,
    /// Accepted in the ring that goes on.
    accept: Option<(&'static str, Timestamp)>,
    talked: Option<(&'static str, Timestamp)>,
    invited: bool,
    /// Seconds of the message: as the call saw it end, and as its own report says.
    heard: Option<u32>,
    told: Option<u32>,
    finished: bool,
    ended: Option<Timestamp>,
    swept: bool,
    last: Last,
    document: String,
}

const OVER: [&str; 5] = ["completed", "busy", "failed", "no-answer", "canceled"];
const QUIET: SignedDuration = SignedDuration::from_mins(15);
const QUIET_TALK: SignedDuration = SignedDuration::from_mins(4 * 60 + 15);

impl Wire {
    pub(super) fn new(at: Timestamp) -> Self {
        Self {
            at,
            promised: None,
            area: None,
            asked: false,
            trouble: false,
            last_news: at,
            fetched: false,
            closed: !plan::is_open(at),
            refused: false,
            pressed: false,
            rang: false,
            rang_out: false,
            picked_up: false,
            accepted: false,
            accept: None,
            talked: None,
            invited: false,
            heard: None,
            told: None,
            finished: false,
            ended: None,
            swept: false,
            last: Last::Nothing,
            document: String::new(),
        }
    }

    /// Takes in one request and its answer.
    pub(super) fn hear(&mut self, news: &News<'_>) {
        let has = |name| param(news.request, name);
        let path = news.request.target.split('?').next().unwrap();
        match news.purpose {
            Purpose::Turn => self.turn(news),
            Purpose::Fallback => self.trouble = true,
            Purpose::Leg => {
                self.last_news = news.at;
                self.picked_up = true;
                // The empty document puts the caller through.
                if has("Digits").is_some() && !news.answer.contains("<Say") {
                    self.accepted = true;
                    self.accept = Some((plan::person_of(has("To").unwrap()), news.at));
                }
            }
            Purpose::Report if path.contains("/leg/") => {
                if has("CallStatus") == Some("in-progress") {
                    self.last_news = news.at;
                    self.picked_up = true;
                }
            }
            Purpose::Report if path.contains("/recording/") => {
                self.last_news = news.at;
                self.told = match has("RecordingStatus") {
                    Some("absent") => Some(0),
                    _ => has("RecordingDuration").map(|seconds| seconds.parse().unwrap()),
                };
            }
            Purpose::Report => {
                if has("CallStatus").is_some_and(|status| OVER.contains(&status)) {
                    self.ends(news.at);
                }
            }
        }
    }

    fn turn(&mut self, news: &News<'_>) {
        let has = |name| param(news.request, name);
        self.last_news = news.at;
        self.fetched = true;
        if has("CallStatus").is_some_and(|status| OVER.contains(&status)) || has("Digits") == Some("hangup") {
            self.ends(news.at);
        }
        if let Some(status) = has("DialCallStatus") {
            let lasted = has("DialCallDuration").is_some_and(|seconds| seconds != "0");
            match self.accept {
                Some(accept) if status == "completed" && lasted => self.talked = Some(accept),
                Some(_) | None => self.rang_out = true,
            }
            self.accept = None;
        } else if let Some(seconds) = has("RecordingDuration") {
            self.heard = Some(seconds.parse().unwrap());
        } else if let Some(keys) = has("Digits").filter(|keys| !keys.is_empty()) {
            self.pressed = true;
            let offer = words::offer_of(&self.document, keys).unwrap_or_default();
            if offer.contains("repair") {
                self.area = Some("repairs");
            } else if offer.contains("bill") {
                self.area = Some("billing");
            }
        }
        self.listen(news);
    }

    /// What we say next.
    fn listen(&mut self, news: &News<'_>) {
        let document = news.answer;
        let has = |verb: &str| document.contains(verb);
        self.refused |= has("<Reject");
        self.rang |= has("<Dial");
        self.invited |= has("<Record");
        self.asked |= has("What number should we call") || has("We'll call you back by");
        let promised = words::promised(document, news.at, &plan::zone());
        self.promised = self.promised.into_iter().chain(promised).min();
        self.last = match () {
            () if has("<Gather") => Last::Menu,
            () if has("<Dial") => Last::Ring,
            () if has("<Record") => Last::Message,
            () => Last::Goodbye,
        };
        self.finished |= self.last == Last::Goodbye && has("<Hangup");
        document.clone_into(&mut self.document);
    }

    fn ends(&mut self, at: Timestamp) {
        self.ended = Some(self.ended.map_or(at, |before| before.min(at)));
    }

    /// Nobody tells what became of it: when the sweep may label it.
    pub(super) fn quiet_from(&self) -> Timestamp {
        let talking = self.picked_up && self.last == Last::Ring;
        self.last_news + if talking { QUIET_TALK } else { QUIET }
    }

    pub(super) fn sweep(&mut self) {
        self.swept = true;
    }

    /// Whether somebody must ring back although the call may still go on.
    pub(super) fn is_owed(&self) -> bool {
        self.promised.is_some() || self.asked || self.trouble
    }

    pub(super) fn came(&self) -> Came {
        if self.refused {
            return Came::Blocked;
        }
        let over = self.ended.is_some() || self.finished || self.swept;
        let unreported = self.accept.filter(|_| over && self.last == Last::Ring);
        match self.talked.or(unreported) {
            Some((by, at)) => Came::Answered { by, at },
            None if over => Came::Missed(self.reason()),
            None => Came::InProgress,
        }
    }

    fn reason(&self) -> &'static str {
        let ended = self.ended.is_some() || self.finished;
        let message = self.told.or(self.heard).unwrap_or(0) >= 2;
        let early =
            self.ended.is_some_and(|ended| ended.duration_since(self.at) < SignedDuration::from_secs(10));
        let table = [
            (self.trouble || !self.fetched, "system_error"),
            (message, "voicemail_left"),
            (self.invited, "voicemail_empty"),
            (self.picked_up && !self.accepted, "declined"),
            (self.closed, "closed"),
            (early && !self.pressed, "hung_up_early"),
            (self.rang_out || self.rang && ended, "rang_out"),
            (self.asked && !self.rang, "asked_call_back"),
            (ended || self.last == Last::Menu, "left_in_menu"),
        ];
        table.into_iter().find_map(|(applies, reason)| applies.then_some(reason)).unwrap_or("no_final_status")
    }
}

/// What a request says under a name.
pub(super) fn param<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request.params.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}
