//! A running Patron: services and gateway as processes, each with its own certificate, database roles and secrets.

mod control;
mod options;
mod plan;

use std::time::Duration;

use anyhow::{Context, Result, bail};
use futures::future::try_join_all;
use nix::sys::signal::Signal;
use tempfile::TempDir;
use time::OffsetDateTime;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint};
use url::Url;

pub use options::{DATABASE, Options, Ports, own_address};

use self::plan::Plan;
use crate::certificates::Authority;
use crate::database::{Database, ServiceUrls};
use crate::instance::Instance;
use crate::log::Log;
use crate::process::Program;
use crate::secrets::{Secrets, random_password};
use crate::service::{GATEWAY, SERVICES, Service};
use crate::state::{State, write_private};

/// How long a process may take from its start until it serves. They take well under a second; a busy machine takes longer.
const START_LIMIT: Duration = Duration::from_mins(1);
/// How long a process may take to stop: the 6 s that [`plan`] gives its calls, 2 s for background tasks, 2 s for the last words
/// to a collector, and some.
const STOP_LIMIT: Duration = Duration::from_secs(12);

/// A running mesh; its processes are killed when it is dropped.
///
/// Methods that take the name of a process know those of [`SERVICES`], `gateway`, and what [`Mesh::add_replica`] returned; another
/// name is the caller's mistake and panics.
#[derive(Debug)]
pub struct Mesh {
    plan: Plan,
    instances: Vec<Instance>,
    /// What brings the schema of each service up to date.
    migrations: Vec<(Service, Program)>,
    administrator: Administrator,
    temporary: Option<TempDir>,
}

/// The first administrator, as identity is to create it while it knows no staff.
#[derive(Debug, Clone)]
pub struct Administrator {
    /// Name to sign in with.
    pub username: String,
    /// The password, made at random; it is theirs until they change it.
    pub password: String,
    /// Whether this start made the password: nobody has seen it yet.
    pub new: bool,
}

impl Mesh {
    /// Prepares the database, migrates, and starts every process; ends when all of them serve.
    ///
    /// Fails if a port is taken, a migration fails, or a process ends or does not serve; nothing is left running then.
    #[expect(clippy::disallowed_methods, reason = "certificates are valid by the machine's own clock")]
    pub async fn start(options: Options) -> Result<Self> {
        let Options { state, server, database, programs, address, ports, restart, shown, .. } = options;
        let Options { replicas, otlp_endpoint, settings, temporary, .. } = options;
        let authority = Authority::open(&state.tls(), address, OffsetDateTime::now_utc())?;
        let mut secrets = Secrets::open(&state.secrets())?;
        let database = Database::new(&server, &database)?;
        database.prepare(&mut secrets).await?;
        let administrator = administrator(&state)?;
        std::fs::create_dir_all(state.logs())?;

        let mut places = plan::places(address, ports)?;
        let replicas = plan::replicas(&replicas)?;
        let more = plan::free_places(address, replicas.len())?;
        places.extend(replicas.iter().map(|(_, name)| name.clone()).zip(more));
        let plan = Plan {
            state,
            authority,
            secrets,
            database,
            programs,
            places,
            replicas: replicas.clone(),
            restart,
            shown,
            otlp_endpoint,
            settings,
        };
        let mut mesh = Self { plan, instances: Vec::new(), migrations: Vec::new(), administrator, temporary };
        for service in SERVICES {
            let migration = mesh.plan.migration(service)?;
            mesh.migrations.push((service, migration));
        }
        try_join_all(SERVICES.map(|service| mesh.migrate(service.name))).await?;
        for service in SERVICES {
            mesh.launch(service, service.name.to_owned()).await?;
        }
        for (service, name) in replicas {
            mesh.launch(service, name).await?;
        }
        mesh.all_serving().await?;
        mesh.launch(GATEWAY, GATEWAY.name.to_owned()).await?;
        mesh.all_serving().await?;
        mesh.look_after().await?;
        Ok(mesh)
    }

    /// Names of the processes of services.
    pub fn services(&self) -> impl Iterator<Item = &str> {
        let services = self.instances.iter().filter(|instance| instance.service != GATEWAY);
        services.map(|instance| instance.name.as_str())
    }

    /// Address of the gateway: `http://host:port`.
    pub fn gateway(&self) -> String {
        format!("http://{}", self.instance(GATEWAY.name).place.listen())
    }

    /// gRPC address of a process: `https://host:port`.
    pub fn url(&self, name: &str) -> String {
        format!("https://{}", self.instance(name).place.listen())
    }

