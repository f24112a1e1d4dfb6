//! The outside world over HTTPS: fetching a message, asking for calls, telling somebody.
//!
//! Never in a caller's way, never to a place that a request named: only to the provider's own hosts and to what the
//! owner wrote into the settings. Secrets and numbers stay out of errors and logs.

mod calls;
mod door;
mod notify;
mod recording;

pub use calls::{
    Account, ApiBase, AskError, CallState, NotTheApi, ProviderCallRecord, call_state, recent_calls,
};
pub use notify::{Notify, TellError, tell};
pub use recording::{FetchError, fetch_recording};
