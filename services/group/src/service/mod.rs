//! The RPCs: parse, hand on, reply.

mod approval;
mod bulk;
mod creation;
mod group;
mod membership;
mod reference;
mod snapshot;

pub use self::snapshot::MembershipSnapshots;
pub use self::{
    approval::ApprovalRpc, bulk::BulkMembershipRpc, creation::MembershipCreationRpc, group::GroupRpc,
    membership::MembershipRpc, reference::GroupReferenceRpc,
};
