//! The faults, by what they break.

mod store;

use crate::matrix::Case;

/// Everything that can be tried on a plain machine.
pub fn all() -> Vec<Case> {
    [store::CASES].into_iter().flatten().collect()
}

/// What cannot, and why.
pub const CANNOT: &[(&str, &str)] = &[];
