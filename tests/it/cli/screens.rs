//! Screens that hold whatever callers send, and the doctor.

use std::fs;

use ringback::call::{MissedReason, Outcome};
use ringback::clock;
use sha2::{Digest, Sha256};

use super::{SETTINGS, Shop, assert_tame, call, command, minutes, run_of, set_mode, wait};

#[test]
fn a_broken_edit_is_seen_at_once() {
    let shop = Shop::with_calls();
    let file = shop.home().flows().join("front-desk.toml");
    let broken = fs::read_to_string(&file).unwrap().replacen("[start]", "[start]\nnonsense = 1", 1);
    fs::write(&file, &broken).unwrap();
    let line = broken.lines().position(|line| line.starts_with("nonsense")).unwrap() + 1;
    let run = shop.run(&[]);
    assert_eq!(run.code, 0, "{}", run.talked);
    assert!(
        run.said
            .contains(&format!("front-desk.toml has a mistake on line {line}, and it has never been live")),
        "{}",
        run.said
    );

    let version = ringback::store::FlowVersion {
        name: ringback::call::FlowName::parse("front-desk").unwrap(),
        hash: "0".repeat(64),
        source: String::new(),
        live_at: clock::now() - minutes(90),
    };
    shop.write(|tx| tx.flow_goes_live(&version).map(|_| ()));
    let run = shop.run(&[]);
    assert!(run.said.replace("\n  ", " ").contains("callers still hear the version of"), "{}", run.said);
    assert_tame(&run);
}

#[test]
fn hostile_names_break_no_screen() {
    let shop = Shop::with_calls();
    let now = clock::now();
    let long = format!("{}{}", "x".repeat(2_000), "\u{301}".repeat(500));
    shop.write(|tx| {
        for (id, name) in
            [("CA4", long.as_str()), ("CA5", "李小龍 👩\u{200d}👧"), ("CA6", "\u{200b}"), ("CA7", "\r\r\n")]
        {
            let missed = call(
                tx,
                (id, now),
                (&format!("sip:{id}"), Some(name)),
                Outcome::Missed(MissedReason::RangOut),
            )?;
            wait(tx, missed, (&format!("sip:{id}"), now))?;
        }
        Ok(())
    });
    for arguments in [vec![], vec!["calls"], vec!["missed"], vec!["call-backs"], vec!["call-backs", "--all"]]
    {
        let run = shop.run(&arguments);
        assert_eq!(run.code, 0, "{arguments:?} {}", run.talked);
        assert_tame(&run);
    }
    assert_eq!(shop.run(&["calls"]).said.lines().count(), 1 + 7);
    assert!(shop.run(&[]).said.lines().count() <= 24);
    let forced = command(shop.folder.path(), &["calls"]).env("CLICOLOR_FORCE", "1").output().unwrap();
    let coloured = run_of(forced).said;
    let ours = ["\u{1b}[0m", "\u{1b}[1m", "\u{1b}[2m", "\u{1b}[32m", "\u{1b}[33m", "\u{1b}[36m"];
    let without_ours = ours.iter().fold(coloured, |said, colour| said.replace(colour, ""));
    assert!(!without_ours.contains('\u{1b}'), "{without_ours:?}");
    for id in 1..=6 {
        assert_tame(&shop.run(&["call-backs", "history", &id.to_string()]));
    }
}

#[test]
fn colour_is_for_terminals_and_can_be_switched_off() {
    let shop = Shop::with_calls();
    let said = |variables: &[(&str, &str)], arguments: &[&str]| {
        let mut command = command(shop.folder.path(), arguments);
        run_of(command.envs(variables.iter().copied()).output().unwrap()).said
    };
    let coloured = said(&[("CLICOLOR_FORCE", "1")], &["call-backs"]);
    assert!(coloured.contains("\u{1b}[31mbroken 30 min\u{1b}[0m"), "{coloured:?}");
    let plain = said(&[], &["call-backs"]);
    assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), plain);
    assert_eq!(said(&[("CLICOLOR_FORCE", "1")], &["call-backs", "--no-color"]), plain);
    assert_eq!(said(&[("NO_COLOR", "1")], &["call-backs"]), plain);
}

