//! Copies of a peer, each behind a wire that can be frozen, as a stopped process or a lost network is.

#![expect(clippy::disallowed_methods, reason = "the wires end with their test")]

use std::{
    collections::HashSet,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures::future::join_all;
use http_body_util::{BodyExt as _, Full};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::watch,
    time::Instant,
};

use tokio_rustls::TlsAcceptor;

use super::{
    balance::{Copies, Failure},
    resolver::Resolver,
    *,
};
use crate::{
    drain::Drain,
    testing::{TestMesh, TestProcess},
    tls::Credentials,
};

const READ: Rpc = Rpc { reads: true, repeatable: true, streams: false };
const WRITE: Rpc = Rpc { reads: false, repeatable: false, streams: false };

/// Connections to a server that can be frozen: they stay, and nothing passes.
struct Wire {
    address: SocketAddr,
    frozen: watch::Sender<bool>,
    opened: Arc<AtomicUsize>,
}

impl Wire {
    async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let (address, frozen) = (listener.local_addr().unwrap(), watch::Sender::new(false));
        let (freeze, opened) = (frozen.clone(), Arc::new(AtomicUsize::new(0)));
        let count = opened.clone();
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::Relaxed);
                let far = TcpStream::connect(server).await.unwrap();
                let ((from_near, to_near), (from_far, to_far)) = (near.into_split(), far.into_split());
                tokio::spawn(pass(from_near, to_far, freeze.subscribe()));
                tokio::spawn(pass(from_far, to_near, freeze.subscribe()));
            }
        });
        Self { address, frozen, opened }
    }
}

async fn pass(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut frozen: watch::Receiver<bool>,
) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        if frozen.wait_for(|frozen| !frozen).await.is_err() || to.write_all(&buffer[..length]).await.is_err()
        {
            return;
        }
    }
}

/// A server that takes every message in and then says with this frame that it has done nothing of it.
async fn refusing(mesh: &TestMesh, frame: &'static [u8]) -> SocketAddr {
    const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (tls, _) = Credentials::load(mesh.authority().issue("group").unwrap()).await.unwrap();
    let acceptor = TlsAcceptor::from(tls.current().server.clone());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let mut stream = acceptor.accept(stream).await.unwrap();
                stream.write_all(SETTINGS).await.unwrap();
                let (mut read, mut buffer) = (Vec::new(), [0; 4096]);
                // until there is a frame of data, with the five bytes of an empty message
                while !read.windows(4).any(|bytes| bytes == [0, 0, 5, 0]) {
                    let length = stream.read(&mut buffer).await.unwrap();
                    read.extend_from_slice(&buffer[..length]);
                }
                stream.write_all(frame).await.unwrap();
                while let Ok(1..) = stream.read(&mut buffer).await {}
            });
        }
    });
    address
}

/// A caller of a peer with these copies.
struct Caller {
    copies: Arc<Copies>,
    _mesh: TestMesh,
    _peer: TestProcess,
    drain: Drain,
}

impl Drop for Caller {
    fn drop(&mut self) {
        self.drain.stopping().cancel();
    }
}

async fn caller<const N: usize>() -> (Caller, [Wire; N]) {
    let mesh = TestMesh::new();
    let peer = mesh.serve(Peer::GROUP, mesh.settings(Peer::GROUP), |_| Ok(())).await;
    let wires = join_all([peer.address; N].map(Wire::to)).await;
    let addresses = wires.iter().map(|wire| wire.address).collect();
    let caller = Caller::of(mesh, peer, &addresses).await;
    (caller, wires.try_into().unwrap_or_else(|_| panic!("as many wires")))
}

impl Caller {
    async fn of(mesh: TestMesh, peer: TestProcess, addresses: &HashSet<SocketAddr>) -> Self {
        let (tls, _) = Credentials::load(mesh.authority().issue("address").unwrap()).await.unwrap();
        let drain = Drain::default();
        // nothing to look up: the test says which there are
        let (resolver, copies) = Resolver::new(Peer::GROUP, Vec::new(), tls.clone());
        resolver.update(addresses, &tls.current()).unwrap();
        drain.spawn("peer look-up", |stop| resolver.run(stop));
        Self { copies, _mesh: mesh, _peer: peer, drain }
    }

    /// Asks for health, as if that were such a call.
    async fn call(&self, rpc: Rpc) -> Result<(), Failure> {
        let message = Body::new(Full::from(&[0; 5][..]));
        let request = http::Request::post("/grpc.health.v1.Health/Check")
            .header("content-type", "application/grpc")
            .header("te", "trailers");
        let answer = self.copies.call(request.body(message).unwrap(), rpc).await?;
        answer.into_body().collect().await.unwrap();
        Ok(())
    }

    /// How many of so many calls at once have an answer within 2 s.
    async fn answered(&self, calls: usize, rpc: Rpc) -> usize {
        let calls = (0..calls).map(|_| tokio::time::timeout(Duration::from_secs(2), self.call(rpc)));
        join_all(calls).await.into_iter().filter(|answer| matches!(answer, Ok(Ok(())))).count()
    }

