//! What people do to an entry: one transaction in somebody's name, then one sentence.

use std::io::{self, IsTerminal};

use jiff::Timestamp;

use crate::call::PersonName;
use crate::call_back::{AttemptOutcome, CallBackId, CloseOutcome};
use crate::cli::failure::Failure;
use crate::cli::moment;
use crate::cli::output::{agrees, remark, show, show_json, wrap};
use crate::cli::shop::Shop;
use crate::cli::who;
use crate::follow_up::{Came, Done, FollowUp, Refusal};
use crate::store::{CallBackLine, CallBackShape, Tx};

use super::refused::refused;
use super::said::{Said, caller};
use super::unknown;

/// Somebody at the keyboard.
pub(super) struct Moves<'a> {
    shop: &'a Shop<'a>,
    /// Who they are.
    me: PersonName,
    /// Whether a program reads the answer.
    json: bool,
}

/// How an entry is to be closed.
pub(super) struct Ending<'a> {
    pub(super) outcome: CloseOutcome,
    pub(super) note: Option<&'a str>,
    pub(super) block: bool,
}

impl<'a> Moves<'a> {
    pub(super) fn new(shop: &'a Shop<'a>, by: Option<&str>, json: bool) -> Result<Self, Failure> {
        Ok(Self { shop, me: who::person(&shop.settings.business, by)?, json })
    }

    pub(super) fn take(&self, id: CallBackId) -> Result<(), Failure> {
        self.act(Some(id), |desk, tx| desk.take(tx, id))
    }

    pub(super) fn release(&self, id: CallBackId) -> Result<(), Failure> {
        self.act(Some(id), |desk, tx| desk.release(tx, id))
    }

    pub(super) fn assign(&self, id: CallBackId, to: &str, note: Option<&str>) -> Result<(), Failure> {
        let to = who::person(&self.shop.settings.business, Some(to))?;
        let (line, done) = self.change(Some(id), |desk, tx| {
            // First, so that the question is the last deed, which `undo` takes back.
            if let Some(note) = note {
                desk.note(tx, id, note)?;
            }
            desk.offer(tx, id, &to)
        })?;
        self.say(&line, &done)?;
        if let Came::Offered { offer, .. } = &done.came {
            let to = self.said().spoken(&offer.to);
            remark(&format!("hint: {to} says yes with `ringback call-backs accept {id} --as {}`", offer.to));
        }
        Ok(())
    }

    pub(super) fn accept(&self, id: CallBackId) -> Result<(), Failure> {
        self.act(Some(id), |desk, tx| desk.accept(tx, id))
    }

    pub(super) fn decline(&self, id: CallBackId) -> Result<(), Failure> {
        self.act(Some(id), |desk, tx| desk.decline(tx, id))
    }

    pub(super) fn tried(&self, id: CallBackId, outcome: AttemptOutcome) -> Result<(), Failure> {
        self.act(Some(id), |desk, tx| desk.tried(tx, id, outcome))
    }

    pub(super) fn snooze(&self, id: CallBackId, when: &str, agreed: bool) -> Result<(), Failure> {
        let until = self.until(when)?;
        self.act(Some(id), |desk, tx| desk.snooze(tx, id, (until, agreed)))
    }

    pub(super) fn note(&self, id: CallBackId, text: &str) -> Result<(), Failure> {
        self.act(Some(id), |desk, tx| desk.note(tx, id, text))
    }

