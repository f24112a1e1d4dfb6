//! Ten thousand machines and twenty customers ring within ten minutes. Their webhooks go to the switchboard directly:
//! what they look like on the wire is not the question here, and over HTTP the storm takes minutes.

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use ringback::call::{
    Accept, CallId, Caller, Key, PersonName, PhoneNumber, Provider, ProviderCall, Recording,
};
use ringback::dialect::{News, Parties, Webhook};
use ringback::engine::{Event, RingEnd};
use ringback::phone::Clock;
use ringback::settings::{Environment, Home};
use ringback::store::{Desk, Journal, LONG, Reader, StoreError, Tx, WaitingLine, Writer};
use ringback::switchboard::{Answer, Draft, Emergency, Live, Patience, Switchboard};
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::support::line::{FRIDAY, FRONT_DESK, LINE, SETTINGS, home_with};

const MACHINES: usize = 10_000;

/// What somebody does once the call came in; whoever does nothing hangs up while phones ring.
#[derive(Copy, Clone, Debug)]
enum Act {
    /// Listens until nobody has taken the call, and hears the menu.
    RingsOut,
    /// Presses keys.
    Presses(&'static str),
    /// Says and presses nothing until the beep.
    Waits,
    /// Leaves a message of so many seconds.
    Says(u32),
}

use Act::{Presses, RingsOut, Says, Waits};

/// Somebody's calls, and by what the business knew them before.
struct Customer {
    known: Option<&'static str>,
    number: bool,
    calls: &'static [&'static [Act]],
}

const fn customer(known: Option<&'static str>, calls: &'static [&'static [Act]]) -> Customer {
    Customer { known, number: true, calls }
}

/// Each is a person by one sign.
const CUSTOMERS: [Customer; 20] = [
    customer(None, &[&[RingsOut, Presses("1")]]),
    customer(None, &[&[RingsOut, Presses("1")]]),
    customer(None, &[&[RingsOut, Waits, Presses("1")]]),
    customer(None, &[&[RingsOut, Presses("2"), Says(6)]]),
    customer(None, &[&[RingsOut, Presses("2"), Says(2)]]),
    customer(None, &[&[RingsOut, Presses("2"), Says(90)]]),
    customer(None, &[&[RingsOut, Presses("2")]]),
    customer(None, &[&[RingsOut, Presses("0")]]),
    customer(None, &[&[RingsOut, Presses("9")]]),
    customer(None, &[&[], &[]]),
    customer(None, &[&[RingsOut], &[RingsOut]]),
    customer(None, &[&[RingsOut, Waits, Says(9)], &[]]),
    customer(Some("named"), &[&[]]),
    customer(Some("named"), &[&[RingsOut, Waits, Says(9)]]),
    customer(Some("vip"), &[&[]]),
    customer(Some("talked before"), &[&[]]),
    customer(Some("talked before"), &[&[RingsOut]]),
    customer(Some("allowed"), &[&[RingsOut]]),
    customer(Some("passed the test"), &[&[]]),
    Customer { known: None, number: false, calls: &[&[RingsOut, Presses("1")]] },
];

/// What machines do; none of it is what only people do.
fn machine(index: usize) -> &'static [Act] {
    match index % 20 {
        0..12 => &[],
        12..16 => &[RingsOut],
        16..18 => &[RingsOut, Waits],
        _ => &[RingsOut, Waits, Says(8)],
    }
}

/// One call that came in.
#[derive(Clone)]
struct Call {
    parties: Parties,
    acts: &'static [Act],
    /// What the caller heard last.
    heard: String,
}

impl Call {
    fn new(id: String, caller: &str, acts: &'static [Act]) -> Self {
        let call = ProviderCall { provider: Provider::Twilio, account: "AC1".to_owned(), id };
        let (line, caller) = (PhoneNumber::parse(LINE).ok(), Caller::read(caller));
        let caller_name = Some("WIRELESS CALLER".to_owned());
        let parties = Parties { call, caller, caller_name, line, forwarded_from: None, attested: false };
        Self { parties, acts, heard: String::new() }
    }

