//! Settings and flows whose files are lost, written again as they were live last: the database remembers them.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::Timestamp;

use crate::call::FlowName;
use crate::cli::check;
use crate::cli::failure::Failure;
use crate::cli::output::{show, terminal_width};
use crate::cli::when::Look;
use crate::clock;
use crate::settings::{Environment, Home};
use crate::store::Reader;
use crate::switchboard::{Found, find_settings, remembered, remembered_flows};

/// Writes what is lost, and leaves what is there alone.
pub(super) fn run(home: &Home) -> Result<(), Failure> {
    Reader::open(&home.database())?;
    let never_live = || {
        let failure = Failure::could_not("no settings were live in this home yet");
        failure.hint("`ringback init` asks for them")
    };
    let (source, live_at) = remembered(home).ok_or_else(never_live)?;
    let has_written_settings = super::write_new(&home.settings(), &source)?;
    // A file that they name may be lost with them; `check` tells of it, after everything else is back.
    let Found { settings, instead } = find_settings(home, &Environment::of_process())?;
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
    super::write_beside(home)?;
    for version in remembered_flows(home, &flows)? {
        let path = home.flows().join(format!("{}.toml", version.name));
        if super::write_new(&path, &version.source)? {
            said(&path, version.live_at)?;
            written += 1;
        }
    }
    if written == 0 {
        show("Nothing was put back: all that was live last has a file, which is left alone.\n")?;
    }
    check::run(check::Args::default(), home).map_err(|failure| match instead {
        Some(_) if !has_written_settings => failure.hint(format!(
            "mend `{0}`, or move it away and `ringback init --put-back` for what was live last",
            home.settings().display()
        )),
        _ => failure,
    })
}
