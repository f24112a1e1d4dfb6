//! The month itself: one event after the other on a real server, and the test's own books beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use ringback::phone::{Clock, Purpose, Request};
use ringback::store::StoredCallBack;

use crate::support::judge::judge;
use crate::support::line::{TestLine, home_with};

use super::books::Books;
use super::callers::{self, Visit, Who};
use super::chance::Chance;
use super::compare::{self, assert_none};
use super::plan::{self, FIRST_DAY};
use super::staff;
use super::wire::{Came, News};

/// How much happens.
#[derive(Copy, Clone, Debug)]
pub(super) struct Size {
    pub(super) seed: u64,
    pub(super) days: i64,
    pub(super) calls: u64,
}

enum Event {
    Rings(Visit),
    /// The provider tells what it held back.
    Tells {
        call: usize,
        request: Request,
    },
    /// Somebody looks at the list.
    Works(&'static str),
    StepsAway,
    Restarts,
    Edits,
}

pub(super) struct Town {
    pub(super) line: TestLine,
    pub(super) books: Books,
    pub(super) chance: Chance,
    pub(super) counted: Counted,
    /// When offers lapse.
    pub(super) offers: BTreeSet<Timestamp>,
    size: Size,
    events: BTreeMap<(Timestamp, u64), Event>,
    planned: u64,
    sent_at: Arc<Mutex<Vec<Timestamp>>>,
    live: usize,
}

/// How often what happened, to know that the month was one.
#[derive(Clone, Debug, Default)]
pub(super) struct Counted {
    pub(super) requests: u64,
    pub(super) repeats: u64,
    pub(super) restarts: u64,
    pub(super) sweeps: u64,
    pub(super) edits: u64,
    pub(super) absences: u64,
    pub(super) redials: u64,
    pub(super) unreached: u64,
    pub(super) moves: BTreeMap<String, u64>,
}

impl Town {
    pub(super) async fn open(size: Size) -> Self {
        let begins = plan::at(FIRST_DAY, 5);
        let [main, shop] = ["two-areas", "front-desk"].map(|name| plan::flows(name)[0].clone());
        let home = home_with(plan::SETTINGS, &[("two-areas", &main), ("front-desk", &shop)]);
        let line = TestLine::open_home(home, Clock::starting(begins)).await;
        let mut town = Self {
            line,
            books: Books::default(),
            chance: Chance::of(size.seed),
            counted: Counted::default(),
            offers: BTreeSet::new(),
            size,
            events: BTreeMap::new(),
            planned: 0,
            sent_at: Arc::default(),
            live: 0,
        };
        town.watch_the_wire();
        staff::import_the_address_book(&town.line);
        town.plan_all();
        town
    }

    /// Notes when each request is sent: the clock stands still while it is answered.
    fn watch_the_wire(&mut self) {
        let (sent_at, clock) = (self.sent_at.clone(), self.line.clock.clone());
        self.line.exchange.before_each = Some(Box::new(move |_| {
            sent_at.lock().unwrap().push(clock.now());
            Box::pin(std::future::ready(()))
        }));
    }

    fn plan_all(&mut self) {
        let days: Vec<_> = FIRST_DAY.series(1.day()).take(usize::try_from(self.size.days).unwrap()).collect();
        let bursts = self.size.days.div_euclid(7).max(1).unsigned_abs();
        let burst = (self.size.calls / 30).min(100);
        let open_days = days.iter().filter(|day| !plan::open_on(**day).is_empty()).count() as u64;
        let on_open = (self.size.calls - bursts * burst) / (open_days + 1);
        let mut chance = self.chance.clone();
        for day in &days {
            let closed = plan::open_on(*day).is_empty();
            let calls = if closed { on_open / (days.len() as u64 - open_days).max(1) } else { on_open };
            for (at, visit) in callers::of_day(*day, calls, &mut chance) {
                self.plan(at, Event::Rings(visit));
            }
            for (from, to) in plan::open_on(*day) {
                self.plan_work(plan::at(*day, *from), plan::at(*day, *to), &mut chance);
            }
            if chance.is(30) {
                self.plan(plan::at(*day, chance.within(7 * 60, 15 * 60)), Event::StepsAway);
            }
            if chance.is(40) {
                self.plan(plan::at(*day, chance.within(8 * 60, 17 * 60)), Event::Restarts);
            }
        }
        for _ in 0..bursts {
            let begins = plan::at(*chance.pick(&days), chance.within(8 * 60, 18 * 60));
            for (at, visit) in callers::burst(begins, burst, &mut chance) {
                self.plan(at, Event::Rings(visit));
            }
        }
        self.plan(plan::at(days[days.len() / 2], 10 * 60 + 20), Event::Edits);
        self.chance = chance;
    }

