//! What a mesh is started with.

use std::net::Ipv4Addr;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use anyhow::Result;
use tempfile::TempDir;
use url::Url;

use crate::process::programs_folder;
use crate::secrets::random_bytes;
use crate::service::GATEWAY;
use crate::state::State;

/// What a mesh is started with.
#[derive(Debug)]
pub struct Options {
    /// Where it keeps certificates, secrets and logs.
    pub state: State,
    /// The Postgres server, with a user that may create databases and roles.
    pub server: Url,
    /// Name of its database there.
    pub database: String,
    /// The folder of the programs.
    pub programs: PathBuf,
    /// The loopback address that every process listens on.
    pub address: Ipv4Addr,
    /// The ports there.
    pub ports: Ports,
    /// Services of which one more process runs, once for each time they are named.
    pub replicas: Vec<String>,
    /// Whether a process that ends by itself is started again.
    pub restart: bool,
    /// Whether warnings and errors of the processes are shown on the terminal.
    pub shown: bool,
    /// URL of an OpenTelemetry collector (OTLP over gRPC); without one nothing is exported.
    pub otlp_endpoint: Option<String>,
    /// Further variables: the process they are for or `None` for all, the name without `PATRON_`, the value.
    pub settings: Vec<(Option<String>, String, String)>,
    /// The folder of a mesh that lives for one test.
    pub(super) temporary: Option<TempDir>,
}

/// Which ports a mesh takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ports {
    /// Those that documents and examples name, but for the gateway's.
    Usual {
        /// Port of the gateway.
        gateway: u16,
    },
    /// Whatever is free.
    Free,
}

/// Name of the database of the one mesh of a machine.
pub const DATABASE: &str = "patron";

impl Options {
    /// The one mesh of a developer's machine.
    pub fn new(state: State, server: Url) -> Result<Self> {
        Ok(Self {
            state,
            server,
            database: DATABASE.to_owned(),
            programs: programs_folder()?,
            address: Ipv4Addr::LOCALHOST,
            ports: Ports::Usual { gateway: GATEWAY.port },
            replicas: Vec::new(),
            restart: true,
            shown: true,
            otlp_endpoint: None,
            settings: Vec::new(),
            temporary: None,
        })
    }

    /// A mesh for one test: a database, a loopback address and a folder of its own, all gone after
    /// [`Mesh::shutdown`](super::Mesh::shutdown). A process that ends stays ended, for the test to decide.
    pub fn temporary(server: &Url) -> Result<Self> {
        let permissions = std::fs::Permissions::from_mode(0o700);
        let folder = tempfile::Builder::new().prefix("patron-mesh-").permissions(permissions).tempdir()?;
        let state = State::open(folder.path())?;
        let database = format!("mesh_{}", hex::encode(random_bytes::<6>()?));
        Ok(Self {
            database,
            address: own_address()?,
            ports: Ports::Free,
            restart: false,
            shown: false,
            temporary: Some(folder),
            ..Self::new(state, server.clone())?
        })
    }
}

/// A loopback address that nobody else is likely to use: between asking for a free port there and listening on it,
/// no other program takes it, neither to listen nor for a connection of its own.
pub fn own_address() -> Result<Ipv4Addr> {
    let [a, b, c] = random_bytes::<3>()?;
    // all of 127.0.0.0/8 is this machine (RFC 1122, section 3.2.1.3); programs use 127.0.0.0/16
    Ok(Ipv4Addr::new(127, a.max(1), b, c.clamp(1, 254)))
}
