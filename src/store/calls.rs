//! Calls, one row each, together with what their last turn and their legs say.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use crate::call::{
    Accept, AnswerName, AreaName, CallId, Caller, Course, Evidence, MissedReason, Outcome, PersonName,
    PhoneNumber, Provider, ProviderCall, Recording, Reports, TurnNumber,
};
use crate::call_back::CallBackId;
use crate::engine::{Place, State};
use crate::language::Language;

use super::flow_versions::FlowVersionId;
use super::{StoreError, Tx, millis, opt_time, time};

/// A call that is to be recorded.
#[derive(Clone, Debug)]
pub struct NewCall {
    /// The provider's name for it.
    pub of: ProviderCall,
    /// Who rings.
    pub caller: Caller,
    /// The name that the provider found.
    pub caller_name: Option<String>,
    /// The line that was rung.
    pub line: Option<PhoneNumber>,
    /// The phone that forwarded it.
    pub forwarded_from: Option<PhoneNumber>,
    /// Whether the caller's network vouches for the number.
    pub attested: bool,
    /// When we first heard of it.
    pub at: Timestamp,
}

/// A call with all that decides what happens to it next.
#[derive(Clone, Debug)]
pub struct CallRecord {
    /// Our number.
    pub id: CallId,
    /// The provider's name for it.
    pub of: ProviderCall,
    /// Who rings.
    pub caller: Caller,
    /// The name that the provider found.
    pub caller_name: Option<String>,
    /// The line that was rung.
    pub line: Option<PhoneNumber>,
    /// The phone that forwarded it.
    pub forwarded_from: Option<PhoneNumber>,
    /// Whether the caller's network vouches for the number.
    pub attested: bool,
    /// When we first heard of it.
    pub at: Timestamp,
    /// When the provider first asked what to do with it.
    pub first_fetch_at: Option<Timestamp>,
    /// The flow that it began with.
    pub flow: Option<FlowVersionId>,
    /// The last turn that was decided, and where the call stands since.
    pub last: Option<(TurnNumber, State)>,
    /// What came beside the turns.
    pub reports: Reports,
    /// The provider's error code, where it had to use the fallback.
    pub error: Option<String>,
    /// What came of it, as last settled.
    pub outcome: Outcome,
    /// The entry that it opened or joined.
    pub call_back: Option<CallBackId>,
    /// When anything was heard of it last.
    pub last_event_at: Timestamp,
    /// The row as it stands in the file.
    row: CallRow,
}

/// The part of a call's row that changes.
#[derive(Clone, Debug, Default, PartialEq)]
struct CallRow {
    first_fetch_at: Option<i64>,
    flow: Option<i64>,
    outcome: &'static str,
    reason: Option<&'static str>,
    accept: Option<(PersonName, i64)>,
    area: Option<AreaName>,
    answers: Vec<(AnswerName, String)>,
    language: Option<Language>,
    transcript: Option<String>,
    ended_at: Option<i64>,
    swept_at: Option<i64>,
    trouble: bool,
    error: Option<String>,
    safe_ring_talked: Option<bool>,
    recording: Option<Recording>,
    told: Option<Recording>,
    call_back: Option<i64>,
    pressed: bool,
}

impl CallRecord {
    /// What came of it, decided anew from all that is known.
    pub fn outcome_now(&self) -> Outcome {
        self.weigh(|evidence| evidence.outcome())
    }

    /// The talk, where the provider reported it and somebody accepted.
    pub fn reported_talk(&self) -> Option<Accept> {
        self.weigh(|evidence| evidence.reported_talk())
    }

    /// The message, as far as is known.
    pub fn recording(&self) -> Option<Recording> {
        self.weigh(|evidence| evidence.recording())
    }

    /// The message, as far as was known when the call was last saved.
    pub fn recording_as_saved(&self) -> Option<&Recording> {
        self.row.recording.as_ref()
    }

