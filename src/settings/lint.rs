//! `[lint]`: the thresholds of `ringback check` that are ours, as the owner sets them.

use std::time::Duration;

use crate::lint::{Bounds, Limits, Rule, explained};
use crate::notation::{Entry, Problem, Problems, Table, Value};

/// A voice that takes longer for a word is no voice.
const SLOWEST: f64 = 5.0;

/// Reads `[lint]`.
pub(super) fn read_lint(root: &mut Table, problems: &mut Problems) -> Limits {
    let mut limits = Limits::default();
    let Some(mut lint) = root.take_table("lint", problems) else { return limits };
    let p = problems;
    if let Some(mut table) = lint.take_table("L1", p) {
        limits.choices = count(&mut table, "error", limits.choices, p);
        table.finish(p);
    }
    if let Some(mut table) = lint.take_table("L2", p) {
        limits.depth = count(&mut table, "error", limits.depth, p);
        table.finish(p);
    }
    times(&mut lint, "L3", &mut limits.first_choice, p);
    times(&mut lint, "L4", &mut limits.menu, p);
    read_wait(&mut lint, &mut limits, p);
    if let Some(mut table) = lint.take_table("L11", p) {
        let span = table.span.clone();
        limits.repeats.warn = count(&mut table, "warn", limits.repeats.warn, p);
        limits.repeats.error = count(&mut table, "error", limits.repeats.error, p);
        table.finish(p);
        in_order(limits.repeats, "L11", span, p);
    }
    if let Some(mut table) = lint.take_table("L16", p) {
        limits.silence = time(&mut table, "error", limits.silence, p);
        table.finish(p);
    }
    if let Some(mut table) = lint.take_table("L17", p) {
        limits.trusted_ring = time(&mut table, "error", limits.trusted_ring, p);
        table.finish(p);
    }
    if let Some(mut table) = lint.take_table("L18", p) {
        limits.trusted = table.take_bool("warn", p).map_or(limits.trusted, |warn| warn.value);
        table.finish(p);
    }
    times(&mut lint, "L19", &mut limits.ringing, p);
    times(&mut lint, "L21", &mut limits.invitation, p);
    if let Some(mut table) = lint.take_table("L23", p) {
        limits.promise = time(&mut table, "warn", limits.promise, p);
        table.finish(p);
    }
    times(&mut lint, "L26", &mut limits.whisper, p);
    if let Some(mut table) = lint.take_table("rate", p) {
        limits.rate.base = seconds(&mut table, "base", limits.rate.base, p);
        limits.rate.per_word = seconds(&mut table, "per-word", limits.rate.per_word, p);
        table.finish(p);
    }
    refuse_others(lint, p);
    limits
}

/// `L9 = { warn = ["4s", "7s"] }`.
fn read_wait(lint: &mut Table, limits: &mut Limits, problems: &mut Problems) {
    let Some(mut table) = lint.take_table("L9", problems) else { return };
    if let Some(entry) = table.take("warn") {
        let span = entry.value.span.clone();
        let (least, most) = limits.wait;
        let list = match &entry.value.value {
            Value::List(list) => list.clone(),
            Value::Text(_) | Value::Number(_) | Value::Switch(_) | Value::Date(_) | Value::Table(_) => {
                Vec::new()
            }
        };
        let times: Vec<Duration> = list
            .into_iter()
            .filter_map(|value| Entry { key: entry.key.clone(), value }.duration(problems))
            .map(|time| time.value)
            .collect();
        match times[..] {
            [from, to] if from <= to => limits.wait = (from, to),
            _ => {
                let message = "`warn` of L9 wants the shortest and the longest good wait";
                let hint = format!("write `warn = [\"{}s\", \"{}s\"]`", least.as_secs(), most.as_secs());
                problems.push(Problem::error(span, message).hint(hint));
            }
        }
    }
    table.finish(problems);
}

fn times(lint: &mut Table, rule: &'static str, bounds: &mut Bounds<Duration>, problems: &mut Problems) {
    let Some(mut table) = lint.take_table(rule, problems) else { return };
    let span = table.span.clone();
    bounds.warn = time(&mut table, "warn", bounds.warn, problems);
    bounds.error = time(&mut table, "error", bounds.error, problems);
    table.finish(problems);
    in_order(*bounds, rule, span, problems);
}

