//! What is live: settings and flows of this moment, accepted together.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::business::Business;
use crate::call::{FlowName, PhoneNumber};
use crate::clock;
use crate::flow::{self, AudioFile, Flow};
use crate::lint::{self, Subject, Summary};
use crate::notation::{self, Problems};
use crate::settings::{self, Environment, Home, LoadError, Settings};
use crate::store::{Clerk, FlowVersion, FlowVersionId, StoreError, Tx, WriteError, Writer};
use crate::walk::Moments;

use super::audio::{AudioTable, audio_in};
use super::last_good::{CANNOT_BE_READ, Found, find_settings, remembered};
use super::reload::adopt_orphans;

/// The flows that we ship, by name. They stand in where a home has none, and `init` copies one.
pub const SHIPPED: [(&str, &str); 8] = [
    ("front-desk", include_str!("../../ivr-flows/front-desk.toml")),
    ("two-tradespeople", include_str!("../../ivr-flows/two-tradespeople.toml")),
    ("two-areas", include_str!("../../ivr-flows/two-areas.toml")),
    ("dental-practice", include_str!("../../ivr-flows/dental-practice.toml")),
    ("restaurant", include_str!("../../ivr-flows/restaurant.toml")),
    ("law-office", include_str!("../../ivr-flows/law-office.toml")),
    ("bilingual-shop", include_str!("../../ivr-flows/bilingual-shop.toml")),
    ("after-hours", include_str!("../../ivr-flows/after-hours.toml")),
];

/// A flow that answers calls.
#[derive(Clone, Debug)]
pub struct LiveFlow {
    /// Its version, by which calls remember it.
    pub version: FlowVersionId,
    /// The flow.
    pub flow: Arc<Flow>,
    /// Its text, to be written down again when another file takes the place of the database.
    source: Arc<str>,
}

/// Settings and flows that answer calls.
#[derive(Clone)]
pub struct Live {
    /// The settings.
    pub settings: Settings,
    /// Whether the sample business stands in for missing settings.
    pub is_sample: bool,
    /// Where we listen: `http://127.0.0.1:8080`. Stands in for a public URL that is not set.
    pub listening: String,
    /// Where our routes begin, as the provider sees them: `https://phone.example.com/twilio`.
    pub base: String,
    /// Flows by name.
    pub flows: BTreeMap<FlowName, LiveFlow>,
    /// The files that flows play.
    pub audio: AudioTable,
    /// What is to be written down before a call hears a flow.
    entry: Entry,
    /// The connection in which the flows were found written down last; 0 before that.
    held_in: Arc<AtomicU64>,
}

/// What the owner's files say, read and checked but not live.
pub struct Draft {
    /// The settings.
    pub settings: Settings,
    /// The moments of the coming week by which flows are judged.
    pub moments: Moments,
    /// The text of the settings, where it was read from the home's file.
    pub settings_source: Option<String>,
    /// What is wrong with the home's file, where the settings that were live last stand in for it.
    pub settings_wrong: Option<LoadError>,
    /// Whether the sample business stands in for missing settings.
    pub is_sample: bool,
    /// The folder of the files that flows play; it need not be there.
    pub audio: PathBuf,
    /// Flows that passed the check.
    pub flows: BTreeMap<FlowName, DraftFlow>,
    /// What is wrong with the others, and with lines whose flow is missing.
    pub wrong: Vec<FlowTrouble>,
}

/// A flow that passed the check.
#[derive(Clone, Debug)]
pub struct DraftFlow {
    /// The file's text.
    pub source: String,
    /// The flow.
    pub flow: Arc<Flow>,
    /// What could be better.
    pub warnings: Problems,
    /// What it costs callers.
    pub summary: Summary,
}

/// Why a flow cannot go live.
#[derive(Debug, thiserror::Error)]
pub enum FlowTrouble {
    /// It has mistakes.
    #[error("`{name}` has mistakes")]
    Wrong {
        /// The flow.
        name: FlowName,
        /// All of them.
        problems: Problems,
    },
    /// A line asks for it and it is not there.
    #[error("line `{line}` asks for the flow `{name}`, and there is no `ivr-flows/{name}.toml`")]
    Missing {
        /// The flow.
        name: FlowName,
        /// The line.
        line: PhoneNumber,
    },
    /// The file cannot be read.
    #[error("`{file}` cannot be read")]
    Unreadable {
        /// The flow.
        name: FlowName,
        /// The file.
        file: String,
        /// Why.
        source: std::io::Error,
    },
    /// The file's name is no name for a flow.
    #[error("`{file}` cannot be a flow: its name may hold letters, digits and `-` only")]
    BadName {
        /// The file.
        file: String,
    },
}

