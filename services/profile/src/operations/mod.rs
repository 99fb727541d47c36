//! What is done with customers, one file for each noun.

mod bulk;
mod creation;
mod customer;
mod deletion;

pub use self::{
    bulk::{BulkParticipants, BulkWork, Bulks},
    creation::{CreationSaga, Creations, NewCustomer},
    customer::Customers,
    deletion::{DeletionSaga, Deletions},
};
