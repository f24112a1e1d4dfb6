//! What the machine says of a process, of itself and of its disk.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::Failure;

/// Linux counts processor time for its users in hundredths of a second, whatever the kernel's own clock is.
const TICK: Duration = Duration::from_millis(10);

/// Memory of a process in KiB.
#[derive(Copy, Clone, Debug, Default)]
pub(crate) struct Memory {
    pub(crate) resident: u64,
    pub(crate) peak: u64,
}

#[expect(clippy::disallowed_methods, reason = "a bench measures durations")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Processor time that a process has used.
pub(crate) fn cpu_of(process: u32) -> Result<Duration, Failure> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name, in brackets, may hold blanks; the fourteenth field is the twelfth behind it.
    let (_, fields) = stat.rsplit_once(')').ok_or("no process name in stat")?;
    ticks(fields.split_ascii_whitespace().skip(11).take(2))
}

/// Processor time that everything on the machine has used.
pub(crate) fn cpu_of_all() -> Result<Duration, Failure> {
    let stat = fs::read_to_string("/proc/stat")?;
    let all = stat.lines().next().unwrap_or_default().split_ascii_whitespace().skip(1).take(8);
    // The fourth and fifth are rest.
    ticks(all.enumerate().filter(|(field, _)| !matches!(field, 3 | 4)).map(|(_, ticks)| ticks))
}

fn ticks<'a>(fields: impl Iterator<Item = &'a str>) -> Result<Duration, Failure> {
    let mut sum = 0;
    for field in fields {
        sum += field.parse::<u32>()?;
    }
    Ok(TICK * sum)
}

pub(crate) fn memory_of(process: u32) -> Result<Memory, Failure> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_ascii_whitespace().next()?.parse().ok()
    };
    let (resident, peak) = (field("VmRSS:"), field("VmHWM:"));
    Ok(Memory { resident: resident.ok_or("no VmRSS")?, peak: peak.ok_or("no VmHWM")? })
}

/// The disk's own times for appending 4 kB and fdatasync, which is what a commit costs at the least.
pub(crate) fn syncs(folder: &Path, length: Duration) -> Result<Vec<Duration>, Failure> {
    let path = folder.join("syncs");
    let mut file = File::create(&path)?;
    let (began, mut times) = (now(), Vec::new());
    while began.elapsed() < length {
        let at = now();
        file.write_all(&[b'x'; 4096])?;
        file.sync_data()?;
        times.push(at.elapsed());
    }
    fs::remove_file(path)?;
    Ok(times)
}

/// Model, cores and kernel, for whoever reads the figures later.
pub(crate) fn name() -> String {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let info = read("/proc/cpuinfo");
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    let model = model.map_or("unknown processor", |(_, model)| model.trim());
    format!("{model}, {} cores, Linux {}", cores(), read("/proc/sys/kernel/osrelease").trim())
}

pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
