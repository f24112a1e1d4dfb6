//! Fetching a message that the provider keeps for us.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, LOCATION};
use hyper::{Request, Uri};
use tokio::time::timeout;

use super::door::{self, Outside, Unreached};

/// A message of three minutes is 1.5 MB as MP3 and 3 MB as WAV.
const AT_MOST: usize = 50 * 1024 * 1024;
const LIMIT: Duration = Duration::from_secs(60);
const MOST_REDIRECTS: usize = 3;

/// The REST hosts, which may have the key.
const API_HOSTS: &[&str] = &["api.twilio.com", "api.dublin.ie1.twilio.com", "api.sydney.au1.twilio.com"];
/// Where the REST hosts may send us on; the key stays behind.
const MEDIA_HOSTS: &[&str] = &["media.twiliocdn.com"];

/// Why a recording could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// What is stored as its address is no address.
    #[error("the recording's address is not a URL")]
    NotAUrl,
    /// Not the provider's, or not over HTTPS: the key does not go there.
    #[error("the recording lies at `{host}`, which is not one of the provider's hosts")]
    NotTheProviders {
        /// Where it points.
        host: String,
    },
    /// The provider said no.
    #[error("the provider answered {status}")]
    Refused {
        /// The HTTP status: 401 for a wrong key, 404 for a recording that is gone.
        status: u16,
    },
    /// It went round in a circle.
    #[error("the provider sent us on more than {MOST_REDIRECTS} times")]
    TooManyRedirects,
    /// No answer in time.
    #[error("the provider did not answer within {} seconds", LIMIT.as_secs())]
    TooSlow,
    /// Nothing came back.
    #[error(transparent)]
    Unreached(#[from] Unreached),
}

/// What a host may have of us.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    WithKey,
    WithoutKey,
    Never,
}

/// Fetches the recording's bytes with the account's key.
pub async fn fetch_recording(url: &str, account_sid: &str, auth_token: &str) -> Result<Bytes, FetchError> {
    let key = BASE64.encode(format!("{account_sid}:{auth_token}"));
    let outside = door::open();
    timeout(LIMIT, follow(&outside, url, &key, trust)).await.map_err(|_| FetchError::TooSlow)?
}

async fn follow(
    outside: &Outside,
    url: &str,
    key: &str,
    trust: fn(&Uri) -> Trust,
) -> Result<Bytes, FetchError> {
    let mut uri: Uri = url.parse().map_err(|_| FetchError::NotAUrl)?;
    let mut has_left = false;
    for _ in 0..=MOST_REDIRECTS {
        let mut request = Request::get(uri.clone());
        match trust(&uri) {
            Trust::WithKey if !has_left => request = request.header(AUTHORIZATION, format!("Basic {key}")),
            Trust::WithKey | Trust::WithoutKey => has_left = true,
            Trust::Never => return Err(FetchError::NotTheProviders { host: door::host_of(&uri) }),
        }
        let request = request.body(Full::default()).map_err(|_| FetchError::NotAUrl)?;
        let response = door::ask(outside, request).await?;
        if response.status().is_success() {
            return Ok(door::read_at_most(response.into_body(), AT_MOST, &door::host_of(&uri)).await?);
        }
        let location = response.headers().get(LOCATION).and_then(|location| location.to_str().ok());
        let Some(location) = location.filter(|_| response.status().is_redirection()) else {
            return Err(FetchError::Refused { status: response.status().as_u16() });
        };
        uri = sent_on(&uri, location).ok_or(FetchError::NotAUrl)?;
    }
    Err(FetchError::TooManyRedirects)
}

fn sent_on(from: &Uri, location: &str) -> Option<Uri> {
    let to: Uri = location.parse().ok()?;
    if to.authority().is_some() {
        return Some(to);
    }
    let mut parts = from.clone().into_parts();
    parts.path_and_query = to.into_parts().path_and_query;
    Uri::from_parts(parts).ok()
}

