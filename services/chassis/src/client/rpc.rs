//! What the contract says of an RPC that matters to whoever calls it.

use std::{collections::HashMap, sync::LazyLock};

use crate::server::method::is_read;

/// Extension of a request that may be made again although it may have been done, since it carries a `request_id`.
#[derive(Clone, Copy, Debug)]
pub struct Repeatable;

/// How an RPC may be called.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rpc {
    /// Whether it changes nothing, so that two copies may be asked at once.
    pub(super) reads: bool,
    /// Whether it may be made again although it may have been done: a read, or what carries a `request_id`.
    pub(super) repeatable: bool,
    /// Whether its answer is a stream of messages.
    pub(super) streams: bool,
}

static RPCS: LazyLock<HashMap<Box<str>, Rpc>> = LazyLock::new(|| {
    let services = patron_proto::pool().services();
    let rpcs = services.flat_map(|service| service.methods().collect::<Vec<_>>());
    rpcs.map(|rpc| {
        let path = format!("/{}/{}", rpc.parent_service().full_name(), rpc.name());
        let reads = is_read(&rpc);
        (path.into(), Rpc { reads, repeatable: reads, streams: rpc.is_server_streaming() })
    })
    .collect()
});

impl Rpc {
    /// That of a request. One that the contract does not name is taken to change something.
    pub(super) fn of<B>(request: &http::Request<B>) -> Self {
        let mut rpc = RPCS.get(request.uri().path()).copied().unwrap_or_default();
        rpc.repeatable |= request.extensions().get::<Repeatable>().is_some();
        rpc
    }
}
