//! A flow as a picture: what callers hear, what they can press, and where that leads, in three forms.
//!
//! A [`Chart`] is drawn once from a checked flow; the forms show the same boxes and ways, each of them once. None of
//! them runs a script or asks for anything from outside.

mod chart;
mod mermaid;
mod pace;
mod svg;
mod tree;

pub use chart::{By, Chart, From, Kind, Shape, Way};
pub use mermaid::mermaid;
pub use svg::svg;
pub use tree::tree;
