//! The groups of customers who are being created, and of those who are gone.

use crate::fixture::{World, forbidden, reference, refusal};
use patron_chassis::peer::Peer;
use patron_proto::{
    event::v1::{ChangeContext, customer_reference::State},
    group::{
        internal::v1::{
            BatchCreateMembershipsRequest, CreateMembershipsRequest, ValidateMembershipsRequest,
            membership_creation_service_client::MembershipCreationServiceClient,
        },
        v1::{Group, UpdateGroupRequest},
    },
};
use patron_values::id::CustomerId;
use prost_types::FieldMask;
use std::time::Duration;
use tonic::{Code, Response, Status};

async fn create(world: &World, customer: CustomerId, groups: &[&Group]) -> Result<(), Status> {
    let message = CreateMembershipsRequest {
        customer: customer.resource_name(),
        groups: groups.iter().map(|group| group.name.clone()).collect(),
        context: Some(ChangeContext { actor: "staff/creator".to_owned(), ..ChangeContext::default() }),
        approval_groups: Vec::new(),
    };
    let message = BatchCreateMembershipsRequest { requests: vec![message] };
    world.creation().batch_create_memberships(message).await.map(Response::into_inner)
}

async fn validate(world: &World, group: &Group, unrestricted: bool) -> Result<(), Status> {
    let message = ValidateMembershipsRequest { groups: vec![group.name.clone()], unrestricted };
    world.creation().validate_memberships(message).await.map(Response::into_inner)
}

