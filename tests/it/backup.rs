//! `ringback backup` while callers call, and `ringback restore` in a home of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use ringback::phone::Clock;
use ringback::store::CallFilter;
use serde_json::Value;

use crate::support::line::{CALLER, FRONT_DESK, SETTINGS, TestLine, calls, home_with, read_home, rings};
use crate::support::process::{Ran, Served, ringback};

const NEVER: (&str, &str) = ("never answers", "never answers");

/// The one backup under a folder.
fn backup_in(folder: &Path) -> PathBuf {
    let mut found: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

fn manifest_of(backup: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(backup.join("MANIFEST")).unwrap()).unwrap()
}

fn restored(home: &Path, backup: &Path) -> Ran {
    ringback(home, &["restore", backup.to_str().unwrap()])
}

fn calls_in(home: &Path) -> usize {
    read_home(home, |tx| tx.calls(&CallFilter::default()).unwrap()).len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_under_load_restores_into_an_empty_folder_with_equal_counts() {
    // The command has the clock of this machine.
    let home = home_with(SETTINGS, &[("front-desk", FRONT_DESK)]);
    let line = TestLine::open_home(home, Clock::starting(ringback::clock::now())).await;
    for number in 0..20 {
        line.call(rings(&format!("+155501{number:02}9"), "1", NEVER)).await;
    }
    let (home, target) = (line.home.path().to_owned(), tempfile::tempdir().unwrap());
    let to = target.path().to_str().unwrap().to_owned();
    let backing_up = tokio::task::spawn_blocking(move || ringback(&home, &["backup", &to]));
    let mut meanwhile = 0;
    while !backing_up.is_finished() && meanwhile < 300 {
        line.rings("2, message 9s", NEVER).await;
        meanwhile += 1;
    }
    let done = backing_up.await.unwrap();
    assert_eq!(done.code, 0, "{}{}", done.said, done.talked);
    assert!(done.talked.contains("key is not in it"), "{}", done.talked);
    let backup = backup_in(target.path());
    let manifest = manifest_of(&backup);
    let calls = manifest["counts"]["calls"].as_u64().unwrap() as usize;
    assert!((20..=20 + meanwhile).contains(&calls), "{calls} of 20 and {meanwhile}");
    assert_eq!(manifest["proof"], true);

    let fresh = tempfile::tempdir().unwrap();
    let home = fresh.path().join("new");
    let back = restored(&home, &backup);
    assert_eq!(back.code, 0, "{}{}", back.said, back.talked);
    assert_eq!(calls_in(&home), calls);
    assert_eq!(ringback(&home, &["proof"]).code, 0);
    assert_eq!(ringback(&home, &["check"]).code, 0, "settings and flows are there");
    let mut files: Vec<_> =
        fs::read_dir(&home).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    files.retain(|name| !name.starts_with("ringback.db-"));
    files.sort();
    assert_eq!(files, ["ivr-flows", "ringback.db", "ringback.db.files", "ringback.lock", "ringback.toml"]);
    for file in ["ringback.db", "ringback.toml"] {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(home.join(file)).unwrap().permissions().mode() & 0o777, 0o600, "{file}");
        assert_eq!(fs::metadata(backup.join(file)).unwrap().permissions().mode() & 0o777, 0o600, "{file}");
    }
}

#[tokio::test]
async fn a_restored_home_has_the_calls_of_the_backup_and_what_was_there_is_put_aside() {
    let line = TestLine::open().await;
    line.call(rings(CALLER, "1", NEVER)).await;
    let home = line.home.path().to_owned();
    assert_eq!(ringback(&home, &["backup"]).code, 0);
    let backup = backup_in(&home.join("backups"));
    line.call(rings("+15550143", "1", NEVER)).await;
    let folder = line.close().await;

    let served = Served::start(&home);
    let refused = restored(&home, &backup);
    assert_eq!(refused.code, 1, "{}", refused.said);
    assert!(refused.talked.contains("a server runs in this home"), "{}", refused.talked);
    served.kill();
    fs::write(home.join("ringback.journal"), "1 0 {}\n").unwrap();
    fs::write(home.join("ivr-flows/spare.toml"), "broken").unwrap();

    let only = ringback(&home, &["restore", backup.to_str().unwrap(), "--only-calls"]);
    assert_eq!(only.code, 0, "{}{}", only.said, only.talked);
    assert!(home.join("ivr-flows/spare.toml").exists(), "flows stay as they are");
    assert_eq!(calls_in(&home), 1);
    let aside = fs::read_dir(&home).unwrap().map(|entry| entry.unwrap().path());
    let aside: Vec<_> = aside.filter(|path| path.to_string_lossy().contains("before-restore-")).collect();
    assert_eq!(aside.len(), 1, "{aside:?}");
    assert_eq!(calls_in(&aside[0]), 2, "nothing is lost");
    let journals = [aside[0].join("ringback.journal"), home.join("ringback.journal")];
    assert!(journals.iter().all(|journal| fs::read_to_string(journal).unwrap().contains("1 0 {}")));
    fs::remove_dir_all(&aside[0]).unwrap();

    let all = restored(&home, &backup);
    assert_eq!(all.code, 0, "{}{}", all.said, all.talked);
    assert!(!home.join("ivr-flows/spare.toml").exists());
    let aside = fs::read_dir(&home).unwrap().map(|entry| entry.unwrap().path());
    aside.filter(|path| path.to_string_lossy().contains("before-restore-")).for_each(|path| {
        // The line in its journal that nobody can read would be told.
        fs::remove_dir_all(path).unwrap();
    });
    assert_eq!(ringback(&home, &["proof"]).code, 0);
    drop(folder);
}

