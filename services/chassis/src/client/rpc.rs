//! What the contract says of an RPC that matters to whoever calls it.

use std::{collections::HashMap, sync::LazyLock};

use crate::server::method::is_read;

/// How an RPC may be called.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rpc {
    /// Whether it changes nothing, so that it may be asked of two copies.
    pub(super) reads: bool,
    /// Whether its answer is a stream of messages.
    pub(super) streams: bool,
}

static RPCS: LazyLock<HashMap<Box<str>, Rpc>> = LazyLock::new(|| {
    let services = patron_proto::pool().services();
    let rpcs = services.flat_map(|service| service.methods().collect::<Vec<_>>());
    rpcs.map(|rpc| {
        let path = format!("/{}/{}", rpc.parent_service().full_name(), rpc.name());
        (path.into(), Rpc { reads: is_read(&rpc), streams: rpc.is_server_streaming() })
    })
    .collect()
});

impl Rpc {
    /// That at a path. One that the contract does not name is taken to change something.
    pub(super) fn at(path: &str) -> Self {
        RPCS.get(path).copied().unwrap_or_default()
    }
}
