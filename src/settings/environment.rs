//! What the process was started with, as far as settings go.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use super::Secret;

/// The variables that settings listen to. Empty ones are as good as unset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// `RINGBACK_PUBLIC_URL`; wins over the file.
    pub public_url: Option<String>,
    /// `RINGBACK_TWILIO_AUTH_TOKEN`; wins over all other places.
    pub twilio_auth_token: Option<Secret>,
    /// `CREDENTIALS_DIRECTORY`, where systemd puts credentials.
    pub credentials: Option<PathBuf>,
    /// `PATH`, where the program of `[notify]` is looked for; without it, it is not looked for.
    pub path: Option<OsString>,
}

impl Environment {
    /// The variables of this process.
    pub fn of_process() -> Self {
        let text = |name| env::var(name).ok().filter(|value: &String| !value.trim().is_empty());
        Self {
            public_url: text("RINGBACK_PUBLIC_URL"),
            twilio_auth_token: text("RINGBACK_TWILIO_AUTH_TOKEN").map(|token| Secret::new(token.trim())),
            credentials: env::var_os("CREDENTIALS_DIRECTORY")
                .filter(|dir| !dir.is_empty())
                .map(PathBuf::from),
            path: env::var_os("PATH"),
        }
    }
}
