//! The RPCs: parse, hand on, reply.

mod creation;
mod group;
mod membership;
mod snapshot;

pub use self::snapshot::MembershipSnapshots;
pub use self::{creation::MembershipCreationRpc, group::GroupRpc, membership::MembershipRpc};
