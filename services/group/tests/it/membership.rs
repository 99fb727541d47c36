//! Memberships of a customer: what can be done with them, and what not.

use crate::fixture::{MANAGER, World, forbidden, name, reference, refusal, wrong_fields};
use patron_chassis::peer::Peer;
use patron_proto::{
    event::v1::{CustomerMemberships, customer_reference::State, event::Snapshot},
    group::v1::{
        BatchListMembershipsRequest, CreateMembershipRequest, DeleteMembershipRequest, Group,
        ListMembershipsRequest, Membership, SetPrimaryMembershipRequest,
    },
};
use patron_values::id::CustomerId;
use std::time::Duration;
use tonic::{Code, Response};

#[tokio::test]
async fn the_first_group_is_primary_until_another_is_made_it() {
    let world = World::new().await;
    let (manager, customer) = (world.manager(), world.add_customer(&[]).await);
    let (gold, silver) = (manager.named_group("Gold").await, manager.named_group("Silver").await);
    let first = manager.join(customer, &gold, false).await.unwrap();
    assert_eq!((first.name.as_str(), first.primary), (name(customer, &gold).as_str(), true));
    assert_eq!((first.group_display_name.as_str(), first.creator), ("Gold", MANAGER.resource_name()));
    assert!(!manager.join(customer, &silver, false).await.unwrap().primary);
    assert_eq!(manager.groups_of(customer).await.unwrap(), ["Gold*", "Silver"]);
    assert!(manager.prefer(customer, &silver).await.unwrap().primary);
    assert_eq!(manager.groups_of(customer).await.unwrap(), ["Silver*", "Gold"]);
    let bronze = manager.named_group("Bronze").await;
    assert!(manager.join(customer, &bronze, true).await.unwrap().primary);
    assert_eq!(manager.groups_of(customer).await.unwrap()[0], "Bronze*");
    world.end().await;
}

#[tokio::test]
async fn the_oldest_follows_a_primary_group_that_is_left() {
    let world = World::new().await;
    let (manager, customer) = (world.manager(), world.add_customer(&[]).await);
    let mut groups = Vec::new();
    for display_name in ["Silver", "Bronze", "Gold"] {
        let group = manager.named_group(display_name).await;
        manager.join(customer, &group, display_name == "Gold").await.unwrap();
        world.clock().advance(Duration::from_secs(1));
        groups.push(group);
    }
    manager.leave(customer, &groups[2]).await.unwrap();
    assert_eq!(manager.groups_of(customer).await.unwrap(), ["Silver*", "Bronze"]);
    manager.leave(customer, &groups[1]).await.unwrap();
    manager.leave(customer, &groups[0]).await.unwrap();
    assert_eq!(manager.groups_of(customer).await.unwrap(), Vec::<String>::new());
    let gone = manager.leave(customer, &groups[0]).await;
    assert_eq!(refusal(gone), (Code::NotFound, "RESOURCE_NOT_FOUND".into()));
    world.end().await;
}

