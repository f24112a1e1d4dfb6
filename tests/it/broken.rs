//! A database that is broken: seen, kept byte for byte, and worked around; when it is sound again everything is in it,
//! once.

use std::fs::{self, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ringback::call::{Caller, FlowName, PhoneNumber, Provider, ProviderCall};
use ringback::dialect::{News, Parties, Webhook};
use ringback::phone::{Exchange, Request};
use ringback::settings::{Environment, Home};
use ringback::store::{
    CallFilter, Desk, FlowVersion, Journal, OpenError, Reader, StoreError, WriteError, Writer,
};
use ringback::switchboard::{Answer, Draft, Emergency, ImportError, Live, Patience, Switchboard};
use tempfile::TempDir;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use crate::support::line::{CALLER, FRONT_DESK, LINE, PUBLIC_URL, SETTINGS, TOKEN, home_with, judge_answer};
use crate::support::process::{Served, ringback};

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(60);
/// How many places of a file are broken.
const PLACES: u64 = 200;

/// What a server has, without its door.
struct Line {
    home: Home,
    switchboard: Arc<Switchboard>,
}

impl Line {
    /// As the server starts.
    async fn open(folder: &Path) -> Result<Self, OpenError> {
        let home = Home::new(folder);
        let (writer, _) = Writer::start(&home.database())?;
        let draft = Draft::read(&home, &Environment::default(), false).unwrap();
        let (listening, now) = ("http://127.0.0.1:1", ringback::clock::now());
        let live = match Live::start(&draft, &writer, listening, now).await {
            Ok(live) => live,
            Err(_) => Live::waiting(&draft, listening, now),
        };
        let patience = Patience { store: LONG, journal: LONG, last_word: LONG };
        let emergency = Emergency::new(Journal::start(&home.journal()).unwrap().0).patience(patience);
        let switchboard =
            Arc::new(Switchboard::new(writer, emergency, live, ringback::clock::Clock::system()));
        Ok(Self { home, switchboard })
    }

    async fn arrives(&self, id: &str) -> Answer {
        let parties = Parties {
            call: ProviderCall { provider: Provider::Twilio, account: "AC0".into(), id: id.into() },
            caller: Caller::read(CALLER),
            caller_name: None,
            line: PhoneNumber::parse(LINE).ok(),
            forwarded_from: None,
            attested: false,
        };
        self.switchboard.answer(Webhook { parties, over: false, news: News::Arrived }).await
    }

    fn is_broken(&self) -> bool {
        self.switchboard.writer().fault().is_some()
    }

    /// Does what the server's worker does, until the flows answer again.
    async fn is_well_again(&self) {
        let writer = self.switchboard.writer();
        let well = async {
            loop {
                let is_written = self.switchboard.write_down().await.is_ok();
                if is_written && writer.fault().is_none() && writer.opening() != 0 {
                    match self.switchboard.import_journal().await {
                        Ok(_) => return,
                        Err(ImportError::Store(error)) if is_between_two_files(&error) => {}
                        Err(error) => panic!("the journal is not imported: {error:?}"),
                    }
                }
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(LONG, well).await.expect("the file is used again");
    }

    fn pending(&self) -> usize {
        Journal::pending(&self.home.journal()).unwrap()
    }
}

/// Nothing is to be written down while no file is in use, and one may come into use, or out of it, right after that
/// answer: then the flows are not in it yet, and the journal stays as it is.
fn is_between_two_files(error: &WriteError) -> bool {
    match error {
        WriteError::Failed(error) => matches!(**error, StoreError::OtherFile),
        WriteError::NotCommitted(_) => true,
        WriteError::TooSlow | WriteError::Overloaded | WriteError::Closed | WriteError::Panicked => false,
    }
}

/// How often each of these calls stands in the file.
fn rows(database: &Path, id: &str) -> usize {
    let mut reader = Reader::open(database).unwrap().unwrap();
    let calls = reader.read(|tx| tx.calls(&CallFilter::default())).unwrap();
    calls.iter().filter(|call| call.call_id == id).count()
}

/// A home with some calls in it, in a lone file.
async fn home_with_calls() -> TempDir {
    let home = home_with(SETTINGS, &[("front-desk", FRONT_DESK)]);
    let line = Line::open(home.path()).await.unwrap();
    for number in 0..60 {
        line.arrives(&format!("CA-before-{number}")).await;
    }
    drop(line);
    let database = home.path().join("ringback.db");
    // The server's thread closes the file a moment later, and whoever closes last folds the WAL into it.
    until(|| Desk::open(&database).unwrap().fold().unwrap_or(false)).await;
    until(|| {
        let mut desk = Desk::open(&database).unwrap();
        desk.write(|_| Ok::<_, StoreError>(())).unwrap();
        drop(desk);
        !home.path().join("ringback.db-wal").exists()
    })
    .await;
    home
}

async fn until(is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < LONG);
        sleep(Duration::from_millis(10)).await;
    }
}

fn copy_of(home: &Path) -> TempDir {
    let copy = home_with(SETTINGS, &[("front-desk", FRONT_DESK)]);
    fs::copy(home.join("ringback.db"), copy.path().join("ringback.db")).unwrap();
    copy
}

/// Breaks a file in one of three ways.
fn break_at(database: &Path, (way, offset): (u64, u64)) {
    let mut file = OpenOptions::new().read(true).write(true).open(database).unwrap();
    match way {
        0 => {
            let mut bytes = fs::read(database).unwrap();
            bytes[offset as usize] ^= 0xff;
            fs::write(database, bytes).unwrap();
        }
        1 => {
            file.seek(SeekFrom::Start(offset / 4096 * 4096)).unwrap();
            file.write_all(&[0; 4096]).unwrap();
        }
        _ => file.set_len(offset.max(1)).unwrap(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broken_anywhere_the_line_answers_and_the_file_stays_as_it_is() {
    let home = home_with_calls().await;
    let sound = home.path().join("ringback.db");
    let length = fs::metadata(&sound).unwrap().len();
    let (mut lines, mut noticed) = (JoinSet::new(), 0);
    for place in 0..PLACES {
        let copy = copy_of(home.path());
        let sound = sound.clone();
        // The header is small and matters most.
        let offset = if place % 4 == 0 { place / 4 * 2 } else { length * place / PLACES };
        lines.spawn(broken_at(copy, sound, (place % 3, offset)));
        if lines.len() >= 8 {
            noticed += usize::from(lines.join_next().await.unwrap().unwrap());
        }
    }
    noticed += lines.join_all().await.into_iter().filter(|noticed| *noticed).count();
    println!("{PLACES} places, damage noticed at {noticed}");
    assert!(noticed > PLACES as usize / 2, "damage noticed at {noticed} of {PLACES} places");
}

/// Whether the damage was noticed.
async fn broken_at(copy: TempDir, sound: PathBuf, (way, offset): (u64, u64)) -> bool {
    let database = copy.path().join("ringback.db");
    break_at(&database, (way, offset));
    let before = fs::read(&database).unwrap();
    let line = Line::open(copy.path()).await;
    let line = line.unwrap_or_else(|error| panic!("way {way}, offset {offset}: {error}"));
    let was_broken = line.is_broken();
    let answer = line.arrives("CA-after").await;
    assert_ne!(answer, Answer::Nothing, "way {way}, offset {offset}");
    if !was_broken && !line.is_broken() {
        let pending = line.pending();
        // What is kept in the journal is not in the file yet.
        let kept = if pending == 0 { rows(&database, "CA-after") } else { 1 };
        assert_eq!(kept, 1, "way {way}, offset {offset}: lost");
        return false;
    }
    assert_eq!((answer, line.pending()), (Answer::Safe, 1), "way {way}, offset {offset}");
    if was_broken {
        assert!(fs::read(&database).unwrap() == before, "way {way}, offset {offset}: the file was changed");
        let wal = fs::metadata(copy.path().join("ringback.db-wal"));
        assert_eq!(wal.map_or(0, |wal| wal.len()), 0, "way {way}, offset {offset}");
    }
    let aside = copy.path().join("broken.db");
    fs::rename(&database, aside).unwrap();
    let _ = fs::remove_file(copy.path().join("ringback.db-wal"));
    let _ = fs::remove_file(copy.path().join("ringback.db-shm"));
    fs::copy(&sound, copy.path().join("new.db")).unwrap();
    fs::rename(copy.path().join("new.db"), &database).unwrap();
    line.is_well_again().await;
    assert_eq!((line.pending(), rows(&database, "CA-after")), (0, 1), "way {way}, offset {offset}");
    assert_eq!(rows(&database, "CA-before-7"), 1);
    assert!(matches!(line.arrives("CA-well").await, Answer::Document(_)), "way {way}, offset {offset}");
    true
}

/// What becomes of a file, and how.
type Way<'a> = (&'a str, &'a dyn Fn(&Path));

#[tokio::test]
async fn what_is_no_database_of_ours_is_worked_around_until_a_sound_one_is_there() {
    let home = home_with_calls().await;
    let sound = home.path().join("ringback.db");
    let ways: [Way; 6] = [
        ("garbage", &|path| fs::write(path, [0x5a; 9000]).unwrap()),
        ("garbage of a header", &|path| {
            let mut bytes = fs::read(path).unwrap();
            bytes[..100].fill(7);
            fs::write(path, bytes).unwrap();
        }),
        ("a folder", &|path| {
            fs::remove_file(path).unwrap();
            fs::create_dir(path).unwrap();
        }),
        ("a table is missing", &|path| {
            let other = rusqlite::Connection::open(path).unwrap();
            other.execute_batch("pragma foreign_keys = off; drop table notices").unwrap();
        }),
        ("an index is missing", &|path| {
            let other = rusqlite::Connection::open(path).unwrap();
            other.execute_batch("drop index one_open_call_back").unwrap();
        }),
        ("empty, beside a log", &|path| {
            let folder = TempDir::new().unwrap();
            let other = rusqlite::Connection::open(folder.path().join("a.db")).unwrap();
            other.execute_batch("pragma journal_mode = wal; create table a (b)").unwrap();
            fs::copy(folder.path().join("a.db-wal"), path.with_extension("db-wal")).unwrap();
            fs::write(path, b"").unwrap();
        }),
    ];
    for (what, spoil) in ways {
        let copy = copy_of(home.path());
        let (database, wal) = (copy.path().join("ringback.db"), copy.path().join("ringback.db-wal"));
        spoil(&database);
        // A look may leave an empty log behind.
        let bytes = || (fs::read(&database).ok(), fs::read(&wal).unwrap_or_default());
        let before = bytes();
        let line = Line::open(copy.path()).await.unwrap();
        assert!(line.is_broken(), "{what}");
        assert_eq!(line.arrives("CA-after").await, Answer::Safe, "{what}");
        assert!(bytes() == before, "{what}: something was changed");
        assert_eq!(line.pending(), 1, "{what}");
        fs::rename(&database, copy.path().join("broken")).unwrap();
        let _ = fs::rename(&wal, copy.path().join("broken-wal"));
        fs::copy(&sound, &database).unwrap();
        line.is_well_again().await;
        assert_eq!((line.pending(), rows(&database, "CA-after")), (0, 1), "{what}");
    }
}

#[tokio::test]
async fn a_broken_file_that_is_moved_away_is_followed_by_a_new_one() {
    let home = home_with_calls().await;
    let database = home.path().join("ringback.db");
    fs::write(&database, [0x5a; 9000]).unwrap();
    let line = Line::open(home.path()).await.unwrap();
    assert_eq!(line.arrives("CA-after").await, Answer::Safe);
    fs::rename(&database, home.path().join("broken.db")).unwrap();
    line.is_well_again().await;
    assert_eq!((line.pending(), rows(&database, "CA-after")), (0, 1));
    assert!(matches!(line.arrives("CA-well").await, Answer::Document(_)));
}

#[tokio::test]
async fn a_long_file_is_found_broken_while_it_is_in_use_and_not_written_again() {
    let home = home_with_calls().await;
    let database = home.path().join("ringback.db");
    let mut desk = Desk::open(&database).unwrap();
    for name in ["a", "b", "c"] {
        let (name, source) = (FlowName::parse(name).unwrap(), "x".repeat(1_000_000));
        let version = FlowVersion { name, hash: "h".into(), source, live_at: ringback::clock::now() };
        desk.write(|tx| tx.flow_goes_live(&version).map(drop)).unwrap();
    }
    assert!(desk.fold().unwrap());
    drop(desk);
    let sound = fs::read(&database).unwrap();
    // All but the first page of every table and index, which a start looks at.
    let roots = {
        let other = rusqlite::Connection::open(&database).unwrap();
        let mut roots = other.prepare("select rootpage from sqlite_schema where rootpage > 0").unwrap();
        let roots = roots.query_map([], |row| row.get::<_, i64>(0)).unwrap();
        roots.map(|root| usize::try_from(root.unwrap()).unwrap()).collect::<Vec<_>>()
    };
    let mut bytes = sound.clone();
    for page in (2..bytes.len() / 4096).filter(|page| !roots.contains(page)) {
        bytes[(page - 1) * 4096..page * 4096].fill(0x5a);
    }
    fs::write(&database, &bytes).unwrap();
    let line = Line::open(home.path()).await.unwrap();
    assert_ne!(line.arrives("CA-after").await, Answer::Nothing);
    until(|| line.is_broken()).await;
    let broken = fs::read(&database).unwrap();
    assert_eq!(line.arrives("CA-later").await, Answer::Safe);
    // Longer than the pause after the first try that failed.
    sleep(Duration::from_millis(700)).await;
    assert!(line.is_broken());
    assert!(fs::read(&database).unwrap() == broken, "it was written again");
    fs::rename(&database, home.path().join("broken.db")).unwrap();
    let _ = fs::remove_file(home.path().join("ringback.db-wal"));
    let _ = fs::remove_file(home.path().join("ringback.db-shm"));
    fs::write(home.path().join("new.db"), &sound).unwrap();
    fs::rename(home.path().join("new.db"), &database).unwrap();
    line.is_well_again().await;
    assert_eq!((line.pending(), rows(&database, "CA-later")), (0, 1));
}

#[tokio::test]
async fn live_flows_are_carried_over_when_another_file_takes_the_place_of_theirs() {
    let home = home_with_calls().await;
    let line = Line::open(home.path()).await.unwrap();
    assert!(matches!(line.arrives("CA-first").await, Answer::Document(_)));
    let other = TempDir::new().unwrap();
    let fresh = other.path().join("ringback.db");
    let mut desk = Desk::open(&fresh).unwrap();
    // Its first number means another flow.
    let (name, source) = (FlowName::parse("other").unwrap(), "x".to_owned());
    let version = FlowVersion { name, hash: "h".into(), source, live_at: ringback::clock::now() };
    desk.write(|tx| tx.flow_goes_live(&version).map(drop)).unwrap();
    assert!(desk.fold().unwrap());
    drop(desk);
    let database = line.home.database();
    fs::rename(&database, home.path().join("old.db")).unwrap();
    fs::rename(home.path().join("ringback.db-wal"), home.path().join("old.db-wal")).unwrap();
    let _ = fs::remove_file(home.path().join("ringback.db-shm"));
    fs::rename(&fresh, &database).unwrap();
    line.arrives("CA-second").await;
    line.is_well_again().await;
    assert!(home.path().join("ringback.db.replaced-1").exists(), "the other file is kept");
    let Answer::Document(_) = line.arrives("CA-third").await else { panic!("no flow") };
    let mut reader = Reader::open(&database).unwrap().unwrap();
    let front_desk = FlowName::parse("front-desk").unwrap();
    assert!(reader.read(|tx| tx.last_live(&front_desk)).unwrap().is_some());
    assert_eq!((rows(&database, "CA-second"), rows(&database, "CA-third")), (1, 1));
}

#[test]
fn a_log_whose_file_is_gone_is_kept() {
    let folder = TempDir::new().unwrap();
    let database = folder.path().join("ringback.db");
    fs::write(folder.path().join("ringback.db-wal"), b"calls").unwrap();
    drop(Desk::open(&database).unwrap());
    let names = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    let stray = names.map(|name| name.into_string().unwrap()).find(|name| name.contains("-wal.stray-"));
    assert_eq!(fs::read(folder.path().join(stray.unwrap())).unwrap(), b"calls");
}

#[test]
fn a_database_with_two_names_is_not_opened() {
    let folder = TempDir::new().unwrap();
    let (database, soft, hard) =
        (folder.path().join("ringback.db"), folder.path().join("soft.db"), folder.path().join("hard.db"));
    drop(Desk::open(&database).unwrap());
    std::os::unix::fs::symlink(&database, &soft).unwrap();
    assert!(matches!(Desk::open(&soft), Err(OpenError::Linked { .. })));
    assert!(matches!(Reader::open(&soft), Err(OpenError::Linked { .. })));
    drop(Desk::open(&database).unwrap());
    fs::hard_link(&database, &hard).unwrap();
    assert!(matches!(Desk::open(&hard), Err(OpenError::Linked { .. })));
    assert!(matches!(Desk::open(&database), Err(OpenError::Linked { .. })));
    fs::remove_file(&hard).unwrap();
    drop(Desk::open(&database).unwrap());
}

#[test]
fn sqlite_is_new_enough_not_to_corrupt_a_wal() {
    assert!(rusqlite::version_number() >= 3_051_003, "{}", rusqlite::version());
}

/// The document of a first fetch at a server that is a process of its own.
async fn fetched(served: &Served, id: &str) -> String {
    let mut exchange = Exchange::new(&format!("http://{}", served.address), PUBLIC_URL);
    exchange.secret = Some(TOKEN.to_owned());
    let call = exchange.first_params(id, CALLER, LINE);
    let answer = exchange.send(&Request::post("/twilio/voice", call)).await.unwrap();
    judge_answer(&answer);
    answer.text()
}

#[tokio::test]
async fn a_server_with_a_broken_file_starts_says_who_waits_and_goes_on_when_it_is_sound() {
    let home = home_with_calls().await;
    let (database, sound) = (home.path().join("ringback.db"), home.path().join("sound.db"));
    fs::copy(&database, &sound).unwrap();
    break_at(&database, (2, 10_000));
    let broken = fs::read(&database).unwrap();
    let served = Served::start(home.path());
    assert!(fetched(&served, "CA-after").await.contains("small problem"), "the safe reply");
    for command in ["missed", "calls", "call-backs", "proof"] {
        let ran = ringback(home.path(), &[command]);
        assert_eq!(ran.code, 1, "{command}: {}", ran.said);
        let talked = ran.talked.split_whitespace().collect::<Vec<_>>().join(" ");
        for word in ["kept beside", "+1 ", "ringback restore BACKUP"] {
            assert!(talked.contains(word), "{command}, {word}: {}", ran.talked);
        }
    }
    let ran = ringback(home.path(), &["serve", "--insecure", "--listen", "127.0.0.1:0"]);
    assert!(ran.talked.contains("another ringback serves"), "{}", ran.talked);
    assert!(fs::read(&database).unwrap() == broken, "not a byte of it was changed");
    fs::rename(&database, home.path().join("broken.db")).unwrap();
    fs::rename(&sound, &database).unwrap();
    let begun = Instant::now();
    while rows(&database, "CA-after") == 0 {
        assert!(begun.elapsed() < LONG);
        sleep(Duration::from_millis(50)).await;
    }
    assert!(!fetched(&served, "CA-well").await.contains("small problem"), "the flow answers again");
    assert_eq!(rows(&database, "CA-after"), 1);
    let ran = ringback(home.path(), &["missed"]);
    assert_eq!((ran.code, ran.talked.contains("kept beside")), (0, false), "{}", ran.talked);
}
