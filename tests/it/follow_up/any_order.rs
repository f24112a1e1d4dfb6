//! Whatever three people and any calls do, in any order: one owner, one person on it, no note lost, no promise forgotten.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use ringback::business::Business;
use ringback::call::{CallId, Caller, Key, PersonName, PhoneNumber, Provider, ProviderCall, Recording};
use ringback::call_back::{AttemptOutcome, CallBackId, CloseOutcome, Deed, Standing};
use ringback::dialect::{LegNews, News, Parties, Webhook};
use ringback::engine::{Event, RingEnd};
use ringback::follow_up::{Came, FollowUp, Refusal};
use ringback::phone::Clock;
use ringback::settings::{Environment, Home};
use ringback::store::{CallBackEvent, Desk, Journal, StoreError, StoredCallBack, Tx, Writer};
use ringback::switchboard::{Answer, Draft, Emergency, Live, Patience, Switchboard};
use rusqlite::Connection;
use tokio::runtime::Runtime;

use super::name;
use crate::support::line::{FRIDAY, home_with};

const CASES: u32 = 200;
const MOST_STEPS: usize = 40;
const PEOPLE: [&str; 3] = ["ana", "ben", "cleo"];
const CALLERS: [&str; 4] = ["+15550142", "+15550143", "sip:mia@example.com", "anonymous"];

/// Open day and night, so that every call rings; Ben can leave the business.
const SETTINGS: &str = r#"
[business]
name = "Ridge Plumbing"
time_zone = "America/New_York"
[people.ana]
number = "+15550101"
[people.ben]
number = "+15550102"
[people.cleo]
number = "+15550103"
[lines."+15550100"]
flow = "front-desk"
owner = "ben"
"#;

const FLOW: &str = r#"
[start]
open = "hello"
[step.hello]
say  = "Hi."
ring = "on-duty"
go   = "busy"
[step.busy]
say     = "Sorry, we're all on a job."
press.1 = { offer = "have us call you back {promise}", go = "call-me" }
press.2 = { offer = "leave a message", go = "message" }
silence = "message"
[step.call-me]
call-back = true
[step.message]
message = "Leave a message and we'll call back {promise}."
"#;

/// What happens next.
#[derive(Clone, Debug)]
enum Step {
    /// Nobody comes to the phone, and the caller hangs up.
    Missed(usize),
    /// Nobody comes, and the caller asks to be rung back.
    Promised(usize),
    /// Nobody comes, and the caller leaves a message of which we hear later.
    LeavesMessage(usize),
    /// Somebody accepts, and they talk.
    Answered(usize),
    /// The end of the call is told before the key of whoever accepted.
    Crossing(usize),
    /// Somebody accepts, and later the provider says that nobody talked.
    NobodyTalked(usize),
    /// What the provider held back arrives.
    LateNews,
    /// So many minutes pass.
    Minutes(u32),
    /// Offers that nobody answered end.
    Lapse,
    /// Ben leaves the business, or comes back.
    Edit,
    /// One of the three does something to an entry.
    Deed(usize, Act, usize),
}

#[derive(Clone, Debug)]
enum Act {
    Take,
    Release,
    Offer(usize),
    Accept,
    Decline,
    Tried(AttemptOutcome),
    Snooze(i64, bool),
    Note,
    Close(CloseOutcome, bool),
    Reopen,
    Undo(bool),
    Block,
}

fn any_step() -> impl Strategy<Value = Step> {
    // Mostly one and the same, because it is about one entry that much is done.
    let caller = || prop_oneof![3 => Just(0), 1 => 0..CALLERS.len()];
    let call = prop_oneof![
        3 => caller().prop_map(Step::Missed),
        4 => caller().prop_map(Step::Promised),
        3 => caller().prop_map(Step::LeavesMessage),
        2 => caller().prop_map(Step::Answered),
        1 => caller().prop_map(Step::Crossing),
        1 => caller().prop_map(Step::NobodyTalked),
        3 => Just(Step::LateNews),
    ];
    let minutes = prop::sample::select(vec![0, 1, 1, 2, 4, 9, 20, 45, 130, 1500]).prop_map(Step::Minutes);
    let deed = (0..PEOPLE.len(), any_act(), 0..4_usize).prop_map(|(by, act, at)| Step::Deed(by, act, at));
    prop_oneof![6 => call, 2 => minutes, 1 => Just(Step::Lapse), 1 => Just(Step::Edit), 16 => deed]
}

