//! Telling somebody that a call was missed: a command of the owner's, or a webhook.

use std::fmt;
use std::pin::pin;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::CONTENT_TYPE;
use hyper::{Request, Uri};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;
use tokio::time::timeout;

use super::door::{self, Unreached};

const LIMIT: Duration = Duration::from_secs(10);
/// What is kept of a command's words, per stream.
const WORDS_AT_MOST: usize = 2048;
/// How long to read on when the command has ended.
const LAST_WORDS: Duration = Duration::from_millis(100);
/// Not the command's business.
const KEY_VARIABLE: &str = "RINGBACK_TWILIO_AUTH_TOKEN";

/// How somebody is told, from the settings.
#[derive(Clone, PartialEq, Eq)]
pub enum Notify {
    /// A program and its arguments; it reads the JSON from its standard input.
    Command(Vec<String>),
    /// A URL that takes the JSON as a POST: `https`, or `http` on this machine.
    Webhook(String),
}

/// An address that is told about calls is often secret itself.
impl fmt::Debug for Notify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Command(_) => "Command(…)",
            Self::Webhook(_) => "Webhook(…)",
        })
    }
}

/// Why nobody was told.
#[derive(Debug, thiserror::Error)]
pub enum TellError {
    /// `command = []`.
    #[error("the command to notify with is empty")]
    NoCommand,
    /// It is not there, or may not be run.
    #[error("could not run `{program}`")]
    NotRun {
        /// The program.
        program: String,
        /// What went wrong.
        source: std::io::Error,
    },
    /// It ran and said that it failed.
    #[error("`{program}` ended with {status}: {words}")]
    Failed {
        /// The program.
        program: String,
        /// How it ended.
        status: ExitStatus,
        /// What it wrote, without control characters and long numbers.
        words: String,
    },
    /// Not a URL, or an open one.
    #[error("the webhook to notify is neither `https` nor on this machine")]
    BadUrl,
    /// The webhook said no.
    #[error("`{host}` answered {status}")]
    Refused {
        /// The host; the rest of the URL may be a secret.
        host: String,
        /// The HTTP status.
        status: u16,
    },
    /// It took too long; a command is dead by then.
    #[error("notifying took longer than {} seconds", LIMIT.as_secs())]
    TooSlow,
    /// No answer.
    #[error(transparent)]
    Unreached(#[from] Unreached),
}

/// Tells it, within ten seconds.
pub async fn tell(how: &Notify, json: &str) -> Result<(), TellError> {
    tell_within(how, json, LIMIT).await
}

async fn tell_within(how: &Notify, json: &str, limit: Duration) -> Result<(), TellError> {
    let told = async {
        match how {
            Notify::Command(command) => run(command, json).await,
            Notify::Webhook(url) => post_json(url, json).await,
        }
    };
    timeout(limit, told).await.map_err(|_| TellError::TooSlow)?
}

async fn run(command: &[String], json: &str) -> Result<(), TellError> {
    let (program, arguments) = command.split_first().ok_or(TellError::NoCommand)?;
    let not_run = |source| TellError::NotRun { program: program.clone(), source };
    let mut child = Command::new(program)
        .args(arguments)
        .env_remove(KEY_VARIABLE)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(not_run)?;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());

    let feed = async {
        if let Some(mut stdin) = stdin {
            // A command that does not read its input is no failure: its exit status says whether it did its work.
            let _ = stdin.write_all(json.as_bytes()).await;
        }
    };
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let talk = async { tokio::join!(feed, first_words(stdout, &mut out), first_words(stderr, &mut err)) };
    let status = async {
        let mut talk = pin!(talk);
        tokio::select! {
            _ = &mut talk => child.wait().await,
            status = child.wait() => {
                // What it left running may hold the streams open; what it said itself is in them by now.
                let _ = timeout(LAST_WORDS, talk).await;
                status
            }
        }
    };
    let status = status.await.map_err(not_run)?;
    let words = clean(&[out, err].join(&b"\n"[..]));
    if !status.success() {
        return Err(TellError::Failed { program: program.clone(), status, words });
    }
    tracing::debug!(notify.program = %program, notify.words = %words, "somebody was notified");
    Ok(())
}

/// The first words of a stream. The rest is read as well, so that the writer does not wait for us.
async fn first_words(stream: Option<impl AsyncRead + Unpin>, words: &mut Vec<u8>) {
    let Some(mut stream) = stream else { return };
    let mut buffer = [0; 1024];
    while let Ok(read) = stream.read(&mut buffer).await
        && read > 0
    {
        let wanted = read.min(WORDS_AT_MOST - words.len());
        words.extend_from_slice(&buffer[..wanted]);
    }
}

/// One line that a log may hold: no control characters, no telephone numbers.
fn clean(words: &[u8]) -> String {
    let words = String::from_utf8_lossy(words);
    let mut line = String::with_capacity(words.len());
    for word in
        words.split(|letter: char| letter.is_control() || letter.is_whitespace()).filter(|w| !w.is_empty())
    {
        if !line.is_empty() {
            line.push(' ');
        }
        let digits = word.chars().filter(char::is_ascii_digit).count();
        line.push_str(if digits >= 7 { "…" } else { word });
    }
    line
}

