//! Callers who wait beside a database that cannot be used: whoever looks sees them, so that nobody is forgotten.

use crate::server;
use crate::switchboard::{KeptCaller, kept_callers};

use super::failure::Failure;
use super::shop::Shop;
use super::table::{Cell, Column, Table};
use super::when::Look;
use super::who;

/// What to do about a database that cannot be used.
const WHAT_TO_DO: &str = "stop `ringback serve`, then `ringback restore BACKUP`, or move `ringback.db` with its `-wal` and \
     `-shm` away and start with an empty one; the calls that wait beside it come in by themselves";

/// The failure of a command that cannot read, with those who wait.
pub(super) fn unreadable(failure: Failure, shop: &Shop<'_>) -> Failure {
    let callers = kept_callers(&shop.settings.journal_of(shop.home)).unwrap_or_default();
    let failure = failure.hint(WHAT_TO_DO);
    if callers.is_empty() { failure } else { failure.report(list(&callers, &shop.look)) }
}

/// Those who wait, and what the running server says of a database that it cannot use. On a disk that takes nothing it
/// cannot say so, and those who wait are shown all the same.
pub(super) fn beside(shop: &Shop<'_>) -> Option<String> {
    let fault = server::running(shop.home).and_then(|running| running.store_fault);
    let callers = kept_callers(&shop.settings.journal_of(shop.home)).unwrap_or_default();
    let told = match fault {
        Some(fault) => {
            format!(
                "Calls are kept beside the database, which is not in use: {fault}. To mend it: {WHAT_TO_DO}."
            )
        }
        None if callers.is_empty() => return None,
        None => {
            "Calls are kept beside the database, which did not take them yet: `ringback doctor`.".to_owned()
        }
    };
    let list = if callers.is_empty() { String::new() } else { format!("\n{}", list(&callers, &shop.look)) };
    Some(told + &list)
}

fn list(callers: &[KeptCaller], look: &Look) -> String {
    let mut table =
        Table::new([Column::whole("wait for a call"), Column::whole("rang"), Column::whole("line")]);
    for kept in callers {
        table.push([
            who::cell(&kept.caller, (false, None), kept.caller_name.as_deref()),
            Cell::of(look.ago(kept.at)),
            Cell::of(kept.line.as_ref().map_or_else(String::new, who::number)),
        ]);
    }
    table.render(look.width).trim_end().to_owned()
}
