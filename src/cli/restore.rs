//! `ringback restore`: a backup takes the place of what is there, which is put aside and not lost.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::clock;
use crate::server;
use crate::settings::{Environment, Home};
use crate::store::{self, Desk, Journal, Reader, move_journal};
use crate::switchboard::find_settings;

use super::backup::files::{copy_file, copy_folder, make_folder, sync_folder};
use super::backup::manifest::Manifest;
use super::backup::{failure, in_words, unwritable};
use super::clean::Clean;
use super::failure::Failure;
use super::lost;
use super::output::{remark, show};

const EXAMPLES: &str = "\
Every file of the backup is checked first. Then it takes the place of what
is there: database, settings and flows, or the database alone with
`--only-calls`. What was there goes to `before-restore-DATE-TIME` in the home
folder; calls that wait in the emergency journal are taken in all the same.
The server must not run meanwhile; the provider's key stays as it is.

Examples:
  ringback restore backups/ringback-2026-11-20-180500
  ringback restore /mnt/usb/ringback-2026-11-20-180500 --only-calls";

/// Put a backup in place of what is there
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The folder that `ringback backup` made
    backup: PathBuf,
    /// Only the calls and what belongs to them, not the settings and flows
    #[arg(long)]
    only_calls: bool,
}

/// Restores.
pub(super) fn run(args: &Args, home: &Home) -> Result<(), Failure> {
    let not_whole = |error: &dyn std::error::Error| {
        let told = Failure::could_not("nothing was restored: this backup is not whole").because(error);
        told.hint("take another backup")
    };
    let manifest = Manifest::verified(&args.backup).map_err(|error| not_whole(&error))?;
    let found = store::judge(&args.backup.join("ringback.db")).map_err(|error| failure(&error))?;
    if found != manifest.counts {
        let words = format!("its database holds {}, not {}", in_words(&found), in_words(&manifest.counts));
        return Err(not_whole(&io::Error::other(words)));
    }
    make_folder(home.folder()).map_err(|error| unwritable(home.folder(), &error))?;
    let closed = server::keep_closed(home)
        .map_err(|error| unwritable(&home.folder().join("ringback.lock"), &error))?;
    let Some(_closed) = closed else {
        let hint = "stop `ringback serve`, restore, and start it again";
        return Err(Failure::could_not("nothing was restored: a server runs in this home").hint(hint));
    };
    fold_what_is_there(home)?;
    let newer = newer_calls(home, &manifest);
    let stamp = clock::now().strftime("%Y-%m-%d-%H%M%S").to_string();
    let swap = Swap {
        home,
        fresh: home.folder().join(format!(".restore-{stamp}")),
        aside: home.folder().join(format!("before-restore-{stamp}")),
        only_calls: args.only_calls,
        journal_elsewhere: find_settings(home, &Environment::of_process())
            .ok()
            .and_then(|found| found.settings.journal),
    };
    let staged = swap.stage(&args.backup, &manifest);
    if let Err(error) = staged {
        // Nothing has taken anything's place yet.
        let _ = fs::remove_dir_all(&swap.fresh);
        return Err(unwritable(&swap.fresh, &error));
    }
    swap.put_in_place().map_err(|error| {
        let aside = swap.aside.display();
        unwritable(home.folder(), &error).hint(format!("what was there is in `{aside}`; restore again"))
    })?;
    drop(Desk::open(&home.database())?);
    // Whoever can write the backup can write this.
    show(&format!("Restored from {}: {}.\n", Clean::of(&manifest.made_at), in_words(&found)))?;
    if swap.aside.exists() {
        remark(&format!("What was there is in `{}`.", swap.aside.display()));
    }
    if let Ok(records @ 1..) = Journal::pending(&home.journal()) {
        remark(&format!(
            "Waiting beside the database, to be taken in when `ringback serve` starts: {records} records."
        ));
    }
    match newer {
        Some(0) => {}
        Some(calls) => {
            let there = swap.aside.display();
            remark(&format!(
                "Calls that came since the backup stand only there: {calls}. Who waits there: `ringback --home '{there}' \
                 call-backs`."
            ));
        }
        None => remark("What was there is gone or could not be read; nobody knows what was newer in it."),
    }
    Ok(())
}

