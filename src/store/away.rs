//! Absences: of the whole business, and of single people.

use jiff::Timestamp;
use rusqlite::params;

use crate::business::{Absences, Away};
use crate::call::PersonName;

use super::{StoreError, Tx, millis, time};

impl Tx<'_> {
    /// Who is away at `now`, those who are back soonest first; an absence that is over is none.
    pub fn absences(&self, now: Timestamp) -> Result<Absences, StoreError> {
        let sql = "select null, until, reason from away where until > ?1
            union all select person, until, reason from absences where until > ?1 order by 2, 1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params![millis(now)])?;
        let mut absences = Absences::default();
        while let Some(row) = rows.next()? {
            let away = Away { until: time(row.get(1)?)?, reason: row.get(2)? };
            let Some(person) = row.get::<_, Option<String>>(0)? else {
                absences.business = Some(away);
                continue;
            };
            let person =
                PersonName::parse(&person).map_err(|_| StoreError::unreadable("a person", person))?;
            absences.people.push((person, away));
        }
        Ok(absences)
    }

    /// The whole business steps away; an earlier absence of it is replaced.
    pub fn step_away(&self, away: &Away, by: &PersonName, now: Timestamp) -> Result<(), StoreError> {
        let sql = "insert or replace into away (id, until, reason, since, by) values (1, ?1, ?2, ?3, ?4)";
        let words = params![millis(away.until), away.reason, millis(now), by.as_str()];
        self.connection.execute(sql, words)?;
        Ok(())
    }

    /// One person steps away; an earlier absence of theirs is replaced.
    pub fn person_steps_away(
        &self,
        person: &PersonName,
        away: &Away,
        by: &PersonName,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let sql =
            "insert or replace into absences (person, until, reason, since, by) values (?1, ?2, ?3, ?4, ?5)";
        let words = params![person.as_str(), millis(away.until), away.reason, millis(now), by.as_str()];
        self.connection.execute(sql, words)?;
        Ok(())
    }

    /// The business is back; `false` if it was not away.
    pub fn come_back(&self, now: Timestamp) -> Result<bool, StoreError> {
        Ok(self.connection.execute("update away set until = ?1 where until > ?1", params![millis(now)])? > 0)
    }

    /// One person is back; `false` if they were not away.
    pub fn person_comes_back(&self, person: &PersonName, now: Timestamp) -> Result<bool, StoreError> {
        let sql = "update absences set until = ?2 where person = ?1 and until > ?2";
        Ok(self.connection.execute(sql, params![person.as_str(), millis(now)])? > 0)
    }
}
