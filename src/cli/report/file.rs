//! A page is written whole or not at all, and never over something that is no page of ours.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use crate::cli::failure::Failure;
use crate::report::page;

/// Writes the page, readable by everybody, because it is made to be shown.
pub(super) fn write(file: &Path, page: &str, force: bool) -> Result<(), Failure> {
    let name = file.display();
    if !force && !may_be_replaced(file) {
        return Err(Failure::could_not(format!("`{name}` exists and is no report of ringback"))
            .hint("choose another name, or replace it with `--force`"));
    }
    let refused =
        |error: io::Error| Failure::could_not(format!("`{name}` cannot be written")).because(&error);
    let Some(file_name) = file.file_name() else {
        return Err(Failure::wrong_usage(format!("`{name}` is not the name of a file")));
    };
    let mut beside = file_name.to_owned();
    beside.push(format!(".{}.part", std::process::id()));
    let beside = file.with_file_name(beside);
    let written = put(&beside, page).and_then(|()| fs::rename(&beside, file));
    if written.is_err() {
        // Nothing is lost with what is half a page.
        let _ = fs::remove_file(&beside);
    }
    written.map_err(refused)
}

fn put(file: &Path, page: &str) -> io::Result<()> {
    let mut out = OpenOptions::new().write(true).create_new(true).mode(0o644).open(file)?;
    // Whatever the umask is.
    out.set_permissions(fs::Permissions::from_mode(0o644))?;
    out.write_all(page.as_bytes())?;
    out.sync_all()
}

/// Whether nothing is there, or an older report.
fn may_be_replaced(file: &Path) -> bool {
    if fs::symlink_metadata(file).is_err() {
        return true;
    }
    fs::read(file).is_ok_and(|bytes| String::from_utf8_lossy(&bytes).contains(page::MARK))
}
