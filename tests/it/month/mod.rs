//! A month of a small business, simulated: seeded, over HTTP, with everything that happens on a telephone line and at
//! a desk. At its end the program's numbers must equal those of the test's own books.
//!
//! `scripts/month [SEED] [CALLS]` lives through a bigger one.

mod books;
mod callers;
mod chance;
mod compare;
mod plan;
mod staff;
mod town;
mod wire;
mod words;

use town::{Size, Town};

fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().unwrap())
}

#[tokio::test]
async fn a_month_ends_with_every_number_as_counted_by_hand() {
    let seed = from_environment("RINGBACK_SEED").unwrap_or(20);
    let calls = from_environment("RINGBACK_CALLS").unwrap_or(1000);
    let town = Town::open(Size { seed, days: 30, calls }).await.live().await;
    println!("{:?}", town.counted);
    assert_none(&compare::rows(&town));
}

/// Fails with the first of what is wrong.
fn assert_none(wrong: &[String]) {
    let first: Vec<&str> = wrong.iter().take(30).map(String::as_str).collect();
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), first.join("\n"));
}
