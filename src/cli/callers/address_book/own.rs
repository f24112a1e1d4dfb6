//! What only a table of ringback's own says of a number: who blocked it, who talked with them. It is recognised by its
//! columns, so that it can be read after a spreadsheet has had it.

use csv::StringRecord;
use jiff::Timestamp;

use crate::call::{Accept, PersonName};
use crate::cli::export::unguarded;
use crate::store::OwnRecord;

use super::Book;

/// Where the columns of such a table stand.
pub(super) struct OwnColumns {
    name_from: usize,
    language_from: usize,
    blocked: (usize, usize),
    allowed: (usize, usize),
    answered: (usize, usize),
    human_at: usize,
}

impl OwnColumns {
    /// `None` for another table.
    pub(super) fn find(headings: &StringRecord) -> Option<Self> {
        let of =
            |wanted: &str| headings.iter().position(|heading| heading.trim().eq_ignore_ascii_case(wanted));
        Some(Self {
            name_from: of("name_from")?,
            language_from: of("language_from")?,
            blocked: (of("blocked_at")?, of("blocked_by")?),
            allowed: (of("allowed_at")?, of("allowed_by")?),
            answered: (of("answered_at")?, of("answered_by")?),
            human_at: of("human_at")?,
        })
    }

    /// What the table says of one number.
    pub(super) fn read(&self, book: &mut Book, record: &StringRecord, line: usize) -> OwnRecord {
        let cell = |column: usize| unguarded(record.get(column).unwrap_or_default()).trim();
        let text = |column: usize| Some(cell(column).to_owned()).filter(|text| !text.is_empty());
        let mut time = |column: usize| -> Option<Timestamp> {
            let text = text(column)?;
            let time = text.parse();
            time.map_err(|_| {
                book.complain(line, format!("`{text}` is not a time like `2026-11-21T15:00:00Z`"))
            })
            .ok()
        };
        let times = [self.blocked.0, self.allowed.0, self.answered.0, self.human_at].map(&mut time);
        let mut deed = |at: Option<Timestamp>, column: usize| -> Option<(Timestamp, PersonName)> {
            let (at, by) = (at?, cell(column));
            let by = PersonName::parse(by);
            by.map_err(|error| book.complain(line, error.to_string())).ok().map(|by| (at, by))
        };
        let [blocked, allowed, answered, human_at] = times;
        OwnRecord {
            name_from: text(self.name_from),
            language_from: text(self.language_from),
            blocked: deed(blocked, self.blocked.1),
            allowed: deed(allowed, self.allowed.1),
            answered: deed(answered, self.answered.1).map(|(at, by)| Accept { by, at }),
            human_at,
        }
    }
}
