//! What the file knows of callers: their lists, names, and calls of a moment ago.

use std::path::Path;

use jiff::Timestamp;
use ringback::call::{Accept, Acquaintance, CallId, Caller, PersonName, PhoneNumber, Provider, ProviderCall};
use ringback::language::Language;
use ringback::store::{
    CallFilter, CallerFilter, CallerLine, Contact, ContactNews, Desk, NewCall, Reader, StoreError, Tx,
};
use rusqlite::Connection;
use tempfile::TempDir;

const MIA: &str = "+15550142";

fn desk() -> (TempDir, Desk) {
    let folder = TempDir::new().unwrap();
    let desk = Desk::open(&folder.path().join("ringback.db")).unwrap();
    (folder, desk)
}

fn number(text: &str) -> PhoneNumber {
    PhoneNumber::parse(text).unwrap()
}

fn ana() -> PersonName {
    PersonName::parse("ana").unwrap()
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + seconds).unwrap()
}

fn done<T>(desk: &mut Desk, write: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError>) -> T {
    desk.write(write).unwrap()
}

fn about(desk: &mut Desk, caller: &str) -> Acquaintance {
    done(desk, |tx| tx.acquaintance(&Caller::read(caller)))
}

fn who(lines: &[CallerLine]) -> Vec<&str> {
    lines.iter().map(|line| line.caller.identity().unwrap()).collect()
}

#[test]
fn of_a_stranger_and_of_a_withheld_number_nothing_is_known() {
    let (_folder, mut desk) = desk();
    done(&mut desk, |tx| tx.block(&number("+15550143"), &ana(), at(0)));
    for caller in [MIA, "anonymous", "client:web"] {
        assert_eq!(about(&mut desk, caller), Acquaintance::default(), "{caller}");
    }
}

#[test]
fn everything_that_was_said_of_a_number_is_known_in_one_look() {
    let (_folder, mut desk) = desk();
    let mia = Caller::read(MIA);
    done(&mut desk, |tx| {
        tx.set_name(&number(MIA), Some("Mia Reed"), None)?;
        assert!(tx.set_vip(&number(MIA), true)?);
        assert!(!tx.set_vip(&number(MIA), true)?, "was a VIP");
        tx.set_language(&mia, Some(Language::Spanish), None)?;
        tx.remember_human(&mia, at(5))?;
        tx.remember_human(&mia, at(9))?;
        tx.remember_answered(&mia, &Accept { by: ana(), at: at(7) })
    });
    let known = Acquaintance {
        name: Some("Mia Reed".to_owned()),
        vip: true,
        language: Some(Language::Spanish),
        human: true,
        answered_before: true,
        last_spoke_with: Some(ana()),
        ..Acquaintance::default()
    };
    assert!(known.is_known());
    assert_eq!(about(&mut desk, MIA), known);
    let line = done(&mut desk, |tx| tx.caller_line(&mia)).unwrap();
    assert_eq!((line.human_at, line.name_from, line.blocked), (Some(at(5)), None, None));
    done(&mut desk, |tx| {
        assert!(tx.set_vip(&number(MIA), false)?);
        assert!(!tx.set_vip(&number(MIA), false)?);
        assert!(!tx.set_vip(&number("+15550149"), false)?);
        tx.set_name(&number(MIA), None, None)?;
        tx.set_language(&mia, None, None)
    });
    let left = Acquaintance { name: None, vip: false, language: None, ..known };
    assert_eq!(about(&mut desk, MIA), left);
    assert!(done(&mut desk, |tx| tx.caller_line(&Caller::read("+15550149"))).is_none(), "no row for nothing");
}

#[test]
fn allowed_beats_blocked_in_whatever_order() {
    let (_folder, mut desk) = desk();
    let (first, second) = (number(MIA), number("+15550143"));
    done(&mut desk, |tx| {
        tx.block(&first, &ana(), at(0))?;
        tx.allow(&first, &ana(), at(1))?;
        tx.allow(&second, &ana(), at(0))?;
        tx.block(&second, &ana(), at(1))
    });
    for caller in [MIA, "+15550143"] {
        let about = about(&mut desk, caller);
        assert!(about.allowed && !about.blocked, "{about:?}");
    }
    assert!(done(&mut desk, |tx| tx.disallow(&first)));
    assert!(!done(&mut desk, |tx| tx.disallow(&first)));
    assert!(about(&mut desk, MIA).blocked, "the block was only overruled");
}

