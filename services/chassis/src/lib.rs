//! What every Patron process shares: configuration, telemetry, the gRPC server and its layers, clients of
//! the peers, and the way a process starts and stops.
//!
//! The chassis knows no table, no RPC and no policy of a service. What is one service's own stays there and moves
//! here at its second use.
//!
//! A service implements [`service::Service`] and its `main` hands itself to [`run::run`]. From there on:
//! [`config`] is read and checked, [`telemetry`] starts, the pool connects, the service puts its parts together on
//! a [`service::Chassis`], [`server`] answers until a signal comes, and [`drain`] lets what is under way finish.

pub mod accept;
#[cfg(feature = "testing")]
pub mod authority;
pub mod client;
pub mod clock;
pub mod command;
pub mod config;
pub mod context;
pub mod drain;
pub mod fault;
pub mod health;
pub mod ids;
mod jitter;
pub mod keys;
pub mod peer;
pub mod permission;
pub mod pg;
pub mod principal;
mod probe;
pub mod process;
pub mod revocation;
pub mod run;
pub mod server;
pub mod service;
pub mod status;
pub mod telemetry;
#[cfg(feature = "testing")]
pub mod testing;
pub mod tls;
pub mod token;
