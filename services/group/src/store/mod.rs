//! Every SQL statement of the service.

pub mod group;
pub mod membership;
