//! One fault, tried: a home, a server, callers, and afterwards the count.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::thread::sleep;
use std::time::Duration;

use ringback::store::Journal;
use tokio::runtime::Handle;
use tokio::task::JoinSet;

use crate::Stopwatch;
use crate::ledger::{Missing, Numbers, compare};
use crate::place::Place;
use crate::provider::{LIMIT, Load};
use crate::server::{Server, Start, free_address, last_lines};
use crate::support::line::SETTINGS;

/// Callers at a time: enough that a fault meets somebody in the middle of everything.
const CALLERS: usize = 6;
/// How long most faults last.
pub const A_WHILE: Duration = Duration::from_secs(3);
/// By when the line is its own again after a fault.
const WELL_AGAIN: Duration = Duration::from_secs(30);

/// A fault that cannot be tried here.
pub struct Skip(pub String);

impl From<String> for Skip {
    fn from(why: String) -> Self {
        Self(why)
    }
}

pub struct Trial {
    pub place: Place,
    pub load: Arc<Load>,
    pub server: Option<Server>,
    /// How the server is started by [`Trial::serve`].
    pub start: Start,
    pub runtime: Handle,
    callers: Option<JoinSet<()>>,
    /// What was expected and did not come.
    pub broken: Vec<String>,
    /// What is worth knowing, whether it is good or bad.
    pub remarks: Vec<String>,
    /// Whether what was said on stderr, because neither store nor journal could take it, counts as kept.
    pub last_words_count: bool,
    /// Whether the file in the end may be another one than that of the calls.
    pub numbers: Numbers,
    /// Whether a server that ends by itself is started again, as a service manager does.
    pub supervised: bool,
    restarts: usize,
    pub log: PathBuf,
    pub journal: PathBuf,
}

impl Trial {
    pub fn at(place: Place, runtime: &Handle) -> Self {
        Self::limited(place, runtime, LIMIT)
    }

    /// With another limit for an answer.
    pub fn limited(place: Place, runtime: &Handle, limit: Duration) -> Self {
        let address = free_address();
        let log = place.scratch.path().join("stderr");
        let start = Start {
            home: place.home.clone(),
            address: address.clone(),
            log: log.clone(),
            around: Vec::new(),
            variables: Vec::new(),
            redirected: None,
        };
        let journal = place.path("ringback.journal");
        Self {
            place,
            journal,
            load: Load::new(&address, limit),
            server: None,
            start,
            runtime: runtime.clone(),
            callers: None,
            broken: Vec::new(),
            remarks: Vec::new(),
            last_words_count: false,
            numbers: Numbers::Stay,
            supervised: false,
            restarts: 0,
            log,
        }
    }

    /// The emergency journal on another disk than the database, as the settings can have it.
    pub fn with_journal_elsewhere(mut self) -> Self {
        self.journal = self.place.scratch.path().join("elsewhere.journal");
        let settings = format!("{SETTINGS}[store]\njournal = \"{}\"\n", self.journal.display());
        fs::write(self.place.path("ringback.toml"), settings).unwrap();
        self
    }

    /// Starts the server; one that does not start is a broken promise.
    pub fn serve(&mut self) -> bool {
        match Server::start(self.start.clone()) {
            Ok(server) => {
                self.server = Some(server);
                true
            }
            Err(why) => {
                self.broken.push(why);
                false
            }
        }
    }

    /// The running server.
    pub fn server(&mut self) -> &mut Server {
        self.server.as_mut().expect("a trial serves before it asks for its server")
    }

    pub fn kill(&mut self) {
        if let Some(server) = self.server.take() {
            server.kill();
        }
    }

    /// From now on what is not answered at all is asked again: by the proxy before the server as long as nobody takes its
    /// connection, and by the provider.
    pub fn with_retries(&self) {
        self.load.retries.store(true, SeqCst);
    }

    /// Server and callers, and some calls before anything goes wrong.
    pub fn under_load(&mut self) -> bool {
        if !self.serve() {
            return false;
        }
        self.callers();
        self.hear(60)
    }

    pub fn callers(&mut self) {
        let _inside = self.runtime.enter();
        self.callers = Some(self.load.begin(CALLERS));
    }

    /// Goes on until so many requests more came to something.
    pub fn hear(&mut self, requests: usize) -> bool {
        let (until, watch) = (self.load.ledger.asked() + requests, Stopwatch::start());
        while self.load.ledger.asked() < until {
            self.supervise();
            if watch.elapsed() > Duration::from_secs(60) {
                self.broken.push("callers were left without any answer".to_owned());
                return false;
            }
            sleep(Duration::from_millis(5));
        }
        true
    }

