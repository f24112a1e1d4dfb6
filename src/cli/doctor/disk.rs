//! Whether the folders take what is written to them, and how much.

use crate::cli::cure::{cure, newest_backup, refusal, room, size};
use crate::cli::shop::Shop;
use crate::store::{Cause, folder_of};

use super::Finding;

/// Less than this is gone before somebody looks again.
const LITTLE: u64 = 50_000_000;

/// What can be written, how much room there is, and whether there is a backup.
pub(super) fn findings(shop: &Shop<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let journal = shop.settings.journal_of(shop.home);
    let folder = shop.home.folder();
    let beside = folder_of(&journal);
    let folders = if beside == folder { vec![folder] } else { vec![folder, beside] };
    let (database, lock) = (shop.home.database(), folder.join("ringback.lock"));
    let files =
        [database.as_path(), lock.as_path(), journal.as_path()].into_iter().filter(|file| file.exists());
    let refused = folders.iter().copied().chain(files).find_map(|path| Some((path, refusal(path)?)));
    if let Some((path, error)) = refused {
        let says =
            format!("`{}` cannot be written ({error}): calls that come in now may be lost", path.display());
        findings.push(Finding::problem("disk", says, cure(Cause::ReadOnly, shop.home)));
    }
    for folder in folders {
        match room(folder) {
            Some(left) if left < LITTLE => {
                let says = format!("only {} are left for `{}`", size(left), folder.display());
                findings.push(Finding::problem("disk", says, "make room, before calls find none"));
            }
            Some(_) | None => {}
        }
    }
    if findings.is_empty() {
        let left = room(folder).map_or_else(String::new, |left| format!(", and {} are free", size(left)));
        findings.push(Finding::well("disk", format!("it can be written{left}")));
    }
    if shop.has_database() && newest_backup(shop.home).is_none() {
        findings.push(Finding::note(
            "backup",
            format!("there is none in `{}`", folder.join("backups").display()),
            "`ringback backup` makes one while calls come in; best every day, and a copy of it elsewhere",
        ));
    }
    findings
}
