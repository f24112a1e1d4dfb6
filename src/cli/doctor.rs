//! `ringback doctor`: whether everything is as it should be, and what to do where it is not.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anstyle::AnsiColor;
use jiff::{SignedDuration, Timestamp};

use crate::causes::with_causes;
use crate::server;
use crate::settings::{Environment, Home, Settings};
use crate::store::{Journal, NOBODY_TOLD, OpenError, Reader, StoreError, Tx, Untold};
use crate::switchboard::Draft;

use super::failure::Failure;
use super::output::{fold, show};
use super::serve::urls;
use super::shop::Shop;
use super::today::flow_says;
use super::when::Look;

const EXAMPLES: &str = "\
Looks at settings, flows, secrets, clock and database, and whether the
provider has ever called. Exits with 1 when something needs a look.

Example:
  ringback doctor";

/// Look whether everything is as it should be
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {}

/// A log this long says that nothing has tidied it up for days.
const LONG_LOG: u64 = 256 * 1024 * 1024;

/// Older than any call that this program can have logged.
const TOO_EARLY: Timestamp = Timestamp::constant(1_767_225_600, 0);

const A_DAY: SignedDuration = SignedDuration::from_hours(24);

/// Clocks of two machines may differ by so much.
const TOLERATED: SignedDuration = SignedDuration::from_mins(5);

const DAMAGED: &str = "stop the server, copy `ringback.db*` away, and put a backup in their place";

/// One thing that was looked at.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    about: &'static str,
    says: String,
    /// What to do; `None` when all is well.
    advice: Option<String>,
}

impl Finding {
    fn well(about: &'static str, says: impl Into<String>) -> Self {
        Self { about, says: says.into(), advice: None }
    }

    fn problem(about: &'static str, says: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { about, says: says.into(), advice: Some(advice.into()) }
    }
}

/// Looks at everything.
pub(super) fn run(_args: Args, home: &Home) -> Result<(), Failure> {
    let shop = Shop::open(home)?;
    let mut findings = about_settings(&shop.settings);
    if let Some(wrong) = &shop.settings_wrong {
        findings.push(Finding::problem("settings", wrong, "`ringback check` shows what is wrong"));
    }
    findings.extend(about_server(home, &shop.settings, &shop.look));
    findings.extend(about_flows(home)?);
    findings.extend(about_database(&shop));
    show(&screen(&findings, &shop.look))?;
    match findings.iter().filter(|finding| finding.advice.is_some()).count() {
        0 => Ok(()),
        1 => Err(Failure::could_not("one thing needs a look")),
        many => Err(Failure::could_not(format!("{many} things need a look"))),
    }
}

fn screen(findings: &[Finding], look: &Look) -> String {
    let mut shown = String::new();
    for Finding { about, says, advice } in findings {
        let (word, style) = match advice {
            None => ("ok", AnsiColor::Green.on_default()),
            Some(_) => ("problem", AnsiColor::Red.on_default().bold()),
        };
        let advice = advice.iter().flat_map(|advice| advice.lines().map(|line| (true, line)));
        for (index, (is_advice, line)) in [(false, says.as_str())].into_iter().chain(advice).enumerate() {
            let lead = if is_advice { "> " } else { "" };
            for (part, line) in fold(line, look.width.saturating_sub(22), 0).lines().enumerate() {
                let (word, about) = if index + part == 0 { (word, *about) } else { ("", "") };
                let lead = if part == 0 { lead } else { &"  "[..lead.len()] };
                shown.push_str(format!("{style}{word:7}{style:#}  {about:9}  {lead}{line}").trim_end());
                shown.push('\n');
            }
        }
    }
    shown
}

