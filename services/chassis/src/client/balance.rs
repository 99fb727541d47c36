//! Connections to all addresses of a peer, found by DNS.

use std::{
    collections::{HashMap, HashSet},
    net::SocketAddr,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::mpsc::Sender;
use tokio_util::sync::CancellationToken;
use tonic::transport::{self, Certificate, ClientTlsConfig, Endpoint, Identity, channel::Change};

use super::Channel;
use crate::{
    config::{PeerUrl, Peers},
    drain::Drain,
    jitter::a_little_more,
    peer::Peer,
    tls::{Credentials, Material},
};

/// Time between two look-ups: what a new replica waits for its first call.
const LOOK_UP: Duration = Duration::from_secs(5);
/// Time between look-ups until the first answer: at a start of everything, names appear one after the other.
const LOOK_UP_FIRST: Duration = Duration::from_millis(200);
/// Time for a connection to be made, TLS included.
const CONNECT: Duration = Duration::from_secs(1);
/// Silence after which the peer is asked whether it still is there, and how long it may take to answer.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(20);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(5);
/// Bytes the peer may send before it must wait for us: of one reply, and of all on a connection.
const STREAM_WINDOW_BYTES: u32 = 1024 * 1024;
const CONNECTION_WINDOW_BYTES: u32 = 4 * 1024 * 1024;
/// Longest headers of a reply, in bytes: details of an error with many violations stand there.
const HEADERS_BYTES: u32 = 64 * 1024;
/// Calls that may wait for a connection.
const BUFFER: usize = 1_024;

/// The channels of a process, one a peer, made when first asked for.
pub(crate) struct Channels {
    peers: Peers,
    tls: Credentials,
    drain: Drain,
    made: Mutex<HashMap<Peer, Channel>>,
}

impl Channels {
    pub(crate) fn new(peers: Peers, tls: Credentials, drain: Drain) -> Self {
        Self { peers, tls, drain, made: Mutex::default() }
    }

    /// The channel to a peer; calls on one to the gateway, which has no RPCs, fail for want of an address.
    pub(crate) fn get(&self, peer: Peer) -> Channel {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.entry(peer).or_insert_with(|| self.make(peer)).clone()
    }

    fn make(&self, peer: Peer) -> Channel {
        let (balanced, changes) = transport::Channel::balance_channel(BUFFER);
        if let Some(url) = self.peers.get(peer) {
            let follow =
                Follow { peer, url: url.clone(), tls: self.tls.clone(), changes, known: HashSet::new() };
            self.drain.spawn("peer look-up", |stop| follow.run(stop));
        }
        Channel::new(balanced, peer)
    }
}

/// Keeps a channel's connections equal to the peer's addresses.
struct Follow {
    peer: Peer,
    url: PeerUrl,
    tls: Credentials,
    changes: Sender<Change<SocketAddr, Endpoint>>,
    known: HashSet<SocketAddr>,
}

impl Follow {
    async fn run(mut self, stop: CancellationToken) -> anyhow::Result<()> {
        let mut material = self.tls.current();
        loop {
            self.update(self.look_up().await, &material).await?;
            let pause = if self.known.is_empty() { LOOK_UP_FIRST } else { a_little_more(LOOK_UP) };
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(pause) => {}
                changed = self.tls.changed() => {
                    material = changed;
                    self.reconnect(&material).await?;
                }
            }
        }
    }

    /// The peer's addresses; none where that cannot be said.
    async fn look_up(&self) -> HashSet<SocketAddr> {
        let found = tokio::net::lookup_host((self.url.host.as_str(), self.url.port)).await;
        found.map(Iterator::collect).unwrap_or_default()
    }

    async fn update(&mut self, found: HashSet<SocketAddr>, material: &Material) -> anyhow::Result<()> {
        // An empty answer says nothing about the replicas: those known stay.
        if found.is_empty() {
            return Ok(());
        }
        for address in found.difference(&self.known) {
            self.changes.send(Change::Insert(*address, self.endpoint(*address, material)?)).await?;
        }
        for address in self.known.difference(&found) {
            self.changes.send(Change::Remove(*address)).await?;
        }
        self.known = found;
        Ok(())
    }

    /// Replaces every connection by one with the present certificates. Calls under way end on the old ones.
    async fn reconnect(&self, material: &Material) -> anyhow::Result<()> {
        for address in &self.known {
            self.changes.send(Change::Insert(*address, self.endpoint(*address, material)?)).await?;
        }
        Ok(())
    }

    fn endpoint(&self, address: SocketAddr, material: &Material) -> anyhow::Result<Endpoint> {
        let tls = ClientTlsConfig::new()
            // The name in its certificate, wherever it runs.
            .domain_name(self.peer.name())
            .ca_certificate(Certificate::from_pem(&material.authority))
            .identity(Identity::from_pem(&material.certificate, &material.key));
        Ok(Endpoint::from_shared(format!("https://{address}"))?
            .origin(format!("https://{}:{}", self.peer.name(), self.url.port).parse()?)
            .tls_config(tls)?
            .connect_timeout(CONNECT)
            .tcp_nodelay(true)
            .http2_keep_alive_interval(KEEPALIVE_INTERVAL)
            .keep_alive_timeout(KEEPALIVE_TIMEOUT)
            .keep_alive_while_idle(true)
            .initial_stream_window_size(STREAM_WINDOW_BYTES)
            .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
            .http2_max_header_list_size(HEADERS_BYTES)
            .buffer_size(BUFFER))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::sync::mpsc;

    use super::*;
    use crate::authority::Authority;

    async fn follow() -> (Follow, mpsc::Receiver<Change<SocketAddr, Endpoint>>, Arc<Material>) {
        let folder = tempfile::tempdir().unwrap();
        let files = Authority::create(folder.path()).unwrap().issue("group").unwrap();
        let (tls, _) = Credentials::load(files).await.unwrap();
        let (changes, told) = mpsc::channel(8);
        let url = PeerUrl { host: "localhost".to_owned(), port: 1 };
        let material = tls.current();
        (Follow { peer: Peer::PROFILE, url, tls, changes, known: HashSet::new() }, told, material)
    }

    fn told(changes: &mut mpsc::Receiver<Change<SocketAddr, Endpoint>>) -> Vec<(char, u16)> {
        let all = std::iter::from_fn(|| changes.try_recv().ok());
        let mut all: Vec<_> = all
            .map(|change| match change {
                Change::Insert(address, _) => ('+', address.port()),
                Change::Remove(address) => ('-', address.port()),
            })
            .collect();
        all.sort_unstable();
        all
    }

    fn addresses(ports: &[u16]) -> HashSet<SocketAddr> {
        ports.iter().map(|port| SocketAddr::from(([127, 0, 0, 1], *port))).collect()
    }

    #[tokio::test]
    async fn connections_follow_the_addresses_and_outlive_an_empty_answer() {
        let (mut follow, mut changes, material) = follow().await;
        follow.update(addresses(&[1, 2]), &material).await.unwrap();
        assert_eq!(told(&mut changes), [('+', 1), ('+', 2)]);
        follow.update(addresses(&[]), &material).await.unwrap();
        assert_eq!(told(&mut changes), []);
        follow.update(addresses(&[2, 3]), &material).await.unwrap();
        assert_eq!(told(&mut changes), [('+', 3), ('-', 1)]);
    }

    #[tokio::test]
    async fn new_certificates_renew_every_connection() {
        let (mut follow, mut changes, material) = follow().await;
        follow.update(addresses(&[1, 2]), &material).await.unwrap();
        told(&mut changes);
        follow.reconnect(&material).await.unwrap();
        assert_eq!(told(&mut changes), [('+', 1), ('+', 2)]);
    }
}
