//! One document on its way out: every text and every attribute passes the same filter, and it cannot grow too long.

use std::borrow::Cow;

use quick_xml::Writer;
use quick_xml::escape::partial_escape;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use crate::engine::Speech;

use super::{Address, voices};

/// Bytes that speech may take of a document; the limit is 64 kB, and URLs and tags need the rest.
const ROOM_FOR_SPEECH: usize = 32 * 1024;
/// Bytes that the tags of one stretch of speech take at most.
const TAGS: usize = 48;
/// Bytes that the words which a caller is likely to speak take at most: they stand in an attribute, beside the speech.
const ROOM_FOR_HINTS: usize = 8 * 1024;
/// The most hints that Twilio takes.
const MOST_HINTS: usize = 500;
/// The longest hint that Twilio takes, in characters.
const LONGEST_HINT: usize = 100;

/// A document being written.
pub(super) struct Document {
    writer: Writer<Vec<u8>>,
    room: usize,
    language: Option<&'static str>,
}

impl Document {
    /// A document whose words are in the language of that tag.
    pub(super) fn new(tag: &str) -> Self {
        let language = voices::spoken(tag);
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

    /// Speaks. Where the room ends, so does the speech; a file that is not served any more is passed over.
    pub(super) fn speak(&mut self, speech: &[Speech], at: &Address<'_>) {
        for stretch in speech {
            match stretch {
                Speech::Say(words) => self.say(words),
                Speech::SayIn(language, words) => {
                    self.say_in(voices::spoken(voices::tag(Some(*language), at.language)), words);
                }
                Speech::Play(name) => {
                    if let Some(file) = at.audio.get(name) {
                        self.play(&format!("{}/audio/{file}", at.base));
                    }
                }
                Speech::Pause(seconds) => {
                    if self.take_room(TAGS) {
                        self.empty("Pause", &[("length", &(*seconds).max(1).to_string())]);
                    }
                }
            }
        }
    }

    /// Whether nothing has been said or played yet.
    pub(super) fn is_silent(&self) -> bool {
        self.room == ROOM_FOR_SPEECH
    }

    /// Says `words`; nothing for blank ones, which the provider would report as unusable.
    pub(super) fn say(&mut self, words: &str) {
        self.say_in(self.language, words);
    }

    fn say_in(&mut self, language: Option<&str>, words: &str) {
        let words = clean(words);
        let words = fitting(&words, self.room.saturating_sub(TAGS));
        if words.trim().is_empty() || !self.take_room(TAGS + escaped_length(words)) {
            return;
        }
        match language {
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

/// Words that are likely to be spoken, as the provider's ear wants them: with commas between, so without any inside.
/// Those beyond its limits are left out; it would take no document that has them.
pub(super) fn hints(words: &[String]) -> String {
    let mut hints = String::new();
    let mut room = ROOM_FOR_HINTS;
    let mut count = 0;
    for words in words {
        let words = clean(words).replace(',', " ");
        let hint = words.split_whitespace().collect::<Vec<_>>().join(" ");
        let length = ", ".len() + hint.chars().map(in_an_attribute).sum::<usize>();
        if hint.is_empty() || hint.chars().count() > LONGEST_HINT || length > room || count == MOST_HINTS {
            continue;
        }
        if count > 0 {
            hints.push_str(", ");
        }
        hints.push_str(&hint);
        room -= length;
        count += 1;
    }
    hints
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

fn in_an_attribute(c: char) -> usize {
    match c {
        '"' | '\'' => "&quot;".len(),
        _ => escaped(c),
    }
}
