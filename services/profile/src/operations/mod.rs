//! What is done with customers, one file for each noun.

mod creation;
mod customer;
mod deletion;

pub use self::{
    creation::{CreationSaga, Creations, NewCustomer},
    customer::{Customers, History},
    deletion::{DeletionSaga, Deletions},
};
