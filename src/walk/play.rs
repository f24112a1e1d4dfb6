//! The walk itself: from the first reply over everything that can happen, until nothing new is heard.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

use crate::engine::{Event, State, Then, Turn, turn};
use crate::flow::{Flow, Start, StepId};
use crate::language::Language;

use super::acts::{Act, Happening, happenings};
use super::sound::Ear;
use super::{Edge, End, Ground, Moments, Named, Node, NodeId, Situation, Walk, situations};

/// A flow that can be heard in more ways than this is not walked.
const MOST_NODES: usize = 20_000;

/// How long a caller needs to find a key after hearing of it.
const THINKS: Duration = Duration::from_secs(1);
/// From one digit to the next.
const NEXT_DIGIT: Duration = Duration::from_millis(500);
/// Before a message.
const BEEP: Duration = Duration::from_millis(500);

/// A flow that can be heard in too many ways to walk them all.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("callers can get around in this flow in more than {MOST_NODES} ways")]
pub struct TooLarge;

/// Walks one situation.
pub fn walk(ground: &Ground<'_>, situation: &Situation) -> Result<Walk, TooLarge> {
    let mut walking = Walking { ground, situation, nodes: Vec::new(), known: HashMap::new() };
    let arrival = Happening { act: Act::Silence, event: Event::Arrived, legs: Vec::new(), leaves: false };
    let first = walking.turn(&State::lobby(), &arrival);
    let passed = first.passed.clone();
    walking.note(first, false)?;
    let mut waiting = VecDeque::from([NodeId(0)]);
    while let Some(id) = waiting.pop_front() {
        let known = walking.nodes.len();
        walking.go_on(id)?;
        waiting.extend((known..walking.nodes.len()).map(NodeId));
    }
    Ok(Walk { situation: situation.clone(), nodes: walking.nodes, passed })
}

/// Walks every situation of the flow and its business.
pub fn walk_all(ground: &Ground<'_>, moments: &Moments) -> Result<Vec<Walk>, TooLarge> {
    situations(ground.flow, ground.business, moments)
        .iter()
        .map(|situation| walk(ground, situation))
        .collect()
}

/// What `step` says to a caller who comes straight to it, in that situation.
pub fn heard_alone(ground: &Ground<'_>, step: StepId, situation: &Situation) -> Node {
    let straight = Start {
        blocked: None,
        away: None,
        closed: None,
        again: None,
        known: None,
        open: step,
        human_test: false,
    };
    let flow = Flow { start: straight, ..ground.flow.clone() };
    let ground = Ground { flow: &flow, ..*ground };
    let walking = Walking { ground: &ground, situation, nodes: Vec::new(), known: HashMap::new() };
    let arrival = Happening { act: Act::Silence, event: Event::Arrived, legs: Vec::new(), leaves: false };
    walking.heard(walking.turn(&State::lobby(), &arrival), false)
}

struct Walking<'a> {
    ground: &'a Ground<'a>,
    situation: &'a Situation,
    nodes: Vec<Node>,
    /// By state, and whether the caller left.
    known: HashMap<(State, bool), Vec<NodeId>>,
}

