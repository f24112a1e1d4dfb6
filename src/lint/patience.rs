//! L5, L8, L9, L11, L12, L25: keys that work everywhere, and what becomes of those who press none.

use std::collections::HashSet;
use std::time::Duration;

use crate::engine::{Place, Then};
use crate::notation::Level;
use crate::walk::{Act, End, Node, NodeId, Walk};

use super::finding::{Findings, in_seconds};
use super::{Finding, Look, Rule};

/// L9, from the standard.
const WAITS: (Duration, Duration) = (Duration::from_secs(3), Duration::from_secs(10));

pub(super) fn check(look: &Look<'_>, findings: &mut Findings) {
    for walk in look.walks {
        for (id, node) in walk.ids() {
            if let Some(wait) = node.wait {
                zero(look, walk, node, findings);
                waits(look, node, wait, findings);
            }
            barge_in(look, node, findings);
            if node.is_fresh_menu() {
                repeats(look, (walk, id), findings);
                silent_end(look, (walk, id), findings);
            }
        }
    }
}

/// L5.
fn zero(look: &Look<'_>, walk: &Walk, node: &Node, findings: &mut Findings) {
    let works = node.edges.iter().any(|edge| edge.act == Act::Zero && walk.node(edge.to).helps());
    if !works {
        let span = look.span_of(node, &["press", "ask"]);
        let message = format!("0 reaches nobody here {}", walk.situation);
        findings.error(Rule::L5, span, message);
    }
}

/// L8: a choice that waits for no key cannot be interrupted by one.
fn barge_in(look: &Look<'_>, node: &Node, findings: &mut Findings) {
    let asks =
        matches!(node.state.place, Place::Menu { .. } | Place::Asking { .. } | Place::HumanTest { .. });
    if asks && !matches!(node.reply.then, Then::Menu { .. }) {
        let span = look.span_of(node, &["say"]);
        findings.error(Rule::L8, span, "a key does not interrupt this prompt");
    }
}

/// L9.
fn waits(look: &Look<'_>, node: &Node, wait: Duration, findings: &mut Findings) {
    let good = look.subject.limits.wait;
    let (least, most) = WAITS;
    let level = if wait < least || wait > most {
        Level::Error
    } else if wait < good.0 || wait > good.1 {
        Level::Warning
    } else {
        return;
    };
    let how = if wait < good.0 { "hurries people" } else { "feels like a broken line" };
    let message = format!(
        "waiting {} for a key {how} ({} to {} is good)",
        in_seconds(wait),
        good.0.as_secs(),
        in_seconds(good.1)
    );
    let finding = Finding::warning(Rule::L9, look.span_of(node, &["wait"]), message);
    findings.push(Finding { level, ..finding }.hint("5 s is what most people expect"));
}

/// L11.
fn repeats(look: &Look<'_>, (walk, id): (&Walk, NodeId), findings: &mut Findings) {
    let step = walk.node(id).step();
    let mut heard = HashSet::new();
    let mut at = id;
    while walk.node(at).step() == step && matches!(walk.node(at).state.place, Place::Menu { .. }) {
        if !heard.insert(at) {
            let span = look.span_of(walk.node(id), &["press"]);
            findings.error(Rule::L11, span, "the choices are repeated without end");
            return;
        }
        let Some(next) = idle(walk, at) else { break };
        at = next;
    }
    let repeats = heard.len().saturating_sub(1);
    let Some((level, limit)) = look.subject.limits.repeats.over(repeats) else { return };
    let message = format!("the choices are repeated {repeats} times ({limit} is bearable)");
    let finding = Finding::warning(Rule::L11, look.span_of(walk.node(id), &["press"]), message);
    findings.push(Finding { level, weight: repeats as f64, ..finding });
}

