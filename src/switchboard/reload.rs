//! Edits while the server runs: settings, calendars and flows are looked at every second and accepted or refused together.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;

use crate::business::Business;
use crate::call::PersonName;
use crate::call_back::{Deed, Standing};
use crate::fail_point::fail_point;
use crate::follow_up;
use crate::settings::{Environment, Home, LoadError, Settings};
use crate::store::{StoreError, Tx, WriteError};

use super::audio::AudioTable;
use super::{Draft, Live, Moment, Switchboard, beat};

/// How often to look.
const EVERY: Duration = Duration::from_secs(1);

/// A file as a glance sees it: name, length, and when it was changed.
type Glance = Vec<(String, u64, Option<SystemTime>)>;

/// How a home looked when it was taken up last. Shared, so that a task that is started again misses no edit.
#[derive(Clone, Debug)]
pub struct TakenUp(Arc<Mutex<Glance>>);

impl TakenUp {
    /// An edit of this home from now on is news.
    pub fn from_now_on(home: &Home) -> Self {
        Self(Arc::new(Mutex::new(glance(home))))
    }

    fn is(&self, looks: &Glance) -> bool {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) == *looks
    }

    fn remember(&self, looks: Glance) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = looks;
    }
}

/// Takes edits up until the task is dropped.
pub async fn keep_up(
    switchboard: Arc<Switchboard>,
    (home, taken_up): (Home, TakenUp),
    environment: Environment,
) {
    let mut every = beat(EVERY);
    loop {
        every.tick().await;
        fail_point!("reload");
        let folder = home.clone();
        // A disk that hangs must not hold up those who answer callers.
        let Ok(looks) = tokio::task::spawn_blocking(move || glance(&folder)).await else { return };
        if taken_up.is(&looks) {
            continue;
        }
        let troubles = &switchboard.troubles;
        let taken = troubles.note(&troubles.editing, switchboard.take_up(&home, &environment).await);
        // The owner does not save twice because our disk was busy: what was not taken up is looked at again.
        let Some(is_live) = taken else { continue };
        if is_live {
            tracing::info!("the edited settings and flows are live");
        }
        taken_up.remember(looks);
    }
}

impl Switchboard {
    /// Reads the home again and puts it live if all of it is sound; `false` when it is not, and all stays as it was.
    pub async fn take_up(&self, home: &Home, environment: &Environment) -> Result<bool, WriteError> {
        let before = self.live();
        // A flow is walked through in every way that a call can go. Callers do not wait for that, nor does another
        // database that has to hold the flows that are live.
        let (folder, around, is_sample) = (home.clone(), environment.clone(), before.is_sample);
        let read = move || {
            let draft = Draft::read(&folder, &around, is_sample)?;
            let audio = AudioTable::read(&draft.audio);
            Ok((draft, audio))
        };
        let Ok(read) = tokio::task::spawn_blocking(read).await else {
            tracing::error!(
                "the edited files could not be read, by a mistake of ringback; the old ones stay live"
            );
            return Ok(false);
        };
        let (draft, audio) = match read {
            Ok((draft, _)) if loses_the_provider(&before.settings, &draft.settings) => {
                tracing::warn!(
                    "the settings are not live: without the provider's key and `public_url` no call is answered"
                );
                return Ok(false);
            }
            Ok((draft, audio)) if draft.is_sound() => (draft, audio),
            Ok((draft, _)) => {
                let files = draft.wrong.len();
                tracing::warn!(
                    files,
                    "the edited flows are not live; `ringback check` says what is wrong with them"
                );
                return Ok(false);
            }
            // What is wrong with them may quote a number, which no log may hold.
            Err(LoadError::Wrong(mistakes)) => {
                let mistakes = mistakes.len();
                tracing::warn!(
                    mistakes,
                    "the settings are not live; `ringback check` says what is wrong with them"
                );
                return Ok(false);
            }
            Err(error) => {
                tracing::warn!(%error, "the settings are not live; `ringback check` says what is wrong with them");
                return Ok(false);
            }
        };
        let _one_at_a_time = self.going_live.lock().await;
        let (writer, now) = (self.writer(), self.now());
        let mut live = Live::start_without_audio(&draft, writer, &before.listening, now).await?;
        live.audio = audio;
        live.audio.keep(&before.audio, self.now());
        self.go_live(live);
        self.adopt_orphans().await?;
        Ok(true)
    }

    /// Hands open entries of people who are gone to the owner: those that calls opened under the settings of before,
    /// while new ones went live.
    pub async fn adopt_orphans(&self) -> Result<(), WriteError> {
        let (live, now) = (self.live(), self.now());
        self.writer().write(move |tx| adopt_orphans(tx, &live.settings.business, now)).await
    }
}

impl Moment {
    /// Hands over what people hold who are not in the settings any more.
    pub fn adopt_orphans(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        adopt_orphans(tx, &self.live.settings.business, self.now)
    }
}

/// Open entries of people who are gone go to the owner, and what such people asked or were asked ends; each with a line
/// in the history.
pub(super) fn adopt_orphans(tx: &mut Tx<'_>, business: &Business, now: Timestamp) -> Result<(), StoreError> {
    let people: Vec<_> = business.people.iter().map(|person| person.name.clone()).collect();
    let gone = |name: &PersonName| !people.contains(name);
    for mut stored in tx.orphaned_call_backs(&people)? {
        let entry = &mut stored.entry;
        let (deed, detail) = if gone(&entry.owner) {
            let owner = std::mem::replace(&mut entry.owner, business.owner.clone());
            entry.standing = Standing::Waiting;
            let detail = format!("from {owner}, who is not in the settings any more, to {}", business.owner);
            (Deed::HandedOver, detail)
        } else {
            let asked = entry.offer.iter().flat_map(|offer| [&offer.to, &offer.by]).find(|name| gone(name));
            let Some(asked) = asked else { continue };
            let detail = format!("{asked} is not in the settings any more; it stays {}'s", entry.owner);
            (Deed::Lapsed, detail)
        };
        entry.offer = None;
        tx.save_call_back(&stored)?;
        follow_up::log(tx, stored.entry.id, (deed, Some(detail)), now)?;
    }
    Ok(())
}

/// Whether the provider, which is believed now, could not be any more; a server would not start like that.
fn loses_the_provider(now: &Settings, then: &Settings) -> bool {
    now.twilio.auth_token.is_some() && then.twilio.auth_token.is_none()
        || now.public_url.is_some() && then.public_url.is_none()
}

fn glance(home: &Home) -> Glance {
    let mut seen = Vec::new();
    look_at(&home.settings(), &mut seen);
    // Beside the settings lie calendars, and much that is none of ours: the database changes with every call.
    let beside = fs::read_dir(home.folder()).into_iter().flatten().flatten().map(|entry| entry.path());
    for calendar in beside.filter(|path| path.extension().is_some_and(|ending| ending == "ics")) {
        look_at(&calendar, &mut seen);
    }
    for folder in [home.flows(), home.flows().join("audio")] {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            look_at(&entry.path(), &mut seen);
        }
    }
    seen.sort();
    seen
}

fn look_at(path: &Path, seen: &mut Glance) {
    if let Ok(metadata) = fs::metadata(path) {
        seen.push((path.display().to_string(), metadata.len(), metadata.modified().ok()));
    }
}
