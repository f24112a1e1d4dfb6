//! Ten thousand machines and twenty customers ring within minutes. The customers' calls go over HTTP; the machines' go to
//! the switchboard directly, because what their forms look like is not the question here, and HTTP takes minutes.

use std::process::Command;
use std::time::Duration;

use jiff::SignedDuration;
use ringback::call::{Accept, CallId, Caller, PersonName, PhoneNumber, Provider, ProviderCall, Recording};
use ringback::dialect::{News, Parties, Webhook};
use ringback::engine::{Event, RingEnd};
use ringback::store::{LONG, WaitingLine};
use ringback::switchboard::Answer;
use tokio::task::JoinSet;

use crate::support::line::{LINE, TestLine, rings};

const MACHINES: usize = 10_000;
const NOBODY: (&str, &str) = ("never answers", "never answers");

/// What customers do; each is a person by one sign.
const CUSTOMERS: [&str; 20] = [
    "1",
    "1",
    "1",
    "1",
    "1",
    "2, message 6s",
    "2, message 2s",
    "2, message 30s #",
    "2, hang up after 3s",
    "0, hang up after 3s",
    "hang up after 2s; hang up after 1s",
    "hang up after 28s; hang up after 4s",
    "silence, silence, message 5s; hang up after 2s",
    "named: hang up after 2s",
    "vip: hang up after 2s",
    "talked before: hang up after 2s",
    "allowed: hang up after 28s",
    "passed the test: hang up after 2s",
    "named: silence, silence, message 9s",
    "talked before: hang up after 30s",
];

/// What a machine does; none of it is what only people do.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Machine {
    HangsUp,
    RingsOut,
    HearsTheMenu,
    LeavesAMessage,
}

impl Machine {
    fn of(index: usize) -> Self {
        match index % 20 {
            0..10 => Self::HangsUp,
            10..14 => Self::RingsOut,
            14..17 => Self::HearsTheMenu,
            _ => Self::LeavesAMessage,
        }
    }
}

fn customer(index: usize) -> String {
    format!("+155501{:02}", 50 + index)
}

fn machine(index: usize) -> String {
    format!("+1555030{index:05}")
}

/// What the business knew of a customer before.
fn remember(line: &TestLine, index: usize, how: &str) {
    let number = PhoneNumber::parse(&customer(index)).unwrap();
    let caller = Caller::Number(number.clone());
    let (ana, at) = (PersonName::parse("ana").unwrap(), line.now() - SignedDuration::from_hours(700));
    line.write(|tx| match how {
        "named" => tx.set_name(&number, Some("Noor Vale"), None),
        "vip" => tx.set_vip(&number, true).map(drop),
        "talked before" => tx.remember_answered(&caller, &Accept { by: ana, at }),
        "allowed" => tx.allow(&number, &ana, at).map(drop),
        "passed the test" => tx.remember_human(&caller, at),
        how => panic!("{how}"),
    });
}

fn webhook(index: usize, news: News) -> Webhook {
    let id = format!("CAmachine{index}");
    let call = ProviderCall { provider: Provider::Twilio, account: "AC1".to_owned(), id };
    let line = PhoneNumber::parse(LINE).ok();
    let caller = Caller::read(&machine(index));
    let caller_name = Some("WIRELESS CALLER".to_owned());
    let parties = Parties { call, caller, caller_name, line, forwarded_from: None, attested: false };
    Webhook { parties, over: false, news }
}

/// Asks for many machines at once, as a storm does; gives the documents.
async fn all(line: &TestLine, asked: Vec<(usize, Webhook)>) -> Vec<(usize, String)> {
    let mut documents = Vec::new();
    for group in asked.chunks(50) {
        let mut answers = JoinSet::new();
        for (index, webhook) in group.to_vec() {
            let switchboard = line.switchboard.clone();
            answers.spawn(async move { (index, switchboard.answer(webhook).await) });
        }
        documents.extend(answers.join_all().await.into_iter().filter_map(|(index, answer)| match answer {
            Answer::Document(text) => Some((index, text)),
            Answer::Nothing => None,
            Answer::Safe => panic!("machine {index} heard the safe reply"),
        }));
    }
    documents
}

/// Our number of the call and the turn that the document's URLs claim: `…/call/17/1/…`.
fn claim(document: &str) -> (CallId, u16) {
    let (_, rest) = document.split_once("/call/").expect("the document goes on");
    let mut parts = rest.split('/');
    let mut next = || parts.next().unwrap();
    (CallId(next().parse().unwrap()), next().parse().unwrap())
}

fn turn(index: usize, document: &str, event: Event) -> (usize, Webhook) {
    let (call, turn) = claim(document);
    (index, webhook(index, News::Turn { call, turn, event }))
}

