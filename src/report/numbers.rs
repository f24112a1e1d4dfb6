//! The numbers of a day, of a period, and of the one before.

use jiff::SignedDuration;
use jiff::civil::Date;

use crate::call::{AreaName, MissedReason, PersonName, PhoneNumber};
use crate::call_back::{AttemptOutcome, CloseOutcome};

use super::facts::FlowVersionName;
use super::period::Period;

/// A period, counted.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Its days.
    pub period: Period,
    /// All of it.
    pub total: Numbers,
    /// Each of its days, in order.
    pub days: Vec<Day>,
    /// The same numbers of [`Period::before`].
    pub before: Numbers,
    /// Calls by the hour of the local day.
    pub hours: [u32; 24],
    /// The same by weekday, Monday first.
    pub week: [[u32; 24]; 7],
    /// Calls by what they were about; most calls first, as in all of these.
    pub areas: Vec<(Option<AreaName>, Share)>,
    /// What each person did; who answered most first.
    pub people: Vec<(PersonName, Person)>,
    /// Calls by the version of the flow that answered them.
    pub flows: Vec<(Option<FlowVersionName>, Share)>,
    /// Calls by the line that was rung.
    pub lines: Vec<(Option<PhoneNumber>, Share)>,
}

/// A day and its numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Day {
    /// The day.
    pub date: Date,
    /// Its numbers.
    pub numbers: Numbers,
}

/// What is counted of every stretch of time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Numbers {
    /// Calls that came in.
    pub calls: Calls,
    /// How long callers rang before a person took the call.
    pub to_a_person: Spread,
    /// Promises that were made.
    pub promises: Promises,
    /// How long callers waited to be rung back.
    pub to_call_back: Spread,
    /// Entries that nobody has rung.
    pub not_yet_rung: u32,
    /// Those of them that are still open.
    pub still_waiting: u32,
    /// Entries that were opened.
    pub entries: Entries,
    /// Attempts that did not reach the caller, in the order of [`AttemptOutcome::ALL`].
    pub attempts: [u32; AttemptOutcome::ALL.len()],
}

/// Calls by what came of them.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    /// A person talked with the caller.
    pub answered: u32,
    /// Nobody did, in the order of [`MissedReason::ALL`].
    pub missed_by: [u32; MissedReason::ALL.len()],
    /// The caller is on the block list.
    pub blocked: u32,
    /// Not over yet.
    pub going_on: u32,
}

impl Calls {
    /// All that came in.
    pub fn all(&self) -> u32 {
        self.answered + self.missed() + self.blocked + self.going_on
    }

    /// Those that nobody took.
    pub fn missed(&self) -> u32 {
        self.missed_by.iter().sum()
    }

    /// How many were missed for a reason.
    pub fn missed_for(&self, reason: MissedReason) -> u32 {
        let reasons = MissedReason::ALL.iter().zip(self.missed_by);
        reasons.filter(|(one, _)| **one == reason).map(|(_, missed)| missed).sum()
    }

    /// Answered out of answered and missed.
    pub fn answer_rate(&self) -> Option<f64> {
        rate(self.answered, self.missed())
    }
}

/// Promises by whether they were kept.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Promises {
    /// Somebody rang in time.
    pub kept: u32,
    /// Nobody did.
    pub broken: u32,
    /// There is still time.
    pub open: u32,
}

impl Promises {
    /// All that were made.
    pub fn made(&self) -> u32 {
        self.kept + self.broken + self.open
    }

    /// Kept out of kept and broken.
    pub fn rate_kept(&self) -> Option<f64> {
        rate(self.kept, self.broken)
    }
}

/// Entries by how they ended.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Entries {
    /// Closed, in the order of [`CloseOutcome::ALL`].
    pub closed_as: [u32; CloseOutcome::ALL.len()],
    /// Still open.
    pub open: u32,
}

impl Entries {
    /// All that were opened.
    pub fn opened(&self) -> u32 {
        self.closed() + self.open
    }

