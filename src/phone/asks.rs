//! What a call asks of the server, and what it tells it: links followed, parameters filled in, answers judged.

use std::time::Duration;

use crate::flow::AudioFile;

use super::call::{Call, Next};
use super::document::{Document, Link};
use super::heard::{Purpose, Sent};
use super::trouble::{Fault, Trouble};
use super::wire::{Request, Response};

/// A call that runs through more documents goes round in circles.
const MOST_DOCUMENTS: usize = 60;

pub(super) type Params = Vec<(String, String)>;

/// A document to ask for.
pub(super) struct Ask {
    pub(super) target: String,
    pub(super) get: bool,
    /// What comes on top of the call's own parameters.
    pub(super) extra: Params,
}

/// One parameter.
pub(super) fn param(key: &str, value: impl ToString) -> (String, String) {
    (key.to_owned(), value.to_string())
}

/// The parameters that say which leg this is and who is on it.
pub(super) fn party(account: &str, leg: &str, from: &str, to: &str) -> Params {
    let pairs = [
        ("AccountSid", account),
        ("ApiVersion", "2010-04-01"),
        ("CallSid", leg),
        ("Called", to),
        ("Caller", from),
        ("From", from),
        ("To", to),
    ];
    pairs.into_iter().map(|(key, value)| param(key, value)).collect()
}

