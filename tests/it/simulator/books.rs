//! What the provider told us of each call and what we answered, kept from the wire alone; and what must have come of the
//! call by that. None of ringback's own rules are asked.

use std::collections::{BTreeMap, BTreeSet};

use ringback::call::{Outcome, TurnNumber};
use ringback::dialect::{LegNews, News, SafeRoute, Webhook};
use ringback::engine::Event;
use ringback::phone::{Document, Verb};

/// The ring of the safe reply among those of the flow.
const SAFE: TurnNumber = TurnNumber::MAX;
/// Whose phone the safe reply rings.
const OWNER: &str = "ana";

/// One call, as it was told.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// Anything at all that leaves a row.
    pub is_known: bool,
    /// Who was put through, by ring.
    put_through: BTreeMap<TurnNumber, String>,
    /// Legs whose key was answered.
    keys: BTreeSet<(TurnNumber, String)>,
    /// Rings whose end was told.
    rung: BTreeSet<TurnNumber>,
    /// Turns that were decided.
    decided: BTreeSet<TurnNumber>,
    /// The ring that the caller hears, where that is the last document.
    ringing: Option<TurnNumber>,
    talked: Option<String>,
    /// Rings in which somebody talked before it was told who: a key that failed waits in the journal.
    unnamed: Vec<TurnNumber>,
    is_refused: bool,
    is_over: bool,
    safe_ring: Option<bool>,
}

impl Told {
    /// A request that the store took, and the document that it was answered.
    pub fn stored(&mut self, webhook: &Webhook, document: Option<&Document>) {
        self.is_known |= webhook.over || !matches!(webhook.news, News::Status);
        match &webhook.news {
            News::Arrived => self.turn(0, None, (webhook.over, document)),
            News::Turn { turn, event, .. } => self.turn(*turn, Some(event), (webhook.over, document)),
            News::Leg { turn, person, news: LegNews::Accept { .. }, .. } => {
                self.keys.insert((*turn, person.to_string()));
                if document.is_some_and(|document| document.0.is_empty()) {
                    self.put_through.entry(*turn).or_insert_with(|| person.to_string());
                }
            }
            News::Leg { .. } | News::Recording { .. } | News::Transcript { .. } | News::Fallback { .. } => {}
            News::Status => self.is_over |= webhook.over,
            News::Safe { step, connected, pressed, .. } => {
                self.safe_step((*step, *connected, *pressed));
                self.is_over |= webhook.over;
            }
        }
    }

    /// A request that came out of the journal: the caller heard the safe reply, whatever the store would have said.
    pub fn imported(&mut self, webhook: &Webhook, decided: Option<&Document>) {
        self.is_known |= webhook.over || !matches!(webhook.news, News::Status);
        match &webhook.news {
            News::Arrived => self.is_over |= webhook.over,
            News::Turn { turn, event: event @ (Event::Rang(_) | Event::Recorded(_)), .. } => {
                self.turn(*turn, Some(event), (webhook.over, decided));
                self.is_over |= webhook.over;
            }
            News::Turn { .. } => self.is_over |= webhook.over,
            News::Leg { turn, person, news: LegNews::Accept { pressed: true }, .. } => {
                if self.keys.insert((*turn, person.to_string())) {
                    self.put_through.entry(*turn).or_insert_with(|| person.to_string());
                }
            }
            News::Leg { .. }
            | News::Recording { .. }
            | News::Transcript { .. }
            | News::Fallback { .. }
            | News::Status
            | News::Safe { .. } => self.stored(webhook, None),
        }
    }

    /// The sweep gave the call up.
    pub fn swept(&mut self) {
        self.is_over = true;
    }

    fn turn(&mut self, turn: TurnNumber, event: Option<&Event>, (over, document): (bool, Option<&Document>)) {
        let Some(document) = document else { return };
        if !self.decided.insert(turn) {
            return;
        }
        if let (Some(Event::Rang(end)), Some(ring)) = (event, self.ringing) {
            self.rung.insert(ring);
            if end.connected && self.talked.is_none() {
                self.talked = self.put_through.get(&ring).cloned();
                if self.talked.is_none() {
                    self.unnamed.push(ring);
                }
            }
        }
        let dials = document.0.iter().any(|verb| matches!(verb, Verb::Dial(_)));
        self.ringing = dials.then_some(turn);
        self.is_refused |= matches!(document.0.first(), Some(Verb::Reject { .. }));
        self.is_over |= over || matches!(document.0.last(), Some(Verb::Hangup));
    }

    fn safe_step(&mut self, (step, connected, pressed): (SafeRoute, bool, bool)) {
        match step {
            SafeRoute::Accept if pressed => {
                self.put_through.entry(SAFE).or_insert_with(|| OWNER.to_owned());
            }
            SafeRoute::Rang => self.safe_ring = Some(self.safe_ring.unwrap_or(false) || connected),
            SafeRoute::Accept
            | SafeRoute::Prompt
            | SafeRoute::Recorded
            | SafeRoute::Recording
            | SafeRoute::NoMessage => {}
        }
    }

    /// `answered by ana`, `missed`, `blocked` or `in progress`.
    pub fn outcome(&self) -> String {
        if self.is_refused {
            return "blocked".to_owned();
        }
        let answered = |by: &String| format!("answered by {by}");
        let named_since = || self.unnamed.iter().find_map(|ring| self.put_through.get(ring));
        if let Some(by) = self.talked.as_ref().or_else(named_since) {
            return answered(by);
        }
        let safe = self.put_through.get(&SAFE);
        if let Some(by) =
            safe.filter(|_| self.safe_ring == Some(true) || self.safe_ring.is_none() && self.is_over)
        {
            return answered(by);
        }
        if !self.is_over {
            return "in progress".to_owned();
        }
        let unsaid = self.ringing.filter(|ring| !self.rung.contains(ring));
        match unsaid.and_then(|ring| self.put_through.get(&ring)) {
            Some(by) => answered(by),
            None => "missed".to_owned(),
        }
    }
}

/// An outcome of the store in the same words.
pub fn in_words(outcome: &Outcome) -> String {
    match outcome {
        Outcome::InProgress => "in progress".to_owned(),
        Outcome::Answered(accept) => format!("answered by {}", accept.by),
        Outcome::Missed(_) => "missed".to_owned(),
        Outcome::Blocked => "blocked".to_owned(),
    }
}
