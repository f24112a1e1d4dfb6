//! `ringback callers`: what the business knows of the numbers that call.

mod address_book;
mod changes;
mod import;
mod list;
mod show;
mod tags;
mod whom;

use std::path::PathBuf;

use crate::business::Business;
use crate::call::PhoneNumber;
use crate::language::Language;
use crate::settings::{self, Home};
use crate::store::CallerFilter;

pub(super) use whom::whom;

use super::export;
use super::failure::Failure;
use super::shop::Shop;

const EXAMPLES: &str = "\
A number may be spelled as one writes it: +15550142, \"(212) 555-0142\"; or
it is the name that a caller has here, in full: \"Mia Reed\".
Calls of a blocked number are refused, or go to the flow's `blocked` step;
they are logged, and nobody is to ring back. The allow list counts more than
the block list. VIPs are first on every list. A number is no proof of who
calls: numbers can be forged.

Examples:
  ringback callers import contacts.csv --dry-run
  ringback callers name +15550142 \"Mia Reed\"
  ringback callers vip +15550142
  ringback callers language +15550142 es
  ringback callers block \"(212) 555-0199\"
  ringback callers tag \"Mia Reed\" boiler landlord
  ringback callers note \"Mia Reed\" \"the key is with the neighbour\"
  ringback callers show Mia Reed
  ringback callers list --tag boiler";

const IMPORT_EXAMPLES: &str = "\
Takes a table (.csv) with a header, as Google Contacts, Outlook or a
spreadsheet write it, or cards (.vcf). Columns for a table of your own:
`name`, `number` (several with `;` between), `language`, `vip`, `tags`. What
`callers export` wrote is read back with everything in it.
An import adds and never takes away: what somebody here has set stays, nobody
is unblocked, and no VIP becomes less. The same file can be imported again.

Examples:
  ringback callers import contacts.csv --dry-run
  ringback callers import contacts.vcf";

const EXPORT_EXAMPLES: &str = "\
The table can be read again by `ringback callers import`, here or elsewhere,
with nothing lost. `ringback export callers` does the same.

Examples:
  ringback callers export --out callers.csv
  ringback callers export --jsonl | jq .name";

/// Keep names, notes and tags, and lists of who is refused or let through
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
        /// The number in any spelling, or the caller's name
        #[arg(value_name = "NUMBER|NAME", required = true)]
        who: Vec<String>,
        /// Who blocks it, for the record; by default the owner
        #[arg(long = "as", value_name = "NAME", env = "RINGBACK_AS", hide_env_values = true)]
        by: Option<String>,
    },
    /// Let a blocked number through again
    Unblock {
        /// The number in any spelling, or the caller's name
        #[arg(value_name = "NUMBER|NAME", required = true)]
        who: Vec<String>,
    },
    /// Never refuse or test a number, even if it is blocked
    Allow {
        /// The number in any spelling, or the caller's name
        #[arg(value_name = "NUMBER|NAME", required = true)]
        who: Vec<String>,
        /// Who allows it, for the record; by default the owner
        #[arg(long = "as", value_name = "NAME", env = "RINGBACK_AS", hide_env_values = true)]
        by: Option<String>,
    },
    /// Take a number off the allow list
    Disallow {
        /// The number in any spelling, or the caller's name
        #[arg(value_name = "NUMBER|NAME", required = true)]
        who: Vec<String>,
    },
    /// Put a number first on every list
    Vip {
        /// The number in any spelling, or the caller's name
        #[arg(value_name = "NUMBER|NAME", required = true)]
        who: Vec<String>,
    },
    /// Treat a VIP's number like any other again
    NotVip {
        /// The number in any spelling, or the caller's name
        #[arg(value_name = "NUMBER|NAME", required = true)]
        who: Vec<String>,
    },
    /// Say whose number it is
    Name {
        /// The number in any spelling, or the caller's name
        #[arg(value_name = "NUMBER|NAME")]
        who: String,
        /// The name, as people say it
        #[arg(value_name = "NAME", required_unless_present = "none")]
        name: Vec<String>,
        /// Forget the name
        #[arg(long, conflicts_with = "name")]
        none: bool,
    },
    /// Say which language the caller speaks
    Language {
        /// The number in any spelling, or the caller's name
        #[arg(value_name = "NUMBER|NAME")]
        who: String,
        /// The language: `en`, `es`, `fr` or `de`
        #[arg(value_name = "LANGUAGE", required_unless_present = "none", value_parser = language)]
        language: Option<Language>,
        /// Forget the language
        #[arg(long, conflicts_with = "language")]
        none: bool,
    },
    /// Add words for sorting callers
    Tag {
        /// The number in any spelling, or the caller's name
        #[arg(value_name = "NUMBER|NAME")]
        who: String,
        /// The words, of at most 30 letters each
        #[arg(value_name = "WORD", required = true, value_parser = tags::tag)]
        tags: Vec<String>,
    },
    /// Take such words away again
    Untag {
        /// The number in any spelling, or the caller's name
        #[arg(value_name = "NUMBER|NAME")]
        who: String,
        /// The words
        #[arg(value_name = "WORD", required = true, value_parser = tags::tag)]
        tags: Vec<String>,
    },
    /// Write something down about a caller, whatever the next call is about
    Note {
        /// The number in any spelling, or the caller's name
        #[arg(value_name = "NUMBER|NAME")]
        who: String,
        /// What to remember
        #[arg(value_name = "TEXT", required = true)]
        text: Vec<String>,
        /// Who writes it; by default the owner
        #[arg(long = "as", value_name = "NAME", env = "RINGBACK_AS", hide_env_values = true)]
        by: Option<String>,
    },
    /// Show everything about a caller on one screen
    Show {
        /// The number in any spelling, or the caller's name
        #[arg(value_name = "NUMBER|NAME", required = true)]
        who: Vec<String>,
        /// Show all calls and closed call-backs, not only the last ten
        #[arg(long)]
        all: bool,
        /// Print JSON for other programs, with all calls
        #[arg(long)]
        json: bool,
    },
    /// List the callers of whom something is known, VIPs first
    List(ListArgs),
    /// Take names and numbers over from an address book
    #[command(after_help = IMPORT_EXAMPLES)]
    Import {
        /// The address book, `.csv` or `.vcf`
        file: PathBuf,
        /// Only tell what would change
        #[arg(long)]
        dry_run: bool,
    },
    /// Write the callers to a table, to be read elsewhere or here again
    #[command(after_help = EXPORT_EXAMPLES)]
    Export(export::Form),
}

