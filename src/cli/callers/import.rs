//! An address book, taken over: it adds and never takes away.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::business::Business;
use crate::call::PhoneNumber;
use crate::cli::clean::Clean;
use crate::cli::failure::Failure;
use crate::cli::output::{remark, show};
use crate::cli::shop::Shop;
use crate::cli::who;
use crate::store::{Contact, ContactNews, OwnRecord, StoreError, Tx};

use super::address_book::{self, Book, Complaint, LONGEST_NAME};
use super::spelled;

/// Cards with pictures are long; longer files are something else.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// Of these, one knows what is wrong with the file.
const MOST_COMPLAINTS: usize = 10;

/// The numbers of an address book, each once.
#[derive(Default)]
struct Contacts {
    contacts: Vec<Contact>,
    people: usize,
    without_number: usize,
    complaints: Vec<Complaint>,
}

pub(super) fn run(shop: &Shop<'_>, file: &Path, dry_run: bool) -> Result<(), Failure> {
    let shown = Clean::of(&file.display().to_string());
    let bytes = bytes_of(file)
        .map_err(|error| Failure::could_not(format!("`{shown}` cannot be read")).because(&error))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(Failure::could_not(format!("`{shown}` is longer than any address book")));
    }
    let book = address_book::read(&bytes).map_err(|error| {
        Failure::could_not(format!("`{shown}` is not an address book")).because(&error).hint(error.hint())
    })?;
    let contacts = gather(shop, book);
    for Complaint { line, what } in contacts.complaints.iter().take(MOST_COMPLAINTS) {
        remark(&format!("line {line}: {what}"));
    }
    match contacts.complaints.len().saturating_sub(MOST_COMPLAINTS) {
        0 => {}
        1 => remark("and one more line was left out"),
        more => remark(&format!("and {more} more lines were left out")),
    }
    if contacts.contacts.is_empty() {
        let nobody = Failure::could_not(format!("`{shown}` has nobody with a number that can be read"));
        return Err(nobody.hint(
            "export the contacts as CSV or as vCard (`.vcf`); the first line of a CSV says what its columns are",
        ));
    }
    let source: String = source_of(file);
    let news = if dry_run {
        let strangers = || contacts.contacts.iter().map(|contact| ContactNews::of(contact, None)).collect();
        shop.read(|tx| weigh(tx, &contacts.contacts))?.unwrap_or_else(strangers)
    } else {
        shop.write(|tx| {
            let news = weigh(tx, &contacts.contacts)?;
            for (contact, news) in contacts.contacts.iter().zip(&news) {
                tx.import_contact(&contact.number, news, &source)?;
            }
            Ok(news)
        })?
    };
    show(&summary(&contacts, &news, &source))?;
    if dry_run {
        remark("Nothing was written; without `--dry-run` it would be.");
    }
    Ok(())
}

/// One byte more than is allowed at most, to know that there are more.
fn bytes_of(file: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(file)?.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What is remembered as where a name came from.
fn source_of(file: &Path) -> String {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    Clean::of(&name).as_str().chars().take(LONGEST_NAME).collect()
}

fn weigh(tx: &Tx<'_>, contacts: &[Contact]) -> Result<Vec<ContactNews>, StoreError> {
    contacts.iter().map(|contact| tx.contact_news(contact)).collect()
}

/// Reads the numbers, and finds those that stand in the file twice.
fn gather(shop: &Shop<'_>, book: Book) -> Contacts {
    let mut found = Contacts { complaints: book.complaints, ..Contacts::default() };
    let mut seen: HashMap<PhoneNumber, (usize, usize)> = HashMap::new();
    for entry in book.people {
        let mut complain = |what: String| found.complaints.push(Complaint { line: entry.line, what });
        if entry.numbers.is_empty() {
            found.without_number += 1;
            continue;
        }
        let is_bare = entry.name.is_none() && entry.language.is_none() && !entry.vip && entry.tags.is_empty();
        if is_bare && entry.own.is_none() {
            complain("there is a number and nothing about it".to_owned());
            continue;
        }
        let mut has_number = false;
        for text in &entry.numbers {
            let number = match spelled(&shop.settings.business, text) {
                Ok(number) => number,
                Err(error) => {
                    complain(error.to_string());
                    continue;
                }
            };
            has_number = true;
            let Some((index, line)) = seen.get(&number).copied() else {
                seen.insert(number.clone(), (found.contacts.len(), entry.line));
                found.contacts.push(Contact {
                    name: entry.name.clone(),
                    language: entry.language,
                    vip: entry.vip,
                    tags: entry.tags.clone(),
                    own: entry.own.clone().map(|own| unless_ours(own, &number, &shop.settings.business)),
                    number,
                });
                continue;
            };
            let first = &mut found.contacts[index];
            if let (Some(name), Some(other)) = (&entry.name, &first.name)
                && name != other
            {
                let number = who::number(&number);
                complain(format!(
                    "{number} is {other} on line {line}, and {name} here: the first name counts"
                ));
            }
            first.name = first.name.take().or_else(|| entry.name.clone());
            first.language = first.language.or(entry.language);
            first.vip |= entry.vip;
            let tags = entry.tags.iter().filter(|tag| !first.tags.contains(tag)).cloned().collect::<Vec<_>>();
            first.tags.extend(tags);
        }
        found.people += usize::from(has_number);
    }
    found.complaints.sort_by_key(|complaint| complaint.line);
    found
}

/// Nobody of the business is blocked by an import.
fn unless_ours(own: OwnRecord, number: &PhoneNumber, business: &Business) -> OwnRecord {
    let blocked = own.blocked.filter(|_| !business.is_ours(number));
    OwnRecord { blocked, ..own }
}

fn summary(contacts: &Contacts, news: &[ContactNews], source: &str) -> String {
    let count = |of: fn(&ContactNews) -> bool| news.iter().filter(|news| of(news)).count();
    let new = count(|news| news.is_new);
    let changed = count(|news| !news.is_new && news.changes_something());
    let unchanged = news.len() - new - changed;
    let people = counted(contacts.people, ("person", "people"));
    let numbers = counted(news.len(), ("number", "numbers"));
    let mut told =
        format!("{source}: {people}, {numbers}: {new} new, {changed} changed, {unchanged} as before.\n");
    for (contact, news) in contacts.contacts.iter().zip(news) {
        let number = who::number(&contact.number);
        if let (Some(old), Some(name)) = (&news.old_name, &news.name) {
            told.push_str(&format!("{number} was {old}, and is {name}.\n"));
        }
        if let (Some(kept), Some(name)) = (&news.kept_name, &contact.name) {
            told.push_str(&format!("{number} stays {kept}, as somebody here said; the file has {name}.\n"));
        }
    }
    let blocked = count(|news| news.own.as_ref().is_some_and(|own| own.blocked.is_some()));
    match blocked {
        0 => {}
        1 => told.push_str("1 number is blocked, as the file says.\n"),
        many => told.push_str(&format!("{many} numbers are blocked, as the file says.\n")),
    }
    match contacts.without_number {
        0 => {}
        1 => told.push_str("1 person without a number was left out.\n"),
        many => told.push_str(&format!("{many} people without a number were left out.\n")),
    }
    // Names in the database are whatever was typed there once.
    told.lines().map(|line| format!("{}\n", Clean::of(line))).collect()
}

fn counted(count: usize, (one, many): (&str, &str)) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
