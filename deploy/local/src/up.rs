//! `patron-local up`: everything from an empty machine to a working address, and back.

use std::net::Ipv4Addr;

use anyhow::{Context, Result};
use clap::ValueEnum;
use tokio::signal::unix::{Signal, SignalKind, signal};
use url::Url;

use crate::mesh::{Mesh, Options, Ports, own_address};
use crate::postgres::{self, Postgres};
use crate::service::GATEWAY;
use crate::state::{Lock, State};

/// Port of the private Postgres, if it is free; a person who looks into the database finds it again.
const POSTGRES_PORT: u16 = 7432;

/// Arguments of `patron-local up`.
#[derive(Debug, clap::Args)]
pub struct Up {
    /// Fill in this many made-up customers of several countries, with addresses and groups.
    #[arg(long, value_name = "N")]
    demo: Option<u32>,
    /// Forget everything kept from earlier runs, data included.
    #[arg(long)]
    reset: bool,
    /// Port of the gateway.
    #[arg(long, default_value_t = GATEWAY.port)]
    port: u16,
    /// Whether the processes take the address and ports that the documents name, or some that are free.
    #[arg(long, value_enum, default_value_t = PortChoice::Usual)]
    ports: PortChoice,
    /// Run one more process of this service, and share its calls between them; may be repeated.
    #[arg(long, value_name = "SERVICE")]
    replica: Vec<String>,
    /// Export traces, metrics and logs to this OpenTelemetry collector (OTLP over gRPC), like http://localhost:4317.
    #[arg(long, value_name = "URL")]
    otlp_endpoint: Option<String>,
    /// A running Postgres server to use instead of a private one, with a user that may create databases and roles.
    #[arg(long, value_name = "URL", env = "PATRON_DATABASE_URL", hide_env_values = true)]
    database_url: Option<Url>,
}

/// Which ports the processes take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PortChoice {
    /// Those that the documents name.
    Usual,
    /// Free ones, at a loopback address that no other program uses.
    Free,
}

impl Up {
    /// Starts Patron with the files in `state` and runs it until it is asked to stop.
    pub async fn run(self, state: State) -> Result<()> {
        let mut stop = StopSignals::listen()?;
        let lock = state.lock()?;
        if self.reset {
            self.forget(&state, &lock).await?;
        }
        std::fs::create_dir_all(state.logs())?;
        let Some(mut server) = stop.or(self.server(&state)).await? else { return Ok(()) };
        let outcome = self.serve(state, &mut server, &mut stop, lock).await;
        if let Some(postgres) = server.private {
            postgres.stop().await?;
        }
        outcome
    }

    async fn forget(&self, state: &State, lock: &Lock) -> Result<()> {
        state.reset(lock)?;
        if let Some(url) = &self.database_url {
            crate::database::Database::new(url, crate::mesh::DATABASE)?.remove().await?;
        }
        Ok(())
    }

    async fn server(&self, state: &State) -> Result<Server> {
        if let Some(url) = &self.database_url {
            return Ok(Server { url: url.clone(), private: None });
        }
        let (address, port) = match self.ports {
            PortChoice::Usual => (Ipv4Addr::LOCALHOST, POSTGRES_PORT),
            PortChoice::Free => (own_address()?, 0),
        };
        let options = postgres::Options { address, port, durable: true };
        let postgres =
            Postgres::start(&state.postgres(), &state.logs().join("postgres.log"), &options).await?;
        let (host, port) =
            (postgres.url().host_str().unwrap_or_default(), postgres.url().port().unwrap_or_default());
        eprintln!(
            "Postgres {} at {host}:{port}, its files in {}",
            postgres.version(),
            state.postgres().display()
        );
        Ok(Server { url: postgres.url().clone(), private: Some(postgres) })
    }

    async fn serve(
        &self,
        state: State,
        server: &mut Server,
        stop: &mut StopSignals,
        mut lock: Lock,
    ) -> Result<()> {
        let mut options = Options::new(state.clone(), server.url.clone())?;
        options.otlp_endpoint.clone_from(&self.otlp_endpoint);
        options.replicas.clone_from(&self.replica);
        match self.ports {
            PortChoice::Usual => options.ports = Ports::Usual { gateway: self.port },
            PortChoice::Free => (options.address, options.ports) = (own_address()?, Ports::Free),
        }
        let Some(mut mesh) = stop.or(Mesh::start(options)).await? else { return Ok(()) };
        lock.announce(Some(&mesh.gateway()))?;
        greet(&mesh);
        let outcome = tokio::select! {
            () = self.work(&mut mesh, stop) => Ok(()),
            error = server.until_ended() => Err(error),
        };
        eprintln!("stopping; Ctrl-C again to end at once");
        stop.or(mesh.shutdown()).await?;
        outcome
    }

    /// Fills in what was asked for and then waits for the end.
    async fn work(&self, mesh: &mut Mesh, stop: &mut StopSignals) {
        if let Some(count) = self.demo {
            match stop.or(crate::demo::populate(mesh, count)).await {
                Ok(Some(())) => eprintln!("the demo customers are ready"),
                Ok(None) => return,
                Err(error) => eprintln!("demo customers cannot be created: {error:#}"),
            }
        }
        stop.wait().await;
    }
}

fn greet(mesh: &Mesh) {
    let administrator = mesh.administrator();
    let file = mesh.state().administrator();
    let password = if administrator.new {
        format!("{}   (kept in {})", administrator.password, file.display())
    } else {
        format!("yours, or still the one in {}", file.display())
    };
    eprintln!("\nPatron is at {}\n", mesh.gateway());
    eprintln!("  user       {}", administrator.username);
    eprintln!("  password   {password}");
    for service in mesh.services() {
        eprintln!("  {service:<9}  {}", mesh.url(service));
    }
    eprintln!("  authority  {}", mesh.authority().certificate().display());
    eprintln!("  logs       {}", mesh.state().logs().display());
    eprintln!("\nCtrl-C stops it.\n");
}

/// The Postgres server in use.
struct Server {
    /// With a user that may create databases and roles.
    url: Url,
    /// The server itself, where it is ours to watch and to stop.
    private: Option<Postgres>,
}

impl Server {
    /// Waits for the end of a private server.
    async fn until_ended(&mut self) -> anyhow::Error {
        match &mut self.private {
            Some(postgres) => postgres.until_ended().await,
            None => std::future::pending().await,
        }
    }
}

/// The signals by which a terminal or a supervisor stops a program.
struct StopSignals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl StopSignals {
    fn listen() -> Result<Self> {
        let listen = |kind| signal(kind).context("cannot listen for signals");
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
            hangup: listen(SignalKind::hangup())?,
        })
    }

    async fn wait(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hangup.recv() => {}
        }
    }

    /// What the work comes to, or `None` if a signal comes first; the work is dropped then.
    async fn or<T>(&mut self, work: impl Future<Output = Result<T>>) -> Result<Option<T>> {
        tokio::select! {
            result = work => result.map(Some),
            () = self.wait() => Ok(None),
        }
    }
}
