//! Phones that ring for a caller, all at once: picked up by people and by voicemails, taken, declined, or left alone.

use ringback::phone::{Dial, Document, Number, Verb};

use super::plan::SECOND;
use super::provider::{Call, Do, Move, target_of};
use super::wire::{Form, Purpose};

/// The provider rings this much longer than it is told.
const SLACK: i64 = 5 * SECOND;

#[derive(Debug)]
pub struct Ring {
    legs: Vec<Leg>,
    action: Option<String>,
    /// Who talks with the caller, and for how long.
    joined: Option<(usize, i64)>,
    others_stop_at_pick_up: bool,
}

#[derive(Debug)]
struct Leg {
    number: Number,
    id: String,
    mind: Mind,
    stands: Stands,
    /// Where a key goes.
    key: Option<String>,
    was_picked_up: bool,
}

/// What whoever is at that phone does.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Mind {
    Accepts,
    /// Picks up and presses nothing: a voicemail, or somebody who declines.
    Listens,
    Ignores,
    Busy,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Stands {
    Ringing,
    Prompted,
    Pressed,
    Over,
}

impl Leg {
    fn is_alive(&self) -> bool {
        self.stands != Stands::Over
    }
}

impl Call {
    pub fn dial(&mut self, dial: Dial) -> Vec<Do> {
        self.is_answered |= !dial.answer_on_bridge;
        let lasts = dial.timeout.as_millis() as i64 + SLACK;
        let mut all = vec![Do::Later(lasts, Move::RingEnds)];
        let mut legs = Vec::new();
        for number in dial.numbers {
            let mind = match self.dice.below(100) {
                0..38 => Mind::Accepts,
                38..60 => Mind::Listens,
                60..90 => Mind::Ignores,
                _ => Mind::Busy,
            };
            if matches!(mind, Mind::Accepts | Mind::Listens) {
                all.push(Do::Later(self.dice.between(SECOND, lasts), Move::PicksUp(legs.len())));
            }
            let stands = if mind == Mind::Busy { Stands::Over } else { Stands::Ringing };
            self.legs += 1;
            let id = format!("CL{:026}{:06}", self.nth, self.legs);
            legs.push(Leg { number, id, mind, stands, key: None, was_picked_up: false });
        }
        if self.dice.chance(250) {
            all.push(Do::Later(self.dice.between(300, lasts), Move::Leaves));
        }
        let action = dial.action.map(|action| target_of(action.url.as_deref()));
        let others_stop_at_pick_up = self.dice.chance(500);
        self.ring = Some(Ring { legs, action, joined: None, others_stop_at_pick_up });
        if self.ring.as_ref().is_some_and(|ring| !ring.legs.iter().any(Leg::is_alive)) {
            return self.ring_is_over();
        }
        all
    }

    pub fn picks_up(&mut self, nth: usize) -> Vec<Do> {
        let Some(ring) = self.ring.as_mut().filter(|ring| ring.joined.is_none()) else { return Vec::new() };
        if ring.legs[nth].stands != Stands::Ringing {
            return Vec::new();
        }
        if ring.others_stop_at_pick_up {
            let others = ring.legs.iter_mut().enumerate();
            let ringing = others.filter(|(other, leg)| *other != nth && leg.stands == Stands::Ringing);
            ringing.for_each(|(_, leg)| leg.stands = Stands::Over);
        }
        let leg = &mut ring.legs[nth];
        (leg.stands, leg.was_picked_up) = (Stands::Prompted, true);
        let form = leg_form(&self.id, leg);
        let mut all = Vec::new();
        if let Some(reports) = leg.number.reports.as_ref().filter(|reports| reports.wants("answered")) {
            let target = target_of(reports.link.url.as_deref());
            all.push(Do::Send { target, form: form.clone(), purpose: Purpose::Reports });
        }
        match &leg.number.whisper {
            Some(link) => {
                let target = target_of(link.url.as_deref());
                all.push(Do::Send { target, form, purpose: Purpose::Leg(nth) });
            }
            None => all.extend(self.join(nth)),
        }
        all
    }

    pub fn leg_hears(&mut self, nth: usize, document: &Document) -> Vec<Do> {
        let Some(ring) = self.ring.as_mut().filter(|ring| ring.joined.is_none()) else { return Vec::new() };
        let leg = &mut ring.legs[nth];
        match leg.stands {
            Stands::Prompted => {
                let action = document.0.iter().find_map(|verb| match verb {
                    Verb::Gather(gather) => Some(target_of(gather.action.url.as_deref())),
                    Verb::Sound(_)
                    | Verb::Dial(_)
                    | Verb::Record(_)
                    | Verb::Redirect(_)
                    | Verb::Hangup
                    | Verb::Reject { .. } => None,
                });
                leg.key = action;
                if leg.mind == Mind::Accepts && leg.key.is_some() {
                    return vec![Do::Later(self.dice.between(400, 9 * SECOND), Move::Presses(nth))];
                }
                vec![Do::Later(self.dice.between(SECOND, 14 * SECOND), Move::LegEnds(nth))]
            }
            // An empty document joins the legs.
            Stands::Pressed if document.0.is_empty() => self.join(nth),
            Stands::Pressed => vec![Do::Later(2 * SECOND, Move::LegEnds(nth))],
            Stands::Ringing | Stands::Over => Vec::new(),
        }
    }