#[tokio::test]
async fn groups_of_a_new_customer_show_once_the_customer_is_whole() {
    let world = World::new().await;
    let (manager, customer) = (world.manager(), world.stranger());
    let (gold, silver) = (manager.named_group("Gold").await, manager.named_group("Silver").await);
    for _ in 0..2 {
        // The second changes nothing.
        create(&world, customer, &[&silver, &gold]).await.unwrap();
    }
    assert_eq!(refusal(manager.groups_of(customer).await).0, Code::NotFound);
    let aggregate = format!("{}/memberships", customer.resource_name());
    // What is published of another customer would have come after what is published of this one.
    let other = world.add_customer(&[]).await;
    manager.join(other, &gold, false).await.unwrap();
    world.peers().await_events(Peer::PROFILE, &format!("{}/memberships", other.resource_name()), 1).await;
    assert!(world.peers().events(Peer::PROFILE, &aggregate).is_empty());

    world.publish(reference(customer, State::Active, 1, &[])).await;
    assert_eq!(manager.groups_of(customer).await.unwrap(), ["Silver*", "Gold"]);
    let events = world.peers().await_events(Peer::ACTIVITY, &aggregate, 2).await;
    let published: Vec<_> = events.iter().map(|event| (event.version, event.r#type.as_str())).collect();
    assert_eq!(published, [(1, "membership.created"), (2, "membership.created")]);
    assert_eq!(events[0].context.as_ref().unwrap().actor, "staff/creator");
    world.end().await;
}

#[tokio::test]
async fn a_creation_that_comes_again_finds_its_groups_made_though_they_were_closed_since() {
    let world = World::new().await;
    let (manager, customer) = (world.manager(), world.stranger());
    let gold = manager.named_group("Gold").await;
    create(&world, customer, &[&gold]).await.unwrap();
    let message = UpdateGroupRequest {
        group: Some(Group { assignment_closed: true, ..gold.clone() }),
        update_mask: Some(FieldMask { paths: vec!["assignment_closed".to_owned()] }),
        ..UpdateGroupRequest::default()
    };
    manager.groups().update_group(manager.request(message)).await.unwrap();
    create(&world, customer, &[&gold]).await.unwrap();
    assert_eq!(forbidden(create(&world, world.stranger(), &[&gold]).await).0, "GROUP_ASSIGNMENT_CLOSED");
    world.end().await;
}

#[tokio::test]
async fn a_creation_that_is_given_up_leaves_nothing_and_is_not_published() {
    let world = World::new().await;
    let (manager, customer) = (world.manager(), world.stranger());
    let gold = manager.named_group("Gold").await;
    create(&world, customer, &[&gold]).await.unwrap();
    world.publish(reference(customer, State::Deleted, 1, &[])).await;
    let (rule, _) = forbidden(create(&world, customer, &[&gold]).await);
    assert_eq!(rule, "CUSTOMER_NOT_BEING_CREATED");
    let other = world.add_customer(&[]).await;
    manager.join(other, &gold, false).await.unwrap();
    world.peers().await_events(Peer::ACTIVITY, &format!("{}/memberships", other.resource_name()), 1).await;
    let aggregate = format!("{}/memberships", customer.resource_name());
    assert!(world.peers().events(Peer::ACTIVITY, &aggregate).is_empty());
    manager.leave(other, &gold).await.unwrap();
    let message = patron_proto::group::v1::DeleteGroupRequest { name: gold.name, ..Default::default() };
    let deleted = async {
        while manager.groups().delete_group(manager.request(message.clone())).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), deleted).await.expect("soon nobody is in it");
    world.end().await;
}

#[tokio::test]
async fn a_deleted_customer_is_in_no_group_and_comes_into_none() {
    let world = World::new().await;
    let (manager, customer) = (world.manager(), world.add_customer(&[]).await);
    let gold = manager.named_group("Gold").await;
    manager.join(customer, &gold, false).await.unwrap();
    world.publish(reference(customer, State::Deleted, 2, &[])).await;
    assert_eq!(refusal(manager.groups_of(customer).await).0, Code::NotFound);
    assert_eq!(refusal(manager.join(customer, &gold, false).await).0, Code::NotFound);
    assert_eq!(forbidden(create(&world, customer, &[&gold]).await).0, "CUSTOMER_NOT_BEING_CREATED");
    world.end().await;
}

#[tokio::test]
async fn the_rules_of_groups_hold_for_new_customers_too() {
    let world = World::new().await;
    let (manager, customer) = (world.manager(), world.stranger());
    let gold = manager.named_group("Gold").await;
    let group = Group { display_name: "Employees".into(), assignment_closed: true, ..Group::default() };
    let closed = manager.create_group(group).await.unwrap();
    let group = Group { display_name: "Trade".into(), approval_required: true, ..Group::default() };
    let trade = manager.create_group(group).await.unwrap();
    let nowhere = Group { name: format!("groups/{customer}"), ..Group::default() };

    validate(&world, &gold, false).await.unwrap();
    validate(&world, &trade, true).await.unwrap();
    assert_eq!(refusal(validate(&world, &trade, false).await).0, Code::PermissionDenied);
    assert_eq!(forbidden(validate(&world, &closed, true).await).0, "GROUP_ASSIGNMENT_CLOSED");
    assert_eq!(refusal(validate(&world, &nowhere, true).await).0, Code::NotFound);
    // Whatever was validated before.
    let refused = create(&world, customer, &[&gold, &closed]).await;
    assert_eq!(forbidden(refused).0, "GROUP_ASSIGNMENT_CLOSED");
    assert_eq!(refusal(create(&world, customer, &[&nowhere]).await).0, Code::NotFound);
    world.publish(reference(customer, State::Active, 1, &[])).await;
    assert_eq!(manager.groups_of(customer).await.unwrap(), Vec::<String>::new());
    world.end().await;
}

#[tokio::test]
async fn only_profile_creates_customers() {
    let world = World::new().await;
    let message = ValidateMembershipsRequest { groups: vec!["groups/x".into()], unrestricted: true };
    let address = world.peer("address");
    let answer = MembershipCreationServiceClient::new(address).validate_memberships(message).await;
    assert_eq!(refusal(answer), (Code::PermissionDenied, "PEER_NOT_ALLOWED".into()));
    world.end().await;
}
