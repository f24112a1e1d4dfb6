//! The database is locked, slow or full, or the kernel says no.

use std::fs;
use std::time::Duration;

use rusqlite::Connection;
use tokio::runtime::Handle;

use crate::matrix::Case;
use crate::place::Place;
use crate::trial::{Skip, Trial};

pub const CASES: [Case; 1] = [
    Case { fault: "F1", what: "locked by another program", promise: "P3", run: locked },
];

type Tried = Result<Trial, Skip>;

fn locked(runtime: &Handle) -> Tried {
    let mut trial = Trial::at(Place::plain(), runtime);
    if trial.under_load() {
        let other = Connection::open(trial.place.path("ringback.db")).unwrap();
        other.execute_batch("begin immediate").unwrap();
        trial.last(Duration::from_secs(5));
        drop(other);
        trial.hear(60);
    }
    Ok(trial)
}
