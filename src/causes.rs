//! An error with everything that led to it, for the one line at the boundary where it is handled.

use std::error::Error;

/// The error and its causes, from what to why, with colons between.
pub fn with_causes(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words.push_str(": ");
        words.push_str(&error.to_string());
        cause = error.source();
    }
    words
}