    pub fn presses(&mut self, nth: usize) -> Vec<Do> {
        let Some(ring) = self.ring.as_mut().filter(|ring| ring.joined.is_none()) else { return Vec::new() };
        let leg = &mut ring.legs[nth];
        let (Some(target), Stands::Prompted) = (leg.key.clone(), leg.stands) else { return Vec::new() };
        leg.stands = Stands::Pressed;
        let form = leg_form(&self.id, leg).with("Digits", "1");
        vec![Do::Send { target, form, purpose: Purpose::Leg(nth) }]
    }

    fn join(&mut self, nth: usize) -> Vec<Do> {
        let lasts = self.talks_for();
        let by_caller = self.dice.chance(500);
        if let Some(ring) = &mut self.ring {
            ring.joined = Some((nth, lasts));
        }
        self.is_answered = true;
        vec![Do::Later(lasts, Move::TalkEnds { by_caller })]
    }

    pub fn leg_ends(&mut self, nth: usize) -> Vec<Do> {
        let Some(ring) = self.ring.as_mut().filter(|ring| ring.joined.is_none()) else { return Vec::new() };
        ring.legs[nth].stands = Stands::Over;
        if ring.legs.iter().any(Leg::is_alive) { Vec::new() } else { self.ring_is_over() }
    }

    pub fn ring_ends(&mut self) -> Vec<Do> {
        let Some(ring) = self.ring.as_mut().filter(|ring| ring.joined.is_none()) else { return Vec::new() };
        let ringing = ring.legs.iter_mut().filter(|leg| leg.stands == Stands::Ringing);
        ringing.for_each(|leg| leg.stands = Stands::Over);
        if ring.legs.iter().any(Leg::is_alive) { Vec::new() } else { self.ring_is_over() }
    }

    /// Nobody took it. What is said of a leg that a voicemail took is not known.
    fn ring_is_over(&mut self) -> Vec<Do> {
        let Some(ring) = self.ring.take() else { return Vec::new() };
        let Some(action) = ring.action else { return self.play() };
        let picked_up = ring.legs.iter().find(|leg| leg.was_picked_up);
        let mut form = self.form();
        form = match picked_up {
            Some(leg) if self.dice.chance(600) => {
                let form = form.with("DialCallStatus", "completed").with("DialCallDuration", "11");
                form.with("DialCallSid", &leg.id)
            }
            Some(_) => form.with("DialCallStatus", "no-answer"),
            None if ring.legs.iter().all(|leg| leg.mind == Mind::Busy) => form.with("DialCallStatus", "busy"),
            None => form.with("DialCallStatus", "no-answer"),
        };
        vec![self.ask(action, form)]
    }

    pub fn talk_ends(&mut self, by_caller: bool) -> Vec<Do> {
        let Some(ring) = self.ring.take() else { return Vec::new() };
        let (Some((leg, lasted)), Some(action)) = (ring.joined, ring.action) else { return Vec::new() };
        self.is_over |= by_caller;
        let seconds = (lasted / SECOND).max(1).to_string();
        let form = self.form().with("DialCallStatus", "completed").with("DialCallDuration", &seconds);
        let form = form.with("DialCallSid", &ring.legs[leg].id).with("DialBridged", "true");
        if !by_caller {
            return vec![self.ask(action, form)];
        }
        let mut all = Vec::new();
        if self.dice.chance(850) {
            all.push(Do::Send { target: action, form, purpose: Purpose::Parting });
        }
        all.extend(self.end("completed"));
        all
    }

    /// The caller hangs up while phones ring. A key may be pressed in that very moment, and the end of the ring may be
    /// told or not.
    pub fn leaves_ring(&mut self) -> Vec<Do> {
        let Some(ring) = self.ring.take() else { return Vec::new() };
        self.is_over = true;
        let mut all = Vec::new();
        for leg in ring.legs.iter().filter(|leg| leg.stands == Stands::Prompted) {
            if let Some(target) = leg.key.clone().filter(|_| self.dice.chance(300)) {
                let form = leg_form(&self.id, leg).with("Digits", "5");
                all.push(Do::Send { target, form, purpose: Purpose::Parting });
            }
        }
        if let Some(action) = ring.action.filter(|_| self.dice.chance(600)) {
            let form = self.form().with("DialCallStatus", "canceled").with("DialBridged", "false");
            all.push(Do::Send { target: action, form, purpose: Purpose::Parting });
        }
        all
    }

    /// Whether the caller talks with somebody.
    pub fn talks(&self) -> bool {
        self.ring.as_ref().is_some_and(|ring| ring.joined.is_some())
    }
}

fn leg_form(parent: &str, leg: &Leg) -> Form {
    Form::default()
        .with("AccountSid", "AC00000000000000000000000000000100")
        .with("CallSid", &leg.id)
        .with("ParentCallSid", parent)
        .with("To", &leg.number.number)
        .with("CallStatus", "in-progress")
        .with("Direction", "outbound-dial")
}
