//! `ringback backup`: everything that is not written down elsewhere, copied while callers are served.

pub(super) mod files;
pub(super) mod manifest;

use std::fs;
use std::path::{Path, PathBuf};

use crate::settings::Home;
use crate::store::{self, BackupError, Claim, Counts, rfc3339};
use crate::switchboard::{RING_LIMIT, remembered, remembered_flows};

use super::failure::Failure;
use super::output::{remark, show};
use super::shop::Shop;
use files::{files_in, make_folder, sync_folder};
use manifest::{MANIFEST, Manifest};

const EXAMPLES: &str = "\
Makes a folder `ringback-DATE-TIME` in DIR with the database, the settings,
the flows with their audio, and a MANIFEST by which `ringback restore` finds
every changed byte. The copy is checked before it gets its name; half a
backup is never left. The provider's key is not in it: keep that elsewhere.
A name that ends in `.db` gets the database alone.

Examples:
  ringback backup
  ringback backup /mnt/usb
  ringback backup calls.db";

/// Copy everything, while callers are served
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Where to; by default `backups` in the home folder
    #[arg(value_name = "DIR|FILE")]
    to: Option<PathBuf>,
}

/// Makes a backup.
pub(super) fn run(args: &Args, home: &Home) -> Result<(), Failure> {
    let shop = Shop::open(home)?;
    let to = args.to.clone().unwrap_or_else(|| home.folder().join("backups"));
    if to.extension().is_some_and(|ending| ending == "db") {
        return alone(&shop, &to);
    }
    make_folder(&to).map_err(|error| unwritable(&to, &error))?;
    let name = shop.look.zone.to_datetime(shop.look.now).strftime("ringback-%Y-%m-%d-%H%M%S").to_string();
    let name = free_name(&to, name);
    let (half, whole) = (to.join(format!(".{name}.half")), to.join(&name));
    let made = fill(&shop, &half).and_then(|counts| {
        fs::rename(&half, &whole)
            .and_then(|()| sync_folder(&to))
            .map_err(|error| unwritable(&whole, &error))?;
        Ok(counts)
    });
    if made.is_err() {
        // What is left of it is of no use, and the failure says why.
        let _ = fs::remove_dir_all(&half);
    }
    let counts = made?;
    show(&format!("{}: {}.\n", whole.display(), in_words(&counts)))?;
    remark("The provider's key is not in it; keep that elsewhere.");
    Ok(())
}

/// The name, numbered from the second one on that was made in the same second.
fn free_name(folder: &Path, name: String) -> String {
    let mut free = name.clone();
    let mut number = 2;
    while folder.join(&free).exists() || folder.join(format!(".{free}.half")).exists() {
        free = format!("{name}-{number}");
        number += 1;
    }
    free
}

/// The database alone.
fn alone(shop: &Shop<'_>, to: &Path) -> Result<(), Failure> {
    if to.exists() {
        return Err(Failure::could_not(format!("`{}` is there already", to.display())));
    }
    let mut half = to.as_os_str().to_owned();
    half.push(".half");
    let half = PathBuf::from(half);
    // One that was cut off is of no use.
    let _ = fs::remove_file(&half);
    let made = copy_database(shop, &half).and_then(|(counts, _)| {
        fs::rename(&half, to).map_err(|error| unwritable(to, &error))?;
        Ok(counts)
    });
    if made.is_err() {
        let _ = fs::remove_file(&half);
    }
    show(&format!("{}: {}.\n", to.display(), in_words(&made?)))
}

fn fill(shop: &Shop<'_>, half: &Path) -> Result<Counts, Failure> {
    let home = shop.home;
    let failed = |error: std::io::Error| unwritable(half, &error);
    // One that was cut off in the same second is of no use.
    let _ = fs::remove_dir_all(half);
    make_folder(half).map_err(failed)?;
    let journal = shop.settings.journal_of(home);
    let before = fs::read(&journal).unwrap_or_default();
    let (counts, holds) = copy_database(shop, &half.join("ringback.db"))?;
    // What the database took in meanwhile stands in both, and is taken in once.
    let after = fs::read(&journal).unwrap_or_default();
    let journal = if after.starts_with(&before) { after } else { [before, b"\n".to_vec(), after].concat() };
    if !journal.is_empty() {
        files::write_file(&half.join("ringback.journal"), &journal).map_err(failed)?;
    }
    copy_settings(shop, half)?;
    copy_flows(shop, half)?;
    let made_at = rfc3339(shop.look.now, &shop.look.zone);
    let manifest = Manifest::of(half, made_at, (counts, holds)).map_err(failed)?;
    files::write_file(&half.join(MANIFEST), manifest.text().as_bytes()).map_err(failed)?;
    sync_folder(half).map_err(failed)?;
    Ok(counts)
}

