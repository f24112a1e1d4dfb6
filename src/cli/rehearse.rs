//! `ringback rehearse`: a flow played at the keyboard, by the same engine that answers calls.

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;

use crate::business::{Absences, Business, Person};
use crate::call::{
    Accept, Acquaintance, Caller, Course, Evidence, FlowName, Key, Leg, Outcome, PersonName, PhoneNumber,
    Recording, Reports, TurnNumber,
};
use crate::clock;
use crate::engine::{self, Event, Facts, Place, Reply, RingEnd, Speech, State, Then};
use crate::flow::Flow;
use crate::language::Language;
use crate::phone::{Script, time_to_say};
use crate::settings::{self, Environment, Home};
use crate::store::{Reader, StoreError, Tx};
use crate::switchboard::{Draft, DraftFlow, MOST_COUNTED};

use super::away::who_is_away;
use super::check::{audio_of, flow_of};
use super::failure::Failure;
use super::hands::{Hands, Keys};
use super::moment;
use super::output::{remark, show, terminal_width, wrap};
use super::stage::{self, Stage};
use super::transcript;
use super::when::Look;
use super::who;

const EXAMPLES: &str = "\
Shows what a caller hears, with seconds. On a terminal the keys are yours;
with `--keys` they are pressed by themselves, one per prompt, `-` for none;
a number takes all up to `#`. Commas or blanks between them say what belongs
to which prompt: `--keys 1,5550142#,1`.
When phones ring: a name takes the call, return lets them ring out.
At the beep: a number is the seconds of the message. `h` hangs up anywhere.
Without `--at` it is now: who is away is away, and who is blocked is blocked.

Examples:
  ringback rehearse front-desk
  ringback rehearse front-desk --keys 1 --at \"2026-12-25 10:00\"
  ringback rehearse front-desk --keys 1 --at \"monday 7:00\"
  ringback rehearse front-desk --from withheld --keys 1,5550142#,1 --http";

/// Turns after which a rehearsal is over, whatever the flow does; the engine ends a call sooner.
const TURNS: TurnNumber = 60;

/// Play a flow as a caller hears it
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The flow, by name or file
    #[arg(value_name = "FLOW")]
    pub flow: String,
    /// Keys to press, one per prompt; `-` for none, commas or blanks between prompts
    #[arg(long, value_name = "KEYS", allow_hyphen_values = true)]
    pub keys: Option<String>,
    /// When the call comes in: `2026-12-25 10:00`, `10:00`, `monday 7:00`, in the business's time zone
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
    /// Who calls: a number, or `withheld`
    #[arg(long, value_name = "NUMBER")]
    pub from: Option<String>,
    /// Play it over HTTP with signatures, as the provider does; needs `--keys`
    #[arg(long, requires = "keys")]
    pub http: bool,
}

/// Plays a flow.
pub fn run(args: Args, home: &Home) -> Result<(), Failure> {
    let draft = Draft::read(home, &Environment::of_process(), true)?;
    if draft.is_sample {
        remark("no `ringback.toml` here: the built-in sample business, Ridge Plumbing, stands in");
    }
    let (name, rehearsed) = flow_of(&args.flow, &draft)?;
    let business = &draft.settings.business;
    let now = match &args.at {
        Some(text) => moment_of(text, business)?,
        None => clock::now(),
    };
    let from = args.from.as_deref().unwrap_or("+15550142");
    let caller = caller(from, business)?;
    let keys = args.keys.as_deref().map(Keys::parse).transpose()?;
    let present = match args.at {
        Some(_) => Present::default(),
        None => Present::of(home, &caller, now)?,
    };
    let look = Look { now, zone: business.time_zone.clone(), width: terminal_width() };
    present.tell(&caller, (business, &look));
    if args.http {
        let lines = &business.lines;
        let line = lines.first().map(|line| line.number.to_string()).unwrap_or_default();
        let acts = keys.map_or_else(|| Ok(String::new()), |keys| keys.acts())?;
        let script = script(&acts, (&caller, &line))?;
        let call = Call { now, script, present, caller, audio: audio_of(&args.flow, home) };
        return stage::runtime()?.block_on(over_http(draft, (name, rehearsed), call));
    }
    let mut input = io::stdin().lock();
    let hands = match keys {
        Some(keys) => Hands::Scripted(keys),
        None if io::stdin().is_terminal() => Hands::AtTheKeyboard(&mut input),
        None => Hands::Scripted(Keys::parse("")?),
    };
    let flow = &rehearsed.flow;
    let line = business.lines.iter().find(|line| line.flow == flow.name).or(business.lines.first());
    let line = line.map(|line| &line.number);
    let scene = Scene { flow, business, caller: &caller, line, present: &present, started_at: now };
    Rehearsal { scene, hands, now, legs: Vec::new() }.play()
}

