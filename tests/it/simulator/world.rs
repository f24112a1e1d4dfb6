//! One run: events in virtual time, one after the other, and after each of them the promises.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use ringback::call::PhoneNumber;
use ringback::dialect::{News, SafeRoute, Webhook};
use ringback::engine::Event;
use ringback::phone::Document;

use super::books::{Told, in_words};
use super::dice::Dice;
use super::judged;
use super::ledger::{Broken, Cause, Ledger, broken};
use super::line::{Arrival, Clocks, Cut, Fate, Health, Line, Outcome};
use super::look::{EntryLook, Look};
use super::plan::{Act, MINUTE, Plan, PlannedAct, SECOND};
use super::provider::{Call, Do, Move};
use super::replay::Sent;
use super::town;
use super::trace::Trace;
use super::wire::{Form, Parcel, Purpose, fates};

/// How often the sweep looks.
const SWEEP_EVERY: i64 = 5 * MINUTE;
/// How many steps there are between two looks at everything.
const ALL_EVERY: u64 = 400;
/// How long requests may wait for a commit and then be in one.
const WAITS: i64 = 250;

/// What is to happen.
#[derive(Debug)]
enum Next {
    Call(usize),
    Act(usize),
    Sweep,
    Moves {
        call: usize,
        epoch: u32,
        what: Box<Move>,
    },
    Arrives {
        parcel: usize,
        fate: Fate,
    },
    /// The provider has waited long enough.
    AsksAgain(usize),
}

/// What a run came to.
#[derive(Debug)]
pub struct Run {
    pub hash: u64,
    pub webhooks: u64,
    pub broken: Option<Broken>,
    pub lines: Vec<String>,
    /// Which sendings of which call met a fault.
    pub faults: Vec<(u32, u32)>,
}

pub struct World<'a> {
    pub plan: &'a Plan,
    pub line: Line,
    pub ledger: Ledger,
    pub told: BTreeMap<String, Told>,
    pub trace: Trace,
    /// What the store took of one call, which is lived through once more.
    pub taken: Vec<Sent>,
    pub sample: usize,
    /// Milliseconds since the run began.
    pub at: i64,
    start: Timestamp,
    /// How far the wall clock is off.
    skew: i64,
    fails_until: i64,
    slow_until: i64,
    next: BTreeMap<(i64, u64), Next>,
    given: u64,
    pub calls: Vec<Call>,
    sent: Vec<u32>,
    parcels: Vec<Parcel>,
    /// The edition by which each call began.
    pub editions: BTreeMap<String, usize>,
    pub journaled: BTreeSet<String>,
    steps: u64,
    webhooks: u64,
    faults: Vec<(u32, u32)>,
}

/// Lives through a plan.
pub fn run(plan: &Plan, is_told: bool) -> Run {
    let mut world = World::new(plan, is_told);
    let broken = world.live().and_then(|()| world.end()).err();
    if let Some(Broken { promise, what }) = &broken {
        let at = world.at;
        world.trace.say(at, "BROKEN", || format!("{promise}: {what}"));
    }
    let World { trace, webhooks, faults, .. } = world;
    Run { hash: trace.hash(), webhooks, broken, lines: trace.into_lines(), faults }
}

impl<'a> World<'a> {
    fn new(plan: &'a Plan, is_told: bool) -> Self {
        let start: Timestamp = plan.start.parse().unwrap();
        let edition = *Dice::of(plan.seed, 1).pick(&[0, 0, 1, 2, 4]);
        let mut line = Line::open(edition, Clocks { now: start, steady: SignedDuration::ZERO });
        let (blocked, ana) = (PhoneNumber::parse(super::plan::BLOCKED).unwrap(), super::desk::person(0));
        line.clerk.write(move |tx| tx.block(&blocked, &ana, start)).unwrap();
        let people = line.people();
        let mut world = Self {
            plan,
            line,
            ledger: Ledger::of(people),
            told: BTreeMap::new(),
            trace: Trace::new(is_told),
            taken: Vec::new(),
            sample: Dice::of(plan.seed, 2).below(plan.calls.len() as u64) as usize,
            at: 0,
            start,
            skew: 0,
            fails_until: 0,
            slow_until: 0,
            next: BTreeMap::new(),
            given: 0,
            calls: plan.calls.iter().map(|planned| Call::new(plan.seed, *planned)).collect(),
            sent: vec![0; plan.calls.len()],
            parcels: Vec::new(),
            editions: BTreeMap::new(),
            journaled: BTreeSet::new(),
            steps: 0,
            webhooks: 0,
            faults: Vec::new(),
        };
        for (call, planned) in plan.calls.iter().enumerate() {
            world.put(planned.at, Next::Call(call));
        }
        for (act, planned) in plan.acts.iter().enumerate() {
            world.put(planned.at, Next::Act(act));
        }
        world.put(SWEEP_EVERY, Next::Sweep);
        world
    }

