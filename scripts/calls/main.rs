//! Makes a home with many calls: see `scripts/many-calls`. What it writes is what years of answering would have left;
//! it writes it with plain SQL in one transaction, as nothing else may.

mod dice;
mod entries;
mod people;
mod write;
mod year;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use jiff::Timestamp;
use ringback::clock;
use ringback::settings::Home;
use ringback::store::Desk;

/// Anything that stops it; there is nobody to handle it but the reader.
type Failure = Box<dyn std::error::Error>;

const FLOW: &str = include_str!("../../ivr-flows/two-areas.toml");

const SETTINGS: &str = r#"public_url = "https://phone.example.com"
[business]
name = "Ridge Plumbing"
time_zone = "America/New_York"
[hours]
monday = "08:00-17:00"
tuesday = "08:00-17:00"
wednesday = "08:00-17:00"
thursday = "08:00-17:00"
friday = "08:00-17:00"
saturday = "09:00-12:00"
[people.ana]
number = "+15550101"
areas = ["billing"]
[people.ben]
number = "+15550102"
areas = ["repairs"]
[people.cleo]
number = "+15550103"
areas = ["repairs"]
[people.dan]
number = "+15550104"
[lines."+15550100"]
flow = "front-desk"
[lines."+15550110"]
flow = "front-desk"
"#;

/// Make a home with a database of many calls over two years
#[derive(Parser)]
#[command(name = "many-calls")]
struct Arguments {
    /// The folder; it may not hold a database
    folder: PathBuf,
    /// How many calls
    #[arg(default_value_t = 1_000_000)]
    calls: usize,
    /// The moment at which they end
    #[arg(long)]
    now: Option<Timestamp>,
    /// What chance begins with
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// What `cargo bench` says to every bench
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match make(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn make(arguments: &Arguments) -> Result<(), Failure> {
    let home = Home::new(&arguments.folder);
    if home.database().exists() {
        return Err(format!("`{}` has a database already", arguments.folder.display()).into());
    }
    furnish(&home)?;
    // Made by the program itself, so that the tables are those of this version.
    drop(Desk::open(&home.database())?);
    let now = arguments.now.unwrap_or_else(clock::now).as_millisecond();
    let mut writer = write::Books::open(&home.database())?;
    year::live(&mut writer, (arguments.calls, now), arguments.seed)?;
    writer.close()?;
    println!("{} calls in {}", arguments.calls, shown(&home.database()));
    Ok(())
}

fn furnish(home: &Home) -> Result<(), Failure> {
    fs::create_dir_all(home.flows())?;
    fs::write(home.settings(), SETTINGS)?;
    fs::write(home.flows().join("front-desk.toml"), FLOW)?;
    Ok(())
}

fn shown(file: &Path) -> String {
    let size = fs::metadata(file).map_or(0, |metadata| metadata.len());
    format!("{}, {} MiB", file.display(), size >> 20)
}
