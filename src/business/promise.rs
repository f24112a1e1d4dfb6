//! What can honestly be promised.

use jiff::{SignedDuration, Timestamp};

use super::hours::back_at;
use super::{Away, Business};

/// Nobody keeps a promise in the last minutes of the day.
const BEFORE_CLOSING: SignedDuration = SignedDuration::from_mins(15);

/// Whoever opens the shop needs a moment before the first call.
const AFTER_OPENING: SignedDuration = SignedDuration::from_mins(30);

impl Business {
    /// When a call-back that arises at `now` is due: once `promise_within` of open time has gone by, counted from now
    /// or from the end of `away`; always an open moment. If there is not enough open time within a year, that much
    /// ordinary time.
    pub fn due_at(&self, now: Timestamp, away: Option<&Away>) -> Timestamp {
        let back = back_at(now, away);
        let mut left = self.promise_within.max(SignedDuration::ZERO);
        for open in self.stretches(back) {
            let from = open.from.max(back);
            let lasts = from.duration_until(open.to);
            if lasts > left {
                return from.saturating_add(left).unwrap_or(from);
            }
            left -= lasts.max(SignedDuration::ZERO);
        }
        back.saturating_add(self.promise_within).unwrap_or(back)
    }

    /// When a call-back that is asked for at `now` can be promised: not before it is due, rounded up to a time that
    /// people say (a quarter of an hour), not in the first 30 minutes after opening and never within 15 minutes of
    /// closing. Hours too short for all that give way in this order: the 30 minutes, then the rounding and the 15.
    pub fn promise_at(&self, now: Timestamp, away: Option<&Away>) -> Timestamp {
        let back = back_at(now, away);
        let due = self.due_at(now, away);
        let first_fit = |after_opening: SignedDuration| {
            let mut opened = Timestamp::MIN;
            let mut closes = Timestamp::MIN;
            self.stretches(back).find_map(|open| {
                if open.from > closes {
                    opened = open.from;
                }
                closes = open.to;
                let earliest = due.max(opened.saturating_add(after_opening).ok()?);
                let promise = self.quarter_from(earliest);
                (promise.duration_until(closes) >= BEFORE_CLOSING).then_some(promise)
            })
        };
        first_fit(AFTER_OPENING).or_else(|| first_fit(SignedDuration::ZERO)).unwrap_or(due)
    }

