//! A private Postgres server: made at the first start, kept between runs, reachable from this machine alone.

mod binaries;
mod cluster;
mod home;
mod leftover;

use std::fs::File;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;
use url::Url;

pub use binaries::Binaries;
pub use home::Home;

use crate::process::{Process, Program};
use crate::state::create_private;

/// Name of the superuser that `initdb` makes.
const SUPERUSER: &str = "patron";
/// How long a start may take: recovery after a crash replays up to `max_wal_size`.
const START_LIMIT: Duration = Duration::from_mins(2);
/// How long a fast shutdown may take: it writes one checkpoint.
const STOP_LIMIT: Duration = Duration::from_secs(30);
/// How often the server is asked whether it accepts connections.
const POLL: Duration = Duration::from_millis(50);

/// What differs between a developer's server and one that lives for one test run.
#[derive(Debug, Clone)]
pub struct Options {
    /// The loopback address that it listens on.
    pub address: Ipv4Addr,
    /// The port it should listen on; another one if that is taken.
    pub port: u16,
    /// Whether what is committed survives a crash of the *machine*. Without it tests are several times faster, and
    /// a killed server still loses nothing.
    pub durable: bool,
}

/// A running server; killed when dropped.
#[derive(Debug)]
pub struct Postgres {
    process: Process,
    program: Program,
    data: PathBuf,
    log: PathBuf,
    url: Url,
    version: String,
    /// The files of a server that was started for a while only.
    _temporary: Option<TempDir>,
}

impl Postgres {
    /// Starts the server whose files lie at `home`, making them first if they are not there; its log goes to `log`.
    pub async fn start(home: &Path, log: &Path, options: &Options) -> Result<Self> {
        Self::start_in(home, log, options, None).await
    }

    /// Starts a server with files in the system's folder for temporary ones, gone with the server.
    pub async fn start_temporary(options: &Options) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("patron-postgres-").permissions(passable()).tempdir()?;
        let (home, log) = (folder.path().join("home"), folder.path().join("log"));
        Self::start_in(&home, &log, options, Some(folder)).await
    }

    async fn start_in(
        home: &Path,
        log: &Path,
        options: &Options,
        temporary: Option<TempDir>,
    ) -> Result<Self> {
        let binaries = Binaries::find()?;
        let home = Home::open(home)?;
        cluster::create(&binaries, &home).await?;
        leftover::stop(&home.data()).await?;

        let port = free_port(options.address, options.port)?;
        let program = Program {
            path: binaries.program("postgres"),
            arguments: cluster::settings(&home, options, port).into_iter().map(Into::into).collect(),
            // without a locale of its own, messages are in English
            environment: vec![("TZ".to_owned(), "UTC".into())],
            folder: home.folder().to_owned(),
            user: home.user().map(str::to_owned),
            orphaned: Signal::SIGINT,
        };
        let password = std::fs::read_to_string(home.password_file())?;
        let mut url =
            Url::parse(&format!("postgres://{SUPERUSER}:{password}@{}:{port}/postgres", options.address))?;
        if let Some(folder) = home.socket_folder() {
            url.query_pairs_mut().append_pair("host", folder);
        }
        let process = Process::spawn(&program, Some(&create_private(log)?)).await?;
        let version = binaries.version().to_owned();
        let (data, log) = (home.data(), log.to_owned());
        let mut server = Self { process, program, data, log, url, version, _temporary: temporary };
        server.wait_until_accepting().await?;
        Ok(server)
    }

    /// The superuser's URL, at the database `postgres`.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The file it logs to.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// Like `15.18`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Ends it as a crash would, and waits until every process of it has gone: they notice it one by one, and until then no other
    /// server starts on the same files.
    pub async fn kill(&mut self) -> Result<()> {
        self.process.stop(Signal::SIGKILL, STOP_LIMIT).await?;
        let gone = async {
            while leftover::works_on(&self.data)? {
                tokio::time::sleep(POLL).await;
            }
            Ok(())
        };
        tokio::time::timeout(STOP_LIMIT, gone).await.context("processes of the killed Postgres do not end")?
    }

    /// Starts it again at the same port after [`Postgres::kill`].
    pub async fn start_again(&mut self) -> Result<()> {
        self.process =
            Process::spawn(&self.program, Some(&File::options().append(true).open(&self.log)?)).await?;
        self.wait_until_accepting().await
    }

    /// Waits until it ends by itself, and says with which last words.
    pub async fn until_ended(&mut self) -> anyhow::Error {
        match self.process.wait().await {
            Ok(status) => anyhow::anyhow!("Postgres ended ({status}): {}", last_lines(&self.log)),
            Err(error) => error,
        }
    }

    /// Ends it in order: sessions are cut, data is written out.
    pub async fn stop(mut self) -> Result<()> {
        self.process.stop(Signal::SIGINT, STOP_LIMIT).await?;
        Ok(())
    }

    async fn wait_until_accepting(&mut self) -> Result<()> {
        let accepting = async {
            loop {
                if let Some(status) = self.process.ended()? {
                    bail!("Postgres ended at its start ({status}): {}", last_lines(&self.log));
                }
                if let Ok(connection) = PgConnection::connect(self.url.as_str()).await {
                    return Ok(connection.close().await?);
                }
                tokio::time::sleep(POLL).await;
            }
        };
        match tokio::time::timeout(START_LIMIT, accepting).await {
            Ok(result) => result,
            Err(_) => bail!("Postgres accepts no connection {} s after its start", START_LIMIT.as_secs()),
        }
    }
}

/// Folders above the data must let the user through that Postgres runs as.
fn passable() -> std::fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o711)
}

/// The wanted port, or one that the system picks when that is taken.
fn free_port(address: Ipv4Addr, wanted: u16) -> Result<u16> {
    let listener = TcpListener::bind((address, wanted)).or_else(|_| TcpListener::bind((address, 0)));
    Ok(listener.with_context(|| format!("nothing can listen at {address}"))?.local_addr()?.port())
}

fn last_lines(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(5)..].join("; ")
}
