//! Which calls are listed: by time, reason, caller, person and line.

use ringback::call::{Accept, MissedReason, Outcome, PersonName, PhoneNumber};
use ringback::clock;

use super::{Shop, assert_tame, call, minutes, wait};

/// A call of Pat's that Ben took, three missed ones, one of them three days old.
fn shop() -> Shop {
    let shop = Shop::new();
    let now = clock::now();
    shop.write(|tx| {
        let ben = Accept { by: PersonName::parse("ben").unwrap(), at: now - minutes(3 * 1_440) };
        let old = now - minutes(3 * 1_440);
        call(tx, ("CA1", old), ("+15550142", Some("PAT DOE")), Outcome::Answered(ben))?;
        call(tx, ("CA2", old), ("+15550143", None), Outcome::Missed(MissedReason::RangOut))?;
        let left = Outcome::Missed(MissedReason::VoicemailLeft);
        let third = call(tx, ("CA3", now - minutes(2)), ("anonymous", None), left)?;
        wait(tx, third, ("anonymous", now + minutes(50)))?;
        let quick = Outcome::Missed(MissedReason::HungUpEarly);
        call(tx, ("CA4", now - minutes(1)), ("+15550142", Some("PAT DOE")), quick)?;
        let number = ringback::call::PhoneNumber::parse("+15550143").unwrap();
        tx.set_name(&number, Some("Noor Vale"), None)
    });
    shop
}

#[test]
fn calls_are_found_by_everything_that_people_remember() {
    let shop = shop();
    let cases: [(&[&str], &[i64]); 16] = [
        (&["calls"], &[4, 3, 2, 1]),
        (&["calls", "--since", "2d"], &[4, 3]),
        (&["calls", "--until", "2 days ago"], &[2, 1]),
        (&["calls", "--since", "4d", "--until", "1d"], &[2, 1]),
        (&["calls", "--reason", "rang_out"], &[2]),
        (&["missed", "--reason", "rang-out"], &[2]),
        (&["missed", "--reason", "left a message"], &[3]),
        (&["calls", "--from", "+15550142"], &[4, 1]),
        (&["calls", "--from", "+1 (555) 0142"], &[4, 1]),
        (&["missed", "--from", "0142"], &[4]),
        (&["calls", "--from", "pat"], &[4, 1]),
        (&["calls", "--from", "noor v"], &[2]),
        (&["calls", "--from", "withheld"], &[3]),
        (&["calls", "--person", "ben"], &[1]),
        (&["calls", "--person", "Ana"], &[3]),
        (&["calls", "--line", "0100", "--limit", "1"], &[4]),
    ];
    for (arguments, ids) in cases {
        let json = shop.run(&[arguments, &["--json"]].concat()).json();
        let found: Vec<i64> =
            json.as_array().unwrap().iter().map(|call| call["id"].as_i64().unwrap()).collect();
        assert_eq!(found, ids, "{arguments:?}");
        let run = shop.run(arguments);
        assert_eq!(run.said.lines().count(), 1 + ids.len(), "{arguments:?}");
        assert_tame(&run);
    }
}

#[test]
fn what_matches_nothing_is_said_as_it_was_meant() {
    let shop = shop();
    let cases: [(&[&str], &str); 5] = [
        (&["missed", "--today", "--reason", "closed"], "No missed calls: today, closed.\n"),
        (&["missed", "--person", "ben"], "No missed calls: of Ben.\n"),
        (&["calls", "--from", "0199"], "No calls: from …0199.\n"),
        (&["calls", "--from", "100%\u{1b}[2J"], "No calls: from `100%[2J`.\n"),
        (&["calls", "--from", "_at"], "No calls: from `_at`.\n"),
    ];
    for (arguments, said) in cases {
        let run = shop.run(arguments);
        assert_eq!((run.code, run.said.as_str()), (0, said), "{arguments:?} {}", run.talked);
    }
}

#[test]
fn what_cannot_be_meant_is_refused_with_what_can() {
    let shop = shop();
    let cases: [(&[&str], i32, &str); 7] = [
        (&["calls", "--since", "tomorrow"], 2, "`tomorrow` is no time that is over"),
        (&["calls", "--since", "lunch"], 2, "hint: a time is `yesterday`"),
        (&["calls", "--today", "--since", "2h"], 2, "cannot be used with"),
        (&["calls", "--reason", "boredom"], 2, "the reasons are system_error, voicemail_left"),
        (&["calls", "--from", "12"], 2, "`12` is neither a number nor a name"),
        (&["calls", "--person", "bem"], 1, "did you mean `ben`?"),
        (&["calls", "--line", "+15550199"], 1, "is no line of yours"),
    ];
    for (arguments, code, told) in cases {
        let run = shop.run(arguments);
        assert_eq!(run.code, code, "{arguments:?}");
        assert!(run.talked.replace("\n  ", " ").contains(told), "{arguments:?}: {}", run.talked);
    }
}

#[test]
fn who_withheld_the_number_and_typed_it_is_shown_and_found_by_it() {
    let shop = shop();
    let now = clock::now();
    shop.write(|tx| {
        let asked = Outcome::Missed(MissedReason::AskedCallBack);
        let typed = call(tx, ("CA5", now), ("anonymous", None), asked)?;
        wait(tx, typed, ("anonymous", now + minutes(50)))?;
        let id = tx.call_line(typed)?.unwrap().call_back.unwrap();
        let mut stored = tx.call_back(id)?.unwrap();
        stored.entry.typed_number = PhoneNumber::parse("+15550144").ok();
        tx.save_call_back(&stored)
    });
    for (verb, from) in [("calls", "+15550144"), ("missed", "0144"), ("calls", "withheld")] {
        let json = shop.run(&[verb, "--from", from, "--json"]).json();
        assert_eq!((&json[0]["id"], &json[0]["typed_number"]), (&5.into(), &"+15550144".into()), "{from}");
        let said = shop.run(&[verb, "--from", from]).said;
        assert!(said.contains("+1 555-0144 (typed)"), "{from}: {said}");
    }
    let json = shop.run(&["calls", "--from", "+15550142", "--json"]).json();
    assert_eq!(json.as_array().unwrap().len(), 2, "nobody else's are found");
}