#[derive(Debug, clap::Args)]
struct ListArgs {
    /// Show only blocked numbers, the last blocked first
    #[arg(long, group = "which")]
    blocked: bool,
    /// Show only numbers that are always let through
    #[arg(long, group = "which")]
    allowed: bool,
    /// Show only VIPs
    #[arg(long, group = "which")]
    vip: bool,
    /// Show only those with this tag; several times: with all of them
    #[arg(long = "tag", value_name = "WORD", value_parser = tags::tag)]
    tags: Vec<String>,
    /// Show only those in whose name or number this stands
    #[arg(long, value_name = "TEXT")]
    find: Option<String>,
    /// Print JSON for other programs
    #[arg(long)]
    json: bool,
}

impl ListArgs {
    fn filter(&self) -> CallerFilter {
        match (self.blocked, self.allowed, self.vip) {
            (true, ..) => CallerFilter::Blocked,
            (_, true, _) => CallerFilter::Allowed,
            (.., true) => CallerFilter::Vip,
            (false, false, false) => CallerFilter::All,
        }
    }
}

/// Changes or shows what is known of callers.
pub(super) fn run(args: Args, home: &Home) -> Result<(), Failure> {
    let shop = Shop::open(home)?;
    let whom = |words: &[String]| whom(&shop, &words.join(" "));
    match args.verb {
        Verb::Block { who, by } => changes::block(&shop, &whom(&who)?, by.as_deref()),
        Verb::Unblock { who } => changes::unblock(&shop, &whom(&who)?),
        Verb::Allow { who, by } => changes::allow(&shop, &whom(&who)?, by.as_deref()),
        Verb::Disallow { who } => changes::disallow(&shop, &whom(&who)?),
        Verb::Vip { who } => changes::vip(&shop, &whom(&who)?),
        Verb::NotVip { who } => changes::not_vip(&shop, &whom(&who)?),
        Verb::Name { who, name, .. } => changes::name(&shop, &whom(&[who])?, &name.join(" ")),
        Verb::Language { who, language, .. } => changes::language(&shop, &whom(&[who])?, language),
        Verb::Tag { who, tags } => tags::add(&shop, &whom(&[who])?, &tags),
        Verb::Untag { who, tags } => tags::take(&shop, &whom(&[who])?, &tags),
        Verb::Note { who, text, by } => {
            changes::note(&shop, &whom(&[who])?, (&text.join(" "), by.as_deref()))
        }
        Verb::Show { who, all, json } => show::run(&shop, &whom(&who)?, (all, json)),
        Verb::List(which) => list::run(&shop, &which),
        Verb::Import { file, dry_run } => import::run(&shop, &file, dry_run),
        Verb::Export(form) => export::callers(&shop, &form),
    }
}

/// The number, or what is wrong with it.
pub(super) fn spell(business: &Business, text: &str) -> Result<PhoneNumber, Failure> {
    spelled(business, text).map_err(|error| {
        Failure::wrong_usage(error.to_string()).hint("write it with its country, like `+15550142`")
    })
}

/// A number as people where the business is write it.
pub(super) fn spelled(business: &Business, text: &str) -> Result<PhoneNumber, settings::NotSpelled> {
    let zone = business.time_zone.iana_name().unwrap_or_default();
    let country = settings::country(zone, &business.language);
    match business.lines.first() {
        Some(line) => settings::spell_near(text, &country, &line.number),
        None => settings::spell(text, &country),
    }
}

/// A language by its code, or by its name in English or in itself.
pub(super) fn language(text: &str) -> Result<Language, String> {
    let by_name = match text.trim().to_lowercase().as_str() {
        "english" => Some(Language::English),
        "spanish" | "español" | "espanol" => Some(Language::Spanish),
        "french" | "français" | "francais" => Some(Language::French),
        "german" | "deutsch" => Some(Language::German),
        _ => None,
    };
    by_name.or_else(|| Language::of_tag(text.trim())).ok_or_else(|| {
        let codes = Language::ALL.map(|language| format!("`{language}`")).join(", ");
        format!("ringback does not speak `{text}`; it speaks {codes}")
    })
}
