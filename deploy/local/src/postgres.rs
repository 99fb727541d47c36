//! A private Postgres server: made at the first start, kept between runs, reachable from this machine alone.

mod binaries;
mod home;

use std::fs::File;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
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
        create_cluster(&binaries, &home).await?;
        stop_orphan(&home.data()).await?;

        let port = free_port(options.address, options.port)?;
        let program = Program {
            path: binaries.program("postgres"),
            arguments: settings(&home, options, port).into_iter().map(Into::into).collect(),
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
            while works_on(&self.data)? {
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

async fn create_cluster(binaries: &Binaries, home: &Home) -> Result<()> {
    let data = home.data();
    if let Ok(major) = std::fs::read_to_string(data.join("PG_VERSION")) {
        if major.trim() != binaries.major().to_string() {
            bail!(
                "{} was made by Postgres {} and this machine has {}: name the older one's programs in PG_BIN, or start \
                 afresh with --reset",
                data.display(),
                major.trim(),
                binaries.version()
            );
        }
        return Ok(());
    }
    // made beside its place and moved there whole, so that an interrupted start leaves nothing half made
    let unfinished = home.folder().join("unfinished");
    if unfinished.exists() {
        std::fs::remove_dir_all(&unfinished)?;
    }
    let arguments = [
        format!("--pgdata={}", unfinished.display()),
        format!("--username={SUPERUSER}"),
        format!("--pwfile={}", home.password_file().display()),
        "--auth=scram-sha-256".to_owned(),
        "--encoding=UTF8".to_owned(),
        // the same order and the same letters on every machine
        "--locale=C.UTF-8".to_owned(),
        "--no-instructions".to_owned(),
    ];
    let program = Program {
        path: binaries.program("initdb"),
        arguments: arguments.into_iter().map(Into::into).collect(),
        environment: Vec::new(),
        folder: home.folder().to_owned(),
        user: home.user().map(str::to_owned),
        orphaned: Signal::SIGTERM,
    };
    let output = tempfile::NamedTempFile::new()?;
    let status = Process::spawn(&program, Some(output.as_file())).await?.wait().await?;
    if !status.success() {
        bail!("initdb failed ({status}): {}", last_lines(output.path()));
    }
    std::fs::rename(&unfinished, &data)?;
    Ok(())
}

/// The settings, given on the command line so that no file of the cluster needs editing.
fn settings(home: &Home, options: &Options, port: u16) -> Vec<String> {
    let mut arguments = vec!["-D".to_owned(), home.data().display().to_string()];
    let mut set = |setting: &str| arguments.extend(["-c".to_owned(), setting.to_owned()]);
    set(&format!("listen_addresses={}", options.address));
    set(&format!("port={port}"));
    // either way with a password
    set(&format!("unix_socket_directories={}", home.socket_folder().unwrap_or_default()));
    // five services with a pool each, relays, tests with several meshes at once
    set("max_connections=400");
    set("shared_buffers=256MB");
    set("max_wal_size=4GB");
    // the tables of what is under way turn over within seconds, and plans made when they were empty go with their statistics
    set("autovacuum_naptime=20s");
    // short statements only: compiling them costs more than it saves
    set("jit=off");
    set("log_line_prefix=%m [%p] %u@%d ");
    // no values of rows and parameters, which are people's
    set("log_error_verbosity=terse");
    set("log_parameter_max_length_on_error=0");
    set("timezone=UTC");
    if !options.durable {
        set("fsync=off");
        set("full_page_writes=off");
    }
    arguments
}

/// Ends a server that still works on these files: a launcher that was killed leaves it shutting down for a moment.
async fn stop_orphan(data: &Path) -> Result<()> {
    let Some(pid) = running_server(data) else { return Ok(()) };
    let ending = async {
        // refused only if it ended meanwhile
        let _ = kill(pid, Signal::SIGINT);
        while running_server(data) == Some(pid) {
            tokio::time::sleep(POLL).await;
        }
    };
    let ended = tokio::time::timeout(STOP_LIMIT, ending).await;
    ended.with_context(|| {
        format!("a Postgres of an earlier run still works on {} (process {pid})", data.display())
    })
}

/// The server that works on these files. Its file `postmaster.pid` may be left from a crash, and its process id may by now be
/// another program's: only a process that has `data` as its working folder counts, as every Postgres server does.
fn running_server(data: &Path) -> Option<Pid> {
    let file = std::fs::read_to_string(data.join("postmaster.pid")).ok()?;
    let pid: i32 = file.lines().next()?.trim().parse().ok()?;
    let folder = std::fs::read_link(format!("/proc/{pid}/cwd")).ok()?;
    if folder == data {
        return Some(Pid::from_raw(pid));
    }
    // Postgres itself would take the other program for a server and refuse to start
    let _ = std::fs::remove_file(data.join("postmaster.pid"));
    None
}

/// Whether any process has these files as its working folder, as all those of a server have.
fn works_on(data: &Path) -> Result<bool> {
    let folders = std::fs::read_dir("/proc")?
        .filter_map(|entry| std::fs::read_link(entry.ok()?.path().join("cwd")).ok());
    Ok(folders.into_iter().any(|folder| folder == data))
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
