//! TOML as the owner writes it: every value with its place, every mistake of a file at once.
//!
//! Knows nothing of flows or settings: their readers take the keys they know from a [`Table`], and whatever is left
//! is a mistake.

mod complaint;
mod duration;
mod jargon;
mod nearest;
mod parse;
mod problem;
mod table;

pub use duration::{UNITS, parse_duration};
pub use nearest::did_you_mean;
pub use parse::{MOST_BYTES, MOST_DEPTH, MOST_VALUES, decode};
pub use problem::{Level, Problem, Problems, Spelling, Style};
pub use table::{Entry, Placed, Table, Value};
