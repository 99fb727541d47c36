//! What is done with customers, one file for each noun.

mod creation;
mod customer;
mod deletion;
mod export;

pub use self::{
    creation::{CreationSaga, Creations, NewCustomer},
    customer::{Customers, History},
    deletion::{DeletionSaga, Deletions},
    export::{Contacts, Exports, Reader, Wanted},
};
