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
    let wrong = callers(&shop, &["block", "12"]);
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
        "Mia Reed, +1 555-0142",
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

#[test]
fn a_name_does_as_well_as_a_number_when_it_is_whole_and_one_caller_s() {
    let shop = Shop::new();
    for (number, name) in [
        ("+15550142", "Mia Reed"),
        ("+15550143", "Lou Park"),
        ("+15550144", "Lou Park"),
        ("+15550145", "Mia Park"),
    ] {
        callers(&shop, &["name", number, name]);
    }
    let blocked = callers(&shop, &["block", "mia", "REED"]);
    assert_eq!((blocked.code, blocked.said.as_str()), (0, "+1 555-0142 Mia Reed is blocked.\n"));
    assert_eq!(callers(&shop, &["tag", " mia  reed ", "boiler"]).said, "+1 555-0142 Mia Reed: boiler.\n");
    assert_eq!(callers(&shop, &["language", "Mia Reed", "es"]).code, 0);
    assert_eq!(callers(&shop, &["name", "Mia Reed", "Mia", "Stone"]).code, 0);
    assert_eq!(callers(&shop, &["show", "Mia", "Stone"]).code, 0);
    let refused: [(&[&str], &str); 4] = [
        (
            &["vip", "lou", "park"],
            "error: 2 numbers are called `lou park`: +1 555-0143, +1 555-0144 hint: say which number you mean",
        ),
        (
            &["vip", "Mia"],
            "error: nobody who is called `Mia` is known hint: did you mean `Mia Park` or `Mia Stone`?",
        ),
        (
            &["vip", "Mia Stine"],
            "error: nobody who is called `Mia Stine` is known hint: did you mean `Mia Stone`?",
        ),
        (
            &["vip", "Zoë"],
            "error: nobody who is called `Zoë` is known hint: write the number with its country, like `+15550142`",
        ),
    ];
    for (arguments, talked) in refused {
        let run = callers(&shop, arguments);
        assert_eq!((run.code, flat(&run.talked).as_str()), (1, talked), "{arguments:?}");
    }
    assert_eq!(callers(&shop, &["list", "--vip"]).said, "Nobody is a VIP.\n");
}

#[test]
fn tags_sort_callers() {
    let shop = Shop::new();
    let steps: [(&[&str], i32, &str); 9] = [
        (&["tag", "+15550142", "Boiler", "landlord"], 0, "+1 555-0142: boiler, landlord."),
        (&["tag", "+15550142", "boiler", "good payer"], 0, "+1 555-0142: boiler, good payer, landlord."),
        (&["tag", "+15550143", "boiler"], 0, "+1 555-0143: boiler."),
        (&["untag", "+15550142", "LANDLORD"], 0, "+1 555-0142: boiler, good payer."),
        (&["untag", "+15550142", "landlord"], 1, ""),
        (&["untag", "+15550143", "boiler"], 0, "+1 555-0143: no tags any more."),
        (&["tag", "+15550143", "a,b"], 2, ""),
        (&["tag", "+15550143", "vip"], 2, ""),
        (&["tag", "+15550143"], 2, ""),
    ];
    for (arguments, code, said) in steps {
        let run = callers(&shop, arguments);
        assert_eq!((run.code, run.said.trim_end()), (code, said), "{arguments:?} {}", run.talked);
    }
    let list = callers(&shop, &["list"]);
    assert_eq!(list.said, "number       tags\n+1 555-0142  boiler, good payer\n");
    assert_eq!(callers(&shop, &["list", "--tag", "Boiler", "--tag", "good payer"]).said, list.said);
    assert_eq!(
        callers(&shop, &["list", "--tag", "boiler", "--tag", "landlord"]).said,
        "Nobody has that tag.\n"
    );
    let json = callers(&shop, &["list", "--tag", "boiler", "--json"]).json();
    assert_eq!(json[0]["tags"], serde_json::json!(["boiler", "good payer"]));
    let many: Vec<String> = (1..=19).map(|index| format!("t{index}")).collect();
    let many: Vec<&str> = ["tag", "+15550142"].into_iter().chain(many.iter().map(String::as_str)).collect();
    let run = callers(&shop, &many);
    assert_eq!(
        (run.code, flat(&run.talked).as_str()),
        (1, "error: a caller has at most 20 tags hint: ringback callers untag NUMBER TAG")
    );
    assert_eq!(callers(&shop, &["list"]).said, list.said, "all or none");
}

