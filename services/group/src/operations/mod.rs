//! What is done with groups and memberships, one file for each noun.

mod creation;
mod group;
mod membership;
mod transfer;

pub use self::{creation::NewMemberships, group::Groups, membership::Memberships, transfer::Transfer};
