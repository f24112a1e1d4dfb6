//! What the store cannot take in time: the caller is helped, and the call is kept exactly once.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use ringback::call::{
    Accept, Caller, MissedReason, Outcome, PersonName, PhoneNumber, Provider, ProviderCall, Recording,
};
use ringback::call_back::{CloseOutcome, Standing};
use ringback::dialect::{LegNews, News, Parties, SafeRoute, Webhook};
use ringback::engine::{Event, RingEnd};
use ringback::phone::{Clock, Script};
use ringback::settings::{Environment, Home};
use ringback::store::{CallFilter, CallLine, Journal, Reader, Tx, Writer};
use ringback::switchboard::{Answer, Draft, Emergency, Live, Patience, Switchboard, kept_callers};
use rusqlite::Connection;
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::support::line::{CALLER, LINE, TestLine, assert_proven, lock};
use crate::support::process::wait_for;

/// Short, because a lock that is held is held however long one waits for it.
const SOON: Duration = Duration::from_millis(20);
/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(20);

/// A switchboard on a home of its own, without a server.
struct Board {
    home: TempDir,
    clock: Clock,
    switchboard: Switchboard,
    last_words: Arc<Mutex<Vec<String>>>,
}

impl Board {
    async fn open(store: Duration) -> Self {
        let home = TempDir::new().unwrap();
        Self::open_home(home, store).await
    }

    async fn open_home(home: TempDir, store: Duration) -> Self {
        Self::open_patient(home, Patience { store, journal: LONG, last_word: LONG }).await
    }

    async fn open_patient(home: TempDir, patience: Patience) -> Self {
        let clock = Clock::starting("2026-11-20T18:05:00Z".parse().unwrap());
        let folder = Home::new(home.path());
        let (writer, _) = Writer::start(&folder.database()).unwrap();
        let draft = Draft::read(&folder, &Environment::default(), true).unwrap();
        let live = Live::start(&draft, &writer, "http://127.0.0.1:1", clock.now()).await.unwrap();
        let last_words = Arc::new(Mutex::new(Vec::new()));
        let (heard, told) = (last_words.clone(), clock.clone());
        let emergency = Emergency::new(Journal::start(&folder.journal()).unwrap().0)
            .patience(patience)
            .last_word(Arc::new(move |line| heard.lock().unwrap().push(line.to_owned())));
        let switchboard =
            Switchboard::new(writer, emergency, live, ringback::clock::Clock::told(move || told.now()));
        Self { home, clock, switchboard, last_words }
    }

