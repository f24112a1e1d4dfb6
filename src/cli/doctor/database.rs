//! What the database says about itself, and what the server says about it: one fault is told once.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};

use crate::cli::aside::Aside;
use crate::cli::cure::{cure, plain};
use crate::cli::lost;
use crate::cli::shop::Shop;
use crate::cli::when::Look;
use crate::server;
use crate::settings::Home;
use crate::store::{Cause, Desk, Incident, LOST, Reader, StoreError, StoreFault, Tx, Untold};

use super::{Finding, about_calls, about_clock, counted, incidents};

/// A log this long says that nothing has tidied it up for days.
const LONG_LOG: u64 = 256 * 1024 * 1024;

const A_DAY: SignedDuration = SignedDuration::from_hours(24);

/// What is inside.
struct Inside {
    complaint: Option<String>,
    last_call_at: Option<Timestamp>,
    incidents: Vec<Incident>,
    untold: Option<Untold>,
}

/// Looks at the database, and at what it says about clock and calls.
pub(super) fn findings(shop: &Shop<'_>, aside: &[Aside]) -> Vec<Finding> {
    let (path, look) = (shop.home.database(), &shop.look);
    let fault = server::running(shop.home).and_then(|running| running.store_fault);
    let unused = fault.map(|fault| {
        let says = format!("the server does not use it: {}", plain(&fault.words));
        Finding::problem("database", says, cure(fault.cause, shop.home))
    });
    let inside = match inside(&path, look) {
        Ok(Some(inside)) => inside,
        Ok(None) => {
            let own = unused.or_else(|| strange(shop.home)).or_else(|| lost(shop.home));
            let own = own
                .unwrap_or_else(|| Finding::well("database", "there is none yet; the first call makes it"));
            return vec![about_clock(None, look), own, about_calls(None, &shop.settings, look)];
        }
        Err(fault) => {
            let own = unused.unwrap_or_else(|| unusable(shop.home, &fault));
            return vec![about_clock(None, look), own];
        }
    };
    let mut findings = vec![about_clock(inside.last_call_at, look)];
    let own = inside.complaint.map(|words| {
        let says = format!("{} is damaged: {words}", path.display());
        Finding::problem("database", says, cure(Cause::Damaged, shop.home))
    });
    let own = own.or(unused).or_else(|| cannot_write(shop.home));
    findings.push(own.unwrap_or_else(|| Finding::well("database", format!("{} is sound", path.display()))));
    findings.extend(about_files(&path));
    findings.push(about_calls(inside.last_call_at, &shop.settings, look));
    findings.extend(inside.untold.map(|untold| about_untold(&untold, look)));
    findings.extend(lost::begun_anew(shop).map(|at| {
        let says = format!("it was gone, and an empty one was begun {}", look.at_or_on(at));
        Finding::problem("database", says, lost::ANEW)
    }));
    let incidents = inside.incidents.into_iter().filter(|incident| incident.what != LOST).collect();
    findings.extend(incidents::findings(incidents, aside, look));
    findings
}

fn inside(path: &Path, look: &Look) -> Result<Option<Inside>, StoreFault> {
    let Some(mut reader) = Reader::open(path).map_err(|error| StoreFault::from(&error))? else {
        return Ok(None);
    };
    let inside = |tx: &Tx<'_>| -> Result<Inside, StoreError> {
        let since = look.now.saturating_sub(A_DAY).unwrap_or(look.now);
        let (complaint, last_call_at) = (tx.complaint()?, tx.last_call_at()?);
        Ok(Inside { complaint, last_call_at, incidents: tx.incidents(since)?, untold: tx.untold()? })
    };
    reader.read(inside).map(Some).map_err(|error| StoreFault::from(&error))
}

fn unusable(home: &Home, fault: &StoreFault) -> Finding {
    Finding::problem("database", plain(&fault.words), cure(fault.cause, home))
}

/// A file that is there and says that it holds nothing. What is empty is being made; of anything else only opening it
/// to write knows what it is, which changes nothing in what is not ours.
fn strange(home: &Home) -> Option<Finding> {
    let path = home.database();
    fs::metadata(&path).ok().filter(|found| found.len() > 0)?;
    Desk::open(&path).err().map(|error| unusable(home, &StoreFault::from(&error)))
}

/// A database that was in use here.
fn lost(home: &Home) -> Option<Finding> {
    lost::is_lost(home).then(|| Finding::problem("database", lost::SAYS, lost::cure(home)))
}

/// Why nothing can be written, tried with a transaction in which nothing is. Only in a file that was found sound.
fn cannot_write(home: &Home) -> Option<Finding> {
    let opened = Desk::open(&home.database()).map_err(StoreError::from);
    let fault = match opened.and_then(|mut desk| desk.write(|_| Ok::<(), StoreError>(()))) {
        Ok(()) => return None,
        Err(error) => StoreFault::from(&error),
    };
    let says = format!("it can be read, and nothing can be written to it: {}", plain(&fault.words));
    Some(Finding::problem("database", says, cure(fault.cause, home)))
}

fn about_files(path: &Path) -> Vec<Finding> {
    let mut findings = Vec::new();
    let beside = |ending: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    let log = beside("-wal");
    let is_open =
        |file: &PathBuf| fs::metadata(file).is_ok_and(|found| found.permissions().mode() & 0o077 != 0);
    if [path.to_owned(), log.clone(), beside("-shm")].iter().any(is_open) {
        let says = format!("others can read {}, which holds callers' numbers", path.display());
        findings.push(Finding::problem("database", says, format!("run `chmod 600 {}*`", path.display())));
    }
    let length = fs::metadata(&log).map_or(0, |metadata| metadata.len());
    if length > LONG_LOG {
        let says = format!("{} has grown to {} MB", log.display(), length / 1024 / 1024);
        findings.push(Finding::problem(
            "database",
            says,
            "restart `ringback serve`; something kept it from tidying up",
        ));
    }
    findings
}

fn about_untold(untold: &Untold, look: &Look) -> Finding {
    let calls = counted(untold.calls as usize, ("missed call", "missed calls"));
    let since = look.ago(untold.since);
    let mut says = format!("nobody could be told of {calls} yet, the first {since}");
    if let Some(error) = &untold.last_error {
        says.push_str(&format!("; the last that was given up: {error}"));
    }
    Finding::problem(
        "notices",
        says,
        "it is tried again by itself; try the command or webhook of `[notify]` by hand",
    )
}