impl FlowTrouble {
    /// What to do about it; the mistakes of a flow say so themselves.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Wrong { .. } => None,
            Self::Missing { .. } => {
                Some("write it; one that is lost is written again by `ringback init --put-back`")
            }
            Self::Unreadable { .. } => Some(CANNOT_BE_READ),
            Self::BadName { .. } => Some("give the file another name, like `front-desk.toml`"),
        }
    }

    /// The flow that is in trouble, where its name is known.
    pub fn name(&self) -> Option<&FlowName> {
        match self {
            Self::Wrong { name, .. } | Self::Missing { name, .. } | Self::Unreadable { name, .. } => {
                Some(name)
            }
            Self::BadName { .. } => None,
        }
    }
}

impl Draft {
    /// Reads a home. `sample` lets the built-in business stand in where there are no settings, and never were any.
    pub fn read(home: &Home, environment: &Environment, sample: bool) -> Result<Self, LoadError> {
        match settings::load(home.folder(), environment) {
            Ok(settings) => {
                let source = fs::read_to_string(home.settings()).ok();
                Ok(Self { settings_source: source, ..Self::with(home, settings, false) })
            }
            Err(LoadError::Missing { .. }) if sample && remembered(home).is_none() => {
                Ok(Self::with(home, settings::sample(), true))
            }
            Err(error) => Err(error),
        }
    }

    /// Reads a home; settings that are of no use are replaced by those that were live last, so that a server starts
    /// again after an edit gone wrong.
    pub fn read_or_last_good(
        home: &Home,
        environment: &Environment,
        sample: bool,
    ) -> Result<Self, LoadError> {
        let Found { settings, instead } = match find_settings(home, environment) {
            Ok(found) => found,
            Err(LoadError::Missing { .. }) if sample => {
                return Ok(Self::with(home, settings::sample(), true));
            }
            Err(error) => return Err(error),
        };
        let draft = Self::with(home, settings, false);
        Ok(match instead {
            None => Self { settings_source: fs::read_to_string(home.settings()).ok(), ..draft },
            Some((wrong, _)) => Self { settings_wrong: Some(wrong), ..draft },
        })
    }

    fn with(home: &Home, settings: Settings, is_sample: bool) -> Self {
        let mut draft = Self {
            moments: Moments::of(&settings.business, clock::now()),
            settings,
            settings_source: None,
            settings_wrong: None,
            is_sample,
            audio: home.flows().join("audio"),
            flows: BTreeMap::new(),
            wrong: Vec::new(),
        };
        if home.flows().is_dir() {
            draft.read_folder(&home.flows());
        } else if is_sample {
            for (name, source) in SHIPPED {
                let file = format!("{name}.toml");
                match FlowName::parse(name) {
                    Ok(name) => draft.read_flow(&file, name, source, &[]),
                    Err(_) => draft.wrong.push(FlowTrouble::BadName { file }),
                }
            }
        }
        draft.look_for_missing();
        draft
    }

    /// Whether all of it may go live.
    pub fn is_sound(&self) -> bool {
        self.wrong.is_empty()
    }

    fn read_folder(&mut self, folder: &Path) {
        let audio = audio_in(&self.audio);
        for (file, name) in toml_files(folder) {
            let shown = format!("ivr-flows/{file}");
            let Ok(name) = FlowName::parse(&name) else {
                self.wrong.push(FlowTrouble::BadName { file: shown });
                continue;
            };
            let bytes = match fs::read(folder.join(&file)) {
                Ok(bytes) => bytes,
                Err(source) => {
                    self.wrong.push(FlowTrouble::Unreadable { name, file: shown, source });
                    continue;
                }
            };
            match notation::decode(&shown, &bytes) {
                Ok(source) => self.read_flow(&shown, name, source, &audio),
                Err(problems) => self.wrong.push(FlowTrouble::Wrong { name, problems }),
            }
        }
    }

    fn read_flow(&mut self, file: &str, name: FlowName, source: &str, audio: &[AudioFile]) {
        match self.check(name.clone(), (file, source), audio) {
            Ok(draft) => drop(self.flows.insert(name, draft)),
            Err(problems) => self.wrong.push(FlowTrouble::Wrong { name, problems }),
        }
    }

