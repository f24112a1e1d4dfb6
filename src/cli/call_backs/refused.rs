//! Why something was not done, with who and when, and what to do instead.

use crate::business::Business;
use crate::call::PersonName;
use crate::call_back::IllegalMove;
use crate::cli::failure::Failure;
use crate::cli::when::Look;
use crate::cli::who;
use crate::follow_up::Refusal;

use super::unknown;

pub(super) fn refused(why: Refusal, (business, look): (&Business, &Look)) -> Failure {
    let told = why.to_string();
    match why {
        Refusal::Unknown(id) => unknown(id),
        Refusal::Illegal(why) => illegal(&why, (business, look)),
        Refusal::Nobody(_) | Refusal::NoNumber(_) | Refusal::OurNumber(_) | Refusal::NotByHand(_) => {
            Failure::could_not(told)
        }
        Refusal::OwnerStandsIn { to, .. } => {
            Failure::could_not(told).hint(format!("`ringback away {to}` says until when"))
        }
        Refusal::Emptied(_) => Failure::could_not(told).hint("`ringback calls --from NUMBER` shows where"),
        Refusal::NobodyToRing(id) => Failure::could_not(told)
            .hint(format!("`ringback cb done {id} not-needed` closes it; or wait until they ring again")),
        Refusal::NoteLength { .. } => Failure::wrong_usage(told),
        Refusal::WaitsElsewhere { other, .. } => {
            Failure::could_not(told).hint(format!("work on that one: `ringback call-backs take {other}`"))
        }
        Refusal::NothingToUndo => Failure::could_not(told).hint("only your own last deed can be taken back"),
        Refusal::UndoneAlready { at, .. } => Failure::could_not(format!("{told}, {}", look.ago(at))),
        Refusal::TooOld { id, at } => Failure::could_not(format!("{told}: {}", look.ago(at)))
            .hint(format!("ten minutes are the limit; `ringback call-backs reopen {id}` opens a closed one")),
        Refusal::DoneSince { id, by, what, at } => {
            Failure::could_not(format!("{told}: {by} did something to it, {what}, {}", look.ago(at)))
                .hint(history(id))
        }
        Refusal::RangSince(id) => Failure::could_not(told)
            .hint(format!("it stays open; `ringback call-backs done {id} OUTCOME` closes it")),
        Refusal::Store(error) => Failure::from(error),
    }
}

fn illegal(why: &IllegalMove, (business, look): (&Business, &Look)) -> Failure {
    let spoken = |name: &PersonName| who::spoken(business, name);
    match why {
        IllegalMove::TakenBy { id, by, at } => {
            let (by, ago) = (spoken(by), look.ago(*at));
            Failure::could_not(format!("{by} took call-back {id} already, {ago}")).hint(history(*id))
        }
        IllegalMove::ClosedBy { id, by, at, outcome } => {
            let (by, ago) = (spoken(by), look.ago(*at));
            Failure::could_not(format!("call-back {id} was closed by {by}: {outcome}, {ago}"))
                .hint(history(*id))
        }
        IllegalMove::Open(_) | IllegalMove::OnlyByTelephone => Failure::could_not(why.to_string()),
        IllegalMove::Free(id) => Failure::could_not(why.to_string()).hint(history(*id)),
        IllegalMove::OwnedBy { id, owner } => Failure::could_not(format!("call-back {id} is {}'s already", spoken(owner))).hint(format!(
            "`ringback cb take {id} --as {owner}` says that {} is on it; `ringback cb undo {id}` withdraws an offer",
            spoken(owner)
        )),
        IllegalMove::NotOffered(id) => Failure::could_not(why.to_string())
            .hint(format!("`ringback call-backs take {id}` makes it yours all the same")),
        IllegalMove::OfferedTo { id, to, until } => {
            let (to, until) = (spoken(to), look.at(*until));
            Failure::could_not(format!("{to} is asked to have call-back {id}, until {until}")).hint(format!(
                "only who is asked answers; for who asked, `ringback cb undo {id}` withdraws the offer"
            ))
        }
        IllegalMove::WakesInThePast(_) | IllegalMove::SleepsTooLong(_) => {
            Failure::wrong_usage(why.to_string())
        }
        IllegalMove::Promised { id, promised_at } => {
            let told = told(*promised_at, look);
            Failure::could_not(format!("{why}: {told}")).hint(format!(
                "ring first; once they agreed to it, add `--agreed`: `ringback call-backs snooze {id} TIME --agreed`"
            ))
        }
        IllegalMove::NeedsNote { promised_at, .. } => {
            let told = told(*promised_at, look);
            Failure::could_not(format!("{why}: {told}"))
                .hint("say how it was put right: `--note \"said sorry, we come tomorrow at 9\"`")
        }
    }
}

/// `the caller was told 3 p.m., 2 h ago`, `the caller counts on 3 p.m.`.
fn told(promised_at: jiff::Timestamp, look: &Look) -> String {
    let at = look.at(promised_at);
    if promised_at < look.now {
        format!("the caller was told {at} and waits")
    } else {
        format!("the caller counts on {at}")
    }
}

fn history(id: crate::call_back::CallBackId) -> String {
    format!("`ringback call-backs history {id}` tells the rest")
}
