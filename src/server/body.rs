//! Reading a body, bounded in size and time.

use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::{Body, Bytes, Incoming};
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// What every provider's request fits into.
pub(super) const USUAL: usize = 64 * 1024;
/// Beyond it, not even a caller's request is read.
pub(super) const AT_MOST: usize = 5 * 1024 * 1024;
/// Parameters that a body beyond the usual may have, before it is known who sent it: reading them takes 50 bytes each.
const MOST_PAIRS: usize = 32 * 1024;

/// Why there is no body.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Unread {
    TooLong,
    TooSlow,
    BrokenOff,
}

/// Reads at most `limit` bytes, waiting at most `wait`. Whoever sends more than usual needs a permit of `big`.
pub(super) async fn read(
    body: Incoming,
    limit: usize,
    wait: Duration,
    big: &Semaphore,
) -> Result<Bytes, Unread> {
    if body.size_hint().lower() > limit as u64 {
        return Err(Unread::TooLong);
    }
    timeout(wait, read_all(body, limit, big)).await.unwrap_or(Err(Unread::TooSlow))
}

async fn read_all(mut body: Incoming, limit: usize, big: &Semaphore) -> Result<Bytes, Unread> {
    let mut first = Bytes::new();
    let mut all = Vec::new();
    let mut permit = None;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Unread::BrokenOff)?;
        let Ok(data) = frame.into_data() else { continue };
        // Nearly every body comes in one piece, and that piece is handed on as it is.
        if first.is_empty() && all.is_empty() {
            first = data;
        } else {
            if all.is_empty() {
                all.extend_from_slice(&first);
            }
            all.extend_from_slice(&data);
        }
        let length = all.len().max(first.len());
        if length > limit {
            return Err(Unread::TooLong);
        }
        if length > USUAL && permit.is_none() {
            permit = Some(big.acquire().await.map_err(|_| Unread::TooLong)?);
        }
    }
    let whole = if all.is_empty() { first } else { Bytes::from(all) };
    if whole.len() > USUAL && whole.iter().filter(|byte| **byte == b'&').count() > MOST_PAIRS {
        return Err(Unread::TooLong);
    }
    Ok(whole)
}