fn any_act() -> impl Strategy<Value = Act> {
    let attempt = prop::sample::select(AttemptOutcome::ALL);
    let outcome = prop::sample::select(CloseOutcome::ALL);
    let until = prop::sample::select(vec![-5_i64, 10, 90, 600, 3000, 600_000]);
    prop_oneof![
        3 => Just(Act::Take),
        2 => Just(Act::Release),
        3 => (0..PEOPLE.len()).prop_map(Act::Offer),
        3 => Just(Act::Accept),
        2 => Just(Act::Decline),
        3 => attempt.prop_map(Act::Tried),
        3 => (until, any::<bool>()).prop_map(|(until, agreed)| Act::Snooze(until, agreed)),
        2 => Just(Act::Note),
        3 => (outcome, any::<bool>()).prop_map(|(outcome, noted)| Act::Close(outcome, noted)),
        2 => Just(Act::Reopen),
        5 => any::<bool>().prop_map(Act::Undo),
        1 => Just(Act::Block),
    ]
}

/// How often each deed was done, so that a run in which nothing is possible is noticed.
type Tally = RefCell<HashMap<&'static str, u32>>;

/// What the provider holds back.
enum Late {
    Message(i64, usize),
    NobodyTalked(i64, usize),
}

/// A line without a wire: webhooks go straight to the switchboard, people to the file beside it.
struct Line<'a> {
    drafts: &'a [Draft; 2],
    tally: &'a Tally,
    switchboard: Arc<Switchboard>,
    clock: Clock,
    desk: Desk,
    file: Connection,
    calls: i64,
    late: Vec<Late>,
    ben_is_gone: bool,
    notes: Vec<(CallBackId, String)>,
    /// How long each entry's history was.
    lengths: HashMap<CallBackId, usize>,
}

impl<'a> Line<'a> {
    async fn open(folder: &Path, (drafts, tally): (&'a [Draft; 2], &'a Tally)) -> Self {
        let home = Home::new(folder);
        let clock = Clock::starting(FRIDAY.parse().unwrap());
        let (writer, _) = Writer::start(&home.database()).unwrap();
        let live = Live::start(&drafts[0], &writer, "http://127.0.0.1", clock.now()).await.unwrap();
        // How long a busy machine takes is not what is looked at here.
        let ages = Duration::from_secs(600);
        let patience = Patience { store: ages, journal: ages, last_word: ages };
        let emergency = Emergency::new(Journal::start(&home.journal()).unwrap().0).patience(patience);
        let told = clock.clone();
        let switchboard = Arc::new(Switchboard::new(
            writer,
            emergency,
            live,
            ringback::clock::Clock::told(move || told.now()),
        ));
        Self {
            drafts,
            tally,
            switchboard,
            clock,
            desk: Desk::open(&home.database()).unwrap(),
            file: Connection::open(home.database()).unwrap(),
            calls: 0,
            late: Vec::new(),
            ben_is_gone: false,
            notes: Vec::new(),
            lengths: HashMap::new(),
        }
    }

