//! Every SQL statement of the service.

pub mod activity_event;
pub mod arrival;
pub mod customer;
pub mod deleted_customer;
pub mod history_deletion;
pub mod list;
pub mod presence;
mod row;

use patron_chassis::pg::Grant;

/// What the statements need of the tables.
pub const GRANTS: &[Grant] = &[
    // What happened is never changed, and stays, but for what the function deletes.
    Grant::new("select, insert", "activity_event"),
    Grant::new("select, insert, update (position)", "arrival"),
    Grant::new("select, insert, update", "deleted_customer"),
    Grant::new("select, insert (customer_id), update (ended_at)", "history_deletion"),
    Grant::new("select, insert, update (display_name, seen_at), delete", "presence"),
    Grant::new("execute", "function delete_history (uuid, integer)"),
];
