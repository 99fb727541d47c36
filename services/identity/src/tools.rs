//! What operations share.

use crate::{
    password::{Hasher, Policy},
    username::Keys,
};
use patron_chassis::{clock::Clock, ids::Ids, pg::Database};
use patron_ledger::{Ledger, outbox::Outbox};

/// What every change of accounts, staff and sessions is made with. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Tools {
    /// Makes changes.
    pub ledger: Ledger,
    /// Where things are stored.
    pub database: Database,
    /// Publishes changes.
    pub outbox: Outbox,
    /// What time it is.
    pub clock: Clock,
    /// Names of new things.
    pub ids: Ids,
    /// Makes and compares hashes of passwords.
    pub hasher: Hasher,
    /// Which usernames are of customers who are gone.
    pub usernames: Keys,
    /// How good a new password must be.
    pub policy: Policy,
}