    /// A connection to a process that trusts this mesh's authority and has no certificate of its own, like a person's client.
    pub async fn channel(&self, name: &str) -> Result<Channel> {
        let instance = self.instance(name);
        let authority = std::fs::read(self.plan.authority.certificate())?;
        let tls = ClientTlsConfig::new()
            .ca_certificate(Certificate::from_pem(authority))
            .domain_name(instance.service.name);
        let endpoint = Endpoint::from_shared(self.url(name))?.tls_config(tls)?;
        endpoint.connect().await.with_context(|| format!("cannot connect to {name} at {}", self.url(name)))
    }

    /// Address of a process's plain listener for health and metrics: `http://host:port`.
    pub fn probe_url(&self, name: &str) -> String {
        format!("http://{}", self.instance(name).place.probe())
    }

    /// The authority that everybody trusts here.
    pub fn authority(&self) -> &Authority {
        &self.plan.authority
    }

    /// The first administrator.
    pub fn administrator(&self) -> &Administrator {
        &self.administrator
    }

    /// URL of the database as the server's administering user, to look behind the services.
    pub fn database_url(&self) -> Url {
        self.plan.database.url()
    }

    /// URLs of the database as one service has them.
    pub fn service_urls(&mut self, service: &str) -> Result<ServiceUrls> {
        self.plan.database.service_urls(service, &mut self.plan.secrets)
    }

    /// The folder that this mesh keeps its files in.
    pub fn state(&self) -> &State {
        &self.plan.state
    }

    /// Starts one more process of a service, at ports of its own, and returns its name. The others do not call it:
    /// what it does by itself, like relaying events, it does beside the first.
    pub async fn add_replica(&mut self, service: &str) -> Result<String> {
        let Some(service) = SERVICES.into_iter().find(|known| known.name == service) else {
            bail!("there is no service {service}");
        };
        let others = self.instances.iter().filter(|instance| instance.name.starts_with(service.name)).count();
        let name = format!("{}-{}", service.name, others + 1);
        let address = self.instance(service.name).place.address;
        let [place] = plan::free_places(address, 1)?[..] else { bail!("{address} has no free ports") };
        self.plan.places.insert(name.clone(), place);
        self.launch(service, name.clone()).await?;
        self.instance(&name).until_serving(START_LIMIT).await?;
        self.look_after().await?;
        Ok(name)
    }

    /// Stops the gateway, then the services, each in order. The database of a temporary mesh is removed.
    pub async fn shutdown(self) -> Result<()> {
        self.stop(GATEWAY.name).await?;
        let services = self.instances.iter().filter(|instance| instance.name != GATEWAY.name);
        try_join_all(services.map(|instance| instance.stop(Signal::SIGTERM, STOP_LIMIT))).await?;
        if self.temporary.is_some() {
            self.plan.database.remove().await?;
        }
        Ok(())
    }

    async fn launch(&mut self, service: Service, name: String) -> Result<()> {
        let log = Log::create(&name, &self.plan.state.logs().join(format!("{name}.log")))?;
        let place = self.plan.places[&name];
        let program = self.plan.program(service, &name)?;
        let instance = Instance::new(name, service, place, program, log);
        instance.start().await?;
        self.instances.push(instance);
        Ok(())
    }

    async fn all_serving(&self) -> Result<()> {
        try_join_all(self.instances.iter().map(|instance| instance.until_serving(START_LIMIT))).await?;
        Ok(())
    }

    /// What counts once everything serves. Before that a process may well complain that another is not there yet, and one
    /// that ends makes the start fail.
    async fn look_after(&self) -> Result<()> {
        if self.plan.shown {
            self.instances.iter().for_each(|instance| instance.log.show());
        }
        if self.plan.restart {
            try_join_all(self.instances.iter().map(Instance::keep_up)).await?;
        }
        Ok(())
    }

    fn instance(&self, name: &str) -> &Instance {
        let found = self.instances.iter().find(|instance| instance.name == name);
        found.unwrap_or_else(|| panic!("this mesh has no process {name}"))
    }
}

/// Name of the first administrator.
const ADMINISTRATOR: &str = "admin";

fn administrator(state: &State) -> Result<Administrator> {
    let path = state.administrator();
    let (password, new) = match std::fs::read_to_string(&path) {
        Ok(password) => (password.trim().to_owned(), false),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let password = random_password()?;
            write_private(&path, format!("{password}\n"))?;
            (password, true)
        }
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    Ok(Administrator { username: ADMINISTRATOR.to_owned(), password, new })
}
