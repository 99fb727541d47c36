//! Every SQL statement of the service.

pub mod activity_event;
pub mod arrival;
pub mod customer;
pub mod list;
mod row;

use patron_chassis::pg::Grant;

/// What the statements need of the tables.
pub const GRANTS: &[Grant] = &[
    // What happened is never changed, and stays.
    Grant::new("select, insert", "activity_event"),
    Grant::new("select, insert, update (position)", "arrival"),
];
