//! No caller is told a time at which nobody can be there.

use jiff::civil::{Weekday, time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};
use ringback::business::{
    Absences, Away, Business, Calendar, ClosedOn, Closing, Event, Hours, Person, clock_words,
};
use ringback::language::Language;
use ringback::settings::parse_hours;

use crate::ridge;

/// Each has its clocks changed at other times, and the last by half an hour.
const ZONES: [&str; 3] = ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe"];

/// Prime to a week, so that every time of day and week is met.
const STEP: SignedDuration = SignedDuration::from_mins(127);

/// The last day of the year before, so that a 29 February is in the year.
const FROM: &str = "2027-12-31T20:00:00Z";

/// A business and its judge: what is open is told here once more, in other words than the program's.
struct House {
    business: Business,
    opens: fn(&Zoned) -> bool,
}

/// A bakery: weekdays but Monday with a break, a short Saturday, a Friday night over midnight; holidays of every kind.
fn bakery(zone: &TimeZone) -> House {
    let mut business = ridge::business();
    business.time_zone = zone.clone();
    business.hours = parse_hours(
        "tue-thu 08:00-12:00 13:00-18:00, fri 08:00-12:00 13:00-18:00 22:00-02:00, sat 09:00-13:00, sun 03:30-05:00",
    )
    .expect("hours");
    let event = |from: &str, to: &str| Event {
        from: ridge::local(&business, from),
        to: ridge::local(&business, to),
        name: None,
    };
    let hours = vec![event("2028-07-04 10:00", "2028-07-04 11:30")];
    let day = |text: &str| text.parse().expect("a date");
    let summer = vec![Event { from: day("2028-08-14"), to: day("2028-08-26"), name: None }];
    let on = [
        ClosedOn::Yearly(2, 29),
        ClosedOn::Dates(day("2028-12-23"), day("2028-12-27")),
        ClosedOn::Weekday { nth: 4, weekday: Weekday::Thursday, month: 11 },
        ClosedOn::Calendar(Calendar::new(summer, hours)),
    ];
    business.closed_on = on.into_iter().map(|on| Closing { on, name: None }).collect();
    House { business, opens: bakery_is_open }
}

fn bakery_is_open(at: &Zoned) -> bool {
    let (date, clock) = (at.date(), at.time());
    let text = date.to_string();
    let holiday = |text: &str, weekday: Weekday, of_month: i8| {
        text.ends_with("-02-29")
            || ("2028-12-23"..="2028-12-27").contains(&text)
            || ("2028-08-14"..="2028-08-25").contains(&text)
            || text.contains("-11-") && weekday == Weekday::Thursday && (22..=28).contains(&of_month)
    };
    if holiday(&text, date.weekday(), date.day()) {
        return false;
    }
    let within =
        |from: (i8, i8), to: (i8, i8)| time(from.0, from.1, 0, 0) <= clock && clock < time(to.0, to.1, 0, 0);
    if text == "2028-07-04" && within((10, 0), (11, 30)) {
        return false;
    }
    let by_day = within((8, 0), (12, 0)) || within((13, 0), (18, 0));
    let yesterday = date.yesterday().expect("a day before");
    match date.weekday() {
        Weekday::Monday => false,
        Weekday::Tuesday | Weekday::Wednesday | Weekday::Thursday => by_day,
        Weekday::Friday => by_day || clock >= time(22, 0, 0, 0),
        Weekday::Saturday => {
            let last_night = !holiday(&yesterday.to_string(), yesterday.weekday(), yesterday.day());
            within((9, 0), (13, 0)) || last_night && clock < time(2, 0, 0, 0)
        }
        // Not while clocks change: what is open then is in the tables beside the hours.
        Weekday::Sunday => within((3, 30), (5, 0)),
    }
}

/// Never closed.
fn hotel(zone: &TimeZone) -> House {
    let business = Business { time_zone: zone.clone(), hours: Hours::Always, ..ridge::business() };
    House { business, opens: |_| true }
}

/// With people who share the day out between them.
fn shifts(mut house: House) -> House {
    let own = |hours: &str| Some(parse_hours(hours).expect("hours"));
    house.business.people[0].hours = own("tue-sat 08:00-15:00, sun 00:00-24:00");
    house.business.people[1].hours = own("tue-wed 10:00-20:00, thu-fri 21:00-03:00, sat 00:00-10:00");
    house
}

/// Absences as they may be at `now`: none, one person's, everybody's in two ways, and one that is over.
fn absences(now: Timestamp, case: usize) -> Absences {
    let until = |hours: i64| Away { until: now + SignedDuration::from_hours(hours), reason: None };
    let ana = |hours| (ridge::person("ana"), until(hours));
    let ben = |hours| (ridge::person("ben"), until(hours));
    let (business, people) = match case % 6 {
        0 => (None, Vec::new()),
        1 => (None, vec![ana(7)]),
        2 => (None, vec![ana(30), ben(5)]),
        3 => (Some(until(3)), Vec::new()),
        4 => (Some(until(50)), vec![ben(80)]),
        _ => (Some(until(-1)), vec![ana(-2), ben(0)]),
    };
    Absences { business, people }
}