    async fn go(&mut self, step: &Step) -> Result<(), TestCaseError> {
        match step {
            Step::Missed(caller) => self.misses(*caller, None).await,
            Step::Promised(caller) => self.misses(*caller, Some('1')).await,
            Step::LeavesMessage(caller) => {
                self.misses(*caller, Some('2')).await;
                self.late.push(Late::Message(self.calls, *caller));
            }
            Step::Answered(caller) => {
                self.accepts(*caller).await;
                self.rang(self.calls, *caller, true).await;
                self.tell(self.calls, *caller, (News::Status, true)).await;
            }
            Step::Crossing(caller) => {
                let caller = *caller;
                self.arrives(caller).await;
                self.leg(caller, LegNews::Prompt).await;
                self.tell(self.calls, caller, (News::Status, true)).await;
                self.leg(caller, LegNews::Accept { pressed: true }).await;
                self.rang(self.calls, caller, true).await;
            }
            Step::NobodyTalked(caller) => {
                self.accepts(*caller).await;
                self.tell(self.calls, *caller, (News::Status, true)).await;
                self.late.push(Late::NobodyTalked(self.calls, *caller));
            }
            Step::LateNews => match self.late.pop() {
                Some(Late::Message(call, caller)) => {
                    let recording = Some(Recording { seconds: 9, url: None, at: self.clock.now() });
                    let news = News::Recording { call: CallId(call), recording };
                    self.tell(call, caller, (news, false)).await;
                }
                Some(Late::NobodyTalked(call, caller)) => self.rang(call, caller, false).await,
                None => {}
            },
            Step::Minutes(minutes) => self.clock.advance(Duration::from_secs(u64::from(*minutes) * 60)),
            Step::Lapse => drop(self.switchboard.lapse_offers().await.unwrap()),
            Step::Edit => {
                self.ben_is_gone = !self.ben_is_gone;
                let draft = &self.drafts[usize::from(self.ben_is_gone)];
                let (writer, now) = (self.switchboard.writer(), self.clock.now());
                let live = Live::start(draft, writer, "http://127.0.0.1", now).await.unwrap();
                self.switchboard.go_live(live);
                self.switchboard.adopt_orphans().await.unwrap();
            }
            Step::Deed(by, act, index) => self.does(PEOPLE[*by], act, *index)?,
        }
        Ok(())
    }

    async fn misses(&mut self, caller: usize, key: Option<char>) {
        self.arrives(caller).await;
        self.rang(self.calls, caller, false).await;
        if let Some(key) = key {
            let event = Event::Pressed(vec![Key::new(key).unwrap()]);
            let call = CallId(self.calls);
            self.tell(self.calls, caller, (News::Turn { call, turn: 2, event }, false)).await;
        }
        self.tell(self.calls, caller, (News::Status, true)).await;
    }

    async fn accepts(&mut self, caller: usize) {
        self.arrives(caller).await;
        self.leg(caller, LegNews::Prompt).await;
        self.leg(caller, LegNews::Accept { pressed: true }).await;
    }

    async fn arrives(&mut self, caller: usize) {
        self.calls += 1;
        self.tell(self.calls, caller, (News::Arrived, false)).await;
    }

    async fn leg(&mut self, caller: usize, news: LegNews) {
        let (call, leg) = (CallId(self.calls), Some(format!("CL{}", self.calls)));
        let news = News::Leg { call, turn: 0, person: name("ana"), leg, news };
        self.tell(self.calls, caller, (news, false)).await;
    }

    async fn rang(&mut self, call: i64, caller: usize, connected: bool) {
        let leg = connected.then(|| format!("CL{call}"));
        let event = Event::Rang(RingEnd { connected, leg });
        self.tell(call, caller, (News::Turn { call: CallId(call), turn: 1, event }, false)).await;
    }

    async fn tell(&mut self, call: i64, caller: usize, (news, over): (News, bool)) {
        let parties = Parties {
            call: ProviderCall {
                provider: Provider::Twilio,
                account: "AC1".to_owned(),
                id: format!("CA{call}"),
            },
            caller: Caller::read(CALLERS[caller]),
            caller_name: None,
            line: PhoneNumber::parse("+15550100").ok(),
            forwarded_from: None,
            attested: false,
        };
        let answer = self.switchboard.answer(Webhook { parties, over, news }).await;
        assert_ne!(answer, Answer::Safe);
    }