    /// Another program holds the file until this is dropped.
    fn lock(&self) -> Connection {
        let other = Connection::open(self.path("ringback.db")).unwrap();
        other.execute_batch("begin immediate").unwrap();
        other
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn pending(&self) -> usize {
        Journal::pending(&self.path("ringback.journal")).unwrap()
    }

    fn read<T>(&self, read: impl FnOnce(&Tx<'_>) -> T) -> T {
        let mut reader = Reader::open(&self.path("ringback.db")).unwrap().unwrap();
        reader.read(|tx| Ok(read(tx))).unwrap()
    }

    fn calls(&self) -> Vec<CallLine> {
        assert_proven(self.home.path(), self.clock.now());
        self.read(|tx| tx.calls(&CallFilter::default()).unwrap())
    }

    /// How many calls joined each open entry.
    fn entries(&self) -> Vec<u32> {
        let now = self.clock.now();
        let list = self.read(|tx| tx.call_back_lines(false, now).unwrap());
        list.into_iter().map(|line| line.stored.calls).collect()
    }

    fn incidents(&self, what: &str) -> usize {
        let all = self.read(|tx| tx.incidents(Timestamp::UNIX_EPOCH).unwrap());
        all.iter().filter(|incident| incident.what.contains(what)).count()
    }

    async fn arrives(&self, id: &str) -> Answer {
        self.switchboard.answer(webhook(id, News::Arrived)).await
    }

    async fn ends(&self, id: &str) -> Answer {
        self.switchboard.answer(Webhook { over: true, ..webhook(id, News::Status) }).await
    }
}

fn parties(id: &str) -> Parties {
    Parties {
        call: ProviderCall { provider: Provider::Twilio, account: "AC0".into(), id: id.into() },
        caller: Caller::read(CALLER),
        caller_name: None,
        line: PhoneNumber::parse(LINE).ok(),
        forwarded_from: None,
        attested: false,
    }
}

fn webhook(id: &str, news: News) -> Webhook {
    Webhook { parties: parties(id), over: false, news }
}

fn ana() -> PersonName {
    PersonName::parse("ana").unwrap()
}

/// What `answer` gave, if it came from the flow.
fn document(answer: Answer) -> String {
    match answer {
        Answer::Document(document) => document,
        Answer::Safe | Answer::Nothing => panic!("no document: {answer:?}"),
    }
}

#[tokio::test]
async fn callers_are_helped_while_another_program_holds_the_file_and_each_call_is_kept_once() {
    let board = Arc::new(Board::open(SOON).await);
    let lock = board.lock();
    let mut callers = JoinSet::new();
    for number in 0..16 {
        let board = board.clone();
        callers.spawn(async move {
            let news = Webhook {
                parties: Parties {
                    caller: Caller::read(&format!("+155501{number:02}")),
                    ..parties(&format!("CA{number}"))
                },
                ..webhook("", News::Arrived)
            };
            board.switchboard.answer(news).await
        });
    }
    assert!(callers.join_all().await.into_iter().all(|answer| answer == Answer::Safe));
    assert!(board.last_words.lock().unwrap().is_empty());
    assert_eq!((board.pending(), board.calls().len()), (16, 0));

    let at = board.clock.now();
    board.clock.advance(Duration::from_secs(120));
    drop(lock);
    // Some may be in the store already, by an import that a caller could not wait for.
    assert!(board.switchboard.import_journal().await.unwrap() <= 16);
    assert_eq!(board.pending(), 0);
    let calls = board.calls();
    assert_eq!(calls.len(), 16);
    assert!(calls.iter().all(|call| call.at == at && call.call_back.is_some()), "{calls:?}");
    assert_eq!(board.entries(), [1; 16]);
    assert_eq!(board.incidents("did not take the call"), 16);
    assert_eq!(board.switchboard.import_journal().await.unwrap(), 0);
    assert_eq!((board.calls().len(), board.entries().len()), (16, 16));
}

#[tokio::test]
async fn a_status_that_waits_in_the_journal_needs_no_reply_and_counts_at_its_time() {
    let board = Board::open(SOON).await;
    let lock = board.lock();
    assert_eq!(board.arrives("CA0").await, Answer::Safe);
    board.clock.advance(Duration::from_secs(30));
    let left_at = board.clock.now();
    assert_eq!(board.ends("CA0").await, Answer::Nothing);
    board.clock.advance(Duration::from_secs(30));
    drop(lock);
    board.switchboard.import_journal().await.unwrap();
    let call = &board.calls()[0];
    assert_eq!((call.ended_at, &call.outcome), (Some(left_at), &Outcome::Missed(MissedReason::SystemError)));
    assert_eq!(board.entries(), [1]);
}

#[tokio::test]
async fn the_next_webhook_finds_what_the_journal_knew() {
    let board = Board::open(LONG).await;
    document(board.arrives("CA0").await);
    let call = board.calls()[0].id;
    let board = Board::open_home(board.home, Duration::from_millis(600)).await;
    let leg = |news| News::Leg { call, turn: 0, person: ana(), leg: Some("CA1".into()), news };
    let lock = board.lock();
    let prompt = document(board.switchboard.answer(webhook("CA0", leg(LegNews::Prompt))).await);
    assert!(prompt.contains("Press any key") && prompt.contains("/leg/0/ana/accept"), "{prompt}");
    let accept = webhook("CA0", leg(LegNews::Accept { pressed: true }));
    assert_eq!(board.switchboard.answer(accept.clone()).await, Answer::Safe, "the server puts them through");
    let accepted_at = board.clock.now();
    board.clock.advance(Duration::from_secs(90));
    drop(lock);

    let end = RingEnd { connected: true, leg: Some("CA1".into()) };
    let rang = News::Turn { call, turn: 1, event: Event::Rang(end) };
    document(board.switchboard.answer(webhook("CA0", rang)).await);
    let calls = board.calls();
    let Outcome::Answered(by) = &calls[0].outcome else { panic!("{calls:?}") };
    assert_eq!((by.by.as_str(), by.at), ("ana", accepted_at));
    assert_eq!((board.pending(), board.entries().len()), (0, 0));
    document(board.switchboard.answer(accept).await);
    assert_eq!(board.calls().len(), 1);
}

#[tokio::test]
async fn an_accept_that_is_imported_after_its_ring_ended_counts_as_if_it_had_come_in_time() {
    for is_seen in [false, true] {
        let board = Board::open(LONG).await;
        document(board.arrives("CA0").await);
        let call = board.calls()[0].id;
        let leg =
            |news| webhook("CA0", News::Leg { call, turn: 0, person: ana(), leg: Some("CA1".into()), news });
        document(board.switchboard.answer(leg(LegNews::Prompt)).await);
        let board = Board::open_home(board.home, SOON).await;
        board.clock.advance(Duration::from_secs(5));
        let (lock, accepted_at) = (board.lock(), board.clock.now());
        let accept = leg(LegNews::Accept { pressed: true });
        assert_eq!(board.switchboard.answer(accept).await, Answer::Safe, "the server puts them through");
        drop(lock);
        let journal = board.path("ringback.journal");
        let bytes = fs::read(&journal).unwrap();
        fs::write(&journal, b"").unwrap();

        let board = Board::open_home(board.home, LONG).await;
        board.clock.advance(Duration::from_secs(35));
        let end = RingEnd { connected: true, leg: Some("CA1".into()) };
        let rang = webhook("CA0", News::Turn { call, turn: 1, event: Event::Rang(end) });
        let heard = document(board.switchboard.answer(rang.clone()).await);
        board.ends("CA0").await;
        let missed = board.calls().remove(0);
        assert!(matches!(missed.outcome, Outcome::Missed(_)), "{missed:?}");
        let entry = missed.call_back.unwrap();
        let see = move |tx: &mut Tx<'_>| if is_seen { tx.call_back_seen(entry) } else { Ok(()) };
        board.switchboard.writer().write(see).await.unwrap();

        fs::write(&journal, &bytes).unwrap();
        assert_eq!(board.switchboard.import_journal().await.unwrap(), 1);
        let answered = board.calls().remove(0);
        assert_eq!(answered.outcome, Outcome::Answered(Accept { by: ana(), at: accepted_at }));
        assert_eq!((board.entries(), answered.call_back), (vec![], is_seen.then_some(entry)));
        let entry = board.read(|tx| tx.call_back(entry).unwrap()).map(|stored| stored.entry);
        assert_eq!(entry.is_some(), is_seen, "one that nobody saw is taken back");
        if let Some(entry) = entry {
            let outcome = CloseOutcome::AnsweredOnRedial;
            assert_eq!(entry.standing, Standing::Closed { by: ana(), at: entry.opened_at, outcome });
        }
        let about = board.read(|tx| tx.acquaintance(&Caller::read(CALLER)).unwrap());
        assert_eq!(about.last_spoke_with, Some(ana()));
        assert_eq!(document(board.switchboard.answer(rang).await), heard);
        assert_eq!(board.calls(), [answered]);
    }
}

#[tokio::test]
async fn what_a_turn_reported_is_true_although_the_caller_was_taken_out_of_the_flow() {
    let board = Board::open(LONG).await;
    document(board.arrives("CA0").await);
    let call = board.calls()[0].id;
    let turn = |turn, event| webhook("CA0", News::Turn { call, turn, event });
    let rang_out = Event::Rang(RingEnd { connected: false, leg: None });
    let mut number = 1;
    let mut heard = document(board.switchboard.answer(turn(number, rang_out)).await);
    while !heard.contains("<Record") {
        number += 1;
        heard = document(board.switchboard.answer(turn(number, Event::Silence)).await);
    }
    let at = board.clock.now();
    let board = Board::open_home(board.home, SOON).await;
    let lock = board.lock();
    let message = Recording { seconds: 9, url: Some("https://api.example.com/RE0".into()), at };
    let recorded = turn(number + 1, Event::Recorded(Some(message)));
    assert_eq!(board.switchboard.answer(recorded).await, Answer::Safe);
    let text = Some("the boiler leaks".to_owned());
    let said = webhook("CA0", News::Transcript { call, text });
    assert_eq!(board.switchboard.answer(said).await, Answer::Nothing);
    drop(lock);
    board.switchboard.import_journal().await.unwrap();
    assert_eq!(board.ends("CA0").await, Answer::Nothing);
    let calls = board.calls();
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].transcript.as_deref(), Some("the boiler leaks"));
    assert_eq!(calls[0].recording.as_ref().map(|recording| recording.seconds), Some(9));
    assert_eq!(calls[0].outcome, Outcome::Missed(MissedReason::SystemError));
    assert_eq!(board.entries(), [1]);
}

