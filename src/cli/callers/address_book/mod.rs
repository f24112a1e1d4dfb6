//! An address book, read: people with their numbers as they stand in the file, and what could not be read.

mod cards;
mod own;
mod table;

use std::str::Utf8Error;

use crate::cli::clean::Clean;
use crate::language::Language;
use crate::store::{MOST_TAGS, OwnRecord};

use super::{language, tags};

/// What of a name is kept, in characters.
pub(super) const LONGEST_NAME: usize = 60;

/// A file that is no address book.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NotABook {
    #[error("it is empty")]
    Empty,
    #[error("its letters are not UTF-8; they may be in an older encoding such as Latin-1")]
    Encoding(#[source] Utf8Error),
    #[error("it is not text")]
    NotText,
    #[error("no column of its first line holds phone numbers; the columns are {0}")]
    NoNumbers(String),
}

impl NotABook {
    /// What the owner can do.
    pub(super) fn hint(&self) -> &'static str {
        match self {
            Self::Encoding(_) => {
                "save it again as `CSV UTF-8` (Excel: Save As; LibreOffice: character set Unicode)"
            }
            Self::NoNumbers(_) => "name them in the first line: `name`, `number`, `language`, `vip`, `tags`",
            Self::Empty | Self::NotText => {
                "export it as CSV, or as vCard, from your phone, Google Contacts or Outlook"
            }
        }
    }
}

/// What an address book holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Book {
    pub(super) people: Vec<Entry>,
    /// What could not be read, by line.
    pub(super) complaints: Vec<Complaint>,
}

/// Somebody in an address book.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) line: usize,
    pub(super) name: Option<String>,
    /// As they are spelled there.
    pub(super) numbers: Vec<String>,
    pub(super) language: Option<Language>,
    pub(super) vip: bool,
    pub(super) tags: Vec<String>,
    /// What only a table of ringback's own says.
    pub(super) own: Option<OwnRecord>,
}

/// Something in a file that could not be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Complaint {
    pub(super) line: usize,
    pub(super) what: String,
}

/// Reads a table or cards, whichever it is.
pub(super) fn read(bytes: &[u8]) -> Result<Book, NotABook> {
    let text = decode(bytes)?;
    if text.trim().is_empty() {
        return Err(NotABook::Empty);
    }
    match text.trim_start().get(..11) {
        Some(start) if start.eq_ignore_ascii_case("begin:vcard") => Ok(cards::read(&text)),
        Some(_) | None => table::read(&text),
    }
}

/// UTF-8, with or without its mark, or UTF-16 with one, as Outlook and Excel write it.
fn decode(bytes: &[u8]) -> Result<String, NotABook> {
    let wide = |of: fn([u8; 2]) -> u16| {
        let (pairs, rest) = bytes[2..].as_chunks::<2>();
        let units: Vec<u16> = pairs.iter().map(|pair| of(*pair)).collect();
        String::from_utf16(&units).ok().filter(|_| rest.is_empty()).ok_or(NotABook::NotText)
    };
    let text = match bytes {
        [0xff, 0xfe, ..] => wide(u16::from_le_bytes)?,
        [0xfe, 0xff, ..] => wide(u16::from_be_bytes)?,
        _ if bytes.contains(&0) => return Err(NotABook::NotText),
        _ => {
            let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
            std::str::from_utf8(bytes).map_err(NotABook::Encoding)?.to_owned()
        }
    };
    if text.contains('\0') { Err(NotABook::NotText) } else { Ok(text) }
}

/// A name without anything that acts on a screen, and with single blanks; `None` when nothing is left.
pub(super) fn tidy_name(text: &str) -> Option<String> {
    let clean = Clean::of(text);
    let tidy = clean.as_str().split_whitespace().collect::<Vec<_>>().join(" ");
    Some(tidy).filter(|name| !name.is_empty())
}

impl Book {
    fn complain(&mut self, line: usize, what: impl Into<String>) {
        self.complaints.push(Complaint { line, what: what.into() });
    }

    /// The name as it is kept.
    fn name(&mut self, line: usize, text: &str) -> Option<String> {
        let name = tidy_name(text)?;
        if name.chars().count() <= LONGEST_NAME {
            return Some(name);
        }
        self.complain(line, format!("the name is cut after {LONGEST_NAME} characters"));
        Some(name.chars().take(LONGEST_NAME).collect::<String>().trim_end().to_owned())
    }

