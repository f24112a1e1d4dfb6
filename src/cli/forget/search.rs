//! Every file of a home, byte by byte.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::store::Spellings;

const PIECE: usize = 1024 * 1024;
/// Fewer digits stand in every file, and mean nothing there.
const FEWEST_DIGITS: usize = 7;

/// The files under a folder in which the number stands, in any spelling. Links are not followed.
pub(super) fn files_with(folder: &Path, spellings: &Spellings) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() && is_in(&entry.path(), spellings)? {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Whether the number's digits stand in a file. In a database texts touch each other, so longer numbers count.
pub(super) fn is_in(path: &Path, spellings: &Spellings) -> io::Result<bool> {
    let digits = spellings.digits().as_bytes();
    if digits.len() < FEWEST_DIGITS {
        return Ok(false);
    }
    let mut file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        opened => opened?,
    };
    let mut piece = Vec::with_capacity(PIECE + digits.len());
    loop {
        let kept = piece.len().saturating_sub(digits.len() - 1);
        piece.drain(..kept);
        if file.by_ref().take(PIECE as u64).read_to_end(&mut piece)? == 0 {
            return Ok(false);
        }
        if stands_in(&piece, digits) {
            return Ok(true);
        }
    }
}

fn stands_in(bytes: &[u8], digits: &[u8]) -> bool {
    let Some((first, _)) = digits.split_first() else { return false };
    let mut from = 0;
    while let Some(at) = bytes[from..].iter().position(|byte| byte == first) {
        if bytes[from + at..].starts_with(digits) {
            return true;
        }
        from += at + 1;
    }
    false
}
