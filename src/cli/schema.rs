//! `ringback schema`: the language of flows, for editors.

use crate::flow;

use super::failure::Failure;
use super::output::show;

const EXAMPLES: &str = "\
An editor that knows TOML completes words and marks mistakes while you type,
in every flow that begins with `#:schema .schema/flow.schema.json`.
`ringback init` writes the file; this prints it anew, after an update.

Example:
  ringback schema > ivr-flows/.schema/flow.schema.json";

/// Print the JSON Schema of flows, for editors
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {}

/// Prints the schema.
pub(super) fn run(_: Args) -> Result<(), Failure> {
    show(&format!("{:#}\n", flow::schema()))
}
