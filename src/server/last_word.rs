//! The line that is left of a request when a bug keeps us from knowing which call it is about.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use crate::call::Provider;
use crate::dialect::Route;
use crate::stderr;

/// Neither a number nor anything else that a stranger may have written.
#[derive(Serialize)]
struct LastLine {
    level: &'static str,
    message: &'static str,
    at: Timestamp,
    provider: &'static str,
    route: String,
}

/// Says on stderr, whatever the log leaves out, that a request came here at this time.
pub(super) fn say(route: Option<&Route>, at: Timestamp) {
    let line = LastLine {
        level: "ERROR",
        message: "a bug kept a webhook from being read; the call is known to the provider only",
        at,
        provider: Provider::Twilio.word(),
        route: route.map_or_else(|| "unknown".to_owned(), Route::to_string),
    };
    if let Ok(line) = serde_json::to_string(&line) {
        // It finds room where the log finds none. Its caller does not wait until it is written.
        stderr::lines().say(&line, Duration::ZERO);
    }
}
