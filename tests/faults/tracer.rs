//! strace, attached to a running server: its system calls fail, wait or kill it for as long as this lives.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::place::wait_for;
use crate::run;

pub struct Tracer {
    child: Child,
    folder: TempDir,
}

impl Tracer {
    /// `calls` as `fsync,fdatasync`, `what` as `error=EIO` or `delay_enter=2000000`.
    pub fn attach(pid: u32, calls: &str, what: &str) -> Result<Self, String> {
        Self::attach_to(pid, (calls, what), None)
    }

    /// Only where the call is about this file.
    pub fn attach_to(pid: u32, (calls, what): (&str, &str), file: Option<PathBuf>) -> Result<Self, String> {
        let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let mut command = Command::new("strace");
        command.args(["-f", "-o"]).arg(folder.path().join("trace"));
        command.args(["-e", &format!("trace={calls}"), "-e", &format!("inject={calls}:{what}")]);
        if let Some(file) = file {
            command.arg("-P").arg(file);
        }
        command.args(["-p", &pid.to_string()]);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let tracer = Self { child: child.map_err(|error| format!("strace: {error}"))?, folder };
        // Whoever is to be killed may be gone already.
        wait_for(|| is_traced(pid) || is_gone(pid))
            .map_err(|_| "strace cannot attach to a process here".to_owned())?;
        Ok(tracer)
    }

    /// Whether any call was failed, or was the last one.
    pub fn has_struck(&self) -> bool {
        let trace = fs::read_to_string(self.folder.path().join("trace")).unwrap_or_default();
        ["INJECTED", "DELAYED", "killed by SIGKILL"].iter().any(|word| trace.contains(word))
    }
}

impl Drop for Tracer {
    fn drop(&mut self) {
        // It lets its process go on when it is interrupted.
        let _ = run("kill", &["-INT", &self.child.id().to_string()]);
        let _ = self.child.wait();
    }
}

fn is_gone(pid: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    status.is_empty() || status.contains("State:\tZ")
}

fn is_traced(pid: u32) -> bool {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else { return false };
    threads.flatten().all(|thread| {
        let status = fs::read_to_string(thread.path().join("status")).unwrap_or_default();
        status.lines().any(|line| line.starts_with("TracerPid:") && !line.ends_with("\t0"))
    })
}
