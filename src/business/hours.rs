//! Opening hours: ranges per weekday, over midnight too, and dated closed days, in the business's zone.

use jiff::civil::{Date, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, ToSpan};

use super::Business;

/// One stretch of a day; `to` at or before `from` runs over midnight, `24:00` is midnight at the end.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct DayRange {
    /// The first moment that is open.
    pub from: Time,
    /// The first moment that is closed again.
    pub to: Time,
}

/// When the business is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hours {
    /// Day and night, except on closed days.
    Always,
    /// The ranges of Monday to Sunday; an empty day is closed. Ranges may overlap and stand in any order.
    Weekly([Vec<DayRange>; 7]),
}

/// Open time without a break: from the first open moment to the first closed one.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
}

/// How far ahead hours are looked up; who does not open within a year is not waited for.
const HORIZON_DAYS: i32 = 366;

const WHOLE_DAY: DayRange = DayRange { from: Time::midnight(), to: Time::midnight() };

impl Business {
    /// Whether the business is open at `now`. A range's end is closed: open at 17:59:59, closed at 18:00:00.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.is_within(&self.hours, now)
    }

    /// Whether `now` is within these hours, which closed days interrupt.
    pub(super) fn is_within(&self, hours: &Hours, now: Timestamp) -> bool {
        let today = self.time_zone.to_datetime(now).date();
        // Yesterday too, for its range over midnight.
        let days = [today.yesterday().ok(), Some(today)].into_iter().flatten();
        let within = |day| self.ranges_of(hours, day).any(|open| open.from <= now && now < open.to);
        days.into_iter().any(within) && !self.is_closed_at(now)
    }

    /// The time of these hours in order and without overlaps, from the day before `start` to the horizon. What touches
    /// (`00:00-24:00` on two days) comes as two.
    pub(super) fn stretches(&self, hours: &Hours, start: Timestamp) -> impl Iterator<Item = Stretch> {
        let horizon = self.time_zone.to_datetime(start).date().saturating_add(HORIZON_DAYS.days());
        self.stretches_to(hours, start, horizon)
    }

    /// The same, up to those that begin on the day `last`.
    pub(super) fn stretches_to(
        &self,
        hours: &Hours,
        start: Timestamp,
        last: Date,
    ) -> impl Iterator<Item = Stretch> {
        let mut day = self.time_zone.to_datetime(start).date().yesterday().ok();
        let mut in_order = Vec::new().into_iter();
        let mut behind = Timestamp::MIN;
        std::iter::from_fn(move || {
            loop {
                for stretch in in_order.by_ref() {
                    let Stretch { from, to } = stretch;
                    if to > behind {
                        let clear = Stretch { from: from.max(behind), to };
                        behind = to;
                        return Some(clear);
                    }
                }
                let next = day.filter(|day| *day <= last)?;
                let mut found: Vec<Stretch> =
                    self.ranges_of(hours, next).flat_map(|open| self.without_closed_hours(open)).collect();
                found.sort_by_key(|open| open.from);
                in_order = found.into_iter();
                day = next.tomorrow().ok();
            }
        })
    }

    /// The time of these hours that begins on that day, in the order of the settings.
    fn ranges_of(&self, hours: &Hours, day: Date) -> impl Iterator<Item = Stretch> {
        let usual: &[DayRange] = match hours {
            Hours::Always => &[WHOLE_DAY],
            Hours::Weekly(week) => &week[usize::from(day.weekday().to_monday_zero_offset().unsigned_abs())],
        };
        let ranges = if self.is_closed_on(day) { &[] } else { usual };
        ranges.iter().filter_map(move |range| {
            let from = first_moment(&self.time_zone, day, range.from)?;
            let ends_on = if range.to > range.from { day } else { day.tomorrow().ok()? };
            let cut = ends_on != day && self.is_closed_on(ends_on);
            let ends = if cut { Time::midnight() } else { range.to };
            let to = first_moment(&self.time_zone, ends_on, ends)?;
            (from < to).then_some(Stretch { from, to })
        })
    }

    /// What is left of a stretch when the hours that a calendar closes are taken out of it.
    fn without_closed_hours(&self, open: Stretch) -> Vec<Stretch> {
        let mut left = vec![open];
        for closed in self.closed_between(open.from, open.to) {
            let around = |part: Stretch| {
                let before = Stretch { from: part.from, to: part.to.min(closed.from) };
                let after = Stretch { from: part.from.max(closed.to), to: part.to };
                [before, after]
            };
            left = left.into_iter().flat_map(around).filter(|part| part.from < part.to).collect();
        }
        left
    }
}

