//! Ringing people: whom, for how long, and what follows when the phones stop.

use std::time::Duration;

use jiff::Timestamp;

use crate::business::Person;
use crate::call::{Accept, LastReply, Leg, PersonName, StepName};
use crate::flow::{self, Ring, Target};

use super::scene::Scene;
use super::{Place, RingEnd, RungLeg, Then, patience};

/// The phones of one ring, as kept in [`Place::Ringing`].
#[derive(Clone, Debug)]
pub(super) struct Round {
    pub(super) step: StepName,
    pub(super) rung: Vec<PersonName>,
    pub(super) later: Vec<PersonName>,
    pub(super) since: Timestamp,
    pub(super) by_zero: bool,
}

impl<'a> Scene<'a> {
    /// Rings whom the step names; `None` when nobody is there.
    pub(super) fn ring(&mut self, name: &StepName, ring: &Ring) -> Option<Then> {
        let mut people = self.targets(&ring.targets);
        if ring.in_turn
            && let Some(known) = &self.facts.about.last_spoke_with
        {
            // Stable, so the others keep their order.
            people.sort_by_key(|name| name != known);
        }
        let later = if ring.in_turn && !people.is_empty() { people.split_off(1) } else { Vec::new() };
        let round = Round { step: name.clone(), rung: people, later, since: self.facts.now, by_zero: false };
        let for_ = self.rings_for(&round);
        self.dial(round, for_)
    }

    /// Key 0: a person if one can come, else a call-back. Once per call it lets phones ring.
    pub(super) fn zero(&mut self, name: &StepName) -> Then {
        if self.state.no_ringing {
            return self.enter(self.flow.last_message);
        }
        let facts = self.facts;
        let open = facts.business.is_open(facts.now);
        let there = open && !facts.business.on_duty(facts.now, facts.away).is_empty();
        let first = !std::mem::replace(&mut self.state.zero_used, true);
        if there && first {
            let said = self.said.len();
            self.say(self.phrases().one_moment);
            let round = Round {
                step: name.clone(),
                rung: self.targets(&[Target::OnDuty]),
                later: Vec::new(),
                since: facts.now,
                by_zero: true,
            };
            let for_ = self.rings_for(&round);
            if let Some(then) = self.dial(round, for_) {
                return then;
            }
            self.said.truncate(said);
        }
        self.say(if there { self.phrases().nobody_came } else { self.phrases().nobody_here });
        self.enter(self.flow.last_call_back)
    }

    /// Who talked in the ring that `end` reports on, if anybody did.
    pub(super) fn talked(&self, rung: &[PersonName], end: &RingEnd) -> Option<Accept> {
        if !end.connected {
            return None;
        }
        let legs = self.legs_of_this_ring();
        if let Some((leg, at)) = legs.iter().find_map(|leg| Some((leg, leg.accepted_at?))) {
            return Some(Accept { by: leg.person.clone(), at });
        }
        let connected = |leg: &&&Leg| end.leg.is_none() || leg.provider_id == end.leg;
        // What fetched the accept prompt and pressed no key is a voicemail, or a person who declined.
        if legs.iter().filter(connected).any(|leg| leg.prompted) {
            return None;
        }
        let trusted: Vec<_> = rung
            .iter()
            .filter(|name| self.facts.business.person(name).is_some_and(|person| person.trust_answer))
            .collect();
        let named =
            end.leg.as_ref().and_then(|id| legs.iter().find(|leg| leg.provider_id.as_ref() == Some(id)));
        let by =
            trusted.iter().find(|name| named.is_some_and(|leg| leg.person == ***name)).or(trusted.first())?;
        Some(Accept { by: (**by).clone(), at: self.facts.now })
    }

    /// When the ring that just ended was accepted, if it was.
    pub(super) fn accepted_at(&self) -> Option<Timestamp> {
        self.legs_of_this_ring().iter().find_map(|leg| leg.accepted_at)
    }

    /// Nobody talked, and the caller is still there.
    pub(super) fn rang(&mut self, round: Round) -> Then {
        let legs = self.legs_of_this_ring();
        let accepted = legs.iter().any(|leg| leg.accepted_at.is_some());
        let swallowed: Vec<_> =
            legs.iter().filter(|leg| leg.prompted).map(|leg| leg.person.clone()).collect();
        if accepted {
            return self.nobody_came(&round);
        }
        if let Some(then) = self.next_in_turn(&round) {
            return then;
        }
        // One voicemail that picks up must not take the call from the others.
        let others: Vec<_> = round.rung.iter().filter(|name| !swallowed.contains(name)).cloned().collect();
        let again = if swallowed.is_empty() { Vec::new() } else { others };
        self.ring_on(Round { rung: again, ..round })
    }

    /// Rings the people of `round` for what is left of its time.
    pub(super) fn ring_on(&mut self, round: Round) -> Then {
        let rest = self.rings_for(&round).saturating_sub(self.elapsed(round.since));
        if rest >= patience::SHORTEST_RING
            && let Some(then) = self.dial(round.clone(), rest)
        {
            return then;
        }
        if let Some(then) = self.next_in_turn(&round) {
            return then;
        }
        self.nobody_came(&round)
    }

