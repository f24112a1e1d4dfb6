//! A document as the provider runs it: typed verbs, every value in the range that is documented for it.

use std::time::Duration;

use super::schema;
use super::tree::{self, Element};
use super::trouble::Fault;

/// What a voice speaks, and an ear expects, unasked.
const UNASKED: &str = "en-US";
/// The most hints that are taken.
const MOST_HINTS: usize = 500;
/// The longest hint that is taken, in characters.
const LONGEST_HINT: usize = 100;

/// What one document says to do, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document(pub Vec<Verb>);

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Sound, without a wait for keys.
    Sound(Sound),
    /// Sound, and a wait for keys.
    Gather(Gather),
    /// Phones to ring.
    Dial(Dial),
    /// A message to record.
    Record(Record),
    /// Another document.
    Redirect(Link),
    /// The end.
    Hangup,
    /// The call is not taken.
    Reject {
        /// The caller hears the busy tone.
        busy: bool,
    },
}

/// Something to hear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sound {
    /// Words.
    Say {
        /// The words.
        words: String,
        /// The language of the voice.
        language: String,
    },
    /// A file.
    Play(String),
    /// Quiet.
    Pause(Duration),
}

/// A URL to ask, as written in the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Absolute, or relative to the document; `None` is the document's own.
    pub url: Option<String>,
    /// GET, with everything in the query.
    pub get: bool,
}

/// A wait for keys, or for words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gather {
    /// What is heard meanwhile.
    pub sounds: Vec<Sound>,
    /// Whether keys are taken.
    pub takes_keys: bool,
    /// Whether words are, and then what is expected.
    pub ears: Option<Ears>,
    /// Where the keys go, or the words.
    pub action: Link,
    /// Quiet that ends the wait.
    pub timeout: Duration,
    /// How many keys end the wait at once.
    pub num_digits: Option<u32>,
    /// The key that ends the wait.
    pub finish_on_key: Option<char>,
    /// The action is asked without keys too.
    pub action_on_empty: bool,
}

/// How words are listened to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ears {
    /// The language that is expected.
    pub language: String,
    /// Words that are likely.
    pub hints: Vec<String>,
    /// Quiet that ends the speaking.
    pub quiet: Duration,
}

/// Phones to ring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dial {
    /// Which; one to ten.
    pub numbers: Vec<Number>,
    /// Where the end is reported; without it the document goes on.
    pub action: Option<Link>,
    /// How long to ring, without the provider's own slack.
    pub timeout: Duration,
    /// How long a talk may last.
    pub time_limit: Duration,
    /// What the phones show.
    pub caller_id: Option<String>,
    /// The call counts as unanswered while it rings.
    pub answer_on_bridge: bool,
    /// One after the other.
    pub sequential: bool,
}

/// One phone to ring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number {
    /// In E.164.
    pub number: String,
    /// What is run for the person who picks up, before the caller is put through.
    pub whisper: Option<Link>,
    /// Where the leg's events are reported.
    pub reports: Option<Reports>,
}

/// Where to report what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reports {
    /// The URL.
    pub link: Link,
    /// Which events.
    pub events: Vec<String>,
}

impl Reports {
    /// Whether the event is to be reported.
    pub fn wants(&self, event: &str) -> bool {
        self.events.iter().any(|wanted| wanted == event)
    }
}

/// A message to record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Where the end is reported.
    pub action: Link,
    /// The longest message.
    pub max_length: Duration,
    /// Quiet that ends it; `None` never does.
    pub silence: Option<Duration>,
    /// Keys that end it.
    pub finish_on_key: String,
    /// Whether there is a beep.
    pub beep: bool,
    /// Whether quiet at both ends is cut off afterwards.
    pub trim: bool,
    /// Where the finished recording is reported.
    pub reports: Option<Reports>,
    /// Where it is reported what was said, if that is to be written down.
    pub transcript: Option<Link>,
}

impl Document {
    /// Reads a document strictly: what the schema does not allow is refused, not skipped.
    pub fn read(body: &[u8]) -> Result<Self, Fault> {
        let root = tree::read(body)?;
        schema::check(&root)?;
        root.children.iter().map(verb).collect::<Result<Vec<_>, _>>().map(Self)
    }

    /// The files that are to be played, by URL.
    pub(super) fn files(&self) -> impl Iterator<Item = &str> {
        let sounds = self.0.iter().flat_map(|verb| match verb {
            Verb::Sound(sound) => std::slice::from_ref(sound),
            Verb::Gather(gather) => &gather.sounds,
            Verb::Dial(_) | Verb::Record(_) | Verb::Redirect(_) | Verb::Hangup | Verb::Reject { .. } => &[],
        });
        sounds.filter_map(|sound| match sound {
            Sound::Play(url) => Some(url.as_str()),
            Sound::Say { .. } | Sound::Pause(_) => None,
        })
    }
}

