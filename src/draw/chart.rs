//! What every form of the picture shows: the steps as shapes, the ways between them, and what is true of all.

use std::time::Duration;

use crate::business::Business;
use crate::call::{AreaName, Key, StepName};
use crate::flow::{Flow, Piece, Prompt, Ring, Slot, Step, StepId, Target, Text, Then};

use super::pace;

/// A flow, ready to be drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// The flow's name.
    pub name: String,
    /// The business's.
    pub business: String,
    /// The steps of the file, in its order.
    pub shapes: Vec<Shape>,
    /// The ways from `[start]`, then those from each step in the order in which a caller hears of them.
    pub ways: Vec<Way>,
    /// What holds for the whole flow: one sentence each.
    pub remarks: Vec<String>,
}

/// A step.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    /// Its name in the file.
    pub step: StepName,
    /// What it is.
    pub kind: Kind,
    /// What the caller hears, in the flow's main language; a file to be played by its name.
    pub heard: Vec<String>,
    /// What happens, in a few words; empty where what is heard says it all.
    pub does: String,
    /// What the call is about from here on.
    pub area: Option<AreaName>,
    /// Whether the call ends here with a goodbye of ours.
    pub then_goodbye: bool,
}

/// What a step is.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Words, and straight on.
    Says,
    /// A choice of keys.
    Choice,
    /// Phones ring.
    Rings,
    /// A question.
    Asks,
    /// The caller leaves a message.
    Message,
    /// The caller is promised a call.
    CallBack,
    /// The last word.
    Goodbye,
    /// The call is not answered.
    Refuses,
}

/// Where a way begins.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum From {
    /// At `[start]`, for callers of this kind.
    Start(&'static str),
    /// At the shape of this number.
    Step(usize),
}

/// A way from one step to the next.
#[derive(Clone, Debug, PartialEq)]
pub struct Way {
    /// Where it begins.
    pub from: From,
    /// The number of the shape that it leads to.
    pub to: usize,
    /// What leads there.
    pub by: By,
    /// What the key is good for, as offered.
    pub offer: Option<String>,
    /// What the call is about from here on.
    pub area: Option<AreaName>,
    /// How long a caller who goes this way hears and waits in the step before it.
    pub takes: Duration,
}

/// What leads a caller on.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// The call comes in.
    Arriving,
    /// Nothing more is needed.
    Itself,
    /// A key.
    Key(Key),
    /// Silence, or keys that are not offered, too often.
    Silence,
    /// Nobody took the call.
    NobodyCame,
    /// An answer to a question.
    Answer,
}

impl Kind {
    /// All of them, as a legend lists them.
    pub const ALL: [Self; 8] = [
        Self::Says,
        Self::Choice,
        Self::Rings,
        Self::Asks,
        Self::Message,
        Self::CallBack,
        Self::Goodbye,
        Self::Refuses,
    ];

    /// In a word or two.
    pub fn word(self) -> &'static str {
        match self {
            Self::Says => "says",
            Self::Choice => "choice",
            Self::Rings => "phones ring",
            Self::Asks => "question",
            Self::Message => "message",
            Self::CallBack => "call-back",
            Self::Goodbye => "goodbye",
            Self::Refuses => "not answered",
        }
    }

    fn of(then: &Then) -> Self {
        match then {
            Then::Go(_) => Self::Says,
            Then::Press(_) => Self::Choice,
            Then::Ring(_) => Self::Rings,
            Then::Message { .. } => Self::Message,
            Then::CallBack { .. } => Self::CallBack,
            Then::Ask(_) => Self::Asks,
            Then::Goodbye(_) => Self::Goodbye,
            Then::Refuse => Self::Refuses,
        }
    }
}

impl By {
    /// In a word or two: `1`, `silence`, `nobody came`; empty where nothing needs to be said.
    pub fn word(self) -> String {
        match self {
            Self::Arriving | Self::Itself => String::new(),
            Self::Key(key) => key.to_string(),
            Self::Silence => "silence".to_owned(),
            Self::NobodyCame => "nobody came".to_owned(),
            Self::Answer => "answered".to_owned(),
        }
    }
}

