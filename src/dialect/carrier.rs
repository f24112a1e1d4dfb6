//! Where in a request the parameters stand.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;

use super::{Form, Malformed, Request};

/// More parameters than any provider sends.
const MOST_PARAMETERS: usize = 256;

/// What carries the parameters of a request.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Carrier<'a> {
    /// The query: a GET, or nothing in the body.
    Query(&'a str),
    /// A form as the body.
    Form(&'a [u8]),
    /// A JSON object as the body.
    Json(&'a [u8]),
    /// A body of a type that we do not read.
    Other(&'a [u8]),
}

impl<'a> Carrier<'a> {
    pub(super) fn of(request: &Request<'a>) -> Self {
        if request.is_get || request.body.is_empty() {
            return Self::Query(request.target.split_once('?').map_or("", |(_, query)| query));
        }
        let kind = request.content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
        if kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Self::Form(request.body);
        }
        if kind.eq_ignore_ascii_case("application/json") {
            return Self::Json(request.body);
        }
        Self::Other(request.body)
    }

    /// The parameters, read by the same parser whose result is signed.
    pub(super) fn form(self) -> Result<Form<'a>, Malformed> {
        let form = self.form_of_any_length()?;
        if form.0.len() > MOST_PARAMETERS {
            return Err(Malformed::TooManyParameters);
        }
        Ok(form)
    }

    pub(super) fn form_of_any_length(self) -> Result<Form<'a>, Malformed> {
        match self {
            Self::Query(query) => Ok(Form::parse(query.as_bytes())),
            Self::Form(body) => Ok(Form::parse(body)),
            Self::Json(body) => members(body).ok_or(Malformed::NotAForm),
            Self::Other(_) => Err(Malformed::NotAForm),
        }
    }
}

/// The texts and numbers of a JSON object; both of two members of one name, so that a doubled one is noticed.
fn members(body: &[u8]) -> Option<Form<'static>> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    let form = reader.deserialize_map(Members).ok()?;
    reader.end().ok()?;
    Some(form)
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Form<'static>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut form = Form::default();
        while let Some((key, value)) = map.next_entry::<String, Value>()? {
            let text = match value {
                Value::String(text) => text,
                Value::Number(number) => number.to_string(),
                Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => continue,
            };
            form.0.push((Cow::Owned(key.into_bytes()), Cow::Owned(text.into_bytes())));
        }
        Ok(form)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request<'a>(content_type: Option<&'a str>, body: &'a [u8]) -> Request<'a> {
        Request { is_get: false, target: "/twilio/voice?From=query", content_type, signature: None, body }
    }

    fn from(request: &Request<'_>) -> Result<Option<String>, Malformed> {
        let form = Carrier::of(request).form()?;
        form.text("From").map(|text| text.map(Cow::into_owned))
    }

    #[test]
    fn parameters_are_read_from_query_form_or_json() {
        let form = Some("application/x-www-form-urlencoded; charset=utf-8");
        assert_eq!(from(&request(form, b"From=body")), Ok(Some("body".into())));
        assert_eq!(
            from(&request(Some("Application/JSON"), br#"{"From":"json","n":1}"#)),
            Ok(Some("json".into()))
        );
        assert_eq!(from(&request(None, b"")), Ok(Some("query".into())));
        assert_eq!(from(&Request { is_get: true, ..request(form, b"From=body") }), Ok(Some("query".into())));
    }

    #[test]
    fn a_body_of_another_type_is_not_read() {
        for kind in [None, Some(""), Some("text/plain"), Some("multipart/form-data; boundary=x")] {
            assert_eq!(from(&request(kind, b"From=body")), Err(Malformed::NotAForm), "{kind:?}");
        }
        for body in ["", "[]", "1", "{", "{\"From\":\"a\"} x"].map(|body| format!(" {body}")) {
            assert_eq!(
                from(&request(Some("application/json"), body.as_bytes())),
                Err(Malformed::NotAForm),
                "{body}"
            );
        }
    }

    #[test]
    fn a_doubled_member_is_noticed() {
        let body = br#"{"From":"a","From":"b"}"#;
        assert_eq!(from(&request(Some("application/json"), body)), Err(Malformed::Doubled("From")));
    }

    #[test]
    fn nobody_sends_that_many_parameters() {
        let form = |count: usize| vec!["a=1"; count].join("&");
        let kind = Some("application/x-www-form-urlencoded");
        assert_eq!(from(&request(kind, form(256).as_bytes())), Ok(None));
        assert_eq!(from(&request(kind, form(257).as_bytes())), Err(Malformed::TooManyParameters));
    }
}
