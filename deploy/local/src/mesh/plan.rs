//! How each process of a mesh is started: where, as what program, with which variables.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::net::{Ipv4Addr, TcpListener};
use std::num::NonZero;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;

use super::{ADMINISTRATOR, Ports};
use crate::certificates::Authority;
use crate::database::Database;
use crate::process::Program;
use crate::secrets::Secrets;
use crate::service::{self, Environment, GATEWAY, Place, SERVICES, Service};
use crate::state::State;

/// Time from `not serving` to closing the listener, in milliseconds: here nobody balances, so nobody has to notice.
const DRAIN_MS: &str = "0";
/// Time for calls under way to end after that, in milliseconds: longer than the deadline of any call.
const GRACE_MS: &str = "6000";

/// Blocks of memory that glibc gives back to the system as soon as they are free, in bytes and up (mallopt(3)). Left alone it
/// raises that size to the largest it has seen, and keeps the 19 MiB of a password hash. The container image sets the same.
const GIVEN_BACK_BYTES: &str = "1048576";

/// Connections to Postgres a service: six for each core, since most of them wait for a commit to be written out, and profile's
/// relays and those to it hold up to seven while many customers come in.
fn pool_size() -> usize {
    (6 * cores()).clamp(12, 24)
}

/// Threads of each process that drive its tasks: the processes and Postgres share the cores, and what a thread of one would win is
/// less than it costs to wake it.
fn worker_threads() -> usize {
    (cores() / 2).max(1)
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get)
}

/// Everything that the environments of the processes are made of.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) state: State,
    pub(super) authority: Authority,
    pub(super) secrets: Secrets,
    pub(super) database: Database,
    /// The folder of the programs.
    pub(super) programs: PathBuf,
    /// Where each process listens, by its name.
    pub(super) places: BTreeMap<String, Place>,
    /// Processes beside the first of their service that the others call too, by their names.
    pub(super) replicas: Vec<(Service, String)>,
    pub(super) restart: bool,
    pub(super) shown: bool,
    pub(super) otlp_endpoint: Option<String>,
    pub(super) settings: Vec<(Option<String>, String, String)>,
}

impl Plan {
    /// The process called `name`, of `service`.
    pub(super) fn program(&mut self, service: Service, name: &str) -> Result<Program> {
        let environment = self.environment(service, name)?;
        Ok(self.run(service, "serve", &environment))
    }

    /// The run that brings a service's schema up to date, as the schema's owner.
    pub(super) fn migration(&mut self, service: Service) -> Result<Program> {
        let mut environment = self.environment(service, service.name)?;
        let urls = self.database.service_urls(service.name, &mut self.secrets)?;
        environment.set("DATABASE_OWNER_URL", urls.owner.as_str());
        Ok(self.run(service, "migrate", &environment))
    }

    fn run(&self, service: Service, verb: &str, environment: &Environment) -> Program {
        Program {
            path: self.programs.join(service.program()),
            arguments: vec![OsString::from(verb)],
            environment: environment.variables(),
            folder: self.state.root().to_owned(),
            user: None,
            // it is built to be killed at any point, and a drain could hang
            orphaned: Signal::SIGKILL,
        }
    }

