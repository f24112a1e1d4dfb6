//! What a caller, and the people who were rung, did in a past call: the part they play again.

use std::time::Duration;

use jiff::Timestamp;

use crate::call::{AreaName, Key, LastReply, PersonName, StepName};
use crate::engine::Place;
use crate::flow::{Choice, Flow, Menu, StepId, Target, Then};

use super::PastCall;

/// What was done in a call, as far as it can be known.
#[derive(Clone, Debug, Default)]
pub(super) struct Habit {
    /// What the caller chose, menu by menu.
    pub(super) wants: Vec<Want>,
    /// Whether the caller came to a choice at all.
    pub(super) met_a_choice: bool,
    /// Who was rung, and for how long until they accepted, if they did.
    pub(super) people: Vec<(PersonName, Option<Duration>)>,
    /// Whose phones were picked up, by a machine or by somebody who did not accept.
    pub(super) picked_up: Vec<PersonName>,
    /// How long the message was; `None` where none was ever invited.
    pub(super) message: Option<u32>,
    /// The number that was typed, without its sign.
    pub(super) typed: Option<String>,
    /// Whether a number was asked for.
    pub(super) was_asked_number: bool,
    /// How many turns passed until the caller hung up, and how long after the last of them that was; `None` for a
    /// caller who stayed to the end.
    pub(super) left: Option<(usize, Duration)>,
}

/// One choice of a caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Want {
    /// What it was about.
    pub(super) area: Option<AreaName>,
    /// What it led to.
    pub(super) aim: Option<Aim>,
    /// The key.
    pub(super) key: Key,
}

/// What a step gives a caller, once it says no more.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Aim {
    Person,
    Message,
    CallBack,
    Choice,
    Question,
    Words,
}

impl Habit {
    /// Read from the call and the version of the flow that it went through.
    pub(super) fn of(call: &PastCall, flow: &Flow) -> Self {
        let only_picked_up = call.legs.iter().filter(|leg| leg.prompted && leg.accepted_at.is_none());
        let mut habit = Self {
            people: people(call),
            picked_up: only_picked_up.map(|leg| leg.person.clone()).collect(),
            left: left(call),
            ..Self::default()
        };
        let mut before: Option<&Place> = None;
        for turn in &call.turns {
            match before {
                Some(Place::Menu { step, .. }) => {
                    habit.met_a_choice = true;
                    habit.wants.extend(turn.key.map(|key| Want::of(key, step, flow)));
                }
                Some(Place::AskingNumber { .. }) => habit.was_asked_number = true,
                Some(
                    Place::Lobby
                    | Place::HumanTest { .. }
                    | Place::Ringing { .. }
                    | Place::Message { .. }
                    | Place::ConfirmingNumber { .. }
                    | Place::ChoosingTime { .. }
                    | Place::Asking { .. }
                    | Place::ConfirmingAnswer { .. }
                    | Place::Over,
                )
                | None => {}
            }
            before = Some(&turn.state.place);
        }
        habit.met_a_choice |= matches!(before, Some(Place::Menu { .. }));
        if let Some(last) = call.turns.last() {
            let course = &last.state.course;
            let seconds = course.recording.as_ref().map_or(0, |recording| recording.seconds);
            habit.message = course.message_offered.then_some(seconds);
            let typed = course.typed_number.as_ref();
            habit.typed = typed.map(|number| number.as_str().trim_start_matches('+').to_owned());
        }
        habit
    }
}

impl Want {
    fn of(key: Key, step: &StepName, flow: &Flow) -> Self {
        let menu = flow.step_named(step).and_then(|id| menu(flow, id));
        let choice = menu.and_then(|menu| menu.choices.iter().find(|choice| choice.key == key));
        let area = choice.and_then(|choice| area_of(flow, choice));
        Self { area, aim: choice.map(|choice| aim(flow, choice.go)), key }
    }

    /// The choice of that menu that this caller would take: what is about the same, else what leads to the same, else
    /// the same key.
    pub(super) fn among<'m>(&self, flow: &Flow, menu: &'m Menu) -> Option<&'m Choice> {
        let mut choices = menu.choices.iter();
        let by_area = |choice: &&Choice| self.area.is_some() && area_of(flow, choice) == self.area;
        let same_aim = |choice: &&Choice| self.aim == Some(aim(flow, choice.go));
        choices
            .clone()
            .find(|choice| by_area(choice) && same_aim(choice))
            .or_else(|| choices.clone().find(by_area))
            .or_else(|| choices.clone().find(|choice| same_aim(choice) && choice.key == self.key))
            .or_else(|| choices.clone().find(same_aim))
            .or_else(|| choices.find(|choice| choice.key == self.key))
    }
}

