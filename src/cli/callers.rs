//! `ringback callers`: whose calls are refused.

use serde::Serialize;

use crate::business::Business;
use crate::call::PhoneNumber;
use crate::settings::{self, Home};
use crate::store::rfc3339;

use super::failure::Failure;
use super::output::{show, show_json};
use super::shop::Shop;
use super::table::{Cell, Column, Table};
use super::who;

const EXAMPLES: &str = "\
Calls of a blocked number are refused, or go to the flow's `blocked` step;
they are logged, and nobody is to ring back.

Examples:
  ringback callers block +15550142
  ringback callers block \"(212) 555-0142\"
  ringback callers unblock +15550142
  ringback callers list";

/// Block numbers, and see which are blocked
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Refuse calls from a number
    Block {
        /// The number, in any spelling
        number: String,
        /// Who blocks it, for the record; by default the owner
        #[arg(long = "as", value_name = "NAME", env = "RINGBACK_AS", hide_env_values = true)]
        by: Option<String>,
    },
    /// Let a number through again
    Unblock {
        /// The number, in any spelling
        number: String,
    },
    /// List the blocked numbers, the last blocked first
    List {
        /// Print JSON for other programs
        #[arg(long)]
        json: bool,
    },
}

#[derive(Serialize)]
struct BlockedShape {
    caller: String,
    blocked_at: String,
    blocked_by: String,
}

/// Blocks, unblocks, or lists.
pub(super) fn run(args: Args, home: &Home) -> Result<(), Failure> {
    let shop = Shop::open(home)?;
    match args.verb {
        Verb::Block { number, by } => block(&shop, &number, by.as_deref()),
        Verb::Unblock { number } => unblock(&shop, &number),
        Verb::List { json } => list(&shop, json),
    }
}

fn block(shop: &Shop<'_>, text: &str, by: Option<&str>) -> Result<(), Failure> {
    let business = &shop.settings.business;
    let number = spell(business, text)?;
    let by = who::person_or_owner(business, by)?;
    if let Some(person) = business.person_with_number(&number) {
        return Err(Failure::could_not(format!("that is the phone of `{}`", person.name)));
    }
    if business.line(&number).is_some() {
        return Err(Failure::could_not("that is a line of yours"));
    }
    let is_news = shop.write(|tx| Ok(tx.block(&number, &by, shop.look.now)?))?;
    let shown = who::number(&number);
    show(&if is_news { format!("{shown} is blocked.\n") } else { format!("{shown} was blocked already.\n") })
}

fn unblock(shop: &Shop<'_>, text: &str) -> Result<(), Failure> {
    let number = spell(&shop.settings.business, text)?;
    let was_blocked = shop.has_database() && shop.write(|tx| Ok(tx.unblock(&number)?))?;
    let shown = who::number(&number);
    if !was_blocked {
        return Err(Failure::could_not(format!("{shown} is not blocked")).hint("ringback callers list"));
    }
    show(&format!("{shown} gets through again.\n"))
}

fn list(shop: &Shop<'_>, json: bool) -> Result<(), Failure> {
    let blocked = shop.read(|tx| tx.blocked())?.unwrap_or_default();
    if json {
        let shape = |(number, at, by): (PhoneNumber, _, String)| BlockedShape {
            caller: number.to_string(),
            blocked_at: rfc3339(at, &shop.look.zone),
            blocked_by: by,
        };
        return show_json(&blocked.into_iter().map(shape).collect::<Vec<_>>());
    }
    if blocked.is_empty() {
        return show("Nobody is blocked.\n");
    }
    let mut table =
        Table::new([Column::whole("number"), Column::whole("blocked"), Column::giving_way("by", 6)]);
    for (number, at, by) in &blocked {
        table.push([Cell::of(who::number(number)), Cell::of(shop.look.ago(*at)), Cell::of(by)]);
    }
    show(&table.render(shop.look.width))
}

fn spell(business: &Business, text: &str) -> Result<PhoneNumber, Failure> {
    let zone = business.time_zone.iana_name().unwrap_or_default();
    let country = settings::country(zone, &business.language);
    settings::spell(text, &country).map_err(|error| {
        Failure::wrong_usage(error.to_string()).hint("write it with its country, like `+15550142`")
    })
}
