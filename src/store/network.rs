//! File systems on which SQLite's WAL cannot be trusted, because its index is memory that processes share.

use std::fs;
use std::io;
use std::path::Path;

/// The network file system that a folder lies on; `None` where it lies on a disk of this machine, or nobody can tell.
pub fn network_file_system(folder: &Path) -> Option<String> {
    let folder = fs::canonicalize(folder).ok()?;
    let mounts: io::Result<String> = fs::read_to_string("/proc/self/mountinfo");
    let kind = kind_of(&mounts.ok()?, folder.to_str()?)?;
    is_refused(&kind).then_some(kind)
}

/// The kind of the file system that a path lies on: of the mounts above it the nearest, and of those in one place the
/// last.
fn kind_of(mounts: &str, path: &str) -> Option<String> {
    let mut nearest: Option<(usize, &str)> = None;
    for line in mounts.lines() {
        // `36 35 98:0 /root /mount/point rw,noatime master:1 - ext3 /dev/root rw`
        let Some((before, after)) = line.split_once(" - ") else { continue };
        let (Some(point), Some(kind)) = (before.split(' ').nth(4), after.split(' ').next()) else { continue };
        let point = unescaped(point);
        let is_above = point == "/"
            || path.strip_prefix(point.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        if is_above && nearest.is_none_or(|(length, _)| point.len() >= length) {
            nearest = Some((point.len(), kind));
        }
    }
    nearest.map(|(_, kind)| kind.to_owned())
}

/// As the kernel writes what would end a word.
fn unescaped(point: &str) -> String {
    [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")]
        .iter()
        .fold(point.to_owned(), |text, (written, meant)| text.replace(written, meant))
}

/// What is not known to be local is refused among the file systems that any program can make.
fn is_refused(kind: &str) -> bool {
    let over_the_network = [
        "nfs", "nfs4", "cifs", "smb2", "smb3", "smbfs", "9p", "afs", "ceph", "coda", "lustre", "ncpfs",
        "gfs2", "ocfs2",
    ];
    over_the_network.contains(&kind) || kind == "fuse" || kind.starts_with("fuse.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_other_machines_hold_is_refused_and_disks_are_not() {
        let refused = ["nfs", "nfs4", "cifs", "smb3", "9p", "ceph", "fuse", "fuse.sshfs", "fuse.rclone"];
        let fine =
            ["ext4", "xfs", "btrfs", "zfs", "tmpfs", "overlay", "f2fs", "fuseblk", "virtiofs", "ramfs"];
        assert!(refused.iter().all(|kind| is_refused(kind)));
        assert!(!fine.iter().any(|kind| is_refused(kind)));
    }

    #[test]
    fn the_nearest_mount_counts() {
        let mounts = "\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:40 / /srv rw,relatime shared:2 - nfs4 10.0.0.1:/srv rw
31 30 8:2 / /srv/phone\\040line rw - xfs /dev/sdb1 rw
32 22 0:41 / /mnt rw - tmpfs none rw
33 32 0:42 / /mnt rw - fuse.sshfs host: rw
";
        for (path, kind) in [
            ("/home/ana", "ext4"),
            ("/srv", "nfs4"),
            ("/srv/other", "nfs4"),
            ("/srvother", "ext4"),
            ("/srv/phone line/home", "xfs"),
            ("/mnt/home", "fuse.sshfs"),
        ] {
            assert_eq!(kind_of(mounts, path).as_deref(), Some(kind), "{path}");
        }
        assert_eq!(kind_of("", "/home"), None);
    }

    #[test]
    fn this_machine_tells_where_its_folders_lie() {
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
        assert!(kind_of(&mounts, "/").is_some());
    }
}
