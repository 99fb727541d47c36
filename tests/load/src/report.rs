//! The tables of a run, as Markdown.

use crate::{
    bed::Fill,
    goals::{self, Verdict, mib},
    measure::Measurement,
    options::Options,
};
use std::{fmt::Write as _, fs, time::Duration};

/// Memory and start of a process.
#[derive(Debug, Clone)]
pub struct Process {
    /// Its name.
    pub name: String,
    /// Memory before the first call, in bytes.
    pub idle: u64,
    /// The most there ever was, in bytes.
    pub most: u64,
    /// Time from its start until it serves, where that was measured.
    pub start: Option<Duration>,
}

/// Everything that a run found out.
#[derive(Debug)]
pub struct Report {
    /// What was asked for.
    pub options: Options,
    /// How the customers came to be there.
    pub fill: Fill,
    /// Version of the Postgres server.
    pub postgres_version: String,
    /// Names of who is watched, in the order of CPU times.
    pub watched: Vec<String>,
    /// What was measured.
    pub measurements: Vec<Measurement>,
    /// The processes of the mesh.
    pub processes: Vec<Process>,
    /// Statements of a call that pgbench replayed, by operation.
    pub statements: Vec<(&'static str, usize)>,
}

impl Report {
    /// The whole of it.
    pub fn markdown(&self) -> String {
        let mut text = self.head();
        for part in [self.goals(), self.rates(), self.cpu(), self.memory()] {
            text.push('\n');
            text.push_str(&part);
        }
        text
    }

    fn head(&self) -> String {
        let Options { customers, callers, grpc_connections, seed, .. } = self.options;
        let length = self.options.length().as_secs();
        let mut text = format!(
            "{customers} customers; {callers} callers at once, those over gRPC on {grpc_connections} connections; {length} s a \
             measurement; seed {seed}.\n{}; Postgres {}.\n",
            machine(),
            self.postgres_version
        );
        let Fill { created, took, copied, copying_took } = self.fill;
        if created > 0 {
            let seconds = took.as_secs_f64();
            let rate = f64::from(created) / seconds;
            let _ = writeln!(
                text,
                "{created} customers were created through the API in {seconds:.0} s ({rate:.0}/s)."
            );
        }
        if copied > 0 {
            let _ = writeln!(
                text,
                "{copied} are copies of them, made by SQL in {:.0} s.",
                copying_took.as_secs_f64()
            );
        }
        text
    }

    fn goals(&self) -> String {
        let mut table = Table::new(&["goal", "measured", "by CPU time", "floor", "target", "reached"]);
        for goal in goals::judge(&self.measurements, &self.processes) {
            let reached = match goal.verdict {
                Verdict::Target => "target",
                Verdict::Floor => "floor",
                Verdict::Missed => "**no**",
            };
            let by_cpu = goal.by_cpu.map(|ratio| format!("{ratio:.2}")).unwrap_or_default();
            let floor = goal.floor.unwrap_or_default().to_owned();
            table.row(&[goal.what, goal.measured, by_cpu, floor, goal.target.to_owned(), reached.to_owned()]);
        }
        table.under("Goals")
    }

    fn rates(&self) -> String {
        let share = self.options.arrivals_percent;
        let open = format!("open: {share} % of it");
        let mut table = Table::new(&[
            "operation",
            "way",
            "closed: 1/s",
            "p50 ms",
            "p99 ms",
            &open,
            "p50 ms",
            "p95 ms",
            "p99 ms",
            "failed",
            "elsewhere",
        ]);
        for measured in &self.measurements {
            let mut row = vec![
                measured.operation.name().to_owned(),
                measured.way.to_string(),
                format!("{:.0}", measured.rate),
            ];
            let closed = measured.closed.map(|latency| [latency.p50, latency.p99]);
            row.extend(
                closed
                    .map_or_else(|| vec![String::new(); 2], |latencies| latencies.map(milliseconds).to_vec()),
            );
            row.extend(measured.open.map_or_else(
                || vec![String::new(); 4],
                |open| {
                    let latency = open.latency;
                    let latencies = [latency.p50, latency.p95, latency.p99].map(milliseconds);
                    [format!("{:.0}", open.rate)].into_iter().chain(latencies).collect()
                },
            ));
            row.push(measured.failed.to_string());
            row.push(format!("{:.0} %", measured.elsewhere * 100.0));
            table.row(&row);
        }
        table.under("Rates and latencies")
    }

    fn cpu(&self) -> String {
        let watched = self.watched.iter().map(String::as_str);
        let heads: Vec<&str> = ["operation", "way"].into_iter().chain(watched).chain(["sum"]).collect();
        let mut table = Table::new(&heads);
        for measured in &self.measurements {
            let mut row = vec![measured.operation.name().to_owned(), measured.way.to_string()];
            let times = measured.cpu_us.iter().chain([&measured.sum_us()]).copied().collect::<Vec<f64>>();
            row.extend(times.into_iter().map(|time| format!("{time:.0}")));
            table.row(&row);
        }
        let mut text = table.under("CPU time of a call, in microseconds");
        let statements: Vec<String> =
            self.statements.iter().map(|(name, count)| format!("{name} {count}")).collect();
        if !statements.is_empty() {
            let _ = writeln!(text, "\nStatements that pgbench runs for a call: {}.", statements.join(", "));
        }
        text
    }

    fn memory(&self) -> String {
        let mut table = Table::new(&["process", "idle MiB", "at most MiB", "start s"]);
        for process in &self.processes {
            let start = process.start.map(|start| format!("{:.2}", start.as_secs_f64())).unwrap_or_default();
            table.row(&[
                process.name.clone(),
                format!("{:.1}", mib(process.idle)),
                format!("{:.1}", mib(process.most)),
                start,
            ]);
        }
        table.under("Memory and start")
    }
}

/// A table of Markdown.
struct Table(String);

impl Table {
    fn new(heads: &[&str]) -> Self {
        let mut table = Self(String::new());
        table.row(&heads.iter().map(|head| (*head).to_owned()).collect::<Vec<_>>());
        table.row(&vec!["---".to_owned(); heads.len()]);
        table
    }

    fn row(&mut self, cells: &[String]) {
        let _ = writeln!(self.0, "| {} |", cells.join(" | "));
    }

    fn under(self, title: &str) -> String {
        format!("### {title}\n\n{}", self.0)
    }
}

/// A time in milliseconds.
pub fn milliseconds(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64() * 1e3)
}

/// What machine this is.
fn machine() -> String {
    let field = |file: &str, name: &str| {
        let text = fs::read_to_string(file).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        line.split_once(':').map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
    };
    let processor = field("/proc/cpuinfo", "model name");
    let cores = crate::usage::cores().unwrap_or_default();
    let memory = field("/proc/meminfo", "MemTotal");
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!("{processor}, {cores} cores, {memory} of memory, Linux {}", kernel.trim())
}
