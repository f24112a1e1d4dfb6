//! Phones that ring: all of them at once in virtual time, until somebody takes the call, everybody has refused, the
//! time is up, or the caller leaves.

use std::time::Duration;

use super::asks::{Params, param, request};
use super::call::{Call, Next};
use super::document::{Dial, Document, Link};
use super::heard::{Ended, Purpose, Who};
use super::leg::{Leg, Stands, Step};
use super::staff::Staff;
use super::trouble::Trouble;
use super::{Act, Unaccepted};

/// The provider rings this much longer than it is told.
const SLACK: Duration = Duration::from_secs(5);
/// A hang-up takes so long to reach a phone: keys pressed meanwhile are still sent.
const RACE: Duration = Duration::from_secs(1);

/// Phones that ring together.
struct Ring {
    legs: Vec<Leg>,
    began: Duration,
    /// When phones that were not picked up stop.
    until: Duration,
    here: String,
    /// What the phones show.
    shows: String,
}

enum RingEnd {
    /// This leg was joined with the caller's.
    Joined(usize),
    CallerLeft,
    NobodyTook,
}

/// A document that a leg asks for.
struct LegAsk {
    link: Link,
    /// The target of the document in which the link stands.
    here: String,
    /// The key that was pressed.
    key: Option<char>,
}

/// What is next in virtual time.
#[derive(Copy, Clone)]
enum Now {
    Leg(usize),
    CallerLeaves,
    TimeIsUp,
}

