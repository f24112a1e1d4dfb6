//! Secrets, and the places where they are looked for.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::notation::{Entry, Placed, Problem, Problems, Table, Value};

/// Text that must not be shown; Debug does not.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Box<str>);

impl Secret {
    /// Wraps it.
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// The text itself, for a signature or a login; never for a log.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// A systemd credential that is there but cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read the credential `{}`", path.display())]
pub struct CredentialError {
    /// The file.
    pub path: PathBuf,
    /// Why.
    #[source]
    pub source: io::Error,
}

/// The systemd credential of that name, if the service was given one.
pub(super) fn credential(directory: Option<&Path>, name: &str) -> Result<Option<Secret>, CredentialError> {
    let Some(path) = directory.map(|directory| directory.join(name)) else {
        return Ok(None);
    };
    match fs::read_to_string(&path) {
        Ok(text) => Ok(found(&text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(CredentialError { path, source }),
    }
}

/// The secret in a file that the settings name. A file that is absent, empty or open to everybody is a warning: it
/// may be needed on another machine only, and `serve` refuses to start without a key anyway.
pub(super) fn in_file(home: &Path, name: &Placed<String>, problems: &mut Problems) -> Option<Secret> {
    let path = home.join(&name.value);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) => {
            let message = format!("`{}` cannot be read: {error}", name.value);
            problems.push(
                Problem::warning(name.span.clone(), message)
                    .hint("put the token into that file, or set `RINGBACK_TWILIO_AUTH_TOKEN`"),
            );
            return None;
        }
    };
    if is_open_to_all(&path) {
        let message = format!("everybody on this machine can read `{}`", name.value);
        problems.push(
            Problem::warning(name.span.clone(), message).hint(format!("run `chmod 600 {}`", path.display())),
        );
    }
    let secret = found(&text);
    if secret.is_none() {
        problems.push(Problem::warning(name.span.clone(), format!("`{}` is empty", name.value)));
    }
    secret
}

fn found(text: &str) -> Option<Secret> {
    let text = text.trim();
    (!text.is_empty()).then(|| Secret::new(text))
}

#[cfg(unix)]
fn is_open_to_all(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;

    fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o004 != 0)
}

#[cfg(not(unix))]
fn is_open_to_all(_path: &Path) -> bool {
    false
}

/// What the file says in clear that no problem's snippet may show.
#[derive(Default)]
pub(super) struct Inline {
    pub(super) auth_token: Option<String>,
    pub(super) path_secret: Option<String>,
}

/// Takes the secrets out of a settings file: the text with `*` in their place, every other byte where it was, and
/// the secrets.
pub(super) fn hide(text: &str) -> (String, Inline) {
    let (mut table, mut problems) = Table::parse("", text);
    let mut clean = text.to_owned();
    let twilio = table
        .take_table("provider", &mut problems)
        .and_then(|mut provider| provider.take_table("twilio", &mut problems));
    let mut inline = Inline::default();
    if let Some(mut twilio) = twilio {
        inline.auth_token = twilio.take("auth-token").and_then(|entry| star_out(&mut clean, entry));
        inline.path_secret = twilio.take("path-secret").and_then(|entry| star_out(&mut clean, entry));
        for open in ["account-sid", "auth-token-file", "on-bad-signature"] {
            twilio.take(open);
        }
        // A key that nobody knows may be one of these, mistyped.
        for unknown in twilio.take_rest() {
            star_out(&mut clean, unknown);
        }
    }
    if problems.is_torn() {
        clean = clean.split_inclusive('\n').map(star_out_line).collect();
    }
    (clean, inline)
}

/// Puts `*` in the place of a text and gives the text.
fn star_out(clean: &mut String, entry: Entry) -> Option<String> {
    let Value::Text(secret) = entry.value.value else {
        return None;
    };
    // Quotation marks and line ends stay, so that every problem keeps its place.
    let inner = entry.value.span.start + 1..entry.value.span.end.saturating_sub(1);
    let stars: String =
        clean.get(inner.clone())?.bytes().map(|b| if b == b'\n' { '\n' } else { '*' }).collect();
    clean.replace_range(inner, &stars);
    Some(secret)
}

/// A line that could not be read may still hold a secret behind its key.
fn star_out_line(line: &str) -> String {
    let Some((key, value)) = line.split_once('=') else {
        return line.to_owned();
    };
    if !["auth-token", "path-secret"].contains(&key.trim().replace('_', "-").as_str()) {
        return line.to_owned();
    }
    let stars: String = value.chars().map(|c| if c.is_ascii_alphanumeric() { '*' } else { c }).collect();
    format!("{key}={stars}")
}
