use secrecy::SecretString;

use super::{Millis, Seconds};

crate::section! {
    /// The Postgres database of a service.
    pub struct Database = "DATABASE" {
        /// Connection of the runtime role, which has rights on the service's schema only.
        url: SecretString,
        /// Connection of the owner role; `migrate` alone uses it.
        owner_url: Option<SecretString>,
        /// Connections a process keeps. More than a few for each core of the database make every statement
        /// slower.
        pool_size: u32 = "10",
        /// Connections kept besides for background work: relays, each of which settles up to four calls at a time, and sweeps.
        background_pool_size: u32 = "6",
        /// Time to wait for a connection of the pool, in milliseconds.
        acquire_ms: Millis = "500",
        /// Time after which Postgres ends a statement, in milliseconds.
        statement_ms: Millis = "2000",
        /// Time to wait for a lock, in milliseconds.
        lock_ms: Millis = "1000",
        /// Time after which Postgres ends a transaction in which nothing happens, in milliseconds.
        idle_in_transaction_ms: Millis = "5000",
        /// Age at which a connection is replaced, in seconds, so that connections follow a failover.
        connection_age_s: Seconds = "1800",
    }
}
