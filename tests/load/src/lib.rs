//! How fast Patron is, beside Postgres alone on the same machine in the same minutes. `README.md` says how to run it and what
//! came of it last.
//!
//! [`run`] goes through it: a Patron of its own ([`bed`]) is filled with customers; each [`operation`] is done over HTTP and over gRPC by many
//! callers ([`drive`]), and its SQL, taken from the server's log ([`statement`]), is replayed by [`pgbench`]; [`usage`] reads what every
//! process takes meanwhile, and [`report`] puts it into tables beside the [`goals`].

pub mod bed;
pub mod call;
pub mod copies;
pub mod drive;
pub mod goals;
pub mod grpc;
pub mod http;
pub mod measure;
pub mod operation;
pub mod options;
pub mod pgbench;
pub mod recording;
pub mod report;
pub mod run;
pub mod sample;
pub mod script;
pub mod statement;
pub mod usage;