pub(super) fn menu(flow: &Flow, step: StepId) -> Option<&Menu> {
    match &flow.step(step).then {
        Then::Press(menu) => Some(menu),
        Then::Go(_)
        | Then::Ring(_)
        | Then::Message { .. }
        | Then::CallBack { .. }
        | Then::Ask(_)
        | Then::Goodbye(_)
        | Then::Refuse => None,
    }
}

/// What a choice is about: its own area, or that of the people whom it rings.
fn area_of(flow: &Flow, choice: &Choice) -> Option<AreaName> {
    let step = flow.step(rest(flow, choice.go));
    let rung = match &step.then {
        Then::Ring(ring) => ring.targets.iter().find_map(|target| match target {
            Target::Area(area) => Some(area.clone()),
            Target::OnDuty | Target::Person(_) | Target::Team(_) | Target::LastPerson => None,
        }),
        Then::Go(_)
        | Then::Press(_)
        | Then::Message { .. }
        | Then::CallBack { .. }
        | Then::Ask(_)
        | Then::Goodbye(_)
        | Then::Refuse => None,
    };
    choice.area.clone().or_else(|| step.area.clone()).or(rung)
}

fn aim(flow: &Flow, step: StepId) -> Aim {
    match &flow.step(rest(flow, step)).then {
        Then::Ring(_) => Aim::Person,
        Then::Message { .. } => Aim::Message,
        Then::CallBack { .. } => Aim::CallBack,
        Then::Press(_) => Aim::Choice,
        Then::Ask(_) => Aim::Question,
        Then::Go(_) | Then::Goodbye(_) | Then::Refuse => Aim::Words,
    }
}

/// The first step from here on that does more than talk.
fn rest(flow: &Flow, mut step: StepId) -> StepId {
    for _ in &flow.steps {
        let Then::Go(go) = &flow.step(step).then else { break };
        step = *go;
    }
    step
}

/// Everybody who was rung, each once, with how long it rang until they accepted.
fn people(call: &PastCall) -> Vec<(PersonName, Option<Duration>)> {
    let mut people: Vec<(PersonName, Option<Duration>)> = Vec::new();
    for (number, turn) in call.turns.iter().enumerate() {
        let Place::Ringing { rung, .. } = &turn.state.place else { continue };
        let is_this = |leg_turn: u16| usize::from(leg_turn) == number;
        for person in rung {
            let leg = call.legs.iter().find(|leg| leg.person == *person && is_this(leg.turn));
            let accepted = leg.and_then(|leg| leg.accepted_at).or_else(|| trusted(call, number, person));
            let after = accepted.map(|at| between(turn.at, at));
            match people.iter_mut().find(|(known, _)| known == person) {
                Some((_, known)) => *known = known.or(after),
                None => people.push((person.clone(), after)),
            }
        }
    }
    people
}

/// When somebody talked who needs no key: then only the end of the talk is known, and when the phone was picked up.
fn trusted(call: &PastCall, turn: usize, person: &PersonName) -> Option<Timestamp> {
    let answered = call.turns.get(turn + 1)?.state.course.answered.as_ref()?;
    let picked_up = call.legs.iter().find(|leg| leg.person == *person && usize::from(leg.turn) == turn)?;
    picked_up.picked_up_at.filter(|_| answered.by == *person)
}

/// When the caller hung up. A turn without any step in it is what a caller leaves behind; but whoever left a message
/// or confirmed a number had come to the end.
fn left(call: &PastCall) -> Option<(usize, Duration)> {
    let (last, earlier) = call.turns.split_last()?;
    let course = &last.state.course;
    if course.answered.is_some() || course.refused {
        return None;
    }
    let ended_at = call.ended_at.unwrap_or(last.at);
    if last.state.place != Place::Over {
        return Some((call.turns.len(), between(last.at, ended_at)));
    }
    let before = earlier.last()?;
    let spoke_last =
        course.last == LastReply::Goodbye && !matches!(before.state.place, Place::Ringing { .. });
    let at_an_end = matches!(before.state.place, Place::Message { .. } | Place::ConfirmingNumber { .. });
    if at_an_end || !last.passed.is_empty() || (spoke_last && last.key.is_some()) {
        return None;
    }
    Some((earlier.len(), between(before.at, ended_at.min(last.at))))
}

fn between(from: Timestamp, to: Timestamp) -> Duration {
    Duration::try_from(to.duration_since(from)).unwrap_or_default()
}
