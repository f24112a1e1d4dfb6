//! Every way that a caller can go, in two versions of a flow: what is gone, what is new, what takes longer or less.

use std::time::Duration;

use crate::call::{Key, StepName};
use crate::engine::Place;
use crate::flow::{Flow, Then};
use crate::lint::Summary;
use crate::walk::{Act, End, Ground, Moments, Route, TooLarge, Walk, walk_all};

/// Two versions of a flow, each on its ground.
#[derive(Copy, Clone)]
pub struct Version<'a> {
    /// As it is.
    pub old: Ground<'a>,
    /// As it would be.
    pub new: Ground<'a>,
}

/// What changes for callers.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The ways that change, those of the same situations together.
    pub changes: Vec<(Vec<String>, Vec<Change>)>,
    /// The numbers of the whole flow before.
    pub before: Summary,
    /// And after.
    pub after: Summary,
}

/// One way of a caller that changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What the caller does: `presses nothing`, `"leave a message" (2)`; empty for a caller who does nothing and is
    /// not asked to.
    pub path: String,
    /// What the caller came to.
    pub before: Option<Reach>,
    /// What the caller comes to.
    pub after: Option<Reach>,
}

/// What a way leads to.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// The end.
    pub end: End,
    /// After how long at most.
    pub seconds: u64,
    /// After how many keys.
    pub presses: u32,
}

impl Difference {
    /// Whether no caller would notice.
    pub fn is_none(&self) -> bool {
        self.changes.is_empty()
    }
}

/// Compares them, in every situation that either of them tells apart.
pub fn diff(versions: &Version<'_>, moments: &Moments) -> Result<Difference, TooLarge> {
    let (old, new) = (walk_all(&versions.old, moments)?, walk_all(&versions.new, moments)?);
    let mut changes: Vec<(Vec<String>, Vec<Change>)> = Vec::new();
    for after in &new {
        // Callers whom the old version did not tell apart went as everybody else did.
        let before = old.iter().find(|before| same(before, after)).or_else(|| ordinary(&old, after));
        let before = before.map(|walk| ways(versions.old.flow, walk)).unwrap_or_default();
        note(&mut changes, after.situation.to_string(), pair(before, ways(versions.new.flow, after)));
    }
    for before in old.iter().filter(|before| !new.iter().any(|after| same(before, after))) {
        let after = ordinary(&new, before).map(|walk| ways(versions.new.flow, walk)).unwrap_or_default();
        note(&mut changes, before.situation.to_string(), pair(ways(versions.old.flow, before), after));
    }
    Ok(Difference { changes, before: Summary::of(&old), after: Summary::of(&new) })
}

fn same(one: &Walk, other: &Walk) -> bool {
    one.situation.kind == other.situation.kind && one.situation.language == other.situation.language
}

/// How the callers of a situation fare where the flow does not tell it apart: as others do at that time.
fn ordinary<'w>(walks: &'w [Walk], of: &Walk) -> Option<&'w Walk> {
    walks.iter().find(|walk| walk.situation.kind == of.situation.kind).or(walks.first())
}

fn note(changes: &mut Vec<(Vec<String>, Vec<Change>)>, situation: String, found: Vec<Change>) {
    if found.is_empty() {
        return;
    }
    match changes.iter_mut().find(|(_, known)| *known == found) {
        Some((situations, _)) => situations.push(situation),
        None => changes.push((vec![situation], found)),
    }
}

/// One way: what the caller does and what that comes to.
#[derive(Clone, Debug)]
struct Way {
    /// The offers that were taken, in lower case.
    offers: Vec<String>,
    /// The keys that were pressed.
    keys: Vec<String>,
    path: String,
    reach: Reach,
}

/// The ways of a walk in the order of finding; of those that differ only in who took the call, the longest.
fn ways(flow: &Flow, walk: &Walk) -> Vec<Way> {
    let mut found: Vec<Way> = Vec::new();
    for way in walk.routes().iter().filter_map(|route| way(flow, walk, route)) {
        let twin = found.iter_mut().find(|known| {
            known.offers == way.offers && known.keys == way.keys && known.reach.end == way.reach.end
        });
        match twin {
            Some(known) => known.reach.seconds = known.reach.seconds.max(way.reach.seconds),
            None => found.push(way),
        }
    }
    found
}

