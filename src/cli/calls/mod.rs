//! `ringback calls` and `ringback missed`: the log, newest first.

mod filter;

use anstyle::{AnsiColor, Style};

use crate::call::Outcome;
use crate::settings::Home;
use crate::store::{CallFilter, CallLine, CallShape, StoreError, Tx};

use super::failure::Failure;
use super::output::{remark, show, show_json, wrap};
use super::shop::Shop;
use super::table::{Cell, Column, Table};
use super::when::{Look, length};
use super::who;
use filter::Filter;

const CALLS_EXAMPLES: &str = "\
Every call stands here with what came of it: `by` is who answered, and
`call-back` the entry of the call-back list that a missed call opened or
joined.

Examples:
  ringback calls --today
  ringback calls --from 0142 --since monday
  ringback calls --person ben --limit 20
  ringback calls --all --json | jq 'map(select(.outcome == \"answered\"))'";

const MISSED_EXAMPLES: &str = "\
A call is missed when nobody here talked with the caller; a mobile's
voicemail does not count. Whom to ring back: `ringback call-backs`.

Examples:
  ringback missed --today
  ringback missed --since friday --until yesterday --reason rang_out
  ringback missed --all --json | jq 'group_by(.reason)'";

/// List the calls, newest first
#[derive(Debug, clap::Args)]
#[command(after_help = CALLS_EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    which: Which,
}

/// List the calls that nobody took, newest first
#[derive(Debug, clap::Args)]
#[command(after_help = MISSED_EXAMPLES)]
pub(super) struct MissedArgs {
    #[command(flatten)]
    which: Which,
}

#[derive(Debug, clap::Args)]
struct Which {
    #[command(flatten)]
    filter: Filter,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 100, conflicts_with = "all", value_parser = at_least_one)]
    limit: u32,
    /// All of them
    #[arg(long)]
    all: bool,
    /// Print JSON for other programs
    #[arg(long)]
    json: bool,
}

fn at_least_one(text: &str) -> Result<u32, String> {
    let number = text.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| "say how many, at least 1; `--all` shows all of them".to_owned())
}

/// Lists calls.
pub(super) fn run(args: Args, home: &Home) -> Result<(), Failure> {
    list(&args.which, home, false)
}

/// Lists missed calls.
pub(super) fn run_missed(args: MissedArgs, home: &Home) -> Result<(), Failure> {
    list(&args.which, home, true)
}

fn list(which: &Which, home: &Home, missed_only: bool) -> Result<(), Failure> {
    let shop = Shop::open(home)?;
    let limit = (!which.all).then_some(which.limit);
    let (filter, said) = which.filter.read(&shop)?;
    let filter = CallFilter { missed_only, limit, ..filter };
    if which.json {
        let shapes = shop.read(|tx| shapes(tx, &filter, &shop.look))?;
        return show_json(&shapes.unwrap_or_default());
    }
    // One more than is shown, to know whether there are more.
    let filter = CallFilter { limit: limit.map(|limit| limit.saturating_add(1)), ..filter };
    let mut lines = shop.read(|tx| tx.calls(&filter))?.unwrap_or_default();
    let are_more = limit.is_some_and(|limit| lines.len() > limit as usize);
    lines.truncate(limit.map_or(usize::MAX, |limit| limit as usize));
    if lines.is_empty() {
        return show(&wrap(&none(missed_only, &said), shop.look.width, 2));
    }
    show(&screen(&lines, &shop.look))?;
    if are_more {
        remark("There are older ones; `--all` shows them.");
    }
    Ok(())
}

/// `No missed calls: today, rang out.`
fn none(missed_only: bool, said: &[String]) -> String {
    let calls = if missed_only { "No missed calls" } else { "No calls" };
    match said {
        [] if missed_only => format!("{calls}."),
        [] => format!("{calls} yet."),
        said => format!("{calls}: {}.", said.join(", ").trim_end_matches('.')),
    }
}

fn shapes(tx: &Tx<'_>, filter: &CallFilter, look: &Look) -> Result<Vec<CallShape>, StoreError> {
    let lines = tx.calls(filter)?.into_iter();
    lines
        .map(|line| {
            let path = tx.path_of(line.id)?;
            Ok(CallShape::of(line, path, &look.zone))
        })
        .collect()
}

