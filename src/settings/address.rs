//! The two kinds of address that settings hold: ours, which the provider calls, and one that we tell about missed calls.

use std::net::{IpAddr, Ipv6Addr};

/// Text that is no address we can use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    /// Neither https nor http.
    #[error("an address begins with `https://`")]
    NotHttps,
    /// http to another machine, where everybody on the way can read along.
    #[error("an address on another machine begins with `https://`, not `http://`")]
    InClear,
    /// Nothing, or nonsense, where the host should be.
    #[error("`{0}` is not a host name")]
    BadHost(String),
    /// Text after the host where none can be.
    #[error("the address ends after the host, without `{0}`")]
    Path(String),
    /// Blanks or control characters.
    #[error("an address has no blanks in it")]
    Blank,
}

/// Reads the address under which the provider reaches us: scheme, host and perhaps a port, its letters as written,
/// without `/` at the end.
pub(super) fn public_url(text: &str) -> Result<String, BadAddress> {
    let text = text.trim();
    let (origin, rest) = split(text)?;
    match rest.trim_end_matches('/') {
        "" => Ok(origin.to_owned()),
        rest => Err(BadAddress::Path(rest.to_owned())),
    }
}

/// Reads the address of a webhook that is told about missed calls; path and query are its owner's business.
pub(super) fn webhook(text: &str) -> Result<String, BadAddress> {
    let text = text.trim();
    split(text).map(|_| text.to_owned())
}

/// Splits an address that is safe to use into scheme with host, and the rest.
fn split(text: &str) -> Result<(&str, &str), BadAddress> {
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(BadAddress::Blank);
    }
    let (scheme, after) = text.split_once("://").ok_or(BadAddress::NotHttps)?;
    let end = after.find(['/', '?', '#']).unwrap_or(after.len());
    let (authority, rest) = after.split_at(end);
    let host = host(authority).ok_or_else(|| BadAddress::BadHost(authority.to_owned()))?;
    let secure = match scheme.to_ascii_lowercase().as_str() {
        "https" => true,
        "http" => false,
        _ => return Err(BadAddress::NotHttps),
    };
    if !secure && !is_loopback(host) {
        return Err(BadAddress::InClear);
    }
    Ok((&text[..text.len() - rest.len()], rest))
}

/// The host of `host` or `host:port`; nothing when either is not one.
fn host(authority: &str) -> Option<&str> {
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        Some(_) | None => (authority, None),
    };
    let port_fits = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
    let is_v6 = |host: &str| {
        let inner = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        inner.is_some_and(|inner| inner.parse::<Ipv6Addr>().is_ok())
    };
    let is_name = |host: &str| {
        let labels = |label: &str| {
            let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
            !label.is_empty() && label.bytes().all(plain)
        };
        host.strip_suffix('.').unwrap_or(host).split('.').all(labels)
    };
    (port_fits && (is_v6(host) || is_name(host))).then_some(host)
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_address_is_kept_as_it_is_written_but_for_the_slash() {
        let cases = [
            ("https://phone.example.com", "https://phone.example.com"),
            ("https://Phone.Example.com/", "https://Phone.Example.com"),
            ("https://phone.example.com:8443", "https://phone.example.com:8443"),
            (" https://phone.example.com// ", "https://phone.example.com"),
            ("http://localhost:8080", "http://localhost:8080"),
            ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
            ("http://[::1]:8080", "http://[::1]:8080"),
            ("https://[::1]", "https://[::1]"),
        ];
        for (text, kept) in cases {
            assert_eq!(public_url(text).as_deref(), Ok(kept), "{text}");
        }
    }

    #[test]
    fn what_a_provider_could_not_call_is_refused() {
        let bad_host = |host: &str| BadAddress::BadHost(host.to_owned());
        let cases = [
            ("", BadAddress::NotHttps),
            ("phone.example.com", BadAddress::NotHttps),
            ("ftp://phone.example.com", BadAddress::NotHttps),
            ("http://phone.example.com", BadAddress::InClear),
            ("http://127.0.0.1.example.com", BadAddress::InClear),
            ("https://", bad_host("")),
            ("https://:8080", bad_host(":8080")),
            ("https://ana@example.com", bad_host("ana@example.com")),
            ("https://example.com:http", bad_host("example.com:http")),
            ("https://example.com:0", bad_host("example.com:0")),
            ("https://example..com", bad_host("example..com")),
            ("https://example.com/phone", BadAddress::Path("/phone".to_owned())),
            ("https://example.com/?a=1", BadAddress::Path("/?a=1".to_owned())),
            ("https://example.com#a", BadAddress::Path("#a".to_owned())),
            ("https://exam ple.com", BadAddress::Blank),
        ];
        for (text, error) in cases {
            assert_eq!(public_url(text), Err(error), "{text}");
        }
    }

    #[test]
    fn a_webhook_may_have_a_path_but_goes_in_clear_to_this_machine_only() {
        assert!(webhook("https://push.example.com/topic?a=1").is_ok());
        assert!(webhook("http://127.0.0.1:9/topic").is_ok());
        assert_eq!(webhook("http://push.example.com/topic"), Err(BadAddress::InClear));
    }
}
