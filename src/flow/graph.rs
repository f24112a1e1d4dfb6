//! Where a caller can get to: every step is reached, and even a caller who does nothing arrives somewhere.

use crate::notation::{Problem, Problems};

use super::read::{RawFlow, RawThen};
use super::{Step, StepId, Then};

/// The steps of a file with all their ways, and the raw ones with their places.
pub(super) struct Route<'a> {
    pub(super) raw: &'a RawFlow,
    pub(super) steps: &'a [Step],
    pub(super) entries: &'a [StepId],
}

/// Tells of steps that nobody reaches, of rounds without end, and of silent callers who are sent away.
pub(super) fn check(route: &Route<'_>, problems: &mut Problems) {
    let reached = route.reached();
    for (index, raw) in route.raw.steps.iter().enumerate() {
        if !reached[index] {
            let message = format!("no call ever reaches the step `{}`", raw.name.value);
            let problem = Problem::error(raw.name.span.clone(), message);
            problems.push(problem.hint("lead to it from another step or from `[start]`, or take it out"));
        }
    }
    let mut told = vec![false; route.steps.len()];
    for (index, raw) in route.raw.steps.iter().enumerate() {
        let (path, end) = route.idle_path(index);
        if let Some(round) = end.filter(|_| reached[index]) {
            let round = &path[round..];
            if !round.iter().any(|step| told[*step]) {
                problems.push(route.endless(round));
            }
            round.iter().for_each(|step| told[*step] = true);
            continue;
        }
        let (does, silence) = match &raw.then {
            Some(RawThen::Press { silence, .. }) => ("presses", silence),
            Some(RawThen::Ask(ask)) => ("answers", ask.silence.as_ref().unwrap_or(&ask.go)),
            Some(
                RawThen::Go(_)
                | RawThen::Ring { .. }
                | RawThen::Message { .. }
                | RawThen::CallBack { .. }
                | RawThen::Goodbye(_)
                | RawThen::Refuse,
            )
            | None => continue,
        };
        if end.is_none() && !path[1..].iter().any(|step| helps(&route.steps[*step].then)) {
            let message =
                format!("L12: a caller who {does} nothing at the step `{}` is sent away", raw.name.value);
            let problem = Problem::error(silence.span.clone(), message);
            problems.push(problem.hint("lead to a `message`, a `call-back` or a `ring` first"));
        }
    }
}

impl Route<'_> {
    fn reached(&self) -> Vec<bool> {
        let mut reached = vec![false; self.steps.len()];
        let mut waiting: Vec<StepId> = self.entries.to_vec();
        while let Some(StepId(id)) = waiting.pop() {
            let seen = &mut reached[usize::from(id)];
            if !std::mem::replace(seen, true) {
                let then = &self.steps[usize::from(id)].then;
                waiting.extend(idle(then));
                match then {
                    Then::Press(menu) => waiting.extend(menu.choices.iter().map(|choice| choice.go)),
                    Then::Ask(ask) => waiting.push(ask.go),
                    Then::Go(_)
                    | Then::Ring(_)
                    | Then::Message { .. }
                    | Then::CallBack { .. }
                    | Then::Goodbye(_)
                    | Then::Refuse => {}
                }
            }
        }
        reached
    }

    /// The steps that a caller passes who does nothing, and where on that path it begins to repeat, if it does.
    fn idle_path(&self, from: usize) -> (Vec<usize>, Option<usize>) {
        let mut place = vec![None; self.steps.len()];
        let mut path = vec![from];
        place[from] = Some(0);
        loop {
            let last = path[path.len() - 1];
            let Some(StepId(next)) = idle(&self.steps[last].then) else { return (path, None) };
            let next = usize::from(next);
            if place[next].is_some() {
                return (path, place[next]);
            }
            place[next] = Some(path.len());
            path.push(next);
        }
    }

    fn endless(&self, round: &[usize]) -> Problem {
        // Told at the step that stands first in the file, which is where an owner looks first.
        let first = (0..round.len()).min_by_key(|at| round[*at]).unwrap_or_default();
        let order = round[first..].iter().chain(&round[..=first]);
        let names: Vec<&str> = order.map(|step| self.steps[*step].name.as_str()).collect();
        let message = format!("a caller who does nothing goes round here for ever: {}", names.join(" → "));
        Problem::error(self.raw.steps[round[first]].name.span.clone(), message)
            .hint("let one of these steps lead to a `message`, a `call-back` or a `goodbye`")
    }
}

/// Where a caller gets to who does nothing and whom nobody answers.
fn idle(then: &Then) -> Option<StepId> {
    match then {
        Then::Go(go) => Some(*go),
        Then::Press(menu) => Some(menu.silence),
        Then::Ring(ring) => Some(ring.go),
        Then::Ask(ask) => Some(ask.silence),
        Then::Message { go, .. } | Then::CallBack { go, .. } => *go,
        Then::Goodbye(_) | Then::Refuse => None,
    }
}

/// Whether the caller is offered more than words.
fn helps(then: &Then) -> bool {
    match then {
        Then::Ring(_) | Then::Message { .. } | Then::CallBack { .. } => true,
        Then::Go(_) | Then::Ask(_) | Then::Press(_) | Then::Goodbye(_) | Then::Refuse => false,
    }
}
