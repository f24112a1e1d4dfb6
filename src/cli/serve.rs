//! `ringback serve`: answering calls.

use std::error::Error;
use std::io::{self, IsTerminal};
use std::net::SocketAddr;
use std::panic;
use std::process;
use std::time::Duration;

use anstream::adapter::strip_str;
use anstream::{AutoStream, ColorChoice};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use crate::causes::with_causes;
use crate::clock::Clock;
use crate::notation::Style;
use crate::server::{Limits, Opening, ServeError, StartError, Station};
use crate::settings::{Environment, Home, LoadError};
use crate::stderr;
use crate::store;
use crate::switchboard::Draft;

use super::check::mistakes;
use super::clean::Clean;
use super::cure::cure;
use super::failure::Failure;
use super::output::{fold, fold_report, terminal_width};
use super::shop::SettingsWrong;

const EXAMPLES: &str = "\
Prints the URLs to give to the provider, and `listening on http://…` when
it is ready. Edits of `ringback.toml` and `ivr-flows/` go live by themselves
if they are right; a call finishes on the version that it began with.

RINGBACK_LOG says how much is logged, on stderr: `info`, `debug`, `warn`.

Examples:
  ringback serve
  ringback serve --insecure             try it on this machine, without a key
  ringback serve --listen 127.0.0.1:0   any free port";

/// How the provider should wait and try again. It reads this in the URL's fragment, which is never sent to us.
const PATIENCE: &str = "#rc=2&rp=ct,rt,5xx&rt=4000&tt=15000";

/// Answer calls
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDR:PORT")]
    pub listen: Option<SocketAddr>,
    /// Check no signatures; on loopback only, for trying things out
    #[arg(long)]
    pub insecure: bool,
    /// Serve from a network file system all the same, where the database may be damaged
    #[arg(long)]
    pub force_network_fs: bool,
}

/// How long the end waits for whoever reads what was said.
const LAST_LINES: Duration = Duration::from_millis(500);

/// Answers calls until it is told to stop.
pub fn run(args: Args, home: &Home) -> Result<(), Failure> {
    let done = open_and_serve(args, home);
    match done {
        // Nobody reads stderr, and whoever wrote there would wait for ever.
        Err(failure) if !stderr::lines().flush(LAST_LINES) => {
            process::exit(failure.kind().exit_code().into())
        }
        done => done,
    }
}

fn open_and_serve(args: Args, home: &Home) -> Result<(), Failure> {
    let environment = Environment::of_process();
    let draft = Draft::read_or_last_good(home, &environment, args.insecure)?;
    let listen = args.listen.unwrap_or(draft.settings.listen);
    refuse_the_unsafe(&draft, listen, args.insecure)?;
    refuse_network(home, args.force_network_fs)?;
    log_to_stderr();
    if draft.is_sample {
        remark("no `ringback.toml` here: the built-in sample business, Ridge Plumbing, stands in");
    }
    if let Some(wrong) = &draft.settings_wrong {
        tell_of_the_settings(wrong);
    }
    for warning in draft.settings.warnings.iter() {
        remark(&format!("warning: {}", warning.message));
    }
    for trouble in &draft.wrong {
        let cure = trouble.hint().unwrap_or("`ringback check` shows where");
        remark(&format!("warning: {}: {cure}", with_causes(trouble)));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::could_not("the server cannot start").because(&error))?;
    let opening =
        Opening { home: home.clone(), environment, listen, insecure: args.insecure, clock: Clock::system() };
    let served = runtime.block_on(serve(opening, &draft));
    // A thread that waits for a disk, or for a reader of stderr, keeps nobody from stopping.
    runtime.shutdown_background();
    stderr::lines().flush(LAST_LINES);
    served
}

/// The settings that were live last stand in for the file.
fn tell_of_the_settings(wrong: &LoadError) {
    if let LoadError::Wrong(problems) = wrong {
        let report = fold_report(&problems.render(Style::Coloured), terminal_width());
        let is_plain = AutoStream::choice(&io::stderr()) == ColorChoice::Never;
        let report = if is_plain { strip_str(&report).to_string() } else { report };
        stderr::lines().log(format!("{report}\n\n").as_bytes());
    }
    let SettingsWrong { says, cure } = SettingsWrong::of(wrong);
    remark(&format!("warning: {says}; the settings that were live last hold meanwhile: {cure}"));
}

/// Says something in lines that fit. All that is said goes one way, so that it stays in its order.
fn remark(text: &str) {
    stderr::lines().log(fold(text, terminal_width(), 0).as_bytes());
}

/// Says something that is to be copied, or read by a program: in one line, however long.
fn remark_whole(line: &str) {
    stderr::lines().log(format!("{}\n", Clean::of(line)).as_bytes());
}

