//! `ringback man`: the manual, made from the same words as the help.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use super::clean::Clean;
use super::failure::Failure;
use super::output::{remark, show};

const EXAMPLES: &str = "\
With a folder, every command gets its page there: `ringback.1`,
`ringback-call-backs.1`, and so on. Without, the main page is printed.

Examples:
  ringback man > ringback.1
  ringback man ~/.local/share/man/man1";

/// Print the manual page, or write one for every command
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The folder for the pages; it is made if there is none
    dir: Option<PathBuf>,
}

/// Prints the main page, or writes all of them.
pub(super) fn run(args: &Args, command: clap::Command) -> Result<(), Failure> {
    let pages =
        pages(command).map_err(|error| Failure::could_not("the manual cannot be made").because(&error))?;
    let Some(dir) = &args.dir else {
        return show(pages.first().map_or("", |(_, page)| page));
    };
    let shown = Clean::of(&dir.display().to_string());
    write_all(dir, &pages)
        .map_err(|error| Failure::could_not(format!("`{shown}` cannot be written to")).because(&error))?;
    remark(&format!("{} pages are in `{shown}`.", pages.len()));
    Ok(())
}

fn write_all(dir: &Path, pages: &[(String, String)]) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    pages.iter().try_for_each(|(name, page)| fs::write(dir.join(name), page))
}

/// The file name and the text of every page, the main one first.
fn pages(command: clap::Command) -> io::Result<Vec<(String, String)>> {
    // Every page would have one more, on how to print help.
    let mut command = command.disable_help_subcommand(true);
    command.build();
    let mut pages = Vec::new();
    let mut open = vec![command];
    while let Some(command) = open.pop() {
        let below: Vec<clap::Command> =
            command.get_subcommands().filter(|command| !command.is_hide_set()).cloned().collect();
        open.extend(below.into_iter().rev());
        pages.push(page(command)?);
    }
    Ok(pages)
}

/// One page. Examples stand line by line, as in the help.
fn page(command: clap::Command) -> io::Result<(String, String)> {
    let more = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let has_arguments = command.get_arguments().any(|argument| !argument.is_hide_set());
    let has_commands = command.has_subcommands();
    let man = Man::new(command).manual("ringback");
    let mut text = Vec::new();
    man.render_title(&mut text)?;
    man.render_name_section(&mut text)?;
    man.render_synopsis_section(&mut text)?;
    man.render_description_section(&mut text)?;
    if has_arguments {
        man.render_options_section(&mut text)?;
    }
    if has_commands {
        man.render_subcommands_section(&mut text)?;
    }
    if !more.is_empty() {
        let mut roff = Roff::new();
        roff.control("SH", ["NOTES AND EXAMPLES"]).control("nf", []);
        more.lines().for_each(|line| {
            roff.text([roman(line)]);
        });
        roff.control("fi", []).to_writer(&mut text)?;
    }
    Ok((man.get_filename(), String::from_utf8_lossy(&text).into_owned()))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::Arguments;

    /// Every command with its page, by the words that one types.
    fn commands() -> Vec<clap::Command> {
        let mut command = Arguments::command().disable_help_subcommand(true);
        command.build();
        let mut open = vec![command];
        let mut all = Vec::new();
        while let Some(command) = open.pop() {
            open.extend(command.get_subcommands().cloned());
            all.push(command);
        }
        all
    }

    #[test]
    fn every_command_has_its_page_with_every_option_and_example() {
        let pages = pages(Arguments::command()).unwrap();
        let commands = commands();
        assert_eq!(pages.len(), commands.len());
        for command in commands {
            let name = format!("{}.1", command.get_display_name().unwrap_or("ringback"));
            let (_, page) =
                pages.iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("{name}"));
            for option in command.get_arguments().filter_map(clap::Arg::get_long) {
                let option = format!("\\-\\-{}", option.replace('-', "\\-"));
                assert!(page.contains(&option), "{option} in {name}");
            }
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            for example in help.lines().filter(|line| line.starts_with("  ringback")) {
                let example = example.replace('\\', "\\e").replace('-', "\\-").replace('\'', "\\*(Aq");
                assert!(page.contains(&example), "{example} in {name}");
            }
            for below in command.get_subcommands().map(clap::Command::get_name) {
                assert!(page.contains(&below.replace('-', "\\-")), "{below} in {name}");
            }
        }
        assert_eq!(pages[0].0, "ringback.1");
        assert!(pages.iter().any(|(name, _)| name == "ringback-call-backs-take.1"));
    }
}