/// The first moment at which clocks on that day show `time` or later. Where they go back, a time that comes twice
/// means the first; where they jump over it, the jump.
fn first_moment(zone: &TimeZone, day: Date, time: Time) -> Option<Timestamp> {
    let shown = day.to_datetime(time);
    let ambiguous = zone.to_ambiguous_timestamp(shown);
    match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Fold { .. } => ambiguous.earlier().ok(),
        AmbiguousOffset::Gap { after, .. } => {
            let before_the_jump = after.to_timestamp(shown).ok()?;
            zone.following(before_the_jump).next().map(|jump| jump.timestamp())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::business::testing::{at, business, closed};
    use crate::business::{Absences, Away, ClosedOn};

    /// The whole table for one business: local time with offset, and whether it is open.
    fn table(business: &Business, rows: &[(&str, bool)]) {
        for (moment, open) in rows {
            assert_eq!(business.is_open(at(moment)), *open, "{moment}");
        }
    }

    #[test]
    fn the_last_second_is_open_and_the_closing_time_is_not() {
        let business = business("America/New_York", &["08:00-18:00"; 7]);
        table(
            &business,
            &[
                ("2026-11-23T07:59:59.999-05:00", false),
                ("2026-11-23T08:00:00-05:00", true),
                ("2026-11-23T17:59:59.999-05:00", true),
                ("2026-11-23T18:00:00-05:00", false),
                ("2026-11-23T18:59:59-05:00", false),
            ],
        );
    }

    #[test]
    fn a_lunch_break_is_closed() {
        let business = business("America/New_York", &["08:00-12:00 13:00-17:00"; 7]);
        table(
            &business,
            &[
                ("2026-11-23T11:59:59-05:00", true),
                ("2026-11-23T12:00:00-05:00", false),
                ("2026-11-23T12:59:59-05:00", false),
                ("2026-11-23T13:00:00-05:00", true),
            ],
        );
        let noon = at("2026-11-23T12:00:00-05:00");
        assert_eq!(business.opens_at(noon, &Absences::default()), Some(at("2026-11-23T13:00:00-05:00")));
    }

    #[test]
    fn a_range_over_midnight_goes_on_into_the_next_day_only() {
        // Friday night, and nothing else.
        let mut week = [""; 7];
        week[4] = "22:00-02:00";
        let business = business("America/New_York", &week);
        table(
            &business,
            &[
                ("2026-11-20T01:00:00-05:00", false),
                ("2026-11-20T21:59:59-05:00", false),
                ("2026-11-20T22:00:00-05:00", true),
                ("2026-11-21T00:00:00-05:00", true),
                ("2026-11-21T01:59:59-05:00", true),
                ("2026-11-21T02:00:00-05:00", false),
                ("2026-11-21T22:30:00-05:00", false),
            ],
        );
    }

    #[test]
    fn twenty_four_hours_have_no_seam_at_midnight() {
        let business = business("America/New_York", &["00:00-24:00"; 7]);
        table(
            &business,
            &[
                ("2026-11-22T23:59:59.999-05:00", true),
                ("2026-11-23T00:00:00-05:00", true),
                ("2026-11-23T12:00:00-05:00", true),
            ],
        );
    }

    #[test]
    fn the_week_turns_in_the_zone_of_the_business() {
        // Saturday only. In UTC it is Saturday from Friday 19:00 to Saturday 19:00 in New York.
        let mut week = [""; 7];
        week[5] = "00:00-24:00";
        let business = business("America/New_York", &week);
        table(
            &business,
            &[
                ("2026-11-21T04:59:59Z", false),
                ("2026-11-21T05:00:00Z", true),
                ("2026-11-22T04:59:59Z", true),
                ("2026-11-22T05:00:00Z", false),
            ],
        );
    }

    #[test]
    fn a_range_from_sunday_night_reaches_into_monday() {
        let mut week = [""; 7];
        week[6] = "22:00-06:00";
        let business = business("Europe/Berlin", &week);
        table(
            &business,
            &[
                ("2026-11-22T21:59:59+01:00", false),
                ("2026-11-22T22:00:00+01:00", true),
                ("2026-11-23T05:59:59+01:00", true),
                ("2026-11-23T06:00:00+01:00", false),
            ],
        );
    }

    #[test]
    fn new_york_opens_by_the_clock_on_the_wall_on_both_change_days() {
        let business = business("America/New_York", &["08:00-18:00"; 7]);
        table(
            &business,
            &[
                // 8 March 2026: 02:00 becomes 03:00.
                ("2026-03-07T12:59:59Z", false),
                ("2026-03-07T13:00:00Z", true),
                ("2026-03-08T11:59:59Z", false),
                ("2026-03-08T12:00:00Z", true),
                ("2026-03-08T21:59:59Z", true),
                ("2026-03-08T22:00:00Z", false),
                // 1 November 2026: 02:00 becomes 01:00.
                ("2026-10-31T12:00:00Z", true),
                ("2026-11-01T12:59:59Z", false),
                ("2026-11-01T13:00:00Z", true),
            ],
        );
    }

    #[test]
    fn a_time_that_the_clock_jumps_over_is_the_jump() {
        let opening = business("America/New_York", &["02:30-06:00"; 7]);
        table(
            &opening,
            &[
                ("2026-03-08T01:59:59-05:00", false),
                ("2026-03-08T03:00:00-04:00", true),
                ("2026-03-08T05:59:59-04:00", true),
                ("2026-03-08T06:00:00-04:00", false),
            ],
        );
        let closing = business("Europe/Berlin", &["22:00-02:30"; 7]);
        table(
            &closing,
            &[
                ("2026-03-29T01:59:59+01:00", true),
                ("2026-03-29T03:00:00+02:00", false),
                ("2026-03-29T22:00:00+02:00", true),
            ],
        );
        let swallowed = business("America/New_York", &["02:10-02:50"; 7]);
        assert_eq!(
            swallowed.opens_at(at("2026-03-08T01:00:00-05:00"), &Absences::default()),
            Some(at("2026-03-09T02:10:00-04:00"))
        );
    }

    #[test]
    fn a_time_that_comes_twice_is_the_first() {
        let opening = business("America/New_York", &["01:30-06:00"; 7]);
        table(
            &opening,
            &[
                ("2026-11-01T01:29:59-04:00", false),
                ("2026-11-01T01:30:00-04:00", true),
                ("2026-11-01T01:00:00-05:00", true),
                ("2026-11-01T05:59:59-05:00", true),
                ("2026-11-01T06:00:00-05:00", false),
            ],
        );
        let closing = business("Europe/Berlin", &["22:00-02:30"; 7]);
        table(&closing, &[("2026-10-25T02:29:59+02:00", true), ("2026-10-25T02:30:00+02:00", false)]);
    }

    #[test]
    fn lord_howe_moves_its_clocks_by_half_an_hour() {
        let business = business("Australia/Lord_Howe", &["02:15-10:00"; 7]);
        table(
            &business,
            &[
                // 4 October 2026: 02:00 at +10:30 becomes 02:30 at +11:00.
                ("2026-10-04T01:59:59+10:30", false),
                ("2026-10-04T02:30:00+11:00", true),
                ("2026-10-04T09:59:59+11:00", true),
                ("2026-10-04T10:00:00+11:00", false),
                // 5 April 2026: 02:00 at +11:00 becomes 01:30 at +10:30.
                ("2026-04-05T01:59:59+11:00", false),
                ("2026-04-05T02:14:59+10:30", false),
                ("2026-04-05T02:15:00+10:30", true),
            ],
        );
    }

    #[test]
    fn closed_days_are_closed_from_midnight_to_midnight() {
        let mut business = business("America/New_York", &["22:00-02:00"; 7]);
        let day = |text: &str| text.parse::<Date>().expect("a date");
        business.closed_on = vec![
            closed(ClosedOn::Dates(day("2026-12-24"), day("2026-12-25"))),
            closed(ClosedOn::Yearly(2, 29)),
        ];
        table(
            &business,
            &[
                ("2026-12-23T23:59:59-05:00", true),
                // The night of the 23rd ends where the closed day begins.
                ("2026-12-24T00:00:00-05:00", false),
                ("2026-12-24T22:30:00-05:00", false),
                ("2026-12-25T22:30:00-05:00", false),
                // The night of the 25th does not take place, so there is no rest of it either.
                ("2026-12-26T00:30:00-05:00", false),
                ("2026-12-26T22:30:00-05:00", true),
                ("2028-02-28T23:30:00-05:00", true),
                ("2028-02-29T00:30:00-05:00", false),
                ("2028-02-29T22:30:00-05:00", false),
                ("2028-03-01T22:30:00-05:00", true),
                ("2027-03-01T00:30:00-05:00", true),
            ],
        );
    }

    #[test]
    fn closed_days_close_even_who_is_always_open() {
        let mut business = business("Europe/Berlin", &[""; 7]);
        business.hours = Hours::Always;
        business.closed_on = vec![closed(ClosedOn::Yearly(12, 25))];
        table(
            &business,
            &[
                ("2026-12-24T23:59:59+01:00", true),
                ("2026-12-25T00:00:00+01:00", false),
                ("2026-12-25T23:59:59+01:00", false),
                ("2026-12-26T00:00:00+01:00", true),
            ],
        );
    }

    #[test]
    fn it_opens_now_when_open_next_week_when_closed_and_never_when_never() {
        let mut week = [""; 7];
        week[0] = "13:00-17:00 08:00-12:00";
        let mut business = business("America/New_York", &week);
        let open = at("2026-11-23T09:00:00-05:00");
        assert_eq!(business.opens_at(open, &Absences::default()), Some(open));
        assert_eq!(
            business.opens_at(at("2026-11-23T17:00:00-05:00"), &Absences::default()),
            Some(at("2026-11-30T08:00:00-05:00"))
        );
        assert_eq!(
            business.opens_at(at("2026-11-23T07:00:00-05:00"), &Absences::default()),
            Some(at("2026-11-23T08:00:00-05:00")),
            "the order in the settings does not matter"
        );
        business.hours = Hours::Weekly(std::array::from_fn(|_| Vec::new()));
        assert_eq!(business.opens_at(open, &Absences::default()), None);
    }

    #[test]
    fn who_is_away_opens_again_when_back_or_at_the_next_opening() {
        let business = business("America/New_York", &["08:00-18:00"; 7]);
        let now = at("2026-11-23T09:00:00-05:00");
        let until = |text: &str| {
            let away = Away { until: at(text), reason: None };
            Absences { business: Some(away), ..Absences::default() }
        };
        let cases = [
            ("2026-11-23T14:00:00-05:00", "2026-11-23T14:00:00-05:00"),
            ("2026-11-23T19:00:00-05:00", "2026-11-24T08:00:00-05:00"),
            ("2026-11-23T08:00:00-05:00", "2026-11-23T09:00:00-05:00"),
        ];
        for (end, opens) in cases {
            assert_eq!(business.opens_at(now, &until(end)), Some(at(opens)), "{end}");
        }
    }
}
