//! What every Patron process shares: configuration, telemetry, the gRPC server and its layers, clients of
//! the peers, and the way a process starts and stops.
//!
//! The chassis knows no table, no RPC and no policy of a service. What is one service's own stays there and moves
//! here at its second use.
//!
//! A service implements [`service::Service`] and its `main` hands itself to [`run::run`]. From there on:
//! [`config`] is read and checked, [`telemetry`] starts, the pool connects, the service puts its parts together on
//! a [`service::Chassis`], [`server`] answers until a signal comes, and [`drain`] lets what is under way finish.

pub mod authority;
pub mod change;
pub mod client;
pub mod clock;
pub mod config;
pub mod consumer;
pub mod context;
mod descriptor;
pub mod diff;
pub mod drain;
pub mod etag;
pub mod fault;
pub mod field_mask;
pub mod fields;
pub mod filter;
pub mod health;
pub mod id;
pub mod idempotency;
mod jitter;
pub mod keys;
mod merge;
pub mod order_by;
pub mod outbox;
pub mod page;
pub mod peer;
pub mod permission;
pub mod pg;
pub mod principal;
mod probe;
pub mod process;
pub mod reference;
pub mod revocation;
pub mod run;
pub mod seal;
pub mod server;
pub mod service;
pub mod status;
pub mod telemetry;
pub mod testing;
pub mod tls;
pub mod token;
pub mod value;
