//! What can honestly be promised.

use jiff::civil::Time;
use jiff::{SignedDuration, Timestamp};

use super::hours::Stretch;
use super::{Absences, Business};

/// Nobody keeps a promise in the last minutes of the day.
const BEFORE_CLOSING: SignedDuration = SignedDuration::from_mins(15);

/// Whoever opens the shop needs a moment before the first call.
const AFTER_OPENING: SignedDuration = SignedDuration::from_mins(30);

/// Two times to choose from are at least this far apart.
const BETWEEN_SLOTS: SignedDuration = SignedDuration::from_hours(3);

/// A second time that is further off than this is no choice.
const LATEST_SLOT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A longer list of call-backs is taken to be this long when a promise is made: nobody counts on every webhook how far
/// behind a business is that is days behind.
pub const MOST_COUNTED: usize = 200;

impl Business {
    /// When a call-back that arises at `now` is due, `waiting` others being on the list: once so much time has gone by
    /// in which we are open and somebody is there as `promise_within` says, or as the list takes at `promise_each` for
    /// every call-back on it and this one, whichever is more. Always such a moment. If there is not enough of that time
    /// within a year, that much ordinary time.
    pub fn due_at(&self, now: Timestamp, absences: &Absences, waiting: usize) -> Timestamp {
        self.after_open_time(self.time_for(waiting), now, absences)
    }

    /// When so much time will have gone by in which we are open and somebody is there; ordinary time, from when
    /// somebody is back, if there is not enough of that within a year.
    pub fn after_open_time(&self, needs: SignedDuration, now: Timestamp, absences: &Absences) -> Timestamp {
        let after = self.when_open(now, absences, |mut stretches| {
            let mut left = needs;
            stretches.find_map(|open| {
                let from = open.from.max(now);
                let lasts = from.duration_until(open.to);
                if lasts > left {
                    return from.checked_add(left).ok();
                }
                left -= lasts.max(SignedDuration::ZERO);
                None
            })
        });
        let back = self.somebody_back_at(now, absences);
        after.unwrap_or_else(|| back.saturating_add(needs).unwrap_or(back))
    }

    /// When a call-back that is asked for at `now` can be promised, `waiting` others being on the list: not before it
    /// is due, rounded up to a time that people say (a quarter of an hour), not in the first 30 minutes after opening
    /// and never within 15 minutes of closing. As opening and closing count the coming of the first person and the
    /// leaving of the last. Hours too short for all that give way in this order: the 30 minutes, then the rounding and
    /// the 15.
    pub fn promise_at(&self, now: Timestamp, absences: &Absences, waiting: usize) -> Timestamp {
        let due = self.due_at(now, absences, waiting);
        self.fitting(due, now, absences).unwrap_or(due)
    }

    /// A time clearly later than `promise`, for callers who would rather choose: at least three hours after it, and in
    /// another half of the day, which begins at noon or with the next opening after a break, whichever comes first.
    /// `None` if there is no such time within a week of the promise.
    pub fn later_promise(
        &self,
        promise: Timestamp,
        now: Timestamp,
        absences: &Absences,
    ) -> Option<Timestamp> {
        let half =
            [self.reopens_after(promise, absences), self.noon_after(promise)].into_iter().flatten().min()?;
        let earliest = promise.saturating_add(BETWEEN_SLOTS).unwrap_or(promise);
        let later = self.fitting(earliest.max(half), now, absences)?;
        (promise.duration_until(later) <= LATEST_SLOT).then_some(later)
    }

    /// How much time it takes to come to a call-back behind `waiting` others.
    fn time_for(&self, waiting: usize) -> SignedDuration {
        let turn = i32::try_from(waiting).unwrap_or(i32::MAX).saturating_add(1);
        let list = self.promise_each.checked_mul(turn).unwrap_or(SignedDuration::MAX);
        self.promise_within.max(list).max(SignedDuration::ZERO)
    }

    /// The first time from `earliest` on that can be promised.
    fn fitting(&self, earliest: Timestamp, now: Timestamp, absences: &Absences) -> Option<Timestamp> {
        let first = |after_opening: SignedDuration| {
            self.when_open(now, absences, |mut stretches| {
                let mut opened = Timestamp::MIN;
                let mut closes = Timestamp::MIN;
                stretches.find_map(|open| {
                    if open.from > closes {
                        opened = open.from;
                    }
                    closes = open.to;
                    let promise = self.quarter_from(earliest.max(opened.saturating_add(after_opening).ok()?));
                    (promise.duration_until(closes) >= BEFORE_CLOSING).then_some(promise)
                })
            })
        };
        first(AFTER_OPENING).or_else(|| first(SignedDuration::ZERO))
    }

    /// When we open again after the next break.
    fn reopens_after(&self, at: Timestamp, absences: &Absences) -> Option<Timestamp> {
        self.when_open(at, absences, |mut stretches| {
            let mut closes = None;
            stretches.find_map(|Stretch { from, to }| {
                let after_a_break = closes.is_some_and(|closes| from > closes) && from > at;
                closes = Some(to);
                after_a_break.then_some(from)
            })
        })
    }