impl Call<'_> {
    /// Goes where a link of the caller's document leads.
    pub(super) fn follow(&self, link: &Link, here: &str, extra: Params) -> Next {
        match self.resolve(link, here) {
            Ok(target) => Next::Ask(Ask { target, get: link.get, extra }),
            Err(trouble) => Next::Failed(trouble),
        }
    }

    /// Tells where a link leads when the caller is gone: the answer is judged, and steers nothing.
    pub(super) async fn tell(&mut self, link: &Link, here: &str, extra: Params) {
        let asked = match self.resolve(link, here) {
            Ok(target) => {
                self.caller_document(Purpose::Turn, Ask { target, get: link.get, extra }).await.err()
            }
            Err(trouble) => Some(trouble),
        };
        self.heard.troubles.extend(asked);
    }

    /// Path and query of a link in the document at `here`.
    pub(super) fn resolve(&self, link: &Link, here: &str) -> Result<String, Trouble> {
        let Some(url) = &link.url else { return Ok(here.to_owned()) };
        let url = url.split('#').next().unwrap_or_default();
        let ours = url.strip_prefix(&self.exchange.public_url).filter(|rest| rest.starts_with(['/', '?']));
        match ours {
            Some(target) => Ok(target.to_owned()),
            None if url.starts_with("//") || url.contains("://") => {
                let url = url.to_owned();
                Err(Trouble { url: self.public(here), fault: Fault::BadUrl(url) })
            }
            None if url.starts_with('/') => Ok(url.to_owned()),
            None => {
                let path = here.split('?').next().unwrap_or_default();
                let folder = path.rfind('/').map_or("", |end| &path[..=end]);
                Ok(format!("{folder}{url}"))
            }
        }
    }

    fn public(&self, target: &str) -> String {
        format!("{}{target}", self.exchange.public_url)
    }

    pub(super) fn caller_params(&self, status: &str) -> Params {
        let script = &self.script;
        let mut params = party(&self.exchange.account, &self.heard.call, &script.from, &script.to);
        params.push(param("CallStatus", status));
        params.push(param("Direction", "inbound"));
        if let Some(name) = &script.caller_name {
            params.push(param("CallerName", name));
        }
        if let Some(verstat) = &script.verstat {
            params.push(param("StirVerstat", verstat));
        }
        if let Some(phone) = &script.forwarded_from {
            params.push(param("ForwardedFrom", phone));
        }
        if script.from.starts_with("+1") {
            let places = ["FromCity", "CallerCity"].map(|key| param(key, "NEWARK"));
            let countries = ["FromCountry", "CallerCountry"].map(|key| param(key, "US"));
            params.extend(places.into_iter().chain(countries));
        }
        params
    }

    pub(super) async fn caller_document(&mut self, purpose: Purpose, ask: Ask) -> Result<Document, Trouble> {
        let status = match self.answered_at {
            _ if self.gone => "completed",
            None => "ringing",
            Some(_) => "in-progress",
        };
        let params = [self.caller_params(status), ask.extra].concat();
        self.document(purpose, request(ask.target, ask.get, params)).await
    }

    /// Asks for a document and reads it strictly.
    pub(super) async fn document(&mut self, purpose: Purpose, request: Request) -> Result<Document, Trouble> {
        let url = self.public(request.target.split('?').next().unwrap_or_default());
        self.documents += 1;
        if self.documents > MOST_DOCUMENTS {
            return Err(Trouble { url, fault: Fault::Circles(MOST_DOCUMENTS) });
        }
        let here = request.target.clone();
        let answer = self.send(purpose, request).await;
        let document = answer.and_then(|response| read(&response));
        let document = document.map_err(|fault| Trouble { url, fault })?;
        for file in document.files() {
            match self.fetch(file, &here).await {
                Ok(length) => drop(self.hearing.files.insert(file.to_owned(), length)),
                Err(trouble) => self.heard.troubles.push(trouble),
            }
        }
        Ok(document)
    }

    /// Fetches a file to play and says how long it lasts; without it the caller hears nothing in its place.
    async fn fetch(&self, url: &str, here: &str) -> Result<Duration, Trouble> {
        let target = self.resolve(&Link { url: Some(url.to_owned()), get: true }, here)?;
        let answer = self.exchange.send(&Request { get: true, target, params: Params::new() }).await;
        let fault = match answer {
            Ok(response) if response.status != 200 => Fault::Status(response.status),
            Ok(Response { content_type: Some(kind), body, .. }) if kind.starts_with("audio/") => {
                let name = if kind == "audio/mpeg" { "it.mp3" } else { "it.wav" };
                match AudioFile::of(name, &body).length {
                    Ok(length) => return Ok(length),
                    Err(bad) => Fault::Unplayable(bad.to_string()),
                }
            }
            Ok(response) => Fault::ContentType(response.content_type),
            Err(fault) => fault,
        };
        Err(Trouble { url: url.to_owned(), fault })
    }

    async fn send(&mut self, purpose: Purpose, request: Request) -> Result<Response, Fault> {
        if let Some(before) = &self.exchange.before_each {
            before(self.heard.sent.len()).await;
        }
        let answer = self.exchange.send(&request).await;
        self.heard.sent.push(Sent { at: self.at, purpose, request, answer: answer.clone() });
        answer
    }

    /// Sends a report; whatever is wrong with its answer goes to the troubles.
    pub(super) async fn report(&mut self, link: &Link, params: Params, here: &str) {
        let target = match self.resolve(link, here) {
            Ok(target) => target,
            Err(trouble) => return self.heard.troubles.push(trouble),
        };
        let url = self.public(target.split('?').next().unwrap_or_default());
        let fault = match self.send(Purpose::Report, request(target, link.get, params)).await {
            Ok(response) if !matches!(response.status, 200 | 204) => Fault::Status(response.status),
            Ok(response) if response.body.is_empty() => return,
            Ok(response) => match read(&response) {
                Ok(Document(verbs)) if verbs.is_empty() => return,
                Ok(_) => Fault::ReportAnswered,
                Err(fault) => fault,
            },
            Err(fault) => fault,
        };
        self.heard.troubles.push(Trouble { url, fault });
    }

    pub(super) async fn send_reports(&mut self) {
        for (link, params, here) in std::mem::take(&mut self.reports) {
            if !self.exchange.quirks.recording_report_late {
                self.report(&link, params, &here).await;
                continue;
            }
            match self.resolve(&link, &here) {
                Ok(target) => self.heard.late.push(request(target, link.get, params)),
                Err(trouble) => self.heard.troubles.push(trouble),
            }
        }
    }

    /// The provider's name for this moment.
    pub(super) fn timestamp(&self) -> String {
        self.exchange.clock.now().strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
    }
}

pub(super) fn request(target: String, get: bool, params: Params) -> Request {
    if get { Request::get(&target, &params) } else { Request::post(target, params) }
}

fn read(response: &Response) -> Result<Document, Fault> {
    if response.status != 200 {
        return Err(Fault::Status(response.status));
    }
    let kind = response.content_type.as_deref().and_then(|header| header.split(';').next()).map(str::trim);
    if !matches!(kind, Some("text/xml" | "application/xml")) {
        return Err(Fault::ContentType(response.content_type.clone()));
    }
    Document::read(&response.body)
}
