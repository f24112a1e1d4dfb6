//! The webhook server: lets the provider in, keeps everybody else out, and always has a kind answer for a caller.
//!
//! It decides nothing about a call. What it must never do: answer a genuine request with an error, store anything
//! for one that is not, or let a slow stranger stand in a caller's way.

mod board;
mod body;
mod descriptors;
mod last_word;
mod live;
mod noted;
mod place;
mod presence;
mod respond;
mod run;
mod seat;
mod station;
mod supervisor;
mod workers;

pub use board::Board;
pub use live::{Audio, Live, SafeReplies};
pub use presence::{Closed, Running, keep_closed, running};
pub use run::{CutOff, Limits, run};
pub use station::{Opening, ServeError, StartError, Station};

use std::error::Error;
use std::sync::Arc;

use hyper::body::Bytes;
use jiff::Timestamp;
use tokio::time::Instant;

use crate::dialect::{Malformed, Parties, Route, Webhook};

/// Who knows what to answer: the switchboard, as the server sees it.
pub trait Answers: Send + Sync + 'static {
    /// The settings and the safe replies of this moment. Asked for every request, so it must be cheap.
    fn live(&self) -> Arc<Live>;

    /// What time it is.
    fn now(&self) -> Timestamp;

    /// Answers one genuine webhook, whose time runs since it was read. The future may be dropped when it takes too long.
    fn answer(
        &self,
        read_at: Instant,
        webhook: Webhook,
    ) -> impl Future<Output = Result<Answer, Unanswered>> + Send;

    /// Somebody without a right signature was turned away; nothing of the request may be kept. Gives how many that were.
    fn note_turned_away(&self) -> u64;

    /// Keeps a row of a genuine request that could not be understood; the caller hears the safe reply.
    fn keep_malformed(
        &self,
        read_at: Instant,
        request: MalformedRequest,
    ) -> impl Future<Output = Result<(), Unanswered>> + Send;
}

/// What a webhook is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// This document.
    Document(Bytes),
    /// Nothing: the request only told us something.
    Nothing,
    /// The step of the safe reply that fits the request.
    Safe,
}

/// Why a genuine webhook has no answer of its own. Logged with its whole chain, so it must not quote a number.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Unanswered(pub Box<dyn Error + Send + Sync>);

/// A genuine request that could not be understood.
#[derive(Clone, Debug, PartialEq)]
pub struct MalformedRequest {
    /// Equal requests have equal names, so that a repeat is no second row.
    pub fingerprint: String,
    /// When it came.
    pub at: Timestamp,
    /// The path, without the query.
    pub path: String,
    /// What the path stands for; `None` for a URL that we never gave out.
    pub route: Option<Route>,
    /// The call that it is about, where it says so clearly.
    pub parties: Option<Parties>,
    /// What is wrong with it.
    pub why: Fault,
    /// The first kilobyte of its body as it came; it may hold numbers and names.
    pub body_start: Vec<u8>,
}

/// What is wrong with a genuine request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It cannot be read.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// No provider sends that much.
    #[error("the body is {0} bytes long")]
    TooLong(usize),
    /// It may be right, and we cannot read it.
    #[error("a bug of ringback keeps it from being read")]
    Bug,
}
