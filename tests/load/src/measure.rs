//! One measurement: an operation by one way.

use crate::{
    bed::Bed,
    drive::{self, Client, Tally, Work},
    grpc, http,
    operation::Operation,
    options::Options,
    pgbench::Pgbench,
    sample::Sample,
    script::Script,
    usage::{Used, Watch},
};
use anyhow::Result;
use std::{fmt, sync::Arc, time::Duration};

/// What nothing is counted of: caches fill, connections open. At most this long, and a third of a measurement.
const WARM_UP: Duration = Duration::from_secs(2);

/// How an operation is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// HTTP and JSON at the gateway.
    Http,
    /// gRPC at the services themselves.
    Grpc,
    /// The same SQL at Postgres itself.
    Pgbench,
}

impl Way {
    /// All of them, in the order in which they are measured.
    pub const ALL: [Self; 3] = [Self::Http, Self::Grpc, Self::Pgbench];
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Http => "http",
            Self::Grpc => "grpc",
            Self::Pgbench => "pgbench",
        })
    }
}

/// How long calls took.
#[derive(Debug, Clone, Copy)]
pub struct Latency {
    /// The median.
    pub p50: Duration,
    /// What 5 of 100 exceeded.
    pub p95: Duration,
    /// What 1 of 100 exceeded.
    pub p99: Duration,
}

impl From<&Tally> for Latency {
    fn from(tally: &Tally) -> Self {
        Self { p50: tally.quantile(0.5), p95: tally.quantile(0.95), p99: tally.quantile(0.99) }
    }
}

/// What was measured in an open loop.
#[derive(Debug, Clone, Copy)]
pub struct Arrivals {
    /// Calls that arrived in a second.
    pub rate: f64,
    /// How long each took from the moment of its arrival.
    pub latency: Latency,
}

/// What was measured.
#[derive(Debug, Clone)]
pub struct Measurement {
    /// What was done.
    pub operation: Operation,
    /// How.
    pub way: Way,
    /// How often, in 1/s, in a closed loop.
    pub rate: f64,
    /// How long each took in the closed loop. pgbench does not say.
    pub closed: Option<Latency>,
    /// The open loop; pgbench has none.
    pub open: Option<Arrivals>,
    /// CPU time of each process for one, in microseconds, in the order of the watch.
    pub cpu_us: Vec<f64>,
    /// Share of the machine's CPU time that others took meanwhile.
    pub elsewhere: f64,
    /// How many came to nothing, in both loops.
    pub failed: u64,
}

impl Measurement {
    /// CPU time of all processes for one, in microseconds.
    pub fn sum_us(&self) -> f64 {
        self.cpu_us.iter().sum()
    }

    fn new(operation: Operation, way: Way, done: f64, used: &Used) -> Self {
        Self {
            operation,
            way,
            rate: done / used.elapsed.as_secs_f64(),
            closed: None,
            open: None,
            cpu_us: used.each.iter().map(|time| time.as_secs_f64() * 1e6 / done.max(1.0)).collect(),
            elsewhere: used.elsewhere,
            failed: 0,
        }
    }
}

/// Measures an operation over HTTP or gRPC.
pub async fn calls(
    operation: Operation,
    way: Way,
    bed: &mut Bed,
    sample: &Arc<Sample>,
    watch: &Watch,
    options: &Options,
) -> Result<Measurement> {
    let length = options.length();
    let mut clients = clients(operation, way, bed, options).await?;
    let work = Arc::new(Work::new(operation, sample.clone()));
    drive::closed(&mut clients, &work, WARM_UP.min(length / 3)).await?;

    let before = watch.read()?;
    let closed = drive::closed(&mut clients, &work, length).await?;
    let used = watch.since(&before)?;
    let mut measurement = Measurement::new(operation, way, count(closed.done())?, &used);
    measurement.closed = Some(Latency::from(&closed));

    let rate = measurement.rate * f64::from(options.arrivals_percent) / 100.0;
    let open = drive::open(&mut clients, &work, rate, length).await?;
    measurement.open = Some(Arrivals { rate, latency: Latency::from(&open) });
    measurement.failed = closed.failed + open.failed;
    if let Some(failure) = closed.failure.or(open.failure) {
        eprintln!("{} of {}-{way} failed, like: {}", measurement.failed, operation.name(), failure.0);
    }
    Ok(measurement)
}

/// Measures the SQL of an operation.
pub async fn sql(
    operation: Operation,
    script: &Script,
    pgbench: &Pgbench,
    watch: &Watch,
    options: &Options,
) -> Result<Measurement> {
    let (name, connections) = (operation.name(), operation.callers(options.callers));
    pgbench.run(name, script, connections, WARM_UP.min(options.length() / 3)).await?;
    let before = watch.read()?;
    let rate = pgbench.run(name, script, connections, options.length()).await?;
    let used = watch.since(&before)?;
    // its own clock starts when all connections are open
    let measured = Measurement::new(operation, Way::Pgbench, rate * options.length().as_secs_f64(), &used);
    Ok(Measurement { rate, ..measured })
}

async fn clients(operation: Operation, way: Way, bed: &mut Bed, options: &Options) -> Result<Vec<Client>> {
    let (token, count) = (bed.token().await?, operation.callers(options.callers));
    Ok(if way == Way::Http {
        let clients = http::clients(&bed.mesh.gateway(), &token, count).await?;
        clients.into_iter().map(|client| Client::Http(client.into())).collect()
    } else {
        let clients = grpc::clients(&bed.mesh, &token, count, options.grpc_connections.max(1)).await?;
        clients.into_iter().map(|client| Client::Grpc(client.into())).collect()
    })
}

fn count(number: u64) -> Result<f64> {
    Ok(f64::from(u32::try_from(number)?))
}
