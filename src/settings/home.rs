//! The one folder that everything is in.

use std::path::{Path, PathBuf};

/// A home: `ringback.toml`, `ivr-flows/` and `ringback.db`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home(PathBuf);

impl Home {
    /// The home in that folder.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into())
    }

    /// The folder itself.
    pub fn folder(&self) -> &Path {
        &self.0
    }

    /// The settings.
    pub fn settings(&self) -> PathBuf {
        self.0.join("ringback.toml")
    }

    /// The flows.
    pub fn flows(&self) -> PathBuf {
        self.0.join("ivr-flows")
    }

    /// The database.
    pub fn database(&self) -> PathBuf {
        self.0.join("ringback.db")
    }

    /// The emergency journal, unless the settings name another place.
    pub fn journal(&self) -> PathBuf {
        self.0.join("ringback.journal")
    }
}
