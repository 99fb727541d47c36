//! Every SQL statement of the service.

pub mod activity_event;
pub mod arrival;
pub mod customer;
pub mod list;
mod row;