    pub(super) fn done(&self, id: CallBackId, ending: &Ending<'_>) -> Result<(), Failure> {
        let is_spam = ending.outcome == CloseOutcome::Spam;
        if ending.block && !is_spam {
            return Err(Failure::wrong_usage("`--block` goes with `spam` only")
                .hint("`ringback callers block NUMBER` blocks anybody else"));
        }
        let (line, done) = self.change(Some(id), |desk, tx| {
            let done = desk.close(tx, id, (ending.outcome, ending.note))?;
            if ending.block {
                desk.block(tx, id)?;
            }
            Ok(done)
        })?;
        self.say(&line, &done)?;
        let Some(number) = line.stored.entry.caller.number().filter(|_| is_spam && !self.json) else {
            return Ok(());
        };
        if ending.block {
            return show(&wrap(&format!("{} is blocked.", who::number(number)), self.shop.look.width, 2));
        }
        if self.may_ask() && agrees(&format!("Block {} as well? [y/N] ", who::number(number))) {
            return self.act(Some(id), |desk, tx| desk.block(tx, id));
        }
        remark(&format!("hint: `ringback callers block {number}` keeps them from ringing again"));
        Ok(())
    }

    pub(super) fn reopen(&self, id: CallBackId, why: Option<&str>) -> Result<(), Failure> {
        let (line, done) = self.change(Some(id), |desk, tx| desk.reopen(tx, id, why))?;
        self.say(&line, &done)?;
        let caller = &line.stored.entry.caller;
        let known = self.shop.read(|tx| tx.acquaintance(caller))?;
        if let Some(number) = caller.number().filter(|_| known.is_some_and(|known| known.blocked)) {
            remark(&format!("hint: still blocked: `ringback callers unblock {number}` lets them through"));
        }
        Ok(())
    }

    pub(super) fn undo(&self, id: Option<CallBackId>) -> Result<(), Failure> {
        self.act(id, |desk, tx| desk.undo(tx, id))
    }

    fn act(
        &self,
        id: Option<CallBackId>,
        act: impl FnOnce(&FollowUp<'_>, &mut Tx<'_>) -> Result<Done, Refusal>,
    ) -> Result<(), Failure> {
        let (line, done) = self.change(id, act)?;
        self.say(&line, &done)
    }

    /// Does it in one transaction, which is over before anything is shown; gives the entry as it is then.
    fn change(
        &self,
        id: Option<CallBackId>,
        act: impl FnOnce(&FollowUp<'_>, &mut Tx<'_>) -> Result<Done, Refusal>,
    ) -> Result<(CallBackLine, Done), Failure> {
        let (business, look) = (&self.shop.settings.business, &self.shop.look);
        let told = |why: Refusal| refused(why, (business, look));
        if !self.shop.has_database() {
            return Err(told(id.map_or(Refusal::NothingToUndo, Refusal::Unknown)));
        }
        let desk = FollowUp { business, by: &self.me, now: look.now };
        self.shop.write(|tx| {
            let done = act(&desk, tx).map_err(told)?;
            let line = tx.call_back_line(done.entry.id)?.ok_or_else(|| unknown(done.entry.id))?;
            Ok((line, done))
        })
    }

    fn say(&self, line: &CallBackLine, done: &Done) -> Result<(), Failure> {
        let look = &self.shop.look;
        if self.json {
            return show_json(&CallBackShape::of(line, look.now, &look.zone));
        }
        let sentence = self.said().sentence(&caller(line), done);
        show(&wrap(&sentence, look.width, 2))
    }

    fn said(&self) -> Said<'_> {
        Said { business: &self.shop.settings.business, me: &self.me, look: &self.shop.look }
    }

    fn may_ask(&self) -> bool {
        io::stdin().is_terminal() && io::stdout().is_terminal()
    }

    /// `9am` in the evening is tomorrow's.
    fn until(&self, when: &str) -> Result<Timestamp, Failure> {
        let (now, business) = (self.shop.look.now, &self.shop.settings.business);
        let read = |when: &str| {
            moment::read_or_in(when, now, business)
                .map_err(|error| Failure::wrong_usage(error.to_string()).hint(error.hint()))
        };
        let mut typed = read(when)?;
        if typed.at <= now && !typed.names_day {
            typed = read(&format!("tomorrow {} {}", typed.time, typed.rest))?;
        }
        if !typed.rest.is_empty() {
            return Err(Failure::wrong_usage(format!("`{}` is no part of a time", typed.rest))
                .hint("`ringback call-backs note` takes what is to be remembered"));
        }
        Ok(typed.at)
    }
}
