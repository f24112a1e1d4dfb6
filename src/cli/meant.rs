//! What was meant by words that are no command: a verb of the list without its noun, or a number without its verb.

use clap::Command;
use clap::error::{ContextKind, ContextValue};

use super::failure::Failure;
use super::listed;

/// The commands whose verbs people type alone; of a verb that both have, the first is meant.
const NOUNS: [&str; 2] = ["call-backs", "callers"];

/// The failure with what was meant; `None` where nothing is known to be.
pub(super) fn failure(usage: &clap::Error, words: &[String], program: &Command) -> Option<Failure> {
    let Some(ContextValue::String(word)) = usage.get(ContextKind::InvalidSubcommand) else { return None };
    let at = words.iter().position(|given| given == word)?;
    let noun = words[..at].iter().find_map(|given| program.find_subcommand(given));
    let rest: Vec<String> = words[at + 1..].iter().map(|given| quoted(given)).collect();
    let is_entry = listed(word).is_ok();
    let mut meant = match noun.map(Command::get_name) {
        Some("call-backs") | None if is_entry => vec!["call-backs", "show", word],
        Some("call-backs") | None if word == "list" => vec!["call-backs"],
        Some(_) => return None,
        None => vec![noun_of(word, &rest, program)?, word],
    };
    meant.extend(rest.iter().map(String::as_str));
    let meant = meant.join(" ");
    let failure = Failure::wrong_usage(format!("there is no command `{word}`"));
    Some(failure.hint(format!("did you mean `ringback {meant}`?")))
}

/// Whose verb it is; what is done to a telephone number is done to a caller.
fn noun_of(verb: &str, rest: &[String], program: &Command) -> Option<&'static str> {
    let has_verb =
        |noun: &&&str| program.find_subcommand(noun).is_some_and(|noun| noun.find_subcommand(verb).is_some());
    let is_number = rest.first().is_some_and(|word| word.starts_with(['+', '"']));
    let last = NOUNS.iter().rfind(|noun| is_number && has_verb(noun));
    last.or_else(|| NOUNS.iter().find(has_verb)).copied()
}

fn quoted(word: &str) -> String {
    if word.contains(char::is_whitespace) { format!("\"{word}\"") } else { word.to_owned() }
}
