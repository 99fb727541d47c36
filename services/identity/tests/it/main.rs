//! What callers of identity can rely on, over real connections and on a real Postgres.

#![expect(clippy::unwrap_used, reason = "a test that cannot prepare what it tests has failed")]

mod account;
mod approval;
mod creation;
mod decision;
mod diagnosis;
mod fixture;
mod grants;
mod group;
mod key;
mod outage;
mod password;
mod reference;
mod refusal;
mod revocation;
mod role;
mod security_question;
mod session;
mod sign_in;
mod staff;
mod support;
mod throttle;
mod username;