#[tokio::test]
async fn a_write_that_succeeds_after_its_time_counts_once_and_a_repeat_hears_what_was_kept() {
    let board = Arc::new(Board::open(Duration::from_millis(400)).await);
    // The commit is held up by another job of the same group, which waits for the test.
    let (first_runs, first_is_running) = mpsc::channel();
    let (end_first, first_may_end) = mpsc::channel::<()>();
    let (end_second, second_may_end) = mpsc::channel::<()>();
    let writer = board.switchboard.writer().clone();
    let first = tokio::spawn({
        let writer = writer.clone();
        async move {
            let hold = move |_: &mut Tx<'_>| {
                first_runs.send(()).unwrap();
                first_may_end.recv().unwrap();
                Ok(())
            };
            writer.write(hold).await.unwrap();
        }
    });
    tokio::task::spawn_blocking(move || first_is_running.recv().unwrap()).await.unwrap();
    let caller = tokio::spawn({
        let board = board.clone();
        async move { board.arrives("CA0").await }
    });
    tokio::task::yield_now().await;
    let second = tokio::spawn(async move {
        let hold = move |_: &mut Tx<'_>| {
            second_may_end.recv().unwrap();
            Ok(())
        };
        writer.write(hold).await.unwrap();
    });
    tokio::task::yield_now().await;
    end_first.send(()).unwrap();
    first.await.unwrap();
    assert_eq!(caller.await.unwrap(), Answer::Safe);
    assert_eq!((board.pending(), board.calls().len()), (1, 0));
    end_second.send(()).unwrap();
    second.await.unwrap();
    assert_eq!(board.calls().len(), 1, "the store kept it after all");
    assert_eq!(board.entries().len(), 0);

    assert_eq!(board.switchboard.import_journal().await.unwrap(), 1);
    assert_eq!((board.calls().len(), board.entries()), (1, vec![1]));
    let heard = document(board.arrives("CA0").await);
    assert!(heard.contains("<Dial"), "{heard}");
    let safe = News::Safe { step: SafeRoute::Rang, recording: None, connected: false, pressed: false };
    assert_eq!(board.switchboard.answer(webhook("CA0", safe)).await, Answer::Safe);
    board.ends("CA0").await;
    assert_eq!((board.calls().len(), board.entries()), (1, vec![1]));
    assert_eq!(board.calls()[0].outcome, Outcome::Missed(MissedReason::SystemError));
}

