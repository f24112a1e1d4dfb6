//! `ringback demo`: the whole job on invented calls.

mod morning;

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;

use crate::phone::{BadScript, FinalStatus, Quirks, Script, Unaccepted};
use crate::settings::{Environment, Home};
use crate::store::CallFilter;
use crate::switchboard::Draft;

use super::call_backs;
use super::calls;
use super::failure::Failure;
use super::output::{show, terminal_width, wrap};
use super::stage::{self, Stage};
use super::transcript;
use super::when::Look;

const EXAMPLES: &str = "\
Places calls over HTTP to a server of its own, shows what each caller heard,
then the call log and the call-back list. Nothing of yours is touched.
With `--keep` it makes a home in a new folder instead, with ten people who
rang this morning and wait for a call: a list to work on.

Examples:
  ringback demo
  ringback demo --keep try
  ringback --home try call-backs";

/// A Friday in New York, five past one in the afternoon.
const BEGINS_AT: Timestamp = Timestamp::constant(1_795_197_900, 0);
const LINE: &str = "+15550100";
const ANA: &str = "+15550101";
const BEN: &str = "+15550102";

/// Show the whole job on invented calls
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Make a home here, in which ten invented people wait for a call
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
}

/// One call of the demo.
struct Scene {
    title: &'static str,
    script: Script,
    quirks: Quirks,
}

/// Shows the whole job.
pub fn run(args: Args, _home: &Home) -> Result<(), Failure> {
    match args.keep {
        Some(folder) => stage::runtime()?.block_on(morning::play(&folder)),
        None => stage::runtime()?.block_on(play()),
    }
}

async fn play() -> Result<(), Failure> {
    // A home without settings: the sample business and the shipped flows stand in.
    let draft = Draft::read(&Home::new("/nonexistent"), &Environment::default(), true)?;
    let mut stage = Stage::open(draft, BEGINS_AT).await?;
    tell(&format!(
        "ringback answers the line of Ridge Plumbing at {}, on a database of its own. A simulated provider \
         places calls: signed webhooks over HTTP, time compressed.",
        stage.exchange.base_url
    ))?;
    let scenes =
        scenes().map_err(|error| Failure::could_not("the demo's script is wrong").because(&error))?;
    for (number, scene) in (1..).zip(scenes) {
        stage.exchange.quirks = scene.quirks;
        let heard = stage.exchange.call(scene.script).await;
        let title = wrap(&format!("{number}. {}", scene.title), terminal_width(), 3);
        show(&format!("\n{title}\n{}", transcript::whole(&heard)))?;
        heard.clean().map_err(|unclean| Failure::could_not("a document was refused").because(&unclean))?;
        stage.clock.advance(Duration::from_secs(7 * 60));
    }

    stage.clock.advance(Duration::from_secs(10 * 60));
    let swept = stage.switchboard.sweep().await;
    let swept = swept.map_err(|error| Failure::could_not("the sweep failed").because(&error))?;
    show("\n")?;
    tell(&format!(
        "A quarter of an hour later the sweep has labelled {swept} call of which nothing more was heard."
    ))?;
    show_lists(&stage).await?;
    show("\n")?;
    tell("Everybody whom nobody took is on the list, and somebody's to ring back.")?;
    stage.close().await
}

/// A sentence between the calls.
fn tell(sentence: &str) -> Result<(), Failure> {
    show(&wrap(sentence, terminal_width(), 0))
}

async fn show_lists(stage: &Stage) -> Result<(), Failure> {
    let zone = stage.switchboard.live().settings.business.time_zone.clone();
    let look = Look { now: stage.clock.now(), zone, width: terminal_width() };
    let now = look.now;
    let read =
        stage.switchboard.writer().write(move |tx| Ok((tx.calls(&CallFilter::default())?, tx.waiting(now)?)));
    let (log, list) =
        read.await.map_err(|error| Failure::could_not("the call log cannot be read").because(&error))?;
    show(&format!("\nringback calls\n\n{}", calls::screen(&log, &look)))?;
    show(&format!("\nringback call-backs\n\n{}", call_backs::list::table(&list, &look).render(look.width)))
}

fn scenes() -> Result<Vec<Scene>, BadScript> {
    let from = |number: &str| Script::new(number, LINE);
    let usual = Quirks::default();
    let swallowed = Quirks { unaccepted: Unaccepted::CompletedBridged, ..usual };
    let scene = |title, script| Scene { title, script, quirks: usual };
    Ok(vec![
        scene(
            "Ana picks up, hears who rings, presses a key: answered",
            from("+15550141").person(ANA, "accepts after 6s and talks 90s")?,
        ),
        scene(
            "Nobody can come to the phone; the caller asks to be called back",
            from("+15550142").caller("1")?,
        ),
        scene(
            "Nobody can come to the phone; the caller hangs up in the menu",
            from("+15550143").caller("hang up after 28s")?,
        ),
        scene(
            "Nobody can come to the phone; the caller leaves a message",
            from("+15550144").caller("2, message 14s")?,
        ),
        Scene {
            title: "Ben's phone is off: its voicemail picks up, the provider says completed, and it is still missed",
            script: from("+15550145").person(BEN, "voicemail after 3s")?.caller("hang up after 40s")?,
            quirks: swallowed,
        },
        scene(
            "The caller of number 2 rings again: one entry, two calls",
            from("+15550142").caller("hang up after 6s")?,
        ),
        Scene {
            title: "A caller without a number gives up after a second, and the provider never says so",
            script: from("anonymous").caller("hang up after 1s")?,
            quirks: Quirks { final_status: FinalStatus::Never, ring_end_when_caller_leaves: false, ..usual },
        },
    ])
}
