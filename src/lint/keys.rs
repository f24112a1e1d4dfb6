//! L1, L2, L7, L10, L13: the choices of a menu, and how many menus there are.

use std::collections::BTreeSet;

use crate::call::Key;
use crate::engine::{Place, Speech};
use crate::flow::{self, Flow, Menu, StepId};
use crate::notation::Level;
use crate::walk::{Node, keys_named};

use super::finding::Findings;
use super::wording::{language_question, pauses};
use super::{Bounds, Finding, Look, Rule};

/// L1, from the standard.
const CHOICES: usize = 4;
/// L2, from the studies.
const DEPTH: usize = 1;
/// Where more rows than this begin at a menu, the longest of the first ones stands for all.
const MOST_ROWS: usize = 5_000;

pub(super) fn check(look: &Look<'_>, findings: &mut Findings) {
    for (id, step) in look.subject.flow.ids() {
        if let flow::Then::Press(menu) = &step.then {
            choices(look, id, menu, findings);
            order(look, id, menu, findings);
        }
    }
    depth(look, findings);
    for walk in look.walks {
        let menus = walk.nodes.iter().filter(|node| matches!(node.state.place, Place::Menu { .. }));
        for (index, node) in menus.enumerate() {
            spoken(look, node, index == 0, findings);
        }
    }
}

/// L1.
fn choices(look: &Look<'_>, id: StepId, menu: &Menu, findings: &mut Findings) {
    let count = menu.choices.iter().filter(|choice| choice.key.as_char() != '*').count();
    let bounds = Bounds { warn: CHOICES, error: look.subject.limits.choices.max(CHOICES) };
    let Some((level, limit)) = bounds.over(count) else { return };
    let span = look.word(id, "press");
    let which = if level == Level::Error { "the limit" } else { "what people keep in mind" };
    let message = format!("{count} choices in one menu ({limit} is {which})");
    let hint = "put together what the same people answer; another menu below it would be worse";
    findings.push(Finding { level, ..Finding::warning(Rule::L1, span, message) }.hint(hint));
}

/// L7. The keys of a menu stand in the order of the file.
fn order(look: &Look<'_>, id: StepId, menu: &Menu, findings: &mut Findings) {
    let mut before = 0;
    for (index, choice) in menu.choices.iter().enumerate() {
        let Some(digit) = digit(&choice.key) else { continue };
        let span = look.key(id, index);
        if digit == before + 1 {
            before = digit;
            continue;
        }
        let message = if digit <= before {
            format!("key {digit} comes after key {before}; keys ascend")
        } else {
            let missing: Vec<String> = (before + 1..digit).map(|digit| digit.to_string()).collect();
            format!("key {digit} is offered, and there is no {}", missing.join(", no "))
        };
        findings.push(
            Finding::warning(Rule::L7, span, message)
                .hint("number the keys from 1, without gaps, and put what most callers want first"),
        );
        before = before.max(digit);
    }
}

/// Nothing for `*` and `#`, which have no order.
fn digit(key: &Key) -> Option<u32> {
    key.as_char().to_digit(10)
}

/// L2: from each beginning, menus that follow each other with nothing between them that helps.
fn depth(look: &Look<'_>, findings: &mut Findings) {
    let flow = look.subject.flow;
    let bounds = Bounds { warn: DEPTH, error: look.subject.limits.depth.max(DEPTH) };
    for (first, step) in flow.ids() {
        if !matches!(step.then, flow::Then::Press(_)) {
            continue;
        }
        let mut seen = BTreeSet::new();
        let deepest = row_from(flow, first, &mut BTreeSet::new(), bounds.error + 1, &mut seen);
        let Some((level, limit)) = bounds.over(deepest) else { continue };
        let message = format!(
            "up to {deepest} menus in a row before a person, a message or a call-back ({limit} is {})",
            if level == Level::Error { "the limit" } else { "good" }
        );
        let finding = Finding::warning(Rule::L2, look.word(first, "press"), message);
        let hint = "ask once, and let one menu have four choices";
        findings.push(Finding { level, weight: deepest as f64, ..finding }.hint(hint));
    }
}

