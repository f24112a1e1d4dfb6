//! What should not have happened, as an owner reads it: what is of a kind and over is told in one line.

use crate::call::CallId;
use crate::cli::aside::Aside;
use crate::cli::when::Look;
use crate::store::{Incident, NOBODY_TOLD};

use super::Finding;

/// How much an incident matters now.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Kind {
    /// Calls went by the journal, and are in the database now.
    Late,
    /// The file lost its place, and what was in it was carried over.
    Moved,
    /// A record that cannot be taken in; the file that holds it says more.
    Garbled,
    Other,
}

impl Kind {
    fn of(incident: &Incident) -> Self {
        match incident.what.as_str() {
            "the store did not take the call in time" | "the store did not take a turn in time" => Self::Late,
            "the database file was deleted, moved or replaced while in use" => Self::Moved,
            "a record of the emergency journal cannot be imported" => Self::Garbled,
            _ => Self::Other,
        }
    }
}

/// The last ones first.
pub(super) fn findings(incidents: Vec<Incident>, aside: &[Aside], look: &Look) -> Vec<Finding> {
    let mut groups: Vec<(Kind, Vec<Incident>)> = Vec::new();
    for incident in incidents {
        let kind = Kind::of(&incident);
        let is_alike = |(known, group): &&mut (Kind, Vec<Incident>)| match kind {
            Kind::Late | Kind::Moved | Kind::Garbled => *known == kind,
            Kind::Other => group[0].what == incident.what && group[0].detail == incident.detail,
        };
        match groups.iter_mut().find(is_alike) {
            Some((_, group)) => group.push(incident),
            None => groups.push((kind, vec![incident])),
        }
    }
    // The file that holds them is told of, and longer than a day.
    groups.retain(|(kind, _)| *kind != Kind::Garbled || aside.iter().all(|aside| aside.unreadable == 0));
    groups.iter().map(|(kind, group)| finding(*kind, group, look)).collect()
}

fn finding(kind: Kind, group: &[Incident], look: &Look) -> Finding {
    let (when, Incident { what, detail, .. }) = (when(group, look), &group[0]);
    match kind {
        Kind::Late => {
            let calls = calls(group);
            let when = span(group, look);
            let says = format!("{when}: the database did not take {calls} in time.");
            let advice = format!(
                "nothing to do: {} kept in the journal meanwhile and taken in since; `ringback calls` shows {}",
                if calls == "a call" { "it was" } else { "they were" },
                if calls == "a call" { "it" } else { "them" },
            );
            Finding::note("incident", says, advice)
        }
        Kind::Moved => {
            let says = format!("{when}: {}", sentences(what, detail));
            Finding::note(
                "incident",
                says,
                "nothing to do; what stood there in its place, if anything, is beside it",
            )
        }
        Kind::Garbled => {
            let says = format!("{when}: {what}. Calls may be in it that are on no list.");
            let advice = "compare the provider's call log of that time with `ringback calls`, and ring back who is missing";
            Finding::problem("incident", says, advice)
        }
        Kind::Other => {
            Finding::problem("incident", format!("{when}: {}", sentences(what, detail)), advice(what, group))
        }
    }
}

/// `20 min ago`, `3 times from 3:31 p.m. to 3:47 p.m.`
fn when(group: &[Incident], look: &Look) -> String {
    match group.len() {
        1 => span(group, look),
        times => format!("{times} times {}", span(group, look)),
    }
}

/// `20 min ago`, `from 3:31 p.m. to 3:47 p.m.`, whatever came in last.
fn span(group: &[Incident], look: &Look) -> String {
    let times = group.iter().map(|incident| incident.at);
    let (first, last) =
        times.fold((group[0].at, group[0].at), |(first, last), at| (first.min(at), last.max(at)));
    let (from, to) = (look.at(first), look.at(last));
    match group.len() {
        1 => look.ago(last),
        _ if from == to => format!("at {to}"),
        _ => format!("from {from} to {to}"),
    }
}

