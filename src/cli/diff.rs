//! `ringback diff`: what an edit changes for callers, in seconds and in what they come to.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::call::FlowName;
use crate::clock;
use crate::compare::{Change, Difference, Reach, Version, diff};
use crate::flow::{self, Flow};
use crate::lint::{Summary, Worst};
use crate::settings::{Environment, Home};
use crate::store::{FlowVersion, Reader};
use crate::switchboard::{Draft, DraftFlow};
use crate::walk::{Ground, Moments};

use super::check::{audio_lengths, flow_of};
use super::clean::Clean;
use super::failure::Failure;
use super::output::{show, show_json, terminal_width, wrap};
use super::table::{Cell, Column, Table};

const EXAMPLES: &str = "\
Plays every way that a caller can go through both versions, and says what
changes: in seconds, and in what callers come to. How the file is written
does not matter. With one file, what is live now is the old version.

Examples:
  ringback diff ivr-flows/front-desk.toml
  ringback diff front-desk.toml front-desk-new.toml
  ringback diff front-desk two-areas --json";

/// Say what an edit changes for callers
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The old version, by name or file; alone, the new one
    #[arg(value_name = "OLD")]
    old: String,
    /// The new version, by name or file
    #[arg(value_name = "NEW")]
    new: Option<String>,
    /// Print JSON for other programs
    #[arg(long)]
    json: bool,
}

/// Compares two versions of a flow.
pub(super) fn run(args: Args, home: &Home) -> Result<(), Failure> {
    let draft = Draft::read(home, &Environment::of_process(), true)?;
    let (old, new) = match &args.new {
        Some(new) => (flow_of(&args.old, &draft)?.1.flow, flow_of(new, &draft)?.1.flow),
        None => {
            let (name, new) = flow_of(&args.old, &draft)?;
            (live(&name, &new, (home, &draft, &args.old))?, new.flow)
        }
    };
    let business = &draft.settings.business;
    let newer = args.new.as_ref().unwrap_or(&args.old);
    // What is live plays the files of the home.
    let older = if args.new.is_some() { args.old.as_str() } else { old.name.as_str() };
    let (old_audio, new_audio) = (audio_lengths(older, home), audio_lengths(newer, home));
    let rate = draft.settings.lint.rate;
    let versions = Version {
        old: Ground { flow: &old, business, rate, audio: &old_audio },
        new: Ground { flow: &new, business, rate, audio: &new_audio },
    };
    let difference = diff(&versions, &Moments::of(business, clock::now()))
        .map_err(|error| Failure::could_not("the versions cannot be compared").because(&error))?;
    match args.json {
        true => show_json(&shape(&difference)),
        false => show(&screen(&difference, terminal_width())),
    }
}

/// The version that answers calls: the one that went live last, or the home's where there is no database yet.
fn live(
    name: &FlowName,
    new: &DraftFlow,
    (home, draft, asked): (&Home, &Draft, &str),
) -> Result<Arc<Flow>, Failure> {
    let mut reader = Reader::open(&home.database())?;
    let stored = reader.as_mut().map(|reader| reader.read(|tx| tx.last_live(name))).transpose()?.flatten();
    if let Some(FlowVersion { source, .. }) = stored {
        let loaded = flow::load(name.clone(), name.as_str(), &source, None);
        let unreadable =
            || Failure::could_not(format!("the live version of `{name}` cannot be read any more"));
        return loaded.map(|(flow, _)| Arc::new(flow)).map_err(|_| unreadable());
    }
    let in_place = draft.flows.get(name).filter(|flow| flow.source != new.source);
    match in_place {
        Some(flow) => Ok(flow.flow.clone()),
        None if is_in(home, asked) || !draft.flows.contains_key(name) => {
            let failure =
                Failure::could_not(format!("there is no other version of `{name}` to compare with"));
            Err(failure.hint("nothing went live here yet; name two files"))
        }
        None => Ok(new.flow.clone()),
    }
}

/// Whether what was asked for is the home's own file.
fn is_in(home: &Home, asked: &str) -> bool {
    let folder = Path::new(asked).parent().and_then(|folder| folder.canonicalize().ok());
    !asked.contains('/') && !asked.ends_with(".toml") || folder == home.flows().canonicalize().ok()
}

