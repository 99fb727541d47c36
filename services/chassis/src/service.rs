//! What makes a process a service: a database, and RPCs on it.

use std::{net::SocketAddr, time::Duration};

use anyhow::Context as _;
use patron_values::seal::Seal;
use tokio_util::sync::CancellationToken;

use crate::{
    client::Channel,
    clock::Clock,
    command::{Answer, Command},
    config::{self, Section},
    ids::Ids,
    keys::{KeySource, Keys},
    peer::Peer,
    pg::{self, Migrations},
    process::Process,
    revocation::{RevocationSource, Revocations},
    run::Program,
    server::{Generated, Server},
    token::{Authenticator, Validity},
};

/// Time between attempts to do at the start what the database did not do.
const DATABASE_PAUSE: Duration = Duration::from_millis(200);

/// One of Patron's services. Its `main` is [`run`](crate::run::run)`::<It>()`.
pub trait Service: 'static {
    /// Which one.
    const PEER: Peer;

    /// Settings of its own; a tuple of sections, or `()`.
    type Config: Section;

    /// The tables it owns.
    fn migrations() -> Migrations;

    /// Puts its parts together: adds its RPCs and starts its background tasks. Runs before the listener
    /// opens; the database may not answer yet.
    fn assemble(
        chassis: &mut Chassis,
        config: Self::Config,
    ) -> impl Future<Output = anyhow::Result<()>> + Send;
}

/// What a service is put together from.
pub struct Chassis {
    process: Process,
    database: pg::Database,
    background: pg::Database,
    seal: Seal,
    server: Server,
    keys: Option<Keys>,
    revocations: Option<Revocations>,
    commands: Vec<Command>,
}

impl Chassis {
    pub(crate) fn new(process: Process, database: &config::Database, seal: Seal) -> anyhow::Result<Self> {
        let (settings, peer) = (database, process.peer());
        let database = pg::Database::open(settings, peer).context("PATRON_DATABASE_URL")?;
        let background = database.background(settings, peer).context("PATRON_DATABASE_URL")?;
        Ok(Self {
            process,
            database,
            background,
            seal,
            server: Server::default(),
            keys: None,
            revocations: None,
            commands: Vec::new(),
        })
    }

    /// The database, as the runtime role. Cheap to clone.
    pub fn database(&self) -> pg::Database {
        self.database.clone()
    }

    /// The same database for background work, on connections of its own: see [`pg::Database::background`].
    pub fn background(&self) -> pg::Database {
        self.background.clone()
    }

    /// Which service this is.
    pub fn peer(&self) -> Peer {
        self.process.peer()
    }

    /// The time.
    pub fn clock(&self) -> Clock {
        self.process.clock()
    }

    /// New ids.
    pub fn ids(&self) -> Ids {
        self.process.ids()
    }

    /// Seals page tokens and secrets at rest; the same for all replicas.
    pub fn seal(&self) -> Seal {
        self.seal.clone()
    }

    /// Calls to a peer. Made while answering a call they carry its token, deadline and trace; see
    /// [`crate::client`].
    pub fn channel(&self, peer: Peer) -> Channel {
        self.process.channel(peer)
    }

    /// Adds the RPCs of a generated server. Fails if one of them does not say who may call it.
    pub fn add_service(&mut self, service: impl Generated) -> anyhow::Result<()> {
        self.server.add_service(service)
    }

    /// Adds a command, one of those that [`run`](crate::run::run) names, which is given the arguments behind it.
    pub fn add_command<F>(
        &mut self,
        name: &'static str,
        run: impl FnOnce(Vec<String>) -> F + Send + Sync + 'static,
    ) where
        F: Future<Output = anyhow::Result<Answer>> + Send + 'static,
    {
        self.commands.push(Command::new(name, run));
    }

    /// Runs a background task until its token is cancelled, which is after the last call. If it ends before,
    /// fails or panics, the process stops with an error.
    pub fn spawn<F>(&self, name: &'static str, task: impl FnOnce(CancellationToken) -> F)
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        self.process.spawn(name, task);
    }

    /// Who issues tokens: `PATRON_TOKEN_ISSUER`.
    pub fn issuer(&self) -> &str {
        &self.process.config().token.issuer
    }

