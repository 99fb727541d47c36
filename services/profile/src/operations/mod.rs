//! What is done with customers, one file for each noun.

mod bulk;
mod creation;
mod customer;
mod deletion;
mod export;
mod field_policy;

pub use self::{
    bulk::{BulkParticipants, BulkWork, Bulks},
    creation::{CreationSaga, Creations, NewCustomer},
    customer::{Customers, History},
    deletion::{DeletionSaga, Deletions},
    export::{Contacts, Exports, Reader, Wanted},
    field_policy::FieldPolicies,
};
