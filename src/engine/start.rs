//! Where a call begins: blocked, away, closed, again, known, open, in this order; and the test for strangers.

use crate::call::Key;
use crate::flow;
use crate::language::sentence;

use super::scene::{Scene, Wait};
use super::{Place, Then, patience};

impl Scene<'_> {
    /// What is known before the first word.
    pub(super) fn note_arrival(&mut self) {
        let (flow, facts, business) = (self.flow, self.facts, self.facts.business);
        self.state.course.closed = !business.is_open(facts.now);
        let refuses = |step| matches!(flow.step(step).then, flow::Then::Refuse);
        self.state.course.refused = facts.about.blocked && flow.start.blocked.is_none_or(refuses);
        let through_own_phone =
            facts.forwarded_from.is_some_and(|number| business.person_with_number(number).is_some());
        let from_own_line = facts.caller.number().is_some_and(|number| business.line(number).is_some());
        self.state.no_ringing = through_own_phone || from_own_line;
        self.state.again = facts.again;
        self.find_language();
    }

    pub(super) fn arrive(&mut self) -> Then {
        let (facts, start) = (self.facts, &self.flow.start);
        if facts.about.blocked {
            return match start.blocked {
                Some(step) => self.enter(step),
                None => self.refuse(),
            };
        }
        let away = start.away.or(start.closed).filter(|_| facts.business.is_away(facts.now, facts.away));
        let closed = start.closed.filter(|_| !facts.business.is_open(facts.now));
        if let Some(step) = away.or(closed) {
            return self.enter(step);
        }
        if start.human_test && self.is_stranger() {
            return self.test(0);
        }
        self.welcome()
    }

    /// Begins for whoever is neither turned away nor sent to what there is while nobody is here.
    fn welcome(&mut self) -> Then {
        let start = &self.flow.start;
        let again = start.again.filter(|_| self.state.again);
        let known = start.known.filter(|_| self.facts.about.is_known());
        self.enter(again.or(known).unwrap_or(start.open))
    }

    /// A number that nobody knows, or none.
    fn is_stranger(&self) -> bool {
        let (about, business) = (self.facts.about, self.facts.business);
        let is_ours = self.facts.caller.number().is_some_and(|number| business.is_ours(number));
        !(about.is_known() || about.allowed || about.vip || about.human || is_ours)
    }

    /// Asks for the one key that shows a person. The business's name comes first.
    pub(super) fn test(&mut self, slips: u8) -> Then {
        let key = self.test_key();
        if slips == 0 {
            self.say(&sentence(&self.facts.business.name));
        }
        self.say(&self.phrases().human_test(key));
        self.hint();
        self.wait(Place::HumanTest { slips }, Wait::key())
    }

    /// Key 0 asks for a person, who will hear whether it is one; it is not remembered as passing.
    pub(super) fn tested(&mut self, slips: u8, key: Option<Key>) -> Then {
        let Some(key) = key else { return self.test_again(slips, true) };
        if key == Key::ZERO {
            let first = &self.flow.step(self.flow.start.open).name;
            return self.zero(first);
        }
        if key.as_char() == self.test_key() {
            self.state.course.human = true;
            return self.welcome();
        }
        if self.changes_language(key) {
            return self.test(slips);
        }
        self.test_again(slips, true)
    }

    /// Tests once more; whoever does not pass may still leave a message.
    pub(super) fn test_again(&mut self, slips: u8, sorry: bool) -> Then {
        let Some(slips) = patience::once_more(slips) else { return self.enter(self.flow.last_message) };
        if sorry {
            self.say(self.phrases().not_understood);
        }
        self.test(slips)
    }

    /// One of 1 to 6, the same throughout a call and another in most calls: not 0, and no key of a language.
    fn test_key(&self) -> char {
        let number = self.facts.caller.identity().unwrap_or_default();
        let digits: u64 = number.bytes().map(u64::from).sum();
        let moment = self.state.since.unwrap_or(self.facts.now).as_second().unsigned_abs();
        ['1', '2', '3', '4', '5', '6'][((digits + moment) % 6) as usize]
    }
}
