//! Where a number stands in what belongs to others: in a text, a note, the place at which a call stood.

use rusqlite::types::Value;
use rusqlite::{Row, params};

use crate::call::{CallId, PhoneNumber};
use crate::store::{StoreError, Tx};

use super::Traces;

/// A number as it may stand in a text.
#[derive(Clone, Debug)]
pub struct Spellings {
    plain: String,
}

impl Spellings {
    /// The spellings of a number.
    pub fn of(number: &PhoneNumber) -> Self {
        Self { plain: number.as_str().to_owned() }
    }

    /// What all spellings have in common: the digits.
    pub fn digits(&self) -> &str {
        self.plain.trim_start_matches('+')
    }

    /// Whether the number stands in a text, and not a longer one.
    pub fn are_in(&self, text: &str) -> bool {
        self.next_in(text, 0).is_some()
    }

    /// The text without the number.
    fn out_of(&self, text: &str) -> String {
        let mut left = String::new();
        let mut from = 0;
        while let Some((start, end)) = self.next_in(text, from) {
            left.push_str(&text[from..start]);
            left.push('…');
            from = end;
        }
        left.push_str(&text[from..]);
        left
    }

    /// The same for JSON, where a number that stands alone is no number any more.
    fn out_of_json(&self, text: &str) -> String {
        self.out_of(&text.replace(&format!("\"{}\"", self.plain), "null"))
    }

    /// Where it begins and ends, with the sign before it.
    fn next_in(&self, text: &str, from: usize) -> Option<(usize, usize)> {
        let digits = self.digits();
        let is_digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
        text[from..].match_indices(digits).find_map(|(at, _)| {
            let (start, end) = (from + at, from + at + digits.len());
            let before = &text[from..start];
            let signs = ["+", "%2B", "%2b"];
            let sign = signs.iter().find(|sign| before.ends_with(**sign)).map_or(0, |sign| sign.len());
            let bytes = text.as_bytes();
            let is_whole = (sign > 0 || !is_digit(start.checked_sub(1).and_then(|at| bytes.get(at))))
                && !is_digit(bytes.get(end));
            is_whole.then_some((start - sign, end))
        })
    }
}

/// A row in which a number stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Mention {
    place: usize,
    key: Value,
}

impl Eq for Mention {}

/// A table, its key, the call of a row, and the columns in which people's words stand.
struct Place {
    table: &'static str,
    key: &'static str,
    call: &'static str,
    texts: &'static [&'static str],
    json: &'static [&'static str],
    /// A row that is about a forgotten call goes with it.
    goes_with_call: bool,
}

const PLACES: &[Place] = &[
    place("calls", "id", "id", &["forwarded_from", "caller_name", "answers", "transcript", "error"], &[]),
    place("turns", "id", "call", &["reply"], &["state"]),
    place("legs", "call", "call", &["prompt_reply", "accept_reply"], &[]),
    place("call_backs", "id", "null", &["typed_number"], &[]),
    place("call_back_events", "id", "null", &["detail"], &["before"]),
    Place { goes_with_call: true, ..place("incidents", "id", "call", &["what", "detail"], &[]) },
    Place { goes_with_call: true, ..place("notices", "id", "call", &[], &[]) },
    place("caller_notes", "id", "null", &["text"], &[]),
    place("callers", "caller", "null", &["name", "tags"], &[]),
    place("away", "id", "null", &["reason"], &[]),
    place("absences", "person", "null", &["reason"], &[]),
];

/// Columns that hold a number and nothing else.
const NUMBERS: &[&str] = &["forwarded_from", "typed_number"];

const fn place(
    table: &'static str,
    key: &'static str,
    call: &'static str,
    texts: &'static [&'static str],
    json: &'static [&'static str],
) -> Place {
    Place { table, key, call, texts, json, goes_with_call: false }
}

