use std::{
    collections::HashMap,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::Mutex,
    time::Duration,
};

use patron_values::seal::Seal;
use tempfile::TempDir;
use tonic::{
    Request,
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity},
};

use super::{TestDatabase, TestTokens};
use crate::{
    authority::Authority,
    clock::{Clock, MockClock},
    config::{self, PeerUrl, Source},
    drain::Drain,
    health::Health,
    keys::Keys,
    peer::Peer,
    process::Process,
    revocation::Revocations,
    server::Server,
    service::{Chassis, Service},
    token::Authenticator,
};

/// Processes of Patron within the one of a test, on real TLS connections: the service under test as it would
/// run, and servers in the place of its peers. They see the time of [`Self::clock`] and believe
/// [`Self::tokens`].
///
/// Must live as long as they are called: with it go the certificates.
pub struct TestMesh {
    /// Where the certificates are; removed at the end.
    _folder: TempDir,
    authority: Authority,
    clock: MockClock,
    tokens: TestTokens,
    servers: Mutex<HashMap<Peer, SocketAddr>>,
}

/// One of the mesh's processes.
pub struct TestProcess {
    /// Where it listens.
    pub address: SocketAddr,
    /// The process.
    pub process: Process,
}

impl TestProcess {
    /// Stops it as a signal would.
    pub async fn stop(&self) {
        let (drain, health): (&Drain, &Health) = (self.process.drain(), self.process.health());
        drain.stop(health, &self.process.config().server).await;
    }
}

impl Default for TestMesh {
    fn default() -> Self {
        Self::new()
    }
}

impl TestMesh {
    /// A mesh without processes.
    ///
    /// # Panics
    /// Where nothing can be written to the folder for temporary files.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("the folder for temporary files can be written");
        let authority = Authority::create(folder.path()).expect("certificates can be made");
        let clock = MockClock::default();
        let tokens = TestTokens::new(Clock::Mock(clock.clone()));
        Self { _folder: folder, authority, clock, tokens, servers: Mutex::default() }
    }

    /// The time in all processes.
    pub fn clock(&self) -> &MockClock {
        &self.clock
    }

    /// The tokens all processes believe.
    pub fn tokens(&self) -> &TestTokens {
        &self.tokens
    }

    /// The authority all processes believe.
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// Settings of a process: on a free port, with reflection, stopping without a pause. Its peers are those
    /// that were started before.
    ///
    /// # Panics
    /// Where certificates cannot be written.
    pub fn settings(&self, peer: Peer) -> config::Base {
        let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).to_string();
        let mut variables: HashMap<String, String> = HashMap::from([
            ("PATRON_SERVER_LISTEN".to_owned(), any_port.clone()),
            ("PATRON_SERVER_PROBE_LISTEN".to_owned(), any_port),
            ("PATRON_SERVER_REFLECTION".to_owned(), "true".to_owned()),
            ("PATRON_SERVER_DRAIN_MS".to_owned(), "0".to_owned()),
        ]);
        let tls = self.authority.issue(peer.name()).expect("certificates can be written");
        for (name, file) in
            [("CERTIFICATE", &tls.certificate), ("KEY", &tls.key), ("AUTHORITY", &tls.authority)]
        {
            variables.insert(format!("PATRON_TLS_{name}"), file.display().to_string());
        }
        for (peer, address) in self.servers.lock().expect("no test panics while it starts a server").iter() {
            let url = PeerUrl { host: address.ip().to_string(), port: address.port() };
            variables.insert(format!("PATRON_PEERS_{}", peer.name().to_uppercase()), url.to_string());
        }
        let (base, _) =
            config::load(&Source::from_iter(variables)).expect("these are all settings there must be");
        base
    }

    /// Starts a server in the place of `peer`, with the RPCs that `add` adds.
    ///
    /// # Panics
    /// Where it cannot start.
    pub async fn serve(
        &self,
        peer: Peer,
        settings: config::Base,
        add: impl FnOnce(&mut Server) -> anyhow::Result<()>,
    ) -> TestProcess {
        let process = self.begin(peer, settings).await;
        let mut server = Server::default();
        add(&mut server).expect("the RPCs say who may call them");
        let (revocations, clock) = (Revocations::default(), process.clock());
        let (known, source) = (revocations.clone(), self.tokens.clone());
        process.spawn("revocations", |stop| known.follow(source, clock, stop));
        let authenticator = Authenticator::new(
            "patron",
            Keys::new(self.tokens.clone()),
            revocations.clone(),
            process.clock(),
        );
        let address = server.start(&process, authenticator).await.expect("the server starts");
        revocations.fetched().await;
        self.started(peer, address, process).await
    }

    /// Starts a service as it would run, on a database of the test.
    ///
    /// # Panics
    /// Where it cannot start.
    pub async fn service<S: Service>(&self, database: &TestDatabase, config: S::Config) -> TestProcess {
        let process = self.begin(S::PEER, self.settings(S::PEER)).await;
        let mut chassis = Chassis::new(process.clone(), database.settings(), Seal::new(&[7; 32]))
            .expect("the URL is right");
        chassis.decide_tokens_by(self.tokens.clone(), self.tokens.clone());
        let address = chassis.serve::<S>(config).await.expect("the service starts");
        self.started(S::PEER, address, process).await
    }

    /// Begins a process, for programs that open a listener of their own.
    ///
    /// # Panics
    /// Where the files of its certificate cannot be read.
    pub async fn begin(&self, peer: Peer, settings: config::Base) -> Process {
        Process::begin(peer, settings, Clock::Mock(self.clock.clone()))
            .await
            .expect("the certificates are there")
    }

    async fn started(&self, peer: Peer, address: SocketAddr, process: Process) -> TestProcess {
        process.health().set_serving(true).await;
        self.servers.lock().expect("no test panics while it starts a server").insert(peer, address);
        TestProcess { address, process }
    }

    /// Calls to a process as a person's client makes them: without a certificate.
    pub fn client(&self, callee: &TestProcess) -> Channel {
        self.connect(callee, None)
    }

    /// Calls to a process as the process of this name makes them: with a certificate that the mesh's
    /// authority signed.
    ///
    /// # Panics
    /// Where certificates cannot be written.
    pub fn client_as(&self, name: &str, callee: &TestProcess) -> Channel {
        let files = self.authority.issue(name).expect("certificates can be written");
        self.client_with(&files, callee)
    }

    /// Calls to a process with a certificate from anywhere.
    pub fn client_with(&self, own: &config::Tls, callee: &TestProcess) -> Channel {
        self.connect(callee, Some(own))
    }

    fn connect(&self, callee: &TestProcess, own: Option<&config::Tls>) -> Channel {
        let read = |file: &Path| std::fs::read(file).expect("the authority has written it");
        let mut tls = ClientTlsConfig::new()
            .domain_name(callee.process.peer().name())
            .ca_certificate(Certificate::from_pem(read(&self.authority.certificate())));
        if let Some(own) = own {
            tls = tls.identity(Identity::from_pem(read(&own.certificate), read(&own.key)));
        }
        let endpoint =
            Endpoint::from_shared(format!("https://{}", callee.address)).expect("an address makes a URL");
        endpoint
            .tls_config(tls)
            .expect("the certificates are sound")
            .connect_timeout(Duration::from_secs(5))
            .connect_lazy()
    }
}

/// A request that carries a token.
///
/// # Panics
/// Where the token is no header text.
pub fn with_token<T>(token: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    let value = format!("Bearer {token}").parse().expect("tokens are header text");
    request.metadata_mut().insert("authorization", value);
    request
}
