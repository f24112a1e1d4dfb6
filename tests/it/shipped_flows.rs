//! The shipped flows load without a warning and keep the limits that make a menu bearable.

use std::fs;
use std::time::Duration;

use ringback::call::FlowName;
use ringback::flow::{self, Flow, Piece, Prompt, Slot, Target, Text, Then};
use ringback::notation::Style;

use crate::flow_mistakes::{ivr_flows, names};

/// What Twilio adds to a ring.
const SLACK: Duration = Duration::from_secs(5);

#[test]
fn shipped_flows_load_without_a_warning() {
    for name in ["front-desk", "two-areas"] {
        shipped(name);
    }
}

#[test]
fn shipped_flows_keep_the_limits_of_a_bearable_menu() {
    for flow in ["front-desk", "two-areas"].map(shipped) {
        for step in &flow.steps {
            let before = step.say.as_ref().map_or(0, words_of_prompt);
            match &step.then {
                Then::Press(menu) => {
                    assert!(menu.choices.len() <= 4, "L1 at {}", step.name);
                    assert!(seconds(before) <= 5.0, "L3 at {}: {}", step.name, seconds(before));
                    // "To …, press 1": three words around each offer at most.
                    let offers = menu.choices.iter().map(|choice| choice.offer.as_ref().expect("an offer"));
                    let all = before + offers.map(|offer| words(offer) + 3).sum::<usize>();
                    assert!(seconds(all) <= 12.0, "L4 at {}: {}", step.name, seconds(all));
                    let keys: Vec<char> = menu.choices.iter().map(|choice| choice.key.as_char()).collect();
                    assert_eq!(keys, ['1', '2', '3', '4'][..keys.len()], "L7 at {}", step.name);
                    assert!((4..=7).contains(&menu.wait.as_secs()), "L9 at {}", step.name);
                    for next in menu.choices.iter().map(|choice| choice.go).chain([menu.silence]) {
                        assert!(!matches!(flow.step(next).then, Then::Press(_)), "L2 at {}", step.name);
                    }
                }
                Then::Ring(ring) => {
                    let times = if ring.in_turn { people(&ring.targets) } else { 1 };
                    assert!((ring.for_ + SLACK) * times <= Duration::from_secs(45), "L19 at {}", step.name);
                }
                Then::Message { invitation, .. } => {
                    let all = before + words_of_prompt(invitation);
                    assert!(seconds(all) <= 6.0, "L21 at {}: {}", step.name, seconds(all));
                }
                Then::Go(_) | Then::CallBack { .. } | Then::Goodbye(_) | Then::Refuse => {}
            }
        }
        let closed = flow.step(flow.start.closed.expect("a closed path"));
        let Some(Prompt::Say(text)) = &closed.say else { panic!("L22: nothing is said when closed") };
        assert!(text.has(Slot::Opens), "L22");
    }
}

#[test]
fn a_caller_meets_one_menu_at_most_before_a_person_a_message_or_a_call_back() {
    for flow in ["front-desk", "two-areas"].map(shipped) {
        for entry in [Some(flow.start.open), flow.start.closed, flow.start.away].into_iter().flatten() {
            assert!(menus_from(&flow, entry) <= 1, "L2 in {}", flow.name);
        }
    }
}

/// The most menus on any way from `from`. Flows without an endless round of silence may still have one by keys; the
/// shipped ones have none.
fn menus_from(flow: &Flow, from: flow::StepId) -> usize {
    match &flow.step(from).then {
        Then::Press(menu) => {
            let next = menu.choices.iter().map(|choice| choice.go).chain([menu.silence]);
            1 + next.map(|step| menus_from(flow, step)).max().unwrap_or_default()
        }
        Then::Go(go) => menus_from(flow, *go),
        Then::Ring(ring) => menus_from(flow, ring.go),
        Then::Message { .. } | Then::CallBack { .. } | Then::Goodbye(_) | Then::Refuse => 0,
    }
}

fn shipped(name: &str) -> Flow {
    let file = format!("{name}.toml");
    let source = fs::read_to_string(ivr_flows().join(&file)).expect("a shipped flow");
    match flow::load(FlowName::parse(name).expect("a name"), &file, &source, Some(&names())) {
        Ok((flow, warnings)) if warnings.is_empty() => flow,
        Ok((_, problems)) | Err(problems) => panic!("{}", problems.render(Style::Plain)),
    }
}

fn people(targets: &[Target]) -> u32 {
    let people = targets.iter().map(|target| match target {
        Target::Person(_) => 1,
        Target::OnDuty | Target::Area(_) | Target::Team(_) => 2,
    });
    people.sum()
}

fn words_of_prompt(prompt: &Prompt) -> usize {
    match prompt {
        Prompt::Say(text) => words(text),
        Prompt::Play(_) => 0,
    }
}

/// Words as the speaking-rate model counts them, with the longest that a placeholder usually is.
fn words(text: &Text) -> usize {
    let spoken: String = text
        .0
        .iter()
        .map(|piece| match piece {
            Piece::Words(words) => words,
            Piece::Slot(Slot::Business) => "Ridge Plumbing",
            Piece::Slot(Slot::Opens) => "on Monday at 8 a.m.",
            Piece::Slot(Slot::Promise) => "by 9:15 a.m. on Monday",
            Piece::Slot(Slot::Person) => "Ana",
            Piece::Slot(Slot::Caller) => "5 5 5 0 1 4 2",
        })
        .collect();
    spoken.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty()).count()
}

fn seconds(words: usize) -> f64 {
    0.37 + 0.395 * words as f64
}
