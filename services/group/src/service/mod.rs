//! The RPCs: parse, hand on, reply.

mod creation;
mod group;
mod membership;
mod references;

pub use self::{creation::Creation, group::Groups, membership::Memberships, references::ReferenceConsumer};
