//! The edge between browsers and the mesh: HTTP and JSON outside, gRPC inside.
//!
//! It translates and composes and decides nothing about customers: every right is judged by the service that is called. A request
//! passes [`edge`] (what holds for all), [`gateway`] (whom it is for, and the call) and [`transcode`] (its words; `grpc` where they are gRPC's own). What may be
//! asked stands in the protos alone: [`transcode`] serves every RPC with an HTTP rule, and [`openapi`] describes it.
//!
//! The gateway owns no data. It calls identity for sessions and every service for what it is asked; its own RPCs (browser
//! sessions, overviews) have protos like all others and are served by the same transcoder.

mod admission;
pub mod authentication;
mod body;
mod client_address;
pub mod config;
mod consistency_token;
pub mod edge;
pub mod gateway;
mod grpc;
pub mod openapi;
mod option;
mod origin;
mod overview;
pub mod page;
mod percent;
pub mod problem;
mod response;
mod router;
pub mod session;
mod template;
pub mod transcode;
pub mod upstream;

use self::{
    admission::Admission,
    authentication::Authenticate,
    config::Browser,
    edge::{Edge, Limits, Listener},
    gateway::{Gateway, Parts},
    overview::Overviews,
    page::Pages,
    session::Sessions,
    transcode::Transcoder,
    upstream::{Upstream, Upstreams},
};
use anyhow::{Context as _, ensure};
use patron_chassis::{
    clock::Clock, keys::Keys, peer::Peer, process::Process, revocation::Revocations, run::Program,
    token::Authenticator,
};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

/// The gateway as a program.
pub struct BrowserEdge;

impl Program for BrowserEdge {
    const PEER: Peer = Peer::GATEWAY;
    type Config = Browser;

    async fn start(process: Process, config: Browser) -> anyhow::Result<()> {
        let server = &process.config().server;
        let local = server.listen.ip().is_loopback();
        ensure!(
            local || !config.plain_cookies,
            "PATRON_BROWSER_PLAIN_COOKIES needs PATRON_SERVER_LISTEN on a loopback address"
        );
        let stop = process.drain().stopping();
        let upstreams = Upstreams::new(|peer| Upstream::Peer(process.channel(peer)));
        let limits = Limits::of(server);
        let authenticator = authenticator(&process);
        let edge = assemble(&config, upstreams, authenticator, process.clock(), limits, stop.clone())?;
        let listener = Listener::bind(server.listen, limits).await;
        let listener = listener.with_context(|| format!("listening on {}", server.listen))?;
        process.drain().serve(listener.run(Arc::new(edge), stop));
        Ok(())
    }
}

/// Knows tokens by what identity says of its keys and of what it revoked.
fn authenticator(process: &Process) -> Authenticator {
    let (identity, revocations) = (process.channel(Peer::IDENTITY), Revocations::default());
    let (known, source, clock) = (revocations.clone(), identity.clone(), process.clock());
    process.spawn("revocations", |stop| known.follow(source, clock, stop));
    Authenticator::new(&process.config().token.issuer, Keys::new(identity), revocations, process.clock())
}

/// Puts the parts together over the services given. Streams end at `stop`.
pub fn assemble(
    config: &Browser,
    upstreams: Upstreams,
    authenticator: impl Authenticate,
    clock: Clock,
    limits: Limits,
    stop: CancellationToken,
) -> anyhow::Result<Edge> {
    let pool = patron_proto::pool();
    let admission = Admission::new(limits.concurrency);
    let sessions = Sessions::new(config, &upstreams, admission.clone(), clock);
    let own = Routes::new(sessions.service()).add_service(Overviews::new(upstreams.clone()).service());
    let upstreams = upstreams.with(Peer::GATEWAY, Upstream::Here(own));
    let pages = Pages::new(openapi::document(pool)?);
    let (transcoder, authenticator) = (Transcoder::new(pool)?, Box::new(authenticator));
    let parts = Parts { transcoder, pages, sessions, upstreams, admission, authenticator };
    let gateway = Gateway::new(parts, limits.deadline, stop);
    Ok(Edge::new(gateway, config, limits))
}
