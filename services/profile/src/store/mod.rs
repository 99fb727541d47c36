//! Every SQL statement of the service.

pub mod audience;
pub mod bulk;
pub mod consent;
pub mod count;
pub mod customer;
pub mod field_policy;
mod fields;
pub mod list;
pub mod projection;
pub mod tombstone;

pub mod snapshot;

pub use self::fields::FIELDS;

use patron_chassis::pg::Grant;

/// What the statements need of the tables.
pub const GRANTS: &[Grant] = &[
    Grant::new(
        "select, insert (customer_id, purpose, changed_at), update (position), delete",
        "audience_change",
    ),
    Grant::new("select, update (last)", "audience_position"),
    Grant::new("select, insert, delete", "bulk"),
    Grant::new("select, insert, update, delete", "bulk_item"),
    Grant::new("select, insert, update (state, state_at)", "consent"),
    // Evidence is added to, and goes with its customer.
    Grant::new("select, insert", "consent_record"),
    Grant::new("select, insert, update, delete", "customer"),
    Grant::new("usage", "sequence customer_number_seq"),
    Grant::new("select, insert, update", "customer_time"),
    Grant::new("select, update", "field_policy"),
    Grant::new("select, insert, update, delete", "field_rule"),
    Grant::new("select, insert", "tombstone"),
];
