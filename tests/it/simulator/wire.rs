//! Requests as they travel: what stands in them, and what the wire does to each.

use super::dice::Dice;
use super::line::Fate;
use super::plan::{DAY, HOUR, MINUTE, Plan, Rates, SECOND};

/// How often a provider asks again after no answer.
const RETRIES: u8 = 2;

/// What a request is for, on the provider's side.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Its answer tells what comes next in the caller's leg.
    Steers,
    /// Steers too, after nothing else could be had.
    Fallback,
    /// A leg picked up, or pressed a key.
    Leg(usize),
    /// It only tells.
    Reports,
    /// The end of the call, which may be lost.
    End,
    /// The caller is gone, and the answer steers nobody.
    Parting,
}

/// One request, delivered any number of times.
#[derive(Debug)]
pub struct Parcel {
    pub call: usize,
    pub target: String,
    pub body: String,
    pub purpose: Purpose,
    /// The provider's moment to which it belongs; what comes back later is of no use.
    pub epoch: u32,
    /// Whether the provider has its answer, or has given up.
    pub is_done: bool,
    /// What it was answered first by the store.
    pub first: Option<String>,
    /// Once the safe reply was given without the store, a repeat may hear another.
    pub was_journaled: bool,
    pub tries: u8,
}

impl Parcel {
    pub fn may_be_tried_again(&self) -> bool {
        self.tries <= RETRIES
    }
}

/// What happens to one sending.
#[derive(Clone, Debug, Default)]
pub struct Fates {
    /// When copies arrive after the sending, the one whose answer counts first; none for a request that is lost.
    pub copies: Vec<i64>,
    pub fate: Option<Fate>,
    /// The words for a transcript, where something went wrong.
    pub trouble: Option<&'static str>,
}

/// Decides what the wire does to the `nth` sending of a call.
pub fn fates(plan: &Plan, (call, nth): (u32, u32), purpose: Purpose) -> Fates {
    let mut dice = Dice::of(plan.seed, 1 << 40 | u64::from(call) << 16 | u64::from(nth));
    let quick = dice.between(20, 180);
    let plain = Fates { copies: vec![quick], fate: None, trouble: None };
    if plan.calm.contains(&(call, nth)) {
        return plain;
    }
    let Rates { doubled, reordered, crash, without_end } = plan.rates;
    if dice.chance(crash) {
        let (fate, trouble) = match dice.below(5) {
            0..2 => (Fate::EndsBefore, "the process ends before the commit"),
            2..4 => (Fate::EndsAfter, "the process ends after the commit, the reply is lost"),
            _ => (Fate::Fails, "a bug stops it, and it goes to the journal"),
        };
        return Fates { fate: Some(fate), trouble: Some(trouble), ..plain };
    }
    match purpose {
        Purpose::End if dice.chance(without_end) => {
            return Fates {
                copies: Vec::new(),
                fate: None,
                trouble: Some("the end of the call is never told"),
            };
        }
        Purpose::Reports if dice.chance(without_end) => {
            return Fates { copies: Vec::new(), fate: None, trouble: Some("this report is lost") };
        }
        Purpose::Reports
        | Purpose::End
        | Purpose::Steers
        | Purpose::Fallback
        | Purpose::Leg(_)
        | Purpose::Parting => {}
    }
    if dice.chance(doubled) {
        let after = match dice.below(8) {
            0..3 => 0,
            3..6 => dice.between(1, 20 * SECOND),
            6 => dice.between(MINUTE, 30 * MINUTE),
            _ if dice.chance(700) => dice.between(HOUR, DAY),
            // Whoever captured it sends it again when all is long over.
            _ => dice.between(2 * DAY, 9 * DAY),
        };
        return Fates { copies: vec![quick, quick + after], trouble: Some("comes twice"), ..plain };
    }
    if dice.chance(reordered) {
        let late = match purpose {
            Purpose::Reports | Purpose::End | Purpose::Parting => match dice.below(6) {
                0..4 => dice.between(SECOND, 40 * SECOND),
                4 => dice.between(MINUTE, 20 * MINUTE),
                _ => dice.between(HOUR, 9 * HOUR),
            },
            Purpose::Steers | Purpose::Fallback | Purpose::Leg(_) => dice.between(SECOND, 6 * SECOND),
        };
        return Fates { copies: vec![late], trouble: Some("comes late"), ..plain };
    }
    plain
}

/// A form being written.
#[derive(Clone, Debug, Default)]
pub struct Form(String);

impl Form {
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        if !self.0.is_empty() {
            self.0.push('&');
        }
        self.0.push_str(name);
        self.0.push('=');
        for byte in value.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'*' => {
                    self.0.push(byte.into())
                }
                b' ' => self.0.push('+'),
                _ => {
                    let hex = |digit: u8| char::from_digit(digit.into(), 16).unwrap().to_ascii_uppercase();
                    self.0.extend(['%', hex(byte >> 4), hex(byte & 15)]);
                }
            }
        }
        self
    }

    pub fn text(self) -> String {
        self.0
    }
}
