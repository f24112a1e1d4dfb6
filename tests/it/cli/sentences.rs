//! What stands on the screen word by word, at both widths: who is there, and what leaves the house.

use std::fs;

use ringback::clock;

use super::people::SETTINGS as PEOPLE;
use super::{Run, Shop, command, minutes, run_of};

fn at(shop: &Shop, width: usize, arguments: &[&str]) -> Run {
    let mut command = command(shop.folder.path(), arguments);
    run_of(command.env("COLUMNS", width.to_string()).output().unwrap())
}

#[test]
fn people_are_shown_with_what_waits_for_each() {
    let shop = Shop::with_calls();
    fs::write(shop.home().settings(), PEOPLE).unwrap();
    let expected = "\
who             now       rings     for              waits
Ana, owner      there     Ana       repairs, office  2
Benjamin (ben)  there     Benjamin  office
Cleo            off duty  nobody
";
    for width in [80, 120] {
        assert_eq!(at(&shop, width, &["people"]).said, expected);
    }
    let narrow = "\
Ana, owner  there  Ana  repairs, office
    2
Benjamin (ben)  there  Benjamin  office
Cleo  off duty  nobody
";
    assert_eq!(at(&shop, 40, &["people"]).said, narrow);
}

#[test]
fn who_is_forgotten_is_told_with_what_went_and_where_the_number_still_stands() {
    for width in [80, 120] {
        let shop = Shop::with_calls();
        let kept = shop.folder.path().join("old-list.csv");
        fs::write(&kept, "Pat,+15550142\n").unwrap();
        let run = at(&shop, width, &["forget", "+15550142", "--yes"]);
        let expected = "\
+1 555-0142 is forgotten:
  1 call
  1 call-back
Nobody will be rung back for: 1.
Recorded messages are at the provider; take them away there.
";
        assert_eq!((run.code, run.said.as_str()), (1, expected));
        let talked = run.talked.split_whitespace().collect::<Vec<_>>().join(" ");
        let told = format!("error: done, but the number still stands in `{}` hint: ", kept.display());
        assert!(talked.starts_with(&told), "{talked}");
        let run = at(&shop, width, &["forget", "+15550142", "--yes"]);
        assert_eq!(run.said, "Nothing was kept of +1 555-0142.\n");
        let talked = run.talked.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(talked.starts_with("error: the number still stands in `"), "nothing was done: {talked}");
        fs::remove_file(&kept).unwrap();
        assert_eq!(at(&shop, width, &["forget", "+15550142", "--yes"]).code, 0);
    }
}

#[test]
fn a_purge_a_backup_and_a_restore_say_what_they_did() {
    for width in [80, 120] {
        let shop = Shop::with_calls();
        let run = at(&shop, width, &["purge", "--older-than", "90d", "--dry-run"]);
        let before = shop_day(90);
        assert_eq!(run.said, format!("0 calls from before {before} would go.\n"));
        let run = at(&shop, width, &["purge", "--older-than", "90d"]);
        let told = format!(
            "From before {before}: 0 calls, 0 call-backs, 0 notices and incidents and 0 callers are gone.\n"
        );
        assert_eq!((run.said, run.talked.as_str()), (told, ""));

        let backups = shop.folder.path().join("backups");
        let run = at(&shop, width, &["backup"]);
        let made = fs::read_dir(&backups).unwrap().next().unwrap().unwrap().path();
        assert_eq!(run.said, format!("{}: 3 calls, 2 call-backs.\n", made.display()));
        assert_eq!(run.talked, "The provider's key is not in it; keep that elsewhere.\n");
        let run = at(&shop, width, &["restore", &made.to_string_lossy()]);
        let (first, rest) = run.said.split_once(": ").unwrap();
        assert!(first.starts_with("Restored from 20"), "{}", run.said);
        assert_eq!(rest, "3 calls, 2 call-backs.\n");
        let talked = run.talked.split_whitespace().collect::<Vec<_>>().join(" ");
        let is_told = talked.starts_with("What was there is in `") && talked.contains("/before-restore-");
        assert!(is_told, "{talked}");
    }
}

/// The day so many days ago, as a screen says it.
fn shop_day(days: i64) -> String {
    let zone = jiff::tz::TimeZone::get("America/New_York").unwrap();
    let (now, then) = (clock::now(), clock::now() - minutes(days * 24 * 60));
    let (now, then) = (zone.to_datetime(now), zone.to_datetime(then));
    then.strftime(if now.year() == then.year() { "%b %-d" } else { "%b %-d %Y" }).to_string()
}

#[test]
fn whoever_is_called_like_nobody_here_is_told_so_once() {
    let shop = Shop::with_calls();
    let told = "Nobody here is called `bob`, as RINGBACK_AS or `--as` says; the people are\n`ana`, `ben`.\n";
    for arguments in [&[][..], &["cb"], &["cb", "show", "1"]] {
        let mut command = command(shop.folder.path(), arguments);
        let run = run_of(command.env("RINGBACK_AS", "bob").output().unwrap());
        assert_eq!((run.code, run.talked.as_str()), (0, told), "{arguments:?}");
    }
    let run = shop.run(&["cb", "--mine", "--as", "bob"]);
    assert_eq!((run.code, run.said.as_str()), (1, ""));
    assert_eq!(run.talked, "error: nobody here is called `bob`\nhint: the people are ana, ben\n");
}

#[test]
fn a_page_may_go_to_stdout_and_a_block_says_in_whose_name() {
    let shop = Shop::with_calls();
    let run = shop.run(&["report", "--html", "-"]);
    assert!(run.code == 0 && run.said.starts_with("<!DOCTYPE html>"), "{}", run.talked);
    assert!(!std::path::Path::new("-").exists());
    let run = shop.run(&["callers", "block", "+15550142"]);
    assert_eq!((run.code, run.said.as_str()), (0, "+1 555-0142 is blocked.\n"));
    let told = "hint: written down in the name of Ana; `--as NAME` or RINGBACK_AS says who you\nare\n";
    assert_eq!(run.talked, told);
    assert_eq!(shop.run(&["callers", "unblock", "+15550142"]).code, 0);
    assert_eq!(shop.run(&["callers", "block", "+15550142", "--as", "ben"]).talked, "");
}

#[test]
fn a_restore_waits_for_whoever_reads_so_that_what_it_puts_aside_is_whole() {
    let shop = Shop::with_calls();
    let backup = at(&shop, 80, &["backup"]).said;
    let made = backup.split(": ").next().unwrap().to_owned();
    let mut reader = ringback::store::Reader::open(&shop.home().database()).unwrap().unwrap();
    let run = reader.read(|tx| {
        tx.last_call_at()?;
        // What is written behind a reader's back stays in the log until the reader is done.
        shop.write(|tx| tx.add_incident(clock::now(), None, ("unknown line", "+15550199")));
        Ok(shop.run(&["restore", &made]))
    });
    let run = run.unwrap();
    assert_eq!((run.code, run.said.as_str()), (1, ""), "{}", run.talked);
    assert!(
        run.talked.starts_with("error: nothing was restored: somebody reads the database"),
        "{}",
        run.talked
    );
    assert_eq!(shop.run(&["restore", &made]).code, 0);
}
