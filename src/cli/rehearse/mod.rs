//! `ringback rehearse`: a flow played at the keyboard or by a script, by the same engine that answers calls.
//!
//! Nothing is written: what a call would leave behind is shown.

mod caller;
mod hands;
mod over_http;
mod play;
mod record;
mod rows;

use std::io::{self, IsTerminal};

use jiff::Timestamp;

use crate::business::Business;
use crate::clock;
use crate::language::Language;
use crate::settings::{Environment, Home};
use crate::switchboard::Draft;

use super::callers;
use super::check::{audio_of, flow_of};
use super::failure::Failure;
use super::moment;
use super::output::{remark, terminal_width};
use super::stage;
use super::when::Look;

use caller::{Present, Role};
use hands::{Answers, Hands, Keys};
use play::{Rehearsal, Scene};
use record::Record;

const EXAMPLES: &str = "\
Shows what a caller hears, with seconds, and then the rows that such a call
would write. On a terminal the keys are yours; with `--keys` they are pressed
by themselves, one per prompt: `-` for none, `t` for the key that the test of
`human-test` asks for, `h` to hang up. A number takes all up to `#`. Commas or
blanks say what belongs to which prompt, and `say:` speaks where a flow
listens: `--keys \"1,5550142#,say:a table for two\"`.
When phones ring: a name takes the call, return lets them ring out; by script
those of `--answers` do. At the beep: a number is the seconds of the message,
ten by script. `h` hangs up anywhere, and words are spoken.
Without `--at` it is now: who is away is away, and who is blocked is blocked.

Examples:
  ringback rehearse front-desk
  ringback rehearse front-desk --keys 1 --at \"2026-12-25 10:00\"
  ringback rehearse front-desk --answers ben@8s --as known --name \"Mia Reed\"
  ringback rehearse restaurant --keys \"say:a table,4,say:friday at 7,1\"
  ringback rehearse law-office --keys t,1,4711#,1 --answers ben
  ringback rehearse bilingual-shop --language es --keys 1 --json
  ringback rehearse front-desk --as withheld --keys 1,5550142#,1 --http";

/// Play a flow as a caller hears it
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The flow, by name or file
    #[arg(value_name = "FLOW")]
    pub flow: String,
    /// Keys to press, one per prompt; `-` for none, `say:WORDS` for words, commas or blanks between prompts
    #[arg(long, value_name = "KEYS", allow_hyphen_values = true)]
    pub keys: Option<String>,
    /// Who takes the call by script when their phone rings, and after how long: `ben`, `ben@8s`
    #[arg(long, value_name = "WHO", value_delimiter = ',')]
    pub answers: Vec<String>,
    /// When the call comes in: `2026-12-25 10:00`, `10:00`, `monday 7:00`, in the business's time zone
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
    /// Who calls: a number, or `withheld`
    #[arg(long, value_name = "NUMBER")]
    pub from: Option<String>,
    /// What the caller is to you; several with commas between
    #[arg(long = "as", value_name = "ROLE", value_delimiter = ',')]
    pub roles: Vec<Role>,
    /// The caller's name in your address book
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// The language that the caller is known to speak: `en`, `es`, `fr` or `de`
    #[arg(long, value_name = "LANGUAGE", value_parser = callers::language)]
    pub language: Option<Language>,
    /// Print JSON for other programs: what was heard, and the rows
    #[arg(long, conflicts_with = "http")]
    pub json: bool,
    /// Play it over HTTP with signatures, as the provider does; needs `--keys`
    #[arg(long, requires = "keys")]
    pub http: bool,
}

/// Plays a flow.
pub fn run(args: Args, home: &Home) -> Result<(), Failure> {
    let draft = Draft::read(home, &Environment::of_process(), true)?;
    if draft.is_sample {
        remark("no `ringback.toml` here: the built-in sample business, Ridge Plumbing, stands in");
    }
    let (name, rehearsed) = flow_of(&args.flow, &draft)?;
    let business = &draft.settings.business;
    let now = match &args.at {
        Some(text) => moment_of(text, business)?,
        None => clock::now(),
    };
    let line = business.lines.iter().find(|line| line.flow == name).or(business.lines.first());
    let line = line.map(|line| line.number.clone());
    let caller = caller::of(&args, business)?;
    let keys = args.keys.as_deref().map(Keys::parse).transpose()?;
    let answers = Answers::parse(&args.answers, business)?;
    let mut present = match args.at {
        Some(_) => Present::default(),
        None => Present::of(home, (&caller, line.as_ref()), now)?,
    };
    let look = Look { now, zone: business.time_zone.clone(), width: terminal_width() };
    present.tell(&caller, (business, &look));
    present.play_as(&args, business);
    if args.http {
        let acts = keys.map_or_else(|| Ok(String::new()), |keys| keys.acts())?;
        let call = over_http::Call { now, acts, answers, present, caller, audio: audio_of(&args.flow, home) };
        return stage::runtime()?.block_on(over_http::play(draft, (name, rehearsed), call));
    }
    let mut input = io::stdin().lock();
    let is_scripted = keys.is_some() || !answers.is_empty() || !io::stdin().is_terminal();
    let hands = match (keys, is_scripted) {
        (None, false) => Hands::AtTheKeyboard(&mut input),
        (keys, _) => Hands::Scripted(keys.map_or_else(|| Keys::parse(""), Ok)?, answers),
    };
    let record = if args.json { Record::silent() } else { Record::aloud() };
    let flow = &rehearsed.flow;
    let scene = Scene { flow, business, caller: &caller, line: line.as_ref(), present: &present, began: now };
    let played = Rehearsal::new(scene, hands, record).play()?;
    let rows = rows::Rows::of(&played, scene, &rehearsed.source);
    if args.json {
        return rows.show_json(played.record);
    }
    rows.show(&look)
}

fn moment_of(text: &str, business: &Business) -> Result<Timestamp, Failure> {
    let typed = moment::read(text, clock::now(), business)
        .map_err(|error| Failure::wrong_usage(error.to_string()).hint(error.hint()))?;
    if typed.rest.is_empty() {
        return Ok(typed.at);
    }
    let failure = Failure::wrong_usage(format!("`{}` is no part of a time", typed.rest));
    Err(failure.hint("write it like `2026-12-25 10:00`, in the business's time zone"))
}