    fn weigh<T>(&self, question: impl FnOnce(Evidence<'_>) -> T) -> T {
        let nothing_yet = Course::default();
        let course = self.course().unwrap_or(&nothing_yet);
        question(Evidence { first_fetch_at: self.first_fetch_at, course, reports: &self.reports })
    }

    /// What the conversation came to so far.
    pub fn course(&self) -> Option<&Course> {
        self.last.as_ref().map(|(_, state)| &state.course)
    }

    /// Whether nothing more is expected of it.
    pub fn is_settled(&self) -> bool {
        let over = self.last.as_ref().is_some_and(|(_, state)| state.place == Place::Over);
        over && self.reports.ended_at.is_some() && self.outcome != Outcome::InProgress
    }

    fn row_now(&self) -> CallRow {
        let accept = match &self.outcome {
            Outcome::Answered(accept) => Some((accept.by.clone(), millis(accept.at))),
            Outcome::InProgress | Outcome::Missed(_) | Outcome::Blocked => None,
        };
        CallRow {
            first_fetch_at: self.first_fetch_at.map(millis),
            flow: self.flow.map(|id| id.0),
            outcome: self.outcome.word(),
            reason: self.outcome.reason_word(),
            accept,
            area: self.course().and_then(|course| course.area.clone()),
            answers: self.course().map(|course| course.answers.clone()).unwrap_or_default(),
            language: self.course().and_then(|course| course.language),
            transcript: self.reports.transcript.clone(),
            ended_at: self.reports.ended_at.map(millis),
            swept_at: self.reports.swept_at.map(millis),
            trouble: self.reports.trouble,
            error: self.error.clone(),
            safe_ring_talked: self.reports.safe_ring_talked,
            recording: self.recording(),
            told: self.reports.recording.clone(),
            call_back: self.call_back.map(|id| id.0),
            pressed: self.course().is_some_and(|course| course.pressed),
        }
    }
}

impl Tx<'_> {
    /// Our number for the provider's call, if we have heard of it; of a forgotten one, its tombstone's.
    pub fn find_call(&mut self, of: &ProviderCall) -> Result<Option<CallId>, StoreError> {
        if let Some(id) = self.memory.id_of(of) {
            return Ok(Some(id));
        }
        let account = self.account(of)?;
        let sql = "select id from calls where call_id = ?1 and account = ?2";
        let mut statement = self.connection.prepare_cached(sql)?;
        match statement.query_row(params![of.id, account], |row| row.get(0)).optional()? {
            Some(id) => Ok(Some(CallId(id))),
            None => self.tombstone_of(of),
        }
    }

