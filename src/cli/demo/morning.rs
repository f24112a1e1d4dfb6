//! `ringback demo --keep`: a morning at Ridge Plumbing on which nobody could come to the phone, as a home to try the
//! desk in. Ten people wait for a call; the calls are real ones, but for the provider.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use jiff::SignedDuration;

use crate::cli::failure::Failure;
use crate::cli::output::show;
use crate::cli::stage::Stage;
use crate::clock;
use crate::phone::{BadScript, Script};
use crate::settings::{Environment, Home, SAMPLE};
use crate::store::{StoreError, Tx};
use crate::switchboard::{Draft, SHIPPED};

use super::{ANA, BEN, LINE, tell};

/// A second number, whose callers say what they call about.
const AREAS_LINE: &str = "+15550110";

/// How long ago the morning began.
const BEGAN: SignedDuration = SignedDuration::from_mins(100);

/// A call, and so many minutes until the next one.
struct Scene {
    script: Script,
    minutes: u64,
}

/// Makes the home, and lets the morning pass.
pub(super) async fn play(folder: &Path) -> Result<(), Failure> {
    write_home(folder)?;
    let home = Home::new(folder);
    let draft = Draft::read(&home, &Environment::default(), false)?;
    let stage = Stage::open_in(home, draft, clock::now() - BEGAN).await?;
    let known = stage.switchboard.writer().write(introduce).await;
    known.map_err(|error| Failure::could_not("the line cannot be prepared").because(&error))?;
    let wrong = |error| Failure::could_not("the demo's script is wrong").because(&error);
    for Scene { script, minutes } in scenes().map_err(wrong)? {
        let ends = stage.clock.now() + SignedDuration::from_mins(i64::try_from(minutes).unwrap_or(0));
        let heard = stage.exchange.call(script).await;
        heard.clean().map_err(|unclean| Failure::could_not("a document was refused").because(&unclean))?;
        let left = ends.duration_since(stage.clock.now());
        stage.clock.advance(Duration::try_from(left).unwrap_or_default());
    }
    stage.close().await?;
    let shown = folder.display();
    tell(&format!(
        "`{shown}` is a home in which ten invented people wait for a call. You are Ana or Ben; nothing is dialled."
    ))?;
    show(&format!("\n  cd {shown}\n  export RINGBACK_AS=ana\n  ringback\n  ringback call-backs --help\n"))
}

/// Settings and flows, in a folder that is new or empty.
fn write_home(folder: &Path) -> Result<(), Failure> {
    let refused =
        |error| Failure::could_not(format!("`{}` cannot be made", folder.display())).because(&error);
    match fs::read_dir(folder) {
        Ok(mut inside) => {
            if inside.next().is_some() {
                let failure = Failure::could_not(format!("`{}` is not empty", folder.display()));
                return Err(failure.hint("name a new folder"));
            }
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(refused(error)),
    }
    let home = Home::new(folder);
    fs::create_dir_all(home.flows()).map_err(refused)?;
    let settings = format!("{}\n[lines.\"{AREAS_LINE}\"]\nflow = \"two-areas\"\n", SAMPLE.trim_start());
    fs::write(home.settings(), settings).map_err(refused)?;
    for (name, text) in SHIPPED.iter().filter(|(name, _)| ["front-desk", "two-areas"].contains(name)) {
        fs::write(home.flows().join(format!("{name}.toml")), text).map_err(refused)?;
    }
    Ok(())
}

/// Whom the business knows.
fn introduce(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    let known = [
        ("+15550142", "Mia Reed", true),
        ("+15550143", "Corner Bakery", false),
        ("+15550147", "Sam Ortiz", false),
    ];
    for (number, name, vip) in known {
        let Ok(number) = number.to_owned().try_into() else { continue };
        tx.set_name(&number, Some(name), None)?;
        tx.set_vip(&number, vip)?;
    }
    Ok(())
}

fn scenes() -> Result<Vec<Scene>, BadScript> {
    let from = |number: &str| Script::new(number, LINE);
    let about = |number: &str| Script::new(number, AREAS_LINE);
    let scene = |minutes, script| Scene { script, minutes };
    Ok(vec![
        // Answered, so that the bakery is a returning customer when it rings again.
        scene(8, from("+15550143").person(ANA, "accepts after 6s and talks 90s")?),
        scene(14, from("+15550142").caller("1")?),
        scene(12, about("+15550144").caller("1, message 14s")?),
        scene(8, from("+15550145").caller("hang up after 4s")?),
        scene(8, about("+15550146").caller("2, message 31s")?),
        scene(10, from("+15550143").caller("1")?),
        scene(8, from("anonymous").caller("1, 5550148#, 1")?),
        scene(8, about("+15550147").person(BEN, "voicemail after 3s")?.caller("2, hang up after 50s")?),
        scene(6, from("+15550149").caller("hang up after 28s")?),
        scene(4, from("+15550145").caller("hang up after 30s")?),
        scene(5, from("anonymous").caller("hang up after 12s")?),
        scene(4, about("+15550150").caller("1, message 1s")?),
        scene(5, from("+15550145").caller("2, message 9s")?),
    ])
}
