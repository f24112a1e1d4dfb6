//! A past caller in a flow: presses, waits, talks and hangs up as in the call that there was.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::business::{Absences, Away, Business};
use crate::call::{
    Acquaintance, Course, Evidence, Key, Leg, Outcome, PersonName, Recording, Reports, StepName, TurnNumber,
};
use crate::engine::{Event, Facts, Heard, Place, Reply, RingEnd, Speech, State, Then, turn};
use crate::flow::{self, Flow, StepId};
use crate::language::{Language, Rate};
use crate::walk::keys_named;

use super::PastCall;
use super::habit::{Habit, menu};

/// The engine ends every conversation sooner.
const MOST_TURNS: TurnNumber = 60;
/// How long a caller needs to find a key after hearing of it.
const THINKS: Duration = Duration::from_secs(1);

/// Something that the past call does not tell.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doubt {
    /// A choice, for a caller who met none then; taken to press nothing.
    Choice,
    /// A person who was not rung then; taken not to accept.
    Person,
    /// A message, for a caller who was not invited to leave one; taken to say nothing.
    Message,
    /// A question that was not asked then; taken not to be answered.
    Question,
}

/// How a caller fared.
#[derive(Clone, Debug, PartialEq)]
pub struct Ended {
    /// What came of the call.
    pub outcome: Outcome,
    /// How long it took until a person talked with the caller.
    pub to_person: Option<Duration>,
    /// What was assumed on the way.
    pub doubts: BTreeSet<Doubt>,
}

/// What stays the same while a caller goes through a flow.
pub(super) struct Stage<'a> {
    pub(super) flow: &'a Flow,
    pub(super) business: &'a Business,
    pub(super) call: &'a PastCall,
    pub(super) habit: &'a Habit,
    pub(super) known: &'a Known,
}

/// What the conversation was told at that time besides the call itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    pub(super) about: Acquaintance,
    pub(super) again: bool,
    pub(super) away: Absences,
}

/// When the caller hangs up.
#[derive(Copy, Clone, Debug)]
pub(super) enum Patience {
    /// Never.
    Endless,
    /// At this turn, after this time.
    Turn(usize, Duration),
    /// After so long in all.
    Time(Duration),
}

/// What happens next, after how long.
struct Next {
    event: Event,
    after: Duration,
    legs: Vec<Leg>,
}

/// Plays the caller; gives the end, and how long the caller stayed.
pub(super) fn play(stage: &Stage<'_>, patience: Patience) -> (Ended, Duration) {
    let mut player = Player {
        stage,
        passed: Duration::ZERO,
        wants: stage.habit.wants.iter().map(|want| (want, false)).collect(),
        legs: Vec::new(),
        doubts: BTreeSet::new(),
        tries: 0,
    };
    let mut state = State::lobby();
    let mut event = Event::Arrived;
    let mut leaves = false;
    for number in 0..MOST_TURNS {
        let made = turn(stage.flow, &state, &event, &player.facts(number, leaves));
        state = made.state;
        if leaves || matches!(made.reply.then, Then::HangUp | Then::Refuse) {
            break;
        }
        let next = player.next(&state, &made.reply, number);
        let rest = match patience {
            Patience::Endless => None,
            Patience::Turn(turns, rest) => (usize::from(number) + 1 >= turns).then_some(rest),
            Patience::Time(all) => Some(all.saturating_sub(player.passed)),
        };
        match rest.filter(|rest| *rest < next.after || matches!(patience, Patience::Turn(..))) {
            Some(rest) => {
                player.passed += rest;
                event = Event::Silence;
                leaves = true;
            }
            None => {
                player.passed += next.after;
                player.legs.extend(next.legs);
                event = next.event;
            }
        }
    }
    let stayed = player.passed;
    (player.end(&state), stayed)
}

struct Player<'a> {
    stage: &'a Stage<'a>,
    passed: Duration,
    wants: Vec<(&'a super::habit::Want, bool)>,
    legs: Vec<Leg>,
    doubts: BTreeSet<Doubt>,
    /// How many keys were tried to show that this is no machine.
    tries: u8,
}

impl<'a> Player<'a> {
    fn now(&self) -> Timestamp {
        self.stage.call.at.saturating_add(self.passed).unwrap_or(self.stage.call.at)
    }

