//! The file: ours alone, never newer than the program, and never silently lost; and the one thread that writes it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};

use jiff::Timestamp;
use ringback::business::Away;
use ringback::call::{Caller, PersonName, PhoneNumber, Provider, ProviderCall};
use ringback::call_back::CallBackId;
use ringback::store::{
    CallerFilter, Desk, NOBODY_TOLD, NewCall, OpenError, Reader, StoreError, Tx, Untold, WriteError, Writer,
};
use rusqlite::Connection;
use tempfile::TempDir;

fn folder() -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("ringback.db");
    (folder, path)
}

/// Something small that is seen from outside.
fn block(tx: &Tx<'_>, number: &str) -> Result<bool, StoreError> {
    let ana = PersonName::parse("ana").unwrap();
    tx.block(&PhoneNumber::parse(number).unwrap(), &ana, Timestamp::UNIX_EPOCH)
}

fn blocked(path: &Path) -> Vec<String> {
    let mut reader = Reader::open(path).unwrap().unwrap();
    let mut numbers: Vec<_> = reader
        .read(|tx| tx.callers(CallerFilter::Blocked))
        .unwrap()
        .into_iter()
        .filter_map(|line| line.caller.identity().map(str::to_owned))
        .collect();
    numbers.sort();
    numbers
}

/// Keeps the writing thread busy until something is sent, so that what is asked meanwhile is one group.
fn hold(writer: &Writer) -> (Sender<()>, tokio::task::JoinHandle<()>) {
    let (release, released) = channel::<()>();
    let (begun, has_begun) = channel::<()>();
    let writer = writer.clone();
    let held = tokio::spawn(async move {
        let job = move |_: &mut Tx<'_>| {
            begun.send(()).unwrap();
            released.recv().unwrap();
            Ok(())
        };
        writer.write(job).await.unwrap();
    });
    tokio::task::block_in_place(|| has_begun.recv()).unwrap();
    (release, held)
}

#[test]
fn the_file_and_what_lies_beside_it_is_readable_by_nobody_else() {
    let (folder, path) = folder();
    let mut desk = Desk::open(&path).unwrap();
    desk.write(|tx| block(tx, "+15550142")).unwrap();
    let files: Vec<_> = fs::read_dir(folder.path()).unwrap().map(Result::unwrap).collect();
    assert!(files.len() >= 2, "the WAL is there too");
    for file in files {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", file.path());
    }
}

#[test]
fn each_has_one_absence_and_it_ends_by_itself() {
    let (_folder, path) = folder();
    let (ana, ben) = (PersonName::parse("ana").unwrap(), PersonName::parse("ben").unwrap());
    let at = |minutes: i64| Timestamp::from_second(minutes * 60).unwrap();
    let away = |until: i64, reason: &str| Away { until: at(until), reason: Some(reason.to_owned()) };
    let mut desk = Desk::open(&path).unwrap();
    desk.write(|tx| {
        tx.person_steps_away(&ben, &away(30, "lunch"), &ana, at(0))?;
        tx.person_steps_away(&ben, &away(20, "dentist"), &ana, at(1))?;
        tx.person_steps_away(&ana, &away(10, "a job"), &ana, at(2))?;
        tx.step_away(&away(5, "fair"), &ana, at(3))
    })
    .unwrap();
    let mut who = |minutes: i64| {
        let absences = desk.write(|tx| tx.absences(at(minutes))).unwrap();
        let people =
            absences.people.iter().map(|(name, away)| format!("{name}: {}", away.reason.clone().unwrap()));
        (absences.business.is_some(), people.collect::<Vec<_>>())
    };
    let both = vec!["ana: a job".to_owned(), "ben: dentist".to_owned()];
    assert_eq!(who(4), (true, both.clone()));
    assert_eq!(who(5), (false, both.clone()));
    assert_eq!(who(10), (false, both[1..].to_vec()));
    assert_eq!(who(20), (false, Vec::new()));
    desk.write(|tx| {
        assert!(tx.person_comes_back(&ben, at(15))?);
        assert!(!tx.person_comes_back(&ben, at(15))?);
        assert!(!tx.person_comes_back(&ana, at(15))?);
        assert!(tx.absences(at(15))?.people.is_empty());
        Ok::<_, StoreError>(())
    })
    .unwrap();
}

