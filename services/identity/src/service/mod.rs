//! The RPCs: parse, hand on, reply.

mod account;
mod account_creation;
mod key;
mod revocation;
mod role;
mod session;
mod snapshot;
mod staff;

pub use self::snapshot::AccountSnapshots;
pub use self::{
    account::AccountRpcs, account_creation::AccountCreationRpcs, key::KeyRpcs, revocation::RevocationRpcs,
    role::RoleRpcs, session::SessionRpcs, staff::StaffRpcs,
};
