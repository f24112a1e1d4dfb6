//! What people say of callers, number by number, and where it is seen.

use ringback::call::{Acquaintance, Caller, PhoneNumber};
use ringback::store::{Reader, StoreError};

use super::{HOSTILE, Run, SETTINGS, Shop, ana, assert_tame};

/// The words, wherever lines were folded.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn callers(shop: &Shop, arguments: &[&str]) -> Run {
    let run = shop.run(&[&["callers"], arguments].concat());
    assert_tame(&run);
    run
}

fn about(shop: &Shop, number: &str) -> Acquaintance {
    let mut reader = Reader::open(&shop.home().database()).unwrap().unwrap();
    reader.read(|tx| tx.acquaintance(&Caller::read(number))).unwrap()
}

#[test]
fn every_spelling_of_a_number_is_the_same_caller() {
    let shop = Shop::new();
    for (index, spelling) in
        ["+15550142", "+1 (555) 0142", "555-0142", "555 0142", "+1-555-0142"].into_iter().enumerate()
    {
        let run = callers(&shop, &["block", spelling]);
        let is = if index == 0 { "is blocked" } else { "was blocked already" };
        assert_eq!((run.code, run.said), (0, format!("+1 555-0142 {is}.\n")), "{spelling} {}", run.talked);
    }
    assert!(about(&shop, "+15550142").blocked);
    assert_eq!(callers(&shop, &["unblock", "555-0142"]).said, "+1 555-0142 gets through again.\n");
    let national = callers(&shop, &["vip", "(212) 555-0142"]);
    assert_eq!(national.said, "+1 212-555-0142 is first on every list.\n");
    let wrong = callers(&shop, &["block", "Mia"]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.talked.contains("write it with its country, like `+15550142`"), "{}", wrong.talked);
}

#[test]
fn what_is_said_of_a_number_is_kept_and_told_back() {
    let shop = Shop::new();
    let steps: [(&[&str], &str); 14] = [
        (&["name", "+15550142", "Mia", "Reed"], "+1 555-0142 is Mia Reed.\n"),
        (&["name", "+15550142", " Aunt  Mia "], "+1 555-0142 is Aunt Mia, and was Mia Reed.\n"),
        (&["vip", "+15550142"], "+1 555-0142 Aunt Mia is first on every list.\n"),
        (&["vip", "+15550142"], "+1 555-0142 Aunt Mia was a VIP already.\n"),
        (&["not-vip", "+15550142"], "+1 555-0142 Aunt Mia is treated like others again.\n"),
        (&["language", "+15550142", "es"], "+1 555-0142 Aunt Mia is spoken to in `es`.\n"),
        (&["language", "+15550142", "Deutsch"], "+1 555-0142 Aunt Mia is spoken to in `de`.\n"),
        (&["block", "+15550142"], "+1 555-0142 Aunt Mia is blocked.\n"),
        (&["allow", "+15550142"], "+1 555-0142 Aunt Mia is always let through.\n"),
        (&["allow", "+15550142"], "+1 555-0142 Aunt Mia was on the allow list already.\n"),
        (&["disallow", "+15550142"], "+1 555-0142 Aunt Mia is blocked again.\n"),
        (&["unblock", "+15550142"], "+1 555-0142 gets through again.\n"),
        (&["name", "+15550142", "--none"], "+1 555-0142 has no name any more.\n"),
        (&["language", "+15550142", "--none"], "+1 555-0142 has no language of their own any more.\n"),
    ];
    for (arguments, said) in steps {
        let run = callers(&shop, arguments);
        assert_eq!((run.code, run.said.as_str()), (0, said), "{arguments:?} {}", run.talked);
    }
    assert_eq!(about(&shop, "+15550142"), Acquaintance::default());
    for arguments in
        [&["not-vip", "+15550142"][..], &["disallow", "+15550142"], &["name", "+15550142", "--none"]]
    {
        assert_eq!(callers(&shop, arguments).code, 1, "{arguments:?}");
    }
    for arguments in [
        &["name", "+15550142"][..],
        &["name", "+15550142", "\u{202e}"],
        &["name", "+15550142", &"x".repeat(61)],
        &["language", "+15550142", "tlh"],
        &["language", "+15550142"],
        &["list", "--vip", "--blocked"],
    ] {
        assert_eq!(callers(&shop, arguments).code, 2, "{arguments:?}");
    }
}

#[test]
fn a_list_that_counts_more_is_told_of() {
    let shop = Shop::new();
    callers(&shop, &["allow", "+15550142"]);
    let blocked = callers(&shop, &["block", "+15550142"]);
    assert!(
        flat(&blocked.talked).contains("It is on the allow list too, which counts more"),
        "{}",
        blocked.talked
    );
    assert!(!about(&shop, "+15550142").blocked);
}

