//! One call as a provider runs it: documents of ours turned into what happens next. What is not known of providers is
//! done now one way, now the other.

use std::collections::VecDeque;

use ringback::phone::{Document, Gather, Record, Sound, Verb};

use super::dice::Dice;
use super::plan::{HOUR, MINUTE, PlannedCall, SECOND};
use super::ring::Ring;
use super::town::{LINE, PUBLIC_URL};
use super::wire::{Form, Purpose};

/// A call that runs through more documents goes round in circles.
const MOST_DOCUMENTS: u32 = 60;

/// What the provider does next.
#[derive(Debug)]
pub enum Do {
    Send { target: String, form: Form, purpose: Purpose },
    Later(i64, Move),
}

/// What happens to the call after a while, if nothing else happened before.
#[derive(Clone, Debug)]
pub enum Move {
    /// The document goes on.
    Play,
    /// The caller hangs up.
    Leaves,
    /// A document is asked for.
    Ask { target: String, form: Form },
    /// A phone is picked up.
    PicksUp(usize),
    /// A key is pressed there.
    Presses(usize),
    /// That leg ends.
    LegEnds(usize),
    /// What still rings stops.
    RingEnds,
    /// The talk is over.
    TalkEnds { by_caller: bool },
    /// The message is spoken; the caller hangs up where `hangs_up`.
    Spoken { record: Record, seconds: i64, hangs_up: bool },
}

/// A call on the provider's side.
#[derive(Debug)]
pub struct Call {
    pub nth: u32,
    /// When it begins.
    pub at: i64,
    pub from: &'static str,
    pub id: String,
    pub dice: Dice,
    /// Grows whenever what was to come does not come any more.
    pub epoch: u32,
    pub is_over: bool,
    pub is_answered: bool,
    pub ring: Option<Ring>,
    pub legs: u32,
    verbs: VecDeque<Verb>,
    fell_back: bool,
    documents: u32,
}

impl Call {
    pub fn new(seed: u64, planned: PlannedCall) -> Self {
        Self {
            nth: planned.nth,
            at: planned.at,
            from: planned.from,
            id: format!("CA{:032}", planned.nth),
            dice: Dice::of(seed, 1 << 48 | u64::from(planned.nth)),
            epoch: 0,
            is_over: false,
            is_answered: false,
            ring: None,
            legs: 0,
            verbs: VecDeque::new(),
            fell_back: false,
            documents: 0,
        }
    }

    /// The parameters that say which call this is, and how it stands.
    pub fn form(&self) -> Form {
        let status = match (self.is_over, self.is_answered) {
            (true, _) => "completed",
            (false, true) => "in-progress",
            (false, false) => "ringing",
        };
        Form::default()
            .with("AccountSid", "AC00000000000000000000000000000100")
            .with("CallSid", &self.id)
            .with("From", self.from)
            .with("To", LINE)
            .with("Direction", "inbound")
            .with("CallStatus", status)
    }

    pub fn begin(&mut self) -> Vec<Do> {
        let mut all = vec![self.ask("/twilio/voice".to_owned(), self.form())];
        if self.dice.chance(150) {
            // Early news, which may come late.
            all.push(self.report("/twilio/status".to_owned(), self.form()));
        }
        all
    }

    pub fn ask(&mut self, target: String, form: Form) -> Do {
        self.epoch += 1;
        Do::Send { target, form, purpose: Purpose::Steers }
    }

    pub fn report(&self, target: String, form: Form) -> Do {
        Do::Send { target, form, purpose: Purpose::Reports }
    }

    /// The answer to what was asked for.
    pub fn hears(&mut self, purpose: Purpose, document: Document) -> Vec<Do> {
        match purpose {
            Purpose::Steers | Purpose::Fallback => {
                self.documents += 1;
                self.verbs = document.0.into();
                self.ring = None;
                if self.documents > MOST_DOCUMENTS { self.end("completed") } else { self.play() }
            }
            Purpose::Leg(leg) => self.leg_hears(leg, &document),
            Purpose::Reports | Purpose::End | Purpose::Parting => Vec::new(),
        }
    }