    /// Records a call that was not heard of before.
    pub fn open_call(&mut self, new: NewCall) -> Result<CallRecord, StoreError> {
        let account = self.account(&new.of)?;
        let sql = "insert into calls (account, call_id, line, caller, caller_name, forwarded_from, at, attested, outcome,
            trouble) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'in_progress', 0)";
        self.connection.prepare_cached(sql)?.execute(params![
            account,
            new.of.id,
            new.line.as_ref().map(PhoneNumber::as_str),
            new.caller.identity(),
            new.caller_name,
            new.forwarded_from.as_ref().map(PhoneNumber::as_str),
            millis(new.at),
            new.attested,
        ])?;
        Ok(CallRecord {
            id: CallId(self.connection.last_insert_rowid()),
            of: new.of,
            caller: new.caller,
            caller_name: new.caller_name,
            line: new.line,
            forwarded_from: new.forwarded_from,
            attested: new.attested,
            at: new.at,
            first_fetch_at: None,
            flow: None,
            last: None,
            reports: Reports::default(),
            error: None,
            outcome: Outcome::InProgress,
            call_back: None,
            last_event_at: new.at,
            row: CallRow { outcome: Outcome::InProgress.word(), ..CallRow::default() },
        })
    }

    /// Takes a call out to be changed; whoever takes it saves it or leaves it unchanged.
    pub fn take_call(&mut self, id: CallId) -> Result<Option<CallRecord>, StoreError> {
        match self.memory.take(id) {
            Some(call) => Ok(Some(call)),
            None => self.load_call(id),
        }
    }

    /// Saves a call that was taken out. Its row is written only when something that the lists show has changed.
    pub fn save_call(&mut self, mut call: CallRecord) -> Result<(), StoreError> {
        let row = call.row_now();
        if row != call.row {
            self.write_row(call.id, &row)?;
            call.row = row;
        }
        self.memory.put(call);
        Ok(())
    }

    /// Says who took part, where an earlier event did not say: a status that came before the first fetch may be bare.
    /// And since when: what comes out of the emergency journal may be older than all we heard.
    pub fn name_parties(&mut self, call: &CallRecord) -> Result<(), StoreError> {
        let sql = "update calls set line = ?2, caller = ?3, caller_name = ?4, forwarded_from = ?5, at = ?6, attested = ?7
            where id = ?1";
        self.connection.prepare_cached(sql)?.execute(params![
            call.id.0,
            call.line.as_ref().map(PhoneNumber::as_str),
            call.caller.identity(),
            call.caller_name,
            call.forwarded_from.as_ref().map(PhoneNumber::as_str),
            millis(call.at),
            call.attested,
        ])?;
        Ok(())
    }

    /// Calls whose outcome is open.
    pub fn calls_in_progress(&self) -> Result<Vec<CallId>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("select id from calls where outcome = 'in_progress' order by id")?;
        let ids = statement.query_map([], |row| row.get(0).map(CallId))?;
        Ok(ids.collect::<Result<_, _>>()?)
    }

    fn account(&mut self, of: &ProviderCall) -> Result<i64, StoreError> {
        let key = (of.provider, of.account.clone());
        if let Some(id) = self.memory.accounts.get(&key) {
            return Ok(*id);
        }
        let words = params![of.provider.word(), of.account];
        let found = "select id from accounts where provider = ?1 and name = ?2";
        let known = self.connection.prepare_cached(found)?.query_row(words, |row| row.get(0)).optional()?;
        let id = match known {
            Some(id) => id,
            None => {
                let insert = "insert into accounts (provider, name) values (?1, ?2)";
                self.connection.prepare_cached(insert)?.execute(words)?;
                self.connection.last_insert_rowid()
            }
        };
        self.memory.accounts.insert(key, id);
        Ok(id)
    }

    fn write_row(&self, id: CallId, row: &CallRow) -> Result<(), StoreError> {
        let sql = "update calls set first_fetch_at = ?2, flow = ?3, outcome = ?4, reason = ?5, answered_by = ?6,
            accepted_at = ?7, area = ?8, ended_at = ?9, swept_at = ?10, trouble = ?11, error = ?12,
            safe_ring_talked = ?13, recording_seconds = ?14, recording_url = ?15, recording_at = ?16, call_back = ?17,
            answers = ?18, language = ?19, transcript = ?20, pressed = ?21, told_seconds = ?22, told_url = ?23,
            told_at = ?24
            where id = ?1";
        let (recording, told) = (row.recording.as_ref(), row.told.as_ref());
        self.connection.prepare_cached(sql)?.execute(params![
            id.0,
            row.first_fetch_at,
            row.flow,
            row.outcome,
            row.reason,
            row.accept.as_ref().map(|(by, _)| by.as_str()),
            row.accept.as_ref().map(|(_, at)| *at),
            row.area.as_ref().map(AreaName::as_str),
            row.ended_at,
            row.swept_at,
            row.trouble,
            row.error,
            row.safe_ring_talked,
            recording.map(|recording| recording.seconds),
            recording.and_then(|recording| recording.url.as_deref()),
            recording.map(|recording| millis(recording.at)),
            row.call_back,
            answers_text(&row.answers)?,
            row.language.map(Language::code),
            row.transcript,
            row.pressed,
            told.map(|told| told.seconds),
            told.and_then(|told| told.url.as_deref()),
            told.map(|told| millis(told.at)),
        ])?;
        Ok(())
    }

    fn load_call(&self, id: CallId) -> Result<Option<CallRecord>, StoreError> {
        let sql = "select accounts.provider, accounts.name, call_id, line, caller, caller_name, forwarded_from, at,
            first_fetch_at, flow, outcome, reason, answered_by, accepted_at, ended_at, swept_at, trouble, error,
            safe_ring_talked, told_seconds, told_url, told_at, call_back, attested, transcript, recording_seconds,
            recording_url, recording_at
            from calls join accounts on accounts.id = calls.account
            where calls.id = ?1 and outcome <> 'forgotten'";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params![id.0])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let mut call = read_call(id, row)?;
        call.reports.legs = self.legs_of(id)?;
        let (last, is_spoilt) = match self.last_turn(id) {
            Err(error @ StoreError::Unreadable { .. }) => {
                tracing::error!(%error, call.id = id.0, "a call cannot go on where it stood; it is kept in trouble");
                (None, true)
            }
            read => (read?, false),
        };
        let heard = call.reports.legs.iter().flat_map(|leg| [leg.picked_up_at, leg.accepted_at]).flatten();
        let turned = last.as_ref().map(|(_, _, at)| *at);
        call.last_event_at = heard.chain(turned).fold(call.last_event_at, Timestamp::max);
        call.last = last.map(|(turn, state, _)| (turn, state));
        if call.recording().is_none() {
            // A message whose turn cannot be read any more is not lost with it.
            call.reports.recording = read_recording(row.get(25)?, row.get(26)?, row.get(27)?)?;
        }
        call.row = call.row_now();
        // After the row as it stands in the file, so that the trouble is written with the next save.
        call.reports.trouble |= is_spoilt;
        Ok(Some(call))
    }
}