    fn noon_after(&self, at: Timestamp) -> Option<Timestamp> {
        let today = self.time_zone.to_datetime(at).date();
        let noon = |day: jiff::civil::Date| {
            let noon = day.to_datetime(Time::constant(12, 0, 0, 0)).to_zoned(self.time_zone.clone());
            noon.ok().map(|noon| noon.timestamp())
        };
        noon(today).filter(|noon| *noon > at).or_else(|| noon(today.tomorrow().ok()?))
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
    use crate::business::testing::{at, business, closed, hours, name, person};
    use crate::business::{Away, ClosedOn, DayRange, Hours, Person};

    const NOBODY: Absences = Absences { business: None, people: Vec::new() };

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
            assert_eq!(business.due_at(at(now), &NOBODY, 0), at(due), "{now}");
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
            assert_eq!(business.promise_at(at(now), &NOBODY, 0), at(promise), "{now}");
        }
    }

    #[test]
    fn a_promise_counts_from_the_end_of_an_absence() {
        let business = workshop();
        let away = |until: &str| {
            let away = Away { until: at(until), reason: None };
            Absences { business: Some(away), ..Absences::default() }
        };
        let now = at("2026-11-23T09:00:00-05:00");
        let cases = [
            ("2026-11-23T14:00:00-05:00", "2026-11-23T15:00:00-05:00"),
            ("2026-11-23T20:00:00-05:00", "2026-11-24T09:00:00-05:00"),
            ("2026-11-23T08:00:00-05:00", "2026-11-23T10:00:00-05:00"),
        ];
        for (until, promise) in cases {
            assert_eq!(business.promise_at(now, &away(until), 0), at(promise), "{until}");
        }
    }

    #[test]
    fn a_long_list_puts_the_promise_off() {
        let business = workshop();
        let now = at("2026-11-23T09:00:00-05:00");
        // Within an hour twelve calls of five minutes are made, this one among them.
        let cases = [
            (0, "2026-11-23T10:00:00-05:00"),
            (11, "2026-11-23T10:00:00-05:00"),
            (12, "2026-11-23T10:15:00-05:00"),
            (23, "2026-11-23T11:00:00-05:00"),
            (50, "2026-11-23T14:15:00-05:00"),
            (200, "2026-11-25T09:45:00-05:00"),
        ];
        for (waiting, promise) in cases {
            assert_eq!(business.promise_at(now, &NOBODY, waiting), at(promise), "{waiting}");
        }
        let mut patient = workshop();
        patient.promise_each = SignedDuration::ZERO;
        assert_eq!(patient.promise_at(now, &NOBODY, usize::MAX), at("2026-11-23T10:00:00-05:00"));
    }

    #[test]
    fn nothing_is_promised_while_everybody_is_away_nor_just_before_the_last_leaves() {
        let mut business = workshop();
        let absence = |until: &str| Away { until: at(until), reason: None };
        let ana = |until: &str| Absences { people: vec![(name("ana"), absence(until))], ..NOBODY };
        let now = at("2026-11-23T09:00:00-05:00");
        assert_eq!(
            business.promise_at(now, &ana("2026-11-23T14:00:00-05:00"), 0),
            at("2026-11-23T15:00:00-05:00")
        );
        // Ben is there until 10:20, and again tomorrow: an hour of that is over at 10:00, and at 8:40.
        let morning = hours(&["08:00-10:20"; 7]);
        business.people.push(Person { hours: Some(morning), ..person("ben", "+15550102") });
        let away = ana("2026-11-25T14:00:00-05:00");
        assert_eq!(business.promise_at(now, &away, 0), at("2026-11-23T10:00:00-05:00"));
        let later = at("2026-11-23T09:10:00-05:00");
        assert_eq!(business.due_at(later, &away, 0), at("2026-11-23T10:10:00-05:00"));
        assert_eq!(business.promise_at(later, &away, 0), at("2026-11-24T08:30:00-05:00"));
    }

    #[test]
    fn the_second_time_is_in_another_half_of_the_day() {
        let shop = workshop();
        let mut no_break = workshop();
        no_break.hours = hours(&["08:00-18:00"; 7]);
        let mut always = workshop();
        always.hours = Hours::Always;
        let cases = [
            // After lunch; half an hour after opening.
            (&shop, "2026-11-23T09:00:00-05:00", "10:00", "2026-11-23T13:30:00-05:00"),
            (&shop, "2026-11-23T10:30:00-05:00", "11:30", "2026-11-23T14:30:00-05:00"),
            // The afternoon is followed by the next morning, on Friday by Monday's.
            (&shop, "2026-11-23T13:00:00-05:00", "14:00", "2026-11-24T08:30:00-05:00"),
            (&shop, "2026-11-27T13:00:00-05:00", "14:00", "2026-11-30T08:30:00-05:00"),
            // Without a break noon parts the day.
            (&no_break, "2026-11-23T08:00:00-05:00", "09:00", "2026-11-23T12:00:00-05:00"),
            (&no_break, "2026-11-23T10:00:00-05:00", "11:00", "2026-11-23T14:00:00-05:00"),
            (&no_break, "2026-11-23T12:00:00-05:00", "13:00", "2026-11-24T08:30:00-05:00"),
            (&always, "2026-11-23T07:00:00-05:00", "08:00", "2026-11-23T12:00:00-05:00"),
            (&always, "2026-11-23T20:00:00-05:00", "21:00", "2026-11-24T12:00:00-05:00"),
        ];
        for (shop, now, first, second) in cases {
            let promise = shop.promise_at(at(now), &NOBODY, 0);
            let later = shop.later_promise(promise, at(now), &NOBODY);
            let shown = promise.to_zoned(shop.time_zone.clone()).strftime("%H:%M").to_string();
            assert_eq!((shown.as_str(), later), (first, Some(at(second))), "{now}");
        }
        let mut rare = business("America/New_York", &["", "", "", "08:00-09:30", "", "", ""]);
        let thursday = at("2026-11-26T08:00:00-05:00");
        let promise = rare.promise_at(thursday, &NOBODY, 0);
        assert_eq!(rare.later_promise(promise, thursday, &NOBODY), Some(at("2026-12-03T08:30:00-05:00")));
        rare.closed_on = vec![closed(ClosedOn::Yearly(12, 3))];
        assert_eq!(rare.later_promise(promise, thursday, &NOBODY), None, "two weeks later is no choice");
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
            assert_eq!(business.promise_at(at(now), &NOBODY, 0), at(promise), "{now}");
        }
    }

    #[test]
    fn quarters_are_those_on_the_wall() {
        let mut business = workshop();
        business.hours = Hours::Always;
        business.time_zone = TimeZone::get("Asia/Kathmandu").expect("a zone");
        business.promise_within = SignedDuration::ZERO;
        assert_eq!(
            business.promise_at(at("2026-11-23T09:01:00+05:45"), &NOBODY, 0),
            at("2026-11-23T09:15:00+05:45")
        );
    }

    #[test]
    fn hours_too_short_for_a_good_promise_still_give_one_inside_them() {
        let short = business("America/New_York", &["12:00-12:20"; 7]);
        let now = at("2026-11-23T09:00:00-05:00");
        // Three days of 20 minutes use up the hour; the fourth is too short for half an hour after opening.
        assert_eq!(short.promise_at(now, &NOBODY, 0), at("2026-11-26T12:00:00-05:00"));
        let tiny = business("America/New_York", &["12:00-12:10"; 7]);
        assert_eq!(tiny.promise_at(now, &NOBODY, 0), tiny.due_at(now, &NOBODY, 0));
        assert!(tiny.is_open(tiny.promise_at(now, &NOBODY, 0)));
    }

    #[test]
    fn who_never_opens_is_due_in_ordinary_time() {
        let never = business("America/New_York", &[""; 7]);
        let now = at("2026-11-23T09:00:00-05:00");
        assert_eq!(never.due_at(now, &NOBODY, 0), at("2026-11-23T10:00:00-05:00"));
        assert_eq!(never.promise_at(now, &NOBODY, 0), at("2026-11-23T10:00:00-05:00"));
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
        let days = prop::collection::vec((1..=12_i8, 1..=28_i8), 0..4);
        (zone, any_week(), days, 0..=480_i64).prop_map(|(zone, week, days, within)| {
            let mut business = business(zone, &[""; 7]);
            business.hours = Hours::Weekly(week);
            business.closed_on =
                days.into_iter().map(|(month, day)| closed(ClosedOn::Yearly(month, day))).collect();
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
            let due = business.due_at(now, &NOBODY, 0);
            prop_assert!(due >= now);
            prop_assert!(business.is_open(due));
            let within = business.promise_within.max(business.promise_each).as_mins();
            let counted = open_minutes(&business, now, due);
            // Each stretch may begin and end within a minute of the count.
            prop_assert!((counted - within).abs() <= 1 + within / 30, "{counted} of {within}");
        }

        #[test]
        fn a_promise_is_kept_by_the_hours(business in any_business(), now in any_moment()) {
            let promise = business.promise_at(now, &NOBODY, 0);
            prop_assert!(promise >= business.due_at(now, &NOBODY, 0));
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
            prop_assert!(business.due_at(then, &NOBODY, 0) >= business.due_at(now, &NOBODY, 0));
            prop_assert!(business.promise_at(then, &NOBODY, 0) >= business.promise_at(now, &NOBODY, 0));
        }

        #[test]
        fn it_opens_at_the_first_open_moment(business in any_business(), now in any_moment()) {
            let opens = business.opens_at(now, &Absences::default()).expect("open at some time");
            prop_assert!(business.is_open(opens));
            prop_assert_eq!(open_minutes(&business, now, opens), 0);
            if opens > now {
                prop_assert!(!business.is_open(opens - SignedDuration::from_nanos(1)));
            }
        }
    }
}
