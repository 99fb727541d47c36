//! Every SQL statement of the service.

pub mod address;
pub mod creation;
pub mod snapshot;
