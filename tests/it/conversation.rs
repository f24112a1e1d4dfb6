//! What must hold of any conversation, whatever callers, phones and providers do.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use ringback::business::{Absences, Away, Business};
use ringback::call::{
    Acquaintance, Caller, Evidence, Key, LastReply, Leg, Outcome, PhoneNumber, Recording, Reports, StepName,
};
use ringback::engine::{Event, Facts, Heard, Place, RingEnd, Speech, State, Then, Turn, turn};
use ringback::flow::Flow;
use ringback::language::Language;

use crate::ridge;

const FLOWS: [&str; 6] =
    ["ridge.toml", "areas.toml", "round.toml", "front-desk.toml", "two-areas.toml", "talk.toml"];
/// The flow that uses everything: languages, words, questions, two times, the test for strangers.
const TALK: usize = 5;
const KEYS: &str = "0123456789*#";
const SPEECH: [&str; 12] = [
    "billing",
    "una reparación, por favor",
    "billing or a repair",
    "yes",
    "no, thank you",
    "operator",
    "quiero hablar con alguien",
    "2 0 1, 5 5 5, 0 1 4 2",
    "1 2 3 4",
    "my boiler\u{7} leaks.",
    "…",
    "2",
];

/// How a call begins.
#[derive(Clone, Debug)]
struct Beginning {
    flow: usize,
    caller: &'static str,
    minute_of_week: i64,
    away: bool,
    blocked: bool,
    forwarded: bool,
    people: usize,
    trusting: usize,
    known: usize,
    again: bool,
}

/// A customer on a Monday at nine.
const ORDINARY: Beginning = Beginning {
    flow: 0,
    caller: "+15550142",
    minute_of_week: 9 * 60,
    away: false,
    blocked: false,
    forwarded: false,
    people: 2,
    trusting: 0,
    known: 0,
    again: false,
};

/// Something that happens, sensible or not.
#[derive(Clone, Debug)]
enum Move {
    Turn(Happening),
    PickUp(usize),
    Accept(usize),
    Wait(i64),
}

#[derive(Clone, Debug)]
enum Happening {
    Arrived,
    Pressed(Vec<usize>),
    Said(usize, Option<u8>),
    Silence,
    Rang { connected: bool, leg: Option<usize> },
    Recorded(Option<u32>),
}

/// A call being played.
struct World {
    flow: Flow,
    business: Business,
    now: Timestamp,
    caller: Caller,
    line: PhoneNumber,
    forwarded_from: Option<PhoneNumber>,
    away: Absences,
    about: Acquaintance,
    again: bool,
    state: State,
    turns: u16,
    started_at: Timestamp,
    reports: Reports,
}

impl World {
    fn begin(beginning: &Beginning) -> Self {
        let mut business = ridge::business();
        business.greet_by_name = true;
        for person in business.people.iter_mut().take(beginning.trusting) {
            person.trust_answer = true;
        }
        business.people.truncate(beginning.people);
        let monday = ridge::local(&business, "2026-11-16 00:00");
        let now = monday + SignedDuration::from_mins(beginning.minute_of_week);
        Self {
            flow: ridge::flow_file(FLOWS[beginning.flow]),
            business,
            now,
            caller: Caller::read(beginning.caller),
            line: ridge::number("+15550100"),
            forwarded_from: beginning.forwarded.then(|| ridge::number("+15550101")),
            away: Absences {
                business: beginning
                    .away
                    .then(|| Away { until: now + SignedDuration::from_hours(3), reason: None }),
                people: Vec::new(),
            },
            about: Acquaintance { blocked: beginning.blocked, ..acquaintance(beginning.known) },
            again: beginning.again,
            state: State::lobby(),
            turns: 0,
            started_at: now,
            reports: Reports::default(),
        }
    }

    fn turn(&mut self, event: &Event, caller_left: bool) -> Turn {
        let facts = Facts {
            now: self.now,
            turn: self.turns,
            business: &self.business,
            caller: &self.caller,
            line: Some(&self.line),
            forwarded_from: self.forwarded_from.as_ref(),
            about: &self.about,
            again: self.again,
            attested: true,
            away: &self.away,
            waiting: 0,
            legs: &self.reports.legs,
            caller_left,
        };
        let made = turn(&self.flow, &self.state, event, &facts);
        self.turns += 1;
        self.state = made.state.clone();
        if let Then::Ring { legs, .. } = &made.reply.then {
            let LastReply::Ring(turn) = self.state.course.last else { panic!("a ring without its turn") };
            self.reports.legs.extend(legs.iter().map(|leg| Leg {
                turn,
                person: leg.person.clone(),
                provider_id: None,
                picked_up_at: None,
                prompted: false,
                accepted_at: None,
            }));
        }
        made
    }