    fn language(&mut self, line: usize, text: &str) -> Option<Language> {
        if text.trim().is_empty() {
            return None;
        }
        language(text).map_err(|why| self.complain(line, why)).ok()
    }

    /// Labels as tags. What makes a VIP is none, nor is a group that Google makes for everybody: `* myContacts`.
    fn tags<'a>(&mut self, line: usize, labels: impl Iterator<Item = &'a str>) -> Vec<String> {
        let own = |label: &&str| !label.is_empty() && !label.starts_with('*') && !is_vip(label);
        let mut found: Vec<String> = Vec::new();
        for label in labels.map(str::trim).filter(own) {
            match tags::tag(label) {
                Ok(tag) if found.contains(&tag) => {}
                Ok(_) if found.len() == MOST_TAGS => {
                    self.complain(line, format!("there are more than {MOST_TAGS} tags"));
                    break;
                }
                Ok(tag) => found.push(tag),
                Err(why) => self.complain(line, format!("`{}` is no tag: {why}", Clean::of(label))),
            }
        }
        found
    }

    fn vip(&mut self, line: usize, text: &str) -> bool {
        match text.trim().to_lowercase().as_str() {
            "yes" | "y" | "true" | "1" | "x" | "vip" | "ja" | "sí" | "si" | "oui" => true,
            "" | "no" | "n" | "false" | "0" | "-" | "nein" | "non" => false,
            _ => {
                self.complain(line, format!("`{}` in `vip` is neither `yes` nor `no`", text.trim()));
                false
            }
        }
    }
}

/// Whether a label says that they are first on every list.
fn is_vip(label: &str) -> bool {
    label.trim().trim_start_matches('*').trim().eq_ignore_ascii_case("vip")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Line, name, numbers, language, VIP and tags of everybody, and the complaints.
    pub(super) fn told(bytes: &[u8]) -> Vec<String> {
        let book = read(bytes).expect("an address book");
        let person = |entry: &Entry| {
            let name = entry.name.as_deref().unwrap_or("-");
            let language = entry.language.map_or("-", Language::code);
            let vip = if entry.vip { " vip" } else { "" };
            let tags: String = entry.tags.iter().map(|tag| format!(" #{tag}")).collect();
            format!("{}: {name} [{}] {language}{vip}{tags}", entry.line, entry.numbers.join(" | "))
        };
        let complaint = |complaint: &Complaint| format!("{}! {}", complaint.line, complaint.what);
        book.people.iter().map(person).chain(book.complaints.iter().map(complaint)).collect()
    }

    #[test]
    fn every_usual_encoding_is_read_or_named() {
        let table = "name,number\nJosé,+15550142\n";
        let wide: Vec<u16> = table.encode_utf16().collect();
        let marked = |mark: &[u8], rest: Vec<u8>| [mark, &rest].concat();
        let readable = [
            table.as_bytes().to_vec(),
            marked(b"\xef\xbb\xbf", table.as_bytes().to_vec()),
            marked(b"\xff\xfe", wide.iter().flat_map(|unit| unit.to_le_bytes()).collect()),
            marked(b"\xfe\xff", wide.iter().flat_map(|unit| unit.to_be_bytes()).collect()),
        ];
        for bytes in readable {
            assert_eq!(told(&bytes), ["2: José [+15550142] -"]);
        }
        assert!(matches!(read(b"name,number\nJos\xe9,+15550142\n"), Err(NotABook::Encoding(_))));
        assert_eq!(read(b"\xff\xfen\0a"), Err(NotABook::NotText));
        assert_eq!(read(b"PK\x03\x04\0\0"), Err(NotABook::NotText));
        assert_eq!(read(b" \n"), Err(NotABook::Empty));
    }

    #[test]
    fn a_name_loses_what_acts_on_a_screen() {
        assert_eq!(tidy_name("\u{1b}[2J\u{202e}Mia\n  Reed\u{200b}").as_deref(), Some("[2JMia Reed"));
        assert_eq!(tidy_name("\u{202e}\u{7}  "), None);
        let long = format!("name,number\n{},+15550142\n", "x".repeat(2_000));
        let kept = "x".repeat(60);
        assert_eq!(
            told(long.as_bytes()),
            [format!("2: {kept} [+15550142] -"), "2! the name is cut after 60 characters".to_owned()]
        );
    }
}
