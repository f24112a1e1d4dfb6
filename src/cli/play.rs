//! `ringback play`: a message that a caller left.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::call::CallId;
use crate::provider::fetch_recording;
use crate::settings::Home;

use super::clean::Clean;
use super::failure::Failure;
use super::listed;
use super::output::{show, wrap};
use super::shop::Shop;
use super::when::length;
use super::who;

const EXAMPLES: &str = "\
Prints who left it, when, how long it is, what was said where the provider
wrote it down, and the provider's link to it.
With `--save` it is fetched with the provider's credentials.

Examples:
  ringback play 31
  ringback play 31 --save message.mp3";

/// Hear or fetch the message of a call
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The number of the call, from `ringback calls`
    #[arg(value_parser = listed)]
    id: i64,
    /// Fetch it into a file that is not there yet, `.mp3` or `.wav`
    #[arg(long, value_name = "FILE", value_parser = sound_file)]
    save: Option<PathBuf>,
}

/// Shows or fetches a message.
pub(super) fn run(args: Args, home: &Home) -> Result<(), Failure> {
    let shop = Shop::open(home)?;
    let id = CallId(args.id);
    let call = shop.read(|tx| tx.call_line(id))?.flatten().ok_or_else(|| {
        Failure::could_not(format!("there is no call {id}")).hint("`ringback calls` lists them")
    })?;
    let caller = who::rang(&call);
    let Some(recording) = call.recording else {
        return Err(Failure::could_not(format!(
            "call {id} has no message: {caller}, {}",
            shop.look.ago(call.at)
        )));
    };
    let Some(url) = recording.url else {
        return Err(Failure::could_not(format!(
            "the provider has not said yet where the message of call {id} is"
        ))
        .hint("try again in a minute"));
    };
    let length = length(i64::from(recording.seconds));
    let head = format!("Message of {length} from {caller}, {}", shop.look.ago(call.at));
    let said =
        call.transcript.map(|said| wrap(&format!("\"{said}\""), shop.look.width, 0)).unwrap_or_default();
    let Some(file) = args.save else {
        let (head, url) = (Clean::of(&head), Clean::of(&url));
        return show(&format!("{head}\n{said}{url}\n"));
    };
    let bytes = fetch(&shop, &address(&url, &file))?;
    keep(&file, &bytes)?;
    show(&format!("{}\n{said}saved as {}\n", Clean::of(&head), file.display()))
}

fn sound_file(text: &str) -> Result<PathBuf, String> {
    let file = PathBuf::from(text);
    match ending(&file) {
        Some(_) => Ok(file),
        None => Err("a message is saved as `.mp3` or `.wav`, like `message.mp3`".to_owned()),
    }
}

/// The format that the file's name says.
fn ending(file: &Path) -> Option<&'static str> {
    let ending = file.extension()?.to_str()?;
    ["mp3", "wav"].into_iter().find(|known| ending.eq_ignore_ascii_case(known))
}

/// The provider gives the format that the address ends in.
fn address(url: &str, file: &Path) -> String {
    match ending(file) {
        Some(ending) if !url.ends_with(ending) => format!("{url}.{ending}"),
        Some(_) | None => url.to_owned(),
    }
}

fn fetch(shop: &Shop<'_>, url: &str) -> Result<Vec<u8>, Failure> {
    let twilio = &shop.settings.twilio;
    let Some(token) = &twilio.auth_token else {
        return Err(Failure::could_not("the provider's auth token is not known here")
            .hint("set RINGBACK_TWILIO_AUTH_TOKEN, or `auth_token_file` in `ringback.toml`"));
    };
    let Some(account) = twilio.account_sid.as_deref().or_else(|| account_in(url)) else {
        return Err(Failure::could_not("the account at the provider is not known")
            .hint("set `account_sid` under `[provider.twilio]` in `ringback.toml`"));
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime =
        runtime.map_err(|error| Failure::could_not("the network cannot be used").because(&error))?;
    let fetched = runtime.block_on(fetch_recording(url, account, token.reveal()));
    let bytes =
        fetched.map_err(|error| Failure::could_not("the message could not be fetched").because(&error))?;
    Ok(bytes.to_vec())
}

/// The account that a recording's own address names: `…/Accounts/AC…/Recordings/RE…`.
fn account_in(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("/Accounts/")?;
    rest.split('/').next().filter(|account| !account.is_empty())
}

fn keep(file: &Path, bytes: &[u8]) -> Result<(), Failure> {
    // A caller's voice is for those who may read the database too.
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
    let written = made.and_then(|mut made| made.write_all(bytes).and_then(|()| made.sync_all()));
    written.map_err(|error| {
        let failure =
            Failure::could_not(format!("`{}` could not be written", file.display())).because(&error);
        if error.kind() == ErrorKind::AlreadyExists {
            return failure.hint("choose a name that is not taken");
        }
        failure
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_is_that_of_the_file() {
        let url = "https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE1";
        assert_eq!(address(url, Path::new("a.mp3")), format!("{url}.mp3"));
        assert_eq!(address(url, Path::new("a.WAV")), format!("{url}.wav"));
        assert!(sound_file("a.WAV").is_ok());
        for name in ["a", "a.ogg", ".mp3", ""] {
            assert!(sound_file(name).is_err(), "{name}");
        }
        assert_eq!(account_in(url), Some("AC1"));
        assert_eq!(account_in("https://api.twilio.com/"), None);
    }

    #[test]
    fn a_file_that_is_there_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.mp3");
        keep(&file, b"one").unwrap();
        assert!(keep(&file, b"two").unwrap_err().to_string().contains("choose a name"));
        assert_eq!(std::fs::read(&file).unwrap(), b"one");
    }
}
