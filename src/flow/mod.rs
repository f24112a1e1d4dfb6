//! A flow: what the line does with a call, as the owner wrote it and as it was checked.
//!
//! A [`Flow`] exists only after `check` accepted it: every name in it exists, every step is reached, every
//! path ends, and no loop is without a bound. Nothing past this door asks again.

mod audio;
mod check;
mod graph;
mod read;
mod schema;
mod text;
mod vocabulary;

pub use audio::{AudioFile, BadAudio, LARGEST_AUDIO};
pub use check::{LONGEST_MESSAGE, Names, load};
pub use schema::schema;
pub use text::{Piece, Slot, Text};
pub use vocabulary::{Bounds, Home, Kind, Needed, Shape, WORDS, Word};

use std::ops::Range;
use std::time::Duration;

use crate::call::{AnswerName, AreaName, FlowName, Key, PersonName, StepName, TeamName};
use crate::language::Language;

/// A checked flow.
#[derive(Clone, Debug, PartialEq)]
pub struct Flow {
    /// The file's name without `.toml`.
    pub name: FlowName,
    /// The languages that every text of it is in, the main one first; empty when the file names none, and everything
    /// is in the business's language.
    pub languages: Vec<Language>,
    /// Where a call begins.
    pub start: Start,
    /// The steps of the file in its order, then those that every flow has.
    pub steps: Vec<Step>,
    /// The step that takes a call-back when nobody can come; every flow has it without writing it.
    pub last_call_back: StepId,
    /// The step that takes a message when ringing would be wrong; every flow has it without writing it.
    pub last_message: StepId,
    /// Where everything stands in the file.
    pub places: Places,
}

/// A step of a checked flow; made by `check` only, so that it always exists.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct StepId(pub(in crate::flow) u16);

/// Where a call begins. The order is fixed: blocked, away, closed, again, known, open.
#[derive(Clone, Debug, PartialEq)]
pub struct Start {
    /// For numbers on the block list; without it they are refused.
    pub blocked: Option<StepId>,
    /// While the owner is away.
    pub away: Option<StepId>,
    /// Outside opening hours.
    pub closed: Option<StepId>,
    /// For a number that called within the last three minutes.
    pub again: Option<StepId>,
    /// For callers whom we know.
    pub known: Option<StepId>,
    /// Everybody else.
    pub open: StepId,
    /// Whether numbers that nobody knows press a key first, which machines do not.
    pub human_test: bool,
}

/// One step.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Its name in the file.
    pub name: StepName,
    /// What the call is about from here on.
    pub area: Option<AreaName>,
    /// What the caller hears first.
    pub say: Option<Prompt>,
    /// What happens then.
    pub then: Then,
}

/// What the caller hears.
#[derive(Clone, Debug, PartialEq)]
pub enum Prompt {
    /// Spoken by the provider's voice.
    Say(ByLanguage<Text>),
    /// A file under `ivr-flows/audio/`, by name.
    Play(ByLanguage<String>),
}

/// The same thing in every language of the flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByLanguage<T> {
    /// In the flow's main language.
    pub main: T,
    /// In its others.
    pub others: Vec<(Language, T)>,
}

impl<T> ByLanguage<T> {
    /// The same in every language, or in the only one.
    pub fn one(main: T) -> Self {
        Self { main, others: Vec::new() }
    }

    /// In that language; in the main one where it is not among the others, or not decided.
    pub fn of(&self, language: Option<Language>) -> &T {
        let other = self.others.iter().find(|(other, _)| Some(*other) == language);
        other.map_or(&self.main, |(_, it)| it)
    }

    /// Something made of each.
    pub fn map<U>(self, mut of: impl FnMut(T) -> U) -> ByLanguage<U> {
        let main = of(self.main);
        ByLanguage {
            main,
            others: self.others.into_iter().map(|(language, it)| (language, of(it))).collect(),
        }
    }

    /// All of them, the main one first.
    pub fn all(&self) -> impl Iterator<Item = &T> {
        std::iter::once(&self.main).chain(self.others.iter().map(|(_, it)| it))
    }
}

/// What happens in a step after its prompt.
#[derive(Clone, Debug, PartialEq)]
pub enum Then {
    /// Straight on.
    Go(StepId),
    /// A choice.
    Press(Menu),
    /// Phones ring.
    Ring(Ring),
    /// The caller leaves a message.
    Message {
        /// What invites it; without it, what the step says first does.
        invitation: Option<Prompt>,
        /// At most this long.
        longest: Duration,
        /// Whether the provider is to write it down.
        transcribe: bool,
        /// Where to go afterwards; without it, a goodbye.
        go: Option<StepId>,
    },
    /// The caller is promised a call.
    CallBack {
        /// Whether the caller may choose between two times.
        two_times: bool,
        /// Where to go afterwards; without it, a goodbye.
        go: Option<StepId>,
    },
    /// The caller is asked something.
    Ask(Ask),
    /// The last word; a text without pieces is ringback's own goodbye, in the caller's language.
    Goodbye(ByLanguage<Text>),
    /// The call is not answered at all.
    Refuse,
}

