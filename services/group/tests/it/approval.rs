//! Groups that hold back new customers until they are approved.

use crate::fixture::{Caller, World, reference};
use patron_chassis::peer::Peer;
use patron_ledger::testing::snapshots;
use patron_proto::{
    event::v1::{ChangeContext, customer_reference::State, event::Snapshot},
    group::{
        internal::v1::{
            BatchCreateMembershipsRequest, CreateMembershipsRequest, ListApprovalGroupsRequest,
            ListCustomerApprovalGroupsRequest, approval_service_client::ApprovalServiceClient,
        },
        v1::{Group, UpdateGroupRequest},
    },
};
use patron_values::id::CustomerId;
use prost_types::FieldMask;

async fn set_required(manager: &Caller, group: &Group, approval_required: bool) {
    let message = UpdateGroupRequest {
        group: Some(Group { name: group.name.clone(), approval_required, ..Group::default() }),
        update_mask: Some(FieldMask { paths: vec!["approval_required".to_owned()] }),
        ..UpdateGroupRequest::default()
    };
    manager.groups().update_group(manager.request(message)).await.expect("the group is there");
}

/// The groups that ask for approval of a customer, as the event of this version says.
async fn published(world: &World, customer: CustomerId, version: usize) -> Vec<String> {
    let aggregate = format!("{}/memberships", customer.resource_name());
    let event = world.peers().await_events(Peer::PROFILE, &aggregate, version).await.remove(version - 1);
    let Some(Snapshot::Memberships(memberships)) = event.snapshot else { panic!("{event:?}") };
    memberships.approval_groups
}

/// The same, as identity is told when it asks.
async fn asked(world: &World, customer: CustomerId) -> Vec<String> {
    let request = ListCustomerApprovalGroupsRequest { customer: customer.resource_name() };
    let mut client = ApprovalServiceClient::new(world.peer("identity"));
    client.list_customer_approval_groups(request).await.expect("identity may ask").into_inner().groups
}

#[tokio::test]
async fn a_group_asks_for_approval_of_those_who_join_while_it_requires_it() {
    let world = World::new().await;
    let manager = world.manager();
    let (gold, silver) = (manager.named_group("Gold").await, manager.named_group("Silver").await);
    let [before, meanwhile, after] =
        [world.add_customer(&[]).await, world.add_customer(&[]).await, world.add_customer(&[]).await];
    manager.join(before, &gold, false).await.unwrap();
    set_required(&manager, &gold, true).await;
    manager.join(meanwhile, &gold, false).await.unwrap();
    // Another change of who was there before makes nobody new.
    manager.join(before, &silver, false).await.unwrap();
    set_required(&manager, &gold, false).await;
    manager.join(after, &gold, false).await.unwrap();

    for (customer, version, expected) in
        [(before, 2, vec![]), (meanwhile, 1, vec![gold.name.clone()]), (after, 1, vec![])]
    {
        assert_eq!(published(&world, customer, version).await, expected);
        assert_eq!(asked(&world, customer).await, expected);
    }
    let listed = snapshots(world.peer("identity")).await;
    let listed: Vec<_> = listed.into_iter().filter_map(|event| event.snapshot).collect();
    let expected: Vec<_> = [(before, 2), (meanwhile, 1), (after, 1)].into();
    assert_eq!(listed.len(), expected.len(), "identity can be filled anew");
    for ((customer, version), listed) in expected.into_iter().zip(listed) {
        let Snapshot::Memberships(listed) = listed else { panic!("{listed:?}") };
        assert_eq!(listed.approval_groups, published(&world, customer, version).await);
    }
    world.end().await;
}

#[tokio::test]
async fn memberships_of_a_new_customer_ask_for_approval_as_was_decided_when_the_creation_began() {
    let world = World::new().await;
    let (manager, customer) = (world.manager(), world.stranger());
    let (gold, silver) = (manager.named_group("Gold").await, manager.named_group("Silver").await);
    set_required(&manager, &gold, true).await;
    let mut profile = ApprovalServiceClient::new(world.peer("profile"));
    let groups = vec![gold.name.clone(), silver.name.clone()];
    let request = ListApprovalGroupsRequest { groups: groups.clone() };
    let approval_groups = profile.list_approval_groups(request).await.unwrap().into_inner().groups;
    assert_eq!(approval_groups, std::slice::from_ref(&gold.name));
    set_required(&manager, &gold, false).await;
    set_required(&manager, &silver, true).await;
    let message = CreateMembershipsRequest {
        customer: customer.resource_name(),
        groups,
        context: Some(ChangeContext::default()),
        approval_groups,
    };
    let message = BatchCreateMembershipsRequest { requests: vec![message] };
    world.creation().batch_create_memberships(message).await.unwrap();
    world.publish(reference(customer, State::Active, 1, &[])).await;
    assert_eq!(published(&world, customer, 2).await, [gold.name]);
    world.end().await;
}
