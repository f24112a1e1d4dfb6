//! Address books, taken over.

use std::fs;

use serde_json::Value;

use super::{Run, Shop, assert_tame};

fn import(shop: &Shop, (name, bytes): (&str, &[u8]), options: &[&str]) -> Run {
    let file = shop.folder.path().join(name);
    fs::write(&file, bytes).unwrap();
    let run = shop.run(&[&["callers", "import", file.to_str().unwrap()], options].concat());
    assert_tame(&run);
    run
}

fn known(shop: &Shop) -> Vec<String> {
    let list = shop.run(&["callers", "list", "--json"]).json();
    let line = |caller: &Value| {
        let text = |key: &str| caller[key].as_str().unwrap_or("-").to_owned();
        let vip = if caller["vip"] == true { " vip" } else { "" };
        let blocked = if caller["blocked_at"].is_null() { "" } else { " blocked" };
        format!("{} {} {}{vip}{blocked}", text("caller"), text("name"), text("language"))
    };
    list.as_array().unwrap().iter().map(line).collect()
}

const TABLE: &[u8] = b"name,number,language,vip\n\
    Mia Reed,+1 (555) 0142; 555-0143,es,yes\n\
    Lou Park,555-0144,,\n\
    No Phone,,,\n\
    Jo,12,,\n\
    ,+15550145,,\n\
    Other Name,+15550142,,\n";

#[test]
fn a_table_is_taken_over_and_what_cannot_be_read_is_named() {
    let shop = Shop::new();
    let run = import(&shop, ("contacts.csv", TABLE), &[]);
    assert_eq!(run.code, 0, "{}", run.talked);
    let said = "contacts.csv: 3 people, 3 numbers: 3 new, 0 changed, 0 as before.\n\
        1 person without a number was left out.\n";
    assert_eq!(run.said, said);
    let talked = "\
line 5: `12` is not a phone number, neither with `+` nor as one writes it in US
line 6: there is a number and nothing about it
line 7: +1 555-0142 is Mia Reed on line 2, and Other Name here: the first name
counts
";
    assert_eq!(run.talked, talked);
    let expected = ["+15550142 Mia Reed es vip", "+15550143 Mia Reed es vip", "+15550144 Lou Park -"];
    assert_eq!(known(&shop), expected);
}

#[test]
fn a_dry_run_tells_the_same_and_writes_nothing() {
    let shop = Shop::new();
    let dry = import(&shop, ("contacts.csv", TABLE), &["--dry-run"]);
    assert!(
        dry.talked.ends_with("Nothing was written; without `--dry-run` it would be.\n"),
        "{}",
        dry.talked
    );
    assert!(!shop.home().database().exists(), "not even a database");
    assert_eq!(import(&shop, ("contacts.csv", TABLE), &[]).said, dry.said);
    let again = import(&shop, ("contacts.csv", TABLE), &["--dry-run"]);
    assert!(again.said.contains("0 new, 0 changed, 3 as before."), "{}", again.said);
    assert_eq!(import(&shop, ("contacts.csv", TABLE), &[]).said, again.said);
}

#[test]
fn nothing_is_overwritten_in_silence() {
    let shop = Shop::new();
    import(&shop, ("contacts.csv", TABLE), &[]);
    for arguments in
        [&["block", "555-0142"][..], &["name", "555-0142", "Aunt Mia"], &["language", "555-0142", "de"]]
    {
        assert_eq!(shop.run(&[&["callers"], arguments].concat()).code, 0);
    }
    let newer = b"Name,Number\nMia R.,+15550142\nMia R.,+15550143\nLou Park,+15550144\n";
    let run = import(&shop, ("newer.csv", newer), &[]);
    let said = "newer.csv: 2 people, 3 numbers: 0 new, 1 changed, 2 as before.\n\
        +1 555-0142 stays Aunt Mia, as somebody here said; the file has Mia R..\n\
        +1 555-0143 was Mia Reed, and is Mia R..\n";
    assert_eq!(run.said.replace("3 people", "2 people"), said);
    let expected = ["+15550142 Aunt Mia de vip blocked", "+15550143 Mia R. es vip", "+15550144 Lou Park -"];
    assert_eq!(known(&shop), expected);
}

#[test]
fn cards_are_taken_over_with_all_their_numbers() {
    let shop = Shop::new();
    let cards = "BEGIN:VCARD\nVERSION:3.0\nFN:Mia Reed\nTEL;TYPE=CELL:+1 555-0142\nTEL;TYPE=HOME:555-0143\n\
        CATEGORIES:VIP\nEND:VCARD\nBEGIN:VCARD\nVERSION:4.0\nFN:Lou\nTEL;VALUE=uri:tel:+1-555-0144\nLANG:fr\nEND:VCARD\n";
    let run = import(&shop, ("phone.vcf", cards.as_bytes()), &[]);
    assert_eq!(run.said, "phone.vcf: 2 people, 3 numbers: 3 new, 0 changed, 0 as before.\n");
    assert_eq!(known(&shop), ["+15550142 Mia Reed - vip", "+15550143 Mia Reed - vip", "+15550144 Lou fr"]);
}

#[test]
fn hostile_names_are_cleaned_before_they_are_kept() {
    let shop = Shop::new();
    let long = "x".repeat(2_000);
    let table =
        format!("name,number\n\"\u{1b}]0;owned\u{7}\u{202e}Mia\nReed\",+15550142\n{long},+15550143\n");
    let run = import(&shop, ("a\u{1b}[2J.csv", table.as_bytes()), &[]);
    assert_eq!(run.code, 0, "{}", run.talked);
    assert!(run.talked.contains("the name is cut after 60 characters"), "{}", run.talked);
    let kept = ["+15550142 ]0;ownedMia Reed -".to_owned(), format!("+15550143 {} -", "x".repeat(60))];
    assert_eq!(known(&shop), kept);
    assert_tame(&shop.run(&["callers", "list"]));
}

#[test]
fn a_file_that_is_no_address_book_is_refused_with_a_way_on() {
    let shop = Shop::new();
    let cases: [(&[u8], &str); 5] = [
        (b"name,number\nJos\xe9,+15550142\n", "save it again as `CSV UTF-8`"),
        (b"name,mail\nMia,mia@example.com\n", "`name`, `number`, `language`, `vip`"),
        (b"\x89PNG\0\0", "export it as CSV"),
        (b"", "it is empty"),
        (b"name,number\nMia,12\n", "nobody with a number that can be read"),
    ];
    for (bytes, told) in cases {
        let run = import(&shop, ("contacts.csv", bytes), &[]);
        assert_eq!((run.code, run.said.as_str()), (1, ""), "{told}");
        let flat = run.talked.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(told), "{told}: {}", run.talked);
    }
    assert_eq!(shop.run(&["callers", "import", "nowhere.csv"]).code, 1);
    assert!(!shop.home().database().exists());
}

#[test]
fn a_file_of_another_kind_is_not_read_out_line_by_line() {
    let shop = Shop::new();
    let run = import(&shop, ("notes.csv", "name,number\n".repeat(90).as_bytes()), &[]);
    assert_eq!(run.code, 1, "{}", run.talked);
    assert!(run.talked.lines().count() < 30, "{}", run.talked);
    assert!(run.talked.contains("more lines were left out"), "{}", run.talked);
}
