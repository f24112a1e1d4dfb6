//! Whose safe ring somebody accepted, for the time in which the store cannot say so: after a talk the caller is let go,
//! and only who met nobody, or a voicemail, is asked for a message.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use crate::call::ProviderCall;
use crate::dialect::{News, SafeReply, SafeRoute, Webhook, write_safe};

use super::{Answer, Moment, Switchboard};

/// As many calls as a line can have in hours; one that is forgotten hears a word too many.
const MOST: usize = 4096;

/// The calls that were accepted last. It goes with the process: after a restart the caller hears that word.
#[derive(Default)]
pub(super) struct Accepted(Mutex<VecDeque<ProviderCall>>);

impl Accepted {
    /// Hears a webhook before anybody knows whether the store takes it.
    pub(super) fn hear(&self, webhook: &Webhook) {
        let News::Safe { step: SafeRoute::Accept, pressed: true, .. } = webhook.news else { return };
        let mut calls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if calls.contains(&webhook.parties.call) {
            return;
        }
        if calls.len() == MOST {
            calls.pop_front();
        }
        calls.push_back(webhook.parties.call.clone());
    }

    fn holds(&self, call: &ProviderCall) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(call)
    }
}

impl Switchboard {
    /// The end of a talk in the safe reply, of which the store did not hear; `None` for everything else.
    pub(super) fn end_of_talk(&self, moment: &Moment, webhook: &Webhook) -> Option<Answer> {
        let News::Safe { step, connected, .. } = webhook.news else { return None };
        let was_talk = is_reported(step, connected) && self.accepted.holds(&webhook.parties.call);
        was_talk.then(|| moment.hang_up())
    }
}

impl Moment {
    /// The safe reply after a talk.
    pub(super) fn hang_up(&self) -> Answer {
        let language = &self.live.settings.business.language;
        Answer::Document(write_safe(SafeReply::HangUp, &self.live.base, language))
    }
}

/// Whether the provider says that the safe ring connected the caller. It says so of a voicemail too: only with an accept
/// was it a talk.
pub(super) fn is_reported(step: SafeRoute, connected: bool) -> bool {
    step == SafeRoute::Rang && connected
}
