//! The rehearsal itself: the engine's replies, and what caller and staff do then.

use std::time::Duration;

use jiff::Timestamp;

use crate::business::{Business, Person};
use crate::call::{Caller, Key, Leg, PhoneNumber, Recording, TurnNumber};
use crate::cli::failure::Failure;
use crate::engine::{self, Announcement, Event, Facts, Place, Reply, RingEnd, RungLeg, Speech, State, Then};
use crate::flow::Flow;
use crate::language::{Language, Mark};
use crate::phone::time_to_say;
use crate::store::PathStep;

use super::caller::Present;
use super::hands::{Hands, Input, Wanted};
use super::record::Record;

/// Turns after which a rehearsal is over, whatever the flow does; the engine ends a call sooner.
const TURNS: TurnNumber = 60;

/// How long a talk lasts.
const TALK: Duration = Duration::from_secs(60);

/// What stays the same through a rehearsal.
#[derive(Copy, Clone)]
pub(super) struct Scene<'a> {
    pub(super) flow: &'a Flow,
    pub(super) business: &'a Business,
    pub(super) caller: &'a Caller,
    pub(super) line: Option<&'a PhoneNumber>,
    pub(super) present: &'a Present,
    pub(super) began: Timestamp,
}

/// A call being rehearsed.
pub(super) struct Rehearsal<'a> {
    scene: Scene<'a>,
    hands: Hands<'a>,
    record: Record,
    now: Timestamp,
    legs: Vec<Leg>,
    path: Vec<PathStep>,
}

/// A call that was rehearsed.
pub(super) struct Played {
    pub(super) record: Record,
    pub(super) state: State,
    pub(super) ended: Timestamp,
    pub(super) legs: Vec<Leg>,
    pub(super) path: Vec<PathStep>,
}

/// What the rehearsing person answered.
enum Done {
    Happened(Event),
    HungUp,
}

impl<'a> Rehearsal<'a> {
    pub(super) fn new(scene: Scene<'a>, hands: Hands<'a>, record: Record) -> Self {
        Self { scene, hands, record, now: scene.began, legs: Vec::new(), path: Vec::new() }
    }

    /// Plays the call to its end.
    pub(super) fn play(mut self) -> Result<Played, Failure> {
        let mut state = State::lobby();
        let mut event = Event::Arrived;
        let mut left = false;
        for number in 0..TURNS {
            let turn = engine::turn(self.scene.flow, &state, &event, &self.facts(number, left));
            state = turn.state;
            if let (Some(key), Some(step)) = (turn.key, self.path.last_mut()) {
                step.key = Some(key.to_string());
            }
            let at = self.now;
            self.path.extend(turn.passed.into_iter().map(|step| PathStep { step, at, key: None }));
            if left {
                break;
            }
            self.speak(&turn.reply)?;
            match self.follow(&turn.reply, (&state, number))? {
                Some(Done::Happened(next)) => event = next,
                Some(Done::HungUp) => {
                    self.line("caller", "hangs up")?;
                    (event, left) = (Event::Silence, true);
                }
                None => break,
            }
        }
        Ok(Played { record: self.record, state, ended: self.now, legs: self.legs, path: self.path })
    }

