//! What the provider knows of our calls: its list of the recent past, and how one call stands.
//!
//! The key goes to the provider's own hosts only; redirects are not followed.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::AUTHORIZATION;
use hyper::{Request, StatusCode, Uri};
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use tokio::time::{sleep, timeout};

use crate::call::{Caller, PhoneNumber};

use super::door::{self, Outside, Unreached};
use super::recording::{Trust, trust};

/// Calls on a page.
const PAGE: usize = 100;
/// A call is 1.5 kB of JSON.
const PAGE_AT_MOST: usize = 1024 * 1024;
/// Pages of one line, which are two thousand calls.
const MOST_PAGES: usize = 20;
/// One request, from the connection to the last byte.
const REQUEST_LIMIT: Duration = Duration::from_secs(10);
/// The pages of one line.
const LINE_LIMIT: Duration = Duration::from_secs(60);
/// How often a provider who is too busy is asked.
const TRIES: u32 = 4;
/// As Twilio's own client does.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(3);
/// As webhooks are read.
const LONGEST_CALL_ID: usize = 200;
const LONGEST_NAME: usize = 60;

/// Where the provider's REST face is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiBase(String);

/// An address that the key must not go to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{host}` is not one of the provider's hosts over HTTPS")]
pub struct NotTheApi {
    /// The host; the rest of a URL may be a secret.
    pub host: String,
}

impl ApiBase {
    /// Twilio's own.
    pub fn twilio() -> Self {
        Self("https://api.twilio.com".to_owned())
    }

    /// Another host of the provider's, or `http` on this machine.
    pub fn parse(url: &str) -> Result<Self, NotTheApi> {
        let uri: Uri = url.parse().map_err(|_| NotTheApi { host: String::new() })?;
        let refused = NotTheApi { host: door::host_of(&uri) };
        let bare = uri.authority().is_some_and(|authority| !authority.as_str().contains('@'))
            && uri.path_and_query().is_none_or(|path| path.as_str() == "/");
        let here = uri.scheme_str() == Some("http") && door::is_loopback(&uri);
        if bare && (here || trust(&uri) == Trust::WithKey) {
            return Ok(Self(url.trim_end_matches('/').to_owned()));
        }
        Err(refused)
    }
}

/// An account at the provider, with its key.
#[derive(Clone)]
pub struct Account {
    sid: String,
    key: String,
    api: ApiBase,
}

impl Account {
    /// The account that `sid` names.
    pub fn new(sid: &str, auth_token: &str, api: ApiBase) -> Self {
        Self { sid: sid.to_owned(), key: BASE64.encode(format!("{sid}:{auth_token}")), api }
    }

    /// The provider's name for it, as webhooks have it.
    pub fn sid(&self) -> &str {
        &self.sid
    }

    fn path(&self) -> String {
        format!("/2010-04-01/Accounts/{}", utf8_percent_encode(&self.sid, NON_ALPHANUMERIC))
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Account(…)")
    }
}

/// How the provider says that a call stands.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum CallState {
    /// It rings, or goes on.
    InProgress,
    /// It is over.
    Over {
        /// Since when.
        at: Timestamp,
    },
}

/// A call that came in, as the provider's list has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderCallRecord {
    /// The provider's id.
    pub id: String,
    /// Who rang.
    pub caller: Caller,
    /// The name that the provider found.
    pub caller_name: Option<String>,
    /// The line that was rung.
    pub line: PhoneNumber,
    /// The phone that forwarded it.
    pub forwarded_from: Option<PhoneNumber>,
    /// When it came in.
    pub started_at: Timestamp,
    /// How it stands.
    pub state: CallState,
}