fn calls(group: &[Incident]) -> String {
    let mut calls: Vec<CallId> = group.iter().filter_map(|incident| incident.call).collect();
    calls.sort_unstable();
    calls.dedup();
    match calls.len() {
        0 | 1 => "a call".to_owned(),
        many => format!("{many} calls"),
    }
}

/// A word after a colon, a sentence after a full stop.
fn sentences(what: &str, detail: &str) -> String {
    if detail.is_empty() {
        return format!("{what}.");
    }
    if !detail.contains(' ') {
        return format!("{what}: {detail}");
    }
    let mut letters = detail.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    let end = if detail.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{what}. {first}{}{end}", letters.as_str())
}

fn advice(what: &str, group: &[Incident]) -> String {
    let told = match what {
        "unknown line" | "a line that is not in the settings" => {
            "add the number under `[lines]` in `ringback.toml`, or take our URLs out of it at the provider"
        }
        _ if what.starts_with("the machine's clock") => "set this machine's clock, best by NTP",
        NOBODY_TOLD => "try the command or webhook of `[notify]` by hand",
        _ if what.starts_with("the provider used the fallback") => {
            "look the code up in the provider's error log; our server may have been unreachable"
        }
        _ if group.iter().all(|incident| incident.call.is_some()) => match group {
            [Incident { call: Some(CallId(id)), .. }] => {
                return format!("call {id} is in `ringback calls`; if it comes again, keep the server's log");
            }
            _ => "the calls are in `ringback calls`; if it comes again, keep the server's log",
        },
        _ => "if it comes again, keep the server's log",
    };
    told.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::screen;
    use crate::cli::testing::{ago, look, plain};

    fn incident(minutes: i64, call: Option<i64>, (what, detail): (&str, &str)) -> Incident {
        Incident {
            at: ago(minutes),
            call: call.map(CallId),
            what: what.to_owned(),
            detail: detail.to_owned(),
        }
    }

    fn shown(incidents: Vec<Incident>, aside: &[Aside]) -> String {
        plain(&screen(&findings(incidents, aside, &look()), &look()))
    }

    #[test]
    fn a_bad_quarter_of_an_hour_is_one_line_and_no_problem() {
        let late =
            |minutes, call| incident(minutes, Some(call), ("the store did not take the call in time", ""));
        let turn = incident(33, Some(4), ("the store did not take a turn in time", "turn 2"));
        let expected = "\
note     incident   from 2:20 p.m. to 2:36 p.m.: the database did not take 3
                    calls in time.
                    > nothing to do: they were kept in the journal meanwhile and
                      taken in since; `ringback calls` shows them
";
        assert_eq!(shown(vec![late(24, 5), late(30, 4), turn, late(40, 3)], &[]), expected);
    }

    #[test]
    fn what_was_carried_over_is_told_in_sentences() {
        let what = "the database file was deleted, moved or replaced while in use";
        let detail = "what was in it was carried over into a new file at `ringback.db`";
        let expected = "\
note     incident   3 min ago: the database file was deleted, moved or
                    replaced while in use. What was in it was carried over
                    into a new file at `ringback.db`.
                    > nothing to do; what stood there in its place, if anything,
                      is beside it
";
        assert_eq!(shown(vec![incident(3, None, (what, detail))], &[]), expected);
    }

    #[test]
    fn nobody_is_said_to_be_on_the_list_who_may_not_be() {
        let garbled = |id| incident(3, None, ("a record of the emergency journal cannot be imported", id));
        let expected = "\
problem  incident   2 times at 2:57 p.m.: a record of the emergency journal
                    cannot be imported. Calls may be in it that are on no
                    list.
                    > compare the provider's call log of that time with
                      `ringback calls`, and ring back who is missing
";
        assert_eq!(shown(vec![garbled("7e86"), garbled("7e87")], &[]), expected);
        let of_a_call = incident(3, Some(17), ("the call's flow cannot be read any more", ""));
        let expected = "\
problem  incident   3 min ago: the call's flow cannot be read any more.
                    > call 17 is in `ringback calls`; if it comes again, keep
                      the server's log
";
        assert_eq!(shown(vec![of_a_call], &[]), expected);
    }
}
