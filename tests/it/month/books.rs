//! The test's own books: every call and every waiting person as the rules say, kept from what went over the wire and
//! from what people did, and from nothing that the program wrote.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::wire::{Came, News, Wire};

/// A call.
pub(super) struct Call {
    pub(super) line: &'static str,
    /// `None` for a withheld number.
    pub(super) caller: Option<String>,
    /// Which text of its line's flow was live; `None` where no flow ever answered.
    pub(super) version: Option<usize>,
    pub(super) wire: Wire,
    pub(super) came: Came,
    pub(super) entry: Option<usize>,
}

/// A waiting person.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) line: &'static str,
    pub(super) caller: Option<String>,
    pub(super) opened: Timestamp,
    pub(super) calls: Vec<usize>,
    /// What was promised in which call, or agreed with a person: when, and until when.
    pub(super) promises: BTreeMap<Made, (Timestamp, Timestamp)>,
    pub(super) deeds: Vec<Done>,
}

/// Where a promise was made.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Made {
    InCall(usize),
    ByPerson(usize),
}

/// Something that was done to an entry.
#[derive(Clone, Debug)]
pub(super) struct Done {
    pub(super) at: Timestamp,
    pub(super) by: String,
    pub(super) what: Deed,
    pub(super) undone: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    Tried(&'static str),
    Agreed,
    Closed(&'static str),
    Reopened,
    Blocked,
    Note,
    /// Whatever neither reaches the caller nor ends anything.
    Other,
}

/// What became of a promise.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Word {
    Kept,
    Broken,
    Open,
}

#[derive(Default)]
pub(super) struct Books {
    pub(super) calls: Vec<Call>,
    /// `None` once taken back because nobody had heard of it.
    pub(super) entries: Vec<Option<Entry>>,
}

impl Books {
    pub(super) fn call_begins(
        &mut self,
        line: &'static str,
        caller: Option<String>,
        (version, at): (Option<usize>, Timestamp),
    ) -> usize {
        let wire = Wire::new(at);
        self.calls.push(Call { line, caller, version, wire, came: Came::InProgress, entry: None });
        self.calls.len() - 1
    }

    pub(super) fn news(&mut self, call: usize, news: &News<'_>) {
        self.calls[call].wire.hear(news);
        self.weigh(call, news.at);
    }

    /// The sweep came by: calls of which nothing was heard for long are over. Gives how many.
    pub(super) fn swept(&mut self, at: Timestamp) -> usize {
        let quiet =
            |(_, call): &(usize, &Call)| call.came == Came::InProgress && call.wire.quiet_from() <= at;
        let calls: Vec<usize> = self.calls.iter().enumerate().filter(quiet).map(|(nth, _)| nth).collect();
        for call in &calls {
            self.calls[*call].wire.sweep();
            self.weigh(*call, at);
        }
        calls.len()
    }

    /// When the sweep finds something next.
    pub(super) fn next_sweep(&self) -> Option<Timestamp> {
        let going_on = self.calls.iter().filter(|call| call.came == Came::InProgress);
        going_on.map(|call| call.wire.quiet_from()).min()
    }

    fn weigh(&mut self, nth: usize, at: Timestamp) {
        let call = &mut self.calls[nth];
        let before = std::mem::replace(&mut call.came, call.wire.came());
        match call.came.clone() {
            Came::Answered { by, at: accepted } if call.came != before => {
                self.answered(nth, by, accepted.min(at));
            }
            Came::Answered { .. } | Came::Blocked => {}
            Came::Missed(_) => self.wait(nth, at),
            Came::InProgress if call.wire.is_owed() => self.wait(nth, at),
            Came::InProgress => {}
        }
    }

    /// The call opens an entry or joins its caller's, and brings its promise.
    fn wait(&mut self, nth: usize, at: Timestamp) {
        let entry = match self.calls[nth].entry {
            Some(entry) => entry,
            None => self.open_or_join(nth, at),
        };
        let call = &mut self.calls[nth];
        call.entry = Some(entry);
        let Some(entry) = self.entries[entry].as_mut().filter(|entry| entry.closed().is_none()) else {
            return;
        };
        if let Some(promised) = call.wire.promised {
            entry.promises.insert(Made::InCall(nth), (call.wire.at, promised));
        }
    }

    fn open_or_join(&mut self, nth: usize, at: Timestamp) -> usize {
        if let Some(open) = self.open_entry_of(nth) {
            self.entries[open].as_mut().unwrap().calls.push(nth);
            return open;
        }
        let call = &self.calls[nth];
        self.entries.push(Some(Entry {
            line: call.line,
            caller: call.caller.clone(),
            opened: at,
            calls: vec![nth],
            promises: BTreeMap::new(),
            deeds: Vec::new(),
        }));
        self.entries.len() - 1
    }

    fn open_entry_of(&self, nth: usize) -> Option<usize> {
        let call = &self.calls[nth];
        call.caller.as_ref()?;
        let is_theirs = |entry: &Entry| {
            entry.closed().is_none() && entry.line == call.line && entry.caller == call.caller
        };
        self.entries.iter().position(|entry| entry.as_ref().is_some_and(is_theirs))
    }