fn verb(element: &Element) -> Result<Verb, Fault> {
    Ok(match element.name.as_str() {
        "Say" | "Play" | "Pause" => Verb::Sound(sound(element)?),
        "Gather" => Verb::Gather(gather(element)?),
        "Dial" => Verb::Dial(dial(element)?),
        "Record" => Verb::Record(record(element)?),
        "Redirect" => {
            let url = element.text.trim();
            Verb::Redirect(Link { url: Some(a_url(element, "", url)?), get: is_get(element, "method")? })
        }
        "Hangup" => Verb::Hangup,
        "Reject" => Verb::Reject { busy: attribute(element, "reason") == Some("busy") },
        other => return Err(Fault::Misplaced(other.to_owned())),
    })
}

fn sound(element: &Element) -> Result<Sound, Fault> {
    let text = element.text.split_whitespace().collect::<Vec<_>>().join(" ");
    match element.name.as_str() {
        "Pause" => Ok(Sound::Pause(seconds(element, "length", 1, 0..=600)?)),
        _ if text.is_empty() => Err(Fault::Text { element: element.name.clone(), text }),
        "Play" => Ok(Sound::Play(a_url(element, "", &text)?)),
        _ => Ok(Sound::Say {
            words: text,
            language: attribute(element, "language").unwrap_or(UNASKED).to_owned(),
        }),
    }
}

fn gather(element: &Element) -> Result<Gather, Fault> {
    let finish = attribute(element, "finishOnKey").unwrap_or("#");
    if finish.chars().count() > 1 || !finish.chars().all(is_key) {
        return Err(schema::bad_value(element, "finishOnKey", finish));
    }
    let num_digits = match attribute(element, "numDigits") {
        None => None,
        Some(_) => Some(number(element, "numDigits", 1, 1..=u32::MAX)?),
    };
    let input = attribute(element, "input").unwrap_or("dtmf");
    let takes = |kind: &str| input.split(' ').any(|word| word == kind);
    let timeout = seconds(element, "timeout", 5, 1..=600)?;
    // Its settings are judged even where nobody listens.
    let ears = ears(element, timeout)?;
    Ok(Gather {
        takes_keys: takes("dtmf"),
        ears: Some(ears).filter(|_| takes("speech")),
        sounds: element.children.iter().map(sound).collect::<Result<_, _>>()?,
        action: link(element, "action", "method")?,
        timeout,
        num_digits,
        finish_on_key: finish.chars().next(),
        action_on_empty: attribute(element, "actionOnEmptyResult") == Some("true"),
    })
}

fn ears(element: &Element, timeout: Duration) -> Result<Ears, Fault> {
    const MODELS: [&str; 3] = ["default", "numbers_and_commands", "phone_call"];
    const FAMILIES: [&str; 3] = ["experimental_", "googlev2_", "deepgram_"];
    let hints = attribute(element, "hints");
    let list: Vec<String> =
        hints.map(|hints| hints.split(',').map(|hint| hint.trim().to_owned()).collect()).unwrap_or_default();
    let is_one = |hint: &String| (1..=LONGEST_HINT).contains(&hint.chars().count());
    if list.len() > MOST_HINTS || !list.iter().all(is_one) {
        return Err(schema::bad_value(element, "hints", hints.unwrap_or_default()));
    }
    let model = attribute(element, "speechModel").unwrap_or("default");
    if !MODELS.contains(&model) && !FAMILIES.iter().any(|family| model.starts_with(family)) {
        return Err(schema::bad_value(element, "speechModel", model));
    }
    let quiet = match attribute(element, "speechTimeout") {
        None => timeout,
        Some("auto") => Duration::from_secs(1),
        Some(_) => seconds(element, "speechTimeout", 1, 1..=60)?,
    };
    let language = attribute(element, "language").unwrap_or(UNASKED).to_owned();
    Ok(Ears { language, hints: list, quiet })
}

fn dial(element: &Element) -> Result<Dial, Fault> {
    let text = element.text.trim();
    let mut numbers = element.children.iter().map(number_to_ring).collect::<Result<Vec<_>, _>>()?;
    if !text.is_empty() {
        numbers.push(Number { number: e164(element)?, whisper: None, reports: None });
    }
    if numbers.is_empty() || numbers.len() > 10 || (!text.is_empty() && numbers.len() > 1) {
        return Err(Fault::Text { element: "Dial".to_owned(), text: format!("{} numbers", numbers.len()) });
    }
    let action = link(element, "action", "method")?;
    Ok(Dial {
        numbers,
        action: action.url.is_some().then_some(action),
        timeout: seconds(element, "timeout", 30, 5..=600)?,
        time_limit: seconds(element, "timeLimit", 14400, 1..=14400)?,
        caller_id: attribute(element, "callerId").map(str::to_owned),
        answer_on_bridge: attribute(element, "answerOnBridge") == Some("true"),
        sequential: attribute(element, "sequential") == Some("true"),
    })
}

