//! The same call over HTTP: through server, signatures and database of a line of its own.

use std::path::PathBuf;

use jiff::Timestamp;

use crate::call::{Accept, Acquaintance, Caller, FlowName, PersonName};
use crate::cli::failure::Failure;
use crate::cli::output::show;
use crate::cli::stage::Stage;
use crate::cli::transcript;
use crate::phone::{BadScript, Script};
use crate::store::{StoreError, Tx};
use crate::switchboard::{Draft, DraftFlow};

use super::caller::Present;
use super::hands::Answers;

/// A call for the simulated provider.
pub(super) struct Call {
    pub(super) now: Timestamp,
    /// What the caller does, as the provider's script says it.
    pub(super) acts: String,
    pub(super) answers: Answers,
    pub(super) present: Present,
    pub(super) caller: Caller,
    /// The folder of files to play.
    pub(super) audio: PathBuf,
}

/// Plays a flow on a line of its own.
pub(super) async fn play(
    mut draft: Draft,
    (name, rehearsed): (FlowName, DraftFlow),
    Call { now, acts, answers, present, caller, audio }: Call,
) -> Result<(), Failure> {
    let business = &mut draft.settings.business;
    let line = business.lines.first().map(|line| line.number.to_string()).unwrap_or_default();
    let from = caller.identity().unwrap_or("anonymous").to_owned();
    let ours = |error: BadScript| Failure::wrong_usage(error.to_string());
    // At a beep there is a message of ten seconds.
    let mut script =
        Script::new(&from, &line).caller(&acts).map_err(ours)?.caller("message 10s").map_err(ours)?;
    for (person, after) in answers.all() {
        let Some(person) = business.person(person) else { continue };
        let takes = format!("accepts after {}s", after.as_secs());
        script = script.person(person.number.as_str(), &takes).map_err(ours)?;
    }
    for line in &mut business.lines {
        line.flow = name.clone();
    }
    let owner = business.owner.clone();
    draft.flows = [(name, rehearsed)].into();
    draft.wrong.clear();
    draft.audio = audio;
    let is_second = present.again;
    let stage = Stage::open(draft, now).await?;
    let as_it_is = stage.switchboard.writer().write(move |tx| {
        if let Some(away) = &present.away.business {
            tx.step_away(away, &owner, now)?;
        }
        for (person, away) in &present.away.people {
            tx.person_steps_away(person, away, &owner, now)?;
        }
        introduce(tx, (&caller, &present.about), (owner, now))
    });
    as_it_is.await.map_err(|error| Failure::could_not("the line cannot be prepared").because(&error))?;
    if is_second {
        let first = Script::new(&from, &line).caller("hang up after 1s").map_err(ours)?;
        stage.exchange.call(first).await;
    }
    let heard = stage.exchange.call(script).await;
    show(&transcript::whole(&heard))?;
    let clean =
        heard.clean().map_err(|unclean| Failure::could_not("a document was refused").because(&unclean));
    clean.and(stage.close().await)
}

/// Lets the line of a rehearsal know of the caller what the owner's own line knows.
fn introduce(
    tx: &Tx<'_>,
    (caller, about): (&Caller, &Acquaintance),
    (owner, now): (PersonName, Timestamp),
) -> Result<(), StoreError> {
    let Some(number) = caller.number() else { return Ok(()) };
    if about.blocked {
        tx.block(number, &owner, now)?;
    }
    if about.allowed {
        tx.allow(number, &owner, now)?;
    }
    if about.human {
        tx.remember_human(caller, now)?;
    }
    if about.answered_before {
        let by = about.last_spoke_with.clone().unwrap_or(owner);
        tx.remember_answered(caller, &Accept { by, at: now })?;
    }
    tx.set_vip(number, about.vip)?;
    tx.set_name(number, about.name.as_deref(), None)?;
    tx.set_language(caller, about.language, None)
}