/// What holds at this moment besides the files.
#[derive(Default)]
struct Present {
    away: Absences,
    waiting: usize,
    about: Acquaintance,
}

impl Present {
    /// What the database says; nothing when there is none yet.
    fn of(home: &Home, caller: &Caller, now: Timestamp) -> Result<Self, Failure> {
        let Some(mut reader) = Reader::open(&home.database())? else { return Ok(Self::default()) };
        let read = |tx: &Tx<'_>| {
            let waiting = tx.open_call_backs_up_to(MOST_COUNTED)?;
            Ok(Self { away: tx.absences(now)?, waiting, about: tx.acquaintance(caller)? })
        };
        Ok(reader.read(read)?)
    }

    fn tell(&self, caller: &Caller, (business, look): (&Business, &Look)) {
        let blocked = self.about.blocked.then(|| format!("{} is blocked.", who::caller(caller, None)));
        let told: Vec<String> = who_is_away(&self.away, business, look).into_iter().chain(blocked).collect();
        if !told.is_empty() {
            remark(&format!("{} That counts here; with `--at TIME` it does not.", told.join(" ")));
        }
    }
}

/// A call for the simulated provider.
struct Call {
    now: Timestamp,
    script: Script,
    present: Present,
    caller: Caller,
    /// The folder of files to play.
    audio: PathBuf,
}

/// The same caller for the simulated provider; at a beep there is a message of ten seconds.
fn script(acts: &str, (caller, line): (&Caller, &str)) -> Result<Script, Failure> {
    let from = caller.identity().unwrap_or("anonymous");
    let script = Script::new(from, line).caller(acts);
    let script = script.and_then(|script| script.caller("message 10s"));
    script.map_err(|error| Failure::wrong_usage(error.to_string()))
}

/// Plays a flow on a line of its own, through server, signatures and database.
async fn over_http(
    mut draft: Draft,
    (name, rehearsed): (FlowName, DraftFlow),
    Call { now, script, present, caller, audio }: Call,
) -> Result<(), Failure> {
    for line in &mut draft.settings.business.lines {
        line.flow = name.clone();
    }
    draft.flows = [(name, rehearsed)].into();
    draft.wrong.clear();
    let owner = draft.settings.business.owner.clone();
    draft.audio = audio;
    let stage = Stage::open(draft, now).await?;
    let as_it_is = stage.switchboard.writer().write(move |tx| {
        if let Some(away) = &present.away.business {
            tx.step_away(away, &owner, now)?;
        }
        for (person, away) in &present.away.people {
            tx.person_steps_away(person, away, &owner, now)?;
        }
        introduce(tx, (&caller, &present.about), (owner, now))
    });
    as_it_is.await.map_err(|error| Failure::could_not("the line cannot be prepared").because(&error))?;
    let heard = stage.exchange.call(script).await;
    show(&transcript::whole(&heard))?;
    let clean =
        heard.clean().map_err(|unclean| Failure::could_not("a document was refused").because(&unclean));
    clean.and(stage.close().await)
}