fn about_settings(settings: &Settings) -> Vec<Finding> {
    let business = &settings.business;
    let says = format!(
        "{}: {}, {}, {}",
        business.name,
        counted(business.people.len(), ("person", "people")),
        counted(business.lines.len(), ("line", "lines")),
        business.time_zone.iana_name().unwrap_or("a time zone without a name"),
    );
    let mut findings = vec![Finding::well("settings", says)];
    for warning in settings.warnings.iter() {
        let (line, _) = settings.warnings.place(warning.span.start);
        let advice = warning.hint.clone().unwrap_or_else(|| "`ringback check` shows the line".to_owned());
        findings.push(Finding::problem("settings", format!("line {line}: {}", warning.message), advice));
    }
    findings.push(match &settings.twilio.auth_token {
        Some(_) => Finding::well("secrets", "the provider's auth token is known"),
        None => Finding::problem(
            "secrets",
            "the provider's auth token is not known, so no request can be told from a forged one",
            "set RINGBACK_TWILIO_AUTH_TOKEN, or `auth_token_file` under `[provider.twilio]`",
        ),
    });
    findings.push(match &settings.public_url {
        Some(url) => Finding::well("address", format!("the provider reaches us at {url}")),
        None => Finding::problem(
            "address",
            "`public_url` is not set, so the provider cannot reach us",
            "set `public_url` in `ringback.toml` to the https address that leads here, or RINGBACK_PUBLIC_URL",
        ),
    });
    findings
}

fn about_server(home: &Home, settings: &Settings, look: &Look) -> Vec<Finding> {
    let mut findings = Vec::new();
    match server::running(home) {
        None => findings.push(Finding::problem(
            "server",
            "it does not run, so calls are not answered",
            "start `ringback serve`, best as a service that starts with the machine",
        )),
        Some(running) => {
            let since = look.ago(running.since);
            findings.push(Finding::well("server", format!("listens on {}, since {since}", running.address)));
            if let Some(fault) = running.store_fault {
                let says = format!("the server does not use it: {fault}");
                findings.push(Finding::problem("database", says, DAMAGED));
            }
            if let Some(at) = running.last_turned_away_at {
                let says = format!(
                    "{} requests without a right signature were turned away, the last {}",
                    running.turned_away,
                    look.ago(at)
                );
                findings.push(Finding::problem(
                    "server",
                    says,
                    "if calls fail: the auth token or `public_url` is not the one that the provider uses",
                ));
            }
        }
    }
    let journal = settings.journal_of(home);
    if let Ok(records @ 1..) = Journal::pending(&journal) {
        let says = format!(
            "{records} records wait in {}, because the database did not take them",
            journal.display()
        );
        let advice = "they come in by themselves when the database is well and `ringback serve` runs";
        findings.push(Finding::problem("journal", says, advice));
    }
    findings
}

fn about_flows(home: &Home) -> Result<Vec<Finding>, Failure> {
    let draft = Draft::read_or_last_good(home, &Environment::of_process(), false)?;
    let mut findings = Vec::new();
    for trouble in &draft.wrong {
        findings.push(Finding::problem("flows", flow_says(trouble), "`ringback check` shows what is wrong"));
    }
    let sound: Vec<&str> = draft.flows.keys().map(|name| name.as_str()).collect();
    if !sound.is_empty() {
        findings.push(Finding::well("flows", format!("sound: {}", sound.join(", "))));
    }
    Ok(findings)
}

/// What the database says about itself and about the provider.
struct Inside {
    complaint: Option<String>,
    last_call_at: Option<Timestamp>,
    incidents: Vec<(Timestamp, String, String)>,
    untold: Option<Untold>,
}

fn about_database(shop: &Shop<'_>) -> Vec<Finding> {
    let path = shop.home.database();
    let look = &shop.look;
    let mut reader = match Reader::open(&path) {
        Ok(Some(reader)) => reader,
        Ok(None) => {
            let nothing = Finding::well("database", "there is none yet; the first call makes it");
            return vec![about_clock(None, look), nothing, about_calls(None, &shop.settings, look)];
        }
        Err(error) => return vec![about_clock(None, look), unusable(&error)],
    };
    let inside = |tx: &Tx<'_>| -> Result<Inside, StoreError> {
        let since = look.now.saturating_sub(A_DAY).unwrap_or(look.now);
        let (complaint, last_call_at) = (tx.complaint()?, tx.last_call_at()?);
        Ok(Inside { complaint, last_call_at, incidents: tx.incidents(since)?, untold: tx.untold()? })
    };
    let inside = match reader.read(inside) {
        Ok(inside) => inside,
        Err(error) => {
            return vec![about_clock(None, look), Finding::problem("database", with_causes(&error), DAMAGED)];
        }
    };
    let mut findings = vec![about_clock(inside.last_call_at, look)];
    findings.push(match inside.complaint {
        None => Finding::well("database", format!("{} is sound", path.display())),
        Some(words) => {
            Finding::problem("database", format!("{} is damaged: {words}", path.display()), DAMAGED)
        }
    });
    findings.extend(about_files(&path));
    findings.push(about_calls(inside.last_call_at, &shop.settings, look));
    findings.extend(inside.untold.map(|untold| about_untold(&untold, look)));
    for (at, what, detail) in inside.incidents {
        let says = format!("{}: {what} {detail}", look.ago(at));
        let advice = advice_for(&what);
        findings.push(Finding::problem("incident", says, advice));
    }
    findings
}

