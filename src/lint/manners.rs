//! L25, L27: what holds because ringback is built that way, measured all the same; and questions.

use std::collections::HashSet;

use crate::engine::{Place, Then};
use crate::flow::{self, StepId};
use crate::walk::{Act, Node, Walk};

use super::finding::Findings;
use super::{Finding, Look, Rule};

/// From so many digits on, an answer is a number to get right.
const A_NUMBER: u8 = 7;

pub(super) fn check(look: &Look<'_>, findings: &mut Findings) {
    for walk in look.walks {
        for node in &walk.nodes {
            refusal(look, node, findings);
            read_back(look, walk, node, findings);
        }
    }
    unreached(look, findings);
}

/// L25: nothing can be heard on a call that is not taken, and nothing after the end.
fn refusal(look: &Look<'_>, node: &Node, findings: &mut Findings) {
    let refuses = matches!(node.reply.then, Then::Refuse);
    if refuses && !node.reply.say.is_empty() {
        let span = look.span_of(node, &["refuse"]);
        findings.error(Rule::L25, span, "words are spoken on a call that is not taken");
    }
    if node.end.is_some() && !node.edges.is_empty() {
        findings.error(Rule::L25, look.span_of(node, &["goodbye"]), "something follows the end of the call");
    }
}

/// L25: steps that no call reaches, whatever the hours are.
fn unreached(look: &Look<'_>, findings: &mut Findings) {
    let flow = look.subject.flow;
    let start = &flow.start;
    let mut waiting: Vec<StepId> =
        [start.blocked, start.away, start.closed, start.again, start.known, Some(start.open)]
            .into_iter()
            .flatten()
            .collect();
    let mut reached = HashSet::new();
    while let Some(id) = waiting.pop() {
        if !reached.insert(id) {
            continue;
        }
        match &flow.step(id).then {
            flow::Then::Go(go) => waiting.push(*go),
            flow::Then::Press(menu) => {
                waiting.extend(menu.choices.iter().map(|choice| choice.go).chain([menu.silence]));
            }
            flow::Then::Ring(ring) => waiting.push(ring.go),
            flow::Then::Ask(ask) => waiting.extend([ask.go, ask.silence]),
            flow::Then::Message { go, .. } | flow::Then::CallBack { go, .. } => waiting.extend(*go),
            flow::Then::Goodbye(_) | flow::Then::Refuse => {}
        }
    }
    for (id, step) in flow.ids() {
        if let Some(places) = look.places(id).filter(|_| !reached.contains(&id)) {
            let message = format!("no call ever reaches the step `{}`", step.name);
            findings.error(Rule::L25, places.name.clone(), message);
        }
    }
}

/// L27: after a number that can be rung, it is read back before it is kept.
fn read_back(look: &Look<'_>, walk: &Walk, node: &Node, findings: &mut Findings) {
    if !matches!(node.state.place, Place::AskingNumber { .. }) {
        return;
    }
    for edge in &node.edges {
        let next = walk.node(edge.to);
        let typed = matches!(&edge.act, Act::Type(_)) && next.state.course.typed_number.is_some();
        if typed && !matches!(next.state.place, Place::ConfirmingNumber { .. }) {
            findings.warning(
                Rule::L27,
                look.span_of(node, &["call-back"]),
                "a typed number is not read back",
            );
        }
    }
}

/// L27, for questions of the owner's.
pub(super) fn check_questions(look: &Look<'_>, findings: &mut Findings) {
    for (id, step) in look.subject.flow.ids() {
        let flow::Then::Ask(ask) = &step.then else { continue };
        // Whoever names the likely answers and no count of digits asks for a word, not for a number.
        let by_word = ask.hear.as_ref().is_some_and(|hear| !hear.main.is_empty());
        let counted =
            look.places(id).is_some_and(|places| places.words.iter().any(|(word, _)| *word == "digits"));
        if ask.digits.1 >= A_NUMBER && (counted || !by_word) && !ask.confirm {
            let message = "callers type a number here, and it is not read back";
            let finding = Finding::warning(Rule::L27, look.word(id, "confirm"), message);
            findings.push(finding.hint("write `confirm = true`"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Speech;
    use crate::lint::testing::{found, walked};

    #[test]
    fn what_ringback_does_passes_and_what_it_must_not_do_is_seen() {
        let mut walks = walked();
        assert_eq!(found(&walks, check), Vec::<String>::new());
        for node in walks.iter_mut().flat_map(|walk| &mut walk.nodes) {
            if node.end.is_some() {
                node.reply.then = Then::Refuse;
                node.reply.say = vec![Speech::Say("Hello.".to_owned())];
            }
            if let Place::ConfirmingNumber { step, .. } = &node.state.place {
                node.state.place = Place::Message { step: step.clone() };
            }
        }
        let told = found(&walks, check);
        for expected in ["L25 error: words are spoken", "L27 warn: a typed number is not read back"] {
            assert!(told.iter().any(|told| told.starts_with(expected)), "{expected}: {told:?}");
        }
    }
}
