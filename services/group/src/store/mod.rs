//! Every SQL statement of the service.

pub mod creation;
pub mod group;
pub mod membership;
pub mod snapshot;
