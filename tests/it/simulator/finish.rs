//! A look at everything: now and then, and at the end, when the last word was said and the sweep has passed.

use std::collections::{BTreeMap, BTreeSet};

use ringback::call::Outcome;
use ringback::store::{CallFilter, Claim, Tx};
use ringback::switchboard::RING_LIMIT;

use super::books::in_words;
use super::dice::Dice;
use super::ledger::{Broken, broken};
use super::look::EntryLook;
use super::plan::{DAY, HOUR};
use super::promises::are_kept_or_late;
use super::replay::{Sent, in_any_order};
use super::world::World;

impl World<'_> {
    /// Nothing changed that nothing touched, and the list is what it must be.
    pub fn everything(&mut self, is_the_end: bool) -> Result<(), Broken> {
        let now = self.now();
        let (entries, calls, in_progress) = self
            .line
            .clerk
            .write(move |tx| {
                Ok((tx.call_backs(true)?, tx.calls(&CallFilter::default())?, tx.calls_in_progress()?))
            })
            .unwrap();
        let ids: BTreeSet<_> = entries.iter().map(|entry| entry.entry.id).collect();
        if let Some(gone) = self.ledger.entries.keys().find(|id| !ids.contains(id)) {
            return broken("P7", format!("entry {gone} vanished"));
        }
        let mut waiting = BTreeSet::new();
        for entry in &entries {
            let known = self.ledger.entries.get(&entry.entry.id);
            if known.is_none_or(|known| known != entry) {
                return broken(
                    "P7",
                    format!("an entry changed, and nothing touched it: {known:?}, then {entry:?}"),
                );
            }
            // There is one line only.
            let who = entry.entry.caller.identity().map(str::to_owned);
            if entry.entry.closed_at().is_none() && who.is_some_and(|who| !waiting.insert(who)) {
                return broken("P7", format!("two open entries for the caller of entry {}", entry.entry.id));
            }
        }
        let mut in_entry = BTreeMap::new();
        for call in &calls {
            if let Some(id) = call.call_back {
                *in_entry.entry(id).or_insert(0_u32) += 1;
            }
        }
        if let Some(entry) =
            entries.iter().find(|entry| in_entry.get(&entry.entry.id).copied().unwrap_or(0) != entry.calls)
        {
            let holds = in_entry.get(&entry.entry.id);
            return broken(
                "P7",
                format!("entry {} counts {} calls and holds {holds:?}", entry.entry.id, entry.calls),
            );
        }
        // Every row is numbered, and none is lost.
        let numbers: BTreeSet<_> = calls.iter().map(|call| call.id.0).collect();
        if numbers.last().is_some_and(|last| *last != calls.len() as i64) {
            return broken("P2", "the rows of calls have a gap");
        }
        for call in &calls {
            let told = self.told.get(&call.call_id);
            let expected = told.map(|told| told.outcome()).unwrap_or_default();
            if expected != in_words(&call.outcome) {
                let (id, found) = (call.id, in_words(&call.outcome));
                return broken(
                    "P5",
                    format!("call {id} ({}) is {found}; it must be {expected}: {told:?}", call.call_id),
                );
            }
            if matches!(call.outcome, Outcome::Missed(_))
                && call.call_back.is_none_or(|id| !ids.contains(&id))
            {
                return broken("P6", format!("call {} was missed and is on no list", call.id));
            }
            if is_the_end {
                self.trace.mix(format!("{call:?}").as_bytes());
            }
        }
        let known = self.told.values().filter(|told| told.is_known).count();
        if known != calls.len() && !self.line.has_records() {
            return broken("P2", format!("{known} calls were heard of, and {} have a row", calls.len()));
        }
        if !is_the_end {
            return Ok(());
        }
        let looks = move |tx: &mut Tx<'_>| {
            entries.into_iter().map(|entry| EntryLook::of(tx, entry)).collect::<Result<Vec<_>, _>>()
        };
        for look in self.line.clerk.write(looks).unwrap() {
            are_kept_or_late(&look)?;
            self.trace.mix(format!("{look:?}").as_bytes());
        }
        if let Some(ghost) = in_progress.first() {
            return broken("P6", format!("call {ghost} is in progress for ever"));
        }
        let zone = self.line.live.settings.business.time_zone.clone();
        let proof =
            self.line.clerk.write(move |tx| tx.proof(&Claim::of_all(&zone, now, RING_LIMIT))).unwrap();
        if !proof.holds() {
            return broken("P7", format!("the proof does not hold: {:?}", proof.findings));
        }
        Ok(())
    }

    /// The last word was said long ago, by every clock.
    pub fn end(&mut self) -> Result<(), Broken> {
        for passes in [HOUR, 5 * HOUR, 9 * DAY] {
            self.at += passes;
            self.sweep_all(None)?;
        }
        self.everything(true)?;
        self.live_again()
    }

    /// One call that met nothing but its provider, in any order. Its number on this line stands in its URLs.
    fn live_again(&mut self) -> Result<(), Broken> {
        let Some(call) = self.calls.get(self.sample) else { return Ok(()) };
        let (id, nth) = (call.id.clone(), call.nth);
        let begun = self.editions.get(&id).copied();
        let Some(edition) = begun.filter(|_| !self.journaled.contains(&id)) else { return Ok(()) };
        let number = self.ledger.calls.values().find(|known| known.of == id).map(|known| known.id);
        let Some(number) = number else { return Ok(()) };
        let (ours, first) = (format!("/call/{number}/"), "/call/1/");
        let mut sent: Vec<Sent> = Vec::new();
        for one in &self.taken {
            let target = one.target.replace(&ours, first);
            if !sent.iter().any(|other| other.target == target && other.body == one.body) {
                sent.push(Sent { target, body: one.body.clone() });
            }
        }
        let mut dice = Dice::of(self.plan.seed, 3);
        let at = self.plan.start.parse().unwrap();
        self.trace.say(self.at, format!("call {nth}"), || "once more, in another order".to_owned());
        in_any_order(&sent, (edition, at), &mut dice)
    }
}
