//! The RPCs: parse, hand on, reply.

mod activity_event;
mod deleted_customer;
mod recorder;

pub use self::{activity_event::ActivityRpc, deleted_customer::DeletedCustomerRpc, recorder::Recorder};
