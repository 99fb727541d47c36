//! The RPCs: parse, hand on, reply.

mod activity_event;
mod deleted_customer;
mod presence;
mod recorder;

pub use self::{
    activity_event::ActivityRpc, deleted_customer::DeletedCustomerRpc, presence::PresenceRpc,
    recorder::Recorder,
};
