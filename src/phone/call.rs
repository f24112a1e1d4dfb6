//! One call from the first fetch to the last report, document by document.

use std::time::Duration;

use super::asks::{Ask, Params, param};
use super::document::{Document, Link, Sound, Verb};
use super::heard::{Ended, Heard, Line, Purpose, Who};
use super::hearing::Hearing;
use super::trouble::{Fault, Trouble};
use super::wire::Request;
use super::{Act, Exchange, FinalStatus, Script, time_to_say};

/// What a provider says when nothing else can be said.
const APOLOGY: &str = "We are sorry. An application error has occurred. Goodbye.";

pub(super) struct Call<'a> {
    pub(super) exchange: &'a Exchange,
    pub(super) script: Script,
    pub(super) at: Duration,
    pub(super) heard: Heard,
    /// When the caller hangs up, once that is certain.
    pub(super) leaves_at: Option<Duration>,
    /// The caller has hung up.
    pub(super) gone: bool,
    /// Reports that follow a moment later.
    pub(super) reports: Vec<(Link, Params, String)>,
    pub(super) answered_at: Option<Duration>,
    pub(super) documents: usize,
    pub(super) hearing: Hearing,
    fell_back: bool,
}

/// What follows a document.
pub(super) enum Next {
    Ask(Ask),
    Failed(Trouble),
    End(Ended),
}

impl<'a> Call<'a> {
    pub(super) fn new(exchange: &'a Exchange, script: Script) -> Self {
        let heard = Heard {
            call: exchange.fresh_id("CA"),
            lines: Vec::new(),
            ended: Ended::RanOut,
            lasted: Duration::ZERO,
            sent: Vec::new(),
            late: Vec::new(),
            troubles: Vec::new(),
        };
        Self {
            exchange,
            script,
            at: Duration::ZERO,
            heard,
            leaves_at: None,
            gone: false,
            reports: Vec::new(),
            answered_at: None,
            documents: 0,
            hearing: Hearing::default(),
            fell_back: false,
        }
    }

    pub(super) async fn run(mut self) -> Heard {
        let rings = format!("{} rings {}", self.script.from, self.script.to);
        self.note(Who::Caller, rings);
        self.arm();
        let target = format!("{}/voice", self.exchange.prefix);
        let mut next = Next::Ask(Ask { target, get: false, extra: Params::new() });
        let ended = loop {
            next = match next {
                Next::Ask(ask) => self.turn(ask).await,
                Next::Failed(trouble) => self.fall_back(trouble).await,
                Next::End(ended) => break ended,
            };
            self.send_reports().await;
        };
        self.close(ended).await;
        self.heard
    }

    async fn turn(&mut self, ask: Ask) -> Next {
        let here = ask.target.clone();
        match self.caller_document(Purpose::Turn, ask).await {
            Ok(document) => self.play(document, &here).await,
            Err(trouble) => Next::Failed(trouble),
        }
    }

    /// The number's fallback URL, once; after that the provider speaks for itself.
    async fn fall_back(&mut self, trouble: Trouble) -> Next {
        let extra = vec![param("ErrorCode", trouble.fault.code()), param("ErrorUrl", &trouble.url)];
        let lost = matches!(trouble.fault, Fault::Circles(_));
        self.heard.troubles.push(trouble);
        if self.exchange.quirks.fallback && !self.fell_back && !lost {
            self.fell_back = true;
            let here = format!("{}/fallback", self.exchange.prefix);
            let ask = Ask { target: here.clone(), get: false, extra };
            match self.caller_document(Purpose::Fallback, ask).await {
                Ok(document) => return self.play(document, &here).await,
                Err(trouble) => self.heard.troubles.push(trouble),
            }
        }
        self.note(Who::Provider, format!("\"{APOLOGY}\""));
        self.answer();
        self.pass(time_to_say(APOLOGY));
        Next::End(Ended::Broken)
    }