    fn next_in_turn(&mut self, round: &Round) -> Option<Then> {
        let mut later = self.present(&round.later);
        if later.is_empty() {
            return None;
        }
        let rest = later.split_off(1);
        let next = Round { rung: later, later: rest, since: self.facts.now, ..round.clone() };
        let for_ = self.rings_for(&next).max(patience::SHORTEST_RING);
        self.dial(next, for_)
    }

    fn nobody_came(&mut self, round: &Round) -> Then {
        if round.by_zero {
            self.say(self.phrases().nobody_came);
            return self.enter(self.flow.last_call_back);
        }
        match self.ring_of(&round.step) {
            Some(ring) => self.enter(ring.go),
            None => self.enter(self.flow.last_call_back),
        }
    }

    fn dial(&mut self, round: Round, for_: Duration) -> Option<Then> {
        let facts = self.facts;
        let leg = |person: &Person| RungLeg {
            person: person.name.clone(),
            number: person.number.clone(),
            screened: !person.trust_answer,
        };
        let rung = self.present(&round.rung);
        let legs: Vec<_> = rung.iter().filter_map(|name| facts.business.person(name)).map(leg).collect();
        if legs.is_empty() {
            return None;
        }
        let caller_id = if facts.caller.number().is_none() { facts.line.cloned() } else { None };
        let Round { step, later, since, by_zero, .. } = round;
        self.state.place = Place::Ringing { step, rung, later, since, by_zero };
        self.state.course.rang = true;
        self.state.course.last = LastReply::Ring(facts.turn);
        Some(Then::Ring { legs, for_, caller_id })
    }

    /// The people to ring at this moment, each phone once, never the caller's own. Who is named and not there is
    /// replaced by the stand-in.
    fn targets(&self, targets: &[Target]) -> Vec<PersonName> {
        let business = self.facts.business;
        let there = |person| business.in_place_of(person, self.facts.now, self.facts.away);
        let mut people: Vec<&Person> = Vec::new();
        for target in targets {
            match target {
                Target::OnDuty => people.extend(self.on_duty()),
                Target::Person(name) => {
                    people.extend(business.people_called(name.as_str()).filter_map(there))
                }
                Target::Area(area) => people.extend(business.people_for(area).filter_map(there)),
                Target::Team(team) => people.extend(business.people_of(team).filter_map(there)),
                Target::LastPerson => {
                    let last = self.facts.about.last_spoke_with.as_ref();
                    people.extend(last.and_then(|name| business.person(name)).and_then(there));
                }
            }
        }
        let mut numbers = Vec::new();
        people.retain(|person| {
            let fresh = !numbers.contains(&&person.number);
            numbers.push(&person.number);
            fresh
        });
        let names: Vec<_> = people.into_iter().map(|person| person.name.clone()).collect();
        let mut names = self.present(&names);
        names.truncate(patience::MOST_PHONES);
        names
    }

    /// Everybody who is there; with an area that stuck to the call, those of them who are for it, if any are.
    fn on_duty(&self) -> Vec<&'a Person> {
        let duty = self.facts.business.on_duty(self.facts.now, self.facts.away);
        let Some(area) = &self.state.course.area else { return duty };
        let narrow: Vec<_> = duty.iter().copied().filter(|person| person.areas.contains(area)).collect();
        if narrow.is_empty() { duty } else { narrow }
    }

    /// Those who are still with the business, still there, and not the caller.
    fn present(&self, names: &[PersonName]) -> Vec<PersonName> {
        let own = self.facts.caller.number();
        let facts = self.facts;
        let there = |name: &&PersonName| {
            facts.business.person(name).is_some_and(|person| {
                Some(&person.number) != own && facts.business.is_there(person, facts.now, facts.away)
            })
        };
        names.iter().filter(there).cloned().collect()
    }

    fn legs_of_this_ring(&self) -> Vec<&'a Leg> {
        let LastReply::Ring(turn) = self.state.course.last else { return Vec::new() };
        self.facts.legs.iter().filter(|leg| leg.turn == turn).collect()
    }

    /// How long the phones of a round ring, as the caller hears it.
    fn rings_for(&self, round: &Round) -> Duration {
        if round.by_zero {
            return patience::ZERO_RINGS;
        }
        let written = self.ring_of(&round.step).map_or(Duration::ZERO, |ring| ring.for_);
        let mut rung = round.rung.iter().filter_map(|name| self.facts.business.person(name));
        if rung.any(|person| person.trust_answer) { written.min(patience::TRUSTED_RINGS) } else { written }
    }

    fn ring_of(&self, name: &StepName) -> Option<&'a Ring> {
        match &self.step(name).then {
            flow::Then::Ring(ring) => Some(ring),
            flow::Then::Go(_)
            | flow::Then::Press(_)
            | flow::Then::Message { .. }
            | flow::Then::CallBack { .. }
            | flow::Then::Ask(_)
            | flow::Then::Goodbye(_)
            | flow::Then::Refuse => None,
        }
    }

    fn elapsed(&self, since: Timestamp) -> Duration {
        Duration::try_from(self.facts.now.duration_since(since)).unwrap_or_default()
    }
}