    fn supervise(&mut self) {
        let ended = self.server.as_mut().filter(|_| self.supervised).and_then(Server::has_ended);
        if let Some(how) = ended {
            self.kill();
            self.restarts += 1;
            if self.restarts == 1 {
                self.remarks.push(format!("the server ended by itself ({how}) and was started again"));
            }
            self.serve();
        }
    }

    /// Goes on for so long, and for some requests at least.
    pub fn last(&mut self, length: Duration) -> bool {
        let watch = Stopwatch::start();
        let heard = self.hear(20);
        sleep(length.saturating_sub(watch.elapsed()));
        heard
    }

    pub fn expect(&mut self, is_so: bool, what: impl Into<String>) {
        if !is_so {
            self.broken.push(what.into());
        }
    }

    fn said(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// The lines on stderr that are all that is left of a request.
    pub fn last_words(&self) -> Vec<String> {
        let said = self.said();
        said.lines().filter(|line| line.contains("known to the provider only")).map(str::to_owned).collect()
    }

    /// What the server said when it could not store something for the first time.
    pub fn why_not_stored(&self) -> String {
        let said = self.said();
        let line = said.lines().find(|line| line.contains("the store did not take a webhook"));
        line.unwrap_or("nobody says why").to_owned()
    }

    /// A place that should have failed did not: without such places nothing was tried, with them something is wrong.
    pub fn not_reached(mut self, point: &str) -> Result<Self, Skip> {
        if cfg!(feature = "failpoints") {
            self.broken.push(format!("nothing failed at `{point}`"));
            return Ok(self);
        }
        Err(Skip("the server was built without `--features failpoints`".to_owned()))
    }

    /// Whether this stands in what the server said on stderr.
    pub fn was_said(&self, words: &str) -> bool {
        // What is written for people is folded.
        self.said().split_whitespace().collect::<Vec<_>>().join(" ").contains(words)
    }

    pub fn hang_up(&mut self) {
        self.load.end();
        let Some(mut callers) = self.callers.take() else { return };
        while !callers.is_empty() {
            self.supervise();
            while callers.try_join_next().is_some() {}
            sleep(Duration::from_millis(5));
        }
    }

    /// The fault is over: the flow greets callers again, they finish, the journal is imported, the server is started anew
    /// without any fault, the flow greets one caller more, and everything that was acknowledged is counted.
    pub fn settle(&mut self) -> Missing {
        if self.callers.is_some() && self.server.is_some() {
            // As many may be hearing something from before.
            self.await_greetings(CALLERS + 1, "after the fault");
        }
        self.hang_up();
        self.supervise();
        if let Some(server) = &mut self.server {
            match server.has_ended() {
                None => self.await_import("after the fault"),
                Some(how) => self.broken.push(format!("the server ended by itself: {how}")),
            }
        }
        self.kill();
        self.start.around.clear();
        self.start.variables.clear();
        self.start.redirected = None;
        if self.serve() {
            self.await_import("after a restart");
            self.callers();
            self.await_greetings(1, "after a restart");
            self.hang_up();
            self.await_import("after the last calls");
        }
        self.kill();
        let last_words = self.last_words();
        if !last_words.is_empty() {
            self.remarks.push(format!("{} requests were kept on stderr only", last_words.len()));
        }
        let is_excused = |id: &str| self.last_words_count && last_words.iter().any(|line| line.contains(id));
        compare(&self.place.home, &self.load.ledger.calls(), self.numbers, is_excused)
    }

    /// A server that says the safe reply for ever helps every caller, and is broken all the same.
    fn await_greetings(&mut self, more: usize, when: &str) {
        let (until, watch) = (self.load.ledger.greeted() + more, Stopwatch::start());
        while self.load.ledger.greeted() < until {
            self.supervise();
            if watch.elapsed() > WELL_AGAIN {
                let said = last_lines(&self.log);
                self.broken.push(format!("the flow greets nobody {when}; {said}"));
                return;
            }
            sleep(Duration::from_millis(5));
        }
    }

    fn await_import(&mut self, when: &str) {
        let (journal, watch) = (self.journal.clone(), Stopwatch::start());
        while Journal::pending(&journal).map_or(true, |pending| pending > 0) {
            if watch.elapsed() > WELL_AGAIN {
                let left = Journal::pending(&journal);
                let said = last_lines(&self.log);
                self.broken.push(format!("the journal is not emptied {when}: {left:?}; {said}"));
                return;
            }
            sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        self.load.retries.store(false, SeqCst);
        self.kill();
        self.hang_up();
    }
}
