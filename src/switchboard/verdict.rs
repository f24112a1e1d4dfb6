//! Whether the flows of a home may answer calls, without judging again what is live.
//!
//! To judge a flow every way through it is walked, which is much for a screen that is looked at all day.

use std::fs;
use std::path::Path;

use jiff::Timestamp;

use crate::call::FlowName;
use crate::notation;
use crate::settings::{Environment, Home, LoadError, Settings};
use crate::store::Reader;

use super::live::{Draft, FlowTrouble, hash_of, names_in, toml_files};

/// What stands in the flow files of a home.
#[derive(Debug, Default)]
pub struct Verdict {
    /// Flows that may answer calls, by name.
    pub sound: Vec<FlowName>,
    /// What is wrong with the others, and with lines whose flow is missing.
    pub wrong: Vec<FlowTrouble>,
}

impl Verdict {
    /// Says what is wrong with the flows of a home.
    pub fn of(home: &Home, settings: &Settings, environment: &Environment) -> Result<Self, LoadError> {
        if let Some(sound) = all_live(home, settings) {
            return Ok(Self { sound, wrong: Vec::new() });
        }
        let draft = Draft::read_or_last_good(home, environment, false)?;
        Ok(Self { sound: draft.flows.into_keys().collect(), wrong: draft.wrong })
    }
}

/// The flows, where each is what went live last, with these very settings and no audio file younger than that: then
/// they were judged when they went live.
fn all_live(home: &Home, settings: &Settings) -> Option<Vec<FlowName>> {
    let mut reader = Reader::open(&home.database()).ok()??;
    let written = fs::read_to_string(home.settings()).ok()?;
    let audio_at = newest_in(&home.flows().join("audio"));
    let names = toml_files(&home.flows()).into_iter().map(|(file, name)| {
        let bytes = fs::read(home.flows().join(&file)).ok()?;
        let source = notation::decode(&file, &bytes).ok()?;
        Some((FlowName::parse(&name).ok()?, hash_of(source)))
    });
    let flows = names.collect::<Option<Vec<_>>>()?;
    let are_live = reader.read(|tx| {
        let Some((source, settings_at)) = tx.last_settings()? else { return Ok(false) };
        if source != written {
            return Ok(false);
        }
        for (name, hash) in &flows {
            let live = tx.last_live(name)?.filter(|version| version.hash == *hash);
            // A version from before these settings was not judged with them.
            if !live.is_some_and(|version| version.live_at >= settings_at && audio_at < Some(version.live_at))
            {
                return Ok(false);
            }
        }
        Ok(true)
    });
    let names: Vec<FlowName> = flows.into_iter().map(|(name, _)| name).collect();
    let has_all = settings.business.lines.iter().all(|line| names.contains(&line.flow));
    (are_live.ok()? && has_all).then_some(names)
}

/// When the folder or a file in it was changed last; `None` where there is none.
fn newest_in(folder: &Path) -> Option<Timestamp> {
    let changed = |path: &Path| Timestamp::try_from(fs::metadata(path).ok()?.modified().ok()?).ok();
    let files = names_in(folder).into_iter().map(|file| folder.join(file));
    files.chain([folder.to_owned()]).filter_map(|path| changed(&path)).max()
}