#[tokio::test]
async fn callers_who_wait_in_the_journal_beside_a_broken_database_come_in_after_a_restore() {
    for elsewhere in [None, Some("spare.journal")] {
        let home = home_with(SETTINGS, &[("front-desk", FRONT_DESK)]);
        let mut journal = home.path().join("ringback.journal");
        if let Some(name) = elsewhere {
            journal = home.path().join(name);
            let with_journal = format!("{SETTINGS}\n[store]\njournal = \"{name}\"\n");
            fs::write(home.path().join("ringback.toml"), with_journal).unwrap();
        }
        let served = Served::start(home.path());
        let mut acked = calls(&served.address, 2).await;
        assert_eq!(ringback(home.path(), &["backup"]).code, 0);
        assert_eq!(served.terminate(), Some(0));
        fs::write(home.path().join("ringback.db"), [0x5a; 9000]).unwrap();
        let served = Served::start(home.path());
        acked.extend(calls(&served.address, 3).await);
        served.kill();
        assert!(fs::metadata(&journal).unwrap().len() > 0);

        let done = restored(home.path(), &backup_in(&home.path().join("backups")));
        assert_eq!(done.code, 0, "{}", done.talked);
        assert!(done.talked.contains("Waiting beside the database"), "{}", done.talked);
        assert_eq!(Served::start(home.path()).terminate(), Some(0));
        let there = read_home(home.path(), |tx| tx.calls(&CallFilter::default()).unwrap());
        let lost: Vec<_> = acked.iter().filter(|id| !there.iter().any(|call| call.call_id == **id)).collect();
        assert!(lost.is_empty() && there.len() == acked.len(), "{elsewhere:?}: {lost:?}");
    }
}

#[tokio::test]
async fn a_backup_with_one_changed_byte_is_refused_and_the_file_named() {
    let line = TestLine::open().await;
    line.call(rings(CALLER, "1", NEVER)).await;
    let target = tempfile::tempdir().unwrap();
    assert_eq!(ringback(line.home.path(), &["backup", target.path().to_str().unwrap()]).code, 0);
    let backup = backup_in(target.path());
    let fresh = tempfile::tempdir().unwrap();
    for file in ["ringback.db", "ringback.toml", "ivr-flows/front-desk.toml"] {
        let path = backup.join(file);
        let whole = fs::read(&path).unwrap();
        let mut changed = whole.clone();
        let middle = changed.len() / 2;
        changed[middle] ^= 1;
        for bytes in [Some(&changed[..]), Some(&whole[..middle]), None] {
            match bytes {
                Some(bytes) => fs::write(&path, bytes).unwrap(),
                None => fs::remove_file(&path).unwrap(),
            }
            let refused = restored(fresh.path(), &backup);
            assert_eq!(refused.code, 1, "{file}: {}", refused.said);
            assert!(refused.talked.replace('\n', "").contains(file), "{file}: {}", refused.talked);
            assert_eq!(fs::read_dir(fresh.path()).unwrap().count(), 0, "nothing was touched");
        }
        fs::write(&path, &whole).unwrap();
    }
    let mut manifest = manifest_of(&backup);
    manifest["made_at"] = "\u{1b}[2J2026".into();
    fs::write(backup.join("MANIFEST"), manifest.to_string()).unwrap();
    let back = restored(fresh.path(), &backup);
    assert_eq!(back.code, 0, "{}", back.talked);
    assert!(back.said.starts_with("Restored from [2J2026: "), "{:?}", back.said);
}

#[tokio::test]
async fn without_room_there_is_a_clear_error_and_no_half_backup() {
    let line = TestLine::open().await;
    line.call(rings(CALLER, "1", NEVER)).await;
    let home = line.close().await;
    let target = tempfile::tempdir().unwrap();
    let binary = env!("CARGO_BIN_EXE_ringback");
    let script = format!(
        "trap '' XFSZ; ulimit -f 72; exec {binary} --home {} backup {}",
        home.path().display(),
        target.path().display()
    );
    let done = Command::new("sh").args(["-c", &script]).output().unwrap();
    let talked = String::from_utf8(done.stderr).unwrap();
    assert_eq!(done.status.code(), Some(1), "{talked}");
    assert!(talked.contains("hint: is there room on the disk"), "{talked}");
    assert_eq!(fs::read_dir(target.path()).unwrap().count(), 0, "{talked}");
    let nowhere = ringback(home.path(), &["backup", "/dev/null/x"]);
    assert_eq!(nowhere.code, 1);
    assert!(nowhere.talked.contains("`/dev/null/x` cannot be written"), "{}", nowhere.talked);
}
