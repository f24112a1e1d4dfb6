//! The rows that a call like the rehearsed one would write, as the lists would show them.

use serde::Serialize;

use crate::call::{CallId, Evidence, Outcome, Provider, Reports};
use crate::call_back::{CallBack, CallBackId, Standing};
use crate::cli::call_backs;
use crate::cli::failure::Failure;
use crate::cli::output::{show, show_json, wrap};
use crate::cli::when::{Look, length};
use crate::cli::who;
use crate::engine::Place;
use crate::language::Language;
use crate::store::{CallBackLine, CallBackShape, CallLine, CallShape, PathStep, StoredCallBack};
use crate::switchboard::hash_of;

use super::play::{Played, Scene};
use super::record::{Line, Record};

/// Where the column of facts begins.
const MARGIN: usize = 12;

/// What would be written.
pub(super) struct Rows<'a> {
    scene: Scene<'a>,
    call: CallLine,
    path: Vec<PathStep>,
    /// A new entry of the list of call-backs.
    entry: Option<CallBackLine>,
    summary: String,
}

/// The same for programs. The numbers of call and entry are those of a line's first call.
#[derive(Serialize)]
struct Shape {
    heard: Vec<Line>,
    call: CallShape,
    call_back: Option<CallBackShape>,
    /// The open entry that such a call would join, or close by being answered.
    joins: Option<CallBackId>,
}

impl<'a> Rows<'a> {
    /// What the played call comes to.
    pub(super) fn of(played: &Played, scene: Scene<'a>, source: &str) -> Self {
        let Scene { business, caller, line, present, flow, began } = scene;
        let Played { state, ended, .. } = played;
        let reports = Reports { ended_at: Some(*ended), legs: played.legs.clone(), ..Reports::default() };
        let course = &state.course;
        let evidence = Evidence { first_fetch_at: Some(began), course, reports: &reports };
        let outcome = evidence.outcome();
        let about = &present.about;
        let is_missed = matches!(outcome, Outcome::Missed(_));
        let is_new = is_missed && present.open.is_none();
        let call = CallLine {
            id: CallId(1),
            provider: Provider::Twilio,
            call_id: "rehearsal".to_owned(),
            line: line.cloned(),
            caller: caller.clone(),
            name: about.name.clone(),
            vip: about.vip,
            caller_name: None,
            attested: caller.number().is_some(),
            typed_number: course.typed_number.clone(),
            at: began,
            ended_at: Some(*ended),
            flow: Some((flow.name.clone(), hash_of(source))),
            area: course.area.clone(),
            answers: course.answers.clone(),
            language: course.language,
            transcript: None,
            recording: evidence.recording(),
            call_back: is_missed.then(|| present.open.unwrap_or(CallBackId(1))),
            error: None,
            outcome,
        };
        let entry = is_new.then(|| {
            let due = business.due_at(*ended, &present.away, present.waiting);
            let entry = CallBack {
                id: CallBackId(1),
                caller: caller.clone(),
                line: line.cloned(),
                owner: business.owner_of((course.area.as_ref(), line), began, &present.away),
                area: course.area.clone(),
                standing: Standing::Waiting,
                opened_at: *ended,
                due_at: course.promised_at.map_or(due, |promised| due.min(promised)),
                promised_at: course.promised_at,
                typed_number: course.typed_number.clone(),
                asleep_until: None,
                offer: None,
                attempts: 0,
            };
            CallBackLine {
                stored: StoredCallBack {
                    entry,
                    calls: 1,
                    first_call: call.id,
                    last_call: call.id,
                    seen: false,
                },
                first_call_at: began,
                last_call_at: began,
                reason: call.outcome.reason_word().map(str::to_owned),
                returning: about.answered_before,
                name: about.name.clone(),
                vip: about.vip,
                caller_name: None,
                answers: course.answers.clone(),
                language: course.language,
                transcript: None,
                events: Vec::new(),
            }
        });
        let mut summary = match &call.outcome {
            Outcome::Answered(accept) => {
                let person = business.person(&accept.by);
                format!("answered by {}", person.map_or(accept.by.as_str(), |person| person.spoken.as_str()))
            }
            Outcome::Missed(reason) => format!("missed ({reason}); a call-back would be on the list"),
            Outcome::Blocked => "blocked; only logged".to_owned(),
            Outcome::InProgress => "still going on".to_owned(),
        };
        if let Some(promised) = course.promised_at {
            let words = business.spoken_promise(promised, *ended, Language::English);
            summary.push_str(&format!(", promised {words}"));
        }
        if state.place != Place::Over {
            summary.push_str("; the caller left");
        }
        Self { scene, call, path: played.path.clone(), entry, summary }
    }

