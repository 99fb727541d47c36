//! Every SQL statement, by what it is about.

pub mod account;
pub mod credential;
pub mod key;
pub mod reference;
pub mod reset_code;
pub mod revocation;
pub mod role;
pub mod session;
pub mod snapshot;
pub mod staff;
pub mod throttle;
pub mod username;
