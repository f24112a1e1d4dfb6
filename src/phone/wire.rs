//! Requests as the provider sends them: signed over the public URL, sent to where the server listens.

use std::borrow::Cow;
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, USER_AGENT};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::Exchange;
use super::trouble::Fault;
use crate::causes::with_causes;
use crate::dialect::{self, Form};

/// The provider's hard limit for one request, in real time.
const PATIENCE: Duration = Duration::from_secs(15);
/// More than the largest document, so that its size can be told.
const MOST_BYTES: usize = 8 * 1024 * 1024;
/// What a form leaves as it is.
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'*');

pub(super) type HttpClient = Client<HttpConnector, Full<Bytes>>;

/// One request, which can be sent again as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// GET, with everything in the target; otherwise POST.
    pub get: bool,
    /// Path and query.
    pub target: String,
    /// The form of a POST.
    pub params: Vec<(String, String)>,
}

/// The server's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The header.
    pub content_type: Option<String>,
    /// The body.
    pub body: Bytes,
}

impl Request {
    /// A POST with these parameters.
    pub fn post(target: impl Into<String>, params: Vec<(String, String)>) -> Self {
        Self { get: false, target: target.into(), params }
    }

    /// A GET with these parameters in the query.
    pub fn get(target: &str, params: &[(String, String)]) -> Self {
        let joint = if target.contains('?') { '&' } else { '?' };
        Self { get: true, target: format!("{target}{joint}{}", encode(params)), params: Vec::new() }
    }
}

impl Response {
    /// The body as text, for people.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

pub(super) fn http_client() -> HttpClient {
    Client::builder(TokioExecutor::new()).build_http()
}

impl Exchange {
    /// Sends one request, signed; nothing is read into the answer. Safe to call many times at once.
    pub async fn send(&self, request: &Request) -> Result<Response, Fault> {
        let public = format!("{}{}", self.public_url, request.target);
        let bad_url = |_| Fault::BadUrl(public.clone());
        let mut builder = hyper::Request::builder()
            .method(if request.get { "GET" } else { "POST" })
            .uri(format!("{}{}", self.base_url, request.target))
            .header(USER_AGENT, "TwilioProxy/1.1");
        if let Some(secret) = &self.secret {
            builder = builder.header("X-Twilio-Signature", signature(secret, &public, &request.params));
        }
        if !request.get {
            builder = builder.header(CONTENT_TYPE, "application/x-www-form-urlencoded; charset=UTF-8");
        }
        let request = builder.body(Full::from(encode(&request.params))).map_err(bad_url)?;
        let answer = tokio::time::timeout(PATIENCE, self.exchange(request));
        answer.await.unwrap_or(Err(Fault::TooSlow))
    }

    /// Sends a signed POST with these parameters to a path of the server.
    pub async fn request(&self, path: &str, params: &[(&str, &str)]) -> Result<Response, Fault> {
        let params = params.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        self.send(&Request::post(path, params)).await
    }

    async fn exchange(&self, request: hyper::Request<Full<Bytes>>) -> Result<Response, Fault> {
        let (head, body) = self.client.request(request).await.map_err(|e| no_answer(&e))?.into_parts();
        let body = Limited::new(body, MOST_BYTES).collect().await.map_err(|e| no_answer(&*e))?;
        let content_type = head.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        Ok(Response {
            status: head.status.as_u16(),
            content_type: content_type.map(str::to_owned),
            body: body.to_bytes(),
        })
    }
}

fn no_answer(error: &(dyn std::error::Error + 'static)) -> Fault {
    Fault::NoAnswer(with_causes(error))
}

fn encode(params: &[(String, String)]) -> String {
    let pair = |(key, value): &(String, String)| {
        format!("{}={}", utf8_percent_encode(key, FORM), utf8_percent_encode(value, FORM))
    };
    params.iter().map(pair).collect::<Vec<_>>().join("&")
}

fn signature(secret: &str, url: &str, params: &[(String, String)]) -> String {
    let pair = |(key, value): &'_ (String, String)| {
        (Cow::Owned(key.clone().into_bytes()), Cow::Owned(value.clone().into_bytes()))
    };
    let form = Form(params.iter().map(pair).collect());
    dialect::twilio::sign(secret, url, &form)
}
