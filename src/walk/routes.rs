//! The ways of callers who know what they want, from the first word to the end.

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use crate::call::{Key, StepName};
use crate::engine::Place;

use super::{Act, End, NodeId, Walk};

/// Where a flow has more ways than this, the first ones stand for all.
const MOST_ROUTES: usize = 2_000;

/// One way through a call: every key and every answer is right at the first hearing, or nothing is ever pressed there,
/// and no choice is heard twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// What happens, in order. However often a choice is repeated, one `Silence` stands for it.
    pub acts: Vec<Act>,
    /// The nodes that are heard, the first and the last included.
    pub nodes: Vec<NodeId>,
    /// How the call ends.
    pub end: End,
    /// How often keys are pressed; a number that is typed counts once.
    pub presses: u32,
    /// How long it takes at most until the end is reached; phones ring to the last second.
    pub seconds: Duration,
}

/// The shortest way from a node to an end that helps.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fewest {
    /// How often keys are pressed.
    pub presses: u32,
}

impl Walk {
    /// All routes, in a fixed order.
    pub fn routes(&self) -> Vec<Route> {
        let mut found = Vec::new();
        let start = Route {
            acts: Vec::new(),
            nodes: vec![NodeId(0)],
            end: End::Left,
            presses: 0,
            seconds: Duration::ZERO,
        };
        self.follow(start, &mut HashSet::new(), &mut found);
        found
    }

    /// The routes with that end.
    pub fn routes_to(&self, end: End) -> impl Iterator<Item = Route> {
        self.routes().into_iter().filter(move |route| route.end == end)
    }

    fn follow(&self, route: Route, heard: &mut HashSet<StepName>, found: &mut Vec<Route>) {
        let Some(id) = route.nodes.last().copied().filter(|_| found.len() < MOST_ROUTES) else { return };
        let node = self.node(id);
        if let Some(end) = node.end {
            found.push(Route { end, ..route });
            return;
        }
        let fresh = match &node.state.place {
            Place::Menu { step, slips: 0 } | Place::Asking { step, slips: 0 } => Some(step.clone()),
            Place::Menu { .. }
            | Place::Lobby
            | Place::HumanTest { .. }
            | Place::Ringing { .. }
            | Place::Message { .. }
            | Place::AskingNumber { .. }
            | Place::ConfirmingNumber { .. }
            | Place::ChoosingTime { .. }
            | Place::Asking { .. }
            | Place::ConfirmingAnswer { .. }
            | Place::Over => None,
        };
        if fresh.as_ref().is_some_and(|step| heard.contains(step)) {
            return;
        }
        heard.extend(fresh.clone());
        let silent_before = route.acts.last() == Some(&Act::Silence) && fresh.is_none();
        for edge in &node.edges {
            let next_place = &self.node(edge.to).state.place;
            let failed_test =
                matches!(edge.act, Act::OtherKey(_)) && matches!(next_place, Place::HumanTest { .. });
            let no_answer =
                matches!(edge.act, Act::Type(_)) && matches!(next_place, Place::Asking { slips: 1.., .. });
            let on_route = is_on_a_route(&edge.act, &node.state.place) && !failed_test && !no_answer;
            if route.nodes.contains(&edge.to) || !on_route {
                continue;
            }
            // Who waited for the choices a second time goes on waiting.
            let asked_again = matches!(node.state.place, Place::Menu { .. } | Place::Asking { .. });
            if silent_before && edge.act != Act::Silence && asked_again {
                continue;
            }
            let mut next = route.clone();
            next.nodes.push(edge.to);
            next.seconds += edge.takes;
            next.presses += presses(&edge.act);
            if next.acts.last() != Some(&Act::Silence) || edge.act != Act::Silence || fresh.is_some() {
                next.acts.push(edge.act.clone());
            }
            self.follow(next, heard, found);
        }
        if let Some(step) = &fresh {
            heard.remove(step);
        }
    }

    /// From each node, the fewest presses to a person, a message or a call-back; `None` where there is no way.
    /// People take the call, and callers speak at the beep.
    pub fn fewest(&self) -> Vec<Option<Fewest>> {
        let mut before: Vec<Vec<(usize, u32)>> = vec![Vec::new(); self.nodes.len()];
        for (id, node) in self.ids() {
            for edge in &node.edges {
                before[edge.to.0].push((id.0, presses(&edge.act)));
            }
        }
        let mut fewest: Vec<Option<u32>> =
            self.nodes.iter().map(|node| node.end.filter(|end| end.helps()).map(|_| 0)).collect();
        let mut waiting: VecDeque<usize> =
            (0..self.nodes.len()).filter(|index| fewest[*index].is_some()).collect();
        while let Some(index) = waiting.pop_front() {
            let Some(from_here) = fewest[index] else { continue };
            for (earlier, more) in &before[index] {
                let through = from_here + more;
                if fewest[*earlier].is_none_or(|known| through < known) {
                    fewest[*earlier] = Some(through);
                    waiting.push_back(*earlier);
                }
            }
        }
        fewest.into_iter().map(|presses| presses.map(|presses| Fewest { presses })).collect()
    }
}

fn is_on_a_route(act: &Act, place: &Place) -> bool {
    match act {
        // "No, that's not it" asks again.
        Act::Press(key) => {
            let confirming = matches!(place, Place::ConfirmingNumber { .. } | Place::ConfirmingAnswer { .. });
            !confirming || Key::new('1') == Some(*key)
        }
        // The number that a human test asks for is found by trying.
        Act::OtherKey(_) => matches!(place, Place::HumanTest { slips: 0 }),
        Act::Type(digits) => digits.len() > 2 || matches!(place, Place::Asking { .. }),
        // Whoever wants a person does not give a number first.
        Act::Zero => !matches!(
            place,
            Place::AskingNumber { .. } | Place::ConfirmingNumber { .. } | Place::ChoosingTime { .. }
        ),
        Act::Switch(_) | Act::Silence | Act::Nobody | Act::Talk(_) | Act::LeaveMessage => true,
        Act::Say(_) | Act::LeaveNothing | Act::HangUp => false,
    }
}

fn presses(act: &Act) -> u32 {
    match act {
        Act::Press(_) | Act::Zero | Act::OtherKey(_) | Act::Switch(_) | Act::Type(_) => 1,
        Act::Silence
        | Act::Say(_)
        | Act::Nobody
        | Act::Talk(_)
        | Act::LeaveMessage
        | Act::LeaveNothing
        | Act::HangUp => 0,
    }
}