fn unusable(error: &OpenError) -> Finding {
    let advice = match error {
        OpenError::File { .. } => "check who may read and write it",
        OpenError::Broken { .. } | OpenError::Damaged { .. } => DAMAGED,
        OpenError::Linked { .. } => "let the file itself lie in the home folder, under one name",
        OpenError::NoCopy { .. } => "make room on the disk; it is tried again",
        OpenError::Library { .. } => "build it with the SQLite that comes with it",
        OpenError::NotOurs { .. } => "move it elsewhere, or choose another folder with `--home DIR`",
        OpenError::Newer { .. } => "install the newer ringback again",
    };
    Finding::problem("database", with_causes(error), advice)
}

fn about_clock(last_call_at: Option<Timestamp>, look: &Look) -> Finding {
    let shown = look.zone.to_datetime(look.now).strftime("%a %F %H:%M").to_string();
    let advice = "set this machine's clock, best by NTP";
    if look.now < TOO_EARLY {
        return Finding::problem("clock", format!("the clock says {shown}, which is long ago"), advice);
    }
    if last_call_at.is_some_and(|last| look.now.duration_until(last) > TOLERATED) {
        let says = format!("the clock says {shown}, and calls were logged later than that");
        return Finding::problem("clock", says, advice);
    }
    Finding::well("clock", format!("{shown} where the business is"))
}

fn about_files(path: &Path) -> Vec<Finding> {
    let mut findings = Vec::new();
    let beside = |ending: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    let log = beside("-wal");
    let is_open =
        |file: &PathBuf| fs::metadata(file).is_ok_and(|found| found.permissions().mode() & 0o077 != 0);
    if [path.to_owned(), log.clone(), beside("-shm")].iter().any(is_open) {
        let says = format!("others can read {}, which holds callers' numbers", path.display());
        findings.push(Finding::problem("database", says, format!("run `chmod 600 {}*`", path.display())));
    }
    let length = fs::metadata(&log).map_or(0, |metadata| metadata.len());
    if length > LONG_LOG {
        let says = format!("{} has grown to {} MB", log.display(), length / 1024 / 1024);
        findings.push(Finding::problem(
            "database",
            says,
            "restart `ringback serve`; something kept it from tidying up",
        ));
    }
    findings
}

fn about_calls(last_call_at: Option<Timestamp>, settings: &Settings, look: &Look) -> Finding {
    if let Some(last) = last_call_at {
        return Finding::well("calls", format!("the last one came {}", look.ago(last)));
    }
    let says = "no webhook was ever seen";
    let Some(public_url) = settings.public_url.as_deref() else {
        return Finding::problem(
            "calls",
            says,
            "set `public_url`, start `ringback serve`, and give its URLs to the provider",
        );
    };
    Finding::problem("calls", says, urls(&settings.base(public_url)).join("\n"))
}

fn about_untold(untold: &Untold, look: &Look) -> Finding {
    let calls = counted(untold.calls as usize, ("missed call", "missed calls"));
    let since = look.ago(untold.since);
    let mut says = format!("nobody could be told of {calls} yet, the first {since}");
    if let Some(error) = &untold.last_error {
        says.push_str(&format!("; the last that was given up: {error}"));
    }
    Finding::problem(
        "notices",
        says,
        "it is tried again by itself; try the command or webhook of `[notify]` by hand",
    )
}

fn advice_for(what: &str) -> &'static str {
    match what {
        "unknown line" | "a line that is not in the settings" => {
            "add the number under `[lines]` in `ringback.toml`, or take our URLs out of it at the provider"
        }
        NOBODY_TOLD => "try the command or webhook of `[notify]` by hand",
        _ if what.starts_with("the provider used the fallback") => {
            "look the code up in the provider's error log; our server may have been unreachable"
        }
        _ => "the caller was helped and is on the list; if it comes again, keep the server's log",
    }
}

fn counted(count: usize, (one, many): (&str, &str)) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}