    /// The time on the wall.
    pub fn now(&self) -> Timestamp {
        self.start + SignedDuration::from_millis(self.at + self.skew)
    }

    pub fn clocks(&self) -> Clocks {
        Clocks { now: self.now(), steady: SignedDuration::from_millis(self.at) }
    }

    fn put(&mut self, at: i64, what: Next) {
        self.given += 1;
        self.next.insert((at.max(self.at), self.given), what);
    }

    fn live(&mut self) -> Result<(), Broken> {
        while let Some(((at, _), next)) = self.next.pop_first() {
            self.at = at;
            self.steps += 1;
            match next {
                Next::Call(call) => {
                    let from = self.calls[call].from;
                    self.trace.say(at, format!("call {call}"), || format!("{from} rings"));
                    let all = self.calls[call].begin();
                    self.perform(call, all);
                }
                Next::Moves { call, epoch, what } if self.calls[call].epoch == epoch => {
                    self.trace.say(at, format!("call {call}"), || in_short(&what));
                    let all = self.calls[call].goes_on(*what);
                    self.perform(call, all);
                }
                Next::Moves { .. } => {}
                Next::Arrives { parcel, fate } => self.arrives(parcel, fate)?,
                Next::AsksAgain(parcel) => self.dispatch(parcel),
                Next::Act(act) => self.act(self.plan.acts[act])?,
                Next::Sweep => self.sweep()?,
            }
            if self.steps.is_multiple_of(ALL_EVERY) {
                self.everything(false)?;
            }
        }
        Ok(())
    }

    fn perform(&mut self, call: usize, all: Vec<Do>) {
        for one in all {
            let epoch = self.calls[call].epoch;
            match one {
                Do::Later(after, what) => {
                    self.put(self.at + after, Next::Moves { call, epoch, what: Box::new(what) });
                }
                Do::Send { target, form, purpose } => self.send(call, (target, form), purpose),
            }
        }
    }

    fn send(&mut self, call: usize, (target, form): (String, Form), purpose: Purpose) {
        let epoch = self.calls[call].epoch;
        self.parcels.push(Parcel {
            call,
            target,
            body: form.text(),
            purpose,
            epoch,
            is_done: false,
            first: None,
            was_journaled: false,
            tries: 0,
        });
        self.dispatch(self.parcels.len() - 1);
    }

    fn dispatch(&mut self, index: usize) {
        let parcel = &mut self.parcels[index];
        parcel.tries += 1;
        let call = parcel.call;
        let nth = (self.calls[call].nth, self.sent[call]);
        self.sent[call] += 1;
        let fates = fates(self.plan, nth, parcel.purpose);
        if let Some(trouble) = fates.trouble {
            self.faults.push(nth);
            let target = &self.parcels[index].target;
            self.trace.say(self.at, format!("call {call}"), || format!("  ! {target}: {trouble}"));
        }
        let fate = fates.fate.unwrap_or(Fate::Well);
        for (copy, after) in fates.copies.into_iter().enumerate() {
            let fate = if copy == 0 { fate } else { Fate::Well };
            self.put(self.at + after, Next::Arrives { parcel: index, fate });
        }
    }

    fn health(&self) -> Health {
        match self.at {
            at if at < self.fails_until => Health::Fails,
            at if at < self.slow_until => Health::Slow,
            _ => Health::Well,
        }
    }

