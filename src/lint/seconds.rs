//! L3, L4, L16, L20, L21: seconds that callers listen.

use std::time::Duration;

use crate::engine::{Speech, Then};
use crate::flow;
use crate::walk::{Kind, heard_alone};

use super::finding::{Findings, in_seconds};
use super::wording::{bearable, invitation, measured, until_first_choice, whole_menu};
use super::{Bounds, Finding, Look, Rule};

/// L16, from the design guides.
const SILENCE: Duration = Duration::from_secs(3);
/// L20, from the survey.
const HOLDING: Duration = Duration::from_secs(60);

pub(super) fn check(look: &Look<'_>, findings: &mut Findings) {
    let limits = look.subject.limits;
    for walk in look.walks {
        for node in &walk.nodes {
            let span = look.span_of(node, &["say", "play"]);
            if node.is_fresh_menu() {
                let before = node.first_choice.and_then(|time| until_first_choice(time, limits));
                for finding in [before, whole_menu(node.speech, limits)].into_iter().flatten() {
                    findings.push(Finding { span: span.clone(), ..finding });
                }
            }
            let silence = Bounds { warn: SILENCE, error: limits.silence };
            let quiet = longest_quiet(&node.reply.say);
            if let Some((level, limit)) = silence.over(quiet) {
                let message =
                    format!("callers hear nothing for {} ({})", in_seconds(quiet), bearable(level, limit));
                findings.push(Finding { span: span.clone(), ..measured(Rule::L16, level, quiet, message) });
            }
            let waits = matches!(node.reply.then, Then::Menu { .. });
            if !waits && node.speech > HOLDING {
                let message = format!(
                    "callers listen for {} without a key that would help them on (60 s is the limit)",
                    in_seconds(node.speech)
                );
                findings.error(Rule::L20, span, message);
            }
        }
    }
    invitations(look, findings);
}

/// Each invitation as it is heard by itself, by callers who are told the longest times.
fn invitations(look: &Look<'_>, findings: &mut Findings) {
    let told = |kind| matches!(kind, Kind::Open | Kind::Closed);
    for walk in look.walks.iter().filter(|walk| told(walk.situation.kind)) {
        for (id, step) in look.subject.flow.ids() {
            let (flow::Then::Message { .. }, Some(places)) = (&step.then, look.places(id)) else { continue };
            let alone = heard_alone(look.ground, id, &walk.situation);
            let finding = invitation(alone.speech, look.subject.limits);
            findings.extend(finding.map(|finding| Finding { span: places.word("message"), ..finding }));
        }
    }
}

fn longest_quiet(said: &[Speech]) -> Duration {
    let mut longest = 0;
    let mut now = 0;
    for speech in said {
        now = match speech {
            Speech::Pause(seconds) => now + u64::from(*seconds),
            Speech::Say(_) | Speech::SayIn(..) | Speech::Play(_) => 0,
        };
        longest = longest.max(now);
    }
    Duration::from_secs(longest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{found, walked};

    #[test]
    fn quiet_is_counted_as_it_is_heard() {
        let say = |words: &str| Speech::Say(words.to_owned());
        let said = [say("a"), Speech::Pause(2), Speech::Pause(2), say("b"), Speech::Pause(3)];
        assert_eq!(longest_quiet(&said), Duration::from_secs(4));
        for (quiet, expected) in [(3, None), (4, Some("L16 warn")), (6, Some("L16 error"))] {
            let mut walks = walked();
            let nodes = walks.iter_mut().flat_map(|walk| &mut walk.nodes);
            nodes.for_each(|node| node.reply.say.insert(0, Speech::Pause(quiet)));
            let told = found(&walks, check);
            let first = told.iter().find(|told| told.starts_with("L16"));
            assert_eq!(first.map(|told| &told[..told.find(':').unwrap_or_default()]), expected);
        }
    }
}
