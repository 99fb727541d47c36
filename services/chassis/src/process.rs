//! What a running process has in common with every other, with a database or without.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::{
    client::{Channel, Channels},
    clock::Clock,
    config,
    drain::Drain,
    health::Health,
    ids::Ids,
    peer::Peer,
    tls::Credentials,
};

/// A process that has begun and does not serve yet. Cheap to clone.
#[derive(Clone)]
pub struct Process(Arc<Parts>);

struct Parts {
    peer: Peer,
    config: config::Base,
    tls: Credentials,
    channels: Channels,
    health: Health,
    drain: Drain,
    clock: Clock,
    ids: Ids,
}

impl Process {
    /// Reads the certificates and follows them.
    pub(crate) async fn begin(peer: Peer, config: config::Base, clock: Clock) -> anyhow::Result<Self> {
        let drain = Drain::default();
        let (tls, follow) = Credentials::load(config.tls.clone()).await?;
        drain.spawn("certificates", |stop| follow.run(stop));
        let health = Health::new().await;
        Ok(Self(Arc::new(Parts {
            peer,
            channels: Channels::new(config.peers.clone(), tls.clone(), drain.clone()),
            tls,
            health,
            drain,
            ids: Ids::new(clock.clone()),
            clock,
            config,
        })))
    }

    /// Which process this is.
    pub fn peer(&self) -> Peer {
        self.0.peer
    }

    /// The settings of every process.
    pub fn config(&self) -> &config::Base {
        &self.0.config
    }

    /// Its certificates.
    pub fn tls(&self) -> &Credentials {
        &self.0.tls
    }

    /// Calls to a peer.
    pub fn channel(&self, peer: Peer) -> Channel {
        self.0.channels.get(peer)
    }

    /// Its health, which becomes "serving" once everything has started.
    pub fn health(&self) -> &Health {
        &self.0.health
    }

    /// How it stops.
    pub fn drain(&self) -> &Drain {
        &self.0.drain
    }

    /// Its time.
    pub fn clock(&self) -> Clock {
        self.0.clock.clone()
    }

    /// Its new ids.
    pub fn ids(&self) -> Ids {
        self.0.ids.clone()
    }

    /// Runs a background task, see [`Drain::spawn`].
    pub fn spawn<F>(&self, name: &'static str, task: impl FnOnce(CancellationToken) -> F)
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        self.0.drain.spawn(name, task);
    }
}
