//! What holds of any flow that `ringback check` accepts, whatever somebody writes.

use std::time::Duration;

use jiff::SignedDuration;
use proptest::prelude::*;
use ringback::business::{Absences, Business};
use ringback::call::{
    Acquaintance, CallId, Caller, Evidence, FlowName, Key, LastReply, Leg, Outcome, Recording, Reports,
};
use ringback::dialect::{Address, AudioNames, write};
use ringback::engine::{Event, Facts, Heard, Place, Reply, RingEnd, State, Then, turn};
use ringback::flow::{self, Flow};
use ringback::lint::{Limits, Subject, lint};
use ringback::notation::Level;
use ringback::walk::{Act, End, Kind, Moments, Walk, walk_all};

use crate::flow_mistakes::names;
use crate::ridge;
use crate::support::judge::judge;

/// A step as it is generated; the numbers choose among what there is.
#[derive(Clone, Debug)]
enum Kindly {
    Go,
    Press { keys: usize, offered: bool, words: bool, back: bool, wait: usize },
    Ring { in_turn: bool, target: usize, for_: usize },
    Message { own_words: bool, goes_on: bool },
    CallBack { two_times: bool, goes_on: bool },
    Ask { digits: usize, words: bool, confirm: bool },
    Goodbye,
}

#[derive(Clone, Debug)]
struct Sketch {
    steps: Vec<(Kindly, usize, usize)>,
    starts: [Option<usize>; 4],
    human_test: bool,
    spanish: bool,
    refuses: bool,
}

const TEXTS: [(&str, &str); 8] = [
    ("Hi, you've reached {business}.", "Hola, {business}."),
    ("We're open again {opens}.", "Abrimos {opens}."),
    ("Sorry, we're all on a job.", "Perdón, estamos trabajando."),
    ("{person} will be with you. {name}", "{person} le atiende. {name}"),
    ("Your number is {caller}.", "Su número es {caller}."),
    ("<b>&amp; ]]> {business}", "¿Qué tal? «{business}»"),
    ("We call {promise}.", "Llamamos {promise}."),
    ("One moment.", "Un momento."),
];
const OFFERS: [(&str, &str); 4] = [
    ("for a repair", "para una reparación"),
    ("have us call you back {promise}", "que le llamemos {promise}"),
    ("leave a message", "dejar un mensaje"),
    ("hear it again", "oírlo otra vez"),
];
const TARGETS: [&str; 5] = ["on-duty", "ana", "ben", "repairs", "last-person"];