    async fn ask(&mut self, board: &Board, news: News, over: bool) {
        let webhook = Webhook { parties: self.parties.clone(), over, news };
        match board.switchboard.answer(webhook).await {
            Answer::Document(text) => self.heard = text,
            Answer::Nothing => {}
            Answer::Safe => panic!("{} heard the safe reply", self.parties.call.id),
        }
    }

    /// The next turn, as the URLs of the document claim it: `…/call/17/1/…`.
    async fn turn(&mut self, board: &Board, event: Event) {
        let (_, rest) = self.heard.split_once("/call/").expect("the call goes on");
        let mut parts = rest.split('/');
        let mut next = || parts.next().unwrap();
        let (call, turn) = (CallId(next().parse().unwrap()), next().parse().unwrap());
        self.ask(board, News::Turn { call, turn, event }, false).await;
    }

    async fn act(&mut self, board: &Board, act: Act) {
        match act {
            RingsOut => self.turn(board, Event::Rang(RingEnd { connected: false, leg: None })).await,
            Presses(keys) => {
                self.turn(board, Event::Pressed(keys.chars().filter_map(Key::new).collect())).await
            }
            // The first menu is heard again, so that whoever presses a key later still can.
            Waits if self.acts.iter().any(|act| matches!(act, Presses(_))) => {
                self.turn(board, Event::Silence).await;
            }
            Waits => {
                while !self.heard.contains("<Record") {
                    self.turn(board, Event::Silence).await;
                }
            }
            Says(seconds) => {
                let recording = Recording { seconds, url: None, at: board.clock.now() };
                self.turn(board, Event::Recorded(Some(recording))).await;
            }
        }
    }

    /// Goes on to the end.
    async fn finish(&mut self, board: &Board) {
        for act in self.acts {
            self.act(board, *act).await;
        }
        self.ask(board, News::Status, true).await;
    }
}

/// Ridge Plumbing's switchboard, patient enough for a slow disk.
struct Board {
    home: TempDir,
    clock: Clock,
    switchboard: Switchboard,
}

impl Board {
    async fn open() -> Self {
        let home = home_with(SETTINGS, &[("front-desk", FRONT_DESK)]);
        let folder = Home::new(home.path());
        let clock = Clock::starting(FRIDAY.parse().unwrap());
        let (writer, _) = Writer::start(&folder.database()).unwrap();
        let draft = Draft::read(&folder, &Environment::default(), false).unwrap();
        let live = Live::start(&draft, &writer, "http://127.0.0.1:1", clock.now()).await.unwrap();
        let ages = Duration::from_secs(600);
        let emergency = Emergency::new(Journal::start(&folder.journal()).unwrap().0).patience(Patience {
            store: ages,
            journal: ages,
            last_word: ages,
        });
        let told = clock.clone();
        let switchboard =
            Switchboard::new(writer, emergency, live, ringback::clock::Clock::told(move || told.now()));
        Self { home, clock, switchboard }
    }

