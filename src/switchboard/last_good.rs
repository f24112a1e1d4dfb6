//! Settings with a mistake lock nobody out: until it is mended, those that were live last count.

use jiff::Timestamp;

use crate::notation::Problems;
use crate::settings::{self, Environment, Home, LoadError, Settings};
use crate::store::Reader;

/// Settings to work by.
pub struct Found {
    /// The settings.
    pub settings: Settings,
    /// What is wrong with the file, and since when the settings that stand in for it are live.
    pub instead: Option<(Box<Problems>, Timestamp)>,
}

/// Reads the settings of a home; where the file has mistakes, those that were live last.
pub fn find_settings(home: &Home, environment: &Environment) -> Result<Found, LoadError> {
    let problems = match settings::load(home.folder(), environment) {
        Ok(settings) => return Ok(Found { settings, instead: None }),
        Err(LoadError::Wrong(problems)) => problems,
        Err(error) => return Err(error),
    };
    let stored = || {
        let mut reader = Reader::open(&home.database()).ok()??;
        let (source, live_at) = reader.read(|tx| tx.last_settings()).ok()??;
        let settings = settings::read_again(settings::FILE, &source, home.folder(), environment).ok()?;
        Some((settings, live_at))
    };
    match stored() {
        Some((settings, live_at)) => Ok(Found { settings, instead: Some((problems, live_at)) }),
        None => Err(LoadError::Wrong(problems)),
    }
}
