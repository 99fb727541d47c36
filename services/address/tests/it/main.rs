//! What callers of the address service can rely on, against the service as it runs, on a real database.

mod batch;
mod book;
mod country;
mod creation;
mod exception;
mod fixture;
mod grants;
mod operation;
mod purge;
