//! The process is killed, stopped, started twice, upgraded; a part of it panics.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use ringback::store::CallFilter;
use rusqlite::Connection;
use tokio::runtime::Handle;

use super::Tried;
use super::wire::{six_hours_later, with_clock};
use crate::ledger::{CallKept, Route};
use crate::matrix::Case;
use crate::place::{Place, wait_for};
use crate::provider::{Load, PLANS, Plan};
use crate::server::{Server, last_lines};
use crate::support::line::{CALLER, LINE, read_home};
use crate::support::process::ringback;
use crate::tracer::Tracer;
use crate::trial::Trial;

pub const CASES: [Case; 21] = [
    Case::new("F12", "kill -9 on the Nth answer", "P2 P4", |r| {
        killed_on(r, "sendto,writev,write", &[3, 17, 40])
    }),
    Case::new("F13", "kill -9 on the Nth sync", "P2 P9", |r| killed_on(r, "fsync,fdatasync", &[2, 9, 23])),
    Case::new("F12", "kill -9 on the Nth write of the database", "P2 P9", |r| {
        killed_on(r, "pwrite64", &[5, 31, 77])
    }),
    Case::new("F14", "the same request twice at once, syncs take 100 ms", "P4", |r| {
        twice_at_once(r, "delay_enter=100000")
    }),
    Case::new("F14", "the same request twice at once, syncs take 2 s", "P4", |r| {
        twice_at_once(r, "delay_enter=2000000")
    }),
    Case::new("F22", "restarts under load", "P9", restarts),
    Case::new("F22", "kills under load", "P9", kills),
    Case::new("F23", "an upgrade of the file killed at the Nth write", "P17", upgrade_cut),
    Case::new("F23", "a file of a newer version", "P17", newer_file),
    Case::new("F24", "a second server, and one after a kill", "P10", second_server),
    Case::new("F42", "panic in every job of the store", "P1", |r| panics(r, "store.job=panic")),
    Case::new("F42", "panic while a request is verified", "P1", one_verification_of_each_call),
    Case::new("F42", "panic while a request is read", "P1 P6", no_request_is_read),
    Case::new("F42", "panic in the sweep", "P1", |r| panics(r, "sweep=3*panic")),
    Case::new("F42", "panic in the import of the journal", "P1 P3", |r| {
        panics(r, "store.job=10*panic;import=3*panic")
    }),
    Case::new("F42", "panic while flows are read again", "P1", |r| panics(r, "reload=3*panic")),
    Case::new("F42", "panic in the thread of the store", "P1 P2", |r| {
        panics(r, "store.before-commit=3*panic")
    }),
    Case::new("F42", "panic in the thread of the journal", "P1", |r| {
        panics(r, "store.job=6*panic;journal.append=2*panic")
    }),
    Case::new("F12", "abort between commit and answer", "P2 P4", |r| aborts(r, "store.after-commit")),
    Case::new("F12", "abort before the commit", "P2 P4", |r| aborts(r, "store.before-commit")),
    Case::new("F44", "stopped for 5 s and woken", "P1", stopped),
];

fn killed_on(runtime: &Handle, calls: &str, nth: &[u32]) -> Tried {
    let mut trial = Trial::at(Place::plain(), runtime);
    if !trial.under_load() {
        return Ok(trial);
    }
    trial.with_retries();
    for n in nth {
        let pid = trial.server().pid;
        let tracer = Tracer::attach(pid, calls, &format!("signal=KILL:when={n}"))?;
        let is_gone = trial.server().wait(Duration::from_secs(20));
        trial.expect(is_gone, format!("no call of {calls} was reached {n} times"));
        drop(tracer);
        trial.kill();
        if !trial.serve() {
            return Ok(trial);
        }
        trial.hear(60);
    }
    Ok(trial)
}