    fn event(&self, happening: &Happening) -> Event {
        let key = |index: &usize| KEYS.chars().nth(index % KEYS.len()).and_then(Key::new).expect("a key");
        match happening {
            Happening::Arrived => Event::Arrived,
            Happening::Pressed(keys) => Event::Pressed(keys.iter().map(key).collect()),
            Happening::Said(words, confidence) => {
                let words = SPEECH[words % SPEECH.len()].to_owned();
                Event::Said(Heard { words, confidence: *confidence })
            }
            Happening::Silence => Event::Silence,
            Happening::Rang { connected, leg } => {
                Event::Rang(RingEnd { connected: *connected, leg: leg.map(|leg| format!("leg-{leg}")) })
            }
            Happening::Recorded(seconds) => {
                Event::Recorded(seconds.map(|seconds| Recording { seconds, url: None, at: self.now }))
            }
        }
    }

    fn pick_up(&mut self, index: usize) {
        let now = self.now;
        let Some(leg) = self.reports.legs.get_mut(index) else { return };
        let trusted = self.business.person(&leg.person).is_some_and(|person| person.trust_answer);
        leg.provider_id = Some(format!("leg-{index}"));
        leg.picked_up_at = Some(now);
        leg.prompted = !trusted;
    }

    fn accept(&mut self, index: usize) {
        let Some(turn) = self.reports.legs.get(index).map(|leg| leg.turn) else { return };
        if self.state.course.last == LastReply::Ring(turn) && self.reports.accept_in(turn).is_none() {
            self.pick_up(index);
            self.reports.legs[index].accepted_at = Some(self.now);
        }
    }

    fn outcome(&self) -> Outcome {
        Evidence { first_fetch_at: Some(self.started_at), course: &self.state.course, reports: &self.reports }
            .outcome()
    }

    /// What must hold of every single answer.
    fn judge(&self, made: &Turn) {
        let answered = self.state.course.answered.is_some();
        let spoken = !made.reply.say.is_empty();
        match &made.reply.then {
            Then::Menu { keys, wait, .. } => {
                assert!(spoken, "a question was asked in silence");
                assert!((4..=7).contains(&wait.as_secs()) && *keys != Some(0));
            }
            Then::Ring { legs, for_, .. } => {
                assert!((1..=10).contains(&legs.len()) && for_.as_secs() >= 5);
                for leg in legs {
                    assert_ne!(Some(&leg.number), self.caller.number(), "the caller's own phone");
                }
                assert!(!self.state.no_ringing);
            }
            Then::Record { .. } => assert!(spoken && self.state.course.message_offered),
            Then::HangUp => assert!(spoken || answered, "hung up without a word"),
            Then::Refuse => assert!(self.about.blocked && !spoken),
        }
        let languages = &self.flow.languages;
        assert_eq!(made.reply.language.is_some(), !languages.is_empty());
        assert!(made.reply.language.is_none_or(|language| languages.contains(&language)));
        assert!(
            !matches!(made.reply.say.first(), Some(Speech::SayIn(..))),
            "a hint was the first thing heard"
        );
        for speech in &made.reply.say {
            if let Speech::SayIn(language, _) = speech {
                assert!(Some(*language) != made.reply.language && languages.contains(language));
            }
        }
        assert!(self.state.language_changes <= 3);
        for (_, answer) in &self.state.course.answers {
            assert!((1..=200).contains(&answer.chars().count()) && !answer.chars().any(char::is_control));
        }
        let over = self.state.place == Place::Over;
        assert_eq!(over, matches!(made.reply.then, Then::HangUp | Then::Refuse));
        assert_eq!(over, self.state.course.finished);
        for speech in &made.reply.say {
            let (Speech::Say(words) | Speech::SayIn(_, words)) = speech else { continue };
            let words = words.to_lowercase();
            assert!(!words.trim().is_empty() && !words.contains("..") && !words.contains('{'), "{words}");
            assert!(!words.contains(" ,") && !words.contains(" .") && !words.contains("  "), "{words}");
            for bad in ["invalid", "wrong", "failed", "error", "dial", "enter ", "important", "carefully"] {
                assert!(!words.contains(bad), "{words}");
            }
        }
        let stored = serde_json::to_string(&made.state).expect("a state is stored");
        assert_eq!(serde_json::from_str::<State>(&stored).expect("and read back"), made.state);
    }

