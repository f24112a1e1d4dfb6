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
