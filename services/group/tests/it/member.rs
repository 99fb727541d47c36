//! Members of a group: who they are and how many.

use crate::fixture::{Caller, World, refusal};
use patron_proto::{
    event::v1::ChangeContext,
    group::{
        internal::v1::{BatchCreateMembershipsRequest, CreateMembershipsRequest},
        v1::{GetGroupRequest, Group, ListMembersRequest},
    },
};
use patron_values::id::{CustomerId, StaffId};
use sqlx::{Connection as _, Executor as _, PgConnection};
use std::time::Duration;
use tonic::{Code, Status};
use uuid::Uuid;

const REP: StaffId = StaffId(Uuid::from_u128(2));

/// Who is in a group, page by page of two.
async fn members(caller: &Caller, group: &Group) -> Result<Vec<Vec<CustomerId>>, Status> {
    let mut pages = Vec::new();
    let mut message =
        ListMembersRequest { parent: group.name.clone(), page_size: 2, ..ListMembersRequest::default() };
    loop {
        let page = caller.memberships().list_members(caller.request(message.clone())).await?.into_inner();
        let customer = |name: &str| name.split('/').nth(1).and_then(|id| id.parse().ok()).expect("a name");
        pages.push(page.memberships.iter().map(|membership| customer(&membership.name)).collect());
        message.page_token = page.next_page_token;
        if message.page_token.is_empty() {
            return Ok(pages);
        }
    }
}

async fn get(caller: &Caller, group: &Group) -> Result<Group, Status> {
    let message = GetGroupRequest { name: group.name.clone() };
    caller.groups().get_group(caller.request(message)).await.map(tonic::Response::into_inner)
}

#[tokio::test]
async fn members_are_listed_latest_first_and_each_caller_sees_theirs() {
    let world = World::new().await;
    let manager = world.manager();
    let group = manager.named_group("Gold").await;
    let mut joined = Vec::new();
    for number in 0..5 {
        let staff = if number % 2 == 0 { vec![REP] } else { vec![] };
        let customer = world.add_customer(&staff).await;
        manager.join(customer, &group, false).await.unwrap();
        joined.push(customer);
        // Two join at the same time.
        world.clock().advance(Duration::from_secs(u64::from(number != 2)));
    }
    let seen = async |caller: Caller| {
        let pages = members(&caller, &group).await.unwrap();
        let place = |customer| joined.iter().position(|it| it == customer).expect("it joined");
        pages.iter().map(|page| page.iter().map(place).collect::<Vec<_>>()).collect::<Vec<_>>()
    };
    assert_eq!(seen(world.manager()).await, [vec![4, 3], vec![2, 1], vec![0]]);
    assert_eq!(seen(world.rep(REP)).await, [vec![4, 2], vec![0]]);
    assert_eq!(seen(world.customer(joined[1])).await, [vec![1]]);
    assert_eq!(get(&manager, &group).await.unwrap().member_count, 5);
    assert_eq!(get(&world.rep(REP), &group).await.unwrap().member_count, 5);
    assert_eq!(
        get(&world.customer(joined[1]), &group).await.unwrap().member_count,
        0,
        "customers do not learn it"
    );
    world.end().await;
}

#[tokio::test]
async fn a_group_without_members_is_empty_and_none_is_not_found() {
    let world = World::new().await;
    let manager = world.manager();
    let group = manager.named_group("Gold").await;
    assert_eq!(members(&manager, &group).await.unwrap(), [vec![]]);
    let nowhere = Group { name: format!("groups/{}", Uuid::from_u128(9)), ..Group::default() };
    assert_eq!(refusal(members(&manager, &nowhere).await).0, Code::NotFound);
    let outsider = world.customer(world.add_customer(&[]).await);
    assert_eq!(refusal(members(&outsider, &group).await).0, Code::NotFound);
    world.end().await;
}

#[tokio::test]
async fn who_is_being_created_is_neither_counted_nor_listed() {
    let world = World::new().await;
    let (manager, customer) = (world.manager(), world.stranger());
    let group = manager.named_group("Gold").await;
    let message = CreateMembershipsRequest {
        customer: customer.resource_name(),
        groups: vec![group.name.clone()],
        context: Some(ChangeContext::default()),
        approval_groups: Vec::new(),
    };
    let message = BatchCreateMembershipsRequest { requests: vec![message] };
    world.creation().batch_create_memberships(message).await.unwrap();
    assert_eq!(members(&manager, &group).await.unwrap(), [vec![]]);
    assert_eq!(get(&manager, &group).await.unwrap().member_count, 0);
    world.end().await;
}

#[tokio::test]
async fn more_than_10000_members_are_counted_by_an_estimate() {
    let world = World::new().await;
    let manager = world.manager();
    let group = manager.named_group("Everybody").await;
    add_members(&world, &group, 10_000).await;
    let counted = get(&manager, &group).await.unwrap();
    assert_eq!((counted.member_count, counted.member_count_estimated), (10_000, false));
    add_members(&world, &group, 2_000).await;
    let estimated = get(&manager, &group).await.unwrap();
    assert!(estimated.member_count_estimated);
    assert!((11_000..13_000).contains(&estimated.member_count), "{}", estimated.member_count);
    world.end().await;
}

/// Puts new customers into a group behind the service's back, and lets Postgres look at them.
async fn add_members(world: &World, group: &Group, count: u32) {
    let id = group.name.trim_start_matches("groups/");
    let mut owner = PgConnection::connect(world.database().owner_url()).await.expect("the database answers");
    let statement = format!(
        "with customer as (
             insert into groups.customer_ref (customer_id, state, version)
             select gen_random_uuid(), 'active', 1 from generate_series(1, {count}) returning customer_id
         )
         insert into groups.membership (customer_id, group_id, is_primary, creator, created_at)
         select customer_id, '{id}', true, 'staff/1', now() from customer;"
    );
    for statement in [statement, "analyze groups.membership".to_owned()] {
        owner.execute(sqlx::AssertSqlSafe(statement)).await.expect("the statements are sound");
    }
}