fn screen(difference: &Difference, width: usize) -> String {
    if difference.is_none() {
        return "Nothing changes for callers.\n".to_owned();
    }
    let mut out = String::new();
    for (situations, changes) in &difference.changes {
        out.push_str(&wrap(&situations.join(", "), width, 2));
        let row = |change: &Change| [mark(change).to_owned(), path(change).to_owned(), told(change)];
        let rows: Vec<[String; 3]> = changes.iter().map(row).collect();
        let widest = |at: usize| rows.iter().map(|row| Clean::of(&row[at]).width()).max().unwrap_or_default();
        if widest(0) + widest(1) + widest(2) + 6 > width {
            // Ways that begin alike would look alike when cut.
            for [mark, path, told] in &rows {
                let line = wrap(&format!("{mark} {path}: {told}"), width.saturating_sub(2), 4);
                out.extend(line.lines().map(|line| format!("  {line}\n")));
            }
        } else {
            let mut table = Table::new([Column::whole(""), Column::whole(""), Column::whole("")]);
            for [mark, path, told] in &rows {
                table.push([Cell::of(mark), Cell::of(path), Cell::of(told)]);
            }
            // There are no headings to show.
            let lines = table.render(width.saturating_sub(2));
            out.extend(lines.lines().skip(1).map(|line| format!("  {line}\n")));
        }
        out.push('\n');
    }
    out.push_str(&numbers(&difference.before, &difference.after));
    out
}

fn mark(change: &Change) -> &'static str {
    match (&change.before, &change.after) {
        (None, _) => "new",
        (_, None) => "gone",
        (Some(_), Some(_)) => "",
    }
}

fn path(change: &Change) -> &str {
    if change.path.is_empty() { "does nothing" } else { &change.path }
}

/// `a person after 21 s → 26 s (+5 s)`.
fn told(change: &Change) -> String {
    match (&change.before, &change.after) {
        (Some(before), Some(after)) => {
            let more = after.seconds.cast_signed() - before.seconds.cast_signed();
            let keys = match before.presses == after.presses {
                true => String::new(),
                false => format!(", keys {} → {}", before.presses, after.presses),
            };
            format!("{} after {} s → {} s ({more:+} s){keys}", before.end, before.seconds, after.seconds)
        }
        (Some(reach), None) | (None, Some(reach)) => format!("{} after {} s", reach.end, reach.seconds),
        (None, None) => String::new(),
    }
}

fn numbers(before: &Summary, after: &Summary) -> String {
    let first = |summary: &Summary| summary.first_choice.map(|time| format!("{:.1} s", time.as_secs_f64()));
    let way = |worst: Option<Worst>| worst.map(|worst| worst.to_string());
    let lines = [
        ("before the first choice", first(before), first(after)),
        ("a person, at most", way(before.person), way(after.person)),
        ("a call-back, at most", way(before.call_back), way(after.call_back)),
    ];
    let none = |figure: &Option<String>| figure.clone().unwrap_or_else(|| "none".to_owned());
    let line = |(what, before, after): &(&str, Option<String>, Option<String>)| match before == after {
        true => format!("{what}: {}, as before\n", none(before)),
        false => format!("{what}: {} → {}\n", none(before), none(after)),
    };
    lines.iter().map(line).collect()
}

fn shape(difference: &Difference) -> Value {
    let changes = difference.changes.iter().flat_map(|(situations, changes)| {
        changes.iter().map(move |change| {
            json!({
                "situations": situations,
                "path": change.path,
                "before": change.before.as_ref().map(reach),
                "after": change.after.as_ref().map(reach),
            })
        })
    });
    json!({
        "changes": changes.collect::<Vec<_>>(),
        "before": summary(&difference.before),
        "after": summary(&difference.after),
    })
}

fn reach(reach: &Reach) -> Value {
    json!({ "end": reach.end.to_string(), "seconds": reach.seconds, "presses": reach.presses })
}

fn summary(summary: &Summary) -> Value {
    let seconds = |time: Duration| (time.as_secs_f64() * 10.0).round() / 10.0;
    let way = |worst: Option<Worst>| {
        worst.map(|worst| json!({ "seconds": seconds(worst.lasts), "presses": worst.keys }))
    };
    json!({
        "seconds_to_first_choice": summary.first_choice.map(seconds),
        "to_person": way(summary.person),
        "to_call_back": way(summary.call_back),
    })
}
