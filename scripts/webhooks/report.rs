//! The figures, and whether they meet the targets.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use crate::machine;
use crate::plan::{CONNECTIONS, Measured, Sample};
use crate::servers::Kind;

/// Of signed hyper's requests per second.
const SHARE: f64 = 0.25;
/// Of what one commit for all connections at a time would give.
const OF_THE_DISK: f64 = 0.7;
/// Times signed hyper's processor time per request.
const CPU: f64 = 5.0;
const IDLE_MIB: f64 = 12.0;
const LOADED_MIB: f64 = 25.0;
const START_MS: f64 = 60.0;
/// Share of the line's processor time that is its guards'.
const GUARDS: f64 = 0.05;

#[derive(Serialize)]
pub(crate) struct Report {
    machine: String,
    lasted_s: f64,
    /// Share of all processors that others used during the load.
    others_used: f64,
    fdatasync_per_s: f64,
    fdatasync_mean_ms: f64,
    fdatasync_p99_ms: f64,
    servers: Vec<Row>,
    ratios: Vec<Ratio>,
    idle_mib: f64,
    loaded_mib: f64,
    peak_mib: f64,
    first_start_ms: f64,
    start_ms: f64,
    calls_answered: usize,
    calls_lost_by_kill: usize,
    verdicts: Vec<Verdict>,
}

/// One server at one number of connections.
#[derive(Serialize)]
struct Row {
    server: &'static str,
    connections: usize,
    requests: usize,
    requests_per_s: f64,
    p50_ms: f64,
    p99_ms: f64,
    cpu_us_per_request: f64,
}

/// The line beside signed hyper.
#[derive(Serialize)]
struct Ratio {
    connections: usize,
    /// Median of the rounds.
    of_signed: f64,
    of_bare: f64,
    cpu_of_signed: f64,
    /// Processor time per request above that of the line without its guards, as a share of it.
    guards: f64,
    /// Requests per second by what the disk allows: `0.7 * connections / fdatasync`.
    of_disk_target: f64,
}

#[derive(Serialize)]
struct Verdict {
    what: String,
    met: bool,
}

impl Report {
    pub(crate) fn of(measured: &Measured) -> Self {
        let mean = measured.syncs.iter().sum::<Duration>().as_secs_f64() / measured.syncs.len().max(1) as f64;
        let mut servers = Vec::new();
        for connections in CONNECTIONS {
            servers.extend(Kind::ALL.map(|kind| Row::of(measured, kind, connections)));
        }
        let ratios: Vec<_> = CONNECTIONS.map(|connections| Ratio::of(measured, connections, mean)).into();
        let lasted: f64 = measured.samples.iter().map(|sample| sample.lasted.as_secs_f64()).sum();
        let others: f64 = measured.samples.iter().map(|sample| sample.others.as_secs_f64()).sum();
        let mut report = Self {
            machine: machine::name(),
            lasted_s: measured.lasted.as_secs_f64(),
            others_used: others / lasted / machine::cores() as f64,
            fdatasync_per_s: 1.0 / mean,
            fdatasync_mean_ms: mean * 1e3,
            fdatasync_p99_ms: percentile(&mut measured.syncs.clone(), 0.99),
            servers,
            ratios,
            idle_mib: mib(measured.idle.resident),
            loaded_mib: mib(measured.loaded.resident),
            peak_mib: mib(measured.loaded.peak),
            first_start_ms: measured.first_start.as_secs_f64() * 1e3,
            start_ms: percentile(&mut measured.starts.clone(), 0.5),
            calls_answered: measured.answered,
            calls_lost_by_kill: measured.lost,
            verdicts: Vec::new(),
        };
        report.verdicts = report.judge();
        report
    }

    pub(crate) fn is_met(&self) -> bool {
        self.verdicts.iter().all(|verdict| verdict.met)
    }

    fn judge(&self) -> Vec<Verdict> {
        let mut verdicts = Vec::new();
        let mut judge = |met, what| verdicts.push(Verdict { what, met });
        for ratio in self.ratios.iter().filter(|ratio| ratio.connections > 1) {
            let Ratio { connections, of_signed, cpu_of_signed, of_disk_target, .. } = ratio;
            judge(
                *of_signed >= SHARE || *of_disk_target >= 1.0,
                format!(
                    "{connections} connections: {of_signed:.2} of signed hyper (target {SHARE}), or \
                     {of_disk_target:.2} of the disk's target (1)"
                ),
            );
            judge(
                *cpu_of_signed <= CPU,
                format!(
                    "{connections} connections: {cpu_of_signed:.1} times the processor time of signed hyper (target {CPU})"
                ),
            );
        }
        // With one connection a commit for each request drowns everything else.
        let shared: Vec<_> = self.ratios.iter().filter(|ratio| ratio.connections > 1).collect();
        let guards = shared.iter().map(|ratio| ratio.guards).sum::<f64>() / shared.len().max(1) as f64;
        judge(
            guards <= GUARDS,
            format!(
                "the guards cost {:.1} % of processor time (target {:.0})",
                guards * 100.0,
                GUARDS * 100.0
            ),
        );
        judge(self.idle_mib <= IDLE_MIB, format!("{:.1} MiB idle (target {IDLE_MIB})", self.idle_mib));
        judge(
            self.peak_mib <= LOADED_MIB,
            format!("{:.1} MiB at the most (target {LOADED_MIB})", self.peak_mib),
        );
        judge(
            self.start_ms <= START_MS,
            format!("{:.0} ms from start to first answer (target {START_MS})", self.start_ms),
        );
        judge(
            self.calls_lost_by_kill == 0,
            format!("{} of {} answered calls lost by a kill", self.calls_lost_by_kill, self.calls_answered),
        );
        verdicts
    }
}

