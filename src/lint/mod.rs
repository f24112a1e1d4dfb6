//! What a flow costs its callers, in seconds of their lives: the rules L1 to L28 of the friendliness limits.
//!
//! Judges a checked flow by every way through it; changes nothing and asks nobody. Where a rule holds because ringback
//! is built that way, it is measured all the same; two are not: L24 is about recorded talks, of which there are none, and
//! the quiet of L28 is the way of a key to ringback and of the answer back.

mod closed;
mod explain;
mod finding;
mod keys;
mod limits;
mod manners;
mod patience;
mod ringing;
mod seconds;
mod summary;
#[cfg(test)]
mod testing;
mod texts;
mod times;
mod wording;

pub use explain::{Explained, Source, explained};
pub use finding::{Finding, Rule};
pub use limits::{Bounds, Limits};
pub use summary::{Summary, Worst};
pub use wording::{invitation, menu_words, text, whisper};

use std::time::Duration;

use crate::business::Business;
use crate::flow::Flow;
use crate::notation::{Problem, Problems};
use crate::walk::{Ground, Moments, Walk, walk_all};

use finding::Findings;

/// What is judged.
#[derive(Copy, Clone)]
pub struct Subject<'a> {
    /// The flow.
    pub flow: &'a Flow,
    /// The business that it answers for.
    pub business: &'a Business,
    /// The moments that stand for open and closed.
    pub moments: &'a Moments,
    /// What is bearable.
    pub limits: &'a Limits,
    /// How long an audio file of the flows lasts, by its name.
    pub audio: &'a dyn Fn(&str) -> Option<Duration>,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Report {
    /// In the order of the rules.
    pub findings: Vec<Finding>,
    /// The figures of the whole flow; nothing for a flow that is too large to walk.
    pub summary: Summary,
}

impl<'a> Subject<'a> {
    /// What the walk goes over.
    pub fn ground(&self) -> Ground<'a> {
        Ground { flow: self.flow, business: self.business, rate: self.limits.rate, audio: self.audio }
    }
}

/// Judges a flow.
pub fn lint(subject: &Subject<'_>) -> Report {
    let ground = subject.ground();
    let walks = match walk_all(&ground, subject.moments) {
        Ok(walks) => walks,
        Err(too_large) => {
            let mut findings = Findings::default();
            findings.error(Rule::L25, 0..0, too_large.to_string());
            return Report { findings: findings.in_order(), summary: Summary::default() };
        }
    };
    let look = Look { subject, ground: &ground, walks: &walks };
    let mut findings = Findings::default();
    let rules: [fn(&Look<'_>, &mut Findings); 8] = [
        keys::check,
        seconds::check,
        patience::check,
        texts::check,
        ringing::check,
        closed::check,
        manners::check,
        manners::check_questions,
    ];
    for rule in rules {
        rule(&look, &mut findings);
    }
    Report { findings: findings.in_order(), summary: Summary::of(&walks) }
}

/// Judges a flow that was just read, and puts what is found among its problems.
pub fn judge(subject: &Subject<'_>, problems: &mut Problems) -> Summary {
    let report = lint(subject);
    report.findings.into_iter().map(Problem::from).for_each(|problem| problems.push(problem));
    report.summary
}

/// What every rule looks at.
struct Look<'a> {
    subject: &'a Subject<'a>,
    ground: &'a Ground<'a>,
    walks: &'a [Walk],
}