/// Both are answered by the same bytes, and it is one call.
fn twice_at_once(runtime: &Handle, delay: &str) -> Tried {
    let mut trial = Trial::at(Place::plain(), runtime);
    if !trial.serve() {
        return Ok(trial);
    }
    let pid = trial.server().pid;
    let tracer = Tracer::attach(pid, "fsync,fdatasync", delay)?;
    for round in 0..10 {
        let (exchange, load) = (trial.load.exchange(), trial.load.clone());
        let id = format!("CA{round:032x}");
        let params = exchange.first_params(&id, CALLER, LINE);
        let (mut first, mut second) = (CallKept::new(&id), CallKept::new(&id));
        let both = trial.runtime.block_on(async {
            tokio::join!(
                load.ask(&mut first, &exchange, Route::Voice, ("/twilio/voice", params.clone())),
                load.ask(&mut second, &exchange, Route::Voice, ("/twilio/voice", params.clone())),
            )
        });
        trial.expect(both.0.is_some() && both.0 == both.1, format!("two answers to one request: {both:?}"));
        load.ledger.keep(first);
    }
    drop(tracer);
    Ok(trial)
}

fn restarts(runtime: &Handle) -> Tried {
    let mut trial = Trial::at(Place::plain(), runtime);
    if !trial.under_load() {
        return Ok(trial);
    }
    trial.with_retries();
    let mut worst = Duration::ZERO;
    for _ in 0..5 {
        let code = trial.server.take().and_then(Server::terminate);
        trial.expect(code == Some(0), format!("it ended with {code:?} when it was told to stop"));
        if !trial.serve() {
            return Ok(trial);
        }
        worst = worst.max(trial.server().took);
        trial.hear(60);
    }
    trial
        .remarks
        .push(format!("at the worst {} ms from start to first answer, debug build", worst.as_millis()));
    Ok(trial)
}

fn kills(runtime: &Handle) -> Tried {
    let mut trial = Trial::at(Place::plain(), runtime);
    if !trial.under_load() {
        return Ok(trial);
    }
    trial.with_retries();
    for _ in 0..5 {
        trial.kill();
        if !trial.serve() {
            return Ok(trial);
        }
        trial.hear(40);
    }
    Ok(trial)
}

/// A file as version 2 of the schema left it, with some calls.
fn old_file(path: &Path, calls: &[String]) {
    let old = Connection::open(path).unwrap();
    for step in [
        "pragma journal_mode = wal",
        include_str!("../../../src/store/schema/1.sql"),
        include_str!("../../../src/store/schema/2.sql"),
        "pragma application_id = 0x72696e67; pragma user_version = 2",
        "insert into accounts (id, provider, name) values (1, 'twilio', 'AC1')",
    ] {
        old.execute_batch(step).unwrap();
    }
    for call in calls {
        let row =
            "insert into calls (account, call_id, at, outcome, trouble) values (1, ?1, 0, 'blocked', 0)";
        old.execute(row, [call]).unwrap();
    }
}

fn upgrade_cut(runtime: &Handle) -> Tried {
    let mut trial = Trial::at(Place::plain(), runtime);
    let calls: Vec<_> = (0..50).map(|number| format!("CA{number:032x}")).collect();
    let (mut n, mut cuts) = (1, 0);
    loop {
        for name in fs::read_dir(&trial.place.home).unwrap().flatten() {
            if name.file_name().to_string_lossy().starts_with("ringback.db") {
                fs::remove_file(name.path()).unwrap();
            }
        }
        old_file(&trial.place.path("ringback.db"), &calls);
        let around =
            format!("strace -f -qq -o /dev/null -e trace=pwrite64 -e inject=pwrite64:signal=KILL:when={n}");
        trial.start.around = around.split(' ').map(str::to_owned).collect();
        let started = Server::start(trial.start.clone());
        trial.start.around.clear();
        let is_cut = started.is_err();
        // Whoever only refuses to start was not cut.
        let why = started.err().unwrap_or_default();
        trial.expect(!is_cut || why.contains("SIGKILL"), why);
        if !trial.serve() {
            return Ok(trial);
        }
        let (left, complaint) = read_home(&trial.place.home, |tx| {
            let left: HashSet<_> =
                tx.calls(&CallFilter::default()).unwrap().into_iter().map(|call| call.call_id).collect();
            (left, tx.complaint().unwrap())
        });
        let lost = calls.iter().filter(|call| !left.contains(*call)).count();
        trial
            .expect(lost == 0 && complaint.is_none(), format!("write {n}: {lost} calls lost, {complaint:?}"));
        if !is_cut {
            break;
        }
        cuts += 1;
        trial.kill();
        n += 1 + n / 4;
    }
    trial.expect(cuts > 0, "no write of the upgrade was reached");
    trial
        .remarks
        .push(format!("{cuts} upgrades were cut, the last but one after more than half of {n} writes"));
    trial.callers();
    trial.hear(60);
    Ok(trial)
}

