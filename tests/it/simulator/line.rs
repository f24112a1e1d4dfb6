//! Our side of the wire without wires: the store in memory, the switchboard's decisions, and a process that can end
//! between any two of them. It does what the server does around a [`Moment`], and nothing else.

use std::sync::Arc;

use jiff::Timestamp;
use ringback::call::PhoneNumber;
use ringback::dialect::{
    LegNews, LegRoute, News, Request, Route, SafeReply, SafeRoute, Webhook, twilio, write_safe,
};
use ringback::phone::Document;
use ringback::store::{Clerk, JournalRecord, StoreError, Tx, WriteError};
use ringback::switchboard::{Answer, Live, Moment};
use sha2::{Digest, Sha256};

use super::ledger::{Broken, broken};
use super::look::Look;
use super::town::{self, BROKEN, PUBLIC_URL};

/// What can befall one delivery on our side.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Nothing.
    Well,
    /// The process ends before the commit.
    EndsBefore,
    /// The process ends after the commit, and the reply never leaves.
    EndsAfter,
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
}

impl Line {
    pub fn open(edition: usize, now: Timestamp) -> Self {
        let mut clerk = Clerk::in_memory().unwrap();
        let live = Arc::new(Live::start_with(town::edition(edition), &mut clerk, PUBLIC_URL, now).unwrap());
        let moment = Moment::new(live.clone(), now);
        Self { clerk, live, moment, files: edition, edition, journal: Vec::new() }
    }

    /// The owner saves other files. What is not sound does not go live.
    pub fn edit(&mut self, edition: usize, now: Timestamp) {
        self.files = edition;
        if edition != BROKEN {
            self.go_live(now);
        }
    }

    /// The process ends and starts again: nothing remembered in memory is left.
    pub fn restart(&mut self, now: Timestamp) {
        self.clerk.forget();
        self.go_live(now);
        self.moment = Moment::new(self.live.clone(), now);
    }

    fn go_live(&mut self, now: Timestamp) {
        let draft = town::edition(self.files);
        self.live = Arc::new(Live::start_with(draft, &mut self.clerk, PUBLIC_URL, now).unwrap());
        if self.files != BROKEN {
            self.edition = self.files;
        }
        self.moment = self.moment.with(self.live.clone());
    }

    /// Takes a request as it stands on the wire.
    pub fn hear(
        &mut self,
        (target, body): (&str, &str),
        (now, health, fate): (Timestamp, Health, Fate),
    ) -> Result<Outcome, Broken> {
        let request = Request {
            is_get: false,
            target,
            content_type: Some("application/x-www-form-urlencoded"),
            signature: None,
            body: body.as_bytes(),
        };
        let route = Route::parse(target.strip_prefix("/twilio/").unwrap()).unwrap();
        let webhook = twilio::read(&request, &route, now).unwrap();
        let moment = self.moment.at(now, now.as_duration());
        let stored = match (health, fate) {
            (Health::Fails, _) => None,
            (Health::Well | Health::Slow, Fate::EndsBefore) => {
                let (then, told) = (moment.clone(), webhook.clone());
                let cut: Result<(), WriteError> =
                    self.clerk.write(move |tx| then.answer(tx, told).and(Err(StoreError::GivenUp)));
                assert!(cut.is_err());
                None
            }
            (Health::Well | Health::Slow, Fate::Well | Fate::EndsAfter) => {
                let (then, told) = (moment.clone(), webhook.clone());
                let answered = self.clerk.write(move |tx| {
                    let of = told.parties.call.clone();
                    let answer = then.answer(tx, told)?;
                    Ok((answer, Look::at(tx, &of)?))
                });
                match answered {
                    Ok(answered) => Some(answered),
                    Err(error) => return broken("P1", format!("the store refused {target}: {error:?}")),
                }
            }
        };
        let ends = fate != Fate::Well;
        let is_journaled = health != Health::Well && !ends;
        let answer = match (is_journaled, &stored) {
            (true, _) => {
                let (answer, json) = moment.answer_unstored(webhook.clone());
                self.journal.push((record(json.unwrap()), webhook.clone()));
                Some(answer)
            }
            (false, Some((answer, _))) if !ends => Some(answer.clone()),
            (false, _) => None,
        };
        if ends {
            self.restart(now);
        }
        let reply = answer.map(|answer| self.on_the_wire(answer, &route, &webhook));
        Ok(Outcome { webhook, reply, stored, is_journaled })
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
        let (moment, of) = (self.moment.clone(), webhook.parties.call.clone());
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
            let is_news = moment.import(tx, &record)?;
            let decided = match turn {
                Some((call, turn)) => tx.reply_of(call, turn)?,
                None => None,
            };
            Ok((is_news, decided, Look::at(tx, &of)?))
        };
        let (is_news, decided, look) = self.clerk.write(import).unwrap();
        Imported { webhook, is_news, look, decided }
    }

    /// All of it is in the store.
    pub fn empty_journal(&mut self) {
        self.journal.clear();
    }

    /// Gives up calls of which nothing was heard for long.
    pub fn sweep(&mut self, now: Timestamp) -> Vec<(String, Look)> {
        let moment = self.moment.at(now, now.as_duration());
        let mut swept = Vec::new();
        for id in self.clerk.write(|tx| tx.calls_in_progress()).unwrap() {
            let moment = moment.clone();
            let done = self.clerk.write(move |tx| {
                let is_swept = moment.sweep(tx, id)?;
                let of = tx.call_line(id)?.map(|line| line.call_id).unwrap_or_default();
                Ok(if is_swept { Some((of, Look::of(tx, id)?)) } else { None })
            });
            swept.extend(done.unwrap());
        }
        swept
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
