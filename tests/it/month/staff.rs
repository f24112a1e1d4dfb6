//! What the people of the business do: they look at the list at their own pace, ring back or do not, and forget.

use jiff::{SignedDuration, Timestamp};
use ringback::business::Away;
use ringback::call::{PersonName, PhoneNumber};
use ringback::call_back::{AttemptOutcome, CallBackId, CloseOutcome, Standing};
use ringback::follow_up::{Came, Done, FollowUp, Refusal};
use ringback::store::{Contact, Desk, StoreError, StoredCallBack, Tx};

use crate::support::line::TestLine;

use super::books::Deed;
use super::callers;
use super::plan::PEOPLE;
use super::town::Town;

/// Half of the regulars stand in the owner's address book, the first of them as VIPs.
pub(super) fn import_the_address_book(line: &TestLine) {
    line.write(|tx| {
        for nth in 0..callers::REGULARS / 2 {
            let number = PhoneNumber::parse(&callers::regular(nth)).unwrap();
            let name = Some(format!("Regular {nth}"));
            let contact = Contact {
                number: number.clone(),
                name,
                language: None,
                vip: nth < callers::VIPS,
                tags: Vec::new(),
                own: None,
            };
            let news = tx.contact_news(&contact)?;
            tx.import_contact(&number, &news, "contacts.vcf")?;
        }
        Ok::<_, StoreError>(())
    });
}

/// A person, or all of the business, is not there for a while.
pub(super) fn steps_away(line: &TestLine, who: Option<&str>, until: Timestamp) {
    let (away, now) = (Away { until, reason: None }, line.now());
    let ana = name("ana");
    line.write(|tx| match who {
        Some(person) => tx.person_steps_away(&name(person), &away, &ana, now),
        None => tx.step_away(&away, &ana, now),
    });
}

