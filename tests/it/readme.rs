//! What the papers say is true: their commands run, their settings and flows load, what they name is there.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use ringback::business::Absences;
use ringback::call::{Caller, FlowName, MissedReason, Outcome, Provider, ProviderCall};
use ringback::call_back::{CallBack, CallBackId, Standing};
use ringback::clock;
use ringback::flow;
use ringback::settings::{self, Environment, LoadError};
use ringback::store::{Desk, NewCall, StoreError};
use tempfile::TempDir;

const README: &str = include_str!("../../README.md");

/// A fenced block of a page: its language and its lines.
fn blocks<'a>(page: &'a str, language: &str) -> Vec<Vec<&'a str>> {
    let mut found = Vec::new();
    let mut open: Option<(bool, usize, Vec<&str>)> = None;
    for line in page.lines() {
        let bare = line.trim_start();
        let indent = line.len() - bare.len();
        match (&mut open, bare.strip_prefix("```")) {
            (None, Some(name)) => open = Some((name == language, indent, Vec::new())),
            (Some((wanted, _, lines)), Some(_)) => {
                if *wanted {
                    found.push(std::mem::take(lines));
                }
                open = None;
            }
            (Some((_, indent, lines)), None) => lines.push(line.get(*indent..).unwrap_or(bare)),
            (None, None) => {}
        }
    }
    found
}

/// Whether `shown` is what was printed: `...` stands for any lines, `[..]` for anything in a line.
fn is_shown(shown: &[&str], printed: &[&str]) -> bool {
    let Some((first, rest)) = shown.split_first() else { return printed.is_empty() };
    if *first == "..." {
        return (0..=printed.len()).any(|skipped| is_shown(rest, &printed[skipped..]));
    }
    let same = |line: &str| is_like(first, line) || but_for_times(first) == but_for_times(line);
    printed.split_first().is_some_and(|(line, later)| same(line) && is_shown(rest, later))
}

/// The words of a line without the time of day and how long ago something was, which no page can foretell.
fn but_for_times(line: &str) -> Vec<&str> {
    const TIMES: [&str; 8] = ["min", "h", "a.m.", "p.m.", "noon", "noon.", "midnight", "midnight."];
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let is_time = |word: &&str| TIMES.contains(word) || DAYS.contains(word);
    let is_number = |word: &&str| word.starts_with(|c: char| c.is_ascii_digit());
    let mut words: Vec<&str> = line.split_whitespace().collect();
    let first = words.first().copied();
    words.retain(|word| !is_time(word) && !is_number(word));
    // The number of an entry stands first, and is no time.
    first.into_iter().chain(words).collect()
}

