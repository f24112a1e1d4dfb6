//! An address book, weighed against what is known: what it would change, and what it may not.

use jiff::Timestamp;

use crate::call::{Accept, Caller, PersonName, PhoneNumber};
use crate::language::Language;

use super::callers::{CallerLine, MOST_TAGS};
use super::{StoreError, Tx};

/// What an address book says of a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// The number.
    pub number: PhoneNumber,
    /// Whose it is.
    pub name: Option<String>,
    /// The language to speak with them.
    pub language: Option<Language>,
    /// Whether they are first on every list.
    pub vip: bool,
    /// Words for sorting callers.
    pub tags: Vec<String>,
    /// What only a table of ringback's own says.
    pub own: Option<OwnRecord>,
}

/// A number's record as a ringback exported it, beyond what an address book says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnRecord {
    /// The file whose import gave the name there; `None` where a person did.
    pub name_from: Option<String>,
    /// The file whose import gave the language there; `None` where a person or the caller did.
    pub language_from: Option<String>,
    /// Since when on the block list, and by whom.
    pub blocked: Option<(Timestamp, PersonName)>,
    /// Since when on the allow list, and by whom.
    pub allowed: Option<(Timestamp, PersonName)>,
    /// Who talked with them last.
    pub answered: Option<Accept>,
    /// When they passed the test that tells people from machines.
    pub human_at: Option<Timestamp>,
}

impl OwnRecord {
    /// Those parts of which nothing is `known` yet; a later talk counts more than an earlier one.
    fn news(&self, known: &CallerLine) -> Self {
        let talked_before = |accept: &Accept| known.answered.as_ref().is_some_and(|old| old.at >= accept.at);
        Self {
            blocked: self.blocked.clone().filter(|_| known.blocked.is_none()),
            allowed: self.allowed.clone().filter(|_| known.allowed.is_none()),
            answered: self.answered.clone().filter(|accept| !talked_before(accept)),
            human_at: self.human_at.filter(|_| known.human_at.is_none()),
            ..self.clone()
        }
    }

    fn says_something(&self) -> bool {
        self.blocked.is_some() || self.allowed.is_some() || self.answered.is_some() || self.human_at.is_some()
    }
}

/// What an import does about one number. It never takes anything away: no block, no VIP, nothing that was set by hand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContactNews {
    /// Nothing at all was known of the number.
    pub is_new: bool,
    /// The name that it gets.
    pub name: Option<String>,
    /// The name of an earlier import that this one replaces.
    pub old_name: Option<String>,
    /// The name that was set by hand and stays, though the address book has another.
    pub kept_name: Option<String>,
    /// The language that it gets.
    pub language: Option<Language>,
    /// Whether it becomes a VIP.
    pub vip: bool,
    /// The tags that it gets.
    pub tags: Vec<String>,
    /// What it gets from a table of ringback's own.
    pub own: Option<OwnRecord>,
}

impl ContactNews {
    /// What an address book that says `contact` changes about what is `known`.
    pub fn of(contact: &Contact, known: Option<&CallerLine>) -> Self {
        let Some(known) = known else {
            let stranger = CallerLine::stranger(Caller::Number(contact.number.clone()));
            return Self { is_new: true, ..Self::of(contact, Some(&stranger)) };
        };
        let name = contact.name.clone().filter(|name| known.name.as_ref() != Some(name));
        let by_hand = known.name.is_some() && known.name_from.is_none();
        let free = MOST_TAGS.saturating_sub(known.tags.len());
        let tags = contact.tags.iter().filter(|tag| !known.tags.contains(tag));
        let may_speak = known.language.is_none() || known.language_from.is_some();
        Self {
            is_new: false,
            kept_name: known.name.clone().filter(|_| by_hand && name.is_some()),
            old_name: known.name.clone().filter(|_| !by_hand && name.is_some()),
            name: name.filter(|_| !by_hand),
            language: contact.language.filter(|said| may_speak && known.language != Some(*said)),
            vip: contact.vip && !known.vip,
            tags: tags.take(free).cloned().collect(),
            own: contact.own.as_ref().map(|own| own.news(known)),
        }
    }

    /// Whether anything is written.
    pub fn changes_something(&self) -> bool {
        self.name.is_some()
            || self.language.is_some()
            || self.vip
            || !self.tags.is_empty()
            || self.own.as_ref().is_some_and(OwnRecord::says_something)
    }
}

impl Tx<'_> {
    /// What an import of this contact would do.
    pub fn contact_news(&self, contact: &Contact) -> Result<ContactNews, StoreError> {
        let known = self.caller_line(&Caller::Number(contact.number.clone()))?;
        Ok(ContactNews::of(contact, known.as_ref()))
    }

    /// Writes what [`Tx::contact_news`] found; `file` is remembered as where it came from.
    pub fn import_contact(
        &self,
        number: &PhoneNumber,
        news: &ContactNews,
        file: &str,
    ) -> Result<(), StoreError> {
        let caller = Caller::Number(number.clone());
        let own = news.own.as_ref();
        if let Some(name) = &news.name {
            let from = own.map_or(Some(file), |own| own.name_from.as_deref());
            self.set_name(number, Some(name), from)?;
        }
        if news.language.is_some() {
            let from = own.map_or(Some(file), |own| own.language_from.as_deref());
            self.set_language(&caller, news.language, from)?;
        }
        if news.vip {
            self.set_vip(number, true)?;
        }
        for tag in &news.tags {
            self.tag(number, tag)?;
        }
        let Some(own) = own else { return Ok(()) };
        if let Some((at, by)) = &own.blocked {
            self.block(number, by, *at)?;
        }
        if let Some((at, by)) = &own.allowed {
            self.allow(number, by, *at)?;
        }
        if let Some(accept) = &own.answered {
            self.remember_answered(&caller, accept)?;
        }
        if let Some(at) = own.human_at {
            self.remember_human(&caller, at)?;
        }
        Ok(())
    }
}