#[test]
fn a_file_of_the_version_before_is_brought_up_with_its_rows() {
    let (_folder, path) = folder();
    let old = Connection::open(&path).unwrap();
    for step in [
        include_str!("../../src/store/schema/1.sql"),
        include_str!("../../src/store/schema/2.sql"),
        "insert into away values (1, 60000, 'fair', 0, 'ana')",
        "pragma application_id = 0x72696e67; pragma user_version = 2",
    ] {
        old.execute_batch(step).unwrap();
    }
    drop(old);
    let absences = Desk::open(&path).unwrap().write(|tx| tx.absences(Timestamp::UNIX_EPOCH)).unwrap();
    assert_eq!(absences.business.unwrap().reason.as_deref(), Some("fair"));
}

#[test]
fn a_server_of_the_version_before_goes_on_in_a_file_that_was_brought_up() {
    let (_folder, path) = folder();
    let old = Connection::open(&path).unwrap();
    for step in [
        "pragma journal_mode = wal",
        include_str!("../../src/store/schema/1.sql"),
        include_str!("../../src/store/schema/2.sql"),
        "pragma application_id = 0x72696e67; pragma user_version = 2",
        "insert into accounts (id, provider, name) values (1, 'twilio', 'AC1')",
    ] {
        old.execute_batch(step).unwrap();
    }
    // As that version writes it, prepared before the file changes under it.
    let mut block =
        old.prepare("insert into callers (caller, blocked_at, blocked_by) values (?1, 0, 'ana')").unwrap();
    let mut open = old
        .prepare(
            "insert into calls (account, call_id, at, outcome, trouble) values (1, ?1, 0, 'in_progress', 0)",
        )
        .unwrap();
    block.execute(["+15550142"]).unwrap();
    open.execute(["CA1"]).unwrap();
    let mut desk = Desk::open(&path).unwrap();
    block.execute(["+15550143"]).unwrap();
    open.execute(["CA2"]).unwrap();
    let (calls, blocked) = desk
        .write(|tx| Ok::<_, StoreError>((tx.calls_in_progress()?, tx.callers(CallerFilter::Blocked)?)))
        .unwrap();
    assert_eq!((calls.len(), blocked.len()), (2, 2));
}

#[test]
fn an_empty_file_becomes_a_database_of_this_version() {
    let (_folder, path) = folder();
    fs::write(&path, b"").unwrap();
    assert!(Reader::open(&path).unwrap().is_none(), "nothing to read yet");
    assert_eq!(fs::metadata(&path).unwrap().len(), 0, "and a reader left it alone");
    drop(Desk::open(&path).unwrap());
    let connection = Connection::open(&path).unwrap();
    let asked = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert!(asked("pragma user_version") >= 1);
    assert_eq!(asked("pragma application_id"), 0x7269_6e67);
    let loose = "select count(*) from pragma_table_list where type = 'table' and not strict and name not like 'sqlite%'";
    assert_eq!(asked(loose), 0);
    drop(Desk::open(&path).unwrap());
    assert!(Reader::open(&path).unwrap().is_some());
}