    fn facts(&self, turn: TurnNumber, caller_left: bool) -> Facts<'_> {
        let call = self.stage.call;
        Facts {
            now: self.now(),
            turn,
            business: self.stage.business,
            caller: &call.caller,
            line: call.line.as_ref(),
            forwarded_from: call.forwarded_from.as_ref(),
            about: &self.stage.known.about,
            again: self.stage.known.again,
            attested: false,
            away: &self.stage.known.away,
            waiting: 0,
            legs: &self.legs,
            caller_left,
        }
    }

    fn next(&mut self, state: &State, reply: &Reply, number: TurnNumber) -> Next {
        let said: Duration = reply.say.iter().map(lasts).sum();
        match &reply.then {
            Then::Menu { wait, .. } => self.answer(state, reply, said + *wait),
            Then::Ring { legs, for_, .. } => {
                let rung: Vec<&PersonName> = legs.iter().map(|leg| &leg.person).collect();
                self.ring(&rung, (said, *for_), number)
            }
            Then::Record { silence, .. } => {
                let seconds = self.stage.habit.message.unwrap_or_else(|| {
                    self.doubts.insert(Doubt::Message);
                    0
                });
                let spoken = Duration::from_secs(u64::from(seconds)).max(*silence);
                let recording = Recording { seconds, url: None, at: self.now() };
                let event = Event::Recorded((seconds > 0).then_some(recording));
                Next { event, after: said + spoken, legs: Vec::new() }
            }
            Then::HangUp | Then::Refuse => Next { event: Event::Silence, after: said, legs: Vec::new() },
        }
    }

    fn answer(&mut self, state: &State, reply: &Reply, until_silence: Duration) -> Next {
        let keys = |text: &str| Event::Pressed(text.chars().filter_map(Key::new).collect());
        let typed = |text: &str| Next {
            event: keys(text),
            after: reply.say.iter().map(lasts).sum::<Duration>() + THINKS,
            legs: Vec::new(),
        };
        let silence = Next { event: Event::Silence, after: until_silence, legs: Vec::new() };
        match &state.place {
            Place::Menu { step, .. } => {
                let chosen = self.choose(step);
                let Some(key) = chosen else { return silence };
                let heard = self.until_key(reply, key);
                let after = heard.unwrap_or_else(|| reply.say.iter().map(lasts).sum()) + THINKS;
                Next { event: Event::Pressed(vec![key]), after, legs: Vec::new() }
            }
            // Which key it takes is found by trying, as the walk does.
            Place::HumanTest { .. } => {
                self.tries = self.tries % 9 + 1;
                typed(&self.tries.to_string())
            }
            Place::AskingNumber { .. } => match &self.stage.habit.typed {
                Some(number) => typed(number),
                None => {
                    if !self.stage.habit.was_asked_number {
                        self.doubts.insert(Doubt::Question);
                    }
                    silence
                }
            },
            Place::ConfirmingNumber { .. } | Place::ChoosingTime { .. } | Place::ConfirmingAnswer { .. } => {
                typed("1")
            }
            Place::Asking { step, .. } => {
                let answers = self.stage.call.turns.last().map(|turn| &turn.state.course.answers);
                let asked = self.stage.flow.step_named(step).map(|id| &self.stage.flow.step(id).then);
                let answer = match (asked, answers) {
                    (Some(flow::Then::Ask(ask)), Some(answers)) => {
                        answers.iter().find(|(name, _)| *name == ask.answer).map(|(_, answer)| answer)
                    }
                    (Some(_) | None, _) => None,
                };
                match answer {
                    Some(digits) if digits.chars().all(|c| c.is_ascii_digit()) => typed(digits),
                    Some(words) => {
                        let heard = Heard { words: words.clone(), confidence: None };
                        Next { event: Event::Said(heard), ..typed("") }
                    }
                    None => {
                        self.doubts.insert(Doubt::Question);
                        silence
                    }
                }
            }
            Place::Lobby | Place::Ringing { .. } | Place::Message { .. } | Place::Over => silence,
        }
    }

    /// The key that this caller presses at that choice. What was wanted once is not wanted again.
    fn choose(&mut self, step: &StepName) -> Option<Key> {
        if !self.stage.habit.met_a_choice {
            self.doubts.insert(Doubt::Choice);
            return None;
        }
        let flow = self.stage.flow;
        let menu = menu(flow, flow.step_named(step)?)?;
        let (want, done) = self.wants.iter_mut().find(|(_, done)| !*done)?;
        *done = true;
        if want.key == Key::ZERO {
            return Some(Key::ZERO);
        }
        // A key that no choice offers is no wish: it was a slip then, and is one again.
        want.among(flow, menu).map(|choice| choice.key).or(want.aim.is_none().then_some(want.key))
    }

    /// How long it takes until that key is named.
    fn until_key(&self, reply: &Reply, key: Key) -> Option<Duration> {
        let flows = self.stage.flow.languages.first().copied();
        let language = reply.language.or(flows).or_else(|| Language::of_tag(&self.stage.business.language));
        let mut before = Duration::ZERO;
        for speech in &reply.say {
            if let Speech::Say(words) = speech {
                let named = keys_named(words, language.unwrap_or_default());
                if let Some(named) = named.iter().find(|named| named.key == key) {
                    return Some(before + Rate::default().time_to_say(&words[..named.ends]));
                }
            }
            before += lasts(speech);
        }
        None
    }

    fn ring(&mut self, rung: &[&PersonName], (said, for_): (Duration, Duration), number: TurnNumber) -> Next {
        let known = &self.stage.habit.people;
        if rung.iter().any(|person| !known.iter().any(|(known, _)| known == *person)) {
            self.doubts.insert(Doubt::Person);
        }
        let accepts = known.iter().filter(|(person, _)| rung.contains(&person));
        let first =
            accepts.filter_map(|(person, after)| Some((person, (*after)?))).min_by_key(|(_, after)| *after);
        let leg = |person: &PersonName, after: Duration, accepts: bool| {
            let at = self.now().saturating_add(said + after).unwrap_or(self.stage.call.at);
            Leg {
                turn: number,
                person: person.clone(),
                provider_id: None,
                picked_up_at: Some(at),
                prompted: true,
                accepted_at: accepts.then_some(at),
            }
        };
        let Some((person, after)) = first.filter(|(_, after)| *after <= for_ + SLACK) else {
            let picked_up = self.stage.habit.picked_up.iter().filter(|person| rung.contains(person));
            let legs = picked_up.map(|person| leg(person, for_, false)).collect();
            let event = Event::Rang(RingEnd { connected: false, leg: None });
            return Next { event, after: said + for_, legs };
        };
        let event = Event::Rang(RingEnd { connected: true, leg: None });
        let legs = vec![leg(person, after, true)];
        Next { event, after: said + after, legs }
    }

    fn end(self, state: &State) -> Ended {
        let course: &Course = &state.course;
        let reports = Reports { ended_at: Some(self.now()), legs: self.legs, ..Reports::default() };
        let began = self.stage.call.at;
        let evidence = Evidence { first_fetch_at: Some(began), course, reports: &reports };
        let outcome = evidence.outcome();
        let to_person = match &outcome {
            Outcome::Answered(accept) => Duration::try_from(accept.at.duration_since(began)).ok(),
            Outcome::Missed(_) | Outcome::Blocked | Outcome::InProgress => None,
        };
        Ended { outcome, to_person, doubts: self.doubts }
    }
}

