//! `ringback completions`: what a shell completes after Tab.

use clap_complete::Shell;

use super::failure::Failure;
use super::output::show;

const EXAMPLES: &str = "\
Examples:
  ringback completions bash > ~/.local/share/bash-completion/completions/ringback
  ringback completions zsh > ~/.zfunc/_ringback
  ringback completions fish > ~/.config/fish/completions/ringback.fish";

/// Print what lets a shell complete commands and options
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The shell
    shell: Shell,
}

/// Prints the script for one shell.
pub(super) fn run(args: &Args, mut command: clap::Command) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "ringback", &mut script);
    show(&String::from_utf8_lossy(&script))
}