    /// Plays on with somebody who answers every question by `keys`, and phones that nobody answers.
    fn play_out(&mut self, first: &Turn, mut keys: impl FnMut() -> Option<Vec<usize>>) {
        let mut made = first.clone();
        while self.state.place != Place::Over {
            assert!(self.turns <= 31, "no end in sight");
            self.now += SignedDuration::from_secs(5);
            let happening = match made.reply.then {
                Then::Menu { .. } => keys().map_or(Happening::Silence, Happening::Pressed),
                Then::Ring { for_, .. } => {
                    self.now += SignedDuration::try_from(for_).expect("a short time");
                    Happening::Rang { connected: false, leg: None }
                }
                Then::Record { .. } => Happening::Recorded(None),
                Then::HangUp | Then::Refuse => panic!("that was the end"),
            };
            made = self.turn(&self.event(&happening), false);
            self.judge(&made);
        }
        match self.outcome() {
            Outcome::Missed(_) => assert!(!self.state.course.refused),
            Outcome::Blocked => assert!(self.about.blocked),
            Outcome::Answered(_) => assert!(self.state.course.answered.is_some()),
            Outcome::InProgress => panic!("the end is no end"),
        }
    }
}

/// People whom we know more or less well.
fn acquaintance(index: usize) -> Acquaintance {
    let nobody = Acquaintance::default();
    match index {
        0 => nobody,
        1 => Acquaintance { name: Some("Mia Reed".to_owned()), vip: true, ..nobody },
        2 => Acquaintance { answered_before: true, last_spoke_with: Some(ridge::person("ben")), ..nobody },
        3 => Acquaintance { language: Some(Language::Spanish), human: true, ..nobody },
        _ => Acquaintance { language: Some(Language::French), allowed: true, ..nobody },
    }
}

