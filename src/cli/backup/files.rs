//! Files that only their owner may read, and that are on the disk when it is said so.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Makes a folder for nobody else, and those above it; leaves one alone that is there.
pub(in crate::cli) fn make_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Makes a file with these bytes.
pub(in crate::cli) fn write_file(to: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Copies a file.
pub(in crate::cli) fn copy_file(from: &Path, to: &Path) -> io::Result<()> {
    let mut source = File::open(from)?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to)?;
    io::copy(&mut source, &mut file)?;
    file.sync_all()
}

/// Copies a folder with everything in it.
pub(in crate::cli) fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    make_folder(to)?;
    for file in files_in(from)? {
        let into = to.join(&file);
        if let Some(folder) = into.parent() {
            make_folder(folder)?;
        }
        copy_file(&from.join(&file), &into)?;
    }
    sync_folder(to)
}

/// The files under a folder, by their paths in it, in order. Links are followed: what they mean belongs to it.
pub(in crate::cli) fn files_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut open = vec![PathBuf::new()];
    while let Some(inside) = open.pop() {
        for entry in fs::read_dir(folder.join(&inside))? {
            let path = inside.join(entry?.file_name());
            match fs::metadata(folder.join(&path)) {
                // A link that leads nowhere is no file.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                found => match found? {
                    found if found.is_dir() => open.push(path),
                    found if found.is_file() => files.push(path),
                    _ => {}
                },
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Writes the names in a folder down.
pub(in crate::cli) fn sync_folder(folder: &Path) -> io::Result<()> {
    let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    File::open(here)?.sync_all()
}
