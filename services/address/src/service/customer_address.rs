use crate::{
    address::Address as StoredAddress,
    operations::Addresses,
    store::{self, address::Which},
};
use patron_chassis::{principal::Scope, status::Problem};
use patron_proto::address::internal::v1::{
    ListCustomerAddressesRequest, ListCustomerAddressesResponse,
    customer_address_service_server::CustomerAddressService,
};
use patron_values::{id::CustomerId, page::MAX_SIZE};
use tonic::{Request, Response, Status};

/// Answers `patron.address.internal.v1.CustomerAddressService`.
pub struct CustomerAddressRpc {
    /// Reads addresses.
    pub addresses: Addresses,
}

#[tonic::async_trait]
impl CustomerAddressService for CustomerAddressRpc {
    async fn list_customer_addresses(
        &self,
        request: Request<ListCustomerAddressesRequest>,
    ) -> Result<Response<ListCustomerAddressesResponse>, Status> {
        let customers = request.get_ref().customers.iter().map(|name| CustomerId::parse(name));
        let customers = customers.collect::<Result<Vec<_>, _>>();
        let customers = customers.map_err(|error| Problem::invalid("customers", error.to_string()))?;
        let which = Which { only: None, after: None, limit: i64::try_from(MAX_SIZE).unwrap_or(i64::MAX) };
        let database = self.addresses.ledger.database();
        let found = store::address::list(database, &customers, Scope::All, which).await;
        let mut addresses = found.map_err(Problem::from)?;
        let count = whole(&customers, &mut addresses);
        Ok(Response::new(ListCustomerAddressesResponse {
            addresses: addresses.iter().map(StoredAddress::unformatted).collect(),
            customer_count: i32::try_from(count).unwrap_or(i32::MAX),
        }))
    }
}

/// Leaves those of whole customers, and says of how many: where there are more addresses than one answer holds, the last customer's are not
/// all there. One customer's always are.
fn whole(customers: &[CustomerId], addresses: &mut Vec<StoredAddress>) -> usize {
    if i64::try_from(addresses.len()).is_ok_and(|found| found <= store::address::MOST) {
        return customers.len();
    }
    let Some(cut) = addresses.last().map(|last| last.name.customer) else { return customers.len() };
    addresses.retain(|address| address.name.customer != cut);
    customers.iter().position(|customer| *customer == cut).unwrap_or(customers.len())
}
