//! The RPCs: parse, hand on, reply.

mod bulk;
mod consent;
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
mod subscriber;

pub use self::snapshot::ReferenceSnapshots;
pub use self::{
    bulk::BulkRpc, consent::ConsentRpc, customer::CustomerRpc, export::CustomerExportRpc,
    field_policy::FieldPolicyRpc, projection::ProjectionConsumer, reference::CustomerReferenceRpc,
    subscriber::SubscriberRpc,
};
