//! `ringback call-backs`: who waits for a call, and what people do about it.

mod history;
pub(super) mod list;
mod moves;
mod refused;
mod said;
mod show;

pub(super) use list::{concerns, due, hidden, mark_seen, table, thousands};

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use jiff::{SignedDuration, Timestamp};

use crate::call_back::{AttemptOutcome, CallBack, CallBackId, CloseOutcome};
use crate::settings::Home;

use super::failure::Failure;
use super::listed;
use super::output::remark;
use super::shop::Shop;
use super::when::Look;
use super::who;
use moves::{Ending, Moves};

const EXAMPLES: &str = "\
The list begins with broken promises, then VIPs, then callers you talked
with before, then what is due first; `by` is what the caller was told. An
entry stays until a person closes it. `ringback cb` is short for `ringback
call-backs`.
Of more than 50 the list shows 50, callers who did what machines do not do
before the others.

Examples:
  ringback call-backs
  ringback call-backs show 14
  ringback call-backs take 14 --as ana
  ringback call-backs tried 14 no-answer
  ringback call-backs snooze 14 tomorrow 9
  ringback call-backs assign 14 ben --note \"knows the boiler\"
  ringback call-backs note 14 \"wants a quote for a boiler\"
  ringback call-backs done 14 reached
  ringback call-backs undo
  ringback call-backs history 14";

const WHEN: &str = "\
A time is `in 20m`, `9am`, `tomorrow 9`, `friday`, `monday 9:30`, or
`2026-11-23 09:00`; a day alone is when you open on it. Nothing sleeps past
what a caller was promised, unless they agreed to the later time.

Examples:
  ringback call-backs snooze 14 in 20m
  ringback call-backs snooze 14 friday 9am --agreed";

const TAKE: &str = "\
Everybody else sees that you ring, and nobody rings twice; if somebody was
faster you are told who and when.

Example:
  ringback call-backs take 14 --as ana";

const RELEASE: &str = "\
The entry waits on, for whoever it belongs to, as late as it is.

Example:
  ringback call-backs release 14";

const ASSIGN: &str = "\
Whoever is asked says `accept` or `decline`; without an answer it stays where
it is. Somebody who is away is not asked, but who stands in for them.

Example:
  ringback call-backs assign 14 ben --note \"knows the boiler\"";

const ACCEPT: &str = "\
Only who was asked can say yes, as long as the question stands.

Example:
  ringback call-backs accept 14 --as ben";

const DECLINE: &str = "\
Only who was asked can say no; nothing else changes.

Example:
  ringback call-backs decline 14 --as ben";

const NOTE: &str = "\
Notes stand in `show` and in `history`, and stay when the entry is closed.

Example:
  ringback call-backs note 14 \"wants a quote for a boiler\"";

const REOPEN: &str = "\
It waits again, as late as it is, with all that was done before.

Example:
  ringback call-backs reopen 14 \"the leak is back\"";

const TRIED: &str = "\
The entry stays open, and comes up again later: after a busy line sooner than
after nobody answered. After five attempts a person decides.

Examples:
  ringback call-backs tried 14 no-answer
  ringback call-backs tried 14 left-message";

const DONE: &str = "\
It is off the list, and its history stays. Only what came of it closes an
entry; for a voicemail or a busy line there is `tried`.

Examples:
  ringback call-backs done 14 reached
  ringback call-backs done 14 reached --note \"said sorry, we come at 9\"
  ringback call-backs done 14 spam --block";

const UNDO: &str = "\
The entry is then as it was before; what others did since is never undone.

Examples:
  ringback call-backs undo
  ringback call-backs undo 14 --as ana";

/// List who is to be rung back, and work the list
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Option<Verb>,
    /// Show closed ones too
    #[arg(long)]
    all: bool,
    /// Show everybody who waits, however long the list is
    #[arg(long)]
    everybody: bool,
    /// Show only yours and what is offered to you
    #[arg(long)]
    mine: bool,
    /// Show only those of this person and what is offered to them
    #[arg(long, value_name = "NAME", conflicts_with = "mine")]
    person: Option<String>,
    /// Print JSON for other programs
    #[arg(long)]
    json: bool,
    /// Who you are; by default the only person of the settings
    #[arg(long = "as", value_name = "NAME", global = true, env = "RINGBACK_AS", hide_env_values = true)]
    by: Option<String>,
}