#[test]
fn the_first_screen_fits_a_terminal_however_long_the_list() {
    let shop = Shop::new();
    let now = clock::now();
    shop.write(|tx| {
        for n in 0..30 {
            let caller = format!("+155502{n:02}");
            let missed =
                call(tx, (&format!("CA{n}"), now), (&caller, None), Outcome::Missed(MissedReason::RangOut))?;
            wait(tx, missed, (&caller, now - minutes(5)))?;
        }
        Ok(())
    });
    let run = shop.run(&[]);
    assert!(run.said.contains("and 18 more: `ringback call-backs`"), "{}", run.said);
    assert!(run.said.lines().count() <= 24, "{}", run.said);
}

#[test]
fn the_doctor_names_what_needs_a_look_and_what_to_do() {
    let shop = Shop::new();
    let run = shop.run(&["doctor"]);
    assert_eq!(run.code, 1);
    assert_tame(&run);
    for words in [
        "no webhook was ever seen",
        "https://phone.example.com/twilio/voice#rc=2&rp=ct,rt,5xx&rt=4000&tt=15000\n",
        "https://phone.example.com/twilio/fallback\n",
        "https://phone.example.com/twilio/status\n",
        "what stands after `#`",
        "auth token is not known",
    ] {
        assert!(run.said.contains(words), "{words}: {}", run.said);
    }
    assert!(!shop.home().database().exists(), "looking makes nothing");

    let token = format!("{SETTINGS}[provider.twilio]\nauth_token_file = \"token\"\n");
    fs::write(shop.home().settings(), token).unwrap();
    let secret = shop.folder.path().join("token");
    fs::write(&secret, "not-a-real-token").unwrap();
    set_mode(&secret, 0o600);
    let now = clock::now();
    shop.write(|tx| {
        call(tx, ("CA1", now), ("+15550142", None), Outcome::Missed(MissedReason::RangOut)).map(|_| ())
    });
    let run = shop.run(&["doctor"]);
    assert_eq!((run.code, run.talked.as_str()), (1, "error: one thing needs a look\n"), "{}", run.said);
    assert!(run.said.contains("it does not run, so calls are not answered"), "{}", run.said);

    let told = r#"{"pid":1,"address":"127.0.0.1:8080","since":"2026-11-20T18:05:00Z","turned_away":0,"last_turned_away_at":null}"#;
    let lock = shop.folder.path().join("ringback.lock");
    fs::write(&lock, told).unwrap();
    let server = fs::File::open(&lock).unwrap();
    server.lock().unwrap();
    let run = shop.run(&["doctor"]);
    assert_eq!(run.code, 0, "{}{}", run.said, run.talked);
    assert!(run.said.contains("listens on 127.0.0.1:8080"), "{}", run.said);
    assert!(!run.said.contains("problem") && !run.said.contains("not-a-real-token"), "{}", run.said);

    set_mode(&shop.home().database(), 0o644);
    shop.write(|tx| tx.add_incident(now, None, ("unknown line", "\u{1b}[2J+15550199")));
    let run = shop.run(&["doctor"]);
    assert_eq!((run.code, run.talked.as_str()), (1, "error: 2 things need a look\n"), "{}", run.said);
    assert!(
        run.said.contains("chmod 600") && run.said.contains("unknown line: [2J+15550199"),
        "{}",
        run.said
    );
}

#[test]
fn a_damaged_database_is_told_and_never_touched() {
    let shop = Shop::with_calls();
    let file = shop.home().database();
    let whole = fs::read(&file).unwrap();
    let half = [&whole[..8_192], &vec![b'x'; whole.len() - 8_192]].concat();
    for (damaged, told) in [(half, "malformed"), (vec![b'x'; 8_192], "cannot be used as a database")] {
        fs::write(&file, &damaged).unwrap();
        let run = shop.run(&["doctor"]);
        assert_eq!(run.code, 1);
        let said = flat(&run.said);
        assert!(said.contains(told), "{}", run.said);
        assert!(said.contains("`ringback restore BACKUP`, if you have one"), "{}", run.said);
        assert_eq!(shop.run(&["calls"]).code, 1);
        assert!(fs::read(&file).unwrap() == damaged, "not a byte is changed");
    }
}