impl Tx<'_> {
    pub(super) fn mentions_of(
        &self,
        spellings: &Spellings,
        traces: &Traces,
    ) -> Result<Vec<Mention>, StoreError> {
        let mut found = Vec::new();
        for (index, place) in PLACES.iter().enumerate() {
            let stands = place.texts.iter().chain(place.json).map(|text| format!("instr({text}, ?1) > 0"));
            let mut wanted = stands.collect::<Vec<_>>().join(" or ");
            if place.goes_with_call {
                wanted = if wanted.is_empty() {
                    "call is not null".to_owned()
                } else {
                    format!("{wanted} or call is not null")
                };
            }
            let Place { table, key, call, .. } = place;
            let columns =
                place.texts.iter().chain(place.json).map(|column| format!(", {column}")).collect::<String>();
            let sql =
                format!("select {key}, {call}{columns} from {table} where ?1 is not null and ({wanted})");
            let mut statement = self.connection.prepare(&sql)?;
            let mut rows = statement.query([spellings.digits()])?;
            while let Some(row) = rows.next()? {
                let is_theirs = row
                    .get::<_, Option<i64>>(1)?
                    .is_some_and(|id| traces.calls.binary_search(&CallId(id)).is_ok());
                // What is theirs goes as a whole, but for what no index leads to.
                let is_wanted =
                    if is_theirs { place.goes_with_call } else { stands_in(row, place, spellings)? };
                if is_wanted {
                    found.push(Mention { place: index, key: row.get(0)? });
                }
            }
        }
        Ok(found)
    }

    /// Takes a number out of rows of others, and takes away rows that are about a forgotten call.
    pub fn forget_mentions(&self, number: &PhoneNumber, mentions: &[Mention]) -> Result<(), StoreError> {
        let spellings = Spellings::of(number);
        for Mention { place, key } in mentions {
            let Some(Place { table, key: by, texts, json, goes_with_call, .. }) = PLACES.get(*place) else {
                continue;
            };
            if *goes_with_call {
                let sql = format!(
                    "delete from {table} where {by} = ?1
                    and call in (select id from calls where id = call and outcome = 'forgotten')"
                );
                if self.connection.prepare_cached(&sql)?.execute([key])? > 0 {
                    continue;
                }
            }
            for column in texts.iter().chain(*json) {
                let read =
                    format!("select {column} from {table} where {by} = ?1 and instr({column}, ?2) > 0");
                let mut statement = self.connection.prepare_cached(&read)?;
                let found =
                    statement.query_map(params![key, spellings.digits()], |row| row.get::<_, String>(0))?;
                for text in found.collect::<Result<Vec<_>, _>>()? {
                    let left = if json.contains(column) {
                        spellings.out_of_json(&text)
                    } else {
                        spellings.out_of(&text)
                    };
                    // What is read back as a number is one, or is not there.
                    let left = (!NUMBERS.contains(column)).then_some(left);
                    let write = format!("update {table} set {column} = ?3 where {by} = ?1 and {column} = ?2");
                    self.connection.prepare_cached(&write)?.execute(params![key, text, left])?;
                }
            }
        }
        Ok(())
    }
}

fn stands_in(row: &Row<'_>, place: &Place, spellings: &Spellings) -> Result<bool, StoreError> {
    for index in 0..place.texts.len() + place.json.len() {
        let text = row.get_ref(index + 2)?.as_str_or_null().unwrap_or_default();
        if text.is_some_and(|text| spellings.are_in(text)) {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_found_in_every_spelling_and_not_in_a_longer_one() {
        let spellings = Spellings::of(&PhoneNumber::parse("+15550142").unwrap());
        let cases = [
            ("ring +15550142.", "ring ….", "ring …."),
            ("15550142 and %2B15550142", "… and …", "… and …"),
            ("+155501420, 915550142", "+155501420, 915550142", "+155501420, 915550142"),
            (r#"{"n":"+15550142","d":"15550142"}"#, r#"{"n":"…","d":"…"}"#, r#"{"n":null,"d":"…"}"#),
            ("+1555014215550142", "+1555014215550142", "+1555014215550142"),
        ];
        for (text, left, left_json) in cases {
            assert_eq!(spellings.out_of(text), left);
            assert_eq!(spellings.out_of_json(text), left_json);
            assert_eq!(spellings.are_in(text), text != left);
        }
    }
}
