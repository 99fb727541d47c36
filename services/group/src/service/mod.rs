//! The RPCs: parse, hand on, reply.

mod approval;
mod creation;
mod group;
mod membership;
mod reference;
mod snapshot;

pub use self::snapshot::MembershipSnapshots;
pub use self::{
    approval::ApprovalRpc, creation::MembershipCreationRpc, group::GroupRpc, membership::MembershipRpc,
    reference::GroupReferenceRpc,
};