fn in_order<T: PartialOrd>(
    bounds: Bounds<T>,
    rule: &str,
    span: std::ops::Range<usize>,
    problems: &mut Problems,
) {
    if bounds.warn > bounds.error {
        let message = format!("`warn` of {rule} lies above its `error`");
        problems.push(Problem::error(span, message).hint("a warning comes first, or both at once"));
    }
}

fn time(table: &mut Table, key: &'static str, usual: Duration, problems: &mut Problems) -> Duration {
    table.take_duration(key, problems).map_or(usual, |time| time.value)
}

fn count(table: &mut Table, key: &'static str, usual: usize, problems: &mut Problems) -> usize {
    let Some(count) = table.take_integer(key, problems) else { return usual };
    let read = usize::try_from(count.value).ok().filter(|count| (1..=100).contains(count));
    if read.is_none() {
        problems.push(Problem::error(count.span, format!("`{key}` wants a number from 1 to 100")));
    }
    read.unwrap_or(usual)
}

/// A part of the speaking rate: seconds with a fraction.
fn seconds(table: &mut Table, key: &'static str, usual: Duration, problems: &mut Problems) -> Duration {
    let Some(entry) = table.take(key) else { return usual };
    let read = match &entry.value.value {
        Value::Number(number) => {
            number.parse::<f64>().ok().filter(|seconds| (0.0..=SLOWEST).contains(seconds))
        }
        Value::Text(_) | Value::Switch(_) | Value::Date(_) | Value::List(_) | Value::Table(_) => None,
    };
    match read {
        Some(seconds) => Duration::from_secs_f64(seconds),
        None => entry.refuse("seconds from 0 to 5, such as `0.395`", problems).unwrap_or(usual),
    }
}

/// What is left: rules whose numbers a source names, and words that are none.
fn refuse_others(mut lint: Table, problems: &mut Problems) {
    const SET: [&str; 14] =
        ["L1", "L2", "L3", "L4", "L9", "L11", "L16", "L17", "L18", "L19", "L21", "L23", "L26", "rate"];
    for entry in lint.take_rest() {
        let rule = Rule::parse(&entry.key.value).filter(|_| entry.key.value.starts_with(['L', 'l']));
        let Some(rule) = rule else {
            entry.unknown(&SET, problems);
            continue;
        };
        let source = explained(rule, &Limits::default()).source;
        let message = format!("{rule} cannot be set: it is not ours, but from {}", source.words());
        let problem = Problem::error(entry.key.span, message);
        problems.push(problem.hint(format!("`ringback check --explain {rule}` says why it is there")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Limits, String) {
        let (mut root, mut problems) = Table::parse("t", text);
        let limits = read_lint(&mut root, &mut problems);
        (limits, problems.to_string())
    }

    #[test]
    fn what_is_ours_can_be_set() {
        let (limits, told) = read(
            "[lint]\nL1 = { error = 8 }\nL4 = { warn = \"10s\", error = \"15s\" }\nL9 = { warn = [\"3s\", \"8s\"] }\n\
             L18 = { warn = false }\nL23 = { warn = \"2h\" }\nrate = { base = 0.3, per_word = 0.5 }\n",
        );
        assert_eq!(told, "");
        assert_eq!(limits.choices, 8);
        assert_eq!(limits.menu, Bounds { warn: Duration::from_secs(10), error: Duration::from_secs(15) });
        assert_eq!(limits.wait, (Duration::from_secs(3), Duration::from_secs(8)));
        assert!(!limits.trusted);
        assert_eq!(limits.promise.as_secs(), 7200);
        assert_eq!(limits.rate.per_word.as_millis(), 500);
        assert_eq!(limits.first_choice, Limits::default().first_choice);
    }

    #[test]
    fn what_is_not_ours_cannot() {
        for (text, expected) in [
            (
                "L5 = { error = 1 }",
                "L5 cannot be set: it is not ours, but from a standard or a reviewed study",
            ),
            ("L1 = { warn = 9 }", "`warn` is not a word that is known here"),
            ("L99 = {}", "`L99` is not a word that is known here"),
            ("L4 = { warn = \"30s\" }", "`warn` of L4 lies above its `error`"),
            ("L9 = { warn = \"5s\" }", "`warn` of L9 wants the shortest and the longest good wait"),
            ("L11 = { warn = 0 }", "`warn` wants a number from 1 to 100"),
            ("rate = { per_word = -1 }", "`per_word` wants seconds from 0 to 5"),
        ] {
            let (_, told) = read(&format!("[lint]\n{text}\n"));
            assert!(told.contains(expected), "{text}: {told}");
        }
    }
}
