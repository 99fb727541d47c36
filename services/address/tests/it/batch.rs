//! Addresses of many customers at once.

use crate::fixture::World;
use patron_proto::address::v1::BatchListAddressesRequest;
use patron_values::id::CustomerId;
use tonic::{Code, Status};

/// What a page of customers in a list asks for.
async fn list(world: &World, customers: &[CustomerId]) -> Result<usize, Status> {
    let parents = customers.iter().map(|customer| customer.resource_name()).collect();
    let request = world.manager(BatchListAddressesRequest { parents });
    let reply = world.client().batch_list_addresses(request).await?;
    Ok(reply.into_inner().addresses.len())
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
    assert_eq!(list(&world, &[customers[0]; 100]).await.unwrap_err().code(), Code::InvalidArgument);
}
