//! What the business told us about itself, from `ringback.toml`, the environment and credentials.
//!
//! Settings that exist are right: every mistake of the file is reported at once, and none gets past this door. Nothing
//! here is asked while a call is answered.

mod address;
mod business;
mod closed;
mod environment;
mod holidays;
mod home;
mod hours;
mod lint;
mod people;
mod provider;
mod sample;
mod secret;
mod spelling;
mod teams;
mod template;

pub use crate::provider::Notify;
pub use address::BadAddress;
pub use business::LONGEST_NAME;
pub use closed::MONTHS;
pub use environment::Environment;
pub use home::Home;
pub use hours::{BadHours, BadRange, DAYS, parse_hours};
pub use sample::{SAMPLE, sample};
pub use secret::{CredentialError, Secret};
pub use spelling::{NotSpelled, country, spell, spell_near};
pub use template::{Answers, NewPerson, plain_word, render};

use std::fmt;
use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::tz::TimeZone;

use crate::business::Business;
use crate::call::AreaName;
use crate::flow::{AudioFile, Names};
use crate::lint::Limits;
use crate::notation::{Placed, Problem, Problems, Spelling, Table, decode, did_you_mean};

use holidays::Shelf;

/// The file in a home that holds the settings.
pub const FILE: &str = "ringback.toml";

/// How the file writes its keys.
const SPELLING: Spelling = Spelling { underscores: true, top: &["public-url", "listen"] };

/// Everything that is settled before the first call.
#[derive(Clone)]
pub struct Settings {
    /// The business.
    pub business: Business,
    /// Where to listen for the provider.
    pub listen: SocketAddr,
    /// The address under which the provider reaches us: scheme and host, without `/` at the end.
    pub public_url: Option<String>,
    /// The provider.
    pub twilio: Twilio,
    /// Whom to tell about a missed call.
    pub notify: Option<Notify>,
    /// How long calls are kept.
    pub keep: Duration,
    /// Where the emergency journal is, if not beside the database.
    pub journal: Option<PathBuf>,
    /// What of a flow is bearable for callers.
    pub lint: Limits,
    /// What is worth a look; never an error.
    pub warnings: Problems,
}

/// The account at Twilio.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Twilio {
    /// If set, calls of other accounts are refused.
    pub account_sid: Option<String>,
    /// What signatures are made with.
    pub auth_token: Option<Secret>,
    /// A part of our paths that only the provider knows.
    pub path_secret: Option<String>,
    /// What to do with a request whose signature is wrong.
    pub on_bad_signature: OnBadSignature,
}

/// What to do with a request whose signature is wrong.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum OnBadSignature {
    /// Refuse it: 403.
    #[default]
    Reject,
    /// Answer with the apology, so that callers are helped even when the key is wrong; nothing is stored.
    Apologise,
}

/// Why there are no settings.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The home has no settings file.
    #[error("there is no `{}`", path.display())]
    Missing {
        /// Where it would be.
        path: PathBuf,
    },
    /// The file cannot be read.
    #[error("cannot read `{}`", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file has mistakes.
    #[error("{0}")]
    Wrong(Box<Problems>),
    /// `RINGBACK_PUBLIC_URL` is not an address that a provider could call.
    #[error("`RINGBACK_PUBLIC_URL` is `{url}`")]
    PublicUrl {
        /// Its value.
        url: String,
        /// What is wrong with it.
        #[source]
        source: BadAddress,
    },
    /// A systemd credential cannot be read.
    #[error(transparent)]
    Credential(#[from] CredentialError),
}

/// What a settings file is read against.
struct Surroundings<'a> {
    home: &'a Path,
    environment: &'a Environment,
    credential: Option<Secret>,
}

/// Reads the settings of a home.
pub fn load(home: &Path, environment: &Environment) -> Result<Settings, LoadError> {
    let path = home.join(FILE);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(LoadError::Missing { path }),
        Err(source) => return Err(LoadError::Unreadable { path, source }),
    };
    // As short as the owner thinks of it: "./" adds nothing.
    let shown = path.strip_prefix(".").unwrap_or(&path).display().to_string();
    let text = decode(&shown, &bytes).map_err(|problems| LoadError::Wrong(Box::new(problems)))?;
    read(&shown, text, home, environment)
}

/// Reads the text of a settings file; other files that it names are looked for in `home`.
pub fn read(file: &str, text: &str, home: &Path, environment: &Environment) -> Result<Settings, LoadError> {
    read_with((file, text), home, environment, true)
}

