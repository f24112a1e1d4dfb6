//! Every way through the shipped flows: no silence, no round without end, and a person near.

use std::collections::HashMap;
use std::fs;

use ringback::business::{Business, Hours};
use ringback::engine::{Place, Speech, Then};
use ringback::flow::Flow;
use ringback::language::Rate;
use ringback::walk::{Act, End, Ground, Kind, Moments, NodeId, Walk, walk_all};

use crate::flow_mistakes::ivr_flows;
use crate::ridge;

fn shipped() -> Vec<String> {
    let mut files: Vec<String> = fs::read_dir(ivr_flows())
        .expect("the shipped flows")
        .filter_map(|file| file.expect("an entry").file_name().into_string().ok())
        .filter(|file| file.ends_with(".toml"))
        .collect();
    files.sort();
    assert!(files.len() >= 2);
    files
}

fn walks(flow: &Flow, business: &Business) -> Vec<Walk> {
    let now = ridge::local(business, "2026-11-18 10:00");
    let ground = Ground { flow, business, rate: Rate::default(), audio: &|_| None };
    walk_all(&ground, &Moments::of(business, now)).expect("a flow of a sensible size")
}

fn of_kind(walks: &[Walk], kind: Kind) -> &Walk {
    walks.iter().find(|walk| walk.situation.kind == kind).expect("that situation")
}

/// What must hold of every way through a shipped flow.
fn judge(walk: &Walk) {
    judge_ends(walk);
    let fewest = walk.fewest();
    for (id, node) in walk.ids().filter(|(_, node)| node.end.is_none()) {
        let near = fewest[id.0].is_some_and(|fewest| fewest.presses <= 3);
        assert!(near, "far from everybody {}, at {:?}", walk.situation, node.step());
    }
}

/// What must hold of every way through any flow that goes live: no silence, no round without end, 0 works.
pub(crate) fn judge_ends(walk: &Walk) {
    let situation = &walk.situation;
    for (_, node) in walk.ids() {
        let told = || format!("{situation}, at {:?}: {:?}", node.step(), node.reply);
        let sounds = node.reply.say.iter().any(|speech| !matches!(speech, Speech::Pause(_)));
        let rings = matches!(node.reply.then, Then::Ring { .. });
        let nobody_listens = matches!(node.end, Some(End::Left | End::Person | End::Refused));
        assert!(sounds || rings || nobody_listens, "silence {}", told());
        assert_ne!(node.end, Some(End::HungUpOn), "{}", told());
        assert_eq!(node.end.is_some(), node.state.place == Place::Over, "{}", told());
        assert_eq!(node.edges.is_empty(), node.end.is_some(), "{}", told());
        if let Then::Menu { .. } = node.reply.then {
            let zero = node.edges.iter().find(|edge| edge.act == Act::Zero).expect("0 is pressed");
            assert!(walk.node(zero.to).helps(), "0 does not help {}", told());
        }
    }
    // A caller who does nothing comes to an end from everywhere.
    for (id, _) in walk.ids() {
        let mut at = id;
        let mut passed = 0;
        while let Some(next) = idle(walk, at) {
            at = next;
            passed += 1;
            assert!(passed <= walk.nodes.len(), "a round without end {situation}");
        }
    }
}

fn idle(walk: &Walk, at: NodeId) -> Option<NodeId> {
    let nothing = |act: &Act| matches!(act, Act::Silence | Act::Nobody | Act::LeaveNothing);
    walk.node(at).edges.iter().find(|edge| nothing(&edge.act)).map(|edge| edge.to)
}

#[test]
fn every_way_through_every_shipped_flow_is_bearable() {
    for file in shipped() {
        let flow = ridge::flow_file(&file);
        let business = ridge::business();
        let walks = walks(&flow, &business);
        assert!(walks.len() >= 6, "{file}");
        walks.iter().for_each(judge);
        let mut closed_shop = business.clone();
        closed_shop.hours = Hours::Always;
        self::walks(&flow, &closed_shop).iter().for_each(judge);
    }
}

#[test]
fn a_walk_finds_the_same_every_time() {
    let (flow, business) = (ridge::flow_file("two-areas.toml"), ridge::business());
    let first = walks(&flow, &business);
    let second = walks(&flow, &business);
    for (one, other) in first.iter().zip(&second) {
        assert_eq!(one.routes(), other.routes());
        assert_eq!(one.nodes.len(), other.nodes.len());
    }
}

#[test]
fn the_routes_of_the_front_desk_are_those_an_owner_would_name() {
    let (flow, business) = (ridge::flow_file("front-desk.toml"), ridge::business());
    let walks = walks(&flow, &business);
    let told = |kind: Kind| -> Vec<String> {
        let routes = of_kind(&walks, kind).routes();
        routes
            .iter()
            .map(|route| {
                let acts: Vec<String> = route.acts.iter().map(ToString::to_string).collect();
                format!("{} -> {} ({} keys)", acts.join(", "), route.end, route.presses)
            })
            .collect()
    };
    assert_eq!(
        told(Kind::Open),
        [
            "nobody takes the call, presses 1 -> a call-back (1 keys)",
            "nobody takes the call, presses 2, leaves a message -> a message (1 keys)",
            "nobody takes the call, presses 0, nobody takes the call -> a call-back (1 keys)",
            "nobody takes the call, presses 0, ana takes the call -> a person (1 keys)",
            "nobody takes the call, does nothing, leaves a message -> a message (0 keys)",
            "ana takes the call -> a person (0 keys)",
        ]
    );
    assert_eq!(told(Kind::Blocked), [" -> not taken (0 keys)"]);
    let withheld = told(Kind::WithheldClosed);
    assert!(
        withheld.contains(&"presses 1, types 2015550142, presses 1 -> a call-back (3 keys)".to_owned()),
        "{withheld:#?}"
    );
}

#[test]
fn what_a_caller_hears_is_timed() {
    let (flow, business) = (ridge::flow_file("front-desk.toml"), ridge::business());
    let walks = walks(&flow, &business);
    let open = of_kind(&walks, Kind::Open);
    // "Hi, you've reached Ridge Plumbing.": five words.
    assert_eq!(open.first().speech.as_millis(), 370 + 5 * 395);
    let takes: HashMap<String, u128> =
        open.first().edges.iter().map(|edge| (edge.act.to_string(), edge.takes.as_millis())).collect();
    assert_eq!(takes["nobody takes the call"], 2_345 + 20_000);
    let menu = open.nodes.iter().find(|node| node.is_fresh_menu()).expect("a choice");
    // "Sorry, we're all on a job.": six words.
    assert_eq!(menu.first_choice.map(|time| time.as_millis()), Some(370 + 6 * 395));
    assert_eq!(menu.wait.map(|wait| wait.as_secs()), Some(5));
}
