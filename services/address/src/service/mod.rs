//! The RPCs: parse, hand on, reply.

mod address;
mod country;
mod creation;
mod snapshot;

pub use self::snapshot::AddressSnapshots;
pub use self::{address::AddressRpc, country::AddressCountryRpc, creation::AddressCreationRpc};
