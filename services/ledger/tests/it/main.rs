//! The ledger on a real Postgres.

#![expect(clippy::unwrap_used, reason = "what cannot be set up fails the test")]

mod outbox;
