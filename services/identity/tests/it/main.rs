//! What callers of identity can rely on, over real connections and on a real Postgres.

#![expect(clippy::unwrap_used, reason = "a test that cannot prepare what it tests has failed")]

mod account;
mod creation;
mod fixture;
mod grants;
mod key;
mod outage;
mod password;
mod reference;
mod refusal;
mod revocation;
mod role;
mod session;
mod sign_in;
mod staff;
mod support;
mod throttle;
mod username;
