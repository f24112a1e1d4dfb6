//! `ringback serve` as a process of its own, under whatever a fault wraps around it.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use crate::support::line::TOKEN;
use crate::{Stopwatch, run};

const SOON: Duration = Duration::from_millis(5);
/// A debug build under a tracer is slow to start.
const START: Duration = Duration::from_secs(40);

/// What to start, and around what.
#[derive(Clone, Debug)]
pub struct Start {
    pub home: PathBuf,
    pub address: String,
    /// Where stderr goes; a place that outlives the disk of the home.
    pub log: PathBuf,
    /// Words before the server's own: `strace -f …`.
    pub around: Vec<String>,
    pub variables: Vec<(String, String)>,
    /// Read by `sh` after the words of the server: `2>/dev/full`.
    pub redirected: Option<String>,
}

/// A server that ends with the trial.
pub struct Server {
    child: Child,
    pub pid: u32,
    /// From its start to its first answer.
    pub took: Duration,
}

impl Server {
    pub fn start(start: Start) -> Result<Self, String> {
        let pid_file = start.log.with_extension("pid");
        let _ = fs::remove_file(&pid_file);
        let log = File::options().create(true).append(true).open(&start.log).unwrap();
        let redirected = start.redirected.clone().unwrap_or_default();
        let script = format!("echo $$ >\"$0\"; exec \"$@\" {redirected}");
        let mut words = start.around.clone();
        words.extend(["sh", "-c", &script].map(str::to_owned));
        words.push(pid_file.display().to_string());
        words.extend([env!("CARGO_BIN_EXE_ringback"), "--home"].map(str::to_owned));
        words.push(start.home.display().to_string());
        words.extend(["serve", "--listen", &start.address].map(str::to_owned));
        let watch = Stopwatch::start();
        let mut child = Command::new(&words[0])
            .args(&words[1..])
            .current_dir("/")
            .env("RINGBACK_LOG", "info")
            .env("RINGBACK_TWILIO_AUTH_TOKEN", TOKEN)
            .env_remove("RINGBACK_PUBLIC_URL")
            .envs(start.variables.iter().cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(|error| format!("{}: {error}", words[0]))?;
        loop {
            if is_answering(&start.address) {
                break;
            }
            if let Some(status) = child.try_wait().unwrap() {
                return Err(format!("the server did not start ({status}): {}", last_lines(&start.log)));
            }
            if watch.elapsed() > START {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("the server did not answer: {}", last_lines(&start.log)));
            }
            sleep(SOON);
        }
        let took = watch.elapsed();
        let pid = fs::read_to_string(&pid_file).ok().and_then(|pid| pid.trim().parse().ok());
        let pid = pid.ok_or("the server left no pid")?;
        Ok(Self { child, pid, took })
    }

    pub fn signal(&self, name: &str) {
        run("kill", &[name, &self.pid.to_string()]).unwrap();
    }

    /// kill -9, whatever is around it.
    pub fn kill(mut self) {
        self.end();
    }

    /// SIGTERM; the exit code, `None` when it had to be killed.
    pub fn terminate(mut self) -> Option<i32> {
        self.signal("-TERM");
        let watch = Stopwatch::start();
        while watch.elapsed() < START {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            sleep(SOON);
        }
        self.end();
        None
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// How it ended, if it did.
    pub fn has_ended(&mut self) -> Option<String> {
        self.child.try_wait().unwrap().map(|status| status.to_string())
    }

    /// Waits until it is gone by itself.
    pub fn wait(&mut self, most: Duration) -> bool {
        let watch = Stopwatch::start();
        while watch.elapsed() < most {
            if !self.is_running() {
                return true;
            }
            sleep(SOON);
        }
        false
    }

    /// Resident memory in KiB.
    pub fn memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid)).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        kilobytes.expect("whoever has ended has no memory")
    }

    fn end(&mut self) {
        if self.is_running() {
            // What is around it may outlive it, or it what is around it.
            let _ = run("kill", &["-KILL", &self.pid.to_string()]);
            if !self.wait(Duration::from_secs(2)) {
                let _ = self.child.kill();
            }
        }
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

/// A free address; whoever takes it next is the server.
pub fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

fn is_answering(address: &str) -> bool {
    let Ok(mut stream) = TcpStream::connect(address) else { return false };
    let _ = stream.set_read_timeout(Some(Duration::from_secs(2)));
    let asked = stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    let mut answer = [0; 12];
    asked.is_ok() && stream.read_exact(&mut answer).is_ok() && answer.ends_with(b"200")
}

/// The last lines of a log, for whoever has to find out.
pub fn last_lines(log: &Path) -> String {
    let text = fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let lines: Vec<_> = text.lines().rev().take(4).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join(" / ")
}