/// Reads the text of settings that were live before: a calendar file that has broken or gone since is a warning, so
/// that it locks nobody out.
pub fn read_again(
    file: &str,
    text: &str,
    home: &Path,
    environment: &Environment,
) -> Result<Settings, LoadError> {
    read_with((file, text), home, environment, false)
}

fn read_with(
    (file, text): (&str, &str),
    home: &Path,
    environment: &Environment,
    strict: bool,
) -> Result<Settings, LoadError> {
    let credential = secret::credential(environment.credentials.as_deref(), "twilio-auth-token")?;
    let surroundings = Surroundings { home, environment, credential };
    let (text, inline) = secret::hide(text);
    let (mut root, found) = Table::parse(file, &text);
    let mut found = found.spelled_as(&SPELLING);
    let problems = &mut found;

    let public_url = root.take_str("public-url", problems);
    let listen = root.take_str("listen", problems);
    let about = business::read(&mut root, problems);
    let hours = hours::read_hours(&mut root, problems);
    let shelf = Shelf { home, zone: &about.time_zone, must_be_right: strict };
    let closed_on = closed::read_closed_on(&mut root, &shelf, problems);
    let country = country(&about.zone_name, &about.language);
    let mut people = people::read_people(&mut root, &country, problems);
    let teams = teams::read_teams(&mut root, &people, problems);
    let lines = people::read_lines(&mut root, &country, &people, problems);
    let twilio = provider::read_twilio(&mut root, inline, &surroundings, problems);
    let promise = business::read_promise(&mut root, problems);
    let greet_by_name = business::read_callers(&mut root, problems);
    let notify = provider::read_notify(&mut root, environment.path.as_deref(), problems);
    let keep = read_keep(&mut root, problems);
    let journal = read_journal(&mut root, home, problems);
    let lint = lint::read_lint(&mut root, problems);
    root.finish(problems);

    let named = about.owner.and_then(|owner| people.find("owner", &owner, problems));
    let written_url = public_url.and_then(|url| read_public_url(&url, problems));
    let listen = listen.and_then(|listen| read_listen(&listen, problems)).unwrap_or(LISTEN);
    if !problems.has_errors() {
        about.absent.into_iter().for_each(|problem| problems.push(problem));
    }
    let stand_ins = std::mem::take(&mut people.stand_ins);
    let people = teams::stand_in(people, &stand_ins, problems);
    let first = people.first().map(|person| person.name.clone());
    let Some(owner) = named.or(first).filter(|_| !found.has_errors()) else {
        return Err(LoadError::Wrong(Box::new(found)));
    };
    Ok(Settings {
        business: Business {
            name: about.name,
            time_zone: about.time_zone,
            owner,
            hours,
            closed_on,
            people,
            teams,
            lines,
            language: about.language,
            greet_by_name,
            promise_within: promise.within,
            promise_each: promise.each,
        },
        listen,
        public_url: environment_url(environment)?.or(written_url),
        twilio,
        notify,
        keep,
        journal,
        lint,
        warnings: found,
    })
}

/// Where to listen unless told otherwise.
const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

/// How long calls are kept unless told otherwise: two years.
const KEEP: Duration = Duration::from_secs(2 * 365 * 86_400);

fn read_public_url(url: &Placed<String>, problems: &mut Problems) -> Option<String> {
    let read = address::public_url(&url.value);
    if let Err(error) = &read {
        problems.push(
            Problem::error(url.span.clone(), error.to_string())
                .hint("write what the provider calls, like `\"https://phone.example.com\"`"),
        );
    }
    read.ok()
}

fn environment_url(environment: &Environment) -> Result<Option<String>, LoadError> {
    let Some(url) = &environment.public_url else {
        return Ok(None);
    };
    match address::public_url(url) {
        Ok(url) => Ok(Some(url)),
        Err(source) => Err(LoadError::PublicUrl { url: url.clone(), source }),
    }
}

fn read_listen(listen: &Placed<String>, problems: &mut Problems) -> Option<SocketAddr> {
    let read = listen.value.parse().ok();
    if read.is_none() {
        let message = format!("`{}` is not an address with a port", listen.value);
        problems.push(
            Problem::error(listen.span.clone(), message)
                .hint("write `\"127.0.0.1:8080\"`, or `\"0.0.0.0:8080\"` to be reached from outside"),
        );
    }
    read
}

