//! What is in a backup, so that every changed byte is found before it takes the place of anything.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::store::Counts;

use super::files::files_in;

/// Its name in the folder.
pub(in crate::cli) const MANIFEST: &str = "MANIFEST";

/// The list of a backup's files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::cli) struct Manifest {
    /// The version of the program that made it.
    pub(in crate::cli) ringback: String,
    /// When, RFC 3339.
    pub(in crate::cli) made_at: String,
    /// How much is in the database.
    pub(in crate::cli) counts: Counts,
    /// Whether its calls added up.
    pub(in crate::cli) proof: bool,
    /// The SHA-256 of each file.
    pub(in crate::cli) files: BTreeMap<String, String>,
}

/// A backup is not what its list says.
#[derive(Debug, thiserror::Error)]
pub(in crate::cli) enum NotWhole {
    /// There is no list, or nobody can read it.
    #[error("`{path}` cannot be read, so nobody knows what belongs to this backup")]
    NoManifest { path: PathBuf, source: io::Error },
    /// A file is gone or cannot be read.
    #[error("`{path}` belongs to the backup and cannot be read")]
    Unreadable { path: PathBuf, source: io::Error },
    /// A file holds other bytes.
    #[error("`{path}` is not as it was when the backup was made")]
    Changed { path: PathBuf },
    /// A name that leads out of the folder.
    #[error("the list names `{name}`, which is no file of a backup")]
    Outside { name: String },
}

impl Manifest {
    /// Lists what is in the folder.
    pub(in crate::cli) fn of(
        folder: &Path,
        made_at: String,
        (counts, proof): (Counts, bool),
    ) -> io::Result<Self> {
        let mut files = BTreeMap::new();
        for file in files_in(folder)? {
            files.insert(file.to_string_lossy().into_owned(), hash_of(&folder.join(&file))?);
        }
        Ok(Self { ringback: env!("CARGO_PKG_VERSION").to_owned(), made_at, counts, proof, files })
    }

    /// As it stands in the file.
    pub(in crate::cli) fn text(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// Reads the list of a backup and compares every file with it.
    pub(in crate::cli) fn verified(folder: &Path) -> Result<Self, NotWhole> {
        let path = folder.join(MANIFEST);
        let text = std::fs::read_to_string(&path).and_then(|text| Ok(serde_json::from_str::<Self>(&text)?));
        let manifest = text.map_err(|source| NotWhole::NoManifest { path, source })?;
        for (name, hash) in &manifest.files {
            let is_inside = name == "ringback.db"
                || name == "ringback.toml"
                || name == "ringback.journal"
                || (name.starts_with("ivr-flows/")
                    && !name.split('/').any(|part| part == ".." || part.is_empty()));
            if !is_inside {
                return Err(NotWhole::Outside { name: name.clone() });
            }
            let path = folder.join(name);
            match hash_of(&path) {
                Ok(found) if found == *hash => {}
                Ok(_) => return Err(NotWhole::Changed { path }),
                Err(source) => return Err(NotWhole::Unreadable { path, source }),
            }
        }
        if !manifest.files.contains_key("ringback.db") {
            return Err(NotWhole::Outside { name: "no database".to_owned() });
        }
        Ok(manifest)
    }
}

fn hash_of(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut piece = vec![0; 64 * 1024];
    loop {
        match file.read(&mut piece)? {
            0 => break,
            read => hash.update(&piece[..read]),
        }
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
