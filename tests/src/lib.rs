//! A running Patron for tests across services: real processes on a real Postgres, and people who are signed in to it.
//!
//! ```no_run
//! # async fn test() {
//! use patron_tests::{Role, World};
//!
//! let world = World::shared().await;
//! let manager = world.signed_in(Role::Manager).await;
//! let customers = manager.get("/v1/customers?pageSize=10").await.ok();
//! assert!(customers["customers"].is_array());
//! # }
//! ```
//!
//! Tests that only call share one [`World`]; those that kill, restart or configure start one of their own. What a call made
//! for a test should give and does not give fails that test: the methods here panic, and say what came instead.

#![expect(clippy::missing_panics_doc, reason = "everything here fails the test where it does not work")]

mod answer;
mod caller;
mod chain;
mod collector;
pub mod contract;
mod memory;
mod person;
mod sample;
mod wait;
pub mod wire;
mod world;

pub use self::{
    answer::Answer,
    caller::{Bearer, Caller, Grpc},
    chain::assert_unbroken_chains,
    collector::{Collector, Span},
    memory::Peak,
    person::{Person, Role},
    sample::{Sample, unique},
    wait::{holds, until},
    world::{World, server},
};