impl Sketch {
    /// As an owner would write it. Steps lead onwards, but for keys that lead back.
    fn written(&self) -> String {
        let last = self.steps.len();
        let mut out = String::new();
        if self.spanish {
            out.push_str("languages = [\"en\", \"es\"]\n");
        }
        out.push_str("[start]\nopen = \"s0\"\n");
        for (word, step) in ["closed", "away", "again", "known"].iter().zip(self.starts) {
            if let Some(step) = step {
                out.push_str(&format!("{word} = \"s{}\"\n", step % (last + 1)));
            }
        }
        if self.refuses {
            out.push_str("blocked = \"refuse\"\n");
        }
        if self.human_test {
            out.push_str("human-test = true\n");
        }
        for (index, (kind, seed, text)) in self.steps.iter().enumerate() {
            let onwards = |salt: usize| format!("s{}", index + 1 + (seed + salt) % (last - index));
            let said = self.text(TEXTS[text % TEXTS.len()]);
            out.push_str(&format!("[step.s{index}]\n"));
            match kind {
                Kindly::Go => out.push_str(&format!("say = {said}\ngo = \"{}\"\n", onwards(0))),
                Kindly::Press { keys, offered, words, back, wait } => {
                    out.push_str(&format!("say = {said}\n"));
                    for key in 1..=*keys {
                        let go = if *back && key == *keys {
                            format!("s{}", seed % (index + 1))
                        } else {
                            onwards(key)
                        };
                        let offer = self.text(OFFERS[(key + seed) % OFFERS.len()]);
                        let offer = if *offered { format!("offer = {offer}, ") } else { String::new() };
                        let spoken = format!("words = {}, ", self.list(&format!("thing{key}")));
                        let words = if *words { spoken } else { String::new() };
                        out.push_str(&format!("press.{key} = {{ {offer}{words}go = \"{go}\" }}\n"));
                    }
                    out.push_str(&format!("silence = \"{}\"\nwait = \"{}s\"\n", onwards(0), 3 + wait % 8));
                }
                Kindly::Ring { in_turn, target, for_ } => {
                    let word = if *in_turn { "ring-in-turn" } else { "ring" };
                    out.push_str(&format!(
                        "say = {said}\n{word} = \"{}\"\nfor = \"{}s\"\narea = \"repairs\"\ngo = \"{}\"\n",
                        TARGETS[target % TARGETS.len()],
                        5 + for_ % 40,
                        onwards(0)
                    ));
                }
                Kindly::Message { own_words, goes_on } => {
                    let words = if *own_words { said } else { "true".to_owned() };
                    out.push_str(&format!("message = {words}\n"));
                    if *goes_on {
                        out.push_str(&format!("go = \"{}\"\n", onwards(0)));
                    }
                }
                Kindly::CallBack { two_times, goes_on } => {
                    out.push_str("call-back = true\n");
                    if *two_times {
                        out.push_str("two-times = true\n");
                    }
                    if *goes_on {
                        out.push_str(&format!("go = \"{}\"\n", onwards(0)));
                    }
                }
                Kindly::Ask { digits, words, confirm } => {
                    let digits = ["4", "10", "\"1-6\""][digits % 3];
                    let words =
                        if *words { format!("words = {}\n", self.list("a tap")) } else { String::new() };
                    out.push_str(&format!(
                        "ask = {said}\nas = \"answer{index}\"\ndigits = {digits}\n{words}confirm = {confirm}\ngo = \"{}\"\n\
                         silence = \"{}\"\n",
                        onwards(0),
                        onwards(1)
                    ));
                }
                Kindly::Goodbye => out.push_str(&format!("goodbye = {said}\n")),
            }
        }
        out.push_str(&format!("[step.s{last}]\nmessage = {}\n", self.text(TEXTS[6])));
        if self.refuses {
            out.push_str("[step.refuse]\nrefuse = true\n");
        }
        out
    }

    fn text(&self, (english, spanish): (&str, &str)) -> String {
        if self.spanish {
            format!("{{ en = {english:?}, es = {spanish:?} }}")
        } else {
            format!("{english:?}")
        }
    }

    fn list(&self, word: &str) -> String {
        if self.spanish { format!("{{ en = [{word:?}], es = [{word:?}] }}") } else { format!("[{word:?}]") }
    }
}

fn kinds() -> impl Strategy<Value = Kindly> {
    prop_oneof![
        1 => Just(Kindly::Go),
        4 => (1..=5_usize, any::<bool>(), any::<bool>(), prop::bool::weighted(0.2), 1..5_usize).prop_map(
            |(keys, offered, words, back, wait)| Kindly::Press { keys, offered, words, back, wait }
        ),
        3 => (any::<bool>(), 0..5_usize, 0..40_usize)
            .prop_map(|(in_turn, target, for_)| Kindly::Ring { in_turn, target, for_ }),
        1 => (any::<bool>(), any::<bool>())
            .prop_map(|(own_words, goes_on)| Kindly::Message { own_words, goes_on }),
        2 => (any::<bool>(), any::<bool>())
            .prop_map(|(two_times, goes_on)| Kindly::CallBack { two_times, goes_on }),
        2 => (0..3_usize, any::<bool>(), any::<bool>())
            .prop_map(|(digits, words, confirm)| Kindly::Ask { digits, words, confirm }),
        1 => Just(Kindly::Goodbye),
    ]
}

fn sketches() -> impl Strategy<Value = Sketch> {
    let steps = prop::collection::vec((kinds(), 0..20_usize, 0..8_usize), 1..6);
    let start = || prop::option::of(0..6_usize);
    (steps, [start(), start(), start(), start()], any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(steps, starts, human_test, spanish, refuses)| Sketch {
            steps,
            starts,
            human_test,
            spanish,
            refuses,
        },
    )
}

