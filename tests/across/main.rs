//! What must hold across services.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod bad_input;
mod clients;
mod lifecycle;
mod matrix;
mod memory;
mod metrics;
mod privacy;
mod real_input;
mod role;
mod stop;
mod structure;
mod trace;
