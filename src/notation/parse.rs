//! From the text of a file to a [`Table`], with the file's bounds.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::jargon;
use super::table::{Placed, Table, Value};
use super::{Problem, Problems};

/// A larger file is not read.
pub const MOST_BYTES: usize = 256 * 1024;

/// A file with more values is not read.
pub const MOST_VALUES: usize = 5_000;

/// A file with values deeper in each other is not read.
pub const MOST_DEPTH: usize = 32;

/// A mistake that hides others is looked past by reading again without its lines: so often at most, and so many
/// bytes in all.
const MOST_READINGS: usize = 60;
const MOST_BYTES_READ: usize = 2 * 1024 * 1024;

/// The text of a file, or the problem that it is not plain text.
pub fn decode<'a>(file: &str, bytes: &'a [u8]) -> Result<&'a str, Problems> {
    let error = match std::str::from_utf8(bytes) {
        Ok(text) => return Ok(text),
        Err(error) => error,
    };
    let at = error.valid_up_to();
    let mut problems = Problems::none(file, &String::from_utf8_lossy(bytes));
    let problem = Problem::error(at..at + 1, "this character is not plain text (UTF-8)")
        .hint("save the file again as UTF-8; a text editor offers that under \"save as\"");
    problems.push(problem);
    Err(problems)
}

impl Table {
    /// Reads a file. What could be read is in the table even where there are problems.
    pub fn parse(file: &str, source: &str) -> (Self, Problems) {
        let mut problems = Problems::none(file, source);
        if source.len() > MOST_BYTES {
            let message = format!("this file is larger than {} kB and was not read", MOST_BYTES / 1024);
            let mut problems = Problems::none(file, source.lines().next().unwrap_or_default());
            problems.push(Problem::error(0..0, message));
            return (Self::empty(), problems);
        }
        let mut readable = source.to_owned();
        for _ in 0..(MOST_BYTES_READ / source.len().max(1)).min(MOST_READINGS) {
            let (_, errors) = DeTable::parse_recoverable(&readable);
            let Some((torn, problem)) = jargon::first_tear(&readable, &errors) else { break };
            readable = blank(&readable, torn.clone());
            problems.tear(torn, problem);
        }
        let (root, errors) = DeTable::parse_recoverable(&readable);
        jargon::translate(&readable, &errors, &mut problems);
        let mut reading = Reading { values: 0, refused: false };
        let table = reading.table(root.into_inner(), 0..0, 0, &mut problems);
        (if reading.refused { Self::empty() } else { table }, problems)
    }
}

/// The source with those lines empty; every other place stays where it is.
fn blank(source: &str, lines: Range<usize>) -> String {
    let blanks = source[lines.clone()]
        .bytes()
        .map(|byte| if matches!(byte, b'\n' | b'\r') { char::from(byte) } else { ' ' });
    let mut blanked = source[..lines.start].to_owned();
    blanked.extend(blanks);
    blanked + &source[lines.end..]
}

struct Reading {
    values: usize,
    refused: bool,
}

impl Reading {
    fn table(
        &mut self,
        table: DeTable<'_>,
        span: Range<usize>,
        depth: usize,
        problems: &mut Problems,
    ) -> Table {
        let mut entries = Vec::with_capacity(table.len());
        for (key, value) in table {
            let place = value.span();
            let Some(value) = self.value(value.into_inner(), place.clone(), depth + 1, problems) else {
                break;
            };
            let key = Placed { span: key.span(), value: key.into_inner().into_owned() };
            entries.push((key, Placed { value, span: place }));
        }
        Table::new(span, entries, problems)
    }

    /// The value, or nothing once the file is past its bounds.
    fn value(
        &mut self,
        value: DeValue<'_>,
        span: Range<usize>,
        depth: usize,
        problems: &mut Problems,
    ) -> Option<Value> {
        self.values += 1;
        if !self.refused && (self.values > MOST_VALUES || depth > MOST_DEPTH) {
            self.refused = true;
            let message = match depth > MOST_DEPTH {
                true => format!("values stand more than {MOST_DEPTH} levels deep in each other here"),
                false => format!("this file has more than {MOST_VALUES} values"),
            };
            problems.push(Problem::error(span.clone(), message));
        }
        if self.refused {
            return None;
        }
        Some(match value {
            DeValue::String(text) => Value::Text(text.into_owned()),
            DeValue::Integer(number) => Value::Number(number.to_string()),
            DeValue::Float(number) => Value::Number(number.to_string()),
            DeValue::Boolean(switch) => Value::Switch(switch),
            DeValue::Datetime(_) => Value::Date(problems.text(span)),
            DeValue::Array(array) => {
                let mut list = Vec::with_capacity(array.len());
                for item in array {
                    let place = item.span();
                    let value = self.value(item.into_inner(), place.clone(), depth + 1, problems)?;
                    list.push(Placed { value, span: place });
                }
                Value::List(list)
            }
            DeValue::Table(table) => Value::Table(self.table(table, span, depth, problems)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_and_windows_line_ends_are_harmless() {
        let (mut table, problems) = Table::parse("a.toml", "\u{feff}a = \"x\"\r\n[b]\r\nc = 1\r\n");
        assert!(problems.is_empty(), "{problems}");
        let mut problems = problems;
        assert_eq!(table.take_str("a", &mut problems).map(|text| text.value), Some("x".to_owned()));
        assert!(table.take_table("b", &mut problems).is_some());
    }

    #[test]
    fn a_file_that_is_not_utf_8_is_told_so() {
        let problems = decode("a.toml", b"say = \"caf\xe9\"\n").unwrap_err();
        assert_eq!(problems.to_string(), "a.toml:1:11: this character is not plain text (UTF-8)");
        assert!(problems.render(crate::notation::Style::Plain).contains("hint: save the file again"));
    }

    #[test]
    fn oversized_deep_and_wide_files_are_refused_at_once() {
        let cases = [
            ("x = 1\n".repeat(60_000), "larger than 256 kB"),
            (format!("x = {}{}", "[".repeat(60), "]".repeat(60)), "32 levels deep"),
            (format!("x = {}", "[".repeat(100_000)), "never closed"),
            (format!("x = [{}]", "1,".repeat(100_000)), "more than 5000 values"),
            (format!("[{}]", "a.".repeat(50_000) + "a"), "deep"),
        ];
        for (source, expected) in cases {
            let (_, problems) = Table::parse("a.toml", &source);
            assert!(problems.has_errors());
            assert!(problems.to_string().contains(expected), "{problems}");
            assert!(problems.len() < 5, "{problems}");
        }
    }
}
