//! A server that answers with canned documents, and remembers what it was asked.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use ringback::phone::Exchange;
use tokio::net::TcpListener;

use super::{ANA, BEN, PUBLIC};

/// A request as the server got it.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) method: String,
    pub(super) target: String,
    pub(super) signature: Option<String>,
    pub(super) body: String,
}

pub(super) type Answer = (u16, &'static str, String);

/// A server whose answers are looked up by path.
pub(super) struct Canned {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Canned {
    pub(super) async fn serve(answers: impl Fn(&Seen) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (seen, answers) = (Arc::new(Mutex::new(Vec::new())), Arc::new(answers));
        let log = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (log, answers) = (Arc::clone(&log), Arc::clone(&answers));
                let service = service_fn(move |request| {
                    let (log, answers) = (Arc::clone(&log), Arc::clone(&answers));
                    async move { Ok::<_, Infallible>(answer(request, &log, &*answers).await) }
                });
                let connection = hyper::server::conn::http1::Builder::new();
                tokio::spawn(connection.serve_connection(TokioIo::new(stream), service));
            }
        });
        Self { address, seen }
    }

    /// Serves documents by path; other paths get an empty answer, which suits reports.
    pub(super) async fn documents(documents: &[(&'static str, &str)]) -> Self {
        let documents: Vec<(&str, String)> =
            documents.iter().map(|(path, inside)| (*path, response(inside))).collect();
        Self::serve(move |seen| {
            let path = seen.target.split('?').next().unwrap_or_default();
            match documents.iter().find(|(known, _)| *known == path) {
                Some((_, document)) => (200, "text/xml", document.clone()),
                None => (204, "text/plain", String::new()),
            }
        })
        .await
    }

    pub(super) fn exchange(&self) -> Exchange {
        let mut exchange = Exchange::new(&format!("http://{}", self.address), PUBLIC);
        exchange.names.insert(ANA.to_owned(), "Ana".to_owned());
        exchange.names.insert(BEN.to_owned(), "Ben".to_owned());
        exchange
    }

    pub(super) fn to(&self, path: &str) -> Vec<Seen> {
        let seen = self.seen.lock().expect("a log");
        seen.iter().filter(|seen| seen.target.split('?').next() == Some(path)).cloned().collect()
    }

    /// The one request to this path.
    pub(super) fn only(&self, path: &str) -> Seen {
        let mut all = self.to(path);
        assert_eq!(all.len(), 1, "requests to {path}: {all:?}");
        all.remove(0)
    }
}

impl Seen {
    pub(super) fn param(&self, key: &str) -> Option<String> {
        let query = self.target.split_once('?').map_or("", |(_, query)| query);
        let pairs = query.split('&').chain(self.body.split('&')).filter_map(|pair| pair.split_once('='));
        let mut values = pairs.filter(|(k, _)| *k == key).map(|(_, value)| value);
        let value =
            percent_encoding::percent_decode_str(values.next()?).decode_utf8().expect("text").into_owned();
        assert_eq!(values.next(), None, "{key} stands in the request twice");
        Some(value)
    }

    /// These parameters, with blanks between; `-` for one that is missing.
    pub(super) fn params(&self, keys: &str) -> String {
        let value = |key| self.param(key).unwrap_or_else(|| "-".to_owned());
        keys.split(' ').map(value).collect::<Vec<_>>().join(" ")
    }
}

async fn answer(
    request: hyper::Request<Incoming>,
    log: &Mutex<Vec<Seen>>,
    answers: &(dyn Fn(&Seen) -> Answer + Send + Sync),
) -> hyper::Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.expect("a body").to_bytes();
    let seen = Seen {
        method: head.method.to_string(),
        target: head.uri.to_string(),
        signature: head.headers.get("x-twilio-signature").map(|v| v.to_str().expect("ASCII").to_owned()),
        body: String::from_utf8(body.to_vec()).expect("UTF-8"),
    };
    log.lock().expect("a log").push(seen.clone());
    let (status, kind, body) = answers(&seen);
    let response = hyper::Response::builder().status(status).header("content-type", kind);
    response.body(Full::from(body)).expect("a response")
}

pub(super) fn response(inside: &str) -> String {
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response>{inside}</Response>")
}
