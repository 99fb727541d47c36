//! A process that dies at a place of its code, as if it were killed there (`chassis::fault`).

use patron_local::mesh::Mesh;
use patron_tests::holds;
use std::{
    fmt,
    time::{Duration, Instant},
};

/// Time for a process to come to where it dies: longer than the retries of those who call it.
const STRIKES: Duration = Duration::from_secs(30);

/// Where a process dies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Fault {
    /// The process.
    pub(crate) process: &'static str,
    /// The place.
    pub(crate) point: &'static str,
    /// How often it passes the place before.
    pub(crate) passes: u32,
}

impl Fault {
    /// Kills the process wherever it is, and starts it with the fault.
    pub(crate) async fn arm(&self, mesh: &Mesh) {
        mesh.kill(self.process).await.expect("a process can be killed");
        self.set(mesh, self.point).await;
    }

    /// Waits until the process has died of it, and says when.
    pub(crate) async fn strikes(&self, mesh: &Mesh) -> Instant {
        holds(&format!("{self}"), STRIKES, async || mesh.pid(self.process).is_none()).await;
        Instant::now()
    }

    /// Starts the process without the fault.
    pub(crate) async fn mend(&self, mesh: &Mesh) {
        self.set(mesh, "").await;
    }

    async fn set(&self, mesh: &Mesh, point: &str) {
        mesh.set(self.process, "FAULT_POINT", point).await.expect("the process is looked after");
        let passes = self.passes.to_string();
        mesh.set(self.process, "FAULT_SKIP", &passes).await.expect("the process is looked after");
        mesh.start_again(self.process).await.expect("the process starts");
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} killed at {} after {} passes", self.process, self.point, self.passes)
    }
}
