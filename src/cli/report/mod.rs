//! `ringback report`: what a day, a week or a month was like.

mod dates;
mod file;
mod json;
mod screen;

use std::path::PathBuf;

use jiff::ToSpan;
use jiff::civil::Date;

use crate::report::{Facts, Period, Report, page};
use crate::settings::Home;

use super::failure::Failure;
use super::output::{remark, show, show_json};
use super::shop::Shop;
use dates::Days;
use screen::{Letters, View};

pub(super) use json::NumbersShape;

const MEANINGS: &str = "\
Without days: the last seven, with today. Days are those of the business's
zone. What the numbers mean, and their names in --json:
  calls         all that came in: answered, missed, blocked and going_on.
                Forgotten ones are left out
  answered      a person here talked with the caller
  missed        nobody did; missed_by tells why
  answer_rate   answered out of answered and missed
  seconds_to_a_person   from coming in to being taken, of answered calls;
                p50 is within which half of them lie, p90 nine in ten
  promises      told to callers on that day; kept: somebody rang, agreed on
                another time or closed it by then; broken: later or not by now;
                open: there is time; rate_kept: kept out of kept and broken
  entries       of the call-back list, by the day on which they were opened:
                closed (closed_as tells how) and open
  seconds_to_call_back  from an entry's opening to the first attempt, to an
                agreement, or to closing it as reached or wrong number
  not_yet_rung  entries without any of these; still_waiting: open ones of them
  attempts      that did not reach the caller, by their own day
  hours, week   calls by the hour in which they came in
  areas, flows, lines   calls, answered, missed; a flow by its version
  people        calls answered, attempts, and closed: entries of these days
                that were closed in their name
  before        as many days directly before; of a month, the month before

Examples:
  ringback report
  ringback report last week
  ringback report --month october
  ringback report --from 2026-11-03 --to yesterday --json
  ringback report --month --html report.html";

/// Show what a day, a week or a month was like
#[derive(Debug, clap::Args)]
#[command(after_help = MEANINGS)]
pub(super) struct Args {
    /// These days: `yesterday`, `last week`, `october`, `2026-11-03`
    #[arg(value_name = "DAYS", conflicts_with_all = ["day", "week", "month", "from", "to"])]
    days: Vec<String>,
    /// One day; today if none is named
    #[arg(long, value_name = "DATE", num_args = 0..=3, default_missing_value = "today", conflicts_with_all = ["week", "month", "from", "to"])]
    day: Option<Vec<String>>,
    /// The week from Monday to Sunday that holds a day; this one if none is named
    #[arg(long, value_name = "DATE", num_args = 0..=3, default_missing_value = "today", conflicts_with_all = ["month", "from", "to"])]
    week: Option<Vec<String>>,
    /// A month, or that which holds a day; this one if none is named
    #[arg(long, value_name = "DATE", num_args = 0..=3, default_missing_value = "today", conflicts_with_all = ["from", "to"])]
    month: Option<Vec<String>>,
    /// From this day on
    #[arg(long, value_name = "DATE", num_args = 1..=3)]
    from: Option<Vec<String>>,
    /// Up to and with this day; today if none is named
    #[arg(long, value_name = "DATE", num_args = 1..=3, requires = "from")]
    to: Option<Vec<String>>,
    /// Print JSON for other programs
    #[arg(long, conflicts_with = "html")]
    json: bool,
    /// Write a page that a browser shows and prints; `-` for stdout
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Replace FILE even if it is no report
    #[arg(long, requires = "html")]
    force: bool,
}

/// Shows a report.
pub(super) fn run(args: Args, home: &Home) -> Result<(), Failure> {
    let shop = Shop::open(home)?;
    let look = &shop.look;
    let today = look.zone.to_datetime(look.now).date();
    let (from, to) = days(&args, today)?;
    let period = Period::new(from, to, look.zone.clone());
    let facts = shop.read(|tx| tx.facts(&period))?.unwrap_or_else(Facts::default);
    let report = Report::of(&facts, period, look.now);
    let business = shop.settings.business.name.as_str();
    if args.json {
        return show_json(&json::ReportShape::of(&report, business, look.now));
    }
    if let Some(file) = &args.html {
        let page = page::html(&report, business, look.now);
        if file.as_os_str() == "-" {
            return show(&page);
        }
        file::write(file, &page, args.force)?;
        remark(&format!("the report is in {}", file.display()));
        return Ok(());
    }
    let letters = Letters::of(|name| std::env::var(name).ok());
    show(&screen::screen(&report, &View { business, width: look.width, letters }))
}

fn days(args: &Args, today: Date) -> Result<Days, Failure> {
    let read = |words: &[String]| {
        dates::read(&words.join(" "), today)
            .map_err(|bad| Failure::wrong_usage(bad.to_string()).hint(dates::HINT))
    };
    // Never days to come.
    let tomorrow = today.saturating_add(1.day());
    let clip = |(from, to): Days| (from, to.min(tomorrow));
    if let Some(words) = &args.day {
        let (from, to) = read(words)?;
        if from.saturating_add(1.day()) < to {
            let words = words.join(" ");
            return Err(Failure::wrong_usage(format!("`{words}` is more than a day"))
                .hint(format!("`ringback report {words}`")));
        }
        return Ok((from, to));
    }
    if let Some(words) = &args.week {
        return Ok(clip(dates::week_of(read(words)?.0)));
    }
    if let Some(words) = &args.month {
        return Ok(clip(dates::month_of(read(words)?.0)));
    }
    if let Some(words) = &args.from {
        let from = read(words)?.0;
        let to = args.to.as_deref().map(read).transpose()?.map_or(tomorrow, |days| days.1);
        if to <= from {
            return Err(Failure::wrong_usage("`--to` lies before `--from`"));
        }
        return Ok((from, to));
    }
    if !args.days.is_empty() {
        return read(&args.days);
    }
    Ok((today.saturating_sub(6.days()), tomorrow))
}
