//! The whole line in virtual time: a provider that doubles, reorders, drops and delays, callers and people who do
//! anything, a process that ends between any two steps, a store that fails, clocks that jump, files that are edited in
//! mid-call. The same seed is the same run; after every step the promises must hold.

mod books;
mod desk;
mod dice;
mod finish;
mod ledger;
mod line;
mod look;
mod plan;
mod promises;
mod provider;
mod replay;
mod ring;
mod shrink;
mod town;
mod trace;
mod wire;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};

use ringback::phone::Document;

pub use plan::{Plan, Rates};
pub use shrink::many;
#[allow(unused_imports, reason = "only the tests look at editions")]
pub use town::{BROKEN, EDITIONS, edition};
pub use world::run;

use ledger::{Broken, broken};

use crate::support::judge::judge;

/// Judged by another parser than the one that the provider reads with.
fn judged(document: &str) -> Result<(), Broken> {
    match catch_unwind(AssertUnwindSafe(|| judge(document))) {
        Ok(()) => Ok(()),
        Err(_) => broken("P1", format!("no provider would run {document}")),
    }
}

/// A document in a few words, for people.
fn brief(document: &str) -> String {
    let Ok(Document(verbs)) = Document::read(document.as_bytes()) else { return document.to_owned() };
    let words = verbs.iter().map(|verb| {
        let long = format!("{verb:?}");
        long.chars().take(90).collect::<String>()
    });
    if verbs.is_empty() {
        "(connects, or says nothing)".to_owned()
    } else {
        words.collect::<Vec<_>>().join("; ")
    }
}
