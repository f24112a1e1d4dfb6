//! What we know of a number: by the owner's lists, by an imported address book, and by calls before.
//!
//! None of it proves who rings: whoever holds a phone has its number, and numbers can be forged.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use crate::call::{Accept, Acquaintance, Caller, PersonName, PhoneNumber};
use crate::language::Language;

use super::calls::read_person;
use super::{StoreError, Tx, millis, opt_time};

/// A caller has no more tags than this; more sort nothing.
pub const MOST_TAGS: usize = 20;

/// Everything that the file says of a caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallerLine {
    /// Who.
    pub caller: Caller,
    /// The name in the owner's address book.
    pub name: Option<String>,
    /// The file whose import gave the name; `None` where a person did.
    pub name_from: Option<String>,
    /// The language.
    pub language: Option<Language>,
    /// The file whose import gave the language; `None` where a person or the caller did.
    pub language_from: Option<String>,
    /// First on every list.
    pub vip: bool,
    /// Since when on the block list, and by whom.
    pub blocked: Option<(Timestamp, String)>,
    /// Since when on the allow list, and by whom.
    pub allowed: Option<(Timestamp, String)>,
    /// Who talked with them last.
    pub answered: Option<Accept>,
    /// When they passed the test that tells people from machines.
    pub human_at: Option<Timestamp>,
    /// Words of the business for sorting its callers, in the order of the alphabet.
    pub tags: Vec<String>,
}

impl CallerLine {
    /// A caller of whom nothing is known.
    pub fn stranger(caller: Caller) -> Self {
        Self {
            caller,
            name: None,
            name_from: None,
            language: None,
            language_from: None,
            vip: false,
            blocked: None,
            allowed: None,
            answered: None,
            human_at: None,
            tags: Vec::new(),
        }
    }
}

/// Which callers to list.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum CallerFilter {
    /// Everybody we know something of; VIPs first, then by name.
    #[default]
    All,
    /// The block list, the last blocked first.
    Blocked,
    /// The allow list, the last allowed first.
    Allowed,
    /// Those who are first on every list, by name.
    Vip,
}

const COLUMNS: &str =
    "caller, name, name_from, language, language_from, vip, blocked_at, blocked_by, allowed_at,
    allowed_by, answered_at, answered_by, human_at, tags from callers";

/// Something is known of the caller.
const KNOWN: &str =
    "coalesce(name, language, blocked_at, allowed_at, answered_at, human_at, tags) is not null or vip
    or exists (select 1 from caller_notes where caller_notes.caller = callers.caller)";

