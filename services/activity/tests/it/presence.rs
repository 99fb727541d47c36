//! Who looks at the same customer.

use crate::fixture::{ADMINISTRATOR, REP, World};
use patron_chassis::{
    permission::Permission,
    testing::{TestProcess, with_token},
    token::Claims,
};
use patron_proto::activity::v1::{AnnouncePresenceRequest, presence_service_client::PresenceServiceClient};
use patron_values::id::{CustomerId, StaffId};
use std::time::Duration;
use tonic::{Code, Status};
use uuid::Uuid;

const VIEWER: StaffId = StaffId(Uuid::from_u128(3));

/// Names of the others whom somebody sees who looks at a customer.
async fn look(
    world: &World,
    process: &TestProcess,
    claims: &Claims,
    customer: CustomerId,
) -> Result<Vec<String>, Status> {
    let message = AnnouncePresenceRequest { parent: customer.resource_name() };
    let mut client = PresenceServiceClient::new(world.mesh.client(process));
    let reply = client.announce_presence(with_token(&world.mesh.tokens().sign(claims), message)).await?;
    Ok(reply.into_inner().others.into_iter().map(|it| it.display_name).collect())
}

fn staff(world: &World, staff: StaffId, name: &str) -> Claims {
    let claims = world.mesh.tokens().staff(staff, &[Permission::CustomerRead]);
    Claims { name: name.to_owned(), ..claims }
}

#[tokio::test]
async fn staff_see_who_else_looks_at_the_customer_through_whichever_process_until_they_stop() {
    let world = World::new().await;
    let other = world.mesh.service::<patron_activity::ActivityService>(&world.database, ()).await;
    let (customer, another) = (world.add_customer(&[]).await, world.add_customer(&[]).await);
    let (ada, ben) = (staff(&world, ADMINISTRATOR, "Ada"), staff(&world, VIEWER, "Ben"));
    let nobody: [&str; 0] = [];
    assert_eq!(look(&world, &world.service, &ada, customer).await.unwrap(), nobody);
    // a second window of one person is no other
    assert_eq!(look(&world, &other, &ada, customer).await.unwrap(), nobody);
    assert_eq!(look(&world, &other, &ben, customer).await.unwrap(), ["Ada"]);
    assert_eq!(look(&world, &world.service, &ada, customer).await.unwrap(), ["Ben"]);
    assert_eq!(look(&world, &world.service, &ada, another).await.unwrap(), nobody);

    // Ben looks on, Ada does not
    for _ in 0..6 {
        world.mesh.clock().advance(Duration::from_millis(1500));
        look(&world, &world.service, &ben, customer).await.unwrap();
    }
    assert_eq!(look(&world, &world.service, &ben, customer).await.unwrap(), nobody);
    let third = staff(&world, StaffId(Uuid::from_u128(9)), "Cleo");
    assert_eq!(look(&world, &world.service, &third, customer).await.unwrap(), ["Ben"]);
    other.stop().await;
    world.end().await;
}

#[tokio::test]
async fn who_does_not_see_the_customer_is_told_of_nobody_and_seen_by_nobody() {
    let world = World::new().await;
    let customer = world.add_customer(&[REP]).await;
    let rep = |id| Claims { scope: "assigned".to_owned(), ..staff(&world, id, "Rita") };
    let stranger = look(&world, &world.service, &rep(VIEWER), customer).await.unwrap_err();
    assert_eq!(stranger.code(), Code::NotFound);
    let own = world.mesh.tokens().customer(customer, &[Permission::CustomerRead]);
    assert_eq!(look(&world, &world.service, &own, customer).await.unwrap(), Vec::<String>::new());
    assert_eq!(look(&world, &world.service, &rep(REP), customer).await.unwrap(), Vec::<String>::new());
    let nobody = look(&world, &world.service, &rep(REP), world.stranger()).await.unwrap_err();
    assert_eq!(nobody.code(), Code::NotFound);
    world.end().await;
}

#[tokio::test]
async fn nothing_is_left_of_who_has_gone() {
    let world = World::new().await;
    let customer = world.add_customer(&[]).await;
    look(&world, &world.service, &staff(&world, VIEWER, "Ben"), customer).await.unwrap();
    let now = world.mesh.clock().now();
    let delete = async |before| {
        patron_activity::store::presence::delete_old(&world.database.database(), before).await.unwrap()
    };
    assert_eq!(delete(now - Duration::from_secs(1)).await, 0);
    assert_eq!(delete(now + Duration::from_secs(1)).await, 1);
    world.end().await;
}
