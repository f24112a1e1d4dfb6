//! The commands: what an owner types, and what stands on the screen then.
//!
//! Answers go to stdout, talk to stderr. Nothing from outside reaches a terminal before it was cleaned, and a command
//! that lists never makes a database.

mod aside;
mod away;
mod backup;
mod call_backs;
mod callers;
mod calls;
pub mod check;
mod clean;
mod completions;
mod cure;
pub mod demo;
mod diff;
mod digest;
mod doctor;
mod draw;
mod export;
mod failure;
mod forget;
pub mod init;
mod kept;
mod lost;
mod man;
mod meant;
mod moment;
mod output;
mod past;
mod people;
mod play;
mod proof;
mod purge;
pub mod rehearse;
mod replay;
mod report;
mod restore;
mod schema;
pub mod serve;
mod shop;
mod stage;
mod table;
#[cfg(test)]
mod testing;
mod today;
mod transcript;
mod watch;
mod week;
mod when;
mod who;

pub use failure::{Failure, FailureKind};

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use crate::settings::Home;

use output::{fold_report, terminal_width};

const EXAMPLES: &str = "\
Without a command it says what needs doing today.

Examples:
  ringback init                         set up a business in this folder
  ringback serve                        answer its calls
  ringback                              see what needs doing
  ringback call-backs take 14 --as ana  say that Ana is on it
  ringback away until 14:00             step away; it ends by itself

Exit codes: 0 done, 1 could not (also: not found, somebody was faster),
2 wrong usage, 78 settings or a flow are wrong.";

/// Answer a business's phone and see to it that every missed caller is rung back
#[derive(Debug, Parser)]
#[command(name = "ringback", version, after_help = EXAMPLES, max_term_width = 80)]
struct Arguments {
    /// The folder that holds `ringback.toml`, `ivr-flows/` and `ringback.db`
    #[arg(
        long,
        value_name = "DIR",
        global = true,
        env = "RINGBACK_HOME",
        default_value = ".",
        hide_env_values = true,
        value_parser = clap::value_parser!(OsString)
    )]
    home: OsString,
    /// Print without colour, as NO_COLOR does too
    #[arg(long, global = true)]
    no_color: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Args),
    Serve(serve::Args),
    Calls(calls::Args),
    #[command(name = "missed")]
    Missed(calls::MissedArgs),
    #[command(name = "call-backs", visible_alias = "cb")]
    CallBacks(call_backs::Args),
    Watch(watch::Args),
    Away(away::Args),
    Callers(callers::Args),
    People(people::Args),
    Export(export::Args),
    Forget(forget::Args),
    Play(play::Args),
    Report(report::Args),
    Digest(digest::Args),
    Proof(proof::Args),
    Purge(purge::Args),
    Backup(backup::Args),
    Restore(restore::Args),
    Doctor(doctor::Args),
    Check(check::Args),
    Rehearse(rehearse::Args),
    Draw(draw::Args),
    Diff(diff::Args),
    Replay(replay::Args),
    Schema(schema::Args),
    Demo(demo::Args),
    Completions(completions::Args),
    Man(man::Args),
}

/// Does what the command line says and gives the exit code.
pub fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(usage) => {
            let words: Vec<String> =
                std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
            if let Some(failure) = meant::failure(&usage, &words, &Arguments::command()) {
                return failure.print();
            }
            if usage.use_stderr() {
                anstream::eprintln!("{}", fold_report(&usage.render().ansi().to_string(), terminal_width()));
            } else {
                // Nobody is left to read the help when it cannot be printed.
                let _ = usage.print();
            }
            return ExitCode::from(
                u8::try_from(usage.exit_code()).unwrap_or(FailureKind::WrongUsage.exit_code()),
            );
        }
    };
    if arguments.no_color {
        anstream::ColorChoice::Never.write_global();
    }
    // A variable that is set to nothing names no folder.
    let home = if arguments.home.is_empty() { ".".into() } else { arguments.home };
    let home = Home::new(home);
    match dispatch(arguments.command, &home) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.print(),
    }
}

/// A number that a list showed.
fn listed(text: &str) -> Result<i64, String> {
    let number = text.trim_start_matches('#').parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| "write the number from the list, like `14`".to_owned())
}