/// Posts JSON; any 2xx is a yes. Redirects are not followed.
async fn post_json(url: &str, json: &str) -> Result<(), TellError> {
    let uri: Uri = url.parse().map_err(|_| TellError::BadUrl)?;
    let safe = match uri.scheme_str() {
        Some("https") => true,
        Some("http") => door::is_loopback(&uri),
        Some(_) | None => false,
    };
    if !safe {
        return Err(TellError::BadUrl);
    }
    let host = door::host_of(&uri);
    let request = Request::post(uri)
        .header(CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::copy_from_slice(json.as_bytes())))
        .map_err(|_| TellError::BadUrl)?;
    let response = door::ask(&door::open(), request).await?;
    if !response.status().is_success() {
        return Err(TellError::Refused { host, status: response.status().as_u16() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    const JSON: &str = r#"{"caller":"+15550142","line":"+15550100"}"#;

    #[tokio::test]
    async fn a_command_reads_the_json_from_its_input() {
        let folder = tempfile::tempdir().unwrap();
        let heard = folder.path().join("heard");
        let how = shell(&format!("cat > '{}'", heard.display()));
        tell(&how, JSON).await.unwrap();
        assert_eq!(std::fs::read_to_string(heard).unwrap(), JSON);
    }

    #[tokio::test]
    async fn a_command_that_fails_is_quoted_without_numbers() {
        let told = tell(&shell("cat >&2; printf 'no\\033[2J route'; exit 3"), JSON).await;
        let Err(TellError::Failed { status, words, .. }) = told else { panic!("{told:?}") };
        assert_eq!(status.code(), Some(3));
        assert_eq!(words, "no [2J route …");
    }

    #[tokio::test]
    async fn a_command_that_hangs_is_ended() {
        let how = shell("exec sleep 600");
        let told = tell_within(&how, JSON, Duration::from_millis(50)).await;
        assert!(matches!(told, Err(TellError::TooSlow)), "{told:?}");
    }

    #[tokio::test]
    async fn a_command_that_talks_without_end_and_reads_nothing_is_bounded() {
        let long = "x".repeat(300_000);
        let told = tell(&shell("head -c 1000000 /dev/zero | tr '\\0' a; exit 1"), &long).await;
        let Err(TellError::Failed { words, .. }) = told else { panic!("{told:?}") };
        assert_eq!(words.len(), WORDS_AT_MOST);
    }

    #[tokio::test]
    async fn a_command_that_leaves_something_running_is_done_when_it_ends() {
        let how = shell("sleep 60 & echo rings; exit 0");
        let told = tell_within(&how, JSON, Duration::from_secs(5)).await;
        assert!(told.is_ok(), "{told:?}");
    }

    #[tokio::test]
    async fn a_command_that_is_not_there_is_named() {
        let how = Notify::Command(vec!["/nowhere/to-be-found".to_owned()]);
        let said = tell(&how, JSON).await.unwrap_err().to_string();
        assert_eq!(said, "could not run `/nowhere/to-be-found`");
        assert!(matches!(tell(&Notify::Command(Vec::new()), JSON).await, Err(TellError::NoCommand)));
    }

    #[tokio::test]
    async fn a_webhook_on_this_machine_gets_the_json() {
        let (url, heard) = webhook("HTTP/1.1 204 No Content\r\n\r\n").await;
        tell(&Notify::Webhook(url), JSON).await.unwrap();
        let heard = heard.await.unwrap();
        assert!(heard.starts_with("POST /hook HTTP/1.1\r\n"), "{heard}");
        assert!(heard.contains("content-type: application/json\r\n"), "{heard}");
        assert!(heard.ends_with(JSON), "{heard}");
    }

    #[tokio::test]
    async fn a_webhook_that_says_no_is_a_failure_and_is_not_followed_elsewhere() {
        let (url, _heard) =
            webhook("HTTP/1.1 302 Found\r\nlocation: http://192.0.2.1/\r\ncontent-length: 0\r\n\r\n").await;
        let said = tell(&Notify::Webhook(url), JSON).await.unwrap_err().to_string();
        assert_eq!(said, "`127.0.0.1` answered 302");
    }

    #[tokio::test]
    async fn a_webhook_in_the_clear_is_refused() {
        for url in ["http://192.0.2.1/x", "http://localhost.example.com/", "ftp://127.0.0.1/", "hook", ""] {
            let told = tell(&Notify::Webhook(url.to_owned()), JSON).await;
            assert!(matches!(told, Err(TellError::BadUrl)), "{url}: {told:?}");
        }
    }

    fn shell(script: &str) -> Notify {
        Notify::Command(["sh", "-c", script].map(str::to_owned).to_vec())
    }

    /// Answers one request with these bytes, once its whole body is here.
    async fn webhook(answer: &'static str) -> (String, tokio::task::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let heard = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut heard = Vec::new();
            let mut buffer = [0; 4096];
            while !heard.ends_with(JSON.as_bytes()) {
                let read = stream.read(&mut buffer).await.unwrap();
                assert_ne!(read, 0);
                heard.extend_from_slice(&buffer[..read]);
            }
            stream.write_all(answer.as_bytes()).await.unwrap();
            String::from_utf8(heard).unwrap()
        });
        (url, heard)
    }
}