fn beginnings() -> impl Strategy<Value = Beginning> {
    let caller = prop::sample::select(vec![
        "+15550142",
        "anonymous",
        "client:ana",
        "+15550101",
        "+15550100",
        "+34915550142",
    ]);
    let rare = || prop::bool::weighted(0.1);
    let firm = (0_usize..=2, 0_usize..=2);
    (0..FLOWS.len(), caller, 0_i64..7 * 24 * 60, (rare(), rare(), rare(), rare()), firm, 0_usize..=4)
        .prop_map(
            |(flow, caller, minute_of_week, (away, blocked, forwarded, again), (people, trusting), known)| {
                Beginning {
                    flow,
                    caller,
                    minute_of_week,
                    away,
                    blocked,
                    forwarded,
                    people,
                    trusting,
                    known,
                    again,
                }
            },
        )
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let keys = prop::collection::vec(0..KEYS.len(), 1..12);
    let one_key = (0..KEYS.len()).prop_map(|key| vec![key]);
    let happening = prop_oneof![
        1 => Just(Happening::Arrived),
        4 => one_key.prop_map(Happening::Pressed),
        2 => keys.prop_map(Happening::Pressed),
        3 => (0..SPEECH.len(), prop::option::of(0_u8..=100)).prop_map(|(words, sure)| Happening::Said(words, sure)),
        2 => Just(Happening::Silence),
        4 => (any::<bool>(), prop::option::of(0_usize..6))
            .prop_map(|(connected, leg)| Happening::Rang { connected, leg }),
        2 => prop::option::of(0_u32..20).prop_map(Happening::Recorded),
    ];
    let one = prop_oneof![
        6 => happening.prop_map(Move::Turn),
        2 => (0_usize..6).prop_map(Move::PickUp),
        1 => (0_usize..6).prop_map(Move::Accept),
        2 => (0_i64..60).prop_map(Move::Wait),
        1 => (0_i64..2000).prop_map(Move::Wait),
    ];
    prop::collection::vec(one, 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn whatever_happens_the_caller_is_helped_and_the_call_is_kept(
        beginning in beginnings(),
        moves in moves(),
    ) {
        let mut world = World::begin(&beginning);
        let mut made = world.turn(&Event::Arrived, false);
        world.judge(&made);
        let mut answered = None;
        for one in moves {
            match one {
                Move::Turn(happening) => {
                    made = world.turn(&world.event(&happening), false);
                    world.judge(&made);
                }
                Move::PickUp(index) => world.pick_up(index),
                Move::Accept(index) => world.accept(index),
                Move::Wait(seconds) => world.now += SignedDuration::from_secs(seconds),
            }
            if answered.is_some() {
                prop_assert_eq!(&world.state.course.answered, &answered);
            }
            answered.clone_from(&world.state.course.answered);
        }
        world.play_out(&made, || None);
    }

    #[test]
    fn a_caller_who_presses_anything_at_all_comes_to_an_end(
        beginning in beginnings(),
        keys in prop::collection::vec(prop::option::of(prop::collection::vec(0..KEYS.len(), 1..12)), 1..40),
    ) {
        let mut world = World::begin(&beginning);
        let made = world.turn(&Event::Arrived, false);
        world.judge(&made);
        let mut keys = keys.into_iter().cycle();
        world.play_out(&made, || keys.next().flatten());
    }

    #[test]
    fn whatever_is_said_is_a_choice_a_person_or_asked_again(
        words in "\\PC{0,40}|((a|my|the|please|billing|factura|reparación|repair|or|not|operator|2|9)[ ,.]{1,2}){0,6}",
        confidence in prop::option::of(0_u8..=100),
        known in 0_usize..=4,
    ) {
        let beginning = Beginning { flow: TALK, known, ..ORDINARY };
        let mut world = World::begin(&beginning);
        world.state.place = Place::Menu { step: StepName::parse("hello").expect("a step"), slips: 0 };
        let made = world.turn(&Event::Said(Heard { words, confidence }), false);
        world.judge(&made);
        let key = made.key.map(Key::as_char);
        match key {
            Some('0') => prop_assert!(matches!(made.reply.then, Then::Ring { .. }), "no phone rings"),
            Some('1' | '2') => prop_assert!(!made.passed.is_empty()),
            Some(_) | None => {
                let again = matches!(&world.state.place, Place::Menu { step, .. } if step.as_str() == "hello");
                prop_assert!(again && made.passed.is_empty());
            }
        }
        if confidence.is_some_and(|sure| sure < 30) {
            prop_assert_eq!(key, None);
        }
    }

    #[test]
    fn a_caller_who_leaves_is_kept_wherever_it_was(beginning in beginnings(), moves in moves()) {
        let mut world = World::begin(&beginning);
        world.turn(&Event::Arrived, false);
        for one in moves {
            if world.state.place == Place::Over {
                break;
            }
            match one {
                Move::Turn(happening) => drop(world.turn(&world.event(&happening), false)),
                Move::PickUp(index) => world.pick_up(index),
                Move::Accept(_) => {}
                Move::Wait(seconds) => world.now += SignedDuration::from_secs(seconds),
            }
        }
        let before = world.state.course.clone();
        let made = world.turn(&Event::Rang(RingEnd { connected: false, leg: None }), true);
        prop_assert_eq!(made.reply.then, Then::HangUp);
        prop_assert_eq!(made.passed, vec![], "nobody is left to go on");
        let after = &world.state.course;
        prop_assert_eq!((before.message_offered, before.promised_at), (after.message_offered, after.promised_at));
        match world.outcome() {
            Outcome::Missed(_) => {}
            Outcome::Blocked => prop_assert!(world.about.blocked),
            Outcome::Answered(accept) => {
                let trusted = world.business.person(&accept.by).is_some_and(|person| person.trust_answer);
                prop_assert!(trusted, "nobody pressed a key");
            }
            Outcome::InProgress => prop_assert!(false, "a caller who left is still in progress"),
        }
    }
}

#[test]
fn a_caller_who_does_nothing_and_one_who_presses_wrong_keys_come_to_an_end() {
    for flow in 0..FLOWS.len() {
        for caller in ["+15550142", "anonymous"] {
            for keys in [None, Some(vec![9]), Some(vec![10]), Some(vec![0]), Some(vec![1]), Some(vec![2])] {
                let mut world = World::begin(&Beginning { flow, caller, ..ORDINARY });
                let made = world.turn(&Event::Arrived, false);
                world.judge(&made);
                world.play_out(&made, || keys.clone());
                assert!(matches!(world.outcome(), Outcome::Missed(_)));
            }
        }
    }
}

#[test]
fn every_place_answers_every_event() {
    let step = |name: &str| StepName::parse(name).expect("a step");
    let world = World::begin(&ORDINARY);
    let places = [
        Place::Lobby,
        Place::Menu { step: step("busy"), slips: 2 },
        Place::Ringing {
            step: step("hello"),
            rung: vec![ridge::person("ana")],
            later: vec![ridge::person("ben")],
            since: world.now,
            by_zero: false,
        },
        Place::Message { step: step("message") },
        Place::AskingNumber { step: step("call-me"), slips: 0 },
        Place::ConfirmingNumber { step: step("call-me"), number: ridge::number("+15550142"), slips: 2 },
        Place::HumanTest { slips: 2 },
        Place::ChoosingTime {
            step: step("call-me"),
            later: world.now + SignedDuration::from_hours(5),
            slips: 2,
        },
        Place::Asking { step: step("job"), slips: 0 },
        Place::ConfirmingAnswer { step: step("job"), answer: "1234".to_owned(), slips: 2 },
        Place::Over,
        // A place whose step is of another kind, or of no flow: a stored state is never trusted that far.
        Place::Menu { step: step("message"), slips: 0 },
        Place::Message { step: step("gone") },
        Place::AskingNumber { step: step("gone"), slips: 9 },
        Place::Asking { step: step("gone"), slips: 0 },
        Place::ConfirmingAnswer { step: step("message"), answer: "1".to_owned(), slips: 0 },
        Place::ChoosingTime { step: step("gone"), later: world.now, slips: 0 },
    ];
    let happenings = [
        Happening::Arrived,
        Happening::Pressed(vec![0]),
        Happening::Pressed(vec![1]),
        Happening::Pressed(vec![2, 3, 4]),
        Happening::Said(3, None),
        Happening::Said(9, Some(10)),
        Happening::Said(5, Some(90)),
        Happening::Silence,
        Happening::Rang { connected: true, leg: None },
        Happening::Rang { connected: false, leg: None },
        Happening::Recorded(None),
        Happening::Recorded(Some(9)),
    ];
    for place in &places {
        for happening in &happenings {
            for (zero_used, flow) in [(false, 0), (true, 0), (false, TALK), (true, TALK)] {
                let mut world = World::begin(&Beginning { flow, ..ORDINARY });
                world.state.place = place.clone();
                world.state.zero_used = zero_used;
                let made = world.turn(&world.event(happening), false);
                world.judge(&made);
            }
        }
    }
}

#[test]
fn a_conversation_that_goes_round_ends_in_a_promise() {
    let mut world = World::begin(&Beginning { flow: 2, ..ORDINARY });
    let made = world.turn(&Event::Arrived, false);
    world.play_out(&made, || Some(vec![1]));
    assert_eq!(world.turns, 31);
    assert!(world.state.course.promised_at.is_some());
}

#[test]
fn a_conversation_of_ten_minutes_ends_in_a_promise_but_a_talk_does_not_count() {
    let begin = || {
        let mut world = World::begin(&ORDINARY);
        world.turn(&Event::Arrived, false);
        world
    };
    let unanswered = Event::Rang(RingEnd { connected: false, leg: None });
    let mut long = begin();
    long.now += SignedDuration::from_mins(10);
    assert_eq!(long.turn(&unanswered, false).reply.then, Then::HangUp);
    assert!(long.state.course.promised_at.is_some());

    let mut talk = begin();
    talk.accept(0);
    talk.now += SignedDuration::from_mins(30);
    assert!(matches!(talk.turn(&unanswered, false).reply.then, Then::Menu { .. }), "the talk broke off");
}

#[test]
fn the_language_changes_three_times_at_most_and_costs_no_patience() {
    let mut world = World::begin(&Beginning { flow: TALK, known: 2, ..ORDINARY });
    world.state.place = Place::Menu { step: StepName::parse("hello").expect("a step"), slips: 1 };
    let mut spoken = Vec::new();
    for _ in 0..4 {
        let made = world.turn(&world.event(&Happening::Pressed(vec![9])), false);
        world.judge(&made);
        spoken.push(made.reply.language);
        let slips = if spoken.len() < 4 { 1 } else { 2 };
        assert_eq!(world.state.place, Place::Menu { step: StepName::parse("hello").expect("a step"), slips });
    }
    let (english, spanish) = (Some(Language::English), Some(Language::Spanish));
    assert_eq!(spoken, [spanish, english, spanish, spanish]);
    assert_eq!(world.state.course.language, spanish);
}

#[test]
fn a_trusted_phone_answers_even_if_its_leg_was_never_reported() {
    let beginning = Beginning { trusting: 1, ..ORDINARY };
    let talk = |leg: Option<&str>, voicemail: bool| {
        let mut world = World::begin(&beginning);
        world.turn(&Event::Arrived, false);
        if voicemail {
            world.pick_up(1);
        }
        world.turn(&Event::Rang(RingEnd { connected: true, leg: leg.map(str::to_owned) }), false);
        world.state.course.answered.map(|accept| accept.by)
    };
    let ana = Some(ridge::person("ana"));
    assert_eq!(talk(None, false), ana);
    assert_eq!(talk(Some("leg-0"), false), ana);
    assert_eq!(talk(Some("leg-0"), true), ana, "Ben's voicemail picked up, but Ana's phone was connected");
    assert_eq!(talk(Some("leg-1"), true), None, "Ben's voicemail was connected");
    assert_eq!(talk(None, true), None, "it may have been Ben's voicemail");
}
