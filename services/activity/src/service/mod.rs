//! The RPCs: parse, hand on, reply.

mod activity_event;
mod recorder;

pub use self::{activity_event::ActivityRpc, recorder::Recorder};