#[test]
fn a_clock_that_went_back_is_noticed() {
    let shop = Shop::new();
    let later = clock::now() + minutes(90);
    shop.write(|tx| {
        call(tx, ("CA1", later), ("+15550142", None), Outcome::Missed(MissedReason::RangOut)).map(|_| ())
    });
    let said = flat(&shop.run(&["doctor"]).said);
    assert!(said.contains("calls were logged later than that"), "{said}");
}

/// A screen without its line breaks.
fn flat(screen: &str) -> String {
    screen.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_mistake_in_the_settings_locks_nobody_out_of_the_list() {
    let shop = Shop::with_calls();
    let good = fs::read_to_string(shop.home().settings()).unwrap();
    shop.write(|tx| tx.settings_go_live(&good, clock::now()).map(|_| ()));
    fs::write(shop.home().settings(), good.replace("[business]", "[busines]")).unwrap();
    let first = shop.run(&[]);
    assert_eq!((first.code, first.talked.as_str()), (0, ""), "the screen says it, and once is enough");
    assert!(flat(&first.said).contains("`ringback.toml` has a mistake on line"), "{}", first.said);
    for command in [&["call-backs"][..], &["calls"], &["missed"]] {
        let run = shop.run(command);
        assert_eq!(run.code, 0, "{command:?}: {}{}", run.said, run.talked);
        assert!(flat(&run.talked).contains("`ringback.toml` has a mistake on line"), "{}", run.talked);
    }
    let run = shop.run(&["check"]);
    assert_eq!(run.code, 78, "{}", run.talked);
    assert!(run.talked.contains("did you mean `business`?"), "{}", run.talked);
    let run = shop.run(&["doctor"]);
    assert!(run.code == 1 && flat(&run.said).contains("has a mistake on line"), "{}", run.said);
}

#[test]
fn notices_that_came_to_nothing_are_for_the_doctor() {
    let shop = Shop::new();
    let now = clock::now();
    shop.write(|tx| {
        let at = now - minutes(20);
        let missed = call(tx, ("CA1", at), ("+15550142", None), Outcome::Missed(MissedReason::RangOut))?;
        tx.add_notice(missed, at)?;
        let notice = tx.due_notice(now)?.unwrap();
        tx.notice_failed(notice.id, now + minutes(1))
    });
    let said = shop.run(&["doctor"]).said;
    let flat = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("nobody could be told of 1 missed call yet, the first 20 min ago"), "{said}");

    let notify = format!("{SETTINGS}[notify]\ncommand = [\"no-such-program-here\"]\n");
    fs::write(shop.home().settings(), notify).unwrap();
    let run = shop.run(&["check"]);
    assert_eq!(run.code, 0);
    assert!(run.talked.contains("there is no program `no-such-program-here`"), "{}", run.talked);
}

/// A line of a journal as it is written.
fn journal_line(json: &str) -> String {
    let digest = Sha256::digest(json.as_bytes());
    let checksum: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("1 {checksum} {json}\n")
}

#[test]
fn what_could_not_be_taken_in_is_named_with_its_file_and_nobody_says_that_nothing_slipped() {
    let shop = Shop::with_calls();
    let garbled = shop.folder.path().join("ringback.journal.garbled-7e86");
    fs::write(&garbled, "1 00 {\"from\":\"+15550143\",\"to\":\"+15550100\"}\n").unwrap();
    let restored = shop.folder.path().join("before-restore-2026-11-22-085545");
    fs::create_dir(&restored).unwrap();
    let left = restored.join("ringback.journal");
    let taken_in = journal_line("{\"from\":\"+15550144\"}");
    fs::write(&left, format!("{taken_in}{}", journal_line("{\"from\":\"+15550145\"}"))).unwrap();
    let id = taken_in.split(' ').nth(1).unwrap().to_owned();
    shop.write(|tx| tx.mark_imported(&id).map(|_| ()));

    let proof = shop.run(&["proof"]);
    assert_eq!(proof.code, 1, "{}", proof.said);
    assert!(!proof.said.contains("Nothing slipped"), "{}", proof.said);
    let doctor = shop.run(&["doctor"]);
    for run in [&proof, &doctor] {
        let said = flat(&run.said);
        for words in [
            "garbled-7e86`: 1 line cannot be read. Calls may be in it that are on no list.",
            "Numbers that stand there: +15550143.",
            "ringback.journal`: 1 line was not taken in.",
            "Numbers that stand there: +15550145.",
            "compare the provider's call log",
            "before-restore-2026-11-22-085545/ringback.journal >>",
        ] {
            assert!(said.contains(words), "{words}: {said}");
        }
    }
    fs::remove_file(&garbled).unwrap();
    fs::write(&left, taken_in).unwrap();
    let proof = shop.run(&["proof"]);
    assert!(proof.code == 0 && proof.said.contains("Nothing slipped"), "{}", proof.said);
}

