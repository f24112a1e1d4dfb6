//! The file of the database is taken away, exchanged, protected, spoiled, or read by others.

use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use tokio::runtime::Handle;

use super::Tried;
use crate::ledger::Numbers;
use crate::matrix::Case;
use crate::place::Place;
use crate::run;
use crate::support::process::ringback;
use crate::trial::{A_WHILE, Trial};

const ALL_FILES: [&str; 3] = ["ringback.db", "ringback.db-wal", "ringback.db-shm"];

pub const CASES: [Case; 24] = [
    Case::new("F3", "database and -wal made immutable while in use", "P3", |r| immutable(r, &ALL_FILES[..2])),
    Case::new("F3", "all files of the database made immutable while in use", "P3", |r| {
        immutable(r, &ALL_FILES)
    }),
    Case::new("F3", "started on a read-only disk", "P1", |r| read_only_start(on_one_disk("ext4", 64, r)?)),
    Case::new("F3", "started on a read-only disk, the journal elsewhere", "P1", |r| {
        read_only_start(on_two_disks("ext4", 64, r)?)
    }),
    Case::new("F5", "started with a spoiled header", "P12", |r| {
        spoiled(r, |path| overwrite(path, 0, b"this is no database at all"))
    }),
    Case::new("F5", "started with pages of zeros", "P12", |r| {
        spoiled(r, |path| overwrite(path, 4096, &[0; 8 * 4096]))
    }),
    Case::new("F5", "started with flipped bytes", "P12", |r| spoiled(r, flip)),
    Case::new("F5", "started with half of the file", "P12", |r| {
        spoiled(r, |path| {
            let length = fs::metadata(path).unwrap().len();
            File::options().write(true).open(path).unwrap().set_len(length / 2 + 100).unwrap();
        })
    }),
    Case::new("F5", "started with a table missing", "P12", |r| {
        spoiled(r, |path| sql(path, "pragma journal_mode = delete; drop table turns"))
    }),
    Case::new("F5", "started with another program's file", "P12", |r| {
        spoiled(r, |path| sql(path, "pragma journal_mode = delete; pragma application_id = 1"))
    }),
    Case::new("F5", "spoiled while in use", "P12", spoiled_in_use),
    Case::new("F6", "all files of the database deleted", "P3", |r| {
        taken_away(r, |home| ALL_FILES.iter().for_each(|name| drop(fs::remove_file(home.join(name)))))
    }),
    Case::new("F6", "the database file deleted", "P3", |r| {
        taken_away(r, |home| fs::remove_file(home.join("ringback.db")).unwrap())
    }),
    Case::new("F6", "all files renamed", "P3", |r| {
        taken_away(r, |home| {
            for name in ALL_FILES {
                let _ = fs::rename(home.join(name), home.join(name.replace("ringback", "elsewhere")));
            }
        })
    }),
    Case::new("F6", "another database moved into its place", "P3", replaced),
    Case::new("F6", "the home renamed and back", "P3", home_moved),
    Case::new("F7", "-wal deleted", "P3", |r| {
        taken_away(r, |home| fs::remove_file(home.join("ringback.db-wal")).unwrap())
    }),
    Case::new("F7", "-shm deleted", "P3", |r| {
        taken_away(r, |home| fs::remove_file(home.join("ringback.db-shm")).unwrap())
    }),
    Case::new("F7", "a stale -wal beside another file", "P12", stale_wal),
    Case::new("F8", "disk unmounted and mounted again", "P1", |r| unmounted(on_one_disk("ext4", 64, r)?)),
    Case::new("F8", "disk unmounted and mounted again, the journal elsewhere", "P1", |r| {
        unmounted(on_two_disks("ext4", 64, r)?)
    }),
    Case::new("F11", "sudden death of XFS", "P2", |r| file_system_dies(on_one_disk("xfs", 320, r)?)),
    Case::new("F11", "sudden death of XFS, the journal elsewhere", "P2", |r| {
        file_system_dies(on_two_disks("xfs", 320, r)?)
    }),
    Case::new("F48", "backups and readers in a loop", "P10", backups),
];