/// The longest row of different menus from `at` on, up to `most`.
fn row_from(
    flow: &Flow,
    at: StepId,
    row: &mut BTreeSet<usize>,
    most: usize,
    seen: &mut BTreeSet<(usize, Vec<usize>)>,
) -> usize {
    let place = (flow.index(at), row.iter().copied().collect());
    if row.len() >= most || seen.len() >= MOST_ROWS || !seen.insert(place) {
        return row.len();
    }
    let next: Vec<StepId> = match &flow.step(at).then {
        flow::Then::Go(go) => vec![*go],
        flow::Then::Ask(ask) => vec![ask.go, ask.silence],
        flow::Then::Press(menu) => {
            if !row.insert(flow.index(at)) {
                return row.len();
            }
            let keys = menu.choices.iter().map(|choice| choice.go);
            let deepest = keys.chain([menu.silence]).map(|go| row_from(flow, go, row, most, seen)).max();
            let deepest = deepest.unwrap_or_default().max(row.len());
            row.remove(&flow.index(at));
            return deepest;
        }
        flow::Then::Ring(_)
        | flow::Then::Message { .. }
        | flow::Then::CallBack { .. }
        | flow::Then::Goodbye(_)
        | flow::Then::Refuse => Vec::new(),
    };
    next.into_iter().map(|go| row_from(flow, go, row, most, seen)).max().unwrap_or(row.len()).max(row.len())
}

/// L7, L10 and L13 as far as they are heard. `first` at the first menu of a call.
fn spoken(look: &Look<'_>, node: &Node, first: bool, findings: &mut Findings) {
    let language = node.reply.language.unwrap_or(look.ground.language());
    let span = look.span_of(node, &["say", "play"]);
    let stretches = node.reply.say.iter().filter_map(|speech| match speech {
        Speech::Say(words) => Some(words.as_str()),
        Speech::SayIn(..) | Speech::Play(_) | Speech::Pause(_) => None,
    });
    let named: Vec<_> = stretches
        .flat_map(|words| keys_named(words, language).into_iter().map(move |one| (words, one)))
        .collect();
    let choices: Vec<_> = named.iter().filter(|(_, one)| one.key.as_char() != '0').collect();
    let quiet = node.reply.say.iter().filter(|speech| matches!(speech, Speech::Pause(_))).count();
    findings.extend(pauses(choices.len(), quiet).map(|finding| Finding { span: span.clone(), ..finding }));
    let step = node.step().and_then(|step| look.subject.flow.step_named(step));
    let written: Vec<Key> = match step.map(|id| &look.subject.flow.step(id).then) {
        Some(flow::Then::Press(menu)) => menu.choices.iter().map(|choice| choice.key).collect(),
        Some(_) | None => Vec::new(),
    };
    // Where the file has them in another order, each key was told of there.
    if written.iter().filter_map(digit).is_sorted() {
        let heard = choices.iter().map(|(_, one)| one.key).filter(|key| written.contains(key));
        let heard: Vec<u32> = heard.filter_map(|key| digit(&key)).collect();
        if let Some(pair) = heard.windows(2).find(|pair| pair[0] > pair[1]) {
            let message = format!("key {} is spoken of after key {}; keys ascend", pair[1], pair[0]);
            findings.warning(Rule::L7, span.clone(), message);
        }
    }
    for (index, (_, one)) in choices.iter().enumerate() {
        if choices[..index].iter().any(|(_, before)| before.key == one.key) {
            findings.error(Rule::L7, span.clone(), format!("key {} is named for two things", one.key));
        }
    }
    if let Some((words, one)) = named.first().filter(|_| first) {
        let sentence = &words[one.sentence..];
        let ends = sentence.find([',', '.', ';', '!', '?']).unwrap_or(sentence.len());
        let choice = &sentence[..ends.max(one.ends - one.sentence)];
        findings.extend(language_question(choice).map(|finding| Finding { span, ..finding }));
    }
}
