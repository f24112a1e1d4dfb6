//! Requests byte by byte, as no client library would send them.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::line::TestLine;

/// A POST of a form.
pub fn post(target: &str, signature: &str, body: &[u8]) -> Vec<u8> {
    post_as("application/x-www-form-urlencoded", target, signature, body)
}

/// A POST with another content type.
pub fn post_as(kind: &str, target: &str, signature: &str, body: &[u8]) -> Vec<u8> {
    let mut request = format!(
        "POST {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nX-Twilio-Signature: {signature}\r\n\
         Content-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    request.extend_from_slice(body);
    request
}

/// Sends the bytes and reads until the server closes.
pub async fn ask(line: &TestLine, request: &[u8]) -> String {
    let address = line.exchange.base_url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.unwrap();
    // The server may have answered and closed before it has read everything.
    let _ = stream.write_all(request).await;
    let mut answer = Vec::new();
    let read = timeout(Duration::from_secs(20), stream.read_to_end(&mut answer)).await;
    assert!(read.is_ok(), "the server neither answered nor closed");
    String::from_utf8(answer).unwrap()
}

/// The status of an answer; 0 where there was none.
pub fn status_of(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
}

/// The body of an answer.
pub fn body_of(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}
