//! Call after call, from two years ago until now.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use ringback::call::{Accept, AreaName, Course, LastReply, PersonName, StepName};
use ringback::engine::{Place, State};

use crate::Failure;
use crate::dice::Dice;
use crate::entries::{HOUR, List, MINUTE};
use crate::people::{self, Caller, REGULARS};
use crate::write::{Books, Call, Turn};

const DAYS: i64 = 730;
const DAY: i64 = 24 * HOUR;

/// Calls whose turns are written too, the newest ones.
const WITH_TURNS: i64 = 20_000;

/// What a call came to, and how often.
const REASONS: [(i64, &str); 10] = [
    (1, "system_error"),
    (30, "voicemail_left"),
    (9, "voicemail_empty"),
    (4, "declined"),
    (10, "closed"),
    (14, "hung_up_early"),
    (12, "rang_out"),
    (12, "asked_call_back"),
    (7, "left_in_menu"),
    (1, "no_final_status"),
];

const SAID: [&str; 4] = [
    "hi the boiler leaks again could somebody ring me back",
    "I would like a quote for a new bathroom please",
    "it's about the last invoice there must be a mistake",
    "no water on the second floor since this morning",
];

/// Writes all of it; the last call comes at `now`.
pub(crate) fn live(books: &mut Books, (calls, now): (usize, i64), seed: u64) -> Result<(), Failure> {
    let mut dice = Dice::of(seed);
    let times = times(&mut dice, (calls, now))?;
    let count = times.len() as i64;
    let flows = flows(books, now)?;
    let mut list = List::new(count * 32 / 100, DAYS * DAY);
    let mut talked = vec![None; usize::try_from(REGULARS)?];
    for (id, at) in (1..).zip(times) {
        list.go_on_until(books, at)?;
        let caller = Caller::any(&mut dice);
        let version = flows.iter().rfind(|(_, live_at)| *live_at <= at).map(|(id, _)| *id);
        let call = one(&mut dice, (id, at, now), &caller);
        let mut call = Call { flow: version.filter(|_| call.line.is_some()), ..call };
        match call.outcome {
            "missed" => {
                let promises = matches!(call.reason, Some("asked_call_back" | "voicemail_left"));
                let told = promises.then(|| promise(at));
                call.call_back = Some(list.missed(&mut dice, &call, (at, told)));
            }
            "answered" => {
                let by = call.answered_by.unwrap_or("ana");
                list.answered(books, &call, by)?;
                if let Some(index) = caller.regular {
                    talked[index] = call.accepted_at.map(|at| (at, by));
                }
            }
            _ => {}
        }
        books.call(&call)?;
        if id > count - WITH_TURNS && call.flow.is_some() {
            turns(books, &call)?;
        }
    }
    list.go_on_until(books, now)?;
    list.stop(books, &mut dice, now)?;
    for (index, answered) in (0..REGULARS).zip(talked) {
        let name = people::known_name(index);
        if name.is_some() || answered.is_some() {
            books.caller((&people::number_of(index), name), people::is_vip(index), answered)?;
        }
    }
    (0..300).try_for_each(|index| books.blocked(&people::spammer(index), now - DAYS * DAY))
}

/// When people ring: in working hours mostly, and hardly on Sundays.
fn times(dice: &mut Dice, (calls, now): (usize, i64)) -> Result<Vec<i64>, Failure> {
    let zone = TimeZone::get("America/New_York")?;
    let today = zone.to_datetime(Timestamp::from_millisecond(now)?).date();
    let midnights = (0..=DAYS).map(|back| {
        let day = today.checked_sub(back.days())?;
        Ok((day.to_zoned(zone.clone())?.timestamp().as_millisecond(), day.weekday().to_monday_zero_offset()))
    });
    let midnights = midnights.collect::<Result<Vec<_>, jiff::Error>>()?;
    let mut times = vec![now - 40_000];
    while times.len() < calls {
        let (midnight, weekday) = dice.pick(&midnights);
        let busy = [10, 10, 9, 9, 10, 4, 1][usize::try_from(weekday)?];
        let hour = dice.weighed(&[(6, 7), (12, 8), (14, 9), (12, 10), (10, 11), (6, 12), (9, 13), (10, 14)]);
        let hour =
            if dice.percent(30) { dice.weighed(&[(8, 15), (8, 16), (6, 17), (3, 19), (1, 2)]) } else { hour };
        let at = midnight + hour * HOUR + dice.below(HOUR);
        if at < now && dice.below(10) < busy {
            times.push(at);
        }
    }
    times.truncate(calls);
    times.sort_unstable();
    Ok(times)
}

/// Four versions of one flow; the last is the file's own text.
fn flows(books: &Books, now: i64) -> Result<Vec<(i64, i64)>, Failure> {
    let versions = (0..4).map(|version| {
        let live_at = now - DAYS * DAY + version * (DAYS * DAY / 4) - DAY;
        let source = match version {
            3 => crate::FLOW.to_owned(),
            _ => format!("# version {version}\n{}", crate::FLOW),
        };
        Ok((books.flow(&source, live_at)?, live_at))
    });
    versions.collect()
}