    fn plan_work(&mut self, from: Timestamp, to: Timestamp, chance: &mut Chance) {
        for (person, _) in plan::PEOPLE {
            let mut at = from;
            loop {
                at += (chance.within(15, 70) as i64).minutes();
                if at >= to {
                    break;
                }
                self.plan(at, Event::Works(person));
            }
        }
    }

    fn plan(&mut self, at: Timestamp, event: Event) {
        self.planned += 1;
        self.events.insert((at, self.planned), event);
    }

    pub(super) fn now(&self) -> Timestamp {
        self.line.now()
    }

    fn wait_until(&self, at: Timestamp) {
        let left = at.duration_since(self.now());
        if left.is_positive() {
            self.line.clock.advance(left.unsigned_abs());
        }
    }

    /// Lives through it to the end, and lets everything that is on its way arrive.
    pub(super) async fn live(mut self) -> Self {
        while let Some(((at, _), event)) = self.events.pop_first() {
            self.sweep_until(at).await;
            self.wait_until(at);
            match event {
                Event::Rings(visit) => self.rings(visit).await,
                Event::Tells { call, request } => self.tells(call, &request).await,
                Event::Works(person) => {
                    self.sweep_until(self.now() + SignedDuration::from_mins(20)).await;
                    staff::works(&mut self, person);
                }
                Event::StepsAway => self.steps_away(),
                Event::Restarts => self = self.restarts().await,
                Event::Edits => self.edits().await,
            }
        }
        self.sweep_until(self.now() + SignedDuration::from_hours(5)).await;
        self
    }

    /// Sweeps, and ends offers, at the very moments at which there is something to find: so it does not matter when
    /// the server does it of its own accord.
    async fn sweep_until(&mut self, at: Timestamp) {
        while let Some(next) = self.next_found().filter(|next| *next <= at) {
            self.wait_until(next);
            let (now, found) = (self.now(), self.line.switchboard.sweep().await.unwrap());
            assert_eq!(found, self.books.swept(now), "the sweep at {now}");
            self.counted.sweeps += found as u64;
            self.offers.retain(|until| *until > now);
            self.line.switchboard.lapse_offers().await.unwrap();
        }
    }

    fn next_found(&self) -> Option<Timestamp> {
        self.books.next_sweep().into_iter().chain(self.offers.first().copied()).min()
    }

    async fn rings(&mut self, visit: Visit) {
        // No call may be going on when the sweep has something to find: the server's own might be first.
        self.sweep_until(self.now() + SignedDuration::from_mins(8)).await;
        if visit.who == Who::Unreached {
            return self.is_not_reached(&visit).await;
        }
        let script = visit.script(&mut self.chance);
        self.line.exchange.quirks = callers::quirks(&mut self.chance);
        let call = self.books.call_begins(visit.line, visit.caller(), (Some(self.live), self.now()));
        self.sent_at.lock().unwrap().clear();
        let heard = self.line.exchange.call(script).await.clean().unwrap();
        let times = self.sent_at.lock().unwrap().clone();
        assert_eq!(times.len(), heard.sent.len());
        for (sent, at) in heard.sent.iter().zip(times) {
            let answer = sent.answer.as_ref().unwrap().text();
            if call.is_multiple_of(20) && sent.purpose != Purpose::Report {
                judge(&answer);
            }
            self.books
                .news(call, &News { at, purpose: sent.purpose, request: &sent.request, answer: &answer });
        }
        self.counted.requests += heard.sent.len() as u64;
        if self.chance.is(3) {
            let turns: Vec<_> = heard.sent.iter().filter(|sent| sent.purpose == Purpose::Turn).collect();
            let again = *self.chance.pick(&turns);
            let answer = self.line.exchange.send(&again.request).await.unwrap();
            assert_eq!(Ok(answer), again.answer, "a repeat");
            self.counted.repeats += 1;
        }
        for request in heard.late {
            let minutes = self.chance.weighed(&[(3, 2), (2, 9), (1, 40)]);
            self.plan(self.now() + (minutes as i64).minutes(), Event::Tells { call, request });
        }
        self.rings_again(call, visit);
    }