#[test]
fn notes_about_a_caller_stand_on_their_screen() {
    let shop = Shop::with_calls();
    let steps: [&[&str]; 2] = [
        &["note", "+15550142", "the", "key is with\u{1b}[2J the neighbour"],
        &["note", "+15550142", "two boilers", "--as", "ben"],
    ];
    for arguments in steps {
        assert_eq!(callers(&shop, arguments).said, "+1 555-0142: noted.\n");
    }
    for text in ["", " ", &"x".repeat(2_001)] {
        assert_eq!(callers(&shop, &["note", "+15550142", text]).code, 2);
    }
    let said = flat(&callers(&shop, &["show", "+15550142"]).said);
    assert!(
        said.contains("Notes just now, Ana: the key is with[2J the neighbour just now, Ben: two boilers"),
        "{said}"
    );
    let json = shop.run(&["callers", "show", "+15550142", "--json"]).json();
    assert_eq!((&json["notes"][1]["by"], &json["notes"][1]["text"]), (&"ben".into(), &"two boilers".into()));
    assert_eq!(json["entries"][0]["id"], 1);
    assert_eq!(json["entries"][0]["notes"], serde_json::json!([]), "a note about her is on no entry");
}

#[test]
fn show_finds_every_earlier_call_and_entry() {
    let shop = Shop::new();
    let now = ringback::clock::now();
    shop.write(|tx| {
        let missed = ringback::call::Outcome::Missed(ringback::call::MissedReason::RangOut);
        let at = |index: i64| now - super::minutes(10_000 - index);
        let first = super::call(tx, ("CA0", at(0)), ("+15550142", None), missed.clone())?;
        super::wait(tx, first, ("+15550142", at(60)))?;
        for index in 1..=12 {
            let id = format!("CA{index}");
            super::call(tx, (&id, at(index)), ("+15550142", None), missed.clone())?;
            super::call(tx, (&format!("other {id}"), at(index)), ("+15550143", None), missed.clone())?;
        }
        Ok(())
    });
    // As many calls later as nobody would look through by hand.
    let database = rusqlite::Connection::open(shop.home().database()).unwrap();
    let sql = "insert into calls (id, account, call_id, caller, at, outcome, trouble)
        select 100000, account, 'CA-late', '+15550144', at, outcome, 0 from calls where call_id = 'CA0'";
    database.execute(sql, []).unwrap();
    let closed = shop.run(&["call-backs", "done", "1", "--as", "ben", "--outcome", "reached"]);
    assert_eq!(closed.code, 0, "{}", closed.talked);
    let run = callers(&shop, &["show", "+15550142"]);
    assert!(flat(&run.said).contains("repairs Ana 1 reached just now, Ben"), "{}", run.said);
    assert_eq!(run.said.matches("rang out").count(), 10);
    assert!(run.talked.starts_with("3 older calls, the first of them "), "{}", run.talked);
    let all = callers(&shop, &["show", "+15550142", "--all"]);
    assert_eq!((all.said.matches("rang out").count(), all.talked.as_str()), (13, ""));
    let json = shop.run(&["callers", "show", "+15550142", "--json"]).json();
    assert_eq!(json["calls"].as_array().unwrap().len(), 13);
    assert_eq!(json["calls"][12]["call_id"], "CA0");
    assert_eq!(
        (&json["entries"][0]["outcome"], &json["call_backs"]),
        (&"reached".into(), &serde_json::json!([]))
    );
}