fn one(dice: &mut Dice, (id, told_at, now): (i64, i64, i64), caller: &Caller) -> Call {
    // What the provider told of afterwards is older than its number.
    let late = id > 100 && dice.one_in(5_000);
    let at = if late { told_at - dice.below(7 * DAY) } else { told_at };
    if dice.one_in(20_000) {
        let midnight = told_at - told_at % DAY + 5 * HOUR;
        let call_id = format!("forgotten-{id}");
        return Call { id, call_id, at: midnight.min(told_at), outcome: "forgotten", ..Call::default() };
    }
    let mut call = Call {
        id,
        call_id: format!("CA{:016x}{:016x}", dice.next(), dice.next()),
        line: Some(dice.weighed(&[(80, "+15550100"), (20, "+15550110")])),
        caller: caller.number.clone(),
        caller_name: caller.shown.clone(),
        at,
        area: dice.weighed(&[(50, Some("repairs")), (25, Some("billing")), (25, None)]),
        attested: dice.percent(60),
        language: dice.weighed(&[(94, None), (6, Some("es"))]),
        ended_at: Some(at + 20_000 + dice.wait(120_000)),
        ..Call::default()
    };
    call.pressed = call.area.is_some();
    if told_at > now - MINUTE {
        (call.outcome, call.ended_at) = ("in_progress", None);
    } else if caller.blocked {
        (call.outcome, call.reason) = ("blocked", Some("blocked"));
    } else if dice.percent(67) {
        let repairs = [(50, "ben"), (40, "cleo"), (10, "dan")];
        let others = [(60, "ana"), (25, "dan"), (15, "ben")];
        call.answered_by = Some(dice.weighed(if call.area == Some("repairs") { &repairs } else { &others }));
        call.accepted_at = Some(at + 4_000 + dice.wait(9_000).min(60_000));
        call.ended_at = call.accepted_at.map(|at| at + 15_000 + dice.wait(150_000));
        call.outcome = "answered";
    } else {
        miss(dice, &mut call);
    }
    call
}

fn miss(dice: &mut Dice, call: &mut Call) {
    let reason = dice.weighed(&REASONS);
    (call.outcome, call.reason) = ("missed", Some(reason));
    match reason {
        "voicemail_left" => {
            call.recording_seconds = Some(dice.between(2, 90));
            call.transcript = dice.percent(70).then(|| dice.pick(&SAID));
        }
        "hung_up_early" => {
            (call.pressed, call.area) = (false, None);
            call.ended_at = Some(call.at + dice.between(1_000, 9_900));
        }
        "asked_call_back" => {
            call.pressed = true;
            call.answers =
                dice.percent(30).then(|| format!("[[\"job\",\"{}\"]]", dice.between(1_000, 9_999)));
        }
        _ => {}
    }
}

/// An hour later, or the next morning.
fn promise(at: i64) -> i64 {
    // 5 hours west of Greenwich, near enough.
    let hour = (at - 5 * HOUR).rem_euclid(DAY) / HOUR;
    let rounded = (at + HOUR).div_euclid(15 * MINUTE) * 15 * MINUTE + 15 * MINUTE;
    match hour {
        0..8 => rounded + (8 - hour) * HOUR,
        8..16 => rounded,
        _ => rounded + (32 - hour) * HOUR,
    }
}

/// What the conversation left: a menu, a ring, and the end.
fn turns(books: &Books, call: &Call) -> Result<(), Failure> {
    let step = |name| StepName::parse(name).map_err(|error| Failure::from(error.to_string()));
    let time = |at| Timestamp::from_millisecond(at);
    let person = PersonName::parse(call.answered_by.unwrap_or("ana")).map_err(|error| error.to_string())?;
    let key = match call.area {
        Some("repairs") => Some("1"),
        Some(_) => Some("2"),
        None => None,
    };
    let entered = call.area.unwrap_or("anyone");
    let menu = State { place: Place::Menu { step: step("hello")?, slips: 0 }, ..State::lobby() };
    let area = call.area.and_then(|area| AreaName::parse(area).ok());
    let course =
        Course { pressed: call.pressed, rang: true, area, last: LastReply::Ring(1), ..Course::default() };
    let since = time(call.at + 3_000)?;
    let rung = Place::Ringing {
        step: step(entered)?,
        rung: vec![person.clone()],
        later: Vec::new(),
        since,
        by_zero: false,
    };
    let ringing = State { place: rung, course: course.clone(), ..State::lobby() };
    let answered = match call.accepted_at {
        Some(at) => Some(Accept { by: person.clone(), at: time(at)? }),
        None => None,
    };
    let finished = call.outcome != "in_progress";
    let over =
        State { place: Place::Over, course: Course { answered, finished, ..course }, ..State::lobby() };
    let mut told = vec![(call.at, None, "hello", menu), (call.at + 3_000, key, entered, ringing)];
    told.extend(call.ended_at.map(|ended| (ended, None, "", over)));
    for (turn, (at, key, passed, state)) in (0..).zip(told) {
        let state = serde_json::to_string(&state)?;
        books.turn(&Turn { call: call.id, turn, at, key, passed, state })?;
    }
    books.leg((call.id, person.as_str()), call.accepted_at.map(|at| at - 2_000), call.accepted_at)
}
