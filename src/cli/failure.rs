//! Why a command did not do what it was asked, and the number that it exits with.

use std::error::Error;
use std::fmt;
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};

use crate::settings::{Home, LoadError};
use crate::store::{OpenError, StoreError};
use crate::switchboard::{CANNOT_BE_READ, remembered};

use super::cure::newest_backup;
use super::output::{fold, fold_report, terminal_width};

/// What kind of failure it is; each has its exit code.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// It could not be done, was not found, or somebody was faster: 1.
    CouldNot,
    /// The command was not understood: 2.
    WrongUsage,
    /// The settings or a flow are wrong: 78, as in `sysexits.h`.
    WrongSettings,
}

impl FailureKind {
    /// The exit code.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::CouldNot => 1,
            Self::WrongUsage => 2,
            Self::WrongSettings => 78,
        }
    }
}

/// A failure as the owner reads it: what is wrong, why, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    kind: FailureKind,
    report: Option<String>,
    message: String,
    causes: Vec<String>,
    hint: Option<String>,
}

impl Failure {
    /// It could not be done.
    pub fn could_not(message: impl Into<String>) -> Self {
        Self::new(FailureKind::CouldNot, message.into())
    }

    /// The command was not understood.
    pub fn wrong_usage(message: impl Into<String>) -> Self {
        Self::new(FailureKind::WrongUsage, message.into())
    }

    /// The settings or a flow are wrong.
    pub fn wrong_settings(message: impl Into<String>) -> Self {
        Self::new(FailureKind::WrongSettings, message.into())
    }

    fn new(kind: FailureKind, message: String) -> Self {
        Self { kind, report: None, message, causes: Vec::new(), hint: None }
    }

    /// With the error that led to it, and everything that led to that.
    pub fn because(mut self, error: &dyn Error) -> Self {
        let mut cause = Some(error);
        while let Some(error) = cause {
            let told = error.to_string();
            // SQLite's number says what its words said before it.
            let is_said = told.starts_with("Error code ") && !self.causes.is_empty();
            if !is_said {
                self.causes.push(told);
            }
            cause = error.source();
        }
        self
    }

    /// With what to do about it.
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// Without one, where it was told already.
    pub(super) fn without_hint(self) -> Self {
        Self { hint: None, ..self }
    }

    /// With mistakes of a file, shown as they are before the message.
    pub fn report(self, report: impl Into<String>) -> Self {
        Self { report: Some(report.into()), ..self }
    }

    /// What kind it is.
    pub fn kind(&self) -> FailureKind {
        self.kind
    }

    /// Prints it on stderr and gives the exit code.
    pub(super) fn print(&self) -> ExitCode {
        let (alarm, quiet) = (AnsiColor::Red.on_default().bold(), Style::new().bold());
        anstream::eprint!("{}", self.shown(alarm, quiet, terminal_width()));
        ExitCode::from(self.kind.exit_code())
    }

    fn shown(&self, alarm: Style, quiet: Style, width: usize) -> String {
        let report = self.report.as_ref();
        let mut shown = report.map_or_else(String::new, |report| fold_report(report, width) + "\n\n");
        let mut part = |style: Style, name: &str, text: &str| {
            let told = fold(&format!("{name} {text}"), width, 2);
            let text = told.strip_prefix(name).unwrap_or(&told);
            shown.push_str(&format!("{style}{name}{style:#}{text}"));
        };
        part(alarm, "error:", &self.message);
        self.causes.iter().for_each(|cause| part(quiet, "caused by:", cause));
        self.hint.iter().for_each(|hint| part(quiet, "hint:", hint));
        shown
    }
}

