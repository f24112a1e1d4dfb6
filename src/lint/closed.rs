//! L22, L23: what callers are told while nobody is there, and whether it can be kept.

use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp};

use crate::business::Absences;
use crate::engine::Speech;
use crate::flow::Span;
use crate::language::Language;
use crate::notation::Level;
use crate::walk::{Act, Kind, Node, NodeId, Walk};

use super::finding::Findings;
use super::texts::own_texts;
use super::times::{promised_hours, says_time};
use super::{Finding, Look, Rule};

pub(super) fn check(look: &Look<'_>, findings: &mut Findings) {
    for walk in look.walks {
        match walk.situation.kind {
            Kind::Closed | Kind::Away => told_a_time(look, walk, findings),
            Kind::Open
            | Kind::NobodyOnDuty
            | Kind::Again
            | Kind::Known
            | Kind::Withheld
            | Kind::WithheldClosed
            | Kind::Blocked
            | Kind::Unknown => {}
        }
        promises(look, walk, findings);
    }
    written_promises(look, findings);
}

/// L22: what a caller hears who does nothing but leave a message, and whose call nobody takes.
fn told_a_time(look: &Look<'_>, walk: &Walk, findings: &mut Findings) {
    let language = |node: &Node| node.reply.language.unwrap_or(look.ground.language());
    let mut at = NodeId(0);
    for _ in 0..walk.nodes.len() {
        let node = walk.node(at);
        let told = node.reply.say.iter().any(|speech| match speech {
            Speech::Say(words) => says_time(words, language(node)),
            Speech::SayIn(language, words) => says_time(words, *language),
            // What a file says is the owner's.
            Speech::Play(_) => true,
            Speech::Pause(_) => false,
        });
        if told {
            return;
        }
        let on = |act: &Act| matches!(act, Act::Silence | Act::Nobody | Act::LeaveMessage);
        let Some(edge) = node.edges.iter().find(|edge| on(&edge.act)) else { break };
        at = edge.to;
    }
    let message = format!("{} nobody hears a time at which you open or call back", walk.situation);
    let finding = Finding::warning(Rule::L22, look.beginning(walk), message);
    let hint = "say \"We're open again {opens}.\", or let the caller have a call-back \"{promise}\"";
    findings.push(Finding { level: Level::Error, ..finding }.hint(hint));
}

/// L23, for every time that is worked out.
fn promises(look: &Look<'_>, walk: &Walk, findings: &mut Findings) {
    let business = look.subject.business;
    let situation = &walk.situation;
    for node in &walk.nodes {
        let Some(promise) = node.state.promise else { continue };
        let span = look.span_of(node, &["call-back", "message", "say", "press"]);
        if !business.is_open(promise) {
            let message = "a call-back is promised for a time at which you are closed";
            let finding = Finding::warning(Rule::L23, span, message);
            let hint = "write your opening hours into `[hours]` of `ringback.toml`";
            findings.push(Finding { level: Level::Error, ..finding }.hint(hint));
            continue;
        }
        let Some(opens) = business.opens_at(situation.now, &situation.away) else { continue };
        let later = opens.duration_until(promise);
        let limit = SignedDuration::try_from(look.subject.limits.promise).unwrap_or(SignedDuration::MAX);
        if situation.kind == Kind::Closed && later > limit {
            let hours = |time: SignedDuration| time.as_secs() as f64 / 3600.0;
            let message = format!(
                "a call-back is promised {:.1} h after you open again ({} h is good)",
                hours(later),
                hours(limit)
            );
            let finding = Finding::warning(Rule::L23, span, message);
            let hint = "make `within` of `[promise]` in `ringback.toml` shorter";
            findings.push(Finding { weight: hours(later), ..finding }.hint(hint));
        }
    }
}

/// L23, for times that the owner wrote: "we'll call you by nine" is kept if nine is within some day's hours.
fn written_promises(look: &Look<'_>, findings: &mut Findings) {
    let Some(closed) = look.subject.moments.closed else { return };
    for text in own_texts(look) {
        for hour in promised_hours(&text.words, text.language) {
            if !kept(look, closed, hour) {
                let span: Span = text.span.clone();
                let message = "a call-back is promised for a time at which you are closed";
                let finding = Finding::warning(Rule::L23, span, message);
                let hint = "write `{promise}`: ringback works out a time that your hours keep";
                findings.push(Finding { level: Level::Error, ..finding }.hint(hint));
            }
        }
    }
}

/// Whether somebody is there in the half hour before that hour, in the morning or in the evening, on the day of the
/// next opening.
fn kept(look: &Look<'_>, closed: Timestamp, hour: i8) -> bool {
    let business = look.subject.business;
    let Some(opens) = business.opens_at(closed, &Absences::default()) else { return false };
    let day: Date = business.time_zone.to_datetime(opens).date();
    let halves = [Some(hour), (hour <= 12).then_some((hour + 12) % 24)];
    halves.into_iter().flatten().any(|hour| {
        let at = Time::new(hour, 0, 0, 0)
            .ok()
            .and_then(|time| business.time_zone.to_timestamp(day.to_datetime(time)).ok());
        at.is_some_and(|at| business.is_open(at - SignedDuration::from_mins(1)) || business.is_open(at))
    })
}

/// The language that a text is in, where it is in none of its own.
pub(super) fn language_of(look: &Look<'_>, language: Option<Language>) -> Language {
    language.unwrap_or(look.ground.language())
}
