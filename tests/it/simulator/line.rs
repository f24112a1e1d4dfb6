//! Our side of the wire without wires: the store in memory, the switchboard's decisions, and a process that can end
//! between any two of them. It does what the server does around a [`Moment`], and nothing else.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use ringback::call::{PersonName, PhoneNumber};
use ringback::dialect::{
    LegNews, LegRoute, News, Parties, Request, Route, SafeReply, SafeRoute, Webhook, twilio, write_safe,
};
use ringback::phone::Document;
use ringback::store::{Clerk, JournalRecord, StoreError, StoredCallBack, Tx};
use ringback::switchboard::{Answer, Live, Moment};
use sha2::{Digest, Sha256};

use super::ledger::{Broken, broken};
use super::look::{EntryLook, Look, Who};
use super::town::{self, BROKEN, PUBLIC_URL};

thread_local! {
    /// Set up once: making the tables takes longer than many calls.
    static NEW: Clerk = Clerk::in_memory().unwrap();
}

/// What the clocks show: the one on the wall, and the one that nobody moves.
#[derive(Copy, Clone, Debug)]
pub struct Clocks {
    pub now: Timestamp,
    pub steady: SignedDuration,
}

/// What can befall one delivery on our side.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Nothing.
    Well,
    /// The process ends before the commit.
    EndsBefore,
    /// The process ends after the commit, and the reply never leaves.
    EndsAfter,
    /// A bug stops this request, and no other of its group.
    Fails,
}

/// How what goes on beside the callers is cut short, and how many writes it does before.
#[derive(Copy, Clone, Debug)]
pub struct Cut {
    pub left: u32,
    pub by: Fate,
}

/// One write of such work.
pub struct Step<T> {
    /// What is committed, whether or not anybody heard of it.
    pub done: Option<T>,
    /// The process ended with it.
    pub is_over: bool,
}

/// A request as it comes.
#[derive(Copy, Clone)]
pub struct Arrival<'a> {
    pub target: &'a str,
    pub body: &'a str,
    pub clocks: Clocks,
    pub fate: Fate,
}

/// How the store is.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Health {
    Well,
    /// It takes nothing.
    Fails,
    /// It takes everything after the caller's patience is over.
    Slow,
}

/// What became of a request.
pub struct Outcome {
    pub webhook: Webhook,
    /// What the provider got; `None` where nothing left us.
    pub reply: Option<String>,
    /// What the store decided, where it was asked and did commit.
    pub stored: Option<(Answer, Look)>,
    /// The safe reply was given because nothing could be stored in time.
    pub is_journaled: bool,
}

impl Outcome {
    /// The document that the store decided on, whether or not it left us.
    pub fn stored_document(&self) -> Option<Document> {
        let (Answer::Document(text), _) = self.stored.as_ref()? else { return None };
        Document::read(text.as_bytes()).ok()
    }
}

/// A record that was brought into the store.
pub struct Imported {
    pub webhook: Webhook,
    pub is_news: bool,
    pub look: Look,
    /// The reply that the store holds for the turn which the record claimed.
    pub decided: Option<String>,
}

pub struct Line {
    pub clerk: Clerk,
    pub live: Arc<Live>,
    moment: Moment,
    /// What stands in the owner's files, sound or not.
    files: usize,
    /// The edition whose flow answers new calls.
    pub edition: usize,
    journal: Vec<(JournalRecord, Webhook)>,
    /// Entries that got another owner because theirs is gone.
    pub adopted: Vec<EntryLook>,
    /// Somebody moved the clock, and no sweep has looked at it since.
    is_moved_unseen: bool,
    /// A clock that is moved just before the process ends was moved unseen: of calls before that nobody can tell how
    /// long they have been quiet.
    pub blind_until: SignedDuration,
}

impl Line {
    pub fn open(edition: usize, clocks: Clocks) -> Self {
        let mut clerk = NEW.with(Clerk::copied).unwrap();
        let draft = town::edition(edition);
        let live = Arc::new(Live::start_with(draft, &mut clerk, PUBLIC_URL, clocks.now).unwrap());
        let moment = Moment::new(live.clone(), clocks.now);
        let mut line = Self {
            clerk,
            live,
            moment,
            files: edition,
            edition,
            journal: Vec::new(),
            adopted: Vec::new(),
            is_moved_unseen: false,
            blind_until: SignedDuration::MIN,
        };
        line.looks_first(clocks);
        line
    }

