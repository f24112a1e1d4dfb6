//! `ringback draw`: a flow as a picture, on the screen, for Mermaid, or to hang on the wall.

use std::fs;
use std::path::PathBuf;

use crate::draw::{self, Chart};
use crate::settings::{Environment, Home};
use crate::switchboard::Draft;

use super::check::{audio_lengths, flow_of};
use super::clean::Clean;
use super::failure::Failure;
use super::output::{remark, show, terminal_width};

const EXAMPLES: &str = "\
Shows what callers hear at each step, which keys they can press, and where
that leads, with the seconds that each way takes. `--svg` makes a picture in
one file that a browser shows and prints, by day and by night.

Examples:
  ringback draw front-desk
  ringback draw front-desk --svg front-desk.svg
  ringback draw ivr-flows/front-desk.toml --mermaid";

/// Draw a flow: what callers hear, and where each key leads
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The flow, by name or file
    #[arg(value_name = "FLOW")]
    flow: String,
    /// Print a Mermaid flowchart
    #[arg(long, conflicts_with = "svg")]
    mermaid: bool,
    /// Write a picture into this file; without a name, or with `-`, print it
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "-")]
    svg: Option<PathBuf>,
}

/// Draws a flow.
pub(super) fn run(args: Args, home: &Home) -> Result<(), Failure> {
    let draft = Draft::read(home, &Environment::of_process(), true)?;
    if draft.is_sample {
        remark("no `ringback.toml` here: the built-in sample business, Ridge Plumbing, stands in");
    }
    let (_, drawn) = flow_of(&args.flow, &draft)?;
    let chart = Chart::of(&drawn.flow, &draft.settings.business, &audio_lengths(&args.flow, home));
    match args.svg {
        Some(file) if file.as_os_str() == "-" => show(&draw::svg(&chart)),
        Some(file) => {
            let name = file.display();
            fs::write(&file, draw::svg(&chart))
                .map_err(|error| Failure::could_not(format!("`{name}` cannot be written")).because(&error))?;
            remark(&format!("the picture is in {name}"));
            Ok(())
        }
        None if args.mermaid => show(&clean(&draw::mermaid(&chart))),
        None => show(&clean(&draw::tree(&chart, terminal_width().min(100)))),
    }
}

/// The lines, each harmless for a terminal.
fn clean(lines: &str) -> String {
    lines.lines().map(|line| format!("{}\n", Clean::of(line))).collect()
}