async fn serve(opening: Opening, draft: &Draft) -> Result<(), Failure> {
    let stop =
        told_to_stop().map_err(|error| Failure::could_not("signals cannot be heard").because(&error))?;
    let home = opening.home.clone();
    let station = Station::open(opening, draft).await.map_err(|error| not_started(&error, &home, draft))?;
    for line in urls(&station.switchboard.live().base) {
        remark_whole(&line);
    }
    remark_whole(&format!("listening on http://{}", station.address));
    match station.serve(Limits::default(), stop).await {
        Ok(()) => Ok(()),
        Err(ServeError::CutOff(cut)) => {
            Err(Failure::could_not("not everybody could be answered").because(&cut))
        }
        Err(gone @ ServeError::StoreGone) => Err(Failure::could_not("the line had to be closed")
            .because(&gone)
            .hint("start it again, or have it started again; the log says what happened")),
    }
}

/// The URLs to give to the provider, of routes that begin with `base`; what to do with them comes first.
pub(super) fn urls(base: &str) -> [String; 5] {
    [
        "give your provider these URLs for the number, all by HTTP POST:".to_owned(),
        format!("  a call comes in       {base}/voice{PATIENCE}"),
        format!("  primary handler fails {base}/fallback"),
        format!("  call status changes   {base}/status"),
        "what stands after `#` tells the provider how long to wait for us and when to ask again; leave it in"
            .to_owned(),
    ]
}

/// Without a key, or without the address that it signs, anybody could pass for the provider.
fn refuse_the_unsafe(draft: &Draft, listen: SocketAddr, insecure: bool) -> Result<(), Failure> {
    if insecure {
        if listen.ip().is_loopback() {
            return Ok(());
        }
        let refused = Failure::wrong_settings(format!("`--insecure` does not listen on `{listen}`"));
        return Err(refused.hint("without signatures only this machine may ask: `--listen 127.0.0.1:8080`"));
    }
    if draft.settings.twilio.auth_token.is_none() {
        let mut refused = Failure::wrong_settings("there is no key to check the provider's signatures with");
        // A token file that is empty or cannot be read is among them.
        if !draft.settings.warnings.is_empty() {
            refused = refused.report(draft.settings.warnings.render(Style::Coloured));
        }
        return Err(refused.hint(
            "put your Twilio Auth Token into RINGBACK_TWILIO_AUTH_TOKEN, or into a file that `auth_token_file` \
             in `[provider.twilio]` names; to try it on this machine: `ringback serve --insecure`",
        ));
    }
    if draft.settings.public_url.is_none() {
        let refused =
            Failure::wrong_settings("there is no `public_url`, and the provider's signatures cover it");
        return Err(refused.hint(
            "write the address that the provider calls into `ringback.toml` or RINGBACK_PUBLIC_URL, \
             like `public_url = \"https://phone.example.com\"`",
        ));
    }
    Ok(())
}

/// What several machines can write is no place for a database with a log.
fn refuse_network(home: &Home, force: bool) -> Result<(), Failure> {
    let Some(kind) = store::network_file_system(home.folder()) else { return Ok(()) };
    let told = format!(
        "`{}` lies on a network file system ({kind}), where the database can be damaged",
        home.folder().display()
    );
    if force {
        remark(&format!("warning: {told}"));
        return Ok(());
    }
    Err(Failure::could_not(told)
        .hint("move the home to a disk of this machine, or take the risk: `--force-network-fs`"))
}

fn not_started(error: &StartError, home: &Home, draft: &Draft) -> Failure {
    match error {
        StartError::Unanswered { .. } => {
            let failure = Failure::wrong_settings(error.to_string());
            failure
                .report(mistakes(&draft.wrong))
                .hint("mend it and start again; `ringback check` looks without starting")
        }
        StartError::Taken { .. } => {
            Failure::could_not(error.to_string()).hint("stop the other one first, or use another `--home`")
        }
        StartError::Listen { .. } => {
            let failure = Failure::could_not(error.to_string()).because_of(error);
            failure.hint("choose another address with `--listen`; port 0 takes any free port")
        }
        StartError::Lock { .. } => {
            Failure::could_not(error.to_string()).because_of(error).hint("`ringback doctor` looks closer")
        }
        StartError::Store(unusable) => {
            let failure = Failure::could_not(error.to_string()).because_of(error);
            failure.hint(cure(unusable.cause(), home))
        }
    }
}

impl Failure {
    /// With what led to `error`, but not `error` itself, which is the message.
    fn because_of(self, error: &dyn Error) -> Self {
        match error.source() {
            Some(cause) => self.because(cause),
            None => self,
        }
    }
}

fn log_to_stderr() {
    let filter = EnvFilter::try_from_env("RINGBACK_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let logging = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(stderr::lines)
        .with_target(false)
        .with_ansi(io::stderr().is_terminal());
    // Already set only when a test runs it twice.
    let _ = logging.try_init();
    // Where, and not what: the words of a panic may hold a number.
    panic::set_hook(Box::new(|panic| {
        let at = panic.location().map(ToString::to_string);
        tracing::error!(at, "a bug of ringback: something panicked");
    }));
}

/// Ends with SIGTERM or Ctrl-C.
fn told_to_stop() -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
