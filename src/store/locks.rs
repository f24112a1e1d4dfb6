//! Who holds a file, as the kernel tells everybody.

use std::fs;

/// A lock that is held or waited for on a part of a file.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct FileLock {
    /// Its id; `None` where the lock is that of an open file and of no process.
    pub process: Option<u32>,
    /// Whether it keeps others from writing.
    pub writes: bool,
}

/// The locks on the file of that inode, as SQLite takes them; none where the kernel does not say.
pub fn locks_on(inode: u64) -> Vec<FileLock> {
    locks_in(&fs::read_to_string("/proc/locks").unwrap_or_default(), inode)
}

/// From lines like `1: POSIX  ADVISORY  WRITE 4711 08:01:1234 120 120`; who waits has an arrow before the kind.
fn locks_in(told: &str, inode: u64) -> Vec<FileLock> {
    let read = |line: &str| {
        let mut words =
            line.split_whitespace().skip_while(|word| !matches!(*word, "POSIX" | "OFDLCK")).skip(2);
        let writes = words.next()? == "WRITE";
        let process = words.next()?.parse().ok();
        let file = words.next()?.rsplit(':').next()?.parse::<u64>().ok()?;
        (file == inode).then_some(FileLock { process, writes })
    };
    told.lines().filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locks_of_a_file_are_found_among_all() {
        let told = "1: POSIX  ADVISORY  WRITE 4711 08:01:1234 120 120\n\
                    2: POSIX  ADVISORY  READ 4712 08:01:1234 124 124\n\
                    2: -> POSIX  ADVISORY  WRITE 12 00:2e:1234 0 EOF\n\
                    3: FLOCK  ADVISORY  WRITE 4713 08:01:1234 0 EOF\n\
                    4: OFDLCK ADVISORY  WRITE -1 08:01:99 0 EOF\n\
                    5: POSIX  ADVISORY  WRITE 4714 08:01:12345 0 EOF\n\
                    half a line";
        let held = |process, writes| FileLock { process: Some(process), writes };
        assert_eq!(locks_in(told, 1234), [held(4711, true), held(4712, false), held(12, true)]);
        assert_eq!(locks_in(told, 99), [FileLock { process: None, writes: true }]);
        assert_eq!(locks_in("", 1234), []);
    }
}
