//! Who may do what to whom.

use crate::fixture::{Caller, World, reference, refusal};
use patron_proto::{
    event::v1::customer_reference::State,
    group::v1::{Group, ListGroupsRequest},
};
use patron_values::id::StaffId;
use tonic::Code;
use uuid::Uuid;

const REP: StaffId = StaffId(Uuid::from_u128(2));

fn absent() -> (Code, String) {
    (Code::NotFound, "RESOURCE_NOT_FOUND".to_owned())
}

fn denied() -> (Code, String) {
    (Code::PermissionDenied, "PERMISSION_MISSING".to_owned())
}

async fn listed(caller: &Caller) -> Vec<String> {
    let reply = caller.groups().list_groups(caller.request(ListGroupsRequest::default())).await;
    reply
        .expect("groups can be listed")
        .into_inner()
        .groups
        .into_iter()
        .map(|group| group.display_name)
        .collect()
}

#[tokio::test]
async fn a_sales_rep_reaches_their_customers_only_and_sees_every_group() {
    let world = World::new().await;
    let (manager, rep) = (world.manager(), world.rep(REP));
    let (own, other) = (world.add_customer(&[REP]).await, world.add_customer(&[]).await);
    let (gold, silver) = (manager.named_group("Gold").await, manager.named_group("Silver").await);
    manager.join(other, &gold, false).await.unwrap();
    manager.join(other, &silver, false).await.unwrap();

    rep.join(own, &gold, false).await.unwrap();
    assert_eq!(rep.groups_of(own).await.unwrap(), ["Gold*"]);
    assert_eq!(refusal(rep.join(other, &gold, false).await), absent());
    assert_eq!(refusal(rep.prefer(other, &silver).await), absent());
    assert_eq!(refusal(rep.leave(other, &gold).await), absent());
    assert_eq!(refusal(rep.groups_of(other).await), absent());
    assert_eq!(listed(&rep).await, ["Gold", "Silver"]);

    world.publish(reference(own, State::Active, 2, &[])).await;
    assert_eq!(refusal(rep.groups_of(own).await), absent(), "no longer theirs");
    world.end().await;
}

#[tokio::test]
async fn a_sales_rep_does_not_decide_who_needs_approval() {
    let world = World::new().await;
    let (manager, rep) = (world.manager(), world.rep(REP));
    let customer = world.add_customer(&[REP]).await;
    let display_name = "Trade".to_owned();
    let group = Group { display_name, approval_required: true, ..Group::default() };
    let trade = manager.create_group(group).await.unwrap();
    assert_eq!(refusal(rep.join(customer, &trade, false).await), denied());
    let gold = manager.named_group("Gold").await;
    manager.join(customer, &gold, false).await.unwrap();
    manager.join(customer, &trade, false).await.unwrap();
    assert_eq!(refusal(rep.prefer(customer, &trade).await), denied());
    assert_eq!(refusal(rep.leave(customer, &trade).await), denied());
    rep.leave(customer, &gold).await.unwrap();
    world.end().await;
}

#[tokio::test]
async fn a_customer_sees_their_own_groups_and_changes_none() {
    let world = World::new().await;
    let manager = world.manager();
    let (one, two) = (world.add_customer(&[]).await, world.add_customer(&[]).await);
    let (gold, silver) = (manager.named_group("Gold").await, manager.named_group("Silver").await);
    manager.join(one, &gold, false).await.unwrap();
    manager.join(two, &silver, false).await.unwrap();
    let caller = world.customer(one);
    assert_eq!(listed(&caller).await, ["Gold"]);
    assert_eq!(caller.groups_of(one).await.unwrap(), ["Gold*"]);
    assert_eq!(refusal(caller.groups_of(two).await), absent());
    assert_eq!(refusal(caller.join(one, &silver, false).await), denied());
    assert_eq!(refusal(caller.leave(one, &gold).await), denied());
    world.end().await;
}