/// The flow without the steps that no call reaches, if `check` accepts it: read, and judged without an error.
fn accepted(sketch: &Sketch, business: &Business) -> Option<(Flow, Vec<Walk>)> {
    let mut source = sketch.written();
    let name = FlowName::parse("generated").expect("a name");
    let flow = loop {
        match flow::load(name.clone(), "generated.toml", &source, Some(&names())) {
            Ok((flow, _)) => break flow,
            Err(problems) => {
                let unreached = problems.iter().find_map(|problem| {
                    problem.message.strip_prefix("no call ever reaches the step `")?.strip_suffix('`')
                })?;
                source = without_step(&source, unreached)?;
            }
        }
    };
    let moments = Moments::of(business, ridge::local(business, "2026-11-18 10:00"));
    let limits = Limits::default();
    let subject = Subject {
        flow: &flow,
        business,
        moments: &moments,
        limits: &limits,
        audio: &|_: &str| Some(Duration::ZERO),
    };
    let sound = lint(&subject).findings.iter().all(|finding| finding.level != Level::Error);
    let walks = walk_all(&subject.ground(), &moments).expect("a flow of a sensible size");
    sound.then_some((flow.clone(), walks))
}

fn without_step(source: &str, name: &str) -> Option<String> {
    let heading = format!("[step.{name}]\n");
    let start = source.find(&heading)?;
    let rest = start + heading.len();
    let end = source[rest..].find("[step.").map_or(source.len(), |next| rest + next);
    Some(format!("{}{}", &source[..start], &source[end..]))
}

fn judge_document(reply: &Reply) {
    let address = Address {
        base: "https://phone.example.com/twilio",
        call: CallId(17),
        turn: 1,
        language: "en-US",
        audio: &AudioNames::new(),
    };
    judge(&write(reply, &address));
}

/// What came of a call in which nothing was reported beside the conversation.
fn outcome(state: &State, business: &Business, reports: &Reports) -> Outcome {
    let first_fetch_at = Some(ridge::local(business, "2026-11-18 10:00"));
    Evidence { first_fetch_at, course: &state.course, reports }.outcome()
}

fn judge_walk(walk: &Walk, business: &Business) {
    crate::walk::judge_ends(walk);
    for node in &walk.nodes {
        judge_document(&node.reply);
        let Some(end) = node.end else { continue };
        match outcome(&node.state, business, &Reports::default()) {
            // The switchboard opens an entry for each of these.
            Outcome::Missed(_) => assert!(end != End::Person && end != End::Refused),
            Outcome::Blocked => assert_eq!(walk.situation.kind, Kind::Blocked),
            Outcome::Answered(_) => assert_eq!(end, End::Person),
            Outcome::InProgress => panic!("{end} leaves the call in progress {}", walk.situation),
        }
    }
}

/// Something that happens, by numbers.
fn event(reply: &Then, choice: usize, at: jiff::Timestamp) -> Event {
    let key = |index: usize| Key::new("0123456789*#".chars().nth(index % 12).expect("a key")).expect("a key");
    match reply {
        Then::Menu { .. } => match choice % 5 {
            0 => Event::Silence,
            1 => Event::Said(Heard {
                words: ["thing1", "a person", "no"][choice % 3].to_owned(),
                confidence: Some(80),
            }),
            2 => Event::Pressed((0..choice % 12 + 1).map(|index| key(index + choice)).collect()),
            _ => Event::Pressed(vec![key(choice / 5)]),
        },
        Then::Ring { .. } => Event::Rang(RingEnd { connected: choice.is_multiple_of(3), leg: None }),
        Then::Record { .. } => Event::Recorded(choice.is_multiple_of(2).then_some(Recording {
            seconds: (choice % 9) as u32,
            url: None,
            at,
        })),
        Then::HangUp | Then::Refuse => Event::Arrived,
    }
}