/// Reads `[privacy]`.
fn read_keep(root: &mut Table, problems: &mut Problems) -> Duration {
    let Some(mut table) = root.take_table("privacy", problems) else {
        return KEEP;
    };
    let keep = table.take_duration("keep", problems);
    table.finish(problems);
    let Some(keep) = keep else {
        return KEEP;
    };
    if keep.value < Duration::from_secs(86_400) {
        problems.push(Problem::error(keep.span, "`keep` wants at least a day").hint("write `keep = \"2y\"`"));
    }
    keep.value
}

/// Reads `[store]`.
fn read_journal(root: &mut Table, home: &Path, problems: &mut Problems) -> Option<PathBuf> {
    let mut table = root.take_table("store", problems)?;
    let journal = table.take_str("journal", problems);
    table.finish(problems);
    let journal = journal?;
    let path = home.join(&journal.value);
    if journal.value.trim().is_empty() || journal.value.ends_with('/') || path.is_dir() {
        problems.push(
            Problem::error(journal.span, "`journal` is the name of a file")
                .hint("write `journal = \"/var/spool/ringback/ringback.journal\"`"),
        );
        return None;
    }
    if path.parent().is_some_and(|folder| !folder.is_dir()) {
        problems.push(
            Problem::warning(journal.span, format!("there is no folder for `{}`", journal.value))
                .hint("make it, on another disk than this folder's; the user of `ringback serve` must be able to write there"),
        );
    }
    Some(path)
}

/// One of `choices`, or a problem that says what was meant.
fn one_of<'a>(
    text: &Placed<String>,
    key: &str,
    choices: &[&'a str],
    problems: &mut Problems,
) -> Option<&'a str> {
    let found = choices.iter().find(|choice| choice.replace('_', "-") == text.value.replace('_', "-"));
    if found.is_none() {
        let all: Vec<String> = choices.iter().map(|choice| format!("`\"{choice}\"`")).collect();
        let message = format!("`{key}` is {}, not `{}`", all.join(" or "), text.value);
        problems.push(
            Problem::error(text.span.clone(), message)
                .did_you_mean(did_you_mean(&text.value, choices.iter().copied())),
        );
    }
    found.copied()
}

impl Surroundings<'_> {
    /// The token that needs no settings file.
    fn token(&self) -> Option<Secret> {
        self.environment.twilio_auth_token.clone().or_else(|| self.credential.clone())
    }
}

impl Settings {
    /// The emergency journal: what the database could not take yet.
    pub fn journal_of(&self, home: &Home) -> PathBuf {
        self.journal.clone().unwrap_or_else(|| home.journal())
    }

    /// Where our routes begin, as the provider sees them: below the public address, else below `listening`.
    pub fn base(&self, listening: &str) -> String {
        let outside = self.public_url.as_deref().unwrap_or(listening);
        match &self.twilio.path_secret {
            Some(secret) => format!("{outside}/twilio/{secret}"),
            None => format!("{outside}/twilio"),
        }
    }

    /// The names that flows may use, with the audio files of this home.
    pub fn names(&self, audio: Vec<AudioFile>) -> Names {
        let people = &self.business.people;
        let mut areas: Vec<AreaName> = people.iter().flat_map(|person| person.areas.clone()).collect();
        areas.sort();
        areas.dedup();
        let teams = self.business.teams.iter().map(|team| team.name.clone()).collect();
        Names { people: people.iter().map(|person| person.name.clone()).collect(), areas, teams, audio }
    }
}

/// The time zone of that name, by the rules of this machine or those on board.
pub fn time_zone(name: &str) -> Option<TimeZone> {
    business::find_zone(name)
}

/// Without secrets, numbers and the text of the file.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("business", &self.business)
            .field("listen", &self.listen)
            .field("public_url", &self.public_url)
            .field("twilio", &self.twilio)
            .field("notify", &self.notify)
            .field("keep", &self.keep)
            .field("journal", &self.journal)
            .field("lint", &self.lint)
            .field("warnings", &self.warnings.to_string())
            .finish()
    }
}

impl fmt::Debug for Twilio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Twilio")
            .field("account_sid", &self.account_sid)
            .field("auth_token", &self.auth_token)
            .field("path_secret", &self.path_secret.as_ref().map(|_| "…"))
            .field("on_bad_signature", &self.on_bad_signature)
            .finish()
    }
}