#[test]
fn a_reader_never_makes_a_file() {
    let (folder, path) = folder();
    assert!(Reader::open(&path).unwrap().is_none());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_reader_cannot_write() {
    let (_folder, path) = folder();
    drop(Desk::open(&path).unwrap());
    let mut reader = Reader::open(&path).unwrap().unwrap();
    assert!(reader.read(|tx| block(tx, "+15550142")).is_err());
    assert!(blocked(&path).is_empty());
}

#[tokio::test]
async fn files_that_are_not_ours_are_refused_and_not_changed() {
    let make = |make: &dyn Fn(&Path)| {
        let (folder, path) = folder();
        make(&path);
        let before = fs::read(&path).unwrap();
        let errors = [Desk::open(&path).err().unwrap(), Reader::open(&path).err().unwrap()];
        assert_eq!(Writer::start(&path).is_err(), errors[0].is_a_wrong_choice());
        assert_eq!(fs::read(&path).unwrap(), before);
        drop(folder);
        errors
    };
    let newer = make(&|path| {
        drop(Desk::open(path).unwrap());
        Connection::open(path)
            .unwrap()
            .execute_batch("create table later (id integer) strict; pragma user_version = 99; pragma journal_mode = delete")
            .unwrap();
    });
    assert!(newer.iter().all(|error| matches!(error, OpenError::Newer { found: 99, .. })), "{newer:?}");
    let damaged = make(&|path| {
        drop(Desk::open(path).unwrap());
        Connection::open(path)
            .unwrap()
            .execute_batch("pragma user_version = 99; pragma journal_mode = delete")
            .unwrap();
    });
    assert!(damaged.iter().all(|error| matches!(error, OpenError::Damaged { .. })), "{damaged:?}");
    let strange = make(&|path| {
        Connection::open(path).unwrap().execute_batch("create table notes (text text)").unwrap()
    });
    assert!(strange.iter().all(|error| matches!(error, OpenError::NotOurs { .. })), "{strange:?}");
    let broken =
        make(&|path| fs::write(path, b"Dear diary, this is no database at all. ".repeat(200)).unwrap());
    assert!(broken.iter().all(|error| matches!(error, OpenError::Broken { .. })), "{broken:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_fails_or_panics_takes_no_neighbour_with_it() {
    let (_folder, path) = folder();
    let (writer, _thread) = Writer::start(&path).unwrap();
    let (release, held) = hold(&writer);
    let fails = writer.write(|tx| {
        block(tx, "+15550150")?;
        Err::<(), _>(StoreError::GivenUp)
    });
    let panics = writer.write(|tx| -> Result<(), StoreError> {
        block(tx, "+15550151")?;
        panic!("on purpose")
    });
    let jobs = async {
        tokio::join!(
            writer.write(|tx| block(tx, "+15550142")),
            fails,
            writer.write(|tx| block(tx, "+15550143")),
            panics,
            writer.write(|tx| block(tx, "+15550144")),
        )
    };
    let released = async {
        tokio::task::yield_now().await;
        release.send(()).unwrap();
    };
    let (done, ()) = tokio::join!(jobs, released);
    held.await.unwrap();
    assert!(matches!((&done.0, &done.2, &done.4), (Ok(true), Ok(true), Ok(true))), "{done:?}");
    assert!(matches!(done.1, Err(WriteError::Failed(_))), "{:?}", done.1);
    assert!(matches!(&done.3, Err(WriteError::Panicked)), "{:?}", done.3);
    assert_eq!(blocked(&path), ["+15550142", "+15550143", "+15550144"]);
    assert!(writer.write(|tx| block(tx, "+15550145")).await.unwrap(), "and the thread goes on");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_many_jobs_are_refused_at_once() {
    let (_folder, path) = folder();
    let (writer, _thread) = Writer::start(&path).unwrap();
    let (release, held) = hold(&writer);
    let mut waiting = tokio::task::JoinSet::new();
    for _ in 0..1100 {
        let writer = writer.clone();
        waiting.spawn(async move { writer.write(|tx| tx.callers(CallerFilter::Blocked)).await.map(|_| ()) });
    }
    let Some(first) = waiting.join_next().await else { panic!("none came back") };
    assert!(
        matches!(first.unwrap(), Err(WriteError::Overloaded)),
        "only a refusal comes while the thread is held"
    );
    release.send(()).unwrap();
    held.await.unwrap();
    let mut done = 0;
    while let Some(result) = waiting.join_next().await {
        done += usize::from(result.unwrap().is_ok());
    }
    assert!(done >= 1000, "{done}");
}

#[tokio::test]
async fn the_thread_ends_when_nobody_can_write_any_more() {
    let (_folder, path) = folder();
    let (writer, thread) = Writer::start(&path).unwrap();
    writer.write(|tx| block(tx, "+15550142")).await.unwrap();
    drop(writer);
    thread.join().unwrap();
    let wal = fs::metadata(path.with_extension("db-wal")).map_or(0, |metadata| metadata.len());
    assert_eq!(wal, 0, "what was in the WAL is in the file");
    assert_eq!(blocked(&path), ["+15550142"]);
}

#[test]
fn what_a_command_could_not_finish_is_not_there() {
    let (_folder, path) = folder();
    let mut desk = Desk::open(&path).unwrap();
    let failed: Result<(), StoreError> = desk.write(|tx| {
        block(tx, "+15550142")?;
        Err(StoreError::GivenUp)
    });
    assert!(failed.is_err() && blocked(&path).is_empty());
}

#[test]
fn an_error_about_a_spoilt_row_tells_no_log_whose_number_stands_in_it() {
    let (_folder, path) = folder();
    let mut desk = Desk::open(&path).unwrap();
    let provider = Provider::Twilio;
    let call = desk.write(|tx| {
        tx.open_call(NewCall {
            of: ProviderCall { provider, account: String::new(), id: "CA1".to_owned() },
            caller: Caller::Withheld,
            caller_name: None,
            line: None,
            forwarded_from: None,
            attested: false,
            at: Timestamp::UNIX_EPOCH,
        })
    });
    let id = call.unwrap().id;
    let file = Connection::open(&path).unwrap();
    file.execute("update calls set line = '1 555 0142'", []).unwrap();
    let error = desk.write(|tx| tx.take_call(id)).unwrap_err();
    assert_eq!(error.to_string(), "the database holds a number that cannot be read: `1 …`");

    file.execute("update calls set line = null", []).unwrap();
    let turn = "insert into turns (call, turn, at, passed, state, reply) values (1, 0, 0, '', ?1, '')";
    file.execute(turn, ["{\"typed_number\": \"+15550142\"}"]).unwrap();
    let call = desk.write(|tx| tx.take_call(id)).unwrap().unwrap();
    assert!(call.last.is_none() && call.reports.trouble, "it is kept in trouble, not lost");
}

#[test]
fn notices_go_out_in_the_order_of_the_calls_and_those_not_delivered_are_counted() {
    let (_folder, path) = folder();
    let at = |seconds: i64| Timestamp::from_second(1_795_000_000 + seconds).unwrap();
    let mut desk = Desk::open(&path).unwrap();
    let call = |tx: &mut Tx<'_>, id: &str, at| {
        let of = ProviderCall { provider: Provider::Twilio, account: "AC1".into(), id: id.into() };
        let caller = Caller::read("+15550142");
        tx.open_call(NewCall {
            of,
            caller,
            caller_name: None,
            line: None,
            forwarded_from: None,
            attested: false,
            at,
        })
    };
    let told = desk.write(|tx| -> Result<_, StoreError> {
        let (first, second) = (call(tx, "CA1", at(0))?.id, call(tx, "CA2", at(60))?.id);
        // The older call's notice is due later, because it was put off.
        tx.add_notice(first, at(100))?;
        tx.add_notice(second, at(70))?;
        assert_eq!(tx.untold()?, None, "not tried yet");
        let next = tx.due_notice(at(80))?.map(|notice| notice.call);
        let both_due = tx.due_notice(at(120))?.unwrap();
        tx.notice_failed(both_due.id, at(500))?;
        tx.add_incident(at(1), None, (NOBODY_TOLD, "no route"))?;
        Ok(((next, both_due.call), (first, second), tx.untold()?))
    });
    let (order, (first, second), untold) = told.unwrap();
    assert_eq!(order, (Some(second), first));
    let last_error = Some("no route".to_owned());
    assert_eq!(untold, Some(Untold { calls: 1, since: at(0), last_error }));
}

#[test]
fn promises_of_an_older_file_were_kept_by_attempts_in_time() {
    let (_folder, path) = folder();
    let file = Connection::open(&path).unwrap();
    for step in [
        include_str!("../../src/store/schema/1.sql"),
        include_str!("../../src/store/schema/2.sql"),
        include_str!("../../src/store/schema/3.sql"),
        include_str!("../../src/store/schema/4.sql"),
        include_str!("../../src/store/schema/5.sql"),
    ] {
        file.execute_batch(step).unwrap();
    }
    // Tried in time; tried too late; never tried; closed in time.
    file.execute_batch(
        "pragma application_id = 0x72696e67; pragma user_version = 5; pragma journal_mode = wal;
        insert into call_backs (id, line, caller, owner, opened_at, due_at, promised_at, closed_by, closed_at, outcome,
            calls, first_call, last_call, seen) values
            (1, '+15550100', '+15550141', 'ana', 10, 50, 50, null, null, null, 1, 1, 1, 1),
            (2, '+15550100', '+15550142', 'ana', 10, 50, 50, null, null, null, 1, 2, 2, 1),
            (3, '+15550100', '+15550143', 'ana', 10, 50, 50, null, null, null, 1, 3, 3, 1),
            (4, '+15550100', '+15550144', 'ana', 10, 50, 50, 'ana', 40, 'reached', 1, 4, 4, 1);
        insert into call_back_events (call_back, at, by, what, detail) values
            (1, 20, 'ana', 'tried', 'busy'), (1, 60, 'ana', 'tried', 'busy'), (2, 60, 'ana', 'tried', 'busy'),
            (4, 40, 'ana', 'closed', 'reached');",
    )
    .unwrap();
    drop(file);
    let mut desk = Desk::open(&path).unwrap();
    let now = Timestamp::from_millisecond(70).unwrap();
    let told: Vec<_> = (1..=4)
        .map(CallBackId)
        .map(|id| desk.write(|tx| Ok::<_, StoreError>((tx.promises_of(id)?, tx.call_back(id)?))).unwrap())
        .map(|(promises, entry)| (promises[0].word(now), entry.unwrap().entry.is_broken(now)))
        .collect();
    assert_eq!(told, [("kept", false), ("broken", true), ("broken", true), ("kept", false)]);
}
