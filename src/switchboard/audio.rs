//! The files that flows play: read once when they go live, and served under the hash of what is in them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use crate::dialect::AudioNames;
use crate::flow::{AudioFile, BadAudio, LARGEST_AUDIO};

use super::live::names_in;

/// How long a file is served that is not in the folder any more: no conversation goes on for longer, people's talk apart.
const KEPT: SignedDuration = SignedDuration::from_mins(15);

/// The files of this moment. A request looks one up by its served name and never becomes a path.
#[derive(Clone, Debug, Default)]
pub struct AudioTable {
    /// Under which name each file is served.
    pub names: AudioNames,
    /// What is served under each name.
    pub served: BTreeMap<String, Arc<[u8]>>,
    /// Since when what is served under a name is not in the folder any more.
    left: BTreeMap<String, Timestamp>,
}

impl AudioTable {
    /// Reads the files of a folder. One that cannot be played is left out: its flow's caller hears the rest.
    pub(super) fn read(folder: &Path) -> Self {
        let mut table = Self::default();
        for (file, bytes) in files_in(folder) {
            if file.length.is_ok() {
                let name = served_name(&file.name, &bytes);
                table.names.insert(file.name, name.clone());
                table.served.insert(name, bytes.into());
            }
        }
        table
    }

    /// Goes on serving what was in the folder a moment ago: callers were told to hear it and their provider asks for it
    /// only now, or they are on a flow of before that plays it.
    pub(super) fn keep(&mut self, before: &Self, now: Timestamp) {
        for (name, bytes) in &before.served {
            let left = before.left.get(name).copied().unwrap_or(now);
            if !self.served.contains_key(name) && now.duration_since(left) < KEPT {
                self.served.insert(name.clone(), bytes.clone());
                self.left.insert(name.clone(), left);
            }
        }
        for (file, name) in &before.names {
            if self.served.contains_key(name) {
                self.names.entry(file.clone()).or_insert_with(|| name.clone());
            }
        }
    }
}

/// The audio files of a folder, by name.
pub fn audio_in(folder: &Path) -> Vec<AudioFile> {
    files_in(folder).map(|(file, _)| file).collect()
}

fn files_in(folder: &Path) -> impl Iterator<Item = (AudioFile, Vec<u8>)> {
    let names = names_in(folder).into_iter().filter(|name| name.ends_with(".wav") || name.ends_with(".mp3"));
    names.map(|name| match bytes_of(&folder.join(&name)) {
        Ok(bytes) => (AudioFile::of(&name, &bytes), bytes),
        Err(bad) => (AudioFile { name, length: Err(bad) }, Vec::new()),
    })
}

fn bytes_of(path: &Path) -> Result<Vec<u8>, BadAudio> {
    // A film that somebody put there is not worth the memory.
    let size = fs::metadata(path).map_err(|_| BadAudio::Unreadable)?.len();
    if size > LARGEST_AUDIO {
        return Err(BadAudio::TooLarge);
    }
    fs::read(path).map_err(|_| BadAudio::Unreadable)
}

/// Sixteen digits of the hash, and the ending by which the content type is known.
fn served_name(name: &str, bytes: &[u8]) -> String {
    let hash: String = Sha256::digest(bytes)[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    let ending = name.rsplit('.').next().unwrap_or_default();
    format!("{hash}.{ending}")
}