/// Copies the settings; in the place of a file that cannot be read the backup holds what was live last.
fn copy_settings(shop: &Shop<'_>, half: &Path) -> Result<(), Failure> {
    let to = half.join("ringback.toml");
    let bytes = match (fs::read(shop.home.settings()), remembered(shop.home)) {
        (Err(error), Some((source, _))) => {
            remark(&format!(
                "`ringback.toml` cannot be read ({error}): the backup holds the settings that were live last."
            ));
            source.into_bytes()
        }
        (read, _) => read.map_err(|error| unreadable(&shop.home.settings(), &error))?,
    };
    files::write_file(&to, &bytes).map_err(|error| unwritable(&to, &error))
}

/// Copies the flows, and of those that lines ask for and whose files are lost what was live last.
fn copy_flows(shop: &Shop<'_>, half: &Path) -> Result<(), Failure> {
    let to = half.join("ivr-flows");
    let failed = |error: std::io::Error| unwritable(&to, &error);
    let from = shop.home.flows();
    let files =
        if from.is_dir() { files_in(&from).map_err(|error| unreadable(&from, &error))? } else { Vec::new() };
    for file in files {
        match fs::read(from.join(&file)) {
            Ok(bytes) => {
                let into = to.join(&file);
                into.parent().map_or(Ok(()), make_folder).map_err(failed)?;
                files::write_file(&into, &bytes).map_err(failed)?;
            }
            Err(error) => {
                remark(&format!("`ivr-flows/{}` is not in the backup: {error}.", file.display()));
            }
        }
    }
    let flows = shop.settings.business.lines.iter().map(|line| line.flow.clone()).collect();
    for version in remembered_flows(shop.home, &flows)? {
        let path = to.join(format!("{}.toml", version.name));
        if !path.exists() {
            make_folder(&to).map_err(failed)?;
            files::write_file(&path, version.source.as_bytes()).map_err(failed)?;
            remark(&format!("The backup holds the flow `{}` as it was live last.", version.name));
        }
    }
    // A folder with nothing in it would take the place of flows at a restore.
    if to.is_dir() { sync_folder(&to).map_err(failed) } else { Ok(()) }
}

/// Copies the database and judges the copy; whether its calls add up is told, and no reason to have no backup.
fn copy_database(shop: &Shop<'_>, to: &Path) -> Result<(Counts, bool), Failure> {
    let counts = store::copy(&shop.home.database(), to).map_err(|error| failure(&error))?;
    let found = store::judge(to).map_err(|error| failure(&error))?;
    if found != counts {
        return Err(Failure::could_not(format!(
            "the copy holds {}, and the database held {}",
            in_words(&found),
            in_words(&counts)
        )));
    }
    let claim = Claim::of_all(&shop.look.zone, shop.look.now, RING_LIMIT * 2);
    let proof = store::proof_of_copy(to, &claim).map_err(|error| failure(&error))?;
    if !proof.holds() {
        remark("The copy is true to the database, and that does not add up: `ringback proof` says where.");
    }
    Ok((counts, proof.holds()))
}

pub(super) fn in_words(counts: &Counts) -> String {
    let counted = |count: u32, (one, many): (&str, &str)| match count {
        1 => format!("1 {one}"),
        _ => format!("{count} {many}"),
    };
    let calls = counted(counts.calls, ("call", "calls"));
    format!("{calls}, {}", counted(counts.call_backs, ("call-back", "call-backs")))
}

pub(super) fn failure(error: &BackupError) -> Failure {
    let causes = std::error::Error::source(error);
    let failure = Failure::could_not(error.to_string());
    let failure = causes.map_or_else(|| failure.clone(), |cause| failure.clone().because(cause));
    match error {
        BackupError::None(_) => failure.hint("the first call makes one"),
        BackupError::File { .. } | BackupError::Copy { .. } => {
            failure.hint("is there room on the disk, and may this user write there?")
        }
        BackupError::Open(_) | BackupError::Damaged { .. } => failure.hint("`ringback doctor` looks closer"),
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::could_not(format!("`{}` cannot be read", path.display())).because(error)
}

pub(super) fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    let failure = Failure::could_not(format!("`{}` cannot be written", path.display())).because(error);
    failure.hint("is there room on the disk, and may this user write there?")
}
