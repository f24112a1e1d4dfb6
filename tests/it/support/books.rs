//! The provider's books: its REST face on this machine, which lists the calls that a test put there.

use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;
use ringback::provider::{Account, ApiBase};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub const ACCOUNT: &str = "AC00000000000000000000000000000100";
pub const KEY: &str = "a key for tests";

/// What one request is answered.
pub struct Said {
    pub status: u16,
    pub location: Option<String>,
    pub body: String,
}

impl Said {
    pub fn json(value: &Value) -> Self {
        Self { status: 200, location: None, body: value.to_string() }
    }

    pub fn status(status: u16) -> Self {
        Self { status, location: None, body: "{}".to_owned() }
    }
}

/// A REST face, open until the test is over.
pub struct Books {
    pub base: String,
    calls: Arc<Mutex<Vec<Value>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Books {
    /// Answers as the provider does from its books.
    pub async fn open() -> Self {
        let calls = Arc::new(Mutex::new(Vec::new()));
        let kept = calls.clone();
        Self::serve(calls, move |target, _| look_up(&kept.lock().unwrap(), target)).await
    }

    /// Answers as the test says; told the target and how many requests came before.
    pub async fn saying(answer: impl Fn(&str, usize) -> Said + Send + 'static) -> Self {
        Self::serve(Arc::default(), answer).await
    }

    async fn serve(
        calls: Arc<Mutex<Vec<Value>>>,
        answer: impl Fn(&str, usize) -> Said + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::<String>::new()));
        let hears = asked.clone();
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let head = read_head(&mut stream).await;
                let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
                let before = hears.lock().unwrap().len();
                hears.lock().unwrap().push(head);
                let Said { status, location, body } = answer(&target, before);
                let location = location.map_or(String::new(), |to| format!("location: {to}\r\n"));
                let length = body.len();
                let said = format!(
                    "HTTP/1.1 {status} Said\r\n{location}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
                );
                // Whoever has read enough may have gone.
                let _ = stream.write_all(said.as_bytes()).await;
            }
        });
        Self { base, calls, asked }
    }

    /// The account, as the settings of a real home would name it.
    pub fn account(&self) -> Account {
        Account::new(ACCOUNT, KEY, ApiBase::parse(&self.base).unwrap())
    }

    /// Puts a call there, or replaces the one of the same id.
    pub fn enter(&self, call: Value) {
        let mut calls = self.calls.lock().unwrap();
        calls.retain(|known| known["sid"] != call["sid"]);
        calls.push(call);
    }

    /// Heads of all requests so far.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// Targets of all requests so far.
    pub fn targets(&self) -> Vec<String> {
        self.asked().iter().map(|head| head.split(' ').nth(1).unwrap_or_default().to_owned()).collect()
    }
}

/// A caller's leg that came in and is over, as Twilio writes it.
pub fn listed(id: &str, (from, to): (&str, &str), (start, end): (Timestamp, Timestamp)) -> Value {
    json!({
        "sid": id, "account_sid": ACCOUNT, "parent_call_sid": null, "direction": "inbound",
        "from": from, "to": to, "caller_name": null, "forwarded_from": null,
        "status": "completed", "start_time": rfc2822_of(start), "end_time": rfc2822_of(end),
        "date_created": rfc2822_of(start), "date_updated": rfc2822_of(end), "duration": "12",
        "price": null, "queue_time": "0", "subresource_uris": { "recordings": "/2010-04-01/x.json" },
    })
}

/// The same, going on.
pub fn going_on(id: &str, parties: (&str, &str), start: Timestamp) -> Value {
    let mut call = listed(id, parties, (start, start));
    (call["status"], call["end_time"], call["duration"]) = (json!("in-progress"), json!(null), json!(""));
    call
}

/// A page of the list.
pub fn page(calls: &[Value], next: Option<&str>) -> Value {
    json!({ "calls": calls, "next_page_uri": next, "page": 0, "page_size": 100 })
}

/// The list, or one call of it.
fn look_up(calls: &[Value], target: &str) -> Said {
    let root = format!("/2010-04-01/Accounts/{ACCOUNT}/Calls");
    let Some(rest) = target.strip_prefix(&root) else { return Said::status(404) };
    if rest.starts_with(".json?") {
        return Said::json(&page(calls, None));
    }
    let id = rest.trim_start_matches('/').trim_end_matches(".json");
    calls.iter().find(|call| call["sid"] == id).map_or_else(|| Said::status(404), Said::json)
}

fn rfc2822_of(at: Timestamp) -> String {
    rfc2822::to_string(&at.to_zoned(TimeZone::UTC)).unwrap()
}

async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut buffer = [0; 4096];
    while !head.ends_with(b"\r\n\r\n") {
        let read = stream.read(&mut buffer).await.unwrap();
        if read == 0 {
            break;
        }
        head.extend_from_slice(&buffer[..read]);
    }
    String::from_utf8_lossy(&head).into_owned()
}
