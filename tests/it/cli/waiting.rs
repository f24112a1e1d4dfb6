//! Everything about somebody who waits, whose the entries are, and the screen that is watched.

use ringback::call::{Caller, MissedReason, Outcome, PersonName, PhoneNumber};
use ringback::call_back::{CallBackId, Offer};
use ringback::clock;

use super::{HOSTILE, Shop, ana, assert_tame_at, call, command, minutes, run_of, wait};

const WIDTHS: [usize; 2] = [80, 120];

#[test]
fn show_tells_programs_everything_about_a_caller() {
    let shop = Shop::with_calls();
    let now = clock::now();
    let pat = PhoneNumber::parse("+15550142").unwrap();
    shop.write(|tx| {
        tx.set_name(&pat, Some("Pat Doe"), None)?;
        tx.tag(&pat, "boiler")?;
        tx.add_caller_note(&pat, &ana(), now - minutes(5), "pays late")?;
        call(tx, ("CA0", now - minutes(9_000)), ("+15550142", None), Outcome::Missed(MissedReason::Closed))?;
        Ok(())
    });
    let shown = shop.run(&["call-backs", "show", "1", "--json"]).json();
    let entry = &shown["call_back"];
    assert_eq!(
        (&entry["id"], &entry["broken"], &entry["name"]),
        (&1.into(), &true.into(), &"Pat Doe".into())
    );
    assert_eq!(
        (&shown["tags"][0], &shown["caller_notes"][0]["text"]),
        (&"boiler".into(), &"pays late".into())
    );
    assert_eq!(
        (&shown["promises"][0]["standing"], &shown["promises"][0]["call"]),
        (&"broken".into(), &2.into())
    );
    let ids = |calls: &serde_json::Value| {
        calls
            .as_array()
            .unwrap()
            .iter()
            .map(|call| call["call_id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        (ids(&shown["calls"]), ids(&shown["earlier_calls"])),
        (vec!["CA2".into()], vec!["CA0".into()])
    );
    assert_eq!(shown["earlier_call_backs"], serde_json::Value::Array(vec![]));
    for key in ["asleep_until", "offered_to", "returning", "attempts_since_call"] {
        assert!(entry.get(key).is_some(), "{key}");
    }
    let screen = shop.run(&["cb", "show", "1"]).said;
    for told in [
        "Call-back 1  Pat Doe\n",
        "+1 555-0142",
        "tags: boiler",
        "pays late (Ana, 5 min ago)",
        "ringback cb take 1\n",
    ] {
        assert!(screen.contains(told), "{told}: {screen}");
    }
    assert_eq!(shop.run(&["call-backs", "show", "77"]).code, 1);
}

#[test]
fn what_is_offered_stands_on_both_lists_and_on_the_first_screen() {
    let shop = Shop::with_calls();
    let ben = PersonName::parse("ben").unwrap();
    shop.write(|tx| {
        let mut stored = tx.call_back(CallBackId(2))?.unwrap();
        stored.entry.offer = Some(Offer { to: ben.clone(), by: ana(), until: clock::now() + minutes(20) });
        tx.save_call_back(&stored)
    });
    let lists = |arguments: &[&str]| shop.run(arguments).said.lines().count() - 1;
    assert_eq!(lists(&["call-backs", "--mine", "--as", "ben"]), 1);
    assert_eq!(lists(&["call-backs", "--person", "ben"]), 1);
    assert_eq!(lists(&["call-backs", "--person", "Ana"]), 2);
    assert!(shop.run(&["call-backs"]).said.contains("ana → ben?"));
    assert_eq!(shop.run(&["call-backs", "--mine", "--person", "ben"]).code, 2);
    assert_eq!(shop.run(&["call-backs", "--everybody", "take", "1"]).code, 2);
    let first = |name: &str| {
        let mut command = command(shop.folder.path(), &[]);
        run_of(command.env("RINGBACK_AS", name).output().unwrap()).said
    };
    assert!(
        first("ben").contains("None is yours, 1 is offered to you: `ringback call-backs accept 2`\n"),
        "{}",
        first("ben")
    );
    assert!(first("ana").contains("2 are yours: `ringback call-backs --mine`\n"), "{}", first("ana"));
    assert_eq!(first("nobody-here"), first(""), "somebody else's name is no reason to show nothing");
}

#[test]
fn a_used_up_entry_asks_for_a_decision_and_a_sleeping_one_comes_last() {
    let shop = Shop::new();
    let now = clock::now();
    shop.write(|tx| {
        for (index, caller) in ["+15550142", "+15550143", "+15550144"].into_iter().enumerate() {
            let at = now - minutes(60 - index as i64);
            let id = call(tx, (caller, at), (caller, None), Outcome::Missed(MissedReason::RangOut))?;
            wait(tx, id, (caller, now + minutes(600)))?;
        }
        let mut asleep = tx.call_back(CallBackId(1))?.unwrap();
        asleep.entry.asleep_until = Some(now + minutes(30));
        tx.save_call_back(&asleep)?;
        let mut used_up = tx.call_back(CallBackId(3))?.unwrap();
        used_up.entry.attempts = 5;
        tx.save_call_back(&used_up)
    });
    let said = shop.run(&["call-backs"]).said;
    let rows: Vec<&str> = said.lines().collect();
    assert!(rows[2].contains("5 tries, decide"), "{said}");
    assert!(rows[3].starts_with(" 1") && rows[3].contains("wakes "), "{said}");
    assert!(
        shop.run(&[]).said.contains("2 people are waiting for a call, 1 asleep:"),
        "{}",
        shop.run(&[]).said
    );
}

#[test]
fn what_is_no_terminal_cannot_be_watched() {
    let run = Shop::with_calls().run(&["watch"]);
    let told = "error: `watch` draws on a terminal, and the answer goes elsewhere\nhint: `ringback` alone prints the screen once\n";
    assert_eq!((run.code, run.said.as_str(), run.talked.as_str()), (2, "", told));
}

/// Names that a terminal would act on, that are longer than any line, that pile up, or that show nothing at all.
fn hostile_names() -> Vec<String> {
    vec![
        HOSTILE.to_owned(),
        format!("{}{}", "x".repeat(2_000), "\u{301}".repeat(500)),
        format!("a{}", "\u{301}\u{20dd}".repeat(400)),
        "李小龍 👩\u{200d}👩\u{200d}👧🇺🇸👍🏽 🔧".repeat(20),
        "\u{200b}\u{feff}\u{3164}".to_owned(),
        "\r\r\n\u{85}\u{2028}".to_owned(),
        "\u{202e}taP\u{2067} \u{61c}eoD".to_owned(),
    ]
}

#[test]
fn hostile_names_break_no_screen_at_any_width() {
    let shop = Shop::new();
    let now = clock::now();
    let names = hostile_names();
    shop.write(|tx| {
        for (index, name) in names.iter().enumerate() {
            let number = format!("+155501{:02}", 50 + index);
            let caller = if index % 2 == 0 { number.clone() } else { format!("sip:{index}{name}") };
            let at = now - minutes(30);
            let left = Outcome::Missed(MissedReason::VoicemailLeft);
            let earlier = Outcome::Missed(MissedReason::RangOut);
            call(tx, (&format!("CB{index}"), at - minutes(5_000)), (&caller, Some(name)), earlier)?;
            let id = call(tx, (&format!("CA{index}"), at), (&caller, Some(name)), left)?;
            wait(tx, id, (&caller, now - minutes(index as i64)))?;
            let mut record = tx.take_call(id)?.unwrap();
            record.reports.transcript = Some(name.clone());
            tx.save_call(record)?;
            if index == 0 || index == 4 {
                let number = PhoneNumber::parse(&number).unwrap();
                tx.set_name(&number, Some(name), None)?;
                tx.set_language(&Caller::Number(number.clone()), None, None)?;
                tx.tag(&number, name)?;
                tx.add_caller_note(&number, &ana(), now, name)?;
            }
        }
        Ok(())
    });
    for id in 1..=names.len() {
        let note = shop.run(&["call-backs", "note", &id.to_string(), &names[id - 1], "x", "--as", "ana"]);
        assert!(note.code == 0 || names[id - 1].chars().count() > 1_900, "{}", note.talked);
    }
    let mut screens: Vec<Vec<String>> = [
        &[][..],
        &["calls"],
        &["calls", "--today"],
        &["calls", "--from", HOSTILE],
        &["calls", "--since", HOSTILE],
        &["calls", "--line", HOSTILE],
        &["missed"],
        &["call-backs"],
        &["call-backs", "--all"],
        &["call-backs", "--everybody"],
        &["call-backs", "--mine", "--as", "ana"],
        &["callers", "list"],
        &["callers", "show", "+15550150"],
        &["people"],
        &["digest"],
        &["report"],
        &["proof"],
    ]
    .iter()
    .map(|words| words.iter().map(|word| (*word).to_owned()).collect())
    .collect();
    for id in 1..=names.len() {
        for verb in ["show", "history"] {
            screens.push(vec!["call-backs".to_owned(), verb.to_owned(), id.to_string()]);
        }
    }
    for width in WIDTHS {
        for arguments in &screens {
            let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let mut command = command(shop.folder.path(), &words);
            let run = run_of(command.env("COLUMNS", width.to_string()).output().unwrap());
            assert_ne!(run.said.len() + run.talked.len(), 0, "{words:?}");
            assert_tame_at(&run, width);
        }
    }
    assert_eq!(shop.run(&["calls"]).said.lines().count(), 1 + 2 * names.len());
    assert_eq!(shop.run(&["call-backs"]).said.lines().count(), 1 + names.len());
    assert!(shop.run(&[]).said.lines().count() <= 24);
}
