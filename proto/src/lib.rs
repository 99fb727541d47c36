//! The contract of Patron: messages, clients and servers generated from the protos in this
//! folder, the checks of the rules they declare, and their descriptors.

pub mod behavior;
pub mod codec;
mod shape;
pub mod validate;
pub mod violations;

use prost_reflect::DescriptorPool;
use std::sync::LazyLock;

#[expect(
    missing_docs,
    unreachable_pub,
    unused_qualifications,
    reason = "generated; the comments of the protos are kept where prost keeps them"
)]
#[expect(
    clippy::pedantic,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    clippy::disallowed_methods,
    reason = "generated"
)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/contract.rs"));
}

pub use generated::google;
pub use generated::patron::*;

/// Encoded `google.protobuf.FileDescriptorSet` of the contract and all it imports, with
/// comments and custom options.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

static POOL: LazyLock<DescriptorPool> =
    LazyLock::new(|| DescriptorPool::decode(FILE_DESCRIPTOR_SET).expect("the build wrote these descriptors"));

/// Descriptors of the contract, decoded once per process.
pub fn pool() -> &'static DescriptorPool {
    &POOL
}