    /// Shows them to a person.
    pub(super) fn show(&self, look: &Look) -> Result<(), Failure> {
        let mut screen = wrap(&format!("= {}", self.summary), look.width, 2);
        screen.push_str("\nThe call would be written like this:\n");
        for (word, what) in self.facts() {
            // Prose loses the blanks that make a column.
            let body = wrap(&what, look.width.saturating_sub(MARGIN), 0);
            let indent = format!("\n{:MARGIN$}", "");
            screen.push_str(&format!("  {word:<8}  {}\n", body.trim_end().replace('\n', &indent)));
        }
        let then = Look { now: self.call.ended_at.unwrap_or(look.now), ..look.clone() };
        let open = self.scene.present.open;
        match (&self.entry, &self.call.outcome, open) {
            (Some(entry), _, _) => {
                screen.push_str("\nAnd the list of call-backs would show:\n");
                screen.push_str(&call_backs::table(&[entry.listed()], &then).render(look.width));
            }
            (None, Outcome::Missed(_), Some(id)) => {
                screen.push_str(&format!("\nIt would join call-back {id}, which is open.\n"));
            }
            (None, Outcome::Answered(_), Some(id)) => {
                screen.push_str(&format!("\nCall-back {id}, which is open, would be done by that.\n"));
            }
            (None, _, _) => {}
        }
        show(&screen)
    }

    /// The row of the call, word by word.
    fn facts(&self) -> Vec<(&'static str, String)> {
        let call = &self.call;
        let outcome = match &call.outcome {
            Outcome::Answered(accept) => format!("answered by {}", accept.by),
            Outcome::Missed(reason) => format!("missed: {reason}"),
            Outcome::Blocked | Outcome::InProgress => call.outcome.word().to_owned(),
        };
        let seconds = call.ended_at.map_or(0, |ended| ended.duration_since(call.at).as_secs());
        let step = |step: &PathStep| match &step.key {
            Some(key) => format!("{}: {key}", step.step),
            None => step.step.to_string(),
        };
        let path: Vec<String> = self.path.iter().map(step).collect();
        let answers: Vec<String> =
            call.answers.iter().map(|(name, answer)| format!("{name}: {answer}")).collect();
        let rows = [
            ("who", Some(who::rang(call))),
            ("outcome", Some(outcome)),
            ("length", Some(length(seconds))),
            ("path", Some(path.join(", "))),
            ("area", call.area.as_ref().map(ToString::to_string)),
            ("answers", Some(answers.join(", "))),
            ("language", call.language.map(|language| who::language(language).to_owned())),
            ("message", call.recording.as_ref().map(|recording| format!("{} s", recording.seconds))),
        ];
        let written = |(word, what): (&'static str, Option<String>)| {
            Some((word, what.filter(|what| !what.is_empty())?))
        };
        rows.into_iter().filter_map(written).collect()
    }

    /// Shows them to a program, with what was heard.
    pub(super) fn show_json(self, record: Record) -> Result<(), Failure> {
        let (zone, now) = (&self.scene.business.time_zone, self.call.ended_at.unwrap_or(self.call.at));
        let answered = matches!(self.call.outcome, Outcome::Answered(_) | Outcome::Missed(_));
        show_json(&Shape {
            heard: record.lines,
            call_back: self.entry.as_ref().map(|entry| CallBackShape::of(entry, now, zone)),
            joins: self.scene.present.open.filter(|_| answered),
            call: CallShape::of(self.call, self.path, zone),
        })
    }
}