/// What somebody is about to do to an entry.
#[derive(Clone, Debug)]
enum Move {
    Take,
    Release,
    Offer(&'static str),
    Accept,
    Decline,
    Tried(AttemptOutcome),
    Snooze(Timestamp),
    Agree(Timestamp),
    Note,
    Close(CloseOutcome, Option<&'static str>),
    Block,
    Reopen,
    Undo,
}

/// Somebody looks at the list: answers what they are asked, and deals with a few of the callers at its top.
pub(super) fn works(town: &mut Town, person: &'static str) {
    if town.chance.is(20) {
        return;
    }
    let mut list = town.line.read(|tx| tx.call_backs(false).unwrap());
    list.sort_by_key(|stored| (stored.entry.due_at, stored.entry.id));
    let now = town.now();
    let asked = |stored: &&StoredCallBack| {
        stored.entry.offer_at(now).is_some_and(|offer| offer.to.as_str() == person)
    };
    for stored in list.iter().filter(asked) {
        let answer = town.chance.weighed(&[(5, Some(&Move::Accept)), (3, Some(&Move::Decline)), (2, None)]);
        if let Some(answer) = answer {
            act(town, person, (stored, answer.clone()));
        }
    }
    let machines = list.iter().filter(|stored| is_machine(stored)).take(25);
    let people = list.iter().filter(|stored| !is_machine(stored));
    // Whoever waits further down is overlooked for now.
    let skipped = usize::try_from(town.chance.below(3)).unwrap();
    let few = usize::try_from(town.chance.within(1, 4)).unwrap();
    for stored in people.skip(skipped).take(few) {
        deals_with(town, person, stored);
    }
    for stored in machines {
        if act(town, person, (stored, Move::Close(CloseOutcome::Spam, Some("a machine"))))
            && town.chance.is(50)
        {
            act(town, person, (stored, Move::Block));
        }
    }
    if town.chance.is(5) {
        let all = town.line.read(|tx| tx.call_backs(true).unwrap());
        if let Some(closed) = all.iter().max_by_key(|stored| stored.entry.closed_at()) {
            act(town, person, (closed, Move::Reopen));
        }
    }
}

fn deals_with(town: &mut Town, person: &'static str, stored: &StoredCallBack) {
    let taken = match &stored.entry.standing {
        Standing::Taken { by, .. } => by.as_str() == person,
        Standing::Waiting => town.chance.is(70) && act(town, person, (stored, Move::Take)),
        Standing::Closed { .. } => false,
    };
    // Whoever is not on it leaves it to the others, but sometimes does not look.
    if !taken && town.chance.is(70) {
        return;
    }
    let note = town.chance.is(50).then_some("said sorry");
    let hours = SignedDuration::from_mins(town.chance.within(10, 2000) as i64);
    let until = town.now() + hours;
    let other = town.chance.pick(&PEOPLE).0;
    let next = match town.chance.below(100) {
        0..30 => Move::Close(CloseOutcome::Reached, note),
        30..36 => Move::Close(CloseOutcome::NotNeeded, note),
        36..40 => Move::Close(CloseOutcome::WrongNumber, note),
        40..55 => Move::Tried(AttemptOutcome::NoAnswer),
        55..60 => Move::Tried(AttemptOutcome::Busy),
        60..70 => Move::Tried(AttemptOutcome::LeftMessage),
        70..75 => Move::Snooze(until),
        75..80 => Move::Agree(until),
        80..84 => Move::Note,
        84..92 => Move::Offer(other),
        92..95 => Move::Release,
        _ => return,
    };
    if act(town, person, (stored, next)) && town.chance.is(4) {
        act(town, person, (stored, Move::Undo));
    }
}

/// Does it through the library, and writes down what was done if the library said yes.
fn act(town: &mut Town, person: &'static str, (stored, what): (&StoredCallBack, Move)) -> bool {
    let seconds = town.chance.within(5, 25);
    town.line.clock.advance(std::time::Duration::from_secs(seconds));
    let (id, now) = (stored.entry.id, town.now());
    let entry = town.entry_of(stored);
    let live = town.line.switchboard.live();
    let by = name(person);
    let follow_up = FollowUp { business: &live.settings.business, by: &by, now };
    let mut desk = Desk::open(&town.line.home.path().join("ringback.db")).unwrap();
    let said = desk.write(|tx| ask(tx, &follow_up, (id, &what)));
    let word = match &said {
        Ok(_) => "done".to_owned(),
        Err(Refusal::Store(error)) => panic!("{what:?} of {id}: {error}"),
        Err(refusal) => format!("refused: {}", word_of(&format!("{refusal:?}"))),
    };
    *town.counted.moves.entry(format!("{} {word}", word_of(&format!("{what:?}")))).or_default() += 1;
    let ours = town.books.entries[entry].as_ref().unwrap();
    if let Move::Close(_, note) = &what {
        let unexcused = ours.broken(now).is_some() && note.is_none();
        let may = ours.closed().is_none() && !unexcused;
        assert_eq!(
            said.is_ok(),
            may,
            "closing {id} by {person} at {now}: {said:?}, and in the books {ours:#?}"
        );
    }
    let Ok(done) = said else { return false };
    if let Came::Offered { offer, .. } = done.came {
        town.offers.insert(offer.until);
    }
    let who = (person, now);
    match what {
        Move::Tried(outcome) => town.books.does(entry, who, Deed::Tried(outcome.word())),
        Move::Agree(until) => town.books.agrees(entry, who, until),
        Move::Close(outcome, note) => {
            if note.is_some() {
                town.books.does(entry, who, Deed::Note);
            }
            town.books.does(entry, who, Deed::Closed(outcome.word()));
        }
        Move::Note => town.books.does(entry, who, Deed::Note),
        Move::Block => town.books.does(entry, who, Deed::Blocked),
        Move::Reopen => town.books.does(entry, who, Deed::Reopened),
        Move::Undo => town.books.takes_back(entry, person),
        Move::Take | Move::Release | Move::Offer(_) | Move::Accept | Move::Decline | Move::Snooze(_) => {
            town.books.does(entry, who, Deed::Other);
        }
    }
    true
}

fn ask(tx: &mut Tx<'_>, desk: &FollowUp<'_>, (id, what): (CallBackId, &Move)) -> Result<Done, Refusal> {
    match what {
        Move::Take => desk.take(tx, id),
        Move::Release => desk.release(tx, id),
        Move::Offer(to) => desk.offer(tx, id, &name(to)),
        Move::Accept => desk.accept(tx, id),
        Move::Decline => desk.decline(tx, id),
        Move::Tried(outcome) => desk.tried(tx, id, *outcome),
        Move::Snooze(until) => desk.snooze(tx, id, (*until, false)),
        Move::Agree(until) => desk.snooze(tx, id, (*until, true)),
        Move::Note => desk.note(tx, id, "asks for the boiler"),
        Move::Close(outcome, note) => desk.close(tx, id, (*outcome, *note)),
        Move::Block => desk.block(tx, id),
        Move::Reopen => desk.reopen(tx, id, Some("rang again elsewhere")),
        Move::Undo => desk.undo(tx, Some(id)),
    }
}

fn is_machine(stored: &StoredCallBack) -> bool {
    stored.entry.caller.identity().is_some_and(callers::is_machine)
}

/// The first word of what Rust says of a value.
fn word_of(debug: &str) -> &str {
    let inner = debug.strip_prefix("Illegal(").unwrap_or(debug);
    inner.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default()
}

fn name(text: &str) -> PersonName {
    PersonName::parse(text).unwrap()
}
