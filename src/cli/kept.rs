//! Callers who wait beside a database that cannot be used: whoever looks sees them, so that nobody is forgotten.

use crate::call::Caller;
use crate::server;
use crate::store::Cause;
use crate::switchboard::{KeptCaller, kept_callers};

use super::cure::{cure, plain};
use super::failure::Failure;
use super::lost;
use super::output::fold;
use super::shop::Shop;
use super::table::{Cell, Column, Table};
use super::when::Look;
use super::who;

/// What is said above an answer while calls wait beside the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Notice {
    /// In lines that fit.
    pub(super) text: String,
    /// The first of it.
    pub(super) headline: String,
    /// Whether it says what to do.
    pub(super) has_cure: bool,
}

/// The failure of a command that cannot read, with those who wait; what a notice has said already is not said again.
pub(super) fn unreadable((failure, cause): (Failure, Cause), shop: &Shop<'_>) -> Failure {
    let failure = match &shop.notice {
        Some(Notice { has_cure: true, .. }) => failure.without_hint(),
        Some(_) | None => failure.hint(cure(cause, shop.home)),
    };
    if shop.notice.is_some() {
        return failure;
    }
    let callers = kept_callers(&shop.settings.journal_of(shop.home)).unwrap_or_default();
    if callers.is_empty() { failure } else { failure.report(list(&callers, &shop.look)) }
}

/// Those who wait, and what the running server says of a database that it cannot use. On a disk that takes nothing it
/// cannot say so, and those who wait are shown all the same.
pub(super) fn beside(shop: &Shop<'_>) -> Option<Notice> {
    let fault = server::running(shop.home).and_then(|running| running.store_fault);
    let callers = kept_callers(&shop.settings.journal_of(shop.home)).unwrap_or_default();
    let (told, has_cure) = match fault {
        Some(fault) => {
            let told = [
                "The database is not in use. Callers hear the safe reply and wait beside it.".to_owned(),
                format!("Why: {}.", plain(&fault.words)),
                format!("To mend it: {}.", cure(fault.cause, shop.home)),
            ];
            (told.to_vec(), true)
        }
        None if lost::is_lost(shop.home) => {
            let told = [
                "The database is gone, and whoever waited in it is on no list.".to_owned(),
                format!("To mend it: {}.", lost::cure(shop.home)),
            ];
            (told.to_vec(), true)
        }
        None if callers.is_empty() => return None,
        None => {
            let told = "Calls are kept beside the database, which did not take them yet: `ringback doctor`.";
            (vec![told.to_owned()], false)
        }
    };
    let headline = told[0].clone();
    let mut text: String = told.iter().map(|line| fold(line, shop.look.width, 2)).collect();
    if !callers.is_empty() {
        text.push('\n');
        text.push_str(&list(&callers, &shop.look));
    }
    Some(Notice { text: text.trim_end().to_owned(), headline, has_cure })
}

/// A row for each person; of those who withhold their number nobody knows who is who.
fn list(callers: &[KeptCaller], look: &Look) -> String {
    let mut people: Vec<(&KeptCaller, usize)> = Vec::new();
    for kept in callers {
        let is_same = |known: &KeptCaller| known.caller == kept.caller && kept.caller != Caller::Withheld;
        match people.iter_mut().find(|(known, _)| is_same(known)) {
            Some((_, calls)) => *calls += 1,
            None => people.push((kept, 1)),
        }
    }
    let mut table = Table::new([
        Column::whole("kept beside"),
        Column::whole("rang"),
        Column::number("calls"),
        Column::whole("line"),
    ]);
    for (kept, calls) in people {
        table.push([
            who::cell(&kept.caller, (false, None), kept.caller_name.as_deref()),
            Cell::of(look.ago(kept.at)),
            Cell::of(if calls > 1 { calls.to_string() } else { String::new() }),
            Cell::of(kept.line.as_ref().map_or_else(String::new, who::number)),
        ]);
    }
    table.render(look.width).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::testing::{ago, look, plain};

    #[test]
    fn whoever_rang_four_times_waits_once() {
        let kept = |number: &str, minutes| KeptCaller {
            at: ago(minutes),
            caller: Caller::read(number),
            caller_name: None,
            line: None,
        };
        let callers = [
            kept("+15550142", 9),
            kept("anonymous", 8),
            kept("+15550142", 7),
            kept("anonymous", 6),
            kept("+15550142", 5),
        ];
        let expected = "\
kept beside      rang       calls
+1 555-0142      9 min ago      3
number withheld  8 min ago
number withheld  6 min ago";
        assert_eq!(plain(&list(&callers, &look())), expected);
    }
}