impl Way {
    /// `20 s`; nothing for what takes no time.
    pub fn seconds(&self) -> Option<String> {
        let seconds = (self.takes.as_millis() + 500) / 1000;
        (seconds > 0).then(|| format!("{seconds} s"))
    }
}

impl Chart {
    /// The flow, as callers of this business hear it. `audio` says how long a file lasts, where that is known.
    pub fn of(flow: &Flow, business: &Business, audio: &dyn Fn(&str) -> Option<Duration>) -> Self {
        let drawing = Drawing { flow, business, audio };
        // The steps that every flow has are reached by 0 or without a number to ring; a remark tells of them.
        let written = flow.ids().filter(|(id, _)| *id != flow.last_call_back && *id != flow.last_message);
        let written: Vec<(StepId, &Step)> = written.collect();
        let mut ways = drawing.ways_in();
        ways.extend(written.iter().flat_map(|(id, step)| drawing.ways_from(*id, step)));
        Self {
            name: flow.name.to_string(),
            business: business.name.clone(),
            shapes: written.iter().map(|(_, step)| drawing.shape(step)).collect(),
            ways,
            remarks: drawing.remarks(),
        }
    }

    /// The ways that begin at the shape of this number.
    pub fn ways_from(&self, shape: usize) -> impl Iterator<Item = &Way> {
        self.ways.iter().filter(move |way| way.from == From::Step(shape))
    }
}

struct Drawing<'a> {
    flow: &'a Flow,
    business: &'a Business,
    audio: &'a dyn Fn(&str) -> Option<Duration>,
}

