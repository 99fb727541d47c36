//! The RPCs: parse, hand on, reply.

mod address;
mod creation;
mod snapshot;

pub use self::snapshot::AddressSnapshots;
pub use self::{address::AddressRpc, creation::AddressCreationRpc};
