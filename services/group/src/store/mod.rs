//! Every SQL statement of the service.

pub mod creation;
pub mod group;
pub mod membership;
pub mod snapshot;

use patron_chassis::pg::Grant;

/// What the statements need of the tables.
pub const GRANTS: &[Grant] = &[
    Grant::new("select, insert, update, delete", "customer_group"),
    Grant::new("select, insert, update, delete", "membership"),
    Grant::new("select", "group_estimate"),
];
