//! What people do to an entry: each in one transaction, in somebody's name, and written into its history.

use jiff::SignedDuration;

use crate::business::spoken_time;
use crate::call::{Accept, PersonName};
use crate::call_back::{AttemptOutcome, CallBack, CallBackId, CloseOutcome, Deed, IllegalMove};
use crate::cli::failure::Failure;
use crate::cli::output::{remark, show, show_json, wrap};
use crate::cli::shop::Shop;
use crate::cli::when::Look;
use crate::cli::who;
use crate::store::{CallBackEvent, CallBackLine, CallBackShape, Tx};

use super::{by_when, unknown};

/// Sooner than this nobody is back at a telephone.
const TRY_AGAIN: SignedDuration = SignedDuration::from_mins(5);

/// More is a letter.
const LONGEST_NOTE: usize = 2_000;

/// What was done, for the history.
type Done = Option<(Deed, Option<String>)>;

/// Somebody at the keyboard.
pub(super) struct Moves<'a> {
    pub(super) shop: &'a Shop<'a>,
    /// Who they say they are.
    pub(super) by: Option<&'a str>,
    /// Whether a program reads the answer.
    pub(super) json: bool,
}

impl Moves<'_> {
    pub(super) fn take(&self, id: CallBackId) -> Result<(), Failure> {
        let (me, look) = (self.me()?, &self.shop.look);
        let (line, done) = self.change((id, &me), |_, line| {
            let entry = &mut line.stored.entry;
            let (was, held) = (entry.owner.clone(), entry.holder().map_err(|why| lost(&why, look))?);
            entry.take(me.clone(), look.now).map_err(|why| lost(&why, look))?;
            let from = (was != me).then(|| format!("from {was}"));
            Ok(held.is_none().then_some((Deed::Taken, from)))
        })?;
        let how = if done.is_some() { "is yours now" } else { "was yours already" };
        let by_when = by_when(&line.stored.entry, look);
        self.say(&line, &format!("{id} {how}: {}, {}.", caller(&line), by_when.trim_end_matches('.')))
    }

    pub(super) fn tried(&self, id: CallBackId, outcome: AttemptOutcome) -> Result<(), Failure> {
        let (me, look) = (self.me()?, &self.shop.look);
        let mut was_on_it = None;
        let (line, _) = self.change((id, &me), |_, line| {
            was_on_it = self.somebody_else(&line.stored.entry, &me)?;
            Ok(Some((Deed::Tried, Some(outcome.word().to_owned()))))
        })?;
        let next = match try_again(outcome) {
            Some(wait) => {
                let again = look.now.saturating_add(wait).unwrap_or(look.now);
                format!("Try again at {}", spoken_time(again, look.now, &look.zone))
            }
            None => "It stays open until somebody has talked with the caller".to_owned(),
        };
        let (noted, next) = (plain(outcome.word()), next.trim_end_matches('.'));
        let told = format!("{id}, {}: {noted} noted.{} {next}.", caller(&line), on_it(was_on_it.as_deref()));
        self.say(&line, &told)
    }

    pub(super) fn done(&self, id: CallBackId, outcome: CloseOutcome) -> Result<(), Failure> {
        let (me, look) = (self.me()?, &self.shop.look);
        let mut was_on_it = None;
        let (line, _) = self.change((id, &me), |tx, line| {
            let entry = &mut line.stored.entry;
            was_on_it = self.somebody_else(entry, &me)?;
            entry.close(me.clone(), look.now, outcome).map_err(|why| lost(&why, look))?;
            if outcome == CloseOutcome::Reached {
                // Whoever was talked with is a returning caller from now on, as if they had been put through.
                tx.remember_answered(&entry.caller, &Accept { by: me.clone(), at: look.now })?;
            }
            Ok(Some((Deed::Closed, Some(outcome.word().to_owned()))))
        })?;
        let (closed, was_on_it) = (plain(outcome.word()), on_it(was_on_it.as_deref()));
        self.say(&line, &format!("{id}, {}: closed, {closed}.{was_on_it}", caller(&line)))?;
        if let (CloseOutcome::Spam, Some(number)) = (outcome, line.stored.entry.caller.number()) {
            remark(&format!("hint: `ringback callers block {number}` keeps them from ringing again"));
        }
        Ok(())
    }

    pub(super) fn note(&self, id: CallBackId, text: &str) -> Result<(), Failure> {
        let me = self.me()?;
        if text.is_empty() || text.chars().count() > LONGEST_NOTE {
            return Err(Failure::wrong_usage(format!("a note has 1 to {LONGEST_NOTE} letters")));
        }
        let (line, _) = self.change((id, &me), |_, _| Ok(Some((Deed::Note, Some(text.to_owned())))))?;
        self.say(&line, &format!("{id}, {}: noted.", caller(&line)))
    }

    fn me(&self) -> Result<PersonName, Failure> {
        who::person(&self.shop.settings.business, self.by)
    }

    /// Who is on it, as the name is spoken, where that is not `me`.
    fn somebody_else(&self, entry: &CallBack, me: &PersonName) -> Result<Option<String>, Failure> {
        let held = entry.holder().map_err(|why| lost(&why, &self.shop.look))?;
        let other = held.map(|(by, _)| by).filter(|by| by != me);
        let spoken = |by: &PersonName| match self.shop.settings.business.person(by) {
            Some(person) => person.spoken.clone(),
            None => by.to_string(),
        };
        Ok(other.as_ref().map(spoken))
    }

    /// Finds the entry, lets it be changed, and writes it with its history; gives it as it is then.
    fn change(
        &self,
        (id, me): (CallBackId, &PersonName),
        change: impl FnOnce(&mut Tx<'_>, &mut CallBackLine) -> Result<Done, Failure>,
    ) -> Result<(CallBackLine, Done), Failure> {
        if !self.shop.has_database() {
            return Err(unknown(id));
        }
        self.shop.write(|tx| {
            let mut line = tx.call_back_line(id)?.ok_or_else(|| unknown(id))?;
            let done = change(tx, &mut line)?;
            line.stored.seen = true;
            tx.save_call_back(&line.stored)?;
            if let Some((what, detail)) = done.clone() {
                let (at, by) = (self.shop.look.now, me.to_string());
                let event = CallBackEvent { at, by, what, detail, undone_at: None };
                tx.add_call_back_event(id, &event)?;
                line.events.push(event);
            }
            Ok((line, done))
        })
    }

    fn say(&self, line: &CallBackLine, sentence: &str) -> Result<(), Failure> {
        let look = &self.shop.look;
        if self.json {
            return show_json(&CallBackShape::of(line, look.now, &look.zone));
        }
        show(&wrap(sentence, look.width, 2))
    }
}

/// How long to wait before the next attempt; `None` where there is nothing to try again soon.
pub(super) fn try_again(outcome: AttemptOutcome) -> Option<SignedDuration> {
    match outcome {
        AttemptOutcome::NoAnswer | AttemptOutcome::Busy => Some(TRY_AGAIN),
        AttemptOutcome::LeftMessage => None,
    }
}

fn on_it(other: Option<&str>) -> String {
    other.map_or_else(String::new, |other| format!(" {other} was on it."))
}

/// Somebody was faster; they and their time are told.
fn lost(why: &IllegalMove, look: &Look) -> Failure {
    match why {
        IllegalMove::TakenBy { id, at, .. } | IllegalMove::ClosedBy { id, at, .. } => {
            Failure::could_not(format!("{why}, {}", look.ago(*at)))
                .hint(format!("`ringback call-backs history {id}` tells the rest"))
        }
        why => Failure::could_not(why.to_string()),
    }
}

fn caller(line: &CallBackLine) -> String {
    match (&line.stored.entry.caller.number(), &line.stored.entry.typed_number) {
        (None, Some(typed)) => who::number(typed),
        (Some(_), _) | (None, None) => who::waits(line),
    }
}

fn plain(word: &str) -> String {
    word.replace('-', " ")
}
