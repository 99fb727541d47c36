//! Members of one group who are moved to another.

use crate::fixture::{Caller, World, forbidden, refusal, wrong_fields};
use patron_chassis::peer::Peer;
use patron_proto::group::v1::{DeleteGroupRequest, Group, MoveMembersRequest, MoveMembersResponse};
use patron_values::id::StaffId;
use tonic::{Code, Response, Status};
use uuid::Uuid;

const REP: StaffId = StaffId(Uuid::from_u128(2));

async fn transfer(caller: &Caller, from: &Group, to: &Group) -> Result<MoveMembersResponse, Status> {
    let message = MoveMembersRequest { parent: from.name.clone(), destination_group: to.name.clone() };
    caller.memberships().move_members(caller.request(message)).await.map(Response::into_inner)
}

async fn delete(caller: &Caller, group: &Group) -> Result<(), Status> {
    let message = DeleteGroupRequest { name: group.name.clone(), ..DeleteGroupRequest::default() };
    caller.groups().delete_group(caller.request(message)).await.map(Response::into_inner)
}

#[tokio::test]
async fn members_are_moved_to_another_group_and_the_group_can_be_deleted() {
    let world = World::new().await;
    let manager = world.manager();
    let (gold, silver, bronze) = (
        manager.named_group("Gold").await,
        manager.named_group("Silver").await,
        manager.named_group("Bronze").await,
    );
    let (only, second, both) =
        (world.add_customer(&[]).await, world.add_customer(&[]).await, world.add_customer(&[]).await);
    manager.join(only, &gold, false).await.unwrap();
    manager.join(second, &bronze, false).await.unwrap();
    manager.join(second, &gold, false).await.unwrap();
    manager.join(both, &gold, false).await.unwrap();
    manager.join(both, &silver, false).await.unwrap();
    assert_eq!(forbidden(delete(&manager, &gold).await).0, "GROUP_HAS_MEMBERS");

    let moved = transfer(&manager, &gold, &silver).await.unwrap();
    let all = MoveMembersResponse { moved_count: 3, ..MoveMembersResponse::default() };
    assert_eq!(moved, all);
    assert_eq!(manager.groups_of(only).await.unwrap(), ["Silver*"]);
    assert_eq!(manager.groups_of(second).await.unwrap(), ["Bronze*", "Silver"]);
    assert_eq!(manager.groups_of(both).await.unwrap(), ["Silver*"]);
    delete(&manager, &gold).await.unwrap();

    let aggregate = format!("{}/memberships", only.resource_name());
    let events = world.peers().await_events(Peer::ACTIVITY, &aggregate, 4).await;
    let kinds: Vec<_> = events.iter().map(|event| event.r#type.as_str()).collect();
    assert_eq!(kinds[0], "membership.created");
    assert!(kinds.contains(&"membership.deleted"), "history has both sides: {kinds:?}");
    world.end().await;
}

#[tokio::test]
async fn more_than_a_hundred_members_take_several_calls() {
    let world = World::new().await;
    let manager = world.manager();
    let (gold, silver) = (manager.named_group("Gold").await, manager.named_group("Silver").await);
    for _ in 0..103 {
        manager.join(world.add_customer(&[]).await, &gold, false).await.unwrap();
    }
    let first = transfer(&manager, &gold, &silver).await.unwrap();
    assert_eq!((first.moved_count, first.remaining_count), (100, 3));
    let last = transfer(&manager, &gold, &silver).await.unwrap();
    assert_eq!((last.moved_count, last.remaining_count), (3, 0));
    let none = transfer(&manager, &gold, &silver).await.unwrap();
    assert_eq!((none.moved_count, none.remaining_count), (0, 0));
    world.end().await;
}

#[tokio::test]
async fn a_rep_moves_those_they_look_after_and_no_others() {
    let world = World::new().await;
    let (manager, rep) = (world.manager(), world.rep(REP));
    let (gold, silver) = (manager.named_group("Gold").await, manager.named_group("Silver").await);
    let (theirs, other) = (world.add_customer(&[REP]).await, world.add_customer(&[]).await);
    manager.join(theirs, &gold, false).await.unwrap();
    manager.join(other, &gold, false).await.unwrap();
    let moved = transfer(&rep, &gold, &silver).await.unwrap();
    assert_eq!((moved.moved_count, moved.remaining_count), (1, 1));
    assert_eq!(manager.groups_of(other).await.unwrap(), ["Gold*"]);
    world.end().await;
}

#[tokio::test]
async fn nobody_is_moved_to_where_nobody_may_be_put() {
    let world = World::new().await;
    let manager = world.manager();
    let (gold, gone) = (manager.named_group("Gold").await, manager.named_group("Gone").await);
    let closed = Group { display_name: "Closed".to_owned(), assignment_closed: true, ..Group::default() };
    let closed = manager.create_group(closed).await.unwrap();
    let customer = world.add_customer(&[]).await;
    manager.join(customer, &gold, false).await.unwrap();
    assert_eq!(forbidden(transfer(&manager, &gold, &closed).await).0, "GROUP_ASSIGNMENT_CLOSED");
    assert_eq!(wrong_fields(transfer(&manager, &gold, &gold).await), ["destination_group"]);
    delete(&manager, &gone).await.unwrap();
    let nowhere = (Code::NotFound, "RESOURCE_NOT_FOUND".to_owned());
    assert_eq!(refusal(transfer(&manager, &gold, &gone).await), nowhere);
    assert_eq!(refusal(transfer(&manager, &gone, &gold).await), nowhere);
    assert_eq!(manager.groups_of(customer).await.unwrap(), ["Gold*"]);
    world.end().await;
}
