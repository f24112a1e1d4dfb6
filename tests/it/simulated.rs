//! What the simulator lives through in every build; `scripts/simulate` for a million calls.

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
