//! People at the desk, who do anything to any entry at any moment.

use jiff::SignedDuration;
use ringback::call::PersonName;
use ringback::call_back::{AttemptOutcome, CallBackId, CloseOutcome};
use ringback::follow_up::{FollowUp, Refusal, lapse_offers};
use ringback::store::StoreError;

use super::dice::Dice;
use super::ledger::{Broken, Cause, broken};
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
        let until = now + SignedDuration::from_mins(dice.between(5, 600));
        let attempt = *dice.pick(AttemptOutcome::ALL);
        let who = to.clone();
        let done = self.line.clerk.write(move |tx| {
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
                "see" => return tx.call_back_seen(id).map(|()| Some(id)),
                _ => return lapse_offers(tx, now).map(|_| None),
            };
            match done {
                Ok(done) => Ok(Some(done.entry.id)),
                Err(Refusal::Store(error)) => Err(error),
                // Whatever a refused deed began is undone with its transaction.
                Err(_) => Err(StoreError::GivenUp),
            }
        });
        let touched = match done {
            Ok(touched) => touched,
            Err(_) => return Ok(()),
        };
        self.desk_changed(touched)
    }

    /// Deeds are checked by their histories: whoever has an entry now has it by a deed.
    fn desk_changed(&mut self, touched: Option<CallBackId>) -> Result<(), Broken> {
        let read = move |tx: &mut ringback::store::Tx<'_>| {
            let entries = match touched {
                Some(id) => tx.call_back(id)?.into_iter().collect(),
                None => tx.call_backs(false)?,
            };
            let with_history = entries.into_iter().map(|entry| {
                let events = tx.call_back_events(entry.entry.id)?.len();
                Ok((entry, events))
            });
            with_history.collect::<Result<Vec<_>, StoreError>>()
        };
        for (entry, events) in self.line.clerk.write(read).unwrap() {
            let before = self.ledger.entries.get(&entry.entry.id);
            let changed_hands = before.is_some_and(|before| before.entry.owner != entry.entry.owner);
            if changed_hands && events == 0 {
                return broken("P7", format!("entry {} changed hands without a word", entry.entry.id));
            }
            self.ledger.entry_changed(&entry, (Cause::Desk, None))?;
        }
        Ok(())
    }
}
