//! Every SQL statement of the service.

pub mod address;
pub mod creation;
pub mod default;
pub mod snapshot;

use patron_chassis::pg::Grant;

/// What the statements need of the tables.
pub const GRANTS: &[Grant] = &[
    Grant::new("select, insert, update, delete", "address"),
    Grant::new("select, insert, delete", "address_use"),
    Grant::new("select, insert, update", "address_default"),
];