    /// The next moment at which the business's clocks show a full quarter of an hour; `at` itself if they do.
    fn quarter_from(&self, at: Timestamp) -> Timestamp {
        const QUARTER: i128 = 15 * 60 * 1_000_000_000;
        // Zones differ from UTC by odd minutes too (Nepal by 5:45), so the clock on the wall is what is rounded.
        let shift = i128::from(self.time_zone.to_offset(at).seconds()) * 1_000_000_000;
        let shown = at.as_nanosecond() + shift;
        let rounded = shown + (QUARTER - shown.rem_euclid(QUARTER)) % QUARTER;
        Timestamp::from_nanosecond(rounded - shift).unwrap_or(at)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::Time;
    use jiff::tz::TimeZone;
    use proptest::prelude::*;

    use super::*;
    use crate::business::testing::{at, business};
    use crate::business::{ClosedOn, DayRange, Hours};

    fn workshop() -> Business {
        let day = "08:00-12:00 13:00-17:00";
        let closed = "";
        business("America/New_York", &[day, day, day, day, day, closed, closed])
    }

    #[test]
    fn due_counts_open_time_only() {
        let business = workshop();
        let cases = [
            // Monday morning, over lunch, over night, over the weekend.
            ("2026-11-23T09:00:00-05:00", "2026-11-23T10:00:00-05:00"),
            ("2026-11-23T11:20:00-05:00", "2026-11-23T13:20:00-05:00"),
            ("2026-11-23T16:30:00-05:00", "2026-11-24T08:30:00-05:00"),
            ("2026-11-23T20:00:00-05:00", "2026-11-24T09:00:00-05:00"),
            ("2026-11-27T16:59:00-05:00", "2026-11-30T08:59:00-05:00"),
            // Used up exactly at closing: the next open moment.
            ("2026-11-23T16:00:00-05:00", "2026-11-24T08:00:00-05:00"),
        ];
        for (now, due) in cases {
            assert_eq!(business.due_at(at(now), None), at(due), "{now}");
        }
    }

    #[test]
    fn a_promise_is_a_time_that_people_say_and_keep() {
        let business = workshop();
        let cases = [
            ("2026-11-23T09:00:00-05:00", "2026-11-23T10:00:00-05:00"),
            ("2026-11-23T09:00:00.001-05:00", "2026-11-23T10:15:00-05:00"),
            ("2026-11-23T09:07:30-05:00", "2026-11-23T10:15:00-05:00"),
            // 11:45 is the last promise before lunch; half an hour after it is the next.
            ("2026-11-23T10:45:00-05:00", "2026-11-23T11:45:00-05:00"),
            ("2026-11-23T10:46:00-05:00", "2026-11-23T13:30:00-05:00"),
            ("2026-11-23T11:40:00-05:00", "2026-11-23T13:45:00-05:00"),
            ("2026-11-23T16:30:00-05:00", "2026-11-24T08:30:00-05:00"),
            ("2026-11-23T22:00:00-05:00", "2026-11-24T09:00:00-05:00"),
            ("2026-11-27T15:50:00-05:00", "2026-11-30T08:30:00-05:00"),
        ];
        for (now, promise) in cases {
            assert_eq!(business.promise_at(at(now), None), at(promise), "{now}");
        }
    }

    #[test]
    fn a_promise_counts_from_the_end_of_an_absence() {
        let business = workshop();
        let away = |until: &str| Away { until: at(until), reason: None };
        let now = at("2026-11-23T09:00:00-05:00");
        let cases = [
            ("2026-11-23T14:00:00-05:00", "2026-11-23T15:00:00-05:00"),
            ("2026-11-23T20:00:00-05:00", "2026-11-24T09:00:00-05:00"),
            ("2026-11-23T08:00:00-05:00", "2026-11-23T10:00:00-05:00"),
        ];
        for (until, promise) in cases {
            assert_eq!(business.promise_at(now, Some(&away(until))), at(promise), "{until}");
        }
    }

    #[test]
    fn who_is_always_open_promises_straight_across_midnight_and_summer_time() {
        let mut business = workshop();
        business.hours = Hours::Always;
        let cases = [
            ("2026-11-23T22:50:00-05:00", "2026-11-24T00:00:00-05:00"),
            ("2026-11-23T23:50:00-05:00", "2026-11-24T01:00:00-05:00"),
            ("2026-03-08T01:10:00-05:00", "2026-03-08T03:15:00-04:00"),
            ("2026-11-01T01:30:00-04:00", "2026-11-01T01:30:00-05:00"),
        ];
        for (now, promise) in cases {
            assert_eq!(business.promise_at(at(now), None), at(promise), "{now}");
        }
    }

    #[test]
    fn quarters_are_those_on_the_wall() {
        let mut business = workshop();
        business.hours = Hours::Always;
        business.time_zone = TimeZone::get("Asia/Kathmandu").expect("a zone");
        business.promise_within = SignedDuration::ZERO;
        assert_eq!(
            business.promise_at(at("2026-11-23T09:01:00+05:45"), None),
            at("2026-11-23T09:15:00+05:45")
        );
    }

    #[test]
    fn hours_too_short_for_a_good_promise_still_give_one_inside_them() {
        let short = business("America/New_York", &["12:00-12:20"; 7]);
        let now = at("2026-11-23T09:00:00-05:00");
        // Three days of 20 minutes use up the hour; the fourth is too short for half an hour after opening.
        assert_eq!(short.promise_at(now, None), at("2026-11-26T12:00:00-05:00"));
        let tiny = business("America/New_York", &["12:00-12:10"; 7]);
        assert_eq!(tiny.promise_at(now, None), tiny.due_at(now, None));
        assert!(tiny.is_open(tiny.promise_at(now, None)));
    }

    #[test]
    fn who_never_opens_is_due_in_ordinary_time() {
        let closed = business("America/New_York", &[""; 7]);
        let now = at("2026-11-23T09:00:00-05:00");
        assert_eq!(closed.due_at(now, None), at("2026-11-23T10:00:00-05:00"));
        assert_eq!(closed.promise_at(now, None), at("2026-11-23T10:00:00-05:00"));
    }

    /// Ranges of at least an hour, a few a day, overlapping and over midnight as it happens.
    fn any_week() -> impl Strategy<Value = [Vec<DayRange>; 7]> {
        let clock = |minutes: i32| {
            let hour = i8::try_from(minutes / 60 % 24).expect("an hour");
            Time::constant(hour, i8::try_from(minutes % 60).expect("a minute"), 0, 0)
        };
        let range = (0..1440_i32, 60..=1440_i32)
            .prop_map(move |(from, lasts)| DayRange { from: clock(from), to: clock(from + lasts) });
        let day = prop::collection::vec(range, 0..3);
        prop::array::uniform7(day)
            .prop_filter("open at some time", |week| week.iter().any(|day| !day.is_empty()))
    }

    fn any_business() -> impl Strategy<Value = Business> {
        let zone = prop::sample::select(vec![
            "America/New_York",
            "Europe/Berlin",
            "Australia/Lord_Howe",
            "Asia/Kathmandu",
            "America/Havana",
            "Pacific/Apia",
        ]);
        let closed = prop::collection::vec((1..=12_i8, 1..=28_i8), 0..4);
        (zone, any_week(), closed, 0..=480_i64).prop_map(|(zone, week, closed, within)| {
            let mut business = business(zone, &[""; 7]);
            business.hours = Hours::Weekly(week);
            business.closed_on =
                closed.into_iter().map(|(month, day)| ClosedOn::Yearly(month, day)).collect();
            business.promise_within = SignedDuration::from_mins(within);
            business
        })
    }

    /// Two years, so that every change of clocks and a 29 February are in it.
    fn any_moment() -> impl Strategy<Value = Timestamp> {
        (1_798_000_000_000_i64..1_861_000_000_000)
            .prop_map(|ms| Timestamp::from_millisecond(ms).expect("a moment"))
    }

    /// Open time between two moments, counted minute by minute and without the code under test's walk.
    fn open_minutes(business: &Business, from: Timestamp, to: Timestamp) -> i64 {
        let minute = SignedDuration::from_mins(1);
        let mut open = 0;
        let mut moment = from;
        while moment < to {
            open += i64::from(business.is_open(moment));
            moment += minute;
        }
        open
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn due_is_open_never_past_and_after_exactly_that_much_open_time(
            business in any_business(), now in any_moment(),
        ) {
            let due = business.due_at(now, None);
            prop_assert!(due >= now);
            prop_assert!(business.is_open(due));
            let within = business.promise_within.as_mins();
            let counted = open_minutes(&business, now, due);
            // Each stretch may begin and end within a minute of the count.
            prop_assert!((counted - within).abs() <= 1 + within / 30, "{counted} of {within}");
        }

        #[test]
        fn a_promise_is_kept_by_the_hours(business in any_business(), now in any_moment()) {
            let promise = business.promise_at(now, None);
            prop_assert!(promise >= business.due_at(now, None));
            let shown = promise.to_zoned(business.time_zone.clone());
            prop_assert_eq!((shown.minute() % 15, shown.second(), shown.subsec_nanosecond()), (0, 0, 0));
            for minutes in 0..15 {
                let later = promise + SignedDuration::from_mins(minutes);
                prop_assert!(business.is_open(later), "{minutes} minutes after {promise}");
            }
        }

        #[test]
        fn who_asks_later_is_never_promised_earlier(
            business in any_business(), now in any_moment(), later in 0..200_000_i64,
        ) {
            let then = now + SignedDuration::from_secs(later);
            prop_assert!(business.due_at(then, None) >= business.due_at(now, None));
            prop_assert!(business.promise_at(then, None) >= business.promise_at(now, None));
        }

        #[test]
        fn it_opens_at_the_first_open_moment(business in any_business(), now in any_moment()) {
            let opens = business.opens_at(now, None).expect("open at some time");
            prop_assert!(business.is_open(opens));
            prop_assert_eq!(open_minutes(&business, now, opens), 0);
            if opens > now {
                prop_assert!(!business.is_open(opens - SignedDuration::from_nanos(1)));
            }
        }
    }
}