pub(super) fn screen(lines: &[CallLine], look: &Look) -> String {
    let mut table = Table::new([
        Column::number("id"),
        Column::whole("when"),
        Column::giving_way("who", 18),
        Column::giving_way("outcome", 12),
        Column::giving_way("by", 5),
        Column::number("length"),
        Column::number("call-back"),
    ]);
    for line in lines {
        let (word, style) = outcome(&line.outcome);
        let by = match &line.outcome {
            Outcome::Answered(accept) => accept.by.as_str(),
            Outcome::InProgress | Outcome::Missed(_) | Outcome::Blocked => "",
        };
        let lasted = line.ended_at.map(|ended| length(ended.duration_since(line.at).as_secs()));
        table.push([
            Cell::of(line.id.to_string()),
            Cell::of(look.ago(line.at)),
            who::rang_cell(line),
            Cell::of(word).styled(style),
            Cell::of(by),
            Cell::of(lasted.unwrap_or_default()),
            Cell::of(line.call_back.map_or_else(String::new, |id| id.to_string())),
        ]);
    }
    table.render(look.width)
}

/// What came of a call, in a few words and their colour.
fn outcome(outcome: &Outcome) -> (String, Style) {
    match outcome {
        Outcome::InProgress => ("going on".to_owned(), AnsiColor::Cyan.on_default()),
        Outcome::Answered(_) => ("answered".to_owned(), AnsiColor::Green.on_default()),
        Outcome::Missed(reason) => (reason.to_string(), AnsiColor::Yellow.on_default()),
        Outcome::Blocked => ("blocked".to_owned(), Style::new().dimmed()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{MissedReason, PhoneNumber};
    use crate::cli::testing::{ago, answered, call, look, plain};

    #[test]
    fn the_log_says_who_rang_when_and_what_came_of_it() {
        let missed = Outcome::Missed;
        let pat = ("+12125550142", "Pat Doe");
        let lines = [
            call(108, ("+442079460018", ""), ago(0), Outcome::InProgress),
            call(107, pat, ago(9), missed(MissedReason::VoicemailLeft)),
            call(106, ("client:web", ""), ago(45), missed(MissedReason::HungUpEarly)),
            call(9, ("anonymous", ""), ago(300), answered()),
            CallLine {
                typed_number: PhoneNumber::parse("+12125550143").ok(),
                ..call(10, ("anonymous", ""), ago(290), missed(MissedReason::AskedCallBack))
            },
            call(8, ("+12125550199", "\u{1b}[2J"), ago(1_680), Outcome::Blocked),
            CallLine {
                name: Some("Noor Vale".to_owned()),
                ..call(7, pat, ago(30_000), missed(MissedReason::AskedCallBack))
            },
        ];
        let expected = "\u{20}id  when         who               outcome           by   length  call-back
108  just now     +44 207 946 0018  going on
107  9 min ago    \"Pat Doe\" …0142   left a message           1:05        107
106  45 min ago   client:web        hung up early            1:05        106
  9  5 h ago      number withheld   answered          ana    1:05
 10  4 h ago      +1 212-555-0143   asked for a call         1:05         10
  8  Fri 11 a.m.  \"[2J\" …0199       blocked                  1:05
  7  Oct 31       Noor Vale         asked for a call         1:05          7
";
        assert_eq!(plain(&screen(&lines, &look())), expected);
        let expected =
            "\u{20}id  when         who                        outcome           by   length  call-back
108  just now     +44 207 946 0018           going on
107  9 min ago    \"Pat Doe\" +1 212-555-0142  left a message           1:05        107
106  45 min ago   client:web                 hung up early            1:05        106
  9  5 h ago      number withheld            answered          ana    1:05
 10  4 h ago      +1 212-555-0143 (typed)    asked for a call         1:05         10
  8  Fri 11 a.m.  \"[2J\" +1 212-555-0199      blocked                  1:05
  7  Oct 31       Noor Vale +1 212-555-0142  asked for a call         1:05          7
";
        assert_eq!(plain(&screen(&lines, &Look { width: 120, ..look() })), expected);
    }
}
