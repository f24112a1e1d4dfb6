//! A trouble that lasts, on the log: said when it begins, seldom while it goes on, and once when it is over.

use std::fmt::Display;
use std::sync::{Mutex, PoisonError};

use jiff::SignedDuration;

use crate::clock::Clock;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// When it is said again that it goes on; after that with each hour.
const AGAIN: [SignedDuration; 3] = [MINUTE, SignedDuration::from_mins(10), HOUR];

/// One thing that may go wrong again and again, whoever notices it.
pub struct Trouble {
    begins: &'static str,
    ends: &'static str,
    clock: Clock,
    course: Mutex<Course>,
}

/// How it went so far.
#[derive(Default)]
struct Course {
    spell: Option<Spell>,
    /// When a beginning was said last: what comes and goes every second is not said every second.
    told: Option<SignedDuration>,
}

/// From the first time that it was noticed until it was over.
struct Spell {
    began: SignedDuration,
    /// How often it was noticed since it was said.
    unsaid: u64,
    /// How often it was said.
    said: u32,
}

/// What is to be said of one more time.
#[derive(Debug, PartialEq, Eq)]
enum Word {
    Begins,
    GoesOn { lasted: SignedDuration, times: u64 },
}

/// A spell that is over.
#[derive(Debug, PartialEq, Eq)]
struct Over {
    lasted: SignedDuration,
    was_said: bool,
}

impl Trouble {
    /// With the words for its beginning and for its end, and the clock that measures it.
    pub fn new(begins: &'static str, ends: &'static str, clock: Clock) -> Self {
        Self { begins, ends, clock, course: Mutex::default() }
    }

    /// It was noticed, again or for the first time.
    pub fn is_met(&self, error: impl Display) {
        tracing::debug!(%error, "{}", self.begins);
        match self.course().is_met(self.clock.steady()) {
            Some(Word::Begins) => tracing::error!(%error, "{}", self.begins),
            Some(Word::GoesOn { lasted, times }) => {
                tracing::error!(%error, times, "{}, for {} now", self.begins, in_words(lasted));
            }
            None => {}
        }
    }

    /// All is well; whether it was not until now.
    pub fn is_over(&self) -> bool {
        self.is_over_with("")
    }

    /// The same, with what came of it.
    pub fn is_over_with(&self, result: &str) -> bool {
        let Some(Over { lasted, was_said }) = self.course().is_over(self.clock.steady()) else {
            return false;
        };
        if was_said {
            tracing::warn!("{} after {}{result}", self.ends, in_words(lasted));
        }
        true
    }

    fn course(&self) -> std::sync::MutexGuard<'_, Course> {
        self.course.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Course {
    fn is_met(&mut self, now: SignedDuration) -> Option<Word> {
        let spell = self.spell.get_or_insert(Spell { began: now, unsaid: 0, said: 0 });
        spell.unsaid += 1;
        let lasted = now - spell.began;
        if spell.said == 0 {
            if self.told.is_some_and(|told| now - told < MINUTE) {
                return None;
            }
            self.told = Some(now);
            (spell.said, spell.unsaid) = (1, 0);
            return Some(Word::Begins);
        }
        if lasted < due(spell.said) {
            return None;
        }
        // What nobody noticed for hours is not made up for.
        while due(spell.said) <= lasted {
            spell.said += 1;
        }
        Some(Word::GoesOn { lasted, times: std::mem::take(&mut spell.unsaid) })
    }

    fn is_over(&mut self, now: SignedDuration) -> Option<Over> {
        let spell = self.spell.take()?;
        Some(Over { lasted: now - spell.began, was_said: spell.said > 0 })
    }
}

/// How long it has to last to be said once more, when it was said so often.
fn due(said: u32) -> SignedDuration {
    let again = said.saturating_sub(1) as usize;
    AGAIN
        .get(again)
        .copied()
        .unwrap_or_else(|| HOUR * (said.saturating_sub(2)).try_into().unwrap_or(i32::MAX))
}

fn in_words(lasted: SignedDuration) -> String {
    match lasted.as_secs() {
        seconds @ ..120 => format!("{seconds} s"),
        seconds @ 120..7200 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(seconds: i64) -> SignedDuration {
        SignedDuration::from_secs(seconds)
    }

    #[test]
    fn a_trouble_of_three_hours_that_is_met_every_other_second_is_said_six_times_and_its_end_once() {
        let mut course = Course::default();
        let said: Vec<_> =
            (0..=10_800).step_by(2).filter_map(|at| Some((at, course.is_met(after(at))?))).collect();
        let times: Vec<_> = said.iter().map(|(at, _)| *at).collect();
        assert_eq!(times, [0, 60, 600, 3600, 7200, 10_800]);
        assert_eq!(said[0].1, Word::Begins);
        assert_eq!(said[2].1, Word::GoesOn { lasted: after(600), times: 270 });
        assert_eq!(course.is_over(after(10_801)), Some(Over { lasted: after(10_801), was_said: true }));
        assert_eq!(course.is_over(after(10_802)), None);
    }

    #[test]
    fn what_comes_and_goes_every_second_is_said_once_a_minute() {
        let mut course = Course::default();
        let mut said = Vec::new();
        let mut ends = 0;
        for at in 0..180 {
            said.extend(course.is_met(after(at)).map(|word| (at, word)));
            ends += usize::from(course.is_over(after(at)).is_some_and(|over| over.was_said));
        }
        assert_eq!(said, [(0, Word::Begins), (60, Word::Begins), (120, Word::Begins)]);
        assert_eq!(ends, 3);
    }

    #[test]
    fn a_trouble_that_comes_back_at_once_and_stays_is_said_within_a_minute() {
        let mut course = Course::default();
        assert_eq!(course.is_met(after(0)), Some(Word::Begins));
        course.is_over(after(5));
        assert_eq!(course.is_met(after(10)), None);
        assert_eq!(course.is_met(after(59)), None);
        assert_eq!(course.is_met(after(60)), Some(Word::Begins));
    }

    #[test]
    fn a_told_clock_measures_it_and_nobody_moves_it() {
        let clock = Clock::told(|| jiff::Timestamp::UNIX_EPOCH);
        let trouble = Trouble::new("nothing is written", "something is", clock);
        assert!(!trouble.is_over());
        trouble.is_met("a reason");
        assert!(trouble.is_over_with(", 11 came in"));
        assert!(!trouble.is_over());
    }

    #[test]
    fn how_long_it_lasted_is_said_in_the_unit_that_people_use() {
        let said = [0, 119, 120, 7199, 7200, 90_000].map(|seconds| in_words(after(seconds)));
        assert_eq!(said, ["0 s", "119 s", "2 min", "119 min", "2 h", "25 h"]);
    }
}