    async fn until_answering(&self, copies: usize) {
        while self.copies.known().iter().filter(|copy| copy.answers()).count() != copies {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

#[tokio::test]
async fn a_copy_that_hangs_costs_no_read_nor_repeatable_write_and_is_left_out_within_a_second_and_tried_again_apart()
 {
    let (caller, [_good, bad]) = caller().await;
    assert_eq!(caller.answered(20, READ).await, 20);
    bad.frozen.send_replace(true);
    let froze = Instant::now();
    let repeatable = Rpc { repeatable: true, ..WRITE };
    let (reads, writes) = tokio::join!(caller.answered(20, READ), caller.answered(20, repeatable));
    assert_eq!((reads, writes), (20, 20), "what may be repeated goes to the other copy");
    caller.until_answering(1).await;
    assert!(froze.elapsed() < Duration::from_millis(1_200), "{:?}", froze.elapsed());
    assert_eq!(caller.answered(50, WRITE).await, 50, "calls are made on the other copy alone");

    bad.frozen.send_replace(false);
    caller.until_answering(2).await;
    assert_eq!(caller.answered(20, WRITE).await, 20);
}

#[tokio::test]
async fn a_call_on_a_peer_that_is_known_to_hang_fails_at_once() {
    let (caller, [only]) = caller().await;
    caller.call(READ).await.unwrap();
    only.frozen.send_replace(true);
    assert!(caller.call(READ).await.is_err());
    caller.until_answering(0).await;
    let asked = Instant::now();
    assert!(caller.call(WRITE).await.is_err());
    assert!(asked.elapsed() < Duration::from_millis(50), "{:?}", asked.elapsed());
    while !caller.copies.are_away() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    only.frozen.send_replace(false);
    caller.until_answering(1).await;
    assert!(!caller.copies.are_away() && caller.call(WRITE).await.is_ok());
}

#[tokio::test]
async fn a_connection_that_the_network_swallows_is_replaced() {
    let (caller, [wire]) = caller().await;
    caller.call(WRITE).await.unwrap();
    let opened = wire.opened.load(Ordering::Relaxed);
    wire.frozen.send_replace(true);
    assert!(caller.call(READ).await.is_err());
    wire.frozen.send_replace(false);
    caller.until_answering(1).await;
    assert_eq!(caller.answered(10, WRITE).await, 10);
    assert!(wire.opened.load(Ordering::Relaxed) > opened);
}

#[tokio::test]
async fn what_a_peer_has_seen_and_not_processed_is_sent_again_writes_too() {
    const REFUSED_STREAM: &[u8] = &[0, 0, 4, 3, 0, 0, 0, 0, 1, 0, 0, 0, 7];
    const GOAWAY_BEFORE_IT: &[u8] = &[0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    const INTERNAL_ERROR: &[u8] = &[0, 0, 4, 3, 0, 0, 0, 0, 1, 0, 0, 0, 2];
    for (frame, answered) in [(REFUSED_STREAM, 2), (GOAWAY_BEFORE_IT, 2), (INTERNAL_ERROR, 1)] {
        let mesh = TestMesh::new();
        let peer = mesh.serve(Peer::GROUP, mesh.settings(Peer::GROUP), |_| Ok(())).await;
        let addresses = HashSet::from([peer.address, refusing(&mesh, frame).await]);
        let caller = Caller::of(mesh, peer, &addresses).await;
        assert_eq!(caller.answered(2, WRITE).await, answered, "{frame:?}");
    }
}

#[tokio::test]
async fn streams_have_a_connection_of_their_own() {
    let (caller, [wire]) = caller().await;
    caller.call(READ).await.unwrap();
    assert_eq!(wire.opened.load(Ordering::Relaxed), 1);
    caller.call(Rpc { streams: true, ..READ }).await.unwrap();
    caller.call(READ).await.unwrap();
    assert_eq!(wire.opened.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn copies_follow_the_addresses_and_outlive_an_empty_answer() {
    let mesh = TestMesh::new();
    let (tls, _) = Credentials::load(mesh.authority().issue("address").unwrap()).await.unwrap();
    let (resolver, copies) = Resolver::new(Peer::GROUP, Vec::new(), tls.clone());
    let at = |ports: &[u16]| ports.iter().map(|port| SocketAddr::from(([127, 0, 0, 1], *port))).collect();
    let ports = || {
        let known = copies.known();
        let mut ports: Vec<_> = known.iter().map(|copy| copy.address.port()).collect();
        ports.sort_unstable();
        ports
    };
    let material = tls.current();
    for (found, expected) in [(&[1, 2][..], &[1, 2][..]), (&[], &[1, 2]), (&[2, 3], &[2, 3])] {
        resolver.update(&at(found), &material).unwrap();
        assert_eq!(ports(), expected);
    }
    let before = copies.known();
    resolver.reconnect(&material).unwrap();
    assert_eq!(ports(), [2, 3]);
    assert!(copies.known().iter().all(|new| before.iter().all(|old| !Arc::ptr_eq(new, old))));
}
