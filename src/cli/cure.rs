//! Why a database cannot be used, and what to do about it: each cause has a cure of its own.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, StatVfsMountFlags, access, statvfs};

use crate::clock;
use crate::server;
use crate::settings::Home;
use crate::store::{Cause, Reader, locks_on};

/// Where `ringback backup` puts them.
const BACKUPS: &str = "backups";

/// What to do about it.
pub(super) fn cure(cause: Cause, home: &Home) -> String {
    let by_itself = "ringback then goes on by itself, and the calls that wait come in";
    let folder = home.folder().display();
    match cause {
        Cause::Full => {
            let left = room(home.folder())
                .map_or_else(String::new, |bytes| format!("; `{folder}` has {} left", size(bytes)));
            format!("make room on the disk{left}. {by_itself}")
        }
        Cause::ReadOnly | Cause::Forbidden if is_read_only(home.folder()) => format!(
            "the disk of `{folder}` is read-only: see why with `dmesg`, then make it writable again, as with \
             `mount -o remount,rw`. {by_itself}"
        ),
        Cause::ReadOnly | Cause::Forbidden if home.database().is_dir() => {
            format!("`ringback.db` is a folder: move it away. {by_itself}")
        }
        Cause::ReadOnly | Cause::Forbidden => format!(
            "let whoever runs `ringback serve` read and write `ringback.db*` and the folder `{folder}`: \
             `ls -la` and `lsattr` show who may. {by_itself}"
        ),
        Cause::Locked => {
            let who = holder(home).unwrap_or_else(|| "another program".to_owned());
            format!("{who} holds the database: let it finish, or end it. {by_itself}")
        }
        Cause::Newer => "install the newer ringback again, and start `ringback serve`".to_owned(),
        Cause::Stranger => "choose another folder with `--home DIR`, or move that file elsewhere".to_owned(),
        Cause::Library => "build it with the SQLite that comes with it".to_owned(),
        Cause::Linked => "let the file itself lie in the home folder, under one name".to_owned(),
        Cause::Passing => {
            "wait a moment: the server tries again by itself; if it stays so, `ringback doctor`".to_owned()
        }
        Cause::Disk => format!(
            "the disk fails: see `dmesg`, and copy `{folder}` to another disk as long as it can be read"
        ),
        Cause::Damaged => damaged(home),
    }
}

/// Those who wait stand in the damaged file alone, and are told of before anything that takes it away.
fn damaged(home: &Home) -> String {
    let newest = newest_backup(home);
    let waiting = match waiting(home) {
        Some(0) => "",
        Some(_) => {
            "first note who waits: `ringback call-backs` can still read it, and no backup holds those who came since. "
        }
        None => "who waits in it cannot be read any more. ",
    };
    let away = "move `ringback.db` with its `-wal` and `-shm` away and start with an empty one";
    let restore = match newest {
        Some(backup) => format!("then `ringback restore {}`; or {away}", backup.display()),
        None => {
            format!("then `ringback restore BACKUP`, if you have one (`{BACKUPS}` here has none); or {away}")
        }
    };
    let stop = if waiting.is_empty() { "stop" } else { "Stop" };
    format!(
        "{waiting}{stop} `ringback serve`, {restore}. The calls that wait beside it come in by themselves"
    )
}

/// How many wait in the database, if that can be read.
fn waiting(home: &Home) -> Option<usize> {
    let mut reader = Reader::open(&home.database()).ok()??;
    reader.read(|tx| tx.waiting(clock::now())).ok().map(|waiting| waiting.len())
}

/// The newest backup in its usual place.
pub(super) fn newest_backup(home: &Home) -> Option<PathBuf> {
    let found = fs::read_dir(home.folder().join(BACKUPS)).ok()?.flatten();
    let whole = found.map(|entry| entry.path()).filter(|path| {
        let is_one = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("ringback-"));
        is_one && path.join("MANIFEST").is_file()
    });
    whole.max()
}

/// What went wrong, without what only a programmer reads.
pub(super) fn plain(words: &str) -> &str {
    let words = words.strip_prefix("the database refused: ").unwrap_or(words);
    match words.split_once(": Error code ") {
        Some((said, _code)) => said,
        None => words,
    }
}

/// Why something cannot be written, asked without writing.
pub(super) fn refusal(path: &Path) -> Option<io::Error> {
    access(path, Access::WRITE_OK).err().map(io::Error::from)
}

/// Bytes that are free on the disk of a folder.
pub(super) fn room(folder: &Path) -> Option<u64> {
    statvfs(folder).ok().map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// `12 kB`, `340 MB`, `1.2 GB`.
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} kB", bytes / 1_000),
        1_000_000..1_000_000_000 => format!("{} MB", bytes / 1_000_000),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

fn is_read_only(folder: &Path) -> bool {
    statvfs(folder).is_ok_and(|disk| disk.f_flag.contains(StatVfsMountFlags::RDONLY))
}

/// The program that keeps everybody from writing, but for the server of this home: `python3` (process 4711).
fn holder(home: &Home) -> Option<String> {
    let server = server::running(home).map(|running| running.pid);
    let index = home.folder().join("ringback.db-shm");
    let files = [home.database(), index].into_iter().filter_map(|file| fs::metadata(file).ok());
    let process = files
        .flat_map(|file| locks_on(file.ino()))
        .filter(|lock| lock.writes && lock.process != server)
        .find_map(|lock| lock.process)?;
    let name = fs::read_to_string(format!("/proc/{process}/comm")).ok()?;
    Some(format!("`{}` (process {process})", name.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_left_out() {
        let words = "the database refused: file is not a database: Error code 26: file is not a database";
        assert_eq!(plain(words), "file is not a database");
        assert_eq!(plain("`a.db` is damaged: it is empty"), "`a.db` is damaged: it is empty");
    }

    #[test]
    fn a_size_is_told_in_the_unit_that_fits() {
        assert_eq!([12_345, 4_200_000, 1_250_000_000].map(size), ["12 kB", "4 MB", "1.2 GB"]);
    }

    #[test]
    fn without_a_backup_nobody_is_sent_to_one() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::new(folder.path());
        assert!(cure(Cause::Damaged, &home).contains("`backups` here has none"));
        let backup = folder.path().join("backups/ringback-2026-11-22-035540");
        fs::create_dir_all(&backup).unwrap();
        assert_eq!(newest_backup(&home), None, "half a backup is none");
        fs::write(backup.join("MANIFEST"), "").unwrap();
        assert!(cure(Cause::Damaged, &home).contains("backups/ringback-2026-11-22-035540`; or move"));
    }
}
