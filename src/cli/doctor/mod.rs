//! `ringback doctor`: whether everything is as it should be, and what to do where it is not.

mod database;
mod disk;
mod incidents;

use anstyle::AnsiColor;
use jiff::{SignedDuration, Timestamp};

use crate::server;
use crate::settings::{Environment, Home, Settings};
use crate::store::Journal;
use crate::switchboard::{Draft, kept_callers};

use super::aside::{self, Aside};
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

/// Older than any call that this program can have logged.
const TOO_EARLY: Timestamp = Timestamp::constant(1_767_225_600, 0);

/// Clocks of two machines may differ by so much.
const TOLERATED: SignedDuration = SignedDuration::from_mins(5);

/// One thing that was looked at.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    about: &'static str,
    says: String,
    /// What to do; `None` when all is well.
    advice: Option<String>,
    /// Whether it is worth knowing, and no problem any more.
    is_note: bool,
}

impl Finding {
    fn well(about: &'static str, says: impl Into<String>) -> Self {
        Self { about, says: says.into(), advice: None, is_note: false }
    }

    fn problem(about: &'static str, says: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { about, says: says.into(), advice: Some(advice.into()), is_note: false }
    }

    fn note(about: &'static str, says: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { is_note: true, ..Self::problem(about, says, advice) }
    }

    fn is_problem(&self) -> bool {
        self.advice.is_some() && !self.is_note
    }
}

/// Looks at everything.
pub(super) fn run(_args: Args, home: &Home) -> Result<(), Failure> {
    let shop = Shop::open_quietly(home)?;
    let aside = aside::kept_aside(&shop);
    let mut findings = about_settings(&shop.settings);
    if let Some(wrong) = &shop.settings_wrong {
        findings.push(Finding::problem("settings", &wrong.says, wrong.cure));
    }
    findings.extend(about_server(home, &shop.look));
    findings.extend(about_journal(&shop, &aside));
    findings.extend(disk::findings(&shop));
    findings.extend(about_flows(home)?);
    findings.extend(database::findings(&shop, &aside));
    show(&screen(&findings, &shop.look))?;
    match findings.iter().filter(|finding| finding.is_problem()).count() {
        0 => Ok(()),
        1 => Err(Failure::could_not("one thing needs a look")),
        many => Err(Failure::could_not(format!("{many} things need a look"))),
    }
}

fn screen(findings: &[Finding], look: &Look) -> String {
    let mut shown = String::new();
    for Finding { about, says, advice, is_note } in findings {
        let (word, style) = match advice {
            None => ("ok", AnsiColor::Green.on_default()),
            Some(_) if *is_note => ("note", AnsiColor::Yellow.on_default()),
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

fn about_server(home: &Home, look: &Look) -> Vec<Finding> {
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
    findings
}

/// What waits beside the database, or was put aside.
fn about_journal(shop: &Shop<'_>, aside: &[Aside]) -> Vec<Finding> {
    let journal = shop.settings.journal_of(shop.home);
    let mut findings = Vec::new();
    match Journal::pending(&journal) {
        Ok(0) => {}
        Ok(records) => {
            let people = match kept_callers(&journal).unwrap_or_default().len() {
                0 => String::new(),
                callers => {
                    let calls = counted(callers, ("missed call", "missed calls"));
                    format!(", of {calls}: `ringback missed` names the callers")
                }
            };
            let says = format!("{} in {}{people}", wait(records), journal.display());
            let advice = "they come in by themselves when the database is well and `ringback serve` runs";
            findings.push(Finding::problem("journal", says, advice));
        }
        Err(error) => {
            let says = format!("{} cannot be read: {error}", journal.display());
            findings.push(Finding::problem("journal", says, "look who may read it; calls may wait in it"));
        }
    }
    findings
        .extend(aside.iter().map(|aside| Finding::problem("journal", aside.says(), aside.advice(&journal))));
    findings
}

fn wait(records: usize) -> String {
    if records == 1 { "1 record waits".to_owned() } else { format!("{records} records wait") }
}

fn about_flows(home: &Home) -> Result<Vec<Finding>, Failure> {
    let draft = Draft::read_or_last_good(home, &Environment::of_process(), false)?;
    let mut findings = Vec::new();
    for trouble in &draft.wrong {
        let cure = trouble.hint().unwrap_or("`ringback check` shows what is wrong");
        findings.push(Finding::problem("flows", flow_says(trouble), cure));
    }
    let sound: Vec<&str> = draft.flows.keys().map(|name| name.as_str()).collect();
    if !sound.is_empty() {
        findings.push(Finding::well("flows", format!("sound: {}", sound.join(", "))));
    }
    Ok(findings)
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

fn counted(count: usize, (one, many): (&str, &str)) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}
