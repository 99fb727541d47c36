//! Customers to create, as callers ask for them, and the answer about each.

use super::rights;
use crate::{
    customer::Record,
    field_policy::{Asked, Channel},
    operations::{FieldPolicies, NewCustomer},
    participants::ParticipantData,
};
use patron_chassis::{
    principal::{Principal, Subject, User},
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
    policies: &FieldPolicies,
    today: Date,
) -> Result<NewCustomer, Problem> {
    let request = recognised(caller, &message);
    let channel = Channel::from_proto(message.channel()).unwrap_or_else(|| channel_of(principal));
    let asked = Asked {
        address: !message.addresses.is_empty(),
        group: !message.groups.is_empty(),
        staff: message.customer.as_ref().is_some_and(|customer| !customer.assigned_staff.is_empty()),
    };
    rights::prepare_creation(principal, &mut message, channel)?;
    let customer = message.customer.unwrap_or_default();
    let (mut fields, mut parts) = (Fields::at("customer"), Fields::default());
    let rules = policies.rules(channel);
    rules.judge_new(&mut fields, &customer, asked);
    rules.judge_parts(&mut parts, asked);
    let record = match Record::parse(fields, &customer, today) {
        Ok(record) => parts.into_result().map(|()| record),
        Err(mut fields) => {
            fields.extend(parts);
            Err(fields)
        }
    };
    let record = record.map_err(Problem::from)?;
    let data =
        ParticipantData { account: message.account, addresses: message.addresses, groups: message.groups };
    Ok(NewCustomer { record, channel, data, request })
}

/// The way in which customers come, or change, who are written by this caller and say nothing else.
pub(super) fn channel_of(principal: &Principal) -> Channel {
    let staff = |user: &User| matches!(user.actor.as_ref().unwrap_or(&user.subject), Subject::Staff(_));
    match principal {
        Principal::User(user) if staff(user) => Channel::Console,
        _ => Channel::Registration,
    }
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
