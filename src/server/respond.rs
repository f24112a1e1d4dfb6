//! One request and its response.

use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{
    ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_NONE_MATCH,
    RETRY_AFTER,
};
use hyper::http::request::Parts;
use hyper::{Method, Response, StatusCode};
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

use super::body::{self, Unread};
use super::last_word;
use super::place::{Place, steers};
use super::seat::Seat;
use super::{Answer, Answers, Fault, Limits, Live, MalformedRequest, Unanswered};
use crate::caught::{Panicked, caught};
use crate::causes::with_causes;
use crate::clock::Clock;
use crate::dialect::{Malformed, Parties, Request, Route, Webhook, twilio};
use crate::fail_point::fail_point;
use crate::settings::OnBadSignature;
use crate::trouble::Trouble;

const SIGNATURE: HeaderName = HeaderName::from_static("x-twilio-signature");
const XML: HeaderValue = HeaderValue::from_static("text/xml; charset=utf-8");
const PLAIN: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const KEPT_OF_A_BODY: usize = 1024;

type Reply = Response<Full<Bytes>>;

/// Where requests are answered.
pub(super) struct Desk<A> {
    answers: Arc<A>,
    limits: Limits,
    big_bodies: Semaphore,
    reports: Semaphore,
    shed: AtomicU64,
    answering: Trouble,
}

/// A request that may be anybody's.
struct Arrival<'a> {
    head: &'a Parts,
    body: Incoming,
    seat: &'a Seat,
}

/// A request that carries the provider's signature, or comes in where none is asked for.
struct Genuine<'a> {
    request: Request<'a>,
    route: Option<&'a Route>,
    live: &'a Live,
    /// Its time runs since then.
    read_at: Instant,
}

/// Why there is no answer in time.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Unanswered(#[from] Unanswered),
    #[error("no answer in time")]
    TooSlow,
    #[error("the answer panicked")]
    Panicked,
    #[error("the route steers the call, and the answer was empty")]
    Empty,
}

impl<A: Answers> Desk<A> {
    pub(super) fn new(answers: Arc<A>, limits: Limits) -> Self {
        let [big_bodies, reports] = [limits.big_bodies, limits.reports].map(Semaphore::new);
        let answering = Trouble::new(
            "callers hear the safe reply, because there is no answer for them in time",
            "callers are answered in time again",
            Clock::system(),
        );
        Self { answers, limits, big_bodies, reports, shed: AtomicU64::new(0), answering }
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(super) async fn respond(&self, request: hyper::Request<Incoming>, seat: &Seat) -> Reply {
        let (head, body) = request.into_parts();
        if !matches!(head.method, Method::GET | Method::HEAD | Method::POST) {
            return not_allowed();
        }
        let live = self.answers.live();
        let route = match Place::find(head.uri.path(), live.path_secret.as_deref()) {
            Place::Health => return plain(StatusCode::OK, "ok\n"),
            Place::Audio(name) => return audio(&live, name, &head.headers),
            Place::Provider(route) => Some(route),
            Place::NoRoute if live.insecure => None,
            Place::Elsewhere if live.insecure => return not_found(),
            Place::NoRoute | Place::Elsewhere => None,
        };
        let may_steer = route.as_ref().is_none_or(steers);
        let arrival = Arrival { head: &head, body, seat };
        if let Ok(reply) = caught(self.hear_out(&live, route.as_ref(), arrival)).await {
            return reply;
        }
        // Nobody knows whether it was genuine, so nothing of it may be stored.
        last_word::say(route.as_ref(), self.answers.now());
        if may_steer {
            return xml(live.safe.unbelieved());
        }
        not_understood()
    }

    async fn hear_out(&self, live: &Live, route: Option<&Route>, arrival: Arrival<'_>) -> Reply {
        let Arrival { head, body, seat } = arrival;
        let signature = only(&head.headers, &SIGNATURE);
        let may_be_genuine = live.insecure || signature.is_some();
        let may_be_long = may_be_genuine && route.is_some_and(steers);
        let limit = if may_be_long { body::AT_MOST } else { body::USUAL };
        if !may_be_genuine {
            return if is_longer(&body, limit) { too_long() } else { self.turn_away(route, live) };
        }
        let is_report = route.is_some_and(|route| !steers(route));
        if is_report && self.reports.available_permits() == 0 {
            return self.shed();
        }
        let body = match head.method == Method::POST {
            false => Bytes::new(),
            true => match body::read(body, limit, self.limits.body, &self.big_bodies).await {
                Ok(body) => body,
                Err(Unread::TooLong) => return too_long(),
                Err(Unread::TooSlow) => {
                    return closing(StatusCode::REQUEST_TIMEOUT, "the body did not come in time\n");
                }
                Err(Unread::BrokenOff) => return closing(StatusCode::BAD_REQUEST, "the body broke off\n"),
            },
        };

        let read_at = Instant::now();
        fail_point!("door.verify");
        let target = head.uri.path_and_query().map_or("/", |target| target.as_str());
        let content_type = head.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let is_get = head.method != Method::POST;
        let request = Request { is_get, target, content_type, signature, body: &body };
        let is_genuine = live.insecure
            || live
                .signing_key
                .as_ref()
                .is_some_and(|key| twilio::genuine(&request, &live.public_url, key.reveal()));
        if !is_genuine {
            return self.turn_away(route, live);
        }
        seat.trust();
        let _room = match is_report.then(|| self.reports.try_acquire()) {
            Some(Err(_)) => return self.shed(),
            room => room,
        };
        self.hear(Genuine { request, route, live, read_at }).await
    }

    /// Too many reports at once, and callers come first. What is refused here is not lost for good: calls of which no
    /// end is heard are asked about and swept. The provider takes this for a failed report and goes on with the call.
    fn shed(&self) -> Reply {
        let count = self.shed.fetch_add(1, Relaxed) + 1;
        if count.is_power_of_two() {
            tracing::warn!(
                requests = count,
                "reports of the provider were refused, because too many came at once"
            );
        }
        let mut response = closing(StatusCode::SERVICE_UNAVAILABLE, "too many reports at once\n");
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("5"));
        response
    }

