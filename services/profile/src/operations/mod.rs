//! What is done with customers, one file for each noun.

mod audience;
mod bulk;
mod consent;
mod creation;
mod customer;
mod deletion;
mod export;
mod field_policy;
mod permits;

pub use self::{
    audience::{Audience, Follower, Seen, sweep_audience},
    bulk::{BulkParticipants, BulkWork, Bulks},
    creation::{CreationSaga, Creations, NewCustomer},
    customer::{Customers, History},
    deletion::{DeletionSaga, Deletions},
    export::{Contacts, Exports, Reader, Wanted},
    field_policy::FieldPolicies,
};
