//! The moments of the coming week that stand for "open" and "closed".

use jiff::{SignedDuration, Timestamp};

use crate::business::{Absences, Business};
use crate::language::Language;

/// How far the moments are looked for: a week, and the stretch in which it begins once more.
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24 + 6);
/// Fine enough for opening hours as people keep them.
const STEP: SignedDuration = SignedDuration::from_mins(30);

/// One moment of each kind, within a week of a given one: those at which the times that callers are told are longest
/// to say, so that what is measured is the worst and the same on every day of the week.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Moments {
    /// Open, and somebody is on duty.
    pub open: Option<Timestamp>,
    /// Open, and nobody is on duty.
    pub nobody: Option<Timestamp>,
    /// Closed.
    pub closed: Option<Timestamp>,
}

impl Moments {
    /// Those of the week after `now`, to the full hour before it.
    pub fn of(business: &Business, now: Timestamp) -> Self {
        let start = Timestamp::from_second(now.as_second() - now.as_second().rem_euclid(3600)).unwrap_or(now);
        let mut found = Self { open: None, nobody: None, closed: None };
        let mut worst = [0; 3];
        let (mut at, end) = (start, start.saturating_add(WEEK).unwrap_or(Timestamp::MAX));
        let here = Absences::default();
        // What is told changes where the day does and where the kind does; in between it is the same length.
        let seam_at = |at: Timestamp| {
            let kind = match (business.is_open(at), business.on_duty(at, &here).is_empty()) {
                (true, false) => 0,
                (true, true) => 1,
                (false, _) => 2,
            };
            (kind, business.time_zone.to_datetime(at).hour() / 6)
        };
        // Only whole stretches: the time of day at which somebody happens to look must not change the verdict.
        let mut before = seam_at(start);
        while at < end {
            let seam @ (kind, _) = seam_at(at);
            if before != seam {
                let told = words_told(business, at);
                let place = [&mut found.open, &mut found.nobody, &mut found.closed];
                if told > worst[kind] {
                    worst[kind] = told;
                    *place.into_iter().nth(kind).unwrap_or(&mut None) = Some(at);
                }
            }
            before = seam;
            at = at.saturating_add(STEP).unwrap_or(Timestamp::MAX);
        }
        found
    }
}

/// How many words the promise and the opening take; never none.
fn words_told(business: &Business, at: Timestamp) -> usize {
    let (here, language) = (Absences::default(), Language::default());
    let promise = business.spoken_promise(business.promise_at(at, &here, 0), at, language);
    let opens = business.spoken_opening(at, &here, language);
    1 + promise.split_whitespace().count() + opens.split_whitespace().count()
}