impl Tx<'_> {
    /// What is known of the caller; nothing of a withheld one. One look-up by primary key, because callers wait for it.
    pub fn acquaintance(&self, caller: &Caller) -> Result<Acquaintance, StoreError> {
        let Some(identity) = caller.identity() else { return Ok(Acquaintance::default()) };
        let sql = "select name, blocked_at is not null and allowed_at is null, allowed_at is not null, vip,
            answered_at is not null, answered_by, language, human_at is not null from callers where caller = ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let read = |row: &Row<'_>| {
            Ok(Acquaintance {
                name: row.get(0)?,
                blocked: row.get(1)?,
                allowed: row.get(2)?,
                vip: row.get(3)?,
                answered_before: row.get(4)?,
                // What cannot be read is not known; a caller must not hear an apology for it.
                last_spoke_with: row
                    .get::<_, Option<String>>(5)?
                    .and_then(|name| PersonName::parse(&name).ok()),
                language: row.get::<_, Option<String>>(6)?.as_deref().and_then(Language::of_tag),
                human: row.get(7)?,
            })
        };
        Ok(statement.query_row(params![identity], read).optional()?.unwrap_or_default())
    }

    /// Everything about one caller.
    pub fn caller_line(&self, caller: &Caller) -> Result<Option<CallerLine>, StoreError> {
        let Some(identity) = caller.identity() else { return Ok(None) };
        let mut statement = self.connection.prepare_cached(&format!("select {COLUMNS} where caller = ?1"))?;
        let mut rows = statement.query(params![identity])?;
        rows.next()?.map(read_line).transpose()
    }

    /// Callers of whom something is known.
    pub fn callers(&self, filter: CallerFilter) -> Result<Vec<CallerLine>, StoreError> {
        let which = match filter {
            CallerFilter::All => {
                &format!("{KNOWN} order by vip desc, name is null, name collate nocase, caller")
            }
            CallerFilter::Blocked => "blocked_at is not null order by blocked_at desc, caller",
            CallerFilter::Allowed => "allowed_at is not null order by allowed_at desc, caller",
            CallerFilter::Vip => "vip order by name is null, name collate nocase, caller",
        };
        let mut statement = self.connection.prepare(&format!("select {COLUMNS} where {which}"))?;
        let rows = statement.query([])?;
        rows.and_then(read_line).collect()
    }

    /// The next callers of whom something is known, in the order of what tells them apart, which is more than `after`.
    pub fn callers_after(&self, after: &str, most: u32) -> Result<Vec<CallerLine>, StoreError> {
        let sql = format!("select {COLUMNS} where caller > ?1 and ({KNOWN}) order by caller limit ?2");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let rows = statement.query(params![after, most])?;
        rows.and_then(read_line).collect()
    }

    /// The numbers that have a name, with it.
    pub fn named_callers(&self) -> Result<Vec<(PhoneNumber, String)>, StoreError> {
        let sql = "select caller, name from callers where name is not null order by caller";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        let mut named = Vec::new();
        while let Some(row) = rows.next()? {
            if let Caller::Number(number) = Caller::from_identity(row.get(0)?) {
                named.push((number, row.get(1)?));
            }
        }
        Ok(named)
    }

    /// Puts a number on the block list; `false` if it was there.
    pub fn block(&self, number: &PhoneNumber, by: &PersonName, at: Timestamp) -> Result<bool, StoreError> {
        let sql = "insert into callers (caller, blocked_at, blocked_by) values (?1, ?2, ?3)
            on conflict (caller) do update set blocked_at = excluded.blocked_at, blocked_by = excluded.blocked_by
            where blocked_at is null";
        let rows = self.connection.execute(sql, params![number.as_str(), millis(at), by.as_str()])?;
        Ok(rows > 0)
    }

    /// Takes a number off the block list; `false` if it was not there.
    pub fn unblock(&self, number: &PhoneNumber) -> Result<bool, StoreError> {
        let sql = "update callers set blocked_at = null, blocked_by = null where caller = ?1 and blocked_at is not null";
        Ok(self.connection.execute(sql, params![number.as_str()])? > 0)
    }

    /// Puts a number on the allow list, which counts more than the block list; `false` if it was there.
    pub fn allow(&self, number: &PhoneNumber, by: &PersonName, at: Timestamp) -> Result<bool, StoreError> {
        let sql = "insert into callers (caller, allowed_at, allowed_by) values (?1, ?2, ?3)
            on conflict (caller) do update set allowed_at = excluded.allowed_at, allowed_by = excluded.allowed_by
            where allowed_at is null";
        let rows = self.connection.execute(sql, params![number.as_str(), millis(at), by.as_str()])?;
        Ok(rows > 0)
    }

    /// Takes a number off the allow list; `false` if it was not there.
    pub fn disallow(&self, number: &PhoneNumber) -> Result<bool, StoreError> {
        let sql = "update callers set allowed_at = null, allowed_by = null where caller = ?1 and allowed_at is not null";
        Ok(self.connection.execute(sql, params![number.as_str()])? > 0)
    }

    /// Puts a number first on every list, or back among the others; `false` if it was there.
    pub fn set_vip(&self, number: &PhoneNumber, vip: bool) -> Result<bool, StoreError> {
        let sql = "insert into callers (caller, vip) values (?1, ?2)
            on conflict (caller) do update set vip = excluded.vip where vip <> excluded.vip";
        let was_known = self.caller_line(&Caller::Number(number.clone()))?.is_some();
        Ok((vip || was_known) && self.connection.execute(sql, params![number.as_str(), vip])? > 0)
    }

    /// Gives a number a name, or takes it away. `import` is the file that says so; `None` for a person.
    pub fn set_name(
        &self,
        number: &PhoneNumber,
        name: Option<&str>,
        import: Option<&str>,
    ) -> Result<(), StoreError> {
        let sql = "insert into callers (caller, name, name_from) values (?1, ?2, ?3)
            on conflict (caller) do update set name = excluded.name, name_from = excluded.name_from";
        self.connection.prepare_cached(sql)?.execute(params![number.as_str(), name, import])?;
        Ok(())
    }

    /// Remembers a caller's language, or forgets it. `import` is the file that says so; `None` for a person of the
    /// business or the caller.
    pub fn set_language(
        &self,
        caller: &Caller,
        language: Option<Language>,
        import: Option<&str>,
    ) -> Result<(), StoreError> {
        let Some(identity) = caller.identity() else { return Ok(()) };
        let sql = "insert into callers (caller, language, language_from) values (?1, ?2, ?3)
            on conflict (caller) do update set language = excluded.language, language_from = excluded.language_from";
        let words = params![identity, language.map(Language::code), import];
        self.connection.prepare_cached(sql)?.execute(words)?;
        Ok(())
    }

    /// Adds a word to those for sorting callers; `false` if the number has it.
    pub fn tag(&self, number: &PhoneNumber, tag: &str) -> Result<bool, StoreError> {
        let mut tags = self.tags_of(number)?;
        if tags.iter().any(|known| known == tag) {
            return Ok(false);
        }
        tags.push(tag.to_owned());
        tags.sort();
        self.set_tags(number, &tags)?;
        Ok(true)
    }

    /// Takes a word from those for sorting callers; `false` if the number does not have it.
    pub fn untag(&self, number: &PhoneNumber, tag: &str) -> Result<bool, StoreError> {
        let mut tags = self.tags_of(number)?;
        let before = tags.len();
        tags.retain(|known| known != tag);
        if tags.len() == before {
            return Ok(false);
        }
        self.set_tags(number, &tags)?;
        Ok(true)
    }

    fn tags_of(&self, number: &PhoneNumber) -> Result<Vec<String>, StoreError> {
        let sql = "select tags from callers where caller = ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        read_tags(statement.query_row(params![number.as_str()], |row| row.get(0)).optional()?.flatten())
    }

    fn set_tags(&self, number: &PhoneNumber, tags: &[String]) -> Result<(), StoreError> {
        let list = (!tags.is_empty()).then(|| serde_json::json!(tags).to_string());
        let sql = "insert into callers (caller, tags) values (?1, ?2)
            on conflict (caller) do update set tags = excluded.tags";
        self.connection.prepare_cached(sql)?.execute(params![number.as_str(), list])?;
        Ok(())
    }

    /// Remembers that the caller passed the test that tells people from machines; the first time counts.
    pub fn remember_human(&self, caller: &Caller, at: Timestamp) -> Result<(), StoreError> {
        let Some(identity) = caller.identity() else { return Ok(()) };
        let sql = "insert into callers (caller, human_at) values (?1, ?2)
            on conflict (caller) do update set human_at = excluded.human_at where human_at is null";
        self.connection.prepare_cached(sql)?.execute(params![identity, millis(at)])?;
        Ok(())
    }

    /// Remembers that somebody talked with the caller.
    pub fn remember_answered(&self, caller: &Caller, accept: &Accept) -> Result<(), StoreError> {
        let Some(identity) = caller.identity() else { return Ok(()) };
        let sql = "insert into callers (caller, answered_at, answered_by) values (?1, ?2, ?3)
            on conflict (caller) do update set answered_at = excluded.answered_at, answered_by = excluded.answered_by
            where answered_at is null or answered_at <= excluded.answered_at";
        let words = params![identity, millis(accept.at), accept.by.as_str()];
        self.connection.prepare_cached(sql)?.execute(words)?;
        Ok(())
    }
}

