//! `ringback forget`: a caller wishes that nothing of them is kept, and afterwards nothing is.

mod search;

use std::fs;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use serde::Serialize;

use crate::call::PhoneNumber;
use crate::server::{self, Closed};
use crate::settings::Home;
use crate::store::{Desk, Journal, Spellings, Traces, folder_of};

use super::callers;
use super::failure::Failure;
use super::output::{agrees, remark, show, show_json};
use super::shop::Shop;
use super::who;

const EXAMPLES: &str = "\
What goes: the number's calls (of each the day stays, so that `proof` can
count it), its entries on the call-back list, open ones too, notes, name,
tags and lists, and every other place in which the number stands. Messages
are recorded at the provider: take them away there; `--json` names the calls.
Late news of these calls is not kept.

Examples:
  ringback forget +15550142
  ringback forget +15550142 --yes --json";

/// Forget a number, wherever it stands
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The number, in any spelling
    number: String,
    /// Do it without asking
    #[arg(long)]
    yes: bool,
    /// Print what was removed as JSON
    #[arg(long)]
    json: bool,
}

/// Calls in one transaction: callers wait behind it.
const AT_ONCE: usize = 50;
/// For how long others may keep us from emptying the log, or from rewriting the file.
const TRIES: u32 = 100;
const PAUSE: Duration = Duration::from_millis(100);

/// What was removed. Fields are only ever added.
#[derive(Debug, Default, Serialize)]
struct Removed {
    number: String,
    calls: usize,
    provider_calls: Vec<String>,
    call_backs: usize,
    open_call_backs: Vec<i64>,
    notes: u32,
    known: bool,
    mentions: usize,
    journal_lines: usize,
    still_in: Vec<PathBuf>,
}

impl Removed {
    fn is_nothing(&self) -> bool {
        let counted = self.calls + self.call_backs + self.mentions + self.journal_lines;
        counted == 0 && self.notes == 0 && !self.known
    }
}

/// Forgets.
pub(super) fn run(args: &Args, home: &Home) -> Result<(), Failure> {
    let shop = Shop::open(home)?;
    let number = callers::spelled(&shop.settings.business, &args.number).map_err(|error| {
        Failure::wrong_usage(error.to_string()).hint("write it with its country, like `+15550142`")
    })?;
    refuse_ours(&shop, &number)?;
    let spellings = Spellings::of(&number);
    let journal = shop.settings.journal_of(home);
    let journals = journals_with(&journal, &spellings)?;
    let traces = look(&shop, &number)?;
    if !traces.is_empty() || !journals.is_empty() {
        ask(args, &number, &traces)?;
    }
    // Held until the end, so that no server starts in the middle; not while somebody thinks it over.
    let closed = server::keep_closed(home)
        .map_err(|error| Failure::could_not("`ringback.lock` cannot be used").because(&error))?;
    let mut removed = Removed { number: number.as_str().to_owned(), ..Removed::default() };
    removed.journal_lines = strike_journals(&journal, &spellings, closed.as_ref())?;
    // What came out of the journal meanwhile is theirs too.
    let traces = look(&shop, &number)?;
    if shop.has_database() {
        forget(&shop, &number, &traces)?;
        clean(&shop, home, &spellings)?;
    }
    removed.calls = traces.calls.len();
    removed.provider_calls = traces.provider_ids;
    removed.call_backs = traces.open.len() + traces.closed.len();
    removed.open_call_backs = traces.open.iter().map(|id| id.0).collect();
    removed.notes = traces.notes;
    removed.known = !traces.known.is_empty();
    removed.mentions = traces.mentions.len();
    removed.still_in = search::files_with(home.folder(), &spellings)
        .map_err(|error| Failure::could_not("the folder cannot be searched").because(&error))?;
    tell(args, &number, &removed)
}

fn refuse_ours(shop: &Shop<'_>, number: &PhoneNumber) -> Result<(), Failure> {
    let business = &shop.settings.business;
    if let Some(person) = business.person_with_number(number) {
        let hint = "take the person out of `ringback.toml` first";
        return Err(Failure::could_not(format!("that is the phone of `{}`", person.name)).hint(hint));
    }
    if business.line(number).is_some() {
        let hint = "take the line out of `ringback.toml` first";
        return Err(Failure::could_not("that is a line of yours").hint(hint));
    }
    Ok(())
}

fn look(shop: &Shop<'_>, number: &PhoneNumber) -> Result<Traces, Failure> {
    let traces = shop.read(|tx| tx.traces_of(number))?.unwrap_or_default();
    if let Some(call) = traces.in_progress.first() {
        let hint = "try again when it is over";
        return Err(Failure::could_not(format!("call {call} of that number is going on")).hint(hint));
    }
    Ok(traces)
}

fn ask(args: &Args, number: &PhoneNumber, traces: &Traces) -> Result<(), Failure> {
    if args.yes {
        return Ok(());
    }
    remark(&format!("{}: {}.", who::number(number), counts(traces)));
    if !traces.open.is_empty() {
        remark("Whoever waits in an open entry will not be rung back.");
    }
    if !io::stdin().is_terminal() {
        return Err(Failure::wrong_usage("nothing was forgotten").hint("say `--yes` to do it without asking"));
    }
    if !agrees("Forget all of it? It cannot be undone. [y/N] ") {
        return Err(Failure::could_not("nothing was forgotten"));
    }
    Ok(())
}

fn counts(traces: &Traces) -> String {
    let open = traces.open.len();
    let mut parts = vec![counted(traces.calls.len(), ("call", "calls"))];
    let entries = counted(open + traces.closed.len(), ("call-back", "call-backs"));
    parts.push(if open > 0 { format!("{entries}, {open} of them open") } else { entries });
    parts.push(counted(traces.notes as usize, ("note", "notes")));
    parts.push(counted(traces.mentions.len(), ("other place", "other places")));
    if !traces.known.is_empty() {
        parts.push("what is known of the caller".to_owned());
    }
    parts.join("; ")
}