#[test]
fn nobody_of_the_business_is_blocked_by_accident() {
    let shop = Shop::new();
    let own = callers(&shop, &["block", "+1 555 0101"]);
    assert_eq!((own.code, own.talked.as_str()), (1, "error: that is the phone of `ana`\n"));
    let line = callers(&shop, &["block", "555-0100"]);
    assert_eq!((line.code, line.talked.as_str()), (1, "error: that is a line of yours\n"));
    callers(&shop, &["block", "+15550143"]);
    let later = format!("{SETTINGS}[people.cleo]\nnumber = \"+15550143\"\n");
    std::fs::write(shop.home().settings(), later).unwrap();
    let list = callers(&shop, &["list", "--blocked"]);
    let told = "+1 555-0143 is the phone of `cleo`: its calls are not refused, though it is blocked.";
    assert_eq!(flat(&list.talked), told);
}

#[test]
fn the_list_says_who_is_known_vips_first() {
    let shop = Shop::with_calls();
    shop.write(|tx| -> Result<(), StoreError> {
        let number = |text| PhoneNumber::parse(text).unwrap();
        tx.set_name(&number("+15550142"), Some("Mia Reed"), Some("contacts.csv"))?;
        tx.set_name(&number("+15550143"), Some("Abe"), None)?;
        tx.set_vip(&number("+15550142"), true)?;
        tx.block(&number("+15550199"), &ana(), ringback::clock::now())?;
        Ok(())
    });
    let run = callers(&shop, &["list"]);
    let expected = "\
number       name      list
+1 555-0142  Mia Reed  VIP
+1 555-0143  Abe
+1 555-0199            blocked just now by ana
";
    assert_eq!(run.said, expected);
    assert_eq!(callers(&shop, &["list", "--find", "REED"]).said.lines().count(), 2);
    assert_eq!(callers(&shop, &["list", "--find", "555-0199"]).said.lines().count(), 2);
    assert_eq!(callers(&shop, &["list", "--find", "nobody"]).said, "Nobody like that is known.\n");
    let blocked = callers(&shop, &["list", "--blocked", "--json"]).json();
    assert_eq!(blocked.as_array().unwrap().len(), 1);
    assert_eq!((&blocked[0]["caller"], &blocked[0]["blocked_by"]), (&"+15550199".into(), &"ana".into()));
    assert_eq!(blocked[0]["vip"], false);
    let all = callers(&shop, &["list", "--json"]).json();
    assert_eq!((&all[0]["name"], &all[0]["name_from"]), (&"Mia Reed".into(), &"contacts.csv".into()));
}

#[test]
fn show_tells_everything_about_one_number() {
    let shop = Shop::with_calls();
    callers(&shop, &["name", "+15550142", "Mia Reed"]);
    callers(&shop, &["vip", "+15550142"]);
    let run = callers(&shop, &["show", "555-0142"]);
    let said = flat(&run.said);
    for told in [
        "+1 555-0142 Mia Reed",
        "A VIP: first on every list.",
        "Waits for a call: `ringback call-backs history 1`.",
        "rang out",
    ] {
        assert!(said.contains(told), "{told}: {}", run.said);
    }
    let json = shop.run(&["callers", "show", "+15550142", "--json"]).json();
    assert_eq!((&json["name"], &json["call_backs"][0]), (&"Mia Reed".into(), &1.into()));
    assert_eq!(json["calls"][0]["call_id"], "CA2");
    assert_eq!(callers(&shop, &["show", "+15550141"]).code, 0, "called, and on no list");
    assert_eq!(callers(&shop, &["show", "+15550149"]).code, 1);
}

#[test]
fn a_known_name_stands_before_the_number_on_every_list() {
    let shop = Shop::with_calls();
    callers(&shop, &["name", "+15550142", "Mia Reed"]);
    callers(&shop, &["vip", "+15550142"]);
    let lists: [&[&str]; 5] =
        [&[], &["calls"], &["missed"], &["call-backs"], &["call-backs", "history", "1"]];
    for list in lists {
        let run = shop.run(list);
        assert_tame(&run);
        assert!(run.said.contains("VIP Mia Reed"), "{list:?} {}", run.said);
    }
    let calls = shop.run(&["calls", "--json"]).json();
    assert_eq!((&calls[1]["name"], &calls[1]["vip"]), (&"Mia Reed".into(), &true.into()));
    assert_eq!(calls[1]["caller_name"], HOSTILE, "what the network sent is still there");
    assert_eq!((&calls[0]["name"], &calls[0]["vip"]), (&serde_json::Value::Null, &false.into()));
    let list = shop.run(&["call-backs", "--json"]).json();
    assert_eq!((&list[0]["name"], &list[0]["vip"]), (&"Mia Reed".into(), &true.into()));
}

#[test]
fn a_vip_is_before_who_came_first() {
    let shop = Shop::new();
    let now = ringback::clock::now();
    shop.write(|tx| {
        let rang_out = || {
            let reason = ringback::call::MissedReason::RangOut;
            ringback::call::Outcome::Missed(reason)
        };
        for (id, caller, age) in [("CA1", "+15550143", 30), ("CA2", "+15550142", 10)] {
            let at = now - super::minutes(age);
            let call = super::call(tx, (id, at), (caller, None), rang_out())?;
            super::wait(tx, call, (caller, at + super::minutes(60)))?;
        }
        Ok(())
    });
    let first = || shop.run(&["call-backs", "--json"]).json()[0]["caller"].clone();
    assert_eq!(first(), "+15550143");
    callers(&shop, &["vip", "+15550142"]);
    assert_eq!(first(), "+15550142");
}