    /// A request, and sometimes those that come while the store is busy: they are in one commit.
    fn arrives(&mut self, index: usize, fate: Fate) -> Result<(), Broken> {
        let health = self.health();
        if health == Health::Well && self.line.has_records() {
            self.import(fate == Fate::EndsBefore || self.webhooks.is_multiple_of(3))?;
        }
        let mut group = vec![(index, fate, self.clocks())];
        if health == Health::Well && Dice::of(self.plan.seed, 1 << 50 | self.webhooks).chance(500) {
            let until = self.at + WAITS;
            while let Some(next) = self.next.first_entry()
                && let ((at, _), Next::Arrives { parcel, fate }) = (*next.key(), next.get())
                && at <= until
            {
                let (parcel, fate) = (*parcel, *fate);
                next.remove();
                self.at = at;
                group.push((parcel, fate, self.clocks()));
            }
        }
        let arrivals = group.iter().map(|(index, fate, clocks)| {
            let Parcel { target, body, .. } = &self.parcels[*index];
            Arrival { target, body, clocks: *clocks, fate: *fate }
        });
        let outcomes = self.line.hear(&arrivals.collect::<Vec<_>>(), health)?;
        for ((index, _, _), outcome) in group.into_iter().zip(outcomes) {
            self.is_answered(index, outcome)?;
        }
        self.take_note_of_the_adopted()
    }

    fn is_answered(&mut self, index: usize, outcome: Outcome) -> Result<(), Broken> {
        self.webhooks += 1;
        let call = self.parcels[index].call;
        let reply = outcome.reply.clone();
        self.trace.add(self.at as u64);
        self.trace.mix(self.parcels[index].target.as_bytes());
        self.trace.mix(reply.as_deref().unwrap_or("nothing").as_bytes());
        let (at, target) = (self.at, &self.parcels[index].target);
        self.trace.say(at, format!("call {call}"), || match &reply {
            None => format!("{target} -> (no answer)"),
            Some(text) => format!("{target} -> {}", super::brief(text)),
        });
        let document = self.judge(index, &outcome)?;
        if outcome.stored.is_some() && self.parcels[index].call == self.sample {
            let Parcel { target, body, .. } = &self.parcels[index];
            self.taken.push(Sent { target: target.clone(), body: body.clone() });
        }
        self.take_note(outcome, document.as_ref())?;
        if reply.is_none() {
            if self.parcels[index].may_be_tried_again() {
                let again = self.at + 500 + 700 * i64::from(self.parcels[index].tries);
                self.put(again, Next::AsksAgain(index));
            } else if !std::mem::replace(&mut self.parcels[index].is_done, true) {
                let (purpose, epoch) = (self.parcels[index].purpose, self.parcels[index].epoch);
                if epoch == self.calls[call].epoch {
                    let target = self.parcels[index].target.clone();
                    let all = self.calls[call].gives_up(purpose, &target);
                    self.perform(call, all);
                }
            }
            return Ok(());
        }
        let parcel = &mut self.parcels[index];
        if std::mem::replace(&mut parcel.is_done, true) || parcel.epoch != self.calls[call].epoch {
            return Ok(());
        }
        if let Some(document) = document {
            let all = self.calls[call].hears(parcel.purpose, document);
            self.perform(call, all);
        }
        Ok(())
    }

    /// Every answer is one that a provider can run, of the right version, and the same as before.
    fn judge(&mut self, index: usize, outcome: &Outcome) -> Result<Option<Document>, Broken> {
        let parcel = &mut self.parcels[index];
        let (target, id) = (&parcel.target, &outcome.webhook.parties.call.id);
        let Some(reply) = &outcome.reply else { return Ok(None) };
        let only_tells = reply.is_empty();
        let steers = match &outcome.webhook.news {
            News::Arrived | News::Turn { .. } | News::Fallback { .. } => true,
            News::Safe { step, .. } => *step != SafeRoute::Recording,
            News::Leg { .. } | News::Recording { .. } | News::Transcript { .. } | News::Status => false,
        };
        if only_tells && steers {
            return broken("P1", format!("{target} steers the call, and its answer is empty"));
        }
        if outcome.is_journaled {
            parcel.was_journaled = true;
            self.journaled.insert(id.clone());
        } else if !parcel.was_journaled {
            let is_repeat = parcel.first.is_some();
            let first = parcel.first.get_or_insert_with(|| reply.clone());
            if first != reply {
                return broken("P4", format!("{target} was first answered {first} and then {reply}"));
            }
            let changed = outcome.stored.as_ref().is_some_and(|(_, look)| !look.changed_nothing);
            if is_repeat && changed && self.plan.clock_is_steady() {
                return broken("P4", format!("{target} came again, and something changed"));
            }
        }
        if only_tells {
            return Ok(None);
        }
        judged(reply)?;
        let document = match Document::read(reply.as_bytes()) {
            Ok(document) => document,
            Err(fault) => return broken("P1", format!("{target}: {fault:?}: {reply}")),
        };
        let of_the_flow = matches!(outcome.webhook.news, News::Arrived | News::Turn { .. });
        if of_the_flow && !outcome.is_journaled {
            let is_safe = reply.contains("/twilio/safe/");
            if is_safe && !self.journaled.contains(id) {
                return broken(
                    "P8",
                    format!("{target} was answered with the safe reply, and nothing had failed"),
                );
            }
            let edition = *self.editions.entry(id.clone()).or_insert(self.line.edition);
            if !is_safe && !town::speaks_only(reply, edition) {
                return broken(
                    "P8",
                    format!("{target} is answered from another version than {edition}: {reply}"),
                );
            }
        }
        Ok(Some(document))
    }

