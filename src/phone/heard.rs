//! What a call came to: what everybody heard, and everything that went over the wire.

use std::fmt;
use std::time::Duration;

use super::trouble::{Fault, Trouble};
use super::wire::{Request, Response};

/// A call, over.
#[derive(Clone, Debug)]
pub struct Heard {
    /// The provider's id of the call.
    pub call: String,
    /// What was heard and done, in order.
    pub lines: Vec<Line>,
    /// How it ended for the caller.
    pub ended: Ended,
    /// How long it took.
    pub lasted: Duration,
    /// Every request in the order of sending, with its answer.
    pub sent: Vec<Sent>,
    /// Requests that the provider holds back; a test sends them when it likes.
    pub late: Vec<Request>,
    /// Everything that the provider's debugger would show.
    pub troubles: Vec<Trouble>,
}

/// One thing heard or done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Since the call came in.
    pub at: Duration,
    /// Who speaks or acts.
    pub who: Who,
    /// The words in quotes, or what is done.
    pub what: String,
}

/// Who speaks or acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// We, to the caller.
    Ringback,
    /// The caller.
    Caller,
    /// Somebody whose phone we rang, by name or number.
    Person(String),
    /// We, to that person.
    To(String),
    /// The provider itself.
    Provider,
    /// Nobody: what happens on the line.
    Line,
}

/// How a call ended for the caller.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The caller hung up.
    CallerLeft,
    /// We did.
    HungUp,
    /// A document ended without saying what comes next, so the provider hung up.
    RanOut,
    /// The call was not taken.
    Rejected {
        /// The caller heard the busy tone.
        busy: bool,
    },
    /// The provider gave up on us.
    Broken,
}

/// What a request is for.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The caller's next document.
    Turn,
    /// A document for somebody whose phone we rang.
    Leg,
    /// A report, whose answer steers nothing.
    Report,
    /// The caller's next document, after the right one failed.
    Fallback,
}

/// A request and what came of it.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Since the call came in.
    pub at: Duration,
    /// What for.
    pub purpose: Purpose,
    /// The request.
    pub request: Request,
    /// The answer.
    pub answer: Result<Response, Fault>,
}

impl Heard {
    /// Whether the words were heard, by anybody.
    pub fn has(&self, words: &str) -> bool {
        self.lines.iter().any(|line| line.what.contains(words))
    }

    /// The body of every answer that is a document, for other judges.
    pub fn documents(&self) -> Vec<String> {
        let of_call = self.sent.iter().filter(|sent| sent.purpose != Purpose::Report);
        of_call.filter_map(|sent| Some(sent.answer.as_ref().ok()?.text())).collect()
    }

    /// The call, if nothing was wrong with it. The strict way to use the phone: any trouble is an error.
    pub fn clean(self) -> Result<Self, Unclean> {
        if self.troubles.is_empty() { Ok(self) } else { Err(Unclean(Box::new(self))) }
    }
}

/// A call in which the provider had something to complain about.
#[derive(Clone, Debug, thiserror::Error)]
pub struct Unclean(pub Box<Heard>);

impl fmt::Display for Unclean {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for trouble in &self.0.troubles {
            writeln!(f, "{trouble}")?;
        }
        write!(f, "{}", self.0)
    }
}

impl fmt::Display for Heard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.lines.iter().map(|line| line.who.to_string().chars().count());
        let width = names.max().unwrap_or(0).max(10);
        for line in &self.lines {
            let at = line.at.as_secs();
            let what =
                format!("{:>2}:{:02}  {:width$}  {}", at / 60, at % 60, line.who.to_string(), line.what);
            writeln!(f, "{}", what.trim_end())?;
        }
        Ok(())
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ringback => f.pad("ringback"),
            Self::Caller => f.pad("caller"),
            Self::Person(name) => f.pad(name),
            Self::To(name) => f.pad(&format!("to {name}")),
            Self::Provider => f.pad("provider"),
            Self::Line => f.pad(""),
        }
    }
}
