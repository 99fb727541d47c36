//! Every SQL statement, by what it is about.

pub mod account;
pub mod approval;
pub mod credential;
pub mod key;
pub mod reference;
pub mod reset_code;
pub mod revocation;
pub mod role;
pub mod security_question;
pub mod session;
pub mod snapshot;
pub mod staff;
pub mod throttle;
pub mod username;

use patron_chassis::pg::Grant;

/// What the statements need of the tables.
pub const GRANTS: &[Grant] = &[
    Grant::new("select, insert, update, delete", "role"),
    Grant::new("select, insert, update", "staff"),
    Grant::new("select, delete", "username"),
    Grant::new("select, insert", "retired_username"),
    Grant::new("select, insert, update, delete", "account"),
    Grant::new("select, insert, delete", "approval_group"),
    Grant::new("select, insert, update, delete", "security_question"),
    Grant::new("select, insert, update, delete", "session"),
    Grant::new("select", "session_user"),
    Grant::new("select, insert, update, delete", "revocation"),
    Grant::new("select, insert, update, delete", "throttle"),
    Grant::new("select, insert, delete", "signing_key"),
    Grant::new("select, insert, update, delete", "known_address"),
    Grant::new("select, insert, update, delete", "reset_code"),
];
