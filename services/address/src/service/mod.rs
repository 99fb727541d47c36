//! The RPCs: parse, hand on, reply.

mod address;
mod country;
mod creation;
mod customer_address;
mod snapshot;

pub use self::snapshot::AddressSnapshots;
pub use self::{
    address::AddressRpc, country::AddressCountryRpc, creation::AddressCreationRpc,
    customer_address::CustomerAddressRpc,
};
