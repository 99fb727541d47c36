//! What callers of a service, and its own handlers, can rely on, whatever the service.

#![expect(clippy::unwrap_used, reason = "what cannot be set up fails the test")]
#![expect(clippy::disallowed_methods, reason = "these tests wait for the tasks they start")]

mod access;
mod certificate;
mod client;
mod database;
mod drain;
mod fixture;
mod limit;
mod ports;
mod protocol;
mod proxy;
mod raw;
mod reflection;
mod status;
