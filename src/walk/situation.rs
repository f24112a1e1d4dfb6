//! The situations that a caller can be in, as far as a flow can tell them apart.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use crate::business::{Absences, Away, Business};
use crate::call::{Acquaintance, Caller, Leg, PhoneNumber, TurnNumber};
use crate::engine::Facts;
use crate::flow::Flow;
use crate::language::Language;

use super::Moments;

/// Somebody whom no list knows.
const A_CALLER: &str = "+15550142";

/// The turn that every reply of a walk counts as, so that a state that is found twice is one.
pub(super) const A_TURN: TurnNumber = 1;

/// One situation: who rings, and when.
#[derive(Clone, Debug)]
pub struct Situation {
    /// What is special about it.
    pub kind: Kind,
    /// The language that the caller is known to speak, where it is not the flow's main one.
    pub language: Option<Language>,
    /// When the call comes.
    pub now: Timestamp,
    /// Who rings.
    pub caller: Caller,
    /// What is known of the caller.
    pub about: Acquaintance,
    /// The line that is rung.
    pub line: Option<PhoneNumber>,
    /// Who is away.
    pub away: Absences,
}

/// What is special about a situation.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Nothing: opening hours, and somebody is on duty.
    Open,
    /// Opening hours, and nobody is on duty.
    NobodyOnDuty,
    /// Outside opening hours.
    Closed,
    /// The business is away, in opening hours where it has any.
    Away,
    /// The second call within minutes.
    Again,
    /// The caller is known.
    Known,
    /// The caller withholds the number, while open.
    Withheld,
    /// The caller withholds the number, outside opening hours.
    WithheldClosed,
    /// The number is on the block list.
    Blocked,
    /// Nobody knows the number, and the flow tests whether a person rings. In all other situations the caller passed.
    Unknown,
}

/// All situations of that flow and business in the week after `now`, in a fixed order.
pub fn situations(flow: &Flow, business: &Business, moments: &Moments) -> Vec<Situation> {
    let start = &flow.start;
    let in_hours = moments.open.or(moments.nobody);
    let ordinary = in_hours.or(moments.closed);
    let mut found: Vec<Situation> = [
        (Kind::Open, moments.open),
        (Kind::NobodyOnDuty, moments.nobody),
        (Kind::Closed, moments.closed),
        (Kind::Away, ordinary),
        (Kind::Again, ordinary.filter(|_| start.again.is_some())),
        (Kind::Known, ordinary.filter(|_| start.known.is_some())),
        (Kind::Withheld, in_hours),
        (Kind::WithheldClosed, moments.closed),
        (Kind::Blocked, ordinary),
        (Kind::Unknown, ordinary.filter(|_| start.human_test)),
    ]
    .into_iter()
    .filter_map(|(kind, now)| Some(Situation::new(kind, now?, business)))
    .collect();
    for language in flow.languages.iter().skip(1) {
        let ordinary = |one: &&Situation| matches!(one.kind, Kind::Open | Kind::Closed);
        let in_language: Vec<_> =
            found.iter().filter(ordinary).filter(|one| one.language.is_none()).cloned().collect();
        found.extend(in_language.into_iter().map(|mut one| {
            one.language = Some(*language);
            one.about.language = Some(*language);
            one
        }));
    }
    found
}

impl Situation {
    fn new(kind: Kind, now: Timestamp, business: &Business) -> Self {
        let withheld = matches!(kind, Kind::Withheld | Kind::WithheldClosed);
        let caller = match PhoneNumber::parse(A_CALLER).ok().filter(|_| !withheld) {
            Some(number) => Caller::read(number.as_str()),
            None => Caller::read("anonymous"),
        };
        let until = now.saturating_add(SignedDuration::from_hours(3)).unwrap_or(now);
        let away = (kind == Kind::Away).then_some(Away { until, reason: None });
        let about = Acquaintance {
            blocked: kind == Kind::Blocked,
            answered_before: kind == Kind::Known,
            human: kind != Kind::Unknown,
            last_spoke_with: (kind == Kind::Known).then(|| business.owner.clone()),
            ..Acquaintance::default()
        };
        Self {
            kind,
            language: None,
            now,
            caller,
            about,
            line: business.lines.first().map(|line| line.number.clone()),
            away: Absences { business: away, people: Vec::new() },
        }
    }

    /// What the conversation may know in it.
    pub(super) fn facts<'a>(&'a self, business: &'a Business, legs: &'a [Leg]) -> Facts<'a> {
        Facts {
            now: self.now,
            turn: A_TURN,
            business,
            caller: &self.caller,
            line: self.line.as_ref(),
            forwarded_from: None,
            about: &self.about,
            again: self.kind == Kind::Again,
            attested: true,
            away: &self.away,
            waiting: 0,
            legs,
            caller_left: false,
        }
    }
}

impl Kind {
    /// The word in `--json` and in drawings.
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::NobodyOnDuty => "nobody-on-duty",
            Self::Closed => "closed",
            Self::Away => "away",
            Self::Again => "again",
            Self::Known => "known",
            Self::Withheld => "withheld",
            Self::WithheldClosed => "withheld-closed",
            Self::Blocked => "blocked",
            Self::Unknown => "unknown",
        }
    }
}

/// As an owner says it: `outside opening hours, in Spanish`.
impl fmt::Display for Situation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            Kind::Open => "while open",
            Kind::NobodyOnDuty => "while open with nobody on duty",
            Kind::Closed => "outside opening hours",
            Kind::Away => "while you are away",
            Kind::Again => "on a second call within minutes",
            Kind::Known => "for a caller you know",
            Kind::Withheld => "for a withheld number",
            Kind::WithheldClosed => "for a withheld number outside opening hours",
            Kind::Blocked => "for a blocked number",
            Kind::Unknown => "for a number that nobody knows",
        })?;
        match self.language {
            Some(language) => write!(f, " ({language})"),
            None => Ok(()),
        }
    }
}