/// L12, and L25 where there is no end.
fn silent_end(look: &Look<'_>, (walk, id): (&Walk, NodeId), findings: &mut Findings) {
    let mut passed = HashSet::from([id]);
    let mut at = id;
    while let Some(next) = idle(walk, at) {
        if !passed.insert(next) {
            let span = look.span_of(walk.node(id), &["silence"]);
            findings.error(Rule::L25, span, "a caller who does nothing goes round here for ever");
            return;
        }
        at = next;
        if walk.node(at).helps() {
            return;
        }
    }
    if walk.node(at).end.is_some_and(|end| !end.helps() && end != End::Left) {
        let message = "a caller who presses nothing here is sent away";
        let finding = Finding::warning(Rule::L12, look.span_of(walk.node(id), &["silence"]), message);
        let hint = "lead to a `message`, a `call-back` or a `ring` first";
        findings.push(Finding { level: Level::Error, ..finding }.hint(hint));
    }
}

/// Where a caller gets to who does nothing and whom nobody answers.
fn idle(walk: &Walk, at: NodeId) -> Option<NodeId> {
    let nothing = |act: &Act| matches!(act, Act::Silence | Act::Nobody | Act::LeaveNothing);
    walk.node(at).edges.iter().find(|edge| nothing(&edge.act)).map(|edge| edge.to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{found, walked};

    /// The walk of an open shop with something changed in it.
    fn told(change: impl Fn(&mut Walk)) -> Vec<String> {
        let mut walks = walked();
        walks.iter_mut().for_each(change);
        found(&walks, check)
    }

    fn end_of(walk: &Walk) -> NodeId {
        let end = walk.ids().find(|(_, node)| node.end == Some(End::Left));
        // A blocked caller hears nothing that could be left.
        end.map_or(NodeId(0), |(id, _)| id)
    }

    #[test]
    fn what_ringback_does_passes() {
        assert_eq!(told(|_| {}), Vec::<String>::new());
    }

    #[test]
    fn a_0_that_reaches_nobody_is_seen() {
        let lost = told(|walk| {
            let end = end_of(walk);
            let edges = walk.nodes.iter_mut().flat_map(|node| &mut node.edges);
            edges.filter(|edge| edge.act == Act::Zero).for_each(|edge| edge.to = end);
        });
        assert!(lost.iter().any(|told| told.starts_with("L5 error")), "{lost:?}");
    }

    #[test]
    fn a_prompt_that_no_key_interrupts_is_seen() {
        let deaf = told(|walk| {
            let menus = walk.nodes.iter_mut().filter(|node| node.is_fresh_menu());
            menus.for_each(|node| node.reply.then = Then::HangUp);
        });
        assert!(deaf.iter().any(|told| told.starts_with("L8 error")), "{deaf:?}");
    }

    #[test]
    fn waits_and_repeats_beyond_the_limits_are_seen() {
        let slow = told(|walk| {
            walk.nodes.iter_mut().for_each(|node| {
                node.wait = node.wait.map(|_| Duration::from_secs(11));
            })
        });
        assert!(slow.iter().any(|told| told.starts_with("L9 error")), "{slow:?}");
        let again = told(|walk| {
            for (id, node) in walk.nodes.iter_mut().enumerate() {
                let silent = node.edges.iter_mut().filter(|edge| edge.act == Act::Silence);
                silent.for_each(|edge| edge.to = NodeId(id));
            }
        });
        assert!(again.iter().any(|told| told.starts_with("L11 error")), "{again:?}");
        assert!(again.iter().any(|told| told.starts_with("L25 error")), "{again:?}");
    }

    #[test]
    fn a_silent_caller_who_is_sent_away_is_seen() {
        let away = told(|walk| {
            let end = end_of(walk);
            walk.nodes[end.0].end = Some(End::Goodbye);
            let edges = walk.nodes.iter_mut().flat_map(|node| &mut node.edges);
            edges.filter(|edge| edge.act == Act::Silence).for_each(|edge| edge.to = end);
        });
        assert!(away.iter().any(|told| told.starts_with("L12 error")), "{away:?}");
    }
}
