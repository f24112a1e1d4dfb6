//! `ringback check`: every mistake of settings and flows at once, and what flows cost callers.

mod explain;
mod report;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::call::FlowName;
use crate::causes::with_causes;
use crate::notation::{self, Problems, Style};
use crate::settings::{Environment, Home};
use crate::switchboard::{Draft, DraftFlow, FlowTrouble, audio_in};

use super::failure::Failure;
use super::output::{fold, fold_report, remark, show, terminal_width};

const EXAMPLES: &str = "\
Shows every mistake with its line and what was probably meant, and what each
flow costs callers in seconds. Exits with 0 when all is right or only worth a
look, and with 78 when something could not go live.

Examples:
  ringback check
  ringback check front-desk
  ringback check ivr-flows/front-desk.toml
  ringback check --explain L4";

/// Look for mistakes in settings and flows
#[derive(Debug, Default, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// One flow, by name or file; without it, the settings and all flows
    #[arg(value_name = "FLOW")]
    pub flow: Option<String>,
    /// Say why a rule is there, with its numbers and from whom; without RULE, list them
    #[arg(long, value_name = "RULE", num_args = 0..=1, default_missing_value = "", conflicts_with_all = ["flow", "json"])]
    explain: Option<String>,
    /// Print the problems and figures as JSON
    #[arg(long)]
    json: bool,
}

/// Checks settings and flows.
pub fn run(args: Args, home: &Home) -> Result<(), Failure> {
    if let Some(rule) = args.explain {
        return explain::show_rule(&rule, home);
    }
    let draft = Draft::read(home, &Environment::of_process(), true)?;
    if args.json {
        return report::show_report(args.flow.as_deref(), &draft);
    }
    if draft.is_sample {
        remark("no `ringback.toml` here: the built-in sample business, Ridge Plumbing, stands in");
    }
    match args.flow {
        Some(flow) if looks_like_a_file(&flow) => check_file(&flow, &draft),
        Some(flow) => check_one(&flow, &draft),
        None => check_all(&draft),
    }
}

fn check_all(draft: &Draft) -> Result<(), Failure> {
    warn(&draft.settings.warnings);
    for flow in draft.flows.values() {
        warn(&flow.warnings);
    }
    if !draft.is_sound() {
        return Err(refused(&draft.wrong.iter().collect::<Vec<_>>()));
    }
    let mut fine = String::new();
    if !draft.is_sample {
        fine.push_str("ringback.toml is fine\n");
    }
    for (name, flow) in &draft.flows {
        fine.push_str(&told(&format!("ivr-flows/{name}.toml"), flow));
    }
    show(&fine)
}

fn check_one(flow: &str, draft: &Draft) -> Result<(), Failure> {
    let wrong: Vec<_> = draft
        .wrong
        .iter()
        .filter(|trouble| trouble.name().is_some_and(|name| name.as_str() == flow))
        .collect();
    if !wrong.is_empty() {
        return Err(refused(&wrong));
    }
    let Some(fine) = draft.flows.get(flow) else { return Err(no_such_flow(flow, draft)) };
    warn(&fine.warnings);
    show(&told(&format!("ivr-flows/{flow}.toml"), fine))
}

/// A file anywhere: an edit that is not in its place yet.
fn check_file(path: &str, draft: &Draft) -> Result<(), Failure> {
    let flow = read_file(path, draft)?.1.map_err(|problems| wrong_file(&problems))?;
    warn(&flow.warnings);
    show(&told(path, &flow))
}

/// That a flow may go live, and what it costs callers.
fn told(file: &str, flow: &DraftFlow) -> String {
    let verdict = match flow.warnings.len() {
        0 => "is fine".to_owned(),
        1 => "is fine, with one thing worth a look".to_owned(),
        many => format!("is fine, with {many} things worth a look"),
    };
    format!("{file} {verdict}\n  {}", fold(&flow.summary.to_string(), terminal_width().min(80) - 2, 2))
}