/// What is there is put aside whole: what its log holds goes into the file before anything is moved. A file that
/// cannot even be opened is put aside as it is, because a restore is what mends it.
fn fold_what_is_there(home: &Home) -> Result<(), Failure> {
    if !home.database().exists() {
        return Ok(());
    }
    let Ok(mut desk) = Desk::open(&home.database()) else { return Ok(()) };
    if matches!(desk.fold(), Ok(false)) {
        let told = "nothing was restored: somebody reads the database, and its log cannot be folded into it";
        return Err(Failure::could_not(told).hint("end the other commands in this home, and restore again"));
    }
    Ok(())
}

/// Calls that are not in the backup, as far as what is there can be read.
fn newer_calls(home: &Home, manifest: &Manifest) -> Option<u32> {
    if !home.database().exists() {
        return (!lost::is_lost(home)).then_some(0);
    }
    let made_at: Timestamp = manifest.made_at.parse().ok()?;
    let mut reader = Reader::open(&home.database()).ok()??;
    Some(reader.read(|tx| tx.numbers_since(made_at)).ok()?.calls)
}

struct Swap<'a> {
    home: &'a Home,
    fresh: PathBuf,
    aside: PathBuf,
    only_calls: bool,
    /// The journal of what is there, where it is on another disk.
    journal_elsewhere: Option<PathBuf>,
}

impl Swap<'_> {
    /// Everything is beside its place, and on the disk, before anything is moved.
    fn stage(&self, backup: &Path, manifest: &Manifest) -> io::Result<()> {
        make_folder(&self.fresh)?;
        for name in manifest.files.keys().filter(|name| !name.contains('/')) {
            copy_file(&backup.join(name), &self.fresh.join(name))?;
        }
        if backup.join("ivr-flows").is_dir() {
            copy_folder(&backup.join("ivr-flows"), &self.fresh.join("ivr-flows"))?;
        }
        sync_folder(&self.fresh)
    }

    /// The database last: whoever is cut off before it has the calls as they were.
    fn put_in_place(&self) -> io::Result<()> {
        if !self.only_calls {
            self.replace_folder("ivr-flows")?;
            self.replace("ringback.toml")?;
        }
        self.keep_journals()?;
        self.put_aside("ringback.db-wal")?;
        self.put_aside("ringback.db-shm")?;
        // What a server that was killed had carried over would take the place of the backup at the next start.
        self.put_aside("ringback.db.carried")?;
        self.replace("ringback.db")?;
        sync_folder(self.home.folder())?;
        fs::remove_dir_all(&self.fresh)
    }

    /// What waits in a journal is in no database, that of the backup included; of what is in it a record is no news.
    /// A server that keeps its journal elsewhere takes in what stands here when it starts.
    fn keep_journals(&self) -> io::Result<()> {
        let here = self.home.journal();
        self.copy_aside(&here, "ringback.journal")?;
        if let Some(elsewhere) = &self.journal_elsewhere {
            self.copy_aside(elsewhere, "ringback.journal-elsewhere")?;
            move_journal(elsewhere, &here)?;
        }
        move_journal(&self.fresh.join("ringback.journal"), &here)
    }

    fn copy_aside(&self, from: &Path, name: &str) -> io::Result<()> {
        if !from.exists() {
            return Ok(());
        }
        make_folder(&self.aside)?;
        copy_file(from, &self.aside.join(name))?;
        sync_folder(&self.aside)
    }

    /// The old file gets a second name before the new one takes its first, so that there is a file at every moment.
    fn replace(&self, name: &str) -> io::Result<()> {
        let (there, new) = (self.home.folder().join(name), self.fresh.join(name));
        if !new.exists() {
            return Ok(());
        }
        if there.exists() {
            make_folder(&self.aside)?;
            if fs::hard_link(&there, self.aside.join(name)).is_err() {
                // Not every file system knows second names.
                copy_file(&there, &self.aside.join(name))?;
            }
            sync_folder(&self.aside)?;
        }
        fs::rename(new, there)
    }

    fn replace_folder(&self, name: &str) -> io::Result<()> {
        if !self.fresh.join(name).exists() {
            return Ok(());
        }
        self.put_aside(name)?;
        fs::rename(self.fresh.join(name), self.home.folder().join(name))
    }

    fn put_aside(&self, name: &str) -> io::Result<()> {
        let there = self.home.folder().join(name);
        if !there.exists() {
            return Ok(());
        }
        make_folder(&self.aside)?;
        fs::rename(there, self.aside.join(name))?;
        sync_folder(&self.aside)
    }
}
