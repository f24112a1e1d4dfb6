//! People at the desk, who do anything to any entry at any moment.

use jiff::SignedDuration;
use ringback::call::PersonName;
use ringback::call_back::{AttemptOutcome, CallBackId, CloseOutcome};
use ringback::follow_up::{Came, FollowUp, Refusal, lapse_offers};
use ringback::store::{StoreError, Tx};

use super::dice::Dice;
use super::ledger::{Broken, broken};
use super::line::Cut;
use super::look::EntryLook;
use super::town::PEOPLE;
use super::world::World;

pub fn person(nth: usize) -> PersonName {
    PersonName::parse(PEOPLE[nth].0).unwrap()
}

impl World<'_> {
    /// One deed of one person; refused ones change nothing.
    pub fn desk(&mut self, stream: u64) -> Result<(), Broken> {
        let mut dice = Dice::of(self.plan.seed, stream);
        let (now, live) = (self.now(), self.line.live.clone());
        let Some((last, _)) = self.ledger.entries.last_key_value() else { return Ok(()) };
        let id = CallBackId(dice.between(1, last.0));
        let by = person(dice.below(3) as usize);
        let to = person(dice.below(3) as usize);
        let deed = *dice.pick(&[
            "take", "take", "release", "note", "offer", "offer", "accept", "decline", "tried", "snooze",
            "agree", "close", "close", "close", "spam", "reopen", "undo", "undo", "lapse", "see",
        ]);
        let (at, name) = (self.at, by.clone());
        self.trace.say(at, &name, || format!("{deed} {id} ({to})"));
        if live.settings.business.person(&by).is_none() {
            return Ok(());
        }
        let until = now + SignedDuration::from_mins(dice.between(5, 600));
        let attempt = *dice.pick(AttemptOutcome::ALL);
        let who = to.clone();
        let mut cut = self.cut(stream).map(|cut| Cut { left: 0, ..cut });
        let step = self.line.step(&mut cut, move |tx| {
            let desk = FollowUp { business: &live.settings.business, by: &by, now };
            let done = match deed {
                "take" => desk.take(tx, id),
                "release" => desk.release(tx, id),
                "note" => desk.note(tx, id, "rang at noon"),
                "offer" => desk.offer(tx, id, &who),
                "accept" => desk.accept(tx, id),
                "decline" => desk.decline(tx, id),
                "tried" => desk.tried(tx, id, attempt),
                "snooze" => desk.snooze(tx, id, (until, false)),
                "agree" => desk.snooze(tx, id, (until, true)),
                "close" => desk.close(tx, id, (CloseOutcome::Reached, Some("all is well"))),
                "spam" => desk.close(tx, id, (CloseOutcome::Spam, Some("a robot"))),
                "reopen" => desk.reopen(tx, id, None),
                "undo" => desk.undo(tx, None),
                "see" => return tx.call_back_seen(id).map(|()| (Some(id), false)),
                _ => return lapse_offers(tx, now).map(|_| (None, false)),
            };
            match done {
                Ok(done) => Ok((Some(done.entry.id), done.came != Came::TakenAlready)),
                Err(Refusal::Store(error)) => Err(error),
                // Whatever a refused deed began is undone with its transaction.
                Err(_) => Err(StoreError::GivenUp),
            }
        });
        if step.is_over {
            self.trace.say(at, "process", || "ends with it".to_owned());
            self.line.restart(self.clocks());
        }
        let Some((touched, is_a_deed)) = step.done else { return Ok(()) };
        let known = touched.map_or(0, |id| self.ledger.events_of(id));
        for look in self.looks_at(touched) {
            if is_a_deed && look.events.len() <= known {
                let id = look.stored.entry.id;
                return broken(
                    "P7",
                    format!("{name} did something to entry {id}, and its history is silent"),
                );
            }
            self.ledger.entry_looked_at(&look)?;
        }
        self.take_note_of_the_adopted()
    }

    /// The entry, or all that wait.
    fn looks_at(&mut self, touched: Option<CallBackId>) -> Vec<EntryLook> {
        let read = move |tx: &mut Tx<'_>| {
            let entries = match touched {
                Some(id) => tx.call_back(id)?.into_iter().collect(),
                None => tx.call_backs(false)?,
            };
            entries.into_iter().map(|entry| EntryLook::of(tx, entry)).collect::<Result<Vec<_>, _>>()
        };
        self.line.clerk.write(read).unwrap()
    }
}
