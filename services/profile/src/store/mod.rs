//! Every SQL statement of the service.

pub mod customer;
pub mod list;
pub mod projection;
pub mod saga;
pub mod tombstone;

mod row;
pub mod snapshot;
