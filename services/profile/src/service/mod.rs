//! The RPCs: parse, hand on, reply.

mod bulk;
mod count;
mod creation;
mod customer;
mod duplicates;
mod export;
mod field_policy;
mod list;
mod projection;
mod reference;
mod rights;
mod snapshot;

pub use self::snapshot::ReferenceSnapshots;
pub use self::{
    bulk::BulkRpc, customer::CustomerRpc, export::CustomerExportRpc, field_policy::FieldPolicyRpc,
    projection::ProjectionConsumer, reference::CustomerReferenceRpc,
};
