//! `ringback export`: what the business knows, to be taken elsewhere.
//!
//! Page by page: neither a long log nor a slow reader at the other end of a pipe holds up the line.

mod guard;
mod range;
mod sheet;
mod target;

use std::ops::Range;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::settings::Home;
use crate::store::{CallBackShape, CallShape, CallerShape, NoteShape, PAGE, Reader, Series, StoreError, Tx};

use super::call_backs::mark_seen;
use super::clean::Clean;
use super::failure::Failure;
use super::output::remark;
use super::shop::Shop;
pub(super) use guard::unguarded;
use sheet::{Columns, Sheet};
use target::Target;

const EXAMPLES: &str = "\
A table (CSV) has one row each and a heading; JSON lines have everything, one
object to a line. Times are RFC 3339. In a table, text that a spreadsheet
would take for a formula has a `'` before it; phone numbers stay as they are.
Links to recordings are left out. What is written is for your eyes: the file
is readable by you alone.

Examples:
  ringback export calls --out calls.csv
  ringback export calls --since 2026-11-01 --until 2026-11-30 --out november.csv
  ringback export call-backs --jsonl | jq 'select(.broken)'
  ringback export callers --out callers.csv --bom
  ringback export notes --since 30d";

/// Write calls, call-backs, callers or notes to a table or as JSON lines
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// What to write
    #[arg(value_name = "calls|call-backs|callers|notes", hide_possible_values = true)]
    what: What,
    #[command(flatten)]
    form: Form,
    /// Only from this day or time on: `2026-11-01`, `yesterday`, `30d`
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Only up to this time, or to the end of this day
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq, clap::ValueEnum)]
enum What {
    /// The log, with what came of each call
    Calls,
    /// Entries of the call-back list, open and closed
    CallBacks,
    /// Callers of whom something is known
    Callers,
    /// Notes on call-backs and about callers
    Notes,
}

/// In which form, and where to.
#[derive(Debug, clap::Args)]
pub(super) struct Form {
    /// Write a table; so is done unless the file's name ends in `.jsonl`
    #[arg(long, conflicts_with = "jsonl")]
    csv: bool,
    /// Write JSON lines
    #[arg(long)]
    jsonl: bool,
    /// Begin the table with the mark by which Excel knows its letters
    #[arg(long, conflicts_with = "jsonl")]
    bom: bool,
    /// Write to this file, which only you can read, instead of the screen
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Replace the file if there is one
    #[arg(long, requires = "out")]
    force: bool,
}

/// Writes one of the kinds.
pub(super) fn run(args: Args, home: &Home) -> Result<(), Failure> {
    let shop = Shop::open(home)?;
    if args.what == What::Callers {
        if args.since.is_some() || args.until.is_some() {
            return Err(Failure::wrong_usage("callers are not of one day")
                .hint("`ringback export calls --since …` has those who called"));
        }
        return callers(&shop, &args.form);
    }
    let times = range::times(&shop, (args.since.as_deref(), args.until.as_deref()))?;
    let (zone, now) = (&shop.look.zone, shop.look.now);
    match args.what {
        What::Callers => callers(&shop, &args.form),
        What::Calls => write(&shop, &args.form, (sheet::CALLS, "calls"), |reader, sheet| {
            pages(
                reader,
                Series::Calls,
                |tx, ids| tx.calls_of_page(ids, &times),
                |page| {
                    let shapes = page.into_iter().map(|(call, path)| CallShape::of(call, path, zone));
                    sheet.rows(shapes)
                },
            )
        }),
        What::CallBacks => write(&shop, &args.form, (sheet::CALL_BACKS, "call-backs"), |reader, sheet| {
            pages(
                reader,
                Series::CallBacks,
                |tx, ids| tx.call_backs_of_page(ids, &times),
                |page| {
                    mark_seen(&shop, page.iter().map(|line| &line.stored));
                    sheet.rows(page.iter().map(|line| CallBackShape::of(line, now, zone)))
                },
            )
        }),
        What::Notes => write(&shop, &args.form, (sheet::NOTES, "notes"), |reader, sheet| {
            for series in [Series::EntryNotes, Series::CallerNotes] {
                pages(
                    reader,
                    series,
                    |tx, ids| tx.notes_of_page(series, ids, &times),
                    |page| sheet.rows(page.into_iter().map(|note| NoteShape::of(note, zone))),
                )?;
            }
            Ok(())
        }),
    }
}

/// Writes the callers of whom something is known; the table is what `callers import` reads.
pub(super) fn callers(shop: &Shop<'_>, form: &Form) -> Result<(), Failure> {
    write(shop, form, (sheet::CALLERS, "callers"), |reader, sheet| {
        let mut after = String::new();
        loop {
            let page = reader.read(|tx| tx.callers_after(&after, CALLERS))?;
            let Some(last) = page.last().and_then(|line| line.caller.identity()) else { return Ok(()) };
            after = last.to_owned();
            sheet.rows(page.iter().map(|line| CallerShape::of(line, &shop.look.zone)))?;
        }
    })
}

/// Callers of one page.
const CALLERS: u32 = 2_000;

/// Writes rows to where the form says; a database that is not there has none.
fn write(
    shop: &Shop<'_>,
    form: &Form,
    (columns, what): (Columns, &str),
    rows: impl FnOnce(&mut Reader, &mut Sheet<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let jsonl = form.is_jsonl()?;
    let reader = Reader::open(&shop.home.database())?;
    let mut target = Target::open(form.out.as_deref(), form.force)?;
    let is_screen = target.is_screen();
    let written = {
        let mut sheet = match jsonl {
            true => Sheet::json_lines(&mut target),
            false => Sheet::table(&mut target, columns, (form.bom, is_screen))?,
        };
        if let Some(mut reader) = reader {
            rows(&mut reader, &mut sheet)?;
        }
        sheet.end()?
    };
    target.keep()?;
    if let Some(file) = &form.out {
        let file = Clean::of(&file.display().to_string());
        remark(&format!("{written} {what} are in `{file}`."));
    }
    Ok(())
}

/// Reads a series page by page up to what was the last one at the beginning, and writes each.
fn pages<T>(
    reader: &mut Reader,
    series: Series,
    read: impl Fn(&Tx<'_>, Range<i64>) -> Result<Vec<T>, StoreError>,
    mut write: impl FnMut(Vec<T>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let last = reader.read(|tx| tx.last_of(series))?;
    for first in (1..=last).step_by(PAGE as usize) {
        let ids = first..(first + PAGE).min(last + 1);
        write(reader.read(|tx| read(tx, ids))?)?;
    }
    Ok(())
}

impl Form {
    fn is_jsonl(&self) -> Result<bool, Failure> {
        let ending = self.out.as_deref().and_then(Path::extension).unwrap_or_default();
        let ending = ending.to_string_lossy().to_lowercase();
        if matches!(ending.as_str(), "xlsx" | "xls" | "ods") {
            return Err(Failure::wrong_usage(format!("ringback does not write `.{ending}`"))
                .hint("write `.csv`, with `--bom` for Excel: every spreadsheet opens it"));
        }
        Ok(self.jsonl || !self.csv && matches!(ending.as_str(), "jsonl" | "ndjson"))
    }
}

/// From the first time up to the second, and not it.
type Times = Range<Timestamp>;
