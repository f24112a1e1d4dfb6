//! Twilio's signature: who holds the secret sent exactly this URL and exactly this form.
//!
//! Over raw bytes and the configured public URL; nothing is normalised, no header of a proxy is believed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::{Carrier, Form, Request};

/// Bytes of an HMAC-SHA1.
const LENGTH: usize = 20;

/// Whether `request` was signed with `secret` for the URL that `public_url` and the target make.
///
/// Takes the same time for a wrong signature as for a missing one.
pub fn genuine(request: &Request<'_>, public_url: &str, secret: &str) -> bool {
    if secret.is_empty() {
        return false;
    }
    let signature = request.signature.and_then(signature_bytes);
    let carrier = Carrier::of(request);
    let forms = match carrier {
        Carrier::Query(_) | Carrier::Json(_) => vec![Form::default()],
        Carrier::Form(body) => vec![sorted(Form::parse(body))],
        // Libraries differ on what is signed of another type. Nothing in such a body is ever read, so both will do.
        Carrier::Other(body) => vec![sorted(Form::parse(body)), Form::default()],
    };
    let spelling = Spelling::of(public_url, request.target);
    let key = keyed(secret);
    let wanted = signature.unwrap_or([0; LENGTH]);
    let matches = spelling.variants().any(|(port, escape)| {
        forms.iter().any(|form| {
            let mut mac = key.clone();
            spelling.feed(&mut mac, port, escape);
            append(&mut mac, form);
            mac.verify_slice(&wanted).is_ok()
        })
    });
    matches & signature.is_some() & body_is_signed(carrier, request.target)
}

/// The signature that Twilio sends with a request for the whole `url` with `form` as its body; a GET or a JSON
/// body adds nothing, so its form is empty.
pub fn sign(secret: &str, url: &str, form: &Form<'_>) -> String {
    let mut mac = keyed(secret);
    mac.update(url.as_bytes());
    append(&mut mac, &sorted(form.clone()));
    STANDARD.encode(mac.finalize().into_bytes())
}

fn keyed(secret: &str) -> Hmac<Sha1> {
    Hmac::new_from_slice(secret.as_bytes()).expect("an HMAC takes a key of any length")
}

fn signature_bytes(header: &str) -> Option<[u8; LENGTH]> {
    STANDARD.decode(header).ok()?.try_into().ok()
}

/// Keys in byte order, the values of one key without duplicates and sorted as well.
fn sorted(mut form: Form<'_>) -> Form<'_> {
    form.0.sort_unstable();
    form.0.dedup();
    form
}

fn append(mac: &mut Hmac<Sha1>, form: &Form<'_>) {
    for (key, value) in &form.0 {
        mac.update(key);
        mac.update(value);
    }
}

/// A JSON body is no part of the signed text; its hash in the signed query stands for it.
fn body_is_signed(carrier: Carrier<'_>, target: &str) -> bool {
    let Carrier::Json(body) = carrier else { return true };
    let query = Form::parse(target.split_once('?').map_or("", |(_, query)| query).as_bytes());
    let claimed = query.0.iter().find(|(key, _)| key.as_ref() == b"bodySHA256").map(|(_, hash)| hash);
    claimed.is_some_and(|hash| hash.eq_ignore_ascii_case(hex(&Sha256::digest(body)).as_bytes()))
}

/// Lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from(b"0123456789abcdef"[usize::from(nibble)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// The ways in which the signing side may have spelt one URL.
struct Spelling<'a> {
    /// Up to where a port stands or would stand.
    head: &'a str,
    /// `:1234`, or nothing.
    port: &'a str,
    /// Nothing where a port was given, the scheme's own where none was.
    other_port: &'static str,
    /// What of the public URL comes after the port.
    base: &'a str,
    /// The path of the request.
    path: &'a str,
    /// Its query with the `?`, or nothing.
    query: &'a str,
}

impl<'a> Spelling<'a> {
    fn of(public_url: &'a str, target: &'a str) -> Self {
        let (scheme, rest) = public_url.split_once("://").unwrap_or(("", public_url));
        let host_at = public_url.len() - rest.len();
        let end = rest.find(['/', '?', '#']).map_or(public_url.len(), |length| host_at + length);
        let authority = &public_url[host_at..end];
        // The last colon, unless it belongs to credentials or stands inside an IPv6 address.
        let port_length = match authority.rfind([':', ']', '@']) {
            Some(at) if authority.as_bytes()[at] == b':' => authority.len() - at,
            _ => 0,
        };
        let (head, tail) = public_url.split_at(end - port_length);
        let (port, base) = tail.split_at(port_length);
        let standard = if scheme.eq_ignore_ascii_case("http") { ":80" } else { ":443" };
        let (path, query) = target.split_at(target.find('?').unwrap_or(target.len()));
        Self { head, port, other_port: if port.is_empty() { standard } else { "" }, base, path, query }
    }

    /// Port, and whether an apostrophe in the query is written `%27`, which Twilio's Node library does. The likeliest
    /// first: almost every request is genuine and needs one HMAC only.
    fn variants(&self) -> impl Iterator<Item = (&'a str, bool)> + use<'a> {
        let ports = [self.port, self.other_port];
        let escapes: &[bool] = if self.query.contains('\'') { &[false, true] } else { &[false] };
        escapes.iter().flat_map(move |escape| ports.map(|port| (port, *escape)))
    }

    fn feed(&self, mac: &mut Hmac<Sha1>, port: &str, escape: bool) {
        for part in [self.head, port, self.base, self.path] {
            mac.update(part.as_bytes());
        }
        if !escape {
            mac.update(self.query.as_bytes());
            return;
        }
        for (index, part) in self.query.split('\'').enumerate() {
            if index > 0 {
                mac.update(b"%27");
            }
            mac.update(part.as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_cut_at_its_port() {
        let cut = |url| {
            let spelling = Spelling::of(url, "/voice?a=1");
            (
                spelling.head.to_owned(),
                spelling.port.to_owned(),
                spelling.other_port,
                spelling.base.to_owned(),
            )
        };
        let parts = |head: &str, port: &str, other, base: &str| {
            (head.to_owned(), port.to_owned(), other, base.to_owned())
        };
        assert_eq!(cut("https://a.example"), parts("https://a.example", "", ":443", ""));
        assert_eq!(cut("HTTP://a.example/x"), parts("HTTP://a.example", "", ":80", "/x"));
        assert_eq!(cut("https://a.example:8443/x"), parts("https://a.example", ":8443", "", "/x"));
        assert_eq!(cut("https://u:p@a.example"), parts("https://u:p@a.example", "", ":443", ""));
        assert_eq!(cut("https://u:p@a.example:1"), parts("https://u:p@a.example", ":1", "", ""));
        assert_eq!(cut("https://[2001:db8::1]"), parts("https://[2001:db8::1]", "", ":443", ""));
        assert_eq!(cut("https://[2001:db8::1]:1"), parts("https://[2001:db8::1]", ":1", "", ""));
    }

    #[test]
    fn without_a_secret_nothing_is_genuine() {
        let form = Form::default();
        let signature = sign("", "https://a.example/voice", &form);
        let request = Request {
            is_get: true,
            target: "/voice",
            content_type: None,
            signature: Some(&signature),
            body: b"",
        };
        assert!(!genuine(&request, "https://a.example", ""));
    }
}