fn is_like(pattern: &str, line: &str) -> bool {
    let mut parts = pattern.split("[..]");
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = line.strip_prefix(first) else { return false };
    let mut open_end = false;
    for part in parts {
        open_end = part.is_empty();
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    open_end || rest.is_empty()
}

/// The words of a command line; quotes keep blanks together.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for letter in command.chars() {
        match letter {
            '"' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            letter => words.last_mut().unwrap().push(letter),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn ringback(folder: &Path, command: &str) -> Output {
    let command =
        command.strip_prefix("cargo run --release --").or(command.strip_prefix("ringback")).unwrap();
    Command::new(env!("CARGO_BIN_EXE_ringback"))
        .args(words(command))
        .current_dir(folder)
        .env("COLUMNS", "80")
        .env_remove("RINGBACK_HOME")
        .env_remove("RINGBACK_AS")
        .output()
        .unwrap()
}

/// Two missed calls, so that there is something to work on.
fn two_wait(folder: &Path) {
    let mut desk = Desk::open(&folder.join("ringback.db")).unwrap();
    let business = settings::load(folder, &Environment::default()).unwrap().business;
    let now = clock::now();
    for number in ["+15550142", "+15550143"] {
        desk.write(|tx| -> Result<(), StoreError> {
            let caller = Caller::read(number);
            let mut call = tx.open_call(NewCall {
                of: ProviderCall {
                    provider: Provider::Twilio,
                    account: "AC1".into(),
                    id: format!("CA{number}"),
                },
                caller: caller.clone(),
                caller_name: None,
                line: None,
                forwarded_from: None,
                attested: false,
                at: now,
            })?;
            let entry = CallBack {
                id: CallBackId(0),
                caller,
                line: None,
                area: None,
                owner: business.owner.clone(),
                standing: Standing::Waiting,
                opened_at: now,
                due_at: business.due_at(now, &Absences::default(), 0),
                promised_at: None,
                typed_number: None,
                asleep_until: None,
                offer: None,
                attempts: 0,
            };
            call.call_back = Some(tx.add_call_back(&entry, call.id)?);
            call.outcome = Outcome::Missed(MissedReason::RangOut);
            tx.save_call(call)
        })
        .unwrap();
    }
}

#[test]
fn the_commands_of_the_readme_do_what_it_shows() {
    let folder = TempDir::new().unwrap();
    for block in blocks(README, "console") {
        let mut lines = block.as_slice();
        while let Some((command, rest)) = lines.split_first() {
            let command = command.strip_prefix("$ ").expect("a console block begins with a command");
            let end = rest.iter().position(|line| line.starts_with("$ ")).unwrap_or(rest.len());
            let (shown, later) = rest.split_at(end);
            lines = later;
            if command == "cargo test" {
                continue;
            }
            let output = ringback(folder.path(), command);
            let printed = String::from_utf8(output.stdout).unwrap();
            let complaint = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "`{command}` failed:\n{printed}\n{complaint}");
            let printed: Vec<_> = printed.lines().collect();
            let same = shown.is_empty() || is_shown(shown, &printed);
            assert!(same, "`{command}` prints something else:\n{}", printed.join("\n"));
            if command.starts_with("ringback init") {
                two_wait(folder.path());
            }
        }
    }
}

#[test]
fn the_settings_and_flows_of_the_readme_load() {
    let names = settings::sample().names(Vec::new());
    let people = "[people.ana]\nnumber = \"+15550101\"\n[lines.\"+15550100\"]\n";
    for block in blocks(README, "toml") {
        let text = block.join("\n");
        if text.contains("[start]") {
            let loaded = flow::load(FlowName::parse("front-desk").unwrap(), "README.md", &text, Some(&names));
            assert!(loaded.is_ok(), "{}", loaded.unwrap_err());
            continue;
        }
        let whole = format!("{text}\n{people}");
        let read = settings::read("README.md", &whole, Path::new("/nowhere"), &Environment::default());
        if let Err(LoadError::Wrong(problems)) = read {
            panic!("{problems}");
        }
    }
}

#[test]
fn the_pages_name_files_that_are_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for page in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "ivr-flows/README.md"] {
        let text = fs::read_to_string(root.join(page)).unwrap();
        let folder = root.join(page).parent().unwrap().to_owned();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let is_file = !link.contains("://") && !link.starts_with('#');
            assert!(!is_file || folder.join(link).exists(), "{page} links to {link}");
        }
        for path in text.split('`').skip(1).step_by(2).filter(|word| word.starts_with("src/")) {
            assert!(root.join(path).exists(), "{page} names {path}");
        }
    }
}

#[test]
fn a_page_that_shows_something_else_is_found() {
    assert!(is_shown(&["a [..] c", "...", "z"], &["a b c", "x", "y", "z"]));
    assert!(!is_shown(&["a [..] c", "z"], &["a b c", "x", "z"]));
    assert!(!is_shown(&["a"], &["b"]));
    assert!(!is_like("a [..] c", "a b d"));
    assert!(is_shown(&[" 1  Mia  9 min  by 4 p.m.  ana"], &[" 1  Mia  20 min  by 10:15 a.m.  ana"]));
    assert!(!is_shown(&[" 1  Mia  9 min  ana"], &[" 2  Mia  9 min  ana"]));
    assert!(!is_shown(&[" 1  Mia  9 min  ana"], &[" 1  Mia  9 min  ben"]));
}

#[test]
fn the_example_of_the_design_passes_check() {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/example-home");
    let output = ringback(&home, "ringback check");
    let (printed, said) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
    assert!(printed.starts_with("ringback.toml is fine\nivr-flows/front-desk.toml is fine"), "{printed}");
    // With the longest times that callers are told in a week, its words are a little long; nothing worse.
    assert!(said.lines().all(|line| !line.starts_with("error")), "{said}");
    assert!(!home.join("ringback.db").exists(), "looking makes nothing");
}
