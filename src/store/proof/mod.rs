//! The proof that nothing slipped: each day's calls add up, and each that nobody took has its entry.

mod fault;
mod read;

pub use fault::{Fault, Finding};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::{StoreError, Tx};

/// What is to be proved.
#[derive(Clone, Debug)]
pub struct Claim<'a> {
    /// The business's zone: a call belongs to the day on which it came there.
    pub zone: &'a TimeZone,
    /// The moment.
    pub now: Timestamp,
    /// A call of which nothing was heard for longer is not going on any more.
    pub quiet_at_most: SignedDuration,
    /// The first day; all before it are left out.
    pub since: Option<Date>,
    /// The last day.
    pub until: Option<Date>,
}

impl<'a> Claim<'a> {
    /// All days.
    pub fn of_all(zone: &'a TimeZone, now: Timestamp, quiet_at_most: SignedDuration) -> Self {
        Self { zone, now, quiet_at_most, since: None, until: None }
    }
}

/// What came of the calls of one day.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// All calls.
    pub calls: u64,
    /// A person talked with the caller.
    pub answered: u64,
    /// Refused.
    pub blocked: u64,
    /// Nobody talked with the caller, and somebody has dealt with it.
    pub missed_closed: u64,
    /// Nobody talked with the caller, and somebody is to ring back.
    pub missed_open: u64,
    /// Going on.
    pub in_progress: u64,
    /// Forgotten; nothing but the day is known.
    pub forgotten: u64,
}

impl Tally {
    /// How many calls are accounted for.
    pub fn accounted(&self) -> u64 {
        self.answered
            + self.blocked
            + self.missed_closed
            + self.missed_open
            + self.in_progress
            + self.forgotten
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            calls: self.calls + other.calls,
            answered: self.answered + other.answered,
            blocked: self.blocked + other.blocked,
            missed_closed: self.missed_closed + other.missed_closed,
            missed_open: self.missed_open + other.missed_open,
            in_progress: self.in_progress + other.in_progress,
            forgotten: self.forgotten + other.forgotten,
        }
    }
}

/// What the file shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// The days on which calls came, in their order.
    pub days: Vec<(Date, Tally)>,
    /// Everything that is not as it should be.
    pub findings: Vec<Finding>,
}

impl Proof {
    /// Whether nothing slipped.
    pub fn holds(&self) -> bool {
        self.findings.is_empty() && self.days.iter().all(|(_, tally)| tally.accounted() == tally.calls)
    }

    /// All days together.
    pub fn total(&self) -> Tally {
        self.days.iter().fold(Tally::default(), |sum, (_, tally)| sum.and(*tally))
    }

    /// What was found on one day.
    pub fn found_on(&self, day: Date) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(move |finding| finding.day == day)
    }
}

impl Tx<'_> {
    /// Goes once through the whole file, in the one transaction of this look: a million calls take about a second, for
    /// which the WAL can wait. Several looks would take a call that moves meanwhile for one that slipped.
    pub fn proof(&self, claim: &Claim<'_>) -> Result<Proof, StoreError> {
        let mut proof = read::everything(self, claim)?;
        let is_asked = |day: Date| {
            claim.since.is_none_or(|since| day >= since) && claim.until.is_none_or(|until| day <= until)
        };
        proof.days.retain(|(day, _)| is_asked(*day));
        proof.findings.retain(|finding| is_asked(finding.day));
        Ok(proof)
    }
}