    /// Does what a service cannot be put together without; again and again while the database does not answer.
    pub async fn prepare<F>(&self, work: impl Fn() -> F) -> anyhow::Result<()>
    where
        F: Future<Output = anyhow::Result<()>>,
    {
        loop {
            self.database.reached().await;
            match work().await {
                Err(error) if error.downcast_ref().is_some_and(pg::is_outage) => {
                    tracing::warn!(error = format!("{error:#}"), "waiting for the database");
                    tokio::time::sleep(DATABASE_PAUSE).await;
                }
                done => return done,
            }
        }
    }

    /// Cancelled when the process stops and calls under way are the last ones: long streams end themselves
    /// then.
    pub fn stopping(&self) -> CancellationToken {
        self.process.drain().stopping()
    }

    /// Takes keys of tokens and revocations from here and not from identity. For identity, which has them.
    /// Returns what is known of the revocations.
    pub fn decide_tokens_by(
        &mut self,
        keys: impl KeySource,
        revocations: impl RevocationSource,
    ) -> Revocations {
        let known = self.follow(revocations);
        self.keys = Some(Keys::new(keys));
        self.revocations = Some(known.clone());
        known
    }

    /// Whether tokens still are in force: for streams, which outlive the look at the token they began with.
    pub fn validity(&mut self) -> Validity {
        Validity::new(self.revocations(), self.clock())
    }

    fn revocations(&mut self) -> Revocations {
        let known = self.revocations.take().unwrap_or_else(|| self.follow(self.channel(Peer::IDENTITY)));
        self.revocations.insert(known).clone()
    }

    fn follow(&self, source: impl RevocationSource) -> Revocations {
        let (revocations, clock) = (Revocations::default(), self.clock());
        let known = revocations.clone();
        self.spawn("revocations", |stop| known.follow(source, clock, stop));
        revocations
    }

    /// Has the service put its parts together, opens the listener, and waits until it is known once which tokens are void: before
    /// that every user is refused. Returns the address listened on.
    pub(crate) async fn serve<S: Service>(mut self, config: S::Config) -> anyhow::Result<SocketAddr> {
        S::assemble(&mut self, config).await?;
        let (revocations, identity) = (self.revocations(), self.channel(Peer::IDENTITY));
        let keys = self.keys.unwrap_or_else(|| Keys::new(identity));
        let (issuer, clock) = (&self.process.config().token.issuer, self.process.clock());
        let authenticator = Authenticator::new(issuer, keys, revocations.clone(), clock);
        let address = self.server.start(&self.process, authenticator).await?;
        revocations.fetched().await;
        Ok(address)
    }
}

/// A service as a program.
pub(crate) struct AsProgram<S>(S);

impl<S: Service> Program for AsProgram<S> {
    const PEER: Peer = S::PEER;
    type Config = (config::Database, config::Seal, S::Config);
    const MIGRATES: bool = true;
    const COMMANDS: &'static [(&'static str, &'static str)] = &[
        ("resync", "resync PEER [--force]"),
        ("dead-letters", "dead-letters [list | show ID | retry ID|all | drop ID|all]"),
    ];

    async fn start(process: Process, (database, seal, own): Self::Config) -> anyhow::Result<()> {
        let chassis = Chassis::new(process, &database, seal.key)?;
        let database = chassis.database();
        chassis.serve::<S>(own).await?;
        // From then on its absence is answered call by call, and does not make a replica unready: all would be at the same time.
        database.reached().await;
        Ok(())
    }

    async fn operate(
        process: Process,
        (database, seal, own): Self::Config,
        name: String,
        arguments: Vec<String>,
    ) -> anyhow::Result<Answer> {
        let mut chassis = Chassis::new(process, &database, seal.key)?;
        S::assemble(&mut chassis, own).await?;
        match chassis.commands.into_iter().find(|command| command.name == name) {
            Some(command) => (command.run)(arguments).await,
            None => Ok(Answer::Misused),
        }
    }

    async fn migrate((database, ..): Self::Config) -> anyhow::Result<()> {
        pg::migrate(&database, S::PEER, S::migrations()).await
    }
}