    async fn play(&mut self, document: Document, here: &str) -> Next {
        for (nth, verb) in document.0.into_iter().enumerate() {
            // Only these two, and only in the first place, leave the call unanswered.
            let unanswered = match &verb {
                Verb::Reject { .. } => nth == 0,
                Verb::Dial(dial) => nth == 0 && dial.answer_on_bridge,
                Verb::Sound(_) | Verb::Gather(_) | Verb::Record(_) | Verb::Redirect(_) | Verb::Hangup => {
                    false
                }
            };
            if !unanswered {
                self.answer();
            }
            let next = match verb {
                Verb::Sound(sound) => self.sound(&sound),
                Verb::Gather(gather) => self.gather(gather, here).await,
                Verb::Dial(dial) => self.dial(dial, here).await,
                Verb::Record(record) => self.record(record, here).await,
                Verb::Redirect(link) => Some(self.follow(&link, here, Params::new())),
                Verb::Hangup => {
                    self.note(Who::Ringback, "hangs up");
                    Some(Next::End(Ended::HungUp))
                }
                Verb::Reject { busy } => {
                    self.note(Who::Ringback, "does not take the call");
                    Some(Next::End(if unanswered { Ended::Rejected { busy } } else { Ended::HungUp }))
                }
            };
            if let Some(next) = next {
                return next;
            }
        }
        self.note(Who::Line, "the line goes dead");
        Next::End(Ended::RanOut)
    }

    fn sound(&mut self, sound: &Sound) -> Option<Next> {
        let lasts = self.say(Who::Ringback, sound);
        (!self.pass(lasts)).then(|| self.leave())
    }

    /// Writes down what is spoken, and says how long it takes.
    pub(super) fn say(&mut self, who: Who, sound: &Sound) -> Duration {
        let (words, lasts) = self.hearing.of(sound);
        if let Some(words) = words {
            self.note(who, words);
        }
        lasts
    }

    /// The caller hangs up in the middle of something that reports no end.
    pub(super) fn leave(&mut self) -> Next {
        self.hang_up();
        Next::End(Ended::CallerLeft)
    }

    pub(super) fn hang_up(&mut self) {
        self.gone = true;
        self.note(Who::Caller, "hangs up");
    }

    pub(super) fn note(&mut self, who: Who, what: impl Into<String>) {
        self.heard.lines.push(Line { at: self.at, who, what: what.into() });
    }

    pub(super) fn answer(&mut self) {
        self.answered_at.get_or_insert(self.at);
    }

    /// Lets time pass, at most until the caller hangs up; whether the caller is still there.
    pub(super) fn pass(&mut self, time: Duration) -> bool {
        let until = self.at + time;
        let stays = self.leaves_at.is_none_or(|leaves| leaves > until);
        let until = if stays { until } else { self.leaves_at.unwrap_or(until).max(self.at) };
        self.move_to(until);
        stays
    }

    pub(super) fn move_to(&mut self, at: Duration) {
        self.exchange.clock.advance(at.saturating_sub(self.at));
        self.at = self.at.max(at);
    }

    /// The caller's last act is done; if the next one is to hang up, its time runs from here.
    pub(super) fn act_done(&mut self) {
        self.script.acts.pop_front();
        self.arm();
    }

    fn arm(&mut self) {
        if let Some(Act::HangUp { after }) = self.script.acts.front() {
            self.leaves_at = Some(self.at + *after);
        }
    }

    async fn close(&mut self, ended: Ended) {
        self.heard.ended = ended;
        self.heard.lasted = self.at;
        self.heard.lines.sort_by_key(|line| line.at);
        let talked = self.answered_at.map(|answered| self.at.saturating_sub(answered).as_secs());
        let status = match (ended, talked) {
            (Ended::Rejected { busy: true }, _) => "busy",
            (_, None) => "no-answer",
            (_, Some(_)) => "completed",
        };
        let seconds = talked.unwrap_or(0);
        let mut params = self.caller_params(status);
        params.extend([
            param("CallDuration", seconds),
            param("Duration", seconds.div_ceil(60)),
            param("CallbackSource", "call-progress-events"),
            param("SequenceNumber", 0),
            param("Timestamp", self.timestamp()),
        ]);
        let target = format!("{}/status", self.exchange.prefix);
        let link = Link { url: Some(target.clone()), get: false };
        let times = match self.exchange.quirks.final_status {
            FinalStatus::Sent => 1,
            FinalStatus::Doubled => 2,
            FinalStatus::Late => {
                self.heard.late.push(Request::post(target, params));
                return;
            }
            FinalStatus::Never => 0,
        };
        for _ in 0..times {
            self.report(&link, params.clone(), &target).await;
        }
    }
}
