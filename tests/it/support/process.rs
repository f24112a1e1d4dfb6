//! `ringback serve` as a process of its own, which can be killed.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

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

    /// SIGTERM, as a service manager sends it; the exit code.
    pub fn terminate(mut self) -> Option<i32> {
        let told = Command::new("sh").args(["-c", &format!("kill -TERM {}", self.child.id())]).status();
        assert!(told.unwrap().success());
        self.child.wait().unwrap().code()
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
