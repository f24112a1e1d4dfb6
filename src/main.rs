//! The `ringback` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    ringback::cli::run()
}
