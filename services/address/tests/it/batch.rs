//! Addresses of many customers at once.

use crate::fixture::World;
use patron_proto::address::{
    internal::v1::{
        ListCustomerAddressesRequest, customer_address_service_client::CustomerAddressServiceClient,
    },
    v1::BatchListAddressesRequest,
};
use patron_values::id::CustomerId;
use std::collections::BTreeSet;
use tonic::{Code, Status};

/// What a page of customers in a list asks for.
async fn list(world: &World, customers: &[CustomerId]) -> Result<usize, Status> {
    let parents = customers.iter().map(|customer| customer.resource_name()).collect();
    let request = world.manager(BatchListAddressesRequest { parents });
    let reply = world.client().batch_list_addresses(request).await?;
    Ok(reply.into_inner().addresses.len())
}

/// How many customers an answer to profile is of, and whose addresses are in it.
async fn list_whole(world: &World, customers: &[CustomerId]) -> (i32, BTreeSet<String>) {
    let request =
        ListCustomerAddressesRequest { customers: customers.iter().map(|it| it.resource_name()).collect() };
    let mut client = CustomerAddressServiceClient::new(world.mesh.client_as("profile", &world.service));
    let reply = client.list_customer_addresses(request).await.expect("profile may ask").into_inner();
    let owners = reply.addresses.iter().filter_map(|it| it.name.split_once("/addresses"));
    (reply.customer_count, owners.map(|(owner, _)| owner.to_owned()).collect())
}

#[tokio::test]
async fn more_addresses_than_an_answer_holds_are_refused_and_so_is_one_customer_named_twice() {
    let world = World::new().await;
    let mut customers = Vec::new();
    for number in 1..=7 {
        customers.push(world.known(number).await);
    }
    #[expect(clippy::disallowed_methods, reason = "one by one they would take a minute")]
    let many = sqlx::query(
        "insert into address.address (address_id, customer_id, line1, city, country_code, version, created_at, updated_at)
         select gen_random_uuid(), customer_id, 'Königstraße 1', 'Stuttgart', 'DE', 1, now(), now()
         from address.customer_ref, generate_series(1, 100)",
    );
    many.execute(world.database.pool()).await.unwrap();
    assert_eq!(list(&world, &customers[..6]).await.unwrap(), 600);
    assert_eq!(list(&world, &customers).await.unwrap_err().code(), Code::InvalidArgument);
    // Profile gets those of as many customers as an answer holds, whole, and asks for the others again.
    let names = |some: &[CustomerId]| some.iter().map(|it| it.resource_name()).collect::<BTreeSet<_>>();
    assert_eq!(list_whole(&world, &customers).await, (6, names(&customers[..6])));
    assert_eq!(list_whole(&world, &customers[6..]).await, (1, names(&customers[6..])));
    assert_eq!(list(&world, &[customers[0]; 100]).await.unwrap_err().code(), Code::InvalidArgument);
}