#[tokio::test]
async fn a_first_fetch_that_only_the_journal_kept_hears_the_safe_reply_again() {
    let board = Board::open(SOON).await;
    let lock = board.lock();
    assert_eq!(board.arrives("CA0").await, Answer::Safe);
    drop(lock);
    let board = Board::open_home(board.home, LONG).await;
    assert_eq!(board.arrives("CA0").await, Answer::Safe);
    assert_eq!((board.calls().len(), board.entries(), board.pending()), (1, vec![1], 0));
}

#[tokio::test]
async fn a_malformed_request_is_kept_too() {
    let board = Board::open(SOON).await;
    let lock = board.lock();
    let now = tokio::time::Instant::now();
    board.switchboard.keep_malformed(now, parties("unread-1"), "`To` stands in it twice".into()).await;
    drop(lock);
    assert_eq!(board.switchboard.import_journal().await.unwrap(), 1);
    assert_eq!((board.calls().len(), board.entries(), board.incidents("malformed")), (1, vec![1], 1));
}

/// The journal of calls `CA0` to `CAn`, which came while the file was locked.
async fn journal_of(calls: usize) -> Vec<u8> {
    let board = Board::open(SOON).await;
    let _lock = board.lock();
    for number in 0..calls {
        assert_eq!(board.arrives(&format!("CA{number}")).await, Answer::Safe);
        board.clock.advance(Duration::from_secs(1));
    }
    fs::read(board.path("ringback.journal")).unwrap()
}