    /// A person talked with the caller: the call itself waits for nothing, and what waited for this caller is done.
    fn answered(&mut self, nth: usize, by: &'static str, at: Timestamp) {
        if let Some(own) = self.calls[nth].entry.take() {
            let entry = self.entries[own].as_mut().unwrap();
            if entry.calls.len() > 1 {
                entry.calls.retain(|call| *call != nth);
                entry.promises.remove(&Made::InCall(nth));
            } else if entry.deeds.is_empty() {
                self.entries[own] = None;
            } else {
                self.calls[nth].entry = Some(own);
                self.redialled(own, by, at);
            }
        }
        let Some(open) = self.open_entry_of(nth) else { return };
        if self.entries[open].as_ref().unwrap().calls.iter().all(|call| *call < nth) {
            self.redialled(open, by, at);
        }
    }

    fn redialled(&mut self, entry: usize, by: &str, at: Timestamp) {
        self.does(entry, (by, at), Deed::Closed("answered-on-redial"));
    }

    /// Somebody did something to an entry, and it was taken.
    pub(super) fn does(&mut self, entry: usize, (by, at): (&str, Timestamp), what: Deed) {
        let entry = self.entries[entry].as_mut().unwrap();
        entry.deeds.push(Done { at, by: by.to_owned(), what, undone: false });
    }

    /// The caller agreed with a person on a time.
    pub(super) fn agrees(&mut self, entry: usize, (by, at): (&str, Timestamp), until: Timestamp) {
        self.does(entry, (by, at), Deed::Agreed);
        let entry = self.entries[entry].as_mut().unwrap();
        entry.promises.insert(Made::ByPerson(entry.deeds.len() - 1), (at, until));
    }

    /// Somebody takes back what was done last to an entry. Closing as spam and blocking is one thing.
    pub(super) fn takes_back(&mut self, entry: usize, by: &str) {
        let entry = self.entries[entry].as_mut().unwrap();
        let last = entry.deeds.iter().rposition(|done| done.by == by && !done.undone).unwrap();
        entry.promises.remove(&Made::ByPerson(last));
        entry.deeds[last].undone = true;
        if entry.deeds[last].what == Deed::Blocked
            && let Some(closing) = last.checked_sub(1).map(|before| &mut entry.deeds[before])
            && matches!(closing.what, Deed::Closed(_))
        {
            closing.undone = true;
        }
    }

    /// The entry that the program shows so, if there is to be one.
    pub(super) fn find(&self, line: &str, caller: Option<&str>, opened: Timestamp) -> Option<usize> {
        let is_it =
            |entry: &Entry| entry.line == line && entry.caller.as_deref() == caller && entry.opened == opened;
        self.entries.iter().position(|entry| entry.as_ref().is_some_and(is_it))
    }
}

impl Entry {
    /// In whose name it is closed, and how.
    pub(super) fn closed(&self) -> Option<(&str, &'static str)> {
        let ends = |done: &&Done| !done.undone && matches!(done.what, Deed::Closed(_) | Deed::Reopened);
        match self.deeds.iter().rfind(ends) {
            Some(Done { by, what: Deed::Closed(outcome), .. }) => Some((by, outcome)),
            Some(_) | None => None,
        }
    }

    /// What became of a promise by `now`: kept when somebody rang, agreed or closed the entry in time. What was closed
    /// without a talk and opened again was not dealt with.
    pub(super) fn word(&self, (made, until): (Timestamp, Timestamp), now: Timestamp) -> Word {
        let deals = |what: &Deed| matches!(what, Deed::Tried(_) | Deed::Agreed | Deed::Closed(_));
        let came_to_nothing = |nth: usize| {
            let opened_again =
                |done: &Done| !done.undone && done.what == Deed::Reopened && done.by != "ringback";
            matches!(self.deeds[nth].what, Deed::Closed("not-needed" | "spam"))
                && self.deeds[nth..].iter().any(opened_again)
        };
        let meets = |(nth, done): &(usize, &Done)| {
            done.at > made && !done.undone && deals(&done.what) && !came_to_nothing(*nth)
        };
        match self.deeds.iter().enumerate().filter(meets).map(|(_, done)| done.at).min() {
            Some(met) if met <= until => Word::Kept,
            Some(_) => Word::Broken,
            None if now > until => Word::Broken,
            None => Word::Open,
        }
    }

    /// When somebody first rang, or agreed, or reached them.
    pub(super) fn rung(&self) -> Option<Timestamp> {
        let rings = |done: &&Done| {
            let rang =
                matches!(done.what, Deed::Tried(_) | Deed::Agreed | Deed::Closed("reached" | "wrong-number"));
            rang && !done.undone
        };
        self.deeds.iter().filter(rings).map(|done| done.at).min()
    }

    /// The earliest promise that nobody kept in time, as long as the caller has not agreed to another time since.
    pub(super) fn broken(&self, now: Timestamp) -> Option<Timestamp> {
        let agreed = |(made, until): &(Timestamp, Timestamp)| {
            let later = |(by, (at, _)): (&Made, &(Timestamp, Timestamp))| {
                matches!(by, Made::ByPerson(_)) && at > made
            };
            !self.promises.iter().any(later) && self.word((*made, *until), now) == Word::Broken
        };
        self.promises.values().filter(|promise| agreed(promise)).map(|(_, until)| *until).min()
    }
}
