//! One phone that rings: when it is picked up, what is heard there, what is done.

use std::time::Duration;

use super::Exchange;
use super::asks::{Params, param, party};
use super::document::{Document, Gather, Link, Number, Verb};
use super::heard::{Line, Who};
use super::hearing::Hearing;
use super::staff::Staff;
use super::trouble::Fault;

/// How long a person thinks before a key, and how long it takes to hang up.
const THINKS: Duration = Duration::from_secs(1);

pub(super) struct Leg {
    pub(super) number: Number,
    pub(super) name: String,
    pub(super) id: String,
    pub(super) staff: Staff,
    pub(super) stands: Stands,
    pub(super) picked_up_at: Option<Duration>,
    /// What this person hears, as far as the document goes; heard only if the leg lives that long.
    hears: Vec<Line>,
    /// Keys are waited for from here to there, and go to this link of the document at that target.
    pub(super) menu: Option<(Duration, Duration, Link, String)>,
}

/// Where a leg stands.
pub(super) enum Stands {
    Ringing,
    /// Picked up, and hearing the document; what comes next, and when.
    Listening(Duration, Step),
    Joined,
    Over {
        at: Duration,
        status: &'static str,
    },
}

/// What comes next on a leg that was picked up.
#[derive(Clone)]
pub(super) enum Step {
    /// The document at this target wants these keys at this link.
    Press { link: Link, here: String, key: char },
    /// The document is over: the legs are joined.
    Join,
    /// The document hangs up.
    HungUp,
    /// The person hangs up.
    HangsUp,
}

impl Leg {
    pub(super) fn new(number: Number, exchange: &Exchange, staff: Staff) -> Self {
        Self {
            name: exchange.name(&number.number),
            number,
            id: exchange.fresh_id("CA"),
            staff,
            stands: Stands::Ringing,
            picked_up_at: None,
            hears: Vec::new(),
            menu: None,
        }
    }

    pub(super) fn is_ringing(&self) -> bool {
        matches!(self.stands, Stands::Ringing)
    }

    pub(super) fn is_alive(&self) -> bool {
        matches!(self.stands, Stands::Ringing | Stands::Listening(..))
    }

    /// When something happens here next, for phones that began to ring at `began`.
    pub(super) fn next(&self, began: Duration) -> Option<Duration> {
        match &self.stands {
            Stands::Ringing => {
                let refuses = self.staff.refuses_after().map(|(after, _)| after);
                Some(began + self.staff.picks_up_after().or(refuses)?)
            }
            Stands::Listening(at, _) => Some(*at),
            Stands::Joined | Stands::Over { .. } => None,
        }
    }

    /// The parameters of this leg's requests.
    pub(super) fn params(&self, account: &str, parent: &str, shows: &str) -> Params {
        let mut params = party(account, &self.id, shows, &self.number.number);
        params.extend([param("ParentCallSid", parent), param("Direction", "outbound-dial")]);
        params
    }

    /// Works out what happens while this document runs, from `at` on.
    pub(super) fn listen(
        &mut self,
        document: &Document,
        here: &str,
        (at, hearing): (Duration, &mut Hearing),
    ) -> Result<(), Fault> {
        let mut now = at;
        for verb in &document.0 {
            match verb {
                Verb::Sound(sound) => now = self.hear(now, hearing.of(sound)),
                Verb::Gather(gather) => {
                    if let Some(press) = self.wait_for_key(gather, here, (&mut now, hearing)) {
                        self.stands = Stands::Listening(now, press);
                        return Ok(());
                    }
                }
                Verb::Hangup => {
                    self.stands = Stands::Listening(now, Step::HungUp);
                    return Ok(());
                }
                Verb::Dial(_) => return Err(Fault::Misplaced("Dial".to_owned())),
                Verb::Record(_) => return Err(Fault::Misplaced("Record".to_owned())),
                Verb::Redirect(_) => return Err(Fault::Misplaced("Redirect".to_owned())),
                Verb::Reject { .. } => return Err(Fault::Misplaced("Reject".to_owned())),
            }
        }
        self.stands = Stands::Listening(now, Step::Join);
        Ok(())
    }

    fn wait_for_key(
        &mut self,
        gather: &Gather,
        here: &str,
        (now, hearing): (&mut Duration, &mut Hearing),
    ) -> Option<Step> {
        let began = *now;
        for sound in &gather.sounds {
            *now = self.hear(*now, hearing.of(sound));
        }
        let ends = *now + gather.timeout;
        if let Staff::HangsUp { .. } = self.staff {
            *now = began + THINKS;
            return Some(Step::HangsUp);
        }
        if let Staff::Accepts { key, .. } = self.staff {
            // The finishing key alone is no input.
            if gather.finish_on_key != Some(key) {
                *now += THINKS;
                return Some(Step::Press { link: gather.action.clone(), here: here.to_owned(), key });
            }
        }
        self.menu = Some((began, ends, gather.action.clone(), here.to_owned()));
        *now = ends;
        None
    }

    fn hear(&mut self, at: Duration, (words, lasts): (Option<String>, Duration)) -> Duration {
        // A voicemail does not listen, but its owner will hear it.
        self.hears.extend(words.map(|what| Line { at, who: Who::To(self.name.clone()), what }));
        at + lasts
    }

    /// What was heard here up to now.
    pub(super) fn heard_until(&mut self, now: Duration) -> Vec<Line> {
        std::mem::take(&mut self.hears).into_iter().filter(|line| line.at <= now).collect()
    }
}
