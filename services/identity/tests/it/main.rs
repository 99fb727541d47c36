//! What callers of identity can rely on, over real connections and on a real Postgres.

#![expect(clippy::unwrap_used, reason = "a test that cannot prepare what it tests has failed")]

mod account;
mod approval;
mod creation;
mod custom_role;
mod decision;
mod device;
mod diagnosis;
mod fixture;
mod grants;
mod group;
mod key;
mod outage;
mod own_staff;
mod password;
mod reference;
mod refusal;
mod revocation;
mod role;
mod role_rights;
mod security_question;
mod session;
mod sign_in;
mod staff;
mod support;
mod throttle;
mod unlock;
mod username;
