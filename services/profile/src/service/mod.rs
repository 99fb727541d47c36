//! The RPCs: parse, hand on, reply.

mod bulk;
mod creation;
mod customer;
mod list;
mod projection;
mod reference;
mod rights;
mod snapshot;

pub use self::snapshot::ReferenceSnapshots;
pub use self::{
    bulk::BulkRpc, customer::CustomerRpc, projection::ProjectionConsumer, reference::CustomerReferenceRpc,
};