    /// Those that are done.
    pub fn closed(&self) -> u32 {
        self.closed_as.iter().sum()
    }
}

/// Calls of an area, a flow or a line.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// All of them.
    pub calls: u32,
    /// Those that a person took.
    pub answered: u32,
    /// Those that nobody took.
    pub missed: u32,
}

impl Share {
    /// Answered out of answered and missed.
    pub fn answer_rate(&self) -> Option<f64> {
        rate(self.answered, self.missed)
    }
}

/// What a person did.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// Calls that they took.
    pub answered: u32,
    /// Attempts that they made.
    pub attempts: u32,
    /// Entries that were closed in their name.
    pub closed: u32,
}

/// How a length of time is spread: the value within which half of them lie, and nine in ten.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Spread {
    /// How many there are.
    pub count: u32,
    /// Half of them.
    pub p50: Option<SignedDuration>,
    /// Nine in ten.
    pub p90: Option<SignedDuration>,
}

impl Spread {
    /// Of lengths in any order.
    pub(super) fn of(mut lengths: Vec<SignedDuration>) -> Self {
        lengths.sort_unstable();
        Self { count: count(lengths.len()), p50: nearest_rank(&lengths, 50), p90: nearest_rank(&lengths, 90) }
    }
}

/// Whether a number went the way that it should.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Trend {
    /// It did.
    Better,
    /// It went the other way.
    Worse,
    /// It stayed.
    Same,
}

impl Trend {
    /// A number of which more is better.
    pub fn up<T: PartialOrd>(now: Option<T>, before: Option<T>) -> Option<Self> {
        let (now, before) = now.zip(before)?;
        Some(if now > before {
            Self::Better
        } else if now < before {
            Self::Worse
        } else {
            Self::Same
        })
    }

    /// A number of which less is better.
    pub fn down<T: PartialOrd>(now: Option<T>, before: Option<T>) -> Option<Self> {
        Self::up(before, now)
    }
}

pub(super) fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

fn rate(good: u32, bad: u32) -> Option<f64> {
    let all = f64::from(good) + f64::from(bad);
    (all > 0.0).then(|| f64::from(good) / all)
}

fn nearest_rank(sorted: &[SignedDuration], percent: usize) -> Option<SignedDuration> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(seconds: &[i64]) -> (Option<i64>, Option<i64>) {
        let lengths = seconds.iter().copied().map(SignedDuration::from_secs).collect();
        let Spread { p50, p90, .. } = Spread::of(lengths);
        (p50.map(|p50| p50.as_secs()), p90.map(|p90| p90.as_secs()))
    }

    #[test]
    fn half_and_nine_in_ten_are_values_that_occurred() {
        assert_eq!(spread(&[]), (None, None));
        assert_eq!(spread(&[7]), (Some(7), Some(7)));
        assert_eq!(spread(&[9, 1]), (Some(1), Some(9)));
        assert_eq!(spread(&[5, 3, 1]), (Some(3), Some(5)));
        assert_eq!(spread(&[10, 9, 8, 7, 6, 5, 4, 3, 2, 1]), (Some(5), Some(9)));
        assert_eq!(spread(&[11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]), (Some(6), Some(10)));
    }

    #[test]
    fn a_rate_of_nothing_is_none() {
        assert_eq!(Calls::default().answer_rate(), None);
        assert_eq!(Calls { blocked: 3, going_on: 1, ..Calls::default() }.answer_rate(), None);
        assert_eq!(Promises { kept: 0, broken: 0, open: 4 }.rate_kept(), None);
        assert_eq!(Promises { kept: 3, broken: 1, open: 4 }.rate_kept(), Some(0.75));
    }

    #[test]
    fn a_trend_knows_which_way_is_better() {
        assert_eq!(Trend::up(Some(2), Some(1)), Some(Trend::Better));
        assert_eq!(Trend::down(Some(2), Some(1)), Some(Trend::Worse));
        assert_eq!(Trend::down(Some(1), Some(1)), Some(Trend::Same));
        assert_eq!(Trend::up(None, Some(1)), None);
    }
}