    fn facts(&self, turn: TurnNumber, caller_left: bool) -> Facts<'_> {
        let Scene { business, caller, line, present, .. } = self.scene;
        Facts {
            now: self.now,
            turn,
            business,
            caller,
            line,
            forwarded_from: None,
            about: &present.about,
            again: present.again,
            // So that whoever may be greeted by name is.
            attested: true,
            away: &present.away,
            waiting: present.waiting,
            legs: &self.legs,
            caller_left,
        }
    }

    /// What is said, marked with its language where that is not the flow's main one.
    fn speak(&mut self, reply: &Reply) -> Result<(), Failure> {
        let main = self.scene.flow.languages.first().copied();
        let marked = |language: Option<Language>, words: &str| match language.filter(|_| language != main) {
            Some(language) => format!("[{language}] \"{words}\""),
            None => format!("\"{words}\""),
        };
        for speech in &reply.say {
            match speech {
                Speech::Say(words) => {
                    self.line("ringback", &marked(reply.language, words))?;
                    self.pass(time_to_say(words));
                }
                Speech::SayIn(language, words) => {
                    self.line("ringback", &format!("[{language}] \"{words}\""))?;
                    self.pass(time_to_say(words));
                }
                Speech::Play(file) => self.line("ringback", &format!("plays {file}"))?,
                Speech::Pause(seconds) => self.pass(Duration::from_secs(u64::from(*seconds))),
            }
        }
        Ok(())
    }

    /// Lets happen what the reply asks for; `None` when the call is over.
    fn follow(
        &mut self,
        reply: &Reply,
        (state, turn): (&State, TurnNumber),
    ) -> Result<Option<Done>, Failure> {
        match &reply.then {
            Then::Menu { keys, wait, hear } => {
                let wanted = Wanted { number: keys.is_none_or(|keys| keys > 1), listens: hear.is_some() };
                match self.hands.act(wanted)? {
                    Some(Input::PassesTest) => self.press(test_key(state, reply).unwrap_or_default(), *wait),
                    Some(Input::Pressed(typed)) => self.press(typed, *wait),
                    Some(Input::Said(words)) => self.say(words, (wanted.listens, *wait)),
                    Some(Input::Nothing) => self.press(String::new(), *wait),
                    None => Ok(Done::HungUp),
                }
                .map(Some)
            }
            Then::Ring { legs, for_, .. } => self.ring(legs, (state, *for_, turn)).map(Some),
            Then::Record { .. } => self.leave_message().map(Some),
            Then::HangUp => self.line("ringback", "hangs up").map(|()| None),
            Then::Refuse => self.line("ringback", "does not take the call").map(|()| None),
        }
    }

    fn press(&mut self, typed: String, wait: Duration) -> Result<Done, Failure> {
        let pressed: Vec<Key> = typed.chars().filter_map(Key::new).collect();
        if pressed.is_empty() {
            self.pass(wait);
            self.line("caller", "presses nothing")?;
            return Ok(Done::Happened(Event::Silence));
        }
        self.pass(Duration::from_secs(1));
        self.line("caller", &format!("presses {typed}"))?;
        Ok(Done::Happened(Event::Pressed(pressed)))
    }

    fn say(&mut self, words: String, (listened_to, wait): (bool, Duration)) -> Result<Done, Failure> {
        self.pass(Duration::from_secs(1));
        if !listened_to {
            self.line("caller", &format!("says \"{words}\", and nobody listens here"))?;
            self.pass(wait);
            return Ok(Done::Happened(Event::Silence));
        }
        self.line("caller", &format!("says \"{words}\""))?;
        self.pass(time_to_say(&words));
        Ok(Done::Happened(Event::Said(engine::Heard { words, confidence: None })))
    }

    fn ring(
        &mut self,
        legs: &[RungLeg],
        (state, for_, turn): (&State, Duration, TurnNumber),
    ) -> Result<Done, Failure> {
        let business = self.scene.business;
        let people: Vec<&Person> = legs.iter().filter_map(|leg| business.person(&leg.person)).collect();
        let spoken: Vec<&str> = people.iter().map(|person| person.spoken.as_str()).collect();
        self.line("", &format!("phones ring: {}", spoken.join(", ")))?;
        let Some(taken) = self.hands.take(&people, for_)? else { return Ok(Done::HungUp) };
        let Some((person, after)) = taken else {
            self.pass(for_);
            self.line("", "nobody takes it")?;
            return Ok(Done::Happened(Event::Rang(RingEnd { connected: false, leg: None })));
        };
        self.pass(after);
        let mut leg = Leg {
            turn,
            person: person.name.clone(),
            provider_id: Some(format!("{}-{turn}", person.name)),
            picked_up_at: Some(self.now),
            prompted: false,
            accepted_at: None,
        };
        let screened = legs.iter().any(|rung| rung.person == person.name && rung.screened);
        if screened {
            let hears = self.accept_prompt(state);
            self.line(&person.spoken, &format!("hears \"{hears}\""))?;
            self.pass(time_to_say(&hears));
            self.line("", &format!("{} presses a key and talks with the caller", person.spoken))?;
            leg.prompted = true;
            leg.accepted_at = Some(self.now);
        } else {
            self.line("", &format!("{} picks up and talks with the caller", person.spoken))?;
        }
        let connected = RingEnd { connected: true, leg: leg.provider_id.clone() };
        self.legs.push(leg);
        self.pass(TALK);
        Ok(Done::Happened(Event::Rang(connected)))
    }

    /// What somebody hears who picks up.
    fn accept_prompt(&self, state: &State) -> String {
        let about = &self.scene.present.about;
        let mark = if state.again { Some(Mark::Urgent) } else { about.vip.then_some(Mark::Important) };
        let reply = engine::accept_prompt(&Announcement {
            language: self.scene.business.own_language(),
            area: state.course.area.as_ref(),
            name: about.name.as_deref(),
            mark,
        });
        match reply {
            engine::LegReply::Prompt(prompt) => prompt.say,
            engine::LegReply::TooLate(words) => words,
            engine::LegReply::Connect => String::new(),
        }
    }

    fn leave_message(&mut self) -> Result<Done, Failure> {
        self.line("", "beep")?;
        let Some(seconds) = self.hands.speak()? else { return Ok(Done::HungUp) };
        self.pass(Duration::from_secs(u64::from(seconds.max(5))));
        let says = match seconds {
            0 => "says nothing".to_owned(),
            seconds => format!("leaves a message of {seconds} s"),
        };
        self.line("caller", &says)?;
        let recording = (seconds > 0).then_some(Recording { seconds, url: None, at: self.now });
        Ok(Done::Happened(Event::Recorded(recording)))
    }

    fn pass(&mut self, time: Duration) {
        self.now = self.now.checked_add(time).unwrap_or(self.now);
    }

    fn line(&mut self, who: &str, what: &str) -> Result<(), Failure> {
        let since = self.now.duration_since(self.scene.began).unsigned_abs();
        self.record.add(since, who, what)
    }
}

/// The key that the test for strangers asks for in the reply, as a person hears it; `None` at other prompts.
fn test_key(state: &State, reply: &Reply) -> Option<String> {
    if !matches!(state.place, Place::HumanTest { .. }) {
        return None;
    }
    let is_asked_for = |key: &char| {
        let asked =
            |words: &str| Language::ALL.iter().any(|one| words.contains(&one.phrases().human_test(*key)));
        reply.say.iter().any(|speech| matches!(speech, Speech::Say(words) if asked(words)))
    };
    ('1'..='9').find(is_asked_for).map(String::from)
}
