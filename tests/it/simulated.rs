//! What the simulator lives through in every build; `scripts/simulate` for a million calls.

use std::fs;
use std::path::Path;

use crate::simulator::{BROKEN, EDITIONS, Plan, Rates, edition, many, run};

#[test]
fn a_thousand_bad_days_break_no_promise() {
    match many(1..=1000, (8, Rates::BAD)) {
        Ok(sum) => println!("{} webhooks, {} faults, hash {:016x}", sum.webhooks, sum.faults, sum.hash),
        Err(failure) => panic!("{failure}"),
    }
}

#[test]
fn a_few_long_usual_runs_break_no_promise() {
    if let Err(failure) = many(1..=4, (200, Rates::USUAL)) {
        panic!("{failure}");
    }
}

#[test]
fn the_same_seed_is_the_same_run() {
    for seed in [7, 77] {
        let plan = Plan::of(seed, 30, Rates::BAD);
        let (one, two) = (run(&plan, false), run(&plan, true));
        assert_eq!((one.hash, one.webhooks), (two.hash, two.webhooks), "{seed}");
        assert_ne!(one.hash, run(&Plan::of(seed + 1, 30, Rates::BAD), false).hash);
    }
}

#[test]
fn one_edition_has_a_mistake_and_the_others_have_none() {
    for number in 0..EDITIONS {
        let draft = edition(number);
        assert_eq!(draft.is_sound(), number != BROKEN, "{number}: {:#?}", draft.wrong);
    }
}

/// What a hunk finds in a file: what stays and what goes.
fn found_by(hunk: &str) -> String {
    let lines = hunk.lines().skip(1).filter(|line| !line.starts_with('+'));
    lines.map(|line| line.get(1..).unwrap_or_default().to_owned() + "\n").collect()
}

#[test]
fn the_planted_bugs_still_fit_what_they_are_planted_into() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut hunks = 0;
    for entry in fs::read_dir(root.join("tests/planted")).unwrap() {
        let patch = entry.unwrap().path();
        let text = fs::read_to_string(&patch).unwrap();
        for file in text.split("--- a/").skip(1) {
            let source = fs::read_to_string(root.join(file.lines().next().unwrap())).unwrap();
            for hunk in file.split("\n@@ ").skip(1) {
                let hunk = hunk.split("\ndiff --git").next().unwrap();
                hunks += 1;
                assert!(source.contains(&found_by(hunk)), "{}: {hunk}", patch.display());
            }
        }
    }
    assert!(hunks >= 17, "{hunks}");
}