/// Lets the line of a rehearsal know of the caller what the owner's own line knows.
fn introduce(
    tx: &Tx<'_>,
    (caller, about): (&Caller, &Acquaintance),
    (owner, now): (PersonName, Timestamp),
) -> Result<(), StoreError> {
    let Some(number) = caller.number() else { return Ok(()) };
    if about.blocked {
        tx.block(number, &owner, now)?;
    }
    if about.allowed {
        tx.allow(number, &owner, now)?;
    }
    if about.human {
        tx.remember_human(caller, now)?;
    }
    if about.answered_before {
        let by = about.last_spoke_with.clone().unwrap_or(owner);
        tx.remember_answered(caller, &Accept { by, at: now })?;
    }
    tx.set_vip(number, about.vip)?;
    tx.set_name(number, about.name.as_deref(), None)?;
    tx.set_language(caller, about.language, None)
}

/// What stays the same through a rehearsal.
struct Scene<'a> {
    flow: &'a Flow,
    business: &'a Business,
    caller: &'a Caller,
    line: Option<&'a PhoneNumber>,
    present: &'a Present,
    started_at: Timestamp,
}

struct Rehearsal<'a> {
    scene: Scene<'a>,
    hands: Hands<'a>,
    now: Timestamp,
    legs: Vec<Leg>,
}

/// What the rehearsing person answered.
enum Done {
    Happened(Event),
    HungUp,
}