#[tokio::test]
async fn a_journal_cut_at_any_byte_gives_its_whole_lines_and_no_more() {
    let bytes = journal_of(2).await;
    let board = Board::open(LONG).await;
    let journal = board.path("ringback.journal");
    let ends: Vec<_> = (0..bytes.len()).filter(|index| bytes[*index] == b'\n').collect();
    for cut in 0..=bytes.len() {
        fs::write(&journal, &bytes[..cut]).unwrap();
        board.switchboard.import_journal().await.unwrap();
        // A record without its line break is whole: its checksum says so.
        let whole = ends.iter().filter(|end| cut >= **end).count();
        assert_eq!(board.calls().len(), whole, "cut at {cut}");
        assert_eq!(fs::metadata(&journal).unwrap().len(), 0, "cut at {cut}");
    }
    assert_eq!(board.calls().len(), 2);
    assert_eq!(board.incidents("cannot be imported"), 0);
}

#[tokio::test]
async fn a_garbled_line_is_kept_aside_and_reported_once_and_the_rest_is_imported() {
    let mut bytes = journal_of(3).await;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let board = Board::open(LONG).await;
    let journal = board.path("ringback.journal");
    for _ in 0..2 {
        fs::write(&journal, &bytes).unwrap();
        board.switchboard.import_journal().await.unwrap();
        assert_eq!((board.calls().len(), board.incidents("cannot be imported")), (2, 1));
        assert_eq!(fs::read(&journal).unwrap(), b"");
    }
    let kept = files(board.home.path()).into_iter().find(|name| name.contains("garbled")).unwrap();
    assert_eq!(fs::read(board.path(&kept)).unwrap(), bytes);
}

#[tokio::test]
async fn a_journal_that_comes_back_after_its_import_is_no_news() {
    let bytes = journal_of(3).await;
    let board = Board::open(LONG).await;
    let journal = board.path("ringback.journal");
    for imported in [3, 0, 0] {
        fs::write(&journal, &bytes).unwrap();
        assert_eq!(board.switchboard.import_journal().await.unwrap(), imported);
        assert_eq!((board.calls().len(), board.incidents("did not take the call")), (3, 3));
    }
    let board = Board::open_home(board.home, LONG).await;
    fs::write(&journal, &bytes).unwrap();
    assert_eq!(board.switchboard.import_journal().await.unwrap(), 0);
    assert_eq!(board.calls().len(), 3);
}