    /// A genuine request: whatever happens, the answer is a good one.
    async fn hear(&self, genuine: Genuine<'_>) -> Reply {
        let understood = catch_unwind(AssertUnwindSafe(|| self.understand(&genuine)));
        match understood.unwrap_or(Err(Fault::Bug)) {
            Ok(webhook) if is_anothers(genuine.live, &webhook.parties.call.account) => forbidden(),
            Ok(webhook) => self.answer(&genuine, webhook).await,
            Err(fault) => self.keep(&genuine, fault).await,
        }
    }

    fn understand(&self, genuine: &Genuine<'_>) -> Result<Webhook, Fault> {
        fail_point!("door.read");
        let route = genuine.route.ok_or(Malformed::NoSuchUrl)?;
        if genuine.request.body.len() > body::USUAL {
            return Err(Fault::TooLong(genuine.request.body.len()));
        }
        Ok(twilio::read(&genuine.request, route, self.answers.now())?)
    }

    async fn answer(&self, genuine: &Genuine<'_>, webhook: Webhook) -> Reply {
        let Webhook { parties, news, .. } = &webhook;
        let safe = genuine.live.safe.fitting(genuine.route, Some(parties), Some(news));
        let failure =
            match (self.in_time(genuine.read_at, self.answers.answer(genuine.read_at, webhook)).await, &safe)
            {
                (Ok(Answer::Document(document)), _) => {
                    self.answering.is_over();
                    return xml(document);
                }
                (Ok(Answer::Safe), _) | (Ok(Answer::Nothing), None) => return document_or_nothing(safe),
                (Ok(Answer::Nothing), Some(_)) => Failure::Empty,
                (Err(failure), _) => failure,
            };
        match failure {
            Failure::TooSlow => self.answering.is_met(with_causes(&failure)),
            Failure::Unanswered(_) | Failure::Panicked | Failure::Empty => {
                report(genuine, &failure, "a genuine request was answered with the safe reply");
            }
        }
        document_or_nothing(safe)
    }

    async fn keep(&self, genuine: &Genuine<'_>, why: Fault) -> Reply {
        let request = &genuine.request;
        let is_readable = request.body.len() <= body::USUAL;
        // What kept it from being read may keep its call from being found.
        let parties = match is_readable.then(|| catch_unwind(AssertUnwindSafe(|| call_in(request)))) {
            Some(Ok(parties)) => parties,
            Some(Err(_)) => {
                last_word::say(genuine.route, self.answers.now());
                None
            }
            None => None,
        };
        if parties.as_ref().is_some_and(|parties| is_anothers(genuine.live, &parties.call.account)) {
            return forbidden();
        }
        report(genuine, &why, "a genuine request was not understood");
        let safe = genuine.live.safe.fitting(genuine.route, parties.as_ref(), None);
        // What we could not read of a report is with the provider still, and a good answer would say that we have it.
        let is_report_unread = why == Fault::Bug && safe.is_none();
        let malformed = MalformedRequest {
            fingerprint: twilio::fingerprint(request),
            at: self.answers.now(),
            path: path_of(request.target).to_owned(),
            route: genuine.route.cloned(),
            parties,
            why,
            body_start: request.body[..request.body.len().min(KEPT_OF_A_BODY)].to_vec(),
        };
        // Four megabytes take long to be checked; that is not taken from the time for storing.
        let read_at = if request.body.len() > body::USUAL { Instant::now() } else { genuine.read_at };
        if let Err(failure) = self.in_time(read_at, self.answers.keep_malformed(read_at, malformed)).await {
            report(genuine, &failure, "a genuine request that was not understood could not be kept");
        }
        if is_report_unread { not_understood() } else { document_or_nothing(safe) }
    }