/// As it is printed, without colour.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown(Style::new(), Style::new(), 80))
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        if error.is_busy() {
            return Self::could_not("somebody else is writing; nothing was done")
                .hint("try again; if it stays so, `ringback doctor` names the program");
        }
        let failure = Self::could_not("the database did not do it").because(&error);
        failure.hint("try again; if it stays so, `ringback doctor` looks closer")
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        let (message, cause) = (error.to_string(), error.source().map(ToString::to_string));
        let hint = match &error {
            OpenError::File { .. } => "check who may read and write it",
            OpenError::Broken { .. } => "`ringback doctor` looks closer; a backup can take its place",
            OpenError::Damaged { .. } => {
                "stop `ringback serve` and put a backup in its place: `ringback restore BACKUP`"
            }
            OpenError::Linked { .. } => "let the file itself lie in the home folder, under one name",
            OpenError::NoCopy { .. } => "make room on the disk; it is tried again",
            OpenError::Library { .. } => "build it with the SQLite that comes with it",
            OpenError::NotOurs { .. } => "choose another folder with `--home DIR`",
            OpenError::Newer { .. } => "install the newer ringback again",
        };
        Self { causes: cause.into_iter().collect(), ..Self::could_not(message) }.hint(hint)
    }
}

/// A home with calls in it is not set up anew.
fn without_settings(home: &Home) -> String {
    if !home.database().exists() {
        if let Some(backup) = newest_backup(home) {
            return format!("settings and database are gone: `ringback restore {}`", backup.display());
        }
        return "ringback init, or say where yours is: `--home DIR` or RINGBACK_HOME".to_owned();
    }
    format!("the database is still there, only the settings are gone: {}", lost_settings(home))
}

/// Where settings that are gone are to be had.
pub(super) fn lost_settings(home: &Home) -> String {
    if remembered(home).is_some() {
        return "`ringback init --put-back` writes them again as they were live last".to_owned();
    }
    let saved = newest_backup(home).map(|backup| backup.join("ringback.toml")).filter(|file| file.is_file());
    match saved {
        Some(file) => {
            format!("put them back with `cp {} {}`", file.display(), home.settings().display())
        }
        None => "put them back from a copy; without one, `ringback init` asks for them anew".to_owned(),
    }
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        let causes = error.source().map(ToString::to_string).into_iter().collect();
        match &error {
            LoadError::Missing { path } => {
                let home = path.parent().map(Home::new).unwrap_or_else(|| Home::new("."));
                Self::wrong_settings(error.to_string()).hint(without_settings(&home))
            }
            LoadError::Wrong(problems) => {
                let mistakes = if problems.len() == 1 { "a mistake" } else { "mistakes" };
                Self::wrong_settings(format!("`{}` has {mistakes}", problems.file()))
                    .report(problems.render(crate::notation::Style::Coloured))
            }
            LoadError::Unreadable { .. } => {
                let failure = Self { causes, ..Self::wrong_settings(error.to_string()) };
                failure.hint(CANNOT_BE_READ)
            }
            LoadError::PublicUrl { .. } | LoadError::Credential(_) => {
                Self { causes, ..Self::wrong_settings(error.to_string()) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_reads_from_what_to_why_to_what_to_do() {
        let why = std::io::Error::other("no \u{1b}[2Jspace");
        let failure = Failure::could_not("`a.db` cannot be opened").because(&why).hint("make room");
        let expected = "error: `a.db` cannot be opened\ncaused by: no [2Jspace\nhint: make room\n";
        assert_eq!(failure.to_string(), expected);
    }

    #[test]
    fn each_kind_has_the_exit_code_that_scripts_rely_on() {
        let kinds = [FailureKind::CouldNot, FailureKind::WrongUsage, FailureKind::WrongSettings];
        assert_eq!(kinds.map(FailureKind::exit_code), [1, 2, 78]);
    }

    #[test]
    fn mistakes_of_a_file_are_shown_before_the_message() {
        let failure = Failure::wrong_settings("`a.toml` has a mistake").report("a.toml:1:1: wrong");
        assert_eq!(failure.to_string(), "a.toml:1:1: wrong\n\nerror: `a.toml` has a mistake\n");
    }
}
