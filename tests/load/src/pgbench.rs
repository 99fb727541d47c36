//! pgbench: how fast Postgres alone answers the same SQL.

use crate::script::Script;
use anyhow::{Context, Result, bail};
use patron_local::postgres::Binaries;
use std::{path::PathBuf, process::Stdio, time::Duration};
use tokio::process::Command;
use url::Url;

/// Threads of pgbench itself; it needs little.
const THREADS: usize = 2;

/// pgbench at one database.
#[derive(Debug)]
pub struct Pgbench {
    program: PathBuf,
    url: Url,
    /// Where scripts are written.
    folder: PathBuf,
    seed: u64,
}

impl Pgbench {
    /// The pgbench that belongs to the server, at a database with a user who may do all that the script does.
    pub fn new(url: Url, folder: PathBuf, seed: u64) -> Result<Self> {
        let program = Binaries::find()?.program("pgbench");
        if !program.is_file() {
            bail!("{} is missing: Debian has it in the package postgresql-contrib", program.display());
        }
        Ok(Self { program, url, folder, seed })
    }

    /// Runs the script on so many connections for so long, and gives calls a second.
    pub async fn run(
        &self,
        name: &str,
        script: &Script,
        connections: usize,
        length: Duration,
    ) -> Result<f64> {
        let file = self.folder.join(format!("{name}.sql"));
        std::fs::write(&file, &script.text)?;
        let mut command = Command::new(&self.program);
        command
            .args(["--no-vacuum", "--protocol", if script.prepared { "prepared" } else { "extended" }])
            .args(["--client", &connections.to_string(), "--jobs", &THREADS.min(connections).to_string()])
            .args(["--time", &length.as_secs().to_string(), "--random-seed", &self.seed.to_string()])
            .arg("--file")
            .arg(&file);
        for (number, value) in script.constants.iter().enumerate() {
            command.arg("--define").arg(format!("c{number}={value}"));
        }
        self.connect(&mut command);
        let output = command.stdin(Stdio::null()).kill_on_drop(true).output().await?;
        let said = String::from_utf8_lossy(&output.stdout);
        let complaint = String::from_utf8_lossy(&output.stderr);
        if !output.status.success() {
            bail!("pgbench failed with {}: {}", file.display(), complaint.trim());
        }
        let rate = said
            .lines()
            .find_map(|line| line.strip_prefix("tps = ")?.split_whitespace().next()?.parse().ok());
        let rate: f64 = rate.with_context(|| format!("pgbench tells no rate: {said}"))?;
        Ok(rate * f64::from(u32::try_from(script.calls)?))
    }

    /// Tells whom to connect to in variables: a password in arguments would be seen by everybody on the machine.
    fn connect(&self, command: &mut Command) {
        let port = self.url.port().unwrap_or(5432).to_string();
        // by the socket where the services use it
        let socket =
            self.url.query_pairs().find_map(|(key, folder)| (key == "host").then(|| folder.into_owned()));
        command
            .env("PGHOST", socket.as_deref().or(self.url.host_str()).unwrap_or_default())
            .env("PGPORT", port)
            .env("PGUSER", self.url.username())
            .env("PGPASSWORD", self.url.password().unwrap_or_default())
            .env("PGDATABASE", self.url.path().trim_start_matches('/'));
    }
}