    fn does(&mut self, by: &str, act: &Act, index: usize) -> Result<(), TestCaseError> {
        let (live, now) = (self.switchboard.live(), self.clock.now());
        let business = &live.settings.business;
        let before = self.entries();
        let id = aimed_at(&before, act, index).unwrap_or(CallBackId(77));
        let was = before.iter().find(|stored| stored.entry.id == id).cloned();
        // Mostly it is whoever is asked who answers.
        let asked = was.as_ref().and_then(|was| was.entry.offer.clone()).map(|offer| offer.to);
        let answers = index > 0 && matches!(act, Act::Accept | Act::Decline);
        let by = asked.filter(|_| answers).unwrap_or_else(|| name(by));
        if business.person(&by).is_none() {
            return Ok(());
        }
        let history = self.desk.write(|tx| tx.call_back_events(id)).unwrap();
        let desk = FollowUp { business, by: &by, now };
        let text = format!("note {} of {by}", self.notes.len());
        let done = self.desk.write(|tx| match act {
            Act::Take => desk.take(tx, id),
            Act::Release => desk.release(tx, id),
            Act::Offer(to) => desk.offer(tx, id, &name(PEOPLE[*to])),
            Act::Accept => desk.accept(tx, id),
            Act::Decline => desk.decline(tx, id),
            Act::Tried(outcome) => desk.tried(tx, id, *outcome),
            Act::Snooze(minutes, agreed) => {
                desk.snooze(tx, id, (now + SignedDuration::from_mins(*minutes), *agreed))
            }
            Act::Note => desk.note(tx, id, &text),
            Act::Close(outcome, noted) => desk.close(tx, id, (*outcome, noted.then_some(&*text))),
            Act::Reopen => desk.reopen(tx, id, None),
            Act::Undo(here) => desk.undo(tx, here.then_some(id)),
            Act::Block => desk.block(tx, id),
        });
        let done = match done {
            Ok(done) => done,
            Err(Refusal::Store(error)) => return Err(TestCaseError::fail(format!("{act:?}: {error}"))),
            Err(_) => {
                prop_assert_eq!(self.entries(), before, "a refusal changes nothing");
                prop_assert_eq!(self.desk.write(|tx| tx.call_back_events(id)).unwrap(), history);
                return Ok(());
            }
        };
        *self.tally.borrow_mut().entry(kind(&done.came)).or_default() += 1;
        if matches!(act, Act::Note | Act::Close(_, true)) {
            self.notes.push((id, text));
        }
        let held = was.and_then(|was| match was.entry.standing {
            Standing::Taken { by, .. } => Some((by, was.entry.offer)),
            Standing::Waiting | Standing::Closed { .. } => None,
        });
        if let (Came::Taken { .. } | Came::Owned { .. }, Some((holder, offer))) = (&done.came, held) {
            let is_asked = offer.is_some_and(|offer| offer.to == by && offer.until > now);
            prop_assert!(holder == by || is_asked, "{by} takes what {holder} is on");
        }
        Ok(())
    }

    fn entries(&mut self) -> Vec<StoredCallBack> {
        let mut entries = self.desk.write(|tx| tx.call_backs(true)).unwrap();
        entries.sort_by_key(|stored| stored.entry.id);
        entries
    }