fn counted(count: usize, (one, many): (&str, &str)) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}

/// The emergency journal, and what was moved aside of it, where the number stands in them.
fn journals_with(journal: &Path, spellings: &Spellings) -> Result<Vec<PathBuf>, Failure> {
    let failed = |error| Failure::could_not("the emergency journal cannot be read").because(&error);
    let name = journal.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut found = Vec::new();
    let folder = folder_of(journal);
    // A place that was never made holds nothing.
    let Ok(entries) = fs::read_dir(folder) else { return Ok(found) };
    for entry in entries {
        let path = entry.map_err(failed)?.path();
        let is_one = path.file_name().is_some_and(|file| file.to_string_lossy().starts_with(&name));
        if is_one && path.is_file() && search::is_in(&path, spellings).map_err(failed)? {
            found.push(path);
        }
    }
    Ok(found)
}

/// While a server runs the journal is in its hands: it takes the lines into the database within seconds, if the
/// database is well.
fn strike_journals(journal: &Path, spellings: &Spellings, closed: Option<&Closed>) -> Result<usize, Failure> {
    let mut struck = 0;
    for path in journals_with(journal, spellings)? {
        if closed.is_none() && path == journal {
            wait_until(|| Ok(!search::is_in(&path, spellings)?)).map_err(|error| unread(&path, &error))?;
            continue;
        }
        let lines =
            Journal::strike(&path, |line| spellings.are_in(line)).map_err(|error| unread(&path, &error))?;
        struck += lines;
    }
    Ok(struck)
}

fn unread(path: &Path, error: &io::Error) -> Failure {
    let message = format!("nothing was forgotten: `{}` still holds the number", path.display());
    Failure::could_not(message)
        .because(error)
        .hint("`ringback doctor` says why the database does not take it in")
}

fn forget(shop: &Shop<'_>, number: &PhoneNumber, traces: &Traces) -> Result<(), Failure> {
    let when = (&shop.look.zone, shop.look.now);
    for calls in traces.calls.chunks(AT_ONCE) {
        shop.write(|tx| Ok(tx.forget_calls(calls, when)?))?;
    }
    for mentions in traces.mentions.chunks(AT_ONCE) {
        shop.write(|tx| Ok(tx.forget_mentions(number, mentions)?))?;
    }
    shop.write(|tx| Ok(tx.forget_caller(number, traces)?))
}

/// Takes the number out of the log of the database, and out of its free places if it stands there.
fn clean(shop: &Shop<'_>, home: &Home, spellings: &Spellings) -> Result<(), Failure> {
    let searched = |error| Failure::could_not("the database cannot be searched").because(&error);
    let database = home.database();
    let mut desk = Desk::open(&database)?;
    let folded = |desk: &mut Desk| wait_until(|| desk.fold().map_err(io::Error::other));
    folded(&mut desk).map_err(|error| busy(&error))?;
    if !search::is_in(&database, spellings).map_err(searched)? {
        return Ok(());
    }
    if server::running(shop.home).is_some() {
        remark("The database is written anew; callers are served from the emergency journal meanwhile.");
    }
    wait_until(|| desk.rewrite().map_err(io::Error::other)).map_err(|error| busy(&error))?;
    folded(&mut desk).map_err(|error| busy(&error))
}

fn busy(error: &io::Error) -> Failure {
    let failure = Failure::could_not("the rows are gone, and traces may be left in the database's files");
    failure.because(error).hint("run it again when less is going on")
}

fn wait_until(mut done: impl FnMut() -> io::Result<bool>) -> io::Result<()> {
    for _ in 0..TRIES {
        if done()? {
            return Ok(());
        }
        sleep(PAUSE);
    }
    Err(io::Error::new(io::ErrorKind::TimedOut, "others were faster for too long"))
}

fn tell(args: &Args, number: &PhoneNumber, removed: &Removed) -> Result<(), Failure> {
    if args.json {
        show_json(removed)?;
    } else {
        show(&said(number, removed))?;
    }
    if removed.still_in.is_empty() {
        return Ok(());
    }
    let files =
        removed.still_in.iter().map(|path| format!("`{}`", path.display())).collect::<Vec<_>>().join(", ");
    let done = if removed.is_nothing() { "" } else { "done, but " };
    Err(Failure::could_not(format!("{done}the number still stands in {files}")).hint(
        "these are not ringback's to change: take the number out of them, or take them away; a backup that is made now is without it",
    ))
}

fn said(number: &PhoneNumber, removed: &Removed) -> String {
    let shown = who::number(number);
    if removed.is_nothing() {
        return format!("Nothing was kept of {shown}.\n");
    }
    let mut lines = vec![format!("{shown} is forgotten:")];
    let mut add = |count: usize, words: (&str, &str)| {
        if count > 0 {
            lines.push(format!("  {}", counted(count, words)));
        }
    };
    add(removed.calls, ("call", "calls"));
    add(removed.call_backs, ("call-back", "call-backs"));
    add(removed.notes as usize, ("note", "notes"));
    add(usize::from(removed.known), ("name, list or tag", ""));
    add(removed.mentions, ("other place", "other places"));
    add(removed.journal_lines, ("line of the emergency journal", "lines of the emergency journal"));
    if !removed.open_call_backs.is_empty() {
        let open = removed.open_call_backs.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
        lines.push(format!("Nobody will be rung back for: {open}."));
    }
    if removed.calls > 0 {
        lines.push("Recorded messages are at the provider; take them away there.".to_owned());
    }
    lines.join("\n") + "\n"
}
