//! What is done with customers, one file for each noun.

mod customer;

pub use self::customer::Customers;