pub(super) fn trust(uri: &Uri) -> Trust {
    let Some(authority) = uri.authority() else { return Trust::Never };
    let plain = uri.port_u16().is_none_or(|port| port == 443) && !authority.as_str().contains('@');
    if uri.scheme_str() != Some("https") || !plain {
        return Trust::Never;
    }
    let host = authority.host();
    if API_HOSTS.iter().any(|known| host.eq_ignore_ascii_case(known)) {
        Trust::WithKey
    } else if MEDIA_HOSTS.iter().any(|known| host.eq_ignore_ascii_case(known)) {
        Trust::WithoutKey
    } else {
        Trust::Never
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    #[test]
    fn the_key_goes_to_the_providers_hosts_only() {
        let trust = |url: &str| url.parse::<Uri>().map_or(Trust::Never, |uri| trust(&uri));
        assert_eq!(
            trust("https://api.twilio.com/2010-04-01/Accounts/AC0/Recordings/RE0.mp3"),
            Trust::WithKey
        );
        assert_eq!(trust("https://API.twilio.com:443/x"), Trust::WithKey);
        assert_eq!(trust("https://media.twiliocdn.com/x"), Trust::WithoutKey);
        for elsewhere in [
            "http://api.twilio.com/x",
            "https://api.twilio.com:8443/x",
            "https://api.twilio.com.example.com/x",
            "https://example.com/api.twilio.com",
            "https://api.twilio.com@example.com/x",
            "https://x:y@api.twilio.com/x",
            "https://evil-api.twilio.com/x",
            "http://169.254.169.254/latest",
            "https://[::ffff:127.0.0.1]/x",
            "https://2130706433/x",
            "https://127.0.0.1/x",
            "file:///etc/passwd",
            "/2010-04-01/Accounts",
            "",
        ] {
            assert_eq!(trust(elsewhere), Trust::Never, "{elsewhere}");
        }
    }

    #[tokio::test]
    async fn an_address_elsewhere_is_refused_before_anything_is_sent() {
        let (address, heard) = provider(vec!["HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".into()]).await;
        let refused = fetch_recording(&format!("http://{address}/x"), "AC0", "key").await;
        assert!(matches!(refused, Err(FetchError::NotTheProviders { .. })), "{refused:?}");
        assert!(heard.lock().unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_recording_is_fetched_with_the_key() {
        let (address, heard) =
            provider(vec!["HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello".into()]).await;
        let bytes =
            follow(&door::open(), &format!("http://{address}/RE0.mp3"), "S0VZ", |_| Trust::WithKey).await;
        assert_eq!(bytes.unwrap(), "hello");
        let heard = heard.lock().unwrap();
        assert!(heard[0].starts_with("GET /RE0.mp3 HTTP/1.1"), "{heard:?}");
        assert!(heard[0].contains("authorization: Basic S0VZ"), "{heard:?}");
    }

    #[tokio::test]
    async fn a_redirect_to_a_stranger_is_not_followed() {
        let (address, heard) = provider(vec![
            "HTTP/1.1 302 Found\r\nlocation: http://192.0.2.1/x\r\ncontent-length: 0\r\n\r\n".into(),
        ])
        .await;
        let refused = follow(&door::open(), &format!("http://{address}/x"), "S0VZ", loopback_only).await;
        assert!(matches!(refused, Err(FetchError::NotTheProviders { host }) if host == "192.0.2.1"));
        assert_eq!(heard.lock().unwrap().len(), 1);
    }

    #[tokio::test]
    async fn a_redirect_without_a_host_stays_at_the_host() {
        let (address, heard) = provider(vec![
            "HTTP/1.1 307 Temporary Redirect\r\nlocation: /y?z=1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".into(),
            "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok".into(),
        ])
        .await;
        let bytes = follow(&door::open(), &format!("http://{address}/x"), "S0VZ", loopback_only).await;
        assert_eq!(bytes.unwrap(), "ok");
        assert!(heard.lock().unwrap()[1].starts_with("GET /y?z=1 "));
    }

    #[tokio::test]
    async fn a_recording_that_is_gone_and_one_that_is_endless_are_told_apart() {
        let (address, _) = provider(vec!["HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".into()]).await;
        let gone = follow(&door::open(), &format!("http://{address}/x"), "S0VZ", loopback_only).await;
        assert!(matches!(gone, Err(FetchError::Refused { status: 404 })), "{gone:?}");

        let endless = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", AT_MOST + 1);
        let (address, _) = provider(vec![endless + &"a".repeat(4096)]).await;
        let outside = door::open();
        let request = Request::get(format!("http://{address}/x")).body(Full::default()).unwrap();
        let response = door::ask(&outside, request).await.unwrap();
        let whole = door::read_at_most(response.into_body(), 1024, "host").await;
        assert!(matches!(whole, Err(Unreached::TooLong { limit: 1024, .. })), "{whole:?}");
    }

    fn loopback_only(uri: &Uri) -> Trust {
        if door::is_loopback(uri) { Trust::WithKey } else { Trust::Never }
    }

    /// Answers one connection after the other with these bytes, and keeps what it heard.
    async fn provider(answers: Vec<String>) -> (std::net::SocketAddr, Arc<Mutex<Vec<String>>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let hears = Arc::clone(&heard);
        tokio::spawn(async move {
            for answer in answers {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut buffer = vec![0; 4096];
                let read = stream.read(&mut buffer).await.unwrap();
                hears.lock().unwrap().push(String::from_utf8_lossy(&buffer[..read]).into_owned());
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        (address, heard)
    }
}
