//! Attempts to reach people, and what their phones were answered.

use rusqlite::{OptionalExtension, params};

use crate::call::{CallId, Leg, PersonName, TurnNumber};

use super::{StoreError, Tx, millis, opt_time};

/// The bytes that a leg was answered, for the same request again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LegReplies {
    /// To the request for the accept prompt.
    pub prompt: Option<String>,
    /// To the key.
    pub accept: Option<String>,
}

impl Tx<'_> {
    /// What a leg was answered so far.
    pub fn leg_replies(
        &self,
        call: CallId,
        turn: TurnNumber,
        person: &PersonName,
    ) -> Result<LegReplies, StoreError> {
        let sql = "select prompt_reply, accept_reply from legs where call = ?1 and turn = ?2 and person = ?3";
        let mut statement = self.connection.prepare_cached(sql)?;
        let read = |row: &rusqlite::Row<'_>| Ok(LegReplies { prompt: row.get(0)?, accept: row.get(1)? });
        let found = statement.query_row(params![call.0, turn, person.as_str()], read).optional()?;
        Ok(found.unwrap_or_default())
    }

    /// Writes a leg with its replies.
    pub fn save_leg(&self, call: CallId, leg: &Leg, replies: &LegReplies) -> Result<(), StoreError> {
        let sql = "insert or replace into legs
            (call, turn, person, provider_id, picked_up_at, prompted, accepted_at, prompt_reply, accept_reply)
            values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
        self.connection.prepare_cached(sql)?.execute(params![
            call.0,
            leg.turn,
            leg.person.as_str(),
            leg.provider_id,
            leg.picked_up_at.map(millis),
            leg.prompted,
            leg.accepted_at.map(millis),
            replies.prompt,
            replies.accept,
        ])?;
        Ok(())
    }

    pub(super) fn legs_of(&self, call: CallId) -> Result<Vec<Leg>, StoreError> {
        let sql = "select turn, person, provider_id, picked_up_at, prompted, accepted_at from legs
            where call = ?1 order by turn, person";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params![call.0])?;
        let mut legs = Vec::new();
        while let Some(row) = rows.next()? {
            let person: String = row.get(1)?;
            legs.push(Leg {
                turn: row.get(0)?,
                person: PersonName::parse(&person).map_err(|_| StoreError::unreadable("a person", person))?,
                provider_id: row.get(2)?,
                picked_up_at: opt_time(row.get(3)?)?,
                prompted: row.get(4)?,
                accepted_at: opt_time(row.get(5)?)?,
            });
        }
        Ok(legs)
    }
}
