//! Where an export goes: the screen or a pipe, or a file that is whole or not there.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, IsTerminal, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::cli::clean::Clean;
use crate::cli::failure::Failure;

/// Something that is written to from its beginning to its end.
pub(super) enum Target {
    Stdout(BufWriter<io::Stdout>),
    File(Unfinished),
}

/// A file under another name, until it is whole; it is gone when it never is.
pub(super) struct Unfinished {
    file: BufWriter<File>,
    part: PathBuf,
    path: PathBuf,
    replaces: bool,
}

impl Target {
    /// Opens a file beside the one that is meant, readable by nobody else; stdout without one.
    pub(super) fn open(path: Option<&Path>, replaces: bool) -> Result<Self, Failure> {
        let Some(path) = path else { return Ok(Self::Stdout(BufWriter::new(io::stdout()))) };
        if !replaces && path.symlink_metadata().is_ok() {
            return Err(is_there(path));
        }
        let name = path.file_name().ok_or_else(|| Failure::wrong_usage("`--out` names no file"))?;
        let part = path.with_file_name(format!(".{}.{}", name.to_string_lossy(), std::process::id()));
        // A link that somebody put there is not followed: the file must be made anew.
        let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part);
        let file = made.map_err(|error| not_written(path).because(&error))?;
        Ok(Self::File(Unfinished { file: BufWriter::new(file), part, path: path.to_owned(), replaces }))
    }

    /// Whether a person sees every byte as it is written.
    pub(super) fn is_screen(&self) -> bool {
        matches!(self, Self::Stdout(stdout) if stdout.get_ref().is_terminal())
    }

    /// Gives the file its name.
    pub(super) fn keep(mut self) -> Result<(), Failure> {
        match self.flush() {
            // Who closes the pipe early has read enough.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(()),
            Err(error) => return Err(Failure::could_not("the export could not be written").because(&error)),
            Ok(()) => {}
        }
        let Self::File(unfinished) = self else { return Ok(()) };
        let Unfinished { part, path, replaces, .. } = &unfinished;
        unfinished.file.get_ref().sync_all().map_err(|error| not_written(path).because(&error))?;
        let kept = if *replaces { fs::rename(part, path) } else { fs::hard_link(part, path) };
        match kept {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(is_there(path)),
            // Some file systems have no links.
            Err(_) if !replaces && path.symlink_metadata().is_err() => {
                fs::rename(part, path).map_err(|error| not_written(path).because(&error))
            }
            kept => kept.map_err(|error| not_written(path).because(&error)),
        }
    }
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stdout(stdout) => stdout.write(bytes),
            Self::File(unfinished) => unfinished.file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Stdout(stdout) => stdout.flush(),
            Self::File(unfinished) => unfinished.file.flush(),
        }
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // After a rename it is not there any more.
        let _ = fs::remove_file(&self.part);
    }
}

fn is_there(path: &Path) -> Failure {
    Failure::could_not(format!("`{}` is there already", shown(path))).hint("`--force` replaces it")
}

fn not_written(path: &Path) -> Failure {
    Failure::could_not(format!("`{}` cannot be written", shown(path)))
}

fn shown(path: &Path) -> Clean {
    Clean::of(&path.display().to_string())
}