impl Row {
    fn of(measured: &Measured, kind: Kind, connections: usize) -> Self {
        let samples = samples(measured, kind, connections);
        let mut times: Vec<_> = samples.iter().flat_map(|sample| sample.times.iter().copied()).collect();
        let mut rates: Vec<_> = samples.iter().map(|sample| sample.rate()).collect();
        Self {
            server: kind.word(),
            connections,
            requests: times.len(),
            requests_per_s: median(&mut rates),
            p50_ms: percentile(&mut times, 0.5),
            p99_ms: percentile(&mut times, 0.99),
            cpu_us_per_request: cpu_us(&samples),
        }
    }
}

impl Ratio {
    fn of(measured: &Measured, connections: usize, fdatasync: f64) -> Self {
        let of = |kind| samples(measured, kind, connections);
        let (bare, signed, ringback) = (of(Kind::Bare), of(Kind::Signed), of(Kind::Ringback));
        let unguarded = cpu_us(&of(Kind::Unguarded));
        // Samples of one round are neighbours in time, so the machine's mood is the same for both.
        let rate_of = |others: &[&Sample]| {
            let pairs = ringback.iter().zip(others);
            median(&mut pairs.map(|(line, other)| line.rate() / other.rate()).collect::<Vec<_>>())
        };
        let mut rates: Vec<_> = ringback.iter().map(|sample| sample.rate()).collect();
        Self {
            connections,
            of_signed: rate_of(&signed),
            of_bare: rate_of(&bare),
            cpu_of_signed: cpu_us(&ringback) / cpu_us(&signed),
            guards: cpu_us(&ringback) / unguarded - 1.0,
            of_disk_target: median(&mut rates) / (OF_THE_DISK * connections as f64 / fdatasync),
        }
    }
}

fn samples(measured: &Measured, kind: Kind, connections: usize) -> Vec<&Sample> {
    let is_asked = |sample: &&Sample| sample.kind == kind && sample.connections == connections;
    measured.samples.iter().filter(is_asked).collect()
}

fn cpu_us(samples: &[&Sample]) -> f64 {
    let cpu: f64 = samples.iter().map(|sample| sample.cpu.as_secs_f64()).sum();
    let requests: usize = samples.iter().map(|sample| sample.times.len()).sum();
    cpu * 1e6 / requests.max(1) as f64
}

fn median(figures: &mut [f64]) -> f64 {
    figures.sort_unstable_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}

/// In milliseconds.
pub(crate) fn percentile(times: &mut [Duration], share: f64) -> f64 {
    times.sort_unstable();
    let place = (times.len() as f64 * share) as usize;
    times.get(place.min(times.len().saturating_sub(1))).map_or(0.0, |time| time.as_secs_f64() * 1e3)
}

fn mib(kib: u64) -> f64 {
    kib as f64 / 1024.0
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.machine)?;
        writeln!(
            f,
            "others used {:.0} % of the processors; {:.0} s in all",
            self.others_used * 100.0,
            self.lasted_s
        )?;
        writeln!(
            f,
            "the disk alone: {:.0} fdatasync/s of 4 kB, mean {:.2} ms, p99 {:.2} ms\n",
            self.fdatasync_per_s, self.fdatasync_mean_ms, self.fdatasync_p99_ms
        )?;
        writeln!(f, "connections  server      requests/s   p50 ms   p99 ms   cpu µs/request")?;
        for row in &self.servers {
            writeln!(
                f,
                "{:>11}  {:<9} {:>12.0} {:>8.2} {:>8.2} {:>16.1}",
                row.connections,
                row.server,
                row.requests_per_s,
                row.p50_ms,
                row.p99_ms,
                row.cpu_us_per_request
            )?;
        }
        writeln!(
            f,
            "\nconnections  of signed   of bare   cpu of signed   guards   of 0.7 x connections / fdatasync"
        )?;
        for ratio in &self.ratios {
            writeln!(
                f,
                "{:>11} {:>10.2} {:>9.2} {:>15.1} {:>7.1}% {:>34.2}",
                ratio.connections,
                ratio.of_signed,
                ratio.of_bare,
                ratio.cpu_of_signed,
                ratio.guards * 100.0,
                ratio.of_disk_target
            )?;
        }
        writeln!(
            f,
            "\nmemory of the line: {:.1} MiB idle, {:.1} MiB after the load, {:.1} MiB at the most",
            self.idle_mib, self.loaded_mib, self.peak_mib
        )?;
        writeln!(
            f,
            "start to first answer: {:.0} ms in an empty home, {:.0} ms after a kill\n",
            self.first_start_ms, self.start_ms
        )?;
        for verdict in &self.verdicts {
            writeln!(f, "{}  {}", if verdict.met { "met   " } else { "MISSED" }, verdict.what)?;
        }
        Ok(())
    }
}