fn immutable(runtime: &Handle, names: &[&str]) -> Tried {
    let mut trial = Trial::at(Place::disk("ext4", 64)?, runtime);
    if names.len() == ALL_FILES.len() {
        // `-shm` is mapped into memory, and whoever writes there is ended by the kernel (SIGBUS).
        trial.supervised = true;
        trial.with_retries();
    }
    if trial.under_load() {
        let paths: Vec<_> = names.iter().map(|name| trial.place.path(name)).collect();
        let all = |how: &str| -> Result<(), String> {
            paths.iter().try_for_each(|path| run("chattr", &[how, &path.display().to_string()]).map(drop))
        };
        all("+i")?;
        trial.last(A_WHILE);
        all("-i")?;
        trial.hear(60);
    }
    Ok(trial)
}

/// The journal lies on the same disk, so a line on stderr is all that can be asked for.
fn on_one_disk(kind: &str, megabytes: u64, runtime: &Handle) -> Result<Trial, String> {
    let mut trial = Trial::at(Place::disk(kind, megabytes)?, runtime);
    trial.last_words_count = true;
    Ok(trial)
}

fn on_two_disks(kind: &str, megabytes: u64, runtime: &Handle) -> Result<Trial, String> {
    Ok(Trial::at(Place::disk(kind, megabytes)?, runtime).with_journal_elsewhere())
}

/// Some calls, and a server that has gone.
fn after_some_calls(place: Place, runtime: &Handle) -> Trial {
    let mut trial = Trial::at(place, runtime);
    some_calls(&mut trial);
    trial
}

fn some_calls(trial: &mut Trial) {
    if trial.under_load() {
        trial.hang_up();
        if let Some(server) = trial.server.take() {
            let code = server.terminate();
            trial.expect(code == Some(0), format!("it ended with {code:?} when it was told to stop"));
        }
    }
}

fn read_only_start(mut trial: Trial) -> Tried {
    some_calls(&mut trial);
    trial.place.remount("ro")?;
    if trial.serve() {
        trial.callers();
        trial.hear(60);
        let listed = ringback(&trial.place.home, &["calls"]);
        trial.expect(listed.code == 0, format!("`calls` does not list: {}", listed.talked));
        trial.hang_up();
        trial.kill();
    }
    trial.place.remount("rw")?;
    Ok(trial)
}

fn overwrite(path: &Path, at: u64, bytes: &[u8]) {
    let mut file = File::options().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(bytes).unwrap();
}

fn flip(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    for at in (4096 + 8..bytes.len()).step_by(997) {
        bytes[at] ^= 0x55;
    }
    fs::write(path, bytes).unwrap();
}

fn sql(path: &Path, sql: &str) {
    let connection = Connection::open(path).unwrap();
    // `journal_mode` answers with a row, which a batch does not mind.
    connection.execute_batch(sql).unwrap();
}

/// Stopped, spoiled and started: the line answers, the file is left as it is, and after the repair everything is there.
fn spoiled(runtime: &Handle, spoil: fn(&Path)) -> Tried {
    let mut trial = after_some_calls(Place::plain(), runtime);
    let file = trial.place.path("ringback.db");
    let good = fs::read(&file).unwrap();
    spoil(&file);
    let bad = fs::read(&file).unwrap();
    if trial.serve() {
        trial.callers();
        trial.hear(60);
        trial.hang_up();
        trial.kill();
        let is_same = fs::read(&file).is_ok_and(|now| now == bad);
        trial.expect(is_same, "the broken file was changed");
    }
    // Whoever mends it puts a sound file in its place.
    for name in ALL_FILES {
        let _ = fs::remove_file(trial.place.path(name));
    }
    fs::write(&file, good).unwrap();
    Ok(trial)
}

