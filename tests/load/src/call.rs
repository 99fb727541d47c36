//! Requests, whichever way they are sent.

use patron_proto::{
    identity::v1::CreateSessionRequest,
    profile::v1::{CreateCustomerRequest, ListCustomersRequest},
};
use std::fmt;

/// One request.
#[derive(Debug, Clone)]
pub enum Call {
    /// Reads a customer by name.
    GetCustomer(String),
    /// Lists the addresses of a customer.
    ListAddresses(String),
    /// Reads all that the record page shows of a customer; the gateway alone composes it.
    GetOverview(String),
    /// Lists customers.
    ListCustomers(ListCustomersRequest),
    /// Creates a customer.
    CreateCustomer(Box<CreateCustomerRequest>),
    /// Signs in.
    CreateSession(CreateSessionRequest),
}

/// Why a call is not counted as done: what was answered in its place.
#[derive(Debug, Clone)]
pub struct Failure(pub String);

impl Failure {
    /// The call came to nothing for this reason.
    pub fn of<E: fmt::Display>(reason: E) -> Self {
        Self(reason.to_string())
    }
}
