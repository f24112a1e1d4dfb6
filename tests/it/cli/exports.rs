//! Leaving with one's data: every row, nothing that a spreadsheet runs, and what can be read again.

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::Path;

use csv::{ReaderBuilder, StringRecord};
use ringback::call::{Accept, Caller, PhoneNumber};
use ringback::clock;
use ringback::language::Language;
use serde_json::Value;

use super::{HOSTILE, Run, Shop, ana, minutes};

fn export(shop: &Shop, arguments: &[&str]) -> Run {
    shop.run(&[&["export"], arguments].concat())
}

/// The heading and the rows of a table.
fn table(csv: &str) -> (StringRecord, Vec<StringRecord>) {
    let mut reader = ReaderBuilder::new().from_reader(csv.as_bytes());
    let heading = reader.headers().unwrap().clone();
    (heading, reader.records().map(Result::unwrap).collect())
}

fn column<'a>((heading, rows): &'a (StringRecord, Vec<StringRecord>), name: &str) -> Vec<&'a str> {
    let index = heading.iter().position(|known| known == name).unwrap_or_else(|| panic!("{name}"));
    rows.iter().map(|row| &row[index]).collect()
}

/// What a spreadsheet would run: written anew, without asking the program.
fn runs(cell: &str) -> bool {
    let text = cell.trim_start_matches([' ', '\u{a0}', '\u{200b}', '\u{202e}', '\u{feff}']);
    let is_number = |text: &str| {
        let digits = text.strip_prefix('+').unwrap_or_default();
        (3..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) && !is_number(cell)
}

#[test]
fn calls_are_exported_with_their_numbers_intact_and_no_formula() {
    let shop = Shop::with_calls();
    shop.write(|tx| tx.set_name(&PhoneNumber::parse("+15550141").unwrap(), Some("=1+1"), None));
    let run = export(&shop, &["calls"]);
    assert_eq!((run.code, run.talked.as_str()), (0, ""));
    assert!(!run.said.contains(['\u{1b}', '\u{7}', '\u{9b}']), "nothing that acts on a terminal");
    assert!(run.said.lines().next().unwrap().starts_with("id,at,line,caller,withheld,name,"), "{}", run.said);
    let table = table(&run.said);
    assert_eq!(column(&table, "id"), ["1", "2", "3"]);
    assert_eq!(column(&table, "caller"), ["+15550141", "+15550142", ""]);
    assert_eq!(column(&table, "name"), ["'=1+1", "", ""]);
    assert_eq!(column(&table, "outcome"), ["answered", "missed", "missed"]);
    assert_eq!(column(&table, "answered_by"), ["ana", "", ""]);
    assert_eq!(column(&table, "seconds"), ["65", "65", "65"]);
    assert_eq!(column(&table, "call_back"), ["", "1", "2"]);
    let kept: String = HOSTILE.chars().filter(|c| !c.is_control() || *c == '\n').collect();
    assert_eq!(column(&table, "caller_name"), ["", &kept, ""]);
    assert!(table.1.iter().flatten().all(|cell| !runs(cell)), "{}", run.said);
    assert!(!run.said.contains("RE1"), "a link to a recording lets everybody listen");
}

#[test]
fn json_lines_are_the_objects_of_json() {
    let shop = Shop::with_calls();
    let lines = |run: Run| -> Vec<Value> {
        assert_eq!(run.code, 0, "{}", run.talked);
        run.said.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let mut calls = shop.run(&["calls", "--all", "--json"]).json().as_array().unwrap().clone();
    calls.reverse();
    assert_eq!(lines(export(&shop, &["calls", "--jsonl"])), calls);
    let listed = shop.run(&["call-backs", "--json"]).json().as_array().unwrap().clone();
    assert_eq!(lines(export(&shop, &["call-backs", "--jsonl"])), listed);
    shop.run(&["callers", "vip", "+15550142"]);
    let callers = shop.run(&["callers", "list", "--json"]).json().as_array().unwrap().clone();
    assert_eq!(lines(export(&shop, &["callers", "--jsonl"])), callers);
    assert_eq!(lines(shop.run(&["callers", "export", "--jsonl"])), callers);
}

#[test]
fn notes_of_both_kinds_are_exported_and_those_taken_back_are_not() {
    let shop = Shop::with_calls();
    shop.run(&["callers", "name", "+15550142", "Mia Reed"]);
    let hostile = "=cmd|' /C calc'!A0, \"quoted\"\nsecond line";
    shop.run(&["call-backs", "note", "1", hostile, "--as", "ben"]);
    shop.run(&["callers", "note", "+15550142", "two boilers"]);
    shop.run(&["call-backs", "take", "1", "--as", "ben"]);
    let table = table(&export(&shop, &["notes"]).said);
    assert_eq!(column(&table, "about"), ["call-back", "caller"]);
    assert_eq!(column(&table, "by"), ["ben", "ana"]);
    assert_eq!(column(&table, "call_back"), ["1", ""]);
    assert_eq!(column(&table, "caller"), ["+15550142", "+15550142"]);
    assert_eq!(column(&table, "name"), ["Mia Reed", "Mia Reed"]);
    assert_eq!(column(&table, "text"), [format!("'{hostile}").as_str(), "two boilers"]);
    shop.write(|tx| {
        let id = ringback::call_back::CallBackId(1);
        tx.take_back_event(id, ringback::call_back::Deed::Note, clock::now())
    });
    let (_, left) = self::table(&export(&shop, &["notes"]).said);
    assert_eq!(left.len(), 1);
}

#[test]
fn only_the_time_that_was_asked_for_is_exported() {
    let shop = Shop::new();
    let now = clock::now();
    shop.write(|tx| {
        let blocked = ringback::call::Outcome::Blocked;
        super::call(tx, ("CA1", now - minutes(60 * 24 * 40)), ("+15550141", None), blocked.clone())?;
        super::call(tx, ("CA2", now - minutes(60 * 24 * 3)), ("+15550142", None), blocked.clone())?;
        // The provider told of it afterwards.
        super::call(tx, ("CA3", now - minutes(60 * 24 * 9)), ("+15550143", None), blocked)?;
        Ok(())
    });
    let ids = |arguments: &[&str]| {
        let table = table(&export(&shop, &[&["calls"], arguments].concat()).said);
        column(&table, "id").join(" ")
    };
    assert_eq!(ids(&[]), "1 2 3");
    assert_eq!(ids(&["--since", "30d"]), "2 3");
    assert_eq!(ids(&["--since", "10d", "--until", "5d"]), "3");
    assert_eq!(ids(&["--until", "2020-01-01"]), "");
    for wrong in [
        &["calls", "--since", "soon"][..],
        &["calls", "--since", "1d", "--until", "2d"],
        &["callers", "--since", "1d"],
    ] {
        assert_eq!(export(&shop, wrong).code, 2, "{wrong:?}");
    }
}

#[test]
fn a_file_is_whole_ours_alone_and_never_replaced_in_silence() {
    let shop = Shop::with_calls();
    let folder = shop.folder.path().join("out");
    fs::create_dir(&folder).unwrap();
    let file = folder.join("calls.csv");
    let out = |more: &[&str]| export(&shop, &[&["calls", "--out", file.to_str().unwrap()], more].concat());
    let run = out(&[]);
    assert_eq!((run.code, run.said.as_str()), (0, ""), "{}", run.talked);
    assert!(run.talked.starts_with("3 calls are in `"), "{}", run.talked);
    assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
    let first = fs::read_to_string(&file).unwrap();
    assert_eq!(first, export(&shop, &["calls"]).said);
    let again = out(&["--jsonl"]);
    assert_eq!(again.code, 1);
    assert!(again.talked.contains("is there already") && again.talked.contains("`--force` replaces it"));
    assert_eq!(fs::read_to_string(&file).unwrap(), first);
    assert_eq!(out(&["--jsonl", "--force"]).code, 0);
    assert!(fs::read_to_string(&file).unwrap().starts_with("{\""));
    let victim = shop.folder.path().join("victim");
    fs::write(&victim, "mine").unwrap();
    let link = folder.join("link.csv");
    symlink(&victim, &link).unwrap();
    let through = export(&shop, &["calls", "--out", link.to_str().unwrap(), "--force"]);
    assert_eq!((through.code, fs::read_to_string(&victim).unwrap().as_str()), (0, "mine"));
    let nowhere = export(&shop, &["calls", "--out", folder.join("none/calls.csv").to_str().unwrap()]);
    assert_eq!(nowhere.code, 1, "{}", nowhere.talked);
    let lines = folder.join("notes.jsonl");
    assert_eq!(export(&shop, &["call-backs", "--out", lines.to_str().unwrap()]).code, 0);
    assert!(fs::read_to_string(&lines).unwrap().starts_with("{\""), "by the ending of its name");
    assert_eq!(export(&shop, &["calls", "--out", "calls.xlsx"]).code, 2);
    assert_eq!(export(&shop, &["calls", "--csv", "--jsonl"]).code, 2);
    let left: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 3, "no part is left: {left:?}");
}

#[test]
fn what_excel_needs_is_there_when_asked_for() {
    let shop = Shop::with_calls();
    assert!(export(&shop, &["calls", "--bom"]).said.starts_with("\u{feff}id,"));
    assert!(Shop::new().run(&["export", "calls"]).said.starts_with("id,"), "without a database: no rows");
}

#[test]
fn callers_come_back_with_nothing_lost() {
    let shop = Shop::new();
    let number = |index: usize| format!("+155501{index:02}");
    let names = [
        "Reed, Mia",
        "\"Big\" Lou",
        "=1+1",
        "+15550100",
        "+1 555 0100",
        "-Sam-",
        "@home",
        "'tis Jo",
        "'=quoted",
        "''@twice",
        "＝wide",
        "🔧 李小龍",
        "O'Neil; Sons",
        "Zoë\u{301}",
        "x\u{202e}y",
        "two\nlines",
        " \t=padded",
    ];
    let now = clock::now();
    shop.write(|tx| {
        for (index, name) in names.iter().enumerate() {
            let number = PhoneNumber::parse(&number(index + 10)).unwrap();
            let file = (index % 2 == 0).then_some("contacts, old.csv");
            tx.set_name(&number, Some(name), file)?;
            tx.set_vip(&number, index % 3 == 0)?;
            for tag in ["boiler", "good payer"].iter().take(index % 3) {
                tx.tag(&number, tag)?;
            }
        }
        let mia = PhoneNumber::parse("+15550110").unwrap();
        tx.block(&mia, &ana(), now - minutes(9))?;
        tx.allow(&mia, &ana(), now - minutes(8))?;
        tx.set_language(&Caller::Number(mia.clone()), Some(Language::Spanish), Some("old.vcf"))?;
        tx.remember_human(&Caller::Number(mia.clone()), now - minutes(7))?;
        tx.remember_answered(&Caller::Number(mia), &Accept { by: ana(), at: now - minutes(6) })?;
        tx.remember_answered(&Caller::read("+15550199"), &Accept { by: ana(), at: now })
    });
    let file = shop.folder.path().join("callers.csv");
    let run = shop.run(&["callers", "export", "--out", file.to_str().unwrap()]);
    assert_eq!(run.code, 0, "{}", run.talked);
    assert_eq!(fs::read_to_string(&file).unwrap(), export(&shop, &["callers"]).said, "one way to do it");
    let (_, rows) = table(&fs::read_to_string(&file).unwrap());
    assert!(rows.iter().flatten().all(|cell| !runs(cell)), "{rows:?}");
    let list = |home: &Path| super::run(home, &["callers", "list", "--json"]).json();
    let mut expected = list(shop.folder.path());
    // Names are kept tidy; these two were never typed.
    for caller in expected.as_array_mut().unwrap() {
        let name = caller["name"].as_str().map(|name| {
            let tidy: String = name.chars().filter(|c| *c != '\u{202e}').collect();
            tidy.split_whitespace().collect::<Vec<_>>().join(" ")
        });
        caller["name"] = name.into();
    }
    let elsewhere = Shop::new();
    let import = || elsewhere.run(&["callers", "import", file.to_str().unwrap()]);
    let first = import();
    assert_eq!((first.code, first.talked.as_str()), (0, ""));
    assert!(
        first.said.contains("18 new, 0 changed, 0 as before.\n1 number is blocked, as the file says."),
        "{}",
        first.said
    );
    let sorted = |list: Value| {
        let mut list = list.as_array().unwrap().clone();
        list.sort_by_key(|caller| caller["caller"].as_str().unwrap().to_owned());
        list
    };
    assert_eq!(sorted(list(elsewhere.folder.path())), sorted(expected));
    assert!(import().said.contains("0 new, 0 changed, 18 as before."));
}

#[test]
fn what_was_exported_takes_nothing_away_where_it_is_read() {
    let shop = Shop::new();
    for arguments in [&["name", "+15550142", "Mia"][..], &["block", "+15550143"], &["block", "+15550144"]] {
        shop.run(&[&["callers"], arguments].concat());
    }
    let csv = shop.run(&["callers", "export"]).said;
    for arguments in
        [&["name", "+15550142", "Aunt Mia"][..], &["tag", "+15550142", "boiler"], &["unblock", "+15550143"]]
    {
        shop.run(&[&["callers"], arguments].concat());
    }
    let file = shop.folder.path().join("callers.csv");
    // `+15550144` has become the phone of somebody here.
    let settings = format!("{}[people.cleo]\nnumber = \"+15550144\"\n", super::SETTINGS);
    shop.run(&["callers", "unblock", "+15550144"]);
    fs::write(shop.home().settings(), settings).unwrap();
    fs::write(&file, csv).unwrap();
    let run = shop.run(&["callers", "import", file.to_str().unwrap()]);
    assert_eq!(run.code, 0, "{}", run.talked);
    let mia = shop.run(&["callers", "list", "--find", "Mia", "--json"]).json();
    assert_eq!((&mia[0]["name"], &mia[0]["tags"][0]), (&"Aunt Mia".into(), &"boiler".into()));
    let blocked = shop.run(&["callers", "list", "--blocked", "--json"]).json();
    assert_eq!(blocked.as_array().unwrap().len(), 1, "the file says so, and nobody here is blocked by it");
    assert_eq!(blocked[0]["caller"], "+15550143");
}