/// Reads and checks a flow by its name in the home, or by its path.
pub(super) fn flow_of(flow: &str, draft: &Draft) -> Result<(FlowName, DraftFlow), Failure> {
    if looks_like_a_file(flow) {
        let (name, checked) = read_file(flow, draft)?;
        return Ok((name, checked.map_err(|problems| wrong_file(&problems))?));
    }
    if let Some((name, fine)) = draft.flows.get_key_value(flow) {
        return Ok((name.clone(), fine.clone()));
    }
    check_one(flow, draft).and(Err(no_such_flow(flow, draft)))
}

/// Where the files stand that a flow plays: beside the file if it has such a folder, else in the home.
pub(super) fn audio_of(flow: &str, home: &Home) -> PathBuf {
    audio_beside(flow).unwrap_or_else(|| home.flows().join("audio"))
}

/// How long each file lasts that a flow plays.
pub(super) fn audio_lengths(flow: &str, home: &Home) -> impl Fn(&str) -> Option<Duration> {
    let files = audio_in(&audio_of(flow, home));
    move |name| files.iter().find(|file| file.name == name)?.length.clone().ok()
}

fn audio_beside(flow: &str) -> Option<PathBuf> {
    let beside = Path::new(flow).parent().filter(|_| looks_like_a_file(flow))?.join("audio");
    beside.is_dir().then_some(beside)
}

/// The flow of a file, or what is wrong with it.
fn read_file(path: &str, draft: &Draft) -> Result<(FlowName, Result<DraftFlow, Problems>), Failure> {
    let unreadable =
        |error: std::io::Error| Failure::could_not(format!("`{path}` cannot be read")).because(&error);
    let bytes = fs::read(path).map_err(unreadable)?;
    let name = Path::new(path).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let name = FlowName::parse(name)
        .map_err(|error| Failure::wrong_settings(format!("`{path}` cannot be a flow")).because(&error))?;
    let audio = audio_in(&audio_beside(path).unwrap_or_else(|| draft.audio.clone()));
    let checked =
        notation::decode(path, &bytes).and_then(|source| draft.check(name.clone(), (path, source), &audio));
    Ok((name, checked))
}

fn wrong_file(problems: &Problems) -> Failure {
    Failure::wrong_settings(format!("`{}` could not go live", problems.file()))
        .report(problems.render(Style::Coloured))
}

fn looks_like_a_file(flow: &str) -> bool {
    flow.ends_with(".toml") || flow.contains('/')
}

fn no_such_flow(flow: &str, draft: &Draft) -> Failure {
    let known = draft.flows.keys().map(FlowName::as_str).collect::<Vec<_>>();
    let failure = Failure::could_not(format!("there is no flow `{flow}`"));
    match notation::did_you_mean(flow, known.iter().copied()) {
        Some(near) => failure.hint(format!("did you mean `{near}`?")),
        None => failure.hint(format!("there is {}", known.join(", "))),
    }
}

fn warn(warnings: &Problems) {
    if !warnings.is_empty() {
        let report = fold_report(&warnings.render(Style::Coloured), terminal_width());
        anstream::eprintln!("{report}\n");
    }
}

fn refused(wrong: &[&FlowTrouble]) -> Failure {
    let what = if wrong.len() == 1 { "a flow" } else { "flows" };
    let failure =
        Failure::wrong_settings(format!("{what} could not go live")).report(shown(wrong.iter().copied()));
    failure.hint("callers go on hearing the last good version, if there was one")
}

/// All mistakes of flows that cannot go live, as an owner reads them.
pub(super) fn mistakes(wrong: &[FlowTrouble]) -> String {
    shown(wrong.iter())
}

fn shown<'a>(wrong: impl Iterator<Item = &'a FlowTrouble>) -> String {
    let show = |trouble: &FlowTrouble| match trouble {
        FlowTrouble::Wrong { problems, .. } => problems.render(Style::Coloured),
        FlowTrouble::Missing { .. } | FlowTrouble::Unreadable { .. } | FlowTrouble::BadName { .. } => {
            let hint = trouble.hint().map_or_else(String::new, |hint| format!("\n  = hint: {hint}"));
            format!("error: {}{hint}", with_causes(trouble))
        }
    };
    wrong.map(show).collect::<Vec<_>>().join("\n\n")
}