fn dispatch(command: Option<Command>, home: &Home) -> Result<(), Failure> {
    let Some(command) = command else { return today::run(home) };
    match command {
        Command::Init(args) => init::run(args, home),
        Command::Serve(args) => serve::run(args, home),
        Command::Calls(args) => calls::run(args, home),
        Command::Missed(args) => calls::run_missed(args, home),
        Command::CallBacks(args) => call_backs::run(args, home),
        Command::Watch(args) => watch::run(&args, home),
        Command::Away(args) => away::run(args, home),
        Command::Callers(args) => callers::run(args, home),
        Command::People(args) => people::run(&args, home),
        Command::Export(args) => export::run(args, home),
        Command::Forget(args) => forget::run(&args, home),
        Command::Play(args) => play::run(args, home),
        Command::Report(args) => report::run(args, home),
        Command::Digest(args) => digest::run(args, home),
        Command::Proof(args) => proof::run(&args, home),
        Command::Purge(args) => purge::run(&args, home),
        Command::Backup(args) => backup::run(&args, home),
        Command::Restore(args) => restore::run(&args, home),
        Command::Doctor(args) => doctor::run(args, home),
        Command::Check(args) => check::run(args, home),
        Command::Rehearse(args) => rehearse::run(args, home),
        Command::Draw(args) => draw::run(args, home),
        Command::Diff(args) => diff::run(args, home),
        Command::Replay(args) => replay::run(args, home),
        Command::Schema(args) => schema::run(args),
        Command::Demo(args) => demo::run(args, home),
        Command::Completions(args) => completions::run(&args, Arguments::command()),
        Command::Man(args) => man::run(&args, Arguments::command()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_fit_together() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_verb_without_its_noun_is_understood_as_a_question() {
        let cases = [
            ("take 5", "call-backs take 5"),
            ("done 5 reached --note \"said sorry\"", "call-backs done 5 reached --note \"said sorry\""),
            ("undo", "call-backs undo"),
            ("show 5", "call-backs show 5"),
            ("show +15550142", "callers show +15550142"),
            ("history 5", "call-backs history 5"),
            ("list", "call-backs"),
            ("cb list --all", "call-backs --all"),
            ("block +15550142", "callers block +15550142"),
            ("cb 4", "call-backs show 4"),
            ("4", "call-backs show 4"),
        ];
        let program = Arguments::command();
        for (typed, meant) in cases {
            let words = words(typed);
            let usage =
                Arguments::try_parse_from(std::iter::once("ringback".to_owned()).chain(words.clone()));
            let failure = meant::failure(&usage.unwrap_err(), &words, &program);
            let shown = failure.map(|failure| failure.to_string()).unwrap_or_default();
            let hint = format!("hint: did you mean `ringback {meant}`?\n");
            assert!(shown.replace("\n  ", " ").ends_with(&hint), "{typed}: {shown}");
        }
        let usage = Arguments::try_parse_from(["ringback", "dance"]).unwrap_err();
        assert_eq!(meant::failure(&usage, &["dance".to_owned()], &program), None);
    }

    #[test]
    fn every_command_and_option_says_what_it_is_for() {
        let mut open = vec![Arguments::command()];
        while let Some(command) = open.pop() {
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            assert!(!about.is_empty() && !about.ends_with('.'), "{}: {about}", command.get_name());
            for argument in command.get_arguments().filter(|argument| argument.get_id() != "help") {
                assert!(argument.get_help().is_some(), "{} {}", command.get_name(), argument.get_id());
            }
            open.extend(command.get_subcommands().filter(|command| command.get_name() != "help").cloned());
        }
    }

    /// The command lines of a help text: indented, beginning with the program's name, two blanks before a remark.
    fn examples(help: &str) -> Vec<String> {
        let joined: Vec<_> = help.split("\\\n").map(str::trim_start).collect();
        let joined = format!("\n  {}", joined.join(" "));
        let commands = joined.lines().filter_map(|line| line.strip_prefix("  ringback"));
        let words = commands.map(|rest| rest.split("  ").next().unwrap_or_default());
        let piped = |words: &str| words.split(['|', '>']).next().unwrap_or_default().trim_end().to_owned();
        words.map(|words| format!("ringback{}", piped(words))).collect()
    }

    /// The words of a command line; quotes keep blanks together.
    fn words(line: &str) -> Vec<String> {
        let even_odd = line.split('"').enumerate();
        let words = even_odd.flat_map(|(index, part)| match index % 2 {
            0 => part.split_whitespace().map(str::to_owned).collect(),
            _ => vec![part.to_owned()],
        });
        words.collect()
    }

    #[test]
    fn every_example_of_a_help_text_is_understood() {
        let mut open = vec![Arguments::command()];
        let mut tried = 0;
        while let Some(command) = open.pop() {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            for example in examples(&help) {
                let parsed = Arguments::try_parse_from(words(&example));
                assert!(parsed.is_ok(), "`{example}` of `{}`: {}", command.get_name(), parsed.unwrap_err());
                tried += 1;
            }
            open.extend(command.get_subcommands().filter(|command| command.get_name() != "help").cloned());
        }
        assert!(tried >= 25, "only {tried} examples were found");
    }
}