/// Plays a call with its turns and its clock.
fn play(flow: &Flow, business: &Business, choices: &[usize], caller: &Caller) {
    let mut now = ridge::local(business, "2026-11-18 16:30") + SignedDuration::from_mins(choices[0] as i64);
    let line = ridge::number("+15550100");
    let (about, away) = (Acquaintance::default(), Absences::default());
    let mut state = State::lobby();
    let mut reports = Reports::default();
    let mut next = Event::Arrived;
    for number in 0..=31 {
        assert!(number < 31, "no end in sight");
        let facts = Facts {
            now,
            turn: number,
            business,
            caller,
            line: Some(&line),
            forwarded_from: None,
            about: &about,
            again: choices[0].is_multiple_of(2),
            attested: true,
            away: &away,
            waiting: choices[0] % 4,
            legs: &reports.legs,
            caller_left: false,
        };
        let made = turn(flow, &state, &next, &facts);
        judge_document(&made.reply);
        state = made.state;
        if let (Then::Ring { legs, .. }, LastReply::Ring(turn)) = (&made.reply.then, state.course.last) {
            reports.legs.extend(legs.iter().map(|leg| Leg {
                turn,
                person: leg.person.clone(),
                provider_id: None,
                picked_up_at: None,
                prompted: false,
                accepted_at: None,
            }));
        }
        if state.place == Place::Over {
            break;
        }
        now += SignedDuration::from_secs(7);
        next = event(&made.reply.then, choices[usize::from(number) % choices.len()], now);
    }
    match outcome(&state, business, &reports) {
        Outcome::Missed(_) => assert!(state.course.finished),
        Outcome::Answered(_) => assert!(state.course.answered.is_some()),
        Outcome::Blocked | Outcome::InProgress => panic!("{state:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { max_global_rejects: 20_000, ..ProptestConfig::with_cases(40) })]

    #[test]
    fn every_flow_that_check_accepts_is_total_ends_fits_and_leaves_nobody_without_a_call_back(
        sketch in sketches(),
        choices in prop::collection::vec(0..600_usize, 4..32),
    ) {
        let business = ridge::business();
        let Some((flow, walks)) = accepted(&sketch, &business) else {
            return Err(TestCaseError::reject("check does not accept it"));
        };
        for walk in &walks {
            judge_walk(walk, &business);
        }
        for caller in ["+15550142", "anonymous"] {
            play(&flow, &business, &choices, &Caller::read(caller));
        }
    }
}

#[test]
fn what_is_generated_has_everything_in_it() {
    let business = ridge::business();
    let step = |kind| (kind, 0, 0);
    let sketch = Sketch {
        steps: vec![
            step(Kindly::Ask { digits: 0, words: true, confirm: true }),
            step(Kindly::Press { keys: 3, offered: true, words: true, back: false, wait: 2 }),
            step(Kindly::Ring { in_turn: true, target: 0, for_: 10 }),
            step(Kindly::CallBack { two_times: true, goes_on: false }),
        ],
        starts: [Some(3), None, Some(2), Some(1)],
        human_test: true,
        spanish: true,
        refuses: true,
    };
    let Some((_, walks)) = accepted(&sketch, &business) else { panic!("{}", sketch.written()) };
    let acts: Vec<&Act> = walks
        .iter()
        .flat_map(|walk| &walk.nodes)
        .flat_map(|node| &node.edges)
        .map(|edge| &edge.act)
        .collect();
    assert!(acts.iter().any(|act| matches!(act, Act::Switch(_))));
    assert!(acts.iter().any(|act| matches!(act, Act::Type(_))));
    assert!(acts.iter().any(|act| matches!(act, Act::Say(_))));
    let places = |wanted: fn(&Place) -> bool| {
        walks.iter().flat_map(|walk| &walk.nodes).any(|node| wanted(&node.state.place))
    };
    assert!(places(|place| matches!(place, Place::ChoosingTime { .. })));
    assert!(places(|place| matches!(place, Place::ConfirmingAnswer { .. })));
    assert!(places(|place| matches!(place, Place::HumanTest { .. })));
    walks.iter().for_each(|walk| judge_walk(walk, &business));
}
