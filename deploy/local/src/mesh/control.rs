//! What is done to one process of a running mesh.

use std::path::Path;

use anyhow::{Context, Result, anyhow};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::{Mesh, START_LIMIT, STOP_LIMIT};
use crate::process::{Process, Program};

impl Mesh {
    /// Process id, while it runs.
    pub fn pid(&self, name: &str) -> Option<i32> {
        self.instance(name).pid()
    }

    /// The code with which a process ended last; `None` while it runs, and where a signal ended it.
    pub fn exit_code(&self, name: &str) -> Option<i32> {
        self.instance(name).exit_code()
    }

    /// Path of the log.
    pub fn log(&self, name: &str) -> &Path {
        self.instance(name).log.path()
    }

    /// Ends a process as a crash would (SIGKILL); it stays down until it is started.
    pub async fn kill(&self, name: &str) -> Result<()> {
        self.instance(name).stop(Signal::SIGKILL, STOP_LIMIT).await
    }

    /// Ends a process in order (SIGTERM); it stays down until it is started.
    pub async fn stop(&self, name: &str) -> Result<()> {
        self.instance(name).stop(Signal::SIGTERM, STOP_LIMIT).await
    }

    /// Starts a process that is down and waits until it serves.
    pub async fn start_again(&self, name: &str) -> Result<()> {
        let instance = self.instance(name);
        instance.start().await?;
        instance.until_serving(START_LIMIT).await
    }

    /// Waits until the process runs under another id than `before` and serves; that it is started again is up to
    /// [`Options::restart`](super::Options::restart).
    pub async fn until_restarted(&self, name: &str, before: i32) -> Result<()> {
        let instance = self.instance(name);
        instance.until_other_than(before).await?;
        instance.until_serving(START_LIMIT).await
    }

    /// Sets `PATRON_<variable>` of one process for its next start.
    pub async fn set(&self, name: &str, variable: &str, value: &str) -> Result<()> {
        self.instance(name).set(format!("PATRON_{variable}"), value.into()).await
    }

    /// Halts a process where it is (SIGSTOP): it keeps what it holds and answers nothing, until it is [resumed](Self::resume).
    pub fn suspend(&self, name: &str) -> Result<()> {
        self.signal(name, Signal::SIGSTOP)
    }

    /// Lets a process go on that was [suspended](Self::suspend).
    pub fn resume(&self, name: &str) -> Result<()> {
        self.signal(name, Signal::SIGCONT)
    }

    /// Runs a command of a service beside its process and with its settings, like `resync profile`, and gives what it answered, without
    /// the lines of its log.
    pub async fn command(&self, service: &str, arguments: &[&str]) -> Result<String> {
        let arguments = arguments.iter().map(Into::into).collect();
        let program = Program { arguments, ..self.instance(service).program.clone() };
        let printed = Process::output(&program).await?;
        let answer: Vec<&str> = printed.lines().filter(|line| !line.starts_with('{')).collect();
        Ok(answer.join("\n"))
    }

    /// Brings the schema of a service to what its programs expect, as where the service is new.
    pub async fn migrate(&self, service: &str) -> Result<()> {
        let (_, migration) = self
            .migrations
            .iter()
            .find(|(known, _)| known.name == service)
            .with_context(|| format!("there is no service {service}"))?;
        let migrated = Process::output(migration).await;
        migrated.map(drop).map_err(|error| anyhow!("migrations of {service} failed: {error}"))
    }

    /// Removes everything that a service keeps, tables included. To be called while it is down.
    pub async fn drop_schema(&self, service: &str) -> Result<()> {
        let schema = self.instance(service).service.schema;
        self.plan.database.drop_schema(schema.with_context(|| format!("{service} keeps nothing"))?).await
    }

    fn signal(&self, name: &str, signal: Signal) -> Result<()> {
        let pid = self.pid(name).with_context(|| format!("{name} does not run"))?;
        kill(Pid::from_raw(pid), signal).with_context(|| format!("{name} cannot be sent {signal}"))
    }
}
