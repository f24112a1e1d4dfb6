//! A table of the file, from which its reader takes the keys it knows.

use std::collections::HashSet;
use std::ops::Range;
use std::time::Duration;

use super::{Problem, Problems, did_you_mean, parse_duration};

/// Something, and where it stands in the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed<T> {
    /// What stands there.
    pub value: T,
    /// Where, in bytes.
    pub span: Range<usize>,
}

/// What can stand behind a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Text in quotation marks.
    Text(String),
    /// A number, as written.
    Number(String),
    /// `true` or `false`.
    Switch(bool),
    /// A date or a time of day without quotation marks, as written.
    Date(String),
    /// Values in square brackets.
    List(Vec<Placed<Value>>),
    /// Keys with values.
    Table(Table),
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key, with `-` for `_`.
    pub key: Placed<String>,
    /// The value.
    pub value: Placed<Value>,
}

/// Keys with their values, in the order of the file. What nobody has taken when [`Table::finish`] is called is
/// a mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its heading, or all of it when it stands in braces.
    pub span: Range<usize>,
    entries: Vec<Entry>,
    known: Vec<&'static str>,
}

impl Table {
    pub(super) fn empty() -> Self {
        Self { span: 0..0, entries: Vec::new(), known: Vec::new() }
    }

    pub(super) fn new(
        span: Range<usize>,
        mut found: Vec<(Placed<String>, Placed<Value>)>,
        problems: &mut Problems,
    ) -> Self {
        found.sort_by_key(|(key, _)| key.span.start);
        let mut entries: Vec<Entry> = Vec::with_capacity(found.len());
        let mut seen = HashSet::with_capacity(found.len());
        for (key, value) in found {
            let written = key.value;
            let key = Placed { value: written.replace('_', "-"), span: key.span };
            if !seen.insert(key.value.clone()) {
                let message = format!("`{written}` is there twice; `-` and `_` are alike");
                problems.push(Problem::error(key.span, message));
                continue;
            }
            entries.push(Entry { key, value });
        }
        Self { span, entries, known: Vec::new() }
    }

    /// Whether it has that key and nobody took it yet.
    pub fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|entry| entry.key.value == key)
    }

    /// Whether nothing is left in it.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What nobody took yet, in the order of the file.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Takes a key, whatever its value is.
    pub fn take(&mut self, key: &'static str) -> Option<Entry> {
        self.known.push(key);
        let at = self.entries.iter().position(|entry| entry.key.value == key)?;
        Some(self.entries.remove(at))
    }

    /// Takes all that is left, for tables whose keys are names.
    pub fn take_rest(&mut self) -> Vec<Entry> {
        std::mem::take(&mut self.entries)
    }

    /// Takes text.
    pub fn take_str(&mut self, key: &'static str, problems: &mut Problems) -> Option<Placed<String>> {
        self.take(key)?.text(problems)
    }

    /// Takes `true` or `false`.
    pub fn take_bool(&mut self, key: &'static str, problems: &mut Problems) -> Option<Placed<bool>> {
        self.take(key)?.switch(problems)
    }

    /// Takes a whole number.
    pub fn take_integer(&mut self, key: &'static str, problems: &mut Problems) -> Option<Placed<i64>> {
        self.take(key)?.integer(problems)
    }

    /// Takes a length of time.
    pub fn take_duration(&mut self, key: &'static str, problems: &mut Problems) -> Option<Placed<Duration>> {
        self.take(key)?.duration(problems)
    }

    /// Takes a date, in quotation marks or without, as written.
    pub fn take_date(&mut self, key: &'static str, problems: &mut Problems) -> Option<Placed<String>> {
        self.take(key)?.date(problems)
    }

    /// Takes a list of texts; one text is a list of one.
    pub fn take_list_of_str(
        &mut self,
        key: &'static str,
        problems: &mut Problems,
    ) -> Option<Vec<Placed<String>>> {
        self.take(key)?.texts(problems)
    }

    /// Takes a table.
    pub fn take_table(&mut self, key: &'static str, problems: &mut Problems) -> Option<Table> {
        self.take(key)?.table(problems)
    }

    /// Takes a list of tables, such as repeated `[[closed_on]]`; one table is a list of one.
    pub fn take_tables(&mut self, key: &'static str, problems: &mut Problems) -> Option<Vec<Table>> {
        self.take(key)?.tables(problems)
    }

    /// Reports what nobody took.
    pub fn finish(self, problems: &mut Problems) {
        for entry in self.entries {
            entry.unknown(&self.known, problems);
        }
    }
}

impl Entry {
    /// The value as text.
    pub fn text(self, problems: &mut Problems) -> Option<Placed<String>> {
        match self.value.value {
            Value::Text(text) => Some(Placed { value: text, span: self.value.span }),
            Value::Number(_) | Value::Switch(_) | Value::Date(_) | Value::List(_) | Value::Table(_) => {
                self.refuse("text in quotation marks", problems)
            }
        }
    }

