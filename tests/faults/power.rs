//! Power cuts: a disk image on a file system with reflinks is copied in one moment, and the copy is what a power cut at
//! that moment would have left. Whatever was acknowledged before the copy must be in it.
//!
//! Once as it is, and once with the database locked, so that the emergency journal carries everything.
//!
//! The negative control does not wait for the WAL's sync, as `synchronous=NORMAL` would, or the journal's: it must lose
//! calls from sound files, else this test sees nothing. A tracer skips the sync, so the program itself has no such switch.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use ringback::store::Journal;
use tempfile::TempDir;
use tokio::runtime::Handle;

use crate::ledger::{Numbers, compare};
use crate::place::Place;
use crate::support::line::lock;
use crate::tracer::Tracer;
use crate::trial::Trial;
use crate::{Stopwatch, Verdict, run as say};

const OUTER: u64 = 2 << 30;
const INNER: u64 = 256 << 20;
/// Cuts of one home; the next ones begin with an empty one, so that each look stays short.
const OF_ONE_HOME: u32 = 20;
/// Only cuts under load count: so many requests since the last one, at least.
const BETWEEN: usize = 25;
/// While the database is locked every request takes its time.
const BETWEEN_LOCKED: usize = 8;

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

/// What is cut.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct How {
    /// Whether syncs are waited for; without it is the control.
    synced: bool,
    /// Whether the journal carries everything.
    locked: bool,
}

impl How {
    /// As the words of the command say.
    pub fn of(words: &[&str]) -> Option<Self> {
        let is_known = words.iter().all(|word| ["locked", "control"].contains(word));
        is_known.then(|| Self { synced: !words.contains(&"control"), locked: words.contains(&"locked") })
    }

    fn file(self) -> &'static str {
        if self.locked { "ringback.journal" } else { "ringback.db-wal" }
    }
}

/// What came of some cuts.
#[derive(Default)]
struct Found {
    cuts: u32,
    /// Cuts that lost something from files that are sound.
    lossy: u32,
    /// Cuts after which a file is not sound, or the server does not serve.
    unsound: u32,
    lost: usize,
    looked_up: usize,
    wrong: Vec<String>,
}

/// So many cuts, and whether what must hold holds.
pub fn run(cuts: u32, how: How, runtime: &Handle) -> Verdict {
    // Where this cannot be made nothing can be tried; whatever fails later was tried, and failed.
    let mut disks = match Disks::make() {
        Ok(disks) => Some(disks),
        Err(why) => return Verdict::Skipped(why),
    };
    let (mut found, watch) = (Found::default(), Stopwatch::start());
    while found.cuts < cuts {
        let now = (cuts - found.cuts).min(OF_ONE_HOME);
        let made = disks.take().map_or_else(Disks::make, Ok);
        if let Err(why) = made.and_then(|disks| cut_some(disks, (now, how), (&mut found, runtime))) {
            found.wrong.push(why);
            break;
        }
    }
    let Found { cuts: made, lossy, unsound, lost, looked_up, wrong } = found;
    let load = if how.locked { "load while the database is locked" } else { "load" };
    let waits = match how.synced {
        true => "as it is".to_owned(),
        false => format!("without waiting for syncs of `{}` (negative control)", how.file()),
    };
    println!(
        "{made} of {cuts} power cuts under {load}, {waits}: {lossy} cuts lost something from sound files, {unsound} left \
         something unsound, {lost} losses; {looked_up} acknowledged calls looked up, {} s",
        watch.elapsed().as_secs()
    );
    for why in wrong.iter().take(20) {
        println!("    {why}");
    }
    let is_whole = made == cuts && looked_up > 0 && wrong.is_empty();
    Verdict::of(is_whole && if how.synced { lost == 0 } else { lossy > 0 })
}

fn cut_some(
    mut disks: Disks,
    (cuts, how): (u32, How),
    (found, runtime): (&mut Found, &Handle),
) -> Result<(), String> {
    let home = disks.path("inner/home");
    let mut trial = Trial::at(Place::in_folder(&home), runtime);
    if !trial.under_load() {
        return Err(trial.broken.concat());
    }
    let pid = trial.server().pid;
    let lock = how.locked.then(|| lock(&home));
    if lock.is_some() {
        // Afterwards nobody waits any more for what the database took before it was locked.
        trial.hear(BETWEEN_LOCKED);
    }
    let tracer = match how.synced {
        true => None,
        false => Some(Tracer::attach_to(pid, ("fsync,fdatasync", "retval=0"), Some(home.join(how.file())))?),
    };
    let between = if how.locked { BETWEEN_LOCKED } else { BETWEEN };
    let mut seed = pid;
    for number in 1..=cuts {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        trial.hear(between + (seed >> 16) as usize % (between * 3 / 2));
        // First what was acknowledged, then the disk: in this order all of it must be there.
        let acknowledged = trial.load.ledger.calls();
        let cut = disks.cut(number)?;
        let left = cut.at.join("home");
        if how.locked && how.synced && !Journal::pending(&left.join(how.file())).is_ok_and(|left| left > 0) {
            found.wrong.push(format!("cut {number}: the journal carries nothing"));
        }
        let mut after = Trial::at(Place::in_folder(&left), runtime);
        after.settle();
        let missing = compare(&after.place.home, &acknowledged, Numbers::Stay, |_| false);
        let gone: usize = missing.lost.values().sum();
        found.cuts += 1;
        found.looked_up += acknowledged.len();
        let is_sound = after.broken.is_empty() && missing.file.is_empty();
        found.lossy += u32::from(gone > 0 && is_sound);
        found.lost += gone;
        found.unsound += u32::from(!is_sound);
        if how.synced {
            let why = after.broken.iter().chain(&missing.file).chain(&missing.first);
            found.wrong.extend(why.map(|why| format!("cut {number}: {why}")));
        }
    }
    if let Some(tracer) = tracer
        && !tracer.has_struck()
    {
        found.wrong.push("no sync was skipped".to_owned());
    }
    drop(lock);
    trial.hang_up();
    trial.kill();
    found.wrong.append(&mut trial.broken);
    Ok(())
}
