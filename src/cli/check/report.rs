//! `ringback check --json`.

use serde::Serialize;

use crate::causes::with_causes;
use crate::lint::{Summary, Worst};
use crate::notation::{Level, Problems};
use crate::switchboard::{Draft, FlowTrouble};

use super::super::failure::Failure;
use super::super::output::show_json;
use super::{looks_like_a_file, no_such_flow, read_file};

#[derive(Serialize)]
struct CheckedFile {
    file: String,
    /// Whether it may go live.
    sound: bool,
    problems: Vec<ShownProblem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    costs: Option<Costs>,
}

#[derive(Serialize)]
struct ShownProblem {
    level: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
    line: usize,
    column: usize,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

#[derive(Serialize)]
struct Costs {
    first_choice_seconds: Option<f64>,
    person: Option<Way>,
    call_back: Option<Way>,
}

#[derive(Serialize)]
struct Way {
    keys: u32,
    seconds: f64,
}

/// Everything that is to be said about settings and flows, or about one flow.
pub(super) fn show_report(flow: Option<&str>, draft: &Draft) -> Result<(), Failure> {
    let files = match flow {
        Some(path) if looks_like_a_file(path) => vec![one_file(path, draft)?],
        Some(name) => {
            let found = flows(draft).into_iter().find(|(known, _)| known == name).map(|(_, file)| file);
            vec![found.ok_or_else(|| no_such_flow(name, draft))?]
        }
        None => {
            let settings =
                (!draft.is_sample).then(|| checked("ringback.toml", &draft.settings.warnings, None));
            settings.into_iter().chain(flows(draft).into_iter().map(|(_, file)| file)).collect()
        }
    };
    let sound = files.iter().all(|file| file.sound);
    show_json(&files)?;
    if sound { Ok(()) } else { Err(Failure::wrong_settings("a flow could not go live")) }
}

fn one_file(path: &str, draft: &Draft) -> Result<CheckedFile, Failure> {
    match read_file(path, draft)? {
        (_, Ok(flow)) => Ok(checked(path, &flow.warnings, Some(&flow.summary))),
        (_, Err(problems)) => Ok(checked(path, &problems, None)),
    }
}

fn flows(draft: &Draft) -> Vec<(String, CheckedFile)> {
    let sound = draft.flows.iter().map(|(name, flow)| {
        let file = format!("ivr-flows/{name}.toml");
        (name.to_string(), checked(&file, &flow.warnings, Some(&flow.summary)))
    });
    let wrong = draft.wrong.iter().map(|trouble| match trouble {
        FlowTrouble::Wrong { name, problems } => (name.to_string(), checked(problems.file(), problems, None)),
        FlowTrouble::Missing { .. } | FlowTrouble::Unreadable { .. } | FlowTrouble::BadName { .. } => {
            let name = trouble.name().map_or_else(String::new, ToString::to_string);
            let problem = ShownProblem {
                level: "error",
                rule: None,
                line: 1,
                column: 1,
                message: with_causes(trouble),
                hint: trouble.hint().map(str::to_owned),
            };
            let file = format!("ivr-flows/{name}.toml");
            (name, CheckedFile { file, sound: false, problems: vec![problem], costs: None })
        }
    });
    sound.chain(wrong).collect()
}

fn checked(file: &str, problems: &Problems, summary: Option<&Summary>) -> CheckedFile {
    let shown = problems.iter().map(|problem| {
        let (line, column) = problems.place(problem.span.start);
        let rule = problem.message.split_once(": ").map(|(rule, _)| rule);
        let rule = rule.filter(|rule| rule.starts_with('L') && crate::lint::Rule::parse(rule).is_some());
        ShownProblem {
            level: match problem.level {
                Level::Error => "error",
                Level::Warning => "warning",
            },
            rule: rule.map(str::to_owned),
            line,
            column,
            message: problem.message.clone(),
            hint: problem.hint.clone(),
        }
    });
    let way = |worst: Worst| Way { keys: worst.keys, seconds: tenths(worst.lasts.as_secs_f64()) };
    CheckedFile {
        file: file.to_owned(),
        sound: !problems.has_errors(),
        problems: shown.collect(),
        costs: summary.map(|summary| Costs {
            first_choice_seconds: summary.first_choice.map(|time| tenths(time.as_secs_f64())),
            person: summary.person.map(way),
            call_back: summary.call_back.map(way),
        }),
    }
}

fn tenths(seconds: f64) -> f64 {
    (seconds * 10.0).round() / 10.0
}