    /// Reads a flow and judges what it costs callers. Gives every problem if there is an error among them.
    pub fn check(
        &self,
        name: FlowName,
        (file, source): (&str, &str),
        audio: &[AudioFile],
    ) -> Result<DraftFlow, Problems> {
        let names = self.settings.names(audio.to_vec());
        let (flow, mut warnings) = flow::load(name, file, source, Some(&names))?;
        let length = |name: &str| audio.iter().find(|file| file.name == name)?.length.clone().ok();
        let subject = Subject {
            flow: &flow,
            business: &self.settings.business,
            moments: &self.moments,
            limits: &self.settings.lint,
            audio: &length,
        };
        let summary = lint::judge(&subject, &mut warnings);
        if warnings.has_errors() {
            return Err(warnings);
        }
        Ok(DraftFlow { source: source.to_owned(), flow: Arc::new(flow), warnings, summary })
    }

    fn look_for_missing(&mut self) {
        for line in &self.settings.business.lines {
            let known = self.flows.contains_key(&line.flow)
                || self.wrong.iter().any(|trouble| trouble.name() == Some(&line.flow));
            if !known {
                let trouble = FlowTrouble::Missing { name: line.flow.clone(), line: line.number.clone() };
                self.wrong.push(trouble);
            }
        }
    }
}

impl Live {
    /// Puts a draft live: its flows are written down first, so that a call can finish on them whatever happens to the
    /// files. A flow in trouble goes on in its last good version, where there is one.
    pub async fn start(
        draft: &Draft,
        writer: &Writer,
        listening: &str,
        now: Timestamp,
    ) -> Result<Self, WriteError> {
        let live = Self::start_without_audio(draft, writer, listening, now).await?;
        Ok(Self { audio: AudioTable::read(&draft.audio), ..live })
    }

    /// The same without the files that flows play: reading them waits for a disk.
    pub(super) async fn start_without_audio(
        draft: &Draft,
        writer: &Writer,
        listening: &str,
        now: Timestamp,
    ) -> Result<Self, WriteError> {
        let entry = Entry::of(draft, now);
        let entered = writer.write(move |tx| entry.write(tx)).await?;
        Ok(Self::with(draft, listening, entered))
    }

    /// The same for a simulation, which has a hand of its own.
    pub fn start_with(
        draft: &Draft,
        clerk: &mut Clerk,
        listening: &str,
        now: Timestamp,
    ) -> Result<Self, WriteError> {
        let entry = Entry::of(draft, now);
        let entered = clerk.write(move |tx| entry.write(tx))?;
        Ok(Self { audio: AudioTable::read(&draft.audio), ..Self::with(draft, listening, entered) })
    }

    /// Of a database that cannot be used yet: without a flow, because none is written down. Every caller hears the safe
    /// reply.
    pub fn waiting(draft: &Draft, listening: &str, now: Timestamp) -> Self {
        let entry = Entry::of(draft, now);
        let entered = Entered { flows: BTreeMap::new(), opening: 0, entry };
        Self { audio: AudioTable::read(&draft.audio), ..Self::with(draft, listening, entered) }
    }

    fn with(draft: &Draft, listening: &str, entered: Entered) -> Self {
        let settings = draft.settings.clone();
        let base = settings.base(listening);
        Self {
            settings,
            is_sample: draft.is_sample,
            listening: listening.to_owned(),
            base,
            flows: entered.flows,
            audio: AudioTable::default(),
            entry: entered.entry,
            held_in: Arc::new(AtomicU64::new(entered.opening)),
        }
    }

    /// The same settings and flows, written down in the file that is in use now.
    pub(super) async fn written_again(&self, writer: &Writer, now: Timestamp) -> Result<Self, WriteError> {
        let entry = Entry { now, ..self.entry.clone() };
        let entered = writer.write(move |tx| entry.write(tx)).await?;
        Ok(Self {
            flows: entered.flows,
            entry: entered.entry,
            held_in: Arc::new(AtomicU64::new(entered.opening)),
            ..self.clone()
        })
    }

    /// Whether the flows were ever written down.
    pub fn is_written(&self) -> bool {
        self.held_in.load(Relaxed) != 0
    }

    /// Whether the flows are written down in the file behind this connection.
    pub(super) fn is_held_in(&self, opening: u64) -> bool {
        opening != 0 && self.held_in.load(Relaxed) == opening
    }

    /// Fails where the file is not the one in which the flows were written down: their numbers mean others there, or
    /// nothing.
    pub(super) fn must_be_held(&self, tx: &Tx<'_>) -> Result<(), StoreError> {
        let opening = tx.opening();
        if self.is_held_in(opening) {
            return Ok(());
        }
        if !self.is_written() {
            return Err(StoreError::OtherFile);
        }
        for live in self.flows.values() {
            if !tx.holds_flow(live.version, &hash_of(&live.source))? {
                return Err(StoreError::OtherFile);
            }
        }
        self.held_in.store(opening, Relaxed);
        Ok(())
    }