    /// The server's first sweep comes with its start: from there on it sees the clock being moved.
    fn looks_first(&mut self, clocks: Clocks) {
        let moment = self.moment.at(clocks.now, clocks.steady);
        self.clerk.write(move |tx| moment.calls_to_sweep(tx)).unwrap();
    }

    /// The owner saves other files. What is not sound does not go live.
    pub fn edit(&mut self, edition: usize, (clocks, mut cut): (Clocks, Option<Cut>)) {
        self.files = edition;
        if edition != BROKEN {
            self.go_live(clocks, &mut cut);
        }
    }

    /// The process ends and starts again: nothing remembered in memory is left.
    pub fn restart(&mut self, clocks: Clocks) {
        self.clerk.forget();
        if std::mem::take(&mut self.is_moved_unseen) {
            self.blind_until = clocks.steady;
        }
        self.go_live(clocks, &mut None);
        self.moment = Moment::new(self.live.clone(), clocks.now);
        self.looks_first(clocks);
    }

    /// Writes the flows down, puts them live, and hands over what belongs to people who are gone.
    fn go_live(&mut self, clocks: Clocks, cut: &mut Option<Cut>) {
        let draft = town::edition(self.files);
        let is_cut = cut.filter(|cut| cut.left == 0);
        if is_cut.is_none_or(|cut| cut.by == Fate::EndsAfter) {
            let before = self.clerk.write(|tx| tx.call_backs(false)).unwrap();
            self.live = Arc::new(Live::start_with(draft, &mut self.clerk, PUBLIC_URL, clocks.now).unwrap());
            self.adopted.extend(self.clerk.write(move |tx| changed(tx, &before)).unwrap());
        }
        if is_cut.is_some() {
            return self.restart(clocks);
        }
        if self.files != BROKEN {
            self.edition = self.files;
        }
        self.moment = self.moment.with(self.live.clone());
        let moment = self.moment.at(clocks.now, clocks.steady);
        let adopts = move |tx: &mut Tx<'_>| {
            let before = tx.call_backs(false)?;
            moment.adopt_orphans(tx)?;
            changed(tx, &before)
        };
        let mut left = cut.map(|cut| Cut { left: 0, ..cut });
        let step: Step<Vec<EntryLook>> = self.step(&mut left, adopts);
        self.adopted.extend(step.done.into_iter().flatten());
        if step.is_over {
            self.restart(clocks);
        }
    }

    /// Who is in the business.
    pub fn people(&self) -> Vec<PersonName> {
        self.live.settings.business.people.iter().map(|person| person.name.clone()).collect()
    }

    /// Somebody moves the clock on the wall.
    pub fn clock_moves(&mut self) {
        self.is_moved_unseen = true;
    }

    /// One write of what goes on beside the callers. Where the process ends with it, the caller starts it again.
    pub fn step<T, F>(&mut self, cut: &mut Option<Cut>, job: F) -> Step<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let by = match cut {
            Some(Cut { left: 0, by }) => *by,
            Some(cut) => {
                cut.left -= 1;
                Fate::Well
            }
            None => Fate::Well,
        };
        if by != Fate::Well {
            *cut = None;
        }
        let is_lost = matches!(by, Fate::EndsBefore | Fate::Fails);
        let done = self.clerk.write(move |tx| {
            let done = job(tx)?;
            if is_lost { Err(StoreError::GivenUp) } else { Ok(done) }
        });
        Step { done: done.ok(), is_over: matches!(by, Fate::EndsBefore | Fate::EndsAfter) }
    }

    /// Takes requests as they stand on the wire, in one commit.
    pub fn hear(&mut self, arrivals: &[Arrival<'_>], health: Health) -> Result<Vec<Outcome>, Broken> {
        let meets = |fate| arrivals.iter().any(|arrival| arrival.fate == fate);
        let (is_lost, ends) = (meets(Fate::EndsBefore), meets(Fate::EndsBefore) || meets(Fate::EndsAfter));
        let (mut heard, mut jobs) = (Vec::new(), Vec::new());
        for arrival in arrivals {
            let request = Request {
                is_get: false,
                target: arrival.target,
                content_type: Some("application/x-www-form-urlencoded"),
                signature: None,
                body: arrival.body.as_bytes(),
            };
            let route = Route::parse(arrival.target.strip_prefix("/twilio/").unwrap()).unwrap();
            let webhook = twilio::read(&request, &route, arrival.clocks.now).unwrap();
            let moment = self.moment.at(arrival.clocks.now, arrival.clocks.steady);
            let (then, told, fails) =
                (moment.clone(), webhook.clone(), is_lost || arrival.fate == Fate::Fails);
            jobs.push(move |tx: &mut Tx<'_>| {
                let parties = told.parties.clone();
                let done = Look::around(tx, who(&parties), |tx| then.answer(tx, told))?;
                if fails { Err(StoreError::GivenUp) } else { Ok(done) }
            });
            heard.push((route, webhook, moment));
        }
        let mut stored = match health {
            Health::Fails => Vec::new(),
            Health::Well | Health::Slow => self.clerk.write_all(jobs),
        }
        .into_iter();
        let mut outcomes = Vec::new();
        for (arrival, (route, webhook, moment)) in arrivals.iter().zip(heard) {
            let fails = is_lost || arrival.fate == Fate::Fails;
            let stored = match stored.next() {
                Some(Err(error)) if !fails => {
                    return broken("P1", format!("the store refused {}: {error:?}", arrival.target));
                }
                stored => stored.and_then(Result::ok),
            };
            let is_journaled = (health != Health::Well || arrival.fate == Fate::Fails) && !ends;
            let answer = match (is_journaled, &stored) {
                (true, _) => {
                    let (answer, json) = moment.answer_unstored(webhook.clone());
                    self.journal.push((record(json.unwrap()), webhook.clone()));
                    Some(answer)
                }
                (false, Some((answer, _))) if !ends => Some(answer.clone()),
                (false, _) => None,
            };
            let reply = answer.map(|answer| self.on_the_wire(answer, &route, &webhook));
            outcomes.push(Outcome { webhook, reply, stored, is_journaled });
        }
        if let Some(last) = arrivals.last().filter(|_| ends) {
            self.restart(last.clocks);
        }
        Ok(outcomes)
    }

    pub fn has_records(&self) -> bool {
        !self.journal.is_empty()
    }

    /// What the journal holds, in the order in which it was written.
    pub fn records(&self) -> Vec<(JournalRecord, Webhook)> {
        self.journal.clone()
    }

    /// Brings one record into the store.
    pub fn import(&mut self, (record, webhook): (JournalRecord, Webhook)) -> Imported {
        let (moment, parties) = (self.moment.clone(), webhook.parties.clone());
        let turn = match &webhook.news {
            News::Turn { call, turn, .. } => Some((*call, *turn)),
            News::Arrived
            | News::Leg { .. }
            | News::Recording { .. }
            | News::Transcript { .. }
            | News::Status
            | News::Fallback { .. }
            | News::Safe { .. } => None,
        };
        let import = move |tx: &mut Tx<'_>| {
            let (is_news, look) = Look::around(tx, who(&parties), |tx| moment.import(tx, &record))?;
            let decided = match turn {
                Some((call, turn)) => tx.reply_of(call, turn)?,
                None => None,
            };
            Ok((is_news, decided, look))
        };
        let (is_news, decided, look) = self.clerk.write(import).unwrap();
        Imported { webhook, is_news, look, decided }
    }

    /// All of it is in the store.
    pub fn empty_journal(&mut self) {
        self.journal.clear();
    }

    /// Gives up calls of which nothing was heard for long; `None` where none is in progress any more.
    pub fn sweep(&mut self, clocks: Clocks, mut cut: Option<Cut>) -> Option<Vec<(String, Look)>> {
        let moment = self.moment.at(clocks.now, clocks.steady);
        let then = moment.clone();
        let looked = self.step(&mut cut, move |tx| then.calls_to_sweep(tx));
        self.is_moved_unseen &= looked.done.is_none();
        if looked.is_over {
            self.restart(clocks);
            return Some(Vec::new());
        }
        let ids = looked.done.filter(|ids| !ids.is_empty())?;
        let mut swept = Vec::new();
        for id in ids {
            let moment = moment.clone();
            let step = self.step(&mut cut, move |tx| {
                let Some(call) = tx.take_call(id)? else { return Ok(None) };
                let (of, caller, line) = (call.of.clone(), call.caller.clone(), call.line.clone());
                tx.save_call(call)?;
                let (is_swept, look) =
                    Look::around(tx, (&of, &caller, line.as_ref()), |tx| moment.sweep(tx, id))?;
                Ok(is_swept.then_some((of.id, look)))
            });
            swept.extend(step.done.flatten());
            if step.is_over {
                self.restart(clocks);
                break;
            }
        }
        Some(swept)
    }

    /// What the server sends for an answer; empty where it sends nothing.
    fn on_the_wire(&self, answer: Answer, route: &Route, webhook: &Webhook) -> String {
        let safe = match answer {
            Answer::Document(document) => return document,
            Answer::Nothing => return String::new(),
            Answer::Safe => self.safe_reply(route, webhook),
        };
        let Some(safe) = safe else { return String::new() };
        write_safe(safe.reply(), &self.live.base, &self.live.settings.business.language)
    }

    fn safe_reply(&self, route: &Route, webhook: &Webhook) -> Option<Safe> {
        let business = &self.live.settings.business;
        Some(match route {
            Route::Voice | Route::Fallback | Route::Turn { .. } => {
                let owner = business.person(&business.owner).map(|owner| owner.number.clone());
                // Nobody's phone rings for its own call.
                Safe::Apology(
                    owner.into_iter().filter(|own| webhook.parties.caller.number() != Some(own)).collect(),
                )
            }
            Route::Leg { kind: LegRoute::Prompt, .. } | Route::Safe(SafeRoute::Prompt) => Safe::Prompt,
            Route::Leg { kind: LegRoute::Accept, .. } | Route::Safe(SafeRoute::Accept) => match &webhook.news
            {
                News::Leg { news: LegNews::Accept { pressed: true }, .. }
                | News::Safe { pressed: true, .. } => Safe::Connect,
                News::Leg { .. }
                | News::Safe { .. }
                | News::Arrived
                | News::Turn { .. }
                | News::Recording { .. }
                | News::Transcript { .. }
                | News::Status
                | News::Fallback { .. } => Safe::HangUp,
            },
            Route::Safe(SafeRoute::Rang) => Safe::TakeMessage,
            Route::Safe(SafeRoute::Recorded | SafeRoute::NoMessage) => Safe::Goodbye,
            Route::Status
            | Route::Recording { .. }
            | Route::Transcript { .. }
            | Route::Leg { kind: LegRoute::Progress, .. }
            | Route::Safe(SafeRoute::Recording) => return None,
        })
    }
}

fn who(parties: &Parties) -> Who<'_> {
    (&parties.call, &parties.caller, parties.line.as_ref())
}

enum Safe {
    Apology(Vec<PhoneNumber>),
    TakeMessage,
    Prompt,
    Connect,
    Goodbye,
    HangUp,
}

impl Safe {
    fn reply(&self) -> SafeReply<'_> {
        match self {
            Self::Apology(numbers) => SafeReply::Apology(numbers),
            Self::TakeMessage => SafeReply::TakeMessage,
            Self::Prompt => SafeReply::Prompt,
            Self::Connect => SafeReply::Connect,
            Self::Goodbye => SafeReply::Goodbye,
            Self::HangUp => SafeReply::HangUp,
        }
    }
}

fn record(json: String) -> JournalRecord {
    let digest = Sha256::digest(json.as_bytes());
    JournalRecord { id: digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect(), json }
}

/// Open entries that are not what they were.
fn changed(tx: &mut Tx<'_>, before: &[StoredCallBack]) -> Result<Vec<EntryLook>, StoreError> {
    let entries = tx.call_backs(false)?;
    entries
        .into_iter()
        .filter(|entry| !before.contains(entry))
        .map(|entry| EntryLook::of(tx, entry))
        .collect()
}