/// What the caller chooses on that route. Where ringback itself asks, for a number or for a yes, the caller who knows
/// what they want answers at once; `None` for the others, whom no flow makes faster.
fn way(flow: &Flow, walk: &Walk, route: &Route) -> Option<Way> {
    let (mut offers, mut keys, mut words) = (Vec::new(), Vec::new(), Vec::new());
    let mut acts = route.acts.iter().peekable();
    let mut zeros = 0;
    for pair in route.nodes.windows(2) {
        let node = walk.node(pair[0]);
        let here = node.edges.iter().filter(|edge| edge.to == pair[1]).map(|edge| &edge.act);
        let mut here = here.peekable();
        let waits_on =
            matches!(node.state.place, Place::Menu { slips: 1.., .. } | Place::Asking { slips: 1.., .. });
        let act = here.clone().find(|act| !waits_on && acts.peek() == Some(act));
        // One silence stands for all at a choice or a question.
        let repeated = act.is_none();
        if !repeated {
            acts.next();
        }
        let act = act.or_else(|| here.next())?;
        match &node.state.place {
            Place::Menu { step, .. } if !repeated => {
                let (path, offer, key) = chosen(flow, step, act);
                words.push(path);
                offers.push(offer);
                keys.push(key);
                zeros += usize::from(*act == Act::Zero);
            }
            Place::AskingNumber { .. } if !matches!(act, Act::Type(digits) if digits.len() > 2) => {
                return None;
            }
            Place::ConfirmingNumber { .. } | Place::ConfirmingAnswer { .. } | Place::ChoosingTime { .. }
                if *act != Key::new('1').map_or(Act::Silence, Act::Press) =>
            {
                return None;
            }
            Place::Asking { .. } if repeated => {}
            Place::Asking { .. } if matches!(act, Act::Silence | Act::Type(_)) => {
                let answers = matches!(act, Act::Type(_));
                words.push(if answers { "answers" } else { "answers nothing" }.to_owned());
                offers.push(words.last().cloned().unwrap_or_default());
                keys.push(offers.last().cloned().unwrap_or_default());
            }
            Place::Asking { .. } => return None,
            Place::Lobby
            | Place::HumanTest { .. }
            | Place::Menu { .. }
            | Place::Ringing { .. }
            | Place::Message { .. }
            | Place::AskingNumber { .. }
            | Place::ConfirmingNumber { .. }
            | Place::ChoosingTime { .. }
            | Place::ConfirmingAnswer { .. }
            | Place::Over => {}
        }
    }
    let reach = Reach { end: route.end, seconds: seconds(route.seconds), presses: route.presses };
    (zeros <= 1).then(|| Way { offers, keys, path: words.join(", "), reach })
}

/// A choice in words, as it is offered, and as a key.
fn chosen(flow: &Flow, step: &StepName, act: &Act) -> (String, String, String) {
    let Act::Press(key) = act else {
        let path = if *act == Act::Silence { "presses nothing".to_owned() } else { act.to_string() };
        return (path.clone(), path.clone(), path);
    };
    match offer(flow, step, *key) {
        Some(offer) => (format!("\"{offer}\" ({key})"), offer.to_lowercase(), key.to_string()),
        None => (act.to_string(), key.to_string(), key.to_string()),
    }
}

/// What is offered for that key, where words stand for it.
fn offer(flow: &Flow, step: &StepName, key: Key) -> Option<String> {
    let Then::Press(menu) = &flow.step(flow.step_named(step)?).then else { return None };
    let choice = menu.choices.iter().find(|choice| choice.key == key)?;
    choice.offer.as_ref().map(|offer| offer.main.to_string())
}

/// The same ways side by side: first by what was offered, then by the keys, where an offer was only worded anew.
fn pair(before: Vec<Way>, after: Vec<Way>) -> Vec<Change> {
    let mut olds: Vec<Option<Way>> = before.into_iter().map(Some).collect();
    let mut news: Vec<(Way, Option<Way>)> = after.into_iter().map(|way| (way, None)).collect();
    let same: [fn(&Way, &Way) -> bool; 2] =
        [|one, other| one.offers == other.offers, |one, other| one.keys == other.keys];
    for same in same {
        for (new, partner) in news.iter_mut().filter(|(_, partner)| partner.is_none()) {
            let fits = |old: &&mut Option<Way>| {
                old.as_ref().is_some_and(|old| same(old, new) && old.reach.end == new.reach.end)
            };
            *partner = olds.iter_mut().find(fits).and_then(Option::take);
        }
    }
    let mut changes: Vec<Change> = news
        .into_iter()
        .filter(|(new, old)| old.as_ref().is_none_or(|old| old.reach != new.reach))
        .map(|(new, old)| {
            let was = old.as_ref().filter(|old| old.offers != new.offers).map(|old| &old.path);
            let path = was.map_or_else(|| new.path.clone(), |was| format!("{}, was {was}", new.path));
            Change { path, before: old.map(|old| old.reach), after: Some(new.reach) }
        })
        .collect();
    let gone = olds.into_iter().flatten();
    changes.extend(gone.map(|old| Change { path: old.path, before: Some(old.reach), after: None }));
    changes
}

fn seconds(time: Duration) -> u64 {
    u64::try_from((time.as_millis() + 500) / 1000).unwrap_or(u64::MAX)
}
