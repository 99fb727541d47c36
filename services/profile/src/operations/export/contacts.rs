//! What other services say of customers in an export: addresses, and what groups and staff are called. They are asked in this
//! service's own name, since it was decided here whom and what the caller may see.

use crate::export::{Columns, Names, Page};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use patron_chassis::client::Channel;
use patron_proto::{
    address::{
        internal::v1::{
            ListCustomerAddressesRequest, customer_address_service_client::CustomerAddressServiceClient,
        },
        v1::Address,
    },
    group::internal::v1::{
        BatchGetGroupReferencesRequest, group_reference_service_client::GroupReferenceServiceClient,
    },
    identity::internal::v1::{
        BatchGetStaffReferencesRequest, staff_reference_service_client::StaffReferenceServiceClient,
    },
};
use patron_values::id::{CustomerId, GroupId, StaffId};
use std::{collections::HashMap, sync::Arc};
use tonic::Status;

/// Customers whose addresses are asked for in one call: few enough that one answer nearly always holds them.
const CUSTOMERS: usize = 200;
/// Such calls at once: a part of the calls of peers that address answers at once.
const CALLS: usize = 4;
/// Names asked for in one call, as many as both services take.
const NAMES: usize = 200;

/// Reaches the services that know more of customers.
#[derive(Clone)]
pub struct Contacts {
    address: CustomerAddressServiceClient<Channel>,
    group: GroupReferenceServiceClient<Channel>,
    identity: StaffReferenceServiceClient<Channel>,
}

impl Contacts {
    /// The services behind these channels.
    pub fn new(identity: &Channel, address: &Channel, group: &Channel) -> Self {
        Self {
            address: CustomerAddressServiceClient::new(address.as_service()),
            group: GroupReferenceServiceClient::new(group.as_service()),
            identity: StaffReferenceServiceClient::new(identity.as_service()),
        }
    }

    /// Asks for what these columns need of the customers of a page.
    pub(super) async fn fill(&self, page: &mut Page, columns: &Columns) -> Result<(), Status> {
        let Page { customers, addresses, names } = page;
        if columns.show_addresses() {
            let ids: Vec<CustomerId> = customers.iter().map(|customer| customer.id).collect();
            *addresses = self.addresses(&ids).await?;
        }
        let groups = customers.iter().filter(|_| columns.show_groups()).flat_map(|it| {
            let memberships = &it.projection.memberships;
            memberships.groups.iter().copied().chain(memberships.primary_group)
        });
        let staff = customers.iter().filter(|_| columns.show_staff());
        let staff = staff.flat_map(|it| it.record.assigned_staff.iter().copied());
        self.learn(names, groups, staff).await
    }

    async fn addresses(&self, customers: &[CustomerId]) -> Result<HashMap<CustomerId, Vec<Address>>, Status> {
        let calls: Vec<_> = customers.chunks(CUSTOMERS).map(|some| self.addresses_of_some(some)).collect();
        let listed: Vec<Vec<Address>> = stream::iter(calls).buffered(CALLS).try_collect().await?;
        let mut addresses: HashMap<CustomerId, Vec<Address>> = HashMap::new();
        for address in listed.into_iter().flatten() {
            // `customers/{customer}/addresses/{address}`
            let customer = address.name.rsplitn(3, '/').last().and_then(|name| CustomerId::parse(name).ok());
            if let Some(customer) = customer {
                addresses.entry(customer).or_default().push(address);
            }
        }
        Ok(addresses)
    }

    /// Asks again for those that one answer did not hold.
    async fn addresses_of_some(&self, mut customers: &[CustomerId]) -> Result<Vec<Address>, Status> {
        let mut addresses = Vec::new();
        while !customers.is_empty() {
            let names = customers.iter().map(|customer| customer.resource_name()).collect();
            let request = ListCustomerAddressesRequest { customers: names };
            let reply = self.address.clone().list_customer_addresses(request).await?.into_inner();
            let listed = usize::try_from(reply.customer_count).unwrap_or_default().max(1);
            customers = customers.get(listed..).unwrap_or_default();
            addresses.extend(reply.addresses);
        }
        Ok(addresses)
    }

    /// Learns what these are called, where it is not known.
    async fn learn(
        &self,
        names: &mut Arc<Names>,
        groups: impl Iterator<Item = GroupId>,
        staff: impl Iterator<Item = StaffId>,
    ) -> Result<(), Status> {
        if names.is_full() {
            *names = Arc::default();
        }
        let missing = names.missing(groups, staff);
        if missing.0.is_empty() && missing.1.is_empty() {
            return Ok(());
        }
        let mut called = HashMap::new();
        for some in missing.0.chunks(NAMES) {
            let groups = some.iter().map(|group| group.resource_name()).collect();
            let request = BatchGetGroupReferencesRequest { groups };
            let reply = self.group.clone().batch_get_group_references(request).await?.into_inner();
            called.extend(reply.references.into_iter().map(|it| (it.group, it.display_name)));
        }
        for some in missing.1.chunks(NAMES) {
            let staff = some.iter().map(|one| one.resource_name()).collect();
            let request = BatchGetStaffReferencesRequest { staff };
            let reply = self.identity.clone().batch_get_staff_references(request).await?.into_inner();
            called.extend(reply.references.into_iter().map(|it| (it.staff, it.display_name)));
        }
        Arc::make_mut(names).learn(missing, called);
        Ok(())
    }
}
