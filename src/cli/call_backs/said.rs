//! What was done to an entry, in one sentence: who, what, and what is next.

use crate::business::Business;
use crate::call::PersonName;
use crate::call_back::Standing;
use crate::cli::when::Look;
use crate::cli::who;
use crate::follow_up::{Came, Done};
use crate::store::CallBackLine;

use super::by_when;
use super::history::did;

/// To whom it is said, and when.
pub(super) struct Said<'a> {
    pub(super) business: &'a Business,
    pub(super) me: &'a PersonName,
    pub(super) look: &'a Look,
}

impl Said<'_> {
    pub(super) fn sentence(&self, caller: &str, Done { entry, came }: &Done) -> String {
        let id = entry.id;
        let by_when = by_when(entry, self.look);
        let whose = self.whose(&entry.owner);
        let told = match came {
            Came::Taken { from } => {
                format!("{id} is yours now: {caller}, {by_when}{}", self.was(from.as_ref()))
            }
            Came::TakenAlready => format!("{id} was yours already: {caller}, {by_when}"),
            Came::Released { holder } => {
                format!("{id}, {caller}: {} not on it any more; it stays {whose}, {by_when}", self.is(holder))
            }
            Came::Owned { from, instead_of } => {
                let instead = instead_of.as_ref().map(|away| format!(", for {}", self.spoken(away)));
                let instead = instead.unwrap_or_default();
                format!("{id} is yours now{instead}: {caller}, {by_when}{}", self.was(Some(from)))
            }
            Came::Offered { offer, instead_of, back_at } => {
                let to = self.spoken(&offer.to);
                let asked = match (instead_of, back_at) {
                    (Some(away), _) => {
                        format!("{} is not there; asked {to}, who stands in", self.spoken(away))
                    }
                    (None, Some(back)) => format!("asked {to}, who is back {}", self.look.at(*back)),
                    (None, None) => format!("asked {to}"),
                };
                let until = self.look.at(offer.until);
                format!("{id}, {caller}: {asked}; it stays {whose} unless {to} says yes by {until}")
            }
            Came::Accepted { from, holder } => {
                let on_it = self.on_it(holder.as_ref());
                let stop = if on_it.is_empty() { "" } else { "." };
                format!("{id} is yours now: {caller}, {by_when}{}{stop}{on_it}", self.was(Some(from)))
            }
            Came::Declined => format!("{id}, {caller}: declined; it stays {whose}, {by_when}"),
            Came::Tried { outcome, holder } => {
                let next = if entry.is_used_up() {
                    format!(
                        "That was attempt {}: it is due now, and stays open until a person closes it",
                        entry.attempts
                    )
                } else {
                    format!("Try again {}", self.look.at_or_on(entry.due_at))
                };
                let outcome = plain(outcome.word());
                format!("{id}, {caller}: {outcome} noted.{} {next}", self.on_it(holder.as_ref()))
            }
            Came::Snoozed => {
                let until = self.look.at(entry.due_at);
                format!("{id}, {caller}: sleeps until {until}, or until they ring; it stays {whose}")
            }
            Came::Agreed => {
                let until = self.look.at(entry.due_at);
                format!("{id}, {caller}: promised for {until}, and sleeps until then; it stays {whose}")
            }
            Came::Noted => format!("{id}, {caller}: noted"),
            Came::Closed { outcome, holder } => {
                format!("{id}, {caller}: closed, {}.{}", plain(outcome.word()), self.on_it(holder.as_ref()))
            }
            Came::Blocked { is_news: true } => format!("{caller} is blocked"),
            Came::Blocked { is_news: false } => format!("{caller} was blocked already"),
            Came::Reopened => format!("{id}, {caller}: open again; it is {whose}, {by_when}"),
            Came::Undone { what, detail, with_note, rang_since } => {
                let done = did(*what, detail.as_deref().unwrap_or_default());
                let note = if *with_note { ", and its note" } else { "" };
                let stands = match &entry.standing {
                    Standing::Waiting => format!("it is {whose}, {by_when}"),
                    Standing::Taken { by, .. } => format!("{} on it, {by_when}", self.is(by)),
                    Standing::Closed { outcome, .. } => format!("it is closed, {}", plain(outcome.word())),
                };
                let rang = if *rang_since { "; they rang again since" } else { "" };
                format!("{id}, {caller}: took back \"{done}\"{note}; {stands}{rang}")
            }
        };
        format!("{}.", told.trim_end_matches('.'))
    }

    /// The name as it is spoken.
    pub(super) fn spoken(&self, name: &PersonName) -> String {
        self.business.person(name).map_or_else(|| name.to_string(), |person| person.spoken.clone())
    }

    fn is(&self, name: &PersonName) -> String {
        if name == self.me { "you are".to_owned() } else { format!("{} is", self.spoken(name)) }
    }

    fn whose(&self, owner: &PersonName) -> String {
        if owner == self.me { "yours".to_owned() } else { format!("{}'s", self.spoken(owner)) }
    }

    fn was(&self, from: Option<&PersonName>) -> String {
        from.map_or_else(String::new, |from| format!("; it was {}", self.whose(from)))
    }

    fn on_it(&self, other: Option<&PersonName>) -> String {
        other.map_or_else(String::new, |other| format!(" {} was on it.", self.spoken(other)))
    }
}

/// Who waits, as a sentence names them.
pub(super) fn caller(line: &CallBackLine) -> String {
    match (&line.stored.entry.caller.number(), &line.stored.entry.typed_number) {
        (None, Some(typed)) => who::number(typed),
        (Some(_), _) | (None, None) => who::waits(line),
    }
}

fn plain(word: &str) -> String {
    word.replace('-', " ")
}
