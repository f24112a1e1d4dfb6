//! Where a home lies: a plain folder, a small disk in memory, a disk of its own, one whose errors can be switched on.
//!
//! The process runs in a mount namespace of its own (`scripts/break` sees to it), so what is mounted here goes with it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use tempfile::TempDir;

use crate::support::line::{FRONT_DESK, SETTINGS};
use crate::{Stopwatch, run};

/// A folder for the trial, and what is mounted in it.
pub struct Place {
    pub scratch: TempDir,
    pub home: PathBuf,
    disk: Option<Disk>,
    nbdkit: Option<u32>,
}

struct Disk {
    device: String,
    at: PathBuf,
}

impl Place {
    /// A plain folder.
    pub fn plain() -> Self {
        let scratch = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let home = scratch.path().join("disk/home");
        let place = Self { scratch, home, disk: None, nbdkit: None };
        fs::create_dir(place.mount_point()).unwrap();
        place.furnish();
        place
    }

    /// A home in this folder, which is furnished when it is not there yet.
    pub fn in_folder(home: &Path) -> Self {
        let scratch = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let place = Self { scratch, home: home.to_owned(), disk: None, nbdkit: None };
        if !home.exists() {
            place.furnish();
        }
        place
    }

    /// A disk in memory of so many bytes (`4m`).
    pub fn memory(size: &str) -> Result<Self, String> {
        let mut place = Self::bare();
        let at = place.mount_point();
        run("mount", &["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs", &at.display().to_string()])?;
        place.disk = Some(Disk { device: "tmpfs".to_owned(), at });
        place.furnish();
        Ok(place)
    }

    /// A real file system on a loop device.
    pub fn disk(kind: &str, megabytes: u64) -> Result<Self, String> {
        let mut place = Self::bare();
        let image = place.scratch.path().join("image");
        fs::File::create(&image).unwrap().set_len(megabytes << 20).unwrap();
        place.mount_image(&image, kind)?;
        place.furnish();
        Ok(place)
    }

    /// A disk that fails every read and write while the file `failing` is there, and that can be paused.
    pub fn failing_disk() -> Result<Self, String> {
        let mut place = Self::bare();
        let path = |name: &str| place.scratch.path().join(name).display().to_string();
        fs::File::create(path("image")).unwrap().set_len(64 << 20).unwrap();
        fs::write(path("device"), "").unwrap();
        let started = run(
            "nbdkit",
            &[
                "-U",
                &path("nbd"),
                "-P",
                &path("nbdkit.pid"),
                "--filter=error",
                "file",
                &path("image"),
                "error=EIO",
                "error-rate=100%",
                &format!("error-file={}", path("failing")),
            ],
        );
        started?;
        wait_for(|| Path::new(&path("nbdkit.pid")).exists() && Path::new(&path("nbd")).exists())?;
        let pid = fs::read_to_string(path("nbdkit.pid")).unwrap();
        place.nbdkit = pid.trim().parse().ok();
        // It ends when its file is unmounted.
        Command::new("nbdfuse")
            .args([&path("device"), "--unix", &path("nbd")])
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .map_err(|error| format!("nbdfuse: {error}"))?;
        wait_for(|| fs::metadata(path("device")).is_ok_and(|device| device.len() == 64 << 20))?;
        let device = PathBuf::from(path("device"));
        place.mount_image(&device, "ext4")?;
        place.furnish();
        Ok(place)
    }

    /// The file that makes [`Place::failing_disk`] fail as long as it is there.
    pub fn failing(&self) -> PathBuf {
        self.scratch.path().join("failing")
    }

    pub fn mount_point(&self) -> PathBuf {
        self.scratch.path().join("disk")
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.home.join(name)
    }

    /// Takes the disk away as it is, with everything that is open on it.
    pub fn unmount(&self) -> Result<(), String> {
        let at = self.mount_point().display().to_string();
        run("umount", &["-l", &at]).map(drop)
    }

    /// Puts it back.
    pub fn mount_again(&self, options: &str) -> Result<(), String> {
        let disk = self.disk.as_ref().ok_or("it has no disk of its own")?;
        run("mount", &["-o", options, &disk.device, &disk.at.display().to_string()]).map(drop)
    }

    pub fn remount(&self, options: &str) -> Result<(), String> {
        let at = self.mount_point().display().to_string();
        run("mount", &["-o", &format!("remount,{options}"), &at]).map(drop)
    }

    fn bare() -> Self {
        let place = Self::plain();
        fs::remove_dir_all(&place.home).unwrap();
        place
    }

    fn mount_image(&mut self, image: &Path, kind: &str) -> Result<(), String> {
        // Blocks as on any disk of today; a small ext4 would get smaller ones.
        let (kind, more) = match kind.split_once(' ') {
            Some((kind, more)) => (kind, more.split(' ').collect()),
            None if kind == "ext4" => (kind, vec!["-b", "4096"]),
            None => (kind, Vec::new()),
        };
        let device = run("losetup", &["-f", "--show", &image.display().to_string()])?.trim().to_owned();
        let at = self.mount_point();
        // Known before it is mounted, so that it is let go whatever happens.
        self.disk = Some(Disk { device: device.clone(), at: at.clone() });
        run(&format!("mkfs.{kind}"), &[&more[..], &["-q", &device]].concat())?;
        run("mount", &[&device, &at.display().to_string()]).map(drop)
    }

    fn furnish(&self) {
        fs::create_dir_all(self.home.join("ivr-flows")).unwrap();
        fs::write(self.home.join("ringback.toml"), SETTINGS).unwrap();
        fs::write(self.home.join("ivr-flows/front-desk.toml"), FRONT_DESK).unwrap();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_file(self.failing());
        if let Some(Disk { device, at }) = &self.disk {
            let _ = run("umount", &["-l", &at.display().to_string()]);
            if device.starts_with("/dev/loop") {
                let _ = run("losetup", &["-d", device]);
            }
        }
        if let Some(pid) = self.nbdkit {
            let _ = run("umount", &["-l", &self.scratch.path().join("device").display().to_string()]);
            let _ = run("kill", &[&pid.to_string()]);
        }
    }
}

/// Waits for a fact, ten seconds at the most.
pub fn wait_for(mut is_so: impl FnMut() -> bool) -> Result<(), String> {
    let watch = Stopwatch::start();
    while !is_so() {
        if watch.elapsed() > Duration::from_secs(10) {
            return Err("what was waited for did not come".to_owned());
        }
        sleep(Duration::from_millis(5));
    }
    Ok(())
}