#[tokio::test]
async fn each_step_is_published_in_order_with_all_groups_as_they_then_stand() {
    let world = World::new().await;
    let (manager, customer) = (world.manager(), world.add_customer(&[]).await);
    let (gold, silver) = (manager.named_group("Gold").await, manager.named_group("Silver").await);
    manager.join(customer, &gold, false).await.unwrap();
    manager.join(customer, &silver, true).await.unwrap();
    manager.prefer(customer, &silver).await.unwrap();
    manager.leave(customer, &silver).await.unwrap();

    let aggregate = format!("{}/memberships", customer.resource_name());
    let events = world.peers().await_events(Peer::ACTIVITY, &aggregate, 5).await;
    let published: Vec<_> =
        events.iter().map(|it| (it.version, it.r#type.as_str(), it.resource.clone())).collect();
    let (in_gold, in_silver) = (name(customer, &gold), name(customer, &silver));
    let expected = [
        (1, "membership.created", in_gold.clone()),
        (2, "membership.updated", in_gold.clone()),
        (3, "membership.created", in_silver.clone()),
        (4, "membership.deleted", in_silver),
        (5, "membership.updated", in_gold),
    ];
    assert_eq!(published, expected, "making the primary group primary is no step");
    let changes: Vec<_> =
        events[2].changes.iter().map(|it| (it.field.as_str(), it.new.clone().unwrap())).collect();
    assert_eq!(changes, [("group", silver.name.clone().into()), ("primary", true.into())]);
    let events = world.peers().await_events(Peer::PROFILE, &aggregate, 5).await;
    let kept: Vec<_> = events.iter().map(|it| it.snapshot.clone().unwrap()).collect();
    let groups = vec![gold.name.clone(), silver.name.clone()];
    let both = CustomerMemberships { groups, primary_group: silver.name, ..Default::default() };
    assert_eq!(kept[2], Snapshot::Memberships(both));
    let groups = vec![gold.name.clone()];
    let one = CustomerMemberships { groups, primary_group: gold.name, ..Default::default() };
    assert_eq!(kept[4], Snapshot::Memberships(one));
    world.end().await;
}

#[tokio::test]
async fn a_write_says_where_it_stands_among_the_events() {
    let world = World::new().await;
    let (manager, customer) = (world.manager(), world.add_customer(&[]).await);
    let gold = manager.named_group("Gold").await;
    let message = CreateMembershipRequest {
        parent: customer.resource_name(),
        membership: Some(Membership { group: gold.name, ..Membership::default() }),
        ..CreateMembershipRequest::default()
    };
    let reply = manager.memberships().create_membership(manager.request(message)).await.unwrap();
    let expected = format!("group/{}/memberships@1", customer.resource_name());
    assert_eq!(reply.metadata().get("patron-consistency-token").unwrap(), expected.as_str());
    world.end().await;
}

#[tokio::test]
async fn however_many_write_at_once_there_is_one_primary_group() {
    let world = World::new().await;
    let (manager, customer) = (world.manager(), world.add_customer(&[]).await);
    let mut groups = Vec::new();
    for number in 0..8 {
        groups.push(manager.named_group(&number.to_string()).await);
    }
    let joins = groups.iter().map(|group| manager.join(customer, group, true));
    assert!(futures::future::join_all(joins).await.iter().all(Result::is_ok));
    let listed = manager.groups_of(customer).await.unwrap();
    assert_eq!(listed.iter().map(|group| group.ends_with('*')).collect::<Vec<_>>(), {
        let mut primary = vec![false; 8];
        primary[0] = true;
        primary
    });
    world.end().await;
}

#[tokio::test]
async fn a_customer_is_in_a_group_once() {
    let world = World::new().await;
    let (manager, customer) = (world.manager(), world.add_customer(&[]).await);
    let gold = manager.named_group("Gold").await;
    manager.join(customer, &gold, false).await.unwrap();
    let again = manager.join(customer, &gold, true).await;
    assert_eq!(refusal(again.clone()), (Code::AlreadyExists, "VALUE_TAKEN".into()));
    assert_eq!(wrong_fields(again), ["membership.group"]);
    world.end().await;
}

#[tokio::test]
async fn the_same_request_puts_a_customer_into_a_group_once() {
    let world = World::new().await;
    let (manager, customer) = (world.manager(), world.add_customer(&[]).await);
    let gold = manager.named_group("Gold").await;
    let message = CreateMembershipRequest {
        parent: customer.resource_name(),
        membership: Some(Membership { group: gold.name.clone(), ..Membership::default() }),
        request_id: "01890a5d-ac96-774b-bcce-b302099a8057".into(),
    };
    let create = async |message: CreateMembershipRequest| {
        let created = manager.memberships().create_membership(manager.request(message)).await;
        created.map(Response::into_inner)
    };
    let (one, two) = tokio::join!(create(message.clone()), create(message.clone()));
    assert_eq!(one.unwrap(), two.unwrap());
    let other = CreateMembershipRequest {
        membership: Some(Membership { primary: true, group: gold.name, ..Membership::default() }),
        ..message
    };
    assert_eq!(refusal(create(other).await), (Code::InvalidArgument, "REQUEST_ID_REUSED".into()));
    world.end().await;
}

#[tokio::test]
async fn an_id_used_for_one_kind_of_request_is_refused_for_another() {
    let world = World::new().await;
    let (manager, customer) = (world.manager(), world.add_customer(&[]).await);
    let (gold, silver) = (manager.named_group("Gold").await, manager.named_group("Silver").await);
    manager.join(customer, &gold, false).await.unwrap();
    manager.join(customer, &silver, false).await.unwrap();
    let (name, request_id) = (name(customer, &silver), "01890a5d-ac96-774b-bcce-b302099a8057".to_owned());
    let prefer = SetPrimaryMembershipRequest { name: name.clone(), request_id: request_id.clone() };
    manager.memberships().set_primary_membership(manager.request(prefer)).await.unwrap();
    let leave = DeleteMembershipRequest { name, request_id };
    let answer = manager.memberships().delete_membership(manager.request(leave)).await;
    assert_eq!(refusal(answer), (Code::InvalidArgument, "REQUEST_ID_REUSED".into()));
    world.end().await;
}

#[tokio::test]
async fn who_or_what_does_not_exist_is_not_found() {
    let world = World::new().await;
    let (manager, customer, stranger) = (world.manager(), world.add_customer(&[]).await, world.stranger());
    let gold = manager.named_group("Gold").await;
    let nowhere = Group { name: format!("groups/{stranger}"), ..Group::default() };
    let absent = (Code::NotFound, "RESOURCE_NOT_FOUND".to_owned());
    assert_eq!(refusal(manager.join(stranger, &gold, false).await), absent);
    assert_eq!(refusal(manager.join(customer, &nowhere, false).await), absent);
    assert_eq!(refusal(manager.prefer(customer, &gold).await), absent);
    assert_eq!(refusal(manager.groups_of(stranger).await), absent);
    world.end().await;
}

#[tokio::test]
async fn profile_is_asked_about_a_customer_who_is_not_known_yet() {
    let world = World::new().await;
    let (manager, customer) = (world.manager(), world.stranger());
    let gold = manager.named_group("Gold").await;
    world.peers().profile_knows(reference(customer, State::Active, 1, &[]));
    manager.join(customer, &gold, false).await.unwrap();
    assert_eq!(manager.groups_of(customer).await.unwrap(), ["Gold*"]);
    world.end().await;
}

#[tokio::test]
async fn nobody_is_put_by_hand_into_a_group_that_is_closed_for_it() {
    let world = World::new().await;
    let (manager, customer) = (world.manager(), world.add_customer(&[]).await);
    let display_name = "Employees".to_owned();
    let group = Group { display_name, assignment_closed: true, ..Group::default() };
    let closed = manager.create_group(group).await.unwrap();
    let (rule, _) = forbidden(manager.join(customer, &closed, false).await);
    assert_eq!(rule, "GROUP_ASSIGNMENT_CLOSED");
    world.end().await;
}

#[tokio::test]
async fn memberships_of_many_customers_come_in_the_order_asked_for() {
    let world = World::new().await;
    let manager = world.manager();
    let (one, two) = (world.add_customer(&[]).await, world.add_customer(&[]).await);
    let (gold, silver) = (manager.named_group("Gold").await, manager.named_group("Silver").await);
    manager.join(one, &gold, false).await.unwrap();
    manager.join(two, &gold, false).await.unwrap();
    manager.join(two, &silver, true).await.unwrap();
    let parents = [two, world.stranger(), one].map(CustomerId::resource_name).to_vec();
    let message = BatchListMembershipsRequest { parents };
    let reply = manager.memberships().batch_list_memberships(manager.request(message)).await.unwrap();
    let listed: Vec<_> = reply.into_inner().memberships.into_iter().map(|it| it.name).collect();
    assert_eq!(listed, [name(two, &silver), name(two, &gold), name(one, &gold)]);
    world.end().await;
}

#[tokio::test]
async fn more_memberships_than_an_answer_holds_are_refused() {
    let world = World::new().await;
    let mut parents = Vec::new();
    for _ in 0..11 {
        parents.push(world.add_customer(&[]).await.resource_name());
    }
    let statement = "with named as (
             insert into groups.customer_group (group_id, display_name, display_name_key, approval_required, assignment_closed,
                 version, created_at, updated_at)
             select gen_random_uuid(), number::text, number::text, false, false, 1, now(), now()
             from generate_series(1, 100) as number returning group_id)
         select group_id from named";
    #[expect(clippy::disallowed_methods, reason = "one by one they would take a minute")]
    let groups: Vec<(uuid::Uuid,)> =
        sqlx::query_as(statement).fetch_all(world.database().pool()).await.unwrap();
    #[expect(clippy::disallowed_methods, reason = "one by one they would take a minute")]
    let joined = sqlx::query(
        "insert into groups.membership (customer_id, group_id, is_primary, creator, created_at)
         select customer_id, group_id, false, 'services/group', now()
         from groups.customer_ref, unnest($1::uuid[]) as joined (group_id)",
    );
    let groups: Vec<_> = groups.into_iter().map(|(group,)| group).collect();
    joined.bind(groups).execute(world.database().pool()).await.unwrap();
    let list = async |parents: &[String]| {
        let caller = world.manager();
        let request = caller.request(BatchListMembershipsRequest { parents: parents.to_vec() });
        caller.memberships().batch_list_memberships(request).await.map(Response::into_inner)
    };
    assert_eq!(list(&parents[..10]).await.unwrap().memberships.len(), 1_000);
    assert_eq!(list(&parents).await.unwrap_err().code(), Code::InvalidArgument);
    world.end().await;
}

#[tokio::test]
async fn memberships_are_listed_page_by_page() {
    let world = World::new().await;
    let (manager, customer) = (world.manager(), world.add_customer(&[]).await);
    for number in 0..5 {
        let group = manager.named_group(&number.to_string()).await;
        manager.join(customer, &group, number == 3).await.unwrap();
        world.clock().advance(Duration::from_secs(1));
    }
    let mut listed = Vec::new();
    let mut message =
        ListMembershipsRequest { parent: customer.resource_name(), page_size: 2, ..Default::default() };
    loop {
        let page = manager.memberships().list_memberships(manager.request(message.clone())).await.unwrap();
        let page = page.into_inner();
        listed.extend(page.memberships.into_iter().map(|it| it.group_display_name));
        message.page_token = page.next_page_token;
        if message.page_token.is_empty() {
            break;
        }
    }
    assert_eq!(listed, ["3", "0", "1", "2", "4"]);
    world.end().await;
}
