//! What is done with addresses, one file for each noun.

mod address;
mod creation;

pub use self::{
    address::{Addresses, EXCEPTION_PERMISSION},
    creation::NewAddresses,
};
