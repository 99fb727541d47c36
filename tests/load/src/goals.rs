//! What the design asks for, beside what was measured.

use crate::{
    measure::{Measurement, Way},
    operation::Operation,
    report::{Process, milliseconds},
};
use std::time::Duration;

/// Bytes in a mebibyte.
const MIB: f64 = 1024.0 * 1024.0;

/// One thing that is asked for.
#[derive(Debug)]
pub struct Goal {
    /// What.
    pub what: String,
    /// What was measured.
    pub measured: String,
    /// The same by CPU time, which neighbours do not disturb, where it is a ratio of rates.
    pub by_cpu: Option<f64>,
    /// What must be reached.
    pub floor: Option<&'static str>,
    /// What should be.
    pub target: &'static str,
    /// How far it was reached.
    pub verdict: Verdict,
}

/// How far a goal was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The target was.
    Target,
    /// The floor was.
    Floor,
    /// Not even the floor; or not the target, where there is no floor.
    Missed,
}

impl Goal {
    /// The more the better: a share of what pgbench reaches.
    fn share(
        what: String,
        ours: &Measurement,
        theirs: &Measurement,
        floor: (f64, &'static str),
        target: (f64, &'static str),
    ) -> Self {
        let share = ours.rate / theirs.rate;
        let verdict = match share {
            _ if share >= target.0 => Verdict::Target,
            _ if share >= floor.0 => Verdict::Floor,
            _ => Verdict::Missed,
        };
        Self {
            what,
            measured: format!("{share:.2}"),
            by_cpu: Some(theirs.sum_us() / ours.sum_us()),
            floor: Some(floor.1),
            target: target.1,
            verdict,
        }
    }

    /// The less the better.
    fn limit(what: String, measured: String, reached: bool, target: &'static str) -> Self {
        let verdict = if reached { Verdict::Target } else { Verdict::Missed };
        Self { what, measured, by_cpu: None, floor: None, target, verdict }
    }
}

/// The goals of which everything needed was measured.
pub fn judge(measurements: &[Measurement], processes: &[Process]) -> Vec<Goal> {
    let find = |operation, way| {
        measurements.iter().find(move |measured| measured.operation == operation && measured.way == way)
    };
    let share = |operation: Operation, way, floor, target| {
        let (ours, theirs) = (find(operation, way)?, find(operation, Way::Pgbench)?);
        Some(Goal::share(format!("{} over {way}, of pgbench", operation.name()), ours, theirs, floor, target))
    };
    let late_page = |way| {
        let [first, late] = [Operation::FirstPage, Operation::LatePage].map(|page| find(page, way)?.open);
        let ratio = late?.latency.p50.as_secs_f64() / first?.latency.p50.as_secs_f64();
        let what = format!("page 1,000 over {way}, of page 1 (median)");
        Some(Goal::limit(what, format!("{ratio:.2}"), ratio <= 1.2, "≤ 1.2"))
    };
    let created = [Way::Grpc, Way::Http]
        .map(|way| share(Operation::CreateWithAddress, way, (0.15, "0.15"), (0.35, "0.35")));
    [
        share(Operation::Get, Way::Grpc, (0.3, "0.30"), (0.5, "0.50")),
        share(Operation::Get, Way::Http, (0.15, "0.15"), (0.35, "0.35")),
    ]
    .into_iter()
    .chain(created)
    .chain([Way::Grpc, Way::Http].map(late_page))
    .chain([slowest_search(measurements)])
    .flatten()
    .chain(of_processes(processes))
    .collect()
}

fn slowest_search(measurements: &[Measurement]) -> Option<Goal> {
    const LIMIT: Duration = Duration::from_millis(50);
    let searches = measurements.iter().filter(|measured| matches!(measured.operation, Operation::Search(_)));
    let slowest = searches
        .filter_map(|measured| Some((measured, measured.open?.latency.p95)))
        .max_by_key(|(_, latency)| *latency)?;
    let (measured, p95) = slowest;
    let what = format!("slowest search ({} over {}), p95", measured.operation.name(), measured.way);
    Some(Goal::limit(what, format!("{} ms", milliseconds(p95)), p95 < LIMIT, "< 50 ms"))
}

fn of_processes(processes: &[Process]) -> Vec<Goal> {
    let (gateway, services): (Vec<&Process>, Vec<&Process>) =
        processes.iter().partition(|process| process.name == "gateway");
    let limits = [
        ("a service", services, (25.0, "< 25 MiB"), (100.0, "< 100 MiB")),
        ("the gateway", gateway, (50.0, "< 50 MiB"), (150.0, "< 150 MiB")),
    ];
    let mut goals = Vec::new();
    for (whose, processes, idle, loaded) in limits {
        for (when, of, (limit, text)) in [
            ("idle", (|process| process.idle) as fn(&Process) -> u64, idle),
            ("at most", |process| process.most, loaded),
        ] {
            let Some(largest) = processes.iter().max_by_key(|process| of(process)) else { continue };
            let mebibytes = mib(of(largest));
            let what = format!("memory of {whose}, {when} ({})", largest.name);
            goals.push(Goal::limit(what, format!("{mebibytes:.1} MiB"), mebibytes < limit, text));
        }
    }
    let starts = processes.iter().filter_map(|process| Some((process, process.start?)));
    if let Some((slowest, start)) = starts.max_by_key(|(_, start)| *start) {
        let what = format!("slowest start ({})", slowest.name);
        let seconds = start.as_secs_f64();
        goals.push(Goal::limit(what, format!("{seconds:.2} s"), seconds < 0.3, "< 0.3 s"));
    }
    goals
}

/// Bytes in MiB.
pub fn mib(bytes: u64) -> f64 {
    u32::try_from(bytes / 1024).map_or(f64::INFINITY, |kibibytes| f64::from(kibibytes) * 1024.0 / MIB)
}
