//! The mesh's data: changes that are made once and published to other services, and what a service keeps of the customers of others.
//!
//! A service [starts](Ledger::start) its ledger when it is put together, and writes through it: [`change`] says by whom, [`idempotency`]
//! recognises a repeat, [`outbox`] holds the events until they are delivered, [`inbox`] takes those of others once and in order,
//! [`mod@reference`] knows which customers there are, [`saga`] does what takes several services, and [`operation`] what takes longer than
//! a request.

pub mod change;
mod command;
pub mod idempotency;
pub mod inbox;
mod ledger;
mod migration;
pub mod operation;
pub mod outbox;
pub mod queue;
pub mod reference;
pub mod saga;
pub mod snapshot;
pub mod sweep;
#[cfg(feature = "testing")]
pub mod testing;

pub use self::{ledger::Ledger, migration::migrations};
