//! What a consumer that comes late is filled from.

use crate::fixture::World;
use patron_chassis::peer::Peer;
use patron_ledger::testing::snapshots;

#[tokio::test]
async fn a_snapshot_says_what_the_last_event_said() {
    let world = World::new().await;
    let (manager, customer) = (world.manager(), world.add_customer(&[]).await);
    let (gold, silver) = (manager.named_group("Gold").await, manager.named_group("Silver").await);
    manager.join(customer, &gold, false).await.unwrap();
    manager.join(customer, &silver, true).await.unwrap();
    let aggregate = format!("{}/memberships", customer.resource_name());
    let last = world.peers().await_events(Peer::PROFILE, &aggregate, 3).await.pop().unwrap();
    let snapshot = snapshots(world.peer("profile")).await.pop().unwrap();
    assert_eq!(
        (snapshot.aggregate, snapshot.version, snapshot.snapshot),
        (last.aggregate, last.version, last.snapshot)
    );
    world.end().await;
}
