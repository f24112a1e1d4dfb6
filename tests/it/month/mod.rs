//! A month of a small business, simulated: seeded, over HTTP, with everything that happens on a telephone line and at
//! a desk. At its end the program's numbers must equal those of the test's own books.
//!
//! `scripts/month [SEED] [CALLS]` lives through a bigger one.

mod books;
mod callers;
mod chance;
mod compare;
mod count;
mod plan;
mod staff;
mod town;
mod wire;
mod words;

use jiff::ToSpan;

use compare::assert_none;
use plan::FIRST_DAY;
use town::{Size, Town};

fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().unwrap())
}

#[tokio::test]
async fn a_month_ends_with_every_number_as_counted_by_hand() {
    let seed = from_environment("RINGBACK_SEED").unwrap_or(20);
    let calls = from_environment("RINGBACK_CALLS").unwrap_or(1000);
    let town = Town::open(Size { seed, days: 30, calls }).await.live().await;
    println!(
        "seed {seed}: {} calls, {:?}, rows {}",
        town.books.calls.len(),
        town.counted,
        compare::hash(&town)
    );
    assert_none(&compare::rows(&town));
    assert_none(&compare::proof(&town));
    let (from, to) = town.days();
    let changed = FIRST_DAY.saturating_add(12.days());
    for days in
        [(from, to), (changed, changed.tomorrow().unwrap()), (FIRST_DAY.saturating_add(15.days()), to)]
    {
        assert_none(&compare::report(&town, days));
    }
}

#[tokio::test]
async fn the_same_seed_gives_the_same_rows() {
    let size = Size { seed: 7, days: 3, calls: 150 };
    let first = compare::hash(&Town::open(size).await.live().await);
    assert_eq!(compare::hash(&Town::open(size).await.live().await), first);
    let other = Size { seed: 8, ..size };
    assert_ne!(compare::hash(&Town::open(other).await.live().await), first);
}