    fn take_note(&mut self, outcome: Outcome, document: Option<&Document>) -> Result<(), Broken> {
        // What the caller did not get, the store has all the same.
        let is_the_stored = outcome.reply.is_some() && !outcome.is_journaled;
        let stored = if is_the_stored { None } else { outcome.stored_document() };
        let document = if is_the_stored { document } else { stored.as_ref() };
        let Outcome { webhook, stored: Some((_, look)), .. } = outcome else { return Ok(()) };
        let id = &webhook.parties.call.id;
        if matches!(webhook.news, News::Arrived) && document.is_some() {
            let edition = self.line.edition;
            self.editions.entry(id.clone()).or_insert(edition);
        }
        self.told.entry(id.clone()).or_default().stored(&webhook, document);
        self.compare(look, &webhook)
    }

    /// The call in the ledger and in the books, after news of it.
    fn compare(&mut self, look: Look, webhook: &Webhook) -> Result<(), Broken> {
        let cause = if denies_a_talk(webhook) { Cause::NobodyTalked } else { Cause::News };
        if let (Some(call), Some(told)) = (&look.call, self.told.get(&webhook.parties.call.id)) {
            let (found, expected) = (in_words(&call.outcome), told.outcome());
            if found != expected {
                return broken(
                    "P5",
                    format!("call {} is {found}; by what was told it is {expected}: {told:?}", call.id),
                );
            }
        }
        self.ledger.call_changed(look, cause)
    }

    pub fn take_note_of_the_adopted(&mut self) -> Result<(), Broken> {
        self.ledger.people = self.line.people();
        let adopted = std::mem::take(&mut self.line.adopted);
        for EntryLook { stored, .. } in &adopted {
            self.trace.say(self.at, "owner", || format!("gets entry {}", stored.entry.id));
        }
        adopted.iter().try_for_each(|entry| self.ledger.entry_looked_at(entry))
    }

    /// Whether and how something beside the callers is cut short.
    pub fn cut(&self, stream: u64) -> Option<Cut> {
        let mut dice = Dice::of(self.plan.seed, stream ^ 1 << 60);
        if !dice.chance(self.plan.rates.crash * 4) {
            return None;
        }
        let by = *dice.pick(&[Fate::EndsBefore, Fate::EndsAfter, Fate::Fails]);
        // What was seen of the clock is written down in the first write; a look that is not is made once more.
        let first = u64::from(by == Fate::Fails);
        Some(Cut { left: (first + dice.below(3)) as u32, by })
    }

    fn import(&mut self, again: bool) -> Result<(), Broken> {
        self.trace.say(self.at, "journal", || format!("is imported{}", if again { ", twice" } else { "" }));
        let records = self.line.records();
        let once = records.len();
        let twice = records.iter().cloned().chain(records.iter().filter(|_| again).cloned());
        for (index, record) in twice.enumerate() {
            if index == once {
                // The process ended before the journal was emptied.
                self.line.restart(self.clocks());
                self.take_note_of_the_adopted()?;
            }
            let imported = self.line.import(record);
            let id = imported.webhook.parties.call.id.clone();
            if imported.is_news && index >= once {
                return broken("P3", "a record of the journal was imported twice");
            }
            if imported.is_news {
                let decided = imported.decided.as_ref().and_then(|text| Document::read(text.as_bytes()).ok());
                self.told.entry(id).or_default().imported(&imported.webhook, decided.as_ref());
            }
            self.compare(imported.look, &imported.webhook)?;
        }
        self.line.empty_journal();
        Ok(())
    }

