//! The RPCs: parse, hand on, reply.

mod address;
mod creation;
mod references;

pub use self::{address::Addresses, creation::Creation, references::ReferenceConsumer};