impl Rehearsal<'_> {
    fn play(mut self) -> Result<(), Failure> {
        let mut state = State::lobby();
        let mut event = Event::Arrived;
        let mut left = false;
        for number in 0..TURNS {
            let facts = Facts {
                now: self.now,
                turn: number,
                business: self.scene.business,
                caller: self.scene.caller,
                line: self.scene.line,
                forwarded_from: None,
                about: &self.scene.present.about,
                again: false,
                // So that whoever may be greeted by name is.
                attested: true,
                away: &self.scene.present.away,
                waiting: self.scene.present.waiting,
                legs: &self.legs,
                caller_left: left,
            };
            let turn = engine::turn(self.scene.flow, &state, &event, &facts);
            state = turn.state;
            if left {
                break;
            }
            self.speak(&turn.reply)?;
            match self.follow(&turn.reply.then, number)? {
                Some(Done::Happened(next)) => event = next,
                Some(Done::HungUp) => {
                    self.line("caller", "hangs up")?;
                    (event, left) = (Event::Silence, true);
                }
                None => break,
            }
        }
        self.sum_up(&state)
    }

    fn speak(&mut self, reply: &Reply) -> Result<(), Failure> {
        for speech in &reply.say {
            match speech {
                Speech::Say(words) | Speech::SayIn(_, words) => {
                    self.line("ringback", &format!("\"{words}\""))?;
                    self.pass(time_to_say(words));
                }
                Speech::Play(file) => self.line("ringback", &format!("plays {file}"))?,
                Speech::Pause(seconds) => self.pass(Duration::from_secs(u64::from(*seconds))),
            }
        }
        Ok(())
    }

    /// Lets happen what the reply asks for; `None` when the call is over.
    fn follow(&mut self, then: &Then, turn: TurnNumber) -> Result<Option<Done>, Failure> {
        match then {
            Then::Menu { keys, wait, .. } => self.press(*keys, *wait).map(Some),
            Then::Ring { legs, for_, .. } => {
                let people: Vec<_> = legs.iter().map(|leg| leg.person.clone()).collect();
                self.ring(&people, (*for_, turn)).map(Some)
            }
            Then::Record { .. } => self.record().map(Some),
            Then::HangUp => self.line("ringback", "hangs up").map(|()| None),
            Then::Refuse => self.line("ringback", "does not take the call").map(|()| None),
        }
    }

    fn press(&mut self, keys: Option<u8>, wait: Duration) -> Result<Done, Failure> {
        let Some(typed) = self.hands.press(keys.is_none())? else { return Ok(Done::HungUp) };
        let pressed: Vec<Key> =
            typed.chars().filter_map(Key::new).filter(|key| keys.is_some() || key.as_char() != '#').collect();
        if pressed.is_empty() {
            self.pass(wait);
            self.line("caller", "presses nothing")?;
            return Ok(Done::Happened(Event::Silence));
        }
        self.pass(Duration::from_secs(1));
        self.line("caller", &format!("presses {typed}"))?;
        Ok(Done::Happened(Event::Pressed(pressed)))
    }

    fn ring(&mut self, names: &[PersonName], (for_, turn): (Duration, TurnNumber)) -> Result<Done, Failure> {
        let business = self.scene.business;
        let people: Vec<&Person> = names.iter().filter_map(|name| business.person(name)).collect();
        let spoken: Vec<&str> = people.iter().map(|person| person.spoken.as_str()).collect();
        self.line("", &format!("phones ring: {}", spoken.join(", ")))?;
        let Some(taken) = self.hands.take(&people)? else { return Ok(Done::HungUp) };
        let Some(person) = taken else {
            self.pass(for_);
            self.line("", "nobody takes it")?;
            return Ok(Done::Happened(Event::Rang(RingEnd { connected: false, leg: None })));
        };
        self.pass(Duration::from_secs(6));
        self.line("", &format!("{} presses a key and talks with the caller", person.spoken))?;
        self.legs.push(Leg {
            turn,
            person: person.name.clone(),
            provider_id: None,
            picked_up_at: Some(self.now),
            prompted: true,
            accepted_at: Some(self.now),
        });
        self.pass(Duration::from_secs(60));
        Ok(Done::Happened(Event::Rang(RingEnd { connected: true, leg: None })))
    }

    fn record(&mut self) -> Result<Done, Failure> {
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

    fn sum_up(&self, state: &State) -> Result<(), Failure> {
        let reports = Reports { ended_at: Some(self.now), legs: self.legs.clone(), ..Reports::default() };
        let course: &Course = &state.course;
        let evidence = Evidence { first_fetch_at: Some(self.scene.started_at), course, reports: &reports };
        let mut summary = match evidence.outcome() {
            Outcome::Answered(accept) => {
                let person = self.scene.business.person(&accept.by);
                format!("answered by {}", person.map_or(accept.by.as_str(), |person| person.spoken.as_str()))
            }
            Outcome::Missed(reason) => format!("missed ({reason}); a call-back would be on the list"),
            Outcome::Blocked => "blocked; only logged".to_owned(),
            Outcome::InProgress => "still going on".to_owned(),
        };
        if let Some(promised) = course.promised_at {
            let words = self.scene.business.spoken_promise(promised, self.now, Language::English);
            summary.push_str(&format!(", promised {words}"));
        }
        if state.place != Place::Over {
            summary.push_str("; the caller left");
        }
        show(&wrap(&format!("= {summary}"), terminal_width(), 2))
    }

    fn pass(&mut self, time: Duration) {
        self.now = self.now.checked_add(time).unwrap_or(self.now);
    }

    fn line(&self, who: &str, what: &str) -> Result<(), Failure> {
        let since = self.now.duration_since(self.scene.started_at).unsigned_abs();
        show(&transcript::line(since, (who, 8), what))
    }
}

fn moment_of(text: &str, business: &Business) -> Result<Timestamp, Failure> {
    let typed = moment::read(text, clock::now(), business)
        .map_err(|error| Failure::wrong_usage(error.to_string()).hint(error.hint()))?;
    if typed.rest.is_empty() {
        return Ok(typed.at);
    }
    let failure = Failure::wrong_usage(format!("`{}` is no part of a time", typed.rest));
    Err(failure.hint("write it like `2026-12-25 10:00`, in the business's time zone"))
}

fn caller(text: &str, business: &Business) -> Result<Caller, Failure> {
    if let withheld @ Caller::Withheld = Caller::read(text) {
        return Ok(withheld);
    }
    let zone = business.time_zone.iana_name().unwrap_or_default();
    let number = settings::spell(text, &settings::country(zone, &business.language));
    number.map(Caller::Number).map_err(|error| Failure::wrong_usage(error.to_string()))
}
