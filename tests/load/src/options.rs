//! What a run is asked to do.

use crate::{measure::Way, operation::Operation};
use clap::Parser;
use std::{path::PathBuf, time::Duration};

/// Seconds of each measurement.
const SECONDS: u64 = 10;
/// The same where only a glance is asked for.
const QUICK_SECONDS: u64 = 3;

/// Measures Patron under load: the gateway, the services, and pgbench with the same SQL on the same rows.
#[derive(Debug, Clone, Parser)]
#[command(name = "tests/load/run")]
pub struct Options {
    /// Customers to measure with. Those above 100,000 are copies of the others, made by SQL.
    #[arg(long, default_value_t = 100_000)]
    pub customers: u32,
    /// Work on with the data of the last run, as it was left.
    #[arg(long)]
    pub keep: bool,
    /// Measure for 3 seconds each, not 10.
    #[arg(long)]
    pub quick: bool,
    /// Seconds of each measurement.
    #[arg(long)]
    pub seconds: Option<u64>,
    /// Only these operations or measurements, like `get` or `get-http,get-pgbench`.
    #[arg(long, value_delimiter = ',')]
    pub only: Vec<String>,
    /// Calls under way at once in the closed loop, and connections of pgbench.
    #[arg(long, default_value_t = 32)]
    pub callers: usize,
    /// Connections that the gRPC callers share; over HTTP/1.1 each has its own.
    #[arg(long, default_value_t = 4)]
    pub grpc_connections: usize,
    /// Arrival rate of the open loop, percent of what the closed loop reached.
    #[arg(long, default_value_t = 50)]
    pub arrivals_percent: u32,
    /// Begins every random choice: the same seed sends the same requests.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Folder of the data, certificates and logs.
    #[arg(long, default_value = "target/load")]
    pub state: PathBuf,
}

impl Options {
    /// How long each measurement takes.
    pub fn length(&self) -> Duration {
        Duration::from_secs(self.seconds.unwrap_or(if self.quick { QUICK_SECONDS } else { SECONDS }))
    }

    /// Whether this is to be measured.
    pub fn wants(&self, operation: Operation, way: Way) -> bool {
        let name = operation.name();
        self.only.is_empty() || self.only.iter().any(|only| *only == name || *only == format!("{name}-{way}"))
    }

    /// Whether the whole table is asked for, and with it start times.
    pub fn wants_all(&self) -> bool {
        self.only.is_empty()
    }
}
