use super::Creations;
use crate::{customer::Customer, participants::ParticipantData};
use patron_ledger::change::Caller;
use patron_proto::{
    address::internal::v1::CreateAddressesRequest, group::internal::v1::CreateMembershipsRequest,
    identity::internal::v1::CreateAccountRequest, profile::internal::v1::SagaPlan,
};
use patron_values::id::AddressId;
use std::collections::HashSet;

impl Creations {
    /// The calls to make, with the names that addresses shall have, so that each can be repeated.
    pub(super) fn calls(
        &self,
        customer: &Customer,
        data: &ParticipantData,
        requiring: &HashSet<String>,
        caller: &Caller,
    ) -> SagaPlan {
        let approval_groups = data.approval_groups(requiring);
        let (name, context) = (customer.id.resource_name(), Some(caller.context.clone()));
        let mut addresses = data.addresses.clone();
        for address in &mut addresses {
            address.name = format!("{name}/addresses/{}", self.customers.ledger.next_id::<AddressId>());
        }
        SagaPlan {
            start_time: None,
            delete_history: false,
            context: context.clone(),
            account: data.account.clone().map(|account| CreateAccountRequest {
                customer: name.clone(),
                email: customer.record.email.as_ref().map(ToString::to_string).unwrap_or_default(),
                password_needed: !account.password.is_empty(),
                security_answer_needed: !account.security_answer.is_empty(),
                account: Some(account),
                context: context.clone(),
                approval_needed: !approval_groups.is_empty(),
            }),
            addresses: (!addresses.is_empty()).then_some(CreateAddressesRequest {
                customer: name.clone(),
                addresses,
                context: context.clone(),
            }),
            memberships: (!data.groups.is_empty()).then_some(CreateMembershipsRequest {
                customer: name,
                groups: data.groups.clone(),
                context,
                approval_groups,
            }),
        }
    }
}
