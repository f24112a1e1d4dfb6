//! What callers are told about times.

use jiff::Timestamp;

use crate::language::Language;

use super::{Absences, Business};

impl Business {
    /// A promise as a caller hears it: `by 3 p.m.`, `by 9 a.m. tomorrow`.
    pub fn spoken_promise(&self, at: Timestamp, now: Timestamp, language: Language) -> String {
        language.by(at, now, &self.time_zone)
    }

    /// The next opening as a caller hears it: `at 1 p.m.`, `tomorrow at 8 a.m.`, `on Monday at 8 a.m.`; `now` when
    /// it is open, `soon` when nobody knows.
    pub fn spoken_opening(&self, now: Timestamp, absences: &Absences, language: Language) -> String {
        let Some(opens) = self.opens_at(now, absences) else {
            return language.phrases().soon.to_owned();
        };
        if opens == now {
            return language.phrases().now.to_owned();
        }
        language.at(opens, now, &self.time_zone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::business::Away;
    use crate::business::testing::{at, business};

    #[test]
    fn promises_and_openings_are_phrases_that_fit_a_sentence() {
        let day = "08:00-12:00 13:00-17:00";
        let closed = "";
        let shop = business("America/New_York", &[day, day, day, day, day, closed, closed]);
        let promise = |now: &str| {
            let promise = shop.promise_at(at(now), &Absences::default(), 0);
            shop.spoken_promise(promise, at(now), Language::English)
        };
        assert_eq!(promise("2026-11-23T13:50:00-05:00"), "by 3 p.m.");
        assert_eq!(promise("2026-11-23T19:00:00-05:00"), "by 9 a.m. tomorrow");

        let opening = |now: &str| shop.spoken_opening(at(now), &Absences::default(), Language::English);
        assert_eq!(opening("2026-11-23T12:30:00-05:00"), "at 1 p.m.");
        assert_eq!(opening("2026-11-23T19:00:00-05:00"), "tomorrow at 8 a.m.");
        assert_eq!(opening("2026-11-21T19:00:00-05:00"), "on Monday at 8 a.m.");
        assert_eq!(opening("2026-11-23T09:00:00-05:00"), "now");

        let away = Away { until: at("2026-11-23T14:00:00-05:00"), reason: None };
        let away = Absences { business: Some(away), ..Absences::default() };
        assert_eq!(
            shop.spoken_opening(at("2026-11-23T09:00:00-05:00"), &away, Language::English),
            "at 2 p.m."
        );

        let never = business("America/New_York", &[closed; 7]);
        let never =
            |language| never.spoken_opening(at("2026-11-23T09:00:00-05:00"), &Absences::default(), language);
        assert_eq!((never(Language::German).as_str(), never(Language::English).as_str()), ("bald", "soon"));
    }
}
