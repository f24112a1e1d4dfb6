//! Requests of a person's phone. They run beside an open ring and advance no turn.

use jiff::SignedDuration;

use crate::call::{CallId, Leg, PersonName, TurnNumber};
use crate::dialect::{self, Address, LegNews, Parties};
use crate::engine::{self, Announcement, LegReply, Place, State};
use crate::language::Mark;
use crate::store::{CallRecord, StoreError, Tx};

use super::{Answer, Moment};

/// A key pressed this long after the provider's word that the caller left is still an accept: the word and the key
/// may have crossed.
const CROSSING: SignedDuration = SignedDuration::from_secs(2);

/// Something that happened on a leg.
pub(super) struct LegRequest {
    pub(super) call: CallId,
    pub(super) turn: TurnNumber,
    pub(super) person: PersonName,
    pub(super) leg: Option<String>,
    pub(super) news: LegNews,
}

impl Moment {
    pub(super) fn answer_leg(
        &self,
        tx: &mut Tx<'_>,
        parties: Parties,
        request: LegRequest,
    ) -> Result<Answer, StoreError> {
        let mut call = self.call_numbered(tx, request.call, &parties)?;
        let mut replies = tx.leg_replies(call.id, request.turn, &request.person)?;
        let given = match request.news {
            LegNews::Prompt => replies.prompt.clone(),
            LegNews::Accept { .. } => replies.accept.clone(),
            LegNews::PickedUp => None,
            LegNews::Progress => Some(String::new()),
        };
        if let Some(reply) = given {
            tx.save_call(call)?;
            return Ok(if reply.is_empty() { Answer::Nothing } else { Answer::Document(reply) });
        }
        let reply = match request.news {
            LegNews::Prompt => Some(self.prompt(tx, &call, &request)?),
            LegNews::Accept { pressed } => Some(self.accept(&call, &request, pressed)),
            LegNews::PickedUp | LegNews::Progress => None,
        };
        let open = is_open(&call, request.turn);
        let leg = leg_mut(&mut call.reports.legs, &request);
        leg.picked_up_at = Some(leg.picked_up_at.map_or(self.now, |at| at.min(self.now)));
        let document = reply.as_ref().map(|reply| self.leg_document(&request, reply));
        match request.news {
            LegNews::Prompt => {
                leg.prompted |= open;
                replies.prompt.clone_from(&document);
            }
            LegNews::Accept { .. } => {
                leg.accepted_at = (reply == Some(LegReply::Connect)).then_some(self.now);
                replies.accept.clone_from(&document);
            }
            LegNews::PickedUp | LegNews::Progress => {}
        }
        tx.save_leg(call.id, leg, &replies)?;
        call.last_event_at = call.last_event_at.max(self.now);
        self.settle(tx, call)?;
        Ok(document.map_or(Answer::Nothing, Answer::Document))
    }

    /// A key that was pressed while nothing could be stored: whoever pressed it was put through unseen, so it counts,
    /// unless the store kept it after all, or somebody else's before it. The end of its ring may be known already.
    pub(super) fn hear_accept(
        &self,
        tx: &mut Tx<'_>,
        parties: &Parties,
        request: &LegRequest,
    ) -> Result<(), StoreError> {
        let mut call = self.call_numbered(tx, request.call, parties)?;
        let mut replies = tx.leg_replies(call.id, request.turn, &request.person)?;
        if replies.accept.is_some() {
            return tx.save_call(call);
        }
        let first = call.reports.accept_in(request.turn).is_none();
        let leg = leg_mut(&mut call.reports.legs, request);
        leg.picked_up_at = Some(leg.picked_up_at.map_or(self.now, |at| at.min(self.now)));
        leg.prompted = true;
        leg.accepted_at = first.then_some(self.now);
        replies.accept = Some(self.leg_document(request, &LegReply::Connect));
        tx.save_leg(call.id, leg, &replies)?;
        call.last_event_at = call.last_event_at.max(self.now);
        // The flow may have gone on without it meanwhile.
        if let Some(accept) = call.reported_talk() {
            tx.remember_answered(&call.caller, &accept)?;
        }
        self.settle(tx, call)
    }

    /// The accept prompt for somebody whose leg cannot be stored; the key leads to the leg's own URL all the same.
    pub(super) fn plain_prompt(&self, request: &LegRequest) -> String {
        let language = self.live.settings.business.own_language();
        self.leg_document(
            request,
            &engine::accept_prompt(&Announcement { language, ..Announcement::default() }),
        )
    }

    /// Something picked up: say who rings, unless that is over.
    fn prompt(&self, tx: &Tx<'_>, call: &CallRecord, request: &LegRequest) -> Result<LegReply, StoreError> {
        if !is_open(call, request.turn) || call.reports.accept_in(request.turn).is_some() {
            return Ok(engine::too_late(self.live.settings.business.own_language()));
        }
        let state = call.last.as_ref().map(|(_, state)| state);
        let about = tx.acquaintance(&call.caller)?;
        let mark = match state.is_some_and(|state| state.again) {
            true => Some(Mark::Urgent),
            false => about.vip.then_some(Mark::Important),
        };
        Ok(engine::accept_prompt(&Announcement {
            language: self.live.settings.business.own_language(),
            area: state.and_then(|state| state.course.area.as_ref()),
            name: about.name.as_deref().or(call.caller_name.as_deref()),
            mark,
        }))
    }

    /// A key: the first one in an open ring connects; the caller must still be there.
    fn accept(&self, call: &CallRecord, request: &LegRequest, pressed: bool) -> LegReply {
        let first = call.reports.accept_in(request.turn).is_none();
        let there = call.reports.ended_at.is_none_or(|ended| self.now.duration_since(ended) <= CROSSING);
        if pressed && first && there && is_open(call, request.turn) {
            return LegReply::Connect;
        }
        engine::too_late(self.live.settings.business.own_language())
    }

    fn leg_document(&self, request: &LegRequest, reply: &LegReply) -> String {
        let address = Address {
            base: &self.live.base,
            call: request.call,
            turn: request.turn,
            language: &self.live.settings.business.language,
            audio: &self.live.audio.names,
        };
        dialect::write_leg(reply, &address, &request.person)
    }
}

/// Whether the ring of that turn is the last thing that the caller heard of us.
fn is_open(call: &CallRecord, turn: TurnNumber) -> bool {
    let ringing = |state: &State| matches!(state.place, Place::Ringing { .. });
    call.last.as_ref().is_some_and(|(last, state)| *last == turn && ringing(state))
}

fn leg_mut<'a>(legs: &'a mut Vec<Leg>, request: &LegRequest) -> &'a mut Leg {
    let found = legs.iter().position(|leg| leg.turn == request.turn && leg.person == request.person);
    let index = found.unwrap_or_else(|| {
        legs.push(Leg {
            turn: request.turn,
            person: request.person.clone(),
            provider_id: None,
            picked_up_at: None,
            prompted: false,
            accepted_at: None,
        });
        legs.len() - 1
    });
    let leg = &mut legs[index];
    if leg.provider_id.is_none() {
        leg.provider_id.clone_from(&request.leg);
    }
    leg
}