    fn write(&self, write: impl FnOnce(&mut Tx<'_>) -> Result<(), StoreError>) {
        Desk::open(&self.home.path().join("ringback.db")).unwrap().write(write).unwrap();
    }

    fn waiting(&self, hours_later: i64) -> Vec<WaitingLine> {
        let now = self.clock.now() + SignedDuration::from_hours(hours_later);
        let mut reader = Reader::open(&self.home.path().join("ringback.db")).unwrap().unwrap();
        reader.read(|tx| tx.waiting(now)).unwrap()
    }

    fn run(&self, arguments: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ringback"));
        let home = command.args(arguments).env("RINGBACK_HOME", self.home.path()).env_remove("RINGBACK_AS");
        String::from_utf8(home.output().unwrap().stdout).unwrap()
    }

    /// What the business knew of a number before.
    fn remember(&self, number: &str, how: &str) {
        let number = PhoneNumber::parse(number).unwrap();
        let caller = Caller::Number(number.clone());
        let (ana, at) =
            (PersonName::parse("ana").unwrap(), self.clock.now() - SignedDuration::from_hours(700));
        self.write(|tx| match how {
            "named" => tx.set_name(&number, Some("Noor Vale"), None),
            "vip" => tx.set_vip(&number, true).map(drop),
            "talked before" => tx.remember_answered(&caller, &Accept { by: ana, at }),
            "allowed" => tx.allow(&number, &ana, at).map(drop),
            "passed the test" => tx.remember_human(&caller, at),
            how => panic!("{how}"),
        });
    }
}

/// Many calls at once, as in a storm.
async fn all<F>(board: &Arc<Board>, calls: Vec<Call>, each: impl Fn(Arc<Board>, Call) -> F) -> Vec<Call>
where
    F: Future<Output = Call> + Send + 'static,
{
    let mut done = Vec::new();
    for group in calls.chunks(100) {
        let mut together = JoinSet::new();
        for call in group {
            together.spawn(each(board.clone(), call.clone()));
        }
        done.extend(together.join_all().await);
    }
    done
}

async fn come_in(board: &Arc<Board>, calls: Vec<Call>) -> Vec<Call> {
    let arrive = |board: Arc<Board>, mut call: Call| async move {
        call.ask(&board, News::Arrived, false).await;
        call
    };
    all(board, calls, arrive).await
}

async fn end(board: &Arc<Board>, calls: Vec<Call>) {
    let finish = |board: Arc<Board>, mut call: Call| async move {
        call.finish(&board).await;
        call
    };
    all(board, calls, finish).await;
}

fn number_of(index: usize) -> String {
    if CUSTOMERS[index].number { format!("+155501{:02}", 50 + index) } else { "anonymous".to_owned() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_storm_every_customer_is_on_the_first_screen_and_nothing_is_lost() {
    let board = Arc::new(Board::open().await);
    let each = MACHINES / CUSTOMERS.len();
    for (index, customer) in CUSTOMERS.iter().enumerate() {
        let number = number_of(index);
        customer.known.into_iter().for_each(|how| board.remember(&number, how));
        let machines = index * each..(index + 1) * each;
        let spam = |index| Call::new(format!("CAm{index}"), &format!("+1555030{index:05}"), machine(index));
        let came = come_in(&board, machines.map(spam).collect()).await;
        let (gone, on_the_line): (Vec<_>, Vec<_>) = came.into_iter().partition(|call| call.acts.is_empty());
        end(&board, gone).await;
        for (nth, acts) in customer.calls.iter().enumerate() {
            let mine = come_in(&board, vec![Call::new(format!("CAc{index}-{nth}"), &number, acts)]).await;
            board.clock.advance(Duration::from_secs(12));
            end(&board, mine).await;
        }
        board.clock.advance(Duration::from_secs(12));
        end(&board, on_the_line).await;
    }

    let count = CUSTOMERS.len();
    for hours in [0, 2, 30] {
        let waiting = board.waiting(hours);
        assert_eq!(waiting.len(), MACHINES + count, "nothing is deleted, joined or closed");
        for index in 0..count {
            let caller = Caller::read(&number_of(index));
            let place = waiting.iter().position(|line| line.stored.entry.caller == caller);
            assert!(
                place.is_some_and(|place| place < count),
                "{index} is in place {place:?}, {hours} h later"
            );
        }
        assert!(waiting[..count].iter().all(|line| line.shows_a_person));
        assert!(waiting[count..].iter().all(|line| !line.shows_a_person));
    }
    let waiting = board.waiting(0);
    for reason in ["hung_up_early", "rang_out", "voicemail_left"] {
        let those = waiting[count..].iter().filter(|line| line.reason.as_deref() == Some(reason));
        assert!(those.count() >= MACHINES / 10, "{reason}");
    }

    let list = board.run(&["call-backs"]);
    assert!(list.lines().count() <= 1 + LONG + 4, "{list}");
    for line in &waiting[..count] {
        let id = line.stored.entry.id.to_string();
        assert!(list.lines().any(|row| row.split_whitespace().next() == Some(&id)), "{id}: {list}");
    }
    assert!(list.contains("and 9,970 more, without a sign of a person"), "{list}");
    assert_eq!(board.run(&["call-backs", "--everybody"]).lines().count(), 1 + MACHINES + count);
    let first = board.run(&[]);
    assert!(first.lines().count() <= 24 && first.contains("people are waiting for a call"), "{first}");
}
