//! The RPCs: parse, hand on, reply.

mod address;
mod creation;
mod references;

pub use self::{address::AddressRpc, creation::AddressCreationRpc, references::ReferenceConsumer};
