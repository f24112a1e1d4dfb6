//! Form and query parameters, as bytes: the signature is over bytes, so they are kept until somebody reads them.

use std::borrow::Cow;

use percent_encoding::percent_decode;

use super::Malformed;

/// Parameters in the order of the request, percent-decoded, not yet read as text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form<'a>(pub Vec<Pair<'a>>);

/// A name and a value.
type Pair<'a> = (Cow<'a, [u8]>, Cow<'a, [u8]>);

impl<'a> Form<'a> {
    /// Reads a form body or a query. Never fails: a broken escape such as `%zz` stands for itself.
    pub fn parse(bytes: &'a [u8]) -> Self {
        let pieces = bytes.split(|byte| *byte == b'&').filter(|piece| !piece.is_empty());
        Self(pieces.map(pair).collect())
    }

    /// The one value of `name` as trimmed text; `None` when it is missing or blank. Broken UTF-8 is read as U+FFFD,
    /// and NUL, which some databases take for an end, is dropped.
    pub(super) fn text(&self, name: &'static str) -> Result<Option<Cow<'_, str>>, Malformed> {
        let mut values =
            self.0.iter().filter(|(key, _)| key.as_ref() == name.as_bytes()).map(|(_, value)| value);
        let Some(value) = values.next() else { return Ok(None) };
        if values.any(|other| other != value) {
            return Err(Malformed::Doubled(name));
        }
        let mut text = String::from_utf8_lossy(value);
        if text.contains('\0') {
            text = Cow::Owned(text.replace('\0', ""));
        }
        let text = match text {
            Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
            Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
        };
        Ok(Some(text).filter(|text| !text.is_empty()))
    }
}

/// Reads one `key=value`; without `=` the value is empty.
fn pair(piece: &[u8]) -> Pair<'_> {
    match piece.iter().position(|byte| *byte == b'=') {
        Some(at) => (decoded(&piece[..at]), decoded(&piece[at + 1..])),
        None => (decoded(piece), Cow::Borrowed(b"")),
    }
}

fn decoded(raw: &[u8]) -> Cow<'_, [u8]> {
    if !raw.contains(&b'+') {
        return percent_decode(raw).into();
    }
    let blanks: Vec<u8> = raw.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    percent_decode(&blanks).collect::<Vec<u8>>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(bytes: &[u8]) -> Vec<(String, String)> {
        let text = |bytes: Cow<'_, [u8]>| String::from_utf8_lossy(&bytes).into_owned();
        Form::parse(bytes).0.into_iter().map(|(key, value)| (text(key), text(value))).collect()
    }

    fn pair(key: &str, value: &str) -> (String, String) {
        (key.to_owned(), value.to_owned())
    }

    #[test]
    fn escapes_and_blanks_are_decoded() {
        assert_eq!(
            pairs(b"From=%2B15550142&Name=Ana+B&a%20b=1%2b1+x"),
            [pair("From", "+15550142"), pair("Name", "Ana B"), pair("a b", "1+1 x")]
        );
    }

    #[test]
    fn broken_escapes_stand_for_themselves() {
        assert_eq!(
            pairs(b"a=%zz&b=%&c=%4&%=x&d=%%41"),
            [pair("a", "%zz"), pair("b", "%"), pair("c", "%4"), pair("%", "x"), pair("d", "%A")]
        );
    }

    #[test]
    fn odd_pieces_are_still_parameters() {
        assert_eq!(
            pairs(b"&&a&=b&c==d&e;f=g&"),
            [pair("a", ""), pair("", "b"), pair("c", "=d"), pair("e;f", "g")]
        );
        assert!(pairs(b"").is_empty());
    }

    #[test]
    fn a_parameter_that_says_two_things_says_nothing() {
        let form = Form::parse(b"From=a&From=b&To=c&To=c");
        assert_eq!(form.text("From"), Err(Malformed::Doubled("From")));
        assert_eq!(form.text("To"), Ok(Some("c".into())));
        assert_eq!(form.text("Digits"), Ok(None));
    }

    #[test]
    fn text_is_read_lossily_and_without_nul() {
        let form = Form::parse(b"a=%ff+x%00&b=+%00+&c=%00");
        assert_eq!(form.text("a"), Ok(Some("\u{fffd} x".into())));
        assert_eq!(form.text("b"), Ok(None));
        assert_eq!(form.text("c"), Ok(None));
    }
}