    /// The address that signatures are checked against, without `/twilio`.
    pub fn public_url(&self) -> &str {
        self.settings.public_url.as_deref().unwrap_or(&self.listening)
    }

    /// The flow that answers a line. A home with one flow uses it for every line.
    pub fn flow_for(&self, line: Option<&PhoneNumber>) -> Option<&LiveFlow> {
        let named = line.and_then(|number| self.settings.business.line(number));
        if let Some(line) = named {
            return self.flows.get(&line.flow);
        }
        let mut all = self.flows.values();
        let only = all.next()?;
        all.next().is_none().then_some(only)
    }

    /// Lines that no flow can answer.
    pub fn unanswered_lines(&self) -> Vec<&PhoneNumber> {
        let lines = self.settings.business.lines.iter();
        lines.filter(|line| !self.flows.contains_key(&line.flow)).map(|line| &line.number).collect()
    }
}

/// What is written down before it goes live.
#[derive(Clone)]
struct Entry {
    flows: Vec<(FlowVersion, Arc<Flow>)>,
    /// Flows in trouble.
    wrong: Vec<FlowName>,
    settings: Option<String>,
    business: Business,
    now: Timestamp,
}

/// What may go live, because it is written down.
struct Entered {
    flows: BTreeMap<FlowName, LiveFlow>,
    /// In which connection.
    opening: u64,
    /// The same once more, for another file.
    entry: Entry,
}

impl Entry {
    fn of(draft: &Draft, now: Timestamp) -> Self {
        let flows = draft.flows.iter();
        Self {
            flows: flows
                .map(|(name, draft)| (version_of(name, &draft.source, now), draft.flow.clone()))
                .collect(),
            wrong: draft.wrong.iter().filter_map(FlowTrouble::name).cloned().collect(),
            settings: draft.settings_source.clone(),
            business: draft.settings.business.clone(),
            now,
        }
    }

    fn write(mut self, tx: &mut Tx<'_>) -> Result<Entered, StoreError> {
        for name in std::mem::take(&mut self.wrong) {
            match last_good(tx, &name)? {
                Some(last) => self.flows.push(last),
                // Another file may know a good one.
                None => self.wrong.push(name),
            }
        }
        let mut flows = BTreeMap::new();
        for (version, flow) in &self.flows {
            let (id, source) = (tx.flow_goes_live(version)?, version.source.as_str().into());
            flows.insert(version.name.clone(), LiveFlow { version: id, flow: flow.clone(), source });
        }
        if let Some(source) = &self.settings
            && tx.settings_go_live(source, self.now)?
        {
            // Settings that were live before have been looked at before; a long list is not read again at each start.
            match adopt_orphans(tx, &self.business, self.now) {
                Err(error @ StoreError::Unreadable { .. }) => {
                    tracing::error!(%error, "entries of people who are gone cannot be handed over");
                }
                adopted => adopted?,
            }
        }
        Ok(Entered { flows, opening: tx.opening(), entry: self })
    }
}

/// The version of a flow that was live last, where it can still be read.
fn last_good(tx: &Tx<'_>, name: &FlowName) -> Result<Option<(FlowVersion, Arc<Flow>)>, StoreError> {
    let Some(stored) = tx.last_live(name)? else { return Ok(None) };
    let file = format!("ivr-flows/{name}.toml");
    let loaded = flow::load(name.clone(), &file, &stored.source, None).ok();
    Ok(loaded.map(|(flow, _)| (stored, Arc::new(flow))))
}

/// What tells the versions of a flow apart.
pub fn hash_of(source: &str) -> String {
    Sha256::digest(source.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn version_of(name: &FlowName, source: &str, live_at: Timestamp) -> FlowVersion {
    FlowVersion { name: name.clone(), hash: hash_of(source), source: source.to_owned(), live_at }
}

/// The flow files of a folder, by name: `(front-desk.toml, front-desk)`.
pub(super) fn toml_files(folder: &Path) -> Vec<(String, String)> {
    let names = names_in(folder);
    names
        .into_iter()
        .filter_map(|file| Some((file.clone(), file.strip_suffix(".toml")?.to_owned())))
        .collect()
}

/// Files of a folder, sorted, without hidden ones (editors leave those beside a file being edited).
pub(super) fn names_in(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| !name.starts_with('.'))
        .collect();
    names.sort();
    names
}
