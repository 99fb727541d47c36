use patron_chassis::status::Problem;
use patron_proto::{
    address::{
        internal::v1::{
            ListCustomerAddressesRequest, ListCustomerAddressesResponse,
            customer_address_service_server::CustomerAddressService,
        },
        v1::Address,
    },
    group::internal::v1::{
        BatchGetGroupReferencesRequest, BatchGetGroupReferencesResponse, GroupReference,
        group_reference_service_server::GroupReferenceService,
    },
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};
use tonic::{Request, Response, Status};

/// Most customers whose addresses are in one answer.
const ANSWERED: usize = 3;

/// A fake of the services that know more of customers: it keeps what it is told.
#[derive(Clone, Default)]
pub(crate) struct FakeContacts {
    addresses: Arc<Mutex<HashMap<String, Vec<Address>>>>,
    groups: Arc<Mutex<HashMap<String, String>>>,
    away: Arc<Mutex<bool>>,
}

impl FakeContacts {
    /// From now on a customer has these addresses.
    pub(crate) fn have_addresses(&self, customer: &str, addresses: Vec<Address>) {
        let named = addresses.into_iter().zip(1..).map(|(address, number)| Address {
            name: format!("{customer}/addresses/0190f0e0-0000-7000-8000-00000000000{number}"),
            ..address
        });
        self.addresses.lock().unwrap().insert(customer.to_owned(), named.collect());
    }

    /// From now on a group is called so.
    pub(crate) fn call_group(&self, group: &str, display_name: &str) {
        self.groups.lock().unwrap().insert(group.to_owned(), display_name.to_owned());
    }

    /// From now on addresses are not answered for.
    pub(crate) fn go_away(&self) {
        *self.away.lock().unwrap() = true;
    }
}

#[tonic::async_trait]
impl CustomerAddressService for FakeContacts {
    async fn list_customer_addresses(
        &self,
        request: Request<ListCustomerAddressesRequest>,
    ) -> Result<Response<ListCustomerAddressesResponse>, Status> {
        if *self.away.lock().unwrap() {
            return Err(Problem::Unavailable.into());
        }
        let known = self.addresses.lock().unwrap();
        let customers =
            request.get_ref().customers.iter().take(if known.is_empty() { 500 } else { ANSWERED });
        let addresses = customers.clone().filter_map(|customer| known.get(customer)).flatten().cloned();
        Ok(Response::new(ListCustomerAddressesResponse {
            addresses: addresses.collect(),
            customer_count: i32::try_from(customers.count()).unwrap(),
        }))
    }
}

#[tonic::async_trait]
impl GroupReferenceService for FakeContacts {
    async fn batch_get_group_references(
        &self,
        request: Request<BatchGetGroupReferencesRequest>,
    ) -> Result<Response<BatchGetGroupReferencesResponse>, Status> {
        let known = self.groups.lock().unwrap();
        let references = request.into_inner().groups.into_iter().filter_map(|group| {
            let display_name = known.get(&group)?.clone();
            Some(GroupReference { group, display_name })
        });
        Ok(Response::new(BatchGetGroupReferencesResponse { references: references.collect() }))
    }
}
