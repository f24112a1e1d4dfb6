//! Rows, as a table or as JSON lines. Both have the same names and the same values: those of `--json`.

use std::io::{self, ErrorKind, Write};

use serde::Serialize;
use serde_json::Value;

use crate::cli::clean::{Clean, escape_json};
use crate::cli::failure::Failure;
use crate::store::StoreError;

use super::guard::guarded;
use super::target::Target;

/// The headings of a table, each with the field that stands under it. Columns are only ever added at the end.
pub(super) type Columns = &'static [(&'static str, &'static str)];

/// Headings that are the names of their fields.
macro_rules! columns {
    ($($name:literal)*) => { &[$(($name, $name)),*] };
}

pub(super) const CALLS: Columns = columns!["id" "at" "line" "caller" "withheld" "name" "vip" "caller_name" "attested"
    "area" "outcome" "reason" "answered_by" "accepted_at" "ended_at" "seconds" "flow" "flow_version" "path" "answers"
    "language" "transcript" "recording" "call_back" "provider" "call_id"
    "typed_number"];

pub(super) const CALL_BACKS: Columns = columns!["id" "caller" "name" "vip" "line" "owner" "area" "standing" "taken_by"
    "outcome" "closed_by" "closed_at" "opened_at" "due_at" "promised_at" "broken" "late" "asleep_until" "offered_to"
    "offered_until" "calls" "first_call_at" "last_call_at" "reason" "returning" "attempts" "notes" "typed_number"
    "answers" "language" "transcript"];

/// What `callers import` reads; it knows the caller by `number`, because `caller` is a person's name to it.
pub(super) const CALLERS: Columns = &[
    ("number", "caller"),
    ("name", "name"),
    ("language", "language"),
    ("vip", "vip"),
    ("tags", "tags"),
    ("blocked_at", "blocked_at"),
    ("blocked_by", "blocked_by"),
    ("allowed_at", "allowed_at"),
    ("allowed_by", "allowed_by"),
    ("answered_at", "answered_at"),
    ("answered_by", "answered_by"),
    ("human_at", "human_at"),
    ("name_from", "name_from"),
    ("language_from", "language_from"),
];

pub(super) const NOTES: Columns = columns!["at" "by" "about" "call_back" "caller" "name" "text"];

/// Why no more rows are written.
pub(super) enum Stopped {
    /// Who closed the pipe has read enough.
    Unread,
    Failed(Failure),
}

impl Stopped {
    fn by(error: impl Into<io::Error>) -> Self {
        let error = error.into();
        if error.kind() == ErrorKind::BrokenPipe {
            return Self::Unread;
        }
        Self::Failed(Failure::could_not("the export could not be written").because(&error))
    }

    /// A table hides what the pipe said in an error of its own.
    fn by_table(error: csv::Error) -> Self {
        let is_pipe = matches!(error.kind(), csv::ErrorKind::Io(why) if why.kind() == ErrorKind::BrokenPipe);
        if is_pipe { Self::Unread } else { Self::by(error) }
    }
}

impl From<Failure> for Stopped {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<StoreError> for Stopped {
    fn from(error: StoreError) -> Self {
        Self::Failed(Failure::from(error))
    }
}

/// Rows on their way out.
pub(super) struct Sheet<'a> {
    form: Form<'a>,
    written: u64,
}