    fn environment(&mut self, service: Service, name: &str) -> Result<Environment> {
        let mut environment = Environment::default();
        let place = self.places[name];
        environment.set("SERVER_LISTEN", place.listen());
        environment.set("SERVER_PROBE_LISTEN", place.probe());
        environment.set("SERVER_REFLECTION", "true");
        environment.set("SERVER_DRAIN_MS", DRAIN_MS);
        environment.set("SERVER_GRACE_MS", GRACE_MS);
        let identity = self.authority.identity(service.name);
        environment.set("TLS_CERTIFICATE", identity.certificate);
        environment.set("TLS_KEY", identity.key);
        environment.set("TLS_AUTHORITY", self.authority.certificate());
        for peer in SERVICES {
            let replicas = self.replicas.iter().filter(|(service, _)| *service == peer);
            let names = [peer.name].into_iter().chain(replicas.map(|(_, name)| name.as_str()));
            let urls: Vec<_> = names.map(|name| format!("https://{}", self.places[name].listen())).collect();
            environment.set(&format!("PEERS_{}", peer.name.to_uppercase()), urls.join(","));
        }
        environment.set("SEAL_KEY", self.secrets.seal_key(service.name)?);
        if let Some(endpoint) = &self.otlp_endpoint {
            environment.set("TELEMETRY_OTLP_ENDPOINT", endpoint);
        }
        environment.set_foreign("MALLOC_MMAP_THRESHOLD_", GIVEN_BACK_BYTES);
        environment.set_foreign("TOKIO_WORKER_THREADS", worker_threads().to_string());
        if service.schema.is_some() {
            environment.set("DATABASE_POOL_SIZE", pool_size().to_string());
            let urls = self.database.service_urls(service.name, &mut self.secrets)?;
            environment.set("DATABASE_URL", urls.runtime.as_str());
        }
        if service.name == "identity" {
            environment.set("USERNAME_KEYS", self.secrets.username_key()?);
            environment.set("IDENTITY_BOOTSTRAP_USERNAME", ADMINISTRATOR);
            // a domain that is nobody's (RFC 2606)
            environment.set("IDENTITY_BOOTSTRAP_EMAIL", format!("{ADMINISTRATOR}@patron.example"));
            environment.set("IDENTITY_BOOTSTRAP_PASSWORD_FILE", self.state.administrator());
        }
        if service == GATEWAY {
            // browsers keep a Secure cookie of http://localhost only, and not all of them do
            environment.set("BROWSER_PLAIN_COOKIES", "true");
        }
        for (whose, variable, value) in &self.settings {
            if whose.as_deref().is_none_or(|whose| whose == name) {
                environment.set(variable, value);
            }
        }
        Ok(environment)
    }
}

/// Where each process listens. Fails if one of the usual ports is taken, naming all that are.
pub(super) fn places(address: Ipv4Addr, ports: Ports) -> Result<BTreeMap<String, Place>> {
    let Ports::Usual { gateway } = ports else {
        let names = service::all().map(|service| service.name.to_owned());
        return Ok(names.zip(free_places(address, SERVICES.len() + 1)?).collect());
    };
    let places: BTreeMap<String, Place> = service::all()
        .map(|service| {
            let port = if service == GATEWAY { gateway } else { service.port };
            (service.name.to_owned(), Place { address, port, probe_port: service.probe_port })
        })
        .collect();
    let wanted: BTreeSet<u16> = places.values().flat_map(|place| [place.port, place.probe_port]).collect();
    let taken = wanted.into_iter().filter(|port| TcpListener::bind((address, *port)).is_err());
    let taken: Vec<String> = taken.map(|port| port.to_string()).collect();
    if !taken.is_empty() {
        bail!(
            "other programs listen on port {} of {address}: end them, or choose with --port and --ports free",
            taken.join(", ")
        );
    }
    Ok(places)
}

/// Each service that is named, with the name of its next process: `profile-2`, `profile-3`.
pub(super) fn replicas(services: &[String]) -> Result<Vec<(Service, String)>> {
    let named = services.iter().enumerate().map(|(at, name)| {
        let service = SERVICES.into_iter().find(|known| known.name == name);
        let before = services[..at].iter().filter(|other| *other == name).count();
        Ok((
            service.with_context(|| format!("there is no service {name}"))?,
            format!("{name}-{}", before + 2),
        ))
    });
    named.collect()
}

/// As many places as asked for, at free ports.
pub(super) fn free_places(address: Ipv4Addr, count: usize) -> Result<Vec<Place>> {
    // held until all are known, so that each is another one
    let listeners = (0..2 * count).map(|_| TcpListener::bind((address, 0))).collect::<Result<Vec<_>, _>>();
    let listeners = listeners.with_context(|| format!("nothing can listen at {address}"))?;
    let ports =
        listeners.iter().map(|listener| Ok(listener.local_addr()?.port())).collect::<Result<Vec<_>>>()?;
    Ok(ports.chunks_exact(2).map(|ports| Place { address, port: ports[0], probe_port: ports[1] }).collect())
}
