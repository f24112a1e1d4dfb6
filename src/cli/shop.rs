//! The business and its database, as a command finds them.

use crate::clock;
use crate::notation::Level;
use crate::server;
use crate::settings::{Environment, Home, LoadError, Settings};
use crate::store::{Desk, Reader, StoreError, Tx};
use crate::switchboard::{CANNOT_BE_READ, Found, find_settings};

use super::cure::{cure, plain};
use super::failure::Failure;
use super::kept::{self, Notice};
use super::lost;
use super::output::{remark, terminal_width};
use super::when::Look;

/// A home with settings that are right.
pub(super) struct Shop<'a> {
    pub(super) home: &'a Home,
    pub(super) settings: Settings,
    pub(super) look: Look,
    /// What is wrong with the settings file, where older settings stand in for it.
    pub(super) settings_wrong: Option<SettingsWrong>,
    /// What was said of a database that is not in use.
    pub(super) notice: Option<Notice>,
}

impl<'a> Shop<'a> {
    /// Reads the settings, or those that were live last; without any there is nothing to be done.
    pub(super) fn open(home: &'a Home) -> Result<Self, Failure> {
        let mut shop = Self::open_quietly(home)?;
        if let Some(wrong) = &shop.settings_wrong {
            remark(&format!("{}: {}", wrong.says, wrong.cure));
        }
        shop.notice = kept::beside(&shop);
        if let Some(notice) = &shop.notice {
            anstream::eprintln!("{}\n", notice.text);
        }
        Ok(shop)
    }

    /// The same for a screen that itself says what is wrong with the settings and the database.
    pub(super) fn open_quietly(home: &'a Home) -> Result<Self, Failure> {
        let Found { settings, instead } = find_settings(home, &Environment::of_process())?;
        let zone = settings.business.time_zone.clone();
        let look = Look { now: clock::now(), zone, width: terminal_width() };
        let settings_wrong = instead.map(|(wrong, live_at)| {
            let SettingsWrong { says, cure } = SettingsWrong::of(&wrong);
            SettingsWrong {
                says: format!("{says}; the settings of {} hold meanwhile", look.at(live_at)),
                cure,
            }
        });
        Ok(Self { home, settings, look, settings_wrong, notice: None })
    }

    /// Reads from the database; `None` when there is none yet, and none is made.
    pub(super) fn read<T>(
        &self,
        read: impl FnOnce(&Tx<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, Failure> {
        let opened = Reader::open(&self.home.database());
        let opened = opened.map_err(|error| match error.is_a_wrong_choice() {
            true => error.into(),
            false => {
                let cause = error.cause();
                kept::unreadable((error.into(), cause), self)
            }
        });
        let Some(mut reader) = opened? else { return Ok(None) };
        let read = reader.read(read).map_err(|error| match error.is_busy() {
            true => error.into(),
            false => {
                let cause = error.cause();
                kept::unreadable((error.into(), cause), self)
            }
        });
        read.map(Some)
    }

    /// Writes to the database, which is made if there is none.
    pub(super) fn write<T>(
        &self,
        write: impl FnOnce(&mut Tx<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.desk()?.write(write)
    }

    /// The same for many small writes, one after the other.
    pub(super) fn desk(&self) -> Result<Desk, Failure> {
        if let Some(running) = server::running(self.home) {
            // What the server does not trust, nobody writes.
            if let Some(fault) = running.store_fault {
                let failure =
                    Failure::could_not(format!("the database is not in use: {}", plain(&fault.words)));
                return Err(kept::unreadable((failure, fault.cause), self));
            }
            if !self.has_database() {
                // It would be put aside for the one that the server brings back.
                let failure = Failure::could_not("the database was taken away while the server runs");
                return Err(failure.hint("the server brings it back: try again in a moment"));
            }
        }
        if lost::is_lost(self.home) {
            return Err(Failure::could_not("the database is gone").hint(lost::cure(self.home)));
        }
        Desk::open(&self.home.database()).map_err(|error| {
            let cure = cure(error.cause(), self.home);
            Failure::from(error).hint(cure)
        })
    }

    /// Whether there is a database.
    pub(super) fn has_database(&self) -> bool {
        self.home.database().exists()
    }
}

/// What is wrong with the file of the settings where others stand in for it.
pub(super) struct SettingsWrong {
    /// In a clause that a sentence can begin with.
    pub(super) says: String,
    /// In a clause that can follow it.
    pub(super) cure: &'static str,
}

impl SettingsWrong {
    pub(super) fn of(wrong: &LoadError) -> Self {
        match wrong {
            LoadError::Wrong(problems) => {
                let first = problems.iter().find(|problem| problem.level == Level::Error);
                let line = first.map_or(1, |problem| problems.place(problem.span.start).0);
                let says = format!("`ringback.toml` has a mistake on line {line}");
                Self { says, cure: "`ringback check` shows it" }
            }
            LoadError::Missing { .. } => {
                let cure = "`ringback init --put-back` writes it again";
                Self { says: "`ringback.toml` is gone".to_owned(), cure }
            }
            LoadError::Unreadable { source, .. } => {
                Self { says: format!("`ringback.toml` cannot be read ({source})"), cure: CANNOT_BE_READ }
            }
            LoadError::PublicUrl { .. } | LoadError::Credential(_) => {
                Self { says: wrong.to_string(), cure: "`ringback check` shows it" }
            }
        }
    }
}
