//! The switchboard as the server sees it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use hyper::body::Bytes;
use jiff::Timestamp;
use tokio::time::Instant;

use crate::call::{Caller, Provider, ProviderCall};
use crate::dialect::{Parties, Webhook};
use crate::fail_point::fail_point;
use crate::store::StoreFault;
use crate::switchboard::{self, Switchboard};

use super::presence::TurnedAway;
use super::{Answer, Answers, Audio, Live, MalformedRequest, SafeReplies, Unanswered};

/// A switchboard behind the server's door.
pub struct Board {
    switchboard: Arc<Switchboard>,
    insecure: bool,
    /// What the server was shown last, and what it was made from.
    shown: RwLock<(Arc<switchboard::Live>, Arc<Live>)>,
    turned_away: Mutex<TurnedAway>,
}

impl Board {
    /// With `insecure`, signatures are not looked at.
    pub fn new(switchboard: Arc<Switchboard>, insecure: bool) -> Self {
        let live = switchboard.live();
        let shown = Arc::new(show(&live, insecure));
        Self { switchboard, insecure, shown: RwLock::new((live, shown)), turned_away: Mutex::default() }
    }

    pub(super) fn store_fault(&self) -> Option<StoreFault> {
        self.switchboard.writer().fault()
    }

    pub(super) fn turned_away(&self) -> TurnedAway {
        *self.turned_away.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Answers for Board {
    fn live(&self) -> Arc<Live> {
        let live = self.switchboard.live();
        let shown = self.shown.read().unwrap_or_else(PoisonError::into_inner);
        if Arc::ptr_eq(&shown.0, &live) {
            return shown.1.clone();
        }
        let before = shown.1.clone();
        drop(shown);
        // Everything that the server does begins here: where this cannot be shown, the last one still is.
        let shown = catch_unwind(AssertUnwindSafe(|| show(&live, self.insecure))).map_or(before, Arc::new);
        *self.shown.write().unwrap_or_else(PoisonError::into_inner) = (live, shown.clone());
        shown
    }

    fn now(&self) -> Timestamp {
        self.switchboard.now()
    }

    async fn answer(&self, read_at: Instant, webhook: Webhook) -> Result<Answer, Unanswered> {
        Ok(match self.switchboard.answer_read_at(read_at, webhook).await {
            switchboard::Answer::Document(document) => Answer::Document(Bytes::from(document)),
            switchboard::Answer::Nothing => Answer::Nothing,
            switchboard::Answer::Safe => Answer::Safe,
        })
    }

    fn note_turned_away(&self) -> u64 {
        let mut turned_away = self.turned_away.lock().unwrap_or_else(PoisonError::into_inner);
        turned_away.requests += 1;
        turned_away.last_at = Some(self.now());
        turned_away.requests
    }

    async fn keep_malformed(&self, read_at: Instant, request: MalformedRequest) -> Result<(), Unanswered> {
        // Without a call of its own, equal requests are one row: their name is made from their bytes.
        let nameless = Parties {
            call: ProviderCall {
                provider: Provider::Twilio,
                account: String::new(),
                id: format!("unread-{}", request.fingerprint),
            },
            caller: Caller::Withheld,
            caller_name: None,
            line: None,
            forwarded_from: None,
            attested: false,
        };
        let parties = request.parties.unwrap_or(nameless);
        let why = format!("{}: {}", request.path, request.why);
        self.switchboard.keep_malformed(read_at, parties, why).await;
        Ok(())
    }
}

fn show(live: &switchboard::Live, insecure: bool) -> Live {
    fail_point!("board.show");
    let (business, twilio) = (&live.settings.business, &live.settings.twilio);
    let owner: Vec<_> =
        business.person(&business.owner).map(|person| person.number.clone()).into_iter().collect();
    Live {
        public_url: live.public_url().to_owned(),
        signing_key: twilio.auth_token.clone(),
        account_sid: twilio.account_sid.clone(),
        path_secret: twilio.path_secret.clone(),
        on_bad_signature: twilio.on_bad_signature,
        insecure,
        safe: SafeReplies::write(&owner, &live.base, &business.language),
        audio: live.audio.served.iter().map(audio).collect(),
    }
}

fn audio((name, bytes): (&String, &Arc<[u8]>)) -> (String, Audio) {
    let content_type = if name.ends_with(".wav") { "audio/wav" } else { "audio/mpeg" };
    (name.clone(), Audio { content_type, bytes: Bytes::from_owner(bytes.clone()) })
}