/// Which entry, and how to answer.
#[derive(Debug, clap::Args)]
struct Entry {
    /// The number of the entry
    #[arg(value_parser = id)]
    id: CallBackId,
    /// Print the entry as JSON, as it is then
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Say that you are on it; it is yours from then on
    #[command(after_help = TAKE)]
    Take {
        #[command(flatten)]
        entry: Entry,
    },
    /// Say that nobody is on it any more; it stays its owner's
    #[command(after_help = RELEASE)]
    Release {
        #[command(flatten)]
        entry: Entry,
    },
    /// Ask somebody to have it; it stays its owner's until they say yes
    #[command(after_help = ASSIGN)]
    Assign {
        #[command(flatten)]
        entry: Entry,
        /// Whom to ask; yourself to have it at once
        #[arg(value_name = "PERSON")]
        to: String,
        /// Write something down for them
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
    },
    /// Say yes to having it; it is yours from then on
    #[command(after_help = ACCEPT)]
    Accept {
        #[command(flatten)]
        entry: Entry,
    },
    /// Say no to having it; it stays its owner's
    #[command(after_help = DECLINE)]
    Decline {
        #[command(flatten)]
        entry: Entry,
    },
    /// Say that you rang and did not reach the caller
    #[command(override_usage = "ringback call-backs tried [OPTIONS] <ID> <OUTCOME>", after_help = TRIED)]
    Tried {
        #[command(flatten)]
        entry: Entry,
        /// How it went
        #[arg(value_parser = attempt(), ignore_case = true, value_name = "no-answer|busy|left-message")]
        outcome: AttemptOutcome,
    },
    /// Put it off until a time
    #[command(after_help = WHEN)]
    Snooze {
        #[command(flatten)]
        entry: Entry,
        /// Until when: `in 20m`, `tomorrow 9`, `friday`
        #[arg(value_name = "TIME", required = true, num_args = 1..)]
        when: Vec<String>,
        /// The caller agreed to that time, which is their promise from then on
        #[arg(long)]
        agreed: bool,
    },
    /// Write something down for whoever rings back
    #[command(after_help = NOTE)]
    Note {
        #[command(flatten)]
        entry: Entry,
        /// What to remember
        #[arg(required = true)]
        text: Vec<String>,
    },
    /// Close it, with how it ended
    #[command(override_usage = "ringback call-backs done [OPTIONS] <ID> <OUTCOME>", after_help = DONE)]
    Done {
        #[command(flatten)]
        entry: Entry,
        /// How it ended
        #[arg(value_parser = ending(), ignore_case = true, value_name = "reached|not-needed|wrong-number|spam")]
        outcome: CloseOutcome,
        /// Write something down; a broken promise closes with a note only
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
        /// With `spam`, put the caller on the block list
        #[arg(long)]
        block: bool,
    },
    /// Open it again, and say why if you like
    #[command(after_help = REOPEN)]
    Reopen {
        #[command(flatten)]
        entry: Entry,
        /// Why
        #[arg(num_args = 0..)]
        why: Vec<String>,
    },
    /// Take back what you did last, within ten minutes
    #[command(after_help = UNDO)]
    Undo {
        /// The number of the entry; by default the one that you worked on last
        #[arg(value_parser = id)]
        id: Option<CallBackId>,
        /// Print the entry as JSON, as it is then
        #[arg(long)]
        json: bool,
    },
    /// Show everything about a caller who waits, on one screen
    Show {
        /// The number of the entry
        #[arg(value_parser = id)]
        id: CallBackId,
        /// Print JSON for other programs
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
    PossibleValuesParser::new(words.map(spelled))
        .try_map(|word| AttemptOutcome::from_word(&hyphened(&word)).ok_or("no such outcome"))
}

/// What a person may say; an answered redial is what only the telephone knows.
fn ending() -> impl TypedValueParser<Value = CloseOutcome> {
    let said = |outcome: &&CloseOutcome| **outcome != CloseOutcome::AnsweredOnRedial;
    let words = CloseOutcome::ALL.iter().filter(said).map(|outcome| outcome.word());
    PossibleValuesParser::new(words.map(spelled))
        .try_map(|word| CloseOutcome::from_word(&hyphened(&word)).ok_or("no such outcome"))
}

/// A word with the other ways of writing it.
fn spelled(word: &'static str) -> PossibleValue {
    let others: &[&'static str] = match word {
        "no-answer" => &["no answer", "no_answer"],
        "left-message" => &["left message", "left_message"],
        "not-needed" => &["not needed", "not_needed"],
        "wrong-number" => &["wrong number", "wrong_number"],
        _one_word => &[],
    };
    PossibleValue::new(word).aliases(others.iter().copied())
}

fn hyphened(word: &str) -> String {
    word.to_ascii_lowercase().replace([' ', '_'], "-")
}

/// Lists, or does one thing to an entry.
pub(super) fn run(args: Args, home: &Home) -> Result<(), Failure> {
    let shop = Shop::open(home)?;
    let by = args.by.as_deref();
    let remark_stranger =
        || who::looks(&shop.settings.business, by).err().iter().for_each(|told| remark(told));
    let Some(verb) = args.verb else {
        let Args { all, everybody, mine, json, .. } = args;
        if !mine {
            remark_stranger();
        }
        let person = args.person.as_deref();
        return list::run(&shop, &list::Which { all, everybody, mine, person, json, by });
    };
    if args.all || args.everybody || args.mine || args.json || args.person.is_some() {
        let hint = "write what belongs to a verb after it, like `history 14 --json`";
        return Err(Failure::wrong_usage("the options of the list do not go with a verb").hint(hint));
    }
    let at_desk = |json| Moves::new(&shop, by, json);
    let on = |entry: &Entry| at_desk(entry.json);
    match verb {
        Verb::Take { entry } => on(&entry)?.take(entry.id),
        Verb::Release { entry } => on(&entry)?.release(entry.id),
        Verb::Assign { entry, to, note } => on(&entry)?.assign(entry.id, &to, note.as_deref()),
        Verb::Accept { entry } => on(&entry)?.accept(entry.id),
        Verb::Decline { entry } => on(&entry)?.decline(entry.id),
        Verb::Tried { entry, outcome } => on(&entry)?.tried(entry.id, outcome),
        Verb::Snooze { entry, when, agreed } => on(&entry)?.snooze(entry.id, &when.join(" "), agreed),
        Verb::Note { entry, text } => on(&entry)?.note(entry.id, &text.join(" ")),
        Verb::Done { entry, outcome, note, block } => {
            on(&entry)?.done(entry.id, &Ending { outcome, note: note.as_deref(), block })
        }
        Verb::Reopen { entry, why } => {
            let why = why.join(" ");
            on(&entry)?.reopen(entry.id, Some(why.trim()).filter(|why| !why.is_empty()))
        }
        Verb::Undo { id, json } => at_desk(json)?.undo(id),
        Verb::Show { id, json } => {
            remark_stranger();
            show::run(&shop, (id, by), json)
        }
        Verb::History { id, json } => history::run(&shop, id, json),
    }
}

/// By when, in the middle of a sentence: `due 3 p.m.`, `promised 3 p.m.`, `promised 3 p.m., broken`, `2 h late`.
fn by_when(entry: &CallBack, look: &Look) -> String {
    match entry.promised_at {
        Some(promised) if entry.is_broken(look.now) => format!("promised {}, broken", look.at(promised)),
        Some(_) | None if entry.is_overdue(look.now) => look.late(entry.due_at),
        Some(promised) if is_due_for(promised, entry) => format!("promised {}", look.until(promised)),
        Some(_) | None => format!("due {}", look.until(entry.due_at)),
    }
}

/// Callers hear quarters of an hour.
const ROUNDED_UP: SignedDuration = SignedDuration::from_mins(15);

/// Whether an entry is due because of this promise: an earlier call of theirs may make it due well before.
fn is_due_for(promised: Timestamp, entry: &CallBack) -> bool {
    promised.duration_since(entry.due_at) <= ROUNDED_UP
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
    fn an_outcome_may_be_written_in_any_way() {
        use clap::Parser;
        for word in ["no-answer", "No Answer", "NO_ANSWER"] {
            let alone = Alone::try_parse_from(["ringback", "tried", "14", word]).unwrap();
            assert!(
                matches!(alone.args.verb, Some(Verb::Tried { outcome: AttemptOutcome::NoAnswer, .. })),
                "{word}"
            );
        }
        assert!(Alone::try_parse_from(["ringback", "done", "14", "answered on redial"]).is_err());
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
