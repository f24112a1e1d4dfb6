//! What comes beside the turns: how the call stands, how a recording turned out, and the steps of the safe reply.

use jiff::Timestamp;

use crate::call::{CallId, Leg, PersonName, Recording, SAFE_RING};
use crate::dialect::{Parties, SafeRoute};
use crate::store::{CallRecord, LegReplies, StoreError, Tx};

use super::accepted::is_reported;
use super::{Answer, Moment};

/// A step of the safe reply.
pub(super) struct SafeStep {
    pub(super) step: SafeRoute,
    pub(super) recording: Option<Recording>,
    pub(super) connected: bool,
    pub(super) pressed: bool,
    pub(super) over: bool,
}

impl Moment {
    /// How the call stands. Its end is news even of a call that never asked what to do.
    pub(super) fn note_status(
        &self,
        tx: &mut Tx<'_>,
        parties: Parties,
        over: bool,
    ) -> Result<Answer, StoreError> {
        if !over {
            return Ok(Answer::Nothing);
        }
        let mut call = self.call_of(tx, &parties)?;
        self.hear_of_the_end(&mut call);
        self.settle(tx, call)?;
        Ok(Answer::Nothing)
    }

    /// How a recording turned out. It may come long after the call, or before we know of one, and names nobody.
    pub(super) fn note_recording(
        &self,
        tx: &mut Tx<'_>,
        parties: Parties,
        (id, recording): (CallId, Option<Recording>),
    ) -> Result<Answer, StoreError> {
        let mut call = self.call_numbered(tx, id, &parties)?;
        self.hear_recording(&mut call, recording);
        self.settle(tx, call)?;
        Ok(Answer::Nothing)
    }

    /// What was said in a message. It may come before anything else that is told of it, and long after the entry was
    /// closed, which it does not open again: the message itself does.
    pub(super) fn note_transcript(
        &self,
        tx: &mut Tx<'_>,
        parties: Parties,
        (id, text): (CallId, Option<String>),
    ) -> Result<Answer, StoreError> {
        let mut call = self.call_numbered(tx, id, &parties)?;
        call.last_event_at = call.last_event_at.max(self.now);
        // The longest counts, whatever came last.
        let rank = |text: &Option<String>| text.as_ref().map(|text| (text.chars().count(), text.clone()));
        if rank(&text) > rank(&call.reports.transcript) {
            call.reports.transcript = text;
        }
        self.settle(tx, call)?;
        Ok(Answer::Nothing)
    }

    /// The provider got no reply from us at the first fetch.
    pub(super) fn answer_fallback(
        &self,
        tx: &mut Tx<'_>,
        parties: Parties,
        (error, url): (Option<String>, Option<String>),
    ) -> Result<Answer, StoreError> {
        let mut call = self.call_of(tx, &parties)?;
        let code = error.unwrap_or_else(|| "no code".to_owned());
        if call.error.is_none() {
            let what = format!("the provider used the fallback: {code}");
            tx.add_incident(self.now, Some(call.id), (&what, url.as_deref().unwrap_or("")))?;
            call.error = Some(code);
        }
        self.keep_in_trouble(tx, call)?;
        Ok(Answer::Safe)
    }

    /// Keeps a row of a call that our flow could not serve.
    pub(super) fn keep_trouble(
        &self,
        tx: &mut Tx<'_>,
        parties: Parties,
        why: (&str, &str),
    ) -> Result<(), StoreError> {
        let call = self.call_of(tx, &parties)?;
        tx.add_incident(self.now, Some(call.id), why)?;
        self.keep_in_trouble(tx, call)
    }

    pub(super) fn keep_in_trouble(&self, tx: &mut Tx<'_>, mut call: CallRecord) -> Result<(), StoreError> {
        call.reports.trouble = true;
        call.last_event_at = call.last_event_at.max(self.now);
        self.settle(tx, call)
    }

    /// The safe reply knows no turns; what it brings is kept with the call as well as can be.
    pub(super) fn answer_safe(
        &self,
        tx: &mut Tx<'_>,
        parties: Parties,
        step: SafeStep,
    ) -> Result<Answer, StoreError> {
        let mut call = self.call_of(tx, &parties)?;
        call.reports.trouble = true;
        match step.step {
            SafeRoute::Prompt => self.keep_safe_leg(tx, &mut call, false)?,
            SafeRoute::Accept => self.keep_safe_leg(tx, &mut call, step.pressed)?,
            SafeRoute::Rang => {
                let talked = call.reports.safe_ring_talked.unwrap_or(false) || step.connected;
                call.reports.safe_ring_talked = Some(talked);
            }
            SafeRoute::Recorded | SafeRoute::Recording => {
                // That nothing was said here says nothing of the message that the flow heard.
                self.hear_recording(&mut call, step.recording.filter(|told| !told.is_absent()));
            }
            SafeRoute::NoMessage => {}
        }
        if step.over {
            self.hear_of_the_end(&mut call);
        }
        call.last_event_at = call.last_event_at.max(self.now);
        let reported = is_reported(step.step, step.connected);
        let talked = call.reports.accept_in(SAFE_RING).filter(|_| reported);
        if let Some(accept) = &talked {
            tx.remember_answered(&call.caller, accept)?;
        }
        self.settle(tx, call)?;
        Ok(if talked.is_some() { self.hang_up() } else { Answer::Safe })
    }

    fn keep_safe_leg(&self, tx: &Tx<'_>, call: &mut CallRecord, accepted: bool) -> Result<(), StoreError> {
        let owner: PersonName = self.live.settings.business.owner.clone();
        let found = call.reports.legs.iter().position(|leg| leg.turn == SAFE_RING);
        let index = found.unwrap_or_else(|| {
            call.reports.legs.push(Leg {
                turn: SAFE_RING,
                person: owner,
                provider_id: None,
                picked_up_at: Some(self.now),
                prompted: true,
                accepted_at: None,
            });
            call.reports.legs.len() - 1
        });
        let leg = &mut call.reports.legs[index];
        if accepted && leg.accepted_at.is_none() {
            leg.accepted_at = Some(self.now);
        }
        tx.save_leg(call.id, leg, &LegReplies::default())
    }

    pub(super) fn hear_of_the_end(&self, call: &mut CallRecord) {
        self.hear_that_it_ended(call, self.now);
    }

    /// The earliest word on the end counts. No call ends before it came, though somebody moved the clock meanwhile.
    pub(super) fn hear_that_it_ended(&self, call: &mut CallRecord, ended_at: Timestamp) {
        let ended_at = ended_at.max(call.at);
        call.reports.ended_at = Some(call.reports.ended_at.map_or(ended_at, |at| at.min(ended_at)));
        call.last_event_at = call.last_event_at.max(self.now);
    }

    /// The longest recording counts. A repeat of what is known is no news: it keeps the time of the first word.
    fn hear_recording(&self, call: &mut CallRecord, recording: Option<Recording>) {
        call.last_event_at = call.last_event_at.max(self.now);
        let Some(told) = recording else { return };
        call.reports.recording = Some(match call.reports.recording.take() {
            Some(known) if known.url == told.url => Recording { at: known.at, ..told },
            Some(known) => known.longest(told),
            None => told,
        });
    }
}