/// A server of this home, as its lock tells of it.
fn serving(shop: &Shop, (cause, words): (&str, &str)) -> fs::File {
    let told = serde_json::json!({
        "pid": 1, "address": "127.0.0.1:8080", "since": "2026-11-20T18:05:00Z", "turned_away": 0,
        "last_turned_away_at": null, "store_fault": { "cause": cause, "words": words },
    });
    let lock = shop.folder.path().join("ringback.lock");
    fs::write(&lock, told.to_string()).unwrap();
    let server = fs::File::open(&lock).unwrap();
    server.lock().unwrap();
    server
}

#[test]
fn the_cure_is_that_of_the_cause_and_fits_the_terminal() {
    let shop = Shop::with_calls();
    let cases = [
        (
            "full",
            "the database refused: database or disk is full: Error code 13: x",
            "make room on the disk; `",
        ),
        (
            "read_only",
            "the database refused: attempt to write a readonly database: Error code 8: x",
            "let whoever runs",
        ),
        (
            "damaged",
            "the database refused: file is not a database: Error code 26: x",
            "first note who waits: `ringback call-backs`",
        ),
        (
            "newer",
            "`a.db` was written by a newer ringback (file version 8, …)",
            "install the newer ringback again",
        ),
    ];
    for (cause, fault, cure) in cases {
        let _server = serving(&shop, (cause, fault));
        let run = shop.run(&["missed"]);
        assert!(flat(&run.talked).contains(&format!("To mend it: {cure}")), "{fault}: {}", run.talked);
        assert!(!run.talked.contains("Error code"), "{}", run.talked);
        assert_eq!(run.talked.contains("restore"), fault.contains("not a database"), "{}", run.talked);
        let paths = shop.folder.path().to_string_lossy().into_owned();
        let lines = run.talked.lines().filter(|line| !line.contains(&paths));
        assert!(lines.into_iter().all(|line| line.chars().count() <= 80), "{}", run.talked);
        let doctor = shop.run(&["doctor"]);
        let said = flat(&doctor.said);
        assert_eq!(said.matches("the server does not use it").count(), 1, "{said}");
        assert!(said.contains(cure) && !said.contains("is sound"), "{said}");
        assert!(!doctor.talked.contains("To mend it"), "once is enough: {}", doctor.talked);
    }
}

#[test]
fn a_locked_database_is_not_called_sound() {
    let shop = Shop::with_calls();
    let other = rusqlite::Connection::open(shop.home().database()).unwrap();
    other.execute_batch("begin immediate").unwrap();
    let run = shop.run(&["doctor"]);
    let said = flat(&run.said);
    assert!(run.code == 1 && said.contains("nothing can be written to it: database is locked"), "{said}");
    assert!(!said.contains("is sound"), "{said}");
    let holder = format!("(process {}) holds the database", std::process::id());
    assert!(said.contains(&holder), "{holder}: {said}");
    drop(other);
    assert!(flat(&shop.run(&["doctor"]).said).contains("is sound"));
}

#[test]
fn settings_that_are_gone_beside_a_database_are_put_back_and_not_made_anew() {
    let shop = Shop::with_calls();
    let said = shop.run(&["doctor"]).said;
    assert!(flat(&said).contains("note backup there is none in"), "{said}");
    assert_eq!(shop.run(&["backup"]).code, 0);
    assert!(!shop.run(&["doctor"]).said.contains("backup"));
    fs::remove_file(shop.home().settings()).unwrap();
    let run = shop.run(&["missed"]);
    let talked = flat(&run.talked);
    assert!(
        run.code == 78 && talked.contains("only the settings are gone: put them back with `cp"),
        "{talked}"
    );
    assert!(talked.contains("ringback.toml"), "{talked}");
}