enum Form<'a> {
    Table { table: Box<csv::Writer<&'a mut Target>>, columns: Columns, is_screen: bool },
    JsonLines(&'a mut Target),
}

impl<'a> Sheet<'a> {
    /// One JSON object to a line.
    pub(super) fn json_lines(target: &'a mut Target) -> Self {
        Self { form: Form::JsonLines(target), written: 0 }
    }

    /// A table with its heading.
    pub(super) fn table(
        target: &'a mut Target,
        columns: Columns,
        (bom, is_screen): (bool, bool),
    ) -> Result<Self, Stopped> {
        if bom {
            target.write_all("\u{feff}".as_bytes()).map_err(Stopped::by)?;
        }
        let mut table = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(target);
        table.write_record(columns.iter().map(|(heading, _)| heading)).map_err(Stopped::by_table)?;
        let table = Box::new(table);
        Ok(Self { form: Form::Table { table, columns, is_screen }, written: 0 })
    }

    /// Writes rows.
    pub(super) fn rows(&mut self, rows: impl Iterator<Item = impl Serialize>) -> Result<(), Stopped> {
        for row in rows {
            let row = serde_json::to_value(row).map_err(Stopped::by)?;
            match &mut self.form {
                Form::Table { table, columns, is_screen } => {
                    let cells = columns.iter().map(|(_, field)| cell(&row[*field], *is_screen));
                    table.write_record(cells).map_err(Stopped::by_table)?;
                }
                Form::JsonLines(target) => {
                    writeln!(target, "{}", escape_json(&row.to_string())).map_err(Stopped::by)?;
                }
            }
            self.written += 1;
        }
        Ok(())
    }

    /// Nothing more follows; gives how many rows there were.
    pub(super) fn end(self) -> Result<u64, Stopped> {
        if let Form::Table { mut table, .. } = self.form {
            table.flush().map_err(Stopped::by)?;
        }
        Ok(self.written)
    }
}

/// A value as text that neither a spreadsheet nor a terminal acts on.
fn cell(value: &Value, is_screen: bool) -> String {
    let (Value::String(_) | Value::Array(_) | Value::Object(_)) = value else { return plain(value) };
    let text = plain(value);
    // Control characters mean nothing in a table; what turns or hides letters is lost only where it would act.
    let text = match is_screen {
        true => Clean::of(&text).to_string(),
        false => text.replace(|c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t'), ""),
    };
    guarded(&text).into_owned()
}

/// `reached`, `14`, `key: value; key: value`, `a; b`.
fn plain(value: &Value) -> String {
    let joined = |parts: Vec<String>| parts.join("; ");
    match value {
        Value::Null => String::new(),
        Value::Bool(is_so) => is_so.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(items) => joined(items.iter().map(item).collect()),
        Value::Object(fields) => {
            joined(fields.iter().map(|(name, value)| format!("{name}: {}", plain(value))).collect())
        }
    }
}

/// An attempt or a note in a list: `2026-11-21T15:00:00-05:00 ana no-answer`.
fn item(value: &Value) -> String {
    let Value::Object(fields) = value else { return plain(value) };
    let words = fields.values().map(plain).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::call::MissedReason;
    use crate::cli::testing::{ago, answered, call, entry, look};
    use crate::store::{CallBackShape, CallShape, CallerLine, CallerShape, NoteLine, NoteShape};

    #[test]
    fn every_column_is_a_field() {
        let pat = ("+12125550142", "Pat Doe");
        let look = look();
        let note = NoteLine {
            at: look.now,
            by: "ana".to_owned(),
            call_back: None,
            caller: crate::call::Caller::Withheld,
            name: None,
            text: String::new(),
        };
        let caller = CallerLine::stranger(crate::call::Caller::Withheld);
        let rows = [
            (
                CALLS,
                serde_json::to_value(CallShape::of(call(7, pat, ago(9), answered()), vec![], &look.zone)),
            ),
            (
                CALL_BACKS,
                serde_json::to_value(CallBackShape::of(
                    &entry(7, pat, ago(9), MissedReason::RangOut),
                    look.now,
                    &look.zone,
                )),
            ),
            (CALLERS, serde_json::to_value(CallerShape::of(&caller, &look.zone))),
            (NOTES, serde_json::to_value(NoteShape::of(note, &look.zone))),
        ];
        for (columns, row) in rows {
            let row = row.unwrap();
            for (_, field) in columns {
                assert!(row.get(field).is_some(), "{field}: {row}");
            }
        }
    }

    #[test]
    fn a_cell_is_text_that_nothing_acts_on() {
        let cases = [
            (json!(null), ""),
            (json!(true), "true"),
            (json!(-5), "-5"),
            (json!("+15550142"), "+15550142"),
            (json!("=1+1"), "'=1+1"),
            (json!("a\u{1b}[2J\u{0}b\nc\u{202e}"), "a[2Jb\nc\u{202e}"),
            (json!({"job": "4711", "when": "=monday"}), "job: 4711; when: =monday"),
            (json!(["boiler", "landlord"]), "boiler; landlord"),
            (
                json!([{"at": "3 p.m.", "by": "ana", "key": null}, {"at": "4 p.m.", "by": "ben"}]),
                "3 p.m. ana; 4 p.m. ben",
            ),
        ];
        for (value, text) in cases {
            assert_eq!(cell(&value, false), text);
        }
        assert_eq!(cell(&json!("a\u{202e}b\nc"), true), "ab c");
    }
}
