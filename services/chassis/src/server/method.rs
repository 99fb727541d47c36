//! The RPCs a server answers, with what their descriptors say about them.

use std::{collections::HashMap, convert::Infallible, str::FromStr as _, sync::Arc};

use anyhow::{Context as _, bail};
use patron_proto::access;
use prost::Message as _;
use prost_reflect::{DescriptorPool, MethodDescriptor};
use prost_types::method_options::IdempotencyLevel;
use tonic::{body::Body, codegen::BoxFuture, server::NamedService};
use tower::Service;

use super::{
    body::RequestBody,
    layer::{Access, Reply},
    metric::Durations,
};
use crate::{peer::Peer, permission::Permission};

/// Full name of the option that says who may call an RPC.
const ACCESS: &str = "patron.access.v1.access";
/// What stands there in place of the names of all processes, which then need not know of a new one.
const EVERY_PEER: &str = "*";

/// One RPC.
pub(crate) struct Method {
    /// `package.Service/Method`, without a slash in front.
    pub(crate) name: Box<str>,
    /// Who may call it.
    pub(crate) access: Access,
    /// Whether it changes something, so that its caller's going away must not stop it half way.
    pub(crate) writes: bool,
    /// Whether it takes a stream of messages, the sum of which is not limited.
    pub(crate) takes_stream: bool,
    /// Whether it gives a stream of messages.
    pub(crate) gives_stream: bool,
    /// How long calls took.
    pub(crate) durations: Durations,
    handler: Arc<dyn Handler>,
}

impl Method {
    /// Whether it has no deadline unless the caller names one.
    pub(crate) fn streams(&self) -> bool {
        self.takes_stream || self.gives_stream
    }

    /// Has the generated server decode the request and call the service's code.
    pub(crate) fn handle(&self, request: http::Request<RequestBody>) -> BoxFuture<Reply, Infallible> {
        self.handler.handle(request)
    }
}

/// A generated server, whichever.
trait Handler: Send + Sync {
    fn handle(&self, request: http::Request<RequestBody>) -> BoxFuture<Reply, Infallible>;
}

impl<S: Generated> Handler for S {
    fn handle(&self, request: http::Request<RequestBody>) -> BoxFuture<Reply, Infallible> {
        // Generated servers are always ready, and their clone is that of an Arc.
        self.clone().call(request)
    }
}

/// What tonic generates for a service.
pub trait Generated:
    Service<
        http::Request<RequestBody>,
        Response = http::Response<Body>,
        Error = Infallible,
        Future = BoxFuture<http::Response<Body>, Infallible>,
    > + NamedService
    + Clone
    + Send
    + Sync
    + 'static
{
}

impl<S> Generated for S where
    S: Service<
            http::Request<RequestBody>,
            Response = http::Response<Body>,
            Error = Infallible,
            Future = BoxFuture<http::Response<Body>, Infallible>,
        > + NamedService
        + Clone
        + Send
        + Sync
        + 'static
{
}

/// Every RPC of a server by its path.
#[derive(Default)]
pub(crate) struct Methods {
    by_path: HashMap<Box<str>, Arc<Method>>,
    services: Vec<&'static str>,
}

impl Methods {
    /// Adds the RPCs of a service. Fails if one does not say who may call it.
    pub(crate) fn add<S: Generated>(&mut self, pool: &DescriptorPool, service: S) -> anyhow::Result<()> {
        self.add_with(pool, service, declared_access)
    }

    /// Adds the RPCs of a service that is not Patron's own and whose descriptors say nothing of access.
    pub(crate) fn add_foreign<S: Generated>(
        &mut self,
        pool: &DescriptorPool,
        service: S,
        access: &Access,
    ) -> anyhow::Result<()> {
        self.add_with(pool, service, |_| Ok(access.clone()))
    }

    fn add_with<S: Generated>(
        &mut self,
        pool: &DescriptorPool,
        service: S,
        access: impl Fn(&MethodDescriptor) -> anyhow::Result<Access>,
    ) -> anyhow::Result<()> {
        let descriptor =
            pool.get_service_by_name(S::NAME).with_context(|| format!("no descriptor of {}", S::NAME))?;
        let handler: Arc<dyn Handler> = Arc::new(service);
        for rpc in descriptor.methods() {
            let name = format!("{}/{}", S::NAME, rpc.name());
            let method = Method {
                access: access(&rpc).with_context(|| format!("access of {name}"))?,
                writes: !is_read(&rpc),
                takes_stream: rpc.is_client_streaming(),
                gives_stream: rpc.is_server_streaming(),
                durations: Durations::of(&name),
                name: name.clone().into(),
                handler: handler.clone(),
            };
            self.by_path.insert(format!("/{name}").into(), Arc::new(method));
        }
        self.services.push(S::NAME);
        Ok(())
    }

    /// The RPC at a path.
    pub(crate) fn get(&self, path: &str) -> Option<&Arc<Method>> {
        self.by_path.get(path)
    }

    /// Names of the services.
    pub(crate) fn services(&self) -> &[&'static str] {
        &self.services
    }
}

/// Whether an RPC declares that it changes nothing.
pub(crate) fn is_read(rpc: &MethodDescriptor) -> bool {
    let options = rpc.method_descriptor_proto().options.as_ref();
    options.is_some_and(|options| options.idempotency_level() == IdempotencyLevel::NoSideEffects)
}

/// Reads the access option of an RPC: exactly one way in.
fn declared_access(rpc: &MethodDescriptor) -> anyhow::Result<Access> {
    let extension = rpc
        .parent_pool()
        .get_extension_by_name(ACCESS)
        .with_context(|| format!("no option {ACCESS} in the descriptors"))?;
    let options = rpc.options();
    if !options.has_extension(&extension) {
        bail!("the option ({ACCESS}) is missing");
    }
    let value = options.get_extension(&extension);
    let message = value.as_message().context("the option is no message")?;
    let declared = access::v1::Access::decode(message.encode_to_vec().as_slice())?;
    let permission = declared.permission();
    let peers = match declared.peers.as_slice() {
        [all] if all == EVERY_PEER => Peer::all().collect(),
        named => named.iter().map(|peer| Peer::from_str(peer)).collect::<Result<Vec<_>, _>>()?,
    };
    if declared.step_up && permission == Permission::Unspecified {
        bail!("step_up needs a permission beside it");
    }
    match (permission, peers.is_empty(), declared.public, declared.signed_in) {
        (Permission::Unspecified, true, true, false) => Ok(Access::Public),
        (Permission::Unspecified, true, false, true) => Ok(Access::SignedIn),
        (Permission::Unspecified, false, false, false) => Ok(Access::Peers(peers)),
        (permission, true, false, false) if permission != Permission::Unspecified => {
            Ok(Access::Permission { needed: permission, step_up: declared.step_up })
        }
        _ => bail!("exactly one of permission, peers, public and signed_in must be set"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_every_process_calls_names_none() {
        let revocations = patron_proto::pool()
            .get_service_by_name("patron.identity.internal.v1.RevocationService")
            .expect("it is in the contract");
        for rpc in revocations.methods() {
            assert_eq!(declared_access(&rpc).unwrap(), Access::Peers(Peer::all().collect()));
        }
    }
}
