//! What is done with customers, one file for each noun.

mod creation;
mod customer;
mod deletion;
mod saga;

pub use self::{
    creation::{Creations, NewCustomer},
    customer::Customers,
    deletion::Deletions,
    saga::Sagas,
};
