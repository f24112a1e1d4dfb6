//! A telephone provider, simulated: it signs, sends, runs our documents strictly, and plays callers and the people
//! whose phones ring.
//!
//! Nothing sleeps: time is virtual and passes when somebody in the call waits. Only requests take real time. Where
//! it is not known what a provider does, [`Quirks`] plays either way. Demo, rehearsal, bench and tests share it.
//!
//! | file | what |
//! |---|---|
//! | `wire` | signed requests |
//! | `tree`, `schema`, `document` | a document, read strictly |
//! | `script`, `staff` | what caller and people do |
//! | `call`, `menu`, `ring`, `leg`, `asks` | a call, played |
//! | `hearing`, `heard`, `trouble` | what came of it |

mod asks;
mod call;
mod clock;
mod document;
mod heard;
mod hearing;
mod leg;
mod menu;
mod ring;
mod schema;
mod script;
mod staff;
mod tree;
mod trouble;
mod wire;

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};

pub use clock::{Clock, time_to_say};
pub use document::{Dial, Document, Ears, Gather, Link, Number, Record, Reports, Sound, Verb};
pub use heard::{Ended, Heard, Line, Purpose, Sent, Unclean, Who};
pub use script::{Act, AfterMessage, BadScript, Script};
pub use staff::Staff;
pub use trouble::{Fault, Trouble};
pub use wire::{Request, Response};

/// Something to wait for before the request of this number in its call, which counts from 0.
pub type BeforeEach = Box<dyn Fn(usize) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// The provider's side of the wire. Calls may run side by side.
pub struct Exchange {
    /// Where requests are sent, without a slash at the end: `http://127.0.0.1:8080`.
    pub base_url: String,
    /// What is signed and what our documents name, without a slash at the end: `https://phone.example.com`.
    pub public_url: String,
    /// Where the number's URLs begin: `/twilio`, or `/twilio/s3cret`.
    pub prefix: String,
    /// The signing key; without one nothing is signed.
    pub secret: Option<String>,
    /// The account.
    pub account: String,
    /// What the provider does where that is not known.
    pub quirks: Quirks,
    /// The time. Calls that run side by side all move it.
    pub clock: Clock,
    /// What people are called in what was heard, by number.
    pub names: HashMap<String, String>,
    /// What happens before each request of a call: the server is restarted, say.
    pub before_each: Option<BeforeEach>,
    client: wire::HttpClient,
    first_id: u64,
    ids: AtomicU64,
}

/// What a provider does where its documentation does not say, or where practice differs.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Quirks {
    /// When one phone is picked up, the others stop ringing at once; otherwise only when somebody accepts.
    pub others_hung_up_at_pick_up: bool,
    /// A recording without a word still asks for the action; otherwise the document goes on.
    pub empty_recording_has_action: bool,
    /// What a ring that was picked up and not accepted is reported as.
    pub unaccepted: Unaccepted,
    /// A caller who leaves while phones ring still has the ring's end reported.
    pub ring_end_when_caller_leaves: bool,
    /// A caller who leaves in a menu has its action asked, without keys.
    pub menu_action_when_caller_leaves: bool,
    /// What became of a recording is not reported yet: it waits in [`Heard::late`].
    pub recording_report_late: bool,
    /// Whether and when the end of the call is reported.
    pub final_status: FinalStatus,
    /// The number has a fallback URL.
    pub fallback: bool,
}

/// What the provider says of a ring that was picked up and not accepted.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Unaccepted {
    /// Completed and bridged, with a duration.
    CompletedBridged,
    /// Completed with a duration, not bridged.
    Completed,
    /// Not answered.
    NoAnswer,
}

/// Whether and when the end of the call is reported.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum FinalStatus {
    /// Once, at the end.
    Sent,
    /// Twice.
    Doubled,
    /// Not yet: it waits in [`Heard::late`].
    Late,
    /// Not at all.
    Never,
}

impl Default for Quirks {
    fn default() -> Self {
        Self {
            others_hung_up_at_pick_up: true,
            empty_recording_has_action: false,
            unaccepted: Unaccepted::Completed,
            ring_end_when_caller_leaves: true,
            menu_action_when_caller_leaves: false,
            recording_report_late: false,
            final_status: FinalStatus::Sent,
            fallback: true,
        }
    }
}

impl Exchange {
    /// An exchange for the server that listens at `base_url` and calls itself `public_url`. It signs nothing
    /// until it has a secret.
    pub fn new(base_url: &str, public_url: &str) -> Self {
        let now = crate::clock::now();
        Self {
            base_url: base_url.trim_end_matches('/').to_owned(),
            public_url: public_url.trim_end_matches('/').to_owned(),
            prefix: "/twilio".to_owned(),
            secret: None,
            account: "AC00000000000000000000000000000100".to_owned(),
            quirks: Quirks::default(),
            clock: Clock::starting(now),
            names: HashMap::new(),
            before_each: None,
            client: wire::http_client(),
            // Two runs against one database must not use the same ids.
            first_id: now.as_millisecond().unsigned_abs(),
            ids: AtomicU64::new(0),
        }
    }

    /// Plays one call to its end. Whatever goes wrong is in what was heard: see [`Heard::clean`].
    pub async fn call(&self, script: Script) -> Heard {
        call::Call::new(self, script).run().await
    }

    /// The parameters of a first fetch, for tests that send their own requests.
    pub fn first_params(&self, call: &str, from: &str, to: &str) -> Vec<(String, String)> {
        let mut params = asks::party(&self.account, call, from, to);
        params.push(("CallStatus".to_owned(), "ringing".to_owned()));
        params.push(("Direction".to_owned(), "inbound".to_owned()));
        params
    }

    /// An id that nobody else has, with the provider's two letters in front.
    pub fn fresh_id(&self, letters: &str) -> String {
        format!("{letters}{:016x}{:016x}", self.first_id, self.ids.fetch_add(1, Ordering::Relaxed))
    }

    fn name(&self, number: &str) -> String {
        self.names.get(number).cloned().unwrap_or_else(|| number.to_owned())
    }
}
