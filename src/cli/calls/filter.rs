//! Which calls are meant: as they are typed, as the store understands them, and as they are said when none is found.

use crate::call::{Caller, MissedReason};
use crate::cli::callers::spelled;
use crate::cli::clean::Clean;
use crate::cli::failure::Failure;
use crate::cli::past::{self, NotPast, Past};
use crate::cli::shop::Shop;
use crate::cli::who;
use crate::store::{CallFilter, WhoRang};

/// The reason of a call that was refused.
const BLOCKED: &str = "blocked";

#[derive(Debug, clap::Args)]
pub(super) struct Filter {
    /// Only those of today
    #[arg(long, conflicts_with_all = ["since", "until"])]
    today: bool,
    /// Only since this time: `monday`, `2h`, `9:30`, `2026-11-01`
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
    /// Only before this time; of a day alone, until it ended
    #[arg(long, value_name = "WHEN")]
    until: Option<String>,
    /// Only those that nobody took for this reason
    #[arg(long, value_name = "WORD", value_parser = reason)]
    reason: Option<&'static str>,
    /// Only from this number, its last digits, or a name; `withheld` for callers without a number
    #[arg(long, value_name = "NUMBER|NAME")]
    from: Option<String>,
    /// Only those that this person answered, or whose call-back is theirs
    #[arg(long, value_name = "NAME")]
    person: Option<String>,
    /// Only those on this line of yours
    #[arg(long, value_name = "NUMBER")]
    line: Option<String>,
}

fn reason(text: &str) -> Result<&'static str, String> {
    let wanted = text.trim().to_ascii_lowercase().replace(['-', ' '], "_");
    let words = || MissedReason::ALL.iter().map(|reason| reason.word()).chain([BLOCKED]);
    let spoken = MissedReason::ALL.iter().find(|reason| reason.to_string().replace(' ', "_") == wanted);
    let known = words().find(|word| *word == wanted).or(spoken.map(|reason| reason.word()));
    known.ok_or_else(|| format!("the reasons are {}", words().collect::<Vec<_>>().join(", ")))
}

impl Filter {
    /// The calls that are meant, and how they are said: `since Mon midnight, rang out`.
    pub(super) fn read(&self, shop: &Shop<'_>) -> Result<(CallFilter, Vec<String>), Failure> {
        let (business, look) = (&shop.settings.business, &shop.look);
        let mut filter = CallFilter { reason: self.reason, ..CallFilter::default() };
        let mut said = Vec::new();
        if self.today {
            filter.since = Some(look.midnight());
            said.push("today".to_owned());
        }
        if let Some(past) = self.past(self.since.as_deref(), shop)? {
            filter.since = Some(past.begins);
            said.push(format!("since {}", look.at(past.begins)));
        }
        if let Some(past) = self.past(self.until.as_deref(), shop)? {
            filter.until = Some(past.ends);
            said.push(format!("until {}", look.at(past.ends)));
        }
        if let Some(reason) = self.reason {
            let shown = MissedReason::from_word(reason).map(|reason| reason.to_string());
            said.push(shown.unwrap_or_else(|| reason.to_owned()));
        }
        if let Some(text) = &self.from {
            let (from, shown) = from(shop, text)?;
            filter.from = Some(from);
            said.push(format!("from {shown}"));
        }
        if let Some(name) = &self.person {
            let person = who::person(business, Some(name))?;
            said.push(format!("of {}", who::spoken(business, &person)));
            filter.person = Some(person);
        }
        if let Some(text) = &self.line {
            let number = spelled(business, text).ok();
            let line = number.and_then(|number| business.line(&number)).or_else(|| {
                let digits = digits(text);
                let mut ending = business.lines.iter().filter(|line| line.number.as_str().ends_with(&digits));
                ending.next().filter(|_| digits.len() >= LEAST_DIGITS && ending.next().is_none())
            });
            let Some(line) = line else {
                let lines = business.lines.iter().map(|line| who::number(&line.number)).collect::<Vec<_>>();
                return Err(Failure::could_not(format!("`{}` is no line of yours", Clean::of(text)))
                    .hint(format!("the lines are {}", lines.join(", "))));
            };
            said.push(format!("on {}", who::number(&line.number)));
            filter.line = Some(line.number.clone());
        }
        Ok((filter, said))
    }

    fn past(&self, text: Option<&str>, shop: &Shop<'_>) -> Result<Option<Past>, Failure> {
        let Some(text) = text else { return Ok(None) };
        let read = past::read(text, shop.look.now, &shop.settings.business);
        read.map(Some).map_err(|error| Failure::wrong_usage(error.to_string()).hint(NotPast::HINT))
    }
}

/// Fewer last digits say nothing.
const LEAST_DIGITS: usize = 3;

/// A number in any spelling, its last digits as people remember them, or a name.
fn from(shop: &Shop<'_>, text: &str) -> Result<(WhoRang, String), Failure> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Failure::wrong_usage("whose calls?").hint("write a number or a name behind `--from`"));
    }
    if Caller::read(text) == Caller::Withheld {
        return Ok((WhoRang::Is(Caller::Withheld), "withheld numbers".to_owned()));
    }
    if text.contains(char::is_alphabetic) {
        let is_address = text.contains(':');
        let who = if is_address { WhoRang::Is(Caller::read(text)) } else { WhoRang::Named(text.to_owned()) };
        return Ok((who, format!("`{}`", Clean::of(text))));
    }
    if let Ok(number) = spelled(&shop.settings.business, text) {
        return Ok((WhoRang::Is(Caller::Number(number.clone())), who::number(&number)));
    }
    let digits = digits(text);
    if text.starts_with('+') || digits.len() < LEAST_DIGITS {
        return Err(Failure::wrong_usage(format!("`{}` is neither a number nor a name", Clean::of(text)))
            .hint("write it with its country, like `+15550142`, or its last digits, like `0142`"));
    }
    Ok((WhoRang::EndsIn(digits.clone()), format!("…{digits}")))
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}
