//! Power cuts: a disk image on a file system with reflinks is copied in one moment, and the copy is what a power cut at
//! that moment would have left. Whatever was acknowledged before the copy must be in it.
//!
//! The negative control does not wait for the WAL's sync, as `synchronous=NORMAL` would: it must lose calls, else this
//! test sees nothing. A tracer skips the sync, so the program itself has no such switch.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tokio::runtime::Handle;

use crate::ledger::compare;
use crate::place::Place;
use crate::tracer::Tracer;
use crate::trial::Trial;
use crate::{Stopwatch, run as say};

const OUTER: u64 = 2 << 30;
const INNER: u64 = 256 << 20;
/// Cuts of one home; the next ones begin with an empty one, so that each look stays short.
const OF_ONE_HOME: u32 = 20;
/// Only cuts under load count: so many requests since the last one, at least.
const BETWEEN: usize = 25;

/// An outer disk that can copy files in one moment, with the inner disk as a file on it.
struct Disks {
    folder: TempDir,
    devices: Vec<String>,
    mounts: Vec<PathBuf>,
}

impl Disks {
    fn make() -> Result<Self, String> {
        let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let mut disks = Self { folder, devices: Vec::new(), mounts: Vec::new() };
        let outer = disks.path("outer.img");
        File::create(&outer).unwrap().set_len(OUTER).unwrap();
        let device = disks.attach(&outer, &[])?;
        say("mkfs.xfs", &["-q", "-m", "reflink=1", &device])?;
        let at = disks.path("outer");
        disks.mount(&device, &at)?;
        let inner = at.join("inner.img");
        File::create(&inner).unwrap().set_len(INNER).unwrap();
        let device = disks.attach(&inner, &["--direct-io=on"])?;
        say("mkfs.ext4", &["-q", "-b", "4096", &device])?;
        let at = disks.path("inner");
        disks.mount(&device, &at)?;
        Ok(disks)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn attach(&mut self, image: &Path, more: &[&str]) -> Result<String, String> {
        let image = image.display().to_string();
        let device = say("losetup", &[more, &["-f", "--show", &image]].concat())?.trim().to_owned();
        self.devices.push(device.clone());
        Ok(device)
    }

    fn mount(&mut self, device: &str, at: &Path) -> Result<(), String> {
        fs::create_dir_all(at).unwrap();
        say("mount", &[device, &at.display().to_string()])?;
        self.mounts.push(at.to_owned());
        Ok(())
    }

    /// The inner disk as it is at this moment.
    fn cut(&mut self, number: u32) -> Result<Cut, String> {
        let copy = self.path(&format!("outer/cut-{number}.img"));
        let inner = self.path("outer/inner.img");
        say("cp", &["--reflink=always", &inner.display().to_string(), &copy.display().to_string()])?;
        let device = say("losetup", &["-f", "--show", &copy.display().to_string()])?.trim().to_owned();
        let at = self.path("cut");
        fs::create_dir_all(&at).unwrap();
        let cut = Cut { copy, device, at };
        // The file system replays its own journal.
        say("mount", &[&cut.device, &cut.at.display().to_string()])?;
        Ok(cut)
    }
}

impl Drop for Disks {
    fn drop(&mut self) {
        for at in self.mounts.iter().rev() {
            let _ = say("umount", &["-l", &at.display().to_string()]);
        }
        for device in self.devices.iter().rev() {
            let _ = say("losetup", &["-d", device]);
        }
    }
}

/// What a power cut left.
struct Cut {
    copy: PathBuf,
    device: String,
    at: PathBuf,
}

impl Drop for Cut {
    fn drop(&mut self) {
        let _ = say("umount", &["-l", &self.at.display().to_string()]);
        let _ = say("losetup", &["-d", &self.device]);
        let _ = fs::remove_file(&self.copy);
    }
}

/// What came of some cuts.
#[derive(Default)]
struct Found {
    /// Cuts that lost something.
    lossy: u32,
    lost: usize,
    looked_up: usize,
    wrong: Vec<String>,
}

/// So many cuts; the result is whether what must hold holds. `Err` says why it cannot be tried here.
pub fn run(cuts: u32, synced: bool, runtime: &Handle) -> Result<bool, String> {
    let (mut found, watch) = (Found::default(), Stopwatch::start());
    let mut left = cuts;
    while left > 0 {
        let now = left.min(OF_ONE_HOME);
        cut_some(now, synced, (&mut found, runtime))?;
        left -= now;
    }
    let how = if synced { "as it is" } else { "without waiting for the WAL's sync (negative control)" };
    println!(
        "{cuts} power cuts under load, {how}: {} cuts lost something, {} losses; {} acknowledged calls looked up, {} s",
        found.lossy,
        found.lost,
        found.looked_up,
        watch.elapsed().as_secs()
    );
    for why in found.wrong.iter().take(if synced { 20 } else { 3 }) {
        println!("    {why}");
    }
    Ok(if synced { found.lost == 0 && found.wrong.is_empty() } else { found.lossy > 0 })
}

fn cut_some(cuts: u32, synced: bool, (found, runtime): (&mut Found, &Handle)) -> Result<(), String> {
    let mut disks = Disks::make()?;
    let home = disks.path("inner/home");
    let mut trial = Trial::at(Place::in_folder(&home), runtime);
    if !trial.under_load() {
        return Err(trial.broken.concat());
    }
    let pid = trial.server().pid;
    let wal = home.join("ringback.db-wal");
    let tracer = match synced {
        true => None,
        false => Some(Tracer::attach_to(pid, ("fsync,fdatasync", "retval=0"), Some(wal))?),
    };
    let mut seed = pid;
    for number in 1..=cuts {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        trial.hear(BETWEEN + (seed >> 16) as usize % 40);
        // First what was acknowledged, then the disk: in this order all of it must be there.
        let acknowledged = trial.load.ledger.calls();
        let cut = disks.cut(number)?;
        let mut after = Trial::at(Place::in_folder(&cut.at.join("home")), runtime);
        after.settle();
        let missing = compare(&after.place.home, &acknowledged, |_| false);
        let gone: usize = missing.lost.values().sum();
        found.looked_up += acknowledged.len();
        found.lossy += u32::from(gone > 0);
        found.lost += gone;
        let why = after.broken.iter().chain(&missing.file).chain(&missing.first);
        found.wrong.extend(why.map(|why| format!("cut {number}: {why}")));
    }
    drop(tracer);
    trial.hang_up();
    trial.kill();
    found.wrong.append(&mut trial.broken);
    Ok(())
}
