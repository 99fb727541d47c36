//! What callers of identity can rely on, over real connections and on a real Postgres.

mod account;
mod creation;
mod fixture;
mod key;
mod password;
mod profile;
mod reference;
mod revocation;
mod role;
mod session;
mod sign_in;
mod staff;
mod throttle;
