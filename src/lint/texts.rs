//! L6, L14, L15: every text that the owner wrote, in its language.

use std::collections::HashSet;

use crate::call::StepName;
use crate::flow::{self, ByLanguage, Prompt, Span, StepId, StepPlaces, Text};
use crate::language::Language;
use crate::walk::{Node, Walk};

use super::closed::language_of;
use super::finding::Findings;
use super::wording::text;
use super::{Finding, Look};

/// A text of the owner's.
pub(super) struct OwnText {
    pub(super) step: StepName,
    pub(super) span: Span,
    pub(super) language: Language,
    pub(super) words: String,
}

pub(super) fn check(look: &Look<'_>, findings: &mut Findings) {
    let opening: HashSet<&StepName> = look.walks.iter().flat_map(|walk| &walk.passed).collect();
    for own in own_texts(look) {
        for finding in text(&own.words, own.language, opening.contains(&own.step)) {
            let about = format!("{}{}", own.language, finding.about);
            let about = format!("{about}:{}", finding.span.start);
            findings.push(Finding { span: own.span.clone(), about, ..finding });
        }
    }
}

/// All of them, in the order of the file.
pub(super) fn own_texts(look: &Look<'_>) -> Vec<OwnText> {
    let mut found = Vec::new();
    for (id, step) in look.subject.flow.ids() {
        let Some(places) = look.places(id) else { continue };
        let mut add = |span: Span, texts: &ByLanguage<Text>| {
            let main = language_of(look, None);
            let others = texts.others.iter().map(|(language, text)| (*language, text));
            for (language, text) in std::iter::once((main, &texts.main)).chain(others) {
                let words = text.to_string();
                found.push(OwnText { step: step.name.clone(), span: span.clone(), language, words });
            }
        };
        if let Some(Prompt::Say(texts)) = &step.say {
            add(places.word("say"), texts);
        }
        match &step.then {
            flow::Then::Press(menu) => {
                for (choice, place) in menu.choices.iter().zip(&places.choices) {
                    if let Some(offer) = &choice.offer {
                        add(place.offer.clone().unwrap_or(place.key.clone()), offer);
                    }
                }
            }
            flow::Then::Message { invitation: Some(Prompt::Say(texts)), .. } => {
                add(places.word("message"), texts);
            }
            flow::Then::Ask(ask) => {
                if let Prompt::Say(texts) = &ask.question {
                    add(places.word("ask"), texts);
                }
            }
            flow::Then::Goodbye(texts) => add(places.word("goodbye"), texts),
            flow::Then::Message { .. }
            | flow::Then::Go(_)
            | flow::Then::Ring(_)
            | flow::Then::CallBack { .. }
            | flow::Then::Refuse => {}
        }
    }
    found
}

impl Look<'_> {
    /// Where the parts of a step stand; `None` for those that every flow has.
    pub(super) fn places(&self, id: StepId) -> Option<&StepPlaces> {
        let flow = self.subject.flow;
        flow.places.steps.get(flow.index(id))
    }

    /// Where a word of a step stands.
    pub(super) fn word(&self, id: StepId, word: &str) -> Span {
        self.places(id).map_or(0..0, |places| places.word(word))
    }

    /// Where a key of a menu stands.
    pub(super) fn key(&self, id: StepId, index: usize) -> Span {
        let key =
            self.places(id).and_then(|places| places.choices.get(index)).map(|choice| choice.key.clone());
        key.unwrap_or_else(|| self.word(id, "press"))
    }

    /// Where the first of these words stands in the step at which a call stands.
    pub(super) fn span_of(&self, node: &Node, words: &[&'static str]) -> Span {
        let id = node.step().and_then(|step| self.subject.flow.step_named(step));
        let Some(places) = id.and_then(|id| self.places(id)) else { return self.start("open") };
        let written = words.iter().find(|word| places.words.iter().any(|(known, _)| known == *word));
        written.map_or_else(|| places.name.clone(), |word| places.word(word))
    }

    /// Where a call of that walk begins.
    pub(super) fn beginning(&self, walk: &Walk) -> Span {
        let first = walk.passed.first().and_then(|step| self.subject.flow.step_named(step));
        first.and_then(|id| self.places(id)).map_or_else(|| self.start("open"), |places| places.name.clone())
    }

    fn start(&self, word: &str) -> Span {
        let found = self.subject.flow.places.start.iter().find(|(known, _)| *known == word);
        found.map_or(0..0, |(_, span)| span.clone())
    }
}
