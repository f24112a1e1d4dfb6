//! Every way that a call can go through a flow: what callers hear, what they may do, how long it takes them.
//!
//! Plays [`turn`](crate::engine::turn) from each situation a caller can be in, over every state that can be reached.
//! Decides nothing by itself, and never asks a clock: one moment stands for the whole walk.

mod acts;
mod ends;
mod moments;
mod named;
mod play;
mod routes;
mod situation;
mod sound;

pub use acts::Act;
pub use ends::End;
pub use moments::Moments;
pub use named::{Named, keys_named, sentence_around};
pub use play::{TooLarge, heard_alone, walk, walk_all};
pub use routes::{Fewest, Route};
pub use situation::{Kind, Situation, situations};

use std::time::Duration;

use crate::business::Business;
use crate::call::{Course, StepName};
use crate::engine::{Place, Reply, State};
use crate::flow::Flow;
use crate::language::{Language, Rate};

/// What is walked over.
#[derive(Copy, Clone)]
pub struct Ground<'a> {
    /// The flow.
    pub flow: &'a Flow,
    /// Whose people are rung, and whose hours are kept.
    pub business: &'a Business,
    /// How fast words are spoken.
    pub rate: Rate,
    /// How long an audio file of the flows lasts, by its name; `None` when that is not known.
    pub audio: &'a dyn Fn(&str) -> Option<Duration>,
}

/// One situation, walked through to all its ends.
#[derive(Clone, Debug)]
pub struct Walk {
    /// The situation.
    pub situation: Situation,
    /// Everything that a caller can hear there; the first is the first reply. The order is that of finding, which is
    /// the same for the same flow.
    pub nodes: Vec<Node>,
    /// The steps that the first reply passed.
    pub passed: Vec<StepName>,
}

/// The number of a node in [`Walk::nodes`].
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub usize);

/// A reply, and where the call stands with it.
#[derive(Clone, Debug)]
pub struct Node {
    /// Where the call stands.
    pub state: State,
    /// What the caller hears.
    pub reply: Reply,
    /// How long the words, files and pauses last.
    pub speech: Duration,
    /// When the first choice begins, where there is one in the words.
    pub first_choice: Option<Duration>,
    /// How long is waited afterwards for keys; nothing where none are asked for.
    pub wait: Option<Duration>,
    /// How the call ends, if it does.
    pub end: Option<End>,
    /// What the caller, or a person whose phone rings, can do next. Empty at an end.
    pub edges: Vec<Edge>,
}

/// Something that happens at a node.
#[derive(Clone, Debug)]
pub struct Edge {
    /// What.
    pub act: Act,
    /// How long the caller has been at this node by then, at most.
    pub takes: Duration,
    /// What is heard next.
    pub to: NodeId,
    /// The steps that are passed on the way.
    pub passed: Vec<StepName>,
}

impl Ground<'_> {
    /// The language of words that are in no other: that of the flow, else of the business.
    pub fn language(&self) -> Language {
        let of_business = || Language::of_tag(&self.business.language);
        self.flow.languages.first().copied().or_else(of_business).unwrap_or_default()
    }
}

impl Walk {
    /// The first reply.
    pub fn first(&self) -> &Node {
        &self.nodes[0]
    }

    /// The node of that id.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0]
    }

    /// All nodes with their ids.
    pub fn ids(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        self.nodes.iter().enumerate().map(|(index, node)| (NodeId(index), node))
    }
}

impl Node {
    /// The step at which the call stands, where it stands at one.
    pub fn step(&self) -> Option<&StepName> {
        step_of(&self.state.place)
    }

    /// Whether the caller is asked to choose, for the first time at this place.
    pub fn is_fresh_menu(&self) -> bool {
        matches!(self.state.place, Place::Menu { slips: 0, .. })
    }

    /// What the conversation has come to.
    pub fn course(&self) -> &Course {
        &self.state.course
    }
}

/// The step at which a call stands.
fn step_of(place: &Place) -> Option<&StepName> {
    match place {
        Place::Menu { step, .. }
        | Place::Ringing { step, .. }
        | Place::Message { step }
        | Place::AskingNumber { step, .. }
        | Place::ConfirmingNumber { step, .. }
        | Place::ChoosingTime { step, .. }
        | Place::Asking { step, .. }
        | Place::ConfirmingAnswer { step, .. } => Some(step),
        Place::Lobby | Place::HumanTest { .. } | Place::Over => None,
    }
}
