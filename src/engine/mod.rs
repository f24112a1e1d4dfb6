//! The conversation: one question, one answer, no clock, no file, no network, no database.
//!
//! [`turn`] is total: every place answers every event. Everything that ringback can do with a caller is here.

mod ask;
mod call_back;
mod event;
mod facts;
mod fill;
mod hearing;
mod languages;
mod leg;
mod menu;
mod message;
mod patience;
mod reply;
mod ring;
mod scene;
mod start;
mod state;
mod turn;

pub use event::{Event, Heard, RingEnd};
pub use facts::{AGAIN, Facts};
pub use leg::{Announcement, accept_prompt, too_late};
pub use reply::{AcceptPrompt, LegReply, Reply, RungLeg, Speech, Then};
pub use state::{Place, State};
pub use turn::{Turn, turn};