    /// Whoever was not helped may ring again.
    fn rings_again(&mut self, call: usize, visit: Visit) {
        let missed = matches!(self.books.calls[call].came, Came::Missed(_));
        if visit.who == Who::Person && missed && visit.again < 3 && self.chance.is(30) {
            let at = self.now() + (self.chance.within(20, 3000) as i64).seconds();
            self.counted.redials += 1;
            self.plan(at, Event::Rings(Visit { again: visit.again + 1, ..visit }));
        }
    }

    /// All we hear of the call is that it is over, or first that the provider could not ask us.
    async fn is_not_reached(&mut self, visit: &Visit) {
        self.counted.unreached += 1;
        let call = self.books.call_begins(visit.line, visit.caller(), (None, self.now()));
        let id = self.line.exchange.fresh_id("CA");
        let mut params = self.line.exchange.first_params(&id, &visit.from, visit.line);
        if self.chance.is(50) {
            let mut params = params.clone();
            params.push(("ErrorCode".to_owned(), "11205".to_owned()));
            self.asks(call, Purpose::Fallback, Request::post("/twilio/fallback", params)).await;
            self.line.clock.advance(Duration::from_secs(20));
        }
        params.retain(|(key, _)| key != "CallStatus");
        params.push(("CallStatus".to_owned(), "no-answer".to_owned()));
        self.asks(call, Purpose::Report, Request::post("/twilio/status", params)).await;
    }

    async fn asks(&mut self, call: usize, purpose: Purpose, request: Request) {
        let at = self.now();
        let answer = self.line.send(&request).await.text();
        self.counted.requests += 1;
        self.books.news(call, &News { at, purpose, request: &request, answer: &answer });
    }

    async fn tells(&mut self, call: usize, request: &Request) {
        self.asks(call, Purpose::Report, request.clone()).await;
    }

    fn steps_away(&mut self) {
        self.counted.absences += 1;
        let (hours, now) = (self.chance.within(1, 4), self.now());
        let who = self.chance.weighed(&[(1, None), (3, Some("ana")), (3, Some("ben")), (2, Some("cleo"))]);
        staff::steps_away(&self.line, who, now + SignedDuration::from_hours(hours as i64));
    }

    /// The entry of the books that the list shows so.
    pub(super) fn entry_of(&self, stored: &StoredCallBack) -> usize {
        let entry = &stored.entry;
        let rung = entry.line.as_ref().map_or("", |line| line.as_str());
        let found = self.books.find(rung, entry.caller.identity(), entry.opened_at);
        found.unwrap_or_else(|| panic!("nobody waits as {entry:#?}"))
    }

    /// The days of the month.
    pub(super) fn days(&self) -> (Date, Date) {
        (FIRST_DAY, FIRST_DAY.saturating_add(self.size.days.days()))
    }

    async fn restarts(mut self) -> Self {
        self.counted.restarts += 1;
        assert_none(&compare::proof(&self));
        assert_none(&compare::report(&self, self.days()));
        self.line = self.line.restart().await;
        self.watch_the_wire();
        self
    }

    async fn edits(&mut self) {
        self.counted.edits += 1;
        self.live = 1;
        for name in ["two-areas", "front-desk"] {
            self.line.edit(&format!("ivr-flows/{name}.toml"), &plan::flows(name)[1]);
        }
        assert!(self.line.take_up().await);
    }
}
