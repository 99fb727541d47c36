//! What must hold across services.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod matrix;