#[test]
fn lists_are_in_their_order() {
    let (_folder, mut desk) = desk();
    done(&mut desk, |tx| {
        for (text, name) in [("+15550145", "zoe"), ("+15550143", "Ben"), ("+15550144", "Ana")] {
            tx.set_name(&number(text), Some(name), None)?;
        }
        tx.set_vip(&number("+15550145"), true)?;
        tx.block(&number("+15550147"), &ana(), at(0))?;
        tx.block(&number("+15550146"), &ana(), at(9))?;
        tx.block(&number("+15550149"), &ana(), at(9))?;
        tx.unblock(&number("+15550149"))
    });
    let mut list = |filter| done(&mut desk, |tx| tx.callers(filter));
    let all = ["+15550145", "+15550144", "+15550143", "+15550146", "+15550147"];
    assert_eq!(who(&list(CallerFilter::All)), all);
    assert_eq!(who(&list(CallerFilter::Blocked)), ["+15550146", "+15550147"]);
    assert_eq!(who(&list(CallerFilter::Vip)), ["+15550145"]);
    assert!(list(CallerFilter::Allowed).is_empty());
}

#[test]
fn an_import_adds_and_takes_nothing_away() {
    let (_folder, mut desk) = desk();
    let mia = number(MIA);
    let says = |name: &str, language, vip| Contact {
        number: number(MIA),
        name: Some(name.to_owned()),
        language,
        vip,
        tags: vec!["boiler".to_owned()],
        own: None,
    };
    let mut import = |contact: &Contact, file: &str| {
        done(&mut desk, |tx| {
            let news = tx.contact_news(contact)?;
            tx.import_contact(&contact.number, &news, file)?;
            Ok((news, tx.caller_line(&Caller::Number(contact.number.clone()))?))
        })
    };
    let (news, line) = import(&says("Mia", Some(Language::Spanish), true), "old.csv");
    assert!(news.is_new && news.changes_something());
    assert_eq!(line.unwrap().name_from.as_deref(), Some("old.csv"));

    let (news, _) = import(&says("Mia", Some(Language::Spanish), true), "old.csv");
    assert_eq!(news, ContactNews::default(), "the same again changes nothing");

    let (news, line) = import(&says("Mia Reed", None, false), "new.csv");
    assert_eq!((news.old_name.as_deref(), news.name.as_deref()), (Some("Mia"), Some("Mia Reed")));
    let line = line.unwrap();
    assert!(line.vip && line.language == Some(Language::Spanish), "{line:?}");

    assert_eq!(line.tags, ["boiler"]);

    done(&mut desk, |tx| {
        for index in 0..19 {
            tx.tag(&mia, &format!("t{index}"))?;
        }
        let more = Contact { tags: vec!["one".into(), "too-many".into()], ..says("Mia", None, false) };
        let full =
            CallerLine { tags: vec!["t".into(); 19], ..CallerLine::stranger(Caller::Number(mia.clone())) };
        assert_eq!(ContactNews::of(&more, Some(&full)).tags, ["one"], "twenty and no more");
        tx.block(&mia, &ana(), at(0))?;
        tx.set_name(&mia, Some("Aunt Mia"), None)?;
        tx.set_language(&Caller::Number(mia.clone()), Some(Language::German), None)
    });
    let before = done(&mut desk, |tx| tx.caller_line(&Caller::Number(mia.clone())));
    let news = done(&mut desk, |tx| {
        let contact = says("Mia Reed", Some(Language::French), true);
        let news = tx.contact_news(&contact)?;
        tx.import_contact(&contact.number, &news, "new.csv")?;
        Ok(news)
    });
    assert_eq!(news.kept_name.as_deref(), Some("Aunt Mia"));
    assert!(!news.changes_something());
    let after = done(&mut desk, |tx| tx.caller_line(&Caller::Number(mia.clone())));
    assert_eq!(after, before, "blocked, and named by hand");
}

fn call(tx: &mut Tx<'_>, id: &str, caller: &str, at: Timestamp) -> Result<CallId, StoreError> {
    let of = ProviderCall { provider: Provider::Twilio, account: "AC1".into(), id: id.into() };
    let (caller, line) = (Caller::read(caller), PhoneNumber::parse("+15550100").ok());
    let new = NewCall { of, caller, caller_name: None, line, forwarded_from: None, attested: true, at };
    let mut call = tx.open_call(new)?;
    call.first_fetch_at = Some(at);
    let id = call.id;
    tx.save_call(call)?;
    Ok(id)
}

#[test]
fn a_second_call_is_one_of_the_same_number_within_the_time() {
    let (_folder, mut desk) = desk();
    let (first, second) = done(&mut desk, |tx| {
        let first = call(tx, "CA1", MIA, at(0))?;
        call(tx, "CA2", "anonymous", at(10))?;
        call(tx, "CA3", "+15550143", at(20))?;
        Ok((first, call(tx, "CA4", MIA, at(180))?))
    });
    let mut called = |caller: &str, since, except| {
        done(&mut desk, |tx| tx.called_since(&Caller::read(caller), since, except))
    };
    assert!(called(MIA, at(0), second), "to the second");
    assert!(!called(MIA, at(1), second));
    assert!(called(MIA, at(1), first));
    assert!(!called("anonymous", at(0), second), "nobody knows whether it is the same");
    assert!(!called("+15550149", at(0), second));
}

