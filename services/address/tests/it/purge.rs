//! What becomes of the addresses of a customer who is gone.

use crate::fixture::{World, stuttgart};
use patron_proto::{
    address::v1::{Address, DeleteAddressRequest},
    event::v1::customer_reference::State,
};
use std::time::Duration;
use tonic::Code;

#[tokio::test]
async fn however_many_addresses_a_customer_leaves_behind_they_go_in_short_transactions() {
    let world = World::new().await;
    let customer = world.known(1).await;
    world.create(customer, stuttgart()).await.unwrap();
    #[expect(clippy::disallowed_methods, reason = "looks behind the scenes")]
    let many = sqlx::query(
        "insert into address.address (address_id, customer_id, line1, city, country_code, version, created_at, updated_at)
         select gen_random_uuid(), $1, 'Theodor-Heuss-Straße 34', 'Stuttgart', 'DE', 1, now(), now() from generate_series(2, 2000)",
    );
    many.bind(customer).execute(world.database.pool()).await.unwrap();
    world.publish(customer, State::Deleted, 2, &[]).await;
    assert_eq!(world.list(customer).await.unwrap_err().code(), Code::NotFound);
    #[expect(clippy::disallowed_methods, reason = "looks behind the scenes")]
    let gone = async {
        let left = "select (select count(*) from address.address)
                + (select count(*) from address.customer_ref where state <> 'deleted')";
        while sqlx::query_scalar::<_, i64>(left).fetch_one(world.database.pool()).await.unwrap() > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), gone).await.expect("they go");
}

#[tokio::test]
async fn who_edited_an_address_is_forgotten_with_the_address() {
    let world = World::new().await;
    let customer = world.known(1).await;
    let [kept, deleted] =
        [world.create(customer, stuttgart()).await, world.create(customer, stuttgart()).await];
    for address in [kept.unwrap(), deleted.clone().unwrap()] {
        world.update(Address { city: "Graz".into(), ..address }, &["city"]).await.unwrap();
    }
    #[expect(clippy::disallowed_methods, reason = "looks behind the scenes")]
    let edits = async || -> i64 {
        let count = sqlx::query_scalar("select count(*) from address.resource_edit");
        count.fetch_one(world.database.pool()).await.unwrap()
    };
    assert_eq!(edits().await, 2);
    let delete = DeleteAddressRequest { name: deleted.unwrap().name, ..Default::default() };
    world.client().delete_address(world.manager(delete)).await.unwrap();
    assert_eq!(edits().await, 1, "one went with the address");
    world.publish(customer, State::Deleted, 2, &[]).await;
    let gone = async {
        while edits().await > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), gone).await.expect("the other goes with the customer");
}