impl Drawing<'_> {
    fn ways_in(&self) -> Vec<Way> {
        let start = &self.flow.start;
        let named = [
            ("open", Some(start.open)),
            ("known", start.known),
            ("again", start.again),
            ("closed", start.closed),
            ("away", start.away),
            ("blocked", start.blocked),
        ];
        let ways = named.into_iter().filter_map(|(word, step)| {
            Some(Way {
                from: From::Start(word),
                to: self.flow.index(step?),
                by: By::Arriving,
                offer: None,
                area: None,
                takes: Duration::ZERO,
            })
        });
        ways.collect()
    }

    fn ways_from(&self, id: StepId, step: &Step) -> Vec<Way> {
        let from = From::Step(self.flow.index(id));
        let way = |to: StepId, by: By, takes: Duration| Way {
            from,
            to: self.flow.index(to),
            by,
            offer: None,
            area: None,
            takes,
        };
        let said = self.lasts(step.say.as_ref());
        match &step.then {
            Then::Go(go) => vec![way(*go, By::Itself, said)],
            Then::Press(menu) => {
                let heard = pace::menu(menu, self.business);
                let keys = menu.choices.iter().zip(&heard.until);
                let mut ways: Vec<_> = keys
                    .map(|(choice, until)| Way {
                        offer: choice.offer.as_ref().map(|offer| self.text(&offer.main)),
                        area: choice.area.clone(),
                        ..way(choice.go, By::Key(choice.key), said + *until)
                    })
                    .collect();
                ways.push(way(menu.silence, By::Silence, said + heard.silence));
                ways
            }
            Then::Ring(ring) => {
                let phones = if ring.in_turn { self.phones(ring) } else { 1 };
                vec![way(ring.go, By::NobodyCame, said + ring.for_ * phones)]
            }
            Then::Message { invitation, go, .. } => {
                let takes = said + self.lasts(invitation.as_ref());
                go.iter().map(|go| way(*go, By::Itself, takes)).collect()
            }
            Then::CallBack { go, .. } => go.iter().map(|go| way(*go, By::Itself, said)).collect(),
            Then::Ask(ask) => {
                let asked = said + self.lasts(Some(&ask.question));
                vec![
                    way(ask.go, By::Answer, asked),
                    way(ask.silence, By::Silence, asked * 3 + pace::ASK_WAITS),
                ]
            }
            Then::Goodbye(_) | Then::Refuse => Vec::new(),
        }
    }

    fn shape(&self, step: &Step) -> Shape {
        let mut heard: Vec<String> = step.say.iter().map(|prompt| self.prompt(prompt)).collect();
        let mut does = String::new();
        let mut then_goodbye = false;
        match &step.then {
            Then::Go(_) | Then::Press(_) => {}
            Then::Ring(ring) => does = self.rings(ring),
            Then::Message { invitation, longest, go, .. } => {
                heard.extend(invitation.iter().map(|prompt| self.prompt(prompt)));
                does = format!("takes a message of at most {}", length(*longest));
                then_goodbye = go.is_none();
            }
            Then::CallBack { two_times, go } => {
                does = match two_times {
                    true => "offers two times to be called back".to_owned(),
                    false => "promises a call {promise}".to_owned(),
                };
                then_goodbye = go.is_none();
            }
            Then::Ask(ask) => {
                heard.push(self.prompt(&ask.question));
                does = format!("keeps the answer as {{{}}}", ask.answer);
            }
            Then::Goodbye(text) => heard.push(self.text(&text.main)),
            Then::Refuse => does = "the call is not answered".to_owned(),
        }
        let kind = Kind::of(&step.then);
        Shape { step: step.name.clone(), kind, heard, does, area: step.area.clone(), then_goodbye }
    }

    fn rings(&self, ring: &Ring) -> String {
        let name = |target: &Target| match target {
            Target::OnDuty => "everybody on duty".to_owned(),
            Target::Person(name) => {
                let person = self.business.person(name);
                person.map_or_else(|| name.to_string(), |person| person.spoken.clone())
            }
            Target::Area(area) => format!("everybody for {area}"),
            Target::Team(team) => format!("the team {team}"),
            Target::LastPerson => "whoever they last talked with".to_owned(),
        };
        let names = ring.targets.iter().map(name).collect::<Vec<_>>().join(", ");
        let for_ = length(ring.for_);
        match ring.in_turn {
            true => format!("rings {names}, one after the other, {for_} each"),
            false => format!("rings {names}, {for_}"),
        }
    }

    /// How many phones ring one after the other, if everybody is there.
    fn phones(&self, ring: &Ring) -> u32 {
        let people = ring.targets.iter().map(|target| match target {
            Target::OnDuty => self.business.people.len(),
            Target::Person(_) | Target::LastPerson => 1,
            Target::Area(area) => self.business.people_for(area).count(),
            Target::Team(team) => self.business.people_of(team).count(),
        });
        u32::try_from(people.sum::<usize>()).unwrap_or(u32::MAX).clamp(1, 10)
    }

    fn lasts(&self, prompt: Option<&Prompt>) -> Duration {
        pace::prompt(prompt, self.business, self.audio)
    }

    fn prompt(&self, prompt: &Prompt) -> String {
        match prompt {
            Prompt::Say(text) => self.text(&text.main),
            Prompt::Play(file) => format!("♪ {}", file.main),
        }
    }

    /// As it stands in the file, but for the business's name.
    fn text(&self, text: &Text) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Words(words) => words.clone(),
            Piece::Slot(Slot::Business) => self.business.name.clone(),
            Piece::Slot(slot) => format!("{{{}}}", slot.word()),
        };
        text.0.iter().map(piece).collect()
    }

    fn remarks(&self) -> Vec<String> {
        let flow = self.flow;
        let mut remarks = Vec::new();
        let waits = |step: &Step| matches!(step.then, Then::Press(_) | Then::Ask(_));
        if flow.steps.iter().any(waits) {
            remarks.push("0 at every choice: a person; if nobody can come, a call-back.".to_owned());
        }
        if flow.start.blocked.is_none() {
            remarks.push("Blocked numbers are not answered.".to_owned());
        }
        if flow.start.human_test {
            remarks.push("Numbers that nobody knows press a key first, which machines do not.".to_owned());
        }
        let others = flow.languages.iter().skip(1).map(|language| language.own_name()).collect::<Vec<_>>();
        if !others.is_empty() {
            remarks.push(format!(
                "Also spoken, by a key at the end of the first choice: {}.",
                others.join(", ")
            ));
        }
        remarks
    }
}

/// `20 s`, `3 min`.
fn length(time: Duration) -> String {
    match time.as_secs() {
        seconds if seconds >= 60 && seconds.is_multiple_of(60) => format!("{} min", seconds / 60),
        seconds => format!("{seconds} s"),
    }
}
