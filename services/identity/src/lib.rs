//! x
pub mod password;
pub mod user;
