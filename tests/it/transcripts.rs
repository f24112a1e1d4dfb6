//! Conversations that an owner can read, played against the engine: `tests/transcripts/*.txt`.
//!
//! `RINGBACK_BLESS=1` writes what is heard today into the files.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use ringback::business::{Absences, Away, Business, Hours, Person};
use ringback::call::{
    Acquaintance, Caller, Evidence, Key, LastReply, Leg, Outcome, PersonName, PhoneNumber, Recording, Reports,
};
use ringback::engine::{
    Announcement, Event, Facts, Heard, LegReply, Place, RingEnd, Speech, State, Then, accept_prompt,
    too_late, turn,
};
use ringback::flow::Flow;
use ringback::language::{Language, Mark};
use ringback::settings;

use crate::ridge;

#[test]
fn every_transcript_is_what_callers_hear() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .expect("the folder of transcripts")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    files.sort();
    assert!(files.len() >= 30, "{} transcripts", files.len());
    let bless = std::env::var_os("RINGBACK_BLESS").is_some();
    let mut wrong = String::new();
    for file in files {
        let written = std::fs::read_to_string(&file).expect("a transcript");
        let heard = Stage::play(&written);
        if heard == written {
            continue;
        }
        if bless {
            std::fs::write(&file, heard).expect("the transcript is written");
            continue;
        }
        let _ = write!(wrong, "--- {}\n{heard}\n", file.display());
    }
    assert!(wrong.is_empty(), "these conversations went otherwise (RINGBACK_BLESS=1 keeps them):\n{wrong}");
}

/// One transcript being played.
struct Stage {
    flow: Option<Flow>,
    business: Business,
    now: Timestamp,
    caller: Caller,
    line: PhoneNumber,
    forwarded_from: Option<PhoneNumber>,
    about: Acquaintance,
    again: bool,
    attested: bool,
    away: Absences,
    waiting: usize,
    state: State,
    turns: u16,
    first_fetch_at: Option<Timestamp>,
    reports: Reports,
    steps: Vec<String>,
    /// The language of the last reply, where the flow names languages.
    heard: Option<Language>,
    out: String,
}

impl Stage {
    /// Plays the events of the transcript and writes down what is heard.
    fn play(written: &str) -> String {
        let business = ridge::business();
        let mut stage = Self {
            flow: None,
            now: ridge::local(&business, "2026-11-20 10:05"),
            caller: Caller::read("+15550142"),
            line: ridge::number("+15550100"),
            forwarded_from: None,
            about: Acquaintance::default(),
            again: false,
            attested: false,
            away: Absences::default(),
            waiting: 0,
            state: State::lobby(),
            turns: 0,
            first_fetch_at: None,
            reports: Reports::default(),
            steps: Vec::new(),
            heard: None,
            out: String::new(),
            business,
        };
        let inline: String = written
            .lines()
            .filter_map(|line| line.strip_prefix("    | "))
            .map(|line| format!("{line}\n"))
            .collect();
        for line in written.lines() {
            match line.split_at_checked(2) {
                Some(("> ", event)) => {
                    stage.out.push_str(line);
                    stage.out.push('\n');
                    stage.event(event.trim());
                }
                Some(("= ", _)) => {
                    stage.verdict();
                    return stage.out;
                }
                Some(("  ", _)) if !line.starts_with("    | ") => {}
                Some(_) | None => {
                    stage.out.push_str(line);
                    stage.out.push('\n');
                    stage.setting(line, &inline);
                }
            }
        }
        panic!("a transcript ends with `= `: {written}");
    }

