//! One request to the outside, bounded in time and size.

use std::error::Error;
use std::net::IpAddr;

use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body, Bytes};
use hyper::{Request, Response, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;

pub(super) type Outside = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// Why nothing came back.
#[derive(Debug, thiserror::Error)]
pub enum Unreached {
    /// No connection, no TLS, or no answer.
    #[error("could not reach `{host}`")]
    NoAnswer {
        /// The host; the rest of a URL may be a secret.
        host: String,
        /// What went wrong.
        source: hyper_util::client::legacy::Error,
    },
    /// The connection broke in the middle of the answer.
    #[error("the answer of `{host}` broke off")]
    BrokeOff {
        /// The host.
        host: String,
        /// What went wrong.
        source: Box<dyn Error + Send + Sync>,
    },
    /// More came than is wanted.
    #[error("the answer of `{host}` is longer than {limit} bytes")]
    TooLong {
        /// The host.
        host: String,
        /// What is wanted at most.
        limit: usize,
    },
}

/// A client for a few requests. It reads the root certificates, so it lives as short as what needs it.
pub(super) fn open() -> Outside {
    let connector = HttpsConnectorBuilder::new().with_webpki_roots().https_or_http().enable_http1().build();
    Client::builder(TokioExecutor::new()).build(connector)
}

pub(super) async fn ask(
    outside: &Outside,
    request: Request<Full<Bytes>>,
) -> Result<Response<hyper::body::Incoming>, Unreached> {
    let host = host_of(request.uri());
    outside.request(request).await.map_err(|source| Unreached::NoAnswer { host, source })
}

pub(super) async fn read_at_most<B>(body: B, limit: usize, host: &str) -> Result<Bytes, Unreached>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    match Limited::new(body, limit).collect().await {
        Ok(whole) => Ok(whole.to_bytes()),
        Err(source) if source.is::<LengthLimitError>() => {
            Err(Unreached::TooLong { host: host.to_owned(), limit })
        }
        Err(source) => Err(Unreached::BrokeOff { host: host.to_owned(), source }),
    }
}

pub(super) fn host_of(uri: &Uri) -> String {
    uri.host().unwrap_or_default().to_owned()
}

/// Whether nothing on the way can read along although the scheme is `http`.
pub(super) fn is_loopback(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