impl Walking<'_> {
    fn turn(&self, state: &State, happening: &Happening) -> Turn {
        let mut facts = self.situation.facts(self.ground.business, &happening.legs);
        facts.caller_left = happening.leaves;
        turn(self.ground.flow, state, &happening.event, &facts)
    }

    /// Everything that can happen at a node.
    fn go_on(&mut self, id: NodeId) -> Result<(), TooLarge> {
        let node = self.nodes[id.0].clone();
        let mut edges: Vec<Edge> = Vec::new();
        let mut other_keys = HashSet::new();
        let named = match node.wait {
            Some(_) => self.ear(node.reply.language).named(&node.reply.say),
            None => Vec::new(),
        };
        for happening in happenings(self.ground.flow, &node.state.place, &node.reply, self.situation) {
            let made = self.turn(&node.state, &happening);
            let passed = made.passed.clone();
            let switched = made.state.language.filter(|_| made.state.language != node.state.language);
            let to = self.note(made, happening.leaves)?;
            let act = match (happening.act, switched) {
                (Act::OtherKey(_), Some(language)) => Act::Switch(language),
                // One key that is not offered stands for all with which the same happens.
                (Act::OtherKey(_), None) if !other_keys.insert(to) => continue,
                (act, _) => act,
            };
            edges.push(Edge { takes: self.takes(&node, &named, &act), act, to, passed });
        }
        self.nodes[id.0].edges = edges;
        Ok(())
    }

    /// The node of what was heard, which may be one that was there before.
    fn note(&mut self, made: Turn, left: bool) -> Result<NodeId, TooLarge> {
        let place = (made.state.clone(), left);
        let known = self.known.get(&place).map_or(&[][..], Vec::as_slice);
        if let Some(id) = known.iter().find(|id| self.nodes[id.0].reply == made.reply) {
            return Ok(*id);
        }
        if self.nodes.len() == MOST_NODES {
            return Err(TooLarge);
        }
        let id = NodeId(self.nodes.len());
        self.known.entry(place).or_default().push(id);
        self.nodes.push(self.heard(made, left));
        Ok(id)
    }

    fn heard(&self, made: Turn, left: bool) -> Node {
        let Turn { state, reply, .. } = made;
        let wait = match reply.then {
            Then::Menu { wait, .. } => Some(wait),
            Then::Ring { .. } | Then::Record { .. } | Then::HangUp | Then::Refuse => None,
        };
        let ear = self.ear(reply.language);
        let named = if wait.is_some() { ear.named(&reply.say) } else { Vec::new() };
        let first = named.first().map(|(stretch, one)| ear.until(&reply.say, *stretch, one.sentence));
        Node {
            speech: ear.lasts(&reply.say),
            first_choice: first,
            wait,
            end: if left { Some(End::Left) } else { End::of(&state, reply.say.is_empty(), &reply.then) },
            state,
            reply,
            edges: Vec::new(),
        }
    }

    fn ear(&self, language: Option<Language>) -> Ear<'_> {
        let language = language.unwrap_or(self.ground.language());
        Ear { rate: &self.ground.rate, audio: self.ground.audio, language }
    }

    /// How long a caller is at a node by then, at most: phones ring to the last second, and whoever presses a key
    /// heard of it first.
    fn takes(&self, node: &Node, named: &[(usize, Named)], act: &Act) -> Duration {
        match act {
            Act::Press(key) => {
                let mention = named.iter().find(|(_, one)| one.key == *key);
                let until = mention.map(|(stretch, one)| {
                    self.ear(node.reply.language).until(&node.reply.say, *stretch, one.ends)
                });
                until.unwrap_or(node.speech) + THINKS
            }
            Act::Zero | Act::OtherKey(_) | Act::Switch(_) | Act::Say(_) => node.speech + THINKS,
            Act::Type(digits) => {
                let digits = u32::try_from(digits.len()).unwrap_or(u32::MAX);
                node.speech + THINKS + NEXT_DIGIT * digits
            }
            Act::Silence => node.speech + node.wait.unwrap_or_default(),
            Act::Nobody | Act::Talk(_) => match node.reply.then {
                Then::Ring { for_, .. } => node.speech + for_,
                Then::Menu { .. } | Then::Record { .. } | Then::HangUp | Then::Refuse => node.speech,
            },
            // A message's own length is the caller's.
            Act::LeaveMessage => node.speech + BEEP,
            Act::LeaveNothing => match node.reply.then {
                Then::Record { silence, .. } => node.speech + BEEP + silence,
                Then::Menu { .. } | Then::Ring { .. } | Then::HangUp | Then::Refuse => node.speech,
            },
            Act::HangUp => Duration::ZERO,
        }
    }
}
