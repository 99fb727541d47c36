//! What callers of the group service can rely on, against the service as it runs, on a real database.

mod approval;
mod creation;
mod fixture;
mod grants;
mod group;
mod member;
mod membership;
mod reach;
mod snapshot;
mod transfer;
