//! `patron-local with-postgres`: a Postgres server for one command, as tests and the check of SQL statements need it.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use nix::sys::signal::Signal;

use crate::child::Child;
use crate::mesh::own_address;
use crate::postgres::{Options, Postgres};
use crate::process::launcher;
use crate::tables;

/// Where the command finds the server: a superuser's URL.
pub const VARIABLE: &str = "PATRON_TEST_DATABASE_URL";

/// Arguments of `patron-local with-postgres`.
#[derive(Debug, clap::Args)]
pub struct WithPostgres {
    /// Create the tables of the services in this folder, and give each one's address in `<NAME>_DATABASE_URL`.
    #[arg(long, value_name = "FOLDER")]
    tables_of: Option<PathBuf>,
    /// The command and its arguments.
    #[arg(last = true, required = true)]
    command: Vec<OsString>,
}

impl WithPostgres {
    /// Runs the command and answers with its exit code. The server forgets everything at its end and, being faster
    /// for it, writes nothing through to the disk.
    pub async fn run(self) -> Result<ExitCode> {
        let (program, arguments) = self.command.split_first().context("no command is named")?;
        let options = Options { address: own_address()?, port: 0, durable: false };
        let server = Postgres::start_temporary(&options).await?;
        let tables = match &self.tables_of {
            Some(sources) => tables::create(server.url(), sources).await?,
            None => Vec::new(),
        };
        let mut command = tokio::process::Command::new(launcher()?);
        // this is the program's first thread, so the command ends no earlier than the program does
        command.args(Child::arguments(Signal::SIGTERM, None)).arg(program).args(arguments);
        command.env(VARIABLE, server.url().as_str()).envs(tables).kill_on_drop(true);
        let status = command.status().await.with_context(|| format!("cannot run {}", program.display()))?;
        server.stop().await?;
        let code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX);
        Ok(ExitCode::from(code))
    }
}