    /// The value as `true` or `false`.
    pub fn switch(self, problems: &mut Problems) -> Option<Placed<bool>> {
        match self.value.value {
            Value::Switch(switch) => Some(Placed { value: switch, span: self.value.span }),
            Value::Text(_) | Value::Number(_) | Value::Date(_) | Value::List(_) | Value::Table(_) => {
                self.refuse("`true` or `false`, without quotation marks", problems)
            }
        }
    }

    /// The value as a whole number.
    pub fn integer(self, problems: &mut Problems) -> Option<Placed<i64>> {
        let number = match &self.value.value {
            Value::Number(number) => number.replace('_', "").parse().ok(),
            Value::Text(_) | Value::Switch(_) | Value::Date(_) | Value::List(_) | Value::Table(_) => None,
        };
        match number {
            Some(number) => Some(Placed { value: number, span: self.value.span }),
            None => self.refuse("a whole number, without quotation marks", problems),
        }
    }

    /// The value as a length of time; a bare number counts seconds.
    pub fn duration(self, problems: &mut Problems) -> Option<Placed<Duration>> {
        let duration = match &self.value.value {
            Value::Text(text) | Value::Number(text) => parse_duration(text),
            Value::Switch(_) | Value::Date(_) | Value::List(_) | Value::Table(_) => None,
        };
        match duration {
            Some(duration) => Some(Placed { value: duration, span: self.value.span }),
            None => self.refuse("a time such as `\"20s\"`, `\"3m\"` or `\"1h\"`", problems),
        }
    }

    /// The value as a date or a time of day, as written; quotation marks may be left out.
    pub fn date(self, problems: &mut Problems) -> Option<Placed<String>> {
        match self.value.value {
            Value::Text(text) | Value::Date(text) => Some(Placed { value: text, span: self.value.span }),
            Value::Number(_) | Value::Switch(_) | Value::List(_) | Value::Table(_) => {
                self.refuse("a date such as `\"2026-12-25\"`", problems)
            }
        }
    }

    /// The value as texts; one text is a list of one.
    pub fn texts(self, problems: &mut Problems) -> Option<Vec<Placed<String>>> {
        let Value::List(list) = self.value.value else {
            return self.text(problems).map(|text| vec![text]);
        };
        let key = self.key;
        Some(list.into_iter().filter_map(|value| Entry { key: key.clone(), value }.text(problems)).collect())
    }

    /// The value as a table.
    pub fn table(self, problems: &mut Problems) -> Option<Table> {
        match self.value.value {
            Value::Table(table) => Some(table),
            Value::Text(_) | Value::Number(_) | Value::Switch(_) | Value::Date(_) | Value::List(_) => {
                self.refuse("keys with values, as in a `[section]` or in `{ … }`", problems)
            }
        }
    }

    /// The value as tables; one table is a list of one.
    pub fn tables(self, problems: &mut Problems) -> Option<Vec<Table>> {
        let Value::List(list) = self.value.value else {
            return self.table(problems).map(|table| vec![table]);
        };
        let key = self.key;
        Some(list.into_iter().filter_map(|value| Entry { key: key.clone(), value }.table(problems)).collect())
    }

    /// Says that nobody knows the key, and which of `known` was probably meant.
    pub fn unknown(self, known: &[&str], problems: &mut Problems) {
        let mut listed: Vec<String> =
            known.iter().map(|key| format!("`{}`", problems.spelled(key))).collect();
        listed.dedup();
        let message = format!("`{}` is not a word that is known here", self.written(problems));
        let problem = Problem::error(self.key.span, message);
        problems.push(if problems.is_top(&self.key.value) {
            problem.hint("this belongs at the top, before the first `[section]`")
        } else {
            let near = did_you_mean(&self.key.value, known.iter().copied());
            let near = near.map(|near| problems.spelled(near));
            problem.hint(format!("known here: {}", listed.join(", "))).did_you_mean(near.as_deref())
        });
    }

    /// The key as it stands in the file.
    fn written(&self, problems: &Problems) -> String {
        problems.text(self.key.span.clone()).trim_matches(['"', '\'']).to_owned()
    }