/// Phones ring a little longer than they are asked to, and the accept prompt is heard after that.
const SLACK: Duration = Duration::from_secs(12);

/// Whose length is not known counts as nothing, as in the walk.
fn lasts(speech: &Speech) -> Duration {
    match speech {
        Speech::Say(words) | Speech::SayIn(_, words) => Rate::default().time_to_say(words),
        Speech::Play(_) => Duration::ZERO,
        Speech::Pause(seconds) => Duration::from_secs(u64::from(*seconds)),
    }
}

impl Known {
    /// What was known then: where the call began tells more than what is known by now. Whether the business was away is
    /// not kept, and not who was, but where it led.
    pub(super) fn of(call: &PastCall, flow: &Flow, (business, rang_before): (&Business, bool)) -> Self {
        let start = &flow.start;
        let first = call.turns.first();
        let step = first.and_then(|turn| flow.step_named(turn.passed.first()?));
        let began_at = |entry: Option<StepId>| entry.is_some() && step == entry && step != Some(start.open);
        let blocked = call.outcome == Outcome::Blocked || began_at(start.blocked);
        let away = began_at(start.away.or(start.closed)) && business.is_open(call.at) && !blocked;
        let until = call.at.saturating_add(SignedDuration::from_hours(1)).unwrap_or(call.at);
        let mut about = Acquaintance { blocked, ..call.about.clone() };
        about.language = first.and_then(|turn| turn.state.language);
        if start.known.is_some() {
            let known = began_at(start.known);
            about.answered_before = known;
            about.name = about.name.filter(|_| known);
        }
        let business = away.then_some(Away { until, reason: None });
        let again = if start.again.is_some() { began_at(start.again) } else { rang_before };
        Self { about, again, away: Absences { business, people: Vec::new() } }
    }
}
