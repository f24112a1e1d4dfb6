//! L17, L18, L19, L26: whose phones ring, for how long, and what they hear.

use std::time::Duration;

use crate::call::AreaName;
use crate::engine::{Announcement, LegReply, Then, accept_prompt};
use crate::language::Language;
use crate::walk::{Act, Node, Walk};

use super::finding::{Findings, in_seconds};
use super::wording::{bearable, measured, whisper};
use super::{Bounds, Finding, Look, Rule};

/// L17, from the vendor's guide.
const TRUSTED_RING: Duration = Duration::from_secs(20);
const RING_WORDS: &[&str] = &["for", "ring", "ring-in-turn"];

pub(super) fn check(look: &Look<'_>, findings: &mut Findings) {
    for walk in look.walks {
        for node in &walk.nodes {
            trusted(look, node, findings);
            in_all(look, walk, node, findings);
        }
    }
    whispers(look, findings);
}

/// L17 and L18. What `for` says is what the caller hears; the provider's slack is taken off on the wire.
fn trusted(look: &Look<'_>, node: &Node, findings: &mut Findings) {
    let Then::Ring { legs, for_, .. } = &node.reply.then else { return };
    let limits = look.subject.limits;
    let bounds = Bounds { warn: TRUSTED_RING, error: limits.trusted_ring.max(TRUSTED_RING) };
    for leg in legs.iter().filter(|leg| !leg.screened) {
        if let Some((level, limit)) = bounds.over(*for_) {
            let message = format!(
                "{}'s phone rings for {} without an accept key, and then its voicemail answers ({})",
                leg.person,
                in_seconds(*for_),
                bearable(level, limit)
            );
            let finding = measured(Rule::L17, level, *for_, message);
            let span = look.span_of(node, RING_WORDS);
            findings.push(
                Finding { span, about: leg.person.to_string(), ..finding }.hint("write `for = \"20s\"`"),
            );
        }
        if limits.trusted {
            let message =
                format!("whatever picks up {}'s phone takes the call, its voicemail too", leg.person);
            let span = look.span_of(node, &["ring", "ring-in-turn"]);
            let finding = Finding::warning(Rule::L18, span, message);
            let hint = format!(
                "take `accept = \"off\"` from `[people.{}]` in `ringback.toml`, or write `L18 = {{ warn = false }}` below \
                 `[lint]`",
                leg.person
            );
            findings.push(Finding { about: leg.person.to_string(), ..finding }.hint(hint));
        }
    }
}

/// L19.
fn in_all(look: &Look<'_>, walk: &Walk, node: &Node, findings: &mut Findings) {
    let mut rings = Duration::ZERO;
    let mut at = node;
    // No ring leads back to itself without something else between, but a walk is bounded all the same.
    for _ in 0..walk.nodes.len() {
        let Then::Ring { for_, .. } = &at.reply.then else { break };
        rings += *for_;
        let Some(edge) = at.edges.iter().find(|edge| edge.act == Act::Nobody) else { break };
        at = walk.node(edge.to);
    }
    let Some((level, limit)) = look.subject.limits.ringing.over(rings) else { return };
    let message = format!(
        "it rings for {} before anything else happens ({})",
        in_seconds(rings),
        bearable(level, limit)
    );
    let finding = measured(Rule::L19, level, rings, message);
    let span = look.span_of(node, RING_WORDS);
    findings.push(Finding { span, ..finding }.hint("ring fewer people in turn, or all at once"));
}

/// L26, for every area that a person can hear.
fn whispers(look: &Look<'_>, findings: &mut Findings) {
    let flow = look.subject.flow;
    let language = Language::of_tag(&look.subject.business.language).unwrap_or_default();
    for (id, step) in flow.ids() {
        let chosen = match &step.then {
            crate::flow::Then::Press(menu) => {
                menu.choices.iter().filter_map(|one| one.area.as_ref()).collect()
            }
            crate::flow::Then::Go(_)
            | crate::flow::Then::Ring(_)
            | crate::flow::Then::Message { .. }
            | crate::flow::Then::CallBack { .. }
            | crate::flow::Then::Ask(_)
            | crate::flow::Then::Goodbye(_)
            | crate::flow::Then::Refuse => Vec::new(),
        };
        for area in chosen.into_iter().chain(&step.area) {
            let finding = whisper(&heard_by_staff(area, language), look.subject.limits);
            findings.extend(finding.map(|finding| Finding { span: look.word(id, "area"), ..finding }));
        }
    }
}

fn heard_by_staff(area: &AreaName, language: Language) -> String {
    match accept_prompt(&Announcement { language, area: Some(area), name: None, mark: None }) {
        LegReply::Prompt(prompt) => prompt.say,
        LegReply::TooLate(words) => words,
        LegReply::Connect => String::new(),
    }
}
