//! The database is locked, slow or full, or the kernel says no.

use std::fs::{self, File};
use std::io::Write;
use std::time::Duration;

use tokio::runtime::Handle;

use super::Tried;
use crate::matrix::Case;
use crate::place::Place;
use crate::support::line::lock;
use crate::tracer::Tracer;
use crate::trial::{A_WHILE, Trial};

pub const CASES: [Case; 16] = [
    Case::new("F1", "locked by another program", "P3", locked),
    Case::new("F2", "disk in memory full", "P3", full_memory),
    Case::new("F2", "ext4 full", "P3", full_disk),
    Case::new("F2", "ext4 full, the journal elsewhere", "P3", |r| {
        full(Trial::at(Place::disk("ext4", 24)?, r).with_journal_elsewhere())
    }),
    Case::new("F2", "ext4 with blocks of 1 kB full", "P3", full_small_blocks),
    Case::new("F2", "ENOSPC on every write of the database", "P3", |r| {
        traced(r, "pwrite64", "error=ENOSPC", Journal::Works)
    }),
    Case::new("F2", "ENOSPC on every growth of a file", "P3", |r| {
        traced(r, "ftruncate,fallocate", "error=ENOSPC", Journal::Works)
    }),
    Case::new("F4", "EIO below the file system", "P11", |r| {
        let mut trial = Trial::at(Place::failing_disk()?, r);
        trial.last_words_count = true;
        failing_disk(trial)
    }),
    Case::new("F4", "EIO below the file system, the journal elsewhere", "P11", |r| {
        failing_disk(Trial::at(Place::failing_disk()?, r).with_journal_elsewhere())
    }),
    Case::new("F4", "EIO on every write of the database", "P11", |r| {
        traced(r, "pwrite64", "error=EIO", Journal::Works)
    }),
    Case::new("F4", "EIO on every read of the database", "P11", |r| {
        traced(r, "pread64", "error=EIO", Journal::Works)
    }),
    Case::new("F4", "EIO on every sync, the journal's too", "P11", |r| {
        traced(r, "fsync,fdatasync", "error=EIO", Journal::FailsToo)
    }),
    Case::new("F4", "EIO on one sync", "P11", |r| {
        traced(r, "fsync,fdatasync", "error=EIO:when=3", Journal::FailsToo)
    }),
    Case::new("F25", "every sync takes 2 s, the journal's too", "P3", |r| {
        traced(r, "fsync,fdatasync", "delay_enter=2000000", Journal::Works)
    }),
    Case::new("F25", "every sync takes 310 ms", "P3", |r| {
        traced(r, "fsync,fdatasync", "delay_enter=310000", Journal::Works)
    }),
    Case::new("F25", "every write of the database takes 500 ms", "P3", |r| {
        traced(r, "pwrite64", "delay_enter=500000", Journal::Works)
    }),
];

/// Whether the fault leaves the journal alone. Where it does not, a line on stderr is all that can be asked for.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Journal {
    Works,
    FailsToo,
}

fn locked(runtime: &Handle) -> Tried {
    let mut trial = Trial::at(Place::plain(), runtime);
    if trial.under_load() {
        let other = lock(&trial.place.home);
        trial.last(Duration::from_secs(5));
        drop(other);
        trial.hear(60);
    }
    Ok(trial)
}

fn full_memory(runtime: &Handle) -> Tried {
    full(Trial::at(Place::memory("8m")?, runtime))
}

fn full_disk(runtime: &Handle) -> Tried {
    full(Trial::at(Place::disk("ext4", 24)?, runtime))
}

/// SQLite maps `-shm` into memory, and gives each page of 4 kB one byte beforehand: where that is not the whole page, the
/// kernel ends the process (SIGBUS). No program can help that; a service manager and the provider's retry do.
fn full_small_blocks(runtime: &Handle) -> Tried {
    let mut trial = Trial::at(Place::disk("ext4 -b 1024", 24)?, runtime);
    trial.supervised = true;
    trial.with_retries();
    full(trial)
}

fn full(mut trial: Trial) -> Tried {
    if trial.under_load() {
        let filler = trial.place.mount_point().join("filler");
        let mut file = File::create(&filler).unwrap();
        // Big pieces first, then byte by byte, until nothing more goes in.
        for piece in [64 * 1024, 4096, 1] {
            while file.write_all(&vec![b'x'; piece]).is_ok() {}
        }
        trial.last(A_WHILE);
        fs::remove_file(&filler).unwrap();
        drop(file);
        trial.hear(60);
    }
    Ok(trial)
}

fn traced(runtime: &Handle, calls: &str, what: &str, journal: Journal) -> Tried {
    let mut trial = Trial::at(Place::plain(), runtime);
    trial.last_words_count = journal == Journal::FailsToo;
    if trial.under_load() {
        let pid = trial.server().pid;
        let tracer = Tracer::attach(pid, calls, what)?;
        trial.last(A_WHILE);
        drop(tracer);
        trial.hear(60);
    }
    Ok(trial)
}

fn failing_disk(mut trial: Trial) -> Tried {
    if trial.under_load() {
        fs::write(trial.place.failing(), "").unwrap();
        trial.last(A_WHILE);
        fs::remove_file(trial.place.failing()).unwrap();
        // A file system that could not write its own journal stays read-only until it is mounted anew.
        trial.with_retries();
        trial.kill();
        trial.place.unmount()?;
        trial.place.mount_again("rw")?;
        if trial.serve() {
            trial.hear(60);
        }
    }
    Ok(trial)
}
