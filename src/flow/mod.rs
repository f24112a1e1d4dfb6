//! A flow: what the line does with a call, as the owner wrote it and as it was checked.
//!
//! A [`Flow`] exists only after `check` accepted it: every name in it exists, every step is reached, every
//! path ends, and no loop is without a bound. Nothing past this door asks again.

mod check;
mod graph;
mod read;
mod text;

pub use check::{Names, load};
pub use text::{Piece, Slot, Text};

use std::time::Duration;

use crate::call::{AreaName, FlowName, Key, PersonName, StepName, TeamName};

/// A checked flow.
#[derive(Clone, Debug, PartialEq)]
pub struct Flow {
    /// The file's name without `.toml`.
    pub name: FlowName,
    /// Where a call begins.
    pub start: Start,
    /// The steps of the file in its order, then those that every flow has.
    pub steps: Vec<Step>,
    /// The step that takes a call-back when nobody can come; every flow has it without writing it.
    pub last_call_back: StepId,
    /// The step that takes a message when ringing would be wrong; every flow has it without writing it.
    pub last_message: StepId,
}

/// A step of a checked flow; made by `check` only, so that it always exists.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct StepId(pub(in crate::flow) u16);

/// Where a call begins. The order is fixed: blocked, away, closed, open. The words `again` and `known` of the
/// language are checked, with a warning that they are not acted on, and are not kept here.
#[derive(Clone, Debug, PartialEq)]
pub struct Start {
    /// For numbers on the block list; without it they are refused.
    pub blocked: Option<StepId>,
    /// While the owner is away.
    pub away: Option<StepId>,
    /// Outside opening hours.
    pub closed: Option<StepId>,
    /// Everybody else.
    pub open: StepId,
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
    Say(Text),
    /// A file under `ivr-flows/audio/`, by name.
    Play(String),
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
        /// What invites it.
        invitation: Prompt,
        /// Where to go afterwards; without it, a goodbye.
        go: Option<StepId>,
    },
    /// The caller is promised a call.
    CallBack {
        /// Where to go afterwards; without it, a goodbye.
        go: Option<StepId>,
    },
    /// The last word.
    Goodbye(Text),
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
    pub offer: Option<Text>,
    /// What the call is about from here on.
    pub area: Option<AreaName>,
    /// Where it leads.
    pub go: StepId,
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
}

impl Flow {
    /// The step of that id.
    pub fn step(&self, id: StepId) -> &Step {
        &self.steps[usize::from(id.0)]
    }

    /// The step of that name, for a call that was stored by name.
    pub fn step_named(&self, name: &StepName) -> Option<StepId> {
        let index = self.steps.iter().position(|step| step.name == *name)?;
        u16::try_from(index).ok().map(StepId)
    }
}