fn newer_file(runtime: &Handle) -> Tried {
    let mut trial = Trial::at(Place::plain(), runtime);
    trial.under_load();
    trial.hang_up();
    trial.server.take().map(Server::terminate);
    let file = trial.place.path("ringback.db");
    let good = fs::read(&file).unwrap();
    let newer = Connection::open(&file).unwrap();
    newer.execute_batch("pragma journal_mode = delete; create table to_come (id integer primary key); pragma user_version = 99").unwrap();
    drop(newer);
    let bad = fs::read(&file).unwrap();
    if let Ok(server) = Server::start(trial.start.clone()) {
        trial.server = Some(server);
        trial.callers();
        trial.hear(60);
        trial.hang_up();
        trial.kill();
    }
    let is_said = trial.was_said("written by a newer ringback");
    let last = last_lines(&trial.log);
    trial.expect(is_said, format!("nobody says that a newer ringback wrote the file: {last}"));
    trial.expect(fs::read(&file).unwrap() == bad, "the newer file was changed");
    fs::write(&file, good).unwrap();
    Ok(trial)
}

fn second_server(runtime: &Handle) -> Tried {
    let mut trial = Trial::at(Place::plain(), runtime);
    if trial.under_load() {
        let second = Command::new(env!("CARGO_BIN_EXE_ringback"))
            .args(["--home", &trial.place.home.display().to_string(), "serve", "--listen", "127.0.0.1:0"])
            .env("RINGBACK_TWILIO_AUTH_TOKEN", crate::support::line::TOKEN)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&second.stderr).into_owned();
        trial
            .expect(second.status.code() == Some(1), format!("a second server ended with {}", second.status));
        trial.expect(said.contains("another ringback serves"), said);
        trial.hear(30);
        trial.with_retries();
        trial.kill();
        if trial.serve() {
            trial.hear(60);
        }
    }
    Ok(trial)
}

/// The places where the server fails, in the file that it reads them from.
fn fail(trial: &Trial, points: &str) {
    fs::write(trial.place.scratch.path().join("fail-points"), points).unwrap();
}

fn with_fail_points(runtime: &Handle) -> Trial {
    let mut trial = Trial::at(Place::plain(), runtime);
    let file = trial.place.scratch.path().join("fail-points").display().to_string();
    trial.start.variables.push(("RINGBACK_FAIL_POINTS".to_owned(), file));
    fail(&trial, "");
    trial
}

fn panics(runtime: &Handle, points: &str) -> Tried {
    panics_in(with_fail_points(runtime), points)
}

/// Every call is known all the same, and of those whose end could not be read the sweep says what came of them.
fn no_request_is_read(runtime: &Handle) -> Tried {
    let mut trial = with_fail_points(runtime);
    with_clock(&mut trial, "+0")?;
    let mut trial = panics_in(trial, "door.read=panic")?;
    trial.hang_up();
    six_hours_later(&mut trial);
    Ok(trial)
}

