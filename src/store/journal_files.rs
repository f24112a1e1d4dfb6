//! Emergency journals as files, beside the thread that writes one: what waits in them, and a new place for them.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::files::sync_folder;
use super::journal::JournalText;

/// What stands in a journal; nothing where there is none.
pub fn read_journal(path: &Path) -> io::Result<JournalText> {
    match fs::read(path) {
        Ok(bytes) => Ok(JournalText::read(&bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(JournalText::default()),
        Err(error) => Err(error),
    }
}

/// Appends what stands in one journal to another and removes the first. No server may run. Whoever is cut off between
/// the two has it in both, and a record that is there twice counts once.
pub fn move_journal(from: &Path, to: &Path) -> io::Result<()> {
    if from == to {
        return Ok(());
    }
    let bytes = match fs::read(from) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        read => read?,
    };
    if !bytes.is_empty() {
        let mut journal = OpenOptions::new().append(true).create(true).mode(0o600).open(to)?;
        // What stands there may end in the middle of a line.
        journal.write_all(&[b"\n", bytes.as_slice(), b"\n"].concat())?;
        journal.sync_all()?;
        sync_folder(to)?;
    }
    fs::remove_file(from)?;
    sync_folder(from)
}
