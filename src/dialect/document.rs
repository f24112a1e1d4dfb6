//! One document on its way out: every text and every attribute passes the same filter, and it cannot grow too long.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use quick_xml::Writer;
use quick_xml::escape::partial_escape;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use crate::engine::Speech;

/// Bytes that speech may take of a document; the limit is 64 kB, and URLs and tags need the rest.
const ROOM_FOR_SPEECH: usize = 32 * 1024;
/// Bytes that the tags of one stretch of speech take at most.
const TAGS: usize = 48;
/// What the name of a file leaves as it is in a URL.
const IN_A_PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The languages of Twilio's voices. In any other the provider's usual voice speaks, which is better than a document
/// that draws a warning.
#[rustfmt::skip]
pub(super) const LANGUAGES: [&str; 69] = [
    "af-ZA", "am-ET", "ar-AE", "ar-XA", "arb", "bg-BG", "bn-IN", "ca-ES", "cmn-CN", "cmn-TW", "cs-CZ", "cy-GB",
    "da-DK", "de-AT", "de-DE", "el-GR", "en-AU", "en-CA", "en-GB", "en-GB-WLS", "en-IE", "en-IN", "en-NZ", "en-US",
    "en-ZA", "es-ES", "es-MX", "es-US", "fi-FI", "fil-PH", "fr-CA", "fr-FR", "fr-BE", "gu-IN", "he-IL", "hi-IN",
    "hu-HU", "id-ID", "is-IS", "it-IT", "ja-JP", "kn-IN", "ko-KR", "lv-LV", "ml-IN", "mr-IN", "ms-MY", "nb-NO",
    "nl-BE", "nl-NL", "pa-IN", "pl-PL", "pt-BR", "pt-PT", "ro-RO", "ru-RU", "sk-SK", "sr-RS", "sv-SE", "ta-IN",
    "te-IN", "th-TH", "tr-TR", "uk-UA", "vi-VN", "yue-HK", "zh-CN", "zh-HK", "zh-TW",
];

/// A document being written.
pub(super) struct Document {
    writer: Writer<Vec<u8>>,
    room: usize,
    /// Nothing for `en-US`, which is what a voice speaks unasked.
    language: Option<&'static str>,
}

impl Document {
    pub(super) fn new(language: &str) -> Self {
        let mut known = LANGUAGES.iter().filter(|known| **known != "en-US");
        let language = known.find(|known| known.eq_ignore_ascii_case(language)).copied();
        let mut document =
            Self { writer: Writer::new(Vec::with_capacity(1024)), room: ROOM_FOR_SPEECH, language };
        document.event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
        document.open("Response", &[]);
        document
    }

    pub(super) fn finish(mut self) -> String {
        self.close("Response");
        String::from_utf8(self.writer.into_inner()).expect("every event was written from text")
    }

    pub(super) fn open(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.event(Event::Start(tag(name, attributes)));
    }

    pub(super) fn close(&mut self, name: &str) {
        self.event(Event::End(BytesEnd::new(name)));
    }

    pub(super) fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.event(Event::Empty(tag(name, attributes)));
    }

    pub(super) fn text(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        self.open(name, attributes);
        self.event(Event::Text(BytesText::from_escaped(partial_escape(clean(text)))));
        self.close(name);
    }

    /// Speaks; files are served under `base`. Where the room ends, so does the speech.
    pub(super) fn speak(&mut self, speech: &[Speech], base: &str) {
        for stretch in speech {
            match stretch {
                Speech::Say(words) | Speech::SayIn(_, words) => self.say(words),
                Speech::Play(file) => {
                    self.play(&format!("{base}/audio/{}", utf8_percent_encode(file, IN_A_PATH)));
                }
                Speech::Pause(seconds) => {
                    if self.take_room(TAGS) {
                        self.empty("Pause", &[("length", &(*seconds).max(1).to_string())]);
                    }
                }
            }
        }
    }

    /// Says `words`; nothing for blank ones, which the provider would report as unusable.
    pub(super) fn say(&mut self, words: &str) {
        let words = clean(words);
        let words = fitting(&words, self.room.saturating_sub(TAGS));
        if words.trim().is_empty() || !self.take_room(TAGS + escaped_length(words)) {
            return;
        }
        match self.language {
            Some(language) => self.text("Say", &[("language", language)], words),
            None => self.text("Say", &[], words),
        }
    }

    fn play(&mut self, url: &str) {
        if self.take_room(TAGS + escaped_length(url)) {
            self.text("Play", &[], url);
        }
    }

    fn take_room(&mut self, bytes: usize) -> bool {
        let left = self.room.checked_sub(bytes);
        self.room = left.unwrap_or(self.room);
        left.is_some()
    }

    fn event(&mut self, event: Event<'_>) {
        self.writer.write_event(event).expect("memory takes every byte");
    }
}

fn tag<'a>(name: &'a str, attributes: &[(&str, &str)]) -> BytesStart<'a> {
    BytesStart::new(name).with_attributes(attributes.iter().map(|(name, value)| (*name, clean(value))))
}

/// Text that XML 1.0 can carry: line breaks and tabs become blanks, other characters that it forbids are left out.
/// Of braces in a row one stays, because Telnyx runs templates over what stands between two.
fn clean(text: &str) -> Cow<'_, str> {
    let plain = |byte: u8| matches!(byte, b' '..=b'z' | b'|' | b'~');
    if text.bytes().all(plain) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\t' | '\n' | '\r' => clean.push(' '),
            '{' | '}' if clean.ends_with(c) => {}
            ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}' => clean.push(c),
            _ => {}
        }
    }
    Cow::Owned(clean)
}

/// The beginning of `text` that takes at most `room` bytes when escaped.
fn fitting(text: &str, room: usize) -> &str {
    let mut length = 0;
    for (at, c) in text.char_indices() {
        length += escaped(c);
        if length > room {
            return &text[..at];
        }
    }
    text
}

fn escaped_length(text: &str) -> usize {
    text.chars().map(escaped).sum()
}

fn escaped(c: char) -> usize {
    match c {
        '&' => "&amp;".len(),
        '<' | '>' => "&lt;".len(),
        _ => c.len_utf8(),
    }
}
