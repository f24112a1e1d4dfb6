//! The line, over HTTP, on a real database: what callers hear, and what is in the file afterwards.

mod audio;
mod callers;
mod clock;
mod desk;
mod duty;
mod entries;
mod outcomes;
mod quiet;
mod reload;
mod safe;
mod speech;
mod transcript;
mod traps;
mod unheard;