    /// There is no answer, however often it was asked for.
    pub fn gives_up(&mut self, purpose: Purpose, target: &str) -> Vec<Do> {
        match purpose {
            Purpose::Steers if !self.fell_back => {
                self.fell_back = true;
                self.epoch += 1;
                let url = format!("{PUBLIC_URL}{target}");
                let form = self.form().with("ErrorCode", "11200").with("ErrorUrl", &url);
                vec![Do::Send { target: "/twilio/fallback".to_owned(), form, purpose: Purpose::Fallback }]
            }
            Purpose::Steers | Purpose::Fallback => self.end("failed"),
            Purpose::Leg(leg) => self.leg_ends(leg),
            Purpose::Reports | Purpose::End | Purpose::Parting => Vec::new(),
        }
    }

    pub fn goes_on(&mut self, what: Move) -> Vec<Do> {
        match what {
            Move::Play => self.play(),
            Move::Leaves if self.talks() => Vec::new(),
            Move::Leaves => self.leaves(),
            Move::Ask { target, form } => vec![self.ask(target, form)],
            Move::PicksUp(leg) => self.picks_up(leg),
            Move::Presses(leg) => self.presses(leg),
            Move::LegEnds(leg) => self.leg_ends(leg),
            Move::RingEnds => self.ring_ends(),
            Move::TalkEnds { by_caller } => self.talk_ends(by_caller),
            Move::Spoken { record, seconds, hangs_up } => self.spoken(&record, seconds, hangs_up),
        }
    }

    pub fn play(&mut self) -> Vec<Do> {
        let Some(verb) = self.verbs.pop_front() else { return self.end("completed") };
        match verb {
            Verb::Sound(sound) => {
                self.is_answered = true;
                let lasts = time_of(&sound);
                if self.dice.chance(25) {
                    return vec![Do::Later(self.dice.between(1, lasts), Move::Leaves)];
                }
                vec![Do::Later(lasts, Move::Play)]
            }
            Verb::Gather(gather) => self.gather(&gather),
            Verb::Dial(dial) => self.dial(dial),
            Verb::Record(record) => self.record(record),
            Verb::Redirect(link) => {
                let form = self.form();
                vec![self.ask(target_of(link.url.as_deref()), form)]
            }
            Verb::Hangup => self.end("completed"),
            Verb::Reject { .. } => self.end("busy"),
        }
    }

    fn gather(&mut self, gather: &Gather) -> Vec<Do> {
        self.is_answered = true;
        let sounds: i64 = gather.sounds.iter().map(time_of).sum();
        let listens = sounds + gather.timeout.as_millis() as i64;
        let action = target_of(gather.action.url.as_deref());
        let after = self.dice.between(300, listens);
        let form = self.form();
        match self.dice.below(100) {
            0..7 => {
                let mut all = vec![Do::Later(after, Move::Leaves)];
                if self.dice.chance(100) {
                    // Some tell of a menu that nobody listens to any more.
                    all.push(Do::Send {
                        target: action,
                        form: form.with("Digits", ""),
                        purpose: Purpose::Reports,
                    });
                }
                all
            }
            7..70 if gather.takes_keys => {
                let keys = match gather.num_digits {
                    Some(1) => (*self.dice.pick(&["1", "1", "1", "2", "2", "3", "0", "9", "*"])).to_owned(),
                    Some(_) | None => {
                        let count = *self.dice.pick(&[1, 2, 4, 7, 10]);
                        (0..count).map(|_| char::from(b'0' + self.dice.below(10) as u8)).collect()
                    }
                };
                vec![Do::Later(after, Move::Ask { target: action, form: form.with("Digits", &keys) })]
            }
            70..78 if gather.ears.is_some() => {
                let words =
                    *self.dice.pick(&["yes", "no", "a repair", "the operator", "hm", "tomorrow maybe"]);
                let form = form.with("SpeechResult", words).with("Confidence", "0.87");
                vec![Do::Later(after, Move::Ask { target: action, form })]
            }
            _ if gather.action_on_empty => {
                vec![Do::Later(listens, Move::Ask { target: action, form: form.with("Digits", "") })]
            }
            _ => vec![Do::Later(listens, Move::Play)],
        }
    }