impl Call<'_> {
    pub(super) async fn dial(&mut self, dial: Dial, here: &str) -> Option<Next> {
        let together = if dial.sequential { 1 } else { dial.numbers.len() };
        let mut rings: Vec<Ring> = Vec::new();
        let mut end = RingEnd::NobodyTook;
        for numbers in dial.numbers.chunks(together) {
            let mut ring = self.start_ring(&dial, numbers, here).await;
            end = self.ring(&mut ring).await;
            rings.push(ring);
            if !matches!(end, RingEnd::NobodyTook) {
                break;
            }
        }
        let ring = rings.last_mut()?;
        let extra = match end {
            RingEnd::Joined(taker) => self.talk(ring, taker, dial.time_limit).await,
            RingEnd::CallerLeft => self.caller_gave_up(ring).await,
            RingEnd::NobodyTook => {
                self.note(Who::Line, "nobody takes it");
                let legs: Vec<&Leg> = rings.iter().flat_map(|ring| &ring.legs).collect();
                self.nobody_took(&legs)
            }
        };
        if matches!(self.script.acts.front(), Some(Act::HangUpRinging { .. })) && !self.gone {
            self.leaves_at = None;
        }
        let told = !matches!(end, RingEnd::CallerLeft) || self.exchange.quirks.ring_end_when_caller_leaves;
        let next = match &dial.action {
            Some(action) if self.gone => {
                if told {
                    self.tell(action, here, extra).await;
                }
                Some(Next::End(Ended::CallerLeft))
            }
            Some(action) => Some(self.follow(action, here, extra)),
            None => self.gone.then_some(Next::End(Ended::CallerLeft)),
        };
        if matches!(end, RingEnd::CallerLeft)
            && let Some(ring) = rings.last_mut()
        {
            self.press_on(ring, |staff| *staff == Staff::AcceptsTooLate).await;
        }
        next
    }

    async fn start_ring(&mut self, dial: &Dial, numbers: &[super::Number], here: &str) -> Ring {
        let mut legs = Vec::new();
        for number in numbers {
            let staff = self.script.next_ring(&number.number);
            legs.push(Leg::new(number.clone(), self.exchange, staff));
        }
        let names: Vec<&str> = legs.iter().map(|leg| leg.name.as_str()).collect();
        let phones = if names.len() == 1 { "phone rings" } else { "phones ring" };
        self.note(Who::Line, format!("{phones}: {}", names.join(", ")));
        if let Some(Act::HangUpRinging { after }) = self.script.acts.front() {
            self.leaves_at.get_or_insert(self.at + *after);
        }
        let shows = dial.caller_id.clone().unwrap_or_else(|| self.script.from.clone());
        let (began, until) = (self.at, self.at + dial.timeout + SLACK);
        let ring = Ring { legs, began, until, here: here.to_owned(), shows };
        for leg in 0..ring.legs.len() {
            self.report_leg(&ring, leg, "initiated", "initiated").await;
            self.report_leg(&ring, leg, "ringing", "ringing").await;
        }
        ring
    }

    async fn ring(&mut self, ring: &mut Ring) -> RingEnd {
        loop {
            let Some((at, now)) = self.next_in(ring) else { return RingEnd::NobodyTook };
            self.move_to(at);
            match now {
                Now::CallerLeaves => {
                    self.press_on(ring, |staff| *staff == Staff::AcceptsAsCallerLeaves).await;
                    return RingEnd::CallerLeft;
                }
                Now::TimeIsUp => {
                    for leg in 0..ring.legs.len() {
                        if ring.legs[leg].is_ringing() {
                            self.end_leg(ring, leg, "no-answer").await;
                        }
                    }
                }
                Now::Leg(leg) => {
                    self.leg_moves(ring, leg).await;
                    if matches!(ring.legs[leg].stands, Stands::Joined) {
                        self.others_hang_up(ring, leg).await;
                        return RingEnd::Joined(leg);
                    }
                }
            }
        }
    }

    /// What happens next, and when. In the same instant phones come first, then the caller, then the time.
    fn next_in(&self, ring: &Ring) -> Option<(Duration, Now)> {
        if !ring.legs.iter().any(Leg::is_alive) {
            return None;
        }
        let legs = ring.legs.iter().enumerate();
        let moves = legs.filter_map(|(nth, leg)| Some((leg.next(ring.began)?, Now::Leg(nth))));
        let leaves = self.leaves_at.map(|at| (at.max(self.at), Now::CallerLeaves));
        let time = ring.legs.iter().any(Leg::is_ringing).then_some((ring.until, Now::TimeIsUp));
        moves.chain(leaves).chain(time).min_by_key(|(at, _)| *at)
    }

    async fn leg_moves(&mut self, ring: &mut Ring, nth: usize) {
        let leg = &mut ring.legs[nth];
        let lines = leg.heard_until(self.at);
        self.heard.lines.extend(lines);
        let step = match &leg.stands {
            Stands::Ringing => None,
            Stands::Listening(_, step) => Some(step.clone()),
            Stands::Joined | Stands::Over { .. } => return,
        };
        match step {
            None => match leg.staff.refuses_after() {
                Some((_, status)) => {
                    let what = if status == "busy" { "does not take it" } else { "cannot be reached" };
                    self.note(Who::Person(leg.name.clone()), what);
                    self.end_leg(ring, nth, status).await;
                }
                None => self.pick_up(ring, nth).await,
            },
            Some(Step::Press { link, here, key }) => {
                let ask = LegAsk { link, here, key: Some(key) };
                self.press_key(ring, nth, ask).await;
            }
            Some(Step::Join) => leg.stands = Stands::Joined,
            Some(Step::HungUp) => self.end_leg(ring, nth, "completed").await,
            Some(Step::HangsUp) => {
                self.note(Who::Person(leg.name.clone()), "hangs up");
                self.end_leg(ring, nth, "completed").await;
            }
        }
    }

    async fn pick_up(&mut self, ring: &mut Ring, nth: usize) {
        let leg = &mut ring.legs[nth];
        leg.picked_up_at = Some(self.at);
        let what =
            if matches!(leg.staff, Staff::Voicemail { .. }) { "voicemail picks up" } else { "picks up" };
        self.note(Who::Person(leg.name.clone()), what);
        let whisper = leg.number.whisper.clone();
        self.report_leg(ring, nth, "answered", "in-progress").await;
        match whisper {
            None => ring.legs[nth].stands = Stands::Joined,
            Some(link) => {
                let here = ring.here.clone();
                self.ask_for_leg(ring, nth, LegAsk { link, here, key: None }).await;
            }
        }
        if self.exchange.quirks.others_hung_up_at_pick_up {
            for other in 0..ring.legs.len() {
                if other != nth && ring.legs[other].is_ringing() {
                    self.end_leg(ring, other, "canceled").await;
                }
            }
        }
    }

    async fn press_key(&mut self, ring: &mut Ring, nth: usize, ask: LegAsk) {
        self.ask_for_leg(ring, nth, ask).await;
        // An empty document joins the legs at once.
        let leg = &mut ring.legs[nth];
        if matches!(&leg.stands, Stands::Listening(at, Step::Join) if *at <= self.at) {
            leg.stands = Stands::Joined;
        }
    }

    /// Asks for a document for this leg and runs it; a leg that gets none is hung up.
    async fn ask_for_leg(&mut self, ring: &mut Ring, nth: usize, ask: LegAsk) {
        let trouble = match self.leg_document(ring, nth, ask).await {
            Ok((document, target)) => {
                match ring.legs[nth].listen(&document, &target, (self.at, &mut self.hearing)) {
                    Ok(()) => return,
                    Err(fault) => Trouble { url: format!("{}{target}", self.exchange.public_url), fault },
                }
            }
            Err(trouble) => trouble,
        };
        self.heard.troubles.push(trouble);
        self.end_leg(ring, nth, "completed").await;
    }

    async fn leg_document(
        &mut self,
        ring: &Ring,
        nth: usize,
        ask: LegAsk,
    ) -> Result<(Document, String), Trouble> {
        let mut params = self.leg_params(ring, nth, "in-progress");
        if let Some(key) = ask.key {
            self.note(Who::Person(ring.legs[nth].name.clone()), format!("presses {key}"));
            params.push(param("Digits", key));
        }
        let target = self.resolve(&ask.link, &ask.here)?;
        let document = self.document(Purpose::Leg, request(target.clone(), ask.link.get, params)).await?;
        Ok((document, target))
    }

    fn leg_params(&self, ring: &Ring, nth: usize, status: &str) -> Params {
        let mut params = ring.legs[nth].params(&self.exchange.account, &self.heard.call, &ring.shows);
        params.push(param("CallStatus", status));
        params
    }

    /// People who hear the accept prompt at this moment and are scripted so press a key although it is too late.
    async fn press_on(&mut self, ring: &mut Ring, who: fn(&Staff) -> bool) {
        for nth in 0..ring.legs.len() {
            let leg = &ring.legs[nth];
            let Some((from, to, link, here)) = leg.menu.clone().filter(|_| who(&leg.staff)) else { continue };
            if (from..=to).contains(&self.at) {
                let lines = ring.legs[nth].heard_until(self.at);
                self.heard.lines.extend(lines);
                self.press_late(ring, nth, LegAsk { link, here, key: Some('1') }).await;
            }
        }
    }

    /// A key whose document is only listened to: nobody is there to be joined with.
    async fn press_late(&mut self, ring: &Ring, nth: usize, ask: LegAsk) {
        match self.leg_document(ring, nth, ask).await {
            Err(trouble) => self.heard.troubles.push(trouble),
            Ok((document, _)) => {
                for verb in &document.0 {
                    if let super::Verb::Sound(sound) = verb {
                        self.say(Who::To(ring.legs[nth].name.clone()), sound);
                    }
                }
            }
        }
    }

    async fn others_hang_up(&mut self, ring: &mut Ring, taker: usize) {
        for nth in 0..ring.legs.len() {
            if nth == taker || !ring.legs[nth].is_alive() {
                continue;
            }
            let lines = ring.legs[nth].heard_until(self.at);
            self.heard.lines.extend(lines);
            if let Stands::Listening(at, Step::Press { link, here, key }) = &ring.legs[nth].stands
                && *at <= self.at + RACE
            {
                let ask = LegAsk { link: link.clone(), here: here.clone(), key: Some(*key) };
                self.press_late(ring, nth, ask).await;
            }
            let status = if ring.legs[nth].is_ringing() { "canceled" } else { "completed" };
            self.end_leg(ring, nth, status).await;
        }
    }

    async fn end_leg(&mut self, ring: &mut Ring, nth: usize, status: &'static str) {
        let leg = &mut ring.legs[nth];
        let lines = leg.heard_until(self.at);
        leg.stands = Stands::Over { at: self.at, status };
        self.heard.lines.extend(lines);
        self.report_leg(ring, nth, "completed", status).await;
    }

    async fn report_leg(&mut self, ring: &Ring, nth: usize, event: &str, status: &str) {
        let Some(reports) = ring.legs[nth].number.reports.clone().filter(|reports| reports.wants(event))
        else {
            return;
        };
        let mut params = self.leg_params(ring, nth, status);
        let order = ["initiated", "ringing", "answered", "completed"].iter().position(|name| *name == event);
        params.extend([
            param("CallbackSource", "call-progress-events"),
            param("SequenceNumber", order.unwrap_or_default()),
            param("Timestamp", self.timestamp()),
        ]);
        if event == "completed" {
            let since = ring.legs[nth].picked_up_at.unwrap_or(self.at);
            params.push(param("CallDuration", (self.at - since).as_secs()));
        }
        self.report(&reports.link, params, &ring.here).await;
    }

    async fn talk(&mut self, ring: &mut Ring, taker: usize, limit: Duration) -> Params {
        self.answer();
        if matches!(self.script.acts.front(), Some(Act::HangUpRinging { .. })) {
            self.leaves_at = None;
        }
        let (name, talks) = (ring.legs[taker].name.clone(), ring.legs[taker].staff.talks());
        self.note(Who::Line, format!("the caller is put through to {name}"));
        let began = self.at;
        if self.pass(talks.min(limit)) {
            self.note(Who::Person(name), "hangs up");
        } else {
            self.hang_up();
        }
        self.end_leg(ring, taker, "completed").await;
        vec![
            param("DialCallStatus", "completed"),
            param("DialCallSid", &ring.legs[taker].id),
            param("DialCallDuration", (self.at - began).as_secs()),
            param("DialBridged", true),
        ]
    }

    async fn caller_gave_up(&mut self, ring: &mut Ring) -> Params {
        self.hang_up();
        for nth in 0..ring.legs.len() {
            if ring.legs[nth].is_alive() {
                let status = if ring.legs[nth].is_ringing() { "canceled" } else { "completed" };
                self.end_leg(ring, nth, status).await;
            }
        }
        let mut params = vec![param("DialCallStatus", "canceled"), param("DialBridged", false)];
        params.extend(ring.legs.first().map(|leg| param("DialCallSid", &leg.id)));
        params
    }

    fn nobody_took(&self, legs: &[&Leg]) -> Params {
        let picked_up = legs.iter().rev().find_map(|leg| {
            let Stands::Over { at, .. } = leg.stands else { return None };
            Some((leg, (at - leg.picked_up_at?).as_secs()))
        });
        let unaccepted = self.exchange.quirks.unaccepted;
        if let Some((leg, seconds)) = picked_up.filter(|_| unaccepted != Unaccepted::NoAnswer) {
            return vec![
                param("DialCallStatus", "completed"),
                param("DialCallSid", &leg.id),
                param("DialCallDuration", seconds),
                param("DialBridged", unaccepted == Unaccepted::CompletedBridged),
            ];
        }
        let all = |wanted: &str| {
            let is = |leg: &&Leg| matches!(leg.stands, Stands::Over { status, .. } if status == wanted);
            legs.iter().all(is)
        };
        let status = ["busy", "failed"].into_iter().find(|status| all(status)).unwrap_or("no-answer");
        let mut params = vec![param("DialCallStatus", status), param("DialBridged", false)];
        params.extend(legs.last().map(|leg| param("DialCallSid", &leg.id)));
        params
    }
}
