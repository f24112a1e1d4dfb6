//! Turns: the first fetch, and every request that claims the next number.

use crate::call::{Acquaintance, CallId, Caller, TurnNumber};
use crate::dialect::{self, Address, Parties};
use crate::engine::{self, AGAIN, Event, Facts, State};
use crate::store::{CallRecord, NewCall, StoreError, TurnRow, Tx};

use super::{Answer, MOST_COUNTED, Moment};

/// An event and the number that it claims.
pub(super) struct Claim {
    pub(super) call: CallId,
    pub(super) turn: TurnNumber,
    pub(super) event: Event,
    pub(super) over: bool,
}

impl Moment {
    /// The first fetch, or a repeat of it. One that comes after a final status still gets the flow's first document.
    pub(super) fn arrive(&self, tx: &mut Tx<'_>, parties: Parties, over: bool) -> Result<Answer, StoreError> {
        let mut call = self.call_of(tx, &parties)?;
        if call.first_fetch_at.is_some() {
            let reply = tx.reply_of(call.id, 0)?;
            tx.save_call(call)?;
            return Ok(reply.map_or(Answer::Safe, Answer::Document));
        }
        self.complete_parties(tx, &mut call, parties)?;
        call.first_fetch_at = Some(self.now);
        let Some(live) = self.live.flow_for(call.line.as_ref()) else {
            let line = call.line.as_ref().map_or("no number", |number| number.as_str());
            tx.add_incident(self.now, Some(call.id), ("unknown line", line))?;
            self.keep_in_trouble(tx, call)?;
            return Ok(Answer::Safe);
        };
        if let Some(stray) =
            call.line.as_ref().filter(|line| self.live.settings.business.line(line).is_none())
        {
            tx.add_incident(self.now, Some(call.id), ("a line that is not in the settings", stray.as_str()))?;
        }
        call.flow = Some(live.version);
        let claim = Claim { call: call.id, turn: 0, event: Event::Arrived, over };
        self.decide(tx, call, claim)
    }

    /// The first request that claims a turn decides it; every other one for that turn gets the same bytes.
    pub(super) fn take_turn(
        &self,
        tx: &mut Tx<'_>,
        parties: Parties,
        claim: Claim,
    ) -> Result<Answer, StoreError> {
        let known = tx.take_call(claim.call)?.filter(|call| call.of == parties.call);
        let Some(call) = known else {
            self.keep_trouble(tx, parties, ("unknown call", &claim.call.to_string()))?;
            return Ok(Answer::Safe);
        };
        let next = call.last.as_ref().map_or(0, |(last, _)| last + 1);
        if claim.turn < next {
            let reply = tx.reply_of(call.id, claim.turn)?;
            tx.save_call(call)?;
            return Ok(reply.map_or(Answer::Safe, Answer::Document));
        }
        if claim.turn > next || claim.turn == 0 {
            tx.save_call(call)?;
            self.keep_trouble(tx, parties, ("a turn that was never given out", &claim.turn.to_string()))?;
            return Ok(Answer::Safe);
        }
        self.decide(tx, call, claim)
    }

