//! `ringback serve` as a process of its own, which can be killed.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use ringback::server::running;
use ringback::settings::Home;

use super::line::TOKEN;

/// A server that ends with the test.
pub struct Served {
    child: Child,
    pub address: String,
}

impl Served {
    /// Starts it on a free port with the key of the tests, and waits until it is ready.
    pub fn start(home: &Path) -> Self {
        Self::start_with(home, &["--listen", "127.0.0.1:0"], &[("RINGBACK_TWILIO_AUTH_TOKEN", TOKEN)])
    }

    /// Starts it with these words and variables, and waits until it is ready.
    pub fn start_with(home: &Path, words: &[&str], variables: &[(&str, &str)]) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_ringback"))
            .args(["--home".as_ref(), home.as_os_str()])
            .arg("serve")
            .args(words)
            .env("RINGBACK_LOG", "off")
            .env_remove("RINGBACK_TWILIO_AUTH_TOKEN")
            .env_remove("RINGBACK_PUBLIC_URL")
            .envs(variables.iter().copied())
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut served = Self { child, address: String::new() };
        let said = BufReader::new(served.child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let mut heard = Vec::new();
        for line in said {
            if let Some(address) = line.strip_prefix("listening on http://") {
                served.address = address.to_owned();
                return served;
            }
            heard.push(line);
        }
        panic!("the server did not start: {heard:#?}");
    }

    /// Starts it with a command of the test's own, through a shell's words before it: `ulimit -n 50; exec`. Its address
    /// comes from the lock, whatever becomes of stderr.
    pub fn start_through(home: &Path, shell: &str, command: impl FnOnce(&mut Command)) -> Self {
        let mut through = Command::new("sh");
        through
            .args(["-c", &format!("{shell} \"$0\" \"$@\""), env!("CARGO_BIN_EXE_ringback"), "--home"])
            .arg(home)
            .args(["serve", "--listen", "127.0.0.1:0"])
            .env("RINGBACK_TWILIO_AUTH_TOKEN", TOKEN)
            .env_remove("RINGBACK_PUBLIC_URL")
            .stdin(Stdio::null());
        command(&mut through);
        let child = through.spawn().unwrap();
        let mut served = Self { child, address: String::new() };
        wait_for("the server is open", || {
            assert_eq!(served.child.try_wait().unwrap(), None, "it ended");
            let seen = running(&Home::new(home)).filter(|seen| seen.pid == served.child.id());
            seen.map(|seen| served.address = seen.address)
        });
        served
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal: `STOP`.
    pub fn signal(&self, name: &str) {
        let told = Command::new("sh").args(["-c", &format!("kill -{name} {}", self.child.id())]).status();
        assert!(told.unwrap().success());
    }

    /// SIGTERM, as a service manager sends it; the exit code.
    pub fn terminate(self) -> Option<i32> {
        self.signal("TERM");
        self.end_by_itself()
    }

    /// Waits until it has ended; the exit code.
    pub fn end_by_itself(mut self) -> Option<i32> {
        wait_for("the server ends", || self.child.try_wait().unwrap()).code()
    }

    /// kill -9.
    pub fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        // It may be gone already, and that is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.end();
    }
}

/// Waits for a fact, but not for ever.
pub fn wait_for<T>(what: &str, mut fact: impl FnMut() -> Option<T>) -> T {
    for _ in 0..4000 {
        if let Some(found) = fact() {
            return found;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("this did not come: {what}");
}

/// What a command did.
pub struct Ran {
    pub code: i32,
    pub said: String,
    pub talked: String,
}

/// Runs `ringback` in a home, with nothing of the surroundings and without a terminal.
pub fn ringback(home: &Path, words: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringback"));
    for variable in ["RINGBACK_AS", "RINGBACK_PUBLIC_URL", "RINGBACK_TWILIO_AUTH_TOKEN", "COLUMNS"] {
        command.env_remove(variable);
    }
    command.env("RINGBACK_HOME", home).args(words).stdin(Stdio::null());
    let done = command.output().unwrap();
    Ran {
        code: done.status.code().unwrap(),
        said: String::from_utf8(done.stdout).unwrap(),
        talked: String::from_utf8(done.stderr).unwrap(),
    }
}
