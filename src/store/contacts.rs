//! An address book, weighed against what is known: what it would change, and what it may not.

use crate::call::{Caller, PhoneNumber};
use crate::language::Language;

use super::callers::CallerLine;
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
}

impl ContactNews {
    /// What an address book that says `contact` changes about what is `known`.
    pub fn of(contact: &Contact, known: Option<&CallerLine>) -> Self {
        let Some(known) = known else {
            let (name, language) = (contact.name.clone(), contact.language);
            return Self { is_new: true, name, language, vip: contact.vip, ..Self::default() };
        };
        let name = contact.name.clone().filter(|name| known.name.as_ref() != Some(name));
        let by_hand = known.name.is_some() && known.name_from.is_none();
        let may_speak = known.language.is_none() || known.language_from.is_some();
        Self {
            is_new: false,
            kept_name: known.name.clone().filter(|_| by_hand && name.is_some()),
            old_name: known.name.clone().filter(|_| !by_hand && name.is_some()),
            name: name.filter(|_| !by_hand),
            language: contact.language.filter(|said| may_speak && known.language != Some(*said)),
            vip: contact.vip && !known.vip,
        }
    }

    /// Whether anything is written.
    pub fn changes_something(&self) -> bool {
        self.name.is_some() || self.language.is_some() || self.vip
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
        if let Some(name) = &news.name {
            self.set_name(number, Some(name), Some(file))?;
        }
        if news.language.is_some() {
            self.set_language(&Caller::Number(number.clone()), news.language, Some(file))?;
        }
        if news.vip {
            self.set_vip(number, true)?;
        }
        Ok(())
    }
}