    fn told_entries(&mut self) -> Vec<(StoredCallBack, Vec<CallBackEvent>)> {
        let told = |tx: &mut Tx<'_>| {
            let with_events = |stored: StoredCallBack| {
                let events = tx.call_back_events(stored.entry.id)?;
                Ok::<_, StoreError>((stored, events))
            };
            tx.call_backs(true)?.into_iter().map(with_events).collect()
        };
        self.desk.write(told).unwrap()
    }

    /// What must be so after every step.
    fn check(&mut self) -> Result<(), TestCaseError> {
        let (live, now) = (self.switchboard.live(), self.clock.now());
        let mut open = Vec::new();
        let mut histories = HashMap::new();
        for (stored, events) in self.told_entries() {
            let id = stored.entry.id;
            if stored.entry.closed_at().is_none() {
                check_open(&stored, (&live.settings.business, now))?;
                open.extend(stored.entry.caller.identity().map(str::to_owned));
            }
            let promised = self.earliest_promise(id, &events);
            prop_assert_eq!(stored.entry.promised_at, promised, "{:#?} {:#?}", stored, events);
            let length = self.lengths.insert(id, events.len()).unwrap_or_default();
            prop_assert!(events.len() >= length, "a history grows shorter");
            histories.insert(id, events);
        }
        let waiting = open.len();
        open.sort();
        open.dedup();
        prop_assert_eq!(open.len(), waiting, "a caller waits twice");
        for (id, text) in &self.notes {
            let is_kept =
                |event: &&CallBackEvent| event.what == Deed::Note && event.detail.as_ref() == Some(text);
            let kept = histories.get(id).into_iter().flatten().filter(is_kept).count();
            prop_assert_eq!(kept, 1, "{}", text);
        }
        for (must_be_none, sql) in FAULTS {
            let count: i64 = self.file.query_row(sql, [], |row| row.get(0)).unwrap();
            prop_assert_eq!(count, 0, "{}", must_be_none);
        }
        Ok(())
    }

    /// The earliest promise that counts and by which nobody rang, agreed or closed; from the bare rows.
    fn earliest_promise(&self, id: CallBackId, events: &[CallBackEvent]) -> Option<Timestamp> {
        let sql = "select call is null, made_at, promised_at from promises where call_back = ?1";
        let at = |millis: i64| Timestamp::from_millisecond(millis).unwrap();
        let mut statement = self.file.prepare_cached(sql).unwrap();
        let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, bool>(0)?, at(row.get(1)?), at(row.get(2)?)));
        let promises: Vec<_> = statement.query_map([id.0], read).unwrap().map(Result::unwrap).collect();
        let met = |made: Timestamp, until: Timestamp| {
            let is_reopened = |event: &CallBackEvent| {
                event.what == Deed::Reopened && event.by != "ringback" && event.undone_at.is_none()
            };
            let talked = ["reached", "wrong-number", "answered-on-redial"];
            let keeps = |(index, event): &(usize, &CallBackEvent)| {
                let dealt_with = || {
                    talked.contains(&event.detail.as_deref().unwrap_or_default())
                        || !events[index + 1..].iter().any(is_reopened)
                };
                matches!(event.what, Deed::Tried | Deed::Agreed) || event.what == Deed::Closed && dealt_with()
            };
            let deeds = events.iter().enumerate().filter(|(_, event)| event.undone_at.is_none());
            deeds.filter(keeps).any(|(_, event)| event.at > made && event.at <= until)
        };
        let counts = |made: Timestamp| !promises.iter().any(|(agreed, later, _)| *agreed && *later > made);
        let open = promises.iter().filter(|(_, made, until)| counts(*made) && !met(*made, *until));
        open.map(|(_, _, until)| *until).min()
    }
}

/// The entry that a deed is for: mostly one on which it is possible, and among those the newest first.
fn aimed_at(entries: &[StoredCallBack], act: &Act, index: usize) -> Option<CallBackId> {
    let is_likely = |stored: &&StoredCallBack| {
        let entry = &stored.entry;
        match act {
            Act::Accept | Act::Decline => entry.offer.is_some(),
            Act::Release => matches!(entry.standing, Standing::Taken { .. }),
            Act::Reopen => entry.closed_at().is_some(),
            Act::Undo(_) | Act::Note | Act::Block => true,
            Act::Take | Act::Offer(_) | Act::Tried(_) | Act::Snooze(..) | Act::Close(..) => {
                entry.closed_at().is_none()
            }
        }
    };
    let likely = || entries.iter().rev().filter(is_likely);
    let aimed = likely().nth(index).or_else(|| likely().next()).or(entries.last());
    aimed.map(|stored| stored.entry.id)
}

fn kind(came: &Came) -> &'static str {
    match came {
        Came::Taken { .. } => "taken",
        Came::TakenAlready => "taken already",
        Came::Released { .. } => "released",
        Came::Owned { .. } => "owned",
        Came::Offered { .. } => "offered",
        Came::Accepted { .. } => "accepted",
        Came::Declined => "declined",
        Came::Tried { .. } => "tried",
        Came::Snoozed => "snoozed",
        Came::Agreed => "agreed",
        Came::Noted => "noted",
        Came::Closed { .. } => "closed",
        Came::Blocked { .. } => "blocked",
        Came::Reopened => "reopened",
        Came::Undone { what: Deed::Closed | Deed::Reopened | Deed::Blocked, .. } => "an end undone",
        Came::Undone { .. } => "undone",
    }
}