    /// The outcome of `work`, unless it panics or takes too long.
    async fn in_time<T>(
        &self,
        read_at: Instant,
        work: impl Future<Output = Result<T, Unanswered>>,
    ) -> Result<T, Failure> {
        match timeout_at(read_at + self.limits.answer, caught(work)).await {
            Ok(Ok(outcome)) => Ok(outcome?),
            Ok(Err(Panicked)) => Err(Failure::Panicked),
            Err(_) => Err(Failure::TooSlow),
        }
    }

    /// Not genuine: nothing is stored, and nothing of it is repeated.
    fn turn_away(&self, route: Option<&Route>, live: &Live) -> Reply {
        let Some(route) = route else { return not_found() };
        let count = self.answers.note_turned_away();
        // Each doubling, so that a flood of strangers does not become a flood of lines.
        if count.is_power_of_two() {
            tracing::warn!(requests = count, "requests without a right signature were turned away");
        }
        match live.on_bad_signature {
            OnBadSignature::Apologise if steers(route) => xml(live.safe.unbelieved()),
            OnBadSignature::Apologise | OnBadSignature::Reject => forbidden(),
        }
    }
}

/// The header's value, if it stands there exactly once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    if values.next().is_some() {
        return None;
    }
    value.to_str().ok()
}

fn is_longer(body: &Incoming, limit: usize) -> bool {
    hyper::body::Body::size_hint(body).lower() > limit as u64
}

/// Whether the request names an account, and not ours.
fn is_anothers(live: &Live, account: &str) -> bool {
    !account.is_empty() && live.account_sid.as_deref().is_some_and(|ours| ours != account)
}

fn call_in(request: &Request<'_>) -> Option<Parties> {
    fail_point!("door.call-in");
    twilio::call_in(request)
}

fn path_of(target: &str) -> &str {
    target.split('?').next().unwrap_or(target)
}

/// One line with the whole chain; a route holds no number and no secret.
fn report(genuine: &Genuine<'_>, error: &dyn Error, message: &'static str) {
    let route = genuine.route.map_or_else(|| "unknown".to_owned(), Route::to_string);
    tracing::error!(route = %route, error = %with_causes(error), "{message}");
}

/// A file by its hash, which is also its mark: what is kept of it anywhere is good for ever.
fn audio(live: &Live, name: &str, headers: &HeaderMap) -> Reply {
    let Some(audio) = live.audio.get(name) else { return not_found() };
    let mark = format!("\"{name}\"");
    let is_known =
        only(headers, &IF_NONE_MATCH).is_some_and(|known| known.split(',').any(|one| one.trim() == mark));
    let mut response = Response::new(Full::default());
    if is_known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    } else {
        *response.body_mut() = Full::new(audio.bytes.clone());
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(audio.content_type));
    }
    response.headers_mut().insert(CACHE_CONTROL, FOR_EVER);
    if let Ok(mark) = HeaderValue::from_str(&mark) {
        response.headers_mut().insert(ETAG, mark);
    }
    response
}

fn xml(document: Bytes) -> Reply {
    let mut response = Response::new(Full::new(document));
    response.headers_mut().insert(CONTENT_TYPE, XML);
    response
}

fn document_or_nothing(document: Option<Bytes>) -> Reply {
    if let Some(document) = document {
        return xml(document);
    }
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

fn plain(status: StatusCode, text: &'static str) -> Reply {
    let mut response = Response::new(Full::new(Bytes::from_static(text.as_bytes())));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, PLAIN);
    response
}

/// Of a body that was not read to its end, the rest would be taken for the next request.
fn closing(status: StatusCode, text: &'static str) -> Reply {
    let mut response = plain(status, text);
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

fn not_understood() -> Reply {
    closing(StatusCode::INTERNAL_SERVER_ERROR, "this was not understood\n")
}

fn too_long() -> Reply {
    closing(StatusCode::PAYLOAD_TOO_LARGE, "the body is too long\n")
}

fn forbidden() -> Reply {
    plain(StatusCode::FORBIDDEN, "forbidden\n")
}

fn not_found() -> Reply {
    plain(StatusCode::NOT_FOUND, "nothing here\n")
}

fn not_allowed() -> Reply {
    let mut response = plain(StatusCode::METHOD_NOT_ALLOWED, "GET, HEAD or POST\n");
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD, POST"));
    response
}