fn number_to_ring(element: &Element) -> Result<Number, Fault> {
    if element.name != "Number" {
        return Err(Fault::Misplaced(element.name.clone()));
    }
    let whisper = link(element, "url", "method")?;
    Ok(Number {
        number: e164(element)?,
        whisper: whisper.url.is_some().then_some(whisper),
        reports: reports(element, "statusCallback")?,
    })
}

fn record(element: &Element) -> Result<Record, Fault> {
    let finish_on_key = attribute(element, "finishOnKey").unwrap_or("1234567890*#");
    if !finish_on_key.chars().all(is_key) {
        return Err(schema::bad_value(element, "finishOnKey", finish_on_key));
    }
    let silence = seconds(element, "timeout", 5, 0..=14400)?;
    Ok(Record {
        action: link(element, "action", "method")?,
        max_length: seconds(element, "maxLength", 3600, 2..=14400)?,
        silence: (!silence.is_zero()).then_some(silence),
        finish_on_key: finish_on_key.to_owned(),
        beep: attribute(element, "playBeep") != Some("false"),
        trim: attribute(element, "trim") != Some("do-not-trim"),
        reports: reports(element, "recordingStatusCallback")?,
        transcript: transcript(element)?,
    })
}

fn transcript(element: &Element) -> Result<Option<Link>, Fault> {
    // The provider always posts it.
    let link = attribute(element, "transcribeCallback").map(|url| a_url(element, "transcribeCallback", url));
    let link = link.transpose()?.map(|url| Link { url: Some(url), get: false });
    Ok(link.filter(|_| attribute(element, "transcribe") == Some("true")))
}

fn attribute<'a>(element: &'a Element, name: &str) -> Option<&'a str> {
    element.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

fn number(
    element: &Element,
    name: &str,
    otherwise: u32,
    range: std::ops::RangeInclusive<u32>,
) -> Result<u32, Fault> {
    let Some(text) = attribute(element, name) else { return Ok(otherwise) };
    match text.parse() {
        Ok(number) if range.contains(&number) => Ok(number),
        Ok(_) | Err(_) => Err(schema::bad_value(element, name, text)),
    }
}

fn seconds(
    element: &Element,
    name: &str,
    otherwise: u32,
    range: std::ops::RangeInclusive<u32>,
) -> Result<Duration, Fault> {
    number(element, name, otherwise, range).map(|n| Duration::from_secs(n.into()))
}

fn link(element: &Element, url: &str, method: &str) -> Result<Link, Fault> {
    let get = is_get(element, method)?;
    let Some(text) = attribute(element, url) else { return Ok(Link { url: None, get }) };
    Ok(Link { url: Some(a_url(element, url, text)?), get })
}

fn reports(element: &Element, name: &str) -> Result<Option<Reports>, Fault> {
    let link = link(element, name, &format!("{name}Method"))?;
    let events = attribute(element, &format!("{name}Event")).unwrap_or("completed");
    let events = events.split(' ').map(str::to_owned).collect();
    Ok(link.url.is_some().then_some(Reports { link, events }))
}

fn is_get(element: &Element, name: &str) -> Result<bool, Fault> {
    match attribute(element, name) {
        None | Some("POST") => Ok(false),
        Some("GET") => Ok(true),
        Some(other) => Err(schema::bad_value(element, name, other)),
    }
}

fn a_url(element: &Element, attribute: &str, text: &str) -> Result<String, Fault> {
    let fits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic() && b != b'"');
    match (fits, attribute) {
        (true, _) => Ok(text.to_owned()),
        (false, "") => Err(Fault::Text { element: element.name.clone(), text: text.to_owned() }),
        (false, _) => Err(schema::bad_value(element, attribute, text)),
    }
}

fn e164(element: &Element) -> Result<String, Fault> {
    let text = element.text.trim();
    match crate::call::PhoneNumber::parse(text) {
        Ok(number) => Ok(number.as_str().to_owned()),
        Err(_) => Err(Fault::Text { element: element.name.clone(), text: text.to_owned() }),
    }
}

fn is_key(c: char) -> bool {
    matches!(c, '0'..='9' | '*' | '#')
}