    fn setting(&mut self, line: &str, inline: &str) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let rest = rest.trim();
        match word {
            "#" | "" => {}
            "at" => self.now = ridge::local(&self.business, rest),
            "caller" => self.caller = Caller::read(rest),
            "line" => self.line = ridge::number(rest),
            "flow" if rest == "below" => self.flow = Some(ridge::flow_text("below.toml", inline)),
            "flow" => self.flow = Some(ridge::flow_file(rest)),
            "forwarded-from" => self.forwarded_from = Some(ridge::number(rest)),
            "blocked" => self.about.blocked = true,
            "again" => self.again = true,
            "attested" => self.attested = true,
            "greet-by-name" => self.business.greet_by_name = true,
            "business" => self.business.name = rest.to_owned(),
            "language" => self.business.language = rest.to_owned(),
            "known" => self.known(rest),
            "away" => {
                let (who, until) = rest.split_once("until ").expect("`until`");
                let away = Away { until: ridge::local(&self.business, until), reason: None };
                match who.trim() {
                    "" => self.away.business = Some(away),
                    name => self.away.people.push((ridge::person(name), away)),
                }
            }
            "spoke-with" => self.about.last_spoke_with = Some(ridge::person(rest)),
            "waiting" => self.waiting = rest.parse().expect("a number"),
            "stand-in" => {
                let (stands_in, name) = rest.split_once(" for ").expect("`for`");
                self.person(name).stand_in = Some(ridge::person(stands_in));
            }
            "duty" => {
                let (name, hours) = rest.split_once(' ').expect("a name and hours");
                self.person(name).hours = Some(settings::parse_hours(hours).expect("hours"));
            }
            "hours" if rest == "always" => self.business.hours = Hours::Always,
            "trust" => {
                for person in &mut self.business.people {
                    person.trust_answer |= rest.split(", ").any(|name| name == person.name.as_str());
                }
            }
            "people" => {
                self.business.people.retain(|one| rest.split(", ").any(|name| name == one.name.as_str()))
            }
            other => panic!("not a setting: {other}"),
        }
    }

    /// What is known of the caller: `vip, named Mia Reed, speaks es`.
    fn known(&mut self, facts: &str) {
        for fact in facts.split(", ") {
            match fact.split_once(' ').unwrap_or((fact, "")) {
                ("named", name) => self.about.name = Some(name.to_owned()),
                ("vip", "") => self.about.vip = true,
                ("allowed", "") => self.about.allowed = true,
                ("human", "") => self.about.human = true,
                ("answered", "") => self.about.answered_before = true,
                ("talked", with) => {
                    self.about.answered_before = true;
                    self.about.last_spoke_with = Some(ridge::person(with.trim_start_matches("with ")));
                }
                ("speaks", code) => self.about.language = Language::of_tag(code),
                other => panic!("not what is known of a caller: {other:?}"),
            }
        }
    }

    fn person(&mut self, name: &str) -> &mut Person {
        self.business.people.iter_mut().find(|person| person.name.as_str() == name).expect("a person")
    }

    fn event(&mut self, event: &str) {
        let (event, caller_left) = match event.strip_suffix(", and the caller is gone") {
            Some(event) => (event, true),
            None => (event, false),
        };
        if let Some(said) = event.strip_prefix("says ") {
            self.says(said, caller_left);
            return;
        }
        let words: Vec<&str> = event.split(' ').collect();
        match words.as_slice() {
            ["arrives"] => self.turn(&Event::Arrived, caller_left),
            ["presses" | "types", keys] => {
                let keys = keys.chars().map(|key| Key::new(key).expect("a key")).collect();
                self.turn(&Event::Pressed(keys), caller_left);
            }
            ["stays", "silent"] => self.turn(&Event::Silence, caller_left),
            ["leaves", "a", "message", "of", length] => {
                let seconds = length.trim_end_matches('s').parse().expect("a length");
                let recording = Recording { seconds, url: None, at: self.now };
                self.turn(&Event::Recorded(Some(recording)), caller_left);
            }
            ["leaves", "nothing"] => self.turn(&Event::Recorded(None), caller_left),
            ["the", "ring", "ends", "as", status] => self.ring_ends(status, None, caller_left),
            ["the", "ring", "ends", "as", status, "with", name] => {
                self.ring_ends(status, Some(ridge::person(name)), caller_left);
            }
            [name, "picks", "up"] => self.picks_up(&ridge::person(name)),
            [name, "presses", "a", "key"] => self.accepts(&ridge::person(name)),
            [name, "steps", "away"] => {
                let away = Away { until: self.now + SignedDuration::from_hours(1), reason: None };
                self.away.people.push((ridge::person(name), away));
            }
            [name, "leaves", "the", "firm"] => {
                self.business.people.retain(|person| person.name != ridge::person(name));
            }
            [length, "pass"] => {
                let length: SignedDuration = length.parse().expect("a duration");
                self.now += length;
            }
            ["hangs", "up"] => self.reports.ended_at = Some(self.now),
            ["a", "late", "report", "of", "the", "message:", length] => {
                let seconds = length.trim_end_matches('s').parse().expect("a length");
                self.reports.recording = Some(Recording { seconds, url: None, at: self.now });
            }
            ["no", "news,", "the", "sweep", "comes"] => self.reports.swept_at = Some(self.now),
            _ => panic!("not an event: {event}"),
        }
    }

    /// `"a bill, please"`, perhaps with `, 20% sure`.
    fn says(&mut self, said: &str, caller_left: bool) {
        let (words, sure) = said.rsplit_once('"').expect("words in quotation marks");
        let confidence =
            sure.strip_prefix(", ").map(|sure| sure.trim_end_matches("% sure").parse().expect("percent"));
        let words = words.trim_start_matches('"').to_owned();
        self.turn(&Event::Said(Heard { words, confidence }), caller_left);
    }

    fn ring_ends(&mut self, status: &str, with: Option<PersonName>, caller_left: bool) {
        let connected = match status {
            "completed" => true,
            "no-answer" | "busy" | "failed" | "canceled" => false,
            other => panic!("not how a ring ends: {other}"),
        };
        let ring = self.open_ring();
        let leg = with.map(|name| leg_id(&name, ring.expect("an open ring")));
        self.turn(&Event::Rang(RingEnd { connected, leg }), caller_left);
    }

    fn turn(&mut self, event: &Event, caller_left: bool) {
        let flow = self.flow.as_ref().expect("a `flow` line");
        self.first_fetch_at.get_or_insert(self.now);
        let facts = Facts {
            now: self.now,
            turn: self.turns,
            business: &self.business,
            caller: &self.caller,
            line: Some(&self.line),
            forwarded_from: self.forwarded_from.as_ref(),
            about: &self.about,
            again: self.again,
            attested: self.attested,
            away: &self.away,
            waiting: self.waiting,
            legs: &self.reports.legs,
            caller_left,
        };
        let turn = turn(flow, &self.state, event, &facts);
        self.turns += 1;
        if let (Some(key), Some(step)) = (turn.key, self.steps.last_mut()) {
            let _ = write!(step, ": {key}");
        }
        self.steps.extend(turn.passed.iter().map(ToString::to_string));
        self.state = turn.state;
        if caller_left {
            self.reports.ended_at = Some(self.now);
        }
        if turn.reply.language.is_some() && turn.reply.language != self.heard {
            self.heard = turn.reply.language;
            self.line_out(&format!("in  {}", self.language().own_name()));
        }
        for speech in &turn.reply.say {
            match speech {
                Speech::Say(words) => self.line_out(&format!("says  {words}")),
                Speech::SayIn(language, words) => self.line_out(&format!("says  [{language}] {words}")),
                Speech::Play(file) => self.line_out(&format!("plays  {file}")),
                Speech::Pause(seconds) => self.line_out(&format!("pauses  {seconds}s")),
            }
        }
        match turn.reply.then {
            Then::Menu { keys, wait, hear } => {
                let what = match keys {
                    Some(1) => "a key".to_owned(),
                    Some(keys) => format!("{keys} keys"),
                    None => "a number".to_owned(),
                };
                // Words that mean the same in every flow stand behind the owner's.
                let ears = self.language().ears();
                let common = |word: &String| {
                    ears.person.contains(&word.as_str())
                        || ears.yes.contains(&word.as_str())
                        || ears.no.contains(&word.as_str())
                };
                let heard = hear.map_or(String::new(), |words| {
                    let own: Vec<String> = words.into_iter().filter(|word| !common(word)).collect();
                    if own.is_empty() {
                        ", or words".to_owned()
                    } else {
                        format!(", or words: {}", own.join(", "))
                    }
                });
                self.line_out(&format!("waits {}s for {what}{heard}", wait.as_secs()));
            }
            Then::Ring { legs, for_, caller_id } => {
                let ring = self.open_ring().expect("a ring is open");
                let mut phones = Vec::new();
                for leg in legs {
                    phones.push(format!("{}{}", leg.person, if leg.screened { "" } else { " (trusted)" }));
                    self.reports.legs.push(Leg {
                        turn: ring,
                        person: leg.person,
                        provider_id: None,
                        picked_up_at: None,
                        prompted: false,
                        accepted_at: None,
                    });
                }
                let showing = caller_id.map_or(String::new(), |number| format!(", showing {number}"));
                self.line_out(&format!("rings {} for {}s{showing}", phones.join(", "), for_.as_secs()));
            }
            Then::Record { at_most, .. } => self.line_out(&format!("records up to {}s", at_most.as_secs())),
            Then::HangUp => self.line_out("hangs up"),
            Then::Refuse => self.line_out("refuses"),
        }
    }

    fn language(&self) -> Language {
        self.heard.unwrap_or(self.business.own_language())
    }

    fn open_ring(&self) -> Option<u16> {
        match self.state.course.last {
            LastReply::Ring(turn) => Some(turn),
            LastReply::Nothing | LastReply::Menu | LastReply::Message | LastReply::Goodbye => None,
        }
    }

    fn last_leg(&mut self, name: &PersonName) -> &mut Leg {
        self.reports.legs.iter_mut().rfind(|leg| leg.person == *name).expect("a phone that was rung")
    }

    fn picks_up(&mut self, name: &PersonName) {
        let (now, area) = (self.now, self.state.course.area.clone());
        let screened = !self.business.person(name).is_some_and(|person| person.trust_answer);
        let leg = self.last_leg(name);
        leg.provider_id = Some(leg_id(name, leg.turn));
        leg.picked_up_at = Some(now);
        leg.prompted = screened;
        if screened {
            let mark = match self.state.again {
                true => Some(Mark::Urgent),
                false => self.about.vip.then_some(Mark::Important),
            };
            let caller = self.about.name.clone();
            let call = Announcement {
                language: self.business.own_language(),
                area: area.as_ref(),
                name: caller.as_deref(),
                mark,
            };
            self.leg_hears(name, &accept_prompt(&call));
        } else {
            self.leg_hears(name, &LegReply::Connect);
        }
    }

    /// The first accept of the open ring, as the switchboard decides it.
    fn accepts(&mut self, name: &PersonName) {
        let (now, ring) = (self.now, self.open_ring());
        let open = matches!(self.state.place, Place::Ringing { .. });
        let turn = self.last_leg(name).turn;
        if !open || ring != Some(turn) || self.reports.accept_in(turn).is_some() {
            self.leg_hears(name, &too_late(self.business.own_language()));
            return;
        }
        self.last_leg(name).accepted_at = Some(now);
        self.leg_hears(name, &LegReply::Connect);
    }

    fn leg_hears(&mut self, name: &PersonName, reply: &LegReply) {
        match reply {
            LegReply::Prompt(prompt) => self.line_out(&format!("{name} hears  {}", prompt.say)),
            LegReply::Connect => self.line_out(&format!("{name} is put through")),
            LegReply::TooLate(words) => self.line_out(&format!("{name} hears  {words}")),
        }
    }

    fn verdict(&mut self) {
        let course = self.state.course.clone();
        let evidence =
            Evidence { first_fetch_at: self.first_fetch_at, course: &course, reports: &self.reports };
        let outcome = evidence.outcome();
        let recording = evidence.recording();
        let heading = match &outcome {
            Outcome::Answered(accept) => format!("= answered by {}", accept.by),
            Outcome::Missed(reason) => format!("= missed, {}", reason.word()),
            Outcome::Blocked | Outcome::InProgress => format!("= {}", outcome.word()),
        };
        self.out.push_str(&heading);
        self.out.push('\n');
        self.line_out(&format!("steps  {}", self.steps.join(", ")));
        if let Some(promised) = course.promised_at {
            let local = promised.to_zoned(self.business.time_zone.clone());
            self.line_out(&format!("promised  {}", local.strftime("%Y-%m-%d %H:%M")));
        }
        if let Some(area) = course.area {
            self.line_out(&format!("area  {area}"));
        }
        if let Some(number) = course.typed_number {
            self.line_out(&format!("number  {number}"));
        }
        for (name, answer) in course.answers {
            self.line_out(&format!("{name}  {answer}"));
        }
        if let Some(language) = course.language {
            self.line_out(&format!("speaks  {language}"));
        }
        if course.human {
            self.line_out("passed the test");
        }
        if let Some(recording) = recording {
            self.line_out(&format!("message  {}s", recording.seconds));
        }
    }

    fn line_out(&mut self, line: &str) {
        self.out.push_str("  ");
        self.out.push_str(line);
        self.out.push('\n');
    }
}

fn leg_id(name: &PersonName, turn: u16) -> String {
    format!("leg-{name}-{turn}")
}