fn spoiled_in_use(runtime: &Handle) -> Tried {
    let mut trial = after_some_calls(Place::plain(), runtime);
    let file = trial.place.path("ringback.db");
    let good = fs::read(&file).unwrap();
    if trial.serve() {
        trial.callers();
        trial.hear(30);
        // As `cp` over it does: the file stays the same one.
        overwrite(&file, 0, &vec![0xa5; good.len()]);
        trial.last(A_WHILE);
        trial.hang_up();
        trial.kill();
        // What was committed since the start is in the WAL, which nobody could fold into the spoiled file.
        overwrite(&file, 0, &good);
    }
    Ok(trial)
}

fn taken_away(runtime: &Handle, take: fn(&Path)) -> Tried {
    // Some calls are folded into the file already, others are in the WAL only.
    let mut trial = after_some_calls(Place::plain(), runtime);
    trial.numbers = Numbers::MayChange;
    if trial.under_load() {
        take(&trial.place.home);
        trial.last(A_WHILE);
        trial.hear(60);
    }
    Ok(trial)
}

/// A sound database of another home, with calls of its own.
fn another_database(runtime: &Handle) -> (Trial, PathBuf) {
    let other = after_some_calls(Place::plain(), runtime);
    let path = other.place.path("ringback.db");
    (other, path)
}

fn replaced(runtime: &Handle) -> Tried {
    let (_other, another) = another_database(runtime);
    let mut trial = after_some_calls(Place::plain(), runtime);
    trial.numbers = Numbers::MayChange;
    if trial.under_load() {
        fs::rename(&another, trial.place.path("ringback.db")).unwrap();
        trial.last(A_WHILE);
        trial.hear(60);
    }
    Ok(trial)
}

fn home_moved(runtime: &Handle) -> Tried {
    let mut trial = Trial::at(Place::plain(), runtime);
    trial.last_words_count = true;
    if trial.under_load() {
        let (home, away) = (trial.place.home.clone(), trial.place.mount_point().join("away"));
        fs::rename(&home, &away).unwrap();
        trial.last(A_WHILE);
        fs::rename(&away, &home).unwrap();
        trial.hear(60);
    }
    Ok(trial)
}

/// A `-wal` that belongs to another database is never mixed into this one.
fn stale_wal(runtime: &Handle) -> Tried {
    let mut other = Trial::at(Place::plain(), runtime);
    if other.under_load() {
        other.hang_up();
        other.kill();
    }
    let mut trial = after_some_calls(Place::plain(), runtime);
    fs::copy(other.place.path("ringback.db-wal"), trial.place.path("ringback.db-wal")).unwrap();
    if trial.serve() {
        trial.callers();
        trial.hear(60);
    }
    Ok(trial)
}

fn unmounted(mut trial: Trial) -> Tried {
    if trial.under_load() {
        trial.place.unmount()?;
        trial.last(A_WHILE);
        trial.place.mount_again("rw")?;
        trial.hear(60);
    }
    Ok(trial)
}

fn file_system_dies(mut trial: Trial) -> Tried {
    if trial.under_load() {
        let at = trial.place.mount_point().display().to_string();
        run("xfs_io", &["-x", "-c", "shutdown", &at])?;
        trial.last(A_WHILE);
        trial.hang_up();
        trial.kill();
        trial.place.unmount()?;
        trial.place.mount_again("rw")?;
    }
    Ok(trial)
}

fn backups(runtime: &Handle) -> Tried {
    let mut trial = Trial::at(Place::plain(), runtime);
    if trial.under_load() {
        let target = trial.place.scratch.path().join("backup");
        for round in 0..5 {
            let to = target.with_extension(round.to_string()).display().to_string();
            let made = ringback(&trial.place.home, &["backup", &to]);
            trial.expect(made.code == 0, format!("backup: {}", made.talked));
            // As a virus scanner or a copying program does.
            for name in ALL_FILES {
                let _ = fs::read(trial.place.path(name));
            }
            trial.hear(20);
        }
    }
    Ok(trial)
}