fn read_line(row: &Row<'_>) -> Result<CallerLine, StoreError> {
    let since = |at: usize| -> Result<Option<(Timestamp, String)>, StoreError> {
        let by: Option<String> = row.get(at + 1)?;
        Ok(opt_time(row.get(at)?)?.map(|since| (since, by.unwrap_or_default())))
    };
    let answered = match (opt_time(row.get(10)?)?, read_person(row.get(11)?)?) {
        (Some(at), Some(by)) => Some(Accept { by, at }),
        (Some(_) | None, _) => None,
    };
    Ok(CallerLine {
        caller: Caller::from_identity(row.get(0)?),
        name: row.get(1)?,
        name_from: row.get(2)?,
        language: row.get::<_, Option<String>>(3)?.as_deref().and_then(Language::of_tag),
        language_from: row.get(4)?,
        vip: row.get(5)?,
        blocked: since(6)?,
        allowed: since(8)?,
        answered,
        human_at: opt_time(row.get(12)?)?,
        tags: read_tags(row.get(13)?)?,
    })
}

fn read_tags(list: Option<String>) -> Result<Vec<String>, StoreError> {
    let Some(list) = list else { return Ok(Vec::new()) };
    serde_json::from_str(&list).map_err(|_| StoreError::unreadable("a list of tags", list))
}
