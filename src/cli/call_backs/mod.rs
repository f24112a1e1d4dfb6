//! `ringback call-backs`: who waits for a call, and what people do about it.

mod history;
pub(super) mod list;
mod moves;

pub(super) use list::{mark_seen, table};

use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::call_back::{AttemptOutcome, CallBack, CallBackId, CloseOutcome};
use crate::settings::Home;

use super::failure::Failure;
use super::listed;
use super::shop::Shop;
use super::when::Look;
use moves::Moves;

const EXAMPLES: &str = "\
The list begins with broken promises, then callers you talked with before,
then what is due first; `by` is what the caller was told. An entry stays
until a person closes it.

Examples:
  ringback call-backs
  ringback call-backs take 14 --as ana
  ringback call-backs tried 14 --outcome no-answer
  ringback call-backs note 14 \"wants a quote for a boiler\"
  ringback call-backs done 14 --outcome reached
  ringback call-backs history 14";

/// List who is to be rung back, and work the list
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Option<Verb>,
    /// Show closed ones too
    #[arg(long)]
    all: bool,
    /// Show only those of the person named by `--as`
    #[arg(long)]
    mine: bool,
    /// Print JSON for other programs
    #[arg(long)]
    json: bool,
    /// Who you are; by default the only person of the settings
    #[arg(long = "as", value_name = "NAME", global = true, env = "RINGBACK_AS", hide_env_values = true)]
    by: Option<String>,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Say that you are on it; it is yours from then on
    Take {
        /// The number of the entry
        #[arg(value_parser = id)]
        id: CallBackId,
        /// Print the entry as JSON, as it is then
        #[arg(long)]
        json: bool,
    },
    /// Say that you rang and did not reach the caller
    #[command(override_usage = "ringback call-backs tried [OPTIONS] --outcome <OUTCOME> <ID>")]
    Tried {
        /// The number of the entry
        #[arg(value_parser = id)]
        id: CallBackId,
        /// How it went
        #[arg(long, value_parser = attempt(), value_name = "no-answer|busy|left-message")]
        outcome: AttemptOutcome,
        /// Print the entry as JSON, as it is then
        #[arg(long)]
        json: bool,
    },
    /// Close it, with how it ended
    #[command(override_usage = "ringback call-backs done [OPTIONS] --outcome <OUTCOME> <ID>")]
    Done {
        /// The number of the entry
        #[arg(value_parser = id)]
        id: CallBackId,
        /// How it ended
        #[arg(long, value_parser = ending(), value_name = "reached|not-needed|wrong-number|spam")]
        outcome: CloseOutcome,
        /// Print the entry as JSON, as it is then
        #[arg(long)]
        json: bool,
    },
    /// Write something down for whoever rings back
    Note {
        /// The number of the entry
        #[arg(value_parser = id)]
        id: CallBackId,
        /// What to remember
        #[arg(required = true)]
        text: Vec<String>,
        /// Print the entry as JSON, as it is then
        #[arg(long)]
        json: bool,
    },
    /// Show everything about one entry in the order of time
    History {
        /// The number of the entry
        #[arg(value_parser = id)]
        id: CallBackId,
        /// Print JSON for other programs
        #[arg(long)]
        json: bool,
    },
}

fn id(text: &str) -> Result<CallBackId, String> {
    listed(text).map(CallBackId)
}

fn attempt() -> impl TypedValueParser<Value = AttemptOutcome> {
    let words = AttemptOutcome::ALL.iter().map(|outcome| outcome.word());
    PossibleValuesParser::new(words).try_map(|word| AttemptOutcome::from_word(&word).ok_or("no such outcome"))
}

/// What a person may say; an answered redial is what only the telephone knows.
fn ending() -> impl TypedValueParser<Value = CloseOutcome> {
    let said = |outcome: &&CloseOutcome| **outcome != CloseOutcome::AnsweredOnRedial;
    let words = CloseOutcome::ALL.iter().filter(said).map(|outcome| outcome.word());
    PossibleValuesParser::new(words).try_map(|word| CloseOutcome::from_word(&word).ok_or("no such outcome"))
}

/// Lists, or does one thing to an entry.
pub(super) fn run(args: Args, home: &Home) -> Result<(), Failure> {
    let shop = Shop::open(home)?;
    let by = args.by.as_deref();
    let Some(verb) = args.verb else {
        return list::run(&shop, &list::Which { all: args.all, mine: args.mine, json: args.json, by });
    };
    if args.all || args.mine || args.json {
        let hint = "write what belongs to a verb after it, like `history 14 --json`";
        return Err(
            Failure::wrong_usage("`--all`, `--mine` and `--json` here go with the list only").hint(hint)
        );
    }
    let at_desk = |json| Moves { shop: &shop, by, json };
    match verb {
        Verb::Take { id, json } => at_desk(json).take(id),
        Verb::Tried { id, outcome, json } => at_desk(json).tried(id, outcome),
        Verb::Done { id, outcome, json } => at_desk(json).done(id, outcome),
        Verb::Note { id, text, json } => at_desk(json).note(id, text.join(" ").trim()),
        Verb::History { id, json } => history::run(&shop, id, json),
    }
}

/// By when, in the middle of a sentence: `due 3 p.m.`, `promised 3 p.m.`, `promised 3 p.m., broken`, `2 h late`.
fn by_when(entry: &CallBack, look: &Look) -> String {
    match entry.promised_at {
        Some(promised) if entry.is_broken(look.now) => format!("promised {}, broken", look.at(promised)),
        Some(promised) => format!("promised {}", look.until(promised)),
        None if entry.is_overdue(look.now) => look.late(entry.due_at),
        None => format!("due {}", look.until(entry.due_at)),
    }
}

fn unknown(id: CallBackId) -> Failure {
    Failure::could_not(format!("there is no call-back {id}")).hint("`ringback call-backs --all` lists them")
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[derive(clap::Parser)]
    struct Alone {
        #[command(flatten)]
        args: Args,
    }

    #[test]
    fn the_outcomes_that_help_names_are_those_that_are_taken() {
        let mut command = Alone::command();
        for verb in ["tried", "done"] {
            let verb = command.find_subcommand_mut(verb).unwrap();
            let outcome = verb.get_arguments().find(|argument| argument.get_id() == "outcome").unwrap();
            let taken: Vec<_> =
                outcome.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
            let named = outcome.get_value_names().unwrap();
            assert_eq!(named[0].split('|').collect::<Vec<_>>(), taken);
        }
    }
}
