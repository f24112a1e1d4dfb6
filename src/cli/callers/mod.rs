//! `ringback callers`: what the business knows of the numbers that call.

mod address_book;
mod changes;
mod import;
mod list;
mod show;

use std::path::PathBuf;

use serde::Serialize;

use crate::business::Business;
use crate::call::PhoneNumber;
use crate::language::Language;
use crate::settings::{self, Home};
use crate::store::{CallerFilter, CallerLine, rfc3339};

use super::failure::Failure;
use super::shop::Shop;
use super::when::Look;

const EXAMPLES: &str = "\
A number may be spelled as one writes it: +15550142, \"(212) 555-0142\".
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
  ringback callers show +15550142
  ringback callers list --blocked";

const IMPORT_EXAMPLES: &str = "\
Takes a table (.csv) with a header, as Google Contacts, Outlook or a
spreadsheet write it, or cards (.vcf). Columns for a table of your own:
`name`, `number` (several with `;` between), `language`, `vip`.
An import adds and never takes away: what somebody here has set stays, nobody
is unblocked, and no VIP becomes less. The same file can be imported again.

Examples:
  ringback callers import contacts.csv --dry-run
  ringback callers import contacts.vcf";

/// Names, VIPs, and lists of who is refused or always let through
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
    /// Let a blocked number through again
    Unblock {
        /// The number, in any spelling
        number: String,
    },
    /// Never refuse or test a number, even if it is blocked
    Allow {
        /// The number, in any spelling
        number: String,
        /// Who allows it, for the record; by default the owner
        #[arg(long = "as", value_name = "NAME", env = "RINGBACK_AS", hide_env_values = true)]
        by: Option<String>,
    },
    /// Take a number off the allow list
    Disallow {
        /// The number, in any spelling
        number: String,
    },
    /// Put a number first on every list
    Vip {
        /// The number, in any spelling
        number: String,
    },
    /// Treat a VIP's number like any other again
    NotVip {
        /// The number, in any spelling
        number: String,
    },
    /// Say whose number it is
    Name {
        /// The number, in any spelling
        number: String,
        /// The name, as people say it
        #[arg(value_name = "NAME", required_unless_present = "none")]
        name: Vec<String>,
        /// Forget the name
        #[arg(long, conflicts_with = "name")]
        none: bool,
    },
    /// Say which language the caller speaks
    Language {
        /// The number, in any spelling
        number: String,
        /// The language: `en`, `es`, `fr` or `de`
        #[arg(value_name = "LANGUAGE", required_unless_present = "none", value_parser = language)]
        language: Option<Language>,
        /// Forget the language
        #[arg(long, conflicts_with = "language")]
        none: bool,
    },
    /// Show everything that is known of a number
    Show {
        /// The number, in any spelling
        number: String,
        /// Print JSON for other programs
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
    let spell = |text: &str| spell(&shop.settings.business, text);
    match args.verb {
        Verb::Block { number, by } => changes::block(&shop, &spell(&number)?, by.as_deref()),
        Verb::Unblock { number } => changes::unblock(&shop, &spell(&number)?),
        Verb::Allow { number, by } => changes::allow(&shop, &spell(&number)?, by.as_deref()),
        Verb::Disallow { number } => changes::disallow(&shop, &spell(&number)?),
        Verb::Vip { number } => changes::vip(&shop, &spell(&number)?),
        Verb::NotVip { number } => changes::not_vip(&shop, &spell(&number)?),
        Verb::Name { number, name, .. } => changes::name(&shop, &spell(&number)?, &name.join(" ")),
        Verb::Language { number, language, .. } => changes::language(&shop, &spell(&number)?, language),
        Verb::Show { number, json } => show::run(&shop, &spell(&number)?, json),
        Verb::List(which) => list::run(&shop, &which),
        Verb::Import { file, dry_run } => import::run(&shop, &file, dry_run),
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

/// What is known of a caller, for programs. Fields are only ever added.
#[derive(Serialize)]
struct CallerShape {
    caller: Option<String>,
    name: Option<String>,
    name_from: Option<String>,
    language: Option<&'static str>,
    vip: bool,
    blocked_at: Option<String>,
    blocked_by: Option<String>,
    allowed_at: Option<String>,
    allowed_by: Option<String>,
    answered_at: Option<String>,
    answered_by: Option<String>,
    human_at: Option<String>,
}

impl CallerShape {
    fn of(line: &CallerLine, look: &Look) -> Self {
        let rfc = |at| rfc3339(at, &look.zone);
        let (blocked_at, blocked_by) = line.blocked.clone().map(|(at, by)| (rfc(at), by)).unzip();
        let (allowed_at, allowed_by) = line.allowed.clone().map(|(at, by)| (rfc(at), by)).unzip();
        let answered = line.answered.as_ref();
        Self {
            caller: line.caller.identity().map(str::to_owned),
            name: line.name.clone(),
            name_from: line.name_from.clone(),
            language: line.language.map(Language::code),
            vip: line.vip,
            blocked_at,
            blocked_by,
            allowed_at,
            allowed_by,
            answered_at: answered.map(|accept| rfc(accept.at)),
            answered_by: answered.map(|accept| accept.by.to_string()),
            human_at: line.human_at.map(rfc),
        }
    }
}
