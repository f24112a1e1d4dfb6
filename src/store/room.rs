//! Room on the disk that belongs to a file before anything is written there, so that a disk that fills up does not
//! keep it from growing.

use std::fs::File;
use std::io;

use rustix::fs::{FallocateFlags, fallocate};

/// How much is asked for, first to last: a disk too small for the first gets a smaller one.
const SIZES: [u64; 3] = [4 << 20, 1 << 20, 1 << 18];

/// The room that a file has.
#[derive(Copy, Clone, Debug, Default)]
pub(super) struct Room {
    /// The file may grow up to here on the fullest disk.
    end: u64,
}

impl Room {
    /// Sees to it that there is room behind `length` bytes of the file, which stays as long as it is. Asks the disk only
    /// when half of it is used up, so that it is cheap to call.
    pub(super) fn hold(&mut self, file: &File, length: u64) -> io::Result<()> {
        if self.end >= length + SIZES[0] / 2 {
            return Ok(());
        }
        let mut refused = Ok(());
        for size in SIZES.into_iter().filter(|size| length + size > self.end) {
            refused = fallocate(file, FallocateFlags::KEEP_SIZE, length, size);
            if refused.is_ok() {
                self.end = length + size;
                return Ok(());
            }
        }
        Ok(refused?)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    fn on_disk(file: &File) -> u64 {
        file.metadata().unwrap().blocks() * 512
    }

    #[test]
    fn room_is_held_without_the_file_being_longer_and_grows_with_it() {
        let file = tempfile::tempfile().unwrap();
        let mut room = Room::default();
        room.hold(&file, 0).unwrap();
        assert_eq!(file.metadata().unwrap().len(), 0);
        assert!(on_disk(&file) >= SIZES[0], "{}", on_disk(&file));
        room.hold(&file, SIZES[0] / 2).unwrap();
        assert!(on_disk(&file) < SIZES[0] * 5 / 4, "half of it is left");
        room.hold(&file, SIZES[0] / 2 + 1).unwrap();
        assert!(on_disk(&file) >= SIZES[0] * 3 / 2, "{}", on_disk(&file));
    }

    #[test]
    fn what_can_hold_no_room_says_so_each_time() {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut room = Room::default();
        for _ in 0..2 {
            room.hold(&full, 0).unwrap_err();
        }
    }
}