impl House {
    fn is_attended(&self, at: Timestamp, now: Timestamp, absences: &Absences) -> bool {
        let is_back = |person: &Person| {
            let own = absences.people.iter().filter(|(name, _)| *name == person.name);
            let all = own.map(|(_, away)| away).chain(&absences.business);
            all.filter(|away| away.until > now).all(|away| away.until <= at)
        };
        let there = |person: &Person| is_back(person) && self.business.is_on_duty(person, at);
        self.is_open(at) && self.business.people.iter().any(there)
    }

    fn is_open(&self, at: Timestamp) -> bool {
        (self.opens)(&at.to_zoned(self.business.time_zone.clone()))
    }

    /// Whether a promise at that time can be kept: for a quarter of an hour from then on somebody is there.
    fn can_keep(&self, promise: Timestamp, now: Timestamp, absences: &Absences) -> bool {
        // No range here begins or ends at another minute than a full or half hour.
        let quarter = [0, 14].map(|minutes| promise + SignedDuration::from_mins(minutes));
        promise > now && quarter.into_iter().all(|moment| self.is_attended(moment, now, absences))
    }

    fn judge(&self, now: Timestamp, absences: &Absences, waiting: usize) {
        let business = &self.business;
        let told = format!("{now} in {:?}, {absences:?}, {waiting} waiting", business.time_zone.iana_name());
        let opens = business.opens_at(now, absences).expect("open some day");
        assert!(opens >= now && self.is_attended(opens, now, absences), "opens {opens} at {told}");
        let before = opens - SignedDuration::from_mins(1);
        assert!(before < now || !self.is_attended(before, now, absences), "open at {before} already, {told}");

        let due = business.due_at(now, absences, waiting);
        let promise = business.promise_at(now, absences, waiting);
        let later = business.later_promise(promise, now, absences);
        assert!(promise >= due && due >= opens, "promise {promise}, due {due} at {told}");
        assert!(self.can_keep(promise, now, absences), "promise {promise} at {told}");
        if let Some(later) = later {
            assert!(
                promise.duration_until(later) >= SignedDuration::from_hours(3),
                "{promise}, {later} at {told}"
            );
            assert!(self.can_keep(later, now, absences), "second time {later} at {told}");
        }
        for (at, words) in [
            (Some(promise), business.spoken_promise(promise, now, Language::English)),
            (
                Some(opens).filter(|opens| *opens > now),
                business.spoken_opening(now, absences, Language::English),
            ),
        ] {
            let Some(at) = at else {
                assert_eq!(words, "now");
                continue;
            };
            // Up to the full minute, as it is said.
            let minute = Timestamp::from_second((at.as_second() + 59).div_euclid(60) * 60).expect("a moment");
            let shown = minute.to_zoned(business.time_zone.clone());
            assert!(words.contains(&clock_words(shown.time())), "`{words}` for {shown} at {told}");
        }
    }
}

#[test]
fn opens_and_promise_never_name_a_past_closed_or_impossible_time_over_a_year_in_three_zones() {
    for zone in ZONES {
        let zone = TimeZone::get(zone).expect("a zone");
        let houses = [bakery(&zone), hotel(&zone), shifts(bakery(&zone)), shifts(hotel(&zone))];
        let mut now: Timestamp = FROM.parse().expect("a moment");
        let end = now + SignedDuration::from_hours(367 * 24);
        let mut round = 0;
        while now < end {
            let house = &houses[round % houses.len()];
            house.judge(now, &absences(now, round / 4), round * 7 % 51);
            round += 1;
            now += STEP;
        }
        assert!(round > 4_000, "{round} moments");
    }
}

#[test]
fn around_a_change_of_clocks_every_minute_is_told_right() {
    let changes = [
        ("America/New_York", "2028-03-12T06:00:00Z"),
        ("America/New_York", "2028-11-05T05:00:00Z"),
        ("Europe/Berlin", "2028-03-26T00:00:00Z"),
        ("Europe/Berlin", "2028-10-29T00:00:00Z"),
        ("Australia/Lord_Howe", "2028-04-01T14:00:00Z"),
        ("Australia/Lord_Howe", "2028-09-30T14:00:00Z"),
    ];
    for (zone, from) in changes {
        let zone = TimeZone::get(zone).expect("a zone");
        let from: Timestamp = from.parse().expect("a moment");
        for (minute, house) in (0..180).flat_map(|minute| [(minute, hotel(&zone)), (minute, bakery(&zone))]) {
            let now = from + SignedDuration::from_mins(minute);
            house.judge(now, &absences(now, usize::try_from(minute).expect("a count")), 3);
        }
    }
}