    fn act(&mut self, planned: PlannedAct) -> Result<(), Broken> {
        let (clocks, at) = (self.clocks(), self.at);
        match planned.act {
            Act::Desk => return self.desk(planned.stream),
            Act::Edit(edition) => {
                self.trace.say(at, "owner", || format!("saves edition {edition}"));
                self.line.edit(edition, (clocks, self.cut(planned.stream)));
            }
            Act::Crash => {
                self.trace.say(at, "process", || "ends and starts again".to_owned());
                self.line.restart(clocks);
            }
            Act::StoreFails(lasts) => {
                self.trace.say(at, "store", || format!("takes nothing for {} s", lasts / SECOND));
                self.fails_until = self.fails_until.max(at + lasts);
            }
            Act::StoreIsSlow(lasts) => {
                self.trace.say(at, "store", || format!("is too slow for {} s", lasts / SECOND));
                self.slow_until = self.slow_until.max(at + lasts);
            }
            Act::ClockJumps(by) => {
                self.trace.say(at, "clock", || format!("jumps by {} min", by / MINUTE));
                self.skew += by;
                self.line.clock_moves();
            }
        }
        self.take_note_of_the_adopted()
    }

    fn sweep(&mut self) -> Result<(), Broken> {
        let mut next = self.at + SWEEP_EVERY;
        if self.health() == Health::Well && !self.sweep_all(self.cut(self.at as u64))? {
            // Nothing is there to be swept until something happens again.
            next += self.next.first_key_value().map_or(0, |((at, _), _)| at - self.at);
        }
        if !self.next.is_empty() {
            self.put(next, Next::Sweep);
        }
        Ok(())
    }

    /// Sweeps once; `false` if nothing is in progress any more.
    pub fn sweep_all(&mut self, cut: Option<Cut>) -> Result<bool, Broken> {
        if self.line.has_records() {
            self.import(false)?;
        }
        if let Some(cut) = cut {
            self.trace.say(self.at, "sweep", || format!("is cut short: {cut:?}"));
        }
        let swept = self.line.sweep(self.clocks(), cut);
        let is_any_left = swept.is_some();
        for (of, look) in swept.into_iter().flatten() {
            self.trace.say(self.at, "sweep", || format!("gives up {of}"));
            let is_going_on = |call: &Call| call.id == of && !call.is_over && !self.is_doubtful(call);
            if self.calls.iter().any(is_going_on) {
                return broken("P6", format!("the sweep gave up {of}, which is going on"));
            }
            self.told.entry(of).or_default().swept();
            self.ledger.call_changed(look, Cause::Sweep)?;
        }
        self.take_note_of_the_adopted()?;
        Ok(is_any_left)
    }

    /// Whether nobody can know for how long it has been quiet.
    fn is_doubtful(&self, call: &Call) -> bool {
        SignedDuration::from_millis(call.at) <= self.line.blind_until
    }
}

/// Whether it says of a ring that nobody talked.
fn denies_a_talk(webhook: &Webhook) -> bool {
    match &webhook.news {
        News::Turn { event: Event::Rang(end), .. } => !end.connected,
        News::Safe { step: SafeRoute::Rang, connected, .. } => !connected,
        News::Turn { .. }
        | News::Safe { .. }
        | News::Arrived
        | News::Leg { .. }
        | News::Recording { .. }
        | News::Transcript { .. }
        | News::Status
        | News::Fallback { .. } => false,
    }
}

fn in_short(what: &Move) -> String {
    match what {
        Move::Ask { form, .. } => {
            let text = form.clone().text();
            let answer = text.rsplit('&').next().unwrap_or_default().to_owned();
            format!("(the caller: {answer})")
        }
        Move::Spoken { seconds, .. } => format!("(a message of {seconds} s)"),
        Move::Play
        | Move::Leaves
        | Move::PicksUp(_)
        | Move::Presses(_)
        | Move::LegEnds(_)
        | Move::RingEnds
        | Move::TalkEnds { .. } => format!("({what:?})"),
    }
}