/// A choice of keys. Key 0 is not among them: it always leads to a person.
#[derive(Clone, Debug, PartialEq)]
pub struct Menu {
    /// In the order of the file; at least one.
    pub choices: Vec<Choice>,
    /// Where a caller goes who pressed nothing, or nothing that is offered, too often.
    pub silence: StepId,
    /// How long to wait for a key after the prompt.
    pub wait: Duration,
}

/// One thing a caller may choose.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// The key.
    pub key: Key,
    /// What it is good for, as spoken before the key: `have us call you back {promise}`.
    pub offer: Option<ByLanguage<Text>>,
    /// What callers may say instead of pressing the key.
    pub words: ByLanguage<Vec<String>>,
    /// What the call is about from here on.
    pub area: Option<AreaName>,
    /// Where it leads.
    pub go: StepId,
}

/// A question to the caller. The answer is kept with the call, and can be spoken by its name.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    /// The question.
    pub question: Prompt,
    /// What the answer is called.
    pub answer: AnswerName,
    /// How many digits may be typed: at least, at most.
    pub digits: (u8, u8),
    /// Words that are likely to be spoken, where speaking is allowed.
    pub hear: Option<ByLanguage<Vec<String>>>,
    /// Whether the answer is read back for a yes or no.
    pub confirm: bool,
    /// Where to go with the answer.
    pub go: StepId,
    /// Where to go without one.
    pub silence: StepId,
}

/// Phones to ring.
#[derive(Clone, Debug, PartialEq)]
pub struct Ring {
    /// Whose.
    pub targets: Vec<Target>,
    /// One after the other instead of all at once.
    pub in_turn: bool,
    /// How long the caller hears it ring: in all, or per person when in turn.
    pub for_: Duration,
    /// Where to go when nobody accepted.
    pub go: StepId,
}

/// Whom a step rings. People are looked up when it rings, so a person who left is simply not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// `"on-duty"`.
    OnDuty,
    /// One person; in a version that went live before, perhaps an area or a team of that name.
    Person(PersonName),
    /// Everybody for an area.
    Area(AreaName),
    /// Everybody of a team.
    Team(TeamName),
    /// `"last-person"`: whoever this caller last talked with, if anybody.
    LastPerson,
}

/// A place in the file, in bytes.
pub type Span = Range<usize>;

/// Where everything stands in the file, for what is said about a flow that has no mistakes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// The words of `[start]` with the place of their values.
    pub start: Vec<(&'static str, Span)>,
    /// The steps of the file, by the number of their [`StepId`].
    pub steps: Vec<StepPlaces>,
}

/// Where the parts of a step stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepPlaces {
    /// Its name in the heading.
    pub name: Span,
    /// The words of the step with the place of their values: `say`, `for`, `silence`, `message`, ….
    pub words: Vec<(&'static str, Span)>,
    /// Its keys, in order.
    pub choices: Vec<ChoicePlaces>,
}

/// Where the parts of a choice stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChoicePlaces {
    /// The key.
    pub key: Span,
    /// The offer, if it has one.
    pub offer: Option<Span>,
}

impl StepPlaces {
    /// Where the value of that word stands; the step's name where it is not written.
    pub fn word(&self, word: &str) -> Span {
        let found = self.words.iter().find(|(known, _)| *known == word);
        found.map_or_else(|| self.name.clone(), |(_, span)| span.clone())
    }
}

/// The keys that change the language at every choice of a flow in these languages: 9 for the second, then 8 and 7.
pub fn language_keys(languages: &[Language]) -> impl Iterator<Item = (Key, Language)> + use<'_> {
    let keys = ['9', '8', '7'].into_iter().filter_map(Key::new);
    keys.zip(languages.iter().skip(1).copied())
}

impl Flow {
    /// The step of that id.
    pub fn step(&self, id: StepId) -> &Step {
        &self.steps[usize::from(id.0)]
    }

    /// The number of that step in the flow's order.
    pub fn index(&self, id: StepId) -> usize {
        usize::from(id.0)
    }

    /// All steps with their ids.
    pub fn ids(&self) -> impl Iterator<Item = (StepId, &Step)> {
        (0..).map(StepId).zip(&self.steps)
    }

    /// The step of that name, for a call that was stored by name.
    pub fn step_named(&self, name: &StepName) -> Option<StepId> {
        let index = self.steps.iter().position(|step| step.name == *name)?;
        u16::try_from(index).ok().map(StepId)
    }
}