    /// Says what the key wants instead of its value; always `None`, so that readers can return it.
    pub fn refuse<T>(&self, wanted: &str, problems: &mut Problems) -> Option<T> {
        let found = match &self.value.value {
            Value::Text(_) => "this is text",
            Value::Number(_) => "this is a number",
            Value::Switch(_) => "this is `true` or `false`",
            Value::Date(_) => "this is a date or a time of day",
            Value::List(_) => "this is a list",
            Value::Table(_) => "this is a section of its own",
        };
        let message = format!("`{}` wants {wanted}", self.written(problems));
        let problem = Problem::error(self.value.span.clone(), message);
        let written = problems.text(self.value.span.clone());
        problems.push(match &self.value.value {
            Value::Number(_) | Value::Switch(_) | Value::Date(_) if wanted.starts_with("text") => {
                problem.label(found).hint(format!("write `\"{written}\"`"))
            }
            Value::Text(_) if wanted.starts_with("a time") => problem,
            Value::Text(_)
            | Value::Number(_)
            | Value::Switch(_)
            | Value::Date(_)
            | Value::List(_)
            | Value::Table(_) => problem.label(found),
        });
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notation::Spelling;

    fn table(source: &str) -> (Table, Problems) {
        let (table, problems) = Table::parse("a.toml", source);
        assert!(problems.is_empty(), "{problems}");
        (table, problems)
    }

    #[test]
    fn keys_are_taken_by_their_kind_and_dash_is_underscore() {
        let source = "path_secret = \"x\"\nfor = 20\nkeep = \"2 min\"\non = true\nareas = \"repairs\"\n\
                      monday = [\"a\", \"b\"]\nmost = 1_000\ndate = 2026-12-25\n[[closed_on]]\n[[closed_on]]\n";
        let (mut table, mut problems) = table(source);
        let p = &mut problems;
        assert_eq!(table.take_str("path-secret", p).unwrap().value, "x");
        assert_eq!(table.take_duration("for", p).unwrap().value, Duration::from_secs(20));
        assert_eq!(table.take_duration("keep", p).unwrap().value, Duration::from_secs(120));
        assert!(table.take_bool("on", p).unwrap().value);
        assert_eq!(table.take_list_of_str("areas", p).unwrap().len(), 1);
        assert_eq!(table.take_list_of_str("monday", p).unwrap().len(), 2);
        assert_eq!(table.take_integer("most", p).unwrap().value, 1_000);
        assert_eq!(table.take_date("date", p).unwrap().value, "2026-12-25");
        assert_eq!(table.take_tables("closed-on", p).unwrap().len(), 2);
        table.finish(p);
        assert!(problems.is_empty(), "{problems}");
    }

    #[test]
    fn what_nobody_took_is_reported_with_the_word_that_was_meant() {
        let (mut table, mut problems) = table("nmae = \"x\"\nzebra = 1\n");
        table.take_str("name", &mut problems);
        table.finish(&mut problems);
        let hints: Vec<_> = problems.iter().map(|problem| problem.hint.clone().unwrap()).collect();
        assert_eq!(hints, ["did you mean `name`?", "known here: `name`"]);
    }

    #[test]
    fn a_value_of_the_wrong_kind_is_told_what_is_wanted_and_reading_goes_on() {
        let (mut table, mut problems) =
            table("number = +15550101\nfor = \"20 bananas\"\nlist = [1, \"a\"]\n");
        assert_eq!(table.take_str("number", &mut problems), None);
        assert_eq!(table.take_duration("for", &mut problems), None);
        assert_eq!(table.take_list_of_str("list", &mut problems).unwrap().len(), 1);
        assert_eq!(
            problems.to_string(),
            "a.toml:1:10: `number` wants text in quotation marks\n\
             a.toml:2:7: `for` wants a time such as `\"20s\"`, `\"3m\"` or `\"1h\"`\n\
             a.toml:3:9: `list` wants text in quotation marks"
        );
        assert_eq!(problems.iter().next().unwrap().hint.as_deref(), Some("write `\"+15550101\"`"));
    }

    #[test]
    fn the_two_spellings_of_a_key_are_one_key() {
        let (_, problems) = Table::parse("a.toml", "call-back = true\ncall_back = true\n");
        assert!(problems.to_string().contains("`call_back` is there twice"));
    }

    #[test]
    fn a_key_is_shown_as_it_is_written_and_suggested_as_the_file_writes_its_keys() {
        let (table, problems) = table("[business]\ntime_zon = \"UTC\"\nlisten = \"x\"\npath-secrt = 1\n");
        for (underscores, zone, secret) in
            [(true, "time_zone", "path_secret"), (false, "time-zone", "path-secret")]
        {
            let mut problems = problems.clone();
            if underscores {
                problems = problems.spelled_as(&Spelling { underscores: true, top: &["listen"] });
            }
            let mut business = table.clone().take_table("business", &mut problems).unwrap();
            business.take("time-zone");
            business.take("path-secret");
            business.finish(&mut problems);
            assert!(problems.to_string().starts_with("a.toml:2:1: `time_zon` is not a word"), "{problems}");
            let hints: Vec<_> = problems.iter().map(|problem| problem.hint.clone().unwrap()).collect();
            assert_eq!(hints[0], format!("did you mean `{zone}`?"));
            assert_eq!(hints[2], format!("did you mean `{secret}`?"));
            let top = hints[1].starts_with("this belongs at the top, before the first");
            assert_eq!(top, underscores, "{}", hints[1]);
        }
    }
}