fn read_call(id: CallId, row: &Row<'_>) -> Result<CallRecord, StoreError> {
    let of = ProviderCall {
        provider: read_provider(&row.get::<_, String>(0)?)?,
        account: row.get(1)?,
        id: row.get(2)?,
    };
    let at = time(row.get(7)?)?;
    let reports = Reports {
        ended_at: opt_time(row.get(14)?)?,
        swept_at: opt_time(row.get(15)?)?,
        trouble: row.get(16)?,
        recording: read_recording(row.get(19)?, row.get(20)?, row.get(21)?)?,
        transcript: row.get(24)?,
        legs: Vec::new(),
        safe_ring_talked: row.get(18)?,
    };
    Ok(CallRecord {
        id,
        of,
        line: read_number(row.get(3)?)?,
        caller: Caller::from_identity(row.get(4)?),
        caller_name: row.get(5)?,
        forwarded_from: read_number(row.get(6)?)?,
        attested: row.get(23)?,
        at,
        first_fetch_at: opt_time(row.get(8)?)?,
        flow: row.get::<_, Option<i64>>(9)?.map(FlowVersionId),
        last: None,
        error: row.get(17)?,
        outcome: read_outcome(&row.get::<_, String>(10)?, row.get(11)?, (row.get(12)?, row.get(13)?))?,
        call_back: row.get::<_, Option<i64>>(22)?.map(CallBackId),
        last_event_at: reports.ended_at.unwrap_or(at).max(at),
        reports,
        row: CallRow::default(),
    })
}

pub(super) fn read_provider(word: &str) -> Result<Provider, StoreError> {
    if word == Provider::Twilio.word() {
        return Ok(Provider::Twilio);
    }
    Err(StoreError::unreadable("a provider", word))
}

pub(super) fn read_number(text: Option<String>) -> Result<Option<PhoneNumber>, StoreError> {
    // Errors go to the log, and what almost is a number is somebody's number.
    let masked = |text: &str| format!("{}…", text.chars().take(2).collect::<String>());
    let read = |text: String| {
        PhoneNumber::parse(&text).map_err(|_| StoreError::unreadable("a number", masked(&text)))
    };
    text.map(read).transpose()
}

pub(super) fn read_person(text: Option<String>) -> Result<Option<PersonName>, StoreError> {
    let read = |text: String| PersonName::parse(&text).map_err(|_| StoreError::unreadable("a person", text));
    text.map(read).transpose()
}

pub(super) fn read_area(text: Option<String>) -> Result<Option<AreaName>, StoreError> {
    let read = |text: String| AreaName::parse(&text).map_err(|_| StoreError::unreadable("an area", text));
    text.map(read).transpose()
}

/// Answers as they stand in the file: nothing for none.
fn answers_text(answers: &[(AnswerName, String)]) -> Result<Option<String>, StoreError> {
    if answers.is_empty() {
        return Ok(None);
    }
    let text = serde_json::to_string(answers);
    text.map(Some).map_err(|_| StoreError::unreadable("answers", "of a call"))
}

pub(super) fn read_answers(text: Option<String>) -> Result<Vec<(AnswerName, String)>, StoreError> {
    let Some(text) = text else { return Ok(Vec::new()) };
    // What callers say is nobody else's business, least of all a log's.
    serde_json::from_str(&text).map_err(|_| StoreError::unreadable("answers", "of a call"))
}

pub(super) fn read_language(code: Option<String>) -> Result<Option<Language>, StoreError> {
    let read =
        |code: String| Language::of_tag(&code).ok_or_else(|| StoreError::unreadable("a language", code));
    code.map(read).transpose()
}

pub(super) fn read_recording(
    seconds: Option<u32>,
    url: Option<String>,
    at: Option<i64>,
) -> Result<Option<Recording>, StoreError> {
    let (Some(seconds), Some(at)) = (seconds, opt_time(at)?) else { return Ok(None) };
    Ok(Some(Recording { seconds, url, at }))
}

pub(super) fn read_outcome(
    word: &str,
    reason: Option<String>,
    (by, at): (Option<String>, Option<i64>),
) -> Result<Outcome, StoreError> {
    let unreadable = || StoreError::unreadable("an outcome", word);
    match word {
        "in_progress" => Ok(Outcome::InProgress),
        "blocked" => Ok(Outcome::Blocked),
        "answered" => {
            let by = read_person(by)?.ok_or_else(unreadable)?;
            let at = opt_time(at)?.ok_or_else(unreadable)?;
            Ok(Outcome::Answered(Accept { by, at }))
        }
        "missed" => {
            let reason = reason.as_deref().and_then(MissedReason::from_word);
            reason.map(Outcome::Missed).ok_or_else(unreadable)
        }
        _ => Err(unreadable()),
    }
}
