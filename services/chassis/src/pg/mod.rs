//! Postgres: the pools of a service, its transactions and migrations, and what its errors mean.

mod connection;
mod database;
mod error;
mod executor;
mod migrate;
mod taken;

pub use self::{
    connection::{Transaction, Written},
    database::Database,
    error::{Failure, constraint, is_outage},
    migrate::{Grant, Migrations, SharedMigration, migrate},
    taken::taken,
};
