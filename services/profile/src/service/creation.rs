//! Customers to create, as callers ask for them, and the answer about each.

use super::rights;
use crate::{customer::Record, operations::NewCustomer, participants::ParticipantData};
use patron_chassis::{
    principal::Principal,
    status::{self, Problem},
};
use patron_ledger::{change::Caller, idempotency};
use patron_proto::{
    profile::v1::{CreateCustomerRequest, Customer, CustomerCreation, customer_creation},
    validate::{Check, Validate as _},
};
use patron_values::{fields::Fields, violation::Violation};
use std::collections::HashMap;
use time::Date;
use tonic::Status;
use uuid::Uuid;

/// One customer to create, where the caller may do so.
pub(super) fn authorize_and_parse(
    principal: &Principal,
    caller: &Caller,
    mut message: CreateCustomerRequest,
    today: Date,
) -> Result<NewCustomer, Problem> {
    let request = recognised(caller, &message);
    rights::prepare_creation(principal, &mut message)?;
    let record = Record::parse("customer", &message.customer.unwrap_or_default(), today);
    let record = record.map_err(Problem::from)?;
    let data =
        ParticipantData { account: message.account, addresses: message.addresses, groups: message.groups };
    Ok(NewCustomer { record, data, request })
}

/// Checks the rules of its proto, which the codec leaves out where one of several is wrong.
pub(super) fn check_form(message: &CreateCustomerRequest) -> Result<(), Problem> {
    let mut check = Check::default();
    message.validate(&mut check);
    let violations = check.into_violations().into_iter().map(|it| Violation::new(it.field, it.description));
    let violations: Vec<_> = violations.collect();
    if violations.is_empty() { Ok(()) } else { Err(violations.into()) }
}

/// The request as it is known again. Password and security answer are no part of that: not even their hashes may be stored here.
fn recognised(caller: &Caller, message: &CreateCustomerRequest) -> Option<idempotency::Request> {
    let mut message = message.clone();
    if let Some(account) = &mut message.account {
        account.password.clear();
        account.security_answer.clear();
    }
    idempotency::Request::new(&caller.context.actor, &message.request_id, &message)
}

/// What requests in one call must keep to, beyond what holds for each.
pub(super) fn check_batch(requests: &[CreateCustomerRequest]) -> Result<(), Problem> {
    let mut wrong = Fields::default();
    let mut first: HashMap<Uuid, usize> = HashMap::new();
    for (place, request) in requests.iter().enumerate() {
        let path = |field| format!("requests[{place}].{field}");
        if request.validate_only {
            wrong.refuse(&path("validate_only"), "holds for all or none: set that of the whole request");
        }
        if request.account.as_ref().is_some_and(|account| !account.password.is_empty()) {
            wrong.refuse(
                &path("account.password"),
                "takes too long to hash in a batch: create this customer by itself, or set the password afterwards",
            );
        }
        if request.account.as_ref().is_some_and(|account| !account.security_answer.is_empty()) {
            wrong.refuse(
                &path("account.security_answer"),
                "takes too long to hash in a batch: create this customer by itself, or set the answer afterwards",
            );
        }
        // However it is spelled. The contract has checked that it is one.
        let Ok(id) = Uuid::try_parse(&request.request_id) else { continue };
        let earlier = *first.entry(id).or_insert(place);
        if earlier != place {
            wrong.refuse(&path("request_id"), format!("is that of requests[{earlier}] too"));
        }
    }
    wrong.into_result().map_err(Problem::from)
}

/// The answer about one customer.
pub(super) fn result(created: Result<crate::customer::Customer, Status>) -> CustomerCreation {
    let result = match created {
        Ok(customer) => customer_creation::Result::Customer(Box::new(Customer::from(&customer))),
        Err(status) => customer_creation::Result::Error(status::message(&status)),
    };
    CustomerCreation { result: Some(result) }
}
