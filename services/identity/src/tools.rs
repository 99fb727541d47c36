//! What operations share.

use crate::password::{Hasher, Policy};
use patron_chassis::{clock::Clock, id::Ids, outbox::Outbox, pg::Database};

/// What every change of accounts, staff and sessions is made with. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Tools {
    /// Where things are stored.
    pub database: Database,
    /// Who is told of changes.
    pub outbox: Outbox,
    /// What time it is.
    pub clock: Clock,
    /// Names of new things.
    pub ids: Ids,
    /// Makes and compares hashes of passwords.
    pub hasher: Hasher,
    /// How good a new password must be.
    pub policy: Policy,
}
