//! The faults, by what they break.

mod file;
mod process;
mod resources;
mod store;
mod wire;

use crate::matrix::Case;
use crate::trial::{Skip, Trial};

/// A trial, or why it cannot be made.
type Tried = Result<Trial, Skip>;

/// Everything that can be tried on a plain machine, in the order of the list.
pub fn all() -> Vec<Case> {
    let mut all: Vec<Case> = store::CASES.into();
    all.extend(file::CASES);
    all.extend(process::CASES);
    all.extend(resources::CASES);
    all.extend(wire::CASES);
    all.sort_by_key(|case| case.fault.trim_start_matches('F').parse::<u32>().unwrap_or(0));
    all
}

/// What cannot, and why.
pub const CANNOT: &[(&str, &str)] = &[
    (
        "F26 REST answers of 429, 5xx or bad JSON",
        "the provider's host is built in and its certificate is checked; `cargo test --test it -- provider_calls` has them",
    ),
    (
        "F28 certificate expired",
        "the server ends no TLS, the proxy does; that `doctor` looks at the certificate is not built yet",
    ),
    (
        "F29 ten million calls",
        "it takes hours; the short soak above shows the trend, `scripts/many-calls` fills a home",
    ),
    (
        "F47 an old `sqlite3` on the live file",
        "the program cannot see it; RELIABILITY.md says what to use instead",
    ),
    (
        "lying or reordering disks",
        "no file system of that kind is here; `scripts/power-cut` models a disk that honours flush",
    ),
    ("network file systems", "there is no NFS server here; `cargo test` covers that they are refused"),
];
