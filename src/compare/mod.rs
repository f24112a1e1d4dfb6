//! Two versions of a flow, set against each other: by every way a caller can go, and by the calls that there were.
//!
//! Both play the same [`turn`](crate::engine::turn) that answers calls. Nothing here reads a file or a database.

mod diff;
mod habit;
mod past;
mod player;
mod replay;

pub use diff::{Change, Difference, Reach, Version, diff};
pub use past::{PastCall, PastTurn};
pub use player::{Doubt, Ended};
pub use replay::{Replay, Replayed, Tally, replay};