#[test]
fn a_call_that_was_told_of_afterwards_hides_none_before_it() {
    let (_folder, mut desk) = desk();
    let last = done(&mut desk, |tx| {
        call(tx, "CA1", MIA, at(0))?;
        let late = call(tx, "CA2", "+15550143", at(-86_400))?;
        let mut late = tx.take_call(late)?.unwrap();
        late.first_fetch_at = None;
        tx.save_call(late)?;
        call(tx, "CA3", MIA, at(60))
    });
    assert!(done(&mut desk, |tx| tx.called_since(&Caller::read(MIA), at(-120), last)));
}

#[test]
fn whether_a_number_is_attested_stays_with_the_call() {
    let (folder, mut desk) = desk();
    let id = done(&mut desk, |tx| call(tx, "CA1", MIA, at(0)));
    drop(desk);
    let mut again = Desk::open(&folder.path().join("ringback.db")).unwrap();
    assert!(done(&mut again, |tx| tx.take_call(id)).unwrap().attested);
    assert!(done(&mut again, |tx| tx.call_line(id)).unwrap().attested);
}

/// A file as the first two versions of the program made it, with somebody blocked and a call.
fn file_of_before(path: &Path) {
    let file = Connection::open(path).unwrap();
    let steps = [include_str!("../../src/store/schema/1.sql"), include_str!("../../src/store/schema/2.sql")];
    for step in steps {
        file.execute_batch(step).unwrap();
    }
    file.execute_batch(
        "pragma application_id = 0x72696e67; pragma user_version = 2; pragma journal_mode = wal;
        insert into callers (caller, blocked_at, blocked_by) values ('+15550142', 0, 'ana');
        insert into accounts (id, provider, name) values (1, 'twilio', 'AC1');
        insert into calls (account, call_id, caller, at, outcome, trouble)
            values (1, 'CA1', '+15550142', 0, 'blocked', 0);",
    )
    .unwrap();
}

#[test]
fn what_an_older_program_wrote_is_read_before_anything_else_opened_it() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("ringback.db");
    file_of_before(&path);
    let mut reader = Reader::open(&path).unwrap().unwrap();
    let (calls, blocked) = reader
        .read(|tx| Ok((tx.calls(&CallFilter::default())?, tx.callers(CallerFilter::Blocked)?)))
        .unwrap();
    assert_eq!(who(&blocked), [MIA]);
    assert_eq!((calls.len(), calls[0].vip, calls[0].attested), (1, false, false));
    assert_eq!((&calls[0].name, &blocked[0].name), (&None, &None));
}

#[test]
fn tags_are_in_the_order_of_the_alphabet_each_once_and_make_a_number_known() {
    let (_folder, mut desk) = desk();
    let tags = |desk: &mut Desk| {
        let lines = done(desk, |tx| tx.callers(CallerFilter::All));
        lines.into_iter().map(|line| line.tags).collect::<Vec<_>>()
    };
    assert!(!done(&mut desk, |tx| tx.untag(&number(MIA), "boiler")), "nothing is known of her yet");
    assert!(done(&mut desk, |tx| tx.tag(&number(MIA), "plumber's friend")));
    assert!(done(&mut desk, |tx| tx.tag(&number(MIA), "boiler")));
    assert!(!done(&mut desk, |tx| tx.tag(&number(MIA), "boiler")), "she has it");
    assert_eq!(tags(&mut desk), [["boiler", "plumber's friend"]]);
    assert!(done(&mut desk, |tx| tx.untag(&number(MIA), "boiler")));
    assert!(!done(&mut desk, |tx| tx.untag(&number(MIA), "boiler")));
    assert!(done(&mut desk, |tx| tx.untag(&number(MIA), "plumber's friend")));
    assert!(tags(&mut desk).is_empty(), "nothing is known of her any more");
}

#[test]
fn notes_about_a_caller_are_kept_oldest_first_and_make_a_number_known() {
    let (_folder, mut desk) = desk();
    let ben = PersonName::parse("ben").unwrap();
    done(&mut desk, |tx| {
        tx.add_caller_note(&number(MIA), &ben, at(9), "has two boilers")?;
        tx.add_caller_note(&number(MIA), &ana(), at(5), "the dog is friendly")?;
        tx.add_caller_note(&number("+15550143"), &ana(), at(7), "somebody else")
    });
    let notes = done(&mut desk, |tx| tx.caller_notes(&Caller::read(MIA)));
    let told: Vec<_> = notes.iter().map(|note| (note.at, note.by.as_str(), note.text.as_str())).collect();
    assert_eq!(told, [(at(5), "ana", "the dog is friendly"), (at(9), "ben", "has two boilers")]);
    assert!(done(&mut desk, |tx| tx.caller_notes(&Caller::Withheld)).is_empty());
    assert_eq!(who(&done(&mut desk, |tx| tx.callers(CallerFilter::All))), [MIA, "+15550143"]);
}