#[tokio::test]
async fn while_the_store_is_locked_nothing_leaves_the_journal() {
    let bytes = journal_of(2).await;
    let board = Board::open(SOON).await;
    let journal = board.path("ringback.journal");
    fs::write(&journal, &bytes).unwrap();
    let lock = board.lock();
    assert!(board.switchboard.import_journal().await.is_err());
    assert_eq!(fs::read(&journal).unwrap(), bytes);
    drop(lock);
    assert_eq!(board.switchboard.import_journal().await.unwrap(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_that_is_cut_off_and_refused_again_and_again_takes_each_call_once_and_in_order() {
    const CALLS: usize = 150;
    let bytes = journal_of(CALLS).await;
    let board = Board::open(LONG).await;
    fs::write(board.path("ringback.journal"), &bytes).unwrap();
    for round in 0..12 {
        // Another program comes and goes, and whoever imports goes away in the middle.
        let lock = (round % 3 == 1).then(|| board.lock());
        let cut_off = tokio::time::timeout(Duration::from_millis(round), board.switchboard.import_journal());
        let _ = cut_off.await;
        drop(lock);
    }
    let mut news = 0;
    while board.pending() > 0 {
        let (one, other) =
            tokio::join!(board.switchboard.import_journal(), board.switchboard.import_journal());
        news += one.unwrap_or(0) + other.unwrap_or(0);
    }
    assert!(news <= CALLS);
    let mut calls = board.calls();
    calls.sort_by_key(|call| call.id);
    let ids: Vec<_> = calls.iter().map(|call| call.call_id.clone()).collect();
    assert_eq!(ids, (0..CALLS).map(|number| format!("CA{number}")).collect::<Vec<_>>());
    assert_eq!(board.incidents("cannot be imported"), 0);
    assert_eq!(board.switchboard.import_journal().await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_and_a_journal_that_both_hang_hold_up_a_caller_for_no_longer_than_their_patience() {
    let home = TempDir::new().unwrap();
    let journal = home.path().join("ringback.journal");
    let made = std::process::Command::new("mkfifo").arg(&journal).status().unwrap();
    assert!(made.success());
    // A pipe that nobody empties takes what fits and then nothing, as a disk does whose every sync takes for ever.
    let mut pipe = fs::OpenOptions::new().read(true).write(true).open(&journal).unwrap();
    pipe.write_all(&[b'\n'; 65_536]).unwrap();
    let board = Board::open_patient(home, Patience::default()).await;
    let writer = board.switchboard.writer().clone();
    let ((begun, has_begun), (end, may_end)) = (mpsc::channel(), mpsc::channel::<()>());
    let holding = tokio::spawn(async move {
        let hold = move |_: &mut Tx<'_>| {
            begun.send(()).unwrap();
            may_end.recv().unwrap();
            Ok(())
        };
        writer.write(hold).await
    });
    tokio::task::spawn_blocking(move || has_begun.recv().unwrap()).await.unwrap();
    for number in 0..3 {
        let began = tokio::time::Instant::now();
        assert_eq!(board.arrives(&format!("CA{number}")).await, Answer::Safe);
        assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    }
    assert_eq!(board.last_words.lock().unwrap().len(), 3);
    end.send(()).unwrap();
    holding.await.unwrap().unwrap();
    // The thread of the journal must be able to end.
    std::thread::spawn(move || std::io::copy(&mut pipe, &mut std::io::sink()));
}

#[tokio::test]
async fn where_neither_store_nor_journal_works_the_caller_is_helped_and_one_line_is_left() {
    let board = Board::open(SOON).await;
    wait_for("the journal is there", || fs::remove_file(board.path("ringback.journal")).ok());
    fs::create_dir(board.path("ringback.journal")).unwrap();
    let lock = board.lock();
    assert_eq!(board.arrives("CA0").await, Answer::Safe);
    assert_eq!(board.ends("CA0").await, Answer::Nothing);
    drop(lock);
    let words = board.last_words.lock().unwrap().clone();
    assert_eq!(words.len(), 2);
    let line: serde_json::Value = serde_json::from_str(&words[0]).unwrap();
    assert_eq!(line["call"], "CA0");
    assert_eq!((&line["provider"], &line["line"]), (&"twilio".into(), &LINE.into()));
    assert_eq!(line["at"], "2026-11-20T18:05:00Z");
    assert!(!words[0].contains(&CALLER[1..]) && !words[0].contains('\n'), "{}", words[0]);
}

#[tokio::test]
async fn a_record_that_cannot_be_taken_does_not_hold_up_the_others() {
    let bytes = journal_of(2).await;
    let board = Board::open(LONG).await;
    let strange = "{\"from\":\"the future\"}";
    board.switchboard.import_journal().await.unwrap();
    let journal = Journal::start(&board.path("ringback.journal")).unwrap().0;
    journal.append(strange).await.unwrap();
    let mut all = fs::read(board.path("ringback.journal")).unwrap();
    all.extend_from_slice(&bytes);
    fs::write(board.path("ringback.journal"), &all).unwrap();
    assert_eq!(board.switchboard.import_journal().await.unwrap(), 2);
    assert_eq!((board.calls().len(), board.incidents("cannot be imported")), (2, 1));
    let kept = files(board.home.path()).into_iter().find(|name| name.contains("garbled")).unwrap();
    assert_eq!(fs::read(board.path(&kept)).unwrap(), all);
}

#[tokio::test]
async fn a_whole_call_while_the_file_is_locked_hears_the_safe_reply_over_http() {
    let line = TestLine::open().await;
    let lock = Connection::open(line.home.path().join("ringback.db")).unwrap();
    lock.execute_batch("begin immediate").unwrap();
    let heard = line.call(Script::new(CALLER, LINE)).await;
    assert!(heard.documents()[0].contains("small problem with our phone line"), "{heard}");
    drop(lock);
    line.switchboard.import_journal().await.unwrap();
    let calls = line.calls();
    assert_eq!((calls.len(), line.call_backs().len()), (1, 1), "{heard}");
    assert_eq!(calls[0].outcome, Outcome::Missed(MissedReason::SystemError));
    assert_eq!(Journal::pending(&line.home.path().join("ringback.journal")).unwrap(), 0);
    line.close().await;
}

fn files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[tokio::test]
async fn who_talks_is_not_listed_among_those_who_wait_beside_the_database() {
    let mut line = TestLine::open().await;
    let other = lock(line.home.path());
    let talk = line.rings("", ("accepts after 4s and talks 30s", "never answers")).await;
    let journal = line.home.path().join("ringback.journal");
    let records = fs::read_to_string(&journal).unwrap();
    assert_eq!(kept_callers(&journal).unwrap(), [], "{talk}");
    let so_far = line.home.path().join("so-far");
    let records: Vec<&str> = records.lines().collect();
    let accepted = records.iter().position(|record| record.contains(r#""pressed":true"#)).unwrap();
    for (until, waiting) in [(accepted, 1), (accepted + 1, 0)] {
        fs::write(&so_far, records[..until].join("\n") + "\n").unwrap();
        assert_eq!(kept_callers(&so_far).unwrap().len(), waiting);
    }
    // Whoever had left when the key was pressed was not talked with.
    fs::write(&journal, "").unwrap();
    line.exchange.quirks.ring_end_when_caller_leaves = true;
    let left =
        line.rings("hang up after 5s of ringing", ("accepts as the caller leaves", "never answers")).await;
    assert_eq!(kept_callers(&journal).unwrap().len(), 1, "{left}");
    drop(other);
}