    fn record(&mut self, record: Record) -> Vec<Do> {
        self.is_answered = true;
        let most = (record.max_length.as_secs() as i64).min(90);
        match self.dice.below(100) {
            roll @ 0..60 => {
                let seconds = self.dice.between(1, most);
                vec![Do::Later(seconds * SECOND, Move::Spoken { record, seconds, hangs_up: roll < 25 })]
            }
            60..72 => vec![Do::Later(5 * SECOND, Move::Play)],
            72..82 => vec![Do::Later(5 * SECOND, Move::Spoken { record, seconds: 0, hangs_up: false })],
            _ => vec![Do::Later(self.dice.between(100, 4 * SECOND), Move::Leaves)],
        }
    }

    fn spoken(&mut self, record: &Record, seconds: i64, hangs_up: bool) -> Vec<Do> {
        let url = format!("https://recordings.example/{}-{}", self.nth, self.documents);
        let length = seconds.to_string();
        let action = target_of(record.action.url.as_deref());
        let mut all = Vec::new();
        self.is_over |= hangs_up;
        let mut form = self.form().with("RecordingDuration", &length).with("RecordingUrl", &url);
        if hangs_up {
            form = form.with("Digits", "hangup");
        }
        if let Some(reports) = &record.reports {
            let status = if seconds == 0 { "absent" } else { "completed" };
            let told = self.form().with("RecordingStatus", status);
            let told = told.with("RecordingDuration", &length).with("RecordingUrl", &url);
            all.push(self.report(target_of(reports.link.url.as_deref()), told));
        }
        if let Some(transcript) = record.transcript.as_ref().filter(|_| seconds > 1) {
            let told = self.form().with("TranscriptionStatus", "completed");
            let told = told.with("TranscriptionText", "the boiler leaks");
            all.push(self.report(target_of(transcript.url.as_deref()), told));
        }
        if hangs_up {
            all.push(Do::Send { target: action, form, purpose: Purpose::Parting });
            all.extend(self.end("completed"));
        } else {
            all.push(self.ask(action, form));
        }
        all
    }

    fn leaves(&mut self) -> Vec<Do> {
        let mut all = self.leaves_ring();
        all.extend(self.end("completed"));
        all
    }

    /// The call is over; its end is told, or not.
    pub fn end(&mut self, status: &str) -> Vec<Do> {
        self.epoch += 1;
        self.is_over = true;
        self.ring = None;
        let form = Form::default()
            .with("AccountSid", "AC00000000000000000000000000000100")
            .with("CallSid", &self.id)
            .with("From", self.from)
            .with("To", LINE)
            .with("CallStatus", status)
            .with("CallDuration", "0");
        vec![Do::Send { target: "/twilio/status".to_owned(), form, purpose: Purpose::End }]
    }

    /// Mostly minutes, sometimes hours.
    pub fn talks_for(&mut self) -> i64 {
        match self.dice.below(20) {
            0 => self.dice.between(20 * MINUTE, 3 * HOUR),
            _ => self.dice.between(2 * SECOND, 12 * MINUTE),
        }
    }
}

pub fn target_of(url: Option<&str>) -> String {
    url.and_then(|url| url.strip_prefix(PUBLIC_URL)).expect("every URL of ours is absolute").to_owned()
}

fn time_of(sound: &Sound) -> i64 {
    match sound {
        Sound::Say { words, .. } => 350 * words.split(' ').count() as i64,
        Sound::Play(_) => 3 * SECOND,
        Sound::Pause(lasts) => lasts.as_millis() as i64,
    }
}