fn panics_in(mut trial: Trial, points: &str) -> Tried {
    // What neither store nor journal could take is on stderr.
    trial.last_words_count = points.contains("journal.append");
    if points.contains("sweep") {
        // It looks once at the start, and then twice a minute.
        fail(&trial, points);
    }
    if trial.under_load() {
        fail(&trial, points);
        if points.contains("reload") {
            let flow = trial.place.path("ivr-flows/front-desk.toml");
            let text = fs::read_to_string(&flow).unwrap();
            fs::write(&flow, text + "\n# edited\n").unwrap();
        }
        trial.last(Duration::from_secs(4));
        fail(&trial, "");
        if !trial.was_said("fail_point.rs") {
            return trial.not_reached(points);
        }
        trial.hear(60);
        let is_running = trial.server().is_running();
        trial.expect(is_running, "the server ended");
    }
    Ok(trial)
}

/// Of one call the first request is hit, of the next the second, and so on to the last; the provider goes on with each, and
/// what comes later, if only the call's end, brings it into the list.
fn one_verification_of_each_call(runtime: &Handle) -> Tried {
    let mut trial = with_fail_points(runtime);
    if !trial.under_load() {
        return Ok(trial);
    }
    trial.hang_up();
    let (load, exchange) = (trial.load.clone(), trial.load.exchange());
    let mut hit = 0;
    for plan in PLANS {
        for nth in 0.. {
            fail(&trial, &format!("door.verify={nth}+1*panic"));
            let asked = load.ledger.asked();
            let call = runtime.block_on(load.call(&exchange, plan));
            if load.ledger.asked() - asked <= nth {
                break;
            }
            hit += 1;
            if wait_for(|| trial.last_words().len() == hit).is_err() && hit == 1 {
                return trial.not_reached("door.verify");
            }
            let words = trial.last_words().pop().unwrap_or_default();
            let is_discreet = !words.contains("+1555") && !words.contains(&call.id);
            trial.expect(is_discreet, format!("what may be a stranger's is repeated: {words}"));
        }
    }
    let said = trial.last_words().len();
    trial.expect(said == hit, format!("{hit} requests were hit, and {said} lines say so"));
    trial.remarks.push(format!("each of {hit} requests of three kinds of calls was hit once"));
    Ok(trial)
}

/// The process ends there, with nothing tidied up.
fn aborts(runtime: &Handle, point: &str) -> Tried {
    let mut trial = with_fail_points(runtime);
    if !trial.under_load() {
        return Ok(trial);
    }
    trial.with_retries();
    for _ in 0..3 {
        fail(&trial, &format!("{point}=1*abort"));
        let is_gone = trial.server().wait(Duration::from_secs(5));
        fail(&trial, "");
        if !is_gone {
            return trial.not_reached(point);
        }
        trial.kill();
        if !trial.serve() {
            return Ok(trial);
        }
        trial.hear(60);
    }
    Ok(trial)
}

/// Whoever asks while it is stopped waits; whoever asks afterwards does not.
fn stopped(runtime: &Handle) -> Tried {
    let mut trial = Trial::at(Place::plain(), runtime);
    if trial.under_load() {
        trial.hang_up();
        trial.server().signal("-STOP");
        let waiting = Load::new(&trial.load.address, Duration::from_secs(10));
        let asking = runtime.spawn(async move { waiting.call(&waiting.exchange(), Plan::CallBack).await });
        sleep(Duration::from_secs(5));
        trial.server().signal("-CONT");
        let call = runtime.block_on(asking).unwrap();
        trial.expect(!call.turns.is_empty() && call.over, format!("who waited heard {:?}", call.trail));
        trial.load.ledger.keep(call);
        trial.callers();
        trial.hear(120);
        let listed = ringback(&trial.place.home, &["call-backs"]);
        trial.expect(listed.code == 0, listed.talked);
    }
    Ok(trial)
}
