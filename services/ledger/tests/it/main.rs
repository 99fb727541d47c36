//! The ledger on a real Postgres.

#![expect(clippy::unwrap_used, reason = "what cannot be set up fails the test")]
#![expect(clippy::disallowed_methods, reason = "the schema is the search path")]

mod fixture;
mod inbox;
mod operation;
mod outbox;
mod queue;
mod relay;
mod resync;
mod saga;
