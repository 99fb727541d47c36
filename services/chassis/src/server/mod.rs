//! The gRPC server of a service: TLS, HTTP/2, every limit, and the layers that all calls pass.
//!
//! Nobody can hold what others need. What may be held, by whom and for how long:
//!
//! | what | peers | users | strangers, without certificate and token | where |
//! | --- | --- | --- | --- | --- |
//! | connections | any number | 512 with strangers | 512 with users | `listener.rs` |
//! | streams of a connection | 1,024 | 100 without a certificate | 100 | `connection.rs` |
//! | time for handshake, first request | 5 s, none | 5 s, 10 s without a certificate | 5 s, 10 s | configuration |
//! | time for a message to arrive | 30 s | 30 s | 30 s | configuration |
//! | bytes of messages received | 8 MiB | 32 MiB | 3 MiB | `layer/load.rs` |
//! | calls answered at once | 64 | 256 | 25 | `layer/load.rs` |
//!
//! A stream that waits for its message counts among the streams of its connection alone. A refusal is answered when the request has been
//! read to its end, at most 5 s and 4 MiB of it (`body.rs`).
//!
//! hyper is used directly where tonic's own server would stand between: that one answers an expired
//! `grpc-timeout` with CANCELLED before any layer can say DEADLINE_EXCEEDED, clones a stack of boxes for each
//! call, and cannot change its certificate.

pub(crate) mod body;
mod connection;
mod layer;
mod listener;
pub(crate) mod method;
mod metric;

use std::net::SocketAddr;

use patron_proto::FILE_DESCRIPTOR_SET;
use prost_reflect::DescriptorPool;

pub use self::{body::RequestBody, method::Generated};
use self::{
    layer::{Access, Layers},
    listener::Listener,
    method::Methods,
};
use crate::{health::Health, process::Process, token::Authenticator};

/// Everything a server answers, put together before it starts.
pub struct Server {
    methods: Methods,
    pool: DescriptorPool,
}

impl Default for Server {
    fn default() -> Self {
        Self::new(patron_proto::pool().clone())
    }
}

impl Server {
    /// A server whose services are described in `pool`; Patron's own are in that of [`Self::default`].
    pub fn new(pool: DescriptorPool) -> Self {
        Self { methods: Methods::default(), pool }
    }

    /// Adds a service. Fails if one of its RPCs does not say who may call it.
    pub fn add_service<S: Generated>(&mut self, service: S) -> anyhow::Result<()> {
        self.methods.add(&self.pool, service)
    }

    /// Adds what every server has: health, open to all, and reflection in both its versions, for callers who
    /// are known.
    fn add_common(&mut self, health: &Health, reflection: bool) -> anyhow::Result<()> {
        let pool = DescriptorPool::decode(tonic_health::pb::FILE_DESCRIPTOR_SET)?;
        self.methods.add_foreign(&pool, health.server(), &Access::Public)?;
        if reflection {
            let pool = DescriptorPool::decode(tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET)?;
            self.methods.add_foreign(&pool, reflected(&self.methods).build_v1()?, &Access::Known)?;
            // Python's client and older grpcurl know this version only.
            let pool = DescriptorPool::decode(tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET)?;
            self.methods.add_foreign(&pool, reflected(&self.methods).build_v1alpha()?, &Access::Known)?;
        }
        Ok(())
    }

    /// Listens, and answers in the background until the process stops and what is under way has ended.
    /// Returns the address listened on.
    pub async fn start(
        mut self,
        process: &Process,
        authenticator: Authenticator,
    ) -> anyhow::Result<SocketAddr> {
        let (config, health, drain) = (&process.config().server, process.health(), process.drain());
        self.add_common(health, config.reflection)?;
        health.know(self.methods.services()).await;
        let layers = Layers::new(config, authenticator, drain.writes().clone());
        let listener = Listener::bind(config, process.tls().clone(), self.methods, layers).await?;
        let address = listener.address()?;
        drain.serve(listener.run(drain.stopping()));
        Ok(address)
    }
}

/// Reflection over the contract, naming the services that this server answers.
fn reflected(methods: &Methods) -> tonic_reflection::server::Builder<'static> {
    let builder = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET);
    methods.services().iter().fold(builder, |builder, name| builder.with_service_name(*name))
}
