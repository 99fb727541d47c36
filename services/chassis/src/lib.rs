//! What every Patron process shares: configuration, telemetry, the gRPC server and its layers, clients of
//! the peers, and the way a process starts and stops.
//!
//! The chassis knows no table, no RPC and no policy of a service. What is one service's own stays there and moves
//! here at its second use.
//!
//! A service implements [`service::Service`] and its `main` hands itself to [`run::run`]. From there on:
//! [`config`] is read and checked, [`telemetry`] starts, the pool connects, the service puts its parts together on
//! a [`service::Chassis`], [`server`] answers until a signal comes, and [`drain`] lets what is under way finish.

pub mod clock;
pub mod config;
pub mod id;
pub mod peer;
pub mod value;
