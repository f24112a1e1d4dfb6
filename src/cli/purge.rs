//! `ringback purge`: what is older than the business keeps goes; the running server does the same once a day.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::notation::parse_duration;
use crate::settings::Home;
use crate::store::{Purge, PurgeStage, Purged};

use super::failure::Failure;
use super::output::{remark, show};
use super::shop::Shop;

const EXAMPLES: &str = "\
How long calls are kept stands in `ringback.toml`: `keep` under `[privacy]`,
two years where nothing is said. Of an older call the day stays, so that
`proof` can count it. Whatever is still open stays, however old, and so do
names, lists, tags and notes about callers. A running server purges once a
day by itself.

Examples:
  ringback purge --dry-run
  ringback purge --older-than 90d";

/// Take away what is older than the business keeps
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Another age than that of the settings: `90d`, `2y`
    #[arg(long, value_name = "AGE", value_parser = age)]
    older_than: Option<SignedDuration>,
    /// Only tell how much would go
    #[arg(long)]
    dry_run: bool,
}

/// A day or more; a bare number is no age: of what?
fn age(text: &str) -> Result<SignedDuration, String> {
    let age = parse_duration(text).filter(|age| *age >= DAY && text.contains(char::is_alphabetic));
    let age = age.and_then(|age| SignedDuration::try_from(age).ok());
    age.ok_or_else(|| "write the age like `90d`, `12w` or `2y`".to_owned())
}

/// Purges, or tells how much it would be.
pub(super) fn run(args: &Args, home: &Home) -> Result<(), Failure> {
    let shop = Shop::open(home)?;
    let before = match args.older_than {
        Some(age) => shop.look.now.saturating_sub(age),
        None => shop.look.now.saturating_sub(shop.settings.keep),
    };
    let before = before.unwrap_or(Timestamp::UNIX_EPOCH).max(Timestamp::UNIX_EPOCH);
    let since = shop.look.ago(before);
    let calls = shop.read(|tx| tx.to_purge(before))?.unwrap_or_default();
    if args.dry_run || !shop.has_database() {
        return show(&format!(
            "{} from before {since} would go.\n",
            counted(calls.into(), ("call", "calls"))
        ));
    }
    let purge = Purge { zone: shop.look.zone.clone(), now: shop.look.now, before };
    let mut desk = shop.desk()?;
    let (mut all, mut stage) = (Purged::default(), PurgeStage::first());
    while stage != PurgeStage::Done {
        let (purged, next) = desk.write(|tx| tx.purge_step(&purge, stage)).map_err(Failure::from)?;
        all = all.and(purged);
        stage = next;
        // The lock is free for callers between two steps.
        std::thread::sleep(PAUSE);
    }
    show(&format!(
        "From before {since}: {}, {}, {} and {} are gone.\n",
        counted(all.calls, ("call", "calls")),
        counted(all.call_backs, ("call-back", "call-backs")),
        counted(all.notes, ("notice or incident", "notices and incidents")),
        counted(all.callers, ("caller", "callers")),
    ))?;
    if all.calls > 0 {
        remark("Of each call the day stays. Recorded messages are at the provider; take them away there.");
    }
    Ok(())
}

const DAY: Duration = Duration::from_secs(86_400);

const PAUSE: Duration = Duration::from_millis(1);

fn counted(count: u64, (one, many): (&str, &str)) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_read_as_the_settings_read_it() {
        for (text, days) in [("90d", 90), ("12w", 84), ("2y", 730), ("90 days", 90), ("1y 1d", 366)] {
            assert_eq!(age(text), Ok(SignedDuration::from_hours(days * 24)), "{text}");
        }
        for text in ["", "d", "90", "90000000", "0d", "23h", "-1d", "1.5y", "90é", "90日", "101y"] {
            assert!(age(text).is_err(), "{text}");
        }
    }
}
