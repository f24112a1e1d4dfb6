//! Settings and flows whose files are lost, written again as they were live last: the database remembers them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use jiff::Timestamp;

use crate::call::FlowName;
use crate::cli::backup::unwritable;
use crate::cli::check;
use crate::cli::failure::Failure;
use crate::cli::output::{show, terminal_width};
use crate::cli::when::Look;
use crate::clock;
use crate::settings::{Environment, Home};
use crate::store::{FlowVersion, Reader, StoreError, Tx};
use crate::switchboard::find_settings;

/// Writes what is lost, and leaves what is there alone.
pub(super) fn run(home: &Home) -> Result<(), Failure> {
    let never_live = || {
        let failure = Failure::could_not("no settings were live in this home yet");
        failure.hint("`ringback init` asks for them")
    };
    let mut reader = Reader::open(&home.database())?.ok_or_else(never_live)?;
    let (source, live_at) = reader.read(|tx| tx.last_settings())?.ok_or_else(never_live)?;
    let has_written_settings = super::write_new(&home.settings(), &source)?;
    // A file that they name may be lost with them; `check` tells of it, after everything else is back.
    let settings = find_settings(home, &Environment::of_process())?.settings;
    let look = Look { now: clock::now(), zone: settings.business.time_zone, width: terminal_width() };
    let said = |path: &Path, live_at: Timestamp| {
        show(&format!("wrote {}, as it went live {}\n", path.display(), look.at_or_on(live_at)))
    };
    let mut written = 0;
    if has_written_settings {
        said(&home.settings(), live_at)?;
        written += 1;
    }
    let flows: BTreeSet<FlowName> = settings.business.lines.into_iter().map(|line| line.flow).collect();
    for version in reader.read(|tx| last_live(tx, &flows))? {
        let path = home.flows().join(format!("{}.toml", version.name));
        fs::create_dir_all(home.flows()).map_err(|error| unwritable(&home.flows(), &error))?;
        if super::write_new(&path, &version.source)? {
            said(&path, version.live_at)?;
            written += 1;
        }
    }
    if written == 0 {
        show("Nothing to put back: all that was live last has its file.\n")?;
    }
    check::run(check::Args::default(), home)
}

fn last_live(tx: &Tx<'_>, flows: &BTreeSet<FlowName>) -> Result<Vec<FlowVersion>, StoreError> {
    flows.iter().filter_map(|name| tx.last_live(name).transpose()).collect()
}