    /// One turn of the conversation: state in, reply out, everything written.
    fn decide(&self, tx: &mut Tx<'_>, mut call: CallRecord, claim: Claim) -> Result<Answer, StoreError> {
        let flow = match call.flow {
            Some(version) => self.flow_of(tx, version)?,
            None => None,
        };
        let Some(flow) = flow else {
            tx.add_incident(self.now, Some(call.id), ("the call's flow cannot be read any more", ""))?;
            self.keep_in_trouble(tx, call)?;
            return Ok(Answer::Safe);
        };
        let away = tx.absences(self.now)?;
        let state = call.last.take().map_or_else(State::lobby, |(_, state)| state);
        // Whoever has left hears nothing, so nothing is looked up for it.
        let about = match claim.over && claim.turn > 0 {
            true => Acquaintance::default(),
            false => self.acquaintance(tx, &call.caller)?,
        };
        let is_asked = claim.turn == 0 && flow.start.again.is_some();
        let again = is_asked && tx.called_since(&call.caller, self.now - AGAIN, call.id)?;
        let promised = state.promise.is_some_and(|promise| promise > self.now);
        let waiting = if promised || claim.over { 0 } else { tx.others_waiting(&call, MOST_COUNTED)? };
        let facts = Facts {
            now: self.now,
            turn: claim.turn,
            business: &self.live.settings.business,
            caller: &call.caller,
            line: call.line.as_ref(),
            forwarded_from: call.forwarded_from.as_ref(),
            about: &about,
            again,
            attested: call.attested,
            away: &away,
            waiting,
            legs: &call.reports.legs,
            caller_left: claim.over,
        };
        let turn = engine::turn(&flow, &state, &claim.event, &facts);
        let address = Address {
            base: &self.live.base,
            call: call.id,
            turn: claim.turn,
            language: &self.live.settings.business.language,
            audio: &self.live.audio.names,
        };
        let reply = dialect::write(&turn.reply, &address);
        let row =
            TurnRow { at: self.now, key: turn.key, passed: &turn.passed, state: &turn.state, reply: &reply };
        tx.append_turn(call.id, claim.turn, &row)?;
        // Only a reported talk makes a caller known; an accept alone may still be taken back.
        if let Some(accept) = turn.state.course.answered.as_ref().filter(|_| state.course.answered.is_none())
        {
            tx.remember_answered(&call.caller, accept)?;
        }
        let (before, now) = (&state.course, &turn.state.course);
        if now.language.is_some() && now.language != before.language {
            tx.set_language(&call.caller, now.language, None)?;
        }
        if now.human && !before.human {
            tx.remember_human(&call.caller, self.now)?;
        }
        if claim.over {
            self.hear_of_the_end(&mut call);
        }
        call.last = Some((claim.turn, turn.state));
        call.last_event_at = self.now;
        self.settle(tx, call)?;
        Ok(Answer::Document(reply))
    }

    /// What is known of the caller. Whoever blocked a number that became one of our own did not mean it so.
    pub(super) fn acquaintance(&self, tx: &Tx<'_>, caller: &Caller) -> Result<Acquaintance, StoreError> {
        let mut about = tx.acquaintance(caller)?;
        about.blocked &= !caller.number().is_some_and(|number| self.live.settings.business.is_ours(number));
        Ok(about)
    }

    /// The call that a URL of ours names, if it is the one that the provider means; else the provider's word counts.
    pub(super) fn call_numbered(
        &self,
        tx: &mut Tx<'_>,
        id: CallId,
        parties: &Parties,
    ) -> Result<CallRecord, StoreError> {
        if let Some(call) = tx.take_call(id)?.filter(|call| call.of == parties.call) {
            return Ok(call);
        }
        let call = self.call_of(tx, parties)?;
        tx.add_incident(self.now, Some(call.id), ("a report of an unknown call", &id.to_string()))?;
        Ok(call)
    }

    /// The call of these parties, recorded now if it was not heard of before.
    pub(super) fn call_of(&self, tx: &mut Tx<'_>, parties: &Parties) -> Result<CallRecord, StoreError> {
        if let Some(id) = tx.find_call(&parties.call)?
            && let Some(mut call) = tx.take_call(id)?
        {
            if call.caller == Caller::Withheld && call.line.is_none() {
                self.complete_parties(tx, &mut call, parties.clone())?;
            }
            if self.now < call.at {
                call.at = self.now;
                tx.name_parties(&call)?;
            }
            return Ok(call);
        }
        let parties = parties.clone();
        tx.open_call(NewCall {
            of: parties.call,
            caller: parties.caller,
            caller_name: parties.caller_name,
            line: parties.line,
            forwarded_from: parties.forwarded_from,
            attested: parties.attested,
            at: self.now,
        })
    }

    /// A report that came first, of a leg or of a recording, names nobody who takes part.
    pub(super) fn complete_parties(
        &self,
        tx: &mut Tx<'_>,
        call: &mut CallRecord,
        parties: Parties,
    ) -> Result<(), StoreError> {
        let same = call.caller == parties.caller
            && call.line == parties.line
            && call.caller_name == parties.caller_name
            && call.forwarded_from == parties.forwarded_from
            && call.attested == parties.attested;
        if same {
            return Ok(());
        }
        call.caller = parties.caller;
        call.line = parties.line;
        call.caller_name = parties.caller_name;
        call.forwarded_from = parties.forwarded_from;
        call.attested = parties.attested;
        tx.name_parties(call)?;
        // An entry without a caller is opened anew, or joins the caller's own.
        self.forget_entry(tx, call)
    }
}