/// Why the provider did not say.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// The provider said no, or sent us elsewhere.
    #[error("the provider answered {status}")]
    Refused {
        /// The HTTP status: 401 for a wrong key, 404 for an account that is not there.
        status: u16,
    },
    /// It is too busy, several times over.
    #[error("the provider was too busy {TRIES} times")]
    Busy,
    /// It said something else than expected; what it said may hold numbers and is not repeated.
    #[error("the provider's answer cannot be read: {0}")]
    Unreadable(&'static str),
    /// No answer in time.
    #[error("the provider did not answer in time")]
    TooSlow,
    /// Nothing came back.
    #[error(transparent)]
    Unreached(#[from] Unreached),
}

/// The calls that came in on `lines` since `since`, in no particular order.
pub async fn recent_calls(
    account: &Account,
    since: Timestamp,
    lines: &[PhoneNumber],
) -> Result<Vec<ProviderCallRecord>, AskError> {
    let outside = door::open();
    let mut calls = Vec::new();
    for line in lines {
        let asked = read_line(&outside, account, (since, line));
        calls.extend(timeout(LINE_LIMIT, asked).await.map_err(|_| AskError::TooSlow)??);
    }
    Ok(calls)
}

/// How one call stands; `None` when the provider has none of that id.
pub async fn call_state(account: &Account, id: &str) -> Result<Option<CallState>, AskError> {
    let id = utf8_percent_encode(id, NON_ALPHANUMERIC);
    let path = format!("{}/Calls/{id}.json", account.path());
    let body = match fetch(&door::open(), account, &path).await {
        Err(AskError::Refused { status: 404 }) => return Ok(None),
        body => body?,
    };
    let listed: Listed = read_json(&body)?;
    listed.state().map(Some).ok_or(AskError::Unreadable("the call's status or times are missing"))
}

async fn read_line(
    outside: &Outside,
    account: &Account,
    (since, line): (Timestamp, &PhoneNumber),
) -> Result<Vec<ProviderCallRecord>, AskError> {
    let list = format!("{}/Calls.json?", account.path());
    let to = utf8_percent_encode(line.as_str(), NON_ALPHANUMERIC);
    // The filter knows whole days only, in UTC.
    let day = since.to_zoned(TimeZone::UTC).date();
    let mut path = format!("{list}To={to}&StartTime%3E={day}&PageSize={PAGE}");
    let mut calls = Vec::new();
    for _ in 0..MOST_PAGES {
        let page: Page = read_json(&fetch(outside, account, &path).await?)?;
        let on_line = page.calls.into_iter().filter_map(Listed::incoming);
        calls.extend(on_line.filter(|call| call.line == *line && call.started_at >= since));
        let Some(next) = page.next_page_uri.filter(|next| !next.is_empty()) else { return Ok(calls) };
        if !next.starts_with(&list) {
            return Err(AskError::Unreadable("its next page lies elsewhere"));
        }
        path = next;
    }
    tracing::warn!(pages = MOST_PAGES, "the provider lists more calls of one line than are looked at");
    Ok(calls)
}

async fn fetch(outside: &Outside, account: &Account, path: &str) -> Result<Bytes, AskError> {
    let url = format!("{}{path}", account.api.0);
    let uri: Uri = url.parse().map_err(|_| AskError::Unreadable("its next page is no URL"))?;
    for tried in 0..TRIES {
        let asked = timeout(REQUEST_LIMIT, fetch_once(outside, account, &uri));
        let (status, body) = asked.await.map_err(|_| AskError::TooSlow)??;
        match status {
            StatusCode::TOO_MANY_REQUESTS if tried + 1 < TRIES => {
                sleep(pause(tried, RandomState::new().hash_one(tried))).await;
            }
            StatusCode::TOO_MANY_REQUESTS => {}
            status if status.is_success() => return Ok(body),
            status => return Err(AskError::Refused { status: status.as_u16() }),
        }
    }
    Err(AskError::Busy)
}

async fn fetch_once(
    outside: &Outside,
    account: &Account,
    uri: &Uri,
) -> Result<(StatusCode, Bytes), AskError> {
    let request = Request::get(uri.clone())
        .header(AUTHORIZATION, format!("Basic {}", account.key))
        .body(Full::default())
        .map_err(|_| AskError::Unreadable("its next page is no URL"))?;
    let response = door::ask(outside, request).await?;
    let status = response.status();
    if !status.is_success() {
        return Ok((status, Bytes::new()));
    }
    let body = door::read_at_most(response.into_body(), PAGE_AT_MOST, &door::host_of(uri)).await?;
    Ok((status, body))
}

/// Doubles with every try; anything between nothing and that, so that not everybody comes back at once.
fn pause(tried: u32, random: u64) -> Duration {
    let longest = LONGEST_PAUSE.min(FIRST_PAUSE * 2u32.saturating_pow(tried));
    Duration::from_millis(random % (u64::try_from(longest.as_millis()).unwrap_or(u64::MAX - 1) + 1))
}

fn read_json<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, AskError> {
    // The parser's own words quote what it read.
    serde_json::from_slice(body).map_err(|_| AskError::Unreadable("it is not the JSON that is expected"))
}

/// A page of the list, as Twilio writes it.
#[derive(Deserialize)]
struct Page {
    calls: Vec<Listed>,
    next_page_uri: Option<String>,
}

/// A call, as Twilio writes it.
#[derive(Deserialize)]
struct Listed {
    sid: Option<String>,
    from: Option<String>,
    to: Option<String>,
    caller_name: Option<String>,
    forwarded_from: Option<String>,
    direction: Option<String>,
    parent_call_sid: Option<String>,
    status: Option<String>,
    date_created: Option<String>,
    date_updated: Option<String>,
    start_time: Option<String>,
    end_time: Option<String>,
}

impl Listed {
    /// A caller's own leg, not one of those that ring people; `None` too for what names no call, line or time.
    fn incoming(self) -> Option<ProviderCallRecord> {
        let is_leg = self.parent_call_sid.as_deref().is_some_and(|parent| !parent.is_empty());
        if is_leg || self.direction.as_deref() != Some("inbound") {
            return None;
        }
        let (state, started_at) = (self.state()?, self.started_at()?);
        let id = self.sid.filter(|id| !id.is_empty() && id.chars().count() <= LONGEST_CALL_ID)?;
        let name = self.caller_name.as_deref().map(str::trim).filter(|name| !name.is_empty());
        Some(ProviderCallRecord {
            id,
            caller: Caller::read(self.from.as_deref().unwrap_or_default()),
            caller_name: name.map(|name| name.chars().take(LONGEST_NAME).collect()),
            line: PhoneNumber::parse(self.to.as_deref()?).ok()?,
            forwarded_from: self.forwarded_from.and_then(|number| PhoneNumber::parse(&number).ok()),
            started_at,
            state,
        })
    }

    /// A status that nobody knows yet ends nothing.
    fn state(&self) -> Option<CallState> {
        const FINAL: [&str; 5] = ["completed", "busy", "failed", "no-answer", "canceled"];
        if !FINAL.contains(&self.status.as_deref()?) {
            return Some(CallState::InProgress);
        }
        let at = read_time(self.end_time.as_deref()).or_else(|| read_time(self.date_updated.as_deref()));
        at.or_else(|| self.started_at()).map(|at| CallState::Over { at })
    }

    fn started_at(&self) -> Option<Timestamp> {
        read_time(self.start_time.as_deref()).or_else(|| read_time(self.date_created.as_deref()))
    }
}

fn read_time(text: Option<&str>) -> Option<Timestamp> {
    rfc2822::parse(text?).ok().map(|at| at.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_goes_to_the_providers_hosts_or_stays_on_this_machine() {
        for fine in ["https://api.twilio.com", "https://api.dublin.ie1.twilio.com/", "http://127.0.0.1:9/"] {
            assert_eq!(ApiBase::parse(fine).map(|base| base.0), Ok(fine.trim_end_matches('/').to_owned()));
        }
        assert_eq!(ApiBase::parse("https://api.twilio.com"), Ok(ApiBase::twilio()));
        for elsewhere in [
            "http://api.twilio.com",
            "http://192.0.2.1",
            "https://example.com",
            "https://api.twilio.com.example.com",
            "https://api.twilio.com:8443",
            "https://x@api.twilio.com",
            "http://x@127.0.0.1",
            "https://media.twiliocdn.com",
            "https://api.twilio.com/elsewhere",
            "ftp://127.0.0.1",
            "127.0.0.1",
            "",
        ] {
            assert!(ApiBase::parse(elsewhere).is_err(), "{elsewhere}");
        }
    }

    #[test]
    fn nothing_shows_the_key() {
        let account = Account::new("AC0", "a key for tests", ApiBase::twilio());
        assert_eq!(format!("{account:?}"), "Account(…)");
    }

    #[test]
    fn the_pause_doubles_up_to_three_seconds_and_is_never_the_same_for_all() {
        for (tried, longest) in [(0, 100), (1, 200), (2, 400), (5, 3000), (40, 3000)] {
            assert_eq!(pause(tried, longest), Duration::from_millis(longest));
            assert_eq!(pause(tried, longest + 1), Duration::ZERO);
            assert!(pause(tried, u64::MAX) <= Duration::from_millis(longest));
        }
    }

    #[test]
    fn a_time_without_an_end_is_taken_from_what_there_is() {
        let listed = |json: &str| read_json::<Listed>(json.as_bytes()).unwrap().state();
        let at = |text: &str| Some(CallState::Over { at: text.parse().unwrap() });
        let started = r#""start_time": "Fri, 20 Nov 2026 18:05:00 +0000""#;
        let updated = r#""date_updated": "Fri, 20 Nov 2026 13:06:00 -0500""#;
        assert_eq!(
            listed(&format!(r#"{{"status": "no-answer", "end_time": null, {updated}, {started}}}"#)),
            at("2026-11-20T18:06:00Z")
        );
        assert_eq!(listed(&format!(r#"{{"status": "failed", {started}}}"#)), at("2026-11-20T18:05:00Z"));
        assert_eq!(listed(r#"{"status": "completed", "end_time": "yesterday"}"#), None);
        for goes_on in ["queued", "ringing", "in-progress", "paused"] {
            let json = format!(r#"{{"status": "{goes_on}", {started}}}"#);
            assert_eq!(listed(&json), Some(CallState::InProgress), "{goes_on}");
        }
        assert_eq!(listed("{}"), None);
    }
}
