//! The JSON of callers, notes and people: `callers list --json`, `callers show --json`, `people --json`, and the lines
//! of `export`. Fields are only ever added.

use jiff::tz::TimeZone;
use serde::Serialize;

use crate::language::Language;

use super::caller_notes::CallerNote;
use super::callers::CallerLine;
use super::pages::NoteLine;
use super::shapes::{CallBackShape, CallShape, rfc3339};

/// What is known of a caller. Times are RFC 3339 with the business's offset.
#[derive(Clone, Debug, Serialize)]
pub struct CallerShape {
    /// The number, or what came in its place.
    caller: Option<String>,
    name: Option<String>,
    /// The file whose import gave the name; null where a person did.
    name_from: Option<String>,
    language: Option<&'static str>,
    /// The file whose import gave the language; null where a person or the caller did.
    language_from: Option<String>,
    vip: bool,
    tags: Vec<String>,
    blocked_at: Option<String>,
    blocked_by: Option<String>,
    allowed_at: Option<String>,
    allowed_by: Option<String>,
    /// When somebody here talked with them last.
    answered_at: Option<String>,
    answered_by: Option<String>,
    /// When they passed the test that tells people from machines.
    human_at: Option<String>,
}

impl CallerShape {
    /// The shape of a caller, with times in `zone`.
    pub fn of(line: &CallerLine, zone: &TimeZone) -> Self {
        let rfc = |at| rfc3339(at, zone);
        let (blocked_at, blocked_by) = line.blocked.clone().map(|(at, by)| (rfc(at), by)).unzip();
        let (allowed_at, allowed_by) = line.allowed.clone().map(|(at, by)| (rfc(at), by)).unzip();
        let answered = line.answered.as_ref();
        Self {
            caller: line.caller.identity().map(str::to_owned),
            name: line.name.clone(),
            name_from: line.name_from.clone(),
            language: line.language.map(Language::code),
            language_from: line.language_from.clone(),
            vip: line.vip,
            tags: line.tags.clone(),
            blocked_at,
            blocked_by,
            allowed_at,
            allowed_by,
            answered_at: answered.map(|accept| rfc(accept.at)),
            answered_by: answered.map(|accept| accept.by.to_string()),
            human_at: line.human_at.map(rfc),
        }
    }
}

/// A note about a caller.
#[derive(Clone, Debug, Serialize)]
pub struct CallerNoteShape {
    at: String,
    by: String,
    text: String,
}

impl CallerNoteShape {
    /// The shape of a note, with its time in `zone`.
    pub fn of(note: CallerNote, zone: &TimeZone) -> Self {
        Self { at: rfc3339(note.at, zone), by: note.by.to_string(), text: note.text }
    }
}

/// Everything about a caller.
#[derive(Clone, Debug, Serialize)]
pub struct CallerStoryShape {
    /// The fields of the caller itself.
    #[serde(flatten)]
    pub caller: CallerShape,
    /// The numbers of the open entries.
    pub call_backs: Vec<i64>,
    /// Notes about the caller, oldest first; those on an entry are with it.
    pub notes: Vec<CallerNoteShape>,
    /// All entries, open and closed, the last one first.
    pub entries: Vec<CallBackShape>,
    /// All calls, newest first.
    pub calls: Vec<CallShape>,
}

/// A note, on an entry or about a caller.
#[derive(Clone, Debug, Serialize)]
pub struct NoteShape {
    at: String,
    by: String,
    /// `call-back` or `caller`.
    about: &'static str,
    call_back: Option<i64>,
    caller: Option<String>,
    name: Option<String>,
    text: String,
}

impl NoteShape {
    /// The shape of a note, with its time in `zone`.
    pub fn of(note: NoteLine, zone: &TimeZone) -> Self {
        Self {
            at: rfc3339(note.at, zone),
            by: note.by,
            about: if note.call_back.is_some() { "call-back" } else { "caller" },
            call_back: note.call_back.map(|id| id.0),
            caller: note.caller.identity().map(str::to_owned),
            name: note.name,
            text: note.text,
        }
    }
}

/// Somebody who takes calls, as they stand at this moment.
#[derive(Clone, Debug, Serialize)]
pub struct PersonShape {
    /// The key in the settings.
    pub name: String,
    /// How the name is shown.
    pub spoken: String,
    /// The phone.
    pub number: String,
    /// Whether theirs is what is nobody else's.
    pub owner: bool,
    /// Whether these are their hours.
    pub on_duty: bool,
    /// Whether they are rung: on duty, and not away.
    pub there: bool,
    /// Until when they are away, alone or with the whole business.
    pub away_until: Option<String>,
    /// Why; callers do not hear it.
    pub away_reason: Option<String>,
    /// Who stands in for them, as the settings say.
    pub stand_in: Option<String>,
    /// Who is rung at this moment where they should be; null when nobody is.
    pub rings: Option<String>,
    /// What they are for.
    pub areas: Vec<String>,
    /// The teams that they are in.
    pub teams: Vec<String>,
    /// Open entries that are theirs.
    pub open: usize,
    /// Those of them that are late: they should have been done by now, but no promise is broken and none sleeps.
    pub overdue: usize,
    /// Entries that somebody offers them.
    pub offers: usize,
}