/// What no row may say, as counts of those that do.
const FAULTS: [(&str, &str); 5] = [
    (
        "closed without an outcome, or open with one",
        "select count(*) from call_backs where (closed_at is null) <> (outcome is null)
            or (closed_at is null) <> (closed_by is null)",
    ),
    (
        "an offer half written, or of a closed entry",
        "select count(*) from call_backs where (offered_to is null) <> (offered_until is null)
            or (offered_to is null) <> (offered_by is null) or (offered_to is not null and closed_at is not null)",
    ),
    (
        "a call's promise on an entry that is not the call's",
        "select count(*) from promises join calls on calls.id = promises.call
            where calls.call_back is not promises.call_back",
    ),
    (
        "a missed call without an entry",
        "select count(*) from calls where outcome = 'missed'
            and (call_back is null or call_back not in (select id from call_backs))",
    ),
    (
        "an open entry without a call",
        "select count(*) from call_backs where closed_at is null
            and not exists (select 1 from calls where calls.call_back = call_backs.id)",
    ),
];

fn check_open(stored: &StoredCallBack, (business, now): (&Business, Timestamp)) -> Result<(), TestCaseError> {
    let entry = &stored.entry;
    let is_here = |person: &PersonName| business.person(person).is_some();
    prop_assert!(is_here(&entry.owner), "{} owns {}", entry.owner, entry.id);
    if let Standing::Taken { by, .. } = &entry.standing {
        prop_assert_eq!(by, &entry.owner, "who is on it owns it");
    }
    if let Some(offer) = &entry.offer {
        prop_assert!(is_here(&offer.to) && is_here(&offer.by) && offer.to != entry.owner, "{:?}", offer);
    }
    if let Some(wakes) = entry.wakes_at(now) {
        prop_assert!(entry.promised_at.is_none_or(|promised| wakes <= promised));
        prop_assert!(entry.standing == Standing::Waiting, "who is on it is awake");
    }
    Ok(())
}

fn drafts() -> [Draft; 2] {
    let without_ben =
        SETTINGS.replace("[people.ben]\nnumber = \"+15550102\"\n", "").replace("owner = \"ben\"\n", "");
    [SETTINGS, &without_ben].map(|settings| {
        let folder = home_with(settings, &[("front-desk", FLOW)]);
        let draft = Draft::read(&Home::new(folder.path()), &Environment::default(), false).unwrap();
        assert!(draft.is_sound());
        draft
    })
}

#[test]
fn no_deeds_and_calls_lose_an_owner_a_note_or_a_promise() {
    let runtime = Runtime::new().unwrap();
    let (drafts, tally) = (drafts(), Tally::default());
    let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
    let steps = prop::collection::vec(any_step(), 12..=MOST_STEPS);
    let outcome = TestRunner::new(config).run(&steps, |steps| {
        let folder = tempfile::tempdir().unwrap();
        runtime.block_on(async {
            let mut line = Line::open(folder.path(), (&drafts, &tally)).await;
            for step in &steps {
                line.go(step).await?;
                line.check()?;
            }
            Ok(())
        })
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    let tally = tally.into_inner();
    assert_eq!(tally.len(), 16, "{tally:#?}");
}

/// What the steps above found once.
#[test]
fn an_entry_whose_only_call_moved_on_stays_closed() {
    let (runtime, drafts, tally) = (Runtime::new().unwrap(), drafts(), Tally::default());
    let close = Step::Deed(0, Act::Close(CloseOutcome::Reached, false), 0);
    let reopen = Step::Deed(0, Act::Reopen, 2);
    let mut steps = vec![Step::LeavesMessage(0), close, Step::Missed(0), Step::Answered(0), Step::Missed(0)];
    steps.extend([Step::LateNews, Step::Missed(0), Step::Answered(0), reopen]);
    let folder = tempfile::tempdir().unwrap();
    runtime.block_on(async {
        let mut line = Line::open(folder.path(), (&drafts, &tally)).await;
        for step in &steps {
            line.go(step).await.unwrap();
            line.check().unwrap();
        }
    });
}
