//! Finds the copies of each peer by DNS, and looks after them.

use std::{
    collections::{HashMap, HashSet},
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures::{StreamExt as _, future::join_all, stream::FuturesUnordered};
use tokio::{sync::mpsc, time::Instant};
use tokio_util::sync::CancellationToken;
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint, Identity};

use super::{
    Channel,
    balance::Copies,
    copy::{Copy, Endpoints},
};
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
/// Time for a connection to be made, before TLS.
const CONNECT: Duration = Duration::from_secs(1);
/// Silence after which the peer is asked whether it still is there, and how long it may take to answer.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(20);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(5);
/// Bytes the peer may send before it must wait for us: of one reply, and of all on a connection.
const CALL_WINDOW_BYTES: u32 = 1024 * 1024;
const CALLS_WINDOW_BYTES: u32 = 4 * 1024 * 1024;
/// The same for streams: 256 that nobody reads do not hold up another, and are cut before there are as many.
const STREAM_WINDOW_BYTES: u32 = 64 * 1024;
const STREAMS_WINDOW_BYTES: u32 = 16 * 1024 * 1024;
/// Longest headers of a reply, in bytes: details of an error with many violations stand there.
const HEADERS_BYTES: u32 = 64 * 1024;
/// Calls that may wait for one connection; more wait in turn, each for its deadline.
const BUFFER: usize = 1_024;
/// Copies that wait to be asked whether they are there.
const SUSPECTS: usize = 64;

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
        let Some(urls) = self.peers.get(peer) else {
            let (nobody, _) = mpsc::channel(1);
            return Channel::new(Arc::new(Copies::new(nobody)), peer);
        };
        let (resolver, copies) = Resolver::new(peer, urls.to_vec(), self.tls.clone());
        self.drain.spawn("peer look-up", |stop| resolver.run(stop));
        Channel::new(copies, peer)
    }
}

/// Keeps the copies of a peer equal to its addresses, and asks those whether they are there that seem not to be.
pub(super) struct Resolver {
    peer: Peer,
    urls: Vec<PeerUrl>,
    tls: Credentials,
    copies: Arc<Copies>,
    suspected: mpsc::Receiver<Arc<Copy>>,
}

impl Resolver {
    /// Of copies that are none yet.
    pub(super) fn new(peer: Peer, urls: Vec<PeerUrl>, tls: Credentials) -> (Self, Arc<Copies>) {
        let (suspects, suspected) = mpsc::channel(SUSPECTS);
        let copies = Arc::new(Copies::new(suspects));
        (Self { peer, urls, tls, copies: copies.clone(), suspected }, copies)
    }

    pub(super) async fn run(mut self, stop: CancellationToken) -> anyhow::Result<()> {
        let mut material = self.tls.current();
        let mut probes = FuturesUnordered::new();
        let mut look_up = Instant::now();
        loop {
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep_until(look_up) => {
                    self.update(&self.look_up().await, &material)?;
                    let known = !self.copies.known().is_empty();
                    look_up = Instant::now() + if known { a_little_more(LOOK_UP) } else { LOOK_UP_FIRST };
                }
                changed = self.tls.changed() => {
                    material = changed;
                    self.reconnect(&material)?;
                }
                Some(copy) = self.suspected.recv() => probes.push(copy.probe()),
                Some(()) = probes.next() => {}
            }
        }
    }

    /// The peer's addresses; none where that cannot be said.
    async fn look_up(&self) -> HashSet<SocketAddr> {
        let look_ups = self.urls.iter().map(|url| tokio::net::lookup_host((url.host.as_str(), url.port)));
        join_all(look_ups).await.into_iter().flatten().flatten().collect()
    }

    pub(super) fn update(&self, found: &HashSet<SocketAddr>, material: &Material) -> anyhow::Result<()> {
        let known = self.copies.known();
        let old: HashSet<SocketAddr> = known.iter().map(|copy| copy.address).collect();
        // An empty answer says nothing about the replicas: those known stay.
        if found.is_empty() || *found == old {
            return Ok(());
        }
        let (stay, go): (Vec<_>, Vec<_>) =
            known.iter().cloned().partition(|copy| found.contains(&copy.address));
        let come = found.difference(&old).map(|address| self.copy(*address, material));
        self.copies.replace(stay.into_iter().map(Ok).chain(come).collect::<anyhow::Result<_>>()?);
        for copy in go {
            copy.remove();
        }
        Ok(())
    }

    /// Replaces every copy by one with the present certificates. Calls under way end on the old connections.
    pub(super) fn reconnect(&self, material: &Material) -> anyhow::Result<()> {
        let known = self.copies.known();
        let renewed = known.iter().map(|copy| self.copy(copy.address, material));
        self.copies.replace(renewed.collect::<anyhow::Result<_>>()?);
        for copy in known.iter() {
            copy.remove();
        }
        Ok(())
    }

    fn copy(&self, address: SocketAddr, material: &Material) -> anyhow::Result<Arc<Copy>> {
        let calls = self
            .endpoint(address, material)?
            .initial_stream_window_size(CALL_WINDOW_BYTES)
            .initial_connection_window_size(CALLS_WINDOW_BYTES);
        let streams = calls
            .clone()
            .initial_stream_window_size(STREAM_WINDOW_BYTES)
            .initial_connection_window_size(STREAMS_WINDOW_BYTES);
        Ok(Arc::new(Copy::new(address, Endpoints { calls, streams })))
    }

    fn endpoint(&self, address: SocketAddr, material: &Material) -> anyhow::Result<Endpoint> {
        let tls = ClientTlsConfig::new()
            // The name in its certificate, wherever it runs.
            .domain_name(self.peer.name())
            .ca_certificate(Certificate::from_pem(&material.authority))
            .identity(Identity::from_pem(&material.certificate, &material.key));
        Ok(Endpoint::from_shared(format!("https://{address}"))?
            .origin(format!("https://{}:{}", self.peer.name(), address.port()).parse()?)
            .tls_config(tls)?
            .connect_timeout(CONNECT)
            .tcp_nodelay(true)
            .http2_keep_alive_interval(KEEPALIVE_INTERVAL)
            .keep_alive_timeout(KEEPALIVE_TIMEOUT)
            .keep_alive_while_idle(true)
            .http2_max_header_list_size(HEADERS_BYTES)
            .buffer_size(BUFFER))
    }
}
