//! A line in a folder of its own, with a simulated provider and a clock that is moved by hand: where the demo, and a
//! rehearsal over HTTP, are played. Nothing of the owner's is touched.

use std::path::PathBuf;
use std::sync::Arc;
use std::{env, fs, process};

use jiff::Timestamp;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::phone::{Clock, Exchange};
use crate::server::{Limits, Opening, ServeError, Station};
use crate::settings::{Environment, Home, Secret};
use crate::switchboard::{Draft, Switchboard};

use super::failure::Failure;

const PUBLIC_URL: &str = "https://phone.example.com";
const TOKEN: &str = "a-key-that-only-this-stage-knows";

/// A line that is open until the stage is closed.
pub(super) struct Stage {
    pub(super) switchboard: Arc<Switchboard>,
    pub(super) exchange: Exchange,
    pub(super) clock: Clock,
    stop: oneshot::Sender<()>,
    served: JoinHandle<Result<(), ServeError>>,
    _folder: Option<Folder>,
}

impl Stage {
    /// Opens the line with what the draft says; it begins at `now`.
    pub(super) async fn open(draft: Draft, now: Timestamp) -> Result<Self, Failure> {
        let folder = Folder::new()?;
        let mut stage = Self::open_in(Home::new(&folder.0), draft, now).await?;
        stage._folder = Some(folder);
        Ok(stage)
    }

    /// Opens the line in a home that stays when it is closed.
    pub(super) async fn open_in(home: Home, mut draft: Draft, now: Timestamp) -> Result<Self, Failure> {
        let clock = Clock::starting(now);
        let environment = Environment {
            public_url: Some(PUBLIC_URL.to_owned()),
            twilio_auth_token: Some(Secret::new(TOKEN)),
            ..Environment::default()
        };
        draft.settings.public_url.clone_from(&environment.public_url);
        draft.settings.twilio.auth_token.clone_from(&environment.twilio_auth_token);
        draft.settings.twilio.account_sid = None;
        draft.settings.twilio.path_secret = None;
        draft.settings.notify = None;
        let people = draft.settings.business.people.iter();
        let names = people.map(|person| (person.number.to_string(), person.spoken.clone())).collect();
        let told = clock.clone();
        let opening = Opening {
            home,
            environment,
            listen: ([127, 0, 0, 1], 0).into(),
            insecure: false,
            clock: crate::clock::Clock::told(move || told.now()),
        };
        let not_open = |error| Failure::could_not("a line of its own cannot be opened").because(&error);
        let station = Station::open(opening, &draft).await.map_err(not_open)?;
        let mut exchange = Exchange::new(&format!("http://{}", station.address), PUBLIC_URL);
        exchange.secret = Some(TOKEN.to_owned());
        exchange.clock = clock.clone();
        exchange.names = names;
        let switchboard = station.switchboard.clone();
        let (stop, stopped) = oneshot::channel::<()>();
        let served = tokio::spawn(station.serve(Limits::default(), async { drop(stopped.await) }));
        Ok(Self { switchboard, exchange, clock, stop, served, _folder: None })
    }

    /// Closes the line, and the folder is gone.
    pub(super) async fn close(self) -> Result<(), Failure> {
        drop(self.switchboard);
        // The server may have stopped by itself, which the next lines tell.
        let _ = self.stop.send(());
        match self.served.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(cut)) => Err(Failure::could_not("not everybody could be answered").because(&cut)),
            Err(error) => Err(Failure::could_not("the server of its own failed").because(&error)),
        }
    }
}

/// What a line runs on.
pub(super) fn runtime() -> Result<Runtime, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.map_err(|error| Failure::could_not("the server cannot start").because(&error))
}

/// A folder that is gone when it is dropped.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Self, Failure> {
        let folder = env::temp_dir().join(format!("ringback-stage-{}", process::id()));
        let refused =
            |error| Failure::could_not(format!("`{}` cannot be made", folder.display())).because(&error);
        fs::create_dir(&folder).map_err(refused)?;
        Ok(Self(folder))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left in a folder for temporary files does no harm.
        let _ = fs::remove_dir_all(&self.0);
    }
}
