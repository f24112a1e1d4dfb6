//! Settings with a mistake, or lost ones, lock nobody out: until that is mended, those that were live last count.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::call::FlowName;
use crate::settings::{self, Environment, Home, LoadError, Settings};
use crate::store::{FlowVersion, Reader, StoreError};

/// What to do about settings or a flow that cannot be read.
pub const CANNOT_BE_READ: &str =
    "let whoever runs ringback read it, or move it away and `ringback init --put-back`";

/// Settings to work by.
pub struct Found {
    /// The settings.
    pub settings: Settings,
    /// What is wrong with the file, and since when the settings that stand in for it are live.
    pub instead: Option<(LoadError, Timestamp)>,
}

/// Reads the settings of a home; where the file is of no use, those that were live last.
pub fn find_settings(home: &Home, environment: &Environment) -> Result<Found, LoadError> {
    let wrong = match settings::load(home.folder(), environment) {
        Ok(settings) => return Ok(Found { settings, instead: None }),
        Err(wrong @ (LoadError::Wrong(_) | LoadError::Missing { .. } | LoadError::Unreadable { .. })) => {
            wrong
        }
        Err(error @ (LoadError::PublicUrl { .. } | LoadError::Credential(_))) => return Err(error),
    };
    let stored = || {
        let (source, live_at) = remembered(home)?;
        let settings = settings::read_again(settings::FILE, &source, home.folder(), environment).ok()?;
        Some((settings, live_at))
    };
    match stored() {
        Some((settings, live_at)) => Ok(Found { settings, instead: Some((wrong, live_at)) }),
        None => Err(wrong),
    }
}

/// The versions of these flows that were live last in this home, of those that ever were.
pub fn remembered_flows(home: &Home, flows: &BTreeSet<FlowName>) -> Result<Vec<FlowVersion>, StoreError> {
    let Some(mut reader) = Reader::open(&home.database())? else { return Ok(Vec::new()) };
    reader.read(|tx| flows.iter().filter_map(|name| tx.last_live(name).transpose()).collect())
}

/// The text of the settings that were live last in this home, and since when, where its database can be read.
pub fn remembered(home: &Home) -> Option<(String, Timestamp)> {
    Reader::open(&home.database()).ok()??.read(|tx| tx.last_settings()).ok()?
}
