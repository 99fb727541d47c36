//! What must hold across services.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod bad_input;
mod lifecycle;
mod matrix;
mod trace;