/// The machines' calls go on and end; half a minute has passed since they came in.
async fn finish(line: &TestLine, arrived: Vec<(usize, String)>) {
    let indices: Vec<usize> = arrived.iter().map(|(index, _)| *index).collect();
    let nobody = || Event::Rang(RingEnd { connected: false, leg: None });
    let rang = arrived.into_iter().map(|(index, document)| turn(index, &document, nobody())).collect();
    let mut heard = all(line, rang).await;
    while !heard.is_empty() {
        let recording = Some(Recording { seconds: 8, url: None, at: line.now() });
        let at_the_beep = heard.iter().filter(|(index, document)| {
            Machine::of(*index) == Machine::LeavesAMessage && document.contains("<Record")
        });
        let recorded =
            at_the_beep.map(|(index, text)| turn(*index, text, Event::Recorded(recording.clone())));
        all(line, recorded.collect()).await;
        heard.retain(|(index, text)| Machine::of(*index) > Machine::RingsOut && text.contains("<Gather"));
        let silent = heard.iter().map(|(index, text)| turn(*index, text, Event::Silence));
        heard = all(line, silent.collect()).await;
    }
    all(line, indices.into_iter().map(over).collect()).await;
}

/// The machine hung up.
fn over(index: usize) -> (usize, Webhook) {
    (index, Webhook { over: true, ..webhook(index, News::Status) })
}

/// Which of the customers are among these.
fn customers_in(lines: &[WaitingLine]) -> usize {
    let numbers: Vec<String> = (0..CUSTOMERS.len()).map(customer).collect();
    let is_customer = |line: &&WaitingLine| {
        line.stored
            .entry
            .caller
            .identity()
            .is_some_and(|caller| numbers.iter().any(|number| number == caller))
    };
    lines.iter().filter(is_customer).count()
}

#[tokio::test]
async fn in_a_storm_every_customer_is_on_the_first_screen_and_nothing_is_lost() {
    let line = TestLine::open().await;
    for (index, acts) in CUSTOMERS.iter().enumerate() {
        let each = MACHINES / CUSTOMERS.len();
        let machines = index * each..(index + 1) * each;
        let arrived =
            all(&line, machines.map(|index| (index, webhook(index, News::Arrived))).collect()).await;
        let (gone, arrived): (Vec<_>, Vec<_>) =
            arrived.into_iter().partition(|(index, _)| Machine::of(*index) == Machine::HangsUp);
        all(&line, gone.into_iter().map(|(index, _)| over(index)).collect()).await;
        let acts = match acts.split_once(": ") {
            Some((how, acts)) => {
                remember(&line, index, how);
                acts
            }
            None => acts,
        };
        for acts in acts.split("; ") {
            line.call(rings(&customer(index), acts, NOBODY)).await;
        }
        line.clock.advance(Duration::from_secs(12));
        finish(&line, arrived).await;
    }

    for later in [0, 2, 30] {
        let now = line.now() + SignedDuration::from_hours(later);
        let waiting = line.read(|tx| tx.waiting(now).unwrap());
        assert_eq!(waiting.len(), MACHINES + CUSTOMERS.len(), "nothing is deleted, joined or closed");
        assert_eq!(customers_in(&waiting[..CUSTOMERS.len()]), CUSTOMERS.len(), "{later} h later");
        assert!(waiting[..CUSTOMERS.len()].iter().all(|line| line.shows_a_person));
        assert!(waiting[CUSTOMERS.len()..].iter().all(|line| !line.shows_a_person));
    }
    let reasons = line.read(|tx| tx.waiting(line.now()).unwrap());
    for reason in ["hung_up_early", "rang_out", "voicemail_left", "voicemail_empty"] {
        let of_machines = reasons.iter().filter(|line| !line.shows_a_person);
        assert!(of_machines.filter(|line| line.reason.as_deref() == Some(reason)).count() > 200, "{reason}");
    }

    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ringback"));
        let home = command.args(arguments).env("RINGBACK_HOME", line.home.path()).env_remove("RINGBACK_AS");
        String::from_utf8(home.output().unwrap().stdout).unwrap()
    };
    let list = run(&["call-backs"]);
    assert!(list.lines().count() <= 1 + LONG + 4, "{list}");
    for index in 0..CUSTOMERS.len() {
        assert!(list.contains(&format!("0{}", 150 + index)) || list.contains("Noor Vale"), "{index}: {list}");
    }
    assert!(list.contains("and 9,970 more, without a sign of a person"), "{list}");
    assert_eq!(run(&["call-backs", "--everybody"]).lines().count(), 1 + MACHINES + CUSTOMERS.len());
    assert!(run(&[]).lines().count() <= 24, "{}", run(&[]));
}
